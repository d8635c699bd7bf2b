//! A long text cut into blocks of whole lines, so that they can be read side by side.

use std::io::Read;

use memchr::{memchr, memrchr};

use crate::intake::error::Trouble;
use crate::sheets::SheetError;

/// The longest line of JSON Lines (64 MiB); pages of the platform hold 50 stores.
pub(super) const LINE_BYTES_MAX: usize = 64 << 20;

/// So many bytes of lines are handed to a thread at a time, about.
const BLOCK_BYTES: usize = 128 << 10;

/// Cuts what `source` gives.
pub(super) struct Lines<R> {
    source: R,
    /// What was read and not yet given: the beginning of a line.
    rest: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, rest: Vec::new() }
    }

    /// Writes the next lines over `block`; false at the end. Only the last one of all may lack its line feed.
    pub(super) fn next_block(&mut self, block: &mut Vec<u8>) -> Result<bool, Trouble> {
        block.clear();
        block.append(&mut self.rest);
        loop {
            let looked_at = block.len();
            let wanted = BLOCK_BYTES as u64;
            let read = (&mut self.source).take(wanted).read_to_end(block).map_err(Trouble::Io)?;
            if read == 0 {
                return Ok(!block.is_empty());
            }
            if let Some(end) = memrchr(b'\n', &block[looked_at..]) {
                self.rest.extend(&block[looked_at + end + 1..]);
                block.truncate(looked_at + end + 1);
                return Ok(true);
            }
            if block.len() > LINE_BYTES_MAX {
                return Err(Trouble::Sheet(SheetError::FileTooLarge { bytes: block.len() as u64 }));
            }
        }
    }
}

/// The lines of a block, with the carriage returns that may end them.
pub(super) fn lines_of(block: &str) -> impl Iterator<Item = &str> {
    let mut rest = block;
    std::iter::from_fn(move || {
        let end = memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_whole_lines_and_together_the_text() {
        let text: Vec<u8> =
            (0..9_000).flat_map(|n: usize| format!("{n}{}\n", "x".repeat(n % 97)).into_bytes()).collect();
        let text = [text, vec![b'y'; 3 * BLOCK_BYTES], b"\nlast".to_vec()].concat();
        let (mut lines, mut block, mut all) =
            (Lines::new(&text[..]), b"what an earlier one left".to_vec(), Vec::<u8>::new());
        let mut count = 0;
        while lines.next_block(&mut block).unwrap() {
            all.extend(&block);
            count += 1;
            assert!(block.ends_with(b"\n") || all.len() == text.len());
        }
        assert!(all == text && count > 4, "{count}");
    }
}
