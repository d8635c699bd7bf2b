//! Pictures. An upload is asked for again where that may help: a second one leaves a copy that nobody points at.

use super::{Client, Payload, ReadError};
use crate::wire::media::{self, Temporary, Upload};

impl Client {
    /// Uploads an image for three days (`media/upload`): JPG, PNG or GIF up to 10 MB.
    ///
    /// # Errors
    ///
    /// A file that is not taken, before any call; else why it was not uploaded.
    pub fn upload_temporary(&self, bytes: &[u8]) -> Result<Temporary, ReadError> {
        self.upload(Upload::Temporary, &[("type", "image")], bytes, Temporary::from_value)
    }

    /// Uploads a picture for good (`media/uploadimg`), and gives its address: JPG or PNG under 1 MB.
    ///
    /// # Errors
    ///
    /// A file that is not taken, before any call; else why it was not uploaded.
    pub fn upload_picture(&self, bytes: &[u8]) -> Result<String, ReadError> {
        self.upload(Upload::Picture, &[], bytes, media::url)
    }

    fn upload<T>(
        &self,
        upload: Upload,
        plain: &[(&str, &str)],
        bytes: &[u8],
        fit: impl Fn(&serde_json::Value) -> Result<T, crate::wire::Misfit>,
    ) -> Result<T, ReadError> {
        let picture = upload.check(bytes)?;
        let (content_type, bytes) = media::multipart(picture, bytes);
        self.ask(upload.endpoint(), plain, Payload::File { content_type: &content_type, bytes: &bytes }, fit)
    }
}
