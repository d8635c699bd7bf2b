//! Whether a file can be used as a picture, told by its content before anything is asked of the platform.

use super::jpeg::Anatomy;
use super::{jpeg, png};
use crate::store::Code;
use crate::wire::media::{Picture, TEMPORARY_BYTES_MAX, Upload};

/// So large may a file be before it is read: what `media/upload` takes. A photo for `media/uploadimg` may be as large, and is
/// made smaller on the way.
pub const FILE_BYTES_MAX: u64 = TEMPORARY_BYTES_MAX as u64;

/// The longest side in pixels; beyond it a file claims what no camera makes.
pub const SIDE_MAX: u32 = 12_000;

/// The largest area in pixels: unpacked it takes four bytes a pixel of memory.
pub const PIXELS_MAX: u64 = 64_000_000;

/// A file that can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// What it is.
    pub picture: Picture,
    /// Pixels from left to right, as the file stores them.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// It is not stored upright.
    pub is_turned: bool,
    /// It says where it was taken.
    pub has_location: bool,
    /// It has more bytes than its upload takes, and will be made smaller.
    pub is_large: bool,
}

/// Looks at all of a file's bytes; nothing is decoded, so that a file that unpacks to a thousand times its size costs nothing.
///
/// # Errors
///
/// The finding's code: of a kind that is not taken, too large, too many pixels, damaged or cut off.
pub fn look(bytes: &[u8], upload: Upload) -> Result<Looked, Code> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Code::FileTooLarge);
    }
    if bytes.is_empty() {
        return Err(Code::FileBroken);
    }
    let picture = Picture::of(bytes).ok_or(Code::FileNotPicture)?;
    let anatomy = match (picture, upload) {
        (Picture::Jpeg, _) => jpeg::anatomy(bytes).ok_or(Code::FileBroken)?,
        (Picture::Png, _) => png::anatomy(bytes).ok_or(Code::FileBroken)?,
        (Picture::Gif, Upload::Temporary) => gif(bytes).ok_or(Code::FileBroken)?,
        (Picture::Heic, _) => return Err(Code::FileHeic),
        _ => return Err(Code::FileNotPicture),
    };
    let Anatomy { width, height, exif } = anatomy;
    if width > SIDE_MAX || height > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(Code::FilePixels);
    }
    let is_large = bytes.len() > upload.bytes_max();
    let (is_turned, has_location) = (exif.orientation != 1, exif.has_location);
    Ok(Looked { picture, width, height, is_turned, has_location, is_large })
}

/// A GIF goes as it is: it has no place for a position. Its trailer says that it is whole.
fn gif(bytes: &[u8]) -> Option<Anatomy> {
    let [w1, w2, h1, h2] = *bytes.get(6..10)? else { return None };
    let is_whole = bytes.iter().rev().find(|byte| **byte != 0) == Some(&0x3B);
    let (width, height) = (u32::from(u16::from_le_bytes([w1, w2])), u32::from(u16::from_le_bytes([h1, h2])));
    (is_whole && width > 0 && height > 0).then_some(Anatomy { width, height, exif: super::exif::Exif::PLAIN })
}

#[cfg(test)]
mod tests {
    use super::super::samples::{exif, jpeg, png, with_segment};
    use super::*;

    fn code(bytes: &[u8], upload: Upload) -> Option<Code> {
        look(bytes, upload).err()
    }

    #[test]
    fn a_file_is_what_its_content_says() {
        let heic = b"\x00\x00\x00\x18ftypheic and so on";
        let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
        for (bytes, picture, paper) in [
            (&jpeg(8, 8)[..], None, None),
            (&png(8, 8), None, None),
            (gif, Some(Code::FileNotPicture), None),
            (&gif[..gif.len() - 1], Some(Code::FileNotPicture), Some(Code::FileBroken)),
            (heic, Some(Code::FileHeic), Some(Code::FileHeic)),
            (b"", Some(Code::FileBroken), Some(Code::FileBroken)),
            (b"<html>", Some(Code::FileNotPicture), Some(Code::FileNotPicture)),
            (&jpeg(8, 8)[..100], Some(Code::FileBroken), Some(Code::FileBroken)),
        ] {
            assert_eq!(code(bytes, Upload::Picture), picture, "{bytes:.20?}");
            assert_eq!(code(bytes, Upload::Temporary), paper, "{bytes:.20?}");
        }
    }

    #[test]
    fn twelve_megabytes_are_too_many_and_a_claim_of_many_pixels_is_never_unpacked() {
        let mut twelve = jpeg(8, 8);
        twelve.resize(12 << 20, 0);
        assert_eq!(code(&twelve, Upload::Picture), Some(Code::FileTooLarge));
        let mut bomb = png(8, 8);
        bomb[16..24].copy_from_slice(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]);
        assert_eq!(code(&bomb, Upload::Temporary), Some(Code::FilePixels));
        bomb[16..24].copy_from_slice(&[0, 0, 0x20, 0, 0, 0, 0x20, 0]);
        assert_eq!(code(&bomb, Upload::Temporary), Some(Code::FilePixels), "8192 × 8192");
    }

    #[test]
    fn what_will_be_done_to_a_file_is_known_beforehand() {
        let told = with_segment(&jpeg(64, 48), 0xE1, &[b"Exif\0\0".as_slice(), &exif(6, true)].concat());
        let looked = look(&told, Upload::Picture).unwrap();
        assert!(looked.is_turned && looked.has_location && !looked.is_large);
        assert_eq!((looked.width, looked.height), (64, 48));
    }
}
