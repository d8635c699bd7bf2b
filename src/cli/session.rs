//! What every command that works on a ledger does before and after its work: inputs, locks, ledger, sandbox, clock,
//! signals; then summary, report and exit code.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::args::{Online, Sending};
use super::context::Context;
use super::desk::Desk;
use super::event::Event;
use super::exit::Exit;
use super::failure::Failure;
use super::files::look_into;
use super::folder;
use super::journal::Journal;
use super::rehearsal::Known;
use super::screen::{Answer, Screen};
use super::settings::{Settings, state_dir};
use super::signals::questions;
use super::socket::Listener;
use super::standing::Run;
use super::together::Turn;
use super::zone::machine_zone;
use super::{ctl, journal, log, question, sandbox, summary};
use crate::config::Environment;
use crate::engine::{Control, EngineError, Halt, Phase};
use crate::intake::{Input, Pass};
use crate::ledger::{Identity, Ledger, Lock, RunStart, StoreRow, canonical, lock_account, lock_ledger, refuse_network};
use crate::pipeline::{
    Ended, Machine as _, Notice, Orders, PipelineError, PlatformSettings, Preview, ThisMachine, WaveEnd, WaveEndKind,
    Work,
};
use crate::report::Kind;
use crate::sandbox::{Running, Scenario};
use crate::store::{BulkJob, Clock, LegacyStore, Stamp, Words};
use crate::wechat::{ReadError, authority, is_loopback};
use crate::words;

/// A command that works on a ledger.
pub struct Session<'a> {
    context: &'a Context<'a>,
    command: &'static str,
    orders: Orders,
    online: &'a Online,
    yes: bool,
    report: Option<PathBuf>,
    journal: Option<PathBuf>,
    /// What is known of the real platform, where this run rehearses it.
    known: Option<Known>,
}

/// A run that has begun.
struct Going<'g> {
    run_id: i64,
    identity: &'g Identity,
    machine: &'g ThisMachine,
    control: &'g Arc<Control>,
    journal: &'g Journal,
}

/// The work itself, in the pipeline's words.
pub type Job<'j> = dyn FnOnce(&mut Work<'_>, Option<&PlatformSettings>) -> Result<Ended, PipelineError> + 'j;

impl<'a> Session<'a> {
    /// A session of `command` with these orders.
    #[must_use]
    pub fn new(context: &'a Context<'a>, command: &'static str, orders: Orders, online: &'a Online) -> Self {
        Self { context, command, orders, online, yes: false, report: None, journal: None, known: None }
    }

    /// The same, for a command that sends: it may ask, and it writes a report.
    #[must_use]
    pub fn sending(self, sending: &Sending) -> Self {
        let report = Settings::report(sending.report.as_deref(), self.orders.job, self.online.sandbox.is_some());
        Self { yes: sending.yes, report: Some(report), ..self }.keeping(sending.journal.as_deref())
    }

    /// The same, with a journal of its events.
    #[must_use]
    pub fn keeping(self, journal: Option<&Path>) -> Self {
        Self { journal: journal.map(Path::to_owned), ..self }
    }

