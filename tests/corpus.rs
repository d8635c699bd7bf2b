//! Files as people, programs and accidents make them, each with what must come of it: `tests/corpus/`. A file's sidecar
//! says which stores it holds, which headers mean nothing and what is found, or in which words it is refused;
//! `tests/corpus/make/corpus.py` says how to read it, and `make.sh` beside it writes everything anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use poilift::intake::{Collected, Columns, InputRow, read_input};
use poilift::store::Code;
use serde_json::{Map, Value, json};

use crate::kit::House;

/// Codes that need more than files to be raised, and where they are.
const ELSEWHERE: &[(&str, &str)] = &[
    ("E109", "the hidden key stands in workbooks that the program writes itself"),
    ("E160", "it is about a sheet of orders, which `check` does not read; so are the next three, see `orders`"),
    ("E161", "see E160"),
    ("E162", "see E160"),
    ("E163", "see E160"),
    ("E164", "it takes a platform that has such a store, see `orders`"),
    ("E171", "a file of 12 MB is made by its own test, see `media`; so are folders of pictures, for the next two"),
    ("E176", "see E171"),
    ("E177", "it takes a platform that refuses, see `media`"),
    ("W209", "it takes a folder with a file of another kind in it"),
    ("W220", "see E171"),
];

/// Files for a code that have another name than `codes/CODE.csv` and `codes/CODE-not.csv`.
const CODES: &[(&str, &str, &str)] = &[
    ("E105", "xlsxwriter/formulas.xlsx", "xlsxwriter/rich-text.xlsx"),
    ("E106", "json/record-malformed.json", "json/page.json"),
    ("E107", "text/undecodable.csv", "text/utf8.csv"),
    ("E108", "text/zeros-column.csv", "text/zeros-by-chance.csv"),
    ("W205", "text/zero-width.csv", "text/full-width.csv"),
    ("W206", "books/hidden-row.xlsx", "books/hidden-lists.xlsx"),
    ("W207", "books/merged.xlsx", "books/merged-title.xlsx"),
    ("W221", "codes/W221.xlsx", "codes/W221-not.xlsx"),
];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// A file of the corpus and what must come of it.
struct Case {
    name: String,
    want: Map<String, Value>,
}

impl Case {
    fn load(name: &str) -> Self {
        let sidecar = corpus().join(format!("{name}.want.json"));
        let text = fs::read_to_string(&sidecar).unwrap_or_else(|why| panic!("{}: {why}", sidecar.display()));
        let want = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", sidecar.display()));
        Self { name: name.to_owned(), want }
    }

    fn all() -> Vec<Self> {
        let mut names = Vec::new();
        for folder in fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
            for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                let name = file.strip_prefix(corpus()).unwrap().to_str().unwrap();
                names.extend(name.strip_suffix(".want.json").map(str::to_owned));
            }
        }
        names.sort();
        names.iter().map(|name| Self::load(name)).collect()
    }

    fn words(&self, key: &str) -> Vec<String> {
        let words = self.want.get(key).and_then(Value::as_array);
        words.into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
    }

    /// The command's arguments: the file in place, and what is given with it.
    fn check(&self, more: &str) -> String {
        let at = |name: &String| corpus().join(name).display().to_string();
        let inputs: Vec<String> = [&self.name].into_iter().chain(&self.words("inputs")).map(at).collect();
        let supplement = self.want.get("supplement").and_then(Value::as_str);
        let supplement = supplement.map(|name| format!("--supplement {}", at(&name.to_owned()))).unwrap_or_default();
        format!("check {} {supplement} {} {more}", inputs.join(" "), self.words("options").join(" "))
    }

    /// What is otherwise than wanted, each in a line; nothing if all is well.
    fn complaints(&self, house: &House) -> Vec<String> {
        match self.want.get("error") {
            Some(error) => self.refusal(house, error),
            None => [self.findings(house), self.content()].concat(),
        }
    }

    fn refusal(&self, house: &House, error: &Value) -> Vec<String> {
        let mut complaints = Vec::new();
        for lang in ["en", "zh"] {
            let ended = house.poilift(&self.check(&format!("--lang {lang}"))).end();
            if ended.code != Some(2) {
                complaints.push(format!("exit {:?} instead of 2: {}{}", ended.code, ended.stdout, ended.stderr));
            }
            for words in error[lang].as_array().unwrap().iter().map(|words| words.as_str().unwrap()) {
                if !ended.stderr.contains(words) {
                    complaints.push(format!("does not say {words:?}: {}", ended.stderr));
                }
            }
        }
        complaints
    }

    fn findings(&self, house: &House) -> Vec<String> {
        let ended = house.poilift(&self.check("--format json")).end();
        if !matches!(ended.code, Some(0 | 3)) {
            return vec![format!("exit {:?}: {}", ended.code, ended.stderr)];
        }
        let lines = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        // What is only brought to the platform's form is said in lines of the same kind.
        let mut found: Vec<Value> =
            lines.filter(|line| line["code"] != "normalised").map(|line| short(&line)).collect();
        let mut complaints = Vec::new();
        for wanted in self.want["findings"].as_array().unwrap() {
            match found.iter().position(|found| holds(found, wanted)) {
                Some(at) => drop(found.remove(at)),
                None => complaints.push(format!("not found: {wanted}")),
            }
        }
        complaints.extend(found.iter().map(|found| format!("found, but not wanted: {found}")));
        complaints
    }

    fn content(&self) -> Vec<String> {
        // The library is asked as if nothing had been said about the file; what is found in it is the command's.
        if !self.words("options").is_empty() {
            return Vec::new();
        }
        if !["form", "stores", "unknown"].iter().any(|key| self.want.contains_key(*key)) {
            return Vec::new();
        }
        let input = match read_input(&corpus().join(&self.name), &Columns::default()) {
            Ok(input) => input,
            Err(why) => return vec![format!("is not read: {why}")],
        };
        let mut complaints = Vec::new();
        let mut compare = |what: &str, wanted: Option<&Value>, got: Value| {
            if let Some(wanted) = wanted.filter(|wanted| !holds(&got, wanted)) {
                complaints.push(format!("{what}: {got} instead of {wanted}"));
            }
        };
        compare("form", self.want.get("form"), json!(format!("{:?}", input.form)));
        compare("unknown headers", self.want.get("unknown"), json!(input.unknown_columns));
        compare("stores", self.want.get("stores"), json!(input.rows.iter().map(store).collect::<Vec<_>>()));
        complaints
    }
}

