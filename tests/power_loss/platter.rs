//! A disk as it is below the caches: what was synced is there, and of everything else what chance leaves.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::trace::Event;
use crate::kit::{Dice, House};

/// The unit that a disk writes or does not write.
const SECTOR_BYTES: usize = 512;

/// What is left of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing: no byte and no name.
    Nothing,
    /// The names of all files, and nothing of what was written into them.
    Names,
    /// Some names, some writes, some sectors of some writes: the dice of this seed fall.
    Some(u64),
    /// All of it, as when only the process dies.
    Everything,
}

/// What may be forgotten about a sync, to show that it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obeys {
    Syncs,
    /// As if syncs of files were never asked for: `synchronous=OFF`.
    NoSyncOfFiles,
    /// As if syncs of directories were never asked for.
    NoSyncOfDirectories,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate { length: usize },
}

#[derive(Debug, Clone, Default)]
struct File {
    synced: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Debug, Clone)]
enum NameChange {
    Link(PathBuf, usize),
    Unlink(PathBuf),
    Rename(PathBuf, PathBuf, usize),
    MakeDir(PathBuf),
}

/// What is found once power is back: directories, and files with their bytes. Paths are relative to the house's root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Image {
    dirs: BTreeSet<PathBuf>,
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

/// The disk.
#[derive(Debug, Clone)]
pub struct Platter {
    obeys: Obeys,
    files: Vec<File>,
    by_inode: HashMap<u64, usize>,
    /// Names as programs see them, and those that survive.
    seen: BTreeMap<PathBuf, usize>,
    kept: BTreeMap<PathBuf, usize>,
    kept_dirs: BTreeSet<PathBuf>,
    since: Vec<NameChange>,
}

impl Platter {
    /// A house before the run: everything in it is safe.
    pub fn of(house: &House, obeys: Obeys) -> Self {
        let mut platter = Self {
            obeys,
            files: Vec::new(),
            by_inode: HashMap::new(),
            seen: BTreeMap::new(),
            kept: BTreeMap::new(),
            kept_dirs: BTreeSet::new(),
            since: Vec::new(),
        };
        for dir in ["work", "state"] {
            platter.take(house.root(), Path::new(dir));
        }
        platter
    }

