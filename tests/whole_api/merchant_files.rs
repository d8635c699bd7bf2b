//! `merchant apply` and `modify` with files for head image and papers: looked at before any call, uploaded after the yes, and sent
//! as media ids.

use std::time::Duration;

use serde_json::{Value, json};

use super::merchant::{APPLICATION, APPLY, CATEGORIES, stage};
use super::{plain, refused};
use crate::kit::{Asked, House, Stage, until_true};

const UPLOAD: &str = "/cgi-bin/media/upload";
const MODIFY: &str = "/wxa/modify_merchant";

/// A whole picture with nothing in it but what is shown.
const PNG: &[u8] = include_bytes!("../corpus/codes/photos/door.png");

/// One white point.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

fn medium(id: &str) -> String {
    json!({"type": "image", "media_id": id, "created_at": 1_380_000_000}).to_string()
}

/// A house with a head image and a paper, and a platform that takes them.
fn with_files() -> (House, Stage) {
    let house = House::new();
    house.write("head.png", PNG);
    house.write("licence.gif", GIF);
    (house, stage().once(UPLOAD, &medium("M-1")).once(UPLOAD, &medium("M-2")).once(UPLOAD, &medium("M-3")))
}

fn holds(asked: &Asked, bytes: &[u8]) -> bool {
    asked.body.windows(bytes.len()).any(|window| window == bytes)
}

const WITH_FILES: &str = "merchant apply --category 280 --name 街角便利店 --intro x --head-image head.png --paper licence.gif \
                          --paper MEDIA-9 --org-code licence.gif";

#[test]
fn files_of_an_application_are_uploaded_once_a_content_right_before_it() {
    let (house, stage) = with_files();
    house.on(&stage, &format!("{WITH_FILES} --yes")).end().exits(0);
    let paths: Vec<String> = stage.asked_at_all().into_iter().map(|asked| asked.path).collect();
    assert_eq!(paths, [CATEGORIES, UPLOAD, UPLOAD, APPLY]);
    let uploads = stage.asked(UPLOAD);
    let id_of = |bytes: &[u8]| format!("M-{}", 1 + uploads.iter().position(|asked| holds(asked, bytes)).unwrap());
    let body: Value = serde_json::from_str(&stage.asked(APPLY)[0].text()).unwrap();
    let licence = id_of(GIF);
    assert_eq!(
        (&body["headimg_mediaid"], &body["qualification_list"], &body["org_code"]),
        (&json!(id_of(PNG)), &json!(format!("{licence}|MEDIA-9")), &json!(licence))
    );
    assert_eq!(house.ledger().number("SELECT COUNT(*) FROM media WHERE kind = 'temporary'"), 2, "kept as any upload");
}

#[test]
fn files_that_cannot_go_are_refused_before_any_call() {
    let (house, stage) = with_files();
    house.write("text.png", "a text");
    house.write("twelve.png", [PNG, &vec![0; 12 * 1024 * 1024]].concat());
    for (files, words) in [
        ("--head-image text.png", "text.png: refused before any call (media_upload): media: the file is no picture"),
        ("--head-image licence.gif", "licence.gif is a GIF, and a head image is a JPG or PNG"),
        ("--head-image missing.png", "cannot read missing.png"),
        ("--head-image head.png --paper twelve.png", "twelve.png: refused before any call"),
        ("--head-image head.png --org-code folder/none.jpg", "cannot read folder/none.jpg"),
        ("--head-image head.png --other-file text.png", "text.png: refused"),
    ] {
        let command = format!("merchant apply --category 477 --name 一杯咖啡 --intro x {files} --yes");
        refused(&house, &stage, &command, APPLY, &[words]);
    }
    refused(&house, &stage, "merchant modify --head-image text.png --yes", MODIFY, &["the file is no picture"]);
    assert!(stage.asked_at_all().is_empty(), "{:?}", stage.asked_at_all());
}

#[test]
fn nothing_is_uploaded_before_the_yes() {
    for (keys, exit, uploads, writes) in [("\r", 4, 0, 0), ("no\r", 4, 0, 0), ("y\r", 0, 2, 1)] {
        let (house, stage) = with_files();
        let (run, mut terminal) = house.on(&stage, WITH_FILES).on_terminal();
        until_true("the question", Duration::from_secs(30), || run.stderr_so_far().contains("sends nothing. [y/N] "));
        assert!(stage.asked(UPLOAD).is_empty());
        terminal.types(keys);
        let ended = run.end().exits(exit);
        assert!(ended.stderr.contains("head.png (1 KB, uploaded after your yes)"), "{ended}");
        assert!(ended.stderr.contains("2: licence.gif (1 KB, uploaded after your yes), MEDIA-9"), "{ended}");
        assert_eq!((stage.asked(UPLOAD).len(), stage.asked(APPLY).len()), (uploads, writes), "{ended}");
    }
    let (house, stage) = with_files();
    refused(&house, &stage, WITH_FILES, APPLY, &["--yes was not given; nothing was sent"]);
    assert!(stage.asked(UPLOAD).is_empty());
}

#[test]
fn an_application_with_a_file_that_the_platform_refuses_is_not_sent() {
    let house = House::new();
    house.write("head.png", PNG);
    let stage = stage().always(UPLOAD, r#"{"errcode":40009,"errmsg":"invalid image size"}"#);
    let command = APPLICATION.replace("IMG_1", "head.png");
    let ended = house.on(&stage, &format!("{command} --yes")).end().exits(3);
    ended.says(&["head.png: the platform: media_upload refused: 40009", "nothing but files was sent"]);
    assert!(stage.asked(APPLY).is_empty());
    assert_eq!(house.ledger().number("SELECT COUNT(*) FROM calls WHERE endpoint = 'apply_merchant'"), 0, "nor begun");
}

#[test]
fn the_same_files_again_are_the_same_application_whatever_their_ids() {
    let house = House::new();
    house.write("head.png", PNG);
    let stage = stage().silent(APPLY).once(UPLOAD, &medium("M-1")).once(UPLOAD, &medium("M-2"));
    let command = format!("{} --yes", APPLICATION.replace("IMG_1", "head.png"));
    let lost = house.on(&stage, &command).end().exits(3);
    assert!(!lost.stderr.contains("The very same"), "{lost}");
    let again = house.on(&stage, &command).end().exits(3);
    assert!(again.stderr.contains("The very same was sent on") && again.stderr.contains("nobody knows"), "{again}");
}

#[test]
fn a_change_takes_its_head_image_from_a_file() {
    let (house, stage) = with_files();
    let stage = stage.always(MODIFY, &plain("modify_merchant.json"));
    house.on(&stage, "merchant modify --head-image head.png").end().exits(0);
    assert_eq!(stage.asked(MODIFY)[0].text(), r#"{"headimg_mediaid":"M-1","intro":""}"#);
    assert!(holds(&stage.asked(UPLOAD)[0], PNG));
}
