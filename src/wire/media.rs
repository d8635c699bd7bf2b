//! Pictures on the platform: for three days under a media id (`media/upload`), or for good under an address
//! (`media/uploadimg`). Both take one file as `multipart/form-data` in the part `media`; neither is in the API document, which
//! only says where media ids (`*_mediaid`, `qualification_list`, `org_code`, `other_files`) and where addresses (`pic_list`,
//! `photo`, `license`) go. Errcodes: 40004, 40005, 40006, 40009, 41005, 44001, 45001.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::rule::{Misfit, RuleError, Rules};
use super::{Endpoint, json};
use crate::store::Words;
use crate::words;

/// What an image upload holds at most: `media/upload` 10 MB.
pub const TEMPORARY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// And `media/uploadimg`: under 1 MB.
pub const PICTURE_BYTES_MAX: usize = 1024 * 1024 - 1;

/// The errcodes of uploads that are about the file: its kind (40004, 40005), its size (40006, 45001), a picture that is empty or
/// too large (40009), an empty file (44001). 41005 is about the way: no file arrived.
pub const FILE_ERRCODES: [i64; 6] = [40_004, 40_005, 40_006, 40_009, 44_001, 45_001];

/// How long a media id is good for: three days.
pub const TEMPORARY_SECONDS: i64 = 3 * 24 * 60 * 60;

/// A kind of picture, told by its first bytes and not by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Picture {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
    /// BMP.
    Bmp,
    /// HEIC or HEIF: what telephones make.
    Heic,
    /// TIFF.
    Tiff,
}

impl Picture {
    /// The kind of a file; `None` if it is no picture that anybody here knows.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let brand = bytes.get(4..12).unwrap_or_default();
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'B', b'M', ..] if bytes.len() > 26 => Some(Self::Bmp),
            [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Some(Self::Tiff),
            _ if matches!(brand, b"ftypheic" | b"ftypheix" | b"ftyphevc" | b"ftypmif1" | b"ftypmsf1") => {
                Some(Self::Heic)
            }
            _ => None,
        }
    }

    /// Its type in the part's header.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Heic => "image/heic",
            Self::Tiff => "image/tiff",
        }
    }

    /// The name that the part bears: the platform goes by its ending, and nobody needs to know what the file is called here.
    const fn file_name(self) -> &'static str {
        match self {
            Self::Jpeg => "image.jpg",
            Self::Png => "image.png",
            Self::Gif => "image.gif",
            Self::Webp => "image.webp",
            Self::Bmp => "image.bmp",
            Self::Heic => "image.heic",
            Self::Tiff => "image.tiff",
        }
    }
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::Webp => "WebP",
            Self::Bmp => "BMP",
            Self::Heic => "HEIC",
            Self::Tiff => "TIFF",
        })
    }
}

/// Where a picture goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// `media/upload?type=image`: a media id for three days; JPG, PNG or GIF up to 10 MB.
    Temporary,
    /// `media/uploadimg`: an address for good; JPG or PNG under 1 MB.
    Picture,
}

impl Upload {
    /// The call.
    #[must_use]
    pub const fn endpoint(self) -> Endpoint {
        match self {
            Self::Temporary => Endpoint::MediaUpload,
            Self::Picture => Endpoint::MediaUploadimg,
        }
    }

    /// Holds a file against the platform's limits.
    ///
    /// # Errors
    ///
    /// A file that is empty, too large, or of a kind that is not taken.
    pub fn check(self, bytes: &[u8]) -> Result<Picture, Vec<RuleError>> {
        let mut rules = Rules::of(self.endpoint());
        let picture = Picture::of(bytes);
        if bytes.is_empty() {
            rules.no("media", words!("the file is empty"; "文件为空"));
        } else if let Some(words) = self.not_taken(picture) {
            rules.no("media", words);
        }
        if bytes.len() > self.bytes_max() {
            let size = megabytes(bytes.len());
            rules.no(
                "media",
                match self {
                    Self::Temporary => {
                        words!("the file has {size} MB; up to 10 MB are taken"; "文件大小为 {size} MB，仅支持 10 MB 以内")
                    }
                    Self::Picture => {
                        words!("the file has {size} MB; less than 1 MB is taken"; "文件大小为 {size} MB，须小于 1 MB")
                    }
                },
            );
        }
        rules.end()?;
        picture.ok_or_else(Vec::new)
    }

    /// The most bytes that it takes.
    #[must_use]
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::Temporary => TEMPORARY_BYTES_MAX,
            Self::Picture => PICTURE_BYTES_MAX,
        }
    }

    /// Why a file of this kind is not taken.
    fn not_taken(self, picture: Option<Picture>) -> Option<Words> {
        let (en, zh) = match self {
            Self::Temporary => ("JPG, PNG and GIF", "JPG、PNG 和 GIF"),
            Self::Picture => ("JPG and PNG", "JPG 和 PNG"),
        };
        match (self, picture) {
            (_, Some(Picture::Jpeg | Picture::Png)) | (Self::Temporary, Some(Picture::Gif)) => None,
            (_, Some(other)) => Some(
                words!("the file is {other}, whatever its name says; {en} are taken"; "文件实为 {other} 格式，仅支持 {zh}"),
            ),
            (_, None) => Some(words!("the file is no picture; {en} are taken"; "文件不是图片，仅支持 {zh}")),
        }
    }
}

