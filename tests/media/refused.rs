//! Files that cannot go: told before any call where that can be seen, once and for all of them, and remembered where only the
//! platform saw it.

use serde_json::Value;

use super::{PICTURE, RUN, photo, supplied, through, uploads};
use crate::kit::{House, Platform, Proxy};

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
    let refused = photo(1);
    let proxy = Proxy::answering(&platform, move |request| {
        let holds = request.body.windows(refused.len()).any(|at| at == refused);
        holds.then(|| r#"{"errcode":40009,"errmsg":"invalid image size"}"#.to_owned())
    });
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
