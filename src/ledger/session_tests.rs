//! Sessions whose clocks claim more time, or less, than has passed: which settle windows move, and what is never covered up by
//! that.

use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::tests::{begun, intent, open_large, outcome, planned, real, source};
use super::*;
use crate::store::State;

pub(super) fn reading(wall: i64, uptime: u64, boot: &str) -> ClockReading {
    ClockReading {
        wall: Stamp(wall),
        uptime: Duration::from_millis(uptime),
        boot: Some(boot.into()),
        machine: "m".into(),
    }
}

/// A ledger with one store whose outcome was lost at 12, in a session that began at 1 when the machine had run for 1,000 ms.
fn lost_at_12() -> (TempDir, Ledger, i64) {
    let (dir, _, mut ledger, run_id) = begun();
    ledger.begin_session(&reading(1, 1_000, "a"), false).unwrap();
    let ids = ledger.load(&[source("1", "0", 1)], Stamp(5)).unwrap();
    ledger.plan(&[planned(ids[0], State::Pending)], Stamp(6)).unwrap();
    ledger.write_entries(run_id, &[intent(ids[0], 1, State::Pending)]).unwrap();
    ledger.write_entries(run_id, &[outcome(ids[0], 1, Counted::Lost, State::Unknown)]).unwrap();
    (dir, ledger, run_id)
}

/// When the last write happened by the ledger, and from when its window counts.
pub(super) fn moments(ledger: &Ledger) -> (Stamp, Stamp) {
    let row = &ledger.stores(None).unwrap()[0];
    (row.last_write.as_ref().unwrap().at, row.standing().last_write.unwrap().at)
}

#[test]
fn a_clock_set_forward_between_two_sessions_moves_the_window_and_nothing_else() {
    let (_dir, ledger, _) = lost_at_12();
    ledger.begin_session(&reading(101, 1_100, "a"), false).unwrap();
    assert_eq!(moments(&ledger), (Stamp(12), Stamp(12)));
    // 100 ms later by the uptime, an hour later by the wall clock; and once more.
    ledger.begin_session(&reading(3_600_201, 1_200, "a"), false).unwrap();
    assert_eq!(moments(&ledger), (Stamp(12), Stamp(3_600_012)));
    ledger.begin_session(&reading(3_600_301, 1_300, "a"), false).unwrap();
    assert_eq!(moments(&ledger), (Stamp(12), Stamp(3_600_012)));
    ledger.begin_session(&reading(7_200_401, 1_400, "a"), false).unwrap();
    assert_eq!(moments(&ledger), (Stamp(12), Stamp(7_200_012)));
}

#[test]
fn after_another_boot_a_window_counts_from_the_boot_at_the_latest() {
    let (_dir, ledger, _) = lost_at_12();
    ledger.begin_session(&reading(5_000_000, 700, "b"), false).unwrap();
    assert_eq!(moments(&ledger), (Stamp(12), Stamp(4_999_300)));
}

#[test]
fn a_clock_set_back_is_refused_and_leaves_everything_as_it_was_until_a_person_trusts_it() {
    let (_dir, ledger, run_id) = lost_at_12();
    ledger.begin_session(&reading(9_000_000, 9_000_999, "a"), false).unwrap();
    ledger.end_run(run_id, 4, Stamp(9_000_100)).unwrap();
    let back = reading(8_000_000, 9_001_999, "a");
    let refused = ledger.begin_session(&back, false).unwrap_err();
    assert!(matches!(refused, LedgerError::ClockSetBack { newest: Stamp(9_000_100), now: Stamp(8_000_000), .. }));
    assert_eq!(moments(&ledger).1, Stamp(12));
    ledger.begin_session(&back, true).unwrap();
    assert_eq!(moments(&ledger), (Stamp(12), Stamp(8_000_000)));
    // Said once; from then on the clock is believed.
    ledger.begin_session(&reading(8_000_500, 9_002_499, "a"), false).unwrap();
    assert!(ledger.begin_session(&reading(7_000_000, 9_002_499, "a"), false).is_err());
}

#[test]
fn a_clock_set_back_by_less_than_a_minute_lets_windows_begin_anew() {
    let (_dir, ledger, run_id) = lost_at_12();
    ledger.end_run(run_id, 4, Stamp(60_000)).unwrap();
    ledger.begin_session(&reading(30_000, 90_000, "a"), false).unwrap();
    assert_eq!(moments(&ledger), (Stamp(12), Stamp(30_000)));
}

#[test]
fn a_damaged_row_of_a_large_ledger_is_found_before_a_moved_window_seals_it_anew() {
    let set_forward = (20, reading(3_600_201, 1_200, "a"), false);
    let set_back_and_trusted = (9_000_100, reading(8_000_000, 9_001_999, "a"), true);
    for (ended_at, clock, is_trusted) in [set_forward, set_back_and_trusted] {
        let (_dir, ledger, run_id) = lost_at_12();
        ledger.end_run(run_id, 4, Stamp(ended_at)).unwrap();
        let path = ledger.path().to_owned();
        drop(ledger);
        Connection::open(&path).unwrap().execute("UPDATE stores SET revision = 2", []).unwrap();
        let is_damage = |error: LedgerError| error.to_string().contains("row 1 of its table stores");
        let ledger = open_large(&path).unwrap();
        let before = moments(&ledger);
        assert!(ledger.begin_session(&clock, is_trusted).is_err_and(is_damage));
        assert_eq!(moments(&ledger), before, "no window has moved");
        drop(ledger);
        assert!(Ledger::open(&path, &real()).is_err_and(is_damage), "it is as damaged as it was");
    }
}