/// Rounded up to a tenth, so that nothing too large looks as if it were not.
#[expect(clippy::cast_precision_loss, reason = "files have less than 2^52 bytes")]
fn megabytes(bytes: usize) -> f64 {
    (bytes as f64 / (1024.0 * 1024.0) * 10.0).ceil() / 10.0
}

/// A file as `multipart/form-data`: its content type and its body. One part, `media`, with a plain file name: what more
/// elaborate encodings allow, the platform is not known to read.
#[must_use]
pub fn multipart(picture: Picture, bytes: &[u8]) -> (String, Vec<u8>) {
    let boundary = boundary(bytes);
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
        picture.file_name(),
        picture.mime()
    );
    let mut body = Vec::with_capacity(head.len() + bytes.len() + boundary.len() + 8);
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// A text that does not stand in the file: made from the file's own digest, which nobody can put into it.
fn boundary(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let number = digest.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    format!("poilift-{number:032x}")
}

/// What `media/upload` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Temporary {
    /// The id, good for three days.
    pub media_id: String,
    /// When it was made, in seconds since 1970.
    pub created_at: Option<i64>,
}

impl Temporary {
    /// Takes the answer apart; a success has no errcode.
    ///
    /// # Errors
    ///
    /// There is no `media_id` in it.
    pub fn from_value(answer: &Value) -> Result<Self, Misfit> {
        let media_id = answer.get("media_id").and_then(json::text).filter(|id| !id.trim().is_empty());
        let media_id = media_id.ok_or_else(|| Misfit::no("media_id"))?;
        Ok(Self { media_id, created_at: answer.get("created_at").and_then(json::integer) })
    }
}

/// The address in the answer of `media/uploadimg`, which has no errcode either.
///
/// # Errors
///
/// There is none in it.
pub fn url(answer: &Value) -> Result<String, Misfit> {
    let url = answer.get("url").and_then(json::text).filter(|url| url.starts_with("http"));
    url.ok_or_else(|| Misfit::no("url"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";

    fn of_size(beginning: &[u8], size: usize) -> Vec<u8> {
        let mut bytes = beginning.to_vec();
        bytes.resize(size, 0);
        bytes
    }

    #[test]
    fn a_picture_is_told_by_its_bytes() {
        for (bytes, picture) in [
            (&b"\xff\xd8\xff\xe0"[..], Some(Picture::Jpeg)),
            (PNG, Some(Picture::Png)),
            (b"GIF89a", Some(Picture::Gif)),
            (b"RIFF\x00\x00\x00\x00WEBP", Some(Picture::Webp)),
            (b"\x00\x00\x00\x18ftypheic", Some(Picture::Heic)),
            (b"<html>", None),
            (b"", None),
        ] {
            assert_eq!(Picture::of(bytes), picture, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_too_large_or_no_picture_is_refused_with_the_limit() {
        let said = |upload: Upload, bytes: &[u8]| upload.check(bytes).unwrap_err()[0].words().en;
        let twelve = of_size(PNG, 12 * 1024 * 1024);
        assert!(said(Upload::Temporary, &twelve).contains("the file has 12 MB; up to 10 MB are taken"));
        assert!(said(Upload::Picture, &of_size(PNG, 1024 * 1024)).contains("less than 1 MB is taken"));
        assert!(said(Upload::Picture, b"GIF89a").contains("GIF"));
        assert!(said(Upload::Temporary, b"\x00\x00\x00\x18ftypheic").contains("HEIC, whatever its name says"));
        assert!(said(Upload::Temporary, b"").contains("empty"));
        assert_eq!(Upload::Picture.check(&of_size(PNG, PICTURE_BYTES_MAX)), Ok(Picture::Png));
        assert_eq!(Upload::Temporary.check(b"GIF89a"), Ok(Picture::Gif));
    }

    #[test]
    fn a_file_goes_as_one_part_whose_boundary_it_does_not_hold() {
        let (content_type, body) = multipart(Picture::Png, PNG);
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(body.starts_with(&format!("--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"image.png\"\r\nContent-Type: image/png\r\n\r\n")));
        assert!(body.ends_with(&format!("....\r\n--{boundary}--\r\n")));
        assert_eq!(body.matches(boundary).count(), 2);
    }

    #[test]
    fn both_successes_lack_an_errcode() {
        let read =
            Temporary::from_value(&json!({"type": "image", "media_id": "m-1", "created_at": "1380000000"})).unwrap();
        assert_eq!(read, Temporary { media_id: "m-1".to_owned(), created_at: Some(1_380_000_000) });
        assert!(Temporary::from_value(&json!({"errcode": 0})).is_err());
        assert_eq!(url(&json!({"url": "http://mmbiz.qpic.cn/a/0"})).unwrap(), "http://mmbiz.qpic.cn/a/0");
        assert!(url(&json!({"url": ""})).is_err());
    }
}
