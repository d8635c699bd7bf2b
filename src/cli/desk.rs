//! The desk beside a run: one thread that answers `poilift ctl` and SIGUSR1, says when the run is paused, resumed or about
//! to stop, and keeps the journal's progress. The run never waits for it, and it never outlives the run.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::event::Event;
use super::journal::Journal;
use super::protocol::{self, Answer, REQUEST_BYTES_MAX, Reply, VERSION};
use super::screen::Screen;
use super::socket::{self, Listener};
use super::standing::{Run, Standing};
use crate::engine::{Control, Phase, Progress, logged_here};
use crate::pipeline::Notice;
use crate::store::{Clock, Words, Zone};
use crate::words;

/// The desk looks up this often.
const LOOK_UP: Duration = Duration::from_millis(50);

/// A caller who has not said what he wants by then is not listened to any more.
const CALLER_MAX: Duration = Duration::from_secs(2);

/// Callers listened to at once; others wait in the system's own queue.
const CALLERS_MAX: usize = 16;

/// A paused run says so again after this.
const REMINDER: Duration = Duration::from_secs(300);

/// The journal has the run's numbers this often while they change.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// What a desk works with.
pub struct Desk<'a> {
    /// The run's other end.
    pub control: &'a Control,
    /// Where people read.
    pub screen: &'a Screen,
    /// Where programs read.
    pub journal: &'a Journal,
    /// The run's clock.
    pub clock: Clock,
    /// In which people read times.
    pub zone: Zone,
    /// Which run.
    pub run: Run,
    /// Set by SIGUSR1.
    pub asked: Arc<AtomicBool>,
    /// Where `ctl` finds the run; `None` where no socket could be made.
    pub listener: Option<Listener>,
    /// The command that resumes the run.
    pub resume: String,
}

/// What was last told.
#[derive(Default)]
struct Told {
    paused: bool,
    stopping: bool,
    reminded: Option<Instant>,
    progress: Progress,
    progress_at: Option<Instant>,
}

impl Desk<'_> {
    /// Does the work with the desk beside it; both are over when this comes back.
    pub fn beside<T>(self, work: impl FnOnce() -> T) -> T {
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let serve = logged_here(|| self.serve(&over));
            let desk = std::thread::Builder::new().name("desk".to_owned()).spawn_scoped(scope, serve);
            // Without a thread for it nobody is answered, and the work is done all the same.
            let _closing = Closing { over: &over, desk: desk.ok().map(|desk| desk.thread().clone()) };
            work()
        })
    }

    fn serve(&self, over: &AtomicBool) {
        let mut told = Told::default();
        let mut callers = Vec::new();
        while !over.load(Ordering::Relaxed) {
            if self.asked.swap(false, Ordering::Relaxed) {
                let line = Standing::of(&self.run, self.control).line(&self.zone);
                // Also when quiet: it was asked for.
                self.screen.line(line.get(self.screen.lang));
            }
            self.tell(&mut told);
            self.answer(&mut callers);
            std::thread::park_timeout(LOOK_UP);
        }
        // What came about in the last moment belongs into the journal too.
        self.tell(&mut told);
    }

    /// Says what has changed since it was last looked at.
    fn tell(&self, told: &mut Told) {
        let seen = self.control.seen();
        let (paused, stopping) = (seen.paused_since.is_some(), self.control.is_stopped());
        if paused != told.paused {
            told.paused = paused;
            told.reminded = Some(Instant::now());
            self.record(&if paused { Event::Paused } else { Event::Resumed });
            self.say(if paused { self.paused_words() } else { resumed_words() });
        }
        if paused && !stopping && told.reminded.is_none_or(|at| at.elapsed() >= REMINDER) {
            told.reminded = Some(Instant::now());
            let resume = &self.resume;
            self.say(words!("still paused; `{resume}` goes on"; "仍处于暂停状态；运行 `{resume}` 继续"));
        }
        if stopping && !told.stopping && seen.phase != Phase::Reporting {
            told.stopping = true;
            self.record(&Event::Stopping);
            self.say(words!(
                "stopping: what is under way is finished and written down; Ctrl-C again ends at once";
                "正在停止：等待进行中的请求完成并记录；再按一次 Ctrl-C 立即退出"
            ));
        }
        let due = told.progress_at.is_none_or(|at| at.elapsed() >= PROGRESS_EVERY);
        if seen.progress != told.progress && due {
            (told.progress, told.progress_at) = (seen.progress, Some(Instant::now()));
            self.record(&Event::progress(&Standing::of(&self.run, self.control)));
        }
    }

    fn paused_words(&self) -> Words {
        let resume = &self.resume;
        words!(
            "paused on request: nothing new begins, what is under way is finished; `{resume}` goes on";
            "已按要求暂停：不再开始新的请求，进行中的请求会完成；运行 `{resume}` 继续"
        )
    }

    fn say(&self, words: Words) {
        self.screen.notice(&Notice::Stage(words));
    }

    fn record(&self, event: &Event<'_>) {
        self.journal.tell(event, self.screen);
    }

    /// Listens to everybody who is there, and waits for nobody.
    fn answer(&self, callers: &mut Vec<Caller>) {
        let Some(listener) = &self.listener else { return };
        while callers.len() < CALLERS_MAX {
            let Some(stream) = listener.accept() else { break };
            callers.push(Caller { stream, said: Vec::new(), since: Instant::now() });
        }
        callers.retain_mut(|caller| {
            let heard = caller.listen();
            if heard == Heard::NotYet {
                return caller.since.elapsed() < CALLER_MAX;
            }
            if let Heard::Line(line) = heard {
                let answer = self.obey(&caller.stream, &line);
                // It fits into the socket; whoever does not take it does not want it.
                let _ = caller.stream.write_all(answer.line().as_bytes());
            }
            false
        });
    }

    fn obey(&self, stream: &UnixStream, line: &[u8]) -> Answer {
        // The mode of the socket keeps all others out but root, who is nobody's user either.
        if !socket::peer(stream).is_ok_and(|uid| uid.is_none_or(|uid| uid == socket::own_uid())) {
            return Answer::refusal(Reply::OtherUser);
        }
        match protocol::parse(line) {
            Err(refused) => Answer::refusal(refused),
            Ok(order) => {
                let reply = protocol::obey(order, self.control, self.clock.now());
                Answer { v: VERSION, reply, status: Some(Standing::of(&self.run, self.control)) }
            }
        }
    }
}

