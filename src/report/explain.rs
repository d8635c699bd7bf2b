//! `poilift explain`: what a finding or an errcode is, where it comes from, what the tool does by itself, and what a person
//! does.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::explain_findings::page;
use crate::store::{Code, Lang, Severity, Words};
use crate::wire::errors::Meaning;
use crate::wire::{Class, Endpoint, ErrorTable};
use crate::words;

/// More endpoints than these are "everything else".
const FEW: usize = 3;

/// One thing to be explained: a finding, or an errcode at the endpoints where it means the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explanation {
    /// A finding.
    Finding(Code),
    /// An errcode.
    Errcode {
        /// The code.
        errcode: i64,
        /// Where it means this.
        endpoints: Vec<Endpoint>,
        /// Whether it means something else elsewhere.
        alone: bool,
        /// What it means.
        meaning: Meaning,
    },
}

/// What `code` is: a finding's code in capitals, or an errcode. Empty if nobody knows it.
#[must_use]
pub fn explain(code: &str, errors: &ErrorTable) -> Vec<Explanation> {
    if let Some(finding) = Code::ALL.iter().find(|known| known.as_str() == code) {
        return vec![Explanation::Finding(*finding)];
    }
    code.parse().map(|errcode| of_errcode(errcode, errors)).unwrap_or_default()
}

/// Everything that can be explained: the findings, then the errcodes.
#[must_use]
pub fn explain_all(errors: &ErrorTable) -> Vec<Explanation> {
    let findings = Code::ALL.iter().copied().map(Explanation::Finding);
    findings.chain(errors.codes().into_iter().flat_map(|errcode| of_errcode(errcode, errors))).collect()
}

/// The endpoints that mean the same by a code stand together.
fn of_errcode(errcode: i64, errors: &ErrorTable) -> Vec<Explanation> {
    let mut said: Vec<(Vec<Endpoint>, Meaning)> = Vec::new();
    for endpoint in Endpoint::ALL {
        let Some(meaning) = errors.meaning(endpoint, errcode) else { continue };
        match said.iter_mut().find(|(_, known)| *known == meaning) {
            Some((endpoints, _)) => endpoints.push(endpoint),
            None => said.push((vec![endpoint], meaning)),
        }
    }
    // An endpoint with a meaning of its own first, the rule for all others last.
    said.sort_by_key(|(endpoints, _)| endpoints.len());
    let alone = said.len() == 1;
    let told = |(endpoints, meaning)| Explanation::Errcode { errcode, endpoints, alone, meaning };
    said.into_iter().map(told).collect()
}

impl Explanation {
    /// For people, each line ended.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut text = String::new();
        let label = |en, zh| lang.pick(en, zh);
        let (title, lines) = match self {
            Self::Finding(code) => (
                format!("{code}  {}", code.title().get(lang)),
                vec![
                    (label("because:", "原因："), page(*code).cause),
                    (label("poilift:", "程序："), by_itself(*code)),
                    (label("you:", "处理："), code.remedy()),
                    (label("as in:", "示例："), page(*code).example),
                ],
            ),
            Self::Errcode { errcode, endpoints, alone, meaning } => {
                let mut lines = vec![
                    (label("from:", "来自："), from(endpoints, *alone)),
                    (label("class:", "类别："), class_words(meaning)),
                ];
                lines.extend(
                    what_happens(endpoints, meaning).into_iter().map(|said| (label("poilift:", "程序："), said)),
                );
                lines.push((label("you:", "处理："), meaning.advice.clone()));
                (format!("errcode {errcode}  {}", meaning.means.get(lang)), lines)
            }
        };
        let _ = writeln!(text, "{title}");
        for (label, words) in lines {
            let gap = lang.pick(" ", "").repeat(9_usize.saturating_sub(label.len()));
            let _ = writeln!(text, "  {label}{gap}{}", words.get(lang));
        }
        text
    }

    /// On one line, for the list of everything.
    #[must_use]
    pub fn line(&self, lang: Lang) -> String {
        match self {
            Self::Finding(code) => {
                let kind = severity(*code);
                format!("{:<6}  {kind:<13}  {}", code.as_str(), code.title().get(lang))
            }
            Self::Errcode { errcode, endpoints, alone, meaning } => {
                let at = if *alone && endpoints.len() == Endpoint::ALL.len() {
                    String::new()
                } else {
                    format!(" ({})", from(endpoints, *alone).get(lang))
                };
                let set = meaning.set.as_ref().map(|set| format!(" [{}]", set.place)).unwrap_or_default();
                format!("{errcode:<6}  {:<13}  {}{at}{set}", meaning.class.key(), meaning.means.get(lang))
            }
        }
    }

    /// For scripts; the keys are the same in both languages.
    #[must_use]
    pub fn json(&self, lang: Lang) -> Value {
        match self {
            Self::Finding(code) => json!({
                "code": code,
                "severity": code.severity(),
                "title": code.title().get(lang),
                "cause": page(*code).cause.get(lang),
                "by_itself": by_itself(*code).get(lang),
                "remedy": code.remedy().get(lang),
                "example": page(*code).example.get(lang),
            }),
            Self::Errcode { errcode, endpoints, meaning, .. } => json!({
                "errcode": errcode,
                "endpoints": endpoints,
                "class": meaning.class,
                "means": meaning.means.get(lang),
                "by_itself": what_happens(endpoints, meaning).iter().map(|said| said.get(lang)).collect::<Vec<_>>(),
                "advice": meaning.advice.get(lang),
                "set_in": meaning.set.as_ref().map(|set| &set.place),
                "instead_of": meaning.set.as_ref().map(|set| set.instead_of),
            }),
        }
    }
}

