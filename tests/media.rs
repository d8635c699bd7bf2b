//! Local pictures in runs: uploaded when they are needed, once a content, upright and without the place where they were taken;
//! what cannot be uploaded is told before any call, and no kill and no expired media id makes a store twice.

mod orders;
mod refused;

use std::fmt::Write as _;
use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use crate::crash_points::UPLOADS;
use crate::kit::{Chain, Ended, House, Platform, Proxy, credential};

const PICTURE: &str = "media_uploadimg";
const PAPER: &str = "media_upload";

const RUN: &str = "migrate stores.json --supplement supplement.csv --rate 100/s --wait 20s --yes --lang en";

/// A photo that is like no other: red in its upper left quarter.
fn photo(shade: u8) -> Vec<u8> {
    coded(&RgbImage::from_fn(64, 48, |x, y| {
        if x < 32 && y < 24 { image::Rgb([250, shade, 10]) } else { image::Rgb([10, shade, 250]) }
    }))
}

/// What no coding makes small.
fn large_photo() -> Vec<u8> {
    let mut state = 1_u32;
    coded(&RgbImage::from_fn(1800, 1200, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, red, green, blue] = state.to_le_bytes();
        image::Rgb([red, green, blue])
    }))
}

fn coded(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

/// The photo as a telephone saves it that was held upside down, somewhere.
fn upside_down(photo: &[u8]) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0]);
    exif.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0]);
    exif.extend_from_slice(b"somewhere in Hangzhou");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&photo[..2], &[0xFF, 0xE1], &length, &exif, &photo[2..]].concat()
}

/// A chain whose supplement has one more column for each of these, a value a store.
fn supplied(house: &House, stores: usize, columns: &[(&str, &[&str])]) -> Chain {
    supplied_to(house, Chain::waiting(stores), columns)
}

/// The same of this chain.
fn supplied_to(house: &House, chain: Chain, columns: &[(&str, &[&str])]) -> Chain {
    chain.save(house);
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut table = format!("poi_id,credential,{}\n", names.join(","));
    for (n, id) in chain.ids().iter().enumerate() {
        let cells: Vec<String> = columns.iter().map(|(_, values)| format!("\"{}\"", values[n])).collect();
        let _ = writeln!(table, "{id},{},{}", credential(n), cells.join(","));
    }
    house.write("supplement.csv", table);
    std::fs::create_dir(house.path("photos")).unwrap();
    chain
}

fn uploads(platform: &Platform) -> (u64, u64) {
    (platform.requests(PICTURE), platform.requests(PAPER))
}

/// Each store was taken by the platform, once.
fn each_once(platform: &Platform, chain: &Chain) {
    for id in chain.ids() {
        assert_eq!(platform.of_store(&id, "add_store").1, 1, "{id}");
    }
}

/// What the program sent for a store, through a proxy.
fn sent(proxy: &Proxy, id: &str) -> Vec<Value> {
    let all = proxy.requests("/wxa/add_store");
    all.iter().map(crate::kit::Recorded::json).filter(|body| body["poi_id"] == *id).collect()
}

fn through(house: &House, proxy: &Proxy, command: &str) -> Ended {
    house
        .poilift(command)
        .env("POILIFT_API_BASE", &proxy.base())
        .env("POILIFT_APPID", "wx0123456789abcdef")
        .env("POILIFT_SECRET", "a-secret-of-thirty-two-characters")
        .env("POILIFT_SETTLE_WINDOW", "1s")
        .end()
}

