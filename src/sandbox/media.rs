//! Uploads (`cgi-bin/media/upload`, `cgi-bin/media/uploadimg`): what a file is by its bytes, how large it may be, and how
//! long its id lives. Of a file nothing is kept but that.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::Refusal;
use super::effect::Effect;
use super::platform::{Decision, Platform};
use super::request::{File, Request};

/// How long a media id lives.
const LIFE_MS: i64 = 3 * 86_400_000;

/// How many ids are remembered; an older one is as unknown as one never given.
const IDS_KEPT_MAX: usize = 20_000;

/// The largest picture for `uploadimg`.
const PICTURE_BYTES_MAX: usize = 1 << 20;

/// A file of no more bytes than this is none.
const FILE_BYTES_MIN: usize = 5;

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// AMR.
    Amr,
    /// MP3.
    Mp3,
    /// MP4.
    Mp4,
}

impl Kind {
    /// The kind of a file; `None`: one that the platform does not take. Its name says nothing.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            [b'#', b'!', b'A', b'M', b'R', ..] => Some(Self::Amr),
            [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xf3 | 0xf2, ..] => Some(Self::Mp3),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            _ => None,
        }
    }

    /// The word for it in a picture's URL.
    const fn word(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Gif => "gif",
            _ => "jpeg",
        }
    }
}

/// A temporary file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medium {
    /// Its id.
    pub media_id: String,
    /// What it is.
    pub kind: Kind,
    /// When its id ends, in milliseconds.
    pub until: i64,
}

/// All temporary files that are remembered, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Media {
    all: Vec<Medium>,
    by_id: HashMap<String, Medium>,
}

impl Media {
    /// Remembers a file.
    pub fn remember(&mut self, medium: Medium) {
        self.by_id.insert(medium.media_id.clone(), medium.clone());
        self.all.push(medium);
        if self.all.len() > IDS_KEPT_MAX {
            self.by_id.remove(&self.all.remove(0).media_id);
        }
    }

    /// All of them, for the state file.
    pub fn all(&self) -> &[Medium] {
        &self.all
    }

    /// The file with this id, if it is known, good or not.
    fn find(&self, media_id: &str) -> Option<&Medium> {
        self.by_id.get(media_id)
    }
}

/// What `media/upload` takes of one `type`: kinds, and the most bytes.
fn taken(word: &str) -> Option<(&'static [Kind], usize)> {
    const MB: usize = 1 << 20;
    match word {
        "image" => Some((&[Kind::Jpeg, Kind::Png, Kind::Gif], 10 * MB)),
        "voice" => Some((&[Kind::Amr, Kind::Mp3], 2 * MB)),
        "video" => Some((&[Kind::Mp4], 10 * MB)),
        "thumb" => Some((&[Kind::Jpeg], 64 << 10)),
        _ => None,
    }
}

fn file_of(request: &Request) -> Result<&File, Refusal> {
    let file = request.file().ok_or(Refusal::of(41005))?;
    match file.bytes.len() {
        0 => Err(Refusal::of(44001)),
        1..=FILE_BYTES_MIN => Err(Refusal::of(40006)),
        _ => Ok(file),
    }
}

impl Platform {
    /// A temporary file: `image`, `voice`, `video` or `thumb`.
    pub(super) fn upload(&self, now: i64, request: &Request) -> Decision {
        self.temporary(now, request).unwrap_or_else(Decision::refused)
    }

    fn temporary(&self, now: i64, request: &Request) -> Result<Decision, Refusal> {
        let word = request.param("type").unwrap_or_default();
        let (kinds, bytes_max) = taken(word).ok_or(Refusal::of(40004))?;
        let file = file_of(request)?;
        if file.bytes.len() > bytes_max {
            return Err(Refusal::of(45001));
        }
        let kind = Kind::of(&file.bytes).filter(|kind| kinds.contains(kind)).ok_or(Refusal::of(40005))?;
        let media_id = self.made("media", 48);
        let answer = json!({"type": word, "media_id": media_id, "created_at": now / 1000});
        let effects = vec![Effect::Uploaded(Medium { media_id, kind, until: now + LIFE_MS })];
        Ok(Decision { effects, answer: Ok(answer) })
    }

    /// A picture for good: JPEG or PNG under 1 MB. Only its URL is made; nothing has to be remembered of it.
    pub(super) fn uploadimg(&self, request: &Request) -> Result<Value, Refusal> {
        let file = file_of(request)?;
        if file.bytes.len() >= PICTURE_BYTES_MAX {
            return Err(Refusal::of(40009));
        }
        let kind = Kind::of(&file.bytes).filter(|kind| matches!(kind, Kind::Jpeg | Kind::Png));
        let word = kind.ok_or(Refusal::of(40005))?.word();
        let place = self.made("picture", 60);
        Ok(json!({ "url": format!("http://mmbiz.qpic.cn/mmbiz_{word}/{place}/0?wx_fmt={word}") }))
    }

