//! The ledger's promises, on a real file.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::session_tests::{moments, reading};
use super::*;
use crate::store::{
    Action, Cell, Code, Decision, Field, Finding, JoinKey, LegacyStore, Place, PoiId, State, UpgradeStatus,
};

fn identity(account: &str, platform: &str) -> Identity {
    Identity { account: account.into(), platform: platform.into() }
}

pub(super) fn real() -> Identity {
    identity("wx1", "api.weixin.qq.com")
}

pub(super) fn begun() -> (TempDir, PathBuf, Ledger, i64) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("poilift.db");
    let ledger = Ledger::open(&path, &real()).unwrap();
    let run = RunStart {
        command: "migrate".into(),
        arguments: vec!["migrate".into(), "a.json".into()],
        version: "0".into(),
        host: "host".into(),
        person: "me".into(),
        at: Stamp(1),
    };
    let run_id = ledger.begin_run(&run).unwrap();
    (dir, path, ledger, run_id)
}

pub(super) fn source(poi_id: &str, status: &str, row: u32) -> SourceRow {
    let store = LegacyStore {
        poi_id: PoiId::new(poi_id),
        upgrade_status: UpgradeStatus::parse(status),
        ..LegacyStore::default()
    };
    SourceRow { place: Place::file("a.json").at_row(row), store, faults: Vec::new(), joins: true }
}

pub(super) fn planned(id: i64, state: State) -> PlannedRow {
    let decision = Decision { action: Action::Add, findings: Vec::new(), submission: None, wish: None, order: None };
    PlannedRow { id, decision, state, body_hash: Some("h".into()), planned: None }
}

pub(super) fn intent(store_id: i64, attempt: u32, from: State) -> Entry {
    let at = Stamp(10);
    Entry::Intent(Intent { store_id, verb: Verb::AddStore, attempt, body_hash: "h".into(), at, from })
}

pub(super) fn outcome(store_id: i64, attempt: u32, counted: Counted, to: State) -> Entry {
    Entry::Outcome(Outcome {
        store_id,
        verb: Verb::AddStore,
        attempt,
        counted,
        sent_at: Some(Stamp(11)),
        at: Stamp(12),
        http_status: Some(200),
        errcode: Some(0),
        errmsg: String::new(),
        rid: None,
        audit_id: Some("77".into()),
        to,
        reason: None,
    })
}

#[test]
fn the_same_source_again_changes_nothing_and_a_changed_row_is_a_revision() {
    let (_dir, _, mut ledger, _) = begun();
    let ids = ledger.load(&[source("1", "0", 1), source("2", "3", 2)], Stamp(5)).unwrap();
    let before = ledger.stores(None).unwrap();
    assert_eq!(ledger.load(&[source("1", "0", 1), source("2", "3", 2)], Stamp(9)).unwrap(), ids);
    assert_eq!(ledger.stores(None).unwrap(), before);
    let mut changed = source("1", "0", 1);
    changed.store.telephone = "021-1".into();
    ledger.load(&[changed], Stamp(9)).unwrap();
    let after = ledger.stores(Some(&ids[..1])).unwrap();
    assert_eq!((after[0].record.telephone.as_str(), after[0].updated_at), ("021-1", Stamp(9)));
}

#[test]
fn a_row_without_a_usable_id_is_forgotten_once_its_file_no_longer_has_it() {
    let (_dir, _, mut ledger, _) = begun();
    let twice = |row: u32| SourceRow { joins: false, ..source("1", "0", row) };
    assert_eq!(ledger.load(&[twice(1), twice(2)], Stamp(5)).unwrap().len(), 2);
    ledger.load(&[source("1", "0", 1)], Stamp(6)).unwrap();
    let rows = ledger.stores(None).unwrap();
    assert_eq!(rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["poi:1"]);
}

#[test]
fn a_row_that_a_person_has_settled_stays_with_their_word_although_its_file_no_longer_has_it() {
    let (_dir, _, mut ledger, run_id) = begun();
    let twice = |row: u32| SourceRow { joins: false, ..source("1", "0", row) };
    let ids = ledger.load(&[twice(1), twice(2)], Stamp(5)).unwrap();
    let reason = crate::words!("gone"; "已撤店");
    let settled = Acceptance { store_id: ids[1], at: Stamp(6), from: State::Blocked, reason };
    ledger.write_entries(run_id, &[Entry::Acceptance(settled)]).unwrap();
    ledger.load(&[source("1", "0", 1)], Stamp(7)).unwrap();
    let states: Vec<_> = ledger.stores(None).unwrap().iter().map(|row| row.state).collect();
    assert_eq!(states, [State::Accepted, State::Blocked]);
}

