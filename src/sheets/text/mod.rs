//! Text with delimiters as one sheet: in whatever encoding, read block by block on all processors, given row by row in
//! order.

mod blocks;
mod delimited;
mod encoding;
mod fields;
mod pairs;

use std::io::{Read, SeekFrom};
use std::ops::ControlFlow;

pub use blocks::ROW_BYTES_MAX;
use blocks::{Block, Blocks};
use encoding::Utf8Reader;
pub use encoding::{Encoding, Guess, Sniffer};
pub use encoding::{holds_undecodable, undecodable};

use super::{ReadSeek, Row, SheetError, side_by_side};

/// A text file with delimiters, not read yet.
pub(super) struct Text {
    source: Box<dyn ReadSeek>,
    guess: Guess,
    encoding: Encoding,
    delimiter: u8,
}

impl Text {
    /// `guess` is what the whole file's bytes say; what the user says wins.
    pub(super) fn open(
        source: Box<dyn ReadSeek>,
        guess: Guess,
        encoding: Option<Encoding>,
        delimiter: Option<u8>,
    ) -> Result<Self, SheetError> {
        let encoding = encoding.or(guess.encoding).ok_or(SheetError::EncodingUnknown)?;
        let mut text = Self { source, guess, encoding, delimiter: delimiter.unwrap_or(b',') };
        if delimiter.is_none() {
            // Cut anywhere: it is only looked at.
            let begin = text.begin()?;
            text.delimiter = delimited::declared(&begin).unwrap_or_else(|| delimited::delimiter(&begin));
        }
        Ok(text)
    }

    /// The encoding that was taken.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The delimiter that was taken.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The first rows that hold anything.
    pub(super) fn head(&mut self, rows: usize) -> Result<Vec<Row<'static>>, SheetError> {
        let mut head = Vec::new();
        self.each(&|row: &Row<'_>| row.clone().into_owned(), &mut |row| {
            head.push(std::mem::take(row));
            if head.len() < rows { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        head.truncate(rows);
        Ok(head)
    }

    /// Every row that holds anything, from the top: `make` is called on several threads, `take` in the rows' order. What was
    /// made of a row goes where that of an earlier one was, on the same thread: it is let go where its like is needed next.
    pub(super) fn each<T: Send>(
        &mut self,
        make: &(dyn Fn(&Row<'_>) -> T + Sync),
        take: &mut dyn FnMut(&mut T) -> ControlFlow<()>,
    ) -> Result<(), SheetError> {
        let delimiter = self.delimiter;
        let mut blocks = Blocks::new(self.text()?, delimiter);
        let read = |block: &mut Block, rows: &mut Vec<T>| {
            let text = simdutf8::basic::from_utf8(&block.text).map_err(|_| SheetError::Changed)?;
            let mut count = 0;
            delimited::rows(text, delimiter, block.first_row, |row| {
                let new = make(row);
                match rows.get_mut(count) {
                    Some(earlier) => *earlier = new,
                    None => rows.push(new),
                }
                count += 1;
            });
            rows.truncate(count);
            Ok(())
        };
        let mut give = |rows: &mut Vec<T>| rows.iter_mut().try_for_each(&mut *take);
        side_by_side(&mut |block| blocks.next_block(block), &read, &mut give)
    }

    fn begin(&mut self) -> Result<String, SheetError> {
        const LOOKED_AT: u64 = 64 << 10;
        let mut begin = Vec::new();
        self.text()?.take(LOOKED_AT).read_to_end(&mut begin).map_err(SheetError::Io)?;
        Ok(String::from_utf8_lossy(&begin).into_owned())
    }

    fn text(&mut self) -> Result<Box<dyn Read + Send + '_>, SheetError> {
        as_utf8(&mut *self.source, self.guess, self.encoding)
    }
}

/// A file's text from the top, as UTF-8 and without a byte order mark. A byte that is no text in the encoding is marked
/// (see [`undecodable`]).
pub fn as_utf8(
    source: &mut dyn ReadSeek,
    guess: Guess,
    encoding: Encoding,
) -> Result<Box<dyn Read + Send + '_>, SheetError> {
    let marked = if Some(encoding) == guess.encoding { guess.mark_bytes } else { 0 };
    source.seek(SeekFrom::Start(marked as u64)).map_err(SheetError::Io)?;
    if guess.is_clean_utf8 && encoding == Encoding::UTF8 {
        return Ok(Box::new(source));
    }
    Ok(Box::new(Utf8Reader::new(source, encoding)))
}
