//! The state file: JSON Lines, a first line that says what it is, then entries. A line is written before its answer
//! leaves; it survives the death of the process, not the loss of power.

use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Settings;
use super::effect::Entry;
use super::error::SandboxError;

/// The version of the file's form.
const VERSION: u32 = 1;

/// The first line. The settings stand there for people: those given at a start are the ones that count.
#[derive(Debug, Serialize, Deserialize)]
pub struct Header {
    poilift_sandbox: u32,
    seed: u64,
    review_ms: u64,
    scenario: Value,
}

impl Header {
    /// A header that tells of these settings.
    pub fn new(settings: &Settings) -> Self {
        let review_ms = u64::try_from(settings.review_time.as_millis()).unwrap_or(u64::MAX);
        let scenario = serde_json::to_value(&settings.scenario).unwrap_or_default();
        Self { poilift_sandbox: VERSION, seed: settings.seed, review_ms, scenario }
    }
}

/// An open state file.
#[derive(Debug)]
pub struct Journal {
    file: File,
    /// Where the last whole line ends.
    length: u64,
}

impl Journal {
    /// Reads the file, if it is there, and hands every entry to `take`. A last line that was cut short is skipped. The
    /// file stays locked while what is returned lives.
    pub fn read(path: &Path, mut take: impl FnMut(Entry)) -> Result<Option<File>, SandboxError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(state(path)(source)),
        };
        lock(&file, path)?;
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line).map_err(state(path))? == 0 {
            return Ok(Some(file));
        }
        let header: Option<Header> = serde_json::from_slice(&line).ok();
        if header.is_none_or(|header| header.poilift_sandbox != VERSION) {
            return Err(SandboxError::Foreign { path: path.to_owned() });
        }
        for number in 2.. {
            line.clear();
            reader.read_until(b'\n', &mut line).map_err(state(path))?;
            if !line.ends_with(b"\n") {
                break;
            }
            let damaged = |source| SandboxError::Damaged { path: path.to_owned(), line: number, source };
            take(serde_json::from_slice(&line).map_err(damaged)?);
        }
        Ok(Some(file))
    }

    /// Writes the file anew, as a temporary one that takes the old one's place, and goes on with it.
    pub fn create(path: &Path, header: &Header, entries: impl Iterator<Item = Entry>) -> Result<Self, SandboxError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary = tempfile::NamedTempFile::new_in(folder).map_err(state(path))?;
        lock(temporary.as_file(), path)?;
        write_all(temporary.as_file(), header, entries).map_err(state(path))?;
        let mut file = temporary.persist(path).map_err(|error| state(path)(error.error))?;
        let length = file.seek(SeekFrom::End(0)).map_err(state(path))?;
        Ok(Self { file, length })
    }

    /// Writes a line. If that fails the file ends again where it ended before.
    pub fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        // Also after an attempt that failed: whatever it left behind is written over.
        self.file.seek(SeekFrom::Start(self.length))?;
        if let Err(error) = self.file.write_all(&line) {
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }
}

fn write_all(file: &File, header: &Header, entries: impl Iterator<Item = Entry>) -> io::Result<()> {
    let mut writer = BufWriter::new(file);
    serde_json::to_writer(&mut writer, header)?;
    writer.write_all(b"\n")?;
    for entry in entries {
        serde_json::to_writer(&mut writer, &entry)?;
        writer.write_all(b"\n")?;
    }
    writer.flush()
}

fn lock(file: &File, path: &Path) -> Result<(), SandboxError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => SandboxError::InUse { path: path.to_owned() },
        TryLockError::Error(source) => state(path)(source),
    })
}

fn state(path: &Path) -> impl FnOnce(io::Error) -> SandboxError + use<> {
    let path: PathBuf = path.to_owned();
    |source| SandboxError::State { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::effect::CallEntry;

    fn entry(seq: u64) -> Entry {
        let effects = Vec::new();
        Entry::Call(CallEntry {
            seq,
            at: 5,
            endpoint: None,
            poi_id: None,
            refused: None,
            ok: false,
            token: None,
            effects,
        })
    }

    fn create(path: &Path, entries: Vec<Entry>) -> Result<Journal, SandboxError> {
        Journal::create(path, &Header::new(&Settings::default()), entries.into_iter())
    }

    fn entries(path: &Path) -> Result<Vec<Entry>, SandboxError> {
        let mut entries = Vec::new();
        Journal::read(path, |entry| entries.push(entry))?;
        Ok(entries)
    }

    #[test]
    fn what_was_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.jsonl");
        assert!(entries(&path).unwrap().is_empty(), "a file that is not there has no entries");
        create(&path, vec![entry(1)]).unwrap().append(&entry(2)).unwrap();
        assert_eq!(entries(&path).unwrap(), [entry(1), entry(2)]);
    }

    #[test]
    fn a_torn_last_line_is_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.jsonl");
        drop(create(&path, vec![entry(1), entry(2)]).unwrap());
        let text = std::fs::read(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 1]).unwrap();
        assert_eq!(entries(&path).unwrap(), [entry(1)]);
    }

    #[test]
    fn a_foreign_or_damaged_file_is_an_error_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.jsonl");
        for text in ["poi_id,name\n", "{\"poilift_sandbox\":2}\n", "x"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(entries(&path), Err(SandboxError::Foreign { .. })));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        drop(create(&path, vec![entry(1)]).unwrap());
        let text = std::fs::read_to_string(&path).unwrap().replace("\"call\"", "\"cull\"");
        std::fs::write(&path, text).unwrap();
        assert!(matches!(entries(&path), Err(SandboxError::Damaged { line: 2, .. })));
    }

    #[test]
    fn two_sandboxes_cannot_hold_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.jsonl");
        let journal = create(&path, vec![entry(1)]).unwrap();
        assert!(matches!(entries(&path), Err(SandboxError::InUse { .. })));
        drop(journal);
        assert!(entries(&path).is_ok());
    }
}
