//! One line a store: the cells of `stores.csv`, which are the values of `report.json`'s rows as well. Bytes are made
//! elsewhere: text cells go to the room that writes spreadsheets, values to the JSON.

use std::borrow::Cow;

use serde_json::Value;

use super::reasons;
use super::summary::status_now;
use super::visible::visible;
use crate::ledger::StoreRow;
use crate::store::{Lang, LegacyStore, MapPoiId, Sid, Stamp};

/// What `stores.csv` begins with. Excel on a Chinese system reads a CSV without it as GBK, and shows every name broken;
/// programs that read UTF-8 know it and skip it. Ids of more than 15 digits still look rounded there: for reading in
/// Excel there is `report.xlsx`.
pub const CSV_BOM: &[u8] = b"\xEF\xBB\xBF";

/// The columns of `stores.csv` and the keys of `report.json`'s rows, in order.
pub const COLUMNS: [&str; 21] = [
    "poi_id",
    "sid",
    "business_name",
    "branch_name",
    "city",
    "source",
    "source_row",
    "upgrade_status_before",
    "action",
    "state",
    "upgrade_status_now",
    "map_poi_id",
    "store_poi_id",
    "audit_id",
    "attempts",
    "errcode",
    "reason",
    "sent_at",
    "settled_at",
    "updated_at",
    "warnings",
];

/// A header and its rows, all text.
pub type Table = (Vec<String>, Vec<Vec<String>>);

/// One value of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing is known: an empty cell, `null` in JSON.
    Empty,
    /// An id, a key or a time: written as it is, to the last digit.
    Exact(Cow<'a, str>),
    /// Text that somebody typed: it must not become a formula.
    Free(Cow<'a, str>),
    /// A number.
    Number(i64),
}

impl<'a> Cell<'a> {
    fn exact(text: &'a str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Exact(Cow::Borrowed(text)) }
    }

    fn free(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Free(text) }
    }

    fn time(at: Option<Stamp>) -> Self {
        at.map_or(Self::Empty, |at| Self::Exact(Cow::Owned(at.rfc3339())))
    }

    /// The text of the cell in a CSV file.
    #[must_use]
    pub fn csv(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Exact(text) => text.to_string(),
            // Whoever looks at the file in a terminal must not be at the mercy of a name.
            Self::Free(text) => no_formula(&visible(text)),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// The header and the text rows of `stores.csv`; columns to `keep` stand behind the others.
#[must_use]
pub fn csv_rows(rows: &[StoreRow], keep: &[String], lang: Lang) -> Table {
    let line = |row: &StoreRow| {
        let own = cells(row, lang);
        own.iter().map(Cell::csv).chain(kept(row, keep).iter().map(Cell::csv)).collect()
    };
    let header = COLUMNS.into_iter().map(str::to_owned).chain(keep.iter().cloned());
    (header.collect(), rows.iter().map(line).collect())
}

/// What the source's row had in the columns to keep.
#[must_use]
pub fn kept(row: &StoreRow, keep: &[String]) -> Vec<Cell<'static>> {
    if keep.is_empty() {
        return Vec::new();
    }
    let mut entries = row.record.record.entries();
    let value = |header: &String| match entries.shift_remove(header) {
        Some(Value::String(text)) => Cell::free(text),
        Some(Value::Null) | None => Cell::Empty,
        Some(other) => Cell::free(other.to_string()),
    };
    keep.iter().map(value).collect()
}

/// The values of a row, in the order of [`COLUMNS`].
#[must_use]
pub fn cells(row: &StoreRow, lang: Lang) -> [Cell<'_>; 21] {
    [
        row.poi_id().map_or(Cell::Empty, |id| Cell::exact(id.as_str())),
        told_id(row, |store| store.sid.as_ref().map(Sid::as_str)),
        Cell::free(told(row, |store| &store.business_name)),
        Cell::free(told(row, |store| &store.branch_name)),
        Cell::free(told(row, |store| &store.city)),
        Cell::free(source(row)),
        row.place.row.map_or(Cell::Empty, |number| Cell::Number(number.into())),
        Cell::free(row.status_before.code()),
        Cell::exact(row.decision.action.key()),
        Cell::exact(row.state.key()),
        Cell::free(status_now(row).code()),
        map_poi_id(row),
        row.store_poi_id.as_deref().map_or(Cell::Empty, Cell::exact),
        row.audit_id.as_deref().map_or(Cell::Empty, Cell::exact),
        Cell::Number(row.attempts.into()),
        row.errcode.map_or(Cell::Empty, Cell::Number),
        Cell::free(reasons::words_of(row, lang)),
        Cell::time(row.sent_at),
        Cell::time(row.settled_at),
        Cell::time(Some(row.updated_at)),
        Cell::free(reasons::warnings_of(row, lang)),
    ]
}

/// A text of the old record: the source's word first, then the platform's.
#[must_use]
pub fn told(row: &StoreRow, field: impl Fn(&LegacyStore) -> &str) -> &str {
    let own = field(&row.record);
    match &row.platform {
        Some(platform) if own.trim().is_empty() => field(platform),
        _ => own,
    }
}

fn told_id(row: &StoreRow, id: impl Fn(&LegacyStore) -> Option<&str>) -> Cell<'_> {
    id(&row.record).or_else(|| id(row.platform.as_ref()?)).map_or(Cell::Empty, Cell::exact)
}

