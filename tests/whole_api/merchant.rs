//! `merchant categories`, `apply`, `audit`, `modify`.

use std::time::Duration;

use serde_json::{Value, json};

use super::{only, plain, refused};
use crate::kit::{House, Stage, until_true};

pub(super) const CATEGORIES: &str = "/wxa/get_merchant_category";
pub(super) const APPLY: &str = "/wxa/apply_merchant";
const AUDIT: &str = "/wxa/get_merchant_audit_info";

/// Two categories of the second level: one wants papers, one wants none.
pub(super) fn stage() -> Stage {
    let tree = json!({"errcode": 0, "errmsg": "ok", "data": {"all_category_info": {"categories": [
        {"id": 0, "name": "root", "level": 0, "children": [278, 476]},
        {"id": 278, "name": "购物", "level": 1, "father": 0, "children": [280]},
        {"id": 280, "name": "便利店", "level": 2, "father": 278, "children": [], "scene": 3, "sensitive_type": 1,
         "qualify": {"exter_list": [{"inner_list": [{"name": "《食品经营许可证》"}]}]}},
        {"id": 476, "name": "餐饮", "level": 1, "father": 0, "children": [477]},
        {"id": 477, "name": "咖啡厅", "level": 2, "father": 476, "children": [], "sensitive_type": 0},
    ]}}});
    Stage::new().always(CATEGORIES, &tree.to_string()).always(APPLY, &plain("apply_merchant.json"))
}

pub(super) const APPLICATION: &str =
    "merchant apply --category 477 --name 一杯咖啡 --intro 每天新鲜 --head-image IMG_1";

#[test]
fn categories_are_a_table_of_the_second_level_with_their_papers() {
    let (house, stage) = (House::new(), stage());
    let ended = house.on(&stage, "merchant categories").end().exits(0);
    assert!(ended.stdout.contains("280  便利店    278 购物  《食品经营许可证》"), "{ended}");
    assert!(ended.stdout.contains("477  咖啡厅    476 餐饮  none"), "{ended}");
    assert_eq!(stage.asked(CATEGORIES)[0].method, "GET");
    let json = house.on(&stage, "merchant categories 咖啡 --format json").end().exits(0).json();
    assert_eq!(json["categories"].as_array().unwrap().len(), 1);
    assert_eq!(json["categories"][0]["second_catid"], 477);
    assert_eq!((&json["schema"], &json["account"]), (&json!(1), &json!("wx0123456789abcdef")));
}

#[test]
fn an_application_is_one_request_as_the_document_has_it_and_says_what_the_administrator_must_do() {
    let (house, stage) = (House::new(), stage());
    let ended = house.on(&stage, &format!("{APPLICATION} --yes")).end().exits(0);
    assert!(ended.stdout.contains("must confirm it on their phone within 24 hours"), "{ended}");
    let asked = only(&stage, APPLY, &[CATEGORIES]);
    assert_eq!((asked.method.as_str(), asked.content_type.as_str()), ("POST", "application/json"));
    assert_eq!(
        asked.text(),
        r#"{"first_catid":476,"second_catid":477,"qualification_list":"","headimg_mediaid":"IMG_1","nickname":"一杯咖啡","intro":"每天新鲜","org_code":"","other_files":""}"#
    );
    let chinese = house.on(&stage, &format!("{APPLICATION} --yes --lang zh")).end().exits(0);
    assert!(chinese.stdout.contains("管理员须在 24 小时内在手机上确认"), "{chinese}");
}

