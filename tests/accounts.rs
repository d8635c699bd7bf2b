//! Several accounts in one process: which lists are refused, what each account does and keeps for itself, and the table at
//! the end.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::{Chain, Ended, House, Platform, Run, until_true};

const BOUND: Duration = Duration::from_secs(60);
const JOB: &str = "migrate stores-{account}.json --supplement supplement-{account}.csv --accounts all";

/// A house with accounts `a`, `b`, … of so many stores each, and a platform for each.
struct Town {
    house: House,
    platforms: Vec<Platform>,
    names: Vec<String>,
}

impl Town {
    fn new(stores: usize, scenarios: &[&str]) -> Self {
        Self::of(&Chain::waiting(stores), scenarios)
    }

    fn of(chain: &Chain, scenarios: &[&str]) -> Self {
        let house = House::new();
        let (mut table, mut platforms, mut names) =
            ("name,appid,secret_env,api_base,settle_window\n".to_owned(), Vec::new(), Vec::new());
        for (letter, scenario) in ('a'..='z').zip(scenarios) {
            let name = letter.to_string();
            chain.save_as(&house, &format!("stores-{name}.json"));
            house.write(&format!("supplement-{name}.csv"), chain.supplement());
            let platform = Platform::loaded_with(
                &house,
                &format!("stores-{name}.json"),
                scenario,
                "--latency 20ms --review-time 0ms",
            );
            writeln!(table, "{name},wx-{name},SECRET_{name},{},1s", platform.base()).unwrap();
            platforms.push(platform);
            names.push(name);
        }
        house.write("accounts.csv", table);
        house.write("poilift.toml", "accounts_file = \"accounts.csv\"\n");
        Self { house, platforms, names }
    }

    fn run(&self, arguments: &str) -> Run {
        let secret = |run: Run, name: &String| run.env(&format!("SECRET_{name}"), &format!("the-secret-of-{name}"));
        self.names.iter().fold(self.house.poilift(arguments), secret)
    }

    fn requests(&self) -> u64 {
        self.platforms.iter().map(|platform| platform.stats()["requests"].as_u64().unwrap()).sum()
    }

    /// Ends with 2 before anything is made or asked.
    #[track_caller]
    fn refuses(&self, arguments: &str, words: &[&str]) -> Ended {
        let before = self.house.names();
        let ended = self.run(arguments).end().exits(2).says(words);
        assert!(ended.stdout.is_empty(), "{ended}");
        assert_eq!(self.house.names(), before, "something was left behind\n{ended}");
        assert_eq!(self.requests(), 0, "something was asked\n{ended}");
        ended
    }
}

fn row<'a>(table: &'a Value, name: &str) -> &'a Value {
    let rows = table["accounts"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name} has no row in {table:#}"))
}

#[test]
fn each_account_has_its_own_ledger_report_log_token_and_exit() {
    let town = Town::new(4, &["", "review_fail_share = 1.0\n"]);
    let ended = town.run(&format!("{JOB} --wait 20s --rate 50/s --format json")).end().exits(3);
    let table = ended.json();
    assert_eq!((&table["schema"], &table["exit"]), (&json!(1), &json!(3)));
    for (name, exit, state) in [("a", 0, "upgraded"), ("b", 3, "rejected")] {
        let row = row(&table, name);
        assert_eq!((&row["exit"], &row["appid"]), (&json!(exit), &json!(format!("wx-{name}"))), "{ended}");
        assert_eq!(row["summary"]["account"], format!("wx-{name}"));
        assert_eq!(row["summary"]["by_state"], json!({state: 4}));
        for file in [format!("ledgers/{name}.db"), format!("poilift-report/{name}/report.html")] {
            assert!(town.house.has(&file), "{file}");
        }
        let log = town.house.read(&format!("ledgers/{name}.db.log"));
        assert_eq!(log.matches("read 4 stores from stores-").count(), 1, "{log}");
        assert!(log.contains(&format!("stores-{name}.json")) && log.contains("add_store"), "{log}");
    }
    assert!(town.platforms.iter().all(|platform| platform.requests("stable_token") == 1));
    let line = |name: &str| format!("[{name}] read 4 stores from stores-{name}.json");
    ended.says(&[&line("a"), &line("b"), "[a] ended, exit 0", "[b] ended, exit 3"]);
}