/// The word of a finding's severity, as in JSON.
fn severity(code: Code) -> &'static str {
    match code.severity() {
        Severity::Blocks => "blocks",
        Severity::Warns => "warns",
    }
}

/// What the tool does where it finds this.
fn by_itself(code: Code) -> Words {
    match code.severity() {
        Severity::Blocks => words!(
            "sends nothing for the store until it is mended; the other stores go on";
            "修正之前不提交该店；其他门店不受影响"
        ),
        Severity::Warns => words!(
            "says so, and goes on: the store is sent all the same. --deny {code} makes it block, --waive {code} leaves it unsaid";
            "仅提示，照常提交；--deny {code} 可使其阻止提交，--waive {code} 可不再提示"
        ),
    }
}

fn from(endpoints: &[Endpoint], alone: bool) -> Words {
    let all = endpoints.len() == Endpoint::ALL.len();
    match endpoints.len() {
        _ if all => words!("every call"; "所有接口"),
        n if n > FEW && !alone && endpoints.iter().all(|endpoint| endpoint.is_write()) => {
            words!("every other write"; "其他写接口")
        }
        n if n > FEW && !alone => words!("every other call"; "其他接口"),
        n if n == Endpoint::ALL.len() - 2 && !endpoints.iter().any(|endpoint| endpoint.is_token()) => {
            words!("every call but those for tokens"; "除获取 token 外的所有接口")
        }
        _ => Words::same(endpoints.iter().map(|endpoint| endpoint.key()).collect::<Vec<_>>().join(", ")),
    }
}

fn class_words(meaning: &Meaning) -> Words {
    let class = meaning.class;
    match &meaning.set {
        None => Words::same(class.key()),
        Some(set) if set.instead_of == class => {
            let place = &set.place;
            words!("{class}, with the advice of {place}"; "{class}（处理建议来自 {place}）")
        }
        Some(set) => {
            let (place, own) = (&set.place, set.instead_of);
            words!("{class}, set in {place}; the table itself says {own}"; "{class}（由 {place} 设置；内置为 {own}）")
        }
    }
}

/// A kind of call: how it is named where several are told, and which endpoints are of it.
struct Kind {
    name: (&'static str, &'static str),
    is: fn(Endpoint) -> bool,
}

const KINDS: [Kind; 3] = [
    Kind { name: ("a write: ", "写操作："), is: Endpoint::is_write },
    Kind { name: ("a reading: ", "查询："), is: |endpoint| !endpoint.is_write() && !endpoint.is_token() },
    Kind { name: ("fetching a token: ", "获取 token："), is: Endpoint::is_token },
];