    /// Runs it, from the locks to the summary. `platform` is `None` for work that needs none; with `--sandbox` the
    /// embedded platform takes its place, loaded with `stores`.
    pub fn run(
        mut self,
        ledger_path: &Path,
        identity: &Identity,
        platform: Option<PlatformSettings>,
        stores: Vec<LegacyStore>,
        job: Box<Job<'_>>,
    ) -> Result<Exit, Failure> {
        // Everything that can be wrong with the words of the command comes before anything is made.
        let scenario = self.online.sandbox.as_deref().map(sandbox::scenario).transpose()?;
        self.orders.images.as_deref().map_or(Ok(()), look_into)?;
        let api_base = Settings::of(self.context).api_base(self.online);
        self.context.read_clock(scenario.is_some() || is_loopback(&api_base))?;
        let journal = self.journal.as_deref().map(journal::Target::open).transpose()?;
        let control = Arc::new(Control::new(self.context.stop()));
        let base = platform.as_ref().map(|platform| platform.transport.api_base.as_str());
        let _locks = locks(self.context, ledger_path, &identity.account, base)?;
        let ledger = Ledger::open(ledger_path, identity)?.of_job(self.orders.job);
        self.context.clock_of(&ledger)?;
        let reading = self.context.read_clock(true)?;
        if platform.is_some() || scenario.is_some() {
            ledger.begin_session(&reading, self.online.trust_clock)?;
        }
        if let Some(dir) = &self.report {
            folder::prepare(dir)?;
        }
        let log = log::start(self.context, ledger_path);
        if let Some(error) = &log.trouble {
            self.context.screen.notice(&Notice::Warning(words!("no log file: {error}"; "无法写日志文件：{error}")));
        }
        let rehearses = self.orders.job == BulkJob::Migrate && !self.orders.dry_run && self.report.is_some();
        self.known = scenario.as_ref().filter(|_| rehearses).map(|_| Known::of(self.context));
        let known = self.known.as_ref();
        let (running, platform) = embedded((self.context, known), ledger_path, scenario, platform, stores)?;
        let machine = self.context.machine(&reading).with_writers(self.context.writers_max());
        let clock = machine.clock();
        let run_id = ledger.begin_run(&run_start(self.context, self.command, clock.now()))?;
        let redactor = platform.as_ref().map(|platform| platform.redactor.clone()).unwrap_or_default();
        let journal = Journal::begin(journal, run_id, &identity.account, machine.clock(), redactor);
        let desk = self.desk(ledger_path, identity, (run_id, clock.now()), (&control, &journal, machine.clock()));
        let going = Going { run_id, identity, machine: &machine, control: &control, journal: &journal };
        desk.beside(|| self.go(ledger, &going, platform.as_ref(), running, job))
    }

    /// The work, and what follows it; the desk is beside it all the while.
    fn go(
        &self,
        mut ledger: Ledger,
        going: &Going<'_>,
        platform: Option<&PlatformSettings>,
        running: Option<Running>,
        job: Box<Job<'_>>,
    ) -> Result<Exit, Failure> {
        let Going { run_id, identity, machine, control, journal } = *going;
        let clock = machine.clock();
        let screen = self.context.screen;
        let tell = |notice: Notice| {
            journal.notice(&notice, screen);
            screen.notice(&notice);
        };
        let confirm = |preview: &Preview| self.confirm(preview, identity, control);
        let go_on = |end: &WaveEnd| self.goes_on(end, control);
        let person = person(self.context.environment);
        let (result, scope, rate);
        (ledger, result, scope, rate) = {
            let steered = Arc::clone(control);
            let mut work = Work::new(ledger, run_id, &self.orders, machine, &person, steered, &tell, &confirm);
            work.go_on = &go_on;
            let result = job(&mut work, platform);
            let rate = work.rate();
            let scope = work.covered();
            match work.into_ledger() {
                Some(ledger) => (ledger, result, scope, rate),
                None => return Err(result.err().unwrap_or(PipelineError::NotConnected).into()),
            }
        };
        control.enter(Phase::Reporting, clock.now());
        screen.finish();
        drop(running);
        let scope = scope?;
        let exit = self.conclude(&ledger, result, &scope, rate, clock.now());
        let code = exit.as_ref().map_or_else(|failure| failure.exit, |exit| *exit);
        ledger.end_run(run_id, code.code(), clock.now())?;
        self.end_journal(journal, &ledger, &scope, code);
        exit
    }

