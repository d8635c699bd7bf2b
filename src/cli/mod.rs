//! The command line: arguments, exit codes, what is printed. A file per command; no logic about stores.

mod accept;
mod accounts;
mod args;
mod args_orders;
mod args_platform;
mod books;
mod card;
mod check;
mod clock;
mod columns;
mod context;
mod ctl;
mod desk;
mod doctor;
mod event;
mod exit;
mod explain;
mod failure;
mod failure_ledger;
mod failure_platform;
mod files;
mod fill;
mod folder;
mod forecast;
mod journal;
mod log;
mod map;
mod media;
mod merchant;
mod migrate;
mod orders;
mod protocol;
mod pull;
mod question;
mod quota;
mod quota_settings;
mod reach;
mod rehearsal;
mod rid;
mod sandbox;
mod screen;
mod seat;
mod session;
mod settings;
mod signals;
mod socket;
mod standing;
mod status;
mod store;
mod summary;
mod template;
mod terminal;
mod together;
mod watch;
mod why;
mod zone;

use std::process::ExitCode;

use clap::Parser as _;

use crate::config::File;

use args::{Cli, Command};
use context::Context;
use exit::Exit;
use screen::Screen;

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
compile_error!("poilift runs on Linux and macOS; on other systems its promises about locks and syncs are not tested");

/// Runs the program with the process's own arguments and environment.
#[must_use]
pub fn main() -> ExitCode {
    let environment = |name: &str| std::env::var(name).ok();
    signals::expect_questions();
    #[cfg(all(feature = "crash-points", debug_assertions))]
    crate::crash::arm(environment("POILIFT_CRASH_AT").as_deref());
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors; a closed pipe is nobody's.
            let _ = error.print();
            let wrong = error.use_stderr();
            return ExitCode::from(if wrong { Exit::Usage.code() } else { Exit::Done.code() });
        }
    };
    let screen = Screen::new(&cli.common, &environment);
    let arguments = std::env::args().skip(1).collect();
    let result = File::read(cli.common.config.as_deref()).map_err(failure::Failure::from).and_then(|file| {
        let keep = file.kept_columns()?;
        let errors = settings::error_table(&file)?;
        let (common, environment, screen) = (&cli.common, &environment, &screen);
        let fast = clock::from_environment(environment)?;
        let context = Context { common, environment, screen, file, keep, errors, fast, arguments, account: None };
        if common.account.is_some() || common.accounts.is_some() {
            return accounts::run(&context, &cli.command);
        }
        dispatch(&context, &cli.command)
    });
    let exit = match result {
        Ok(exit) => exit,
        Err(failure) => {
            screen.failure(&failure);
            failure.exit
        }
    };
    ExitCode::from(exit.code())
}

fn dispatch(context: &Context<'_>, command: &Command) -> Result<Exit, failure::Failure> {
    match command {
        Command::Migrate(args) => migrate::migrate(context, args),
        Command::Plan(args) => migrate::plan(context, args),
        Command::Apply(args) => migrate::apply(context, args),
        Command::Watch(args) => watch::watch(context, args),
        Command::Reconcile(args) => watch::reconcile(context, args),
        Command::Status(args) => status::status(context, args),
        Command::Why(args) => why::why(context, args),
        Command::Explain(args) => explain::run(context, args),
        Command::Report(args) => status::report(context, args),
        Command::Check(args) => check::run(context, args),
        Command::Template(args) => template::run(context, args),
        Command::Fill(args) => fill::run(context, args),
        Command::Accept(args) => accept::run(context, args),
        Command::Pull(args) => pull::run(context, args),
        Command::Doctor(args) => doctor::run(context, args),
        Command::Ctl(args) => ctl::run(context, args),
        Command::Quota(args) => quota::run(context, args),
        Command::Rid(args) => rid::run(context, args),
        Command::Merchant(command) => merchant::run(context, command),
        Command::Map(command) => map::run(context, command),
        Command::Store(command) => store::run(context, command),
        Command::Card(command) => card::run(context, command),
        Command::Media(command) => media::run(context, command),
        Command::Sandbox(args) => sandbox::run(context, args),
    }
}