#[test]
fn the_next_command_of_an_account_works_as_it_is_typed() {
    let town = Town::new(4, &["", "review_fail_share = 1.0\n"]);
    let ended = town.run(&format!("{JOB} --wait 20s --rate 50/s")).end().exits(3);
    let next = "poilift migrate 'stores-{account}.json' --supplement 'supplement-{account}.csv' --account b --wait 20s \
                --rate 50/s --supplement poilift-report/b/attention.xlsx";
    assert!(ended.stdout.contains(&format!("\n  {next}\n")), "{ended}");
    let last = ended.stdout.lines().next_back().unwrap();
    assert!(last.starts_with("Needs a person: 1 of 2 accounts. Next: "), "{ended}");
    // What its own run says afterwards is the same.
    let alone = town.run(&next.replace('\'', "").replacen("poilift ", "", 1)).end().exits(3);
    assert!(alone.stdout.contains("--account b"), "{alone}");
    assert!(alone.stderr.contains("read 4 stores from stores-b.json") && !alone.stderr.contains("[b]"), "{alone}");
    let status = town.run("status --account b").end().exits(0);
    assert!(status.stdout.contains("ledgers/b.db") && status.stdout.contains("--account b"), "{status}");
}

#[test]
fn the_commands_that_go_on_take_accounts_too() {
    let town = Town::new(3, &["", ""]);
    let plan =
        town.run("plan stores-{account}.json --supplement supplement-{account}.csv --accounts all").end().exits(0);
    assert!(plan.stdout.contains("--accounts all"), "the command that goes on with both\n{plan}");
    assert_eq!(town.platforms.iter().map(Platform::writes).sum::<u64>(), 0);
    town.run("apply --accounts all --rate 50/s --report r/{account}").end().exits(0);
    assert!(town.house.has("r/a/report.html") && town.house.has("r/b/report.html"));
    for command in ["watch", "reconcile", "status"] {
        let ended = town.run(&format!("{command} --accounts a,b --format json")).end().exits(0);
        assert_eq!(row(&ended.json(), "b")["summary"]["by_state"], json!({"upgraded": 3}), "{command}");
    }
    town.run("report --accounts all -o again-{account}").end().exits(0);
    town.run("pull --accounts all -o list-{account}.csv").end().exits(0);
    assert!(town.house.has("again-a/stores.csv") && town.house.has("list-b.csv"));
    assert!(!town.house.has("poilift.db"), "the default account has nothing to do with it");
}

#[test]
fn a_rehearsal_needs_no_credentials_and_each_account_has_a_platform_of_its_own() {
    let town = Town::new(3, &["", ""]);
    town.house.write("accounts.csv", "name\na\nb\n");
    let ended = town.run(&format!("{JOB} --sandbox --wait 30s --rate 50/s --format json")).end();
    for name in ["a", "b"] {
        assert_eq!(row(&ended.json(), name)["summary"]["account"], "sandbox", "{ended}");
        assert!(town.house.has(&format!("ledgers/{name}.sandbox.db")), "{ended}");
        assert!(town.house.has(&format!("poilift-report-sandbox/{name}/report.html")), "{ended}");
    }
    assert_eq!(town.requests(), 0);
}

