//! A file that a command uploads by itself: looked at and made ready as those of a migration are, sent, and kept in the ledger.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::reach::Reach;
use crate::ledger::Uploaded;
use crate::media::prepare;
use crate::store::{MediaKind, Stamp, Words};
use crate::wechat::ReadError;
use crate::wire::media::{Picture, TEMPORARY_BYTES_MAX, TEMPORARY_SECONDS, Upload};
use crate::words;

/// A file that can go.
#[derive(Debug, Clone)]
pub struct Ready {
    /// As it was named.
    pub name: String,
    /// What of it is uploaded.
    pub bytes: Vec<u8>,
    /// What that is.
    pub picture: Picture,
    /// Of the file as it lies on the disk.
    pub sha256: String,
}

/// One that went: what it is known by now, and until when.
pub struct Gone {
    /// As it was named.
    pub name: String,
    /// The address or the media id.
    pub known_as: String,
    /// The end of a media id.
    pub until: Option<Stamp>,
}

/// Reads a file, holds it against the platform's limits, and makes of it what is uploaded: upright, small enough, and without
/// the place where it was taken. One that is far too large is not read.
pub fn look_at(context: &Context<'_>, file: &Path, upload: Upload) -> Result<Ready, Failure> {
    let name = file.display().to_string();
    let io = |error: std::io::Error| {
        Failure::usage(
            words!("cannot read {name}: {error}; nothing was uploaded"; "无法读取 {name}：{error}；未上传任何文件"),
            Some(words!("check the name and its permissions"; "请检查文件名与权限")),
        )
    };
    let size = std::fs::metadata(file).map_err(io)?.len();
    let megabytes = size.div_ceil(1024 * 1024);
    if size > 4 * TEMPORARY_BYTES_MAX as u64 {
        return Err(Failure::usage(
            words!("{name} has {megabytes} MB, and the platform takes pictures of 10 MB at most; nothing was uploaded";
                   "{name} 大小为 {megabytes} MB，平台最大支持 10 MB 的图片；未上传任何文件"),
            Some(words!("make it smaller"; "请缩小图片")),
        ));
    }
    let bytes = std::fs::read(file).map_err(io)?;
    let prepared = match (prepare(&bytes, upload), upload.check(&bytes)) {
        (Ok(prepared), _) => prepared,
        (Err(_), Err(broken)) => return Err(Failure::of_rules(&broken).about(&name)),
        // It has the right kind and size, and is no picture that could be shown.
        (Err(code), Ok(_)) => {
            let Words { en, zh } = code.title();
            let words = Words { en: format!("{code} {en}"), zh: format!("{code} {zh}") };
            return Err(Failure::usage(words, Some(code.remedy())).about(&name));
        }
    };
    if let Some(Words { en, zh }) = prepared.words() {
        context.screen.status(&Words { en: format!("{name}: {en}"), zh: format!("{name}：{zh}") });
    }
    let sha256 = format!("{:x}", Sha256::digest(&bytes));
    Ok(Ready { name, bytes: prepared.bytes, picture: prepared.picture, sha256 })
}

/// What the ledger keeps of it: a run that needs the file finds that the platform has it.
fn uploaded(upload: Upload, file: &Ready, gone: &Gone, now: Stamp) -> Uploaded {
    let kind = match upload {
        Upload::Picture => MediaKind::Picture,
        Upload::Temporary => MediaKind::Temporary,
    };
    let at = gone.until.map_or(now, |until| Stamp(until.0 - TEMPORARY_SECONDS * 1000));
    Uploaded {
        sha256: file.sha256.clone(),
        kind,
        value: gone.known_as.clone(),
        name: file.name.clone(),
        bytes: file.bytes.len(),
        at,
    }
}

/// Uploads it, and keeps in the ledger what the platform knows it by.
pub fn upload(context: &Context<'_>, reach: &mut Reach<'_>, upload: Upload, file: &Ready) -> Result<Gone, Failure> {
    let gone =
        send(reach, upload, file).map_err(|error| Failure::of_asking(&error, &context.errors).about(&file.name))?;
    reach.keep(uploaded(upload, file, &gone, reach.clock().now()))?;
    Ok(gone)
}

fn send(reach: &Reach<'_>, upload: Upload, file: &Ready) -> Result<Gone, ReadError> {
    let name = file.name.clone();
    match upload {
        Upload::Picture => {
            let known_as = reach.client().upload_picture(&file.bytes)?;
            Ok(Gone { name, known_as, until: None })
        }
        Upload::Temporary => {
            let asked_at = reach.clock().now();
            let media = reach.client().upload_temporary(&file.bytes)?;
            // By our own clock where the platform does not tell, from before the request left.
            let from = media.created_at.map_or(asked_at.0, |seconds| seconds.saturating_mul(1000));
            let until = Some(Stamp(from.saturating_add(TEMPORARY_SECONDS * 1000)));
            Ok(Gone { name, known_as: media.media_id, until })
        }
    }
}
