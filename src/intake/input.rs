//! An input: a file of stores, opened and looked at, its rows read as often as somebody asks and never all kept.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::error::{IntakeError, Trouble};
use super::headers::Headers;
use super::pages::{self, Pages};
use super::source::Source;
use super::suspicion::{Known, Signs, Suspicion};
use super::table::{self, HEADER_ROWS_MAX, Purpose, Repeats, Role, Table};
use super::{Columns, Form, folder, rows};
use crate::sheets::{self, Note, Row, Tables};
use crate::store::{Cell, Code, Finding, LegacyStore, Place, Words};
use crate::words;

/// A file of stores.
pub struct Input {
    /// The file as the user named it.
    pub file: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// What it is.
    pub form: Form,
    /// How many bytes it has, unpacked.
    pub size: u64,
    /// Headers that mean nothing here; worth a word to the user, who may have misspelt one.
    pub unknown_columns: Vec<String>,
    /// What lies beside the files of a folder.
    pub(super) beside: Vec<Finding>,
    kind: Kind,
    known: Known,
    /// The file was read to its end, and what only many rows together show is known.
    is_known: bool,
}

/// One store as a file has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InputRow {
    /// File, sheet and row.
    pub place: Place,
    /// The old record. A value that has a fault is left out of the typed fields.
    pub store: LegacyStore,
    /// What the row supplies for `add_store`, where the table has such columns.
    pub cells: Vec<Cell>,
    /// What is wrong with the row, and what is worth a look; one that blocks keeps the store from being sent.
    pub faults: Vec<Finding>,
}

/// How a pass over an input ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Every row was given.
    Complete {
        /// How many.
        rows: u64,
        /// How many stores the account had when the list was saved, by its own `total_count`: more than `rows` if the file
        /// holds a part of the list only.
        claimed_total: Option<u64>,
    },
    /// Something turned up that is wrong with rows given already (an id that stands twice, a column of rounded ids): what
    /// was given is to be forgotten, and the input read once more. The next pass is complete, or an error.
    Again,
}

/// Something about a file as a whole that is worth a word.
pub type Remark = Words;

/// An input read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The file as the user named it.
    pub file: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// What it is.
    pub form: Form,
    /// Its stores, in order; at least one.
    pub rows: Vec<InputRow>,
    /// Headers that mean nothing here.
    pub unknown_columns: Vec<String>,
    /// See [`Pass::Complete`].
    pub claimed_total: Option<u64>,
}

enum Kind {
    Table(Box<(Tables, Table)>),
    Pages(Pages),
    /// The files of a folder, one after the other.
    Folder(Vec<Pages>),
    Ready(Vec<InputRow>),
}

impl Input {
    /// Opens what the user named: a file, standard input (`-`), or a folder, whose pages of getpoilist are one input and
    /// whose spreadsheets are one each.
    ///
    /// # Errors
    ///
    /// A file that cannot be used as a whole.
    pub fn open(path: &Path, columns: &Columns) -> Result<Vec<Self>, IntakeError> {
        if path.is_dir() {
            return folder::open(path, columns);
        }
        Ok(vec![Self::of(Source::open(path)?, columns)?])
    }

    /// An opened file as an input.
    ///
    /// # Errors
    ///
    /// A file that cannot be used as a whole.
    pub fn of(source: Source, columns: &Columns) -> Result<Self, IntakeError> {
        let (file, sha256, size) = (source.name.clone(), source.sha256.clone(), source.size);
        let (form, kind, unknown_columns) = if is_json(&source)? {
            (Form::Json, Kind::Pages(open_pages(source, columns)?), Vec::new())
        } else {
            let (tables, table) = open_table(source, columns, Purpose::Input)?;
            let unknown = table.unknown.clone();
            (tables.form().into(), Kind::Table(Box::new((tables, table))), unknown)
        };
        Ok(Self { size, ..Self::new(file, sha256, form, kind, unknown_columns) })
    }

    /// The pages of a folder as one input.
    pub(super) fn of_folder(file: String, sha256: String, pages: Vec<Pages>) -> Self {
        Self::new(file, sha256, Form::Json, Kind::Folder(pages), Vec::new())
    }

    /// Rows that somebody has already.
    #[must_use]
    pub fn of_rows(file: &str, sha256: &str, form: Form, rows: Vec<InputRow>) -> Self {
        Self { is_known: true, ..Self::new(file.to_owned(), sha256.to_owned(), form, Kind::Ready(rows), Vec::new()) }
    }

    fn new(file: String, sha256: String, form: Form, kind: Kind, unknown_columns: Vec<String>) -> Self {
        let (beside, known) = (Vec::new(), Known::default());
        Self { file, sha256, form, size: 0, unknown_columns, beside, kind, known, is_known: false }
    }

