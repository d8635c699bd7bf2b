//! A long text cut into blocks of whole rows, so that they can be read side by side; what a quotation mark opens stays in
//! one piece. The cuts are where the csv reader would end a row, and a block knows the number of its first.

use std::io::Read;

use memchr::{memchr, memchr3};

use crate::sheets::SheetError;

/// How much text a block has, about: enough that handing it around costs nothing, little enough that what is made of the rows
/// of several, ten times as much, stays near the processor.
const BLOCK_BYTES: usize = 48 << 10;

/// The longest row (4 MiB): a workbook's cell holds 32,767 characters, and what is longer is not a row of stores.
pub const ROW_BYTES_MAX: usize = 4 << 20;

/// Whole rows of a text.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Block {
    /// The text, ending where a row ends.
    pub(super) text: Vec<u8>,
    /// The number of its first row, from 1.
    pub(super) first_row: u32,
}

/// Cuts what `source` gives.
pub(super) struct Blocks<R> {
    source: R,
    delimiter: u8,
    /// What was read and not yet given.
    held: Vec<u8>,
    /// How far `held` was looked at.
    seen: usize,
    /// Where its last whole row ends.
    last_end: usize,
    /// In an open quotation mark, that of this row.
    open: Option<u32>,
    /// The number of the row at `seen`.
    row: u32,
    /// The number of the row at the beginning of `held`.
    first_row: u32,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    pub(super) fn new(source: R, delimiter: u8) -> Self {
        Self {
            source,
            delimiter,
            held: Vec::new(),
            seen: 0,
            last_end: 0,
            open: None,
            row: 1,
            first_row: 1,
            ended: false,
        }
    }

    /// Writes the next block over `block`; false at the end.
    pub(super) fn next_block(&mut self, block: &mut Block) -> Result<bool, SheetError> {
        while !self.ended && (self.held.len() < BLOCK_BYTES || self.last_end == 0) {
            self.read_more()?;
            self.look();
            if self.held.len() - self.last_end > ROW_BYTES_MAX {
                return Err(SheetError::RowTooLarge {
                    row: self.open.unwrap_or(self.row),
                    is_quoted: self.open.is_some(),
                });
            }
        }
        if self.ended {
            if let Some(row) = self.open {
                return Err(SheetError::OpenQuote { row });
            }
            self.last_end = self.held.len();
        }
        if self.held.is_empty() {
            return Ok(false);
        }
        std::mem::swap(&mut self.held, &mut block.text);
        self.held.clear();
        self.held.extend(&block.text[self.last_end..]);
        block.text.truncate(self.last_end);
        block.first_row = std::mem::replace(&mut self.first_row, self.row);
        self.seen -= self.last_end.min(self.seen);
        self.last_end = 0;
        Ok(true)
    }

    fn read_more(&mut self) -> Result<(), SheetError> {
        let before = self.held.len();
        let wanted = BLOCK_BYTES as u64;
        self.held.reserve(BLOCK_BYTES);
        (&mut self.source).take(wanted).read_to_end(&mut self.held).map_err(SheetError::Io)?;
        self.ended = self.held.len() == before;
        Ok(())
    }

    /// Looks at what is new: where rows end, and whether a quotation mark is open.
    fn look(&mut self) {
        let text = &self.held[..];
        while self.seen < text.len() {
            let found = match self.open {
                Some(_) => memchr(b'"', &text[self.seen..]),
                None => memchr3(b'"', b'\n', b'\r', &text[self.seen..]),
            };
            let Some(at) = found.map(|at| self.seen + at) else {
                self.seen = text.len();
                return;
            };
            let next = text.get(at + 1);
            // What comes next decides, and is not there yet.
            if next.is_none() && !self.ended && (text[at] == b'\r' || self.open.is_some()) {
                self.seen = at;
                return;
            }
            match (text[at], self.open) {
                (b'"', Some(_)) if next == Some(&b'"') => self.seen = at + 2,
                (b'"', Some(_)) => (self.open, self.seen) = (None, at + 1),
                (b'"', None) => {
                    let begins_field =
                        at == 0 || matches!(text[at - 1], b'\n' | b'\r') || text[at - 1] == self.delimiter;
                    self.open = begins_field.then_some(self.row);
                    self.seen = at + 1;
                }
                (end, _) => {
                    self.seen = at + 1 + usize::from(end == b'\r' && next == Some(&b'\n'));
                    self.last_end = self.seen;
                    self.row = self.row.saturating_add(1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time: every cut between two bytes is tried.
    struct Dribble<'a>(&'a [u8]);

    impl Read for Dribble<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.len().min(1).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn blocks(text: &[u8]) -> Result<Vec<Block>, SheetError> {
        let mut blocks = Blocks::new(Dribble(text), b',');
        let (mut all, mut block) = (Vec::new(), Block { text: b"what an earlier one left".to_vec(), first_row: 9 });
        while blocks.next_block(&mut block)? {
            all.push(Block { text: block.text.clone(), ..block });
        }
        Ok(all)
    }

    /// A text of many blocks: rows with line breaks in quotation marks, empty lines, all kinds of line ends.
    fn long() -> String {
        let row = |n: usize| format!("{n},\"a\r\nb\"\"{n},\n\",x\"y{}", ["\n", "\r\n", "\r", "\n\n"][n % 4]);
        (0..40_000).map(row).collect::<Vec<_>>().concat()
    }

    #[test]
    fn blocks_put_together_are_the_text_and_each_begins_where_a_row_does() {
        let text = long();
        let all = blocks(text.as_bytes()).unwrap();
        assert!(all.len() > 3);
        assert_eq!(all.iter().flat_map(|block| block.text.clone()).collect::<Vec<u8>>(), text.as_bytes());
        for block in &all {
            let begin = std::str::from_utf8(&block.text).unwrap().trim_start();
            let number = begin.split(',').next().unwrap();
            let n: u32 = number.parse().unwrap_or_else(|_| panic!("{begin:.40}"));
            // Each fourth row is followed by an empty one.
            let empty_lines = block.text.iter().take_while(|byte| **byte == b'\n').count();
            assert_eq!(block.first_row as usize, (1 + n + n / 4) as usize - empty_lines, "row of {n}");
        }
    }

    #[test]
    fn a_quotation_mark_never_closed_names_the_row_in_which_it_was_opened() {
        assert!(matches!(blocks(b"a,b\n\"x,1\nc,2\n"), Err(SheetError::OpenQuote { row: 2 })));
        assert!(matches!(blocks(b"\"a"), Err(SheetError::OpenQuote { row: 1 })));
        assert!(blocks(b"a,b\n\"x\",\"1\"").is_ok());
        assert!(blocks(b"a,b\n5\" pipe,1\n").is_ok());
    }

    #[test]
    fn a_row_of_megabytes_is_refused_before_it_is_held() {
        let quoted = [b"a\n\"".to_vec(), vec![b'x'; 10 << 20]].concat();
        let (mut reader, mut block) = (Blocks::new(&quoted[..], b','), Block::default());
        assert!(reader.next_block(&mut block).unwrap());
        assert_eq!(block, Block { text: b"a\n".to_vec(), first_row: 1 });
        assert!(matches!(reader.next_block(&mut block), Err(SheetError::RowTooLarge { row: 2, is_quoted: true })));
        let plain = vec![b'x'; 10 << 20];
        let mut reader = Blocks::new(&plain[..], b',');
        assert!(matches!(reader.next_block(&mut block), Err(SheetError::RowTooLarge { row: 1, is_quoted: false })));
    }
}
