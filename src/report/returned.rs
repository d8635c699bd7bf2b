//! Who is missing what, once filled-in workbooks have come back: file by file, and the stores that none of them named.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::form::{field_of_code, store_name, title_of};
use super::reasons::{Reason, findings};
use super::visible::cut;
use crate::ledger::StoreRow;
use crate::store::{Field, JoinKey, Lang, PoiId, Severity, Sid, State};

/// So many stores that came back in no workbook are named to people; JSON names all.
const NAMED_MAX: usize = 10;

/// How wide a store's name may be on a terminal.
const NAME_COLUMNS_MAX: usize = 40;

/// A workbook as it came back.
#[derive(Debug, Clone)]
pub struct ReturnedFile<'a> {
    /// Its name.
    pub file: &'a str,
    /// The stores that its rows name.
    pub keys: Vec<&'a JoinKey>,
}

/// What of the stores of one workbook is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileState {
    /// Its name.
    pub file: String,
    /// The stores that it names and the ledger knows.
    pub stores: u64,
    /// Those of them that lack nothing.
    pub complete: u64,
    /// How many stores lack what: a field's key, a finding's code where it is about no field, a refusal.
    pub missing: BTreeMap<String, u64>,
}

/// A store that lacks data and came back in no workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absent {
    /// Its id in the old store management, if it has a usable one.
    pub poi_id: Option<String>,
    /// As people call it.
    pub store: String,
    /// What it lacks.
    pub missing: Vec<String>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Returned {
    /// The stores of the ledger.
    pub stores: u64,
    /// Those of them that lack nothing.
    pub complete: u64,
    /// File by file, in the order in which they were taken.
    pub files: Vec<FileState>,
    /// The stores that lack data and that no file named.
    pub not_returned: Vec<Absent>,
}

impl Returned {
    /// Counts; `rows` as a plan would find them now.
    #[must_use]
    pub fn count(rows: &[StoreRow], files: &[ReturnedFile<'_>]) -> Self {
        let lacking: Vec<Vec<String>> = rows.iter().map(lacking).collect();
        let index = Index::of(rows);
        let mut named: HashSet<usize> = HashSet::new();
        let of_file = |file: &ReturnedFile<'_>| {
            let own: HashSet<usize> = file.keys.iter().flat_map(|key| index.rows(key)).copied().collect();
            named.extend(&own);
            let mut missing = BTreeMap::new();
            for what in own.iter().flat_map(|row| &lacking[*row]) {
                *missing.entry(what.clone()).or_default() += 1;
            }
            let complete = own.iter().filter(|row| lacking[**row].is_empty()).count() as u64;
            FileState { file: file.file.to_owned(), stores: own.len() as u64, complete, missing }
        };
        let files = files.iter().map(of_file).collect();
        let absent = |(row, missing): (&StoreRow, &Vec<String>)| Absent {
            poi_id: row.poi_id().map(ToString::to_string),
            store: store_name(row),
            missing: missing.clone(),
        };
        let not_named = |(number, (_, missing)): &(usize, (&StoreRow, &Vec<String>))| {
            !named.contains(number) && !missing.is_empty()
        };
        let absents = rows.iter().zip(&lacking).enumerate().filter(not_named).map(|(_, row)| absent(row)).collect();
        let complete = lacking.iter().filter(|missing| missing.is_empty()).count() as u64;
        Self { stores: rows.len() as u64, complete, files, not_returned: absents }
    }

    /// A line a file, then the stores that did not come back.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut lines: Vec<String> = self.files.iter().map(|file| file.line(lang)).collect();
        if !self.not_returned.is_empty() {
            lines.extend(self.absent_lines(lang));
        }
        let Self { stores, complete, .. } = self;
        lines.push(match lang {
            Lang::En => format!("{complete} of {stores} stores lack nothing"),
            Lang::Zh => format!("共 {stores} 家门店，{complete} 家资料齐全"),
        });
        lines.join("\n") + "\n"
    }

    fn absent_lines(&self, lang: Lang) -> Vec<String> {
        let mut missing: BTreeMap<String, u64> = BTreeMap::new();
        for what in self.not_returned.iter().flat_map(|absent| &absent.missing) {
            *missing.entry(what.clone()).or_default() += 1;
        }
        let (n, what) = (self.not_returned.len(), counted(&missing, lang));
        let mut lines = vec![match lang {
            Lang::En => format!("in no returned file: {n} stores that lack {what}"),
            Lang::Zh => format!("未在任何交回的文件中：{n} 家，缺少或有误：{what}"),
        }];
        let named = self.not_returned.iter().take(NAMED_MAX);
        lines.extend(named.map(|absent| format!("  {}", cut(&absent.store, NAME_COLUMNS_MAX))));
        if n > NAMED_MAX {
            let more = n - NAMED_MAX;
            lines.push(match lang {
                Lang::En => format!("  … and {more} more (--format json names all)"),
                Lang::Zh => format!("  ……另有 {more} 家（--format json 列出全部）"),
            });
        }
        lines
    }
}