    /// What was taken of a file that leaves it open.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let encoding = match &self.kind {
            Kind::Table(table) => table.0.text_manner().map(|(encoding, _)| encoding),
            Kind::Pages(pages) => Some(pages.encoding()),
            Kind::Folder(_) | Kind::Ready(_) => None,
        };
        let taken = encoding.filter(|encoding| *encoding != sheets::Encoding::UTF8);
        taken.map(|encoding| encoding_words(&self.file, encoding)).into_iter().collect()
    }

    /// Its table (or itself, or its folder), and what each column means by the API document's name.
    #[must_use]
    pub fn columns(&self) -> Option<(Place, Vec<(String, String)>)> {
        match &self.kind {
            Kind::Table(table) => Some((table.1.place.clone(), table.1.meanings())),
            Kind::Pages(_) | Kind::Folder(_) => {
                let keys = pages::KEYS.map(|key| (key.to_owned(), key.to_owned()));
                Some((Place::file(&self.file), keys.to_vec()))
            }
            Kind::Ready(_) => None,
        }
    }

    /// What the last pass over a table met that a person may not expect (hidden rows, merged cells, the header again), and
    /// the files of a folder that were passed over.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let own = match &self.kind {
            Kind::Table(table) => findings_of(&table.0, &table.1),
            Kind::Pages(_) | Kind::Folder(_) | Kind::Ready(_) => Vec::new(),
        };
        self.beside.iter().cloned().chain(own).collect()
    }

    /// Gives every row in order; `take` may end it (then the pass counts as complete).
    ///
    /// # Errors
    ///
    /// A file that turns out not to be usable as a whole; what was given is to be forgotten.
    pub fn read(&mut self, take: &mut dyn FnMut(InputRow) -> ControlFlow<()>) -> Result<Pass, IntakeError> {
        self.read_made(&Some, &mut |row| row.take().map_or(ControlFlow::Continue(()), &mut *take))
    }

    /// Gives what `make` makes of every row, in order. It is called where the row was read: on several threads for a text
    /// with delimiters, one row after the other for anything else. What `take` leaves in its place is let go later, where
    /// memory for the next rows is needed.
    ///
    /// # Errors
    ///
    /// As for [`Input::read`].
    pub fn read_made<T: Send>(
        &mut self,
        make: &(dyn Fn(InputRow) -> T + Sync),
        take: &mut dyn FnMut(&mut T) -> ControlFlow<()>,
    ) -> Result<Pass, IntakeError> {
        let (mut suspicion, mut rows, mut ended) = (Suspicion::default(), 0, false);
        let pass = self.kind.each(&self.known, make, &mut |row, signs| {
            rows += 1;
            suspicion.see(signs);
            let taken = take(row);
            ended |= taken.is_break();
            taken
        })?;
        let pages::Pass::Complete(claimed_total) = pass else { return Ok(Pass::Again) };
        if !self.is_known && !ended {
            self.is_known = true;
            if let Some(suspected) = suspicion.verdict() {
                let mut known = Known::of(&suspected);
                let named = |row: InputRow| (row.store.poi_id, row.place);
                self.kind.each(&Known::default(), &named, &mut |(id, place), _| {
                    known.see(&suspected, id.as_ref(), place);
                    ControlFlow::Continue(())
                })?;
                self.known = known;
                return Ok(Pass::Again);
            }
        }
        if rows == 0 {
            return Err(IntakeError::of_file(&self.file, Trouble::NoStores));
        }
        Ok(Pass::Complete { rows, claimed_total })
    }

    /// Reads it from end to end, so that whatever makes it useless as a whole is known before anything else happens.
    ///
    /// # Errors
    ///
    /// As for [`Input::read`].
    pub fn look_through(&mut self) -> Result<(), IntakeError> {
        while self.read(&mut |_| ControlFlow::Continue(()))? == Pass::Again {}
        Ok(())
    }

    /// All rows at once.
    ///
    /// # Errors
    ///
    /// As for [`Input::read`].
    pub fn collect(mut self) -> Result<Collected, IntakeError> {
        loop {
            let mut rows = Vec::new();
            let pass = self.read(&mut |row| {
                rows.push(row);
                ControlFlow::Continue(())
            })?;
            if let Pass::Complete { claimed_total, .. } = pass {
                let Self { file, sha256, form, unknown_columns, .. } = self;
                return Ok(Collected { file, sha256, form, rows, unknown_columns, claimed_total });
            }
        }
    }
}

