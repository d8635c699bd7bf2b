//! Files and settings that cannot be used as a whole: exit 2 with where and why, nothing sent, nothing left behind.

use crate::kit::{Chain, Ended, House, Platform};

/// Runs the command, which must end with 2 and leave the house as it was; answers what it said.
#[track_caller]
fn refused(house: &House, platform: &Platform, arguments: &str) -> Ended {
    let before = house.names();
    let ended = house.at(platform, arguments).end().exits(2);
    assert!(ended.stderr.contains("error: "), "{ended}");
    assert!(ended.stdout.is_empty(), "no result of what was not done\n{ended}");
    assert_eq!(house.names(), before, "something was left behind\n{ended}");
    assert_eq!(platform.stats()["requests"], 0, "something was asked or sent\n{ended}");
    ended
}

fn house_and_platform() -> (House, Platform) {
    let house = House::new();
    Chain::waiting(2).save(&house);
    let platform = Platform::start(&house, "");
    (house, platform)
}

/// An input with this content is refused by every command that reads inputs, each naming the file.
#[track_caller]
fn is_refused(name: &str, content: impl AsRef<[u8]>, words: &[&str]) {
    let (house, platform) = house_and_platform();
    house.write(name, content);
    for command in ["migrate", "plan", "check", "migrate --sandbox", "migrate --dry-run"] {
        refused(&house, &platform, &format!("{command} {name}")).says(&[name]).says(words);
    }
}

#[test]
fn a_file_that_is_not_there() {
    let (house, platform) = house_and_platform();
    for command in ["migrate", "plan", "check", "fill", "migrate --sandbox"] {
        refused(&house, &platform, &format!("{command} nowhere.json")).says(&["nowhere.json"]);
    }
    refused(&house, &platform, "migrate stores.json nowhere.json").says(&["nowhere.json"]);
    refused(&house, &platform, "migrate stores.json --supplement nowhere.csv").says(&["nowhere.csv"]);
}

#[test]
fn a_folder_in_place_of_a_file() {
    let (house, platform) = house_and_platform();
    std::fs::create_dir(house.path("folder")).unwrap();
    refused(&house, &platform, "migrate folder").says(&["folder"]);
}

#[test]
fn an_empty_file() {
    is_refused("empty.json", "", &[]);
    is_refused("empty.csv", "", &[]);
    is_refused("empty.xlsx", "", &[]);
}

#[test]
fn something_that_is_not_json() {
    is_refused("broken.json", "{\"errcode\": 0, \"business_list\": [", &["JSON"]);
    is_refused("words.json", "the list of our stores", &["JSON"]);
}

#[test]
fn a_page_of_html_instead_of_json() {
    is_refused("page.json", "<!doctype html><html><body>502 Bad Gateway</body></html>", &["HTML"]);
}

#[test]
fn json_of_another_kind() {
    is_refused("other.json", "{\"users\": [1, 2, 3]}", &["getpoilist"]);
    is_refused("numbers.json", "[1, 2, 3]", &[]);
    is_refused("null.json", "null", &[]);
}

