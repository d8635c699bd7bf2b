//! What an application points at, head image and papers: media ids, or files, which are looked at before any call and uploaded
//! between the question and the write.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::media::{Ready, look_at, upload};
use crate::cli::reach::Reach;
use crate::store::Words;
use crate::wire::media::{Picture, Upload};
use crate::words;

/// The files of a command, each content once.
#[derive(Debug, Default)]
pub struct Material(BTreeMap<String, Ready>);

impl Material {
    /// What stands for a value until it is uploaded: a media id for itself, for a file the SHA-256 of its content, which has a
    /// media id's form.
    ///
    /// # Errors
    ///
    /// A file that is not there, or that the platform does not take.
    pub fn take(&mut self, context: &Context<'_>, value: &str) -> Result<String, Failure> {
        let value = value.trim();
        let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !Path::new(value).exists() && value.chars().all(is_id) {
            return Ok(value.to_owned());
        }
        let ready = look_at(context, Path::new(value), Upload::Temporary)?;
        let known_as = ready.sha256.clone();
        self.0.entry(known_as.clone()).or_insert(ready);
        Ok(known_as)
    }

    /// The same of a head image, which is a JPG or PNG.
    ///
    /// # Errors
    ///
    /// Those of [`take`](Self::take), and a GIF.
    pub fn take_head_image(&mut self, context: &Context<'_>, value: &str) -> Result<String, Failure> {
        let known_as = self.take(context, value)?;
        match self.0.get(&known_as) {
            Some(Ready { name, picture: Picture::Gif, .. }) => Err(Failure::usage(
                words!("{name} is a GIF, and a head image is a JPG or PNG; nothing was uploaded"; "{name} 是 GIF，头像只支持 JPG 或 PNG；未上传任何文件"),
                Some(words!("save it as JPG or PNG"; "请另存为 JPG 或 PNG")),
            )),
            _ => Ok(known_as),
        }
    }

    /// For the person who is asked.
    pub fn shown(&self, known_as: &str) -> Words {
        match self.0.get(known_as) {
            Some(Ready { name, bytes, .. }) => {
                let kilobytes = bytes.len().div_ceil(1024);
                words!("{name} ({kilobytes} KB, uploaded after your yes)"; "{name}（{kilobytes} KB，确认后上传）")
            }
            None => Words::same(known_as.to_owned()),
        }
    }

    /// Uploads all of it; the media ids by what stood for them.
    ///
    /// # Errors
    ///
    /// The first upload that failed; the write itself was not sent then.
    pub fn upload(&self, context: &Context<'_>, reach: &mut Reach<'_>) -> Result<MediaIds, Failure> {
        let mut ids = BTreeMap::new();
        for (known_as, file) in &self.0 {
            let gone = upload(context, reach, Upload::Temporary, file).map_err(|failure| {
                let Words { en, zh } = failure.words;
                let words = Words {
                    en: format!("{en}; nothing but files was sent"),
                    zh: format!("{zh}；除文件外未提交任何内容"),
                };
                Failure { words, ..failure }
            })?;
            ids.insert(known_as.clone(), gone.known_as);
        }
        Ok(MediaIds(ids))
    }
}

/// The media ids of uploaded files.
#[derive(Debug)]
pub struct MediaIds(BTreeMap<String, String>);

impl MediaIds {
    /// The media id in the place of what stood for it.
    pub fn of(&self, known_as: &str) -> String {
        self.0.get(known_as).map_or(known_as, String::as_str).to_owned()
    }
}