fn resumed_words() -> Words {
    words!("resumed: the run goes on at the same pace"; "已恢复，按原速率继续")
}

/// Ends the desk when the work is over, and when it panics.
struct Closing<'a> {
    over: &'a AtomicBool,
    desk: Option<Thread>,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(desk) = &self.desk {
            desk.unpark();
        }
    }
}

/// What was heard of a caller.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    NotYet,
    Line(Vec<u8>),
    /// He has gone, or says too much.
    Gone,
}

/// Somebody at the socket.
struct Caller {
    stream: UnixStream,
    said: Vec<u8>,
    since: Instant,
}

impl Caller {
    /// Listens without waiting.
    fn listen(&mut self) -> Heard {
        let mut buffer = [0; 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Heard::Gone,
                Ok(n) => self.said.extend_from_slice(&buffer[..n]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Heard::NotYet,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return Heard::Gone,
            }
            if let Some(end) = self.said.iter().position(|byte| *byte == b'\n') {
                self.said.truncate(end);
                return Heard::Line(std::mem::take(&mut self.said));
            }
            if self.said.len() > REQUEST_BYTES_MAX {
                return Heard::Gone;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callers() -> (Caller, UnixStream) {
        let (here, there) = UnixStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        (Caller { stream: here, said: Vec::new(), since: Instant::now() }, there)
    }

    #[test]
    fn a_caller_is_heard_when_he_has_said_his_line_however_he_says_it() {
        let (mut caller, mut there) = callers();
        assert_eq!(caller.listen(), Heard::NotYet);
        there.write_all(b"{\"v\":").unwrap();
        assert_eq!(caller.listen(), Heard::NotYet);
        there.write_all(b"1}\nmore").unwrap();
        assert_eq!(caller.listen(), Heard::Line(b"{\"v\":1}".to_vec()));
    }

    #[test]
    fn a_caller_who_leaves_or_never_ends_is_let_go() {
        let (mut caller, there) = callers();
        drop(there);
        assert_eq!(caller.listen(), Heard::Gone);
        let (mut caller, mut there) = callers();
        there.write_all(&vec![b'x'; REQUEST_BYTES_MAX + 1]).unwrap();
        assert_eq!(caller.listen(), Heard::Gone);
    }
}
