//! The cards of stores (`card/storewxa/get` and `set`, section 14).

use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::book::named_poi_id;
use super::effect::Effect;
use super::form::text;
use super::platform::Platform;

impl Platform {
    /// The card of a store; one that has none is answered without `card_id`.
    pub(super) fn get_card(&self, now: i64, form: &Map<String, Value>) -> Result<Value, Refusal> {
        let poi_id = named_poi_id(form).ok_or(Refusal::of(40097))?;
        let store = self.book.shop(&poi_id, now).ok_or(Refusal::of(65115))?;
        let mut answer = json!({"errcode": 0, "errmsg": "ok"});
        if let Some(card_id) = store.card_id() {
            answer["card_id"] = Value::String(card_id);
        }
        Ok(answer)
    }

    /// Gives a store a card.
    pub(super) fn set_card(&self, now: i64, form: &Map<String, Value>) -> Result<(Effect, Value), Refusal> {
        let (poi_id, card_id) = (named_poi_id(form).ok_or(Refusal::of(40097))?, text(form, "card_id"));
        self.book.shop(&poi_id, now).ok_or(Refusal::of(65115))?;
        if card_id.is_empty() {
            return Err(Refusal::of(40097));
        }
        self.usable_card(&card_id)?;
        Ok((Effect::CardSet { poi_id, card_id }, json!({"errcode": 0, "errmsg": "ok"})))
    }

    /// Whether a store can have this card, or none: it must be one of the account's, and not one whose codes are the
    /// merchant's own. The document names no codes; these are the platform's for card ids and for arguments.
    pub(super) fn usable_card(&self, card_id: &str) -> Result<(), Refusal> {
        let Some(cards) = self.rules.scenario.account.cards.as_ref().filter(|_| !card_id.is_empty()) else {
            return Ok(());
        };
        match cards.iter().find(|card| card.card_id == card_id) {
            None => Err(Refusal::of(40073)),
            Some(card) if card.use_custom_code => Err(Refusal::of(40097)),
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::Bench;

    const GET: &str = "/card/storewxa/get";
    const SET: &str = "/card/storewxa/set";
    const CARDS: &str =
        "[[account.cards]]\ncard_id = \"p1\"\n[[account.cards]]\ncard_id = \"p2\"\nuse_custom_code = true";

    #[test]
    fn a_store_without_a_card_answers_none_until_it_gets_one() {
        let mut bench = Bench::new(CARDS);
        let asked = json!({"poi_id": 4_700_000_003_u64});
        assert_eq!(bench.ask(0, GET, &asked), json!({"errcode": 0, "errmsg": "ok"}));
        assert_eq!(bench.code(0, SET, &json!({"poi_id": 4_700_000_003_u64, "card_id": "p1"})), 0);
        assert_eq!(bench.ask(0, GET, &asked)["card_id"], "p1");
    }

    #[test]
    fn only_the_accounts_own_cards_without_custom_codes_can_be_set() {
        let mut bench = Bench::new(CARDS);
        let mut code = |poi_id: &str, card_id: &str| bench.code(0, SET, &json!({"poi_id": poi_id, "card_id": card_id}));
        assert_eq!([code("4700000003", "p2"), code("4700000003", "p3"), code("4700000003", "")], [40097, 40073, 40097]);
        assert_eq!([code("3", "p1"), code("4700000009", "p1")], [65115, 65115]);
    }
}
