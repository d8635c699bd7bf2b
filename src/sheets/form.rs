//! What a file is, told by its content alone: names lie, contents do not.

use std::io::Cursor;

use zip::ZipArchive;

use super::SheetError;
use super::error::{ENTRY_BYTES_MAX, FILE_BYTES_MAX};

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
    /// Tells what `bytes` are. Anything that is neither zip, OLE nor markup counts as text.
    pub fn of(bytes: &[u8]) -> Result<Self, SheetError> {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > FILE_BYTES_MAX {
            return Err(SheetError::FileTooLarge { bytes: size });
        }
        if bytes.starts_with(ZIP_MAGIC) || bytes.starts_with(EMPTY_ZIP_MAGIC) {
            return of_zip(bytes);
        }
        if bytes.starts_with(OLE_MAGIC) {
            return of_ole(bytes);
        }
        match without_bom(bytes).trim_ascii_start().first() {
            None => Err(SheetError::Empty),
            Some(b'<') => Err(SheetError::Markup),
            Some(_) => Ok(Self::Csv),
        }
    }
}

/// The text without the byte order mark that Excel puts before UTF-8.
pub(super) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

fn of_zip(bytes: &[u8]) -> Result<Form, SheetError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|why| SheetError::Damaged(why.into()))?;
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
            "content.xml" if is_ods(bytes) => form = Ok(Form::Ods),
            _ => {}
        }
    }
    form
}

/// The media type is the first, uncompressed entry of an `OpenDocument` file: it stands near the first byte.
fn is_ods(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(256)];
    head.windows(ODS_MIME.len()).any(|window| window == ODS_MIME.as_bytes())
}

/// An XLSX with a password is an OLE file too, with the workbook encrypted in a stream of this name.
fn of_ole(bytes: &[u8]) -> Result<Form, SheetError> {
    let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(encrypted.len()).any(|window| window == encrypted) {
        return Err(SheetError::Encrypted);
    }
    Ok(Form::Xls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_nothing_are_no_tables() {
        assert!(matches!(Form::of(b"\xEF\xBB\xBF\r\n <!DOCTYPE html><table>"), Err(SheetError::Markup)));
        assert!(matches!(Form::of(b"\xEF\xBB\xBF \n"), Err(SheetError::Empty)));
    }

    #[test]
    fn a_zip_that_only_begins_like_one_is_damaged() {
        assert!(matches!(Form::of(b"PK\x03\x04 and then nothing"), Err(SheetError::Damaged(_))));
    }

    #[test]
    fn a_zip_without_a_workbook_is_none() {
        let empty = [EMPTY_ZIP_MAGIC, &[0; 18]].concat();
        assert!(matches!(Form::of(&empty), Err(SheetError::NotWorkbook)));
    }

    #[test]
    fn a_part_that_claims_gigabytes_is_refused_before_it_is_unpacked() {
        let mut bytes = crate::sheets::xlsx_bytes("s", &["poi_id"], &[]).unwrap();
        let entry = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
        // The unpacked size stands 24 bytes into an entry of the zip's directory.
        bytes[entry + 24..entry + 28].copy_from_slice(&0x7FFF_FFFF_u32.to_le_bytes());
        assert!(matches!(Form::of(&bytes), Err(SheetError::EntryTooLarge { bytes: 0x7FFF_FFFF, .. })));
    }

    #[test]
    fn a_workbook_with_a_password_says_so() {
        let mut bytes = OLE_MAGIC.to_vec();
        bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert!(matches!(Form::of(&bytes), Err(SheetError::Encrypted)));
    }
}
