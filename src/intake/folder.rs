//! A folder as an input: the pages of getpoilist in it, in the order of their names, are one list; its spreadsheets are an
//! input each. What programs leave lying around is passed over; what a person left there that is neither list nor table,
//! under a name that does not claim to be one, too, and it is said.

use std::cmp::Ordering;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::Columns;
use super::error::{IntakeError, Trouble};
use super::input::{Input, InputRow, is_json, open_pages};
use super::pages::{Pages, Pass};
use super::source::Source;
use super::suspicion::{Known, Signs};
use crate::sheets::SheetError;
use crate::store::{Code, Finding, Place};

/// More files than this in one folder are not pages of a list (50 stores each).
const FILES_MAX: usize = 100_000;

/// The files of a folder that somebody put there, in the order of their names, numbers by their value.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, IntakeError> {
    let failed = |why: io::Error| IntakeError::of_file(&folder.display().to_string(), Trouble::Io(why));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let is_file = fs::metadata(entry.path()).map_err(failed)?.is_file();
        if is_file && !is_litter(&entry.file_name().to_string_lossy()) {
            files.push(entry.path());
        }
        if files.len() > FILES_MAX {
            return Err(failed(io::Error::other(format!("the folder holds more than {FILES_MAX} files"))));
        }
    }
    files.sort_by(|one, other| by_number(&one.to_string_lossy(), &other.to_string_lossy()));
    Ok(files)
}

/// Hidden files, and those by which spreadsheet programs say that a file is open.
fn is_litter(name: &str) -> bool {
    name.starts_with('.') || name.starts_with("~$") || name == "Thumbs.db" || name == "desktop.ini"
}

/// `page-2` before `page-10`.
fn by_number(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (parts(one), parts(other));
    loop {
        match (ones.next(), others.next()) {
            (Some(a), Some(b)) => {
                let order = match (a.parse::<u64>(), b.parse::<u64>()) {
                    (Ok(a), Ok(b)) => a.cmp(&b),
                    _ => a.cmp(b),
                };
                if order != Ordering::Equal {
                    return order;
                }
            }
            // Names that differ only in zeros before a number.
            (None, None) => return one.cmp(other),
            (a, b) => return a.is_some().cmp(&b.is_some()),
        }
    }
}

/// Runs of digits, and what is between them.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()).scan(0, |at, part| {
        let from = *at;
        *at += part.len();
        name.get(from..*at)
    })
}

pub(super) fn open(folder: &Path, columns: &Columns) -> Result<Vec<Input>, IntakeError> {
    let name = folder.display().to_string();
    let (mut inputs, mut pages, mut hash, mut beside) = (Vec::new(), Vec::new(), Sha256::new(), Vec::new());
    for file in files(folder)? {
        let source = Source::open_one_of_many(&file)?;
        if is_json(&source)? {
            hash.update(&source.sha256);
            pages.push(open_pages(source, columns)?);
        } else {
            match Input::of(source, columns) {
                Ok(input) => inputs.push(input),
                Err(why) if is_something_else(&file, &why.trouble) => {
                    beside.push(Finding::new(Code::FilePassedOver).at(Place::file(file.display().to_string())));
                }
                Err(why) => return Err(why),
            }
        }
    }
    if !pages.is_empty() {
        inputs.insert(0, Input::of_folder(name.clone(), format!("{:x}", hash.finalize()), pages));
    }
    match inputs.first_mut() {
        Some(first) => first.beside = beside,
        None => return Err(IntakeError::of_file(&name, Trouble::NoStores)),
    }
    Ok(inputs)
}

/// Names that claim to be a list or a table: such a file is an input, and one that cannot be used ends everything.
const CLAIMED: [&str; 12] =
    ["json", "jsonl", "ndjson", "csv", "tsv", "xlsx", "xlsm", "xlsb", "xls", "ods", "gz", "xml"];

/// Text in so many columns looks like a table, whatever its name.
const COLUMNS_OF_A_TABLE: usize = 3;

/// Whether a file that is of no use is none that anybody wanted read: prose, or no text at all, under a name that claims
/// nothing. A web page is not: a proxy answers so where a list was meant to be saved.
fn is_something_else(file: &Path, trouble: &Trouble) -> bool {
    let extension = file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let is_other = match trouble {
        Trouble::NoHeader { seen } => seen.len() < COLUMNS_OF_A_TABLE,
        Trouble::Sheet(SheetError::EncodingUnknown | SheetError::NotWorkbook) => true,
        Trouble::Sheet(SheetError::RowTooLarge { .. } | SheetError::OpenQuote { .. } | SheetError::Damaged(_)) => {
            !extension.is_empty()
        }
        _ => false,
    };
    is_other && !CLAIMED.contains(&extension.as_str())
}

