//! The card of a store of the store mini-program (section 14 of the API document; POST; no error table).
//!
//! `poi_id` is a number here, and text everywhere else: it is sent as each section's sample has it. The document prints the
//! request of `set` without the comma between its two values; it is sent with one.

use serde_json::{Value, json};

use super::Endpoint;
use super::json;
use super::rule::{Misfit, RuleError, Rules};
use crate::store::PoiId;
use crate::words;

/// The request of `card/storewxa/get`: the store's id, given after its approval.
///
/// # Errors
///
/// An id that is no number of the platform's.
pub fn get_body(poi_id: &PoiId) -> Result<Value, Vec<RuleError>> {
    let mut rules = Rules::of(Endpoint::StorewxaGet);
    let number = number(poi_id, &mut rules);
    rules.end()?;
    Ok(json!({"poi_id": number}))
}

/// The card in the answer of `get`; none where there is no `card_id`, or an empty one.
///
/// # Errors
///
/// A `card_id` that is no text.
pub fn card_id(answer: &Value) -> Result<Option<String>, Misfit> {
    match answer.get("card_id") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let text = json::text(value).ok_or_else(|| Misfit::no("card_id"))?;
            Ok(Some(text).filter(|card_id| !card_id.trim().is_empty()))
        }
    }
}

/// The request of `card/storewxa/set`: the store and its card. The store must be this account's, and the card one without
/// codes of the merchant's own (`base_info.use_custom_code` false); only the platform knows both.
///
/// # Errors
///
/// An id that is no number of the platform's, or no card.
pub fn set_body(poi_id: &PoiId, card_id: &str) -> Result<Value, Vec<RuleError>> {
    let mut rules = Rules::of(Endpoint::StorewxaSet);
    let number = number(poi_id, &mut rules);
    if !is_card_id(card_id) {
        rules.no(
            "card_id",
            words!(
                "{card_id:?} is no card id: letters, digits, - and _, as the console's page of cards shows it";
                "{card_id:?} 不是卡券 id：由字母、数字、- 和 _ 组成，可在公众平台卡券后台查看"
            ),
        );
    }
    rules.end()?;
    Ok(json!({"poi_id": number, "card_id": card_id}))
}

/// Whether a text has the form of a card's id.
#[must_use]
pub fn is_card_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn number(poi_id: &PoiId, rules: &mut Rules) -> u64 {
    match poi_id.as_str().parse() {
        Ok(number) if poi_id.is_decimal() => number,
        _ => {
            rules.no(
                "poi_id",
                words!("{poi_id} is no poi_id, which is decimal digits"; "{poi_id} 不是 poi_id（十进制数字）"),
            );
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::document::sample;

    fn id(text: &str) -> PoiId {
        PoiId::new(text).unwrap()
    }

    #[test]
    fn the_documents_requests_are_what_is_sent_for_them() {
        let (get, set) = (sample("storewxa_get.request.json"), sample("storewxa_set.request.json"));
        assert_eq!(get_body(&id("1234567")).unwrap().to_string(), get.to_string());
        assert_eq!(set_body(&id("1234567"), "pabcedfg1234567hijklmn").unwrap().to_string(), set.to_string());
    }

    #[test]
    fn a_store_without_a_card_is_answered_without_card_id() {
        assert_eq!(card_id(&sample("storewxa_get.json")), Ok(Some("pabcedfg1234567hijklmn".to_owned())));
        assert_eq!(card_id(&json!({"errcode": 0, "errmsg": "ok"})), Ok(None));
        assert_eq!(card_id(&json!({"errcode": 0, "card_id": ""})), Ok(None));
        assert!(card_id(&json!({"card_id": []})).is_err());
    }

    #[test]
    fn an_id_or_a_card_that_is_none_is_refused() {
        assert_eq!(get_body(&id("12a")).unwrap_err()[0].field, "poi_id");
        assert_eq!(get_body(&id("99999999999999999999")).unwrap_err()[0].field, "poi_id");
        for card in ["", "卡券", "a b"] {
            assert_eq!(set_body(&id("1"), card).unwrap_err()[0].field, "card_id", "{card:?}");
        }
    }
}
