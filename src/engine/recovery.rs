//! What an earlier process left behind: an intent without an outcome is a lost outcome, to be settled by reading.

use crate::ledger::{Counted, Entry, Outcome, StoreRow};
use crate::store::{Event, IllegalMove, Stamp, State, Verb, next};
use crate::words;

/// The entries that a new process writes before anything else: one for each store whose intent has no outcome. Its settle
/// window begins `now`, since nobody knows how much later than the intent the request left.
///
/// # Errors
///
/// A fault of the program.
pub fn recover(rows: &[StoreRow], now: Stamp) -> Result<Vec<Entry>, IllegalMove> {
    rows.iter().filter(|row| row.state == State::InFlight).map(|row| lost(row, now)).collect()
}

/// The outcome of an intent whose process ended before it was written down.
fn lost(row: &StoreRow, now: Stamp) -> Result<Entry, IllegalMove> {
    let to = next(row.state, Event::OutcomeLost)?;
    let verb = row.last_write.as_ref().map_or(Verb::AddStore, |write| write.verb);
    Ok(Entry::Outcome(Outcome {
        store_id: row.id,
        verb,
        attempt: row.attempts,
        counted: Counted::Lost,
        sent_at: None,
        at: now,
        http_status: None,
        errcode: None,
        errmsg: "the process ended before the outcome was written down".to_owned(),
        rid: None,
        audit_id: None,
        to,
        reason: Some(words!(
            "the program ended before the answer was written down";
            "程序在记录应答前中断"
        )),
    }))
}
