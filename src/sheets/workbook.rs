//! Workbooks, read through calamine: XLSX cell by cell, XLS and ODS sheet by sheet.

use std::error::Error;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, ExcelDateTime, Ods, OdsError, Reader, SheetType, Xls, XlsError, Xlsx, XlsxError};

use super::{Book, Form, Sheet, SheetError, Value};

type Source<'a> = Cursor<&'a [u8]>;

/// Reads a workbook whose form is known.
pub(super) fn read(form: Form, bytes: &[u8]) -> Result<Book, SheetError> {
    let sheets = || match form {
        Form::Xlsx => read_xlsx(bytes),
        Form::Xls => read_xls(bytes),
        Form::Ods => Ods::new(Cursor::new(bytes)).map_err(from_ods).and_then(|book| read_ranges(book, from_ods)),
        Form::Csv => Err(damaged("text is no workbook")),
    };
    // Damage must be an error like any other, also where the parser of the old binary form panics over it.
    let sheets = catch_unwind(AssertUnwindSafe(sheets)).unwrap_or_else(|_| Err(damaged("the parser gave up")))?;
    Ok(Book { form, sheets })
}

fn read_xls(bytes: &[u8]) -> Result<Vec<Sheet>, SheetError> {
    if has_absurd_dimensions(bytes) {
        return Err(damaged("a sheet claims to be larger than the format allows"));
    }
    let book: Xls<Source> = Xls::new(Cursor::new(bytes)).map_err(from_xls)?;
    read_ranges(book, from_xls)
}

/// Whether a sheet's DIMENSIONS record (type 0x0200 of 14 bytes: first row, row after the last, first column, column
/// after the last, reserved) claims more than the 65,536 rows and 256 columns there can be. calamine allocates what
/// it claims, and a failed allocation ends the process.
fn has_absurd_dimensions(bytes: &[u8]) -> bool {
    const RECORD: &[u8] = &[0x00, 0x02, 14, 0];
    bytes.windows(RECORD.len() + 14).filter(|window| window.starts_with(RECORD)).any(|window| {
        let rows = |at: usize| u32::from_le_bytes([window[at], window[at + 1], window[at + 2], window[at + 3]]);
        let columns = |at: usize| u16::from_le_bytes([window[at], window[at + 1]]);
        let is_absurd = rows(8) > 65_536 || columns(14) > 256 || (rows(8) > 0 && rows(4) > rows(8));
        // The reserved bytes are zero, which tells the record from other bytes that happen to look like it.
        is_absurd && columns(16) == 0
    })
}

/// Cell by cell: a range of the whole sheet would be allocated from A1 to a stray cell in the last row and column.
fn read_xlsx(bytes: &[u8]) -> Result<Vec<Sheet>, SheetError> {
    let mut book: Xlsx<Source> = Xlsx::new(Cursor::new(bytes)).map_err(from_xlsx)?;
    let mut sheets = Vec::new();
    for name in worksheet_names(&book) {
        let mut reader = book.worksheet_cells_reader(&name).map_err(from_xlsx)?;
        let mut cells = Vec::new();
        while let Some(cell) = reader.next_cell().map_err(from_xlsx)? {
            let (row, column) = cell.get_position();
            keep(&mut cells, row, column, &Data::from(cell.get_value().clone()));
        }
        sheets.push(Sheet::from_cells(name, cells));
    }
    Ok(sheets)
}

fn read_ranges<'a, R: Reader<Source<'a>>>(
    mut book: R,
    error: fn(R::Error) -> SheetError,
) -> Result<Vec<Sheet>, SheetError> {
    let mut sheets = Vec::new();
    for name in worksheet_names(&book) {
        let range = book.worksheet_range(&name).map_err(error)?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        let mut cells = Vec::new();
        for (row, column, value) in range.used_cells() {
            let (Ok(row), Ok(column)) = (u32::try_from(row), u32::try_from(column)) else { continue };
            keep(&mut cells, first_row.saturating_add(row), first_column.saturating_add(column), value);
        }
        sheets.push(Sheet::from_cells(name, cells));
    }
    Ok(sheets)
}

/// The sheets that hold cells; charts, macros and dialogs do not.
fn worksheet_names<'a, R: Reader<Source<'a>>>(book: &R) -> Vec<String> {
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    sheets.map(|sheet| sheet.name.clone()).collect()
}

fn keep(cells: &mut Vec<(u32, u32, Value<'static>)>, row: u32, column: u32, data: &Data) {
    let value = from_data(data);
    if value != Value::Empty {
        cells.push((row, column, value));
    }
}

fn from_data(data: &Data) -> Value<'static> {
    match data {
        Data::Empty => Value::Empty,
        Data::String(text) => Value::from_text(text.clone()),
        Data::Float(number) => Value::from_number(*number),
        Data::Int(number) => Value::from_integer(*number),
        Data::Bool(flag) => Value::Bool(*flag),
        Data::DateTime(at) => from_serial(at),
        Data::DateTimeIso(text) => Value::DateTime { text: text.clone(), is_time: false },
        Data::DurationIso(text) => from_duration(text),
        Data::Error(error) => Value::Error(error.to_string()),
    }
}