#[test]
fn files_that_a_sheet_names_are_uploaded_once_a_content_and_sent_as_addresses() {
    let house = House::new();
    let pictures = ["photos/门头 1.jpg|photos/inside.jpg", "photos\\copy of inside.jpg", "http://mmbiz.qpic.cn/c/0"];
    let chain = supplied(&house, 3, &[("pic_list", &pictures)]);
    house.write("photos/门头 1.jpg", photo(1));
    house.write("photos/inside.jpg", photo(2));
    house.write("photos/copy of inside.jpg", photo(2));
    let platform = Platform::start(&house, "");
    let proxy = Proxy::before(&platform);

    house.poilift("plan stores.json --supplement supplement.csv --lang en").end().exits(0).says(&[
        "local pictures: 2 stores name files in their sheets, 0 have theirs in the --images folder; 2 files to upload, 0 on the platform already",
    ]);
    through(&house, &proxy, RUN).exits(0).says(&["uploading 2 files for 3 stores", "uploaded 2 files"]);
    assert_eq!(uploads(&platform), (2, 0));
    each_once(&platform, &chain);
    let list = |id: &str| {
        let body = sent(&proxy, id).remove(0);
        serde_json::from_str::<Value>(body["pic_list"].as_str().unwrap()).unwrap()["list"].clone()
    };
    let (first, second) = (list(&chain.id(0)), list(&chain.id(1)));
    assert_eq!((first.as_array().unwrap().len(), &first[1]), (2, &second[0]), "one content, one address");
    assert!(first[0].as_str().unwrap().starts_with("http://mmbiz.qpic.cn/"), "{first}");
    assert_eq!(list(&chain.id(2)), json!(["http://mmbiz.qpic.cn/c/0"]));
    assert_eq!(proxy.requests("/cgi-bin/media/uploadimg").len(), 2);

    through(&house, &proxy, RUN).exits(0);
    assert_eq!(uploads(&platform), (2, 0), "what is done needs nothing");
}

#[test]
fn a_folder_of_photos_is_for_stores_whose_sheets_name_none() {
    let house = House::new();
    let chain = supplied(&house, 3, &[("pic_list", &["photos/own.jpg", "", ""])]);
    house.write("photos/own.jpg", photo(1));
    for (name, shade) in [("S00000_1.jpg", 2), ("S00001_10.JPG", 3), ("S00001_2.jpg", 4), ("S0000_1.jpg", 5)] {
        house.write(&format!("photos/{name}"), photo(shade));
    }
    house.write("photos/list.txt", "no picture");
    let platform = Platform::start(&house, "");
    let proxy = Proxy::before(&platform);
    let ended = through(&house, &proxy, &format!("{RUN} --images photos")).exits(0);
    ended.says(&["W220", "1: S0000_1.jpg"]);
    assert_eq!(uploads(&platform), (3, 0));
    let count = |id: &str| sent(&proxy, id).remove(0)["pic_list"].as_str().unwrap().matches("http").count();
    assert_eq!([0, 1, 2].map(|n| count(&chain.id(n))), [1, 2, 1], "own, two of the folder, the old record's");

    let names = proxy.requests("/cgi-bin/media/uploadimg");
    let holds =
        |name: &str| names.iter().any(|request| request.body.windows(name.len()).any(|at| at == name.as_bytes()));
    assert!(!holds("S00001") && !holds("own"), "names stay on this machine");
}

#[test]
fn a_plan_with_a_folder_is_applied_with_the_same_folder() {
    let house = House::new();
    let chain = supplied(&house, 1, &[]);
    house.write("photos/S00000.png", {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::from_pixel(8, 8, image::Rgb([1, 2, 3])).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    });
    let platform = Platform::start(&house, "");
    house.poilift("plan stores.json --supplement supplement.csv --images photos").end().exits(0);
    house.at(&platform, "apply --rate 100/s --wait 20s --yes --lang en").end().exits(0).says(&["as last time"]);
    assert_eq!(uploads(&platform), (1, 0));
    each_once(&platform, &chain);
}

#[test]
fn a_sheets_files_are_beside_it_wherever_a_later_run_is_started() {
    let house = House::new();
    let chain = supplied(&house, 1, &[("pic_list", &["photos/1.jpg"])]);
    house.write("photos/1.jpg", photo(1));
    let elsewhere = house.path("elsewhere");
    std::fs::create_dir_all(elsewhere.join("photos")).unwrap();
    std::fs::write(elsewhere.join("photos/1.jpg"), photo(2)).unwrap();
    let platform = Platform::start(&house, "");
    let proxy = Proxy::before(&platform);
    house.poilift("plan stores.json --supplement supplement.csv").end().exits(0);
    let ledger = house.path("poilift.db").display().to_string();
    let apply = format!("apply --ledger {ledger} --rate 100/s --wait 20s --yes");
    house
        .poilift(&apply)
        .in_folder(&elsewhere)
        .env("POILIFT_API_BASE", &proxy.base())
        .env("POILIFT_APPID", "wx0123456789abcdef")
        .env("POILIFT_SECRET", "a-secret-of-thirty-two-characters")
        .end()
        .exits(0);
    each_once(&platform, &chain);
    let sent = proxy.requests("/cgi-bin/media/uploadimg").remove(0).body;
    let holds = |photo: &[u8]| sent.windows(photo.len()).any(|window| window == photo);
    assert!(holds(&photo(1)) && !holds(&photo(2)));
}