/// Every row of every file.
pub(super) fn each(
    files: &mut [Pages],
    known: &Known,
    take: &mut dyn FnMut(&mut InputRow, &Signs) -> ControlFlow<()>,
) -> Result<Pass, IntakeError> {
    let mut claimed = None;
    let mut last = None;
    for pages in files {
        let (mut ended, mut first) = (false, true);
        let before = last.take();
        let pass = pages.each(known, &mut |row, signs| {
            let overlaps = std::mem::take(&mut first) && before.as_ref() == Some(&row.store);
            last = Some(row.store.clone());
            // Pages overlap by one store, from file to file as within one.
            let taken = if overlaps { ControlFlow::Continue(()) } else { take(row, signs) };
            ended |= taken.is_break();
            taken
        })?;
        match pass {
            Pass::Complete(of_file) => claimed = claimed.max(of_file),
            Pass::Again => return Ok(Pass::Again),
        }
        if ended {
            break;
        }
    }
    Ok(Pass::Complete(claimed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_in_the_order_of_their_numbers_and_litter_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["page-10.json", "page-2.json", "page-1.json", "~$a.xlsx", ".~lock.a.xlsx#", "b.json"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        fs::create_dir(dir.path().join("folder")).unwrap();
        let files = files(dir.path()).unwrap();
        let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["b.json", "page-1.json", "page-2.json", "page-10.json"]);
    }

    #[test]
    fn a_note_or_a_picture_beside_the_lists_is_passed_over_and_named_and_what_may_be_a_list_ends_everything() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
        write("page-1.json", br#"[{"poi_id": "1"}]"#);
        write("notes.txt", "pulled by Zhang, Tuesday\n".as_bytes());
        write("README", b"see the wiki\n");
        write("door.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe\xfd");
        let read = || Input::open(dir.path(), &Columns::default());
        let names = |input: &Input| -> Vec<String> {
            let place = |finding: &Finding| finding.place.as_ref().unwrap().file.clone();
            input.findings().iter().map(|found| place(found).rsplit('/').next().unwrap().to_owned()).collect()
        };
        let inputs = read().unwrap();
        assert_eq!(inputs.iter().map(names).collect::<Vec<_>>(), [["README", "door.png", "notes.txt"]]);
        for (name, bytes) in [
            ("own.txt", &b"shop\tstreet\tcity\nA\tB\tC\n"[..]),
            ("page-2.txt", b"<!doctype html><p>502"),
            ("page-4.txt", b""),
            ("notes.csv", b"hello"),
        ] {
            write(name, bytes);
            let why = read().err().unwrap_or_else(|| panic!("{name} was passed over")).to_string();
            assert!(why.contains(name), "{why}");
            fs::remove_file(dir.path().join(name)).unwrap();
        }
    }

    #[test]
    fn a_folder_of_pages_is_one_list() {
        let dir = tempfile::tempdir().unwrap();
        let page = |ids: [u32; 2]| {
            let stores: Vec<_> =
                ids.iter().map(|id| serde_json::json!({"base_info": {"poi_id": id.to_string()}})).collect();
            serde_json::json!({"errcode": 0, "business_list": stores, "total_count": 3}).to_string()
        };
        fs::write(dir.path().join("1.json"), page([1, 2])).unwrap();
        fs::write(dir.path().join("2.json"), page([2, 3])).unwrap();
        fs::write(dir.path().join("extra.csv"), "poi_id\n9\n").unwrap();
        let inputs = Input::open(dir.path(), &Columns::default()).unwrap();
        let rows = inputs.into_iter().map(|input| input.collect().unwrap());
        let ids = |input: super::super::Collected| -> Vec<String> {
            input
                .rows
                .iter()
                .map(|row| format!("{} {:?}", row.store.poi_id.as_ref().unwrap(), row.faults.len()))
                .collect()
        };
        assert_eq!(rows.map(ids).collect::<Vec<_>>(), [vec!["1 0", "2 0", "3 0"], vec!["9 0"]]);
    }
}
