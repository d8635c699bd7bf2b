//! The simulated platform as a state machine: it is told the time and a request, and says what changes and what the
//! caller gets to see. No clock, no file, no network.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Settings;
use super::answer::{Refusal, Reply, rid};
use super::book::Book;
use super::dice::Dice;
use super::effect::{CallEntry, Deferred, Effect, Entry, LateEntry};
use super::endpoints::known_fields;
use super::fault::{Applied, Fault, FaultKind, Incident};
use super::map::{Map, Wanted};
use super::media::{Media, Medium};
use super::merchant::Merchant;
use super::push::Mail;
use super::request::Request;
use super::reviews::Reviews;
use super::rids::Refusals;
use super::scenario::Scenario;
use super::tally::Tally;
use super::token::{Token, TokenEnd, Tokens};
use crate::store::LegacyStore;
use crate::wire::Endpoint;

/// How the platform behaves; it does not change while it runs.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Decides what is left to chance.
    pub dice: Dice,
    /// How long a review takes, in milliseconds.
    pub review_ms: i64,
    /// Everything else.
    pub scenario: Scenario,
}

impl Rules {
    /// The rules that the settings ask for.
    pub fn new(settings: &Settings) -> Self {
        let review_ms = i64::try_from(settings.review_time.as_millis()).unwrap_or(i64::MAX / 4);
        Self { dice: Dice::new(settings.seed), review_ms, scenario: settings.scenario.clone() }
    }

    /// How reviews go.
    pub fn reviews(&self) -> Reviews<'_> {
        let refused_words = &self.scenario.account.refused_words;
        Reviews { dice: self.dice, fail_share: self.scenario.review_fail_share, time_ms: self.review_ms, refused_words }
    }
}

/// The whole state.
#[derive(Debug, Clone)]
pub struct Platform {
    pub(super) rules: Rules,
    pub(super) tokens: Tokens,
    pub(super) book: Book,
    pub(super) tally: Tally,
    pub(super) merchant: Merchant,
    pub(super) media: Media,
    pub(super) map: Map,
    /// Events that are still to be pushed.
    pub(super) mail: Mail,
    pub(super) refusals: Refusals,
    /// Writes on their way, in the order in which they came.
    deferred: Vec<Deferred>,
}

/// The state without its stores, as the state file begins with it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    tally: Tally,
    tokens: Vec<Token>,
    deferred: Vec<Deferred>,
    #[serde(default)]
    merchant: Merchant,
    #[serde(default)]
    media: Vec<Medium>,
    #[serde(default)]
    points: Vec<Wanted>,
    #[serde(default)]
    mail: Mail,
    #[serde(default)]
    refusals: Refusals,
}

/// What a request comes to: what is to be kept of it, and what the caller gets to see.
#[derive(Debug)]
pub struct Turn {
    /// To be written and applied before the answer leaves.
    pub entry: CallEntry,
    /// The answer.
    pub reply: Reply,
    /// What went wrong on purpose.
    pub fault: Option<FaultKind>,
}

/// What an endpoint decides.
#[derive(Debug)]
pub struct Decision {
    /// What changes.
    pub effects: Vec<Effect>,
    /// What is answered.
    pub answer: Result<Value, Refusal>,
}

impl Decision {
    /// A decision that changes nothing.
    pub const fn only(answer: Result<Value, Refusal>) -> Self {
        Self { effects: Vec::new(), answer }
    }

    /// A decision that refuses.
    pub const fn refused(refusal: Refusal) -> Self {
        Self::only(Err(refusal))
    }
}

