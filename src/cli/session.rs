//! What every command that works on a ledger does before and after its work: inputs, locks, ledger, sandbox, clock,
//! signals; then summary, report and exit code.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::args::{Online, Sending};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::folder;
use super::settings::{Settings, state_dir};
use super::{log, sandbox, summary};
use crate::config::Environment;
use crate::engine::{EngineError, Halt, read_clocks};
use crate::intake::{Input, SupplementFile, read_input, read_supplement};
use crate::ledger::{Identity, Ledger, Lock, RunStart, lock_account, lock_ledger, refuse_network};
use crate::pipeline::{
    Ended, Machine as _, Notice, Orders, PipelineError, PlatformSettings, Preview, ThisMachine, Work,
};
use crate::report::Kind;
use crate::sandbox::{Running, Scenario};
use crate::store::{LegacyStore, Stamp, Words};
use crate::wechat::{authority, is_loopback};
use crate::wire::ErrorTable;
use crate::words;

/// A command that works on a ledger.
pub struct Session<'a> {
    context: &'a Context<'a>,
    command: &'static str,
    orders: Orders,
    online: &'a Online,
    yes: bool,
    report: Option<PathBuf>,
}

/// The work itself, in the pipeline's words.
pub type Job<'j> = dyn FnOnce(&mut Work<'_>, Option<&PlatformSettings>) -> Result<Ended, PipelineError> + 'j;

impl<'a> Session<'a> {
    /// A session of `command` with these orders.
    #[must_use]
    pub fn new(context: &'a Context<'a>, command: &'static str, orders: Orders, online: &'a Online) -> Self {
        Self { context, command, orders, online, yes: false, report: None }
    }

    /// The same, for a command that sends: it may ask, and it writes a report.
    #[must_use]
    pub fn sending(self, sending: &Sending) -> Self {
        let report = Settings::report(sending.report.as_deref(), self.online.sandbox.is_some());
        Self { yes: sending.yes, report: Some(report), ..self }
    }

    /// Runs it, from the locks to the summary. `platform` is `None` for work that needs none; with `--sandbox` the
    /// embedded platform takes its place, loaded with `stores`.
    pub fn run(
        self,
        ledger_path: &Path,
        identity: &Identity,
        platform: Option<PlatformSettings>,
        stores: Vec<LegacyStore>,
        job: Box<Job<'_>>,
    ) -> Result<Exit, Failure> {
        // Everything that can be wrong with the words of the command comes before anything is made.
        let scenario = self.online.sandbox.as_deref().map(sandbox::scenario).transpose()?;
        let _locks = self.lock(ledger_path, identity, platform.as_ref())?;
        let mut ledger = Ledger::open(ledger_path, identity)?;
        let reading = read_clocks();
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
        let (running, platform) = embedded(ledger_path, scenario, platform, stores, &self.context.errors)?;
        let machine = ThisMachine::since(&reading).with_writers(self.context.writers_max());
        let clock = machine.clock();
        let run_id = ledger.begin_run(&run_start(self.context, self.command, clock.now()))?;
        let stop = self.context.stop();
        let tell = |notice: Notice| self.context.screen.notice(&notice);
        let confirm = |preview: &Preview| self.confirm(preview, identity);
        let person = person(self.context.environment);
        let (result, scope, rate);
        (ledger, result, scope, rate) = {
            let mut work = Work::new(ledger, run_id, &self.orders, &machine, &person, stop, &tell, &confirm);
            let result = job(&mut work, platform.as_ref());
            let rate = work.rate();
            let scope = work.rows().map(|rows| rows.iter().map(|row| row.id).collect::<Vec<_>>());
            match work.into_ledger() {
                Some(ledger) => (ledger, result, scope, rate),
                None => return Err(result.err().unwrap_or(PipelineError::NotConnected).into()),
            }
        };
        self.context.screen.finish();
        drop(running);
        let exit = self.conclude(&ledger, result, &scope?, rate, clock.now());
        let code = exit.as_ref().map_or_else(|failure| failure.exit, |exit| *exit);
        ledger.end_run(run_id, code.code(), clock.now())?;
        exit
    }

    fn lock(
        &self,
        ledger: &Path,
        identity: &Identity,
        platform: Option<&PlatformSettings>,
    ) -> Result<Vec<Lock>, Failure> {
        refuse_network(ledger)?;
        if let Some(dir) = ledger.parent().filter(|dir| !dir.as_os_str().is_empty() && !dir.exists()) {
            return Err(Failure::usage(
                words!("there is no folder {} for the ledger"; "账本所在目录 {} 不存在", dir.display()),
                None,
            ));
        }
        let mut locks = vec![lock_ledger(ledger)?];
        if let Some(platform) = platform {
            let account = locked_account(&identity.account, &platform.transport.api_base);
            locks.push(lock_account(&state_dir(self.context.environment), &account)?);
        }
        Ok(locks)
    }

