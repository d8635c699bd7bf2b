//! `poilift fill`: supplements into the ledger, remembered for all later runs; and who is missing what after that. A run is
//! not disturbed by it, so that it takes no lock.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Fill, Format, Judging, Online};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::files::read_supplements;
use super::screen::print;
use super::session::{person, run_start};
use super::settings::Settings;
use super::summary::goes_on;
use crate::engine::Control;
use crate::intake::SupplementFile;
use crate::ledger::{Ledger, refuse_network};
use crate::pipeline::{Machine as _, Notice, Orders, Preview, ThisMachine, Work, quoted, standing_now};
use crate::report::{Returned, ReturnedFile};
use crate::words;

/// Endings of spreadsheets; in a folder, what is named otherwise is not ours to read.
const SPREADSHEETS: [&str; 7] = ["xlsx", "xlsm", "xlsb", "xls", "ods", "csv", "tsv"];

/// Takes the files, and those of the folders, as one batch.
pub fn run(context: &Context<'_>, args: &Fill) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let files = args.file.iter().map(|path| files_of(context, path)).collect::<Result<Vec<_>, _>>()?.concat();
    let supplements = read_supplements(&settings, &files)?;
    let path = settings.ledger(args.sandbox.is_some());
    refuse_network(&path)?;
    let ledger = take(context, args, &path, &supplements)?;
    say(context, &settings, &ledger, &supplements)?;
    Ok(Exit::Done)
}

/// A file itself; of a folder its spreadsheets, in the order of their names. What a spreadsheet program leaves beside a file
/// that is open is none; what else is passed over is said.
fn files_of(context: &Context<'_>, path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |error: std::io::Error| Failure::io("read", path, &error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        files.push(entry.map_err(failed)?.path());
    }
    files.sort();
    let is_left_behind = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with('.') || name.starts_with("~$")
    };
    files.retain(|file| !is_left_behind(file));
    let is_spreadsheet = |file: &PathBuf| {
        let extension = file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        file.is_file() && SPREADSHEETS.contains(&extension.as_str())
    };
    let (files, others): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(is_spreadsheet);
    for other in others {
        context.screen.notice(&Notice::Warning(words!(
            "{}: not a spreadsheet, passed over"; "{} 不是表格文件，已跳过", other.display()
        )));
    }
    let known = SPREADSHEETS.join(", ");
    if files.is_empty() {
        return Err(Failure::usage(
            words!("{}: no spreadsheet in this folder"; "{} 中没有表格文件", path.display()),
            Some(words!(
                "put the workbooks that came back into it ({known}); folders within it are not looked into";
                "请将交回的表格（{known}）放入该目录；不读取其子目录"
            )),
        ));
    }
    Ok(files)
}

fn take(context: &Context<'_>, args: &Fill, path: &Path, supplements: &[SupplementFile]) -> Result<Ledger, Failure> {
    let online = Online { sandbox: args.sandbox.clone(), ..Online::default() };
    let identity = Settings::of(context).identity(&online, args.sandbox.is_some());
    let ledger = Ledger::open(path, &identity)?;
    let machine = ThisMachine::on(context.clock_of(&ledger)?);
    let clock = machine.clock();
    let run_id = ledger.begin_run(&run_start(context, "fill", clock.now()))?;
    let (orders, stop, person) = (Orders::default(), Arc::new(Control::default()), person(context.environment));
    let tell = |notice: Notice| context.screen.notice(&notice);
    let confirm = |_: &Preview| Ok(false);
    let mut work = Work::new(ledger, run_id, &orders, &machine, &person, stop, &tell, &confirm);
    work.take_supplements(supplements)?;
    work.tell_unmatched()?;
    work.ledger().end_run(run_id, Exit::Done.code(), clock.now())?;
    Ok(work.into_ledger().unwrap_or_else(|| unreachable!("no engine has taken the ledger")))
}

/// Who is missing what, and the command that goes on.
fn say(
    context: &Context<'_>,
    settings: &Settings<'_>,
    ledger: &Ledger,
    supplements: &[SupplementFile],
) -> Result<(), Failure> {
    let lang = context.screen.lang;
    let files: Vec<ReturnedFile<'_>> = supplements
        .iter()
        .map(|supplement| ReturnedFile {
            file: &supplement.file,
            keys: supplement.rows.iter().filter_map(|row| row.key.as_ref()).collect(),
        })
        .collect();
    let now = ThisMachine::new().clock().now();
    let returned = Returned::count(&standing_now(ledger, &settings.fixed(&Judging::default())?, now)?.rows, &files);
    let command = quoted(&context.naming_account(goes_on(ledger.last_run(&["migrate", "apply", "plan"])?)));
    let text = match context.common.format {
        Format::Json => {
            let document = serde_json::to_string_pretty(&returned);
            let failed =
                |error: serde_json::Error| Failure::io("write", Path::new("stdout"), &std::io::Error::other(error));
            document.map_err(failed)? + "\n"
        }
        Format::Text if returned.stores == 0 => {
            let words = words!(
                "the ledger knows no store yet: what was taken is remembered, and used once a list is read. Next: poilift {command}";
                "账本中还没有门店：已录入的资料会保留，读取门店列表后自动使用。下一步：poilift {command}"
            );
            words.get(lang).to_owned() + "\n"
        }
        Format::Text => {
            let next = words!("Next: poilift {command}"; "下一步：poilift {command}");
            returned.text(lang) + next.get(lang) + "\n"
        }
    };
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))
}