#[test]
fn a_run_that_sends_is_refused_where_the_folder_of_the_plan_is_gone() {
    let house = House::new();
    supplied(&house, 1, &[]);
    house.write("photos/S00000.jpg", photo(1));
    let platform = Platform::start(&house, "");
    house.poilift("plan stores.json --supplement supplement.csv --images photos").end().exits(0);
    std::fs::remove_dir_all(house.path("photos")).unwrap();
    let refused = house.at(&platform, "apply --rate 100/s --yes --lang en").end().exits(2);
    assert!(refused.stderr.contains("the folder cannot be read"), "{refused}");
    assert_eq!(platform.writes(), 0);
    std::fs::create_dir(house.path("empty")).unwrap();
    house.at(&platform, "apply --rate 100/s --wait 20s --yes --images empty").end().exits(0);
}

#[test]
fn a_name_that_could_be_two_stores_keeps_both_back_and_names_that_begin_alike_are_told_apart() {
    let house = House::new();
    let chain = Chain::waiting(4)
        .with(0, "sid", json!("HL1"))
        .with(1, "sid", json!("HL10"))
        .with(2, "sid", json!("HL"))
        .with(3, "sid", json!("HL_2"));
    chain.save(&house);
    std::fs::create_dir(house.path("photos")).unwrap();
    for (name, shade) in [("HL1_1.jpg", 1), ("HL10_1.jpg", 2), ("HL_2_1.jpg", 3)] {
        house.write(&format!("photos/{name}"), photo(shade));
    }
    let checked =
        house.poilift("check stores.json --supplement supplement.csv --images photos --format json").end().exits(3);
    let codes: Vec<Value> = checked.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let doubtful: Vec<&Value> = codes.iter().filter(|finding| finding["code"] == "E176").collect();
    assert_eq!(doubtful.len(), 2, "{codes:?}");
    assert!(doubtful.iter().all(|finding| finding["value"] == "HL_2_1.jpg"), "{doubtful:?}");
}

#[test]
fn a_photo_goes_upright_small_and_without_the_place_where_it_was_taken() {
    let house = House::new();
    supplied(&house, 2, &[("pic_list", &["photos/turned.jpg", "photos/large.jpg"])]);
    house.write("photos/turned.jpg", upside_down(&photo(1)));
    house.write("photos/large.jpg", large_photo());
    let platform = Platform::start(&house, "");
    let proxy = Proxy::before(&platform);
    through(&house, &proxy, RUN).exits(0).says(&[
        "photos/turned.jpg",
        "turned upright, location removed",
        "photos/large.jpg 2.6 MB 1800×1200 → ",
        "1 made smaller, 1 turned upright, location removed from 1",
    ]);
    let mut arrived = proxy.requests("/cgi-bin/media/uploadimg");
    assert_eq!(arrived.len(), 2);
    arrived.sort_by_key(|request| request.body.len());
    for request in &arrived {
        assert!(request.body.len() < 1 << 20);
        for told in ["Exif", "Hangzhou"] {
            assert!(!request.body.windows(told.len()).any(|at| at == told.as_bytes()), "{told}");
        }
    }
    let begin = arrived[0].body.windows(3).position(|at| at == [0xFF, 0xD8, 0xFF]).unwrap();
    let upright = image::load_from_memory(&arrived[0].body[begin..]).unwrap().into_rgb8();
    assert!(
        upright.get_pixel(48, 36).0[0] > 128 && upright.get_pixel(16, 12).0[0] < 128,
        "its red quarter is below, right"
    );
}

