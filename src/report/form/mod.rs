//! Forms: workbooks in which people fill in what stores lack, one row a store. `attention.xlsx` and the template are the
//! same form: who the store is (locked), why it is there, what stands in the cells to be mended, a remark on each that is
//! wrong; a sheet that explains the columns, and a sheet of findings. An untouched cell means no change: the hidden key of
//! each row ([`FormKey`]) remembers what was handed out.

mod columns;
mod guide;
mod marks;
mod region;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::lines::{Cell, kept, told};
use super::reasons::words_of;
use super::visible::visible;
use crate::ledger::StoreRow;
use crate::sheets::{FORM_ROWS_MAX, FormBook, FormCell, FormSheet, SheetError};
use crate::store::{Field, FormKey, JoinKey, Lang, Supplied};
use crate::wire::ErrorTable;
use columns::{About, FIELDS};
use marks::{Present, marks, present};

pub(super) use columns::title_of;
pub(super) use marks::field_of_code;
pub use region::{Region, region_of};

/// Which form it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// The stores that need a person, beside a report.
    Attention,
    /// The stores that lack data, to be handed out.
    Template,
}

/// What a form is made of.
#[derive(Debug, Clone, Copy)]
pub struct FormModel<'a> {
    /// Which form it is.
    pub kind: FormKind,
    /// The supplied cells that count, by the ledger's number of the store.
    pub supplied: &'a HashMap<i64, Supplied>,
    /// Columns of the source that are carried along.
    pub keep: &'a [String],
    /// What errcodes mean for this account.
    pub errors: &'a ErrorTable,
    /// The language.
    pub lang: Lang,
}

/// The workbook of these stores.
///
/// # Errors
///
/// [`SheetError::Unwritable`]: more stores than a sheet has rows, or a temporary file that cannot be written.
pub fn form_bytes(rows: &[&StoreRow], model: &FormModel<'_>) -> Result<Vec<u8>, SheetError> {
    let lang = model.lang;
    let mut book = FormBook::new();
    book.add(&main_sheet(model), rows.iter().map(|row| line(row, model)))?;
    let columns = columns::columns(model.keep, lang);
    book.add(&guide::explaining_sheet(lang), guide::explanations(&columns, lang).into_iter())?;
    let findings = guide::finding_lines(rows, model, FORM_ROWS_MAX);
    book.add(&guide::finding_sheet(lang), findings.into_iter())?;
    book.bytes()
}

fn main_sheet(model: &FormModel<'_>) -> FormSheet {
    let lang = model.lang;
    let name = match model.kind {
        FormKind::Attention => lang.pick("Attention", "待处理"),
        FormKind::Template => lang.pick("Stores", "门店"),
    };
    FormSheet {
        name: name.to_owned(),
        columns: columns::columns(model.keep, lang),
        frozen: About::FROZEN,
        protected: true,
        refusals: guide::refusals(lang),
    }
}

/// One store's row.
fn line<'a>(row: &'a StoreRow, model: &FormModel<'a>) -> Vec<FormCell<'a>> {
    let supplied = model.supplied.get(&row.id);
    let (present, mut marks) = (present(row, supplied), marks(row, supplied, model.errors, model.lang));
    let mut cells: Vec<FormCell<'a>> = About::ALL
        .into_iter()
        .map(|about| match about {
            About::Key => FormCell::plain(key_of(row, &present).map(|key| key.to_string()).unwrap_or_default()),
            About::Reason => {
                let reason = visible(&words_of(row, model.lang)).into_owned();
                let remark = marks.remove(&None).unwrap_or_default();
                FormCell { wrong: !remark.is_empty(), remark, ..FormCell::plain(reason) }
            }
            about => FormCell::plain(visible(told(row, |store| about.of(store)))),
        })
        .collect();
    let texts = FIELDS.into_iter().map(|field| {
        let text = present.get(&field).map(|present| present.text.clone()).unwrap_or_default();
        let remark = marks.remove(&Some(field)).unwrap_or_default();
        FormCell { wrong: !remark.is_empty(), remark, ..FormCell::plain(text) }
    });
    cells.extend(texts);
    cells.extend(kept(row, model.keep).iter().map(|cell| FormCell::plain(Cell::csv(cell))));
    cells
}

/// The hidden key. A store without any id has none: nothing that is filled in could find its way back to it.
fn key_of(row: &StoreRow, present: &BTreeMap<Field, Present<'_>>) -> Option<FormKey> {
    let by_poi_id = row.record.poi_id.clone().filter(crate::store::PoiId::is_decimal).map(JoinKey::PoiId);
    let key = by_poi_id.or_else(|| row.record.sid.clone().map(JoinKey::Sid))?;
    let confirmed = present.iter().filter(|(_, present)| present.confirmed);
    Some(FormKey::new(key, confirmed.map(|(field, present)| (*field, present.text.as_ref()))))
}

/// The store as people call it: its name, branch and id.
pub(super) fn store_name(row: &StoreRow) -> String {
    let (name, branch) = (told(row, |store| &store.business_name), told(row, |store| &store.branch_name));
    let branch = if branch.trim().is_empty() { String::new() } else { format!(" ({branch})") };
    let id = row.poi_id().map(|id| format!(" {id}")).unwrap_or_default();
    visible(&format!("{name}{branch}{id}")).trim().to_owned()
}