/// A finding as a sidecar has it.
fn short(finding: &Value) -> Value {
    let place = &finding["place"];
    json!({"code": finding["code"], "row": place["row"], "column": place["column"], "sheet": place["sheet"]})
}

/// A store as a sidecar has it.
fn store(row: &InputRow) -> Value {
    let store = &row.store;
    let id = |id: Option<String>| id.unwrap_or_default();
    json!({
        "poi_id": id(store.poi_id.as_ref().map(ToString::to_string)),
        "business_name": store.business_name,
        "branch_name": store.branch_name,
        "province": store.province,
        "city": store.city,
        "district": store.district,
        "address": store.address,
        "telephone": store.telephone,
        "open_time": store.open_time,
        "mapid": id(store.map_poi_id.as_ref().map(ToString::to_string)),
        "upgrade_status": store.upgrade_status.code(),
        "row": row.place.row,
        "sheet": row.place.sheet,
    })
}

/// Whether `got` has all that `wanted` has: lists as long, maps with at least these keys.
fn holds(got: &Value, wanted: &Value) -> bool {
    match (got, wanted) {
        (Value::Array(got), Value::Array(wanted)) => {
            got.len() == wanted.len() && got.iter().zip(wanted).all(|(got, wanted)| holds(got, wanted))
        }
        (Value::Object(got), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| got.get(key).is_some_and(|got| holds(got, wanted)))
        }
        _ => got == wanted,
    }
}

#[test]
fn each_file_gives_what_its_sidecar_says() {
    let house = House::new();
    let cases = Case::all();
    assert!(cases.len() >= 60, "only {} files", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let complaints = case.complaints(&house);
        if !complaints.is_empty() {
            wrong.push(format!("{}\n    {}", case.name, complaints.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} files:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn each_code_has_a_file_that_raises_it_and_one_that_just_does_not() {
    let named: BTreeMap<&str, (String, String)> =
        CODES.iter().map(|(code, raising, near)| (*code, ((*raising).to_owned(), (*near).to_owned()))).collect();
    for code in Code::ALL.iter().map(|code| code.as_str()) {
        if ELSEWHERE.iter().any(|(elsewhere, _)| *elsewhere == code) {
            continue;
        }
        let by_name = || (format!("codes/{code}.csv"), format!("codes/{code}-not.csv"));
        let (raising, near) = named.get(code).cloned().unwrap_or_else(by_name);
        let codes = |name: &str| {
            let findings = Case::load(name).want["findings"].as_array().unwrap().clone();
            findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
        };
        assert!(codes(&raising).contains(code), "{raising} is to raise {code}");
        assert!(!codes(&near).contains(code), "{near} is not to raise {code}");
    }
}

/// One table, written to every form.
const SAME_STORES: &[&str] = &[
    "text/utf8.csv",
    "text/gb18030.csv",
    "text/utf16le-bom.csv",
    "text/tabs.tsv",
    "text/semicolons.csv",
    "text/utf8.csv.gz",
    "books/plain.xlsx",
    "books/with-macros.xlsm",
    "binary/plain.xlsb",
    "libreoffice/plain.xls",
    "libreoffice/plain.ods",
    "libreoffice/plain.xlsx",
];

#[test]
fn the_same_stores_in_any_form_are_the_same_stores() {
    let read = |name: &str| -> Collected {
        read_input(&corpus().join(name), &Columns::default()).unwrap_or_else(|why| panic!("{name}: {why}"))
    };
    let without_place = |name: &str| {
        let rows = read(name).rows;
        let row = |row: &InputRow| (row.store.without_record(), cells(row), row.faults.clone());
        rows.iter().map(row).collect::<Vec<_>>()
    };
    let first = without_place(SAME_STORES[0]);
    assert_eq!(first.len(), 3);
    for name in &SAME_STORES[1..] {
        assert_eq!(without_place(name), first, "{name}");
    }
}

/// What a row supplies, without where.
fn cells(row: &InputRow) -> Vec<(String, String)> {
    row.cells.iter().map(|cell| (cell.field.key().to_owned(), cell.value.clone())).collect()
}

#[test]
fn a_plan_over_any_form_counts_the_same() {
    let plan = |name: &str| {
        let house = House::new();
        let ended = house.poilift(&format!("plan {} --format json", corpus().join(name).display())).end();
        let said: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|why| panic!("{name}: {why}: {ended}"));
        ["stores", "by_action", "by_state", "attention"].map(|key| said[key].clone())
    };
    let first = plan(SAME_STORES[0]);
    assert_eq!(first[0], json!(3));
    for name in &SAME_STORES[1..] {
        assert_eq!(plan(name), first, "{name}");
    }
}
