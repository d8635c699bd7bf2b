//! The sheets of a form that are to be read: what each column is for, and every finding with its remedy. Neither has a row
//! that could be taken for a table of stores when the workbook comes back.

use super::columns::{FIELDS, help_of, title_of, wishes};
use super::{FormModel, store_name};
use crate::ledger::StoreRow;
use crate::report::reasons::{Reason, findings, words_of};
use crate::report::visible::visible;
use crate::sheets::{ColumnKind, FormCell, FormColumn, FormSheet, column_letters};
use crate::store::{Finding, Lang, Place, State};
use crate::words;

/// What is said to whoever types over a locked cell, and to whoever types another word than those to choose from.
pub(super) fn refusals(lang: Lang) -> [(String, String); 2] {
    let pair =
        |title: crate::store::Words, text: crate::store::Words| (title.get(lang).to_owned(), text.get(lang).to_owned());
    let choices = wishes(lang).join(lang.pick(", ", "、"));
    [
        pair(
            words!("Locked"; "已锁定"),
            words!(
                "This cell says which store the row is about, or why it is here. Fill in the columns with a green header.";
                "此单元格用于标识门店或说明原因，请填写绿色表头的列。"
            ),
        ),
        pair(
            words!("Not one of the choices"; "不在可选项中"),
            words!("Choose one of: {choices}. Or leave the cell empty."; "请选择：{choices}，或留空。"),
        ),
    ]
}

fn reading_sheet(name: &str, columns: &[(&str, u16)]) -> FormSheet {
    let column = |(title, width): &(&str, u16)| FormColumn {
        title: (*title).to_owned(),
        note: String::new(),
        kind: ColumnKind::Locked,
        width: *width,
    };
    FormSheet {
        name: name.to_owned(),
        columns: columns.iter().map(column).collect(),
        frozen: 0,
        protected: false,
        refusals: Default::default(),
    }
}

/// The sheet that explains the columns.
pub(super) fn explaining_sheet(lang: Lang) -> FormSheet {
    match lang {
        Lang::En => reading_sheet("Columns", &[("Column", 28), ("What it is for", 80), ("Example", 34)]),
        Lang::Zh => reading_sheet("填写说明", &[("列", 28), ("用途", 80), ("示例", 34)]),
    }
}

/// A line on how the workbook is used, then one a column.
pub(super) fn explanations(columns: &[FormColumn], lang: Lang) -> Vec<Vec<FormCell<'static>>> {
    let row = |name: String, text: String, example: &'static str| {
        vec![FormCell::plain(name), FormCell::plain(text), FormCell::plain(example)]
    };
    let mut lines = vec![row(lang.pick("How to use it", "使用方法").to_owned(), how(lang), "")];
    for (column, index) in columns.iter().zip(0..) {
        // The letter keeps this from being a header itself.
        let name = format!("{}  {}", column_letters(index), column.title);
        let field = FIELDS.into_iter().find(|field| title_of(*field, lang) == column.title);
        let (text, example) = match field {
            Some(field) => (help_of(field).0.get(lang).to_owned(), help_of(field).1),
            None => (column.note.clone(), ""),
        };
        lines.push(row(name, text, example));
    }
    lines
}

fn how(lang: Lang) -> String {
    let words = words!(
        "Fill in or mend the columns with a green header; a coloured cell is missing or wrong, and says at the cell what to do. A cell that you leave as it is, or empty, means no change. Sort, filter, save as XLSX or CSV as you like, but move whole rows only. Give the file back with: poilift fill FILE (or a folder of such files).";
        "请填写或修改绿色表头的列；着色的单元格表示缺失或有误，批注中说明如何处理。保持原样或留空的单元格表示不修改。可以排序、筛选、另存为 XLSX 或 CSV，但移动时请保持整行。完成后用 poilift fill 文件（或存放这些文件的目录）交回。"
    );
    words.get(lang).to_owned()
}

/// The sheet of findings.
pub(super) fn finding_sheet(lang: Lang) -> FormSheet {
    match lang {
        Lang::En => reading_sheet(
            "Findings",
            &[("Code", 16), ("Finding", 40), ("Store", 36), ("Where", 30), ("Value", 24), ("What to do", 60)],
        ),
        Lang::Zh => reading_sheet(
            "问题清单",
            &[("代码", 16), ("问题", 40), ("店", 36), ("出处", 30), ("内容", 24), ("如何处理", 60)],
        ),
    }
}

/// A line a finding, at most `lines_max`; the last one then says how many are left out.
pub(super) fn finding_lines<'a>(
    rows: &[&'a StoreRow],
    model: &FormModel<'_>,
    lines_max: usize,
) -> Vec<Vec<FormCell<'a>>> {
    let mut lines = Vec::new();
    let mut left_out = 0_u64;
    for row in rows {
        for line in lines_of(row, model) {
            if lines.len() + 1 < lines_max {
                lines.push(line);
            } else {
                left_out += 1;
            }
        }
    }
    if left_out > 0 {
        let words = words!("… and {left_out} more, not listed here"; "……另有 {left_out} 条未列出");
        lines.push(vec![FormCell::plain(words.get(model.lang).to_owned())]);
    }
    lines
}

fn lines_of<'a>(row: &'a StoreRow, model: &FormModel<'_>) -> Vec<Vec<FormCell<'a>>> {
    let lang = model.lang;
    let of_finding = |finding: &Finding| {
        let place = finding.place.as_ref().unwrap_or(&row.place);
        let value = visible(&finding.value).into_owned();
        let code = finding.code;
        entry(code.as_str().to_owned(), code.title().get(lang), row, place, value, code.remedy().get(lang), lang)
    };
    match Reason::of(row) {
        Some(reason @ (Reason::Refused(..) | Reason::State(State::Rejected))) => {
            let (title, remedy) = (reason.title(), reason.remedy(model.errors));
            let words = visible(&words_of(row, lang)).into_owned();
            vec![entry(reason.label().into_owned(), title.get(lang), row, &row.place, words, remedy.get(lang), lang)]
        }
        Some(reason) if findings(row).is_empty() => {
            let (title, remedy) = (reason.title(), reason.remedy(model.errors));
            let label = reason.label().into_owned();
            vec![entry(label, title.get(lang), row, &row.place, String::new(), remedy.get(lang), lang)]
        }
        _ => findings(row).iter().map(of_finding).collect(),
    }
}

fn entry<'a>(
    code: String,
    title: &str,
    row: &StoreRow,
    place: &Place,
    value: String,
    remedy: &str,
    lang: Lang,
) -> Vec<FormCell<'a>> {
    let place = visible(place.words().get(lang)).into_owned();
    let texts = [code, title.to_owned(), store_name(row), place, value, remedy.to_owned()];
    texts.into_iter().map(FormCell::plain).collect()
}