#[test]
fn a_later_plan_is_told_in_the_store_s_story_with_the_run_that_made_it() {
    let (_dir, _, mut ledger, run_id) = begun();
    let ids = ledger.load(&[source("1", "0", 1)], Stamp(5)).unwrap();
    ledger.plan(&[planned(ids[0], State::Held)], Stamp(6)).unwrap();
    assert_eq!(ledger.story(ids[0]).unwrap(), []);
    let (from, to, findings) = (State::Held, State::Pending, vec![Code::WishTooLate]);
    let change = PlanChange { id: ids[0], from, to, action: Action::Add, findings, data_changed: true };
    ledger.plan_anew(&[planned(ids[0], State::Pending)], (run_id, std::slice::from_ref(&change)), Stamp(7)).unwrap();
    let story = ledger.story(ids[0]).unwrap();
    assert_eq!((story.len(), story[0].phase.as_str(), story[0].errmsg.as_str()), (1, "planned", ""));
    assert_eq!(story[0].change, Some(PlanChange { id: 0, ..change }));
    assert_eq!(ledger.story_runs(ids[0]).unwrap()[0].arguments, ["migrate", "a.json"]);
}

#[test]
fn the_latest_to_supply_a_cell_is_known() {
    let (_dir, _, mut ledger, run_id) = begun();
    let place = Place::file("s.csv").at_row(2).at_column("credential");
    let cell =
        Cell { field: Field::Credential, value: "1".into(), place: place.clone(), fault: None, also: Vec::new() };
    let key = Some(JoinKey::PoiId(PoiId::new("1").unwrap()));
    let row = SupplementRow { key, place: Place::file("s.csv").at_row(2), cells: vec![cell], faults: Vec::new() };
    for (person, sha256, at) in [("li", "a", 5), ("wang", "b", 9)] {
        let fill = Fill { run_id, file: "s.csv", sha256, at: Stamp(at), person, batch: 1 };
        assert!(ledger.fill(fill, std::slice::from_ref(&row)).unwrap());
    }
    let by = ledger.supplied(&[&place, &Place::file("other.csv")]).unwrap();
    assert_eq!(by, [SuppliedBy { place, at: Stamp(9), person: "wang".into() }]);
}

#[test]
fn an_intent_is_written_once_and_only_from_where_the_store_stands() {
    let (_dir, _, mut ledger, run_id) = begun();
    let ids = ledger.load(&[source("1", "0", 1)], Stamp(5)).unwrap();
    ledger.plan(&[planned(ids[0], State::Pending)], Stamp(6)).unwrap();
    ledger.write_entries(run_id, &[intent(ids[0], 1, State::Pending)]).unwrap();
    for wrong in
        [intent(ids[0], 1, State::Pending), intent(ids[0], 2, State::Pending), intent(ids[0], 3, State::InFlight)]
    {
        assert!(matches!(ledger.write_entries(run_id, &[wrong]), Err(LedgerError::Damaged { .. })));
    }
    let row = &ledger.stores(None).unwrap()[0];
    assert_eq!((row.state, row.attempts, row.sent_hash.as_deref()), (State::InFlight, 1, Some("h")));
}

#[test]
fn an_outcome_belongs_to_its_attempt_and_is_counted() {
    let (_dir, _, mut ledger, run_id) = begun();
    let ids = ledger.load(&[source("1", "0", 1), source("2", "0", 2)], Stamp(5)).unwrap();
    ledger.plan(&[planned(ids[0], State::Pending), planned(ids[1], State::Pending)], Stamp(6)).unwrap();
    let both = [intent(ids[0], 1, State::Pending), intent(ids[1], 1, State::Pending)];
    ledger.write_entries(run_id, &both).unwrap();
    assert!(ledger.write_entries(run_id, &[outcome(ids[0], 2, Counted::Ok, State::InReview)]).is_err());
    ledger.write_entries(run_id, &[outcome(ids[0], 1, Counted::Ok, State::InReview)]).unwrap();
    ledger.write_entries(run_id, &[outcome(ids[1], 1, Counted::Lost, State::Unknown)]).unwrap();
    let counts = ledger.call_counts(None).unwrap()[&Verb::AddStore];
    assert_eq!(counts, CallCounts { sent: 2, ok: 1, refused: 0, unknown: 1 });
    assert_eq!(ledger.call_counts(Some(&ids[..1])).unwrap()[&Verb::AddStore].sent, 1);
    assert_eq!(ledger.stores(None).unwrap()[0].audit_id.as_deref(), Some("77"));
}