    /// The desk beside the run. That no socket can be made for it is said, and nothing else is different.
    fn desk<'d>(
        &self,
        ledger: &Path,
        identity: &Identity,
        (number, began_at): (i64, Stamp),
        (control, journal, clock): (&'d Control, &'d Journal, Clock),
    ) -> Desk<'d>
    where
        'a: 'd,
    {
        let Context { environment, screen, .. } = self.context;
        let listener = Listener::begin(ledger, &state_dir(environment)).inspect_err(|error| {
            screen.notice(&Notice::Warning(words!(
                "poilift ctl does not reach this run: {error}";
                "poilift ctl 无法连接本次运行：{error}"
            )));
        });
        let run = Run {
            number,
            pid: std::process::id(),
            command: self.command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            account: identity.account.clone(),
            ledger: canonical(ledger).display().to_string(),
            began_at,
        };
        journal.tell(&Event::began(&run), screen);
        let resume = ctl::command("resume", self.context, self.online.sandbox.is_some());
        let (zone, asked, listener) = (machine_zone(), questions(), listener.ok());
        Desk { control, screen, journal, clock, zone, run, asked, listener, resume }
    }

    fn end_journal(&self, journal: &Journal, ledger: &Ledger, scope: &[i64], exit: Exit) {
        if !journal.is_kept() {
            return;
        }
        let mut by_state: BTreeMap<&str, u64> = BTreeMap::new();
        let mut see = |row: StoreRow| *by_state.entry(row.state.key()).or_default() += 1;
        // The journal ends as well as it can.
        let _ = ledger.each_store(Some(scope), &mut see);
        journal.tell(&Event::RunEnded { exit: exit.code(), by_state }, self.context.screen);
    }

    /// The question before the first write. With the sandbox, and with `--yes`, none is asked; where nobody can be asked
    /// only deletions need `--yes`.
    fn confirm(&self, preview: &Preview, identity: &Identity, control: &Control) -> Result<bool, PipelineError> {
        if self.asks_nothing() {
            return Ok(true);
        }
        let screen = self.context.screen;
        // One account at a time; the stop of all of them answers for those that still wait.
        let turn = screen.turn();
        if let Some(answer) = turn.answered() {
            return if answer { Ok(true) } else { Err(ReadError::Stopped.into()) };
        }
        if Screen::can_ask() {
            for line in question::before_the_first_write(preview, &identity.account, screen.lang) {
                screen.line(&line);
            }
        }
        match screen.ask(question::SEND.pick(screen.lang), &|| control.is_stopped()) {
            Some(_) if control.is_stopped() => Err(ReadError::Stopped.into()),
            Some(answer) => Ok(turn.take(answer)),
            None if preview.removals() > 0 => Err(PipelineError::NeedsYes { deletes: preview.removals() }),
            None => Ok(true),
        }
    }

    /// The question after a wave that went wrong. Whoever wants no question, or cannot be asked, is not taken to have said
    /// yes.
    fn goes_on(&self, end: &WaveEnd, control: &Control) -> bool {
        if self.asks_nothing() || !Screen::can_ask() {
            return false;
        }
        let screen = self.context.screen;
        let turn = screen.turn();
        if matches!(turn, Turn::Stopped) {
            return false;
        }
        for line in question::of_wave(end, screen.lang) {
            screen.line(&line);
        }
        // A yes to all accounts was one to the first write, and is none to a wave that went wrong.
        let answer = screen.ask(question::GO_ON.pick(screen.lang), &|| control.is_stopped());
        answer.is_some_and(|answer| answer != Answer::No)
    }

    fn asks_nothing(&self) -> bool {
        self.yes || self.online.sandbox.is_some()
    }

    /// The summary, the report and the exit code; after a failure too, where something may have been done before it.
    fn conclude(
        &self,
        ledger: &Ledger,
        result: Result<Ended, PipelineError>,
        scope: &[i64],
        rate: Option<crate::engine::Rate>,
        now: Stamp,
    ) -> Result<Exit, Failure> {
        let ended = match result {
            Ok(ended) => ended,
            Err(error) => {
                // A ledger that failed has nothing to report.
                let readable =
                    !matches!(error, PipelineError::Ledger(_) | PipelineError::Engine(EngineError::Ledger(_)));
                let lacks_images = matches!(error, PipelineError::Images { .. });
                let failure = Failure::of_run(error, &self.context.errors);
                if readable {
                    let words = &failure.words;
                    let why = if lacks_images { Why::NoImages(words) } else { Why::Failed(words) };
                    self.publish(ledger, scope, rate, now, why)?;
                }
                return Err(failure);
            }
        };
        let refused = self.why_it_stopped(&ended);
        let by_account = refused.as_ref().filter(|_| ended.halt == Some(Halt::Account));
        let why = match (by_account, &ended.wave) {
            (Some(words), _) => Why::Failed(words),
            (None, Some(end)) => Why::Wave(end),
            (None, None) => Why::Ended,
        };
        // Whoever was asked has read it above the question.
        let was_asked = |end: &&WaveEnd| end.kind == WaveEndKind::Stopped && !self.asks_nothing() && Screen::can_ask();
        if let Some(end) = ended.wave.as_ref().filter(|end| !was_asked(end)) {
            for line in question::of_wave(end, self.context.screen.lang) {
                self.context.screen.warn_line(&line);
            }
        }
        let summary = self.publish(ledger, scope, rate, now, why)?;
        if ended.put_off > 0 {
            let n = ended.put_off;
            self.context.screen.notice(&Notice::Warning(words!(
                "what the sheet says of {n} stores is not taken up yet: run the same command again";
                "表中 {n} 家门店的新内容尚未提交：请再次运行同一命令"
            )));
        }
        if self.orders.dry_run {
            return Ok(Exit::Done);
        }
        Ok(match ended.halt {
            Some(Halt::Account) => Exit::Account,
            Some(Halt::Stopped) if Exit::of(&summary) != Exit::Done => Exit::Continue,
            None if ended.wave.is_some() => Exit::Continue,
            None if ended.put_off > 0 && matches!(Exit::of(&summary), Exit::Done | Exit::NeedsPerson) => Exit::Continue,
            Some(Halt::Stopped | Halt::PlatformDown | Halt::Enough) | None => Exit::of(&summary),
        })
    }

    /// Says why a run sent nothing more, with the platform's words if there are some.
    fn why_it_stopped(&self, ended: &Ended) -> Option<Words> {
        let why = match ended.halt {
            Some(Halt::Account) => words!("the platform refused the account"; "平台拒绝了该账号的请求"),
            Some(Halt::PlatformDown) => {
                words!("the platform does not answer; nothing more was sent"; "平台无应答，已停止提交")
            }
            Some(Halt::Stopped) => {
                words!("stopped on request; what was under way is written down"; "已按要求停止，进行中的请求已记录")
            }
            None if ended.words.is_some() => words!("one kind of call was stopped"; "一类调用已停止"),
            // What went wrong with a wave is told with the wave.
            Some(Halt::Enough) | None => return None,
        };
        let why = match &ended.words {
            Some(words) => Words { en: format!("{}: {}", why.en, words.en), zh: format!("{}：{}", why.zh, words.zh) },
            None => why,
        };
        self.context.screen.notice(&Notice::Warning(why.clone()));
        Some(why)
    }

    fn publish(
        &self,
        ledger: &Ledger,
        scope: &[i64],
        rate: Option<crate::engine::Rate>,
        now: Stamp,
        why: Why<'_>,
    ) -> Result<crate::report::Summary, Failure> {
        let context = self.context;
        if let Some(dir) = self.report.as_ref().filter(|_| self.orders.job == BulkJob::Migrate) {
            // Where it will be, for the next command; an edited one moves it, which is noted once it is known.
            ledger.set_meta(summary::ATTENTION, &dir.join("attention.xlsx").display().to_string())?;
        }
        let count = || -> Result<summary::Made, Failure> {
            let mut made = summary::Made::from_ledger(ledger, Some(scope), context, rate, now, self.report.is_some())?;
            match why {
                Why::Failed(words) => made.stopped_by(words, context),
                Why::NoImages(words) => made.lacks_images(words, context),
                Why::Wave(end) => made.waves_ended(end, self.orders.waves.as_ref(), ledger, context)?,
                Why::Ended => {}
            }
            if let Some(known) = self.known.as_ref().filter(|_| !matches!(why, Why::Failed(_) | Why::NoImages(_))) {
                made.rehearsed(known, self.orders.rate, context, now)?;
            }
            Ok(made)
        };
        let mut made = count()?;
        if let Some(dir) = &self.report {
            let supplied = made.supplied(ledger)?;
            let workbook = folder::write(dir, &made.model(&supplied, now), context.screen.lang)?.display().to_string();
            if self.orders.job == BulkJob::Migrate && ledger.meta(summary::ATTENTION)?.as_ref() != Some(&workbook) {
                ledger.set_meta(summary::ATTENTION, &workbook)?;
                made = count()?;
            }
        }
        let kind = match why {
            Why::Failed(_) | Why::NoImages(_) => Kind::Failed,
            Why::Wave(_) | Why::Ended if self.orders.dry_run => Kind::DryRun,
            Why::Wave(_) | Why::Ended => Kind::Run,
        };
        if let Some(rehearsal) = &made.summary.rehearsal {
            context.screen.status(&rehearsal.grounds());
        }
        made.print(context, kind, self.report.as_deref())?;
        Ok(made.summary)
    }
}

