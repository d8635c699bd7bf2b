//! What is wrong with values, and what stores share: grouped for people, a line each for scripts, denied, waived, and never
//! lost on the way to the report.

use serde_json::{Value, json};

use crate::kit::{Chain, House, Platform};

const CHECK: &str = "check stores.json --supplement supplement.csv";

/// A licence of Guangdong that fits its check character.
const OF_GUANGDONG: &str = "91440300708461136T";

/// Each line of `check --format json`.
fn lines(house: &House, more: &str, code: i32) -> Vec<Value> {
    let ended = house.poilift(&format!("{CHECK} --format json {more}")).end().exits(code);
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn codes(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["code"].as_str().unwrap()).collect()
}

/// A supplement in which every store has this licence.
fn one_licence(house: &House, chain: &Chain, licence: &str) {
    let line = |id: &String| format!("{id},{licence}\n");
    let lines: String = chain.ids().iter().map(line).collect();
    house.write("supplement.csv", format!("poi_id,credential\n{lines}"));
}

#[test]
fn a_clean_list_raises_nothing_and_the_last_line_is_the_state_and_the_next_command() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    assert!(lines(&house, "", 0).is_empty());
    let told = house.poilift(&format!("{CHECK} --lang en")).end().exits(0).stdout;
    let next = "poilift migrate stores.json --supplement supplement.csv --dry-run";
    assert_eq!(told, format!("nothing stands in the way of any of 3 stores. Next: {next}\n"));
}

#[test]
fn many_findings_of_one_kind_are_counted_and_shown_in_full_only_when_asked() {
    let house = House::new();
    let chain = (0..12).fold(Chain::waiting(12), |chain, n| chain.with(n, "province", json!("湖南省")));
    chain.save(&house);
    one_licence(&house, &chain, OF_GUANGDONG);
    let few = house.poilift(&format!("{CHECK} --lang en")).end().exits(0).stdout;
    let sentence = "licence registered in Guangdong, store in Hunan: 12 stores (";
    assert!(few.contains(sentence) && few.contains("and 7 more (-v shows all)"), "{few}");
    assert!(few.contains(&format!("{OF_GUANGDONG} ×12")), "{few}");
    assert!(few.ends_with("--dry-run\n") && few.contains("24 warnings"), "{few}");
    let all = house.poilift(&format!("{CHECK} -v --lang en")).end().exits(0).stdout;
    assert!(!all.contains("more (-v") && all.contains("row 13"), "{all}");
    let chinese = house.poilift(&format!("{CHECK} --lang zh")).end().exits(0).stdout;
    assert!(chinese.contains("证件登记地为广东，门店在湖南：12 家门店"), "{chinese}");
}

#[test]
fn what_was_brought_to_the_platforms_form_is_shown_before_and_after() {
    let house = House::new();
    let chain = Chain::waiting(3)
        .with(0, "open_time", json!("24小时"))
        .with(1, "open_time", json!("8：00～20：00"))
        .with(2, "open_time", json!("8：00～20：00"))
        .with(2, "telephone", json!("0571-8888 1234转8001"));
    chain.save(&house);
    let told = house.poilift(&format!("{CHECK} --lang en")).end().exits(0).stdout;
    for line in [
        "hour: 3 values are sent in the platform's form",
        "8：00～20：00 → 08:00-20:00 ×2 (first: stores.json, row 2)",
        "24小时 → 00:00-23:59 (stores.json, row 1): open all day",
        "0571-8888 1234转8001 → 0571-88881234-8001 (stores.json, row 3)",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    let json = lines(&house, "", 0);
    assert_eq!(codes(&json), ["normalised"; 3]);
    let twice = json.iter().find(|line| line["count"] == 2).unwrap();
    assert_eq!((&twice["before"], &twice["after"]), (&json!("8：00～20：00"), &json!("08:00-20:00")));
    assert_eq!((&twice["field"], &twice["severity"]), (&json!("hour"), &json!("note")));
}

#[test]
fn each_kind_of_wrong_value_has_a_finding_of_its_own_and_what_blocks_comes_first() {
    let house = House::new();
    let chain = Chain::waiting(5)
        .with(0, "open_time", json!("18:00-02:00"))
        .with(1, "open_time", json!("9:00-12:00,13:00-18:00"))
        .with(2, "telephone", json!("0571-88881234/13800138000"))
        .with(3, "photo_list", json!([{"photo_url": "D:\\\\photos\\\\door.jpg"}]))
        .with(4, "available_state", json!(4));
    chain.save(&house);
    assert_eq!(codes(&lines(&house, "", 3)), ["E123", "E124", "E122", "E133", "W213"]);
}

#[test]
fn a_denied_warning_blocks_and_a_waived_one_is_not_said() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    one_licence(&house, &chain, OF_GUANGDONG);
    assert_eq!(codes(&lines(&house, "", 0)), ["W212", "W212"]);
    let denied = lines(&house, "--deny W210,w212", 3);
    assert_eq!((codes(&denied), &denied[0]["severity"]), (vec!["W212", "W212"], &json!("blocks")));
    assert!(lines(&house, "--waive W212", 0).is_empty());
    house.write("poilift.toml", "[findings]\ndeny = [\"W212\"]\n");
    assert_eq!(lines(&house, "", 3).len(), 2);
    assert!(lines(&house, "--waive W212", 0).is_empty(), "a flag wins over the configuration");
}

