//! Stories of the main kinds, as they are told; read aloud before they were kept.

use super::*;
use crate::ledger::{Observed, PlanChange, Planned};
use crate::report::sample::{self, NOW, blocked, in_state, pending, rejected};
use crate::store::{Action, Code, Decision, Finding, LastWrite, Place, UpgradeStatus, Verb, Wish};
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

#[test]
fn a_lost_answer_and_what_settled_it_are_told_from_cell_to_command() {
    let (row, lines) = lost_and_sent_again();
    insta::assert_snapshot!(told(&row, &lines, Lang::En), @r#"
    Store 100000001 (sid S-1): 好邻居便利店, 西湖1店, 杭州市
    from stores.xlsx, 门店!2:2; times are UTC+08:00

    Where it stands
      in review (in_review), since 2026-11-24 02:10:00
      the platform, last read 2026-11-24 02:11:30: upgrade_status 2 (migrating)
      2 requests that change something have left for it

    What the plan wants, and why
      planned at upgrade_status 0 (to be migrated), with a complete submission: add_store

    What is sent, and where each value came from
      poi_id = 100000001  (the store's own record)
      contract_phone = 0571-88881234  (the old record)
      hour = 09:00-21:00  ([defaults] of poilift.toml, because nothing else has it)
      credential = 22883878-0  (credentials.xlsx, row 2; taken 2026-11-24 02:09:00 by li)
      card_id = ""  (nobody gave one; the platform wants it sent all the same)

    What happened
      run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
        2026-11-24 02:10:00  attempt 1, add_store: sent
          the answer was lost after 1.0 s: “connection closed before message completed”
          → nobody knows whether the platform acted: once the settle window is over it is asked, and nothing is sent before that
        2026-11-24 02:10:32  read by getpoi, asked 31 s after the lost answer
          it shows upgrade_status 0 (to be migrated)
          → the same as before the attempt: it was not done; it goes again
        2026-11-24 02:10:33  attempt 2, add_store: sent
          answered after 1.0 s: HTTP 200, errcode 0, audit_id 418000000
          → accepted: the platform reviews it

    What can still be withdrawn
      nothing: no call of the API document withdraws a store from its review; wxa/del_store takes a store only once the review is passed

    What to do next
      wait for the review:
        poilift watch --ledger wx1.db
    "#);
}

#[test]
fn the_same_in_chinese() {
    let (row, lines) = lost_and_sent_again();
    insta::assert_snapshot!(told(&row, &lines, Lang::Zh), @r#"
    门店 100000001 (sid S-1)：好邻居便利店, 西湖1店, 杭州市
    来自 stores.xlsx 门店 第 2 行；时间为 UTC+08:00

    现状
      审核中（in_review），自 2026-11-24 02:10:00 起
      平台最近显示（2026-11-24 02:11:30 查询）：upgrade_status 2（迁移中）
      已为该店发出 2 次写请求

    计划与依据
      计划时 upgrade_status 0（待迁移），资料齐全：add_store

    提交内容与来源
      poi_id = 100000001（门店记录）
      contract_phone = 0571-88881234（旧门店资料）
      hour = 09:00-21:00（poilift.toml 的 [defaults]，因其他来源均无）
      credential = 22883878-0（credentials.xlsx 第 2 行；li 于 2026-11-24 02:09:00 录入）
      card_id = ""（未填写；平台要求必须携带）

    经过
      第 1 次运行，2026-11-24 02:09:55，wang（shanghai-1）：poilift migrate stores.xlsx
        2026-11-24 02:10:00  第 1 次 add_store：已发出
          1.0 秒后仍未收到可信的应答：“connection closed before message completed”
          → 无法得知平台是否已处理：等待核实窗口过后查询平台，此前不提交任何内容
        2026-11-24 02:10:32  通过 getpoi 查询，在应答丢失后 31 秒发出
          显示 upgrade_status 0（待迁移）
          → 与提交前相同：未生效，将重新提交
        2026-11-24 02:10:33  第 2 次 add_store：已发出
          1.0 秒后收到应答：HTTP 200, errcode 0, audit_id 418000000
          → 已受理，平台审核中

    能否撤回
      不能：接口文档中没有可以撤回审核的接口；wxa/del_store 只适用于审核通过后的门店

    下一步
      等待审核：
        poilift watch --ledger wx1.db
    "#);
}

#[test]
fn an_answer_that_says_duplicate_is_not_believed_before_a_reading() {
    let mut lines = attempt(1, Verb::AddStore, 0, answered("refused", 85038, "store has added")).to_vec();
    lines.push(read(32, "0", "duplicate"));
    let row = StoreRow { now: Some(shows("0")), ..rejected(1, Some(85038)) };
    insta::assert_snapshot!(what_happened(&row, &lines), @r"
    run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
      2026-11-24 02:10:00  attempt 1, add_store: sent
        answered after 1.0 s: HTTP 200, errcode 85038, “store has added”, rid 61725984-6126f6f9
        that is: the platform has such a store already: maybe this one, maybe another at the same map point
        → what that says of this store is known only by reading: once the settle window is over the platform is asked, and nothing is sent before that
      2026-11-24 02:10:32  read by getpoi, asked 31 s after that answer
        it shows upgrade_status 0 (to be migrated)
        → it did not move, so the store that the platform has already is another one, at the same point of the map: rejected
    ");
    insta::assert_snapshot!(what_next(&row), @r"
    nothing has to be: nothing is under way, and nothing goes by itself while its data stays as it is
    give the store a map_poi_id of its own, or look at both in the console. Fill it into its row of poilift-report/attention.xlsx (resubmit, 原样重提, in its column action sends the same data again), and give that back:
      poilift migrate stores.xlsx --supplement poilift-report/attention.xlsx
    ");
}

#[test]
fn a_deletion_is_read_before_it_is_sent_and_after_its_answer_was_lost() {
    let mut lines = vec![read(-1, "4", "unchanged")];
    lines.extend(attempt(1, Verb::Delpoi, 0, lost()));
    lines.push(gone(32, "deleted"));
    let sent = LastWrite { verb: Verb::Delpoi, at: after(1), called_duplicate: false };
    let row = StoreRow { now: Some(shows("4")), last_write: Some(sent), ..to_be_deleted(State::Deleted) };
    insta::assert_snapshot!(told(&row, &lines, Lang::En), @r"
    Store 100000001 (sid S-1): 好邻居便利店, 西湖1店, 杭州市
    from stores.xlsx, 门店!2:2; times are UTC+08:00

    Where it stands
      deleted, since 2026-11-24 02:10:00
      the platform showed it last 2026-11-24 02:11:30: upgrade_status 4 (must not be migrated)
      one request that changes something has left for it

    What the plan wants, and why
      planned at upgrade_status 4 (must not be migrated): the platform allows nothing but its deletion: delpoi, with --allow-delete

    What is sent, and where each value came from
      poi_id alone, from the store's own record

    What happened
      run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
        2026-11-24 02:09:59  read by getpoi, so that its full record is kept before it is deleted
          it shows upgrade_status 4 (must not be migrated)
          → as it was when it was planned
        2026-11-24 02:10:00  attempt 1, delpoi: sent
          the answer was lost after 1.0 s: “connection closed before message completed”
          → nobody knows whether the platform acted: once the settle window is over it is asked, and nothing is sent before that
        2026-11-24 02:10:32  read by getpoi, asked 31 s after the lost answer
          there is no such store (errcode 65115)
          → it is gone: deleted

    What can still be withdrawn
      nothing: no call brings a deleted store back. Its full old record is kept in the ledger

    What to do next
      nothing
    ");
}

#[test]
fn a_reading_that_came_too_early_decides_nothing_and_the_next_one_does() {
    let mut lines = attempt(1, Verb::AddStore, 0, lost()).to_vec();
    lines.extend([read(3, "0", "undecided"), read(32, "2", "reviewing")]);
    insta::assert_snapshot!(what_happened(&in_state(1, State::InReview), &lines), @r"
    run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
      2026-11-24 02:10:00  attempt 1, add_store: sent
        the answer was lost after 1.0 s: “connection closed before message completed”
        → nobody knows whether the platform acted: once the settle window is over it is asked, and nothing is sent before that
      2026-11-24 02:10:03  read by getpoi, asked 2.0 s after the lost answer
        it shows upgrade_status 0 (to be migrated)
        → too early, or too little, to decide anything: it is asked again
      2026-11-24 02:10:32  read by getpoi, asked 31 s after the lost answer
        it shows upgrade_status 2 (migrating)
        → the platform has the submission: it was done, and is in review
    ");
}

#[test]
fn minus_one_is_an_answer_that_says_nothing() {
    let lines = attempt(1, Verb::AddStore, 0, answered("lost", -1, "system error"));
    insta::assert_snapshot!(what_happened(&in_state(1, State::Unknown), &lines), @r"
    run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
      2026-11-24 02:10:00  attempt 1, add_store: sent
        answered after 1.0 s: HTTP 200, errcode -1, “system error”, rid 61725984-6126f6f9
        that is: the platform is busy, and may have acted all the same
        → nobody knows whether the platform acted: once the settle window is over it is asked, and nothing is sent before that
    ");
    insta::assert_snapshot!(what_next(&in_state(1, State::Unknown)), @r"
    nothing: the request may have left, and no call of the API document takes an add_store back
    nothing but the next run, which reads the platform and decides; never send the store by hand before that:
      poilift migrate stores.xlsx
    ");
}

#[test]
fn what_never_left_and_what_was_left_open_by_a_dead_process_are_told_apart() {
    let not_sent = StoryLine { outcome: Some("not_sent".into()), errmsg: "connection refused".into(), ..lost() };
    let mut lines = attempt(1, Verb::AddStore, 0, not_sent).to_vec();
    let errmsg = "the process ended before the outcome was written down".into();
    let [intent, outcome] = attempt(2, Verb::AddStore, 10, StoryLine { errmsg, ..lost() });
    lines.extend([intent, StoryLine { sent_at: None, run: 2, at: after(600), ..outcome }]);
    lines.push(attempt(3, Verb::AddStore, 700, lost())[0].clone());
    insta::assert_snapshot!(what_happened(&in_state(1, State::InFlight), &lines), @r"
    run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
      2026-11-24 02:10:00  attempt 1, add_store: it never left
        why: connection refused
        → certainly not done; it goes again
      2026-11-24 02:10:10  attempt 2, add_store: sent, or about to be
        the program ended before an answer was written down
        → nobody knows whether the platform acted: once the settle window is over it is asked, and nothing is sent before that
      2026-11-24 02:21:40  attempt 3, add_store: about to be sent
        → what became of it is not written down yet: a run is under way, or the next one reads the platform
    ");
}

#[test]
fn a_refusal_is_told_with_its_code_its_meaning_and_its_remedy() {
    let refused = answered("refused", 85041, "credential has used");
    let lines = attempt(1, Verb::AddStore, 0, refused);
    let row = rejected(1, Some(85041));
    insta::assert_snapshot!(what_happened(&row, &lines), @r"
    run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
      2026-11-24 02:10:00  attempt 1, add_store: sent
        answered after 1.0 s: HTTP 200, errcode 85041, “credential has used”, rid 61725984-6126f6f9
        that is: another store uses this credential already
        → rejected; it goes again once its data has changed, and not before
    ");
    insta::assert_snapshot!(what_next(&row), @r"
    nothing has to be: nothing is under way, and nothing goes by itself while its data stays as it is
    give each store its own licence number. Fill it into its row of poilift-report/attention.xlsx (resubmit, 原样重提, in its column action sends the same data again), and give that back:
      poilift migrate stores.xlsx --supplement poilift-report/attention.xlsx
    ");
}

#[test]
fn the_operators_advice_stands_in_the_place_of_ours() {
    let set = Override::parse("poilift.toml, line 1", (None, 85041), "fix_row", Some("ask Zhang of accounts"));
    let errors = ErrorTable::with(vec![set.unwrap()]).unwrap();
    let text = told_by(&rejected(1, Some(85041)), &[], &errors, Lang::En);
    assert!(part(&text, "What to do next").starts_with("  ask Zhang of accounts."), "{text}");
}

#[test]
fn a_code_that_nobody_knows_leads_to_the_platforms_words() {
    let lines = attempt(1, Verb::AddStore, 0, answered("refused", 99999, "some error"));
    assert!(what_happened(&rejected(1, Some(99999)), &lines).contains("errcode 99999, “some error”"));
    insta::assert_snapshot!(what_next(&rejected(1, Some(99999))), @r"
    nothing has to be: nothing is under way, and nothing goes by itself while its data stays as it is
    no document knows this code: mend what the platform's own words name, and say what the code means under [[errors]] in poilift.toml once you know. Fill it into its row of poilift-report/attention.xlsx (resubmit, 原样重提, in its column action sends the same data again), and give that back:
      poilift migrate stores.xlsx --supplement poilift-report/attention.xlsx
    ");
}

#[test]
fn a_review_that_refused_names_what_is_to_be_mended() {
    let mut lines = attempt(1, Verb::AddStore, 0, answered("ok", 0, "")).to_vec();
    lines.push(StoryLine { comment_seen: Some("招牌不清晰".into()), ..read(60, "1", "refused") });
    let now = Some(Observed { comment: "招牌不清晰".into(), ..shows("1") });
    let row = StoreRow { now, ..rejected(1, None) };
    insta::assert_snapshot!(what_happened(&row, &lines), @r"
    run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
      2026-11-24 02:10:00  attempt 1, add_store: sent
        answered after 1.0 s: HTTP 200, errcode 0
        → accepted: the platform reviews it
      2026-11-24 02:11:00  read by getpoi, asked 59 s after it was accepted
        it shows upgrade_status 1 (failed), “招牌不清晰”
        → the review refused it: rejected; it goes again once its data has changed, and not before
    ");
    insta::assert_snapshot!(what_next(&row), @r"
    nothing has to be: nothing is under way, and nothing goes by itself while its data stays as it is
    mend what the review names (“招牌不清晰”). Fill it into its row of poilift-report/attention.xlsx (resubmit, 原样重提, in its column action sends the same data again), and give that back:
      poilift migrate stores.xlsx --supplement poilift-report/attention.xlsx
    ");
}

#[test]
fn the_plans_later_changes_are_told_with_the_run_that_made_them() {
    let change = |from, to, findings: &[Code], data_changed| {
        let action = if to == State::Blocked { Action::Blocked } else { Action::Add };
        let findings = findings.to_vec();
        StoryLine {
            change: Some(PlanChange { id: 0, from, to, action, findings, data_changed }),
            ..line("planned", "plan", NOW)
        }
    };
    let mended = change(State::Blocked, State::Pending, &[], false);
    let changed = StoryLine { run: 2, ..change(State::Rejected, State::Pending, &[], true) };
    let worse = StoryLine { run: 2, ..change(State::Pending, State::Blocked, &[Code::PhoneMalformed], false) };
    insta::assert_snapshot!(what_happened(&pending(1), &[mended, changed, worse]), @r"
    run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
      2026-11-24 02:10:00  planned anew
        → from “data missing” to “not sent yet” (to be added)
    run 2, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx --allow-delete
      2026-11-24 02:10:00  planned anew
        what would be sent has changed
        → from “rejected” to “not sent yet” (to be added)
      2026-11-24 02:10:00  planned anew
        E113 contract_phone is not one telephone number
        → from “not sent yet” to “data missing” (lack data)
    ");
}

#[test]
fn a_store_that_lacks_something_is_told_all_that_it_lacks() {
    let mut row = blocked(1, &[Code::CredentialMissing]);
    let place = Place::file("stores.csv").at_row(4).at_column("电话");
    row.decision.findings.push(Finding::new(Code::PhoneMalformed).at(place).showing("n/a"));
    insta::assert_snapshot!(told(&row, &[], Lang::En), @r"
    Store 100000001 (sid S-1): 好邻居便利店, 西湖1店, 杭州市
    from stores.xlsx, 门店!2:2; times are UTC+08:00

    Where it stands
      data missing (blocked), since 2026-11-24 02:10:00
      because: E110 no credential (number of the business licence); E113 contract_phone is not one telephone number (stores.csv, row 4, 电话: n/a)
      the platform was not read for it yet: what stands here is the input's word
      no request that changes anything has left for it

    What the plan wants, and why
      planned at upgrade_status 0 (to be migrated), but something stands in the way: nothing is sent
      E110 no credential (number of the business licence)
        mend: add a column credential to a supplement; no old record has it
      E113 contract_phone is not one telephone number (stores.csv, row 4, 电话: n/a)
        mend: give one number of digits, an area code or extension set off by a hyphen: 0571-88881234-8001

    What is sent, and where each value came from
      nothing, as long as something stands in the way

    What happened
      nothing was sent for it, and nothing read by its own key

    What can still be withdrawn
      nothing has to be: nothing is sent while data is missing or wrong

    What to do next
      add a column credential to a supplement; no old record has it. Fill it into its row of poilift-report/attention.xlsx, and give that back:
        poilift migrate stores.xlsx --supplement poilift-report/attention.xlsx
    ");
    insta::assert_snapshot!(told(&row, &[], Lang::Zh), @r"
    门店 100000001 (sid S-1)：好邻居便利店, 西湖1店, 杭州市
    来自 stores.xlsx 门店 第 2 行；时间为 UTC+08:00

    现状
      缺资料（blocked），自 2026-11-24 02:10:00 起
      原因：E110 缺少经营资质证件号 credential; E113 contract_phone 不是一个有效的电话号码 (stores.csv 第 4 行 电话 列: n/a)
      尚未在平台上查询该店，以上内容仅来自输入文件
      尚未为该店发出任何写请求

    计划与依据
      计划时 upgrade_status 0（待迁移），但存在问题：不提交
      E110 缺少经营资质证件号 credential
        处理：请在补充表中填写 credential，旧门店数据中没有此项
      E113 contract_phone 不是一个有效的电话号码 (stores.csv 第 4 行 电话 列: n/a)
        处理：请只填一个号码，区号和分机用连字符分隔，如 0571-88881234-8001

    提交内容与来源
      问题解决之前不提交

    经过
      尚未针对该店单独提交或查询

    能否撤回
      无需撤回：资料修正之前不提交

    下一步
      请在补充表中填写 credential，旧门店数据中没有此项。填入 poilift-report/attention.xlsx 的该行，然后交回：
        poilift migrate stores.xlsx --supplement poilift-report/attention.xlsx
    ");
}

#[test]
fn a_held_deletion_and_a_store_held_by_a_person_lead_to_different_commands() {
    insta::assert_snapshot!(what_next(&to_be_deleted(State::Held)), @r"
    everything: the deletion stays held for as long as no run is given --allow-delete; hold (暂缓) in its column action holds it even then
    if it may be deleted, allow it (this store alone); if it may not, leave it held:
      poilift migrate stores.xlsx --allow-delete --poi-id 100000001
    ");
    let mut row = in_state(1, State::Held);
    row.decision.wish = Some(Wish::Hold);
    insta::assert_snapshot!(what_next(&row), @r"
    everything: it stays held for as long as its column action says hold
    once it may go, write upgrade into its column action of a supplement (FILE), and give that back:
      poilift migrate stores.xlsx --supplement FILE
    ");
}

#[test]
fn what_changed_or_is_gone_on_the_platform_waits_for_a_person() {
    let mut lines = vec![read(10, "4", "different")];
    insta::assert_snapshot!(what_happened(&in_state(1, State::Drifted), &lines), @r"
    run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
      2026-11-24 02:10:10  read by getpoi
        it shows upgrade_status 4 (must not be migrated)
        → this is something else than when it was planned: nothing is sent before a person has looked at it
    ");
    insta::assert_snapshot!(what_next(&in_state(1, State::Drifted)), @r"
    nothing has to be: nothing is under way, and nothing goes by itself while its data stays as it is
    look at the store on the platform; then have it planned as it is now, or take it as settled:
      poilift apply --replan --poi-id 100000001 --ledger wx1.db
      poilift accept 100000001 --reason TEXT --ledger wx1.db
    ");
    lines = vec![gone(10, "gone")];
    insta::assert_snapshot!(what_happened(&in_state(1, State::Vanished), &lines), @r"
    run 1, 2026-11-24 02:09:55, wang on shanghai-1: poilift migrate stores.xlsx
      2026-11-24 02:10:10  read by getpoi
        there is no such store (errcode 65115)
        → it is gone, and no deletion of ours is the cause: a person has to find out
    ");
    insta::assert_snapshot!(what_next(&in_state(1, State::Vanished)), @r"
    nothing: it is gone from the platform
    find out who removed it; then take it as settled:
      poilift accept 100000001 --reason TEXT --ledger wx1.db
    ");
}

#[test]
fn a_persons_word_is_told_in_the_language_asked() {
    let reason = words!("accepted by wang: moved by hand"; "wang 人工确认：moved by hand");
    let row = StoreRow { reason: Some(reason), ..in_state(1, State::Accepted) };
    let word = StoryLine { errmsg: "accepted by wang: moved by hand".into(), ..line("accepted", "person", NOW) };
    let text = told(&row, &[word], Lang::Zh);
    assert!(part(&text, "经过").contains("wang 人工确认：moved by hand"), "{text}");
}

#[test]
fn a_store_upgraded_by_the_inputs_word_alone_says_so() {
    let planned = Planned { status: UpgradeStatus::Done, comment: String::new(), by_platform: false, fields: None };
    let decision = Decision { action: Action::None, ..Decision::unplanned() };
    let row = StoreRow { planned, decision, ..pending(1) };
    insta::assert_snapshot!(told(&StoreRow { state: State::Upgraded, ..row }, &[], Lang::En), @r"
    Store 100000001 (sid S-1): 好邻居便利店, 西湖1店, 杭州市
    from stores.xlsx, 门店!2:2; times are UTC+08:00

    Where it stands
      upgraded, since 2026-11-24 02:10:00
      the platform was not read for it yet: what stands here is the input's word
      no request that changes anything has left for it

    What the plan wants, and why
      planned at upgrade_status 3 (done): nothing is left to do; nothing is sent

    What is sent, and where each value came from
      nothing

    What happened
      nothing was sent for it, and nothing read by its own key

    What can still be withdrawn
      nothing: an upgraded store does not go back to the old store management. wxa/del_store could remove it from the store mini-program; poilift does not call it

    What to do next
      it is upgraded by the input's word alone; have the platform confirm it:
        poilift reconcile --ledger wx1.db
    ");
}

#[test]
fn a_row_without_a_usable_id_is_mended_where_it_stands() {
    let mut row = StoreRow { key: "row:stores.xlsx|门店|2".into(), ..blocked(1, &[Code::RoundedNumber]) };
    row.record.poi_id = None;
    let text = told(&row, &[], Lang::En);
    assert!(text.starts_with("A store without a usable poi_id (sid S-1): 好邻居便利店"), "{text}");
    insta::assert_snapshot!(what_next(&row), @r"
    nothing has to be: nothing is sent while data is missing or wrong
    format the column as text and enter the value again from its source; the digits lost cannot be recovered. It stands in stores.xlsx, 门店!2:2; mend it there, then:
      poilift migrate stores.xlsx
    ");
}

#[test]
fn every_state_says_what_can_be_withdrawn_and_what_to_do_in_both_languages() {
    for state in State::ALL {
        let mut row = in_state(1, state);
        row.errcode = (state == State::Rejected).then_some(85041);
        for (lang, headings) in
            [(Lang::En, ["What can still be withdrawn", "What to do next"]), (Lang::Zh, ["能否撤回", "下一步"])]
        {
            let text = told(&row, &[], lang);
            for heading in headings {
                assert!(part(&text, heading).chars().count() > 3, "{state} {heading}\n{text}");
            }
            let next = part(&text, headings[1]);
            assert_eq!(next.contains("\n    poilift "), !state.is_settled(), "{state}: a command to type\n{text}");
        }
    }
}

/// Whoever has sent something can take nothing back, whatever became of it.
#[test]
fn nothing_that_has_left_can_be_withdrawn() {
    for state in [State::InFlight, State::Unknown, State::InReview, State::Upgraded, State::Deleted] {
        assert!(!outlook::withdrawal(&in_state(1, state)).possible, "{state}");
    }
    for state in [State::Pending, State::Retry, State::Held, State::Blocked] {
        assert!(outlook::withdrawal(&in_state(1, state)).possible, "{state}");
    }
}

#[test]
fn the_keys_for_scripts_are_the_same_in_both_languages() {
    let (row, lines) = lost_and_sent_again();
    let zone = Zone::of_platform();
    let guide = Guide { again: vec!["migrate".into()], flags: vec![], attention: None, quote: |words| words.join(" ") };
    let (runs, supplied, errors) = (&[], &[], &ErrorTable::default());
    let story = Story { row: &row, lines: &lines, runs, supplied, errors, guide: &guide, zone: &zone };
    let (en, zh) = (story.json(Lang::En), story.json(Lang::Zh));
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&en), keys(&zh));
    assert!(keys(&en).iter().all(|key| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
    assert_eq!((&en["state"], &en["story"][1]["at"]), (&"in_review".into(), &"2026-11-24T02:10:01.000+08:00".into()));
    assert_eq!(en["told"][1]["concluded"], "the same as before the attempt: it was not done; it goes again");
    assert_eq!((&en["withdrawal"]["possible"], &en["next"]["commands"][0]), (&false.into(), &"poilift watch".into()));
    assert_eq!(sample::NOW, NOW);
}