#[test]
fn a_store_read_only_to_find_it_gone_can_still_be_read_from_the_ledger() {
    let (_dir, _, mut ledger, run_id) = begun();
    let ids = ledger.load(&[source("1", "0", 1)], Stamp(5)).unwrap();
    let gone = ReadingEntry {
        store_id: ids[0],
        endpoint: "getpoi",
        asked_at: Stamp(7),
        at: Stamp(8),
        shown: None,
        errcode: Some(65115),
        sight: crate::store::Sight::Gone,
        to: State::Vanished,
        reason: None,
    };
    ledger.write_entries(run_id, &[Entry::Reading(Box::new(gone))]).unwrap();
    let row = &ledger.stores(None).unwrap()[0];
    assert_eq!((row.state, &row.now), (State::Vanished, &None));
}

#[test]
fn a_supplement_is_taken_once_and_its_cells_are_remembered_with_their_faults() {
    let (_dir, _, mut ledger, run_id) = begun();
    let place = Place::file("s.xlsx").at_row(2).at_column("F");
    let fault = Some(Finding::new(Code::RoundedNumber).at(place.clone()));
    let cell =
        Cell { field: Field::Credential, value: "2.88E+18".into(), place: place.clone(), fault, also: Vec::new() };
    let row = crate::store::SupplementRow {
        key: PoiId::new("1").map(JoinKey::PoiId),
        place,
        cells: vec![cell.clone()],
        faults: Vec::new(),
    };
    let fill = Fill { run_id, file: "s.xlsx", sha256: "abc", at: Stamp(5), person: "me", batch: run_id };
    assert!(ledger.fill(fill, std::slice::from_ref(&row)).unwrap());
    assert!(!ledger.fill(Fill { file: "copy.xlsx", ..fill }, &[row]).unwrap());
    let remembered = ledger.cells().unwrap();
    assert_eq!(remembered.len(), 1);
    assert_eq!((&remembered[0].cell, remembered[0].at), (&cell, Stamp(5)));
}

#[test]
fn what_is_committed_is_there_for_the_next_process_even_without_a_clean_end() {
    let (dir, path, mut ledger, run_id) = begun();
    let ids = ledger.load(&[source("1", "0", 1)], Stamp(5)).unwrap();
    ledger.plan(&[planned(ids[0], State::Pending)], Stamp(6)).unwrap();
    ledger.write_entries(run_id, &[intent(ids[0], 1, State::Pending)]).unwrap();
    // The files as another process would find them after a kill: database and WAL, no shutdown.
    let copy = dir.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(dir.path().join("poilift.db-wal"), dir.path().join("copy.db-wal")).unwrap();
    let found = Ledger::open(&copy, &real()).unwrap().stores(None).unwrap();
    assert_eq!(found[0].state, State::InFlight);
}

#[test]
fn a_ledger_belongs_to_one_account_and_a_sandbox_never_shares_one() {
    let (_dir, path, ledger, _) = begun();
    drop(ledger);
    let refused = |wanted: &Identity| matches!(Ledger::open(&path, wanted), Err(LedgerError::OtherAccount { .. }));
    assert!(refused(&identity("wx2", "api.weixin.qq.com")));
    assert!(refused(&identity("wx1", "loopback")));
    assert!(refused(&identity("sandbox", "sandbox")));
    assert!(Ledger::open(&path, &identity("", "")).is_ok());
    assert_eq!(Ledger::open(&path, &real()).unwrap().identity().unwrap(), real());
}

