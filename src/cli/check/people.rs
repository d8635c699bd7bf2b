//! The findings for people: by code with the remedy once, the first few places of many, then what was brought to the
//! platform's form, and as the last line the state and the next command.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::check::{ALL_DAY, OfField, Policy};
use crate::pipeline::Checked;
use crate::store::{Code, Field, Finding, Lang, Place, Words};
use crate::words;

/// How many places of a finding, and examples of a change, are shown unless all are asked for.
const FEW: usize = 5;

/// Everything but the last line.
pub fn text(checked: &Checked, policy: &Policy, lang: Lang, all: bool) -> String {
    let few = if all { usize::MAX } else { FEW };
    let mut by_code: BTreeMap<(bool, Code), Vec<&Finding>> = BTreeMap::new();
    for finding in &checked.findings {
        by_code.entry((!policy.blocks(finding.code), finding.code)).or_default().push(finding);
    }
    let mut text = String::new();
    for ((warns, code), of_this) in &by_code {
        let denied = !warns && code.as_str().starts_with('W');
        let denied = if denied { lang.pick(" (denied: it blocks)", "（已设为阻止提交）") } else { "" };
        let _ = writeln!(text, "{code} {} ×{}{denied}", code.title().get(lang), of_this.len());
        let _ = writeln!(text, "  {}{}", lang.pick("mend: ", "处理："), code.remedy().get(lang));
        places(&mut text, of_this, few, lang);
    }
    for (field, changes) in checked.normalised.fields() {
        changed(&mut text, *field, changes, few, lang);
    }
    text
}

/// Findings about the same value on one line, the most frequent first; without a value each place has its own.
fn places(text: &mut String, findings: &[&Finding], few: usize, lang: Lang) {
    let mut groups: Vec<(String, Vec<&Finding>)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for finding in findings {
        let about = subject(finding, lang);
        if let Some(at) = known.get(&about).filter(|_| !about.is_empty()) {
            groups[*at].1.push(finding);
        } else {
            known.insert(about.clone(), groups.len());
            groups.push((about, vec![finding]));
        }
    }
    groups.sort_by_key(|(_, of_this)| std::cmp::Reverse(of_this.len()));
    let mut shown = 0;
    for (about, of_this) in groups.iter().take(few) {
        shown += of_this.len();
        let _ = writeln!(text, "  {}", line(about, of_this, few, lang));
    }
    if shown < findings.len() {
        let _ = writeln!(text, "  {}", more(findings.len() - shown).get(lang));
    }
}

fn line(about: &str, of_this: &[&Finding], few: usize, lang: Lang) -> String {
    let place = |finding: &&Finding| finding.place.as_ref().map(|place| place.words().get(lang).to_owned());
    let of_this_many = of_this.len();
    if let [finding] = of_this {
        let others: Vec<String> = finding.others.iter().map(|other| other.words().get(lang).to_owned()).collect();
        let mut line = place(finding).unwrap_or_default();
        if !about.is_empty() {
            line = if line.is_empty() { about.to_owned() } else { format!("{line}: {about}") };
        }
        let with = lang.pick("with", "另见");
        return if others.is_empty() { line } else { format!("{line} ({with} {})", others.join("; ")) };
    }
    let mut named: Vec<String> = of_this.iter().filter_map(place).take(few).collect();
    if named.len() < of_this_many {
        named.push(more(of_this_many - named.len()).get(lang).to_owned());
    }
    let is_sentence = of_this.first().is_some_and(|finding| finding.code == Code::CredentialElsewhere);
    let stores = if is_sentence {
        words!("{about}: {of_this_many} stores"; "{about}：{of_this_many} 家门店")
    } else {
        words!("{about} ×{of_this_many}"; "{about} ×{of_this_many}")
    };
    format!("{} ({})", stores.get(lang), named.join("; "))
}

/// What a finding is about: its value, or the sentence that is made of it.
fn subject(finding: &Finding, lang: Lang) -> String {
    let (own, general) = (finding.title(), finding.code.title());
    if own == general { finding.value.clone() } else { own.get(lang).to_owned() }
}

fn more(n: usize) -> Words {
    words!("and {n} more (-v shows all)"; "另有 {n} 处（-v 显示全部）")
}

/// What of a field was brought to the platform's form.
fn changed(text: &mut String, field: Field, changes: &OfField, few: usize, lang: Lang) {
    let n = changes.values;
    let head = words!(
        "{field}: {n} values are sent in the platform's form"; "{field}：{n} 个值将按平台格式提交"
    );
    let _ = writeln!(text, "{}", head.get(lang));
    let all = changes.by_frequency();
    let mut shown = 0;
    for (before, after, times, place) in all.iter().take(few) {
        shown += times;
        let _ = writeln!(
            text,
            "  {}{}",
            one_change((before, after), *times, place, lang),
            note(field, before, after).get(lang)
        );
    }
    if shown < n {
        let rest = usize::try_from(n - shown).unwrap_or(usize::MAX);
        let _ = writeln!(text, "  {}", more(rest).get(lang));
    }
}

fn one_change((before, after): (&str, &str), times: u64, place: &Place, lang: Lang) -> String {
    let change = format!("{} → {}", on_one_line(before), on_one_line(after));
    let place = place.words().get(lang).to_owned();
    let many = words!("{change} ×{times} (first: {place})"; "{change} ×{times}（首见：{place}）");
    let once = words!("{change} ({place})"; "{change}（{place}）");
    (if times > 1 { many } else { once }).get(lang).to_owned()
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the change means, where that is more than a matter of form.
fn note(field: Field, before: &str, after: &str) -> Words {
    if field == Field::Hour && after == ALL_DAY && !before.contains("23") {
        return words!(": open all day, as the platform's form has it"; "：全天营业，按平台格式填写");
    }
    Words::default()
}

/// The state, and the next command.
pub fn last_line(checked: &Checked, blocks: bool, next: &str) -> Words {
    let Checked { stores, blocked, .. } = checked;
    if blocks && *blocked == 0 {
        return words!(
            "none of {stores} stores is blocked, but what blocks above belongs to none of them. Mend it, then: {next}";
            "{stores} 家门店均未被阻止，但以上阻止提交的问题不属于任何门店。处理后运行：{next}"
        );
    }
    if blocks {
        return words!(
            "{blocked} of {stores} stores are blocked. Mend the cells above, then: {next}";
            "{stores} 家门店中有 {blocked} 家暂不能提交。修正以上内容后运行：{next}"
        );
    }
    if checked.findings.is_empty() {
        return words!(
            "nothing stands in the way of any of {stores} stores. Next: {next}";
            "没有发现问题，共 {stores} 家门店。下一步：{next}"
        );
    }
    let warnings = checked.findings.len();
    words!(
        "nothing blocks any of {stores} stores; {warnings} warnings are worth a look. Next: {next}";
        "{stores} 家门店均可提交，有 {warnings} 条警告值得查看。下一步：{next}"
    )
}
