//! Waves: few stores before many, and nothing more once too much went wrong.

use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::{Chain, Ended, House, Platform, until_true};

/// A supplement in which these stores have the licence of the first one: the platform refuses them with 85041.
fn with_one_licence(house: &House, chain: &Chain, wrong: &[usize]) {
    let line = |(n, id): (usize, &String)| format!("{id},91330100MA{:07}X\n", if wrong.contains(&n) { 0 } else { n });
    let lines: String = chain.ids().iter().enumerate().map(line).collect();
    house.write("supplement.csv", format!("poi_id,credential\n{lines}"));
}

/// The workbook to be mended, with a licence of its own for each of these stores, where the run has left it.
fn mend(house: &House, chain: &Chain, wrong: &[usize]) {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "poi_id").unwrap().write(0, 1, "credential").unwrap();
    for (row, n) in (1..).zip(wrong) {
        sheet.write(row, 0, chain.id(*n)).unwrap().write(row, 1, format!("91330200MB{n:07}X")).unwrap();
    }
    workbook.save(house.path("poilift-report/attention.xlsx")).unwrap();
}

/// The command that a run ends with, as a person types it.
fn next(ended: &Ended) -> String {
    let command = ended.json()["next"]["command"].as_str().unwrap().to_owned();
    command.strip_prefix("poilift ").unwrap_or_else(|| panic!("{ended}")).to_owned()
}

/// Which stores were sent, by their places.
fn sent(platform: &Platform, chain: &Chain) -> Vec<usize> {
    let stats = platform.stats();
    let requests = |id: &str| ["add_store", "delpoi"].map(|verb| stats["stores"][id][verb]["requests"].as_u64());
    let was_sent = |id: &str| requests(id).into_iter().flatten().sum::<u64>() > 0;
    chain.ids().iter().enumerate().filter(|(_, id)| was_sent(id)).map(|(n, _)| n).collect()
}

/// Every store of the chain was changed exactly once.
#[track_caller]
fn each_once(platform: &Platform, chain: &Chain) {
    for id in chain.ids() {
        let effects = platform.of_store(&id, "add_store").1 + platform.of_store(&id, "delpoi").1;
        assert_eq!(effects, 1, "{id}");
    }
}

#[test]
fn a_wave_in_which_three_in_ten_are_refused_stops_and_goes_on_by_the_printed_command_once_they_are_mended() {
    let house = House::new();
    let chain = Chain::waiting(40);
    chain.save(&house);
    let wrong = [2, 5, 8];
    with_one_licence(&house, &chain, &wrong);
    let platform = Platform::start(&house, "");
    let first = house.migrate(&platform, "--waves 1,10,50%,100% --format json").exits(4);
    let first = first.says(&[
        "wave 1 of 4: 1 sent, 1 accepted, 0 errors; going on with 9",
        "wave 2 of 4 is stopped after 9 of 9 stores: refused by the platform 3, allowed are 10% of 9; 30 stores are not sent",
        "3 refused by the platform, for example 400000002: 85041",
        "credential has used",
    ]);
    assert_eq!(platform.writes(), 10);
    assert_eq!(sent(&platform, &chain), (0..10).collect::<Vec<_>>());
    let again = house.migrate(&platform, "--waves 1,10,50%,100% --format json").exits(4);
    let again = again.says(&["wave 2 of 4 is stopped after 9 of 9 stores", "for example 400000002: 85041"]);
    assert_eq!(platform.writes(), 10, "nothing was mended, so nothing is sent");
    assert_eq!(next(&first), next(&again));
    assert!(next(&first).ends_with("--supplement poilift-report/attention.xlsx"), "{first}");
    mend(&house, &chain, &wrong);
    let command = format!("{} --wait 30s", next(&first));
    let last = house.at(&platform, &command).end().exits(0);
    last.says(&[
        "sending for 3 stores",
        "wave 2 of 4: 9 sent, 9 accepted, 0 errors; going on with 10",
        "wave 3 of 4: 10 sent",
    ]);
    assert_eq!(platform.writes(), 43);
    each_once(&platform, &chain);
}

#[test]
fn a_row_that_is_mended_wrongly_is_weighed_again_and_nothing_else_is_sent() {
    let house = House::new();
    let chain = Chain::waiting(30);
    chain.save(&house);
    with_one_licence(&house, &chain, &[1, 2, 3]);
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--waves 10,100%").exits(4);
    let second_licence = |n: usize| format!("{},91330100MA{:07}X\n", chain.id(n), 9);
    house.write("mended.csv", format!("poi_id,credential\n{}{}", second_licence(1), second_licence(2)));
    house.migrate(&platform, "--supplement mended.csv --waves 10,100%").exits(4).says(&["refused by the platform 3"]);
    assert_eq!((platform.writes(), sent(&platform, &chain).len()), (12, 10), "the two of them, and nothing new");
}

