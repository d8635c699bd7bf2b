//! A page of getpoilist as the platform writes it, without white space: its records are cut out unread, at what stands between
//! them, so that each is read once and not first as a part of its page. Nothing is trusted to the cutting: a page and records
//! that are JSON by themselves are JSON together, and mean the same.

use memchr::memmem;

use super::document::{self, PlainPage};

/// A page's records, not read yet.
#[derive(Debug)]
pub(super) struct Cut<'t> {
    /// How many stores the account had, by the page.
    pub(super) claimed: Option<u64>,
    /// The text of each store's `base_info`.
    pub(super) records: Vec<&'t str>,
}

/// Before a record.
const BEGIN: &str = r#"{"base_info":"#;

/// Behind it, where another follows, and where none does.
const BETWEEN: &str = "},";
const END: &str = "}]";

/// What stands for a record in the page that it was cut out of.
const HOLE: &str = "0";

/// The page's records, if it is a page and nothing remarkable. Whether they are JSON is for whoever reads them; if one is not,
/// it was no page that could be cut.
pub(super) fn page(line: &str) -> Option<Cut<'_>> {
    // A list would be taken for a page's values in their order.
    line.trim_start().strip_prefix('{')?;
    let mut begins = memmem::find_iter(line.as_bytes(), r#"{"base_info":{"#).map(|at| at + BEGIN.len()).peekable();
    let (mut frame, mut holes, mut records) = (String::new(), Vec::new(), Vec::new());
    let mut framed = 0;
    while let Some(begin) = begins.next() {
        let until = begins.peek().map_or(line.len(), |next| next - BEGIN.len());
        let length = length_of_record(line.get(begin..until)?)?;
        frame.push_str(line.get(framed..begin)?);
        holes.push(frame.len());
        frame.push_str(HOLE);
        framed = begin + length;
        records.push(line.get(begin..framed)?);
    }
    frame.push_str(line.get(framed..)?);
    let page: PlainPage<'_> = serde_json::from_str(&frame).ok()?;
    // Each store of the page has its record from where one was cut out, and there are no others.
    let place = |info: &str| info.as_ptr().addr() - frame.as_ptr().addr();
    let is_whole = page.business_list.iter().map(|store| place(store.base_info.get())).eq(holes);
    let is_page = page.errcode.unwrap_or(0) == 0 && is_whole && !records.is_empty();
    is_page.then(|| Cut { claimed: document::claimed(&page), records })
}

/// How long the record is that `text` begins with, before the next one begins.
fn length_of_record(text: &str) -> Option<usize> {
    let ends_at = |at: usize| text.as_bytes()[..at].ends_with(b"}");
    if let Some(record) = text.strip_suffix(BETWEEN) {
        return Some(record.len()).filter(|at| ends_at(*at));
    }
    // The record's own brace comes before that of its store.
    memmem::find_iter(text.as_bytes(), END).find(|at| ends_at(*at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn records(line: &str) -> Option<Vec<Value>> {
        page(line)?.records.into_iter().map(|record| serde_json::from_str(record).ok()).collect()
    }

    #[test]
    fn a_pages_records_are_cut_out_of_it() {
        let photos = json!({"poi_id": "1", "photo_list": [{"photo_url": "http://a"}], "x": {"y": {}}});
        for infos in [vec![photos.clone()], vec![photos.clone(), json!({}), json!({"poi_id": "2"})]] {
            let list: Vec<Value> = infos.iter().map(|info| json!({"base_info": info})).collect();
            let line = json!({"errcode": 0, "business_list": list, "total_count": "3"}).to_string();
            let cut = page(&line).unwrap();
            assert_eq!((cut.claimed, records(&line)), (Some(3), Some(infos)), "{line}");
        }
    }

    #[test]
    fn what_is_no_page_that_can_be_cut_is_left_whole() {
        for line in [
            r#"{"errcode":40001,"business_list":[{"base_info":{}}]}"#,
            r#"{"business_list":[]}"#,
            r#"{"business_list":[{"poi_id":"1"}]}"#,
            r#"{"business_list":[{"base_info": {"poi_id":"1"}}]}"#,
            r#"{"business_list":[{"base_info":0}],"x":[{"base_info":{"poi_id":"1"}}]}"#,
            r#"{"business_list":[{"base_info":{"poi_id":"1"}}]}{"business_list":[{"base_info":{"poi_id":"2"}}]}"#,
            r#"[{"base_info":{"poi_id":"1"}}]"#,
            r#"[0,"1",[{"base_info":{"poi_id":"1"}}]]"#,
            r#"{"business_list":[{"base_info":{"poi_id":"1"} },{"base_info":{"poi_id":"2"}}]}"#,
            r#"{"business_list":[{"base_info":{"poi_id":"1"}}"#,
            "",
        ] {
            assert!(records(line).is_none(), "{line}");
        }
    }

    /// Values that look like what stands between records.
    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof!["[a\"\\\\{}]{0,6}", Just(r#"}},{"base_info":{"#.to_owned()), Just("}}]".to_owned())];
        let leaf = prop_oneof![text.prop_map(Value::from), any::<u8>().prop_map(Value::from), Just(Value::Null)];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let key = prop_oneof![Just("base_info"), Just("business_list"), Just("x"), Just("}")];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((key, inner), 0..4)
                    .prop_map(|entries| entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_cut_out_is_what_reading_the_whole_page_gives(
            list in proptest::collection::vec(value(), 0..4), is_wrapped in any::<bool>(), more in value(),
        ) {
            let wrap = |info: &Value| if is_wrapped { json!({"base_info": info}) } else { info.clone() };
            let list: Vec<Value> = list.iter().map(wrap).collect();
            let line = json!({"more": more, "business_list": list, "after": more}).to_string();
            if let Some(found) = records(&line) {
                let expected: Option<Vec<Value>> = list.iter().map(|store| store.get("base_info").cloned()).collect();
                prop_assert_eq!(Some(found), expected, "{}", line);
            } else {
                // What only looks like the list's end is not told from it.
                let is_plain = is_wrapped && !list.is_empty() && !line.contains('\\') && line.matches(END).count() == 1
                    && list.iter().all(|store| store["base_info"].as_object().is_some_and(|info| info.values().all(|value| !value.is_object() && !value.is_array())));
                prop_assert!(!is_plain || more.is_object() || more.is_array(), "{}", line);
            }
        }
    }
}
