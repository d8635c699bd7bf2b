//! The quota calendar: days that are too short for a migration, a live shop that uses the same quota, and a platform that
//! tells of it badly or not at all. Tool and platform share an accelerated clock, so that days pass while one looks.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::agreement::all_agree;
use crate::kit::{Chain, Ended, House, Platform, Run, proof, quiet_machine, until_true};

const JOB: &str = "migrate stores.json --supplement supplement.csv";

const HOUR_MS: f64 = 3_600_000.0;

/// A clock that two processes share: so many times as fast as the machine's, and this time of day when the test begins.
struct Days {
    clock: String,
}

impl Days {
    fn from(start: &str, speed: u32) -> Self {
        Self { clock: format!("{speed}x@{}={start}+08:00", jiff::Timestamp::now()) }
    }

    fn platform(&self, house: &House, scenario: &str) -> Platform {
        Platform::with_scenario(house, scenario, &format!("--clock {} --review-time 10m", self.clock))
    }

    fn run(&self, house: &House, platform: &Platform, command: &str) -> Run {
        house.at(platform, command).env("POILIFT_CLOCK", &self.clock).env("POILIFT_SETTLE_WINDOW", "10m")
    }

    fn job(&self, house: &House, platform: &Platform, more: &str) -> Ended {
        self.run(house, platform, &format!("{JOB} {more}")).end()
    }
}

fn limits(lines: &str) -> String {
    format!("[daily_limits]\n{lines}\n")
}

/// How many writes of one kind arrived on each of the platform's days.
fn by_day(platform: &Platform, endpoint: &str) -> BTreeMap<i64, u64> {
    let mut days = BTreeMap::new();
    for call in platform.calls().iter().filter(|call| call.endpoint == endpoint) {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
        let day = (call.at_ms as i64 + 8 * 3_600_000).div_euclid(86_400_000);
        *days.entry(day).or_default() += 1;
    }
    days
}

fn millis(rfc3339: &Value) -> f64 {
    let at: jiff::Timestamp = rfc3339.as_str().unwrap().parse().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970")]
    let millis = at.as_millisecond() as f64;
    millis
}

fn refused_for_the_day(platform: &Platform) -> usize {
    platform.calls().iter().filter(|call| call.errcode == Some(45_009)).count()
}

#[test]
fn a_thousand_stores_at_300_a_day_take_four_days_through_a_kill_each_day_and_end_when_the_first_day_said() {
    const STORES: usize = 1_000;
    // A day in 72 s: a second of the machine's is twenty minutes, and the kill of the last day costs about that.
    let _quiet = quiet_machine();
    let house = House::unshared();
    let chain = Chain::waiting(STORES);
    chain.save(&house);
    let days = Days::from("2026-11-24T10:00:00", 1_200);
    // Of tokens that end while a call waits for its turn other tests tell.
    let platform = days.platform(&house, &format!("token_life_s = 1_000_000\n{}", limits("add_store = 300")));
    let rate = "--rate 90/h --concurrency 2";
    let said = days.job(&house, &platform, &format!("{rate} --dry-run --format json")).exits(0).json();
    let estimate = &said["estimate"];
    assert_eq!((&estimate["calls"], &estimate["days"]), (&Value::from(STORES), &Value::from(4)), "{estimate}");

    let going_on = format!("{JOB} {rate} --wait-for-quota --wait 4h");
    for (day, writes) in [100, 285 + 100, 2 * 285 + 100, 3 * 285 + 40].into_iter().enumerate() {
        let mut going = days.run(&house, &platform, &going_on).start();
        let come_so_far = || {
            std::thread::sleep(Duration::from_millis(50));
            !going.is_running() || platform.writes() >= writes
        };
        until_true("the middle of the day", Duration::from_secs(120), come_so_far);
        assert!(going.is_running(), "it has ended before kill {}\n{}", day + 1, going.stderr_so_far());
        going.kill();
    }
    let ended = days.run(&house, &platform, &going_on).end().exits(0);
    all_agree(&house, &platform, &chain, STORES, 600_000);

    let sent = by_day(&platform, "add_store");
    assert_eq!(sent.len(), 4, "{sent:?}\n{ended}");
    assert!(sent.values().all(|calls| *calls <= 300 + 2), "{sent:?}");
    assert!(sent.values().all(|calls| *calls <= 285), "the reserve is the live shop's: {sent:?}");
    assert_eq!(refused_for_the_day(&platform), 0);
    let at: Vec<f64> =
        platform.calls().iter().filter(|call| call.endpoint == "add_store").map(|call| call.at_ms).collect();
    let late = (at.last().unwrap() - millis(&estimate["done_at"])) / HOUR_MS;
    assert!(late.abs() <= 1.0, "the end is {late:.2} h off ({}); {sent:?}", estimate["done_at"]);
    let calls = sent.values().map(u64::to_string).collect::<Vec<_>>().join(", ");
    proof(
        "quota",
        &format!(
            "1,000 stores at 300 a day: {calls} on four days, through 4 kills; the end {:.0} min after what the first day said",
            late * 60.0
        ),
    );
}

