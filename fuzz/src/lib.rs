//! What the fuzz targets have in common: reading bytes as an input or a supplement, and what must hold of whatever comes
//! out. A panic is what libFuzzer looks for.

use std::io::{Cursor, Write};

use poilift::intake::{Columns, read_input_bytes, read_supplement_bytes};
use zip::write::{SimpleFileOptions, ZipWriter};

/// Reads `bytes` as both kinds of file. What is refused must have words in both languages; what is read must be read the
/// same a second time.
pub fn read(name: &str, bytes: &[u8]) {
    let columns = Columns::default();
    match read_input_bytes(name, bytes, &columns) {
        Ok(input) => {
            assert!(!input.rows.is_empty(), "an input without stores was not refused");
            for fault in input.rows.iter().flat_map(|row| &row.faults) {
                let words = fault.words();
                assert!(!words.en.is_empty() && !words.zh.is_empty());
            }
            assert_eq!(read_input_bytes(name, bytes, &columns).ok(), Some(input), "read otherwise the second time");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let _ = read_supplement_bytes(name, bytes, &columns);
}

/// A workbook that is sound but for its one sheet, which is these bytes.
#[must_use]
pub fn workbook(sheet: &[u8]) -> Vec<u8> {
    let parts: [(&str, &[u8]); 5] = [
        ("[Content_Types].xml", include_bytes!("../workbook/content_types.xml")),
        ("_rels/.rels", include_bytes!("../workbook/rels.xml")),
        ("xl/workbook.xml", include_bytes!("../workbook/workbook.xml")),
        ("xl/_rels/workbook.xml.rels", include_bytes!("../workbook/workbook_rels.xml")),
        ("xl/sharedStrings.xml", include_bytes!("../workbook/shared_strings.xml")),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Stored: how well the bytes pack is not the subject.
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in parts.into_iter().chain([("xl/worksheets/sheet1.xml", sheet)]) {
        zip.start_file(name, stored).expect("an entry begins in memory");
        zip.write_all(bytes).expect("memory takes bytes");
    }
    zip.finish().expect("the directory is written to memory").into_inner()
}