/// Excel's moments are days since 1900 or 1904; less than a day is a time of day.
fn from_serial(at: &ExcelDateTime) -> Value<'static> {
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let is_time = (0.0..1.0).contains(&at.as_f64());
    let text = match (is_time, hour, minute, second) {
        (true, ..) => format!("{hour:02}:{minute:02}"),
        (false, 0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        (false, ..) => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    };
    Value::DateTime { text, is_time }
}

/// ODS writes a time of day as a duration, `PT09H00M00S`.
fn from_duration(text: &str) -> Value<'static> {
    let time = text.strip_prefix("PT").and_then(|rest| rest.split_once('H')).and_then(|(hour, rest)| {
        let (hour, minute) = (hour.parse::<u8>().ok()?, rest.split('M').next()?.parse::<u8>().ok()?);
        (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
    });
    let is_time = time.is_some();
    Value::DateTime { text: time.unwrap_or_else(|| text.to_owned()), is_time }
}

fn damaged(why: impl Into<Box<dyn Error + Send + Sync>>) -> SheetError {
    SheetError::Damaged(why.into())
}

fn from_xlsx(why: XlsxError) -> SheetError {
    if matches!(why, XlsxError::Password) { SheetError::Encrypted } else { damaged(why) }
}

fn from_xls(why: XlsError) -> SheetError {
    if matches!(why, XlsError::Password) { SheetError::Encrypted } else { damaged(why) }
}

fn from_ods(why: OdsError) -> SheetError {
    if matches!(why, OdsError::Password) { SheetError::Encrypted } else { damaged(why) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;
    use rust_xlsxwriter::{Format, Formula, Workbook};
    use std::io::Write;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    fn time(text: &str) -> Value<'static> {
        Value::DateTime { text: text.into(), is_time: true }
    }

    #[test]
    fn a_time_of_day_is_told_from_a_date() {
        let serial = |days| from_serial(&ExcelDateTime::new(days, ExcelDateTimeType::DateTime, false));
        assert_eq!(serial(0.375), time("09:00"));
        assert_eq!(serial(0.854_166_666_666_666_6), time("20:30"));
        assert_eq!(serial(45943.0), Value::DateTime { text: "2025-10-13".into(), is_time: false });
        assert_eq!(from_duration("PT09H05M00S"), time("09:05"));
        assert_eq!(from_duration("PT25H00M00S"), Value::DateTime { text: "PT25H00M00S".into(), is_time: false });
    }

    /// A zip of these parts, stored: enough of an ODS for a reader.
    fn zip_of(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            zip.start_file(*name, stored).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn an_opendocument_sheet_keeps_its_row_numbers_and_times() {
        let content = [
            r#"<office:document-content><office:body><office:spreadsheet><table:table table:name="S">"#,
            r#"<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>"#,
            r#"<table:table-row><table:table-cell office:value-type="string"><text:p>007</text:p></table:table-cell>"#,
            r#"<table:table-cell office:value-type="time" office:time-value="PT09H00M00S"/></table:table-row>"#,
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        ]
        .concat();
        let mime = "application/vnd.oasis.opendocument.spreadsheet";
        let bytes = zip_of(&[("mimetype", mime), ("META-INF/manifest.xml", "<m/>"), ("content.xml", &content)]);
        assert_eq!(Form::of(&mut std::io::Cursor::new(bytes.clone())).unwrap(), Form::Ods);
        let sheets = read(Form::Ods, &bytes).unwrap().sheets;
        assert_eq!((sheets[0].name.as_deref(), sheets[0].rows[0].number), (Some("S"), 3));
        assert_eq!((sheets[0].rows[0].get(0).text(), sheets[0].rows[0].get(1)), ("007", &time("09:00")));
    }

    #[test]
    fn an_old_workbook_that_claims_a_billion_rows_is_damaged() {
        let record = |rows: u32, columns: u16| {
            let mut record = vec![0x00, 0x02, 14, 0, 0, 0, 0, 0];
            record.extend(rows.to_le_bytes());
            record.extend([0, 0]);
            record.extend(columns.to_le_bytes());
            record.extend([0, 0]);
            record
        };
        assert!(!has_absurd_dimensions(&record(65_536, 256)));
        assert!(has_absurd_dimensions(&record(1 << 30, 7)));
        assert!(has_absurd_dimensions(&record(7, 257)));
    }

    #[test]
    fn each_kind_of_cell_is_told_apart() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "2880741500279549033").unwrap();
        sheet.write(0, 1, 2_880_741_500_279_549_033_f64).unwrap();
        sheet.write(0, 2, true).unwrap();
        sheet.write_number_with_format(0, 3, 0.375, &Format::new().set_num_format("hh:mm")).unwrap();
        sheet.write_formula(0, 4, Formula::new("=NA()").set_result("#N/A")).unwrap();
        sheet.write(1_048_575, 16_383, 7).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let sheets = read(Form::Xlsx, &bytes).unwrap().sheets;
        let row = &sheets[0].rows[0];
        assert_eq!(row.get(0), &Value::Text("2880741500279549033".into()));
        assert!(matches!(row.get(1), Value::Number { rounded: true, .. }));
        assert_eq!(row.get(2), &Value::Bool(true));
        assert_eq!(row.get(3), &time("09:00"));
        assert_eq!(row.get(4).text(), "#N/A");
        assert_eq!((sheets[0].rows[1].number, sheets[0].rows[1].get(16_383).text()), (1_048_576, "7"));
    }
}