#[test]
fn a_process_that_dies_between_uploads_uploads_nothing_again_and_adds_no_store_twice() {
    for point in UPLOADS {
        for nth in 1..=3 {
            let house = House::new();
            let names = ["photos/a.jpg", "photos/b.jpg", "photos/c.jpg"];
            let chain = supplied(&house, 3, &[("pic_list", &names)]);
            for (name, shade) in names.iter().zip(1..) {
                house.write(name, photo(shade));
            }
            let platform = Platform::start(&house, "");
            let dies = format!("{point}*{nth}");
            house.at(&platform, RUN).env("POILIFT_CRASH_AT", &dies).end().aborts();
            assert_eq!(platform.writes(), 0, "{dies}: nothing is sent before all of it is uploaded");
            let there = house.ledger().number("SELECT COUNT(*) FROM media").unsigned_abs();
            let before = platform.requests(PICTURE);
            house.at(&platform, RUN).end().exits(0);
            assert_eq!(
                platform.requests(PICTURE) - before,
                3 - there,
                "{dies}: what is in the ledger is not uploaded again"
            );
            each_once(&platform, &chain);
        }
    }
}

/// Papers of another company, whose media ids live three days.
fn with_papers(house: &House, stores: usize) -> Chain {
    let companies = vec!["禾露餐饮"; stores];
    let papers = vec!["photos/licence.jpg"; stores];
    let chain = supplied(house, stores, &[("company_name", &companies), ("qualification_list", &papers)]);
    house.write("photos/licence.jpg", photo(7));
    chain
}

const UNKNOWN_ID: &str = r#"{"errcode":85056,"errmsg":"mediaid is invalid"}"#;

#[test]
fn a_media_id_that_the_platform_does_not_know_is_made_anew_and_the_store_goes_once_more() {
    let house = House::new();
    let chain = with_papers(&house, 2);
    let platform = Platform::start(&house, "");
    let refused = std::sync::Mutex::new(None::<Value>);
    let proxy = Proxy::answering(&platform, move |request| {
        if !request.line.contains("/wxa/add_store") {
            return None;
        }
        // The first id that comes is dead; whatever is sent with it is refused.
        let id = request.json()["qualification_list"].clone();
        let mut dead = refused.lock().unwrap();
        (*dead.get_or_insert_with(|| id.clone()) == id).then(|| UNKNOWN_ID.to_owned())
    });
    through(&house, &proxy, RUN)
        .exits(0)
        .says(&["2 stores were refused for media ids that the platform knows no more (85056)"]);
    assert_eq!(uploads(&platform), (0, 2));
    each_once(&platform, &chain);
    for id in chain.ids() {
        let ids: Vec<Value> = sent(&proxy, &id).iter().map(|body| body["qualification_list"].clone()).collect();
        assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
    }
}

#[test]
fn a_store_whose_media_ids_are_never_known_is_refused_after_its_second_attempt() {
    let house = House::new();
    let chain = with_papers(&house, 1);
    let platform = Platform::start(&house, "");
    let proxy =
        Proxy::answering(&platform, |request| request.line.contains("/wxa/add_store").then(|| UNKNOWN_ID.to_owned()));
    through(&house, &proxy, RUN).exits(3);
    assert_eq!((sent(&proxy, &chain.id(0)).len(), uploads(&platform)), (2, (0, 2)));
    assert_eq!(house.state_of(&chain.id(0)), "rejected");
    through(&house, &proxy, RUN).exits(3);
    assert_eq!(sent(&proxy, &chain.id(0)).len(), 2, "nothing has changed, and nothing goes again");
}

#[test]
fn a_media_id_is_renewed_before_its_three_days_are_over() {
    let house = House::new();
    let chain = with_papers(&house, 3);
    let platform = Platform::start(&house, "");
    let run = RUN.replace("--wait 20s", "");
    let later = |hours: &str, more: &str| {
        let clock = format!("1x@2020-01-01T00:00:00Z=2020-01-0{hours}:00:00Z");
        house.at(&platform, &format!("{run} --limit 1 {more}")).env("POILIFT_CLOCK", &clock).end()
    };
    later("1T00", "").exits(4);
    later("3T11", "").exits(4);
    assert_eq!((uploads(&platform), platform.requests("add_store")), ((0, 1), 2), "59 hours later it is still good");
    later("3T13", "").exits(4);
    assert_eq!((uploads(&platform), platform.requests("add_store")), ((0, 2), 3), "61 hours later it is another one");
    each_once(&platform, &chain);
}

