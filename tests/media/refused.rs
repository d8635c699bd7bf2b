//! Files that cannot go: told before any call where that can be seen, once and for all of them, and remembered where only the
//! platform saw it.

use serde_json::{Value, json};

use super::{PICTURE, RUN, photo, supplied, through, uploads};
use crate::kit::{Chain, House, Platform, Proxy};

/// The platform, which refuses whatever holds this file.
fn refusing(platform: &Platform, file: Vec<u8>, errcode: i64, errmsg: &str) -> Proxy {
    let answer = json!({"errcode": errcode, "errmsg": errmsg}).to_string();
    Proxy::answering(platform, move |request| {
        request.body.windows(file.len()).any(|at| at == file).then(|| answer.clone())
    })
}

#[test]
fn what_cannot_be_uploaded_is_told_before_any_call() {
    let house = House::new();
    let names = ["heic.jpg", "twelve.jpg", "cut.jpg", "text.jpg", "empty.jpg", "missing.jpg"]
        .map(|name| format!("photos/{name}"));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    supplied(&house, 6, &[("pic_list", &names)]);
    house.write("photos/heic.jpg", b"\x00\x00\x00\x18ftypheic");
    house.write("photos/twelve.jpg", [photo(1), vec![0; 12 << 20]].concat());
    house.write("photos/cut.jpg", &photo(1)[..600]);
    house.write("photos/text.jpg", "a text");
    house.write("photos/empty.jpg", "");
    let platform = Platform::start(&house, "");
    house.at(&platform, RUN).end().exits(3);
    assert_eq!((platform.writes(), uploads(&platform)), (0, (0, 0)));
    let checked = house.poilift("check stores.json --supplement supplement.csv --format json").end().exits(3);
    let found: Vec<String> = checked
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|finding| format!("{} {}", finding["code"].as_str().unwrap(), finding["value"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            "E173 photos/heic.jpg",
            "E171 photos/twelve.jpg (12.0 MB)",
            "E172 photos/cut.jpg",
            "E170 photos/text.jpg",
            "E172 photos/empty.jpg",
            "E122 photos/missing.jpg"
        ]
    );
    let told = house.poilift("check stores.json --supplement supplement.csv --lang zh").end().exits(3).stdout;
    assert!(told.contains("请将照片导出为 JPEG") && told.contains("twelve.jpg"), "{told}");
}

#[test]
fn a_file_that_the_platform_refuses_keeps_its_stores_back_and_no_others() {
    let house = House::new();
    let chain = supplied(&house, 3, &[("pic_list", &["photos/a.jpg", "photos/a.jpg", "photos/b.jpg"])]);
    house.write("photos/a.jpg", photo(1));
    house.write("photos/b.jpg", photo(2));
    let platform = Platform::start(&house, "");
    let proxy = refusing(&platform, photo(1), 40_009, "invalid image size");
    through(&house, &proxy, RUN).exits(3).says(&["E177: photos/a.jpg (40009 invalid image size)"]);
    assert_eq!((uploads(&platform), platform.requests("add_store")), ((1, 0), 1));
    assert_eq!([0, 1, 2].map(|n| house.state_of(&chain.id(n))), ["blocked", "blocked", "upgraded"]);
    let why = house.poilift(&format!("why {} --lang en", chain.id(0))).end().exits(0);
    assert!(why.stdout.contains("E177") && why.stdout.contains("40009"), "{why}");
}

#[test]
fn a_refusal_that_no_table_knows_is_about_the_account_once_it_comes_for_every_file() {
    let house = House::new();
    let names: Vec<String> = (0..12).map(|n| format!("photos/{n}.jpg")).collect();
    let cells: Vec<&str> = names.iter().map(String::as_str).collect();
    supplied(&house, 12, &[("pic_list", &cells)]);
    for (n, name) in (0_u8..).zip(&names) {
        house.write(name, photo(n));
    }
    let scenario = "[[faults]]\nendpoint = \"media_uploadimg\"\nkind = \"refuse\"\nerrcode = 99887\nshare = 1.0\n";
    let platform = Platform::with_scenario(&house, scenario, "");
    let ended = house.at(&platform, RUN).end().exits(4);
    assert!(platform.requests(PICTURE) < 12, "{} {ended}", platform.requests(PICTURE));
    assert!(!ended.stderr.contains("E177"), "none of the files is to blame: {ended}");
    assert_eq!(platform.writes(), 0, "no store was sent");
}

#[test]
fn a_refusal_that_says_nothing_of_the_file_ends_with_its_run() {
    // No file has arrived; a code that no table knows.
    for errcode in [41_005, 88_123] {
        let house = House::new();
        let chain = supplied(&house, 2, &[("pic_list", &["photos/a.jpg", "photos/b.jpg"])]);
        house.write("photos/a.jpg", photo(1));
        house.write("photos/b.jpg", photo(2));
        let platform = Platform::start(&house, "");
        let proxy = refusing(&platform, photo(1), errcode, &"try later ".repeat(60));
        let named = format!("E177: photos/a.jpg ({errcode} try later");
        through(&house, &proxy, RUN).exits(3).says(&[named.as_str()]);
        let why = house.poilift(&format!("why {} --lang en", chain.id(0))).end().exits(0);
        assert!(why.stdout.contains(&format!("photos/a.jpg ({errcode} try later")), "however long its words: {why}");
        house.at(&platform, RUN).end().exits(0);
        assert_eq!([0, 1].map(|n| house.state_of(&chain.id(n))), ["upgraded", "upgraded"], "{errcode}");
    }
}

