//! Stories of the main kinds, as they are told; read aloud before they were kept.

mod ahead;
mod happened;
mod whole;

use super::*;
use crate::ledger::{Observed, PlanChange, Planned};
use crate::report::sample::{self, NOW, blocked, in_state, pending, rejected};
use crate::store::{Action, BulkJob, Code, Decision, Finding, LastWrite, Place, UpgradeStatus, Verb, Wish};
use crate::wire::errors::Override;

fn after(seconds: i64) -> Stamp {
    Stamp(NOW.0 + seconds * 1000)
}

fn line(phase: &str, endpoint: &str, at: Stamp) -> StoryLine {
    StoryLine {
        run: 1,
        phase: phase.into(),
        endpoint: endpoint.into(),
        attempt: None,
        outcome: None,
        at,
        sent_at: None,
        http_status: None,
        errcode: None,
        errmsg: String::new(),
        rid: None,
        audit_id: None,
        change: None,
        status_seen: None,
        comment_seen: None,
        sight: None,
    }
}

/// An attempt that left at `at`, and its outcome a second later.
fn attempt(n: u32, verb: Verb, at: i64, outcome: StoryLine) -> [StoryLine; 2] {
    let intent = StoryLine { attempt: Some(n), ..line("intent", verb.key(), after(at)) };
    let (sent_at, ended) = (Some(after(at)), after(at + 1));
    let outcome = StoryLine { attempt: Some(n), endpoint: verb.key().into(), sent_at, at: ended, ..outcome };
    [intent, outcome]
}

fn answered(outcome: &str, errcode: i64, errmsg: &str) -> StoryLine {
    let (outcome, errmsg) = (Some(outcome.to_owned()), errmsg.to_owned());
    let rid = (errcode != 0).then(|| "61725984-6126f6f9".to_owned());
    let answer = line("outcome", "", NOW);
    StoryLine { outcome, errcode: Some(errcode), errmsg, rid, http_status: Some(200), ..answer }
}

fn lost() -> StoryLine {
    let errmsg = "connection closed before message completed".to_owned();
    StoryLine { outcome: Some("lost".into()), errmsg, ..line("outcome", "", NOW) }
}

fn read(at: i64, status: &str, sight: &str) -> StoryLine {
    let (asked, answered) = (Some(after(at)), Stamp(after(at).0 + 20));
    let (status_seen, sight) = (Some(status.to_owned()), Some(sight.to_owned()));
    StoryLine { sent_at: asked, status_seen, sight, ..line("reading", "getpoi", answered) }
}

fn gone(at: i64, sight: &str) -> StoryLine {
    StoryLine { status_seen: None, errcode: Some(65115), ..read(at, "", sight) }
}

fn told_by(row: &StoreRow, lines: &[StoryLine], errors: &ErrorTable, lang: Lang) -> String {
    let run = |id: i64, more: &[&str]| StoryRun {
        id,
        arguments: ["migrate", "stores.xlsx"].iter().chain(more).map(|word| (*word).to_owned()).collect(),
        person: "wang".into(),
        host: "shanghai-1".into(),
        started_at: after(-5),
    };
    let runs = [run(1, &[]), run(2, &["--allow-delete"])];
    let place = Place::file("credentials.xlsx").at_row(2);
    let supplied = [SuppliedBy { place, at: after(-60), person: "li".into() }];
    let guide = Guide {
        again: vec!["migrate".into(), "stores.xlsx".into()],
        flags: vec!["--ledger".into(), "wx1.db".into()],
        attention: Some("poilift-report/attention.xlsx".into()),
        job: BulkJob::Migrate,
        quote: |words| words.join(" "),
    };
    let (zone, runs, supplied) = (Zone::of_platform(), &runs, &supplied);
    Story { row, lines, runs, supplied, errors, guide: &guide, zone: &zone }.text(lang)
}

fn told(row: &StoreRow, lines: &[StoryLine], lang: Lang) -> String {
    told_by(row, lines, &ErrorTable::default(), lang)
}

/// The part of a story under one heading.
fn part(text: &str, heading: &str) -> String {
    let after = text.split_once(&format!("\n{heading}\n")).expect("the heading").1;
    after.split("\n\n").next().unwrap_or_default().trim_end().to_owned()
}

fn what_happened(row: &StoreRow, lines: &[StoryLine]) -> String {
    part(&told(row, lines, Lang::En), "What happened")
}

fn what_next(row: &StoreRow) -> String {
    let text = told(row, &[], Lang::En);
    let withdrawn = part(&text, "What can still be withdrawn");
    format!("{withdrawn}\n{}", part(&text, "What to do next"))
}

fn shows(status: &str) -> Observed {
    Observed { status: UpgradeStatus::parse(status), comment: String::new(), read_at: after(90) }
}

fn to_be_deleted(state: State) -> StoreRow {
    let status = UpgradeStatus::Forbidden;
    let planned = Planned { status: status.clone(), comment: String::new(), by_platform: true, fields: None };
    let decision = Decision { action: Action::Delete, ..Decision::unplanned() };
    StoreRow { planned, decision, status_before: status, ..in_state(1, state) }
}

/// A lost answer, a reading that showed that nothing was done, a second attempt, and the review.
fn lost_and_sent_again() -> (StoreRow, Vec<StoryLine>) {
    let accepted = StoryLine { audit_id: Some("418000000".into()), ..answered("ok", 0, "") };
    let lines = attempt(1, Verb::AddStore, 0, lost()).into_iter();
    let lines = lines.chain([read(32, "0", "unchanged")]).chain(attempt(2, Verb::AddStore, 33, accepted));
    (StoreRow { attempts: 2, now: Some(shows("2")), ..in_state(1, State::InReview) }, lines.collect())
}
