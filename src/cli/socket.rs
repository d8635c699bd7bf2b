//! The local socket of a run: where it lies, how it is made so that nobody else ever reaches it, and who is at its other
//! end. The run that holds the ledger's lock makes it, in place of whatever a killed run has left.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::ledger::canonical;

/// What `sun_path` holds, with the zero that ends it.
const PATH_BYTES: usize = if cfg!(target_os = "linux") { 108 } else { 104 };

/// A socket is made inside a directory of this name, and moved out of it once its mode is set.
const CRADLE: &str = ".poilift-";

/// What a temporary name adds to [`CRADLE`]: six characters by chance, and the name inside.
const CRADLE_REST: usize = 6 + "/s".len();

/// Where the socket of a ledger's run may lie, the first choice first: beside the ledger, and where that is too long or
/// takes no sockets, in the user's state directory under a name made of the ledger's. Both sides go through the same list.
#[must_use]
pub fn places(ledger: &Path, state_dir: &Path) -> Vec<PathBuf> {
    let ledger = canonical(ledger);
    let mut beside = ledger.clone().into_os_string();
    beside.push(".sock");
    let hash = Sha256::digest(ledger.as_os_str().as_bytes());
    let name = u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]]);
    let own = state_dir.join("poilift").join("run").join(format!("{name:016x}.sock"));
    [PathBuf::from(beside), own].into_iter().filter(|place| fits(place)).collect()
}

/// Whether a socket can be called so, and its cradle beside it too.
fn fits(place: &Path) -> bool {
    let dir = place.parent().map_or(0, |dir| dir.as_os_str().len());
    let cradle = dir + 1 + CRADLE.len() + CRADLE_REST;
    place.as_os_str().len().max(cradle) < PATH_BYTES
}

/// A socket that a run listens at; its name goes with it.
pub struct Listener {
    socket: UnixListener,
    place: PathBuf,
    inode: u64,
}

impl Listener {
    /// Listens for a ledger's run. Whoever calls holds the ledger's lock: what lies there is of a run that is no more.
    pub fn begin(ledger: &Path, state_dir: &Path) -> io::Result<Self> {
        let mut why = io::Error::new(io::ErrorKind::InvalidFilename, "its path is too long for a socket");
        for place in places(ledger, state_dir) {
            match Self::at(&place, &canonical(ledger)) {
                Ok(listener) => return Ok(listener),
                Err(error) => why = io::Error::new(error.kind(), format!("{}: {error}", place.display())),
            }
        }
        Err(why)
    }

    fn at(place: &Path, ledger: &Path) -> io::Result<Self> {
        let dir = place.parent().unwrap_or(Path::new("."));
        if ledger.parent() != Some(dir) {
            own_directory(dir)?;
        }
        if fs::symlink_metadata(place).is_ok_and(|found| !found.file_type().is_socket()) {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something else lies there"));
        }
        // A directory of the owner's only: inside it the socket has its mode before anybody can see it.
        let cradle = tempfile::Builder::new().prefix(CRADLE).tempdir_in(dir)?;
        let cradled = cradle.path().join("s");
        let socket = UnixListener::bind(&cradled)?;
        fs::set_permissions(&cradled, Permissions::from_mode(0o600))?;
        socket.set_nonblocking(true)?;
        let inode = fs::symlink_metadata(&cradled)?.ino();
        fs::rename(&cradled, place)?;
        Ok(Self { socket, place: place.to_owned(), inode })
    }

    /// Somebody who has come, if there is one; nobody is waited for.
    pub fn accept(&self) -> Option<UnixStream> {
        let (stream, _) = self.socket.accept().ok()?;
        stream.set_nonblocking(true).ok()?;
        Some(stream)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Only its own: whatever else came to lie there is somebody else's.
        if fs::symlink_metadata(&self.place).is_ok_and(|found| found.ino() == self.inode) {
            let _ = fs::remove_file(&self.place);
        }
    }
}

/// A directory that only its owner may enter.
fn own_directory(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let found = fs::metadata(dir)?;
    if found.uid() != own_uid() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("{} is another user's", dir.display())));
    }
    if found.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Why a run cannot be reached.
#[derive(Debug)]
pub enum Unreachable {
    /// Nobody listens: there is none, or it was killed.
    NoRun,
    /// What lies there belongs to another user.
    OtherUser {
        /// Where.
        place: PathBuf,
        /// Whose it is.
        uid: u32,
    },
    /// What lies there is no socket.
    NotASocket(PathBuf),
    /// The system.
    Io(PathBuf, io::Error),
}

/// Reaches the run of a ledger.
pub fn reach(ledger: &Path, state_dir: &Path) -> Result<UnixStream, Unreachable> {
    let mut why = Unreachable::NoRun;
    for place in places(ledger, state_dir) {
        match reach_at(&place) {
            Err(Unreachable::NoRun) => {}
            // A run that finds a file there listens at the next place.
            Err(not_a_socket @ Unreachable::NotASocket(_)) => why = not_a_socket,
            result => return result,
        }
    }
    Err(why)
}

