//! `poilift status` and `report`: where the migration, or another job, stands, from the ledger alone.

use std::path::Path;

use super::args::{FromLedger, JobName, Report};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::folder;
use super::settings::Settings;
use super::summary::Made;
use crate::ledger::Ledger;
use crate::report::Kind;
use crate::store::BulkJob;

/// The summary.
pub fn status(context: &Context<'_>, args: &FromLedger) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    show(context, (&settings.ledger(args.sandbox.is_some()), job_of(args.job)), None)
}

/// The summary, and the report's folder.
pub fn report(context: &Context<'_>, args: &Report) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let job = job_of(args.job);
    let dir = Settings::report(args.output.as_deref(), job, args.sandbox.is_some());
    show(context, (&settings.ledger(args.sandbox.is_some()), job), Some(&dir))
}

fn job_of(named: Option<JobName>) -> BulkJob {
    named.map(BulkJob::from).unwrap_or_default()
}

fn show(context: &Context<'_>, (ledger, job): (&Path, BulkJob), report: Option<&Path>) -> Result<Exit, Failure> {
    let ledger = Ledger::open_to_read(ledger)?.of_job(job);
    let now = context.clock_of(&ledger)?.now();
    let made = Made::from_ledger(&ledger, None, context, None, now, report.is_some())?;
    if let Some(dir) = report {
        folder::prepare(dir)?;
        folder::write(dir, &made.model(&made.supplied(&ledger)?, now), context.screen.lang)?;
    }
    made.print(context, Kind::Status, report)?;
    Ok(Exit::Done)
}
