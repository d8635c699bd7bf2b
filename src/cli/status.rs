//! `poilift status` and `report`: where the migration stands, from the ledger alone.

use std::path::Path;

use super::args::{Format, FromLedger, Report};
use super::exit::Exit;
use super::failure::Failure;
use super::folder;
use super::screen::print;
use super::session::{Context, clock};
use super::settings::Settings;
use super::summary::Made;
use crate::ledger::Ledger;
use crate::report::{Kind, Voice};

/// The summary.
pub fn status(context: &Context<'_>, args: &FromLedger) -> Result<Exit, Failure> {
    let settings = Settings::read(context.common, context.environment)?;
    show(context, &settings.ledger(args.sandbox), None)
}

/// The summary, and the report's folder.
pub fn report(context: &Context<'_>, args: &Report) -> Result<Exit, Failure> {
    let settings = Settings::read(context.common, context.environment)?;
    let dir = Settings::report(args.output.as_deref(), args.sandbox);
    show(context, &settings.ledger(args.sandbox), Some(&dir))
}

fn show(context: &Context<'_>, ledger: &Path, report: Option<&Path>) -> Result<Exit, Failure> {
    let ledger = Ledger::open_to_read(ledger)?;
    let now = clock()();
    let made = Made::from_ledger(&ledger, None, context, None, now)?;
    if let Some(dir) = report {
        folder::prepare(dir)?;
        folder::write(dir, &made.model(now), context.screen.lang)?;
    }
    let voice = Voice { kind: Kind::Status, report_dir: report.map(|dir| dir.display().to_string()), ..made.voice(false, None, &crate::pipeline::Ended::default()) };
    let text = match context.common.format {
        Format::Json => made.json()?,
        Format::Text => made.text(&voice, context.screen.lang, context.screen.colour),
    };
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    Ok(Exit::Done)
}
