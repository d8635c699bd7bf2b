//! A zip archive that is measured before anything in it is parsed: what its directory claims, and what its parts really
//! unpack to. Parsers allocate what a file claims; here a claim is worth nothing until it was seen.

use std::io::{self, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::damaged;
use super::source::Handle;
use crate::sheets::SheetError;
use crate::sheets::error::{ENTRIES_MAX, ENTRY_BYTES_MAX, PART_BYTES_MAX, RATIO_MAX, RATIO_TOLD_FROM};

/// An archive whose directory holds nothing absurd.
pub(super) struct Archive {
    zip: ZipArchive<Handle>,
}

impl Archive {
    /// Reads the directory.
    pub(super) fn open(source: Handle) -> Result<Self, SheetError> {
        let mut zip = ZipArchive::new(source).map_err(damaged)?;
        if zip.len() > ENTRIES_MAX {
            return Err(SheetError::TooManyEntries { entries: zip.len() });
        }
        // Entries that share their bytes are how a small archive unpacks to many large parts.
        if zip.has_overlapping_files().map_err(damaged)? || zip.has_duplicate_names() {
            return Err(SheetError::OverlappingEntries);
        }
        Ok(Self { zip })
    }

    /// The name under which the archive holds this part. Some programs write capitals and backslashes.
    pub(super) fn find(&self, part: &str) -> Option<String> {
        let is_wanted = |name: &str| name.replace('\\', "/").eq_ignore_ascii_case(part);
        self.zip.file_names().flatten().find(|name| is_wanted(name)).map(Into::into)
    }

    /// Unpacks a part that may be `bytes_max` long into `with`, which need not read it to its end. `None` if there is
    /// no such part.
    pub(super) fn read<T>(
        &mut self,
        part: &str,
        bytes_max: u64,
        with: impl FnOnce(&mut dyn Read) -> Result<T, SheetError>,
    ) -> Result<Option<T>, SheetError> {
        let Some(name) = self.find(part) else { return Ok(None) };
        let mut entry = self.zip.by_name(&name).map_err(from_zip)?;
        let (claimed, packed) = (entry.size(), entry.compressed_size());
        check_claim(&name, claimed, packed, bytes_max)?;
        let mut unpacked = Unpacked { entry: &mut entry, is_longer: false };
        let result = with(&mut unpacked);
        // A part that goes on after the size it claims was stopped there: what was read of it means nothing.
        if unpacked.is_longer {
            return Err(SheetError::EntryLies { entry: name, claimed });
        }
        result.map(Some)
    }

    /// Unpacks a small part that a parser will read as a whole, to see that it is what it claims to be.
    pub(super) fn check(&mut self, part: &str) -> Result<(), SheetError> {
        let drain = |part: &mut dyn Read| io::copy(part, &mut io::sink()).map_err(damaged).map(|_| ());
        self.read(part, PART_BYTES_MAX, drain).map(|_| ())
    }
}

fn from_zip(why: ZipError) -> SheetError {
    match why {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => SheetError::Encrypted,
        why => damaged(why),
    }
}

fn check_claim(name: &str, claimed: u64, packed: u64, bytes_max: u64) -> Result<(), SheetError> {
    let entry = || name.to_owned();
    let limit = bytes_max.min(ENTRY_BYTES_MAX);
    if claimed > limit {
        return Err(SheetError::EntryTooLarge { entry: entry(), bytes: claimed, limit });
    }
    if claimed > RATIO_TOLD_FROM && claimed / packed.max(1) > RATIO_MAX {
        return Err(SheetError::ZipBomb { entry: entry(), bytes: claimed, packed });
    }
    Ok(())
}

/// An entry's content. The archive's reader stops where the directory says that it ends.
struct Unpacked<'a, R: Read> {
    entry: &'a mut R,
    is_longer: bool,
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.entry.read(buffer).inspect_err(|why| {
            self.is_longer |= why.to_string().contains("declared uncompressed size");
        })
    }
}
