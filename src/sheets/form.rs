//! What a file is, told by its content alone: names lie, contents do not.

use std::io::{Read as _, SeekFrom};

use zip::ZipArchive;

use super::error::{ENTRY_BYTES_MAX, FILE_BYTES_MAX, WHOLE_BYTES_MAX};
use super::{ReadSeek, SheetError};

/// What a file of tables is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Text with delimiters.
    Csv,
    /// Excel's workbook of today, with macros or without.
    Xlsx,
    /// Excel's binary workbook.
    Xlsb,
    /// Excel's workbook of 1997 to 2003.
    Xls,
    /// An `OpenDocument` spreadsheet.
    Ods,
}

const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
const EMPTY_ZIP_MAGIC: &[u8] = b"PK\x05\x06";
const OLE_MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
const ODS_MIME: &str = "application/vnd.oasis.opendocument.spreadsheet";

impl Form {
    /// Tells what a file is. Anything that is neither zip, OLE nor markup counts as text.
    pub fn of(source: &mut dyn ReadSeek) -> Result<Self, SheetError> {
        let bytes = source.seek(SeekFrom::End(0)).map_err(SheetError::Io)?;
        if bytes > FILE_BYTES_MAX {
            return Err(SheetError::FileTooLarge { bytes });
        }
        let head = head(source)?;
        if head.starts_with(ZIP_MAGIC) || head.starts_with(EMPTY_ZIP_MAGIC) {
            return of_zip(source, &head);
        }
        if head.starts_with(OLE_MAGIC) {
            return of_ole(source, bytes);
        }
        match plain_start(&head) {
            None => Err(SheetError::Empty),
            Some(b'<') => Err(SheetError::Markup),
            Some(_) => Ok(Self::Csv),
        }
    }
}

/// The first byte of a text that is not white space, in whatever encoding.
#[must_use]
pub fn plain_start(head: &[u8]) -> Option<u8> {
    let text = [&b"\xEF\xBB\xBF"[..], b"\xFF\xFE", b"\xFE\xFF"].iter().find_map(|mark| head.strip_prefix(*mark));
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    text.unwrap_or(head).iter().find(|byte| !is_space(byte)).copied()
}

/// The first bytes, from which most can be told (64 KiB).
fn head(source: &mut dyn ReadSeek) -> Result<Vec<u8>, SheetError> {
    const HEAD_BYTES: u64 = 64 << 10;
    let mut head = Vec::new();
    source.rewind().and_then(|()| source.take(HEAD_BYTES).read_to_end(&mut head)).map_err(SheetError::Io)?;
    Ok(head)
}

fn of_zip(source: &mut dyn ReadSeek, head: &[u8]) -> Result<Form, SheetError> {
    source.rewind().map_err(SheetError::Io)?;
    let mut archive = ZipArchive::new(source).map_err(|why| SheetError::Damaged(why.into()))?;
    let mut form = Err(SheetError::NotWorkbook);
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|why| SheetError::Damaged(why.into()))?;
        let name = entry.name().unwrap_or_default().replace('\\', "/").to_ascii_lowercase();
        if entry.size() > ENTRY_BYTES_MAX {
            return Err(SheetError::EntryTooLarge { entry: name, bytes: entry.size(), limit: ENTRY_BYTES_MAX });
        }
        // Some programs write the parts' names with backslashes or capitals.
        match name.as_str() {
            "xl/workbook.xml" => form = Ok(Form::Xlsx),
            "xl/workbook.bin" => form = Ok(Form::Xlsb),
            "content.xml" if is_ods(head) => form = Ok(Form::Ods),
            _ => {}
        }
    }
    form
}

/// The media type is the first, uncompressed entry of an `OpenDocument` file: it stands near the first byte.
fn is_ods(head: &[u8]) -> bool {
    head[..head.len().min(256)].windows(ODS_MIME.len()).any(|window| window == ODS_MIME.as_bytes())
}

/// An XLSX with a password is an OLE file too, with the workbook encrypted in a stream of this name.
fn of_ole(source: &mut dyn ReadSeek, bytes: u64) -> Result<Form, SheetError> {
    if bytes > WHOLE_BYTES_MAX {
        return Err(SheetError::FileTooLarge { bytes });
    }
    let mut whole = Vec::new();
    source.rewind().and_then(|()| source.read_to_end(&mut whole)).map_err(SheetError::Io)?;
    let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    match memchr::memmem::find(&whole, &encrypted) {
        Some(_) => Err(SheetError::Encrypted),
        None => Ok(Form::Xls),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn of(bytes: &[u8]) -> Result<Form, SheetError> {
        Form::of(&mut Cursor::new(bytes.to_vec()))
    }

    #[test]
    fn markup_and_nothing_are_no_tables() {
        assert!(matches!(of(b"\xEF\xBB\xBF\r\n <!DOCTYPE html><table>"), Err(SheetError::Markup)));
        assert!(matches!(of(b"\xEF\xBB\xBF \n"), Err(SheetError::Empty)));
    }

    #[test]
    fn a_zip_that_only_begins_like_one_is_damaged() {
        assert!(matches!(of(b"PK\x03\x04 and then nothing"), Err(SheetError::Damaged(_))));
    }

    #[test]
    fn a_zip_without_a_workbook_is_none() {
        let empty = [EMPTY_ZIP_MAGIC, &[0; 18]].concat();
        assert!(matches!(of(&empty), Err(SheetError::NotWorkbook)));
    }

    #[test]
    fn a_part_that_claims_gigabytes_is_refused_before_it_is_unpacked() {
        let mut bytes = crate::sheets::xlsx_bytes("s", &["poi_id"], &[]).unwrap();
        let entry = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
        // The unpacked size stands 24 bytes into an entry of the zip's directory.
        bytes[entry + 24..entry + 28].copy_from_slice(&0x7FFF_FFFF_u32.to_le_bytes());
        assert!(matches!(of(&bytes), Err(SheetError::EntryTooLarge { bytes: 0x7FFF_FFFF, .. })));
    }

    #[test]
    fn a_workbook_with_a_password_says_so() {
        let mut bytes = OLE_MAGIC.to_vec();
        bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert!(matches!(of(&bytes), Err(SheetError::Encrypted)));
    }
}
