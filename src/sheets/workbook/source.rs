//! Where a workbook's bytes come from: a file or memory, read at several places at once.

use std::io::{Error, Read, Result, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use crate::sheets::ReadSeek;

/// A place in a source that others read too: calamine keeps one for itself, and what it reads is measured beside it.
#[derive(Clone)]
pub(super) struct Handle {
    source: Arc<Mutex<Box<dyn ReadSeek>>>,
    at: u64,
    length: u64,
}

impl Handle {
    /// At the first byte.
    pub(super) fn new(mut source: Box<dyn ReadSeek>) -> Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        Ok(Self { source: Arc::new(Mutex::new(source)), at: 0, length })
    }

    /// How many bytes the source has.
    pub(super) fn length(&self) -> u64 {
        self.length
    }
}

impl Read for Handle {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        // Every read seeks first: whoever died in the middle of one has left nothing that matters.
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.seek(SeekFrom::Start(self.at))?;
        let read = source.read(buffer)?;
        self.at += u64::try_from(read).map_err(Error::other)?;
        Ok(read)
    }
}

impl Seek for Handle {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| Error::other("a place before the first byte"))?;
        Ok(self.at)
    }
}
