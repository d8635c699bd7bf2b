//! What of a picture is uploaded: upright, without what is said beside it, and small enough. The same file always becomes the
//! same bytes.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageEncoder as _, Limits};

use super::jpeg::Anatomy;
use super::look::{PIXELS_MAX, SIDE_MAX};
use super::{jpeg, look, png};
use crate::store::{Code, Words};
use crate::wire::media::{Picture, Upload};
use crate::words;

/// Longest side and quality, tried in this order until the bytes are few enough: what looks best first. Noise at the last one
/// has half a megabyte.
const STEPS: [(u32, u8); 9] =
    [(SIDE_MAX, 92), (SIDE_MAX, 85), (2560, 85), (2560, 78), (2016, 82), (1600, 80), (1280, 78), (1024, 75), (800, 70)];

/// A picture of more pixels than this does not fit into a megabyte at the steps that keep its size: they are not tried.
const KEPT_PIXELS_MAX: u64 = 6_000_000;

/// How large a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Bytes of the file.
    pub bytes: usize,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Size {
    #[expect(clippy::cast_precision_loss, reason = "files have less than 2^52 bytes")]
    fn words(self) -> String {
        let Self { bytes, width, height } = self;
        let kilobytes = bytes as f64 / 1024.0;
        if kilobytes < 1000.0 {
            format!("{:.0} KB {width}×{height}", kilobytes.ceil())
        } else {
            format!("{:.1} MB {width}×{height}", kilobytes / 1024.0)
        }
    }
}

/// What is uploaded of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What they are.
    pub picture: Picture,
    /// How large the file was.
    pub before: Size,
    /// How large what is uploaded is.
    pub after: Size,
    /// It was turned upright.
    pub is_turned: bool,
    /// It said where it was taken, and does no more.
    pub location_removed: bool,
}

impl Prepared {
    /// What was done, for people; `None` if nothing that anybody sees.
    #[must_use]
    pub fn words(&self) -> Option<Words> {
        let (before, after) = (self.before.words(), self.after.words());
        let mut done = Vec::new();
        if self.after.bytes != self.before.bytes && (self.is_turned || self.is_shrunk()) {
            done.push(Words::same(format!("{before} → {after}")));
        }
        if self.is_turned {
            done.push(words!("turned upright"; "已转正"));
        }
        if self.location_removed {
            done.push(words!("location removed"; "已去除位置信息"));
        }
        let (en, zh): (Vec<_>, Vec<_>) = done.into_iter().map(|words| (words.en, words.zh)).unzip();
        (!en.is_empty()).then(|| Words { en: en.join(", "), zh: zh.join("，") })
    }

    /// It had to be made smaller.
    #[must_use]
    pub fn is_shrunk(&self) -> bool {
        let pixels = |size: Size| u64::from(size.width) * u64::from(size.height);
        pixels(self.after) < pixels(self.before) || self.after.bytes + self.before.bytes / 10 < self.before.bytes
    }
}

/// Makes of a file what is uploaded of it. It is decoded for that whatever it is, so that nothing broken goes; a picture that
/// is upright and small enough then goes byte by byte, without what is said beside it.
///
/// # Errors
///
/// As [`look`](super::look()); [`Code::FileBroken`] also for one that is whole and cannot be decoded.
pub fn prepare(bytes: &[u8], upload: Upload) -> Result<Prepared, Code> {
    let looked = look(bytes, upload)?;
    let before = Size { bytes: bytes.len(), width: looked.width, height: looked.height };
    let (decoded, bare, anatomy) = match looked.picture {
        Picture::Jpeg => (decode(JpegDecoder::new(Cursor::new(bytes)))?, jpeg::bare(bytes), jpeg::anatomy(bytes)),
        Picture::Png => (decode(PngDecoder::new(Cursor::new(bytes)))?, png::bare(bytes), png::anatomy(bytes)),
        // It has neither up nor place, and goes as it is.
        picture => {
            let bytes = bytes.to_vec();
            return Ok(Prepared { bytes, picture, before, after: before, is_turned: false, location_removed: false });
        }
    };
    let Anatomy { exif, .. } = anatomy.ok_or(Code::FileBroken)?;
    let bare = bare.ok_or(Code::FileBroken)?;
    let location_removed = exif.has_location;
    if exif.orientation == 1 && bare.len() <= upload.bytes_max() {
        let after = Size { bytes: bare.len(), ..before };
        return Ok(Prepared {
            bytes: bare,
            picture: looked.picture,
            before,
            after,
            is_turned: false,
            location_removed,
        });
    }
    let (mut picture, profile) = decoded;
    if let Some(orientation) = Orientation::from_exif(exif.orientation) {
        picture.apply_orientation(orientation);
    }
    let (bytes, width, height) = small_enough(&on_white(picture), profile.as_deref(), upload.bytes_max())?;
    let after = Size { bytes: bytes.len(), width, height };
    let is_turned = exif.orientation != 1;
    Ok(Prepared { bytes, picture: Picture::Jpeg, before, after, is_turned, location_removed })
}

