//! The other bulk jobs: updates, removals, cards and new stores from a spreadsheet, through the migration's engine, ledger
//! and report. What is not given stays as it is; what was asked for happens once, whatever befalls the process.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::agreement::{Counts, counts};
use crate::faults::{WINDOW_MS, resent_only_after_a_reading};
use crate::kit::{Chain, Dice, Ended, House, Platform, credential, post, proof, until_true};

/// Stores of the update that is killed again and again.
const STORES: usize = 500;
const KILLS: usize = 20;

const HOURS: &str = "store update --from hours.csv --rate 40/s --concurrency 8 --yes --wait 30s";

/// A chain that has moved already: its stores are in the store mini-program.
fn moved(stores: usize) -> Chain {
    let mut chain = Chain::new().and(stores, &json!(3));
    for n in 0..stores {
        chain = chain.with(n, "open_time", json!("09:00-20:00"));
    }
    chain
}

/// The ids that the stores have in the store mini-program, in the order of the list.
fn ids(platform: &Platform) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let page = asked(platform, "/wxa/get_store_list", &json!({"offset": ids.len(), "limit": 50}));
        let list = page["business_list"].as_array().expect("a list").clone();
        ids.extend(list.iter().map(|store| store["base_info"]["poi_id"].as_str().expect("an id").to_owned()));
        if list.is_empty() || ids.len() as u64 >= page["total_count"].as_u64().expect("a count") {
            return ids;
        }
    }
}

/// What the platform answers to a call of somebody else's.
fn asked(platform: &Platform, path: &str, body: &Value) -> Value {
    let grant = json!({"grant_type": "client_credential", "appid": "wx1", "secret": "s"});
    let token: Value = serde_json::from_str(&post(platform.addr(), "/cgi-bin/stable_token", &grant)).expect("JSON");
    let token = token["access_token"].as_str().expect("a token");
    let answer = post(platform.addr(), &format!("{path}?access_token={token}"), body);
    serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"))
}

fn shown(platform: &Platform, id: &str) -> Value {
    asked(platform, "/wxa/get_store_info", &json!({ "poi_id": id }))["business"]["base_info"].clone()
}

fn hours(ids: &[String], hour: &str) -> String {
    ids.iter().fold("poi_id,营业时间\n".to_owned(), |mut sheet, id| {
        let _ = writeln!(sheet, "{id},{hour}");
        sheet
    })
}

#[test]
fn an_update_of_hours_leaves_telephone_and_pictures_as_they_are() {
    let house = House::new();
    moved(5).save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    let before: Vec<Value> = ids.iter().map(|id| shown(&platform, id)).collect();
    house.write("hours.csv", hours(&ids, "10：00～21：30"));

    let ended = house.at(&platform, "store update --from hours.csv --yes --format json").end().exits(0);
    let summary = ended.json();
    assert_eq!((&summary["by_state"]["done"], &summary["calls"]["update_store"]["ok"]), (&json!(5), &json!(5)));

    for (id, before) in ids.iter().zip(before) {
        let after = shown(&platform, id);
        assert_eq!(after["open_time"], "10:00-21:30");
        assert_eq!((&after["telephone"], &after["photo_list"]), (&before["telephone"], &before["photo_list"]));
        assert_eq!(after["status"], 1, "no picture is reviewed again");
    }
    assert_eq!(platform.requests("update_store"), 5);
    // The same command once more finds everything done.
    house.at(&platform, "store update --from hours.csv --yes").end().exits(0);
    assert_eq!(platform.requests("update_store"), 5);
    assert!(house.has("poilift-report-update/report.html"), "{:?}", house.names());
}

