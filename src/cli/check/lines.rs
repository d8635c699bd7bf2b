//! The findings as JSON Lines, one a finding; then what was brought to the platform's form, a line for each different change,
//! with the same keys and the code `normalised`.

use serde_json::{Value, json};

use crate::check::{OfField, Policy, Tally};
use crate::pipeline::Checked;
use crate::store::{Field, Finding, Lang, Severity};
use crate::words;

/// Every line ended.
pub fn text(checked: &Checked, policy: &Policy, lang: Lang) -> String {
    let findings = checked.findings.iter().map(|finding| of_finding(finding, policy, lang));
    let all = findings.chain(of_tally(&checked.normalised, lang));
    all.map(|line| line.to_string() + "\n").collect()
}

fn of_finding(finding: &Finding, policy: &Policy, lang: Lang) -> Value {
    let severity = if policy.blocks(finding.code) { Severity::Blocks } else { Severity::Warns };
    json!({
        "code": finding.code.as_str(),
        "severity": severity,
        "title": finding.title().get(lang),
        "remedy": finding.code.remedy().get(lang),
        "place": finding.place,
        "field": finding.field,
        "value": finding.value,
        "others": finding.others,
    })
}

fn of_tally(tally: &Tally, lang: Lang) -> Vec<Value> {
    tally.fields().iter().flat_map(|(field, changes)| of_field(*field, changes, lang)).collect()
}

fn of_field(field: Field, changes: &OfField, lang: Lang) -> Vec<Value> {
    let title = words!("brought to the platform's form"; "已转换为平台格式");
    let line = |(before, after, count, place): (&str, &str, u64, _)| {
        json!({
            "code": "normalised",
            "severity": "note",
            "title": title.get(lang),
            "remedy": "",
            "place": place,
            "field": field,
            "value": before,
            "others": [],
            "before": before,
            "after": after,
            "count": count,
        })
    };
    changes.by_frequency().into_iter().map(line).collect()
}