#[test]
fn a_run_that_is_killed_in_the_middle_of_a_wave_goes_on_in_it_and_is_stopped_at_its_end() {
    let house = House::new();
    let chain = Chain::waiting(60);
    chain.save(&house);
    with_one_licence(&house, &chain, &[2, 5, 8]);
    let platform = Platform::start(&house, "--latency 30ms");
    let command = "migrate stores.json --supplement supplement.csv --waves 2,12,100% --rate 20/s";
    let mut run = house.at(&platform, command).start();
    until_true("the middle of the second wave", Duration::from_secs(30), || platform.writes() >= 6);
    run.kill();
    assert!(sent(&platform, &chain).len() < 12, "it was killed in time");
    house.at(&platform, command).end().exits(4).says(&["wave 2 of 3 is stopped after", "refused by the platform 3"]);
    let reached = sent(&platform, &chain);
    assert!(reached.iter().all(|n| *n < 12), "nothing beyond the wave: {reached:?}");
    mend(&house, &chain, &[2, 5, 8]);
    let mended = format!("{command} --supplement poilift-report/attention.xlsx --wait 30s --rate 100/s");
    house.at(&platform, &mended.replace("--rate 20/s", "")).end().exits(0);
    each_once(&platform, &chain);
}

#[test]
fn waves_are_spread_over_regions_and_over_both_verbs() {
    let house = House::new();
    let chain = (0..40).fold(Chain::waiting(36).and(4, &json!(4)), |chain, n| {
        // Towns in blocks, as lists have them.
        chain.with(n, "city", json!(["杭州市", "宁波市", "上海市", "北京市"][n / 10]))
    });
    chain.save(&house);
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--waves 4,10 --allow-delete --yes --wait 30s --format json").exits(4);
    let ended = ended.says(&["the waves end at 10 stores; 30 more wait for a wave that takes them"]);
    let sent = sent(&platform, &chain);
    assert_eq!(sent.len(), 10);
    let by_city = |city: usize| sent.iter().filter(|n| **n / 10 == city).count();
    assert!((0..4).all(|city| (2..=3).contains(&by_city(city))), "{sent:?}");
    assert_eq!(sent.iter().filter(|n| **n >= 36).count(), 1, "a tenth of them are deletions: {sent:?}");
    assert!(next(&ended).ends_with("--waves=4,10,100%"), "{ended}");
    house.at(&platform, &next(&ended)).end().exits(0);
    each_once(&platform, &chain);
}

#[test]
fn a_wave_at_review_waits_for_its_reviews_before_the_next_one_begins() {
    let house = House::new();
    let chain = Chain::waiting(12);
    chain.save(&house);
    let platform = Platform::start(&house, "--review-time 3s");
    let waits = "wave 1 of 2 waits for 3 reviews of its 3 stores before the next one begins";
    house.migrate(&platform, "--waves 3@review,100%").exits(4).says(&[waits]);
    house.migrate(&platform, "--waves 3@review,100%").exits(4).says(&[waits]);
    assert_eq!(platform.writes(), 3);
    house.migrate(&platform, "--waves 3@review,100% --wait 30s").exits(0).says(&["wave 1 of 2: 3 sent, 3 accepted"]);
    let arrivals: Vec<f64> = platform.calls().iter().filter(|call| call.effect).map(|call| call.at_ms).collect();
    assert!(arrivals[3] - arrivals[2] > 2_900.0, "{arrivals:?}");
    each_once(&platform, &chain);
}

#[test]
fn a_wave_that_the_review_rejects_is_stopped_only_where_its_reviews_are_waited_for() {
    let house = House::new();
    let chain = Chain::waiting(12);
    chain.save(&house);
    let platform = Platform::with_scenario(&house, "review_fail_share = 1", "--review-time 500ms");
    let ended = house.migrate(&platform, "--waves 3@review,100% --wait 30s").exits(4);
    ended.says(&["wave 1 of 2 is stopped after 3 of 3 stores: rejected by the review 3, allowed are 10% of 3"]);
    assert_eq!(platform.writes(), 3);
}

