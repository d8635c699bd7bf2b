//! Finds the table in a file: the sheet and the row with known headers, and what each column means.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::{IntakeError, Trouble};
use super::headers::{Headers, Key, Old};
use crate::sheets::{Head, Row, column_letters};
use crate::store::{Code, FORM_KEY_HEADER, Finding, Place, RecordKey, trimmed};

/// How far down the header is looked for: titles and remarks above it are common, pages of them are not.
pub(super) const HEADER_ROWS_MAX: usize = 50;

/// How many headers an error shows, each cut to so many characters.
const SEEN_HEADERS_MAX: usize = 20;
const SEEN_CHARS_MAX: usize = 40;

/// What the table is read as; some words mean something else in a supplement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Input,
    Supplement,
}

impl Purpose {
    /// What a column of this meaning means in such a table.
    const fn meaning(self, key: Key) -> Key {
        match self {
            Self::Input => key,
            Self::Supplement => key.in_supplement(),
        }
    }
}

/// One column with a header.
#[derive(Debug)]
pub(super) struct Column {
    /// From 0.
    pub(super) index: u32,
    /// As written, without surrounding white space.
    pub(super) header: String,
    /// What it means; `None` if the header is not known.
    pub(super) key: Option<Key>,
}

/// What a row of a sheet is to its table.
#[derive(Debug)]
pub(super) enum Role<T> {
    /// One of its rows, and what was made of it.
    Holds(T),
    /// The header once more, word by word: several sheets were pasted below each other.
    Header(u32),
    /// Blank, or not below the header.
    Nothing,
}

/// The rows that repeat the header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Repeats {
    /// How many.
    pub(super) count: usize,
    /// The first of them, as people number them.
    pub(super) first: Vec<u32>,
}

impl Repeats {
    /// How many of them are named.
    const NAMED_MAX: usize = 5;

    pub(super) fn see(&mut self, row: u32) {
        self.count += 1;
        if self.first.len() < Self::NAMED_MAX {
            self.first.push(row);
        }
    }
}

/// The table of a file: where its rows stand, and what their cells mean.
#[derive(Debug)]
pub(super) struct Table {
    /// File and sheet.
    pub(super) place: Place,
    /// The sheet's number in the file, from 0.
    pub(super) sheet: usize,
    /// The row that holds the headers.
    pub(super) header_row: u32,
    /// The columns that have a header.
    pub(super) columns: Vec<Column>,
    /// The columns whose cells go into the record: those of the API document that no field of ours takes, by its names; unknown
    /// ones and those that the user wants carried through, by their headers. Of two columns of one name it is the first.
    pub(super) recorded: Vec<(u32, RecordKey)>,
    /// The headers that are neither known nor kept.
    pub(super) unknown: Vec<String>,
    /// What the last reading of its rows met.
    pub(super) repeats: Repeats,
    /// What headers mean here: one may be repeated in other words.
    headers: Arc<Headers>,
    purpose: Purpose,
}

impl Table {
    /// What a row is, with what `make` makes of one of the table's: it stands below the header, is not blank under the headers,
    /// and is not the header again.
    pub(super) fn role<T>(&self, row: &Row<'_>, make: impl FnOnce() -> T) -> Role<T> {
        match () {
            () if row.number <= self.header_row || row.is_blank() || self.is_beside(row) => Role::Nothing,
            () if self.is_header_again(row) => Role::Header(row.number),
            () => Role::Holds(make()),
        }
    }

    /// Whether nothing stands under the headers: a remark beside a workbook's table. In a text it is a row that was cut in two.
    fn is_beside(&self, row: &Row<'_>) -> bool {
        self.place.sheet.is_some() && self.columns.iter().all(|column| row.get(column.index).is_blank())
    }

