//! `poilift fill`: supplements into the ledger, remembered for all later runs. A run is not disturbed by it, so that it
//! takes no lock.

use std::path::Path;
use std::sync::Arc;

use super::args::{Fill, Online};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::session::{person, read_supplements, run_start};
use super::settings::Settings;
use crate::engine::Control;
use crate::intake::SupplementFile;
use crate::ledger::{Identity, Ledger, refuse_network};
use crate::pipeline::{Machine as _, Notice, Orders, Preview, ThisMachine, Work};

/// Takes the files.
pub fn run(context: &Context<'_>, args: &Fill) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let supplements = read_supplements(&settings, &args.file)?;
    let online = Online { sandbox: args.sandbox.clone(), ..Online::default() };
    let is_sandbox = args.sandbox.is_some();
    let path = settings.ledger(is_sandbox);
    refuse_network(&path)?;
    take(context, &path, &settings.identity(&online, is_sandbox), &supplements)?;
    Ok(Exit::Done)
}

fn take(
    context: &Context<'_>,
    path: &Path,
    identity: &Identity,
    supplements: &[SupplementFile],
) -> Result<(), Failure> {
    let ledger = Ledger::open(path, identity)?;
    let machine = ThisMachine::on(context.clock_of(&ledger)?);
    let clock = machine.clock();
    let run_id = ledger.begin_run(&run_start(context, "fill", clock.now()))?;
    let (orders, stop, person) = (Orders::default(), Arc::new(Control::default()), person(context.environment));
    let tell = |notice: Notice| context.screen.notice(&notice);
    let confirm = |_: &Preview| Ok(false);
    let mut work = Work::new(ledger, run_id, &orders, &machine, &person, stop, &tell, &confirm);
    work.take_supplements(supplements)?;
    work.tell_unmatched()?;
    Ok(work.ledger().end_run(run_id, Exit::Done.code(), clock.now())?)
}