impl FileState {
    fn line(&self, lang: Lang) -> String {
        let Self { file, stores, complete, missing, .. } = self;
        let what = counted(missing, lang);
        match (lang, what.is_empty()) {
            (Lang::En, true) => format!("{file}: {complete} of {stores} stores complete"),
            (Lang::En, false) => format!("{file}: {complete} of {stores} stores complete; missing or wrong: {what}"),
            (Lang::Zh, true) => format!("{file}：{stores} 家，{complete} 家资料齐全"),
            (Lang::Zh, false) => format!("{file}：{stores} 家，{complete} 家资料齐全；缺少或有误：{what}"),
        }
    }
}

/// `credential 12, hour 3`: the most frequent first.
fn counted(missing: &BTreeMap<String, u64>, lang: Lang) -> String {
    let mut missing: Vec<_> = missing.iter().collect();
    missing.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    let name =
        |what: &String| Field::from_key(what).map_or_else(|| what.clone(), |field| title_of(field, lang).to_owned());
    let parts: Vec<String> = missing.into_iter().map(|(what, n)| format!("{} {n}", name(what))).collect();
    parts.join(lang.pick(", ", "、"))
}

/// What a store lacks: each field once, each code that is about no field, and what the platform refused.
fn lacking(row: &StoreRow) -> Vec<String> {
    let mut lacking: Vec<String> = match row.state {
        State::Blocked if findings(row).is_empty() => vec![State::Blocked.key().to_owned()],
        State::Blocked => {
            let blocking = findings(row).iter().filter(|finding| finding.code.severity() == Severity::Blocks);
            let what = blocking.map(|finding| {
                let field = finding.field.or_else(|| field_of_code(finding.code));
                field.map_or_else(|| finding.code.to_string(), |field| field.key().to_owned())
            });
            what.collect()
        }
        State::Rejected => Reason::of(row).map(|reason| reason.label().into_owned()).into_iter().collect(),
        _ => Vec::new(),
    };
    lacking.sort();
    lacking.dedup();
    lacking
}

/// Rows by either of their ids.
struct Index<'a> {
    by_poi_id: HashMap<&'a str, Vec<usize>>,
    by_sid: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    fn of(rows: &'a [StoreRow]) -> Self {
        let (mut by_poi_id, mut by_sid) = (HashMap::new(), HashMap::new());
        for (row, number) in rows.iter().zip(0..) {
            if let Some(id) = row.record.poi_id.as_ref().map(PoiId::as_str) {
                by_poi_id.entry(id).or_insert_with(Vec::new).push(number);
            }
            if let Some(sid) = row.record.sid.as_ref().map(Sid::as_str) {
                by_sid.entry(sid).or_insert_with(Vec::new).push(number);
            }
        }
        Self { by_poi_id, by_sid }
    }

    fn rows(&self, key: &JoinKey) -> &[usize] {
        let found = match key {
            JoinKey::PoiId(id) => self.by_poi_id.get(id.as_str()),
            JoinKey::Sid(sid) => self.by_sid.get(sid.as_str()),
        };
        found.map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{blocked, rejected, upgraded};
    use crate::store::Code;

    fn rows() -> Vec<StoreRow> {
        vec![
            upgraded(1),
            blocked(2, &[Code::CredentialMissing, Code::HourMalformed]),
            blocked(3, &[Code::CredentialMissing]),
            rejected(4, Some(85041)),
            blocked(5, &[Code::PoiIdDuplicate]),
        ]
    }

    fn count() -> Returned {
        let key = |n: u32| JoinKey::PoiId(PoiId::new(&format!("{}", 100_000_000 + n)).unwrap());
        let (one, two, stranger) = (key(1), key(2), key(99));
        let by_sid = JoinKey::Sid(Sid::new("S-2").unwrap());
        let files = [
            ReturnedFile { file: "a.xlsx", keys: vec![&one, &two, &by_sid, &stranger] },
            ReturnedFile { file: "b.xlsx", keys: vec![] },
        ];
        Returned::count(&rows(), &files)
    }

    #[test]
    fn each_file_says_how_many_of_its_stores_are_complete_and_what_the_others_lack() {
        let file = &count().files[0];
        assert_eq!((file.stores, file.complete), (2, 1));
        assert_eq!(file.missing, BTreeMap::from([("credential".into(), 1), ("hour".into(), 1)]));
        assert_eq!(count().files[1].stores, 0);
        assert_eq!((count().stores, count().complete), (5, 1));
    }

    #[test]
    fn stores_that_lack_something_and_stood_in_no_file_are_named() {
        let absent: Vec<_> = count().not_returned.into_iter().map(|absent| (absent.poi_id, absent.missing)).collect();
        let expected = [("100000003", "credential"), ("100000004", "errcode 85041"), ("100000005", "E103")];
        assert_eq!(absent, expected.map(|(id, what)| (Some(id.to_owned()), vec![what.to_owned()])));
    }

    #[test]
    fn people_read_it_in_both_languages() {
        let text = count().text(Lang::En);
        assert!(text.starts_with("a.xlsx: 1 of 2 stores complete; missing or wrong: credential 1, hour 1\n"), "{text}");
        assert!(text.contains("in no returned file: 3 stores that lack "), "{text}");
        let text = count().text(Lang::Zh);
        assert!(text.contains("a.xlsx：2 家，1 家资料齐全；缺少或有误：经营资质证件号 1、新营业时间 1"), "{text}");
    }
}