/// A picture, and the colour profile that it goes by.
type Decoded = (DynamicImage, Option<Vec<u8>>);

fn decode<D: ImageDecoder>(decoder: image::ImageResult<D>) -> Result<Decoded, Code> {
    let mut decoder = decoder.map_err(|_| Code::FileBroken)?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    // Four channels of two bytes are the most that a PNG has.
    limits.max_alloc = Some(PIXELS_MAX * 8);
    decoder.set_limits(limits).map_err(|_| Code::FilePixels)?;
    let profile = decoder.icc_profile().ok().flatten();
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| Code::FileBroken)?;
    Ok((picture, profile))
}

/// JPEG has no transparency: what is behind it is white, as on a page.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let mut flat = image::RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.into_rgba8().pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let over = |colour: u32| u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        to.0 = [over(red), over(green), over(blue)];
    }
    DynamicImage::ImageRgb8(flat)
}

/// The first of the steps that has few enough bytes.
fn small_enough(picture: &DynamicImage, profile: Option<&[u8]>, bytes_max: usize) -> Result<(Vec<u8>, u32, u32), Code> {
    let (width, height) = (picture.width(), picture.height());
    let longest = width.max(height);
    let is_hopeless =
        |side: u32| side >= longest && bytes_max < 2 << 20 && u64::from(width) * u64::from(height) > KEPT_PIXELS_MAX;
    let mut scaled: Option<(u32, DynamicImage)> = None;
    for (side, quality) in STEPS {
        let side = side.min(longest);
        if is_hopeless(side) {
            continue;
        }
        if side < longest && scaled.as_ref().is_none_or(|(known, _)| *known != side) {
            scaled = Some((side, picture.resize(side, side, FilterType::Triangle)));
        }
        let at_this_size = scaled.as_ref().filter(|(known, _)| *known == side).map_or(picture, |(_, scaled)| scaled);
        let bytes = coded(at_this_size, profile, quality)?;
        if bytes.len() <= bytes_max {
            return Ok((bytes, at_this_size.width(), at_this_size.height()));
        }
    }
    Err(Code::FileTooLarge)
}

