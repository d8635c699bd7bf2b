//! Tables written: every value as text, so that no program rounds an id.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::SheetError;

/// Column widths in characters: narrow enough to see the neighbours, wide enough for a name.
const WIDTH_MIN: usize = 8;
const WIDTH_MAX: usize = 48;

/// How many rows are measured for the width of their columns.
const MEASURED_ROWS_MAX: usize = 1000;

/// UTF-8 CSV with a byte order mark, without which Excel takes Chinese for something else; lines end in CRLF.
#[must_use]
pub fn csv_bytes(header: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let mut bytes = b"\xEF\xBB\xBF".to_vec();
    {
        let mut builder = csv::WriterBuilder::new();
        builder.flexible(true).terminator(csv::Terminator::CRLF);
        let mut writer = builder.from_writer(&mut bytes);
        // Writing to memory does not fail, and rows of any length are allowed.
        let _ = writer.write_record(header);
        for row in rows {
            let _ = writer.write_record(row);
        }
        let _ = writer.flush();
    }
    bytes
}

/// A workbook of one sheet: bold frozen header, every cell text. The same rows give the same bytes.
pub fn xlsx_bytes(sheet: &str, header: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, SheetError> {
    write_xlsx(sheet, header, rows).map_err(|why| SheetError::Unwritable(why.into()))
}

fn write_xlsx(name: &str, header: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The writer would put the present time in.
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let sheet = book.add_worksheet();
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    let text = Format::new().set_num_format("@");
    set_columns(sheet, header, rows, &text)?;
    let bold = Format::new().set_bold();
    for (title, column) in header.iter().zip(0..) {
        sheet.write_string_with_format(0, column, *title, &bold)?;
    }
    for (row, number) in rows.iter().zip(1..) {
        for (cell, column) in row.iter().zip(0..).filter(|(cell, _)| !cell.is_empty()) {
            sheet.write_string_with_format(number, column, cell, &text)?;
        }
    }
    book.save_to_buffer()
}

/// The whole column is text, so that what people type into its empty cells stays text as well.
fn set_columns(sheet: &mut Worksheet, header: &[&str], rows: &[Vec<String>], text: &Format) -> Result<(), XlsxError> {
    for (title, column) in header.iter().zip(0_u16..) {
        let cells = rows.iter().take(MEASURED_ROWS_MAX).filter_map(|row| row.get(usize::from(column)));
        let widest = cells.map(|cell| shown_width(cell)).chain([shown_width(title) + 2]).max().unwrap_or(0);
        let width = u32::try_from(widest.clamp(WIDTH_MIN, WIDTH_MAX)).unwrap_or(0);
        sheet.set_column_width(column, f64::from(width))?;
        sheet.set_column_format(column, text)?;
    }
    Ok(())
}

/// The width of the longest line; a Chinese character takes two places.
fn shown_width(text: &str) -> usize {
    let width = |line: &str| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    text.lines().map(width).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheets::{Form, read};

    fn table() -> Vec<Vec<String>> {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        vec![row(["2880741500279549033", "西湖\"店\"", "a,b\nc"]), row(["007", "", " x "])]
    }

    fn texts(bytes: &[u8]) -> Vec<Vec<String>> {
        let book = read(bytes).unwrap();
        let row = |row: &crate::sheets::Row| (0..3).map(|column| row.get(column).text().to_owned()).collect();
        book.sheets[0].rows.iter().skip(1).map(row).collect()
    }

    #[test]
    fn what_is_written_reads_back_to_the_last_character() {
        let header = ["mapid", "名称", "地址"];
        assert_eq!(texts(&csv_bytes(&header, &table())), table());
        let bytes = xlsx_bytes("门店", &header, &table()).unwrap();
        assert_eq!(Form::of(&mut std::io::Cursor::new(bytes.clone())).unwrap(), Form::Xlsx);
        assert_eq!(texts(&bytes), table());
    }

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        let write = || xlsx_bytes("s", &["a"], &table()).unwrap();
        let first = write();
        // Longer than the resolution of the time that the writer would put in.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        assert!(first == write());
    }

    #[test]
    fn a_text_longer_than_a_cell_is_an_error_and_not_cut() {
        assert!(xlsx_bytes("s", &["a"], &[vec!["x".repeat(32_768)]]).is_err());
    }
}