#[test]
fn what_blocks_cannot_be_waived_and_a_code_that_nobody_knows_is_a_mistake() {
    let house = House::new();
    Chain::waiting(1).save(&house);
    for (command, flags, why) in [
        (CHECK, "--waive E110", "E110 blocks"),
        (CHECK, "--waive W999", "no finding has the code W999"),
        (CHECK, "--deny credential", "no finding has the code credential"),
        (CHECK, "--deny W210 --waive W210", "both denied and waived"),
        ("plan stores.json", "--waive E110", "E110 blocks"),
        ("migrate stores.json --sandbox", "--waive E110", "E110 blocks"),
        ("apply", "--waive E110", "E110 blocks"),
    ] {
        house.poilift(&format!("{command} {flags} --lang en")).end().exits(2).says(&[why]);
    }
    house.write("poilift.toml", "[findings]\nwaive = [\"E110\"]\n");
    house.poilift(&format!("{CHECK} --lang en")).end().exits(2).says(&["poilift.toml [findings]", "E110"]);
}

#[test]
fn a_warning_goes_with_its_store_to_the_report_and_denied_it_keeps_the_store_back() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    // The document's own example: it has the shape, and its check character is wrong.
    let lines = format!("{},91750100ME2XCR6A70\n{},{OF_GUANGDONG}\n", chain.id(0), chain.id(1));
    house.write("supplement.csv", format!("poi_id,credential\n{lines}"));
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--deny W210 --wait 30s").exits(3);
    let row = &house.stores_csv("poilift-report")[0];
    assert_eq!((row["state"].as_str(), platform.writes()), ("blocked", 1));
    assert!(row["reason"].starts_with("W210 ") && !row["reason"].contains("E1"), "{row:?}");
    house.migrate(&platform, "--wait 30s").exits(0);
    assert_eq!(platform.writes(), 2, "nobody denies it any more");
    let row = &house.stores_csv("poilift-report")[0];
    assert_eq!((row["state"].as_str(), row["reason"].as_str()), ("upgraded", ""));
    assert!(row["warnings"].starts_with("W210 "), "{row:?}");
    let report: Value = serde_json::from_str(&house.read("poilift-report/report.json")).unwrap();
    assert_eq!(report["rows"][0]["findings"][0]["code"], "W210");
    let why = house.poilift(&format!("why {}", chain.id(0))).end().exits(0).stdout;
    assert!(why.contains("W210"), "{why}");
}

#[test]
fn of_two_stores_with_one_point_none_is_sent_nor_one_beside_a_store_that_has_it_already() {
    let house = House::new();
    let point = json!("2880741500279549033");
    let mut chain = Chain::waiting(4).and(1, &json!(3));
    for n in [1, 2, 4] {
        chain = chain.with(n, "mapid", point.clone());
    }
    chain.save(&house);
    let found = lines(&house, "", 3);
    assert_eq!(codes(&found), ["E150", "E150"]);
    let others: Vec<u64> =
        found[0]["others"].as_array().unwrap().iter().map(|other| other["row"].as_u64().unwrap()).collect();
    assert_eq!((&found[0]["place"]["row"], others), (&json!(2), vec![3, 5]));
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--wait 30s").exits(3);
    assert_eq!(platform.writes(), 2);
}

