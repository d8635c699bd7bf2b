//! Documents to pieces: a page of getpoilist, many, or only the list; alone, in an array, or one after the other.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::intake::error::Trouble;
use crate::wire::{json, poi};

/// What one document, or one element of an array of documents, is.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    /// An answer of getpoilist, rather than stores without the answer around them.
    pub(super) is_page: bool,
    /// How many stores the account had, by the answer.
    pub(super) claimed: Option<u64>,
    /// The stores.
    pub(super) records: Vec<Raw<'a>>,
}

/// A store's text.
#[derive(Debug)]
pub(super) enum Raw<'a> {
    /// What stands in its `base_info`.
    Info(&'a RawValue),
    /// The whole of it, with `base_info` around it or without, and no object perhaps.
    Whole(Box<RawValue>),
}

impl Raw<'_> {
    /// As it stands in the file.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Info(raw) => raw.get(),
            Self::Whole(raw) => raw.get(),
        }
    }
}

/// The pieces of a text.
///
/// # Errors
///
/// Text that is no JSON, an error answer of the platform, or JSON that holds no stores.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Trouble> {
    if let Some(pieces) = plain_pages(text) {
        return Ok(pieces);
    }
    if let Some(key) = json::key_twice(text.as_bytes()) {
        return Err(Trouble::KeyTwice { key });
    }
    let mended = json::mended(text.as_bytes());
    let documents = json::parse_many(mended.as_bytes()).map_err(Trouble::NotJson)?;
    // The same once more, each with its own characters: a number that was parsed has other digits than the file.
    let texts = serde_json::Deserializer::from_str(&mended).into_iter().collect::<Result<Vec<&RawValue>, _>>();
    any_pieces(documents.into_iter().zip(texts.map_err(Trouble::NotJson)?))
}

/// A page as the platform writes it.
#[derive(Deserialize)]
pub(super) struct PlainPage<'a> {
    pub(super) errcode: Option<i64>,
    #[serde(borrow)]
    total_count: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) business_list: Vec<PlainStore<'a>>,
}

#[derive(Deserialize)]
pub(super) struct PlainStore<'a> {
    #[serde(borrow)]
    pub(super) base_info: &'a RawValue,
}

/// How many stores the account had, by this page.
pub(super) fn claimed(page: &PlainPage<'_>) -> Option<u64> {
    let total: Value = serde_json::from_str(page.total_count?.get()).ok()?;
    u64::try_from(json::integer(&total)?).ok()
}

/// The pieces, if the text is nothing but pages without anything remarkable: then no page is taken apart twice.
fn plain_pages(text: &str) -> Option<Vec<Piece<'_>>> {
    let pages: Vec<PlainPage<'_>> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).ok()?
    } else {
        serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().ok()?
    };
    let is_plain = |page: &PlainPage<'_>| {
        let is_object = |store: &PlainStore<'_>| store.base_info.get().starts_with('{');
        page.errcode.unwrap_or(0) == 0 && page.business_list.iter().all(is_object)
    };
    pages.iter().all(is_plain).then(|| pages.into_iter().map(plain_piece).collect())
}

fn plain_piece(page: PlainPage<'_>) -> Piece<'_> {
    Piece {
        is_page: true,
        claimed: claimed(&page),
        records: page.business_list.into_iter().map(|store| Raw::Info(store.base_info)).collect(),
    }
}

fn any_pieces<'t>(documents: impl Iterator<Item = (Value, &'t RawValue)>) -> Result<Vec<Piece<'static>>, Trouble> {
    let mut pieces = Vec::new();
    for (document, text) in documents {
        match document {
            Value::Array(elements) if elements.iter().any(is_answer) => {
                for (element, text) in elements.into_iter().zip(elements_of(text)) {
                    pieces.push(piece(&element, text)?);
                }
            }
            Value::Array(elements) if elements.is_empty() || elements.iter().any(is_store) => {
                pieces.push(stores(elements_of(text)));
            }
            other => pieces.push(piece(&other, text)?),
        }
    }
    Ok(pieces)
}

/// The elements of what is known to be an array.
fn elements_of(array: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(array.get()).unwrap_or_default()
}

/// The value of this key in what is known to be an object.
fn entry<'t>(object: &'t RawValue, key: &str) -> Option<&'t RawValue> {
    serde_json::from_str::<HashMap<String, &RawValue>>(object.get()).ok()?.remove(key)
}

/// An answer of the platform, whether a page or an error.
fn is_answer(value: &Value) -> bool {
    value.get("business_list").is_some() || value.get("errcode").is_some()
}

fn is_store(value: &Value) -> bool {
    value.get("base_info").is_some() || value.get("poi_id").is_some()
}

fn stores(elements: Vec<&RawValue>) -> Piece<'static> {
    Piece { is_page: false, claimed: None, records: whole(elements) }
}

fn whole(elements: Vec<&RawValue>) -> Vec<Raw<'static>> {
    elements.into_iter().map(|element| Raw::Whole(element.to_owned())).collect()
}

fn piece(value: &Value, text: &RawValue) -> Result<Piece<'static>, Trouble> {
    if let Some(answer) = poi::ListPage::from_value(value) {
        let elements = entry(text, "business_list").map(elements_of).unwrap_or_default();
        return Ok(Piece { is_page: true, claimed: answer.total_count, records: whole(elements) });
    }
    let errcode = value.get("errcode").and_then(json::integer).unwrap_or(0);
    if errcode != 0 {
        let errmsg = without_secrets(&value.get("errmsg").and_then(json::text).unwrap_or_default());
        return Err(Trouble::ErrorAnswer { errcode, errmsg });
    }
    // getpoi answers with one store.
    let business = entry(text, "business").filter(|_| value.get("business").is_some_and(is_store));
    if let Some(business) = business {
        return Ok(stores(vec![business]));
    }
    if is_store(value) {
        return Ok(stores(vec![text]));
    }
    // An account without stores may be answered without a list.
    let total = value.get("total_count").and_then(json::integer);
    if total == Some(0) && value.get("business_list").is_none_or(Value::is_null) {
        return Ok(Piece { is_page: true, claimed: None, records: Vec::new() });
    }
    Err(Trouble::OtherJson)
}

/// The platform echoes tokens (over 100 characters) and secrets (32) in its messages; its request ids are shorter.
fn without_secrets(errmsg: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '%' | '.');
    let pieces = errmsg.split_inclusive(|c| !is_word(c));
    pieces.map(|piece| if piece.trim_end_matches(|c| !is_word(c)).len() < 32 { piece } else { "… " }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_message_is_shown_without_what_may_be_a_secret() {
        assert_eq!(without_secrets(&format!("token {}, rid: 5f-1a", "x".repeat(32))), "token …  rid: 5f-1a");
    }

    #[test]
    fn plain_pages_are_not_taken_apart_twice() {
        let text = r#"{"errcode":0,"business_list":[{"base_info":{"poi_id":"1"}}],"total_count":"3"}"#;
        let twice = format!("{text}\n{text}");
        for text in [text, &format!("[{text}]"), &twice] {
            let pieces = plain_pages(text).unwrap();
            assert_eq!(pieces[0].claimed, Some(3));
            assert!(matches!(pieces[0].records[..], [Raw::Info(_)]));
        }
        assert!(plain_pages(r#"{"errcode":40001,"business_list":[]}"#).is_none());
        assert!(plain_pages(r#"{"business_list":[{"poi_id":"1"}]}"#).is_none());
    }
}