#[test]
fn a_sheet_that_says_something_else_is_a_new_order_and_one_that_says_the_same_is_none() {
    let house = House::new();
    moved(3).save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    house.write("hours.csv", hours(&ids, "10:00-21:00"));
    house.at(&platform, "store update --from hours.csv --yes").end().exits(0);
    house.write("again.csv", hours(&ids[..1], "11:00-21:00") + &format!("{},10:00-21:00\n", ids[1]));
    house.at(&platform, "store update --from again.csv --yes").end().exits(0);
    assert_eq!(platform.requests("update_store"), 4, "one of the two rows says what is so already");
    assert_eq!(shown(&platform, &ids[0])["open_time"], "11:00-21:00");
}

#[test]
fn pictures_are_replaced_only_when_asked_for_and_then_reviewed() {
    let house = House::new();
    moved(1).save(&house);
    let platform = Platform::start(&house, "--review-time 500ms");
    let id = ids(&platform).remove(0);
    let before = shown(&platform, &id)["photo_list"].clone();
    house.write("photos.csv", format!("poi_id,hour,pic_list\n{id},08:00-09:00,http://mmbiz.qpic.cn/new/0\n"));
    let ended = house.at(&platform, "store update --from photos.csv --yes --lang en").end().exits(0);
    assert!(ended.stderr.contains("--replace-photos"), "{ended}");
    assert_eq!(shown(&platform, &id)["photo_list"], before);

    let replaced = "store update --from photos.csv --replace-photos --yes --wait 20s --format json";
    let ended = house.at(&platform, replaced).end().exits(0);
    assert_eq!(ended.json()["by_state"]["done"], 1);
    assert_eq!(shown(&platform, &id)["photo_list"][0]["photo_url"], "http://mmbiz.qpic.cn/new/0");
}