#[test]
fn a_store_that_was_never_approved_is_not_sent_and_can_be_deleted() {
    let house = House::new();
    let chain = Chain::waiting(2).with(1, "available_state", json!(4));
    chain.save(&house);
    let found = lines(&house, "", 3);
    assert_eq!((codes(&found), &found[0]["value"]), (vec!["E133"], &json!("available_state 4")));
    house.write("wish.csv", format!("poi_id,action\n{},delete\n", chain.id(1)));
    assert!(lines(&house, "--supplement wish.csv", 0).is_empty());
}

#[test]
fn a_denied_finding_that_belongs_to_no_store_ends_the_run_before_anything_is_sent() {
    let house = House::new();
    let chain = Chain::waiting(2);
    chain.save(&house);
    house.write("more.csv", "poi_id,contract_phone\n999999999,0571-87654321\n");
    let more = "--supplement more.csv --lang en";
    let told = house.poilift(&format!("{CHECK} {more} --deny W202")).end().exits(3).stdout;
    assert!(told.contains("W202") && told.contains("(denied: it blocks)"), "{told}");
    assert!(told.contains("none of 2 stores is blocked, but what blocks above belongs to none of them"), "{told}");
    let platform = Platform::start(&house, "");
    for command in ["migrate", "plan"] {
        let words = format!("{command} stores.json --supplement supplement.csv {more} --deny W202");
        house.at(&platform, &words).end().exits(2).says(&[
            "the denied W202 belongs to no store",
            "nothing was sent",
            "more.csv, row 2",
        ]);
    }
    assert_eq!(platform.writes(), 0);
    house.migrate(&platform, "--wait 30s").exits(0);
    assert_eq!(platform.writes(), 2);
}

#[test]
fn strict_minds_what_blocks_and_belongs_to_no_store() {
    let house = House::new();
    Chain::waiting(2).save(&house);
    house.write("more.csv", "poi_id,contract_phone\n4.0E+08,0571-87654321\n");
    let platform = Platform::start(&house, "");
    let more = "--supplement more.csv --lang en --wait 30s";
    house
        .migrate(&platform, &format!("{more} --strict"))
        .exits(2)
        .says(&["E104", "1 findings that block belong to no store"]);
    assert_eq!(platform.writes(), 0);
    house.migrate(&platform, more).exits(0).says(&["E104"]);
}

#[test]
fn a_warning_of_a_store_that_was_sent_is_in_the_page_that_people_look_at() {
    let house = House::new();
    let chain = Chain::waiting(2).with(0, "open_time", json!("18:00-02:00"));
    chain.save(&house);
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--wait 30s --lang en").exits(0);
    let page = house.read("poilift-report/report.html");
    let (_, look) = page.split_once("<h2>Worth a look</h2>").unwrap();
    assert!(look.contains("W213") && look.contains(&chain.id(0)) && look.contains("18:00-02:00"), "{look}");
    house.poilift("report --lang zh").end().exits(0);
    assert!(house.read("poilift-report/report.html").contains("<h2>值得查看</h2>"));
}

#[test]
fn what_lies_beside_the_lists_of_a_folder_is_named_and_may_be_denied() {
    let house = House::new();
    let chain = Chain::waiting(2);
    std::fs::create_dir(house.path("pages")).unwrap();
    chain.save_as(&house, "pages/page-1.json");
    house.write("supplement.csv", chain.supplement());
    house.write("pages/notes.txt", "pulled on Tuesday\n");
    let check = "check pages --supplement supplement.csv";
    let told = house.poilift(&format!("{check} --lang en")).end().exits(0).stdout;
    assert!(told.contains("W209") && told.contains("pages/notes.txt"), "{told}");
    let told = house.poilift(&format!("{check} --lang zh")).end().exits(0).stdout;
    assert!(told.contains("已跳过") && told.contains("pages/notes.txt"), "{told}");
    house.poilift(&format!("{check} --deny W209")).end().exits(3);
}
