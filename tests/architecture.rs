//! The rooms of `src/` and who may use whom, as a table; and the outside crates that only one room knows. A structure
//! that nothing holds does not last.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A room and the rooms that it may use. The data goes one way: whoever stands further down is used by those above.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", EVERYTHING),
    ("lib", EVERYTHING),
    ("cli", EVERYTHING),
    (
        "pipeline",
        &["config", "store", "wire", "intake", "check", "plan", "ledger", "wechat", "engine", "reconcile", "media"],
    ),
    ("report", &["store", "wire", "ledger", "sheets"]),
    // `wire` for the one question of which answers to a reading by key mean that there is no such store.
    ("reconcile", &["store", "wire", "ledger", "wechat"]),
    ("engine", &["store", "wire", "ledger", "wechat"]),
    ("sandbox", &["store", "wire"]),
    ("wechat", &["store", "wire"]),
    ("ledger", &["store"]),
    // `wire` for what a kind of picture is, and what its upload takes.
    ("media", &["store", "wire"]),
    ("plan", &["store", "check"]),
    ("check", &["store"]),
    ("intake", &["store", "wire", "sheets"]),
    ("sheets", &[]),
    ("wire", &["store"]),
    ("config", &["store"]),
    ("store", &[]),
    // Not a room of the program: a macro that all rooms may use, and that is nothing outside of tests.
    ("crash", &[]),
];

const EVERYTHING: &[&str] = &[
    "crash",
    "cli",
    "pipeline",
    "report",
    "reconcile",
    "engine",
    "sandbox",
    "wechat",
    "ledger",
    "media",
    "plan",
    "check",
    "intake",
    "sheets",
    "wire",
    "config",
    "store",
];

/// An outside crate and the one room that may name it. Tests inside `sandbox` speak to it over the wire as well.
const BOUNDARIES: &[(&str, &str)] = &[
    ("reqwest", "wechat"),
    ("rustls", "wechat"),
    ("governor", "engine"),
    ("rusqlite", "ledger"),
    ("calamine", "sheets"),
    ("image", "media"),
    ("multer", "sandbox"),
    ("csv", "sheets"),
    ("rust_xlsxwriter", "sheets"),
    ("zip", "sheets"),
    ("indicatif", "cli"),
    ("clap", "cli"),
    ("signal_hook", "cli"),
    ("tracing_subscriber", "cli"),
    ("askama", "report"),
    ("hyper", "sandbox"),
    ("tokio", "sandbox"),
];

/// A source file without its comments and its tests.
struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The files that a `#[cfg(test)] mod name;` beside them declares to be tests.
fn test_files() -> BTreeSet<PathBuf> {
    let mut tests = BTreeSet::new();
    for path in rust_files(&src()) {
        let text = fs::read_to_string(&path).unwrap();
        for declared in text.split("#[cfg(test)]\nmod ").skip(1) {
            let name: String = declared.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let is_mod_file = path.file_name().is_some_and(|name| name == "mod.rs" || name == "lib.rs");
            let dir = if is_mod_file { path.parent().unwrap().to_owned() } else { path.with_extension("") };
            tests.insert(dir.join(format!("{name}.rs")));
        }
    }
    tests
}

/// What is not a comment and not the module of tests that ends a file.
fn production(text: &str) -> String {
    let until_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = |line: &&str| !line.trim_start().starts_with("//");
    until_tests.split_inclusive('\n').filter(code).collect()
}

fn sources() -> Vec<Source> {
    let tests = test_files();
    let files = rust_files(&src()).into_iter().filter(|path| !tests.contains(path));
    let source = |path: PathBuf| {
        let inside = path.strip_prefix(src()).unwrap().to_owned();
        let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let text = production(&fs::read_to_string(&path).unwrap());
        Source { room: first.trim_end_matches(".rs").to_owned(), path: inside, text }
    };
    files.map(source).collect()
}

