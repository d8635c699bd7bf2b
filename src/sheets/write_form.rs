//! Workbooks that people fill in: several sheets, a frozen header with notes, locked columns, a hidden one, dropdowns,
//! remarks on cells. The same rows give the same bytes.
//!
//! **Protection.** The sheet is protected without a password: locked cells cannot be typed over, everything else can be
//! edited, filtered, formatted. Excel refuses to sort a protected range that has locked cells in it, so that the whole table
//! is also an "allowed range", which lifts the lock again for sorting; what keeps people from typing over a locked cell
//! then is a rule on the cell that no value passes. Pasting gets past both: whoever reads the file back must notice.
//!
//! **Memory.** Up to [`IN_MEMORY_ROWS_MAX`] rows a sheet is made in memory, with shared strings, which every program reads
//! best. A longer one is written row by row through a temporary file.

use std::borrow::Cow;

use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Note,
    ProtectionOptions, Workbook, Worksheet, XlsxError,
};

use super::SheetError;

/// From so many rows on a sheet goes through a temporary file: below, it takes some 20 MB.
pub const IN_MEMORY_ROWS_MAX: usize = 20_000;

/// So many remarks a sheet carries: each is a drawing of its own, and programs take seconds to load thousands of them. The
/// cells beyond keep their colour.
pub const REMARKS_MAX: usize = 2_000;

/// What a cell of the format can hold, in UTF-16 units.
pub const CELL_UNITS_MAX: usize = 32_767;

/// Rows below the header that the format has.
pub const FORM_ROWS_MAX: usize = 1_048_575;

/// The last of them, from 0.
const FORM_ROWS_LAST: u32 = 1_048_575;

/// The limits of a rule's texts, in characters.
const RULE_TITLE_MAX: usize = 32;
const RULE_TEXT_MAX: usize = 255;

/// How wide a note is, in pixels, how many characters (a Chinese one counts twice) stand on its line, and a line's height.
const NOTE_WIDTH: u32 = 340;
const NOTE_LINE_UNITS: usize = 52;
const NOTE_LINE_HEIGHT: u32 = 19;

const HEADER_HEIGHT: f64 = 32.0;

/// A line's height in points, and so many lines a store has: the same for all, so that none is pushed out of sight by its
/// pictures' addresses.
const LINE_HEIGHT: f64 = 15.0;
const STORE_LINES: f64 = 2.0;
const FILL_LOCKED: u32 = 0x00F2_F2F2;
const FILL_HEADER: u32 = 0x00D9_D9D9;
const FILL_HEADER_OPEN: u32 = 0x00C6_E0B4;
const FILL_WRONG: u32 = 0x00FF_E699;

/// What people may do with a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnKind {
    /// Read it.
    Locked,
    /// Fill it in.
    Open,
    /// Choose one of these; anything else is refused.
    Choice(Vec<String>),
    /// Nothing: it is not shown.
    Hidden,
}

/// One column of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormColumn {
    /// The header.
    pub title: String,
    /// What is told at the header; empty for nothing.
    pub note: String,
    /// What people may do with it.
    pub kind: ColumnKind,
    /// In characters.
    pub width: u16,
}

/// One sheet of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSheet {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<FormColumn>,
    /// How many of them stay in sight.
    pub frozen: u16,
    /// Whether it is protected: the sheet that comes back is, the ones to read are not.
    pub protected: bool,
    /// What is said to whoever types over a locked cell, and to whoever types what is not among the choices: title, text.
    pub refusals: [(String, String); 2],
}

/// One cell of a form. A text that is too long for a cell is cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormCell<'a> {
    /// What stands in it.
    pub text: Cow<'a, str>,
    /// It is wrong, or missing: it gets a colour.
    pub wrong: bool,
    /// What is told at it; empty for nothing.
    pub remark: String,
}

