//! What a request says that the API document forbids ([`RuleError`]), found before any call; and what an answer is not
//! although the document says it is ([`Misfit`]).

use std::fmt;

use serde_json::Value;

use super::{Endpoint, json};
use crate::store::Words;
use crate::words;

/// A value that the document does not allow. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{endpoint} {field}: {words}")]
pub struct RuleError {
    /// Which call it was meant for.
    pub endpoint: Endpoint,
    /// The parameter, as the document names it.
    pub field: &'static str,
    /// What it is, and the document's rule.
    pub words: Words,
}

impl RuleError {
    /// A breach of a rule.
    #[must_use]
    pub fn new(endpoint: Endpoint, field: &'static str, words: Words) -> Self {
        Self { endpoint, field, words }
    }

    /// The parameter, what it is, and the rule.
    #[must_use]
    pub fn rule(&self) -> Words {
        let Self { field, words, .. } = self;
        Words { en: format!("{field}: {}", words.en), zh: format!("{field}：{}", words.zh) }
    }

    /// The call and the section that has the rule.
    #[must_use]
    pub fn place(&self) -> Words {
        let endpoint = self.endpoint;
        match endpoint.section() {
            Some(section) => words!("{endpoint}, section {section}"; "{endpoint}，文档第 {section} 节"),
            None => Words::same(endpoint.key()),
        }
    }

    /// Both.
    #[must_use]
    pub fn words(&self) -> Words {
        let (rule, place) = (self.rule(), self.place());
        Words { en: format!("{} ({})", rule.en, place.en), zh: format!("{}（{}）", rule.zh, place.zh) }
    }
}

/// An answer, or a part of it, that is not what the document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit(String);

impl Misfit {
    /// What is missing or wrong, as a fragment.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// There is nothing usable at this place of the answer.
    #[must_use]
    pub fn no(path: &str) -> Self {
        Self(format!("no usable {path}"))
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gathers the breaches of one request, so that all of them are told at once.
pub(super) struct Rules {
    endpoint: Endpoint,
    broken: Vec<RuleError>,
}

impl Rules {
    pub(super) fn of(endpoint: Endpoint) -> Self {
        Self { endpoint, broken: Vec::new() }
    }

    /// Notes a breach.
    pub(super) fn no(&mut self, field: &'static str, words: Words) {
        self.broken.push(RuleError::new(self.endpoint, field, words));
    }

    /// The value must be there.
    pub(super) fn required(&mut self, field: &'static str, value: &str) -> bool {
        let there = !value.trim().is_empty();
        if !there {
            self.no(field, words!("is empty, and is required"; "为空，此项必填"));
        }
        there
    }

    /// A media id, of `media/upload`: no white space, and none of the `|` that stands between several.
    pub(super) fn media_id(&mut self, field: &'static str, value: &str) {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !value.chars().all(fits) {
            self.no(
                field,
                words!(
                    "{value:?} is no media id: poilift media upload --temporary FILE gives one";
                    "{value:?} 不是 mediaid：请用 poilift media upload --temporary FILE 上传获取"
                ),
            );
        }
    }

    /// 0 to 5 media ids.
    pub(super) fn media_ids(&mut self, field: &'static str, values: &[String]) {
        let n = values.len();
        if n > MEDIA_IDS_MAX {
            self.no(field, words!("{n} media ids; 0 to 5 are supported"; "共 {n} 个 mediaid，仅支持 0~5 个"));
        }
        for value in values {
            if self.required(field, value) {
                self.media_id(field, value);
            }
        }
    }

    /// All is well, or what is not.
    pub(super) fn end(self) -> Result<(), Vec<RuleError>> {
        if self.broken.is_empty() { Ok(()) } else { Err(self.broken) }
    }
}

/// As many media ids as one parameter takes.
const MEDIA_IDS_MAX: usize = 5;

/// Several media ids in one parameter. The document's text shows only 或 ("or") between them, which is how the `|` of its
/// older copies was rendered.
pub(super) fn joined(media_ids: &[String]) -> String {
    media_ids.join("|")
}

/// The text at `key`, or nothing.
pub(super) fn text_at(of: &Value, key: &str) -> String {
    of.get(key).and_then(json::text).unwrap_or_default()
}

/// The texts in the list at `key`; what is no text is passed over.
pub(super) fn texts_at(of: &Value, key: &str) -> Vec<String> {
    let items = of.get(key).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(json::text).filter(|text| !text.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breach_names_the_parameter_the_value_and_the_section() {
        let mut rules = Rules::of(Endpoint::ApplyMerchant);
        rules.required("intro", "  ");
        rules.media_ids("other_files", &["a|b".to_owned()]);
        let broken = rules.end().unwrap_err();
        assert_eq!(broken[0].words().en, "intro: is empty, and is required (apply_merchant, section 2)");
        assert_eq!(broken[0].words().zh, "intro：为空，此项必填（apply_merchant，文档第 2 节）");
        assert!(broken[1].words().en.contains("\"a|b\" is no media id"));
    }
}