/// `stores.xlsx, Stores`: where the row was read, without its number.
#[must_use]
pub fn source(row: &StoreRow) -> Cow<'_, str> {
    match &row.place.sheet {
        Some(sheet) => Cow::Owned(format!("{}, {sheet}", row.place.file)),
        None => Cow::Borrowed(&row.place.file),
    }
}

/// The point that was sent or would be, else the one that the old record has.
fn map_poi_id(row: &StoreRow) -> Cell<'_> {
    match &row.decision.submission {
        Some(submission) => Cell::exact(submission.map_poi_id.as_str()),
        None => told_id(row, |store| store.map_poi_id.as_ref().map(MapPoiId::as_str)),
    }
}

/// A text that a spreadsheet program would compute gets a quotation mark in front; a plain number does not need it.
/// The wide forms count as well: an input method's `＝` begins a formula in some versions of Excel.
fn no_formula(text: &str) -> String {
    let begins_a_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_a_number = number.bytes().all(|b| b.is_ascii_digit() || b == b'.') && number.parse::<f64>().is_ok();
    if begins_a_formula && !is_a_number { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{blocked, upgraded};
    use crate::store::{Code, Place, PoiId};

    fn line(row: &StoreRow, lang: Lang) -> String {
        csv_rows(std::slice::from_ref(row), &[], lang).1[0].join("|")
    }

    #[test]
    fn an_upgraded_store_has_its_whole_story_on_one_line() {
        assert_eq!(
            line(&upgraded(7), Lang::En),
            "100000007|S-7|好邻居便利店|西湖7店|杭州市|stores.xlsx, 门店|8|0|add|upgraded|3|2880741500279540007||audit-7|1||\
             |2026-11-24T02:10:00+08:00|2026-11-24T02:11:00+08:00|2026-11-24T02:11:00+08:00|"
        );
    }

    #[test]
    fn the_reason_is_in_the_language_asked_and_a_blocked_row_tells_all_its_findings() {
        let row = blocked(3, &[Code::CredentialMissing, Code::PhoneMissing]);
        assert!(
            line(&row, Lang::Zh).contains("|E110 缺少经营资质证件号 credential; E112 缺少联系电话 contract_phone|")
        );
    }

    #[test]
    fn what_is_worth_a_look_about_a_store_stays_with_it_to_the_end() {
        let mut row = upgraded(7);
        row.decision.findings.push(crate::store::Finding::new(Code::CredentialUnchecked));
        assert!(line(&row, Lang::En).ends_with("|W210 credential does not fit its own check character"));
    }

    #[test]
    fn what_somebody_typed_cannot_become_a_formula_and_an_id_is_never_touched() {
        let mut row = upgraded(1);
        row.record.poi_id = PoiId::new("-1000");
        row.record.business_name = "=HYPERLINK(\"http://x\")".into();
        row.record.branch_name = "-5".into();
        row.record.city = "＝1+1".into();
        row.place = Place::file("@home.csv");
        assert!(line(&row, Lang::En).starts_with("-1000|S-1|'=HYPERLINK(\"http://x\")|-5|'＝1+1|'@home.csv|"));
    }

    #[test]
    fn what_the_source_lacks_is_told_by_the_platform() {
        let mut row = upgraded(1);
        row.record.city = "  ".into();
        row.platform = Some(LegacyStore { city: "绍兴市".into(), ..LegacyStore::default() });
        assert_eq!(told(&row, |store| &store.city), "绍兴市");
    }

    #[test]
    fn columns_to_keep_stand_behind_the_others_as_the_source_had_them() {
        let mut row = crate::report::sample::pending(1);
        row.record.record =
            crate::store::Record::of(&std::collections::BTreeMap::from([("区域", "华东"), ("备注", "=1+1")]));
        let keep = ["区域".to_owned(), "备注".to_owned(), "不存在".to_owned()];
        let (header, rows) = csv_rows(&[row], &keep, Lang::Zh);
        assert_eq!(header[COLUMNS.len()..], keep);
        assert_eq!(rows[0][COLUMNS.len()..], ["华东", "'=1+1", ""]);
    }
}
