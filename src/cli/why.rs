//! `poilift why` and `explain`: one store's life, and what a code means. Both answer from what is there.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::args::{Explain, Format, Why};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::screen::print;
use super::settings::Settings;
use crate::ledger::{Ledger, StoreRow};
use crate::report::{errcode_words, story_text};
use crate::store::{Code, Lang, Words};
use crate::wire::{Endpoint, errors};
use crate::words;

/// More endpoints than these are "elsewhere".
const FEW: usize = 3;

/// The life story of one store, from the ledger alone.
pub fn why(context: &Context<'_>, args: &Why) -> Result<Exit, Failure> {
    let path = Settings::of(context).ledger(args.sandbox.is_some());
    let ledger = Ledger::open_to_read(&path)?;
    let id = args.poi_id.trim();
    let rows: Vec<StoreRow> = ledger.stores(None)?.into_iter().filter(|row| is_named(row, id)).collect();
    if rows.is_empty() {
        return Err(Failure::usage(
            words!("the ledger knows no store {id}"; "账本中没有门店 {id}"),
            Some(words!("copy the poi_id from stores.csv of the report"; "请从报告的 stores.csv 复制 poi_id")),
        ));
    }
    let mut text = String::new();
    for row in &rows {
        let story = ledger.story(row.id)?;
        match context.common.format {
            Format::Text => text += &story_text(row, &story, context.screen.lang),
            Format::Json => {
                let decision = &row.decision;
                let line = json!({
                    "poi_id": id, "place": row.place, "state": row.state, "action": decision.action,
                    "findings": decision.findings, "submission": decision.submission, "reason": row.reason,
                    "story": story,
                });
                let _ = writeln!(text, "{line}");
            }
        }
    }
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    Ok(Exit::Done)
}

/// Rows of a repeated `poi_id` are each told.
fn is_named(row: &StoreRow, id: &str) -> bool {
    row.poi_id().is_some_and(|own| own.as_str() == id)
}

/// What a finding or an errcode means, and how to mend it.
pub fn explain(context: &Context<'_>, args: &Explain) -> Result<Exit, Failure> {
    let lang = context.screen.lang;
    let code = args.code.trim().to_ascii_uppercase();
    let told = match (Code::ALL.iter().find(|known| known.as_str() == code), code.parse::<i64>()) {
        (Some(finding), _) => vec![finding_line(*finding, lang)],
        (None, Ok(errcode)) => errcode_lines(errcode, lang),
        (None, Err(_)) => Vec::new(),
    };
    if told.is_empty() {
        return Err(Failure::usage(
            words!("{code} is neither a finding nor an errcode that is known"; "{code} 不是已知的问题代码或错误码"),
            Some(words!(
                "findings look like E104 or W202; a store refused by an unknown errcode is never sent again by itself";
                "问题代码形如 E104、W202；因未知错误码被拒的门店不会自动重新提交"
            )),
        ));
    }
    let text = match context.common.format {
        Format::Text => told.into_iter().map(|(text, _)| text).collect::<Vec<_>>().concat(),
        Format::Json => told.into_iter().map(|(_, value)| value.to_string() + "\n").collect::<Vec<_>>().concat(),
    };
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    Ok(Exit::Done)
}

fn finding_line(code: Code, lang: Lang) -> (String, serde_json::Value) {
    let (title, remedy) = (code.title(), code.remedy());
    let (title, remedy) = (title.get(lang), remedy.get(lang));
    let mend = lang.pick("mend: ", "处理：");
    let value = json!({"code": code, "severity": code.severity(), "title": title, "remedy": remedy});
    (format!("{code} {title}\n  {mend}{remedy}\n"), value)
}

fn errcode_lines(errcode: i64, lang: Lang) -> Vec<(String, serde_json::Value)> {
    let said = errcode_words(errcode);
    let alone = said.len() == 1;
    let line = |(endpoints, words): &(Vec<Endpoint>, Words)| {
        let class = endpoints.first().map(|endpoint| errors::class(*endpoint, errcode));
        let named: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.key()).collect();
        let from = match named.len() {
            _ if alone => String::new(),
            0..=FEW => format!(" ({})", named.join(", ")),
            _ => lang.pick(" (elsewhere)", "（其他接口）").to_owned(),
        };
        let text = format!("{errcode}{from} {}\n", words.get(lang));
        (text, json!({"errcode": errcode, "endpoints": named, "class": class, "advice": words.get(lang)}))
    };
    said.iter().map(line).collect()
}
