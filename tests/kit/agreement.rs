//! What must hold after the last run, whatever came before it: report = ledger = platform, one effect a store, and no
//! request that the ledger does not know of.

use serde_json::Value;

use super::{Chain, House, Platform};
use crate::faults::resent_only_after_a_reading;

/// A chain of which the first `adds` stores are added, and the others deleted, and all of them are done.
#[derive(Debug)]
pub struct Wanted<'a> {
    pub chain: &'a Chain,
    pub adds: usize,
    /// `POILIFT_SETTLE_WINDOW` of the runs.
    pub window_ms: i64,
}

/// What is in the report's folder.
const REPORT: [&str; 6] =
    [".poilift-written.json", "attention.xlsx", "report.html", "report.json", "report.xlsx", "stores.csv"];

impl Wanted<'_> {
    /// Fails unless report, ledger and platform agree that everything was done, and once. Answers how many stores were
    /// sent a second time, each after a certain answer or a reading.
    #[track_caller]
    pub fn is_done(&self, house: &House, platform: &Platform) -> usize {
        let (ledger, counted) = (house.ledger(), platform.stats());
        let again = resent_only_after_a_reading(&ledger, self.window_ms);
        let (calls, attempts) = (ledger.calls_by_store(), ledger.pairs("SELECT poi_id, attempts FROM stores"));
        for (n, id) in self.chain.ids().iter().enumerate() {
            let (verb, other, state) = self.of(n);
            let intents = calls[id].iter().filter(|call| call.phase == "intent").count() as u64;
            let outcomes = calls[id].iter().filter(|call| call.phase == "outcome").count() as u64;
            let requests = counted["stores"][id][verb]["requests"].as_u64().unwrap_or(0);
            assert_eq!(counted["stores"][id][verb]["effects"], 1, "{id}: {}", counted["stores"][id]);
            assert_eq!(platform.of_store(id, other), (0, 0), "{id}");
            assert!(requests <= intents, "{id}: {requests} requests, {intents} intents: {:#?}", calls[id]);
            assert_eq!(outcomes, intents, "{id}: every intent has an outcome: {:#?}", calls[id]);
            assert_eq!(u64::try_from(attempts[id]).unwrap(), intents, "{id}: attempts and intents");
            assert_eq!(house.state_of(id), state, "{id} in the report");
        }
        let deletes = self.chain.ids().len() - self.adds;
        let report: Value = serde_json::from_str(&house.read("poilift-report/report.json")).unwrap();
        for (state, number) in [("upgraded", self.adds), ("deleted", deletes)] {
            assert_eq!(ledger.in_state(state), i64::try_from(number).unwrap(), "{state} in the ledger");
            assert_eq!(report["by_state"][state].as_u64().unwrap_or(0), number as u64, "{state} in report.json");
        }
        let head = house.bytes("poilift.db");
        assert_eq!(head[18..20], [2, 2], "the ledger is in WAL mode: in no other one a commit is durable");
        let folder = std::fs::read_dir(house.path("poilift-report")).unwrap();
        let mut names: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, REPORT, "nothing is left behind, and no workbook was taken for somebody's own");
        again
    }

    fn of(&self, n: usize) -> (&'static str, &'static str, &'static str) {
        if n < self.adds { ("add_store", "delpoi", "upgraded") } else { ("delpoi", "add_store", "deleted") }
    }
}

/// Every file of the report that is there is a whole one: files are written beside, synced, and renamed.
#[track_caller]
pub fn report_files_are_whole(house: &House, stores: usize) {
    let folder = house.path("poilift-report");
    let Ok(entries) = std::fs::read_dir(&folder) else { return };
    for entry in entries {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        let whole = match name.rsplit_once('.') {
            // A temporary file: nobody takes it for a report.
            Some((_, "part")) => true,
            Some((_, "json")) => serde_json::from_slice::<Value>(&bytes).is_ok(),
            Some((_, "html")) => bytes.trim_ascii_end().ends_with(b"</html>"),
            Some((_, "csv")) => bytes.ends_with(b"\n") && bytes.split(|byte| *byte == b'\n').count() == stores + 2,
            // The end of a ZIP archive's directory, without a comment.
            Some((_, "xlsx")) => bytes.len() > 22 && bytes[bytes.len() - 22..].starts_with(b"PK\x05\x06"),
            _ => false,
        };
        assert!(whole, "{name} in the report's folder, {} bytes, is half of something", bytes.len());
    }
}
