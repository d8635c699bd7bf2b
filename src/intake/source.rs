//! A file opened and looked at once from end to end: its size, its hash, what its bytes say of its encoding; unpacked where
//! it is gzip. Standard input is kept in a file of its own, so that it can be read as often as any other.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::error::{IntakeError, Trouble};
use super::scan::{PIECE, look_through, scan};
use crate::sheets::{FILE_BYTES_MAX, Form, Guess, ReadSeek, SheetError};

/// How standard input is named on the command line and in places.
pub const STDIN: &str = "-";

/// What is kept in memory before it goes into a file (8 MiB).
const SPOOLED_BYTES: usize = 8 << 20;

/// Files up to this size are read once (32 MiB, some hundred thousand stores).
pub const KEPT_BYTES_MAX: u64 = 32 << 20;

/// The magic number of gzip.
const GZIP: &[u8] = &[0x1F, 0x8B];

/// So often a file may be packed: once by whoever exported it, and once more by whoever sent it on.
const GZIP_LAYERS_MAX: u32 = 2;

/// The largest file within a gzip, as a multiple of it: text hardly ever shrinks to a two-hundredth.
const GZIP_RATIO_MAX: u64 = 200;

/// Below this many bytes no ratio is absurd.
const GZIP_SMALL: u64 = 16 << 20;

/// An opened file.
pub struct Source {
    /// As the user named it.
    pub name: String,
    /// SHA-256 of the file's bytes as they lie there, in lower-case hexadecimal.
    pub sha256: String,
    /// How many bytes it has, unpacked.
    pub size: u64,
    /// What it says of its encoding.
    pub guess: Guess,
    /// What it is, as far as bytes tell: JSON is a text, too.
    pub form: Form,
    /// The first byte of a text that is not white space.
    pub start: Option<u8>,
    /// The name without an ending that only says how it was packed.
    pub plain_name: PathBuf,
    bytes: Box<dyn ReadSeek>,
}

impl Source {
    /// Opens a file on disk; [`STDIN`] is standard input. A file of at most [`KEPT_BYTES_MAX`] is read once and kept, so that
    /// nothing can become of it afterwards.
    pub fn open(path: &Path) -> Result<Self, IntakeError> {
        Self::open_up_to(path, KEPT_BYTES_MAX)
    }

    /// The same for one of many files: none of them is kept, and none stays open.
    pub(super) fn open_one_of_many(path: &Path) -> Result<Self, IntakeError> {
        Self::open_up_to(path, 0)
    }

    fn open_up_to(path: &Path, kept_bytes_max: u64) -> Result<Self, IntakeError> {
        let name = path.display().to_string();
        let failed = |why| IntakeError::of_file(&name, Trouble::Io(why));
        if path.as_os_str() == STDIN {
            let mut kept = tempfile::spooled_tempfile(SPOOLED_BYTES);
            copy_at_most(&mut io::stdin().lock(), &mut kept, FILE_BYTES_MAX).map_err(|error| error.of(&name))?;
            return Self::of(&name, Box::new(kept));
        }
        let mut file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        if !about.is_file() {
            // A pipe gives what it has once.
            let mut kept = tempfile::spooled_tempfile(SPOOLED_BYTES);
            copy_at_most(&mut file, &mut kept, FILE_BYTES_MAX).map_err(|error| error.of(&name))?;
            return Self::of(&name, Box::new(kept));
        }
        if about.len() <= kept_bytes_max {
            let mut bytes = Vec::new();
            file.take(kept_bytes_max).read_to_end(&mut bytes).map_err(failed)?;
            return Self::of(&name, Box::new(io::Cursor::new(bytes)));
        }
        Self::of(&name, Box::new(OnDisk::new(path)))
    }

    /// A file that is in memory; `name` is what places and errors call it.
    pub fn of_bytes(name: &str, bytes: &[u8]) -> Result<Self, IntakeError> {
        Self::of(name, Box::new(io::Cursor::new(bytes.to_vec())))
    }

    fn of(name: &str, bytes: Box<dyn ReadSeek>) -> Result<Self, IntakeError> {
        Self::look(name, bytes).map_err(|refusal| refusal.of(name))
    }