/// What the tool does, once for each kind of call. What is wrong with one row is told of writes, which carry rows.
fn what_happens(endpoints: &[Endpoint], meaning: &Meaning) -> Vec<Words> {
    let class = meaning.class;
    let first = |kind: &Kind| endpoints.iter().copied().find(|endpoint| (kind.is)(*endpoint));
    let mut told: Vec<_> =
        KINDS.iter().filter_map(|kind| Some((kind.name, class.what_happens(first(kind)?)))).collect();
    if class == Class::FixRow && endpoints.iter().any(|endpoint| endpoint.is_write()) {
        told.truncate(1);
    }
    if let [(_, said)] = told.as_slice() {
        return vec![said.clone()];
    }
    let named = |((en, zh), said): ((&str, &str), Words)| Words {
        en: format!("{en}{}", said.en),
        zh: format!("{zh}{}", said.zh),
    };
    told.into_iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::errors::Override;

    fn told(code: &str, errors: &ErrorTable, lang: Lang) -> String {
        explain(code, errors).iter().map(|said| said.text(lang)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_code_of_one_row_says_what_it_is_what_happens_and_what_to_do() {
        insta::assert_snapshot!(told("85041", &ErrorTable::default(), Lang::En), @r"
        errcode 85041  another store uses this credential already
          from:    every call
          class:   fix_row
          poilift: takes the store as rejected; it goes again once its data has changed, and not before
          you:     give each store its own licence number
        ");
        insta::assert_snapshot!(told("85041", &ErrorTable::default(), Lang::Zh), @r"
        errcode 85041  该经营资质已被其他门店使用
          来自：所有接口
          类别：fix_row
          程序：视为被驳回；资料修改后才会重新提交
          处理：请为每家门店填写各自的证件号
        ");
    }

    #[test]
    fn a_code_that_means_different_things_is_told_for_each() {
        insta::assert_snapshot!(told("-1", &ErrorTable::default(), Lang::En), @r"
        errcode -1  the platform says that the deletion failed, in the words it has for being busy
          from:    del_store
          class:   ambiguous
          poilift: takes the outcome as unknown: reads the platform once the settle window has passed, and decides by what it shows
          you:     nothing; it counts as deleted, or as still there, only after a reading

        errcode -1  the platform is busy, and may have acted all the same
          from:    every other write
          class:   ambiguous
          poilift: takes the outcome as unknown: reads the platform once the settle window has passed, and decides by what it shows
          you:     nothing; never send the store by hand before its outcome is known

        errcode -1  the platform is busy
          from:    every other call
          class:   retry
          poilift: a reading: asks again, five times at most
          poilift: fetching a token: asks again, five times at most
          you:     nothing; if it persists, come back later
        ");
        insta::assert_snapshot!(told("65115", &ErrorTable::default(), Lang::Zh), @r"
        errcode 65115  门店已不存在
          来自：delpoi
          类别：done
          程序：视为已完成
          处理：无需处理

        errcode 65115  门店小程序中没有该门店：可能已删除，也可能 poi_id 有误
          来自：del_store
          类别：fix_row
          程序：视为被驳回；资料修改后才会重新提交
          处理：请填写审核通过后返回的 poi_id：可用 poilift store list 查询

        errcode 65115  门店小程序中没有该门店
          来自：update_store, get_store_info
          类别：fix_row
          程序：视为被驳回；资料修改后才会重新提交
          处理：请填写审核通过后返回的 poi_id：可用 poilift store list 查询

        errcode 65115  平台查无此店
          来自：其他接口
          类别：fix_row
          程序：视为被驳回；资料修改后才会重新提交
          处理：请检查 poi_id；若门店已被移除，请用 poilift accept 确认
        ");
    }

    #[test]
    fn an_override_is_told_with_its_place_and_what_it_stands_for() {
        let set = Override::parse("poilift.toml, line 4", (Some("add_store"), 85055), "retry", Some("ask Zhang"));
        let errors = ErrorTable::with(vec![set.unwrap()]).unwrap();
        insta::assert_snapshot!(told("85055", &errors, Lang::En), @r"
        errcode 85055  map_poi_id is not valid
          from:    add_store
          class:   retry, set in poilift.toml, line 4; the table itself says fix_row
          poilift: not done: sends it again in the same run, after a pause that grows, five times at most; else in the next run
          you:     ask Zhang

        errcode 85055  map_poi_id is not valid
          from:    every other call
          class:   fix_row
          poilift: takes the store as rejected; it goes again once its data has changed, and not before
          you:     look the point up again with search_map_poi
        ");
        let json = explain("85055", &errors)[0].json(Lang::En);
        assert_eq!((&json["set_in"], &json["instead_of"]), (&"poilift.toml, line 4".into(), &"fix_row".into()));
    }

    #[test]
    fn a_finding_says_whether_it_blocks_and_how_to_mend_it() {
        insta::assert_snapshot!(told("E104", &ErrorTable::default(), Lang::En), @r"
        E104  a number of more than 15 digits, which a spreadsheet rounds
          because: spreadsheet programs keep 15 digits of a number: longer ids lose their last ones without a word
          poilift: sends nothing for the store until it is mended; the other stores go on
          you:     format the column as text and enter the value again from its source; the digits lost cannot be recovered
          as in:   2.88074E+18 → 2880741500279549033, typed into a cell that is formatted as text
        ");
        assert!(told("W202", &ErrorTable::default(), Lang::Zh).contains("仅提示"));
        assert!(told("W210", &ErrorTable::default(), Lang::Zh).contains("--deny W210"));
        // Each page in both languages, none of them the same as its remedy.
        for code in Code::ALL {
            for lang in [Lang::En, Lang::Zh] {
                let page = page(*code);
                assert!(!page.cause.get(lang).is_empty() && !page.example.get(lang).is_empty(), "{code}");
                assert_ne!(page.cause.get(lang), code.remedy().get(lang), "{code}");
            }
        }
    }

    #[test]
    fn everything_can_be_explained_and_nothing_that_is_unknown() {
        let errors = ErrorTable::default();
        let all = explain_all(&errors);
        assert!(all.len() >= Code::ALL.len() + errors.codes().len());
        for said in &all {
            for lang in [Lang::En, Lang::Zh] {
                assert!(said.text(lang).lines().count() >= 3 && !said.line(lang).is_empty());
            }
        }
        assert!(explain("99999", &errors).is_empty() && explain("E999", &errors).is_empty());
    }
}