impl Platform {
    /// A platform without stores.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            tokens: Tokens::default(),
            book: Book::default(),
            tally: Tally::default(),
            merchant: Merchant::default(),
            media: Media::default(),
            map: Map::default(),
            mail: Mail::default(),
            refusals: Refusals::default(),
            deferred: Vec::new(),
        }
    }

    /// Loads stores; those that are there already stay as they are.
    pub fn load(&mut self, stores: &[LegacyStore], now: i64) {
        for store in stores {
            let place = self.book.all().len();
            self.book.load(store, now, self.rules.review_ms);
            self.await_check(place, now);
        }
    }

    /// What a request that comes at `now` comes to. Nothing has changed until its entry is applied.
    pub fn turn(&self, now: i64, request: &Request) -> Turn {
        let seq = self.tally.seq + 1;
        let mut entry = CallEntry {
            seq,
            at: now,
            endpoint: None,
            poi_id: None,
            refused: None,
            ok: false,
            token: None,
            effects: Vec::new(),
        };
        let Some(endpoint) = request.endpoint() else {
            return self.elsewhere(entry, request);
        };
        entry.endpoint = Some(endpoint);
        entry.poi_id = request.form().ok().and_then(|form| self.loggable_poi_id(form));
        let number = self.tally.requests(endpoint) + 1;
        let incident = Incident { seq, number, endpoint, poi_id: entry.poi_id.as_deref() };
        let fault = self.rules.scenario.fault(self.rules.dice, &incident);
        let admitted = self.admit(now, endpoint, request);
        let decision = match admitted {
            Ok(token) => {
                entry.token = token;
                self.decide_under(fault, &entry, endpoint, request)
            }
            Err(refusal) => Decision::refused(refusal),
        };
        entry.effects = decision.effects;
        let rid = rid(self.rules.dice, now, seq);
        let reply = match fault {
            Some(fault) => fault.reply(decision.answer, request.param("access_token").unwrap_or(""), &rid),
            None => Reply::json(decision.answer, &rid),
        };
        entry.ok = reply.errcode == Some(0);
        entry.refused = reply.errcode.filter(|code| *code != 0);
        Turn { entry, reply, fault: fault.map(|fault| fault.kind) }
    }

    /// What a caller that was let in achieves under a fault; its answer is shown only by faults that show it.
    fn decide_under(
        &self,
        fault: Option<&Fault>,
        entry: &CallEntry,
        endpoint: Endpoint,
        request: &Request,
    ) -> Decision {
        let Some(fault) = fault else { return self.decide(entry.at, endpoint, request) };
        let effect = match (fault.kind.applied(), fault.kind) {
            (Applied::Now, _) => return self.decide(entry.at, endpoint, request),
            (Applied::Later, _) => defer(fault, entry, endpoint, request),
            (Applied::Never, FaultKind::Expire) => {
                entry.token.map(|number| Effect::TokenEnded { number, end: TokenEnd::Expired })
            }
            (Applied::Never, _) => None,
        };
        Decision { effects: effect.into_iter().collect(), answer: Err(Refusal::of(-1)) }
    }

    /// The deferred write whose time has come by `now`, if there is one. Ask again once it is applied.
    pub fn due(&self, now: i64) -> Option<LateEntry> {
        let late = self.deferred.iter().filter(|late| late.due <= now).min_by_key(|late| (late.due, late.seq))?;
        let effect = self.decide_write(late.due, late.endpoint, &late.form).effects.pop();
        Some(LateEntry { seq: late.seq, endpoint: late.endpoint, effect })
    }

    /// Makes an entry so.
    pub fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Store(store) => self.book.insert(*store),
            Entry::Snapshot(snapshot) => self.restore(*snapshot),
            Entry::Call(call) => {
                self.tally.call(&call);
                self.refusals.note(&call);
                if let Some(number) = call.token {
                    self.tokens.count(number);
                }
                call.effects.into_iter().for_each(|effect| self.take_effect(effect));
            }
            Entry::Late(late) => {
                self.tally.late(&late);
                self.deferred.retain(|deferred| deferred.seq != late.seq);
                late.effect.into_iter().for_each(|effect| self.take_effect(effect));
            }
            Entry::Push(push) => self.mail.settle(&push),
        }
    }

    pub(super) fn take_effect(&mut self, effect: Effect) {
        self.announce(&effect);
        match effect {
            Effect::Granted(token) => self.tokens.remember(token),
            Effect::TokenEnded { number, end } => self.tokens.end(number, end),
            Effect::Submitted { poi_id, review } => self.book.submit(&poi_id, review),
            Effect::Deleted { poi_id, at } => self.book.delete(&poi_id, at),
            Effect::OldChanged { poi_id, changes } => self.book.change(&poi_id, changes),
            Effect::Added(store) => self.book.insert(*store),
            Effect::Updated { poi_id, update } => self.book.update(&poi_id, update),
            Effect::Removed { poi_id } => self.book.remove(&poi_id),
            Effect::CardSet { poi_id, card_id } => self.book.set_card(&poi_id, card_id),
            Effect::Uploaded(medium) => self.media.remember(medium),
            Effect::Applied(application) => self.merchant.apply(application),
            Effect::MerchantChanged { at, intro } => self.merchant.change(at, intro),
            Effect::PointWanted(wanted) => self.map.ask(wanted),
            Effect::Deferred(deferred) => self.deferred.push(deferred),
        }
    }

    fn restore(&mut self, snapshot: Snapshot) {
        self.tally = snapshot.tally;
        self.deferred = snapshot.deferred;
        self.merchant = snapshot.merchant;
        self.mail = snapshot.mail;
        self.refusals = snapshot.refusals;
        snapshot.media.into_iter().for_each(|medium| self.media.remember(medium));
        snapshot.points.into_iter().for_each(|wanted| self.map.ask(wanted));
        snapshot.tokens.into_iter().for_each(|token| self.tokens.remember(token));
    }

    /// The whole state as entries: applied to a new platform they make the same one.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let tokens = self.tokens.all().cloned().collect();
        let snapshot = Snapshot {
            tally: self.tally.clone(),
            tokens,
            deferred: self.deferred.clone(),
            merchant: self.merchant.clone(),
            media: self.media.all().to_vec(),
            points: self.map.all().to_vec(),
            mail: self.mail.clone(),
            refusals: self.refusals.clone(),
        };
        let stores = self.book.all().iter().map(|store| Entry::Store(Box::new(store.clone())));
        std::iter::once(Entry::Snapshot(Box::new(snapshot))).chain(stores)
    }
}

