//! JPEG by its segments: how large it is, whether it is whole, what it says beside the picture, and the same picture without
//! that. Nothing is decoded.

use super::exif::{Exif, xmp_has_location};

/// What its segments say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anatomy {
    pub width: u32,
    pub height: u32,
    pub exif: Exif,
}

const EXIF: &[u8] = b"Exif\0\0";
const ICC: &[u8] = b"ICC_PROFILE\0";

/// A part of the file, with its marker.
enum Part<'b> {
    /// A segment: its marker and what stands in it.
    Segment(u8, &'b [u8]),
    /// A marker alone.
    Bare(u8),
    /// Coded lines, up to the next marker.
    Scan(&'b [u8]),
}

/// Takes the file apart up to its end marker. `None` where it is cut off or is no JPEG from some byte on.
fn each<'b>(bytes: &'b [u8], mut with: impl FnMut(Part<'b>)) -> Option<()> {
    let mut at = 2;
    if bytes.get(..2)? != [0xFF, 0xD8] {
        return None;
    }
    loop {
        // Any number of 0xFF may stand before a marker.
        while bytes.get(at..at + 2)? == [0xFF, 0xFF] {
            at += 1;
        }
        let [0xFF, marker] = *bytes.get(at..at + 2)? else { return None };
        at += 2;
        match marker {
            0xD9 => {
                with(Part::Bare(marker));
                return Some(());
            }
            0x01 | 0xD0..=0xD7 => with(Part::Bare(marker)),
            _ => {
                let length = usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
                let content = bytes.get(at + 2..at.checked_add(length).filter(|_| length >= 2)?)?;
                at += length;
                with(Part::Segment(marker, content));
                if marker == 0xDA {
                    let scan = scan_length(bytes.get(at..)?)?;
                    with(Part::Scan(&bytes[at..at + scan]));
                    at += scan;
                }
            }
        }
    }
}

/// How long coded lines are: up to the next marker that is neither a stuffed zero nor a restart.
fn scan_length(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(0xFF, bytes)
        .find(|at| bytes.get(at + 1).is_some_and(|next| !matches!(next, 0x00 | 0xD0..=0xD7 | 0xFF)))
}

/// What the file's segments say; `None` where it is not whole.
pub(super) fn anatomy(bytes: &[u8]) -> Option<Anatomy> {
    let (mut size, mut scans, mut exif) = (None, 0_u32, Exif::PLAIN);
    each(bytes, |part| match part {
        // Frames of every kind of coding; the four in between are tables.
        Part::Segment(0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF, content) => {
            if let [_, h1, h2, w1, w2, ..] = *content {
                let of = |high, low| u32::from(u16::from_be_bytes([high, low]));
                size = size.or(Some((of(w1, w2), of(h1, h2))));
            }
        }
        Part::Segment(0xE1, content) => match content.strip_prefix(EXIF) {
            Some(tiff) => {
                let found = Exif::read(tiff);
                exif.has_location |= found.has_location;
                if found.orientation != 1 {
                    exif.orientation = found.orientation;
                }
            }
            None => exif.has_location |= xmp_has_location(content),
        },
        Part::Scan(lines) => scans += u32::from(!lines.is_empty()),
        Part::Segment(..) | Part::Bare(_) => {}
    })?;
    let (width, height) = size.filter(|(width, height)| *width > 0 && *height > 0 && scans > 0)?;
    Some(Anatomy { width, height, exif })
}

/// The same picture, byte for byte, without anything that is said beside it: EXIF, XMP, IPTC, previews, comments, and whatever
/// telephones append behind the end. What decides on colours stays. `None` where it is not whole.
pub(super) fn bare(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(bytes.len());
    kept.extend([0xFF, 0xD8]);
    each(bytes, |part| match part {
        Part::Segment(marker, content) if is_kept(marker, content) => {
            kept.extend([0xFF, marker]);
            // It was read with this length.
            kept.extend(u16::try_from(content.len() + 2).unwrap_or(u16::MAX).to_be_bytes());
            kept.extend_from_slice(content);
        }
        Part::Segment(..) => {}
        Part::Bare(marker) => kept.extend([0xFF, marker]),
        Part::Scan(lines) => kept.extend_from_slice(lines),
    })?;
    Some(kept)
}

/// Of what applications write only the JFIF head (APP0), the colour profile (APP2) and Adobe's word on the coding of colours
/// (APP14) decide how the picture looks.
fn is_kept(marker: u8, content: &[u8]) -> bool {
    match marker {
        0xE0 => content.starts_with(b"JFIF\0"),
        0xE2 => content.starts_with(ICC),
        0xEE => content.starts_with(b"Adobe"),
        0xE1..=0xEF | 0xFE => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{exif, jpeg, with_segment};
    use super::*;

    #[test]
    fn size_orientation_and_position_are_read_without_decoding() {
        let plain = jpeg(64, 48);
        assert_eq!(anatomy(&plain), Some(Anatomy { width: 64, height: 48, exif: Exif::PLAIN }));
        let told = with_segment(&plain, 0xE1, &[EXIF, &exif(6, true)].concat());
        assert_eq!(anatomy(&told).map(|found| found.exif), Some(Exif { orientation: 6, has_location: true }));
    }

    #[test]
    fn a_file_that_ends_early_is_not_whole_wherever_it_ends() {
        let whole = jpeg(64, 48);
        for end in 0..whole.len() {
            assert_eq!(anatomy(&whole[..end]), None, "{end} of {}", whole.len());
        }
        let mut zeros = whole[..whole.len() / 2].to_vec();
        zeros.resize(whole.len(), 0);
        assert_eq!(anatomy(&zeros), None, "a download whose end never came");
    }

    #[test]
    fn nothing_that_was_said_beside_the_picture_is_left() {
        let plain = jpeg(64, 48);
        let mut told = plain.clone();
        for (marker, content) in [
            (0xE1, [EXIF, &exif(1, true)].concat()),
            (0xE1, b"http://ns.adobe.com/xap/1.0/\0 GPSLatitude".to_vec()),
            (0xED, b"Photoshop 3.0\0 secret".to_vec()),
            (0xFE, b"a comment".to_vec()),
            (0xE2, b"MPF\0 a second picture".to_vec()),
        ] {
            told = with_segment(&told, marker, &content);
        }
        told.extend_from_slice(b"a film that telephones append");
        assert_eq!(bare(&told), Some(plain));
    }

    #[test]
    fn the_colour_profile_stays() {
        let profiled = with_segment(&jpeg(8, 8), 0xE2, &[ICC, b"\x01\x01 profile"].concat());
        assert_eq!(bare(&profiled), Some(profiled));
    }
}