#[test]
fn an_account_that_another_run_holds_is_refused_and_the_others_proceed() {
    let town = Town::new(8, &["", ""]);
    let job = JOB.replace("--accounts all", "--account a --rate 1/s");
    let mut holds = town.run(&job).start();
    until_true("the first write", BOUND, || town.platforms[0].writes() > 0);
    let ended = town.run(&format!("{JOB} --rate 50/s --format json")).end().exits(6);
    let table = ended.json();
    assert_eq!((&row(&table, "a")["exit"], &row(&table, "b")["exit"]), (&json!(6), &json!(0)), "{ended}");
    assert!(row(&table, "a")["next"].as_str().unwrap().contains("--account a"), "{ended}");
    assert!(holds.is_running(), "it was not disturbed");
    assert_eq!(town.platforms[1].writes(), 8);
}

#[test]
fn an_input_that_one_account_cannot_use_is_that_accounts_exit() {
    let town = Town::new(3, &["", ""]);
    std::fs::remove_file(town.house.path("stores-a.json")).unwrap();
    let ended = town.run(&format!("{JOB} --rate 50/s --format json")).end().exits(2);
    let table = ended.json();
    assert_eq!((&row(&table, "a")["exit"], &row(&table, "b")["exit"]), (&json!(2), &json!(0)), "{ended}");
    assert_eq!(row(&table, "a")["summary"], Value::Null);
    ended.says(&["[a] error: ", "stores-a.json"]);
}

#[test]
fn a_deletion_without_yes_is_refused_in_the_account_that_has_one() {
    let town = Town::of(&Chain::waiting(2).and(1, &json!(4)), &["", ""]);
    let waiting = Chain::waiting(2);
    waiting.save_as(&town.house, "stores-b.json");
    let ended = town.run(&format!("{JOB} --allow-delete --rate 50/s --format json")).end().exits(2);
    let table = ended.json();
    assert_eq!((&row(&table, "a")["exit"], &row(&table, "b")["exit"]), (&json!(2), &json!(0)), "{ended}");
    assert_eq!(town.platforms[0].writes(), 0);
    assert_eq!(town.platforms[1].writes(), 2);
}

#[test]
fn a_signal_stops_all_accounts_and_the_same_command_goes_on_with_all() {
    let town = Town::new(20, &["", ""]);
    let going = town.run(&format!("{JOB} --rate 5/s")).start();
    until_true("writes of both", BOUND, || town.platforms.iter().all(|platform| platform.writes() > 1));
    going.signal("TERM");
    let ended = going.end().exits(4);
    let last = ended.stdout.lines().next_back().unwrap();
    let next = format!("Next: poilift {JOB} --rate 5/s").replace("stores-{account}.json", "'stores-{account}.json'");
    let next = next.replace("supplement-{account}.csv", "'supplement-{account}.csv'");
    assert_eq!(last, format!("To be continued: 2 of 2 accounts. {next}"), "{ended}");
    town.run(&format!("{JOB} --rate 100/s")).end().exits(0);
    for platform in &town.platforms {
        assert!(Chain::waiting(20).ids().iter().all(|id| platform.of_store(id, "add_store") == (1, 1)));
    }
}

// Release builds have no such points.
#[cfg(debug_assertions)]
#[test]
fn a_panic_in_one_account_is_its_exit_1_and_the_same_command_settles_it() {
    let town = Town::new(12, &["", "", ""]);
    let ended = town.run(&format!("{JOB} --rate 20/s --format json")).env("POILIFT_CRASH_AT", "panic in b*4").end();
    assert_eq!(ended.code, Some(1), "{ended}");
    let table = ended.json();
    assert_eq!(["a", "b", "c"].map(|name| row(&table, name)["exit"].as_i64().unwrap()), [0, 1, 0], "{ended}");
    assert!(town.platforms[1].writes() > 0, "it was in the middle of its sending");
    assert!(town.platforms[1].writes() < 12, "it was in the middle of its sending");
    town.run(&format!("{JOB} --rate 100/s --format json")).end().exits(0);
    for platform in &town.platforms {
        assert!(Chain::waiting(12).ids().iter().all(|id| platform.of_store(id, "add_store") == (1, 1)));
    }
}

