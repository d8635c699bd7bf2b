//! What a pass, and readings by key for what it lacks, mean for the stores of the ledger.

use std::collections::HashMap;
use std::time::Duration;

use super::pass::ListPass;
use crate::ledger::{Observation, StoreRow};
use crate::store::{
    Event, FieldChange, IllegalMove, LegacyStore, Origin, Reading, Sight, Stamp, State, next, sight_words, weigh,
};

/// Rows of the ledger against a pass: what it shows of them, and which of them it lacks.
#[derive(Debug, Default)]
pub struct Compared {
    /// What was seen.
    pub seen: Vec<Observation>,
    /// Rows that the list should show and does not.
    pub absent: Vec<i64>,
}

/// A pass, by the stores' ids.
#[derive(Debug)]
pub struct Listing<'p> {
    asked_at: Stamp,
    shown: HashMap<&'p str, &'p LegacyStore>,
}

impl<'p> Listing<'p> {
    /// Of this pass.
    #[must_use]
    pub fn of(pass: &'p ListPass) -> Self {
        let shown = pass.stores.iter().filter_map(|store| Some((store.poi_id.as_ref()?.as_str(), store))).collect();
        Self { asked_at: pass.asked_at, shown }
    }
}

/// Compares. Rows in flight are left to recovery, rows without a usable id to their person.
///
/// # Errors
///
/// A state that must not take what was seen: a fault of the program.
pub fn compare(rows: &[StoreRow], listing: &Listing<'_>, settle_window: Duration) -> Result<Compared, IllegalMove> {
    let mut compared = Compared::default();
    for row in rows.iter().filter(|row| is_readable(row)) {
        let Some(poi_id) = row.poi_id() else { continue };
        match listing.shown.get(poi_id.as_str()) {
            Some(store) => compared.seen.push(observe(row, Some((*store).clone()), listing.asked_at, settle_window)?),
            None if is_expected(row) => compared.absent.push(row.id),
            None => {}
        }
    }
    Ok(compared)
}

fn is_readable(row: &StoreRow) -> bool {
    row.state != State::InFlight && row.key.starts_with("poi:")
}

/// A store that the list ought to show: not deleted, not known to be gone, not settled by a person; and not upgraded by the
/// platform's own word, for the old list may close once a store has moved.
fn is_expected(row: &StoreRow) -> bool {
    let moved = row.state == State::Upgraded && row.planned.by_platform;
    !moved && !matches!(row.state, State::Deleted | State::Vanished | State::Accepted | State::Done)
}

/// One reading of one store: `None` if a reading by key says that there is no such store.
///
/// # Errors
///
/// A state that must not take what was seen: a fault of the program.
pub fn observe(
    row: &StoreRow,
    shown: Option<LegacyStore>,
    asked_at: Stamp,
    settle_window: Duration,
) -> Result<Observation, IllegalMove> {
    let reading = shown.as_ref().map_or(Reading::Gone, |store| Reading::Shown {
        status: store.upgrade_status.clone(),
        comment: store.upgrade_comment.to_string(),
    });
    let sight = weigh(&row.standing(), &reading, asked_at, settle_window);
    let change = shown.as_ref().filter(|_| sight == Sight::Unchanged).and_then(|store| change(row, store));
    let sight = if change.is_some() { Sight::Different } else { sight };
    let state = next(row.state, Event::Seen(sight))?;
    let becomes_baseline = !row.planned.by_platform && sight != Sight::Different && sight != Sight::Undecided;
    let reason = match change {
        Some(change) => Some(change.words()),
        None => sight_words(sight, &row.planned.status, shown.as_ref()),
    };
    let fields = shown.as_ref().filter(|_| row.planned.fields.is_none()).map(LegacyStore::body_fields);
    Ok(Observation { id: row.id, reason, shown, asked_at, sight, state, becomes_baseline, fields })
}

/// What has changed on the platform of the fields that a body is made of, where the body does not say the same already.
fn change(row: &StoreRow, shown: &LegacyStore) -> Option<FieldChange> {
    let goes = [State::Pending, State::Retry, State::Held, State::Unknown, State::Vanished];
    let is_due = goes.contains(&row.state);
    let submission = row.decision.submission.as_ref().filter(|_| is_due)?;
    let from_record = |field| submission.origins.get(&field) == Some(&Origin::Record);
    let (sent, shown) = (row.known_store().body_fields(), shown.body_fields());
    row.planned.fields.as_ref()?.change(&shown, &sent, from_record)
}