/// How a run ended, for its summary.
#[derive(Clone, Copy)]
enum Why<'e> {
    /// As its stores stand.
    Ended,
    /// Early, for this reason.
    Failed(&'e Words),
    /// Early, because the folder of pictures is not there.
    NoImages(&'e Words),
    /// Between two waves.
    Wave(&'e WaveEnd),
}

/// The embedded platform in the real one's place, if a scenario asks for it.
fn embedded(
    (context, known): (&Context<'_>, Option<&Known>),
    ledger: &Path,
    scenario: Option<Scenario>,
    platform: Option<PlatformSettings>,
    stores: Vec<LegacyStore>,
) -> Result<(Option<Running>, Option<PlatformSettings>), Failure> {
    let Some(scenario) = scenario else { return Ok((None, platform)) };
    let manner = match known {
        Some(known) => (known.teach(scenario), known.latency()),
        None => (scenario, Duration::ZERO),
    };
    let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let running = sandbox::answering_after(context, ledger, manner, stores, addr)?;
    let platform = sandbox::platform(running.addr(), context.errors.clone());
    Ok((Some(running), Some(platform)))
}

/// The ledger for one run at a time, and the account: that of the real platform at this address.
pub fn locks(context: &Context<'_>, ledger: &Path, appid: &str, api_base: Option<&str>) -> Result<Vec<Lock>, Failure> {
    refuse_network(ledger)?;
    if let Some(dir) = ledger.parent().filter(|dir| !dir.as_os_str().is_empty() && !dir.exists()) {
        return Err(Failure::usage(
            words!("there is no folder {} for the ledger"; "账本所在目录 {} 不存在", dir.display()),
            None,
        ));
    }
    let mut locks = vec![lock_ledger(ledger)?];
    if let Some(api_base) = api_base {
        let account = locked_account(appid, api_base);
        locks.push(lock_account(&state_dir(context.environment), &account)?);
    }
    Ok(locks)
}

/// What is locked of an account: the appid alone, for the platform has many names. A server on this machine is another
/// platform at every port.
fn locked_account(appid: &str, api_base: &str) -> String {
    match authority(api_base).rsplit_once(':') {
        Some((_, port)) if is_loopback(api_base) => format!("{appid}@loopback-{port}"),
        _ => appid.to_owned(),
    }
}

/// How a run is noted in the ledger.
#[must_use]
pub fn run_start(context: &Context<'_>, command: &str, at: Stamp) -> RunStart {
    RunStart {
        command: command.to_owned(),
        arguments: context.arguments.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        person: person(context.environment),
        at,
    }
}

/// The stores of all inputs, for the embedded platform.
pub fn stores_of(inputs: &mut [Input]) -> Result<Vec<LegacyStore>, Failure> {
    let mut stores = Vec::new();
    for input in inputs {
        let begin = stores.len();
        loop {
            let pass = input.read(&mut |row| {
                stores.push(row.store);
                ControlFlow::Continue(())
            })?;
            match pass {
                Pass::Complete { .. } => break,
                Pass::Again => stores.truncate(begin),
            }
        }
    }
    Ok(stores)
}

/// Who runs the program.
#[must_use]
pub fn person(environment: &Environment<'_>) -> String {
    let named = ["USER", "LOGNAME"].into_iter().filter_map(environment).find(|name| !name.is_empty());
    named.unwrap_or_else(|| rustix::process::getuid().as_raw().to_string())
}
