//! PNG by its chunks: how large it is, whether it is whole, and the same picture without what is said beside it. Nothing is
//! decoded.

use super::exif::{Exif, xmp_has_location};
use super::jpeg::Anatomy;

const HEAD: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What is kept: the picture itself, and what decides how it looks. The rest (texts, time, EXIF, films) goes.
const KEPT: [&[u8; 4]; 13] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"cICP",
];

/// Calls `with` for each chunk: its name, what stands in it, and the chunk as a whole. `None` where the file is cut off.
fn each<'b>(bytes: &'b [u8], mut with: impl FnMut(&'b [u8], &'b [u8], &'b [u8])) -> Option<()> {
    let mut rest = bytes.strip_prefix(HEAD)?;
    loop {
        let length = usize::try_from(u32::from_be_bytes(rest.get(..4)?.try_into().ok()?)).ok()?;
        let whole = rest.get(..length.checked_add(12)?)?;
        let name = &whole[4..8];
        with(name, &whole[8..8 + length], whole);
        if name == b"IEND" {
            return Some(());
        }
        rest = &rest[whole.len()..];
    }
}

/// What the file's chunks say; `None` where it is not whole.
pub(super) fn anatomy(bytes: &[u8]) -> Option<Anatomy> {
    let (mut size, mut lines, mut exif) = (None, 0, Exif::PLAIN);
    each(bytes, |name, content, _| match name {
        b"IHDR" if content.len() == 13 => {
            let four = |at: usize| content[at..at + 4].try_into().map(u32::from_be_bytes).unwrap_or_default();
            size = Some((four(0), four(4)));
        }
        b"IDAT" => lines += content.len(),
        b"eXIf" => exif = Exif::read(content),
        b"iTXt" | b"tEXt" => exif.has_location |= xmp_has_location(content),
        _ => {}
    })?;
    let (width, height) = size.filter(|(width, height)| *width > 0 && *height > 0 && lines > 0)?;
    Some(Anatomy { width, height, exif })
}

/// The same picture without anything that is said beside it. `None` where it is not whole.
pub(super) fn bare(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = HEAD.to_vec();
    each(bytes, |name, _, whole| {
        if KEPT.iter().any(|kept| *kept == name) {
            kept.extend_from_slice(whole);
        }
    })?;
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{exif, png, with_chunk};
    use super::*;

    #[test]
    fn a_file_that_ends_early_is_not_whole_wherever_it_ends() {
        let whole = png(20, 10);
        assert_eq!(anatomy(&whole), Some(Anatomy { width: 20, height: 10, exif: Exif::PLAIN }));
        for end in 0..whole.len() {
            assert_eq!(anatomy(&whole[..end]), None, "{end} of {}", whole.len());
        }
    }

    #[test]
    fn nothing_that_was_said_beside_the_picture_is_left() {
        let plain = png(20, 10);
        let told = with_chunk(&with_chunk(&plain, *b"eXIf", &exif(6, true)), *b"tEXt", b"Comment\0secret");
        assert_eq!(anatomy(&told).map(|found| found.exif), Some(Exif { orientation: 6, has_location: true }));
        assert_eq!(bare(&[&told[..], b"and more"].concat()), Some(plain));
    }
}
