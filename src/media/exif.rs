//! What of EXIF matters here: which way is up, and whether it says where the picture was taken.

/// The tag of the position's own directory (EXIF 2.32, section 4.6.3).
const GPS_DIRECTORY: u16 = 0x8825;

/// The tag that says which way is up.
const ORIENTATION: u16 = 0x0112;

/// A first directory of more entries than this is none.
const ENTRIES_MAX: u16 = 512;

/// What an EXIF block says. One that cannot be read says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exif {
    /// 1 to 8, as the standard numbers them; 1 is upright.
    pub orientation: u8,
    /// It holds a position.
    pub has_location: bool,
}

impl Exif {
    /// Upright, and without a position.
    pub const PLAIN: Self = Self { orientation: 1, has_location: false };

    /// Reads the TIFF structure that EXIF is.
    pub fn read(tiff: &[u8]) -> Self {
        Self::directory(tiff).unwrap_or(Self::PLAIN)
    }

    fn directory(tiff: &[u8]) -> Option<Self> {
        let is_little = match tiff.get(..4)? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        let two = |at: usize| -> Option<u16> {
            let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
            Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
        };
        let four = |at: usize| -> Option<u32> {
            let bytes = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
            Some(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
        };
        let first = usize::try_from(four(4)?).ok()?;
        let mut found = Self::PLAIN;
        for entry in 0..usize::from(two(first)?.min(ENTRIES_MAX)) {
            let at = first.checked_add(2 + entry * 12)?;
            match two(at) {
                Some(ORIENTATION) => {
                    // A number that means nothing turns nothing.
                    let turned = two(at + 8).filter(|turned| (1..=8).contains(turned));
                    found.orientation = turned.and_then(|turned| u8::try_from(turned).ok()).unwrap_or(1);
                }
                Some(GPS_DIRECTORY) => found.has_location = true,
                Some(_) => {}
                None => break,
            }
        }
        Some(found)
    }
}

/// Whether a text of XMP tells a position.
pub(super) fn xmp_has_location(xmp: &[u8]) -> bool {
    [&b"GPSLatitude"[..], b"GPSLongitude", b"GPSPosition"].iter().any(|tag| memchr::memmem::find(xmp, tag).is_some())
}

#[cfg(test)]
mod tests {
    use super::super::samples::exif;
    use super::*;

    #[test]
    fn both_orders_of_bytes_are_read() {
        assert_eq!(Exif::read(&exif(6, true)), Exif { orientation: 6, has_location: true });
        assert_eq!(Exif::read(&exif(1, false)), Exif::PLAIN);
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0";
        assert_eq!(Exif::read(big).orientation, 3);
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for tiff in [&b""[..], b"II*\0", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff\x12\x01"] {
            assert_eq!(Exif::read(tiff), Exif::PLAIN);
        }
        let mut odd = exif(6, false);
        odd[18] = 99;
        assert_eq!(Exif::read(&odd).orientation, 1);
    }

    #[test]
    fn xmp_tells_a_position_too() {
        assert!(xmp_has_location(b"<rdf:Description exif:GPSLatitude=\"30,16N\"/>"));
        assert!(!xmp_has_location(b"<rdf:Description xmp:Rating=\"5\"/>"));
    }
}
