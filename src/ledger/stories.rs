//! The last part of the audit: every store against the append-only table of calls, and against itself. What a row says of
//! its last write, and where it stands, must be where its story leads.

use std::iter::Peekable;

use rusqlite::Connection;

use crate::store::{Action, BulkJob, Stamp, State, Verb, Words};
use crate::words;

/// Year 2200: no clock of a machine that runs this says so, and no ledger holds such a moment.
const MOMENTS: std::ops::Range<i64> = 0..7_258_118_400_000;

/// What a store's row says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    id: i64,
    key: String,
    poi_id: Option<String>,
    recorded_poi_id: Option<String>,
    action: String,
    decided_action: Option<String>,
    state: String,
    attempts: i64,
    last_verb: Option<String>,
    last_at: Option<i64>,
    sent_hash: Option<String>,
}

impl Row {
    /// Whether it is of another bulk job than the migration.
    fn is_order(&self) -> bool {
        let job = self.key.split_once(':').map_or("", |(job, _)| job);
        BulkJob::from_key(job.strip_suffix("-row").unwrap_or(job)).is_some_and(|job| job != BulkJob::Migrate)
    }
}

/// One line of its story.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    store_id: i64,
    phase: String,
    endpoint: String,
    attempt: Option<i64>,
    outcome: Option<String>,
    at: i64,
    body_hash: Option<String>,
}

/// The first store that contradicts the calls that were made for it.
pub fn contradiction(connection: &Connection) -> rusqlite::Result<Option<Words>> {
    let mut rows = connection.prepare(
        "SELECT id, key, poi_id, json_extract(record, '$.poi_id'), action, json_extract(decision, '$.action'), state, \
         attempts, last_verb, last_at, sent_hash FROM stores ORDER BY id",
    )?;
    let mut lines = connection.prepare(
        "SELECT store_id, phase, endpoint, attempt, outcome, at, body_hash FROM calls \
         WHERE store_id IS NOT NULL ORDER BY store_id, seq",
    )?;
    let rows = rows.query_map([], |row| {
        Ok(Row {
            id: row.get(0)?,
            key: row.get(1)?,
            poi_id: row.get(2)?,
            recorded_poi_id: row.get(3)?,
            action: row.get(4)?,
            decided_action: row.get(5)?,
            state: row.get(6)?,
            attempts: row.get(7)?,
            last_verb: row.get(8)?,
            last_at: row.get(9)?,
            sent_hash: row.get(10)?,
        })
    })?;
    let mut lines = lines
        .query_map([], |row| {
            Ok(Line {
                store_id: row.get(0)?,
                phase: row.get(1)?,
                endpoint: row.get(2)?,
                attempt: row.get(3)?,
                outcome: row.get(4)?,
                at: row.get(5)?,
                body_hash: row.get(6)?,
            })
        })?
        .peekable();
    for row in rows {
        let row = row?;
        let story = story_of(row.id, &mut lines)?;
        if let Some(what) = contradiction_of(&row, &story) {
            let name = row.poi_id.unwrap_or(row.key);
            return Ok(Some(Words {
                en: format!("store {name}: {}", what.en),
                zh: format!("门店 {name}：{}", what.zh),
            }));
        }
    }
    Ok(lines.next().transpose()?.map(|line| stray(&line)))
}

/// The lines of one store; a line of a store before it is left where it is, and is a stray one.
fn story_of(
    id: i64,
    lines: &mut Peekable<impl Iterator<Item = rusqlite::Result<Line>>>,
) -> rusqlite::Result<Vec<Line>> {
    let mut story = Vec::new();
    while let Some(line) = lines.next_if(|line| line.as_ref().map_or(true, |line| line.store_id == id)) {
        story.push(line?);
    }
    Ok(story)
}

fn stray(line: &Line) -> Words {
    let id = line.store_id;
    words!("a call was made for store number {id}, which is not there"; "存在第 {id} 号门店的调用记录，但没有该门店")
}

