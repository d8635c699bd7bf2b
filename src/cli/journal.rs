//! `--journal FILE`: the events of a run as lines of JSON, for whoever follows it by program. The ledger is the truth: a
//! journal that cannot be written any more is a warning, and the run goes on.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use serde::Serialize;

use super::event::{Event, told_at};
use super::failure::Failure;
use super::screen::Screen;
use crate::pipeline::Notice;
use crate::store::{Clock, Words};
use crate::wechat::Redactor;
use crate::words;

/// The version of every line.
pub const VERSION: u32 = 1;

/// How every line begins.
const BEGINNING: &[u8] = br#"{"v":1,"seq":"#;

/// A pipe whose reader is slow is waited for once, for so long; after that its lines are left out while it is full.
const PATIENCE: Duration = Duration::from_millis(500);

/// An open target, before the run has begun.
pub struct Target {
    path: PathBuf,
    file: File,
    /// What was written last is not the end of a line.
    torn: bool,
}

impl Target {
    /// Opens it, before anything else is done.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Err(refused(path, words!("stdout carries the summary"; "标准输出用于汇总")));
        }
        if is_a_companion(path) {
            return Err(refused(
                path,
                words!("SQLite has a file of such a name beside a ledger"; "这是账本数据库附属文件的名字"),
            ));
        }
        // A pipe that nobody reads is an error at once, and one that is full keeps nobody waiting.
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
        let opened = OpenOptions::new().create(true).append(true).custom_flags(flags).open(path);
        let file = opened.map_err(|error| cannot_open(path, &error))?;
        let about = file.metadata().map_err(|error| cannot_open(path, &error))?;
        let kind = about.file_type();
        if !(kind.is_file() || kind.is_fifo() || kind.is_char_device()) {
            return Err(refused(path, words!("it is neither a file nor a pipe"; "不是文件或管道")));
        }
        let same = |other: rustix::io::Result<rustix::fs::Stat>| {
            other.is_ok_and(|other| same_file((about.dev(), about.ino()), &other))
        };
        // Two writers with two positions in one file write over one another.
        if !kind.is_char_device()
            && (same(rustix::fs::fstat(std::io::stdout())) || same(rustix::fs::fstat(std::io::stderr())))
        {
            return Err(refused(path, words!("stdout or stderr goes there already"; "标准输出或标准错误已指向该处")));
        }
        if kind.is_file() && !begins_as_a_journal(path) {
            let why =
                words!("there is a file already, and it is no journal"; "已存在同名文件，且不是运行日志（journal）");
            return Err(refused(path, why));
        }
        let torn = kind.is_file() && ends_within_a_line(path);
        Ok(Self { path: path.to_owned(), file, torn })
    }

    /// Writes one line, whole or not at all where the target allows it.
    fn write(&mut self, line: &str, patience: Duration) -> std::io::Result<()> {
        let line = if self.torn { format!("\n{line}\n") } else { format!("{line}\n") };
        let mut rest = line.as_bytes();
        let mut patience = Some(patience);
        while !rest.is_empty() {
            match self.file.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => {
                    rest = &rest[n..];
                    self.torn = !rest.is_empty();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => match patience.take() {
                    Some(patience) if !patience.is_zero() => self.wait(patience),
                    _ => return Err(error),
                },
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Until a pipe has room, or the time is over.
    fn wait(&self, patience: Duration) {
        let nanos = i64::from(patience.subsec_nanos());
        let patience = Timespec { tv_sec: i64::try_from(patience.as_secs()).unwrap_or(0), tv_nsec: nanos };
        // Whatever comes of it, the next write says how it is.
        let _ = poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], Some(&patience));
    }
}

fn same_file((dev, ino): (u64, u64), other: &rustix::fs::Stat) -> bool {
    #[allow(clippy::unnecessary_cast, clippy::cast_sign_loss, reason = "the numbers have other types on other systems")]
    let other = (other.st_dev as u64, other.st_ino as u64);
    (dev, ino) == other
}

/// Whether nothing stands there, or lines of an earlier journal: a list of stores or a ledger that was named by mistake is
/// never written into.
fn begins_as_a_journal(path: &Path) -> bool {
    let first = || -> std::io::Result<Vec<u8>> {
        let mut first = Vec::new();
        File::open(path)?.take(BEGINNING.len() as u64).read_to_end(&mut first)?;
        Ok(first)
    };
    // What was cut short in its first line begins so, too.
    first().is_ok_and(|first| BEGINNING.starts_with(&first))
}

/// A name that SQLite gives to a file beside a database.
fn is_a_companion(path: &Path) -> bool {
    let name = path.to_string_lossy();
    ["-wal", "-shm", "-journal"].into_iter().any(|suffix| name.ends_with(suffix))
}

/// A run that was killed, or a full disk, may have left half a line.
fn ends_within_a_line(path: &Path) -> bool {
    let last = || -> std::io::Result<u8> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        Ok(last[0])
    };
    last().is_ok_and(|last| last != b'\n')
}

