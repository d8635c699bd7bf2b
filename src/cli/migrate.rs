//! `poilift migrate`, `plan` and `apply`: the main job and its two halves.

use super::args::{Apply, Migrate, Online, Plan, Sending};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::files::{read_files, read_supplements};
use super::session::{Session, stores_of};
use super::settings::Settings;
use crate::ledger::Ledger;
use crate::pipeline::{PipelineError, PlatformSettings, Work};

/// The main job.
pub fn migrate(context: &Context<'_>, args: &Migrate) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let Migrate { input, sending, online } = args;
    let orders = settings.orders(sending, online)?;
    let (mut inputs, supplements) = read_files(&settings, input, &sending.supplement)?;
    let is_sandbox = online.sandbox.is_some();
    // A dry run over files needs no platform; with one it reads it, and knows more.
    let offline_plan = sending.dry_run && !inputs.is_empty();
    let platform = real_platform(&settings, online, offline_plan)?;
    let identity = settings.identity(online, is_sandbox || platform.is_some());
    let stores = if is_sandbox { stores_of(&mut inputs)? } else { Vec::new() };
    let ledger = settings.ledger(is_sandbox);
    let job = Box::new(move |work: &mut Work<'_>, platform: Option<&_>| work.migrate(inputs, supplements, platform));
    Session::new(context, "migrate", orders, online).sending(sending).run(&ledger, &identity, platform, stores, job)
}

/// The plan alone: from files without the platform, without files from its list.
pub fn plan(context: &Context<'_>, args: &Plan) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let Plan { input, supplement, images, allow_delete, waves, judging, online } = args;
    let (allow_delete, waves, judging) = (allow_delete.clone(), waves.clone(), judging.clone());
    let images = images.clone();
    let sending = Sending { dry_run: true, images, allow_delete, waves, judging, ..Sending::default() };
    let orders = settings.orders(&sending, online)?;
    let (mut inputs, supplements) = read_files(&settings, input, supplement)?;
    let is_sandbox = online.sandbox.is_some();
    let goes_online = inputs.is_empty();
    let platform = real_platform(&settings, online, !goes_online)?;
    let identity = settings.identity(online, is_sandbox || platform.is_some());
    let stores = if is_sandbox { stores_of(&mut inputs)? } else { Vec::new() };
    let ledger = settings.ledger(is_sandbox);
    let job = Box::new(move |work: &mut Work<'_>, platform: Option<&_>| {
        work.migrate(inputs, supplements, platform.filter(|_| goes_online))
    });
    Session::new(context, "plan", orders, online).run(&ledger, &identity, platform, stores, job)
}

/// The ledger's plan.
pub fn apply(context: &Context<'_>, args: &Apply) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let Apply { sending, online } = args;
    let orders = settings.orders(sending, online)?;
    let supplements = read_supplements(&settings, &sending.supplement)?;
    let ledger = existing_ledger(&settings, online)?;
    let platform = real_platform(&settings, online, false)?;
    let identity = settings.identity(online, true);
    let job = Box::new(move |work: &mut Work<'_>, platform: Option<&_>| {
        work.apply(&supplements, platform.ok_or(PipelineError::NotConnected)?)
    });
    Session::new(context, "apply", orders, online).sending(sending).run(&ledger, &identity, platform, Vec::new(), job)
}

/// The ledger of a command that goes on with one: it must be there.
pub fn existing_ledger(settings: &Settings<'_>, online: &Online) -> Result<std::path::PathBuf, Failure> {
    let path = settings.ledger(online.sandbox.is_some());
    Ledger::find(&path)?;
    Ok(path)
}

/// The real platform, unless the embedded one takes its place. `may_lack` is for work that can do without it.
pub fn real_platform(
    settings: &Settings<'_>,
    online: &Online,
    may_lack: bool,
) -> Result<Option<PlatformSettings>, Failure> {
    match online.sandbox {
        Some(_) => Ok(None),
        None if may_lack => settings.platform(online),
        None => settings.require_platform(online).map(Some),
    }
}