    /// Takes up what lies in a directory, as it lies there.
    fn take(&mut self, root: &Path, dir: &Path) {
        self.kept_dirs.insert(dir.to_owned());
        for entry in std::fs::read_dir(root.join(dir)).unwrap() {
            let entry = entry.unwrap();
            let path = dir.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                self.take(root, &path);
                continue;
            }
            self.files.push(File { synced: std::fs::read(entry.path()).unwrap(), since: Vec::new() });
            let file = self.files.len() - 1;
            self.by_inode.insert(entry.metadata().unwrap().ino(), file);
            self.seen.insert(path.clone(), file);
            self.kept.insert(path, file);
        }
    }

    pub fn happens(&mut self, event: &Event) {
        match event {
            Event::Created { inode, path } => {
                self.files.push(File::default());
                let file = self.files.len() - 1;
                self.by_inode.insert(*inode, file);
                self.seen.insert(path.clone(), file);
                self.since.push(NameChange::Link(path.clone(), file));
            }
            Event::Wrote { inode, at, bytes } => self.change(*inode, Change::Write { at: *at, bytes: bytes.clone() }),
            Event::Truncated { inode, length } => self.change(*inode, Change::Truncate { length: *length }),
            Event::Synced { inode, path } => self.sync(*inode, path),
            Event::SyncFailed { inode } => {
                // Not a directory: its names stay to be written.
                if let Some(file) = self.by_inode.get(inode) {
                    self.files[*file].since.clear();
                }
            }
            Event::Renamed { from, to } => {
                // A socket is made by bind, which is no file operation, and it is nobody's once the power is back.
                let Some(file) = self.seen.remove(from) else { return };
                self.seen.insert(to.clone(), file);
                self.since.push(NameChange::Rename(from.clone(), to.clone(), file));
            }
            Event::Unlinked { path } => {
                self.seen.remove(path);
                self.since.push(NameChange::Unlink(path.clone()));
            }
            Event::MadeDir { path } => self.since.push(NameChange::MakeDir(path.clone())),
            Event::Sent { .. } | Event::Received { .. } => {}
        }
    }

    fn change(&mut self, inode: u64, change: Change) {
        let file = self.by_inode.get(&inode).expect("a file whose making was recorded");
        self.files[*file].since.push(change);
    }

    fn sync(&mut self, inode: u64, path: &Path) {
        let is_dir = !self.seen.contains_key(path);
        if is_dir && self.obeys != Obeys::NoSyncOfDirectories {
            let (here, elsewhere) =
                std::mem::take(&mut self.since).into_iter().partition(|change| change.dir() == path);
            self.since = elsewhere;
            let here: Vec<NameChange> = here;
            for change in here {
                change.apply(&mut self.kept, &mut self.kept_dirs);
            }
        }
        if !is_dir && self.obeys != Obeys::NoSyncOfFiles {
            let file = &mut self.files[self.by_inode[&inode]];
            for change in std::mem::take(&mut file.since) {
                change.apply(&mut file.synced, |_| true);
            }
        }
    }

    /// Power goes off now.
    pub fn fails(&self, left: Left) -> Image {
        let mut dice = Dice::of(if let Left::Some(seed) = left { seed } else { 0 });
        let (mut names, mut dirs) = (self.kept.clone(), self.kept_dirs.clone());
        for change in &self.since {
            let survives = match left {
                Left::Nothing => false,
                Left::Names | Left::Everything => true,
                Left::Some(_) => dice.toss(),
            };
            if survives {
                change.clone().apply(&mut names, &mut dirs);
            }
        }
        // What lies in a directory that is gone is gone.
        let is_reachable = |path: &Path| path.ancestors().skip(1).all(|dir| dir == Path::new("") || dirs.contains(dir));
        names.retain(|path, _| is_reachable(path));
        let files = names.into_iter().map(|(path, file)| {
            let mut bytes = self.files[file].left(left, &mut dice);
            if path.to_string_lossy().ends_with("-shm") {
                // It is written to as memory, which no record shows, and may hold anything.
                bytes.fill_with(|| u8::try_from(dice.below(256)).unwrap());
            }
            (path, bytes)
        });
        Image { files: files.collect(), dirs }
    }
}

impl File {
    fn left(&self, left: Left, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for change in &self.since {
            match left {
                Left::Nothing | Left::Names => {}
                Left::Everything => change.clone().apply(&mut bytes, |_| true),
                Left::Some(_) => match dice.below(4) {
                    0 => {}
                    1 => change.clone().apply(&mut bytes, |_| true),
                    _ => change.clone().apply(&mut bytes, |_| dice.toss()),
                },
            }
        }
        bytes
    }
}

impl Change {
    /// Applies it, of a write only those sectors that are asked for.
    fn apply(self, to: &mut Vec<u8>, mut is_written: impl FnMut(usize) -> bool) {
        match self {
            Self::Truncate { length } => to.resize(length, 0),
            Self::Write { at, bytes } => {
                let mut from = 0;
                while from < bytes.len() {
                    let sector = (at + from) / SECTOR_BYTES;
                    let upto = bytes.len().min((sector + 1) * SECTOR_BYTES - at);
                    if is_written(sector) {
                        to.resize(to.len().max(at + upto), 0);
                        to[at + from..at + upto].copy_from_slice(&bytes[from..upto]);
                    }
                    from = upto;
                }
            }
        }
    }
}

impl NameChange {
    fn dir(&self) -> &Path {
        let (Self::Link(path, _) | Self::Unlink(path) | Self::Rename(path, ..) | Self::MakeDir(path)) = self;
        path.parent().unwrap()
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, usize>, dirs: &mut BTreeSet<PathBuf>) {
        match self {
            Self::Link(path, file) => drop(names.insert(path, file)),
            Self::Unlink(path) => drop(names.remove(&path)),
            Self::Rename(from, to, file) => {
                names.remove(&from);
                names.insert(to, file);
            }
            Self::MakeDir(path) => drop(dirs.insert(path)),
        }
    }
}

impl Image {
    /// Lays it out in a new house.
    pub fn lay_out(&self) -> House {
        let house = House::unshared();
        for dir in &self.dirs {
            std::fs::create_dir_all(house.root().join(dir)).unwrap();
        }
        for (path, bytes) in &self.files {
            std::fs::write(house.root().join(path), bytes).unwrap();
        }
        house
    }
}
