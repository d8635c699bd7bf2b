//! What a person reads of a ledger that cannot be used: what it is, why, and the ways out, each with what it costs.

use std::path::Path;

use super::exit::Exit;
use super::failure::{Failure, with_causes};
use crate::ledger::{LedgerError, Trouble};
use crate::store::{SET_BACK_MAX, Words};
use crate::words;

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let text = with_causes(&error);
        let (exit, zh, hint) = match &error {
            LedgerError::Missing { path } => (
                Exit::Usage,
                format!("找不到账本 {}", path.display()),
                words!("run poilift migrate first, or name the ledger with --ledger FILE"; "请先运行 poilift migrate，或用 --ledger 指定账本"),
            ),
            LedgerError::NotALedger { path } => (
                Exit::Usage,
                format!("{} 不是 poilift 的账本", path.display()),
                words!("name another file with --ledger FILE"; "请用 --ledger 指定其他文件"),
            ),
            LedgerError::NotAFile { path } => (
                Exit::Usage,
                format!("{} 不是文件", path.display()),
                words!("name a file with --ledger FILE"; "请用 --ledger 指定一个文件"),
            ),
            LedgerError::ManyNames { path, .. } => (
                Exit::Usage,
                format!("{} 有多个硬链接名", path.display()),
                words!(
                    "two names of one file have two locks and two write-ahead logs: remove all names but one (find . -samefile FILE), or copy the file; nothing was sent";
                    "同一文件的多个名字会各有一把锁和一份 -wal：请只保留一个名字（find . -samefile 文件），或改为复制；未提交任何内容"
                ),
            ),
            LedgerError::Newer { path, .. } => (
                Exit::Usage,
                format!("{} 由更新版本的 poilift 写成", path.display()),
                words!("use the newer poilift; nothing was changed"; "请使用新版 poilift；账本未改动"),
            ),
            LedgerError::OtherAccount { path, .. } => (
                Exit::Usage,
                format!("{} 属于另一个账号或沙箱", path.display()),
                words!("name another ledger with --ledger FILE; nothing was changed"; "请用 --ledger 指定其他账本；账本未改动"),
            ),
            LedgerError::Locked { what, .. } => (
                Exit::Held,
                format!("另一个运行正占用 {what}"),
                words!("wait until it has ended, or stop it; nothing was sent"; "请等待其结束或停止它；未提交任何内容"),
            ),
            LedgerError::Network { path, .. } => (
                Exit::Usage,
                format!("{} 位于网络文件系统", path.display()),
                words!("keep the ledger on a local disk: --ledger FILE"; "请把账本放在本地磁盘：--ledger 文件"),
            ),
            LedgerError::ClockSetBack { path, now, newest } => (
                Exit::Usage,
                format!("本机时间为 {}，而账本 {} 最晚写于 {}", now.rfc3339(), path.display(), newest.rfc3339()),
                clock_hint(),
            ),
            LedgerError::Sqlite { path, trouble, .. } => {
                (Exit::Internal, format!("账本读写失败：{}", path.display()), trouble_hint(*trouble))
            }
            LedgerError::Io { path, source } => {
                (Exit::Internal, format!("账本读写失败：{}", path.display()), trouble_hint(trouble_of(source)))
            }
            LedgerError::Damaged { path, what } => {
                return Self {
                    words: Words { zh: format!("账本 {} 已损坏：{}", path.display(), what.zh), en: text },
                    hint: Some(damaged_hint(path)),
                    exit: Exit::Internal,
                };
            }
        };
        Self { words: Words { zh: format!("{zh}（{text}）"), en: text }, hint: Some(hint), exit }
    }
}

fn clock_hint() -> Words {
    let seconds = SET_BACK_MAX.as_secs();
    words!(
        "nothing was sent. If the clock is wrong now, set it and run the same command again; if it was wrong then and is right now, add --trust-clock once: every settle window begins anew. (A clock that is at most {seconds} s behind is taken so by itself.)";
        "未提交任何内容。若现在时间不对，请校准后重新运行同一命令；若当时不对而现在正确，请加一次 --trust-clock：所有核实等待期重新开始。（相差不超过 {seconds} 秒时自动如此处理。）"
    )
}

fn trouble_of(error: &std::io::Error) -> Trouble {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem | Kind::NotADirectory => Trouble::Access,
        Kind::StorageFull | Kind::QuotaExceeded => Trouble::Full,
        _ => Trouble::Other,
    }
}

fn trouble_hint(trouble: Trouble) -> Words {
    match trouble {
        Trouble::Busy => words!(
            "another program has the ledger open and does not let go of it: close it, then run the same command again";
            "有其他程序打开了账本且未释放：请关闭它，然后重新运行同一命令"
        ),
        Trouble::Full => {
            words!("make room on the disk, then run the same command again"; "请腾出磁盘空间，然后重新运行同一命令")
        }
        Trouble::Access => words!(
            "the ledger, and the directory it lies in, must be writable: check their permissions, then run the same command again";
            "账本及其所在目录必须可写：请检查权限，然后重新运行同一命令"
        ),
        Trouble::Device => words!(
            "the disk does not do what it was asked to: check it (and keep a copy of the ledger elsewhere), then run the same command again";
            "磁盘读写出错：请检查磁盘（并另存一份账本），然后重新运行同一命令"
        ),
        Trouble::Other => {
            words!("check the disk's space and permissions, then run the same command again"; "请检查磁盘空间与权限，然后重新运行同一命令")
        }
    }
}

/// The ways out of a damaged ledger.
fn damaged_hint(path: &Path) -> Words {
    let ledger = path.display();
    let older = older_copies(path);
    let copies = match older.as_str() {
        "" => Words::default(),
        older => words!(" ({older} is one, of before the last change of its schema)"; "（{older} 是升级结构前的副本）"),
    };
    let (en, zh) = (copies.en, copies.zh);
    words!(
        "nothing more is sent. Put {ledger} and the files beside it ({ledger}-wal, {ledger}-shm, {ledger}.mark) aside as they are, wait until the settle window has passed since the last run, then
  - put back a copy of it{en}, without the .mark: what was sent since that copy is not in it, and is known only by reading the platform, which every run does first; or
  - begin a new one with the same inputs and supplements: it reads the platform before anything is sent, and takes up only what is still at upgrade_status 0, 1 or 4. Cells taken by fill, acceptances and old records of deleted stores are only in the old one.";
        "不再提交任何内容。请将 {ledger} 及旁边的文件（{ledger}-wal、{ledger}-shm、{ledger}.mark）原样移走，等到距上次运行已超过核实等待期，然后
  - 恢复一份备份{zh}，不要带 .mark：备份之后提交的内容不在其中，只能通过查询平台得知，而每次运行都会先查询；或
  - 用相同的输入与补充表开始新账本：提交前会先查询平台，只处理 upgrade_status 仍为 0、1、4 的门店。fill 录入的内容、人工确认与已删除门店的旧资料只在旧账本中。"
    )
}

/// The copies that were made before a migration of the schema.
fn older_copies(path: &Path) -> String {
    let Some(name) = path.file_name().map(|name| format!("{}.before-schema-", name.to_string_lossy())) else {
        return String::new();
    };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut copies: Vec<String> = names.filter(|found| found.starts_with(&name)).collect();
    copies.sort();
    copies.join(", ")
}