impl Kind {
    fn each<T: Send>(
        &mut self,
        known: &Known,
        make: &(dyn Fn(InputRow) -> T + Sync),
        take: &mut dyn FnMut(&mut T, &Signs) -> ControlFlow<()>,
    ) -> Result<pages::Pass, IntakeError> {
        match self {
            Self::Pages(pages) => pages.each(known, &mut |row, signs| take(&mut make(std::mem::take(row)), signs)),
            Self::Folder(files) => {
                folder::each(files, known, &mut |row, signs| take(&mut make(std::mem::take(row)), signs))
            }
            Self::Table(table) => {
                let (tables, table) = &mut **table;
                let mut repeats = Repeats::default();
                let make = |row: &Row<'_>| {
                    table.role(row, || {
                        let (row, signs) = rows::input_row(table, known, row);
                        (make(row), signs)
                    })
                };
                let mut give = |role: &mut Role<(T, Signs)>| match role {
                    Role::Holds((row, signs)) => take(row, signs),
                    Role::Header(row) => {
                        repeats.see(*row);
                        ControlFlow::Continue(())
                    }
                    Role::Nothing => ControlFlow::Continue(()),
                };
                let read = tables.each(table.sheet, &make, &mut give);
                read.map_err(|why| IntakeError::of_file(&table.place.file, Trouble::Sheet(why)))?;
                table.repeats = repeats;
                Ok(pages::Pass::Complete(None))
            }
            Self::Ready(rows) => {
                for row in rows.iter() {
                    if take(&mut make(row.clone()), &Signs::default()).is_break() {
                        break;
                    }
                }
                Ok(pages::Pass::Complete(None))
            }
        }
    }
}

/// What the last reading of a table met that a person may not expect, one finding each.
pub(super) fn findings_of(tables: &Tables, table: &Table) -> Vec<Finding> {
    let more = |count: usize, shown: usize| if count > shown { " …" } else { "" };
    let finding = |note: Note| match note {
        Note::HiddenRows { count, first } => {
            let rows = first.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let place = first.first().map_or(table.place.clone(), |row| table.place.at_row(*row));
            let shown = format!("{count}: {rows}{}", more(count, first.len()));
            Finding::new(Code::HiddenRow).at(place).showing(&shown)
        }
        Note::Merged { count, first } => {
            let shown = format!("{count}: {}{}", first.join(", "), more(count, first.len()));
            Finding::new(Code::MergedCell).at(table.place.clone()).showing(&shown)
        }
        Note::Floating { count, first } => {
            let shown = format!("{count}: {}{}", first.join(", "), more(count, first.len()));
            Finding::new(Code::FloatingPictures).at(table.place.clone()).showing(&shown)
        }
    };
    let notes = tables.notes(table.sheet).into_iter().map(finding);
    let Repeats { count, first } = &table.repeats;
    let headers = first.first().map(|row| {
        let rows = first.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let shown = format!("{count}: {rows}{}", more(*count, first.len()));
        Finding::new(Code::HeaderRepeated).at(table.place.at_row(*row)).showing(&shown)
    });
    notes.chain(headers).collect()
}

fn encoding_words(file: &str, encoding: sheets::Encoding) -> Words {
    let name = encoding.name().to_ascii_uppercase();
    words!(
        "{file}: read as {name}; --encoding says otherwise if the text looks wrong";
        "{file}：按 {name} 编码读取；若出现乱码请用 --encoding 指明"
    )
}

pub(super) fn open_pages(source: Source, columns: &Columns) -> Result<Pages, IntakeError> {
    let (name, guess) = (source.name.clone(), source.guess);
    Pages::open(&name, source.into_bytes(), guess, columns.options.encoding)
}

/// Opens a file of tables and finds the one that is meant.
pub(super) fn open_table(source: Source, columns: &Columns, purpose: Purpose) -> Result<(Tables, Table), IntakeError> {
    let name = source.name.clone();
    let of_file = |trouble| IntakeError::of_file(&name, trouble);
    let headers = Arc::new(Headers::new(&columns.aliases, &columns.keep).map_err(of_file)?);
    let (form, guess, options) = (source.form, source.guess, &columns.options);
    let opened = Tables::open(source.into_bytes(), form, guess, options);
    let mut tables = opened.map_err(|why| of_file(Trouble::Sheet(why)))?;
    let heads = tables.heads(HEADER_ROWS_MAX).map_err(|why| of_file(Trouble::Sheet(why)))?;
    let table = table::find(&name, heads, options.sheet.as_deref(), &headers, purpose)?;
    tables.set_header(table.sheet, table.header_row);
    Ok((tables, table))
}

/// Tells JSON from tables by content; a name only decides what an error says, and what text that is neither should have
/// been. Text under a workbook's name is refused: spreadsheet programs make such files look like what they are not.
pub(super) fn is_json(source: &Source) -> Result<bool, IntakeError> {
    if source.form != sheets::Form::Csv {
        return Ok(false);
    }
    let extension = source.plain_name.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" => {
            let claimed = extension.to_ascii_uppercase();
            Err(IntakeError::of_file(&source.name, Trouble::Renamed { claimed }))
        }
        "json" | "jsonl" | "ndjson" => Ok(true),
        _ => Ok(matches!(source.start, Some(b'{' | b'['))),
    }
}
