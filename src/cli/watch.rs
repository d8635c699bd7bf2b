//! `poilift watch` and `reconcile`: reading the platform without sending anything.

use std::path::Path;

use super::args::{Online, Sending, Watch};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::migrate::{existing_ledger, real_platform};
use super::session::Session;
use super::settings::Settings;
use crate::pipeline::{PipelineError, Work};

/// Reads until every store is settled, or the time is over.
pub fn watch(context: &Context<'_>, args: &Watch) -> Result<Exit, Failure> {
    read(context, "watch", &args.online, Some(args.timeout.clone()), args.journal.as_deref())
}

/// Reads once.
pub fn reconcile(context: &Context<'_>, online: &Online) -> Result<Exit, Failure> {
    read(context, "reconcile", online, None, None)
}

fn read(
    context: &Context<'_>,
    command: &'static str,
    online: &Online,
    wait: Option<String>,
    journal: Option<&Path>,
) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    // A permission given once is not taken back by reading: nothing is planned here.
    let orders = settings.orders(&Sending { wait, ..Sending::default() }, online)?;
    let ledger = existing_ledger(&settings, online)?;
    let platform = real_platform(&settings, online, false)?;
    let identity = settings.identity(online, true);
    let job =
        Box::new(|work: &mut Work<'_>, platform: Option<&_>| work.watch(platform.ok_or(PipelineError::NotConnected)?));
    Session::new(context, command, orders, online).keeping(journal).run(&ledger, &identity, platform, Vec::new(), job)
}
