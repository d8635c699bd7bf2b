//! `poilift check`: everything that stands in a store's way, without a ledger and without the platform.

mod lines;
mod people;

use std::path::{Path, PathBuf};

use super::args::{Check, Format};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::files::read_files;
use super::screen::print;
use super::settings::Settings;
use crate::intake::Input;
use crate::pipeline::{Notice, ThisMachine, check_files, quoted};

/// Prints every finding; exit 3 if one blocks.
pub fn run(context: &Context<'_>, args: &Check) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let fixed = settings.fixed(&args.judging)?;
    let (mut inputs, supplements) = read_files(&settings, &args.input, &args.supplement)?;
    for remark in inputs.iter().flat_map(Input::remarks) {
        context.screen.notice(&Notice::Stage(remark));
    }
    let policy = fixed.policy.clone();
    let images = args.images.as_deref();
    let mut checked = check_files(&mut inputs, &supplements, fixed, images, &ThisMachine::new())?;
    for warning in checked.warnings.drain(..) {
        context.screen.notice(&Notice::Warning(warning));
    }
    if let Some(pictures) = checked.pictures.take() {
        context.screen.notice(&Notice::Stage(pictures));
    }
    // What blocks comes first; a sort that is stable leaves the stores in their order.
    checked.findings.sort_by_key(|finding| !policy.blocks(finding.code));
    let blocks = policy.any_blocks(&checked.findings);
    let text = match context.common.format {
        Format::Json => lines::text(&checked, &policy, context.screen.lang),
        Format::Text => {
            let told = people::text(&checked, &policy, context.screen.lang, context.common.verbose > 0);
            let next = if blocks {
                command(context, args, "check", &[])
            } else {
                command(context, args, "migrate", &["--dry-run"])
            };
            told + people::last_line(&checked, blocks, &next).get(context.screen.lang) + "\n"
        }
    };
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    Ok(if blocks { Exit::NeedsPerson } else { Exit::Done })
}

/// A command on the same files with the same judgement, as it is typed.
fn command(context: &Context<'_>, args: &Check, name: &str, flags: &[&str]) -> String {
    let path = |path: &PathBuf| path.to_string_lossy().into_owned();
    let mut arguments = vec![name.to_owned()];
    arguments.extend(args.input.iter().map(path));
    let mut flag = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
    args.supplement.iter().for_each(|file| flag("--supplement", path(file)));
    args.images.iter().for_each(|folder| flag("--images", path(folder)));
    args.judging.deny.iter().for_each(|codes| flag("--deny", codes.clone()));
    args.judging.waive.iter().for_each(|codes| flag("--waive", codes.clone()));
    context.common.config.iter().for_each(|file| flag("--config", path(file)));
    arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
    format!("poilift {}", quoted(&context.naming_account(arguments)))
}
