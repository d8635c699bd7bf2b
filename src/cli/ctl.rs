//! `poilift ctl status|pause|resume`: a run that is under way, through its local socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::args::{Common, Ctl, Format};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::protocol::{ANSWER_BYTES_MAX, Answer, Order, Reply, Request, VERSION};
use super::screen::print;
use super::settings::{Settings, state_dir};
use super::socket::{Unreachable, reach};
use super::standing::Standing;
use super::zone::machine_zone;
use crate::ledger::{Ledger, canonical};
use crate::pipeline::quoted;
use crate::store::Words;
use crate::words;

/// A run that lives answers within a twentieth of a second.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Asks the run of the ledger, and says what became of it.
pub fn run(context: &Context<'_>, args: &Ctl) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let sandbox = args.sandbox.is_some();
    let ledger = settings.ledger(sandbox);
    Ledger::find(&ledger)?;
    let stream = reach(&ledger, &state_dir(context.environment)).map_err(|error| unreachable(&ledger, error))?;
    let answer = ask(&stream, args.order).map_err(|error| no_answer(&ledger, &error))?;
    let Some(standing) = &answer.status else { return Err(refused(answer.reply)) };
    let text = match context.common.format {
        Format::Json => serde_json::to_string_pretty(&answer).unwrap_or_default() + "\n",
        Format::Text => {
            let lang = context.screen.lang;
            let line = standing.line(&machine_zone());
            let said = said(args.order, answer.reply);
            let next = next(standing, context, sandbox);
            let lines = [said, Some(line), next].into_iter().flatten();
            lines.map(|words| words.get(lang).to_owned() + "\n").collect()
        }
    };
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    Ok(match answer.reply {
        Reply::Done | Reply::Already => Exit::Done,
        _ => Exit::Continue,
    })
}

/// The command that steers this ledger's run.
#[must_use]
pub fn command(order: &str, context: &Context<'_>, sandbox: bool) -> String {
    let mut arguments = arguments(order, context.common, sandbox);
    // The name of one account leads to its ledger; one that was named for it is there already.
    if context.common.ledger.is_none() {
        arguments = context.naming_account(arguments);
    }
    format!("poilift {}", quoted(&arguments))
}

fn arguments(order: &str, common: &Common, sandbox: bool) -> Vec<String> {
    let mut arguments = vec!["ctl".to_owned(), order.to_owned()];
    for (flag, value) in [("--config", &common.config), ("--ledger", &common.ledger)] {
        if let Some(value) = value {
            arguments.extend([flag.to_owned(), value.display().to_string()]);
        }
    }
    if sandbox {
        arguments.push("--sandbox".to_owned());
    }
    arguments
}

fn ask(stream: &UnixStream, order: Order) -> std::io::Result<Answer> {
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    stream.set_write_timeout(Some(ANSWER_MAX))?;
    let request = serde_json::to_string(&Request { v: VERSION, order })? + "\n";
    (&mut &*stream).write_all(request.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream.take(ANSWER_BYTES_MAX)).read_line(&mut line)?;
    if line.is_empty() {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_str(&line)?)
}

/// What became of the order, where that is not the status alone.
fn said(order: Order, reply: Reply) -> Option<Words> {
    Some(match (order, reply) {
        (Order::Status, _) => return None,
        (_, Reply::Stopping) => {
            words!("the run is stopping: there is nothing to steer"; "运行正在停止，无法暂停或恢复")
        }
        (_, Reply::Over) => {
            words!("the run is over and writes its report: there is nothing to steer"; "运行已结束，正在生成报告，无法暂停或恢复")
        }
        (Order::Pause, Reply::Already) => words!("it was paused already"; "此前已暂停"),
        (Order::Pause, _) => {
            words!("paused: nothing new begins, what is under way is finished"; "已暂停：不再开始新的请求，进行中的请求会完成")
        }
        (Order::Resume, Reply::Already) => words!("it was not paused"; "运行未处于暂停状态"),
        (Order::Resume, _) => words!("resumed: the run goes on at the same pace"; "已恢复，按原速率继续"),
    })
}

fn next(standing: &Standing, context: &Context<'_>, sandbox: bool) -> Option<Words> {
    let order = if standing.stopping || standing.phase == "reporting" {
        return None;
    } else if standing.paused {
        "resume"
    } else {
        "pause"
    };
    let command = command(order, context, sandbox);
    Some(words!("next: {command}"; "下一步：{command}"))
}