#[test]
fn a_file_whose_making_was_cut_short_is_begun_anew_and_any_other_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.db");
    std::fs::write(&empty, b"").unwrap();
    assert!(Ledger::open(&empty, &real()).is_ok());
    let text = dir.path().join("text.db");
    std::fs::write(&text, "not a database, but long enough to be looked at as one".repeat(40)).unwrap();
    assert!(matches!(Ledger::open(&text, &real()), Err(LedgerError::NotALedger { .. })));
    let other = dir.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let before = std::fs::read(&other).unwrap();
    assert!(matches!(Ledger::open(&other, &real()), Err(LedgerError::NotALedger { .. })));
    assert_eq!(std::fs::read(&other).unwrap(), before);
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let (_dir, path, ledger, _) = begun();
    ledger.connection.pragma_update(None, "user_version", schema::SUPPORTED + 1).unwrap();
    drop(ledger);
    assert!(matches!(Ledger::open(&path, &real()), Err(LedgerError::Newer { .. })));
    assert!(matches!(Ledger::open_to_read(&path), Err(LedgerError::Newer { .. })));
}

#[test]
fn sixty_four_workers_are_acknowledged_each_once_and_everything_they_wrote_is_there() {
    let (_dir, _, mut ledger, run_id) = begun();
    let sources: Vec<SourceRow> = (1..=640).map(|n| source(&n.to_string(), "0", n)).collect();
    let ids = ledger.load(&sources, Stamp(5)).unwrap();
    let rows: Vec<PlannedRow> = ids.iter().map(|id| planned(*id, State::Pending)).collect();
    ledger.plan(&rows, Stamp(6)).unwrap();
    let writer = LedgerWriter::start(ledger, run_id, Box::new(|| panic!("a commit failed")));
    let acknowledged = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for chunk in ids.chunks(10) {
            let (handle, acknowledged) = (writer.handle(), std::sync::Arc::clone(&acknowledged));
            scope.spawn(move || {
                for id in chunk {
                    let acknowledged = std::sync::Arc::clone(&acknowledged);
                    let count = move || {
                        acknowledged.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    };
                    handle.write(intent(*id, 1, State::Pending), Box::new(count));
                }
            });
        }
    });
    let (ledger, result) = writer.finish();
    assert!(result.is_ok());
    assert_eq!(acknowledged.load(std::sync::atomic::Ordering::SeqCst), 640);
    assert!(ledger.stores(None).unwrap().iter().all(|row| row.state == State::InFlight));
}

#[test]
fn a_commit_that_fails_rings_and_acknowledges_nothing() {
    let (_dir, _, mut ledger, run_id) = begun();
    let ids = ledger.load(&[source("1", "0", 1)], Stamp(5)).unwrap();
    let (bell, heard) = std::sync::mpsc::channel();
    let writer = LedgerWriter::start(ledger, run_id, Box::new(move || bell.send(()).expect("the test listens")));
    // The store is blocked: an intent for it must not be written.
    writer.handle().write(intent(ids[0], 1, State::Pending), Box::new(|| panic!("acknowledged")));
    assert!(heard.recv_timeout(Duration::from_secs(10)).is_ok());
    assert!(matches!(writer.finish().1, Err(LedgerError::Damaged { .. })));
}

#[test]
fn what_sqlite_refuses_is_said_by_its_kind() {
    let (_dir, path, mut ledger, _) = begun();
    let pages: i64 = ledger.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    ledger.connection.pragma_update(None, "max_page_count", pages).unwrap();
    let sources: Vec<SourceRow> = (1..=500).map(|n| source(&n.to_string(), "0", n)).collect();
    let full = ledger.load(&sources, Stamp(5)).unwrap_err();
    assert!(matches!(full, LedgerError::Sqlite { trouble: Trouble::Full, .. }), "{full:?}");
    ledger.connection.busy_timeout(Duration::ZERO).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = ledger.load(&sources[..1], Stamp(5)).unwrap_err();
    assert!(matches!(busy, LedgerError::Sqlite { trouble: Trouble::Busy, .. }), "{busy:?}");
}

#[test]
fn a_row_that_somebody_else_has_written_to_is_damage() {
    let (_dir, path, mut ledger, _) = begun();
    ledger.load(&[source("1", "0", 1)], Stamp(5)).unwrap();
    drop(ledger);
    assert!(Ledger::open(&path, &real()).is_ok());
    Connection::open(&path).unwrap().execute("UPDATE stores SET revision = 2", []).unwrap();
    for opened in [Ledger::open(&path, &real()), Ledger::open_to_read(&path)] {
        assert!(opened.is_err_and(|error| error.to_string().contains("row 1 of its table stores")));
    }
}