    /// Whether each header stands in its column, and nothing anywhere else, or in each column that means something a header of
    /// that meaning (the API document's names below the Chinese ones): a store has no such row.
    fn is_header_again(&self, row: &Row<'_>) -> bool {
        let text = |column: &Column| trimmed(row.get(column.index).text());
        // Hardly any row begins as a header does, and no header is a number.
        let first = self.columns.first().map(text).unwrap_or_default();
        if first.bytes().all(|byte| byte.is_ascii_digit()) && !first.is_empty() {
            return false;
        }
        let is_titled = |index: u32| self.columns.iter().any(|column| column.index == index);
        if self.columns.iter().all(|column| text(column) == column.header) {
            return row.cells().all(|(index, value)| value.is_blank() || is_titled(index));
        }
        let mut meant = self.columns.iter().filter(|column| column.key.is_some());
        let key = |text: &str| self.headers.key(text).map(|key| self.purpose.meaning(key));
        // A single cell may hold any word.
        meant.clone().nth(1).is_some() && meant.all(|column| key(text(column)) == column.key)
    }

    /// The fault of a text's row that has more fields than the header: a delimiter within a value has cut it in two. What
    /// stands beside a workbook's table is a remark.
    pub(super) fn beyond(&self, row: &Row<'_>) -> Option<Finding> {
        let last = self.columns.last().filter(|_| self.place.sheet.is_none())?.index;
        let beyond = row.cells().rev().take_while(|(column, _)| *column > last);
        let (_, value) = beyond.filter(|(_, value)| !value.is_blank()).last()?;
        Some(Finding::new(Code::RowTooWide).at(self.place.at_row(row.number)).showing(value.text().trim()))
    }

    /// The cell's place, in the column's letters in a workbook, by its header elsewhere.
    pub(super) fn cell_place(&self, row: &Row<'_>, column: &Column) -> Place {
        self.place.at_row(row.number).at_column(self.column_name(column))
    }

    /// What its columns mean, by the API document's names, and what they are called in places.
    pub(super) fn meanings(&self) -> Vec<(String, String)> {
        let of = |column: &Column| Some((column.key?.name().to_owned(), self.column_name(column)));
        self.columns.iter().filter_map(of).collect()
    }

    pub(super) fn column_name(&self, column: &Column) -> String {
        if self.place.sheet.is_some() { column_letters(column.index) } else { column.header.clone() }
    }

    /// The column with this meaning.
    pub(super) fn column(&self, key: Key) -> Option<&Column> {
        self.columns.iter().find(|column| column.key == Some(key))
    }
}

/// Finds the one table with known headers among the sheets, by their first [`HEADER_ROWS_MAX`] rows. `wanted` is the
/// sheet that the user named.
pub(super) fn find(
    file: &str,
    heads: Vec<Head>,
    wanted: Option<&str>,
    headers: &Arc<Headers>,
    purpose: Purpose,
) -> Result<Table, IntakeError> {
    let seen = first_row(&heads);
    let names: Vec<String> = heads.iter().filter_map(|head| head.sheet.clone()).collect();
    let is_wanted = |head: &Head| wanted.is_none_or(|wanted| head.sheet.as_deref().is_none_or(|name| name == wanted));
    let mut found = Vec::new();
    let mut is_there = false;
    for (number, head) in heads.into_iter().enumerate().filter(|(_, head)| is_wanted(head)) {
        is_there = true;
        if let Some((header, known)) = header_row(&head, headers) {
            found.push((number, head, header, known));
        }
    }
    if let Some(wanted) = wanted.filter(|_| !is_there) {
        let wanted = wanted.to_owned();
        return Err(IntakeError::of_file(file, Trouble::NoSuchSheet { wanted, sheets: names }));
    }
    // A page of instructions may name a field in a row of its own; a table has several in its header.
    if found.len() > 1 && found.iter().any(|(.., known)| *known > 1) {
        found.retain(|(.., known)| *known > 1);
    }
    // What nobody sees when the workbook is opened gives way to what they see.
    if found.len() > 1 && found.iter().any(|(_, head, ..)| !head.is_hidden) {
        found.retain(|(_, head, ..)| !head.is_hidden);
    }
    if found.len() > 1 {
        let sheets = found.into_iter().filter_map(|(_, head, ..)| head.sheet).collect();
        return Err(IntakeError::of_file(file, Trouble::SeveralSheets { sheets }));
    }
    let no_header = || IntakeError::of_file(file, Trouble::NoHeader { seen });
    let (number, head, header, _) = found.pop().ok_or_else(no_header)?;
    let place = Place { sheet: head.sheet.map(Into::into), ..Place::file(file) };
    table(place, number, &head.rows[header], headers, purpose)
}

