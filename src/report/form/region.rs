//! One workbook a region: which region a store belongs to, and what its workbook is called.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::About;
use crate::ledger::StoreRow;
use crate::report::lines::{kept, told};
use crate::store::Lang;

/// The longest name of a workbook without its ending, in bytes of UTF-8: a file's name has at most 255, and the ending, a
/// number and a temporary name's additions come on top.
const STEM_BYTES_MAX: usize = 150;

/// Names that Windows keeps for devices, whatever the ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// A column by which stores are split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    kind: Kind,
    title: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Own(About),
    Kept(String),
}

/// The column with this header: province, city, district under either language's header, or a column of `[columns] keep`.
/// `None` if it is none of them.
#[must_use]
pub fn region_of(header: &str, keep: &[String], lang: Lang) -> Option<Region> {
    let header = header.trim();
    if let Some(kept) = keep.iter().find(|kept| kept.trim() == header) {
        return Some(Region { kind: Kind::Kept(kept.clone()), title: kept.clone() });
    }
    let own = [About::Province, About::City, About::District]
        .into_iter()
        .find(|about| [Lang::En, Lang::Zh].into_iter().any(|lang| about.title(lang).eq_ignore_ascii_case(header)))?;
    Some(Region { kind: Kind::Own(own), title: own.title(lang).to_owned() })
}

impl Region {
    /// The rows of each value, in the order of the values; those without one come first, under an empty value.
    #[must_use]
    pub fn split<'r>(&self, rows: &[&'r StoreRow]) -> BTreeMap<String, Vec<&'r StoreRow>> {
        let mut regions: BTreeMap<String, Vec<&StoreRow>> = BTreeMap::new();
        for row in rows {
            regions.entry(self.value(row)).or_default().push(row);
        }
        regions
    }

    fn value(&self, row: &StoreRow) -> String {
        match &self.kind {
            Kind::Own(about) => told(row, |store| about.of(store)).trim().to_owned(),
            Kind::Kept(header) => kept(row, std::slice::from_ref(header))[0].csv().trim().to_owned(),
        }
    }

    /// A name for the workbook of each value, without an ending: one that any system takes, and that no two share even where
    /// capitals do not count.
    #[must_use]
    pub fn stems<'v>(&self, values: impl Iterator<Item = &'v String>, lang: Lang) -> Vec<String> {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let stem = |value: &String| {
            let plain = if value.is_empty() {
                safe(&format!("{}{}", lang.pick("no ", "无"), self.title))
            } else {
                safe(value)
            };
            let numbered = (2..).map(|n: u32| format!("{plain}~{n}"));
            let free = std::iter::once(plain.clone()).chain(numbered).find(|name| taken.insert(name.to_lowercase()));
            free.unwrap_or(plain)
        };
        values.map(stem).collect()
    }
}

/// The text as a file's name: what some system forbids becomes `_`.
fn safe(text: &str) -> String {
    let allowed = |c: char| match c {
        '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' | '{' | '}' | '~' => '_',
        c if c.is_control() || c.is_whitespace() && c != ' ' => '_',
        // Characters that are not seen, or turn the rest of the line around.
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => '_',
        c => c,
    };
    let mut name: String = text.chars().map(allowed).collect();
    while name.len() > STEM_BYTES_MAX {
        name.pop();
    }
    let mut name = name.trim_matches(|c: char| c == ' ' || c == '.').to_owned();
    let device = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_device = DEVICES.contains(&device.trim_end_matches(|c: char| c.is_ascii_digit()));
    // A hyphen and digits at the end is how a workbook's next number is written; a hyphen in front is a flag.
    let looks_numbered =
        name.rsplit_once('-').is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if name.is_empty() || is_device || looks_numbered {
        name.push('_');
    }
    if name.starts_with(['-', '~', '.']) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::pending;

    fn city() -> Region {
        region_of("城市", &[], Lang::En).unwrap()
    }

    #[test]
    fn a_region_is_named_by_key_by_chinese_header_or_by_a_kept_column() {
        let keep = ["大区".to_owned()];
        assert_eq!(region_of(" City ", &keep, Lang::Zh).unwrap().title, "城市");
        assert_eq!(region_of("大区", &keep, Lang::En).unwrap().title, "大区");
        assert_eq!(region_of("address", &keep, Lang::En), None);
    }

    #[test]
    fn each_store_is_in_one_region_and_those_without_a_value_in_one_of_their_own() {
        let mut rows = [pending(1), pending(2), pending(3)];
        rows[1].record.city = "  ".into();
        rows[2].record.city = " 杭州市 ".into();
        let rows: Vec<&StoreRow> = rows.iter().collect();
        let sizes: Vec<_> = city().split(&rows).into_iter().map(|(value, rows)| (value, rows.len())).collect();
        assert_eq!(sizes, [(String::new(), 1), ("杭州市".to_owned(), 2)]);
    }

    #[test]
    fn names_are_safe_on_every_system_and_distinct_even_without_capitals() {
        let values = ["", "a/b", "A_B", "CON", "com1.x", "x-2", "..", "no city", &"汉".repeat(200), "-rf", "{account}"]
            .map(str::to_owned);
        let stems = city().stems(values.iter(), Lang::En);
        assert_eq!(stems[..8], ["no city", "a_b", "A_B~2", "CON_", "com1.x_", "x-2_", "_", "no city~2"]);
        assert!(stems[8].len() <= STEM_BYTES_MAX);
        assert_eq!(stems[9..], ["_-rf", "_account_"]);
    }
}
