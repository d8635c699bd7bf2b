//! This machine: settings, clock, disk, file system, ledger.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::line::Line;
use crate::cli::args::Online;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::settings::{Settings, state_dir};
use crate::engine::{ROOM_MAX, read_clocks};
use crate::ledger::{Ledger, LedgerError, refuse_network};
use crate::words;

/// Every variable that is read; another of this name is a slip of the finger.
const VARIABLES: [&str; 12] = [
    "POILIFT_API_BASE",
    "POILIFT_APPID",
    "POILIFT_SECRET",
    "POILIFT_ACCESS_TOKEN",
    "POILIFT_RATE",
    "POILIFT_CONCURRENCY",
    "POILIFT_LEDGER",
    "POILIFT_SETTLE_WINDOW",
    "POILIFT_TIMEOUT",
    "POILIFT_CALLBACK_TOKEN",
    "POILIFT_CALLBACK_AES_KEY",
    "POILIFT_CLOCK",
];

/// Less room than this, and a ledger of some thousand stores with its report does not fit.
const ROOM_NEEDED_BYTES: u64 = 200 * 1024 * 1024;

/// Less than this is worth a word.
const ROOM_WISHED_BYTES: u64 = 1024 * 1024 * 1024;

/// A durable write that takes longer makes a run slow: it does two for each store, some hundred in one.
const SYNC_SLOW: Duration = Duration::from_millis(100);

/// How often a durable write is tried.
const SYNCS: u32 = 5;

/// The ledger may be so much later than the clock: it is what a run bears, too.
const BEHIND_MAX: Duration = crate::store::SET_BACK_MAX;

/// Whether the settings make sense, all of them.
pub fn configuration(settings: &Settings<'_>, online: &Online) -> Vec<Line> {
    let sending = crate::cli::args::Sending::default();
    let checked = (settings.orders(&sending, online).map(|_| ()))
        .and_then(|()| settings.columns().map(|_| ()))
        .and_then(|()| settings.platform(online).map(|_| ()));
    vec![match checked {
        Ok(()) => Line::good("configuration", words!("every value makes sense"; "各项取值有效")),
        Err(failure) => Line::failed("configuration", failure),
    }]
}

/// Everything else.
pub fn lines(context: &Context<'_>, settings: &Settings<'_>, online: &Online) -> Vec<Line> {
    let ledger = settings.ledger(online.sandbox.is_some());
    let mut lines = vec![environment()];
    lines.extend(secret_files(settings));
    let dir = folder_of(&ledger);
    if dir.is_dir() {
        lines.push(disk(&dir));
        lines.push(file_system(&ledger, &dir));
    } else {
        let shown = dir.display();
        lines.push(Line::bad(
            "file_system",
            Exit::Usage,
            words!("there is no folder {shown} for the ledger"; "账本所在目录 {shown} 不存在"),
            words!("make it, or name another ledger with --ledger FILE"; "请创建该目录，或用 --ledger 指定其他账本"),
        ));
    }
    lines.push(state_directory(&state_dir(context.environment)));
    lines.push(open_files());
    lines.push(ledger_line(&ledger, settings, online));
    lines
}

fn environment() -> Line {
    let unknown: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("POILIFT_") && !VARIABLES.contains(&name.as_str()))
        .collect();
    if unknown.is_empty() {
        return Line::good("environment", words!("no unknown POILIFT_ variable"; "没有未知的 POILIFT_ 变量"));
    }
    let names = unknown.join(", ");
    let known = VARIABLES.join(", ");
    Line::warning(
        "environment",
        words!("nothing reads {names}"; "没有任何功能读取 {names}"),
        words!("check the spelling; known are {known}"; "请检查拼写；可用变量：{known}"),
    )
}

/// A secret that others on the machine can read is none.
fn secret_files(settings: &Settings<'_>) -> Vec<Line> {
    let look = |path: &Path| {
        let shown = path.display();
        match std::fs::metadata(path) {
            Ok(found) if found.permissions().mode() & 0o077 != 0 => Line::warning(
                "secret_files",
                words!("{shown} can be read by others on this machine"; "本机其他用户可读取 {shown}"),
                words!("chmod 600 {shown}"; "chmod 600 {shown}"),
            ),
            Ok(_) => Line::good("secret_files", words!("{shown} is the owner's alone"; "{shown} 仅所有者可读")),
            Err(error) => Line::failed("secret_files", Failure::io("read", path, &error)),
        }
    };
    settings.secret_files().into_iter().map(look).collect()
}

