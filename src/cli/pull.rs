//! `poilift pull`: the platform's list of stores into a file.

use std::path::Path;
use std::sync::Arc;

use super::args::{Pull, Sending};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::settings::Settings;
use super::{folder, sandbox};
use crate::engine::Control;
use crate::intake::spreadsheet;
use crate::pipeline::pull;
use crate::sheets::{csv_bytes, xlsx_bytes};
use crate::store::LegacyStore;
use crate::wechat::is_loopback;
use crate::words;

/// What the file's name asks for.
#[derive(Clone, Copy)]
enum Form {
    Jsonl,
    Csv,
    Xlsx,
}

/// Reads the list and writes the file whole.
pub fn run(context: &Context<'_>, args: &Pull) -> Result<Exit, Failure> {
    let form = form_of(&args.output)?;
    let settings = Settings::of(context);
    let orders = settings.orders(&Sending::default(), &args.online)?;
    let dir = args.output.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder::prepare(dir)?;
    let reading = context.read_clock(args.online.sandbox.is_some() || is_loopback(&settings.api_base(&args.online)))?;
    let ledger = settings.ledger(true);
    let running = match &args.online.sandbox {
        Some(scenario) => {
            let addr = std::net::SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0));
            Some(sandbox::embedded(context, &ledger, sandbox::scenario(scenario)?, Vec::new(), addr)?)
        }
        None => None,
    };
    let platform = match &running {
        Some(running) => sandbox::platform(running.addr(), context.errors.clone()),
        None => settings.require_platform(&args.online)?,
    };
    let pulled = pull(&platform, &orders, &context.machine(&reading), &Arc::new(Control::new(context.stop())));
    let (stores, pages) = pulled.map_err(|error| Failure::of_run(error, &context.errors))?;
    let bytes = match form {
        Form::Jsonl => pages.iter().map(|page| page.to_string() + "\n").collect::<String>().into_bytes(),
        Form::Csv | Form::Xlsx => table(form, &stores)?,
    };
    let name = args.output.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    folder::put(dir, &name, &bytes)?;
    folder::sync(dir)?;
    let (n, file) = (stores.len(), args.output.display());
    let words = words!("{n} stores written to {file}"; "{n} 家门店已写入 {file}");
    context.screen.line(words.get(context.screen.lang));
    Ok(Exit::Done)
}

fn form_of(output: &Path) -> Result<Form, Failure> {
    match output.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "jsonl" => Ok(Form::Jsonl),
        "csv" => Ok(Form::Csv),
        "xlsx" => Ok(Form::Xlsx),
        _ => Err(Failure::usage(
            words!("{} is none of .jsonl, .csv, .xlsx"; "{} 不是 .jsonl、.csv 或 .xlsx", output.display()),
            Some(words!("name the file by what it shall hold"; "请用扩展名指明格式")),
        )),
    }
}

fn table(form: Form, stores: &[LegacyStore]) -> Result<Vec<u8>, Failure> {
    let (header, rows) = spreadsheet(stores);
    let failed = |error: crate::sheets::SheetError| {
        Failure::io("write", Path::new("the spreadsheet"), &std::io::Error::other(error.to_string()))
    };
    match form {
        Form::Xlsx => xlsx_bytes("Stores", &header, &rows).map_err(failed),
        Form::Csv | Form::Jsonl => Ok(csv_bytes(&header, &rows)),
    }
}
