//! The local pictures of a run: files that sheets name, and those of the `--images` folder. They are looked at before any call,
//! and a value that names one is brought to what the plan knows it by, its content.

mod images;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use self::images::Images;
use super::PipelineError;
use crate::check::{is_local, is_url, paper_entries, picture_entries};
use crate::ledger::StoreRow;
use crate::media::{FILE_BYTES_MAX, Looked, look};
use crate::plan::Facts;
use crate::store::{
    Cell, Code, Field, FileRef, Finding, MediaKind, Place, Stamp, Supplied, SuppliedCell, UpgradeStatus,
};
use crate::wire::media::Upload;

/// A file that can be uploaded.
#[derive(Debug, Clone)]
pub(super) struct PictureFile {
    /// Where it lies.
    pub path: PathBuf,
    /// As the sheet names it, or with its folder.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// What it is.
    pub looked: Looked,
}

/// Why a file cannot go: the finding's code, and what more there is to say than its name.
type Fault = (Code, String);

/// The pictures of a run.
#[derive(Default)]
pub(super) struct Album {
    images: Option<Images>,
    known: Mutex<Known>,
    /// Where sheets lay when they were taken, by their names as they were typed.
    sheets: BTreeMap<String, PathBuf>,
    /// Names of files that were uploaded before: they are somebody's.
    uploaded: HashSet<String>,
}

#[derive(Default)]
struct Known {
    /// Files that were looked at in this run, by path.
    by_path: HashMap<(PathBuf, MediaKind), Result<FileRef, Fault>>,
    /// Those that can go, by content.
    by_content: HashMap<(FileRef, MediaKind), PictureFile>,
    /// Those that turned out not to be usable after all.
    condemned: HashMap<(FileRef, MediaKind), Fault>,
}