fn table(
    place: Place,
    sheet: usize,
    header: &Row<'_>,
    headers: &Arc<Headers>,
    purpose: Purpose,
) -> Result<Table, IntakeError> {
    let columns = columns(header, headers, purpose);
    let header_place = place.at_row(header.number);
    let is_unknown = |column: &&Column| column.key.is_none() && !headers.is_kept(&column.header);
    let unknown = columns.iter().filter(is_unknown).map(|column| column.header.clone()).collect();
    let recorded = recorded(&columns, headers);
    let (header_row, repeats, headers) = (header.number, Repeats::default(), Arc::clone(headers));
    let table = Table { place, sheet, header_row, columns, recorded, unknown, repeats, headers, purpose };
    match trouble(&table, purpose) {
        Some(trouble) => Err(IntakeError { place: Box::new(header_place), trouble }),
        None => Ok(table),
    }
}

fn columns(row: &Row<'_>, headers: &Headers, purpose: Purpose) -> Vec<Column> {
    let titled = row.cells().filter(|(_, value)| !value.is_blank());
    let column = titled.map(|(index, value)| {
        let header = value.text().trim().to_owned();
        let key = headers.key(&header).map(|key| purpose.meaning(key));
        Column { index, header, key }
    });
    column.collect()
}

fn recorded(columns: &[Column], headers: &Headers) -> Vec<(u32, RecordKey)> {
    let mut seen = BTreeSet::new();
    let names = columns.iter().flat_map(|column| {
        let meaning = match column.key {
            Some(Key::Kept(name)) => Some(name),
            Some(Key::Old(_) | Key::Supplied(_)) | None => None,
        };
        let wanted = column.key.is_none() || headers.is_kept(&column.header);
        meaning.into_iter().chain(wanted.then_some(column.header.as_str())).map(|name| (column.index, name))
    });
    names.filter(|(_, name)| seen.insert(*name)).map(|(index, name)| (index, RecordKey::new(name))).collect()
}

/// The row with the most known headers among those with an id's, else among those with two, and how many different ones it
/// has: a title above it may name a field or two. Of equals it is the first.
fn header_row(head: &Head, headers: &Headers) -> Option<(usize, usize)> {
    let rows = head.rows.iter().take(HEADER_ROWS_MAX).enumerate().filter_map(|(index, row)| {
        let known: BTreeSet<Key> = row.cells().filter_map(|(_, value)| headers.key(value.text())).collect();
        let has_id = known.iter().any(|key| is_id(*key));
        (known.len() >= 2 || has_id).then_some((has_id, known.len(), Reverse(index)))
    });
    rows.max().map(|(_, known, Reverse(index))| (index, known))
}

fn is_id(key: Key) -> bool {
    matches!(key, Key::Old(Old::PoiId | Old::Sid))
}

/// What keeps a table whose header was found from being used.
fn trouble(table: &Table, purpose: Purpose) -> Option<Trouble> {
    let is_used = |key: Key| match (purpose, key) {
        (_, key) if key.may_have_several_columns() => false,
        // Remarks of a report that came back.
        (Purpose::Input, Key::Kept(name)) => name != "reason",
        (Purpose::Supplement, Key::Kept(name)) => name == FORM_KEY_HEADER,
        (Purpose::Input, Key::Old(_) | Key::Supplied(_)) | (Purpose::Supplement, Key::Supplied(_)) => true,
        (Purpose::Supplement, Key::Old(_)) => is_id(key),
    };
    let mut by_key: BTreeMap<Key, Vec<&Column>> = BTreeMap::new();
    for column in &table.columns {
        if let Some(key) = column.key.filter(|key| is_used(*key)) {
            by_key.entry(key).or_default().push(column);
        }
    }
    if let Some((key, columns)) = by_key.iter().find(|(_, columns)| columns.len() > 1) {
        let named = |column: &&Column| format!("{} ({})", column.header, column_letters(column.index));
        return Some(Trouble::TwoColumns { field: key.name(), columns: columns.iter().map(named).collect() });
    }
    if purpose == Purpose::Supplement && !by_key.keys().any(|key| is_id(*key)) {
        return Some(Trouble::NoIdColumn { seen: shown(table.columns.iter().map(|column| column.header.as_str())) });
    }
    None
}

