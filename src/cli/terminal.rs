//! A line typed on the terminal, awaited only as long as somebody wants it.

use std::io::stdin;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Whoever waits looks up this often, in milliseconds.
const LOOK_UP_MS: i64 = 100;

/// The next line, or `None` once `stopped` says that it is not wanted any more, or if none can be read.
pub fn typed_line(stopped: &dyn Fn() -> bool) -> Option<String> {
    while !stopped() {
        if is_ready()? {
            let mut line = String::new();
            return stdin().read_line(&mut line).ok().map(|_| line);
        }
    }
    None
}

/// Whether a line, or the end of the input, is there; a terminal hands over whole lines.
fn is_ready() -> Option<bool> {
    let stdin = stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let patience = Timespec { tv_sec: 0, tv_nsec: LOOK_UP_MS * 1_000_000 };
    match poll(&mut fds, Some(&patience)) {
        Ok(ready) => Some(ready > 0),
        // A signal: whether it matters is looked at first.
        Err(Errno::INTR) => Some(false),
        Err(_) => None,
    }
}