/// What is uploaded for a kind.
pub(super) const fn upload_of(kind: MediaKind) -> Upload {
    match kind {
        MediaKind::Picture => Upload::Picture,
        MediaKind::Temporary => Upload::Temporary,
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Album {
    /// The album, with the pictures in this folder.
    pub fn of(images: Option<&Path>) -> Result<Self, PipelineError> {
        Ok(Self { images: images.map(Images::open).transpose()?, ..Self::default() })
    }

    /// The same, knowing where sheets lay when they were taken, and under which names files were uploaded.
    pub fn knowing(self, sheets: BTreeMap<String, PathBuf>, uploaded: &[String]) -> Self {
        let name = |path: &String| path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        Self { sheets, uploaded: uploaded.iter().map(name).collect(), ..self }
    }

    /// Where each sheet lies, by its name as it was typed.
    pub fn sheets(&self) -> &BTreeMap<String, PathBuf> {
        &self.sheets
    }

    /// A sheet lies in this folder.
    pub fn lies_in(&mut self, sheet: &str, folder: PathBuf) {
        self.sheets.insert(sheet.to_owned(), folder);
    }

    /// Whether there is a folder of pictures.
    pub fn has_images(&self) -> bool {
        self.images.is_some()
    }

    /// The folder of pictures, as places in it name it.
    pub fn folder(&self) -> Option<String> {
        self.images.as_ref().map(Images::told)
    }

    /// Says which names the stores go by, each as often as stores do: pictures of the folder are theirs by these.
    pub fn muster<'n>(&self, names: impl IntoIterator<Item = &'n str>) {
        if let Some(images) = &self.images {
            images.muster(names);
        }
    }

    /// The warning about pictures of the folder that are nobody's.
    pub fn unmatched(&self) -> Option<Finding> {
        let images = self.images.as_ref()?;
        // One that a sheet names is somebody's, however it names it.
        let named = || lock(&self.known).by_path.keys().filter_map(|(path, _)| path.canonicalize().ok()).collect();
        images.unmatched(named, &self.uploaded)
    }

    /// Looks at all files that these stores need, several at a time, and brings the values that name them to references.
    pub fn resolve(&self, rows: &[StoreRow], facts: &mut [Facts]) {
        let (rows_of, mut facts): (Vec<&StoreRow>, Vec<&mut Facts>) =
            rows.iter().zip(facts).filter(|(_, facts)| may_be_sent(facts)).unzip();
        for (row, facts) in rows_of.into_iter().zip(&mut facts) {
            self.give(row, &mut facts.supplied);
        }
        self.look_at_all(facts.iter().flat_map(|facts| facts.supplied.cells.values()).map(|supplied| &supplied.cell));
        for facts in facts {
            facts.supplied.cells.values_mut().for_each(|supplied| self.refer(&mut supplied.cell));
        }
    }

    /// The same of the cells of one order, whose store goes by `name`.
    pub fn resolve_cells(&self, name: Option<&str>, cells: &mut Vec<Cell>) {
        if !cells.iter().any(|cell| cell.field == Field::PicList) {
            let images = self.images.as_ref();
            cells.extend(name.and_then(|name| images?.cell(name)));
        }
        self.look_at_all(cells.iter());
        for cell in cells {
            self.refer(cell);
        }
    }

    /// A cell of pictures for a store whose supplements have none: of local files that its own row names, else of the folder.
    fn give(&self, row: &StoreRow, supplied: &mut Supplied) {
        if supplied.cells.contains_key(&Field::PicList) {
            return;
        }
        let local = row.record.photos.iter().any(|photo| is_local(photo));
        let cell = if local {
            let value = row.record.photos.join("\n");
            Some(Cell { field: Field::PicList, value, place: row.place.clone(), fault: None, also: Vec::new() })
        } else {
            let images = self.images.as_ref();
            row.record.sid.as_ref().and_then(|sid| images?.cell(sid.as_str()))
        };
        if let Some(cell) = cell {
            supplied.cells.insert(Field::PicList, SuppliedCell { cell, at: Stamp(0) });
        }
    }

    fn look_at_all<'c>(&self, cells: impl Iterator<Item = &'c Cell>) {
        let known = lock(&self.known);
        let mut wanted: HashSet<(PathBuf, MediaKind)> = HashSet::new();
        let mut names = HashMap::new();
        for cell in cells {
            for (entry, kind) in local_entries(cell) {
                if let Some(path) = self.locate(&cell.place, &entry) {
                    let key = (path, kind);
                    if !known.by_path.contains_key(&key) {
                        names.entry(key.0.clone()).or_insert(entry);
                        wanted.insert(key);
                    }
                }
            }
        }
        drop(known);
        let looked: Vec<_> = wanted
            .into_par_iter()
            .map(|(path, kind)| {
                let found = open(&path, upload_of(kind));
                (path, kind, found)
            })
            .collect();
        let mut known = lock(&self.known);
        for (path, kind, found) in looked {
            let found = found.map(|(content, looked, bytes)| {
                let name = names.get(&path).map_or_else(|| path.display().to_string(), |entry| short(entry));
                let file = PictureFile { path: path.clone(), name, bytes, looked };
                known.by_content.insert((content.clone(), kind), file);
                content
            });
            known.by_path.insert((path, kind), found);
        }
    }

    /// Brings a cell that names local files to references, or says at it why it cannot go. What nobody found stays as it is
    /// written: the check tells of it.
    fn refer(&self, cell: &mut Cell) {
        if cell.fault.is_some() || is_addresses_alone(cell) {
            return;
        }
        let (entries, joined_by) = match cell.field {
            Field::PicList => (picture_entries(&cell.value).unwrap_or_default(), "\n"),
            Field::QualificationList => (paper_entries(&cell.value), "|"),
            _ => return,
        };
        let kind = kind_of(cell.field);
        let mut faults: Vec<(Code, String)> = Vec::new();
        let mut is_changed = false;
        let known = lock(&self.known);
        let referred = entries.into_iter().map(|entry| {
            if FileRef::parse(&entry).is_some() {
                // A person's own words, and no file that was found.
                faults.push((Code::PicLocal, entry.clone()));
            }
            if !is_local(&entry) {
                return entry;
            }
            let path = self.locate(&cell.place, &entry);
            let found = path.and_then(|path| known.by_path.get(&(path, kind)));
            let condemned = |content: &FileRef| known.condemned.get(&(content.clone(), kind)).cloned();
            match found {
                Some(Ok(content)) => match condemned(content) {
                    None => {
                        is_changed = true;
                        content.to_string()
                    }
                    Some((code, more)) => {
                        faults.push((code, said(&entry, &more)));
                        entry
                    }
                },
                Some(Err((code, more))) => {
                    faults.push((*code, said(&entry, more)));
                    entry
                }
                None => {
                    // Where it was looked for is what there is to mend.
                    faults.push((Code::PicLocal, entry.clone()));
                    entry
                }
            }
        });
        let referred: Vec<String> = referred.collect();
        if faults.is_empty() {
            if is_changed {
                cell.value = referred.join(joined_by);
            }
            return;
        }
        let mut findings = by_code(faults)
            .into_iter()
            .map(|(code, files)| Finding::new(code).about(cell.field).naming(&files).at(cell.place.clone()));
        (cell.fault, cell.also) = (findings.next(), findings.collect());
    }

    /// Where an entry lies: as it is written, beside the sheet that names it, else in the folder of pictures.
    fn locate(&self, place: &Place, entry: &str) -> Option<PathBuf> {
        let entry = entry.strip_prefix("file://").unwrap_or(entry);
        // A later run may be started elsewhere, where another file has this name.
        let typed = || Path::new(place.file.as_str()).parent().unwrap_or(Path::new(""));
        let beside = self.sheets.get(place.file.as_str()).map_or_else(typed, PathBuf::as_path);
        let folders = [Some(beside), self.images.as_ref().map(|images| images.folder.as_path())];
        // A sheet that was filled in on Windows, and is read elsewhere.
        let ways = [entry.to_owned(), entry.replace('\\', "/")];
        let paths = folders.into_iter().flatten().flat_map(|folder| ways.iter().map(move |way| folder.join(way)));
        paths.into_iter().find(|path| path.is_file())
    }

    /// The file of a reference.
    pub fn file(&self, content: &FileRef, kind: MediaKind) -> Option<PictureFile> {
        lock(&self.known).by_content.get(&(content.clone(), kind)).cloned()
    }

    /// From now on the file counts as unusable: what could not be seen before it was decoded, or before the platform saw it.
    pub fn condemn(&self, content: &FileRef, kind: MediaKind, fault: (Code, String)) {
        lock(&self.known).condemned.insert((content.clone(), kind), fault);
    }

    /// Why the file cannot be used after all, if that turned out: a finding that names it.
    pub fn fault(&self, content: &FileRef, kind: MediaKind) -> Option<Finding> {
        let known = lock(&self.known);
        let key = (content.clone(), kind);
        let (code, more) = known.condemned.get(&key)?;
        let name = known.by_content.get(&key).map_or_else(|| content.to_string(), |file| file.name.clone());
        Some(Finding::new(*code).naming(&[said(&name, more)]))
    }

    /// The file is another one by now: it is looked at anew when it is asked for.
    pub fn forget(&self, path: &Path) {
        let known = &mut *lock(&self.known);
        known.by_path.retain(|(known, _), _| known != path);
    }

    /// A body for people: names stand where references are.
    pub fn readable(&self, body: &mut Value) {
        let known = lock(&self.known);
        if known.by_content.is_empty() {
            return;
        }
        for text in body.as_object_mut().into_iter().flat_map(|body| body.values_mut()) {
            if let Value::String(text) = text
                && text.contains("file:")
            {
                for ((content, _), file) in &known.by_content {
                    *text = text.replace(&content.to_string(), &file.name);
                }
            }
        }
    }
}

