//! Pictures for the tests of this room.

use image::{ImageFormat, RgbImage};

/// A picture whose upper left quarter is red, and all else blue.
pub(super) fn marked(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        if x < width / 2 && y < height / 2 { image::Rgb([250, 10, 10]) } else { image::Rgb([10, 10, 250]) }
    })
}

/// A picture that no coding makes small.
pub(super) fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, b, c, d] = state.to_le_bytes();
        image::Rgb([b, c, d])
    })
}

pub(super) fn coded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(super) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    coded(&marked(width, height), ImageFormat::Jpeg)
}

pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    coded(&marked(width, height), ImageFormat::Png)
}

/// A TIFF directory as EXIF has it.
pub(super) fn exif(orientation: u8, has_location: bool) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    let tag = if has_location { [0x25, 0x88] } else { [0x31, 0x01] };
    tiff.extend(tag);
    tiff.extend([4, 0, 1, 0, 0, 0, 38, 0, 0, 0, 0, 0, 0, 0]);
    tiff
}

/// The JPEG with one more segment behind its first two bytes.
pub(super) fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, content, &jpeg[2..]].concat()
}

/// The PNG with one more chunk behind its first.
pub(super) fn with_chunk(png: &[u8], name: [u8; 4], content: &[u8]) -> Vec<u8> {
    const FIRST_ENDS: usize = 8 + 12 + 13;
    let mut crc = flate2::Crc::new();
    crc.update(&name);
    crc.update(content);
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&png[..FIRST_ENDS], &length, &name, content, &crc.sum().to_be_bytes(), &png[FIRST_ENDS..]].concat()
}
