//! What must hold once a migration has come to its end, whatever befell it: one effect a store, no request without an
//! intent, no second one on a guess, and a ledger, a report and a platform that say the same of every store.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::faults::resent_only_after_a_reading;
use crate::kit::{Call, Chain, House, LedgerFile, Platform};

/// What a chain came to, counted over its stores.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Requests that arrived.
    pub requests: u64,
    /// Intents in the ledger.
    pub intents: u64,
    /// Outcomes that nobody knew.
    pub lost: u64,
    /// Readings that showed a store unchanged.
    pub unchanged: u64,
    /// Stores with more than one attempt.
    pub resent: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.intents += other.intents;
        self.lost += other.lost;
        self.unchanged += other.unchanged;
        self.resent += other.resent;
    }
}

/// Of a chain whose first `adds` stores were to be added and whose others were to be deleted, every one is, once, and all
/// three witnesses say so.
#[track_caller]
pub fn all_agree(house: &House, platform: &Platform, chain: &Chain, adds: usize, window_ms: i64) -> Counts {
    let ledger = house.ledger();
    let (stats, calls) = (platform.stats(), ledger.calls_by_store());
    let attempts = ledger.pairs("SELECT poi_id, attempts FROM stores");
    let resent = resent_only_after_a_reading(&ledger, window_ms) as u64;
    let mut all = Counts { resent, ..Counts::default() };
    for (n, id) in chain.ids().iter().enumerate() {
        let verb = if n < adds { "add_store" } else { "delpoi" };
        one_effect(id, verb, &stats["stores"][id]);
        let counts = counts(id, &calls[id], stats["stores"][id][verb]["requests"].as_u64().unwrap());
        assert_eq!(attempts[id].unsigned_abs(), counts.intents, "{id}: attempts and intents");
        all += counts;
    }
    nothing_is_sent_once_it_is_done(platform);
    the_report_is_the_ledgers(house, &ledger, chain, adds);
    the_folder_is_as_usual(house);
    all
}

/// Once, the right verb only, and the platform shows it.
#[track_caller]
fn one_effect(id: &str, verb: &str, shown: &Value) {
    let other = if verb == "add_store" { "delpoi" } else { "add_store" };
    assert_eq!(shown[verb]["effects"], 1, "{id}: {shown}");
    assert_eq!(shown[other]["requests"], 0, "{id}: {shown}");
    assert_eq!(shown["deleted"], verb == "delpoi", "{id}: {shown}");
    assert!(verb == "delpoi" || shown["upgrade_status"] == "3", "{id}: {shown}");
}

/// The platform's own log, whatever the ledger says: no store is written to again once a write has changed it.
#[track_caller]
fn nothing_is_sent_once_it_is_done(platform: &Platform) {
    let calls = platform.calls();
    let is_write = |endpoint: &str| matches!(endpoint, "add_store" | "delpoi");
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, call) in calls.iter().enumerate().filter(|(_, call)| is_write(&call.endpoint)) {
        let id = call.poi_id.as_deref().expect("a write names its store");
        assert!(!done.contains_key(id), "{id} was written to again: {:#?}, then {call:#?}", calls[done[id]]);
        if call.effect {
            done.insert(id, n);
        }
    }
}

/// Every request has its intent, every intent its outcome, and every attempt but the first a reason.
#[track_caller]
pub fn counts(id: &str, calls: &[Call], requests: u64) -> Counts {
    let count = |test: &dyn Fn(&Call) -> bool| calls.iter().filter(|call| test(call)).count() as u64;
    let outcome = |word: &str| count(&|call| call.phase == "outcome" && call.outcome == word);
    let intents = count(&|call| call.phase == "intent");
    let unchanged = count(&|call| call.phase == "reading" && call.sight == "unchanged");
    let (not_done, not_sent) = (outcome("not_done"), outcome("not_sent"));
    assert!(requests <= intents - not_sent, "{id}: a request without an intent: {calls:#?}");
    assert!(requests <= 1 + not_done + unchanged, "{id}: {requests} requests: {calls:#?}");
    assert!(intents <= 1 + not_done + not_sent + unchanged, "{id}: an attempt without a reason: {calls:#?}");
    assert_eq!(count(&|call| call.phase == "outcome"), intents, "{id}: an outcome for each intent: {calls:#?}");
    Counts { requests, intents, lost: outcome("lost"), unchanged, resent: 0 }
}

/// Nothing is left behind in the report's folder, and no workbook of ours was taken for a person's.
#[track_caller]
fn the_folder_is_as_usual(house: &House) {
    let entries = std::fs::read_dir(house.path("poilift-report")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let usual = [".poilift-written.json", "attention.xlsx", "report.html", "report.json", "report.xlsx", "stores.csv"];
    assert_eq!(names, usual);
}

/// The report says of every store, and of all of them, what the ledger says: settled as was wanted.
#[track_caller]
fn the_report_is_the_ledgers(house: &House, ledger: &LedgerFile, chain: &Chain, adds: usize) {
    let attempts = ledger.pairs("SELECT poi_id, attempts FROM stores");
    let lines: BTreeMap<String, _> =
        house.stores_csv("poilift-report").into_iter().map(|line| (line["poi_id"].clone(), line)).collect();
    assert_eq!(lines.len(), chain.ids().len(), "a line a store");
    for (n, id) in chain.ids().iter().enumerate() {
        assert_eq!(lines[id]["state"], if n < adds { "upgraded" } else { "deleted" }, "{id}: {:?}", lines[id]);
        assert_eq!(lines[id]["attempts"], attempts[id].to_string(), "{id}: {:?}", lines[id]);
    }
    let report: Value = serde_json::from_str(&house.read("poilift-report/report.json")).unwrap();
    for (state, n) in [("upgraded", adds), ("deleted", chain.ids().len() - adds)] {
        assert_eq!(report["by_state"][state].as_u64().unwrap_or(0), n as u64, "{state}");
        assert_eq!(ledger.in_state(state), i64::try_from(n).unwrap(), "{state}");
    }
    for verb in ["add_store", "delpoi"] {
        let sent = format!(
            "SELECT COUNT(*) FROM calls WHERE endpoint = '{verb}' AND phase = 'outcome' AND outcome <> 'not_sent'"
        );
        let said = report["calls"][verb]["sent"].as_i64().unwrap_or(0);
        assert_eq!(said, ledger.number(&sent), "{verb}: requests");
    }
}