    /// A name for something that this request makes.
    fn made(&self, topic: &str, bytes: usize) -> String {
        let seq = (self.tally.seq + 1).to_string();
        let parts = ["1", "2"].map(|part| self.rules.dice.digest(topic, &[&seq, part]));
        BASE64_URL_SAFE_NO_PAD.encode(&parts.as_flattened()[..bytes])
    }

    /// Whether these media ids are good: 85056 for one that has ended, and for one that was never given unless the
    /// account takes those of the real platform.
    pub(super) fn known_media(&self, media_ids: &[String], now: i64) -> Result<(), Refusal> {
        let foreign_ids = self.rules.scenario.account.foreign_ids;
        let good = |id: &String| self.media.find(id).map_or(foreign_ids, |medium| now < medium.until);
        if media_ids.iter().all(good) { Ok(()) } else { Err(Refusal::of(85056)) }
    }

    /// The same for ids that must be of files given here, which are of one of these kinds.
    pub(super) fn own_media(&self, media_ids: &[String], kinds: &[Kind], now: i64) -> Result<(), Refusal> {
        let good = |id: &String| self.media.find(id).is_some_and(|m| now < m.until && kinds.contains(&m.kind));
        if media_ids.iter().all(good) { Ok(()) } else { Err(Refusal::of(85056)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::Bench;

    const JPEG: &[u8] = b"\xff\xd8\xff\xe0 and so on";

    fn of_size(head: &[u8], size: usize) -> Vec<u8> {
        let mut bytes = head.to_vec();
        bytes.resize(size, 0);
        bytes
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let mut bench = Bench::new("");
        let mut code =
            |word: &str, bytes: &[u8]| bench.upload(0, &format!("upload?type={word}"), bytes)["errcode"].clone();
        assert_eq!(code("image", JPEG), Value::Null);
        assert_eq!([code("film", JPEG), code("voice", JPEG), code("image", b"BM and so on")], [40004, 40005, 40005]);
        assert_eq!([code("image", b""), code("image", b"\xff\xd8\xff")], [44001, 40006]);
        assert_eq!(code("image", &of_size(JPEG, 10 << 20)), Value::Null);
        assert_eq!(code("image", &of_size(JPEG, (10 << 20) + 1)), 45001);
        assert_eq!(code("thumb", &of_size(JPEG, (64 << 10) + 1)), 45001);
        assert_eq!(code("voice", b"#!AMR\n and so on"), Value::Null);
        assert_eq!(code("video", b"\0\0\0\x18ftypmp42"), Value::Null);
    }

    #[test]
    fn a_picture_gets_a_url_of_its_own() {
        let mut bench = Bench::new("");
        let mut url = |bytes: &[u8]| bench.upload(0, "uploadimg", bytes);
        let (one, two) = (url(JPEG), url(b"\x89PNG\r\n and so on"));
        assert!(one["url"].as_str().unwrap().starts_with("http://mmbiz.qpic.cn/mmbiz_jpeg/"));
        assert!(two["url"].as_str().unwrap().ends_with("/0?wx_fmt=png"));
        assert_eq!(url(b"GIF89a and so on")["errcode"], 40005);
        assert_eq!(url(&of_size(JPEG, (1 << 20) - 1))["errcode"], Value::Null);
        assert_eq!(url(&of_size(JPEG, 1 << 20))["errcode"], 40009);
    }

    #[test]
    fn an_upload_without_a_file_has_no_media_data() {
        let mut bench = Bench::new("");
        assert_eq!(bench.code(0, "/cgi-bin/media/uploadimg", &json!({"media": "x"})), 41005);
    }

    #[test]
    fn a_media_id_ends_after_three_days() {
        let mut bench = Bench::new("[account]\nforeign_ids = false");
        let media_id = bench.upload(0, "upload?type=image", JPEG)["media_id"].as_str().unwrap().to_owned();
        let code = |id: &str, now| bench.platform.known_media(&[id.to_owned()], now).map_err(|refusal| refusal.code);
        assert_eq!((code(&media_id, LIFE_MS - 1), code(&media_id, LIFE_MS)), (Ok(()), Err(85056)));
        assert_eq!(code("never-given", 0), Err(85056));
    }
}
