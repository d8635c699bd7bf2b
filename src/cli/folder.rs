//! The report's folder: made before the work starts, every file in it written whole, and no workbook that a person has
//! edited since ever overwritten.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::failure::Failure;
use crate::report::{ReportModel, render};
use crate::sheets::{SheetError, csv_bytes, xlsx_bytes};
use crate::store::Lang;

/// Remembers what was written, so that an edit is noticed.
const WRITTEN: &str = ".poilift-written.json";

/// File name → SHA-256 of what was written, and of what was about to be written: both are ours.
type Written = BTreeMap<String, Vec<String>>;

/// Makes the folder, and makes sure that it can be written to: now, not an hour later.
pub fn prepare(dir: &Path) -> Result<(), Failure> {
    // The name is always the same: if it cannot be removed, the next run does.
    let trial = dir.join(".poilift-trial.part");
    fs::create_dir_all(dir).map_err(|error| Failure::io("create", dir, &error))?;
    let remove = || match fs::remove_file(&trial) {
        // Another account tries the same folder.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    };
    fs::write(&trial, b"").and_then(|()| remove()).map_err(|error| Failure::io("write to", dir, &error))
}

/// Writes the report; says where the workbook to be mended is.
pub fn write(dir: &Path, model: &ReportModel<'_>, lang: Lang) -> Result<PathBuf, Failure> {
    let failed = |error: SheetError| unwritable(dir, &error);
    let rendered = render(model, lang).map_err(failed)?;
    let (header, rows) = &rendered.stores;
    put(dir, "stores.csv", &csv_bytes(&texts(header), rows))?;
    let report = xlsx_bytes(lang.pick("Stores", "门店"), &texts(header), rows).map_err(failed)?;
    put_workbook(dir, "report", &report)?;
    let attention = put_workbook(dir, "attention", &rendered.attention)?;
    put(dir, "report.json", &rendered.json)?;
    put(dir, "report.html", &rendered.html)?;
    sync(dir)?;
    Ok(dir.join(attention))
}

/// A workbook that cannot be made.
pub fn unwritable(path: &Path, error: &SheetError) -> Failure {
    Failure::io("write", path, &std::io::Error::other(super::failure::with_causes(error)))
}

fn texts(header: &[String]) -> Vec<&str> {
    header.iter().map(String::as_str).collect()
}

/// Writes `stem.xlsx`, or `stem-2.xlsx` … where a person has edited the one before; says which. What is about to be written
/// is remembered first: a run that ends in between leaves no workbook that looks like somebody's own.
pub fn put_workbook(dir: &Path, stem: &str, bytes: &[u8]) -> Result<String, Failure> {
    let mut written = written(dir)?;
    let about_to_be = sha256(bytes);
    let (name, there) = free_name(dir, stem, |name, there| {
        *there == about_to_be || written.get(name).is_some_and(|ours| ours.contains(there))
    })?;
    let mut ours: Vec<String> = there.into_iter().collect();
    ours.push(about_to_be);
    ours.dedup();
    written.insert(name.clone(), ours);
    // Even if it says nothing new: its temporary file may be left from a run that ended in between.
    put(dir, WRITTEN, &serde_json::to_vec_pretty(&written).unwrap_or_default())?;
    sync(dir)?;
    put(dir, &name, bytes)?;
    Ok(name)
}

/// The first of `stem.xlsx`, `stem-2.xlsx` … that is not there or is ours, and the SHA-256 of what is there. One that cannot
/// be read may be anybody's: it is an error.
fn free_name(
    dir: &Path,
    stem: &str,
    is_ours: impl Fn(&str, &String) -> bool,
) -> Result<(String, Option<String>), Failure> {
    let numbered = (2..).map(|n: u32| format!("{stem}-{n}.xlsx"));
    for name in std::iter::once(format!("{stem}.xlsx")).chain(numbered) {
        match read(&dir.join(&name))?.map(|bytes| sha256(&bytes)) {
            Some(there) if !is_ours(&name, &there) => {}
            there => return Ok((name, there)),
        }
    }
    unreachable!("there are more numbers than files")
}

/// A list that makes no sense remembers nothing: every workbook there is then taken for edited.
fn written(dir: &Path) -> Result<Written, Failure> {
    let list = read(&dir.join(WRITTEN))?;
    Ok(list.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

/// What is in a file, or `None` if there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::io("read", path, &error)),
    }
}

/// The names in the folder survive a loss of power, too.
pub fn sync(dir: &Path) -> Result<(), Failure> {
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| Failure::io("write to", dir, &error))
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A temporary file beside it, synced, then a rename. Its name is always the same, so that what a killed run left behind is
/// overwritten by the next one.
pub fn put(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let (path, temporary) = (dir.join(name), dir.join(format!(".{name}.part")));
    let written = fs::File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| {
            crash_point!("report-before-rename");
            fs::rename(&temporary, &path)
        });
    written.map_err(|error| Failure::io("write", &path, &error))?;
    crash_point!("report-after-rename");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_that_somebody_edited_is_never_overwritten() {
        let dir = tempfile::tempdir().expect("a folder");
        let put = |bytes: &[u8]| put_workbook(dir.path(), "attention", bytes).expect("written");
        assert_eq!(put(b"one"), "attention.xlsx");
        assert_eq!(put(b"two"), "attention.xlsx");
        fs::write(dir.path().join("attention.xlsx"), b"two, mended").expect("edited");
        assert_eq!(put(b"three"), "attention-2.xlsx");
        assert_eq!(put(b"four"), "attention-2.xlsx");
        assert_eq!(fs::read(dir.path().join("attention.xlsx")).expect("kept"), b"two, mended");
    }

    #[test]
    fn a_workbook_whose_writing_was_cut_short_is_not_taken_for_edited() {
        let dir = tempfile::tempdir().expect("a folder");
        let put = |bytes: &[u8]| put_workbook(dir.path(), "report", bytes).expect("written");
        put(b"one");
        // The run that wrote "two" ended between the list and the workbook, and one after it just behind the workbook.
        let part = dir.path().join(".report.xlsx.part");
        fs::create_dir(&part).expect("in the way");
        put_workbook(dir.path(), "report", b"two").expect_err("the workbook cannot be written");
        fs::remove_dir(&part).expect("out of the way");
        assert_eq!(put(b"three"), "report.xlsx");
        assert_eq!(put(b"three"), "report.xlsx");
        assert_eq!(put(b"four"), "report.xlsx");
    }

    #[test]
    fn a_workbook_or_a_list_that_cannot_be_read_is_not_written_over() {
        for unreadable in ["report.xlsx", WRITTEN] {
            let dir = tempfile::tempdir().expect("a folder");
            // A directory cannot be read as a file, whoever runs the test.
            fs::create_dir(dir.path().join(unreadable)).expect("a directory");
            let failure = put_workbook(dir.path(), "report", b"new").expect_err("an error");
            assert!(failure.words.en.contains(unreadable), "{}", failure.words.en);
        }
    }

    #[test]
    fn a_workbook_of_unknown_origin_is_taken_for_edited() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("report.xlsx"), b"mine").expect("written");
        assert_eq!(put_workbook(dir.path(), "report", b"new").expect("written"), "report-2.xlsx");
    }
}
