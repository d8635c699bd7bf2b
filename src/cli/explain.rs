//! `poilift explain`: what a code means, for this account.

use std::path::Path;

use super::args::{Explain, Format};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::screen::print;
use crate::report::{Explanation, explain, explain_all};
use crate::words;

/// One code in full; without one, a line for each that is known.
pub fn run(context: &Context<'_>, args: &Explain) -> Result<Exit, Failure> {
    let (lang, errors) = (context.screen.lang, &context.errors);
    let json = context.common.format == Format::Json;
    let code = args.code.as_ref().map(|code| code.trim().to_ascii_uppercase()).filter(|_| !args.list);
    let said = match &code {
        Some(code) => explain(code, errors),
        None => explain_all(errors),
    };
    if let (Some(code), true) = (&code, said.is_empty()) {
        return Err(unknown(code));
    }
    let in_full = |said: &Explanation| said.text(lang);
    let text = match (json, code) {
        (true, _) => said.iter().map(|said| said.json(lang).to_string() + "\n").collect(),
        (false, Some(_)) => said.iter().map(in_full).collect::<Vec<_>>().join("\n"),
        (false, None) => said.iter().map(|said| said.line(lang) + "\n").collect::<String>(),
    };
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    Ok(Exit::Done)
}

fn unknown(code: &str) -> Failure {
    if code.parse::<i64>().is_ok() {
        return Failure::usage(
            words!("no document of the platform knows the errcode {code}"; "平台文档中没有错误码 {code}"),
            Some(words!(
                "a store refused by it is rejected with the platform's own words and never sent again by itself; once you know what it means, say so under [[errors]] in poilift.toml";
                "因此被拒的门店记为被驳回（附平台原文），不会自动重新提交；查明含义后可写入 poilift.toml 的 [[errors]]"
            )),
        );
    }
    Failure::usage(
        words!("{code} is neither a finding nor an errcode"; "{code} 不是问题代码，也不是错误码"),
        Some(words!(
            "findings look like E104 or W202, errcodes like 85041; poilift explain lists all of them";
            "问题代码形如 E104、W202，错误码形如 85041；poilift explain 可列出全部"
        )),
    )
}