#[test]
fn the_default_accounts_environment_is_not_used_for_others_and_this_is_said() {
    let town = Town::new(1, &["appid = \"wx-a\"\n"]);
    let run = town.run(&format!("{JOB} --rate 50/s"));
    let run =
        run.env("POILIFT_SECRET", "of-the-default").env("POILIFT_APPID", "wx-default").env("POILIFT_LEDGER", "x.db");
    run.end().exits(0).says(&["warning: POILIFT_APPID, POILIFT_SECRET, POILIFT_LEDGER: the default account's alone"]);
    assert!(town.house.has("ledgers/a.db") && !town.house.has("x.db"));
}

#[test]
fn without_accounts_the_default_account_is_as_it_always_was() {
    let town = Town::new(2, &[""]);
    let toml =
        format!("appid = \"wx-top\"\napi_base = \"{}\"\naccounts_file = \"nowhere.csv\"\n", town.platforms[0].base());
    town.house.write("poilift.toml", toml);
    let job = "migrate stores-a.json --supplement supplement-a.csv --rate 50/s --format json";
    let ended = town.run(job).env("POILIFT_SECRET", "s").end().exits(0);
    assert_eq!(ended.json()["account"], "wx-top");
    assert!(town.house.has("poilift.db") && town.house.has("poilift-report/report.html") && !town.house.has("ledgers"));
}

#[test]
fn an_accounts_file_that_makes_no_sense_is_refused_with_its_row() {
    let town = Town::new(1, &[""]);
    let a = format!("a,wx-a,SECRET_a,{}\n", town.platforms[0].base());
    let cases: &[(&str, &str, &[&str])] = &[
        ("", "", &["accounts.csv: ", "empty"]),
        ("name,appid,secret_env,api_base\n", "", &["accounts.csv: ", "no account below"]),
        (
            "name,appid,secret_env,api_base\n",
            "a,wx-b,SECRET_a,\n",
            &["accounts.csv, row 3", "\"a\"", "already", "row 2"],
        ),
        ("name,appid,secret_env,api_base\n", "A,wx-b,SECRET_a,\n", &["accounts.csv, row 3", "already", "row 2"]),
        (
            "name,appid,secret_env,api_base\n",
            "b,wx-a,SECRET_a,\n",
            &["accounts.csv, row 3", "wx-a", "two ledgers", "row 2"],
        ),
        ("name,appid,secret_env,api_base\n", "b,,SECRET_a,\n", &["accounts.csv, row 3", "no appid"]),
        ("name,appid,secret_env,api_base\n", "b,wx-b,,\n", &["accounts.csv, row 3", "neither where its secret"]),
        ("name,appid,secret_env,api_base\n", "b,wx-b,UNSET,\n", &["accounts.csv, row 3", "UNSET", "not set"]),
        ("name,appid,secret_env,api_base\n", "../b,wx-b,SECRET_a,\n", &["accounts.csv, row 3", "'/'"]),
        ("name,appid,secret_env,api_base\n", "..,wx-b,SECRET_a,\n", &["accounts.csv, row 3", "begins with ."]),
        (
            "name,appid,secret_env,api_base\n",
            "b,wx-b,0123456789abcdef0123456789abcdef,\n",
            &["row 3", "secret_env", "looks like a secret"],
        ),
        ("name,appid,secret_env,password\n", "", &["accounts.csv, row 1", "column D", "password"]),
        ("name,appid,secret_env,secret\n", "", &["accounts.csv, row 1", "\"secret\"", "secret_file"]),
    ];
    for (header, more, words) in cases {
        let rows = if header.is_empty() || more.is_empty() && words.contains(&"no account below") { "" } else { &a };
        town.house.write("accounts.csv", format!("{header}{rows}{more}"));
        let ended = town.refuses(JOB, words);
        assert!(!ended.stderr.contains("0123456789abcdef"), "{ended}");
    }
    std::fs::remove_file(town.house.path("accounts.csv")).unwrap();
    town.refuses(JOB, &["accounts.csv", "cannot be read"]);
}

