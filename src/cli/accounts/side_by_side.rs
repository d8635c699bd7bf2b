//! Several accounts at once: a thread each, in which it runs as if it were alone. Nothing is locked that another could
//! wait for; whatever becomes of one, a panic too, is its own exit code and its own row of the table.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Job;
use crate::cli::args::Format;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, print};
use crate::cli::seat::{Among, Seat, writers_each};
use crate::cli::signals::stop_on_signals;
use crate::pipeline::quoted;
use crate::report::{AccountRow, AllAtOnce, Summary, accounts_json, accounts_text};
use crate::words;

/// Threads for the writes of all accounts together: about 170 KiB each while they work.
const WRITERS_MAX: usize = 2_048;

/// A pipeline's stack is as large as that of a program's first thread.
const STACK_BYTES: usize = 8 << 20;

/// Files and connections that are asked of the system, if it allows so many.
const DESCRIPTORS_WANTED: u64 = 65_536;

/// Some systems say that they allow any number, and give no more than this.
const DESCRIPTORS_FALLBACK: u64 = 10_240;

/// How an account ended, and its row.
type Ended = (Exit, AccountRow);

/// Runs all of them, prints the table, and answers the most severe exit.
pub fn run(context: &Context<'_>, jobs: &[Job]) -> Result<Exit, Failure> {
    let stop = stop_on_signals();
    let writers_max = writers_each(jobs.len(), WRITERS_MAX, raise_descriptors());
    let screens = context.screen.together(jobs.iter().map(|job| job.account.name.clone()).collect(), Arc::clone(&stop));
    let ended: Vec<Ended> = std::thread::scope(|scope| {
        let start = |(job, screen): (_, _)| {
            let among = Among::new(Arc::clone(&stop), writers_max);
            begin(scope, context, job, screen, among)
        };
        let threads: Vec<_> = jobs.iter().zip(&screens).map(start).collect();
        threads.into_iter().zip(jobs).map(|(thread, job)| end(context, job, thread)).collect()
    });
    screens.iter().take(1).for_each(Screen::finish_together);
    let exit = Exit::most_severe(ended.iter().map(|(exit, _)| *exit));
    let rows: Vec<AccountRow> = ended.into_iter().map(|(_, row)| row).collect();
    publish(context, &rows, exit)?;
    Ok(exit)
}

type Begun<'scope> = io::Result<ScopedJoinHandle<'scope, Ended>>;

fn begin<'scope>(
    scope: &'scope Scope<'scope, '_>,
    context: &'scope Context<'scope>,
    job: &'scope Job,
    screen: &'scope Screen,
    among: Among,
) -> Begun<'scope> {
    let builder = std::thread::Builder::new().name(job.account.name.clone()).stack_size(STACK_BYTES);
    builder.spawn_scoped(scope, move || one(context, job, screen, among))
}

fn end(context: &Context<'_>, job: &Job, begun: Begun<'_>) -> Ended {
    match begun {
        // What is left to panic in a thread is nothing that an account did.
        Ok(thread) => thread.join().unwrap_or_else(|panic| ended(context, job, Err(panicked(&*panic)), None)),
        Err(error) => {
            let failure = Failure::io("begin a thread for", Path::new(&job.account.name), &error);
            context.screen.failure(&failure);
            ended(context, job, Err(failure), None)
        }
    }
}

/// One account, from its beginning to its row.
fn one(context: &Context<'_>, job: &Job, screen: &Screen, among: Among) -> Ended {
    let seat = Seat { name: job.account.name.clone(), among: Some(among) };
    let ran = catch_unwind(AssertUnwindSafe(|| job.run(context, &seat, screen)));
    let result = ran.unwrap_or_else(|panic| Err(panicked(&*panic)));
    let among = seat.among.as_ref();
    if let (Err(failure), Some(among)) = (&result, among) {
        tracing::dispatcher::with_default(&among.log(), || screen.failure(failure));
    }
    let ended = ended(context, job, result, among.and_then(Among::summary));
    let code = ended.1.exit;
    screen.status(&words!("ended, exit {code}"; "已结束，退出码 {code}"));
    ended
}

fn ended(context: &Context<'_>, job: &Job, result: Result<Exit, Failure>, summary: Option<Summary>) -> Ended {
    let lang = context.screen.lang;
    let again = format!("poilift {}", quoted(&job.arguments));
    let (exit, why, next) = match (result, &summary) {
        (Err(failure), _) => (failure.exit, failure.words.get(lang).to_owned(), again),
        (Ok(exit), Some(summary)) => (exit, summary.next.why.clone(), summary.next.command.clone()),
        (Ok(exit), None) => (exit, String::new(), String::new()),
    };
    let (name, appid) = (job.account.name.clone(), job.file.appid.clone().unwrap_or_default());
    (exit, AccountRow { name, appid, exit: exit.code(), why, next, summary })
}

/// The table, for people or as JSON.
fn publish(context: &Context<'_>, rows: &[AccountRow], exit: Exit) -> Result<(), Failure> {
    let (lang, colour) = (context.screen.lang, context.screen.colour);
    let text = match context.common.format {
        Format::Json => format!("{:#}\n", accounts_json(rows, exit.code())),
        Format::Text => {
            let wanted = context.common.accounts.clone().unwrap_or_default();
            let of_one = |name: &str| quoted(&["--account".to_owned(), name.to_owned()]);
            let of_all = quoted(&["--accounts".to_owned(), wanted]);
            accounts_text(rows, lang, colour, &AllAtOnce { of_one: &of_one, of_all: &of_all })
        }
    };
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))
}

/// A panic ends one account, and none of the others.
fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Failure {
        words: words!("the program failed in this account: {said}"; "程序在该账号中出现缺陷：{said}"),
        hint: Some(words!(
            "what was under way is written down, and the next run settles it before it sends anything; please report this with the log file";
            "进行中的请求已记录，下次运行会先核实再提交；请附日志文件反馈"
        )),
        exit: Exit::Internal,
    }
}

/// Asks the system for as many open files and connections as it allows; answers how many there may be now.
fn raise_descriptors() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(DESCRIPTORS_WANTED, |most| most.min(DESCRIPTORS_WANTED));
    for current in [wanted, wanted.min(DESCRIPTORS_FALLBACK)] {
        if limit.current.is_none_or(|now| now < current) {
            let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum });
            if raised.is_ok() {
                return usize::try_from(current).unwrap_or(usize::MAX);
            }
        }
    }
    limit.current.and_then(|now| usize::try_from(now).ok()).unwrap_or(usize::MAX)
}
