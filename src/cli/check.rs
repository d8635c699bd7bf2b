//! `poilift check`: everything that stands in a store's way, without a ledger and without the platform.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::args::{Check, Format};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::screen::print;
use super::session::{read_inputs, read_supplements};
use super::settings::Settings;
use crate::pipeline::{ThisMachine, check_files};
use crate::store::{Code, Finding, Lang, Severity};

/// Prints every finding; exit 3 if one blocks.
pub fn run(context: &Context<'_>, args: &Check) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let mut inputs = read_inputs(&settings, &args.input)?;
    let supplements = read_supplements(&settings, &args.supplement)?;
    let findings = check_files(&mut inputs, &supplements, settings.fixed()?, &ThisMachine::new())?;
    let text = match context.common.format {
        Format::Json => lines(&findings, context.screen.lang),
        Format::Text => for_people(&findings, context.screen.lang),
    };
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    let blocks = findings.iter().any(|finding| finding.code.severity() == Severity::Blocks);
    Ok(if blocks { Exit::NeedsPerson } else { Exit::Done })
}

/// JSON Lines, one a finding.
fn lines(findings: &[Finding], lang: Lang) -> String {
    let line = |finding: &Finding| {
        json!({
            "code": finding.code.as_str(),
            "severity": finding.code.severity(),
            "title": finding.code.title().get(lang),
            "remedy": finding.code.remedy().get(lang),
            "place": finding.place,
            "value": finding.value,
            "others": finding.others,
        })
        .to_string()
            + "\n"
    };
    findings.iter().map(line).collect()
}

/// By code, with the remedy once.
fn for_people(findings: &[Finding], lang: Lang) -> String {
    let mut by_code: BTreeMap<Code, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_code.entry(finding.code).or_default().push(finding);
    }
    let mut text = String::new();
    for (code, of_this) in &by_code {
        let _ = writeln!(text, "{code} {} ×{}", code.title().get(lang), of_this.len());
        let _ = writeln!(text, "  {}{}", lang.pick("mend: ", "处理："), code.remedy().get(lang));
        for finding in of_this {
            let place = finding.place.as_ref().map(ToString::to_string).unwrap_or_default();
            let value = if finding.value.is_empty() { String::new() } else { format!(": {}", finding.value) };
            let _ = writeln!(text, "  {place}{value}");
        }
    }
    if findings.is_empty() {
        lang.pick("nothing stands in the way of any store\n", "没有发现问题\n").clone_into(&mut text);
    }
    text
}
