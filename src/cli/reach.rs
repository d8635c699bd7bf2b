//! The platform for a command that asks it one thing: the real one, or the embedded one. Beside it what such commands have in
//! common: the question before a write, what the ledger keeps of it, and their result on stdout.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::args::{Format, Online, Sending};
use super::books::{self, Books};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::log::{self, Log};
use super::sandbox;
use super::screen::{Answer, Screen, print};
use super::settings::Settings;
use crate::engine::Control;
use crate::ledger::{Entry, Uploaded};
use crate::pipeline::{Connection, Machine as _};
use crate::sandbox::Running;
use crate::store::{Clock, Words};
use crate::wechat::{Client, is_loopback};
use crate::wire::Endpoint;
use crate::words;

/// Whoever waits looks up this often.
const LOOK_UP: Duration = Duration::from_millis(100);

/// A way to the platform.
pub struct Reach<'a> {
    context: &'a Context<'a>,
    connection: Connection,
    control: Arc<Control>,
    clock: Clock,
    /// The appid; `sandbox` with the embedded platform.
    pub account: String,
    /// The embedded platform, as long as this lives.
    running: Option<Running>,
    /// The log, once something was about to be sent.
    log: Option<Log>,
    /// The ledger, for a command that writes.
    books: Option<Books>,
}

/// A write that is about to be sent.
pub struct Write<'w> {
    /// Where.
    pub endpoint: Endpoint,
    /// What it says.
    pub body: &'w Value,
    /// What a person sees of it.
    pub shown: Vec<String>,
    /// The question that follows.
    pub question: Words,
    /// It is answered already.
    pub yes: bool,
    /// It cannot be taken back: where nobody can be asked it needs `--yes`.
    pub is_final: bool,
}

impl<'a> Reach<'a> {
    /// Opens the way for a command that only reads; nothing is asked yet. It holds no lock, and the ledger does not know of it.
    pub fn open(context: &'a Context<'a>, online: &Online) -> Result<Self, Failure> {
        Self::open_as(context, online, None)
    }

    /// A command that writes, as a run of its own over the ledger: locked out by any other run, its calls written down whatever
    /// becomes of them.
    pub fn writing(
        context: &'a Context<'a>,
        online: &Online,
        command: &str,
        work: impl FnOnce(&mut Self) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        let mut reach = Self::open_as(context, online, Some(command))?;
        let result = work(&mut reach);
        let exit = result.as_ref().map_or_else(|failure| failure.exit, |exit| *exit);
        let calls = reach.connection.take_calls();
        let closed = reach.books.take().map_or(Ok(()), |mut books| {
            books.note(&calls)?;
            books.close(exit, reach.clock.now())
        });
        // What went wrong with the work itself says more.
        let exit = result?;
        closed?;
        Ok(exit)
    }

    fn open_as(context: &'a Context<'a>, online: &Online, writes: Option<&str>) -> Result<Self, Failure> {
        let settings = Settings::of(context);
        let (path, identity) = (settings.ledger(online.sandbox.is_some()), settings.identity(online, true));
        let base = settings.api_base(online);
        let base = Some(base.as_str()).filter(|_| online.sandbox.is_none());
        let locks = writes.map(|_| books::hold(context, &path, &identity, base)).transpose()?;
        let orders = settings.orders(&Sending::default(), online)?;
        let is_local = online.sandbox.is_some() || is_loopback(&settings.api_base(online));
        let reading = context.read_clock(is_local)?;
        let running = match &online.sandbox {
            Some(name) => {
                let (scenario, addr) = (sandbox::scenario(name)?, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
                Some(sandbox::embedded(context, &path, scenario, Vec::new(), addr)?)
            }
            None => None,
        };
        let platform = match &running {
            Some(running) => sandbox::platform(running.addr(), context.errors.clone()),
            None => settings.require_platform(online)?,
        };
        let (machine, control) = (context.machine(&reading), Arc::new(Control::new(context.stop())));
        let connection = Connection::open(&platform, orders.rate, &machine, &control)
            .map_err(|error| Failure::of_run(error, &context.errors))?;
        let clock = machine.clock();
        let books = match (writes, locks) {
            (Some(command), Some(locks)) => {
                let opened = (path.as_path(), &identity, locks);
                Some(Books::open(context, opened, command, (&reading, online.trust_clock), clock.now())?)
            }
            _ => None,
        };
        Ok(Self { context, connection, control, clock, account: identity.account, running, log: None, books })
    }

    /// Who speaks to it.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.connection.client
    }

    /// The time there.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Waits; false if somebody stopped it meanwhile.
    #[must_use]
    pub fn pause(&self, span: Duration) -> bool {
        let end = self.clock.elapsed() + span;
        while !self.control.is_stopped() {
            let left = end.saturating_sub(self.clock.elapsed());
            if left.is_zero() {
                return true;
            }
            self.clock.sleep(left.min(LOOK_UP * self.clock.speed()));
        }
        false
    }

