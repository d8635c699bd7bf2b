//! The program under test: started with a bare environment, watched, and ended whatever happens.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;

use super::until;

/// No run of a test takes longer than this.
const RUN_MAX: Duration = Duration::from_secs(120);

/// A run that is being prepared.
pub struct Run {
    command: Command,
    bound: Duration,
    terminal: Option<File>,
}

impl Run {
    pub fn new(root: &Path, arguments: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poilift"));
        command.args(arguments.split_whitespace()).current_dir(root.join("work")).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", root.join("home")).env("XDG_STATE_HOME", root.join("state"));
        command.env("TMPDIR", root.join("tmp")).env("LC_ALL", "C.UTF-8").env("USER", "tester");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, bound: RUN_MAX, terminal: None }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Started in another directory.
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// With a terminal as stdin and stderr: what is typed there the program reads, what it says there is stderr.
    pub fn on_a_terminal(mut self) -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        self.command.stdin(slave.try_clone().unwrap()).stderr(slave);
        self.terminal = Some(File::from(master));
        self
    }

    /// With a stdout that nobody reads: the pipe is closed before the program starts.
    pub fn end_with_closed_stdout(mut self) -> Ended {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        self.command.stdout(writer);
        self.end()
    }

    pub fn start(mut self) -> Going {
        let mut child = self.command.spawn().unwrap();
        let stdout = child.stdout.take().map_or_else(|| Pipe::new(std::io::empty()), Pipe::new);
        let stderr = match &self.terminal {
            Some(terminal) => Pipe::new(terminal.try_clone().unwrap()),
            None => Pipe::new(child.stderr.take().unwrap()),
        };
        Going { child, stdout, stderr, bound: self.bound, terminal: self.terminal.take() }
    }

    /// On a terminal: stdin and stderr are one, on which somebody types.
    pub fn on_terminal(mut self) -> (Going, Terminal) {
        let terminal = Terminal::open();
        self.command.stdin(terminal.line()).stderr(terminal.line());
        let mut child = self.command.spawn().unwrap();
        let stdout = Pipe::new(child.stdout.take().unwrap());
        let stderr = Pipe::new(terminal.keyboard.try_clone().unwrap());
        (Going { child, stdout, stderr, bound: self.bound, terminal: None }, terminal)
    }

    pub fn end(self) -> Ended {
        self.start().end()
    }
}

/// A terminal, from the side of the person at it.
pub struct Terminal {
    keyboard: File,
}

impl Terminal {
    fn open() -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        Self { keyboard: keyboard.into() }
    }

    /// Its other side, for the program.
    fn line(&self) -> File {
        let name = ptsname(&self.keyboard, Vec::new()).unwrap().into_string().unwrap();
        let not_ours = i32::try_from(OFlags::NOCTTY.bits()).unwrap();
        File::options().read(true).write(true).custom_flags(not_ours).open(name).unwrap()
    }

    /// Types these keys; `\r` is Enter, `\u{4}` Ctrl-D.
    pub fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }
}

/// What a pipe has carried so far.
struct Pipe {
    text: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Pipe {
    fn new(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = pipe.read(&mut buffer) {
                into.lock().unwrap().extend_from_slice(&buffer[..n]);
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap()).into_owned()
    }

    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.so_far()
    }
}

/// A run that goes on; killed on drop.
pub struct Going {
    child: Child,
    stdout: Pipe,
    stderr: Pipe,
    bound: Duration,
    terminal: Option<File>,
}

impl Going {
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn stdout_so_far(&self) -> String {
        self.stdout.so_far()
    }

    pub fn stderr_so_far(&self) -> String {
        self.stderr.so_far()
    }

    /// Types a line on its terminal.
    pub fn type_line(&mut self, line: &str) {
        writeln!(self.terminal.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Sends a signal: `INT`, `TERM`, `HUP`, `USR1`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success(), "kill -s {name} {pid}");
    }

    /// SIGKILL, and the end of the process awaited.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    pub fn end(mut self) -> Ended {
        let child = &mut self.child;
        let status = until("the end of the run", self.bound, || child.try_wait().unwrap());
        let (stdout, stderr) = (self.stdout.all(), self.stderr.all());
        Ended { code: status.code(), status, stdout, stderr }
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        if self.is_running() {
            self.kill();
        }
    }
}

/// A run that has ended.
#[derive(Debug)]
pub struct Ended {
    /// `None` if a signal ended it.
    pub code: Option<i32>,
    status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Fails with everything that was said unless the exit code is this one, and unless nothing panicked.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert!(!self.stderr.contains("panicked"), "{self}");
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Fails unless the process died where it stood (SIGABRT), at a crash point and not by a panic.
    #[track_caller]
    pub fn aborts(self) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        assert!(!self.stderr.contains("panicked"), "{self}");
        assert_eq!(self.status.signal(), Some(6), "{self}");
        self
    }

    /// stderr holds each of these.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not in\n{self}");
        }
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("stdout is no JSON ({error})\n{self}"))
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {:?}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}
