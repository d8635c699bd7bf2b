//! `{account}` in paths: what a command means for one account, and paths that several accounts must not share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::cli::args::{Command, Common, Sending};
use crate::cli::args_orders::Ordering;
use crate::cli::failure::Failure;
use crate::cli::settings::Settings;
use crate::ledger::same_file;
use crate::store::{BulkJob, Words};
use crate::words;

/// What stands for the account's name.
pub const PLACEHOLDER: &str = "{account}";

/// The command and its flags as one account understands them: with its name in the paths, and a report's folder of its own.
#[must_use]
pub fn for_account(command: &Command, common: &Common, name: &str) -> (Command, Common) {
    let (mut command, mut common) = (command.clone(), common.clone());
    let paths = paths_of(&mut command).into_iter().chain(common.ledger.as_mut());
    paths.for_each(|path| *path = named(path, name));
    let report = |folder: &mut Option<PathBuf>, sandbox: bool| {
        folder.get_or_insert_with(|| Settings::report(None, BulkJob::Migrate, sandbox).join(name));
    };
    match &mut command {
        Command::Migrate(args) => report(&mut args.sending.report, args.online.sandbox.is_some()),
        Command::Apply(args) => report(&mut args.sending.report, args.online.sandbox.is_some()),
        Command::Report(args) => report(&mut args.output, args.sandbox.is_some()),
        _ => {}
    }
    if let Some((job, ordering)) = ordering(&mut command) {
        let sandbox = ordering.online.sandbox.is_some();
        ordering.report.get_or_insert_with(|| Settings::report(None, job, sandbox).join(name));
    }
    (command, common)
}

/// The flags of another bulk job's command.
fn ordering(command: &mut Command) -> Option<(BulkJob, &mut Ordering)> {
    match command {
        Command::Store(store) => store.ordering_mut(),
        Command::Card(card) => card.ordering_mut(),
        _ => None,
    }
}

/// Every path that a command was given.
fn paths_of(command: &mut Command) -> Vec<&mut PathBuf> {
    fn of_sending(sending: &mut Sending) -> impl Iterator<Item = &mut PathBuf> {
        let approvals = sending.allow_delete.as_mut().and_then(Option::as_mut);
        let outputs = sending.report.iter_mut().chain(sending.journal.as_mut());
        sending.supplement.iter_mut().chain(approvals).chain(outputs)
    }
    match command {
        Command::Migrate(args) => args.input.iter_mut().chain(of_sending(&mut args.sending)).collect(),
        Command::Plan(args) => args.input.iter_mut().chain(args.supplement.iter_mut()).collect(),
        Command::Apply(args) => of_sending(&mut args.sending).collect(),
        Command::Pull(args) => vec![&mut args.output],
        Command::Report(args) => args.output.iter_mut().collect(),
        Command::Check(args) => args.input.iter_mut().chain(args.supplement.iter_mut()).collect(),
        Command::Template(args) => {
            let inputs = args.file.iter_mut().chain(args.input.iter_mut());
            inputs.chain(args.supplement.iter_mut()).chain(args.output.as_mut()).collect()
        }
        Command::Fill(args) => args.file.iter_mut().collect(),
        Command::Watch(args) => args.journal.iter_mut().collect(),
        Command::Media(super::super::args_platform::Media::Upload(args)) => args.file.iter_mut().collect(),
        Command::Store(_) | Command::Card(_) => ordering(command).map_or_else(Vec::new, |(_, ordering)| {
            let outputs = ordering.report.iter_mut().chain(ordering.journal.as_mut());
            ordering.from.iter_mut().chain(outputs).collect()
        }),
        Command::Merchant(_)
        | Command::Map(_)
        | Command::Ctl(_)
        | Command::Doctor(_)
        | Command::Quota(_)
        | Command::Rid(_)
        | Command::Reconcile(_)
        | Command::Status(_)
        | Command::Why(_)
        | Command::Explain(_)
        | Command::Accept(_)
        | Command::Sandbox(_) => Vec::new(),
    }
}

fn named(path: &Path, name: &str) -> PathBuf {
    // A path that is no text holds no placeholder.
    path.to_str().map_or_else(|| path.to_owned(), |text| PathBuf::from(text.replace(PLACEHOLDER, name)))
}

/// One account's paths of which no other account may have the same.
pub struct Claims<'a> {
    /// Whose.
    pub name: &'a str,
    /// Its ledger.
    pub ledger: &'a Path,
    /// What it was given.
    pub command: &'a Command,
}

/// Refuses paths that two accounts would share: outputs would overwrite each other, two accounts in one ledger would be
/// one, and a store belongs to one account, so that an INPUT of several is a mistake. A shared supplement is none: it is
/// joined by `poi_id`.
pub fn refuse_shared(accounts: &[Claims<'_>]) -> Result<(), Failure> {
    let mut taken: HashMap<(What, PathBuf), &str> = HashMap::new();
    for Claims { name, ledger, command } in accounts {
        let mut own: Vec<(What, &Path)> = vec![(What::Ledger, ledger)];
        match command {
            Command::Migrate(args) => {
                own.extend(args.input.iter().map(|path| (What::Input, path.as_path())));
                own.extend(outputs_of(&args.sending));
            }
            Command::Watch(args) => own.extend(args.journal.as_deref().map(|path| (What::Output, path))),
            Command::Plan(args) => own.extend(args.input.iter().map(|path| (What::Input, path.as_path()))),
            Command::Apply(args) => own.extend(outputs_of(&args.sending)),
            Command::Report(args) => own.extend(args.output.as_deref().map(|path| (What::Report, path))),
            Command::Pull(args) => own.push((What::Output, &args.output)),
            _ => {}
        }
        for (what, path) in own {
            match taken.insert((what, same_file(path)), name) {
                Some(other) if other != *name => return Err(shared(what, path, other, name)),
                _ => {}
            }
        }
    }
    Ok(())
}

fn outputs_of(sending: &Sending) -> impl Iterator<Item = (What, &Path)> {
    let report = sending.report.as_deref().map(|path| (What::Report, path));
    report.into_iter().chain(sending.journal.as_deref().map(|path| (What::Output, path)))
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Ledger,
    Input,
    Report,
    Output,
}

fn shared(what: What, path: &Path, one: &str, other: &str) -> Failure {
    let path = path.display();
    let Words { en, zh } = match what {
        What::Ledger => words!("the ledger {path}"; "账本 {path}"),
        What::Input => words!("INPUT {path}"; "输入 {path}"),
        What::Report => words!("the report's folder {path}"; "报告目录 {path}"),
        What::Output => words!("the file {path}"; "文件 {path}"),
    };
    let why = match what {
        What::Ledger => words!("each account has a ledger of its own"; "每个账号须有自己的账本"),
        What::Input => words!("a store belongs to one account"; "一家门店只属于一个账号"),
        What::Report | What::Output => words!("one would overwrite the other"; "会互相覆盖"),
    };
    Failure::usage(
        Words {
            en: format!("{en} would be that of the accounts {one:?} and {other:?}: {}", why.en),
            zh: format!("{zh} 被账号 {one:?} 与 {other:?} 共用：{}", why.zh),
        },
        Some(words!(
            "put '{PLACEHOLDER}' into the path (quoted, for the shell), for instance 'stores-{PLACEHOLDER}.csv'; nothing was sent";
            "请在路径中写入 '{PLACEHOLDER}'（加引号），例如 'stores-{PLACEHOLDER}.csv'；未提交任何内容"
        )),
    )
}
