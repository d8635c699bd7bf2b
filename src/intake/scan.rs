//! A file's bytes from the first to the last, once, before anything is read from it: their hash, and what they say of the
//! encoding.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, ScopedJoinHandle};

use sha2::{Digest as _, Sha256};

use crate::sheets::{Guess, Sniffer};

/// As much at a time.
pub(super) const PIECE: usize = 256 << 10;

/// So many pieces may wait to be hashed.
const PIECES_AHEAD: usize = 2;

/// So many of the first bytes are told.
const HEAD_BYTES: usize = 2;

/// From the first byte to the last: hash, encoding, the first bytes. The hash of a long file is made on a thread of its own:
/// it takes as long as everything else that is done before the first row is read.
pub(super) fn scan(bytes: &mut dyn Read) -> io::Result<(String, Guess, Vec<u8>)> {
    thread::scope(|scope| {
        let (mut hash, mut hashing) = (Sha256::new(), None);
        let looked = look_through(bytes, &mut |piece| {
            if hashing.is_none() && piece.len() == PIECE {
                hashing = Some(Hashing::begin(scope, std::mem::take(&mut hash)));
            }
            match &hashing {
                Some(hashing) => hashing.take(piece),
                None => hash.update(&piece),
            }
        });
        let hash = hashing.map_or(hash, Hashing::end);
        let (guess, first) = looked?;
        Ok((hex(&hash.finalize()), guess, first))
    })
}

/// A thread that makes a hash of pieces.
struct Hashing<'s> {
    pieces: SyncSender<Vec<u8>>,
    /// Pieces that it has seen, to be written over.
    spare: Receiver<Vec<u8>>,
    thread: ScopedJoinHandle<'s, Sha256>,
}

impl<'s> Hashing<'s> {
    /// Goes on with `hash`.
    fn begin(scope: &'s thread::Scope<'s, '_>, mut hash: Sha256) -> Self {
        let (pieces, given) = sync_channel::<Vec<u8>>(PIECES_AHEAD);
        let (give_back, spare) = channel();
        let thread = scope.spawn(move || {
            for piece in given {
                hash.update(&piece);
                // Nobody needs it any more if all is read.
                let _ = give_back.send(piece);
            }
            hash
        });
        Self { pieces, spare, thread }
    }

    /// Takes a piece, and leaves another in its place.
    fn take(&self, piece: &mut Vec<u8>) {
        let spare = self.spare.try_recv().unwrap_or_default();
        // The thread takes pieces until there are none; if it cannot, its end says why.
        let _ = self.pieces.send(std::mem::replace(piece, spare));
    }

    fn end(self) -> Sha256 {
        drop(self.pieces);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// From the first byte to the last: encoding, the first bytes; `take` gets all of them, and may keep a piece for another.
pub(super) fn look_through(bytes: &mut dyn Read, take: &mut dyn FnMut(&mut Vec<u8>)) -> io::Result<(Guess, Vec<u8>)> {
    let (mut sniffer, mut first, mut piece) = (Sniffer::default(), Vec::new(), Vec::new());
    loop {
        piece.resize(PIECE, 0);
        let count = match bytes.read(&mut piece) {
            Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if count == 0 {
            return Ok((sniffer.guess(), first));
        }
        piece.truncate(count);
        sniffer.see(&piece);
        if first.len() < HEAD_BYTES {
            first.extend(&piece[..count.min(HEAD_BYTES)]);
        }
        take(&mut piece);
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_has_the_same_hash_as_its_pieces_give() {
        for length in [PIECE - 1, PIECE, 7 * PIECE + 5] {
            let bytes: Vec<u8> = b"poi_id\n1\n".iter().copied().cycle().take(length).collect();
            assert_eq!(scan(&mut bytes.as_slice()).unwrap().0, hex(&Sha256::digest(&bytes)));
        }
    }
}
