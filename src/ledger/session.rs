//! The beginning of a run's session with the ledger: the clock of the machine against the moments that the ledger holds.
//! What the two make of one another is decided in [`ClockReading::correction`]; here it is looked up and written down.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};

use super::row::to_json;
use crate::store::{ClockReading, Correction, Stamp};

/// Where the clocks' last reading stands in `meta`.
const CLOCK: &str = "clock";

/// No settle window is longer than a day: a write that is older than the newest one by more has no open window.
const WINDOW_MAX: Duration = Duration::from_secs(86_400);

/// What a session leaves for the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    /// What the clocks said when a session last began.
    reading: ClockReading,
    /// Moments that runs up to this one wrote down are not believed: a person said that the clock was wrong then.
    disbelieved_up_to: i64,
}

/// Begins a session: corrects from when windows count, and remembers the reading. `trusted`: a person says that the clock
/// is right now, whatever it was before. A clock set back is answered with the newest moment, and nothing is changed.
pub fn begin(connection: &Connection, now: &ClockReading, trusted: bool) -> rusqlite::Result<Result<(), Stamp>> {
    let Found { correction, newest, disbelieved } = found(connection, now)?;
    let mut disbelieved_up_to = disbelieved;
    match correction {
        Correction::None => {}
        Correction::Later(span) => later(connection, span)?,
        Correction::SetBack if !trusted => return Ok(Err(newest.unwrap_or_default())),
        Correction::SetBack => {
            anew(connection, now.wall)?;
            let sql = "SELECT COALESCE(MAX(id), 0) FROM runs";
            disbelieved_up_to = connection.query_row(sql, [], |row| row.get(0))?;
        }
        Correction::Anew => anew(connection, now.wall)?,
    }
    remember(connection, &Remembered { reading: now.clone(), disbelieved_up_to })?;
    Ok(Ok(()))
}

/// Whether to begin a session so would move settle windows.
pub fn moves_windows(connection: &Connection, now: &ClockReading, trusted: bool) -> rusqlite::Result<bool> {
    Ok(match found(connection, now)?.correction {
        Correction::None => false,
        Correction::SetBack => trusted,
        Correction::Later(_) | Correction::Anew => true,
    })
}

/// The clocks against what the ledger holds.
struct Found {
    correction: Correction,
    newest: Option<Stamp>,
    disbelieved: i64,
}

fn found(connection: &Connection, now: &ClockReading) -> rusqlite::Result<Found> {
    let last = remembered(connection)?;
    let disbelieved = last.as_ref().map_or(0, |last| last.disbelieved_up_to);
    let newest = newest(connection, disbelieved, last.as_ref())?;
    let newest_window = "SELECT settles_from FROM stores WHERE settles_from IS NOT NULL \
                         ORDER BY settles_from DESC LIMIT 1";
    let write = connection.query_row(newest_window, [], |row| row.get(0).map(Stamp)).optional()?;
    let correction = newest
        .map_or(Correction::None, |newest| now.correction(last.as_ref().map(|last| &last.reading), newest, write));
    Ok(Found { correction, newest, disbelieved })
}

/// Up to which run moments are not believed, because a person said that the clock was wrong then.
pub fn disbelieved_up_to(connection: &Connection) -> rusqlite::Result<i64> {
    Ok(remembered(connection)?.map_or(0, |last| last.disbelieved_up_to))
}

fn remembered(connection: &Connection) -> rusqlite::Result<Option<Remembered>> {
    let sql = "SELECT value FROM meta WHERE key = ?1";
    let text: Option<String> = connection.query_row(sql, [CLOCK], |row| row.get(0)).optional()?;
    // What cannot be read was not written by this version, and is as if there were nothing: then nothing is certain.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn remember(connection: &Connection, remembered: &Remembered) -> rusqlite::Result<()> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
    connection.execute(sql, [CLOCK, &to_json(remembered)?]).map(|_| ())
}

/// The newest moment that is believed.
fn newest(
    connection: &Connection,
    disbelieved_up_to: i64,
    last: Option<&Remembered>,
) -> rusqlite::Result<Option<Stamp>> {
    let of_runs: Option<i64> = connection.query_row(
        "SELECT MAX(at) FROM (SELECT * FROM (SELECT at FROM calls WHERE +run_id > ?1 ORDER BY at DESC LIMIT 1) \
         UNION ALL SELECT MAX(COALESCE(ended_at, started_at)) FROM runs WHERE id > ?1 \
         UNION ALL SELECT MAX(at) FROM fills WHERE run_id > ?1)",
        [disbelieved_up_to],
        |row| row.get(0),
    )?;
    let began = last.map(|last| last.reading.wall);
    Ok(to_stamp(of_runs).max(began))
}

const fn to_stamp(millis: Option<i64>) -> Option<Stamp> {
    match millis {
        Some(millis) => Some(Stamp(millis)),
        None => None,
    }
}

/// Windows that may be open count from so much later.
fn later(connection: &Connection, span: Duration) -> rusqlite::Result<()> {
    let sql = "UPDATE stores SET settles_from = settles_from + ?1 \
               WHERE settles_from >= (SELECT MAX(settles_from) FROM stores WHERE settles_from IS NOT NULL) - ?2";
    connection.execute(sql, [millis(span), millis(WINDOW_MAX)]).map(|_| ())
}

/// Windows that may be open begin now.
fn anew(connection: &Connection, now: Stamp) -> rusqlite::Result<()> {
    let sql = "UPDATE stores SET settles_from = ?1 \
               WHERE settles_from >= (SELECT MAX(settles_from) FROM stores WHERE settles_from IS NOT NULL) - ?2";
    connection.execute(sql, [now.0, millis(WINDOW_MAX)]).map(|_| ())
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