/// The rooms that a text names as `crate::room` or within `crate::{…}`.
fn used_rooms(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for after in text.split("crate::").skip(1) {
        let names: Vec<String> = match after.strip_prefix('{') {
            Some(group) => group_names(group),
            None => vec![leading_name(after)],
        };
        used.extend(names);
    }
    // The macro of words for people stands in `store`, and macros are found at the root.
    if used.remove("words") {
        used.insert("store".to_owned());
    }
    used
}

fn leading_name(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first names of `a::B, c::{D, E}}`, at its own level.
fn group_names(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut item) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(leading_name(&std::mem::take(&mut item))),
            _ => item.push(c),
        }
    }
    names.push(leading_name(&item));
    names.into_iter().filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_room_uses_only_the_rooms_that_the_table_allows() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for source in sources() {
        let room = source.room.as_str();
        let Some(may_use) = allowed.get(room) else {
            wrong.push(format!("{}: no such room in the table", source.path.display()));
            continue;
        };
        for used in used_rooms(&source.text).into_iter().filter(|used| used != room) {
            if !may_use.contains(&used.as_str()) {
                wrong.push(format!("{}: {room} uses {used}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_has_no_way_back() {
    let below: BTreeMap<&str, usize> = ARROWS.iter().enumerate().map(|(n, (room, _))| (*room, n)).collect();
    for (room, uses) in ARROWS.iter().filter(|(room, _)| !matches!(*room, "main" | "lib" | "cli")) {
        for used in *uses {
            assert!(below[used] > below[room], "{room} → {used} runs back up");
        }
    }
}

#[test]
fn every_room_of_the_table_is_there() {
    let there: BTreeSet<String> = sources().into_iter().map(|source| source.room).collect();
    let named: BTreeSet<String> = ARROWS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(there, named);
}

#[test]
fn nobody_but_the_command_line_uses_the_sandbox() {
    let users: BTreeSet<String> = sources()
        .into_iter()
        .filter(|source| used_rooms(&source.text).contains("sandbox"))
        .map(|source| source.room)
        .filter(|room| room != "sandbox")
        .collect();
    assert_eq!(users, BTreeSet::from(["cli".to_owned()]));
}

#[test]
fn every_outside_crate_at_a_boundary_is_named_in_one_room() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (outside, room) in BOUNDARIES.iter().filter(|(_, room)| *room != source.room) {
            let names_it = source.text.split(&format!("{outside}::")).collect::<Vec<_>>();
            let word_before = |text: &&str| !text.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if names_it.len() > 1 && names_it[..names_it.len() - 1].iter().any(word_before) {
                wrong.push(format!("{}: {outside} belongs to {room}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_library_does_not_print_and_reads_no_clock_or_environment_outside_its_ports() {
    let ports = ["cli", "main", "sandbox"];
    let mut wrong = Vec::new();
    for source in sources().into_iter().filter(|source| !ports.contains(&source.room.as_str())) {
        for forbidden in ["println!", "print!(", "std::env::var", "SystemTime::now", "process::exit"] {
            let is_the_clock = forbidden == "SystemTime::now" && source.path.ends_with("engine/clock.rs");
            if source.text.contains(forbidden) && !is_the_clock {
                wrong.push(format!("{}: {forbidden}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_opens_by_saying_what_it_owns() {
    let silent = |path: &PathBuf| !fs::read_to_string(path).unwrap().starts_with("//! ");
    let silent: Vec<PathBuf> = rust_files(&src()).into_iter().filter(silent).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn the_reader_of_use_lines_understands_groups_and_paths() {
    let text = "use crate::{store::{A, B}, wire::C,\n    ledger};\nlet x = crate::engine::run();\nwords!(crate::words)";
    let used: Vec<String> = used_rooms(text).into_iter().collect();
    assert_eq!(used, ["engine", "ledger", "store", "wire"]);
    assert_eq!(production("// crate::a\nx\n#[cfg(test)]\nmod tests {\ncrate::b\n}"), "x\n");
}