    /// The question before the first write. With the sandbox, and with `--yes`, none is asked; where nobody can be asked
    /// only deletions need `--yes`.
    fn confirm(&self, preview: &Preview, identity: &Identity) -> Result<bool, PipelineError> {
        if self.yes || self.online.sandbox.is_some() {
            return Ok(true);
        }
        let screen = self.context.screen;
        // One account at a time; the stop of all of them answers for those that still wait.
        let turn = screen.turn();
        if let Some(answer) = turn.answered() {
            return Ok(answer);
        }
        let Preview { adds, deletes, bodies } = preview;
        let question = words!("send {adds} add_store and {deletes} delpoi for {}? Neither can be undone.";
            "即将为 {} 提交 {adds} 次 add_store、{deletes} 次 delpoi，无法撤销。继续？", identity.account);
        if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            for body in bodies {
                screen.line(&format!("  {body}"));
            }
        }
        match screen.ask(question.get(screen.lang)) {
            Some(answer) => Ok(turn.take(answer)),
            None if *deletes > 0 => Err(PipelineError::NeedsYes { deletes: *deletes }),
            None => Ok(true),
        }
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
                let failure = Failure::of_run(error, &self.context.errors);
                if readable {
                    self.publish(ledger, scope, rate, now, Some(&failure.words))?;
                }
                return Err(failure);
            }
        };
        let refused = self.why_it_stopped(&ended);
        let by_account = refused.as_ref().filter(|_| ended.halt == Some(Halt::Account));
        let summary = self.publish(ledger, scope, rate, now, by_account)?;
        if self.orders.dry_run {
            return Ok(Exit::Done);
        }
        Ok(match ended.halt {
            Some(Halt::Account) => Exit::Account,
            Some(Halt::Stopped) if Exit::of(&summary) != Exit::Done => Exit::Continue,
            Some(Halt::Stopped | Halt::PlatformDown) | None => Exit::of(&summary),
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
            None => return None,
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
        stopped_by: Option<&Words>,
    ) -> Result<crate::report::Summary, Failure> {
        let context = self.context;
        if let Some(dir) = &self.report {
            // Where it will be, for the next command; an edited one moves it, which is noted once it is known.
            ledger.set_meta(summary::ATTENTION, &dir.join("attention.xlsx").display().to_string())?;
        }
        let count = || -> Result<summary::Made, Failure> {
            let mut made = summary::Made::from_ledger(ledger, Some(scope), context, rate, now)?;
            if let Some(why) = stopped_by {
                made.stopped_by(why, context);
            }
            Ok(made)
        };
        let mut made = count()?;
        if let Some(dir) = &self.report {
            let workbook = folder::write(dir, &made.model(now), context.screen.lang)?.display().to_string();
            if ledger.meta(summary::ATTENTION)?.as_ref() != Some(&workbook) {
                ledger.set_meta(summary::ATTENTION, &workbook)?;
                made = count()?;
            }
        }
        let kind = match stopped_by {
            Some(_) => Kind::Failed,
            None if self.orders.dry_run => Kind::DryRun,
            None => Kind::Run,
        };
        made.print(context, kind, self.report.as_deref())?;
        Ok(made.summary)
    }
}

/// The embedded platform in the real one's place, if a scenario asks for it.
fn embedded(
    ledger: &Path,
    scenario: Option<Scenario>,
    platform: Option<PlatformSettings>,
    stores: Vec<LegacyStore>,
    errors: &ErrorTable,
) -> Result<(Option<Running>, Option<PlatformSettings>), Failure> {
    let Some(scenario) = scenario else { return Ok((None, platform)) };
    let running = sandbox::embedded(ledger, scenario, stores, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let platform = sandbox::platform(running.addr(), errors.clone());
    Ok((Some(running), Some(platform)))
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

/// Reads inputs, all of them before anything else happens.
pub fn read_inputs(settings: &Settings<'_>, files: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let columns = settings.columns()?;
    files.iter().map(|file| read_input(file, &columns).map_err(Failure::from)).collect()
}

/// Reads supplements, all of them before anything else happens.
pub fn read_supplements(settings: &Settings<'_>, files: &[PathBuf]) -> Result<Vec<SupplementFile>, Failure> {
    let columns = settings.columns()?;
    files.iter().map(|file| read_supplement(file, &columns).map_err(Failure::from)).collect()
}

/// The stores of all inputs.
#[must_use]
pub fn stores_of(inputs: &[Input]) -> Vec<LegacyStore> {
    inputs.iter().flat_map(|input| input.rows.iter().map(|row| row.store.clone())).collect()
}

/// The first SIGINT, SIGTERM or SIGHUP asks to stop; a second SIGINT ends the program at once with 130.
#[must_use]
pub fn stop_on_signals() -> Arc<AtomicBool> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    const SIGXFSZ: i32 = 25;
    let stop = Arc::new(AtomicBool::new(false));
    let interrupted = Arc::new(AtomicBool::new(false));
    // In this order: the second SIGINT finds what the first one has set.
    // A file that may not grow is an error of its write (EFBIG), not the end of the process.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    let _ = signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&interrupted));
    let _ = signal_hook::flag::register(SIGINT, Arc::clone(&interrupted));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    }
    stop
}

/// Who runs the program.
#[must_use]
pub fn person(environment: &Environment<'_>) -> String {
    let named = ["USER", "LOGNAME"].into_iter().filter_map(environment).find(|name| !name.is_empty());
    named.unwrap_or_else(|| rustix::process::getuid().as_raw().to_string())
}