/// The findings of `check`, each as its code and what it shows.
fn found(house: &House, more: &str) -> Vec<(String, String)> {
    let checked = house.poilift(&format!("check stores.json --supplement supplement.csv --format json {more}")).end();
    let finding = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    checked.stdout.lines().map(finding).map(|finding| (text(&finding, "code"), text(&finding, "value"))).collect()
}

#[test]
fn every_bad_file_of_a_cell_is_named_and_each_kind_of_fault_is_told() {
    let house = House::new();
    let names = "photos/a.jpg|photos/text.jpg|photos/cut.jpg|photos/page.jpg|photos/missing.jpg|photos/empty.jpg";
    supplied(&house, 1, &[("pic_list", &[names])]);
    house.write("photos/a.jpg", photo(1));
    house.write("photos/text.jpg", "a text");
    house.write("photos/page.jpg", "<html>");
    house.write("photos/cut.jpg", &photo(1)[..600]);
    house.write("photos/empty.jpg", "");
    let told: Vec<String> = found(&house, "").into_iter().map(|(code, value)| format!("{code} {value}")).collect();
    assert_eq!(
        told,
        ["E170 photos/text.jpg, photos/page.jpg", "E172 photos/cut.jpg, photos/empty.jpg", "E122 photos/missing.jpg"]
    );
    let update = House::new();
    Chain::new().and(1, &json!(3)).save(&update);
    update.write("text.jpg", "a text");
    update.write("cut.jpg", &photo(1)[..600]);
    let platform = Platform::start(&update, "");
    let listed = update.at(&platform, "store list --format json").end().exits(0).json();
    let id = listed["stores"][0]["poi_id"].as_str().unwrap().to_owned();
    let job = format!("store update {id} --picture text.jpg --picture cut.jpg --replace-photos --yes");
    update.at(&platform, &job).end().exits(3);
    let why = update.poilift(&format!("why {id} --lang en")).end().exits(0);
    assert!(why.stdout.contains("E170 ") && why.stdout.contains("E172 "), "{why}");
}

#[test]
fn a_paper_that_cannot_be_used_is_told_as_that_and_not_as_one_that_lacks() {
    let house = House::new();
    supplied(
        &house,
        2,
        &[("company_name", &["禾露餐饮"; 2]), ("qualification_list", &["photos/text.jpg", "photos/none.jpg"])],
    );
    house.write("photos/text.jpg", "a text");
    let told: Vec<String> = found(&house, "").into_iter().map(|(code, _)| code).collect();
    assert_eq!(told, ["E170", "E122"]);
}

#[test]
fn a_file_that_is_not_there_is_named_as_a_whole_with_the_folders_it_was_looked_for_in() {
    let house = House::new();
    let missing = format!("照片/{}/2026/新店开业 {}.jpg", "华东区".repeat(10), "门头".repeat(30));
    supplied(&house, 1, &[("pic_list", &[missing.as_str()])]);
    assert_eq!(found(&house, ""), [("E122".to_owned(), missing.clone())]);
    // The same of a value that stands in no cell.
    let other = Chain::waiting(1);
    other.save(&house);
    house.write("poilift.toml", format!("[override]\npic_list = \"{missing}\"\n"));
    assert_eq!(found(&house, ""), [("E122".to_owned(), missing)]);
}

#[test]
fn what_the_platform_has_refused_is_not_sent_again_for_a_day_unless_it_is_another_content() {
    let house = House::new();
    let chain = supplied(&house, 2, &[("pic_list", &["photos/a.jpg", "photos/b.jpg"])]);
    house.write("photos/a.jpg", photo(1));
    house.write("photos/b.jpg", photo(2));
    let platform = Platform::start(&house, "");
    let proxy = refusing(&platform, photo(1), 40_009, "invalid image size");
    let sent = || proxy.requests("/cgi-bin/media/uploadimg").len();
    through(&house, &proxy, RUN).exits(3);
    assert_eq!(sent(), 2);
    for again in [RUN.to_owned(), RUN.replace("migrate stores.json --supplement supplement.csv", "apply")] {
        through(&house, &proxy, &again).exits(3);
        let why = house.poilift(&format!("why {} --lang en", chain.id(0))).end().exits(0);
        assert!(why.stdout.contains("E177") && why.stdout.contains("40009 invalid image size"), "{why}");
    }
    let planned = through(&house, &proxy, &format!("{RUN} --dry-run")).exits(0);
    assert!(!planned.stderr.contains("1 files to upload"), "{planned}");
    // Under another name it is the same content, and refused at once for the store that has it now.
    house.write("photos/b.jpg", photo(1));
    house.write("other.csv", format!("poi_id,pic_list\n{},photos/b.jpg\n", chain.id(0)));
    through(&house, &proxy, &format!("{RUN} --supplement other.csv")).exits(3);
    assert_eq!(sent(), 2, "not a file was sent that is known to be refused");

    house.write("photos/b.jpg", photo(3));
    through(&house, &proxy, RUN).exits(0);
    assert_eq!((sent(), platform.requests("add_store")), (3, 2), "another content goes");
}