/// Of a store that has moved, or may not, no file is read.
fn may_be_sent(facts: &Facts) -> bool {
    matches!(facts.store.upgrade_status, UpgradeStatus::Waiting | UpgradeStatus::Failed)
}

/// Nearly every cell of a list holds an address a line: those are not taken apart.
fn is_addresses_alone(cell: &Cell) -> bool {
    let is_alone = |line: &str| is_url(line.trim()) && !line.contains([',', ';', '|', '，', '；', '、']);
    match cell.field {
        Field::PicList => cell.value.lines().all(is_alone),
        Field::QualificationList => false,
        _ => true,
    }
}

/// For which upload a field's files are.
const fn kind_of(field: Field) -> MediaKind {
    match field {
        Field::QualificationList => MediaKind::Temporary,
        _ => MediaKind::Picture,
    }
}

/// Whether a store names anything that only a look at the disk can settle: a file, or what looks like a reference to one.
pub(super) fn names_files(facts: &Facts) -> bool {
    let is_file = |entry: &String| is_local(entry) || FileRef::parse(entry).is_some();
    let of_cell = |supplied: &SuppliedCell| entries_of(&supplied.cell).iter().any(is_file);
    facts.store.photos.iter().any(is_file) || facts.supplied.cells.values().any(of_cell)
}

