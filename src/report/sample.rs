//! Rows and summaries for the tests of this room.

use std::collections::BTreeMap;

use super::{Material, NextStep, Summary};
use crate::ledger::{CallCounts, Observed, Pass, Planned, StoreRow};
use crate::store::{
    Action, Code, Decision, Field, Finding, LastWrite, LegacyStore, MapPoiId, Origin, Place, PoiId, Sid, Stamp, State,
    Submission, UpgradeStatus, Verb, Words,
};

/// 2026-11-24T02:10:00+08:00.
pub const NOW: Stamp = Stamp(1_795_457_400_000);

/// A store that the plan wants added and that nothing was sent for.
pub fn pending(n: u32) -> StoreRow {
    let record = LegacyStore {
        poi_id: PoiId::new(&format!("{}", 100_000_000 + n)),
        sid: Sid::new(&format!("S-{n}")),
        business_name: "好邻居便利店".into(),
        branch_name: format!("西湖{n}店").into(),
        city: "杭州市".into(),
        upgrade_status: UpgradeStatus::Waiting,
        ..LegacyStore::default()
    };
    let place = Place { sheet: Some("门店".into()), ..Place::file("stores.xlsx") }.at_row(n + 1);
    StoreRow {
        id: i64::from(n),
        key: format!("poi:{}", 100_000_000 + n),
        place,
        record,
        platform: None,
        faults: Vec::new(),
        status_before: UpgradeStatus::Waiting,
        now: None,
        planned: Planned { status: UpgradeStatus::Waiting, comment: String::new(), by_platform: true, fields: None },
        decision: Decision { action: Action::Add, submission: Some(Box::new(submission(n))), ..Decision::unplanned() },
        state: State::Pending,
        body_hash: None,
        sent_hash: None,
        sent_plan: None,
        last_write: None,
        settles_from: None,
        store_poi_id: None,
        audit_id: None,
        attempts: 0,
        errcode: None,
        reason: None,
        sent_at: None,
        settled_at: None,
        updated_at: NOW,
    }
}

fn submission(n: u32) -> Submission {
    Submission {
        poi_id: PoiId::new(&format!("{}", 100_000_000 + n)),
        map_poi_id: MapPoiId::new(&format!("{}", 2_880_741_500_279_540_000_u64 + u64::from(n))).expect("an id"),
        pictures: vec!["http://mmbiz.qpic.cn/a/0".into()],
        contract_phone: "0571-88881234".into(),
        hour: "09:00-21:00".into(),
        credential: "22883878-0".into(),
        company: None,
        card_id: String::new(),
        origins: BTreeMap::from([
            (Field::Credential, Origin::Supplement(Place::file("credentials.xlsx").at_row(n + 1))),
            (Field::ContractPhone, Origin::Record),
            (Field::Hour, Origin::Defaults),
        ]),
    }
}

/// A store in `state`, of which one attempt was made.
pub fn in_state(n: u32, state: State) -> StoreRow {
    let sent = LastWrite { verb: Verb::AddStore, at: NOW, called_duplicate: false };
    StoreRow { state, attempts: 1, sent_at: Some(NOW), last_write: Some(sent), ..pending(n) }
}

/// A store that is through.
pub fn upgraded(n: u32) -> StoreRow {
    let later = Stamp(NOW.0 + 60_000);
    let now = Observed { status: UpgradeStatus::Done, comment: String::new(), read_at: later };
    StoreRow {
        now: Some(now),
        audit_id: Some(format!("audit-{n}")),
        settled_at: Some(later),
        updated_at: later,
        ..in_state(n, State::Upgraded)
    }
}

/// A store that lacks something.
pub fn blocked(n: u32, codes: &[Code]) -> StoreRow {
    let findings = codes.iter().map(|code| Finding::new(*code)).collect();
    let decision = Decision { findings, ..Decision::unplanned() };
    StoreRow { state: State::Blocked, decision, ..pending(n) }
}

/// A store that the platform refused, by errcode or by its review.
pub fn rejected(n: u32, errcode: Option<i64>) -> StoreRow {
    let reason =
        errcode.is_none().then(|| crate::words!("the review refused it: 招牌不清晰"; "审核未通过：招牌不清晰"));
    let reason = reason.or_else(|| Some(Words::same(format!("{}: credential used (rid: 1)", errcode?))));
    StoreRow { errcode, reason, ..in_state(n, State::Rejected) }
}

/// One of each kind that a report shows.
pub fn mixed() -> Vec<StoreRow> {
    let mut rows: Vec<_> = (1..=6).map(upgraded).collect();
    rows.push(in_state(7, State::InReview));
    rows.push(pending(8));
    rows.push(blocked(9, &[Code::CredentialMissing]));
    rows.push(rejected(10, Some(85041)));
    rows
}

/// The summary of `rows`, with the calls that their attempts mean, an estimate at 10/s and a next step.
pub fn summary(rows: &[StoreRow], account: &str) -> Summary {
    let sent = rows.iter().map(|row| u64::from(row.attempts)).sum();
    let refused = rows.iter().filter(|row| row.errcode.is_some()).count() as u64;
    let add = CallCounts { sent, ok: sent - refused, refused, unknown: 0 };
    let calls = BTreeMap::from([(Verb::AddStore, add), (Verb::Delpoi, CallCounts::default())]);
    let last_pass = Some(Pass { asked_at: NOW, ended_at: NOW, total: rows.len() as u64, unfinished: 1 });
    let counts = &super::Counts::of(rows);
    let material =
        Material { account, ledger: "poilift.db", counts, calls: &calls, last_pass, last_write_at: Some(NOW) };
    let mut summary = Summary::count(&material);
    let left = summary.in_state(State::Pending) + summary.in_state(State::Retry);
    if left > 0 {
        let done_at = Some("2026-11-24T02:11:15+08:00".to_owned());
        summary.estimate =
            crate::store::Estimate { calls: left, seconds: left.div_ceil(10), days: 1, done_at, reviews_by: None };
        let why = format!("{left} stores not sent yet");
        summary.next = NextStep { why, at: None, command: "poilift migrate stores.xlsx".into() };
    }
    summary
}