#[test]
fn a_refused_file_is_tried_once_more_after_a_day_or_by_hand() {
    let house = House::new();
    supplied(&house, 1, &[("pic_list", &["photos/a.jpg"])]);
    house.write("photos/a.jpg", photo(1));
    let platform = Platform::start(&house, "");
    let proxy = Proxy::answering(&platform, |request| {
        let is_upload = request.line.contains("/media/uploadimg");
        is_upload.then(|| r#"{"errcode":40009,"errmsg":"invalid image size"}"#.to_owned())
    });
    let run = RUN.replace("--wait 20s", "");
    let at = |moment: &str, base: &str, command: &str| {
        let clock = format!("1x@2020-01-01T00:00:00Z={moment}:00Z");
        let run = house.poilift(command).env("POILIFT_CLOCK", &clock).env("POILIFT_API_BASE", base);
        run.env("POILIFT_APPID", "wx0123456789abcdef").env("POILIFT_SECRET", "a-secret-of-thirty-two-characters").end()
    };
    let sent_after = |moment: &str| {
        at(moment, &proxy.base(), &run).exits(3);
        proxy.requests("/cgi-bin/media/uploadimg").len()
    };
    assert_eq!(["2020-01-01T00:00", "2020-01-01T23:50", "2020-01-02T00:10"].map(sent_after), [1, 1, 2]);
    at("2020-01-02T00:20", &platform.base(), "media upload photos/a.jpg").exits(0);
    at("2020-01-02T00:30", &platform.base(), &run).exits(4);
    assert_eq!((uploads(&platform), platform.requests("add_store")), ((1, 0), 1));
}

#[test]
fn a_folder_of_photos_that_was_mistyped_is_no_part_of_the_next_command() {
    let house = House::new();
    supplied(&house, 1, &[]);
    house.write("photos/S00000.jpg", photo(1));
    let platform = Platform::start(&house, "");
    let plan = "plan stores.json --supplement supplement.csv --lang en";
    house.poilift(&format!("{plan} --images photos")).end().exits(0);
    let next = || house.poilift("status --format json").end().exits(0).json()["next"]["command"].clone();
    let before = next();
    for command in [plan.replace("plan", "migrate"), plan.to_owned(), "apply --yes".to_owned()] {
        let mistyped = format!("{command} --images phtos");
        let refused = house.at(&platform, &mistyped).env("LC_ALL", "C.UTF-8").end().exits(2);
        assert!(refused.stderr.contains("--images phtos: the folder cannot be read"), "{refused}");
        assert!(!refused.stdout.contains("phtos"), "{refused}");
        assert_eq!(next(), before, "nothing of it is remembered");
    }
    // Where the folder that was remembered is gone, another one is asked for.
    std::fs::rename(house.path("photos"), house.path("elsewhere")).unwrap();
    let refused = house.at(&platform, "apply --yes --wait 20s --format json").end().exits(2);
    let command = refused.json()["next"]["command"].as_str().unwrap().to_owned();
    assert!(command.ends_with("--images DIR"), "{command}");
    let command = command.replace("DIR", "elsewhere").replace("poilift ", "");
    house.at(&platform, &command).end().exits(0);
    assert_eq!((uploads(&platform), platform.requests("add_store")), ((1, 0), 1));
}

#[test]
fn files_that_vanish_under_a_run_are_counted_once_some_were_named() {
    const FILES: u8 = 60;
    let house = House::new();
    let names: Vec<String> = (0..FILES).map(|n| format!("photos/{n}.jpg")).collect();
    let cells: Vec<&str> = names.iter().map(String::as_str).collect();
    supplied(&house, cells.len(), &[("pic_list", &cells)]);
    for (n, name) in (0..FILES).zip(&names) {
        house.write(name, photo(n));
    }
    let platform = Platform::start(&house, "");
    let folder = house.path("photos");
    // Gone with the first upload: those that were read by then go, and no others.
    let proxy = Proxy::answering(&platform, move |request| {
        if request.line.contains("/media/uploadimg") {
            let _ = std::fs::remove_dir_all(&folder);
        }
        None
    });
    let ended = through(&house, &proxy, &RUN.replace("--wait 20s", ""));
    let told_of = ended.stderr.matches("has changed since the plan was made, or is gone").count();
    let rest = ended.stderr.split_once(" more files have changed since the plan was made").map(|(before, _)| before);
    let rest: usize = rest.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    let sent = proxy.requests("/cgi-bin/media/uploadimg").len();
    assert_eq!((told_of, rest), (10, usize::from(FILES) - 10 - sent), "{ended}");
}