/// What cannot be true of a store together with its story.
fn contradiction_of(row: &Row, story: &[Line]) -> Option<Words> {
    let known = State::from_key(&row.state).is_some()
        && Action::from_key(&row.action).is_some()
        && row.last_verb.as_deref().is_none_or(|verb| Verb::from_key(verb).is_some());
    if !known {
        return Some(words!("its state, action or verb is no known word"; "状态、动作或接口名无法识别"));
    }
    if row.decided_action.as_ref() != Some(&row.action) {
        return Some(words!("its action is not the one that was decided"; "动作与决定不一致"));
    }
    if row
        .key
        .strip_prefix("poi:")
        .is_some_and(|id| [&row.poi_id, &row.recorded_poi_id].into_iter().any(|own| own.as_deref() != Some(id)))
    {
        return Some(words!("it goes by more than one poi_id"; "同一行有不同的 poi_id"));
    }
    let moments = row.last_at.into_iter().chain(story.iter().map(|line| line.at));
    if let Some(absurd) = moments.into_iter().find(|at| !MOMENTS.contains(at)) {
        let at = Stamp(absurd).rfc3339();
        return Some(words!("something happened to it at {at}"; "出现不可能的时间 {at}"));
    }
    attempts(row, story)
}

/// Attempts, intents and outcomes.
fn attempts(row: &Row, story: &[Line]) -> Option<Words> {
    let writes: Vec<&Line> = story.iter().filter(|line| matches!(line.phase.as_str(), "intent" | "outcome")).collect();
    let intents = writes.iter().filter(|line| line.phase == "intent").count();
    let attempts = row.attempts;
    if usize::try_from(attempts) != Ok(intents) {
        return Some(words!(
            "it has {attempts} attempts, and {intents} intents were written down";
            "记录为 {attempts} 次提交，但有 {intents} 次提交意图"
        ));
    }
    let mut expected = 1;
    let mut open = false;
    for line in &writes {
        let follows = (line.phase == "intent") != open;
        if !follows || line.attempt != Some(expected) {
            return Some(words!("its intents and outcomes do not follow one another"; "提交意图与结果的次序不符"));
        }
        expected += i64::from(open);
        open = !open;
    }
    let last = writes.last()?;
    let intent = writes.iter().rfind(|line| line.phase == "intent")?;
    if row.last_verb.as_ref() != Some(&intent.endpoint)
        || row.sent_hash != intent.body_hash
        || row.last_at != Some(last.at)
    {
        return Some(words!("its last write is not the one that was written down"; "最近一次提交与记录不符"));
    }
    where_it_stands(row, story, last, open)
}