#[test]
fn accounts_in_the_configuration_are_held_to_the_same_rules() {
    let town = Town::new(1, &[""]);
    let cases: &[(&str, &[&str])] = &[
        ("[accounts.a]\nsecret_env = \"SECRET_a\"\n", &["poilift.toml, line 1", "no appid"]),
        ("appid = \"wx1\"\n[accounts.a]\nappid = \"wx1\"\n", &["poilift.toml, line 2", "two ledgers"]),
        ("[accounts.a]\nappid = \"wx1\"\nsecret = \"topsecret\"\n", &["poilift.toml, line 3", "secret"]),
        ("[accounts.a]\nappid = \"wx1\"\nspeed = 3\n", &["poilift.toml, line 3", "speed"]),
        ("[accounts.\"a/b\"]\nappid = \"wx1\"\n", &["poilift.toml, line 1", "'/'"]),
        ("[accounts.a]\nappid = \"wx1\"\nsecret_file = \"nowhere.txt\"\n", &["poilift.toml, line 1", "nowhere.txt"]),
        (
            "[accounts.a]\nappid = \"wx1\"\nsecret_env = \"SECRET_a\"\nrate = \"fast\"\n",
            &["poilift.toml, line 1", "rate", "fast"],
        ),
        (
            "[accounts.a]\nappid = \"wx1\"\nsecret_env = \"SECRET_a\"\napi_base = \"http://api.weixin.qq.com\"\n",
            &["poilift.toml, line 1", "plain http"],
        ),
        (
            "[accounts.a]\nappid = \"wx1\"\nledger = \"x.db\"\n[accounts.b]\nappid = \"wx2\"\nledger = \"./X.db\"\n",
            &["poilift.toml, line 4", "X.db", "poilift.toml, line 1"],
        ),
        ("appid = \"wx1\"\n", &["no accounts are configured", "[accounts.NAME]"]),
    ];
    for (toml, words) in cases {
        town.house.write("poilift.toml", toml);
        let ended = town.refuses(JOB, words);
        assert!(!ended.stderr.contains("topsecret"), "{ended}");
    }
}

#[test]
fn words_of_a_command_that_make_no_sense_with_accounts_are_refused() {
    let town = Town::new(1, &["", ""]);
    for (arguments, words) in [
        ("status --account c", &["no account \"c\""][..]),
        ("status --accounts a,,b", &["empty name"]),
        ("migrate stores-a.json --accounts all", &["stores-a.json", "\"a\" and \"b\"", "belongs to one account"]),
        ("migrate ./stores-a.json stores-{account}.json --accounts all", &["stores-a.json", "belongs to one account"]),
        ("migrate stores-{account}.json --ledger x.db --accounts all", &["the ledger x.db", "'{account}'"]),
        ("migrate stores-{account}.json --report r --accounts all", &["the report's folder r", "'{account}'"]),
        ("report -o r --accounts all", &["the report's folder r"]),
        ("pull -o list.csv --accounts all", &["the file list.csv"]),
        ("migrate stores-{account}.json --appid wx9 --accounts all", &["--appid"]),
        ("fill supplement-a.csv --accounts all", &["not for several accounts"]),
        ("sandbox --account a", &["nothing to do with an account"]),
        ("status --account a --accounts all", &["--account"]),
    ] {
        town.refuses(arguments, words);
    }
    // A supplement is joined by poi_id: one for all is no mistake. One account alone shares nothing.
    town.run("migrate stores-{account}.json --supplement supplement-a.csv --accounts all --rate 50/s").end().exits(0);
    town.run("migrate stores-a.json --account a").end().exits(0);
}