#[test]
fn a_large_wave_stops_within_itself_as_soon_as_it_cannot_be_good_any_more() {
    let house = House::new();
    let chain = Chain::waiting(100);
    chain.save(&house);
    with_one_licence(&house, &chain, &(1..100).collect::<Vec<_>>());
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--waves 100% --concurrency 1 --wait 1h").exits(4);
    ended.says(&["wave 1 of 1 is stopped after 12 of 100 stores: refused by the platform 11, allowed are 10% of 100"]);
    assert_eq!(platform.writes(), 12, "one accepted, ten that are borne, and the one too many");
    house.migrate(&platform, "--waves 100% --concurrency 1").exits(4).says(&["after 12 of 100 stores"]);
    assert_eq!(platform.writes(), 12);
}

#[test]
fn a_code_that_no_table_knows_stops_a_wave_earlier_than_one_that_is_known() {
    let house = House::new();
    let chain = Chain::waiting(60);
    chain.save(&house);
    let fault = "[[faults]]\nendpoint = \"add_store\"\nkind = \"echo_token\"\nerrcode = 87654\n";
    let platform = Platform::with_scenario(&house, fault, "");
    let ended = house.migrate(&platform, "--waves 40,100% --concurrency 1").exits(4);
    ended.says(&["refused by a code that is in no document 3, allowed are 5% of 40", "87654"]);
    assert_eq!(platform.writes(), 3);
}

#[test]
fn what_may_go_wrong_is_configured() {
    let house = House::new();
    let chain = Chain::waiting(20);
    chain.save(&house);
    with_one_licence(&house, &chain, &[1, 2, 3, 4]);
    house.write("poilift.toml", "[waves]\ntargets = \"10,100%\"\nrefused = \"40%\"\nall = \"40%\"\n");
    let platform = Platform::start(&house, "");
    house
        .migrate(&platform, "--wait 30s")
        .exits(3)
        .says(&["wave 1 of 2: 10 sent, 6 accepted, 4 errors; going on with 10"]);
    assert_eq!(platform.writes(), 20);
    house.write("poilift.toml", "[waves]\nrefusd = \"40%\"\n");
    house.migrate(&platform, "").exits(2).says(&["refusd", "refused"]);
    house.write("poilift.toml", "[waves]\nrefused = \"4\"\n");
    house.migrate(&platform, "").exits(2).says(&["[waves] refused", "such as 10%"]);
}

#[test]
fn a_limit_counts_over_all_waves_and_a_part_of_the_plan_narrows_them() {
    let house = House::new();
    let chain = Chain::waiting(16).and(4, &json!(4));
    chain.save(&house);
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--waves 2,50%,100% --only add --limit 7 --allow-delete --yes").exits(4);
    assert_eq!((platform.writes(), platform.requests("delpoi")), (7, 0));
    let ended = house.migrate(&platform, "--waves 2,50%,100% --only add --allow-delete --yes --wait 30s").exits(0);
    ended.says(&["wave 2 of 3: 6 sent, 6 accepted, 0 errors; going on with 8"]);
    assert_eq!((platform.writes(), platform.requests("delpoi")), (16, 0));
}

#[test]
fn a_part_of_the_plan_that_was_stopped_stays_stopped_whatever_another_part_does() {
    let house = House::new();
    let chain = Chain::waiting(20).and(10, &json!(4));
    chain.save(&house);
    let fault = "[[faults]]\nendpoint = \"delpoi\"\nkind = \"echo_token\"\nerrcode = 87654\n";
    let platform = Platform::with_scenario(&house, fault, "");
    let stopped = |part: &str| house.migrate(&platform, &format!("--waves 3,100% --allow-delete --yes {part}"));
    let ended = stopped("--only delete").exits(4);
    ended.says(&["wave 1 of 2 is stopped after 3 of 3 stores"]);
    stopped("--only add --wait 30s").exits(0);
    stopped("--only delete").exits(4).says(&["wave 1 of 2 is stopped after 3 of 3 stores"]);
    assert_eq!((platform.requests("add_store"), platform.requests("delpoi")), (20, 3));
}

#[test]
fn a_dry_run_tells_what_each_wave_would_send_and_sends_nothing() {
    let house = House::new();
    let chain = (0..20)
        .fold(Chain::waiting(20), |chain, n| chain.with(n, "city", json!(if n < 15 { "杭州市" } else { "上海市" })));
    chain.save(&house);
    let told = [
        "wave 1 of 3, 1 in all: 1 more (1 add_store, 0 delpoi): 杭州市 1",
        "wave 2 of 3, 4 in all: 3 more (3 add_store, 0 delpoi): 上海市 2, 杭州市 1, waits for its reviews",
        "wave 3 of 3, 20 in all: 16 more (16 add_store, 0 delpoi): 杭州市 13, 上海市 3",
    ];
    let platform = Platform::start(&house, "");
    let files = "stores.json --supplement supplement.csv --waves 1,20%@review,100%";
    house.poilift(&format!("plan {files}")).end().exits(0).says(&told);
    house.at(&platform, &format!("migrate {files} --dry-run")).end().exits(0).says(&told);
    assert_eq!(platform.writes(), 0);
    house.at(&platform, "apply --waves 1,20%@review").end().exits(4).says(&["wave 2 of 2 waits for 3 reviews"]);
    assert_eq!(sent(&platform, &chain), [0, 1, 15, 16], "as the dry run told it");
}

