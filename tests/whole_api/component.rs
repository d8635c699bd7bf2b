//! `docs/authorizer-token.sh`, as a person takes it from the docs: a token of an account that has authorised a third-party
//! platform.

use serde_json::{Value, json};

use crate::kit::{House, Run, Stage};

const TOKENS: &str = "/cgi-bin/component/api_authorizer_token";
const LIST: &str = "/wxa/get_store_list";

/// The script needs tools that a machine may lack: then it is said, and nothing is tried.
fn is_possible() -> bool {
    let has = |tool: &str| std::process::Command::new(tool).arg("--version").output().is_ok();
    let missing = ["jq", "curl"].into_iter().find(|tool| !has(tool));
    if let Some(tool) = missing {
        println!("skipped: there is no {tool} on this machine");
    }
    missing.is_none()
}

/// The script of the docs, with the folder that it reads.
fn with_script(house: &House, stage: &Stage) -> Run {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/authorizer-token.sh");
    house.write("poilift.toml", format!("access_token_command = \"sh {}\"\n", script.display()));
    let folder = house.path("component");
    if !folder.exists() {
        std::fs::create_dir(&folder).unwrap();
        for (name, text) in [
            ("component_appid", "wxcomponent"),
            ("component_access_token", "component/token+1"),
            ("wx0123456789abcdef.refresh_token", "refreshtoken@@@one"),
        ] {
            std::fs::write(folder.join(name), format!("{text}\n")).unwrap();
        }
    }
    house
        .on(stage, "store list")
        .env_remove("POILIFT_SECRET")
        .env("COMPONENT_DIR", folder.to_str().unwrap())
        .env("COMPONENT_API_BASE", &stage.base())
}

#[test]
fn the_script_gets_the_accounts_token_and_keeps_the_new_refresh_token() {
    if !is_possible() {
        return;
    }
    let house = House::new();
    let answer = r#"{"authorizer_access_token":"token-of-the-account-1","expires_in":7200,"authorizer_refresh_token":"refreshtoken@@@two"}"#;
    let list = r#"{"errcode":0,"errmsg":"ok","total_count":0,"business_list":[]}"#;
    let stage = Stage::new().always(TOKENS, answer).always(LIST, list);
    let ended = with_script(&house, &stage).end().exits(0);
    assert!(!format!("{ended}").contains("token-of-the-account"), "{ended}");
    let asked = stage.asked(TOKENS).remove(0);
    assert_eq!(asked.query, "component_access_token=component%2Ftoken%2B1");
    let body: Value = serde_json::from_str(&asked.text()).unwrap();
    assert_eq!(
        body,
        json!({"component_appid": "wxcomponent", "authorizer_appid": "wx0123456789abcdef", "authorizer_refresh_token": "refreshtoken@@@one"})
    );
    assert_eq!(stage.asked(LIST)[0].query, "access_token=token-of-the-account-1");
    assert_eq!(house.read("component/wx0123456789abcdef.refresh_token").trim(), "refreshtoken@@@two");
}

#[test]
fn a_platform_that_gives_none_stops_the_account_and_the_refresh_token_stays() {
    if !is_possible() {
        return;
    }
    let house = House::new();
    let stage = Stage::new().always(TOKENS, r#"{"errcode":61023,"errmsg":"refresh_token is invalid"}"#);
    with_script(&house, &stage).end().exits(5).says(&["access_token_command"]);
    assert!(stage.asked(LIST).is_empty());
    assert_eq!(house.read("component/wx0123456789abcdef.refresh_token").trim(), "refreshtoken@@@one");
}