/// A write that is on its way; reads have nothing to come late.
fn defer(fault: &Fault, entry: &CallEntry, endpoint: Endpoint, request: &Request) -> Option<Effect> {
    let form = request.form().ok().filter(|_| endpoint.is_write())?;
    let due = entry.at + i64::from(fault.delay_ms);
    Some(Effect::Deferred(Deferred { seq: entry.seq, endpoint, form: known_fields(form), due }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::{Bench, DELETE};
    use serde_json::json;

    const LATE: &str = "[[faults]]\nendpoint = \"delpoi\"\nkind = \"late_apply\"\nuntil = 1\ndelay_ms = 100";

    #[test]
    fn a_late_write_is_seen_only_once_its_time_has_come() {
        let mut bench = Bench::new(LATE);
        bench.ask(0, DELETE, &json!({"poi_id": "4"}));
        assert_eq!(bench.platform.due(99), None);
        let late = bench.platform.due(100).unwrap();
        bench.platform.apply(Entry::Late(late));
        assert_eq!(bench.platform.due(100), None);
        assert_eq!(bench.code(100, DELETE, &json!({"poi_id": "4"})), 65116);
    }

    #[test]
    fn a_late_write_that_has_been_overtaken_changes_nothing() {
        let mut bench = Bench::new(LATE);
        bench.ask(0, DELETE, &json!({"poi_id": "4"}));
        assert_eq!(bench.code(1, DELETE, &json!({"poi_id": "4"})), 0);
        assert_eq!(bench.platform.due(100).unwrap().effect, None);
    }
}