impl<'a> FormCell<'a> {
    /// A cell with nothing to say of it.
    #[must_use]
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// A workbook that is being written.
pub struct FormBook {
    book: Workbook,
    formats: Formats,
}

struct Formats {
    header: Format,
    header_open: Format,
    open: Format,
    wrong: Format,
    locked: Format,
    locked_wrong: Format,
}

impl Formats {
    fn new() -> Self {
        // A text that wraps does not run over its neighbours.
        let text = Format::new().set_num_format("@").set_align(FormatAlign::Top).set_text_wrap();
        let header = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::VerticalCenter)
            .set_border_bottom(FormatBorder::Thin)
            .set_num_format("@");
        let open = text.clone().set_unlocked();
        let locked = text.set_background_color(Color::RGB(FILL_LOCKED));
        let wrong = |format: &Format| format.clone().set_background_color(Color::RGB(FILL_WRONG));
        Self {
            header: header.clone().set_background_color(Color::RGB(FILL_HEADER)),
            header_open: header.set_background_color(Color::RGB(FILL_HEADER_OPEN)),
            wrong: wrong(&open),
            open,
            locked_wrong: wrong(&locked),
            locked,
        }
    }

    fn of(&self, kind: &ColumnKind, wrong: bool) -> &Format {
        match (kind, wrong) {
            (ColumnKind::Open | ColumnKind::Choice(_), false) => &self.open,
            (ColumnKind::Open | ColumnKind::Choice(_), true) => &self.wrong,
            (ColumnKind::Locked | ColumnKind::Hidden, false) => &self.locked,
            (ColumnKind::Locked | ColumnKind::Hidden, true) => &self.locked_wrong,
        }
    }
}

impl Default for FormBook {
    fn default() -> Self {
        Self::new()
    }
}

impl FormBook {
    /// An empty workbook.
    #[must_use]
    pub fn new() -> Self {
        let mut book = Workbook::new();
        // The writer would put the present time in.
        if let Ok(created) = ExcelDateTime::from_ymd(2000, 1, 1) {
            book.set_properties(&DocProperties::new().set_creation_datetime(&created));
        }
        Self { book, formats: Formats::new() }
    }

    /// Adds a sheet with these rows, at most [`FORM_ROWS_MAX`].
    ///
    /// # Errors
    ///
    /// [`SheetError::Unwritable`]: too many rows, a name that is none for a sheet, a temporary file that cannot be written.
    pub fn add<'a>(
        &mut self,
        sheet: &FormSheet,
        rows: impl ExactSizeIterator<Item = Vec<FormCell<'a>>>,
    ) -> Result<(), SheetError> {
        self.write(sheet, rows).map_err(|why| SheetError::Unwritable(why.into()))
    }

    /// The workbook's bytes.
    ///
    /// # Errors
    ///
    /// [`SheetError::Unwritable`].
    pub fn bytes(mut self) -> Result<Vec<u8>, SheetError> {
        self.book.save_to_buffer().map_err(|why| SheetError::Unwritable(why.into()))
    }

    fn write<'a>(
        &mut self,
        form: &FormSheet,
        rows: impl ExactSizeIterator<Item = Vec<FormCell<'a>>>,
    ) -> Result<(), XlsxError> {
        let count = rows.len();
        let last_row = u32::try_from(count).map_err(|_| XlsxError::RowColumnLimitError)?;
        let sheet = if count > IN_MEMORY_ROWS_MAX {
            self.book.add_worksheet_with_constant_memory()?
        } else {
            self.book.add_worksheet()
        };
        sheet.set_name(&form.name)?.set_freeze_panes(1, form.frozen)?;
        set_columns(sheet, form, &self.formats)?;
        set_rules(sheet, form, last_row)?;
        write_header(sheet, form, &self.formats)?;
        let mut remarks = form.columns.iter().filter(|column| !column.note.is_empty()).count();
        if form.protected {
            sheet.set_default_row_height(LINE_HEIGHT * STORE_LINES);
        }
        for (cells, row) in rows.zip(1..) {
            if !form.protected {
                sheet.set_row_height(row, LINE_HEIGHT * f64::from(lines_of(&cells, form)))?;
            }
            for ((cell, column), index) in cells.iter().zip(&form.columns).zip(0..) {
                let format = self.formats.of(&column.kind, cell.wrong);
                // An empty cell of an open column has the column's own format.
                if !cell.text.is_empty() {
                    sheet.write_string_with_format(row, index, cut(&cell.text), format)?;
                } else if cell.wrong || column.is_locked() {
                    sheet.write_blank(row, index, format)?;
                }
                if !cell.remark.is_empty() && remarks < REMARKS_MAX {
                    remarks += 1;
                    sheet.insert_note(row, index, &note(&cell.remark))?;
                }
            }
        }
        let last_column = u16::try_from(form.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
        sheet.autofilter(0, 0, last_row.max(1), last_column)?;
        print_setup(sheet)
    }
}

