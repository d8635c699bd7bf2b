//! Whole stories, from the cell to the command.

use super::*;

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
      nothing: an upgraded store does not go back to the old store management. poilift store delete, with its id there, takes it out of the store mini-program

    What to do next
      it is upgraded by the input's word alone; have the platform confirm it:
        poilift reconcile --ledger wx1.db
    ");
}

#[test]
fn a_store_that_its_only_reading_did_not_find_is_told_by_that_reading() {
    let row = in_state(1, State::Vanished);
    let lines = [gone(60, "gone")];
    let stands = |lines: &[StoryLine], lang| {
        let told = told(&row, lines, lang);
        told.lines()
            .find(|line| line.contains("the platform, last read") || line.contains("平台最近查询"))
            .map(str::to_owned)
    };
    assert_eq!(
        stands(&lines, Lang::En).as_deref(),
        Some("  the platform, last read 2026-11-24 02:11:00: there is no such store (errcode 65115)")
    );
    assert_eq!(
        stands(&lines, Lang::Zh).as_deref(),
        Some("  平台最近查询（2026-11-24 02:11:00）：查无此店（errcode 65115）")
    );
    assert!(!told(&row, &lines, Lang::En).contains("was not read"), "it was");
    assert!(told(&row, &[], Lang::En).contains("the platform was not read for it yet"));
}

#[test]
fn the_keys_for_scripts_are_the_same_in_both_languages() {
    let (row, lines) = lost_and_sent_again();
    let zone = Zone::of_platform();
    let guide = Guide {
        again: vec!["migrate".into()],
        flags: vec![],
        attention: None,
        job: crate::store::BulkJob::Migrate,
        quote: |words| words.join(" "),
    };
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
