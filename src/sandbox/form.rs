//! What a form says, in the types that the platform lets pass: ids and numbers as text or as numbers, lists of media ids
//! joined or not, pictures as JSON within JSON.

use serde_json::{Map, Value};

use super::answer::Refusal;
use crate::wire::json;

/// The most media ids in one field (sections 2 and 8).
pub const MEDIA_IDS_MAX: usize = 5;

/// The trimmed text of a field; a number is taken as it would be written, anything else counts as empty.
pub fn text(form: &Map<String, Value>, key: &str) -> String {
    form.get(key).and_then(json::text).map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// A number that may have a fraction, as a number or as text.
pub fn decimal(form: &Map<String, Value>, key: &str) -> Option<f64> {
    let value = form.get(key)?;
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
}

/// A whole number from 0, as a number or as text; 40097 for anything else.
pub fn whole(form: &Map<String, Value>, key: &str, default: usize) -> Result<usize, Refusal> {
    let Some(value) = form.get(key) else { return Ok(default) };
    json::integer(value).and_then(|n| usize::try_from(n).ok()).ok_or(Refusal::of(40097))
}

/// `HH:MM-HH:MM`.
pub fn is_span(text: &str) -> bool {
    let is_time = |time: &str| {
        let bytes = time.as_bytes();
        let digits = |place: usize| bytes[place].is_ascii_digit() && bytes[place + 1].is_ascii_digit();
        bytes.len() == 5 && bytes[2] == b':' && digits(0) && digits(3) && time <= "24:00" && &time[3..] < "60"
    };
    text.split_once('-').is_some_and(|(from, to)| is_time(from) && is_time(to))
}

/// The URLs in `pic_list`, which is a JSON string that holds JSON: `{"list":[…]}`.
pub fn pictures(form: &Map<String, Value>) -> Option<Vec<String>> {
    let inner: Value = serde_json::from_str(form.get("pic_list")?.as_str()?).ok()?;
    let urls = inner.get("list")?.as_array()?.iter().map(|url| url.as_str().filter(|url| url.starts_with("http")));
    urls.map(|url| url.map(str::to_owned)).collect()
}

/// The media ids of a field: joined by `|`, or an array, as newer clients send it.
pub fn media_ids(form: &Map<String, Value>, key: &str) -> Vec<String> {
    let ids: Vec<&str> = match form.get(key) {
        Some(Value::Array(ids)) => ids.iter().map(|id| id.as_str().unwrap_or_default()).collect(),
        Some(Value::String(ids)) => ids.split('|').collect(),
        _ => Vec::new(),
    };
    ids.into_iter().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn media_ids_are_joined_or_an_array() {
        let ids = |value: Value| media_ids(json!({"papers": value}).as_object().unwrap(), "papers");
        assert_eq!(ids(json!("a| b|")), ["a", "b"]);
        assert_eq!(ids(json!(["a", "b"])), ["a", "b"]);
        assert!(ids(json!("")).is_empty() && ids(json!(null)).is_empty() && ids(json!(7)).is_empty());
    }

    #[test]
    fn an_id_may_come_as_a_number() {
        let form = json!({"districtid": 440_105, "keyword": " 咖啡 ", "other": {}});
        let text = |key| text(form.as_object().unwrap(), key);
        assert_eq!(
            (text("districtid"), text("keyword"), text("other")),
            ("440105".into(), "咖啡".into(), String::new())
        );
    }
}
