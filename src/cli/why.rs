//! `poilift why`: one store's life, from the ledger alone.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::args::{Format, Why};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::screen::print;
use super::settings::Settings;
use crate::ledger::{Ledger, StoreRow};
use crate::report::story_text;
use crate::words;

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