    fn look(name: &str, mut bytes: Box<dyn ReadSeek>) -> Result<Self, Refusal> {
        let mut plain_name = PathBuf::from(name);
        let mut size = bytes.seek(SeekFrom::End(0))?;
        if size > FILE_BYTES_MAX {
            return Err(SheetError::FileTooLarge { bytes: size }.into());
        }
        bytes.rewind()?;
        let (sha256, mut guess, mut first) = scan(&mut bytes)?;
        let limit = size.saturating_mul(GZIP_RATIO_MAX).clamp(GZIP_SMALL, FILE_BYTES_MAX);
        for _ in 0..GZIP_LAYERS_MAX {
            if !first.starts_with(GZIP) {
                break;
            }
            bytes.rewind()?;
            let mut unpacked = tempfile::spooled_tempfile(SPOOLED_BYTES);
            copy_at_most(&mut MultiGzDecoder::new(&mut bytes), &mut unpacked, limit)?;
            size = unpacked.seek(SeekFrom::End(0))?;
            unpacked.rewind()?;
            bytes = Box::new(unpacked);
            (guess, first) = look_through(&mut bytes, &mut |_| {})?;
            if plain_name.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz")) {
                plain_name.set_extension("");
            }
        }
        if first.starts_with(GZIP) {
            return Err(SheetError::PackedAgain { layers: GZIP_LAYERS_MAX }.into());
        }
        let form = Form::of(&mut *bytes)?;
        let start = if form == Form::Csv { start(&mut bytes)? } else { None };
        Ok(Self { name: name.to_owned(), sha256, size, guess, form, start, plain_name, bytes })
    }

    /// Its bytes, unpacked, from the beginning.
    #[must_use]
    pub fn into_bytes(self) -> Box<dyn ReadSeek> {
        self.bytes
    }

    /// All its bytes at once, unpacked, if they are not more than `limit`.
    pub fn whole(&mut self, limit: u64) -> Result<Vec<u8>, IntakeError> {
        let read = |bytes: &mut Box<dyn ReadSeek>| -> Result<Vec<u8>, Refusal> {
            let size = bytes.seek(SeekFrom::End(0))?;
            if size > limit {
                return Err(SheetError::FileTooLarge { bytes: size }.into());
            }
            bytes.rewind()?;
            let mut whole = Vec::new();
            bytes.read_to_end(&mut whole)?;
            Ok(whole)
        };
        read(&mut self.bytes).map_err(|refusal| refusal.of(&self.name))
    }
}

/// A file that is open only while it is read: there may be more of them than a process may have open.
struct OnDisk {
    path: PathBuf,
    file: Option<BufReader<File>>,
    at: u64,
}

impl OnDisk {
    fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), file: None, at: 0 }
    }

    fn file(&mut self) -> io::Result<&mut BufReader<File>> {
        if self.file.is_none() {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(self.at))?;
            self.file = Some(BufReader::with_capacity(PIECE, file));
        }
        self.file.as_mut().ok_or_else(|| io::Error::other("the file was closed"))
    }
}

impl Read for OnDisk {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file()?.read(into)?;
        self.at += count as u64;
        if count == 0 && !into.is_empty() {
            self.file = None;
        }
        Ok(count)
    }
}

impl io::Seek for OnDisk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            // Whoever reads from there opens it.
            SeekFrom::Start(at) => {
                self.file = None;
                at
            }
            SeekFrom::Current(_) | SeekFrom::End(_) => self.file()?.seek(to)?,
        };
        Ok(self.at)
    }
}

/// Why a file is refused, before it is known by its name.
#[derive(Debug)]
enum Refusal {
    Io(io::Error),
    Sheet(SheetError),
}

impl Refusal {
    fn of(self, name: &str) -> IntakeError {
        IntakeError::of_file(
            name,
            match self {
                Self::Io(why) | Self::Sheet(SheetError::Io(why)) => Trouble::Io(why),
                Self::Sheet(why) => Trouble::Sheet(why),
            },
        )
    }
}

impl From<io::Error> for Refusal {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

impl From<SheetError> for Refusal {
    fn from(why: SheetError) -> Self {
        Self::Sheet(why)
    }
}

fn start(bytes: &mut dyn ReadSeek) -> io::Result<Option<u8>> {
    let mut head = Vec::new();
    bytes.rewind()?;
    bytes.take(PIECE as u64).read_to_end(&mut head)?;
    Ok(crate::sheets::plain_start(&head))
}

fn copy_at_most(from: &mut dyn Read, to: &mut tempfile::SpooledTempFile, limit: u64) -> Result<(), Refusal> {
    let copied = io::copy(&mut from.take(limit.saturating_add(1)), to)?;
    to.flush()?;
    if copied > limit { Err(SheetError::UnpacksTooLarge { limit }.into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn gzip_is_unpacked_and_known_by_the_hash_of_the_file_as_it_lies_there() {
        let packed = gzip(b"poi_id\n1\n");
        let mut source = Source::of_bytes("a.csv.gz", &packed).unwrap();
        assert_eq!((source.plain_name.to_str(), source.start), (Some("a.csv"), Some(b'p')));
        assert_eq!(source.whole(100).unwrap(), b"poi_id\n1\n");
        assert_eq!(source.sha256, format!("{:x}", Sha256::digest(&packed)));
    }

    #[test]
    fn what_was_packed_twice_is_unpacked_and_what_was_packed_more_often_is_said_to_be() {
        let packed = gzip(&gzip(b"poi_id\n1\n"));
        let mut source = Source::of_bytes("a.csv.gz.gz", &packed).unwrap();
        assert_eq!((source.plain_name.to_str(), source.size), (Some("a.csv"), 9));
        assert_eq!(source.whole(100).unwrap(), b"poi_id\n1\n");
        let thrice = Source::of_bytes("a.gz", &gzip(&packed)).err().unwrap();
        assert!(matches!(thrice.trouble, Trouble::Sheet(SheetError::PackedAgain { layers: 2 })), "{thrice}");
    }

    #[test]
    fn what_unpacks_to_a_multiple_beyond_reason_is_refused() {
        let bomb = gzip(&vec![b'x'; 40 << 20]);
        let refused = Source::of_bytes("a.gz", &bomb).err().unwrap();
        assert!(matches!(refused.trouble, Trouble::Sheet(SheetError::UnpacksTooLarge { .. })), "{refused}");
        let cut = &gzip(b"poi_id\n1\n")[..15];
        assert!(matches!(Source::of_bytes("a.gz", cut).err().unwrap().trouble, Trouble::Io(_)));
    }
}