#[test]
fn wrong_rows_are_told_with_their_cells_and_the_others_proceed() {
    let house = House::new();
    moved(2).save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    let sheet = format!("poi_id,hour\n{},from nine to five\n{},10:00-21:00\n4799999999,10:00-21:00\n", ids[0], ids[1]);
    house.write("hours.csv", sheet);
    let ended = house.at(&platform, "store update --from hours.csv --yes --format json --lang en").end().exits(3);
    let by_state = &ended.json()["by_state"];
    assert_eq!((&by_state["done"], &by_state["blocked"], &by_state["vanished"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(platform.requests("update_store"), 1);
}

#[test]
fn rows_that_order_nothing_or_the_wrong_thing_are_told_by_their_codes() {
    let house = House::new();
    moved(2).save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    let codes = |job: &str, sheet: &str| {
        house.write("sheet.csv", sheet);
        let ended = house.at(&platform, &format!("{job} --from sheet.csv --yes")).end();
        let rows = house.ledger();
        let named = |code: &str| {
            let sql = format!("SELECT COUNT(*) FROM stores WHERE state = 'blocked' AND decision LIKE '%\"{code}\"%'");
            rows.number(&sql)
        };
        (ended.code, ["E160", "E161", "E162", "E163"].map(named))
    };
    let (first, second) = (&ids[0], &ids[1]);
    assert_eq!(
        codes("store update", &format!("poi_id,hour\n{first},\n{second},10:00-21:00\n")),
        (Some(3), [1, 0, 0, 0])
    );
    assert_eq!(codes("card set", &format!("poi_id,card_id\n{first},\n{second},p1\n")), (Some(3), [1, 1, 0, 0]));
    let new = format!("poi_id,sid,credential\n{first},A,1\n,B,2\n,B,3\n");
    assert_eq!(codes("store add", &new), (Some(3), [1, 1, 1, 2]));
    assert_eq!((platform.requests("update_store"), platform.requests("storewxa_set")), (1, 1));
    assert_eq!(platform.requests("add_store"), 0);
}

#[test]
fn removals_need_a_yes_and_happen_once() {
    let house = House::new();
    moved(3).save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    let job = format!("store delete {} {}", ids[0], ids[2]);
    house.at(&platform, &job).end().exits(2);
    assert_eq!(platform.requests("del_store"), 0);
    house.at(&platform, &format!("{job} --yes")).end().exits(0);
    house.at(&platform, &format!("{job} --yes")).end().exits(0);
    assert_eq!(platform.requests("del_store"), 2);
    let left = asked(&platform, "/wxa/get_store_list", &json!({"offset": 0, "limit": 50}));
    assert_eq!(left["business_list"].as_array().map(Vec::len), Some(1));
}

#[test]
fn new_stores_are_added_once_and_known_by_their_licence() {
    let house = House::new();
    moved(1).save(&house);
    let platform = Platform::start(&house, "");
    let row = |n: usize| {
        format!("N{n},28807415002795{n:05},http://mmbiz.qpic.cn/new/{n},0571-88881234,10:00-21:00,{}\n", credential(n))
    };
    let head = "sid,map_poi_id,pic_list,contract_phone,hour,credential\n";
    house.write("new.csv", format!("{head}{}{}", row(801), row(802)));
    let job = "store add --from new.csv --yes --wait 20s --format json";
    let ended = house.at(&platform, job).end().exits(0);
    assert_eq!(ended.json()["by_state"]["done"], 2, "{ended}");
    house.at(&platform, job).end().exits(0);
    assert_eq!((platform.requests("add_store"), ids(&platform).len()), (2, 3));
}

#[test]
fn a_card_is_set_once() {
    let house = House::new();
    moved(2).save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    let job = format!("card set {} pMemberCard --yes", ids[0]);
    house.at(&platform, &job).end().exits(0);
    house.at(&platform, &job).end().exits(0);
    assert_eq!(platform.requests("storewxa_set"), 1);
    let card = |id: &str| asked(&platform, "/card/storewxa/get", &json!({ "poi_id": id }))["card_id"].clone();
    assert_eq!((card(&ids[0]), card(&ids[1])), (json!("pMemberCard"), Value::Null));
}

#[test]
fn the_migrations_numbers_know_nothing_of_other_jobs() {
    let house = House::new();
    moved(2).save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    house.at(&platform, "migrate stores.json --yes").end().exits(0);
    let status = |house: &House| house.poilift("status --format json").end().exits(0).json();
    let before = status(&house);
    house.at(&platform, &format!("store update {} --hour 10:00-21:00 --yes", ids[0])).end().exits(0);
    assert_eq!(status(&house), before);
}

#[test]
fn an_orders_story_and_its_numbers_are_told_from_the_ledger() {
    let house = House::new();
    moved(2).save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    house.at(&platform, &format!("store update {} --hour 10:00-21:00 --yes", ids[0])).end().exits(0);
    house.at(&platform, &format!("card set {} pMemberCard --yes", ids[0])).end().exits(0);
    let why = house.poilift(&format!("why {}", ids[0])).end().exits(0);
    for words in [
        "[updates]",
        "update_store, as its row",
        "hour = 10:00-21:00",
        "it shows what was ordered",
        "[cards]",
        "card_id = pMemberCard",
    ] {
        assert!(why.stdout.contains(words), "{words}: {why}");
    }
    assert!(!why.stdout.contains("upgrade") && !why.stdout.contains("too early"), "{why}");
    let cards = house.poilift(&format!("why {} --job card-set --format json", ids[0])).end().exits(0);
    let story = cards.json();
    assert_eq!(
        (&story["job"], &story["submission"]["card_id"]),
        (&json!("set_card"), &json!("pMemberCard")),
        "{cards}"
    );
    let status = |job: &str| house.poilift(&format!("status --job {job} --format json")).end().exits(0).json();
    assert_eq!(status("store-update")["by_state"], json!({"done": 1}));
    assert_eq!(status("store-delete")["stores"], 0);
    house.poilift("report --job store-update").end().exits(0);
    assert!(house.has("poilift-report-update/report.html"), "{:?}", house.names());
}

#[test]
fn a_rejected_order_is_taken_as_settled_by_a_person() {
    let house = House::new();
    moved(2).save(&house);
    let platform = Platform::start(&house, "");
    let job = "store delete 999999999 --yes";
    let ended = house.at(&platform, job).end();
    let state = house.poilift("status --job store-delete --format json").end().exits(0).json()["by_state"].clone();
    assert!(state["vanished"] == 1 || state["rejected"] == 1 || state["blocked"] == 1, "{state} {ended}");
    house.poilift("accept 999999999 --reason 早已不在").end().exits(2);
    house.poilift("accept 999999999 --job store-delete --reason 早已不在").end().exits(0);
    house.at(&platform, job).end().exits(0);
}

#[test]
fn a_write_of_an_order_counts_once_for_the_day() {
    let house = House::new();
    moved(3).save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    house.write("hours.csv", hours(&ids, "10:00-21:00"));
    house.at(&platform, HOURS).end().exits(0);
    let quota = house.at(&platform, "quota --format json").end().exits(0).json();
    let of =
        |name: &str| quota["endpoints"].as_array().unwrap().iter().find(|one| one["endpoint"] == name).unwrap().clone();
    assert_eq!(of("update_store")["ours_today"], 3, "{quota}");
}

/// What the first order has under way is settled in the second one's run; what the second one says was not taken up by it.
#[track_caller]
fn is_put_off(ended: &Ended) {
    assert_eq!(ended.code, Some(4), "{ended}");
    assert!(ended.stderr.contains("what the sheet says of 1 stores is not taken up yet"), "{ended}");
}

#[test]
fn an_order_that_is_put_off_is_to_be_continued_although_the_one_before_it_is_done() {
    for from_a_sheet in [false, true] {
        let house = House::new();
        moved(1).save(&house);
        let platform = Platform::start(&house, "--review-time 3s");
        let id = ids(&platform).remove(0);
        house.write("photos.csv", format!("poi_id,hour,pic_list\n{id},10:00-20:00,http://mmbiz.qpic.cn/new/0\n"));
        house.at(&platform, "store update --from photos.csv --replace-photos --yes").end().exits(4);
        house.write("hours.csv", hours(std::slice::from_ref(&id), "11:00-21:00"));
        let second = if from_a_sheet { "--from hours.csv".to_owned() } else { format!("{id} --hour 11:00-21:00") };
        let second = format!("store update {second} --yes --wait 20s --lang en");
        is_put_off(&house.at(&platform, &second).end());
        assert_eq!(shown(&platform, &id)["open_time"], "10:00-20:00", "the first order is done");
        house.at(&platform, &second).end().exits(0);
        assert_eq!(shown(&platform, &id)["open_time"], "11:00-21:00");
        assert_eq!(platform.requests("update_store"), 2);
    }
}

#[test]
fn a_card_that_is_ordered_while_another_one_s_outcome_is_open_is_put_off() {
    let house = House::new();
    moved(1).save(&house);
    let scenario = "[[faults]]\nendpoint = \"storewxa_set\"\nkind = \"drop_after\"\nfrom = 1\nuntil = 1\n";
    let platform = Platform::with_scenario(&house, scenario, "");
    let id = ids(&platform).remove(0);
    let set = |card: &str| house.at(&platform, &format!("card set {id} {card} --yes --wait 20s --lang en"));
    let mut going = set("pFirst").env("POILIFT_SETTLE_WINDOW", "5s").start();
    let is_lost = || platform.writes() > 0 && house.ledger().in_state("unknown") == 1;
    until_true("the lost answer", Duration::from_secs(30), is_lost);
    going.kill();
    is_put_off(&set("pSecond").end());
    let card = || asked(&platform, "/card/storewxa/get", &json!({ "poi_id": id }))["card_id"].clone();
    assert_eq!(card(), "pFirst");
    set("pSecond").end().exits(0);
    assert_eq!((card(), platform.requests("storewxa_set")), (json!("pSecond"), 2));
}

/// The card of a store, as the platform tells it.
fn card_of(platform: &Platform, id: &str) -> Value {
    asked(platform, "/card/storewxa/get", &json!({ "poi_id": id }))["card_id"].clone()
}

#[test]
fn a_store_that_is_done_may_be_ordered_anew_and_left_there_at_any_point() {
    for (manner, left_at) in [("--dry-run", "pending"), ("--yes", "blocked")] {
        let house = House::new();
        moved(1).save(&house);
        let platform = Platform::start(&house, "");
        let id = ids(&platform).remove(0);
        house.at(&platform, &format!("store update {id} --hour 11:00-12:00 --yes")).end().exits(0);
        let again = if left_at == "blocked" { "25:00-26:00" } else { "11:30-12:30" };
        house.write("hours.csv", hours(std::slice::from_ref(&id), again));
        house.at(&platform, &format!("store update --from hours.csv {manner}")).end();
        assert_eq!(house.ledger().in_state(left_at), 1, "{manner}");
        let next = house.poilift("status --job store-update --format json").end();
        assert!(next.code != Some(1), "the ledger is sound: {next}");
        house.write("hours.csv", hours(std::slice::from_ref(&id), "11:30-12:30"));
        house.at(&platform, "store update --from hours.csv --yes").end().exits(0);
        assert_eq!(shown(&platform, &id)["open_time"], "11:30-12:30");
        assert_eq!(platform.requests("update_store"), 2);
    }
}

#[test]
fn a_card_given_to_an_update_is_set_whatever_else_is_so_already() {
    let house = House::new();
    moved(3).save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    let sheet = |card: &str| format!("poi_id,hour,card_id\n{},,{card}\n{},09:00-20:00,{card}\n", ids[0], ids[1]);
    for (card, sent) in [("pMemberCard", 2), ("pMemberCard", 2), ("pOtherCard", 4)] {
        house.write("cards.csv", sheet(card));
        house.at(&platform, "store update --from cards.csv --yes").end().exits(0);
        assert_eq!([card_of(&platform, &ids[0]), card_of(&platform, &ids[1])], [json!(card), json!(card)]);
        assert_eq!(platform.requests("update_store"), sent, "{card}");
    }
    assert_eq!(card_of(&platform, &ids[2]), Value::Null);
}

#[test]
fn a_new_store_with_another_ones_licence_or_point_is_told_and_never_called_done() {
    let house = House::new();
    moved(1).save(&house);
    let platform = Platform::start(&house, "");
    let row = |name: &str, point: &str, licence: usize| {
        format!("{name},{point},http://mmbiz.qpic.cn/new/0,0571-88881234,10:00-21:00,{}\n", credential(licence))
    };
    let add = |rows: &str, code: i32| {
        house.write("new.csv", format!("sid,map_poi_id,pic_list,contract_phone,hour,credential\n{rows}"));
        house.at(&platform, "store add --from new.csv --yes --wait 20s --lang en").end().exits(code)
    };
    add(&row("A", "2880741500279500001", 801), 0);
    let there = ids(&platform).len();
    add(&row("B", "2880741500279500002", 801), 3);
    let why = house.poilift("why B --lang en").end().exits(0);
    assert!(why.stdout.contains("E164") && why.stdout.contains(&credential(801)), "{why}");
    assert_eq!(platform.requests("add_store"), 1, "nothing was sent for it");
    // Its own licence, at the first one's point: asked once, and refused.
    add(&row("C", "2880741500279500001", 803), 3);
    assert_eq!((platform.requests("add_store"), ids(&platform).len()), (2, there));
    assert_eq!(house.ledger().in_state("rejected"), 1);
}

#[test]
fn an_edited_row_whose_picture_cannot_be_used_is_told_and_one_whose_pictures_were_tidied_away_is_done() {
    let house = House::new();
    moved(1).save(&house);
    let platform = Platform::start(&house, "--review-time 200ms");
    let id = ids(&platform).remove(0);
    let picture = |n: u32| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(16, 16 + n, image::Rgb([9, 9, 9]))
            .write_to(&mut bytes, image::ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    };
    house.write("ok.png", picture(1));
    let update = |hour: &str, file: &str| {
        house.write("s.csv", format!("poi_id,hour,pic_list\n{id},{hour},{file}\n"));
        house.at(&platform, "store update --from s.csv --replace-photos --yes --wait 20s").end()
    };
    update("11:00-12:00", "ok.png").exits(0);
    std::fs::remove_file(house.path("ok.png")).unwrap();
    update("11:00-12:00", "ok.png").exits(0);
    house.write("cut.png", &picture(2)[..40]);
    for (hour, file) in [("15:00-16:00", "ok.png"), ("11:00-12:00", "gone.png"), ("11:00-12:00", "cut.png")] {
        update(hour, file).exits(3);
        assert_eq!(house.ledger().in_state("blocked"), 1, "{hour} {file}");
    }
    assert_eq!(platform.requests("update_store"), 1);
}

#[test]
fn what_a_row_leaves_out_is_sent_in_the_platforms_form_or_asked_for() {
    let house = House::new();
    let chain = moved(3).with(0, "open_time", json!("8:00-20:00")).with(1, "open_time", json!("周一至周五 9:00-21:00"));
    chain.save(&house);
    let platform = Platform::start(&house, "");
    let ids = ids(&platform);
    let rows: Vec<String> = ids.iter().map(|id| format!("{id},0571-11112222\n")).collect();
    house.write("phones.csv", format!("poi_id,phone\n{}", rows.concat()));
    house.at(&platform, "store update --from phones.csv --yes").end().exits(3);
    assert_eq!((house.ledger().in_state("done"), house.ledger().in_state("blocked")), (2, 1));
    assert_eq!(shown(&platform, &ids[0])["open_time"], "08:00-20:00");
    let why = house.poilift(&format!("why {} --lang en", ids[1])).end().exits(0);
    assert!(why.stdout.contains("E115") && why.stdout.contains("周一至周五 9:00-21:00"), "{why}");
}

/// Kills the run while it sends, or lets it end.
fn killed(house: &House, platform: &Platform, after: u64) -> bool {
    let mut going = house.at(platform, HOURS).start();
    let begun = || going.stderr_so_far().contains("sending for") || going.stderr_so_far().contains("开始提交");
    until_true("the sending", Duration::from_secs(60), begun);
    std::thread::sleep(Duration::from_millis(after));
    let runs = going.is_running();
    going.kill();
    runs
}

#[test]
fn five_hundred_stores_are_updated_through_twenty_kills_with_one_effect_each() {
    let house = House::new();
    let chain = moved(STORES);
    chain.save(&house);
    let platform = Platform::start(&house, "--latency 100ms");
    let ids = ids(&platform);
    house.write("hours.csv", hours(&ids, "10:00-21:00"));
    let mut dice = Dice::of(Dice::seed());
    // Five hundred at 40 a second take 12.5 s; twenty kills fall into that.
    let kills = (0..KILLS).filter(|_| killed(&house, &platform, 100 + dice.below(500))).count();
    house.at(&platform, HOURS).end().exits(0);

    let (ledger, stats) = (house.ledger(), platform.stats());
    let calls = ledger.calls_by_store();
    let resent = resent_only_after_a_reading(&ledger, WINDOW_MS) as u64;
    let mut all = Counts { resent, ..Counts::default() };
    for id in &ids {
        let store = &stats["stores"][id]["update_store"];
        assert_eq!(store["effects"], 1, "{id}: {store}");
        all += counts(id, &calls[id], store["requests"].as_u64().expect("a count"));
        assert_eq!(shown(&platform, id)["open_time"], "10:00-21:00", "{id}");
    }
    proof(
        "updates",
        &format!(
            "{STORES} stores from a sheet, {kills} kills; {} requests, {} outcomes lost, {} sent again after a reading",
            all.requests, all.lost, all.resent
        ),
    );
    assert_eq!(kills, KILLS, "a run ended before it was killed");
}