fn reach_at(place: &Path) -> Result<UnixStream, Unreachable> {
    use io::ErrorKind::{ConnectionRefused, NotFound};
    let failed = |error: io::Error| match error.kind() {
        NotFound | ConnectionRefused => Unreachable::NoRun,
        _ => Unreachable::Io(place.to_owned(), error),
    };
    let found = fs::symlink_metadata(place).map_err(failed)?;
    if !found.file_type().is_socket() {
        return Err(Unreachable::NotASocket(place.to_owned()));
    }
    let other_user = |uid: u32| Unreachable::OtherUser { place: place.to_owned(), uid };
    if found.uid() != own_uid() {
        return Err(other_user(found.uid()));
    }
    let stream = UnixStream::connect(place).map_err(failed)?;
    match peer(&stream).map_err(failed)? {
        Some(uid) if uid != own_uid() => Err(other_user(uid)),
        _ => Ok(stream),
    }
}

/// This process's user.
#[must_use]
pub fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The user at the other end, as the system says; `None` where it cannot be asked without `unsafe`: there the owner and
/// the mode of the socket, which the system looks at when somebody connects, stand alone.
#[cfg(target_os = "linux")]
pub fn peer(stream: &UnixStream) -> io::Result<Option<u32>> {
    Ok(Some(rustix::net::sockopt::socket_peercred(stream)?.uid.as_raw()))
}

/// The same.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "the other systems' answer is a question to the system")]
pub fn peer(_: &UnixStream) -> io::Result<Option<u32>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_socket_lies_beside_its_ledger_is_the_owners_alone_and_goes_with_its_run() {
        let dir = tempfile::tempdir().unwrap();
        let (ledger, state) = (dir.path().join("a.db"), dir.path().join("state"));
        assert!(matches!(reach(&ledger, &state), Err(Unreachable::NoRun)));
        let listener = Listener::begin(&ledger, &state).unwrap();
        let socket = dir.path().canonicalize().unwrap().join("a.db.sock");
        assert_eq!(mode(&socket), 0o600);
        let stream = reach(&ledger, &state).unwrap();
        assert_eq!(peer(&stream).unwrap().unwrap_or(own_uid()), own_uid());
        assert!(listener.accept().is_some() && listener.accept().is_none());
        drop(listener);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left behind");
    }

    #[test]
    fn what_a_killed_run_left_is_replaced_and_nobody_answers_there_before() {
        let dir = tempfile::tempdir().unwrap();
        let (ledger, state) = (dir.path().join("a.db"), dir.path().join("state"));
        drop(UnixListener::bind(dir.path().join("a.db.sock")).unwrap());
        assert!(matches!(reach(&ledger, &state), Err(Unreachable::NoRun)));
        let _listener = Listener::begin(&ledger, &state).unwrap();
        assert!(reach(&ledger, &state).is_ok());
    }

    #[test]
    fn a_ledger_of_a_long_path_has_its_socket_in_the_state_directory() {
        let dir = tempfile::tempdir().unwrap();
        let (long, state) = (dir.path().join("x".repeat(120)), dir.path().join("state"));
        fs::create_dir(&long).unwrap();
        let ledger = long.join("a.db");
        let _listener = Listener::begin(&ledger, &state).unwrap();
        let place = places(&ledger, &state).pop().unwrap();
        assert!(place.starts_with(&state) && mode(&place) == 0o600, "{}", place.display());
        assert_eq!(mode(place.parent().unwrap()), 0o700);
        assert!(reach(&ledger, &state).is_ok());
        assert_ne!(places(&long.join("b.db"), &state), places(&ledger, &state));
    }

    #[test]
    fn a_file_of_that_name_is_not_touched_and_is_no_run() {
        let dir = tempfile::tempdir().unwrap();
        let (ledger, state) = (dir.path().join("a.db"), dir.path().join("state"));
        fs::write(dir.path().join("a.db.sock"), "mine").unwrap();
        assert!(matches!(reach(&ledger, &state), Err(Unreachable::NotASocket(_))));
        let _elsewhere = Listener::begin(&ledger, &state).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("a.db.sock")).unwrap(), "mine");
        assert!(reach(&ledger, &state).is_ok());
    }

    #[test]
    fn a_name_that_is_another_ledgers_now_is_left_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let (ledger, state) = (dir.path().join("a.db"), dir.path().join("state"));
        let first = Listener::begin(&ledger, &state).unwrap();
        let _second = Listener::begin(&ledger, &state).unwrap();
        drop(first);
        assert!(reach(&ledger, &state).is_ok());
    }
}