#[test]
fn nonsense_is_refused_with_an_example_before_anything_is_made() {
    let house = House::new();
    Chain::waiting(3).save(&house);
    for waves in ["0", "200%", "10,1", "abc", "10@later", "1,,2", ","] {
        let ended = house.poilift(&format!("migrate stores.json --sandbox --waves {waves}")).end().exits(2);
        ended.says(&["waves", "--waves 1,10,1%,100%"]);
    }
    let empty = house.poilift("migrate stores.json --sandbox --waves=").end().exits(2);
    assert!(empty.stderr.contains("--waves"), "{empty}");
    assert!(house.names().iter().all(|name| !name.contains(".db")), "{:?}", house.names());
}

#[test]
fn waves_speak_chinese_too() {
    let house = House::new();
    let chain = Chain::waiting(20);
    chain.save(&house);
    with_one_licence(&house, &chain, &[3, 4]);
    let platform = Platform::start(&house, "");
    let ended = house.migrate(&platform, "--waves 2,10,100% --lang zh").exits(4);
    let ended = ended.says(&[
        "第 1/3 批：已提交 2 家，受理 2 家，出错 0 家；继续提交 8 家",
        "第 2/3 批已停止（8 家中已提交 8 家）：被平台拒绝 2 家，上限为 8 家的 10%；其余 10 家未提交",
        "2 家被平台拒绝，例如 400000003：85041：",
    ]);
    assert!(ended.stdout.contains("待继续。下一步：poilift migrate"), "{ended}");
}

#[test]
fn what_was_sent_without_waves_is_weighed_before_the_next_wave() {
    let house = House::new();
    let chain = Chain::waiting(30);
    chain.save(&house);
    with_one_licence(&house, &chain, &[1, 2, 3]);
    let platform = Platform::start(&house, "");
    house.migrate(&platform, "--limit 10").exits(4);
    house.migrate(&platform, "--waves 20,100%").exits(4).says(&["wave 1 of 2 is stopped after 10 of 20 stores"]);
    assert_eq!(platform.writes(), 10);
}

#[test]
fn only_listed_deletions_are_carried_out_and_the_others_are_held() {
    let house = House::new();
    let chain = Chain::waiting(2).and(3, &json!(4));
    chain.save(&house);
    let platform = Platform::start(&house, "");
    house.write("approved.txt", format!("# closed\n{} # Zhang\n{}\n123\n", chain.id(3), chain.id(0)));
    let listed = "--allow-delete=approved.txt --yes --max-delete 1 --wait 30s --format json";
    let ended = house.migrate(&platform, listed).exits(3);
    let warning = format!("approved.txt lists 2 stores that are no planned deletion of this run: {}, 123", chain.id(0));
    let ended = ended.says(&[&warning]);
    assert_eq!(ended.json()["by_state"], json!({"upgraded": 2, "deleted": 1, "held": 2}), "{ended}");
    assert_eq!(sent(&platform, &chain), [0, 1, 3]);
    assert!(
        next(&ended).contains("--allow-delete=approved.txt") && !next(&ended).ends_with("--allow-delete"),
        "{ended}"
    );
    house.write("approved.csv", format!("门店ID,备注\n{},关店\n", chain.id(4)));
    house.migrate(&platform, "--allow-delete=approved.csv --yes --wait 30s").exits(3);
    assert_eq!(sent(&platform, &chain), [0, 1, 3, 4]);
}

#[test]
fn a_list_that_cannot_be_read_as_a_whole_permits_nothing_and_sends_nothing() {
    let house = House::new();
    let chain = Chain::waiting(2).and(1, &json!(4));
    chain.save(&house);
    let platform = Platform::start(&house, "");
    house.write("empty.txt", "# nobody\n");
    house.write("torn.txt", format!("{}\n4000000x2\n", chain.id(2)));
    for (file, says) in [("none.txt", "cannot be read"), ("empty.txt", "lists no store"), ("torn.txt", "row 2")] {
        let ended = house.migrate(&platform, &format!("--allow-delete={file} --yes")).exits(2);
        ended.says(&[file, says]);
    }
    house.migrate(&platform, "--allow-delete= --yes").exits(2);
    assert_eq!(platform.stats()["requests"], Value::from(0));
}