#[test]
fn the_platforms_refusal_saved_instead_of_its_list() {
    is_refused("refusal.json", r#"{"errcode":48001,"errmsg":"api unauthorized rid: 1-2-3"}"#, &["48001"]);
}

#[test]
fn a_list_without_a_single_store() {
    is_refused("none.json", r#"{"errcode":0,"errmsg":"ok","business_list":[],"total_count":0}"#, &[]);
}

#[test]
fn a_workbook_that_is_a_renamed_csv() {
    is_refused("renamed.xlsx", "poi_id,upgrade_status\n1,0\n", &["renamed"]);
}

#[test]
fn a_workbook_that_is_cut_short() {
    let whole = include_bytes!("../samples/stores.xlsx");
    is_refused("cut.xlsx", &whole[..whole.len() / 2], &[]);
}

#[test]
fn a_spreadsheet_without_any_known_header() {
    is_refused("foreign.csv", "colour,size\nred,7\n", &["header"]);
}

#[test]
fn a_supplement_that_names_no_store_by_any_column() {
    let (house, platform) = house_and_platform();
    house.write("nameless.csv", "credential,contract_phone\n91330100MA0000000X,0571-88881234\n");
    refused(&house, &platform, "migrate stores.json --supplement nameless.csv").says(&["nameless.csv", "poi_id"]);
    refused(&house, &platform, "fill nameless.csv").says(&["nameless.csv", "poi_id"]);
}

#[test]
fn a_configuration_with_a_key_that_is_not_known() {
    let (house, platform) = house_and_platform();
    house.write("poilift.toml", "appid = \"wx1\"\nspeed = 3\n");
    refused(&house, &platform, "migrate stores.json").says(&["poilift.toml", "speed"]);
}

#[test]
fn a_secret_in_the_configuration_is_refused_without_being_shown() {
    let (house, platform) = house_and_platform();
    house.write("poilift.toml", "appid = \"wx1\"\nsecret = \"topsecret-9f8e7d6c\"\n");
    let ended = refused(&house, &platform, "migrate stores.json -vv").says(&["poilift.toml"]);
    assert!(!ended.stderr.contains("topsecret"), "{ended}");
}

#[test]
fn a_configuration_file_that_is_named_but_not_there() {
    let (house, platform) = house_and_platform();
    refused(&house, &platform, "migrate stores.json --config nowhere.toml").says(&["nowhere.toml"]);
}

#[test]
fn a_credential_for_all_stores() {
    let (house, platform) = house_and_platform();
    house.write("poilift.toml", "[defaults]\ncredential = \"91330100MA0000000X\"\n");
    refused(&house, &platform, "migrate stores.json").says(&["credential"]);
}

#[test]
fn rates_and_durations_and_numbers_that_make_no_sense() {
    let (house, platform) = house_and_platform();
    let bad = [
        "--rate fast",
        "--rate 0/s",
        "--rate 10",
        "--rate=-1/s",
        "--wait soon",
        "--wait 5",
        "--concurrency 0",
        "--concurrency 100000",
    ];
    for flag in bad {
        refused(&house, &platform, &format!("migrate stores.json {flag}"))
            .says(&[flag.split([' ', '=']).nth(1).unwrap()]);
    }
    for (name, value) in [("POILIFT_RATE", "fast"), ("POILIFT_SETTLE_WINDOW", "soon"), ("POILIFT_CONCURRENCY", "many")]
    {
        let before = house.names();
        house.at(&platform, "migrate stores.json").env(name, value).end().exits(2).says(&[name, value]);
        assert_eq!(house.names(), before);
    }
}

#[test]
fn a_command_or_flag_that_does_not_exist() {
    let (house, platform) = house_and_platform();
    refused_by_the_parser(&house, &platform, "transmogrify");
    refused_by_the_parser(&house, &platform, "migrate stores.json --frobnicate");
}

#[track_caller]
fn refused_by_the_parser(house: &House, platform: &Platform, arguments: &str) {
    let before = house.names();
    house.at(platform, arguments).end().exits(2);
    assert_eq!(house.names(), before);
}

#[test]
fn a_scenario_that_does_not_exist() {
    let house = House::new();
    Chain::waiting(2).save(&house);
    let before = house.names();
    house.poilift("migrate stores.json --sandbox=sunny").end().exits(2).says(&["sunny", "calm"]);
    assert_eq!(house.names(), before, "something was left behind");
}

#[test]
fn standard_input_named_twice() {
    let (house, platform) = house_and_platform();
    for words in ["check - -", "check - --supplement -", "migrate - --supplement -"] {
        refused(&house, &platform, &format!("{words} --lang en")).says(&["standard input (-) is named twice"]);
    }
    house.poilift("check - - --lang zh").end().exits(2).says(&["标准输入（-）被指定了两次"]);
}

#[test]
fn a_sheet_of_files_that_have_none() {
    let (house, platform) = house_and_platform();
    for words in ["check stores.json", "check stores.json --supplement supplement.csv", "plan stores.json"] {
        refused(&house, &platform, &format!("{words} --sheet 门店 --lang en")).says(&["--sheet \"门店\"", "workbook"]);
    }
}
