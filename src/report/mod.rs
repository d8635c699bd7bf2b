//! The report: one model, renderers that return bytes, the terminal summary. Nothing here opens a file or prints.

mod accounts;
mod explain;
mod explain_findings;
mod form;
mod json;
mod lines;
mod page;
mod phrases;
mod reasons;
mod rehearsal;
mod returned;
#[cfg(test)]
mod sample;
mod story;
mod summary;
mod terminal;
mod visible;
mod worth_a_look;

pub use accounts::{AccountRow, AllAtOnce, accounts_json, accounts_text};
pub use explain::{Explanation, explain, explain_all};
pub use form::{FormKind, FormModel, Region, form_bytes, region_of};
pub use lines::{COLUMNS, CSV_BOM, Table, csv_rows};
pub use reasons::{Group, Reason, findings, group, words_of};
pub use rehearsal::{RateFrom, Rehearsal};
pub use returned::{Absent, FileState, Returned, ReturnedFile};
pub use story::{Guide, Story};
pub use summary::{Counts, Due, Material, NextStep, SCHEMA, Summary, status_now};
pub use terminal::{Kind, Voice, summary_text};
pub use visible::{columns, visible};

use std::collections::HashMap;

use crate::ledger::StoreRow;
use crate::sheets::SheetError;
use crate::store::{Lang, Stamp, Supplied};
use crate::wire::ErrorTable;

pub use phrases::{moment, span};

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct ReportModel<'a> {
    /// The numbers.
    pub summary: &'a Summary,
    /// The rows that they count.
    pub rows: &'a [StoreRow],
    /// The supplied cells that count, by the ledger's number of the store: what the cells to be mended hold.
    pub supplied: &'a HashMap<i64, Supplied>,
    /// Columns of the source that are carried through.
    pub keep: &'a [String],
    /// What errcodes mean for this account.
    pub errors: &'a ErrorTable,
    /// When the report was asked for.
    pub generated_at: Stamp,
}

/// The files of the report folder, before anything is written.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// `report.html`.
    pub html: Vec<u8>,
    /// `report.json`.
    pub json: Vec<u8>,
    /// Header and rows of `stores.csv` and `report.xlsx`; the CSV begins with [`CSV_BOM`].
    pub stores: Table,
    /// `attention.xlsx`.
    pub attention: Vec<u8>,
}

/// Renders the report in `lang`.
///
/// # Errors
///
/// [`SheetError::Unwritable`], of the workbook to be mended.
pub fn render(model: &ReportModel<'_>, lang: Lang) -> Result<Rendered, SheetError> {
    let attention: Vec<&StoreRow> = model.rows.iter().filter(|row| row.state.needs_person()).collect();
    let &ReportModel { supplied, keep, errors, .. } = model;
    let form = FormModel { kind: FormKind::Attention, supplied, keep, errors, lang };
    Ok(Rendered {
        html: page::bytes(model, &group(model.rows, model.errors), lang),
        json: json::bytes(model, lang),
        stores: csv_rows(model.rows, model.keep, lang),
        attention: form_bytes(&attention, &form)?,
    })
}