fn coded(picture: &DynamicImage, profile: Option<&[u8]>, quality: u8) -> Result<Vec<u8>, Code> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    if let Some(profile) = profile {
        // Without it the colours are a little off, and nothing worse.
        let _ = encoder.set_icc_profile(profile.to_vec());
    }
    encoder.encode_image(picture).map_err(|_| Code::FileBroken)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use image::ImageFormat;

    use super::super::samples::{coded as sample, exif, jpeg, marked, noise, png, with_chunk, with_segment};
    use super::*;

    fn turned(orientation: u8) -> Vec<u8> {
        with_segment(&jpeg(64, 48), 0xE1, &[b"Exif\0\0".as_slice(), &exif(orientation, true)].concat())
    }

    /// In which corner the red quarter is.
    fn corner(bytes: &[u8]) -> (&'static str, &'static str) {
        let picture = image::load_from_memory(bytes).unwrap().into_rgb8();
        let (width, height) = picture.dimensions();
        let red = |x, y| picture.get_pixel(x, y).0[0] > 128;
        let (quarter_x, quarter_y) = (width / 4, height / 4);
        let found = [
            (("left", "top"), (quarter_x, quarter_y)),
            (("right", "top"), (width - quarter_x, quarter_y)),
            (("left", "bottom"), (quarter_x, height - quarter_y)),
            (("right", "bottom"), (width - quarter_x, height - quarter_y)),
        ];
        found.into_iter().find(|(_, (x, y))| red(*x, *y)).map(|(corner, _)| corner).unwrap()
    }

    #[test]
    fn a_small_upright_photo_keeps_every_byte_of_its_picture_and_loses_its_place() {
        let told = turned(1);
        let made = prepare(&told, Upload::Picture).unwrap();
        assert_eq!(made.bytes, jpeg(64, 48));
        assert_eq!((made.location_removed, made.is_turned), (true, false));
        assert_eq!(made.words().unwrap().en, "location removed");
        assert_eq!(prepare(&jpeg(64, 48), Upload::Picture).unwrap().words(), None);
    }

    #[test]
    fn a_photo_that_stands_on_its_head_is_turned_upright() {
        for (orientation, wanted) in [
            (1, ("left", "top")),
            (2, ("right", "top")),
            (3, ("right", "bottom")),
            (4, ("left", "bottom")),
            (5, ("left", "top")),
            (6, ("right", "top")),
            (7, ("right", "bottom")),
            (8, ("left", "bottom")),
        ] {
            let made = prepare(&turned(orientation), Upload::Picture).unwrap();
            assert_eq!(corner(&made.bytes), wanted, "{orientation}");
            let is_on_its_side = orientation > 4;
            assert_eq!((made.after.width, made.after.height), if is_on_its_side { (48, 64) } else { (64, 48) });
            assert!(look(&made.bytes, Upload::Picture).is_ok_and(|looked| !looked.is_turned && !looked.has_location));
        }
    }

    #[test]
    fn a_photo_over_a_megabyte_is_made_smaller_and_always_the_same() {
        let large = sample(&noise(1800, 1200), ImageFormat::Jpeg);
        assert!(large.len() > 1 << 20);
        let made = prepare(&large, Upload::Picture).unwrap();
        assert!(made.bytes.len() < 1 << 20 && made.is_shrunk());
        let (width, height) = (made.after.width, made.after.height);
        assert!((width * 2).abs_diff(height * 3) <= 3, "{width}×{height} has the shape of 1800×1200");
        assert_eq!(prepare(&large, Upload::Picture).unwrap(), made);
        assert!(made.words().unwrap().en.contains("1800×1200 → "), "{:?}", made.words());
        // As a paper it may be as large as it is.
        assert_eq!(prepare(&large, Upload::Temporary).unwrap().bytes, large);
    }

    #[test]
    fn a_large_png_becomes_a_jpeg_and_one_that_fits_without_its_texts_stays_one() {
        let large = sample(&noise(700, 600), ImageFormat::Png);
        assert!(large.len() > 1 << 20);
        assert_eq!(prepare(&large, Upload::Picture).unwrap().picture, Picture::Jpeg);
        let wordy = with_chunk(&png(20, 10), *b"tEXt", &vec![b'a'; 1 << 20]);
        let made = prepare(&wordy, Upload::Picture).unwrap();
        assert_eq!((made.picture, made.bytes), (Picture::Png, png(20, 10)));
    }

    #[test]
    fn transparency_becomes_white() {
        let clear = DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(4, 4, image::Rgba([0, 0, 0, 0])));
        assert_eq!(on_white(clear).into_rgb8().get_pixel(0, 0).0, [255, 255, 255]);
        let opaque = DynamicImage::ImageRgb8(marked(4, 4));
        assert_eq!(on_white(opaque.clone()), opaque);
    }

    #[test]
    fn a_file_that_is_whole_and_cannot_be_decoded_is_broken() {
        let mut wrong = png(200, 100);
        let middle = wrong.len() / 2;
        wrong[middle] ^= 0xFF;
        assert!(look(&wrong, Upload::Picture).is_ok());
        assert_eq!(prepare(&wrong, Upload::Picture), Err(Code::FileBroken));
    }
}
