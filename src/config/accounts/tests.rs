//! Lists of accounts that make sense, and those that do not.

use super::*;

fn account(name: &str, appid: &str) -> Account {
    let keys = AccountKeys { appid: Some(appid.to_owned()), ..AccountKeys::default() };
    Account { name: name.to_owned(), keys, place: format!("accounts.csv, row {}", name.len() + 1) }
}

fn fault(accounts: &[Account]) -> Option<AccountFault> {
    check_accounts(accounts, None, false).err().map(|error| error.fault)
}

#[test]
fn a_name_is_part_of_a_files_name_and_a_word_of_a_list() {
    for name in ["a", "north-2", "华东", "a.b", "x y", "wx0123456789abcdef"] {
        assert_eq!(name_fault(name), None, "{name}");
    }
    let long = "n".repeat(NAME_BYTES_MAX + 1);
    for name in ["", "..", ".hidden", "a/b", "a\\b", "a\nb", "a\0", "-x", " a", "a ", "a,b", "ALL", "x.sandbox", &long]
    {
        assert!(name_fault(name).is_some(), "{name:?}");
        assert!(matches!(fault(&[account(name, "wx1")]), Some(AccountFault::Name { .. })), "{name:?}");
    }
}

#[test]
fn no_two_accounts_share_a_name_or_an_appid() {
    assert_eq!(fault(&[account("a", "wx1"), account("b", "wx2")]), None);
    assert!(matches!(fault(&[account("a", "wx1"), account("A", "wx2")]), Some(AccountFault::NameTwice { .. })));
    assert!(matches!(fault(&[account("a", "wx1"), account("b", " wx1")]), Some(AccountFault::AppidTwice { .. })));
    let with_default = check_accounts(&[account("a", "wx1")], Some(("wx1", "poilift.toml")), false);
    let said = with_default.unwrap_err().words().en;
    assert!(said.contains("accounts.csv, row 2") && said.contains("poilift.toml"), "{said}");
}

#[test]
fn an_appid_is_needed_except_in_a_rehearsal() {
    let nameless = [account("a", " ")];
    assert_eq!(fault(&nameless), Some(AccountFault::AppidMissing { name: "a".to_owned() }));
    assert_eq!(check_accounts(&nameless, None, true), Ok(()));
}

#[test]
fn a_secret_in_any_key_is_refused_and_not_shown() {
    let secret = "0123456789abcdef0123456789ABCDEF";
    let token = format!("88_{}", "aB3".repeat(40));
    for value in [secret.to_owned(), format!("echo {secret}"), format!("printf '{token}'"), token] {
        let mut account = account("a", "wx1");
        account.keys.access_token_command = Some(value.clone());
        let error = check_accounts(&[account], None, true).unwrap_err();
        assert!(matches!(&error.fault, AccountFault::SecretInSight { key, .. } if key == "access_token_command"));
        assert!(!error.words().en.contains(&value) && !error.hint().en.contains(&value));
    }
    let path = format!("/run/secrets/{secret}/{}", "A1".repeat(60));
    for value in ["wx0123456789abcdef", "secrets/a.txt", path.as_str(), "https://api.weixin.qq.com"] {
        assert!(!looks_secret(value), "{value}");
    }
}

#[test]
fn accounts_are_named_one_by_one_or_all_together() {
    let accounts = [account("north", "wx1"), account("south", "wx2"), account("east", "wx3")];
    let names = |wanted| -> Vec<&str> {
        choose_accounts(&accounts, wanted).unwrap().into_iter().map(|account| account.name.as_str()).collect()
    };
    assert_eq!(names("all"), ["north", "south", "east"]);
    assert_eq!(names("east, north"), ["north", "east"]);
    let fault = |wanted| choose_accounts(&accounts, wanted).unwrap_err().fault;
    assert_eq!(
        fault("soth"),
        AccountFault::Unknown { name: "soth".into(), nearest: vec!["south".into(), "north".into()] }
    );
    assert_eq!(fault("zzz"), AccountFault::Unknown { name: "zzz".into(), nearest: Vec::new() });
    assert_eq!(fault("north,,east"), AccountFault::EmptyName);
    assert_eq!(choose_accounts(&[], "all").unwrap_err().fault, AccountFault::NoneConfigured);
}

#[test]
fn an_account_takes_manners_from_the_top_but_no_credentials() {
    let text = "appid = \"wx0\"\nsecret_env = \"S\"\naccess_token_file = \"t\"\nledger = \"l.db\"\nrate = \"7/s\"\n\
                timeout = \"9s\"\n[defaults]\nhour = \"09:00-21:00\"\n\n[accounts.a]\nappid = \"wx1\"\nrate = \"2/s\"\n";
    let file = File::parse(std::path::Path::new("poilift.toml"), text).unwrap();
    let [account] = file.accounts() else { panic!("one account") };
    assert_eq!((account.name.as_str(), account.place.as_str()), ("a", "poilift.toml, line 10"));
    let own = file.of_account(account);
    assert_eq!((own.appid.as_deref(), own.rate.as_deref()), (Some("wx1"), Some("2/s")));
    assert_eq!((&own.secret_env, &own.access_token_file, &own.ledger), (&None, &None, &None));
    assert_eq!((own.timeout.as_deref(), own.defaults.len()), (Some("9s"), 1));
    assert_eq!((own.origin_of("rate"), own.origin_of("timeout")), ("poilift.toml, line 10", "poilift.toml"));
}

#[test]
fn every_key_can_be_a_column_and_a_field() {
    let all: toml::Table = AccountKeys::NAMES
        .into_iter()
        .map(|key| match key {
            "concurrency" => (key.to_owned(), toml::Value::Integer(3)),
            "token_endpoint" => (key.to_owned(), "stable".into()),
            _ => (key.to_owned(), "x".into()),
        })
        .collect();
    let keys = AccountKeys::deserialize(all).unwrap();
    let set: Vec<String> = keys.set().into_keys().collect();
    let mut names = AccountKeys::NAMES.map(str::to_owned).to_vec();
    names.sort();
    assert_eq!(set, names);
}
