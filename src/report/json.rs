//! `report.json`: the summary's keys, `generated_at`, and `rows`, one line a store, so that two reports can be compared
//! by eye and by `diff`. Keys never change with the language; `reason`, `title` and `remedy` do.

use serde_json::{Map, Value, json};

use super::lines::{COLUMNS, Cell, cells, kept};
use super::{ReportModel, reasons};
use crate::ledger::StoreRow;
use crate::store::{Finding, Lang};

/// The file's bytes.
#[must_use]
pub fn bytes(model: &ReportModel<'_>, lang: Lang) -> Vec<u8> {
    let mut head = match json!(model.summary) {
        Value::Object(head) => head,
        _ => Map::new(),
    };
    head.insert("generated_at".to_owned(), json!(model.generated_at.rfc3339()));
    let mut text = Value::Object(head).to_string();
    // The rows are written one by one: a hundred thousand of them never stand in memory as values at once.
    text.truncate(text.len() - 1);
    text.push_str(",\"rows\":[");
    for (index, row) in model.rows.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&row_value(row, model.keep, lang).to_string());
    }
    text.push_str("\n]}\n");
    text.into_bytes()
}

fn row_value(row: &StoreRow, keep: &[String], lang: Lang) -> Value {
    let mut object = Map::new();
    for (column, cell) in COLUMNS.into_iter().zip(cells(row, lang)) {
        object.insert(column.to_owned(), cell_value(cell));
    }
    if !keep.is_empty() {
        let kept = keep.iter().cloned().zip(kept(row, keep).into_iter().map(cell_value));
        object.insert("kept".to_owned(), Value::Object(kept.collect()));
    }
    let findings = reasons::findings(row).iter().map(|finding| finding_value(finding, lang));
    object.insert("findings".to_owned(), findings.collect());
    let origins = row.decision.submission.iter().flat_map(|submission| &submission.origins);
    let origins: Map<_, _> = origins.map(|(field, origin)| (field.key().to_owned(), json!(origin.key()))).collect();
    object.insert("origins".to_owned(), Value::Object(origins));
    Value::Object(object)
}

fn cell_value(cell: Cell<'_>) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Exact(text) | Cell::Free(text) => Value::String(text.into_owned()),
        Cell::Number(number) => json!(number),
    }
}

fn finding_value(finding: &Finding, lang: Lang) -> Value {
    let value = (!finding.value.is_empty()).then_some(&finding.value);
    json!({
        "code": finding.code,
        "title": finding.code.title().get(lang),
        "remedy": finding.code.remedy().get(lang),
        "place": finding.place,
        "value": value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{self, NOW, blocked, rejected};
    use crate::store::{Code, Place};
    use crate::wire::ErrorTable;

    fn read(rows: &[StoreRow]) -> Value {
        let summary = sample::summary(rows, "wx1");
        let bytes = bytes(
            &ReportModel {
                summary: &summary,
                rows,
                supplied: &std::collections::HashMap::new(),
                keep: &[],
                errors: &ErrorTable::default(),
                generated_at: NOW,
            },
            Lang::En,
        );
        serde_json::from_slice(&bytes).expect("JSON")
    }

    #[test]
    fn the_report_has_the_summarys_keys_and_the_rows() {
        let rows = sample::mixed();
        let report = read(&rows);
        assert_eq!((&report["schema"], &report["stores"]), (&json!(1), &json!(10)));
        assert_eq!(report["by_state"]["upgraded"], 6);
        assert_eq!(report["generated_at"], "2026-11-24T02:10:00+08:00");
        assert_eq!(report["rows"].as_array().map(Vec::len), Some(10));
    }

    #[test]
    fn what_is_not_known_is_null_and_numbers_are_numbers() {
        let report = read(&[rejected(1, Some(85041))]);
        let row = &report["rows"][0];
        assert_eq!((&row["errcode"], &row["attempts"]), (&json!(85041), &json!(1)));
        assert_eq!((&row["settled_at"], &row["store_poi_id"]), (&Value::Null, &Value::Null));
        assert_eq!(row["origins"], json!({"contract_phone": "record", "hour": "defaults", "credential": "supplement"}));
    }

    #[test]
    fn a_finding_tells_its_code_its_cell_and_its_remedy() {
        let mut row = blocked(1, &[]);
        row.decision.findings =
            vec![Finding::new(Code::PhoneMalformed).at(Place::file("a.csv").at_row(4)).showing("12 \u{202e}34")];
        assert_eq!(
            read(&[row])["rows"][0]["findings"],
            json!([{
                "code": "E113",
                "title": "contract_phone is not one telephone number",
                "remedy": "give one number of digits, an area code or extension set off by a hyphen: 0571-88881234-8001",
                "place": {"file": "a.csv", "row": 4},
                "value": "12 \u{202e}34",
            }])
        );
    }

    #[test]
    fn a_report_without_rows_is_still_a_document() {
        assert_eq!(read(&[])["rows"], json!([]));
    }
}