fn folder_of(ledger: &Path) -> PathBuf {
    let dir = ledger.parent().filter(|dir| !dir.as_os_str().is_empty());
    dir.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn disk(dir: &Path) -> Line {
    let shown = dir.display();
    let Ok(found) = rustix::fs::statvfs(dir) else {
        return Line::skipped("disk", words!("{shown} does not tell its room"; "无法读取 {shown} 的剩余空间"));
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let mib = free / (1024 * 1024);
    let said = words!("{mib} MiB free in {shown}"; "{shown} 剩余 {mib} MiB");
    let hint = words!(
        "make room: a ledger of 10,000 stores with its report takes about 200 MiB";
        "请腾出空间：1 万家门店的账本与报告约需 200 MiB"
    );
    match free {
        ..ROOM_NEEDED_BYTES => Line::bad("disk", Exit::Internal, said, hint),
        ROOM_NEEDED_BYTES..ROOM_WISHED_BYTES => Line::warning("disk", said, hint),
        ROOM_WISHED_BYTES.. => Line::good("disk", said),
    }
}

/// Local, writable, and how long a durable write takes.
fn file_system(ledger: &Path, dir: &Path) -> Line {
    if let Err(error) = refuse_network(ledger) {
        return Line::failed("file_system", error.into());
    }
    match durable_write(dir) {
        Err(error) => Line::failed("file_system", Failure::io("write into", dir, &error)),
        Ok(took) => {
            let ms = took.as_secs_f64() * 1000.0;
            let said = words!("local, and a durable write takes {ms:.1} ms"; "本地磁盘，一次落盘 {ms:.1} ms");
            if took < SYNC_SLOW {
                return Line::good("file_system", said);
            }
            let hint =
                words!("keep the ledger on a faster disk: --ledger FILE"; "请把账本放在更快的磁盘：--ledger 文件");
            Line::warning("file_system", said, hint)
        }
    }
}

/// The median of some small writes with their syncs, in a file that is gone afterwards.
fn durable_write(dir: &Path) -> std::io::Result<Duration> {
    let mut file = tempfile::tempfile_in(dir)?;
    let mut took = Vec::new();
    for _ in 0..SYNCS {
        let begun = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        took.push(begun.elapsed());
    }
    took.sort();
    Ok(took[took.len() / 2])
}

/// Where the locks of accounts lie.
fn state_directory(dir: &Path) -> Line {
    let here = dir.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("/"));
    let shown = dir.display();
    match tempfile::tempfile_in(here) {
        Ok(_) => Line::good("state_dir", words!("the account's lock goes into {shown}"; "账号锁位于 {shown}")),
        Err(error) => Line::failed("state_dir", Failure::io("write into", dir, &error)),
    }
}

/// A connection is an open file, and there may be as many as requests are under way.
fn open_files() -> Line {
    let wanted = ROOM_MAX as u64 + 100;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    match limit {
        Some(limit) if limit < wanted => Line::warning(
            "open_files",
            words!("this shell allows {limit} open files"; "当前最多打开 {limit} 个文件"),
            words!(
                "ulimit -n 4096, or a --concurrency well below {limit}";
                "ulimit -n 4096，或使用明显小于 {limit} 的 --concurrency"
            ),
        ),
        _ => Line::good("open_files", words!("enough for {ROOM_MAX} requests at once"; "足够 {ROOM_MAX} 个并发请求")),
    }
}

fn ledger_line(path: &Path, settings: &Settings<'_>, online: &Online) -> Line {
    let shown = path.display();
    let ledger = match Ledger::open_to_read(path) {
        Ok(ledger) => ledger,
        Err(LedgerError::Missing { .. }) => {
            return Line::good("ledger", words!("{shown} will be begun"; "将新建 {shown}"));
        }
        Err(error) => return Line::failed("ledger", error.into()),
    };
    match looked_at(&ledger, path, settings, online) {
        Ok(line) => line,
        Err(error) => Line::failed("ledger", error.into()),
    }
}

/// Whose it is, how many stores it has, and whether the clock agrees with it.
fn looked_at(ledger: &Ledger, path: &Path, settings: &Settings<'_>, online: &Online) -> Result<Line, LedgerError> {
    let shown = path.display();
    let (found, wanted) = (ledger.identity()?, settings.identity(online, true));
    let differs = |found: &str, wanted: &str| !found.is_empty() && !wanted.is_empty() && found != wanted;
    if differs(&found.account, &wanted.account) || differs(&found.platform, &wanted.platform) {
        let (found, wanted) =
            (format!("{} ({})", found.account, found.platform), format!("{} ({})", wanted.account, wanted.platform));
        return Err(LedgerError::OtherAccount { path: path.to_owned(), found, wanted });
    }
    let (now, newest) = (read_clocks().wall, ledger.any_write_at()?.unwrap_or_default());
    if newest.since(now) > BEHIND_MAX {
        return Err(LedgerError::ClockSetBack { path: path.to_owned(), now, newest });
    }
    let stores = ledger.stores(None)?.len();
    Ok(Line::good("ledger", words!("{shown}: whole, {stores} stores"; "{shown}：完好，{stores} 家门店")))
}