/// What a cell of pictures or papers names, unless that is addresses alone.
fn entries_of(cell: &Cell) -> Vec<String> {
    match cell.field {
        _ if cell.fault.is_some() || is_addresses_alone(cell) => Vec::new(),
        Field::PicList => picture_entries(&cell.value).unwrap_or_default(),
        Field::QualificationList => paper_entries(&cell.value),
        _ => Vec::new(),
    }
}

/// The local files that a cell names.
fn local_entries(cell: &Cell) -> Vec<(String, MediaKind)> {
    let (entries, kind) = (entries_of(cell), kind_of(cell.field));
    entries.into_iter().filter(|entry| is_local(entry)).map(|entry| (entry, kind)).collect()
}

/// Reads a file, unless it is too large for that, and looks at it.
fn open(path: &Path, upload: Upload) -> Result<(FileRef, Looked, u64), Fault> {
    let unreadable = |error: std::io::Error| (Code::PicLocal, error.to_string());
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > FILE_BYTES_MAX {
        return Err((Code::FileTooLarge, format!("{:.1} MB", megabytes(size))));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    let looked = look(&bytes, upload).map_err(|code| (code, String::new()))?;
    Ok((content_of(&bytes), looked, size))
}

/// What a file is known by.
pub(super) fn content_of(bytes: &[u8]) -> FileRef {
    let digest = format!("{:x}", Sha256::digest(bytes));
    FileRef::new(&digest).unwrap_or_else(|| unreachable!("a SHA-256 has 64 hexadecimal digits"))
}

#[expect(clippy::cast_precision_loss, reason = "files have less than 2^52 bytes")]
pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The name of an entry with its last folder: enough to find it, and short enough for a line.
fn short(entry: &str) -> String {
    let mut parts: Vec<&str> = entry.rsplit(['/', '\\']).filter(|part| !part.is_empty()).take(2).collect();
    parts.reverse();
    parts.join("/")
}

/// What is wrong with files, each kind of fault once with all that have it, in the order in which they come.
fn by_code(faults: Vec<Fault>) -> Vec<(Code, Vec<String>)> {
    let mut by_code: Vec<(Code, Vec<String>)> = Vec::new();
    for (code, file) in faults {
        match by_code.iter_mut().find(|(known, _)| *known == code) {
            Some((_, files)) => files.push(file),
            None => by_code.push((code, vec![file])),
        }
    }
    by_code
}

/// So much of the platform's words, or of ours, stands behind a file's name.
const MORE_CHARS_MAX: usize = 120;

fn said(entry: &str, more: &str) -> String {
    // Whatever the platform says at length, the file's name stays.
    let more: String = more.chars().take(MORE_CHARS_MAX).collect();
    if more.is_empty() { short(entry) } else { format!("{} ({more})", short(entry)) }
}