fn cannot_open(path: &Path, error: &std::io::Error) -> Failure {
    if error.kind() == ErrorKind::NotFound || error.raw_os_error() != Some(rustix::io::Errno::NXIO.raw_os_error()) {
        let error = Words::same(error.to_string());
        return refused(path, error);
    }
    refused(path, words!("nobody reads that pipe; start its reader first"; "该管道没有读取方，请先启动读取程序"))
}

fn refused(path: &Path, why: Words) -> Failure {
    let (path, Words { en, zh }) = (path.display(), why);
    Failure::usage(
        words!("--journal {path} cannot be written: {en}; nothing was sent"; "--journal {path} 无法写入：{zh}；未提交任何内容"),
        Some(words!(
            "name a file in a folder that may be written to, or a pipe that somebody reads";
            "请指定可写目录中的文件，或有程序在读取的管道"
        )),
    )
}

/// The journal of one run. Without a target it keeps nothing.
pub struct Journal(Option<Open>);

struct Open {
    run: i64,
    account: String,
    clock: Clock,
    redactor: Redactor,
    state: Mutex<State>,
}

struct State {
    target: Target,
    seq: u64,
    failed: bool,
}

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    seq: u64,
    at: String,
    run: i64,
    account: &'a str,
    #[serde(flatten)]
    event: &'a Event<'a>,
}

impl Journal {
    /// The journal of this run, if there is a target for it.
    #[must_use]
    pub fn begin(target: Option<Target>, run: i64, account: &str, clock: Clock, redactor: Redactor) -> Self {
        Self(target.map(|target| {
            let state = Mutex::new(State { target, seq: 0, failed: false });
            Open { run, account: account.to_owned(), clock, redactor, state }
        }))
    }

    /// Writes an event down. The first that cannot be is said on the screen; a number that is missing in the journal says
    /// so there.
    pub fn tell(&self, event: &Event<'_>, screen: &Screen) {
        let Some(open) = &self.0 else { return };
        let mut state = open.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.seq += 1;
        let at = told_at(open.clock.now());
        let line = Line { v: VERSION, seq: state.seq, at, run: open.run, account: &open.account, event };
        let patience = if state.failed { Duration::ZERO } else { PATIENCE };
        // Every text in it was redacted where it came in; once more costs nothing.
        let written = serde_json::to_value(&line)
            .map_err(std::io::Error::other)
            .and_then(|line| state.target.write(&open.redactor.clean_value(line).to_string(), patience));
        if let Err(error) = written
            && !state.failed
        {
            state.failed = true;
            let path = state.target.path.display();
            let words = words!(
                "the journal {path} cannot be written: {error}; the run goes on, and the ledger has everything";
                "事件日志 {path} 无法写入：{error}；运行继续，账本记录完整"
            );
            screen.notice(&Notice::Warning(words));
        }
    }

    /// What a run tells.
    pub fn notice(&self, notice: &Notice, screen: &Screen) {
        if self.0.is_some()
            && let Some(event) = Event::of(notice)
        {
            self.tell(&event, screen);
        }
    }

    /// Whether anybody keeps it.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.0.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make_pipe(dir: &Path) -> PathBuf {
        let path = dir.join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    #[test]
    fn half_a_line_of_a_killed_run_does_not_swallow_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.ndjson");
        std::fs::write(&path, "{\"v\":1,\"seq\":1}\n{\"v\":1,\"se").unwrap();
        let mut target = Target::open(&path).unwrap();
        target.write("{}", PATIENCE).unwrap();
        target.write("{}", PATIENCE).unwrap();
        drop(target);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"v\":1,\"seq\":1}\n{\"v\":1,\"se\n{}\n{}\n");
    }

    #[test]
    fn what_cannot_be_a_journal_is_refused_before_anything_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = make_pipe(dir.path());
        for path in [dir.path(), &dir.path().join("no/where"), Path::new("-"), &fifo] {
            let failure = Target::open(path).err().unwrap();
            assert_eq!(failure.exit.code(), 2, "{}", path.display());
        }
        let words = Target::open(&fifo).err().unwrap().words;
        assert!(words.en.contains("nobody reads that pipe"), "{words}");
    }

    #[test]
    fn a_pipe_whose_reader_sleeps_is_not_waited_for_and_one_that_is_closed_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = make_pipe(dir.path());
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
        let reader = OpenOptions::new().read(true).custom_flags(flags).open(&fifo).unwrap();
        let mut target = Target::open(&fifo).unwrap();
        let line = "x".repeat(1_000);
        let full = (0..10_000).find_map(|_| target.write(&line, Duration::from_millis(1)).err());
        assert_eq!(full.map(|error| error.kind()), Some(ErrorKind::WouldBlock));
        drop(reader);
        assert_eq!(target.write(&line, PATIENCE).unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
}