#[test]
fn a_spent_day_ends_the_run_with_4_and_says_when_it_goes_on() {
    let house = House::new();
    Chain::waiting(25).save(&house);
    let days = Days::from("2026-11-26T10:00:00", 1);
    let platform = days.platform(&house, &limits("add_store = 10"));
    let ended = days.job(&house, &platform, "--format json").exits(4);
    assert_eq!(platform.writes(), 9, "of ten a day one is the live shop's");
    let ended =
        ended.says(&["add_store: nothing is left today (9 of 10 used, 1 kept for the live shop), 16 stores wait"]);
    let summary = ended.json();
    assert_eq!(summary["next"]["at"], "2026-11-27T00:00:00+08:00", "{ended}");
    assert_eq!(summary["estimate"]["days"], 2, "{ended}");
    assert_eq!(summary["estimate"]["done_at"].as_str().unwrap()[..10], *"2026-11-28", "{ended}");
    // A Saturday, and three working days.
    assert_eq!(summary["estimate"]["reviews_by"].as_str().unwrap()[..10], *"2026-12-02", "{ended}");

    // The same command again, and the ledger alone, do not take the day for a fresh one.
    days.job(&house, &platform, "").exits(4);
    assert_eq!(platform.writes(), 9);
    let status = house.poilift("status").env("POILIFT_CLOCK", &days.clock).end().exits(0);
    for words in [
        "add_store has nothing left today",
        "(not before 2026-11-27 00:00)",
        "Map reviews: by Wed 2026-12-02, three working days on",
    ] {
        assert!(status.stdout.replace('\n', " ").contains(words), "{words}\n{status}");
    }
    let zh = days.run(&house, &platform, &format!("{JOB} --lang zh")).end().exits(4);
    assert!(zh.stderr.contains("今日额度已用完"), "{zh}");
}

#[test]
fn what_the_configuration_says_holds_where_the_platform_does_not_tell_and_the_night_is_waited_for() {
    let house = House::new();
    Chain::waiting(25).save(&house);
    house.write("poilift.toml", "[quota]\nadd_store = \"10/d\"\nreserve = 0\n");
    let days = Days::from("2026-11-24T20:00:00", 14_400);
    let platform = days.platform(&house, &format!("quota_errcode = 76022\n{}", limits("add_store = 10")));
    let ended = days.job(&house, &platform, "--rate 1/s --wait-for-quota --wait 2h").exits(0);
    ended.says(&[
        "quota/get does not tell about add_store",
        "10 a day hold, as [quota] says",
        "waiting until 2026-11-25T00:00:00+08:00",
        "waiting for the quota until",
        "quota/get does not tell whether the day has turned",
        "the quota is back",
    ]);
    assert_eq!(by_day(&platform, "add_store").into_values().collect::<Vec<_>>(), [10, 10, 5]);
    assert_eq!(refused_for_the_day(&platform), 0);
}

#[test]
fn a_refusal_sooner_than_told_is_believed_until_the_day_turns() {
    let house = House::new();
    Chain::waiting(30).save(&house);
    let days = Days::from("2026-11-24T10:00:00", 1);
    let platform = days.platform(&house, "[[faults]]\nendpoint = \"add_store\"\nkind = \"quota\"\nfrom = 6\n");
    let ended = days.job(&house, &platform, "--concurrency 1 --format json").exits(4);
    assert_eq!(ended.json()["next"]["at"], "2026-11-25T00:00:00+08:00", "{ended}");
    assert_eq!(platform.writes(), 6);
    days.job(&house, &platform, "").exits(4);
    assert_eq!(platform.writes(), 6, "a new run does not try it again");
    let quota = days.run(&house, &platform, "quota --format json").end().exits(0).json();
    let add_store = &quota["endpoints"][0];
    assert_eq!((&add_store["left"], &add_store["source"]), (&Value::from(0), &Value::from("45009")), "{quota}");
}

