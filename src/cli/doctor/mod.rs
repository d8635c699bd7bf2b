//! `poilift doctor`: each thing that makes a first real run fail, looked at in the order in which a run meets it, a line
//! each. Nothing is sent that changes anything, and nothing of the ledger is touched.

mod line;
mod machine;
mod platform;

use std::path::Path;

use serde_json::json;

use super::args::{Format, Online};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::sandbox;
use super::screen::print;
use super::settings::{Settings, Told, origin_words};
use crate::pipeline::{ThisMachine, examine};
use crate::store::{Lang, Words};
use crate::words;

use line::{Health, Line};

/// Looks at everything; the exit code is that of the most severe failure.
pub fn run(context: &Context<'_>, online: &Online) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let told = settings.told(online);
    let mut lines = machine::configuration(&settings, online);
    lines.extend(machine::lines(context, &settings, online));
    lines.extend(at_the_platform(context, &settings, online)?);
    let exit = most_severe(&lines);
    let text = match context.common.format {
        Format::Json => json_text(&told, &lines, exit, context.screen.lang),
        Format::Text => people_text(&told, &lines, context.screen.lang, context.screen.colour),
    };
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    Ok(exit)
}

/// The lines of the way to the platform; with `--sandbox` an embedded one, which is gone afterwards.
fn at_the_platform(context: &Context<'_>, settings: &Settings<'_>, online: &Online) -> Result<Vec<Line>, Failure> {
    let running = match &online.sandbox {
        Some(name) => Some(sandbox::fleeting(name)?),
        None => None,
    };
    let reached = match &running {
        Some(running) => Ok(sandbox::platform(running.addr(), context.errors.clone())),
        None => settings.require_platform(online),
    };
    Ok(match reached {
        Ok(reached) => match examine(&reached, &ThisMachine::new()) {
            Ok(found) => platform::lines(&found, settings.proxy_told().as_deref(), &reached),
            Err(error) => vec![Line::failed("connection", Failure::of_run(error, &context.errors))],
        },
        Err(failure) => vec![
            Line::failed("credentials", failure),
            Line::skipped("connection", words!("no credentials to go there with"; "没有凭证，未尝试")),
        ],
    })
}

/// 0 where a run can begin; else by the order in which exit codes go before each other.
fn most_severe(lines: &[Line]) -> Exit {
    const ORDER: [Exit; 5] = [Exit::Internal, Exit::Account, Exit::Held, Exit::Usage, Exit::Continue];
    let any = |exit: &Exit| lines.iter().any(|line| line.health == Health::Bad(*exit));
    ORDER.into_iter().find(any).unwrap_or(Exit::Done)
}

fn people_text(told: &[Told], lines: &[Line], lang: Lang, colour: bool) -> String {
    let widest = told.iter().map(|told| told.key.len()).max().unwrap_or(0);
    let setting = |Told { key, value, origin }: &Told| {
        format!("  {key:widest$}  {}  ({})\n", value.get(lang), origin_words(origin).get(lang))
    };
    let settings: String = told.iter().map(setting).collect();
    let found: String = lines.iter().map(|line| line.text(lang, colour)).collect();
    let (from, met) = (
        lang.pick("Settings, and where each came from:", "配置及来源："),
        lang.pick("What a run would meet:", "检查结果："),
    );
    format!("{from}\n{settings}\n{met}\n{found}\n{}\n", verdict(lines).get(lang))
}

/// The last line: the state, and the next command.
fn verdict(lines: &[Line]) -> Words {
    let count = |wanted: fn(Health) -> bool| lines.iter().filter(|line| wanted(line.health)).count();
    let bad = count(|health| matches!(health, Health::Bad(_)));
    let warnings = count(|health| health == Health::Warning);
    match (bad, warnings) {
        (0, 0) => {
            words!("A run can begin: poilift migrate INPUT --supplement FILE --dry-run"; "可以开始：poilift migrate 门店列表 --supplement 补充表 --dry-run")
        }
        (0, n) => words!(
            "A run can begin; {n} things to know first. poilift migrate INPUT --supplement FILE --dry-run";
            "可以开始；有 {n} 项需留意。poilift migrate 门店列表 --supplement 补充表 --dry-run"
        ),
        (n, _) => words!(
            "{n} things would make a run fail. Mend them, then: poilift doctor";
            "有 {n} 项会使运行失败，请先处理，再运行 poilift doctor"
        ),
    }
}

fn json_text(told: &[Told], lines: &[Line], exit: Exit, lang: Lang) -> String {
    let checks: Vec<_> = lines.iter().map(|line| line.json(lang)).collect();
    let document = json!({"schema": 1, "exit": exit.code(), "settings": told, "checks": checks});
    format!("{document:#}\n")
}
