//! One run at a time: an operating system's lock on a file beside the ledger, and one per account in the user's state
//! directory, so that two ledgers cannot drive one account. Never on the database itself: closing another descriptor of
//! it would drop `SQLite`'s own locks.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use super::LedgerError;
use super::file::{canonical, look};

/// A held lock; it ends with the value, or with the process.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Locks `LEDGER.lock`, beside the file that the name leads to: a ledger has one lock, whatever it is called. What cannot
/// be a ledger is refused before anything is made.
pub fn lock_ledger(ledger: &Path) -> Result<Lock, LedgerError> {
    look(ledger)?;
    let mut path = canonical(ledger).into_os_string();
    path.push(".lock");
    lock(Path::new(&path), &format!("the ledger {}", ledger.display()))
}

/// Locks an account, whatever ledger drives it. `account` is the appid and the platform's host.
pub fn lock_account(state_dir: &Path, account: &str) -> Result<Lock, LedgerError> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' };
    let dir = state_dir.join("poilift");
    fs::create_dir_all(&dir).map_err(|source| LedgerError::Io { path: dir.clone(), source })?;
    let name: String = account.chars().map(plain).collect();
    lock(&dir.join(format!("{name}.lock")), &format!("the account {account}"))
}

fn lock(path: &Path, what: &str) -> Result<Lock, LedgerError> {
    let io = |source| LedgerError::Io { path: path.to_owned(), source };
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Err(LedgerError::Locked { what: what.to_owned(), holder: holder.trim().to_owned() });
        }
        Err(TryLockError::Error(source)) => return Err(io(source)),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(io)?;
    write!(file, "process {}", std::process::id()).map_err(io)?;
    Ok(Lock { _file: file })
}

/// Refuses a ledger on a network file system.
pub fn refuse_network(ledger: &Path) -> Result<(), LedgerError> {
    let file = canonical(ledger);
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match network_kind(dir) {
        Some(kind) => Err(LedgerError::Network { path: ledger.to_owned(), kind }),
        None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn network_kind(dir: &Path) -> Option<&'static str> {
    // Magic numbers of statfs(2).
    match rustix::fs::statfs(dir).ok()?.f_type {
        0x6969 => Some("nfs"),
        0x517B => Some("smb"),
        0xFF53_4D42 => Some("cifs"),
        0xFE53_4D42 => Some("smb2"),
        0x5346_414F => Some("afs"),
        0x00C3_6400 => Some("ceph"),
        0x0BD0_0BD0 => Some("lustre"),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn network_kind(dir: &Path) -> Option<&'static str> {
    let name = rustix::fs::statfs(dir).ok()?.f_fstypename;
    let name: Vec<u8> = name.iter().take_while(|c| **c != 0).map(|c| c.unsigned_abs()).collect();
    ["nfs", "smbfs", "afpfs", "webdav"].into_iter().find(|kind| kind.as_bytes() == name.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_told_who_holds_the_ledger() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = dir.path().join("a.db");
        let held = lock_ledger(&ledger).unwrap();
        let refused = lock_ledger(&ledger).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        drop(held);
        assert!(lock_ledger(&ledger).is_ok());
    }

    #[test]
    fn a_ledger_of_two_names_has_one_lock() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.db"), dir.path().join("link.db"));
        std::os::unix::fs::symlink("real.db", &link).unwrap();
        let _held = lock_ledger(&link).unwrap();
        assert!(matches!(lock_ledger(&real), Err(LedgerError::Locked { .. })));
    }

    #[test]
    fn an_account_has_one_lock_whatever_the_ledger() {
        let dir = tempfile::tempdir().unwrap();
        let _held = lock_account(dir.path(), "wx1@api.weixin.qq.com").unwrap();
        assert!(matches!(lock_account(dir.path(), "wx1@api.weixin.qq.com"), Err(LedgerError::Locked { .. })));
        assert!(lock_account(dir.path(), "wx2@api.weixin.qq.com").is_ok());
    }

    #[test]
    fn a_local_directory_is_not_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(refuse_network(&dir.path().join("a.db")).is_ok());
    }
}
