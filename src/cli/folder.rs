//! The report's folder: made before the work starts, every file in it written whole, and no workbook that a person has
//! edited since ever overwritten.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::failure::Failure;
use crate::report::{ReportModel, Table, render};
use crate::sheets::{csv_bytes, xlsx_bytes};
use crate::store::Lang;

/// Remembers what was written, so that an edit is noticed: file name → SHA-256.
const WRITTEN: &str = ".poilift-written.json";

/// Makes the folder, and makes sure that it can be written to: now, not an hour later.
pub fn prepare(dir: &Path) -> Result<(), Failure> {
    fs::create_dir_all(dir).map_err(|error| Failure::io("create", dir, &error))?;
    tempfile::NamedTempFile::new_in(dir).map_err(|error| Failure::io("write to", dir, &error))?;
    Ok(())
}

/// Writes the report; says where the workbook to be mended is.
pub fn write(dir: &Path, model: &ReportModel<'_>, lang: Lang) -> Result<PathBuf, Failure> {
    let rendered = render(model, lang);
    let workbook = |sheet: &str, (header, rows): &Table| {
        let failed =
            |error: crate::sheets::SheetError| Failure::io("write", dir, &std::io::Error::other(error.to_string()));
        xlsx_bytes(sheet, &texts(header), rows).map_err(failed)
    };
    put(dir, "stores.csv", &csv_bytes(&texts(&rendered.stores.0), &rendered.stores.1))?;
    put_workbook(dir, "report", &workbook(lang.pick("Stores", "门店"), &rendered.stores)?)?;
    let attention = put_workbook(dir, "attention", &workbook(lang.pick("Attention", "待处理"), &rendered.attention)?)?;
    put(dir, "report.json", &rendered.json)?;
    put(dir, "report.html", &rendered.html)?;
    Ok(dir.join(attention))
}

fn texts(header: &[String]) -> Vec<&str> {
    header.iter().map(String::as_str).collect()
}

/// Writes `stem.xlsx`, or `stem-2.xlsx` … where a person has edited the one before; says which.
fn put_workbook(dir: &Path, stem: &str, bytes: &[u8]) -> Result<String, Failure> {
    let mut written = written(dir);
    let name = free_name(stem, |name| match fs::read(dir.join(name)) {
        Ok(found) => written.get(name) == Some(&sha256(&found)) || found == bytes,
        Err(_) => true,
    });
    put(dir, &name, bytes)?;
    written.insert(name.clone(), sha256(bytes));
    let list = serde_json::to_vec_pretty(&written).unwrap_or_default();
    put(dir, WRITTEN, &list)?;
    Ok(name)
}

/// The first of `stem.xlsx`, `stem-2.xlsx` … that may be (over)written.
fn free_name(stem: &str, may_write: impl Fn(&str) -> bool) -> String {
    let first = format!("{stem}.xlsx");
    let numbered = (2..).map(|n: u32| format!("{stem}-{n}.xlsx"));
    std::iter::once(first.clone()).chain(numbered).find(|name| may_write(name)).unwrap_or(first)
}

/// A list that cannot be read remembers nothing: every workbook there is then taken for edited.
fn written(dir: &Path) -> BTreeMap<String, String> {
    fs::read(dir.join(WRITTEN)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A temporary file beside it, synced, then a rename.
pub fn put(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = dir.join(name);
    let failed = |error: std::io::Error| Failure::io("write", &path, &error);
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    readable_by_all(file.as_file()).map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Temporary files are the owner's only; a report is read by colleagues.
fn readable_by_all(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
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
    fn a_workbook_of_unknown_origin_is_taken_for_edited() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("report.xlsx"), b"mine").expect("written");
        assert_eq!(put_workbook(dir.path(), "report", b"new").expect("written"), "report-2.xlsx");
    }
}
