//! The report's folder: made before the work starts, and every file in it written whole.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::failure::Failure;
use crate::report::{ReportModel, render};
use crate::sheets::csv_bytes;
use crate::store::Lang;

/// Makes the folder, and makes sure that it can be written to: now, not an hour later.
pub fn prepare(dir: &Path) -> Result<(), Failure> {
    fs::create_dir_all(dir).map_err(|error| Failure::io("create", dir, &error))?;
    tempfile::NamedTempFile::new_in(dir).map_err(|error| Failure::io("write to", dir, &error))?;
    Ok(())
}

/// Writes `report.html`, `report.json` and `stores.csv`.
pub fn write(dir: &Path, model: &ReportModel<'_>, lang: Lang) -> Result<(), Failure> {
    let rendered = render(model, lang);
    let (header, rows) = rendered.csv;
    put(dir, "stores.csv", &csv_bytes(&header, &rows))?;
    put(dir, "report.json", &rendered.json)?;
    put(dir, "report.html", &rendered.html)
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
