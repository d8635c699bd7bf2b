//! Where a store stands: what can be withdrawn, and what to do.

use super::*;

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
