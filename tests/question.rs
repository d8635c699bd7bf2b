//! The questions that a run asks on a terminal: what stands above them, and that everything but a yes is a no.

use std::time::Duration;

use serde_json::json;

use crate::kit::{Chain, Ended, House, Platform, until_true};

/// The question before the first write; what `answer` is then given to.
const SEND: &str = "sends nothing. [y/N] ";

/// The question after a wave that went wrong.
const GO_ON: &str = "stops here. [y/N] ";

fn scene(house: &House) -> Platform {
    Chain::waiting(20).and(2, &json!(4)).save(house);
    Platform::start(house, "")
}

/// The usual migration on a terminal; each question, once it is asked, is answered with these keys.
fn answered(house: &House, platform: &Platform, flags: &str, answers: &[(&str, &str)]) -> Ended {
    let command = format!("migrate stores.json --supplement supplement.csv {flags}");
    let (run, mut terminal) = house.at(platform, &command).on_terminal();
    for (question, keys) in answers {
        until_true(question, Duration::from_secs(30), || run.stderr_so_far().contains(question));
        terminal.types(keys);
    }
    run.end()
}

#[test]
fn the_question_tells_the_account_the_counts_the_rate_the_time_and_the_first_three_requests() {
    let house = House::new();
    let platform = scene(&house);
    let ended = answered(&house, &platform, "--allow-delete --rate 10/s", &[(SEND, "n\r")]).exits(4);
    let ended = ended.says(&[
        "The first 3 of 22 requests stand above.",
        "For wx0123456789abcdef: 20 add_store and 2 delpoi at 10/s, about 3 s, until ",
        "None of them can be undone.",
        "nothing was sent: the question was not answered with yes",
    ]);
    let bodies = ended.stderr.lines().filter(|line| line.trim_start().starts_with("{\"poi_id\":")).count();
    assert_eq!(bodies, 3, "{ended}");
    assert!(!ended.stderr.contains("a-secret-of-thirty-two"), "{ended}");
    assert_eq!(platform.writes(), 0);
}

#[test]
fn enter_an_end_of_input_and_a_sigint_mean_no() {
    let house = House::new();
    let platform = scene(&house);
    for keys in ["\r", "\u{4}", "maybe\r", "yesterday\r"] {
        answered(&house, &platform, "", &[(SEND, keys)]).exits(4).says(&["nothing was sent"]);
    }
    let (run, _terminal) = house.at(&platform, "migrate stores.json --supplement supplement.csv").on_terminal();
    until_true("the question", Duration::from_secs(30), || run.stderr_so_far().contains(SEND));
    run.signal("INT");
    let ended = run.end().exits(4).says(&["stopped on request"]);
    assert!(ended.stdout.contains("Nothing was sent yet"), "{ended}");
    assert_eq!(platform.writes(), 0);
}

#[test]
fn a_yes_sends_and_is_asked_for_once_for_all_waves() {
    let house = House::new();
    let platform = scene(&house);
    let waves = "--waves 1,10,100% --allow-delete --wait 30s";
    let ended = answered(&house, &platform, waves, &[(SEND, "YES\r")]).exits(0);
    let ended = ended.says(&["In waves: wave 1 of 3 comes first, with 1 of them"]);
    assert_eq!(ended.stderr.matches("[y/N]").count(), 1, "{ended}");
    assert_eq!(platform.writes(), 22);
}

#[test]
fn after_a_wave_that_went_wrong_a_person_may_go_on_and_is_not_asked_about_it_again() {
    let house = House::new();
    let platform = scene(&house);
    let line = |n: usize| format!("{},91330100MA{:07}X\n", 400_000_000 + n, if (2..5).contains(&n) { 0 } else { n });
    house.write("supplement.csv", format!("poi_id,credential\n{}", (0..20).map(line).collect::<String>()));
    let wrong = "wave 1 of 2 is stopped after 10 of 10 stores: refused by the platform 3";
    let ended = answered(&house, &platform, "--waves 10,100%", &[(SEND, "y\r"), (GO_ON, "\r")]).exits(4);
    assert_eq!(ended.stderr.matches(wrong).count(), 1, "it is said above the question, and not again: {ended}");
    assert_eq!(platform.writes(), 10);
    answered(&house, &platform, "--waves 10,100%", &[(GO_ON, "y\r"), (SEND, "n\r")]).exits(4);
    assert_eq!(platform.writes(), 10);
    answered(&house, &platform, "--waves 10,100% --wait 30s", &[(SEND, "y\r")]).exits(3);
    assert_eq!(platform.writes(), 20);
}

#[test]
fn with_yes_a_wave_that_went_wrong_is_not_taken_for_good_either() {
    let house = House::new();
    let platform = scene(&house);
    house.write(
        "supplement.csv",
        "poi_id,credential\n400000000,91330100MA0000000X\n400000001,91330100MA0000000X\n400000002,91330100MA0000002X\n",
    );
    let ended = answered(&house, &platform, "--waves 2,100% --yes", &[]).exits(4);
    assert!(!ended.stderr.contains("[y/N]"), "{ended}");
    assert_eq!(platform.writes(), 2);
}