fn unreachable(path: &Path, error: Unreachable) -> Failure {
    let ledger = path.display();
    match error {
        Unreachable::NoRun if holder_lives(path).is_some() => {
            let process = holder_lives(path).unwrap_or_default();
            Failure {
                words: words!(
                    "no run answers for the ledger {ledger}, although the process {process} of its lock is alive: its socket is gone, or could not be made";
                    "账本 {ledger} 没有运行应答，但其锁文件所记的进程 {process} 仍在：套接字已被移除或未能创建"
                ),
                hint: Some(words!(
                    "kill -USR1 {process} prints where it stands, kill {process} stops it; the same command goes on";
                    "kill -USR1 {process} 打印当前状态，kill {process} 停止运行；重新运行同一命令可继续"
                )),
                exit: Exit::Continue,
            }
        }
        Unreachable::NoRun => Failure {
            words: words!("no run is under way for the ledger {ledger}"; "账本 {ledger} 当前没有正在进行的运行"),
            hint: Some(words!(
                "poilift status says where the migration stands; --ledger names another ledger";
                "用 poilift status 查看迁移进度；用 --ledger 指定其他账本"
            )),
            exit: Exit::Continue,
        },
        Unreachable::OtherUser { place, uid } => {
            let place = place.display();
            Failure::usage(
                words!("{place} belongs to another user (uid {uid}): it is not spoken to"; "{place} 属于其他用户（uid {uid}），不予连接"),
                Some(words!("run poilift ctl as the user whose run it is"; "请以启动该运行的用户身份执行 poilift ctl")),
            )
        }
        Unreachable::NotASocket(place) => {
            let place = place.display();
            Failure::usage(
                words!("{place} is no socket of a run"; "{place} 不是运行的套接字"),
                Some(
                    words!("move that file away; the next run makes its socket there"; "请移走该文件，下次运行会在此创建套接字"),
                ),
            )
        }
        Unreachable::Io(place, error) => Failure::io("connect to", &place, &error),
    }
}

/// The process that the ledger's lock names, if there is one of this number. The lock itself is not touched: a run that is
/// just beginning must not find it held.
fn holder_lives(ledger: &Path) -> Option<i32> {
    let mut lock = canonical(ledger).into_os_string();
    lock.push(".lock");
    let text = std::fs::read_to_string(lock).ok()?;
    let process: i32 = text.trim().strip_prefix("process ")?.parse().ok()?;
    let pid = rustix::process::Pid::from_raw(process)?;
    rustix::process::test_kill_process(pid).is_ok().then_some(process)
}

fn no_answer(ledger: &Path, error: &std::io::Error) -> Failure {
    let ledger = ledger.display();
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        return Failure {
            words: words!("the run of the ledger {ledger} has just ended"; "账本 {ledger} 的运行刚刚结束"),
            hint: Some(words!("poilift status says where the migration stands"; "用 poilift status 查看迁移进度")),
            exit: Exit::Continue,
        };
    }
    Failure {
        words: words!(
            "the run of the ledger {ledger} gives no answer that can be read: {error}";
            "账本 {ledger} 的运行没有返回可识别的应答：{error}"
        ),
        hint: Some(words!(
            "what was asked for may still be done: poilift ctl status says. A process that was suspended (Ctrl-Z) answers once it goes on (fg)";
            "所请求的操作仍可能被执行，请用 poilift ctl status 确认。若进程被挂起（Ctrl-Z），用 fg 恢复后即可应答"
        )),
        exit: Exit::Continue,
    }
}

fn refused(reply: Reply) -> Failure {
    let words = match reply {
        Reply::OtherUser => {
            words!("the run belongs to another user and takes no orders"; "该运行属于其他用户，不接受指令")
        }
        Reply::OtherVersion => {
            words!("the run is of another version of poilift and does not understand"; "该运行由其他版本的 poilift 启动，无法识别指令")
        }
        _ => words!("the run did not understand"; "运行无法识别该指令"),
    };
    Failure::usage(words, Some(words!("use the poilift that started the run"; "请使用启动该运行的 poilift 版本")))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::args::Cli;
    use super::*;

    #[test]
    fn an_order_that_is_printed_can_be_typed() {
        let common = |words: &[&str]| Cli::try_parse_from(words).unwrap().common;
        assert_eq!(arguments("resume", &common(&["poilift", "status"]), false), ["ctl", "resume"]);
        let common = common(&["poilift", "status", "--ledger", "门店 1.db"]);
        assert_eq!(quoted(&arguments("pause", &common, true)), "ctl pause --ledger '门店 1.db' --sandbox");
    }
}