#[test]
fn a_write_is_in_the_log_beside_the_ledger_before_it_leaves_and_a_reading_leaves_nothing_behind() {
    let (house, stage) = (House::new(), stage().silent(APPLY));
    house.on(&stage, "merchant categories").end().exits(0);
    assert!(house.names().is_empty(), "{:?}", house.names());
    house.on(&stage, &format!("{APPLICATION} --yes")).end().exits(3);
    assert!(house.names().contains(&"poilift.db.log".to_owned()), "{:?}", house.names());
    let log = house.read("poilift.db.log");
    for words in
        ["about to be sent", "apply_merchant", r#""nickname":"一杯咖啡""#, "wx0123456789abcdef", "nobody knows whether"]
    {
        assert!(log.contains(words), "{words}: {log}");
    }
    assert!(!log.contains(crate::kit::TOKEN) && !log.contains("a-secret-of-thirty"), "{log}");
}

#[test]
fn papers_go_joined_and_those_of_85024_beside_the_licence() {
    let (house, stage) = (House::new(), stage());
    let command = "merchant apply --category 280 --name 街角便利店 --intro x --head-image I --paper a --paper b --org-code lic \
                   --other-file c --other-file d --yes";
    house.on(&stage, command).end().exits(0);
    let body: Value = serde_json::from_str(&stage.asked(APPLY)[0].text()).unwrap();
    assert_eq!(
        (&body["qualification_list"], &body["org_code"], &body["other_files"]),
        (&json!("a|b"), &json!("lic"), &json!("c|d"))
    );
}

#[test]
fn what_the_document_does_not_allow_is_refused_before_any_write_with_its_rule() {
    let (house, stage) = (House::new(), stage());
    let long = "茶".repeat(16);
    for (arguments, words) in [
        (format!("merchant apply --category 477 --name {long} --intro x --head-image I --yes"), "32 characters; 4 to 30"),
        ("merchant apply --category 477 --name 微信咖啡 --intro x --head-image I --yes".to_owned(), "reserved (85030)"),
        ("merchant apply --category 280 --name 便利店 --intro x --head-image I --yes".to_owned(), "needs papers (sensitive_type 1): 《食品经营许可证》"),
        (format!("{APPLICATION} --paper a --yes"), "wants none (sensitive_type 0)"),
        ("merchant apply --category 280 --name 便利店 --intro x --head-image I --paper a --paper b --paper c --paper d --paper e --paper f --yes".to_owned(), "6 media ids; 0 to 5"),
        (format!("{APPLICATION} --other-file a --yes"), "after 85024 org_code is required"),
        ("merchant apply --category 476 --name 一杯咖啡 --intro x --head-image I --yes".to_owned(), "no category of the second level"),
        ("merchant modify".to_owned(), "empty means unchanged"),
    ] {
        refused(&house, &stage, &arguments, APPLY, &[words, "nothing was sent"]);
    }
    assert!(stage.asked("/wxa/modify_merchant").is_empty());
}

#[test]
fn without_anybody_to_ask_an_application_needs_yes() {
    let (house, stage) = (House::new(), stage());
    refused(&house, &stage, APPLICATION, APPLY, &["--yes was not given; nothing was sent"]);
}

#[test]
fn on_a_terminal_the_name_is_shown_as_final_and_only_a_yes_sends() {
    let (house, stage) = (House::new(), stage());
    for (keys, exit, writes) in [("\r", 4, 0), ("no\r", 4, 0), ("y\r", 0, 1)] {
        let (run, mut terminal) = house.on(&stage, APPLICATION).on_terminal();
        until_true("the question", Duration::from_secs(30), || run.stderr_so_far().contains("sends nothing. [y/N] "));
        terminal.types(keys);
        let ended = run.end().exits(exit);
        assert!(ended.stderr.contains("一杯咖啡 (8 of 4 to 30 characters)"), "{ended}");
        assert!(ended.stderr.contains("the name is final"), "{ended}");
        assert_eq!(stage.asked(APPLY).len(), writes, "{ended}");
    }
}

#[test]
fn a_refused_name_says_what_the_code_means_and_85024_the_next_command() {
    let house = House::new();
    for (errcode, exit, words) in [
        (85024, 3, "poilift merchant apply ... --org-code FILE --other-file FILE"),
        (85029, 3, "the name of the store mini-program is taken"),
        (85050, 3, "poilift merchant audit shows it"),
        (85056, 3, "poilift media upload --temporary"),
        (43104, 5, "no permission"),
        (45009, 4, "the day's calls are spent"),
    ] {
        let answer = json!({"errcode": errcode, "errmsg": "its own words rid: 61725984-6126f6f9-040f19c4"});
        let stage = stage().always(APPLY, &answer.to_string());
        let ended = house.on(&stage, &format!("{APPLICATION} --yes")).end().exits(exit);
        let code =
            format!("the platform refused apply_merchant: {errcode} its own words (rid 61725984-6126f6f9-040f19c4)");
        ended.says(&[&code, words]);
        assert_eq!(stage.asked(APPLY).len(), 1);
    }
}

#[test]
fn the_audit_is_told_in_words_with_what_comes_next_and_asked_for_with_get() {
    let house = House::new();
    for (status, state, words) in [
        (0, "none", "no application was made, or an administrator has not confirmed it yet"),
        (1, "approved", "is approved"),
        (2, "in_review", "in review"),
        (3, "failed", "failed: 名称不符"),
        (4, "refused", "refused the application: 名称不符"),
    ] {
        let answer = json!({"errcode": 0, "errmsg": "ok", "data": {"audit_id": 414_569_513, "status": status, "reason": "名称不符"}});
        let stage = Stage::new().always(AUDIT, &answer.to_string());
        let ended = house.on(&stage, "merchant audit").end().exits(0).says(&["next: "]);
        assert!(ended.stdout.contains(words), "{ended}");
        let json = house.on(&stage, "merchant audit --format json").end().exits(0).json();
        assert_eq!(
            (&json["state"], &json["status"], &json["audit_id"]),
            (&json!(state), &json!(status), &json!("414569513"))
        );
        assert!(stage.asked(AUDIT).iter().all(|asked| asked.method == "GET" && asked.body.is_empty()));
    }
}

#[test]
fn with_wait_the_audit_is_asked_for_until_it_is_decided() {
    let house = House::new();
    let at = |status: i64| json!({"errcode": 0, "data": {"status": status, "reason": "", "audit_id": 1}}).to_string();
    let stage = Stage::new().once(AUDIT, &at(0)).once(AUDIT, &at(2)).always(AUDIT, &at(1));
    let ended = house.on(&stage, "merchant audit --wait 30s").end().exits(0);
    assert!(ended.stdout.contains("is approved"), "{ended}");
    assert_eq!(stage.asked(AUDIT).len(), 3);
    let stage = Stage::new().always(AUDIT, &at(2));
    house.on(&stage, "merchant audit --wait 100ms").end().exits(4);
    house.on(&stage, "merchant audit --wait soon").end().exits(2);
}

#[test]
fn a_change_sends_both_keys_and_what_is_not_given_empty() {
    let (house, stage) = (House::new(), Stage::new().always("/wxa/modify_merchant", &plain("modify_merchant.json")));
    house.on(&stage, "merchant modify --intro 新的介绍").end().exits(0);
    assert_eq!(only(&stage, "/wxa/modify_merchant", &[]).text(), r#"{"headimg_mediaid":"","intro":"新的介绍"}"#);
}

#[test]
fn an_answer_that_is_not_what_the_document_says_is_shown_as_it_came_without_the_token() {
    let house = House::new();
    let answer =
        format!(r#"{{"errcode":0,"data":{{"categories":"moved"}},"hint":"access_token={}"}}"#, crate::kit::TOKEN);
    let stage = Stage::new().always(CATEGORIES, &answer);
    let ended = house.on(&stage, "merchant categories").end().exits(4);
    assert!(ended.stderr.contains("get_merchant_category answered something else than documented"), "{ended}");
    assert!(ended.stderr.contains("no usable data.all_category_info.categories"), "{ended}");
    assert!(ended.stderr.contains(r#""categories":"moved""#), "{ended}");
    assert!(!ended.stderr.contains(crate::kit::TOKEN), "{ended}");
}

#[test]
fn an_application_is_in_the_ledger_before_it_leaves_and_its_answer_after_it() {
    let (house, stage) = (House::new(), stage());
    house.on(&stage, &format!("{APPLICATION} --yes")).end().exits(0);
    let calls =
        house.ledger().rows("SELECT phase || ' ' || endpoint || ' ' || COALESCE(outcome, '') FROM calls ORDER BY seq");
    let of_application: Vec<&String> = calls.iter().filter(|call| call.contains("apply_merchant")).collect();
    assert_eq!(of_application, ["intent apply_merchant ", "call apply_merchant ok"]);
    let runs = house.ledger().rows("SELECT command || ' ' || exit_code FROM runs");
    assert_eq!(runs, ["merchant apply 0"]);
}

#[test]
fn the_same_application_again_is_told_when_it_was_sent_and_what_is_known_of_it() {
    let (house, stage) = (House::new(), stage().silent(APPLY));
    let lost = house.on(&stage, &format!("{APPLICATION} --yes")).end().exits(3);
    assert!(!lost.stderr.contains("The very same"), "{lost}");
    let again = house.on(&stage, &format!("{APPLICATION} --yes")).end().exits(3);
    assert!(again.stderr.contains("The very same was sent on") && again.stderr.contains("nobody knows"), "{again}");
}

#[test]
fn a_write_is_refused_while_a_run_holds_the_ledger() {
    let (house, stage) = (House::new(), stage());
    let held = std::fs::File::create(house.path("poilift.db.lock")).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    let refused = house.on(&stage, &format!("{APPLICATION} --yes")).end().exits(6);
    assert!(stage.asked_at_all().is_empty(), "{refused}");
    drop(held);
    house.on(&stage, &format!("{APPLICATION} --yes")).end().exits(0);
}