/// A ledger as the first schema had it.
fn of_schema_1(path: &std::path::Path) {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.execute_batch(schema::FIRST).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA application_id = {}; PRAGMA user_version = 1; \
             INSERT INTO meta VALUES ('account', 'wx1'), ('platform', 'api.weixin.qq.com'); \
             INSERT INTO runs VALUES (1, 'migrate', '[]', '0', 'host', 'me', 1, 20, 4); \
             INSERT INTO stores (id, key, poi_id, place, record, faults, status_before, planned_status, planned_comment, \
             planned_by_platform, action, state, decision, sent_hash, last_verb, last_at, attempts, updated_at) VALUES \
             (1, 'poi:7', '7', '{{\"file\":\"a\"}}', '{}', '[]', '0', '0', '', 1, 'blocked', 'unknown', '{}', 'h', \
             'add_store', 12, 1, 12); \
             INSERT INTO calls (run_id, store_id, endpoint, attempt, phase, outcome, at, body_hash) VALUES \
             (1, 1, 'add_store', 1, 'intent', NULL, 10, 'h'), (1, 1, 'add_store', 1, 'outcome', 'lost', 12, NULL);",
            schema::APPLICATION_ID,
            serde_json::to_string(&source("7", "0", 1).store).unwrap(),
            serde_json::to_string(&Decision::unplanned()).unwrap(),
        ))
        .unwrap();
}

#[test]
fn a_ledger_of_the_first_schema_is_read_as_it_is_and_copied_before_it_is_migrated() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.db");
    of_schema_1(&path);
    let sent_plan = |ledger: &Ledger| ledger.stores(None).unwrap().remove(0).sent_plan;
    let read = Ledger::open_to_read(&path).unwrap();
    assert_eq!(moments(&read), (Stamp(12), Stamp(12)));
    assert_eq!(
        (sent_plan(&read).as_deref(), read.media().unwrap().len()),
        (Some("h"), 0),
        "what left was what was planned"
    );
    drop(read);
    let ledger = Ledger::open(&path, &real()).unwrap();
    assert_eq!(sent_plan(&ledger).as_deref(), Some("h"));
    assert_eq!(moments(&ledger), (Stamp(12), Stamp(12)));
    // No stamp of the clocks: nothing is certain but that it is there.
    ledger.begin_session(&reading(5_000, 9_000_000, "a"), false).unwrap();
    assert_eq!(moments(&ledger).1, Stamp(5_000));
    drop(ledger);
    assert!(Ledger::open(&path, &real()).is_ok(), "what was migrated is whole");
    assert!(Ledger::open_to_read(&dir.path().join("old.db.before-schema-4")).is_ok());
}

/// A ledger as the third schema had it, its rows sealed byte by byte.
fn of_schema_3(path: &std::path::Path) {
    of_schema_1(path);
    let connection = Connection::open(path).unwrap();
    seal::teach(&connection).unwrap();
    for step in schema::steps(1..3) {
        connection.execute_batch(step).unwrap();
    }
    let id = seal::id(&connection).unwrap().unwrap();
    for (table, _) in seal::TABLES {
        let columns = seal::columns(&connection, table).unwrap().join(", ");
        if columns.is_empty() {
            continue;
        }
        connection.execute(&format!("UPDATE {table} SET seal = seal('{id}', '{table}', {columns})"), []).unwrap();
    }
    connection.pragma_update(None, "user_version", 3).unwrap();
}

#[test]
fn a_ledger_sealed_byte_by_byte_is_read_as_it_is_and_sealed_anew_when_it_is_migrated() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.db");
    of_schema_3(&path);
    let read = Ledger::open_to_read(&path).unwrap();
    let before = read.stores(None).unwrap();
    assert_eq!(read.standpoints(&[State::Unknown], None).unwrap().len(), 1, "without the index, too");
    drop(read);
    let ledger = Ledger::open(&path, &real()).unwrap();
    assert_eq!(ledger.stores(None).unwrap(), before);
    drop(ledger);
    assert!(Ledger::open_to_read(&path).is_ok(), "what was migrated is whole");
    let copy = Ledger::open_to_read(&dir.path().join("old.db.before-schema-4")).unwrap();
    assert_eq!((copy.version().unwrap(), copy.stores(None).unwrap()), (3, before));
}

