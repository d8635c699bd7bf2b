//! What lies at a ledger's name, looked at before `SQLite` opens it: it would follow a name to a device, make a new
//! database of an empty file, and throw away a write-ahead log that lies beside one.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{LedgerError, schema};
use crate::words;

/// What lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing: a ledger may be begun.
    Nothing,
    /// A file of no bytes: the beginning of a ledger that was cut short, or the end of one.
    Empty,
    /// A file with something in it.
    Content,
}

/// Looks. What cannot be a ledger, or must not be opened as it lies there, is an error; nothing is changed.
pub fn look(path: &Path) -> Result<Found, LedgerError> {
    let file = match fs::metadata(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return log_without_ledger(path).map_or(Ok(Found::Nothing), Err);
        }
        Err(source) => return Err(LedgerError::Io { path: path.to_owned(), source }),
    };
    if !file.is_file() {
        return Err(LedgerError::NotAFile { path: path.to_owned() });
    }
    // Each name would have a write-ahead log and a lock of its own.
    if file.nlink() > 1 {
        return Err(LedgerError::ManyNames { path: path.to_owned(), names: file.nlink() });
    }
    if file.len() > 0 {
        return Ok(Found::Content);
    }
    log_without_ledger(path).map_or(Ok(Found::Empty), Err)
}

/// The write-ahead log, if there is anything in it.
#[must_use]
pub fn log_with_content(path: &Path) -> Option<PathBuf> {
    let mut log = canonical(path).into_os_string();
    log.push("-wal");
    Some(PathBuf::from(log)).filter(|log| fs::metadata(log).is_ok_and(|file| file.len() > 0))
}

/// How many bytes a ledger has with its write-ahead log.
#[must_use]
pub fn size(path: &Path) -> u64 {
    let files = [Some(canonical(path)), log_with_content(path)];
    files.into_iter().flatten().filter_map(|file| fs::metadata(file).ok()).map(|file| file.len()).sum()
}

/// A write-ahead log is only ever begun beside a database of at least one page.
fn log_without_ledger(path: &Path) -> Option<LedgerError> {
    log_with_content(path).map(|log| {
        let log = log.display();
        let what = words!(
            "it holds nothing, but {log} beside it holds changes of it that no other file has";
            "文件为空，但旁边的 {log} 中有其他文件都没有的改动"
        );
        LedgerError::Damaged { path: path.to_owned(), what }
    })
}

/// Whether the head of the file says that it is a ledger: where its first bytes do not, it is a damaged one.
#[must_use]
pub fn says_ledger(path: &Path) -> bool {
    let id = head(path).map(|head| i64::from(u32::from_be_bytes([head[68], head[69], head[70], head[71]])));
    id == Some(schema::APPLICATION_ID)
}

/// Whether the head asks for a way of reading or writing that no version of `SQLite` has: such a file passes for one that
/// may only be read.
#[must_use]
pub fn asks_too_much(path: &Path) -> bool {
    head(path).is_some_and(|head| head[18] > 2 || head[19] > 2)
}

fn head(path: &Path) -> Option<[u8; 72]> {
    let mut head = [0; 72];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).ok()?;
    Some(head)
}

/// The file that a name leads to, through symbolic links: one ledger has one lock and one mark, whatever it is called.
#[must_use]
pub fn canonical(path: &Path) -> PathBuf {
    if let Ok(found) = fs::canonicalize(path) {
        return found;
    }
    // Not there yet: the link, if it is one, and else the directory, still lead somewhere.
    let path = match fs::read_link(path) {
        Ok(target) => path.parent().unwrap_or(Path::new("")).join(target),
        Err(_) => path.to_owned(),
    };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (fs::canonicalize(dir), path.file_name()) {
        (Ok(dir), Some(name)) => dir.join(name),
        _ => path,
    }
}

/// What is the same for two names of one file, whether it is there yet or not: its canonical path, without capitals, which
/// some file systems do not tell apart.
#[must_use]
pub fn same_file(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // The nearest directory that is there; the rest is only a name so far.
    let mut rest = Vec::new();
    let mut there = path.as_path();
    while !there.exists() {
        let (Some(name), Some(parent)) = (there.file_name(), there.parent()) else { break };
        rest.push(name);
        there = parent;
    }
    let mut found = canonical(there);
    found.extend(rest.into_iter().rev());
    PathBuf::from(found.to_string_lossy().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_file_are_the_same_before_it_is_there() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("link")).unwrap();
        let of = |name: &str| same_file(&dir.path().join(name));
        assert_eq!(of("ledgers/a.db"), of("link/./ledgers/A.db"));
        assert_ne!(of("ledgers/a.db"), of("ledgers/b.db"));
    }

    #[test]
    fn a_ledger_is_one_file_whatever_links_lead_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.db"), dir.path().join("link.db"));
        std::os::unix::fs::symlink("real.db", &link).unwrap();
        assert_eq!(canonical(&link), canonical(&real), "before it is there");
        assert_eq!(look(&link).unwrap(), Found::Nothing);
        fs::write(&real, b"").unwrap();
        assert_eq!(canonical(&link), canonical(&real), "and after");
        assert_eq!(look(&link).unwrap(), Found::Empty);
    }

    #[test]
    fn a_directory_a_device_and_a_file_of_two_names_are_no_ledgers() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(look(dir.path()), Err(LedgerError::NotAFile { .. })));
        assert!(matches!(look(Path::new("/dev/null")), Err(LedgerError::NotAFile { .. })));
        let (one, other) = (dir.path().join("one.db"), dir.path().join("other.db"));
        fs::write(&one, b"x").unwrap();
        assert_eq!(look(&one).unwrap(), Found::Content);
        fs::hard_link(&one, &other).unwrap();
        assert!(matches!(look(&one), Err(LedgerError::ManyNames { names: 2, .. })));
    }

    #[test]
    fn a_log_with_changes_beside_nothing_is_not_thrown_away() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = dir.path().join("a.db");
        fs::write(dir.path().join("a.db-wal"), b"frames").unwrap();
        assert!(matches!(look(&ledger), Err(LedgerError::Damaged { .. })));
        fs::write(&ledger, b"").unwrap();
        assert!(matches!(look(&ledger), Err(LedgerError::Damaged { .. })));
    }
}
