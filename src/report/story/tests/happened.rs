//! What happened: attempts, readings and plans, as they are told.

use super::*;

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
fn a_persons_word_is_told_in_the_language_asked() {
    let reason = words!("accepted by wang: moved by hand"; "wang 人工确认：moved by hand");
    let row = StoreRow { reason: Some(reason), ..in_state(1, State::Accepted) };
    let word = StoryLine { errmsg: "accepted by wang: moved by hand".into(), ..line("accepted", "person", NOW) };
    let text = told(&row, &[word], Lang::Zh);
    assert!(part(&text, "经过").contains("wang 人工确认：moved by hand"), "{text}");
}
