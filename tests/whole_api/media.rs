//! `media upload`: what goes over the wire, and what does not.

use serde_json::json;

use super::refused;
use crate::kit::{House, Stage};

const PICTURE: &str = "/cgi-bin/media/uploadimg";
const TEMPORARY: &str = "/cgi-bin/media/upload";

/// A whole picture with nothing in it but what is shown.
const PNG: &[u8] = include_bytes!("../corpus/codes/photos/door.png");

/// One white point.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

fn stage() -> Stage {
    Stage::new()
        .always(PICTURE, r#"{"url":"http://mmbiz.qpic.cn/a/0"}"#)
        .always(TEMPORARY, r#"{"type":"image","media_id":"MEDIA-1","created_at":1380000000}"#)
}

#[test]
fn a_picture_goes_as_one_part_named_media_byte_by_byte_and_comes_back_as_an_address() {
    let (house, stage) = (House::new(), stage());
    house.write("店面.png", PNG);
    let ended = house.on(&stage, "media upload 店面.png").end().exits(0);
    assert!(ended.stdout.contains("店面.png  http://mmbiz.qpic.cn/a/0"), "{ended}");
    let asked = stage.asked(PICTURE).remove(0);
    let boundary = asked.content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"image.png\"\r\nContent-Type: image/png\r\n\r\n"
    );
    let wanted = [head.as_bytes(), PNG, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    assert_eq!(asked.body, wanted);
    assert!(!asked.query.contains("type="));
}

#[test]
fn a_temporary_one_says_its_type_and_until_when_its_id_is_good() {
    let (house, stage) = (House::new(), stage());
    house.write("a.gif", GIF);
    let json = house.on(&stage, "media upload --temporary a.gif --format json").end().exits(0).json();
    assert_eq!(
        json["files"],
        json!([{"file": "a.gif", "type": "gif", "bytes": 43, "media_id": "MEDIA-1", "good_until": "2013-09-27T13:20:00+08:00"}])
    );
    assert!(stage.asked(TEMPORARY)[0].query.contains("type=image"));
}

#[test]
fn every_file_is_looked_at_before_the_first_one_goes() {
    let (house, stage) = (House::new(), stage());
    house.write("good.png", PNG);
    house.write("twelve.png", [PNG, &vec![0; 12 * 1024 * 1024]].concat());
    house.write("page.jpg", b"<html>");
    house.write("photo.jpg", b"\x00\x00\x00\x18ftypheic");
    house.write("cut.png", include_bytes!("../corpus/codes/photos/cut.png"));
    house.write("empty.png", b"");
    for (file, words) in [
        (
            "--temporary good.png twelve.png",
            "twelve.png: refused before any call (media_upload): media: the file has 12.1 MB; up to 10 MB",
        ),
        ("good.png page.jpg", "page.jpg: refused before any call (media_uploadimg): media: the file is no picture"),
        ("good.png photo.jpg", "the file is HEIC, whatever its name says"),
        ("good.png cut.png", "cut.png: E"),
        ("good.png empty.png", "the file is empty"),
        ("good.png missing.png", "cannot read missing.png"),
    ] {
        refused(&house, &stage, &format!("media upload {file}"), PICTURE, &[words]);
    }
    assert!(stage.asked_at_all().is_empty());
}

#[test]
fn what_was_uploaded_before_one_was_refused_is_shown() {
    let house = House::new();
    let stage = Stage::new()
        .once(PICTURE, r#"{"url":"http://mmbiz.qpic.cn/a/0"}"#)
        .always(PICTURE, r#"{"errcode":40009,"errmsg":"invalid image size"}"#);
    house.write("a.png", PNG);
    house.write("b.png", PNG);
    let ended = house.on(&stage, "media upload a.png b.png").end().exits(3).says(&["b.png: the platform", "40009"]);
    assert!(ended.stdout.contains("a.png  http://mmbiz.qpic.cn/a/0"), "{ended}");
}
