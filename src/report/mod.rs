//! The report: one model, renderers that return bytes, the terminal summary. Nothing here opens a file or prints.

mod accounts;
mod attention;
mod explain;
mod explain_findings;
mod json;
mod lines;
mod page;
mod phrases;
mod reasons;
#[cfg(test)]
mod sample;
mod story;
mod summary;
mod terminal;
mod visible;

pub use accounts::{AccountRow, AllAtOnce, accounts_json, accounts_text};
pub use explain::{Explanation, explain, explain_all};
pub use lines::{COLUMNS, CSV_BOM, Table, csv_rows};
pub use reasons::{Group, Reason, findings, group, words_of};
pub use story::{Guide, Story};
pub use summary::{Material, NextStep, SCHEMA, Summary, status_now};
pub use terminal::{Kind, Voice, summary_text};

use crate::ledger::StoreRow;
use crate::store::{Lang, Stamp};
use crate::wire::ErrorTable;

pub use phrases::{moment, span};

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct ReportModel<'a> {
    /// The numbers.
    pub summary: &'a Summary,
    /// The rows that they count.
    pub rows: &'a [StoreRow],
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
    /// Header and rows of `attention.xlsx`.
    pub attention: Table,
}

/// Renders the report in `lang`.
#[must_use]
pub fn render(model: &ReportModel<'_>, lang: Lang) -> Rendered {
    Rendered {
        html: page::bytes(model, &group(model.rows, model.errors), lang),
        json: json::bytes(model, lang),
        stores: csv_rows(model.rows, model.keep, lang),
        attention: attention::attention_rows(model.rows, model.keep, lang),
    }
}