#[test]
fn somebody_elses_use_of_the_same_quota_is_noticed_said_and_left_to_them() {
    let house = House::new();
    Chain::waiting(400).save(&house);
    let days = Days::from("2026-11-24T08:00:00", 3_600);
    let others = "[[others]]\nendpoint = \"add_store\"\nat_once = 40\nan_hour = 10\n";
    let platform = days.platform(&house, &format!("{others}{}", limits("add_store = 300")));
    let ended = days.job(&house, &platform, "--rate 60/h --concurrency 3").exits(4);
    let ended = ended.says(&["calls of today are in no run of this ledger", "somebody else uses the same quota"]);
    assert_eq!(refused_for_the_day(&platform), 0);
    let calls = platform.calls();
    let last = calls.iter().rfind(|call| call.endpoint == "add_store").unwrap().at_ms;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "hours of a day")]
    let hours = (((last + 8.0 * HOUR_MS) % (24.0 * HOUR_MS)) / HOUR_MS) as u64;
    let (ours, theirs) = (platform.writes(), 40 + 10 * hours);
    assert!(ours + theirs <= 300, "{ours} of ours and {theirs} of theirs");
    assert!(ours + theirs >= 260, "little is left unused: {ours} of ours and {theirs} of theirs\n{ended}");
}

#[test]
fn an_answer_that_makes_no_sense_is_said_and_allows_no_more_than_its_safest_reading() {
    let cases = [
        ("daily_limit = 300\nused = 10\nremain = 900", "", 30, 0, "makes no sense; taken as 290 left"),
        ("daily_limit = 300\nused = 5\nremain = -20", "", 0, 4, "makes no sense; taken as 0 left"),
        ("daily_limit = 12\nused = 4\nremain = 300", "", 7, 4, "makes no sense; taken as 8 left"),
        ("daily_limit = 0\nused = 0\nremain = 0", "", 0, 4, "makes no sense; taken as 0 left"),
        ("daily_limit = 0\nused = 0\nremain = 0", "[quota]\nadd_store = 10\n", 9, 4, "makes no sense"),
        ("daily_limit = \"many\"\nused = \"some\"\nremain = \"enough\"", "", 30, 0, "taken as no answer"),
    ];
    for (answer, configuration, sent, code, words) in cases {
        let house = House::new();
        Chain::waiting(30).save(&house);
        house.write("poilift.toml", configuration);
        let days = Days::from("2026-11-24T10:00:00", 1);
        let platform = Platform::with_scenario(
            &house,
            &format!("[quota_answer]\n{answer}\n"),
            &format!("--clock {} --review-time 0ms", days.clock),
        );
        let ended = days.run(&house, &platform, &format!("{JOB} --rate 100/s --wait 20s")).end();
        assert_eq!((platform.writes(), ended.code), (sent, Some(code)), "{answer}\n{ended}");
        ended.says(&[words]);
    }
}

#[test]
fn a_verb_whose_day_is_spent_holds_up_no_other() {
    let house = House::new();
    Chain::waiting(10).and(8, &Value::from(4)).save(&house);
    let days = Days::from("2026-11-24T10:00:00", 1);
    let platform = days.platform(&house, &limits("add_store = 5\ndelpoi = 100"));
    let ended = days.job(&house, &platform, "--allow-delete --yes --format json").exits(4);
    assert_eq!((platform.requests("add_store"), platform.requests("delpoi")), (4, 8), "{ended}");
    assert_eq!(ended.json()["by_state"]["deleted"], 8, "{ended}");
    assert_eq!(ended.json()["next"]["at"], "2026-11-25T00:00:00+08:00", "{ended}");
}