#[test]
fn a_ledger_sealed_byte_by_byte_is_not_migrated_where_a_seal_does_not_fit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.db");
    of_schema_3(&path);
    Connection::open(&path).unwrap().execute("UPDATE stores SET revision = 2", []).unwrap();
    for opened in [Ledger::open(&path, &real()), Ledger::open_to_read(&path)] {
        assert!(opened.is_err_and(|error| error.to_string().contains("row 1 of its table stores")));
    }
    assert!(!dir.path().join("old.db.before-schema-4").exists());
}

/// Opens a ledger as if it were a large one.
pub(super) fn open_large(path: &std::path::Path) -> Result<Ledger, LedgerError> {
    Ledger::open_found((path, 0), &real(), file::Found::Content, mark::Mark::read(path).as_ref())
}

#[test]
fn a_large_ledger_is_opened_at_once_and_whole_ones_are_gone_on_with() {
    let (_dir, path, mut ledger, run_id) = begun();
    let ids = ledger.load(&[source("1", "0", 1)], Stamp(5)).unwrap();
    ledger.plan(&[planned(ids[0], State::Pending)], Stamp(6)).unwrap();
    drop(ledger);
    let mut ledger = open_large(&path).unwrap();
    ledger.set_meta("a", "b").unwrap();
    ledger.write_entries(run_id, &[intent(ids[0], 1, State::Pending)]).unwrap();
    ledger.audited().unwrap();
    assert_eq!(ledger.stores(None).unwrap()[0].state, State::InFlight);
}

#[test]
fn of_a_large_ledger_that_is_damaged_no_store_is_changed_and_nothing_is_sent() {
    let (_dir, path, mut ledger, run_id) = begun();
    let ids = ledger.load(&[source("1", "0", 1)], Stamp(5)).unwrap();
    ledger.plan(&[planned(ids[0], State::Pending)], Stamp(6)).unwrap();
    drop(ledger);
    Connection::open(&path).unwrap().execute("UPDATE stores SET revision = 2", []).unwrap();
    assert!(Ledger::open(&path, &real()).is_err(), "a small one is refused at once");
    let mut ledger = open_large(&path).unwrap();
    ledger.set_meta("a", "b").unwrap();
    let is_damage = |error: LedgerError| error.to_string().contains("row 1 of its table stores");
    let sent = intent(ids[0], 1, State::Pending);
    for _ in 0..2 {
        assert!(ledger.write_entries(run_id, std::slice::from_ref(&sent)).is_err_and(is_damage));
    }
    assert!(ledger.load(&[source("2", "0", 2)], Stamp(7)).is_err_and(is_damage));
    // Nor by the engine, to whom the ledger is given.
    let writer = LedgerWriter::start(ledger, run_id, Box::new(|| ()));
    writer.handle().write(sent, Box::new(|| panic!("it became durable")));
    let (ledger, result) = writer.finish();
    assert!(result.is_err_and(is_damage));
    assert_eq!(ledger.stores(None).unwrap()[0].attempts, 0);
}

#[test]
fn a_damaged_ledger_of_the_first_schema_is_not_migrated() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.db");
    of_schema_1(&path);
    Connection::open(&path).unwrap().execute("DELETE FROM calls WHERE phase = 'intent'", []).unwrap();
    assert!(matches!(Ledger::open(&path, &real()), Err(LedgerError::Damaged { .. })));
    assert!(!dir.path().join("old.db.before-schema-4").exists());
}

#[test]
fn a_ledger_without_a_write_ahead_log_gets_one() {
    let (dir, path, ledger, _) = begun();
    drop(ledger);
    let mode =
        |connection: &Connection, sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let outside = Connection::open(&path).unwrap();
    assert_eq!(mode(&outside, "PRAGMA journal_mode = DELETE"), "delete");
    drop(outside);
    let ledger = Ledger::open(&path, &real()).unwrap();
    assert_eq!(mode(&ledger.connection, "PRAGMA journal_mode"), "wal");
    drop(dir);
}