#[test]
fn a_rejected_store_goes_again_once_its_photo_is_another_one_and_not_before() {
    let house = House::new();
    let chain = supplied(&house, 1, &[("pic_list", &["photos/door.jpg"])]);
    house.write("photos/door.jpg", photo(1));
    let platform = Platform::start(&house, "");
    let first = std::sync::atomic::AtomicBool::new(true);
    let proxy = Proxy::answering(&platform, move |request| {
        let refuses = request.line.contains("/wxa/add_store") && first.swap(false, std::sync::atomic::Ordering::SeqCst);
        refuses.then(|| r#"{"errcode":65105,"errmsg":"invalid photo url"}"#.to_owned())
    });
    through(&house, &proxy, RUN).exits(3);
    through(&house, &proxy, RUN).exits(3);
    assert_eq!(sent(&proxy, &chain.id(0)).len(), 1, "the same photo is the same request");
    house.write("photos/door.jpg", photo(2));
    through(&house, &proxy, RUN).exits(0);
    assert_eq!((sent(&proxy, &chain.id(0)).len(), uploads(&platform)), (2, (2, 0)));
}

#[test]
fn only_the_files_of_stores_that_are_sent_are_uploaded() {
    let house = House::new();
    let names = ["photos/a.jpg", "photos/b.jpg", "photos/c.jpg"];
    supplied(&house, 3, &[("pic_list", &names)]);
    for (name, shade) in names.iter().zip(1..) {
        house.write(name, photo(shade));
    }
    let platform = Platform::start(&house, "");
    house.at(&platform, &format!("{RUN} --dry-run")).end().exits(0).says(&["3 files to upload"]);
    assert_eq!(uploads(&platform), (0, 0));
    house.at(&platform, &format!("{RUN} --limit 1")).end().exits(4);
    assert_eq!((uploads(&platform), platform.requests("add_store")), ((1, 0), 1));
}

#[test]
fn a_day_without_uploads_left_sends_the_stores_that_have_theirs_and_keeps_the_others() {
    let house = House::new();
    let names = ["photos/a.jpg", "photos/b.jpg", "photos/c.jpg"];
    let chain = supplied(&house, 3, &[("pic_list", &names)]);
    for (name, shade) in names.iter().zip(1..) {
        house.write(name, photo(shade));
    }
    let platform = Platform::with_scenario(&house, "[daily_limits]\nmedia_uploadimg = 2\n", "");
    house.write("poilift.toml", "[quota]\nreserve = 0\n");
    house
        .at(&platform, RUN)
        .end()
        .exits(4)
        .says(&["media_uploadimg: 2 of 3 files may be uploaded today", "1 stores wait for their pictures"]);
    assert_eq!((uploads(&platform), platform.requests("add_store")), ((2, 0), 2));
    assert_eq!(house.state_of(&chain.id(2)), "pending");
    let quota = house.at(&platform, "quota --format json").end().exits(0).json();
    let of = |name: &str| {
        let all = quota["endpoints"].as_array().unwrap();
        all.iter().find(|one| one["endpoint"] == name).unwrap_or_else(|| panic!("{quota}"))["left"].clone()
    };
    assert_eq!(of("media_uploadimg"), json!(0));
}

#[test]
fn the_rehearsal_uploads_to_the_sandbox() {
    let house = House::new();
    supplied(&house, 2, &[]);
    house.write("photos/S00000_1.jpg", photo(1));
    house.write("photos/S00001_1.jpg", photo(2));
    let ended = house
        .poilift("migrate stores.json --supplement supplement.csv --images photos --sandbox --wait 20s --lang en")
        .end();
    ended.says(&["uploaded 2 files"]);
}

#[test]
fn an_upload_that_fails_for_a_moment_is_made_again_and_one_that_always_does_leaves_its_store_for_later() {
    let house = House::new();
    let chain = supplied(&house, 1, &[("pic_list", &["photos/a.jpg"])]);
    house.write("photos/a.jpg", photo(1));
    let platform = Platform::start(&house, "");
    let failures = std::sync::atomic::AtomicU32::new(7);
    let proxy = Proxy::answering(&platform, move |request| {
        let order = std::sync::atomic::Ordering::SeqCst;
        let fails = request.line.contains("/media/uploadimg")
            && failures.fetch_update(order, order, |left| left.checked_sub(1)).is_ok();
        fails.then(|| r#"{"errcode":-1,"errmsg":"system error"}"#.to_owned())
    });
    through(&house, &proxy, RUN).exits(4).says(&["some files were not uploaded"]);
    assert_eq!((house.state_of(&chain.id(0)), platform.writes()), ("pending".to_owned(), 0));
    through(&house, &proxy, RUN).exits(0);
    assert_eq!((proxy.requests("/cgi-bin/media/uploadimg").len(), uploads(&platform)), (8, (1, 0)));
    each_once(&platform, &chain);
}

#[test]
fn in_waves_each_wave_uploads_its_own() {
    let house = House::new();
    let names = ["photos/a.jpg", "photos/b.jpg", "photos/c.jpg"];
    let chain = supplied(&house, 3, &[("pic_list", &names)]);
    for (name, shade) in names.iter().zip(1..) {
        house.write(name, photo(shade));
    }
    let platform = Platform::start(&house, "");
    house
        .at(&platform, &format!("{RUN} --waves 1,100%"))
        .end()
        .exits(0)
        .says(&["uploading 1 files for 1 stores", "uploading 2 files for 2 stores"]);
    assert_eq!(uploads(&platform), (3, 0));
    each_once(&platform, &chain);
}

#[test]
fn the_estimate_counts_uploads_and_a_person_reads_names_where_requests_have_contents() {
    let house = House::new();
    let chain = supplied(&house, 2, &[("pic_list", &["photos/a.jpg", "photos/b.jpg"])]);
    house.write("photos/a.jpg", photo(1));
    house.write("photos/b.jpg", photo(2));
    let platform = Platform::start(&house, "");
    let plan = |more: &str| house.at(&platform, &format!("{RUN} --dry-run --format json {more}")).end().exits(0).json();
    assert_eq!(plan("")["estimate"]["calls"], 4);
    house.at(&platform, RUN).end().exits(0);
    let why = house.poilift(&format!("why {} --lang en", chain.id(0))).end().exits(0);
    assert!(why.stdout.contains("http://mmbiz.qpic.cn/") && !why.stdout.contains("file:"), "{why}");
}

#[test]
fn what_was_uploaded_by_hand_is_known_to_a_run() {
    let house = House::new();
    let chain = supplied(&house, 1, &[("pic_list", &["photos/1.jpg"])]);
    house.write("photos/1.jpg", photo(1));
    let platform = Platform::start(&house, "");
    house.at(&platform, "media upload photos/1.jpg").end().exits(0);
    house.at(&platform, RUN).end().exits(0);
    assert_eq!(uploads(&platform), (1, 0));
    each_once(&platform, &chain);
}

#[test]
fn a_deletion_is_read_once_more_after_the_uploads_that_come_before_it() {
    let house = House::new();
    let chain = Chain::waiting(1).and(1, &json!(4));
    let chain = supplied_to(&house, chain, &[("pic_list", &["photos/a.jpg", ""])]);
    house.write("photos/a.jpg", photo(1));
    let platform = Platform::start(&house, "");
    house.at(&platform, &format!("{RUN} --allow-delete")).end().exits(0);
    let deleted = Some(chain.id(1));
    let calls = platform.calls();
    let last = |endpoint: &str| calls.iter().rposition(|call| call.endpoint == endpoint).unwrap();
    let (uploaded, gone) = (last(PICTURE), last("delpoi"));
    assert!(uploaded < gone, "{calls:?}");
    let between = &calls[uploaded..gone];
    assert!(between.iter().any(|call| call.endpoint == "getpoi" && call.poi_id == deleted), "{between:?}");
}
