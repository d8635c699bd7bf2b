//! `[[errors]]` in `poilift.toml`: what an operator has learned of an errcode decides what happens to a store, and no
//! setting makes a write unsafe.

use crate::kit::{Chain, Ended, House, Platform};

/// A platform that refuses the first `times` submissions of each store with this code.
fn refusing(house: &House, errcode: i64, times: u32) -> Platform {
    let faults =
        format!("[[faults]]\nendpoint = \"add_store\"\nkind = \"echo_token\"\nerrcode = {errcode}\nuntil = {times}\n");
    Platform::with_scenario(house, &faults, "")
}

fn setting(endpoint: &str, errcode: i64, class: &str) -> String {
    format!("[[errors]]\nendpoint = \"{endpoint}\"\nerrcode = {errcode}\nclass = \"{class}\"\n")
}

/// A command that works on a ledger, with this `poilift.toml`.
fn with_settings(text: &str) -> Ended {
    let house = House::new();
    Chain::waiting(1).save(&house);
    house.write("poilift.toml", text);
    let ended = house.poilift("plan stores.json --supplement supplement.csv").end();
    assert_eq!(house.has("poilift.db"), ended.code == Some(0), "settings that cannot be used make no ledger");
    ended
}

#[test]
fn a_code_that_means_try_again_for_this_account_goes_again_and_settles() {
    let house = House::new();
    Chain::waiting(1).save(&house);
    let platform = refusing(&house, 85055, 1);
    house.write("poilift.toml", setting("add_store", 85055, "retry"));
    house.migrate(&platform, "--wait 20s").exits(0);
    assert_eq!(platform.writes(), 2);
    let story = house.poilift(&format!("why {}", Chain::waiting(1).id(0))).end().exits(0).stdout;
    assert!(story.contains("errcode 85055") && story.contains("certainly not done; it goes again"), "{story}");
}

#[test]
fn without_the_setting_the_same_answer_rejects_the_store() {
    let house = House::new();
    Chain::waiting(1).save(&house);
    let platform = refusing(&house, 85055, 1);
    house.migrate(&platform, "").exits(3);
    assert_eq!((platform.writes(), house.state_of(&Chain::waiting(1).id(0)).as_str()), (1, "rejected"));
}

#[test]
fn a_code_of_which_an_operator_is_not_sure_is_settled_by_reading() {
    let house = House::new();
    Chain::waiting(1).save(&house);
    let platform = refusing(&house, 123_456, 1);
    house.write("poilift.toml", setting("add_store", 123_456, "ambiguous"));
    house.migrate(&platform, "--wait 20s").exits(0);
    crate::faults::resent_only_after_a_reading(&house.ledger(), crate::faults::WINDOW_MS);
    let id = Chain::waiting(1).id(0);
    assert_eq!(platform.of_store(&id, "add_store"), (2, 1));
}

#[test]
fn a_code_that_stops_the_endpoint_stops_it_and_rejects_nothing() {
    let house = House::new();
    Chain::waiting(5).save(&house);
    let platform = refusing(&house, 85055, 100);
    house.write("poilift.toml", setting("add_store", 85055, "stop_endpoint"));
    house.migrate(&platform, "--concurrency 1").exits(4);
    assert_eq!((platform.writes(), house.ledger().in_state("rejected")), (1, 0));
}

#[test]
fn the_operators_advice_is_in_the_report_and_in_explain() {
    let house = House::new();
    Chain::waiting(1).save(&house);
    let platform = refusing(&house, 85041, 100);
    let advice = "advice = \"ask Zhang of accounts\"\n";
    house.write("poilift.toml", setting("add_store", 85041, "fix_row") + advice);
    house.migrate(&platform, "").exits(3);
    assert!(house.read("poilift-report/report.html").contains("ask Zhang of accounts"));
    assert!(house.stores_csv("poilift-report")[0]["reason"].contains("ask Zhang of accounts"));
    let explained = house.poilift("explain 85041").end().exits(0).stdout;
    for words in ["ask Zhang of accounts", "poilift.toml, line 1", "add_store"] {
        assert!(explained.contains(words), "{words}: {explained}");
    }
    let json = house.poilift("explain 85041 --format json").end().exits(0).stdout;
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["set_in"], &first["instead_of"]), (&"poilift.toml, line 1".into(), &"fix_row".into()));
}

#[test]
fn a_setting_that_could_send_a_store_twice_is_refused_before_anything_is_made() {
    for (endpoint, errcode, class, why) in [
        ("add_store", -1, "retry", "could be sent twice"),
        ("delpoi", -1, "done", "could be sent twice"),
        ("add_store", 85040, "retry", "must not go again before the platform was read"),
        ("add_store", 85055, "done", "no reading has confirmed"),
        ("add_store", 42001, "fix_row", "about the access token"),
        ("getpoilist", 40097, "ambiguous", "a reading changes nothing"),
        ("add_stores", 85055, "retry", "is not one of"),
        ("add_store", 85055, "again", "is not one of done, retry"),
        ("add_store", 0, "retry", "errcode 0 is success"),
    ] {
        with_settings(&setting(endpoint, errcode, class)).exits(2).says(&["poilift.toml, line 1", why]);
    }
    let twice = setting("add_store", 85055, "retry") + &setting("add_store", 85055, "not_yet");
    with_settings(&twice).exits(2).says(&["line 5", "line 1 already"]);
    with_settings("[[errors]]\nerrcode = 85055\n").exits(2).says(&["class"]);
    with_settings(&setting("add_store", 85055, "retry")).exits(0);
}

#[test]
fn everything_that_can_be_explained_is_listed() {
    let house = House::new();
    let list = house.poilift("explain").end().exits(0).stdout;
    for code in ["E104", "W202", "-1 ", "40001", "65115", "85041"] {
        assert!(list.lines().any(|line| line.starts_with(code)), "{code}\n{list}");
    }
    let lines = house.poilift("explain --list --format json --lang zh").end().exits(0).stdout;
    for line in lines.lines() {
        let one: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(one["code"].is_string() || one["errcode"].is_i64(), "{line}");
    }
    house.poilift("explain 99999").end().exits(2).says(&["no document of the platform knows", "[[errors]]"]);
    house.poilift("explain E999").end().exits(2).says(&["neither a finding nor an errcode"]);
}