/// A store in flight is one whose last intent is open, and what an outcome says stands until something else is known.
fn where_it_stands(row: &Row, story: &[Line], last: &Line, open: bool) -> Option<Words> {
    let state = State::from_key(&row.state)?;
    // Readings and a person's word move it on; each is a line of its own.
    let is_latest = story.last() == Some(last);
    let fits = match last.outcome.as_deref() {
        None => state == State::InFlight,
        Some("lost") if is_latest => state == State::Unknown,
        // What a sheet says anew is no line until it is sent.
        Some("ok") if is_latest && row.is_order() && matches!(state, State::Blocked | State::Pending) => true,
        Some("ok") if is_latest => matches!(state, State::InReview | State::Deleted | State::Done | State::Upgraded),
        Some(_) => state != State::InFlight,
    };
    let (state, en, zh) = (row.state.as_str(), if open { "open" } else { "known" }, if open { "未决" } else { "已知" });
    (!fits).then(|| {
        words!(
            "it stands at {state}, and its last outcome, which is {en}, does not lead there";
            "当前为 {state}，与最近一次结果（{zh}）不符"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(state: &str, attempts: i64) -> Row {
        let sent = attempts > 0;
        Row {
            id: 1,
            key: "poi:7".into(),
            poi_id: Some("7".into()),
            recorded_poi_id: Some("7".into()),
            action: "add".into(),
            decided_action: Some("add".into()),
            state: state.into(),
            attempts,
            last_verb: sent.then(|| "add_store".into()),
            last_at: sent.then_some(10 * attempts + 1),
            sent_hash: sent.then(|| "h".into()),
        }
    }

    fn line(phase: &str, attempt: i64, outcome: Option<&str>) -> Line {
        Line {
            store_id: 1,
            phase: phase.into(),
            endpoint: "add_store".into(),
            attempt: (attempt > 0).then_some(attempt),
            outcome: outcome.map(str::to_owned),
            at: 10 * attempt + i64::from(phase == "outcome"),
            body_hash: (phase == "intent").then(|| "h".into()),
        }
    }

    fn sent(attempt: i64, outcome: &str) -> [Line; 2] {
        [line("intent", attempt, None), line("outcome", attempt, Some(outcome))]
    }

    #[test]
    fn what_a_run_writes_contradicts_nothing() {
        assert_eq!(contradiction_of(&row("pending", 0), &[]), None);
        let in_flight = Row { last_at: Some(10), ..row("in_flight", 1) };
        assert_eq!(contradiction_of(&in_flight, &[line("intent", 1, None)]), None);
        for (outcome, state) in [
            ("ok", "in_review"),
            ("ok", "deleted"),
            ("lost", "unknown"),
            ("not_sent", "retry"),
            ("refused", "rejected"),
        ] {
            assert_eq!(contradiction_of(&row(state, 1), &sent(1, outcome)), None, "{outcome} {state}");
        }
        // Read as unchanged, sent again; and read on.
        let story = [
            &sent(1, "lost")[..],
            &[line("reading", 0, Some("ok"))],
            &sent(2, "ok"),
            &[line("reading", 0, Some("ok"))],
        ];
        assert_eq!(contradiction_of(&row("upgraded", 2), &story.concat()), None);
        // A reading that moved it to where it goes again, and a plan that blocked it.
        let read = [&sent(1, "lost")[..], &[line("reading", 0, Some("ok"))]].concat();
        for state in ["retry", "blocked", "upgraded", "drifted"] {
            assert_eq!(contradiction_of(&row(state, 1), &read), None, "{state}");
        }
    }

    #[test]
    fn an_order_that_is_done_may_be_ordered_anew_and_nothing_else_moves_by_itself() {
        for state in ["blocked", "pending"] {
            let ordered = Row { key: "update:7".into(), ..row(state, 1) };
            assert_eq!(contradiction_of(&ordered, &sent(1, "ok")), None, "{state}");
            assert!(contradiction_of(&row(state, 1), &sent(1, "ok")).is_some(), "{state}");
        }
        let retried = Row { key: "update:7".into(), ..row("retry", 1) };
        assert!(contradiction_of(&retried, &sent(1, "ok")).is_some());
    }

    #[test]
    fn a_store_that_lost_an_intent_or_an_outcome_is_found() {
        assert!(contradiction_of(&row("pending", 0), &sent(1, "ok")).is_some());
        assert!(contradiction_of(&row("pending", 1), &[]).is_some());
        assert!(contradiction_of(&row("in_review", 2), &sent(1, "ok")).is_some());
        assert!(contradiction_of(&row("unknown", 1), &[line("outcome", 1, Some("lost"))]).is_some());
        let two = [line("intent", 1, None), line("intent", 2, None)];
        assert!(contradiction_of(&Row { last_at: Some(20), ..row("in_flight", 2) }, &two).is_some());
    }

    #[test]
    fn a_store_that_stands_where_nothing_led_it_is_found() {
        for (outcome, state) in
            [("ok", "pending"), ("ok", "retry"), ("lost", "retry"), ("lost", "in_review"), ("ok", "in_flight")]
        {
            assert!(contradiction_of(&row(state, 1), &sent(1, outcome)).is_some(), "{outcome} {state}");
        }
        let in_flight = Row { last_at: Some(10), ..row("pending", 1) };
        assert!(contradiction_of(&in_flight, &[line("intent", 1, None)]).is_some());
    }

    #[test]
    fn a_row_that_contradicts_itself_is_found() {
        let good = row("in_review", 1);
        for bad in [
            Row { state: "in_rewiew".into(), ..good.clone() },
            Row { action: "ade".into(), ..good.clone() },
            Row { action: "delete".into(), ..good.clone() },
            Row { last_verb: Some("delpoi".into()), ..good.clone() },
            Row { sent_hash: Some("g".into()), ..good.clone() },
            Row { last_at: Some(12), ..good.clone() },
            Row { last_at: Some(i64::MAX), ..good.clone() },
            Row { poi_id: Some("8".into()), ..good.clone() },
            Row { recorded_poi_id: Some("8".into()), ..good.clone() },
            Row { key: "poi:8".into(), ..good.clone() },
        ] {
            assert!(contradiction_of(&bad, &sent(1, "ok")).is_some(), "{bad:?}");
        }
        assert_eq!(contradiction_of(&good, &sent(1, "ok")), None);
    }
}