    /// Whether the platform is the embedded one.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.running.is_some()
    }

    /// Shows what would be sent, asks, and writes down durably that it is about to be sent.
    pub fn announce(&mut self, write: &Write<'_>) -> Result<(), Failure> {
        self.ask(write)?;
        self.begin(write, write.body)
    }

    /// Shows what would be sent, and asks. With `--yes` and with the sandbox nothing is asked. Where nobody can be asked, a write
    /// that is final needs `--yes`, and so does one that was sent before; any other goes.
    pub fn ask(&self, write: &Write<'_>) -> Result<(), Failure> {
        let Write { endpoint, body, shown, question, yes, is_final } = write;
        // A change of the store mini-program made twice is made once.
        let before = match &self.books {
            Some(books) if *endpoint != Endpoint::ModifyMerchant => {
                books.sent_before(*endpoint, body, &self.context.errors)?
            }
            _ => None,
        };
        let mut shown = shown.clone();
        if let Some(before) = &before {
            let words = before.words();
            // Whoever said yes beforehand did not know of it.
            if *yes || self.is_sandbox() {
                self.warn(&words);
            }
            shown.push(words.get(self.context.screen.lang).to_owned());
        }
        self.confirm(&shown, question, *yes, *is_final || before.is_some()).map_err(|failure| match &before {
            Some(before) if failure.exit == Exit::Usage => {
                let (Words { en, zh }, said) = (before.words(), &failure.words);
                let words = Words { en: format!("{en} Now {}", said.en), zh: format!("{zh}{}", said.zh) };
                Failure { words, ..failure }
            }
            _ => failure,
        })
    }

    /// Writes down durably that it is about to be sent; `sent` is its body as it leaves, with media ids where the write that was
    /// asked about knows files by their content: so the same files are the same write, whatever ids they have.
    pub fn begin(&mut self, Write { endpoint, body, .. }: &Write<'_>, sent: &Value) -> Result<(), Failure> {
        self.note(*endpoint, sent);
        if let Some(books) = &mut self.books {
            books.announce(*endpoint, body, self.clock.now())?;
        }
        Ok(())
    }

    /// Keeps in the ledger what was uploaded.
    pub fn keep(&mut self, uploaded: Uploaded) -> Result<(), Failure> {
        match &mut self.books {
            Some(books) => Ok(books.note(&[Entry::Uploaded(uploaded)])?),
            None => Ok(()),
        }
    }

    fn confirm(&self, shown: &[String], question: &Words, yes: bool, is_final: bool) -> Result<(), Failure> {
        let screen = self.context.screen;
        if yes || self.is_sandbox() {
            return Ok(());
        }
        if !Screen::can_ask() {
            return if is_final { Err(needs_yes(question)) } else { Ok(()) };
        }
        for line in shown {
            screen.line(line);
        }
        match screen.ask(question.get(screen.lang), &|| self.control.is_stopped()) {
            Some(Answer::Yes | Answer::YesToAll) if !self.control.is_stopped() => Ok(()),
            _ => Err(Failure {
                words: words!("nothing was sent: the question was not answered with yes"; "未确认，未提交任何内容"),
                hint: None,
                exit: Exit::Continue,
            }),
        }
    }

    /// Writes what is about to be sent into the log beside the ledger, and every call from now on: a write leaves a trace,
    /// whatever becomes of its answer.
    fn note(&mut self, endpoint: Endpoint, body: &Value) {
        let log = log::start(self.context, &Settings::of(self.context).ledger(self.is_sandbox()));
        if let Some(error) = &log.trouble {
            self.warn(&words!("no log file: {error}"; "无法写日志文件：{error}"));
        }
        self.log = Some(log);
        tracing::info!(endpoint = endpoint.key(), account = %self.account, %body, "about to be sent");
    }

    /// The result on stdout: `text` for people, or one JSON document with `schema` and `account` before what is in `json`.
    pub fn show(&self, text: &str, json: Value) -> Result<(), Failure> {
        let text = match self.context.common.format {
            Format::Text => text.to_owned(),
            Format::Json => {
                let mut document = serde_json::json!({"schema": 1, "account": self.account});
                if let (Value::Object(document), Value::Object(json)) = (&mut document, json) {
                    document.extend(json);
                }
                document.to_string() + "\n"
            }
        };
        print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))
    }

    /// What to do next, on stderr.
    pub fn next(&self, words: &Words) {
        self.context.screen.status(words);
    }

    /// Something that is not as it should be, on stderr.
    pub fn warn(&self, words: &Words) {
        let lang = self.context.screen.lang;
        self.context.screen.warn_line(&format!("{}{}", lang.pick("warning: ", "注意："), words.get(lang)));
    }
}

fn needs_yes(question: &Words) -> Failure {
    Failure::usage(
        Words {
            en: format!("nobody can be asked ({}), and --yes was not given; nothing was sent", question.en),
            zh: format!("无法询问（{}），且未使用 --yes；未提交任何内容", question.zh),
        },
        Some(words!("run it on a terminal, or add --yes"; "请在终端中运行，或加上 --yes")),
    )
}