impl FormColumn {
    fn is_locked(&self) -> bool {
        !matches!(self.kind, ColumnKind::Open | ColumnKind::Choice(_))
    }
}

/// The whole column is text and open, so that what people type below the table stays text as well; the cells of locked
/// columns are locked one by one.
fn set_columns(sheet: &mut Worksheet, form: &FormSheet, formats: &Formats) -> Result<(), XlsxError> {
    for (column, index) in form.columns.iter().zip(0_u16..) {
        sheet.set_column_width(index, f64::from(column.width))?.set_column_format(index, &formats.open)?;
        if column.kind == ColumnKind::Hidden {
            sheet.set_column_hidden(index)?;
        }
    }
    Ok(())
}

fn write_header(sheet: &mut Worksheet, form: &FormSheet, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_row_height(0, HEADER_HEIGHT)?;
    for (column, index) in form.columns.iter().zip(0_u16..) {
        let format = if column.is_locked() { &formats.header } else { &formats.header_open };
        sheet.write_string_with_format(0, index, &column.title, format)?;
        if !column.note.is_empty() {
            sheet.insert_note(0, index, &note(&column.note))?;
        }
    }
    Ok(())
}

/// Protection and the rules of cells.
fn set_rules(sheet: &mut Worksheet, form: &FormSheet, last_row: u32) -> Result<(), XlsxError> {
    if !form.protected {
        return Ok(());
    }
    let [locked, choice] = &form.refusals;
    for (column, index) in form.columns.iter().zip(0_u16..) {
        match &column.kind {
            ColumnKind::Choice(words) => {
                let rule = DataValidation::new().allow_list_strings(words)?;
                sheet.add_data_validation(1, index, FORM_ROWS_LAST, index, &refusing(rule, choice)?)?;
            }
            ColumnKind::Locked | ColumnKind::Hidden if last_row > 0 => {
                // No value passes; clearing a cell does, and is noticed when the file comes back.
                let rule = DataValidation::new().allow_custom(Formula::new("1=2")).ignore_blank(false);
                sheet.add_data_validation(1, index, last_row, index, &refusing(rule, locked)?)?;
            }
            ColumnKind::Locked | ColumnKind::Hidden | ColumnKind::Open => {}
        }
    }
    let last_column = u16::try_from(form.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.unprotect_range_with_options(1, 0, last_row.max(1), last_column, "stores", "")?;
    sheet.protect_with_options(&ProtectionOptions {
        format_cells: true,
        format_columns: true,
        format_rows: true,
        insert_rows: true,
        delete_rows: true,
        sort: true,
        use_autofilter: true,
        edit_objects: true,
        ..ProtectionOptions::new()
    });
    Ok(())
}

fn refusing(rule: DataValidation, (title, text): &(String, String)) -> Result<DataValidation, XlsxError> {
    let short = |text: &str, max: usize| text.chars().take(max).collect::<String>();
    rule.set_error_title(short(title, RULE_TITLE_MAX))?.set_error_message(short(text, RULE_TEXT_MAX))
}

fn print_setup(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// How many lines a row needs so that all of it is seen.
fn lines_of(cells: &[FormCell<'_>], form: &FormSheet) -> u32 {
    let lines = cells.iter().zip(&form.columns).map(|(cell, column)| wrapped(&cell.text, usize::from(column.width)));
    // The format's rows are at most 409 points high.
    lines.max().unwrap_or(1).clamp(1, 27)
}

/// The lines of a text that wraps after so many characters; a Chinese one takes two places.
fn wrapped(text: &str, width: usize) -> u32 {
    let units = |line: &str| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let lines: usize = text.lines().map(|line| units(line).div_ceil(width.max(1)).max(1)).sum();
    u32::try_from(lines).unwrap_or(u32::MAX)
}

/// A note that is large enough for its text.
fn note(text: &str) -> Note {
    let height = NOTE_LINE_HEIGHT * (wrapped(text, NOTE_LINE_UNITS).min(50) + 1);
    Note::new(text).add_author_prefix(false).set_width(NOTE_WIDTH).set_height(height)
}

fn cut(text: &str) -> Cow<'_, str> {
    if text.encode_utf16().count() <= CELL_UNITS_MAX {
        return Cow::Borrowed(text);
    }
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units < CELL_UNITS_MAX
    };
    Cow::Owned(text.chars().take_while(fits).chain(['…']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheets::{Value, read};

    fn column(title: &str, kind: ColumnKind) -> FormColumn {
        FormColumn { title: title.into(), note: format!("about {title}"), kind, width: 12 }
    }

    fn sheet() -> FormSheet {
        let choice = ColumnKind::Choice(vec!["升级".into(), "删除".into()]);
        let columns = vec![
            column("poi_id", ColumnKind::Locked),
            column("key", ColumnKind::Hidden),
            column("reason", ColumnKind::Locked),
            column("action", choice),
            column("hour", ColumnKind::Open),
        ];
        let refusals = [("locked".into(), "leave it".into()), ("choose".into(), "one of these".into())];
        FormSheet { name: "门店".into(), columns, frozen: 1, protected: true, refusals }
    }

    fn row(n: usize) -> Vec<FormCell<'static>> {
        let wrong = FormCell { wrong: true, remark: format!("row {n} is wrong"), ..FormCell::plain("") };
        vec![FormCell::plain(format!("{}", 2_880_741_500_279_549_033_u64)), FormCell::plain("k"), wrong.clone(), wrong]
    }

    fn bytes(rows: usize) -> Vec<u8> {
        let mut book = FormBook::new();
        book.add(&sheet(), (0..rows).map(row)).unwrap();
        book.add(&FormSheet { name: "b".into(), protected: false, ..sheet() }, (0..1).map(row)).unwrap();
        book.bytes().unwrap()
    }

    /// A part of the workbook.
    fn part(bytes: &[u8], name: &str) -> String {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        std::io::read_to_string(zip.by_name(name).unwrap()).unwrap()
    }

    #[test]
    fn the_form_reads_back_and_says_what_is_locked_hidden_and_to_be_chosen() {
        let bytes = bytes(3);
        let book = read(&bytes).unwrap();
        assert_eq!(book.sheets[0].rows[1].get(0), &Value::Text("2880741500279549033".into()));
        let xml = part(&bytes, "xl/worksheets/sheet1.xml");
        for wanted in [
            "<sheetProtection sheet=\"1\"",
            "sort=\"0\"",
            "autoFilter=\"0\"",
            "hidden=\"1\"",
            "<autoFilter ref=\"A1:E4\"",
            "state=\"frozen\"",
            "升级,删除",
            "protectedRange sqref=\"A2:E4\"",
        ] {
            assert!(xml.contains(wanted), "{wanted} is not in {xml}");
        }
        assert!(!part(&bytes, "xl/worksheets/sheet2.xml").contains("sheetProtection"));
        assert!(part(&bytes, "xl/comments1.xml").contains("row 2 is wrong"));
    }

    #[test]
    fn a_long_table_has_the_same_cells_and_no_more_remarks_than_programs_bear() {
        let bytes = bytes(IN_MEMORY_ROWS_MAX + 1);
        let rows = &read(&bytes).unwrap().sheets[0].rows;
        assert_eq!(rows.len(), IN_MEMORY_ROWS_MAX + 2);
        assert_eq!(rows[IN_MEMORY_ROWS_MAX].get(0).text(), "2880741500279549033");
        assert_eq!(part(&bytes, "xl/comments1.xml").matches("<comment ref").count(), REMARKS_MAX);
    }

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        assert!(bytes(3) == bytes(3));
        assert!(bytes(IN_MEMORY_ROWS_MAX + 1) == bytes(IN_MEMORY_ROWS_MAX + 1));
    }

    #[test]
    fn a_text_too_long_for_a_cell_is_cut_where_a_form_shows_it() {
        let cut = cut(&"汉".repeat(40_000)).into_owned();
        assert_eq!((cut.encode_utf16().count(), cut.ends_with('…')), (CELL_UNITS_MAX, true));
        assert_eq!(super::cut("short"), "short");
    }
}
