//! `poilift why`: one store's life, from the ledger alone.

use std::path::Path;

use super::args::{Format, Why};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::screen::print;
use super::settings::Settings;
use super::summary::{ATTENTION, commands_of, goes_on};
use super::zone::machine_zone;
use crate::ledger::{Ledger, StoreRow};
use crate::pipeline::quoted;
use crate::report::{Guide, Story};
use crate::store::{BulkJob, FileRef, Origin, Place, Zone};
use crate::words;

/// The life story of one store; rows of a repeated id are each told.
pub fn why(context: &Context<'_>, args: &Why) -> Result<Exit, Failure> {
    let path = Settings::of(context).ledger(args.sandbox.is_some());
    let mut ledger = Ledger::open_to_read(&path)?;
    let (name, zone) = (args.store.trim(), machine_zone());
    let mut told = Vec::new();
    for job in BulkJob::ALL.into_iter().filter(|job| args.job.is_none_or(|asked| *job == asked.into())) {
        ledger = ledger.of_job(job);
        let rows = named(ledger.stores(None)?, name);
        if !rows.is_empty() {
            told.extend(stories(context, &ledger, &rows, &zone)?);
        }
    }
    if told.is_empty() {
        return Err(Failure::usage(
            words!("the ledger {} knows no store {name}"; "账本 {} 中没有门店 {name}", path.display()),
            Some(words!(
                "name it by its poi_id or sid, or by where it stands (stores.xlsx:12); stores.csv of the report has all of them";
                "请用 poi_id 或 sid 指明，或用所在位置（如 stores.xlsx:12）；报告的 stores.csv 列出全部门店"
            )),
        ));
    }
    let between = if context.common.format == Format::Text { "\n" } else { "" };
    print(&told.join(between)).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    Ok(Exit::Done)
}

/// The stories of these rows of the ledger's job.
fn stories(context: &Context<'_>, ledger: &Ledger, rows: &[StoreRow], zone: &Zone) -> Result<Vec<String>, Failure> {
    let guide = guide(context, ledger)?;
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        let (lines, runs) = (ledger.story(row.id)?, ledger.story_runs(row.id)?);
        let supplied = ledger.supplied(&places(row))?;
        let (lines, runs, supplied, errors) = (&lines, &runs, &supplied, &context.errors);
        let story = Story { row, lines, runs, supplied, errors, guide: &guide, zone };
        told.push(match context.common.format {
            Format::Text => story.text(context.screen.lang),
            Format::Json => format!("{}\n", story.json(context.screen.lang)),
        });
    }
    with_addresses(told, ledger)
}

/// What was uploaded stands in the plan by its content, and in what was sent by what the platform knows it by.
fn with_addresses(mut told: Vec<String>, ledger: &Ledger) -> Result<Vec<String>, Failure> {
    if told.iter().any(|text| text.contains("file:")) {
        for ((sha256, _), (value, _)) in ledger.media()? {
            if let Some(file) = FileRef::new(&sha256).map(|file| file.to_string()) {
                for text in &mut told {
                    *text = text.replace(&file, &value);
                }
            }
        }
    }
    Ok(told)
}

/// The rows that are meant: by `poi_id`, else by `sid`, else by where they stand.
fn named(rows: Vec<StoreRow>, name: &str) -> Vec<StoreRow> {
    let by_poi_id = |row: &StoreRow| row.poi_id().is_some_and(|id| id.as_str() == name);
    let by_sid = |row: &StoreRow| row.record.sid.as_ref().is_some_and(|sid| sid.as_str() == name);
    let by_place = |row: &StoreRow| stands_at(&row.place, name);
    let ways: [&dyn Fn(&StoreRow) -> bool; 3] = [&by_poi_id, &by_sid, &by_place];
    let Some(way) = ways.into_iter().find(|way| rows.iter().any(*way)) else { return Vec::new() };
    rows.into_iter().filter(way).collect()
}

/// `stores.csv:12`, `stores.xlsx:Stores:12`, or as the report writes it (`stores.xlsx, Stores!12:12`).
fn stands_at(place: &Place, name: &str) -> bool {
    let Some(row) = place.row else { return false };
    let (file, sheet) = (&place.file, place.sheet.as_deref());
    name == format!("{file}:{row}")
        || sheet.is_some_and(|sheet| name == format!("{file}:{sheet}:{row}"))
        || name == place.to_string()
}

/// The cells of the submission.
fn places<'a>(row: &'a StoreRow) -> Vec<&'a Place> {
    let origins = row.decision.submission.iter().flat_map(|submission| submission.origins.values());
    let of_cell = |origin: &'a Origin| match origin {
        Origin::Supplement(place) => Some(place),
        _ => None,
    };
    origins.filter_map(of_cell).collect()
}

/// How one goes on from here, on the same ledger.
fn guide(context: &Context<'_>, ledger: &Ledger) -> Result<Guide, Failure> {
    let mut flags = Vec::new();
    if ledger.identity()?.platform == "sandbox" {
        flags.push("--sandbox".to_owned());
    }
    for (flag, file) in [("--ledger", &context.common.ledger), ("--config", &context.common.config)] {
        flags.extend(file.iter().flat_map(|file| [flag.to_owned(), file.display().to_string()]));
    }
    if let Some(seat) = context.account {
        flags.extend(["--account".to_owned(), seat.name.clone()]);
    }
    let again = context.naming_account(goes_on(ledger.last_run(commands_of(ledger.job()))?));
    Ok(Guide { again, flags, attention: ledger.meta(ATTENTION)?, job: ledger.job(), quote: quoted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_named_by_the_place_where_it_stands() {
        let csv = Place::file("stores.csv").at_row(4);
        let xlsx = Place { sheet: Some("门店".into()), ..Place::file("a.xlsx") }.at_row(12);
        for (place, name) in [
            (&csv, "stores.csv:4"),
            (&csv, "stores.csv, row 4"),
            (&xlsx, "a.xlsx:12"),
            (&xlsx, "a.xlsx:门店:12"),
            (&xlsx, "a.xlsx, 门店!12:12"),
        ] {
            assert!(stands_at(place, name), "{name}");
        }
        assert!(!stands_at(&csv, "stores.csv:5") && !stands_at(&Place::file("stores.csv"), "stores.csv:4"));
    }
}