#[test]
fn readings_whose_day_is_spent_say_when_they_go_on_and_are_waited_for_as_well() {
    let house = House::new();
    Chain::waiting(6).save(&house);
    let days = Days::from("2026-11-24T20:00:00", 14_400);
    let platform = days.platform(&house, &limits("getpoilist = 1"));
    let ended = days.job(&house, &platform, "--rate 1/s --format json").exits(4);
    let next = &ended.json()["next"];
    assert!(next["at"].as_str().unwrap().ends_with("T00:00:00+08:00"), "{ended}");
    assert!(next["why"].as_str().unwrap().contains("45009"), "{ended}");
    assert_eq!(platform.writes(), 6);
    // Of each day one reading is left; the second one finds every store settled.
    let ended = days.job(&house, &platform, "--rate 1/s --wait-for-quota").exits(0);
    ended.says(&["getpoilist: the platform answers no more today", "the quota is back"]);
    assert_eq!(platform.writes(), 6);
}

#[test]
fn a_run_that_waits_for_the_quota_hears_a_person_who_wants_it_to_stop() {
    let house = House::new();
    Chain::waiting(12).save(&house);
    let days = Days::from("2026-11-24T10:00:00", 1);
    let platform = days.platform(&house, &limits("add_store = 10"));
    let going = days.run(&house, &platform, &format!("{JOB} --wait-for-quota")).start();
    let waits = || going.stderr_so_far().contains("waiting until 2026-11-25T00:00:00+08:00");
    until_true("the waiting", Duration::from_secs(60), waits);
    going.signal("TERM");
    going.end().exits(4).says(&["stopped on request"]);
    assert_eq!(platform.writes(), 9);
}

#[test]
fn quota_tells_every_endpoint_and_changes_nothing() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let days = Days::from("2026-11-24T10:00:00", 1);
    let platform = days.platform(&house, &limits("add_store = 300\ndelpoi = 40"));
    let asked = days.run(&house, &platform, "quota --format json").end().exits(0).json();
    assert_eq!(asked["turns_at"], "2026-11-25T00:00:00+08:00");
    let names: Vec<_> = asked["endpoints"].as_array().unwrap().iter().map(|one| one["endpoint"].clone()).collect();
    let all = [
        "add_store",
        "delpoi",
        "media_uploadimg",
        "media_upload",
        "getpoilist",
        "getpoi",
        "get_store_list",
        "get_merchant_audit_info",
        "stable_token",
    ];
    assert_eq!(names[..9], all, "what a migration calls comes first");
    for other in ["update_store", "del_store", "storewxa_set", "create_map_poi"] {
        assert!(names.iter().any(|name| name == other), "{other}: {names:?}");
    }
    assert_eq!(
        (&asked["endpoints"][0]["left"], &asked["endpoints"][0]["source"]),
        (&Value::from(285), &Value::from("platform"))
    );
    assert_eq!(asked["endpoints"][1]["reserve"], 2);
    assert!(!house.has("poilift.db"), "{:?}", house.names());
    days.job(&house, &platform, "").exits(4);
    let ours = days.run(&house, &platform, "quota").end().exits(0);
    let line = ours.stdout.lines().find(|line| line.starts_with("add_store")).unwrap();
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(cells, ["add_store", "300", "3", "15", "282", "3", "100/s", "platform"], "{ours}");
    let sandbox = house.poilift("quota --sandbox=quota").end().exits(0);
    assert!(sandbox.stdout.contains("300"), "{sandbox}");
}

#[test]
fn what_makes_no_sense_in_the_configuration_is_refused_before_anything_is_asked() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    let platform = Platform::start(&house, "");
    let cases = [
        ("[quota]\nadd_store = \"10/h\"", "add_store"),
        ("[quota]\nadd_store = 0", "add_store"),
        ("[quota]\nadd_stores = 10", "add_stores"),
        ("[quota]\nreserve = \"100%\"", "reserve"),
        ("[quota]\nreserve = -1", "reserve"),
        ("[quota]\nadd_store = 10\nreserve = 10", "nothing could ever be sent"),
        ("reset_utc_offset = \"8\"", "reset_utc_offset"),
    ];
    for (text, words) in cases {
        house.write("poilift.toml", text);
        house.at(&platform, JOB).end().exits(2).says(&[words]);
    }
    house.write("poilift.toml", "");
    let clock = "60x@2026-11-24T15:00:00+08:00";
    let real = house.at(&platform, JOB).env("POILIFT_API_BASE", "https://api.example.com").env("POILIFT_CLOCK", clock);
    real.end().exits(2).says(&["accelerated clock", "real one", "--sandbox"]);
    house.at(&platform, JOB).env("POILIFT_CLOCK", "60x").end().exits(2).says(&["POILIFT_CLOCK"]);
    assert_eq!(platform.stats()["requests"], 0);
}