fn first_row(heads: &[Head]) -> Vec<String> {
    let row = heads.iter().find_map(|head| head.rows.first());
    row.map(|row| shown(row.cells().map(|(_, value)| value.text().trim()))).unwrap_or_default()
}

fn shown<'a>(headers: impl Iterator<Item = &'a str>) -> Vec<String> {
    headers.take(SEEN_HEADERS_MAX).map(|header| header.chars().take(SEEN_CHARS_MAX).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find_in(bytes: &[u8], purpose: Purpose) -> Result<Table, Trouble> {
        let headers = Arc::new(Headers::new(&BTreeMap::new(), &[]).unwrap());
        let heads = crate::sheets::read(bytes).unwrap().sheets;
        let heads =
            heads.into_iter().map(|sheet| Head { sheet: sheet.name, is_hidden: false, rows: sheet.rows }).collect();
        find("t", heads, None, &headers, purpose).map_err(|error| error.trouble)
    }

    #[test]
    fn titles_above_the_header_are_skipped() {
        let table = find_in("门店一览\n\n门店ID,备注\n1,x\n".as_bytes(), Purpose::Input).unwrap();
        assert_eq!(table.header_row, 3);
        assert_eq!(table.unknown, ["备注"]);
    }

    #[test]
    fn titles_that_name_fields_and_notes_that_name_an_id_are_no_header() {
        let header = "门店ID,门店名称,详细地址,电话\n1,x,y,z\n";
        for above in ["公司名称,禾露茶铺,联系电话,138\n\n", "城市,杭州,电话,0571\n", "门店ID,不要改动\n"]
        {
            let table = find_in(format!("{above}{header}").as_bytes(), Purpose::Input).unwrap();
            assert_eq!(table.columns.iter().map(|column| column.header.as_str()).next_back(), Some("电话"), "{above}");
        }
        // Of two that say the same the first is the header, and the second repeats it.
        let table = find_in("门店ID,电话\npoi_id,telephone\n1,2\n".as_bytes(), Purpose::Input).unwrap();
        assert_eq!(table.header_row, 1);
    }

    #[test]
    fn what_no_field_takes_is_recorded_by_the_api_documents_name_under_any_header() {
        let table = find_in("门店ID,审核状态,经度,区域经理\n1,4,120,x\n".as_bytes(), Purpose::Input).unwrap();
        let names = ["available_state", "longitude", "区域经理"];
        assert_eq!(table.recorded, [1, 2, 3].into_iter().zip(names.map(RecordKey::new)).collect::<Vec<_>>());
        let twice = find_in("门店ID,经度,lng\n1,2,3\n".as_bytes(), Purpose::Input).unwrap_err();
        assert!(matches!(twice, Trouble::TwoColumns { field: "longitude", .. }));
    }

    #[test]
    fn two_columns_for_one_field_are_an_error_naming_both() {
        let error = find_in(b"poi_id,telephone,phone\n1,2,3\n", Purpose::Input).unwrap_err();
        assert!(
            matches!(error, Trouble::TwoColumns { field: "telephone", columns } if columns == ["telephone (B)", "phone (C)"])
        );
    }

    #[test]
    fn in_a_supplement_the_old_words_mean_what_is_submitted() {
        let error = find_in(b"poi_id,telephone,contract_phone\n1,2,3\n", Purpose::Supplement).unwrap_err();
        assert!(matches!(error, Trouble::TwoColumns { field: "contract_phone", .. }));
        assert!(find_in(b"poi_id,telephone,contract_phone\n1,2,3\n", Purpose::Input).is_ok());
    }

    #[test]
    fn a_supplement_needs_an_id_column_and_any_table_known_headers() {
        let error = find_in("电话,营业时间\n1,2\n".as_bytes(), Purpose::Supplement).unwrap_err();
        assert!(matches!(error, Trouble::NoIdColumn { seen } if seen == ["电话", "营业时间"]));
        let error = find_in(b"a,b\n1,2\n", Purpose::Input).unwrap_err();
        assert!(matches!(error, Trouble::NoHeader { seen } if seen == ["a", "b"]));
    }
}
