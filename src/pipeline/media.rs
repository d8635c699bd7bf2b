//! The uploads of a run: between the plan and the sending, for the stores that are about to be sent and no others, each file once
//! whatever it is called. An upload may be repeated without harm; a store is sent with what is in the ledger.

mod uploading;
mod uploads;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::album::{Album, PictureFile, upload_of};
use super::quota::load_of_calls;
use super::{PipelineError, Work};
use crate::engine::Phase;
use crate::ledger::{Ledger, PlannedRow, StoreRow};
use crate::plan::Load;
use crate::store::{BulkJob, Code, Field, FileRef, MediaKind, Origin, Stamp, State, Verb, Words};
use crate::wire::Endpoint;
use crate::words;

pub(super) use uploads::Uploads;
pub use uploads::uploads_left;

/// Where the ledger remembers the folder of `--images`: each job has its own.
fn images_of(job: BulkJob) -> String {
    format!("images:{job}")
}

/// The platform does not know a media id, or no more.
pub(super) const MEDIA_ID_UNKNOWN: i64 = 85056;

/// A file that stores need, and for which upload.
pub(super) type Need = (FileRef, MediaKind);

/// Where the ledger remembers in which folders sheets lay.
const SHEETS: &str = "sheet_folders";

/// The album of the folder that the last run was given; none where that is gone.
pub(super) fn remembered(ledger: &Ledger, now: Stamp) -> Result<Album, PipelineError> {
    let folder = ledger.meta(&images_of(ledger.job()))?.map(PathBuf::from);
    let album = folder.and_then(|folder| Album::of(Some(&folder)).ok()).unwrap_or_default();
    knowing(album, ledger, now)
}

/// The album with what the ledger knows of sheets, uploads and refusals.
fn knowing(album: Album, ledger: &Ledger, now: Stamp) -> Result<Album, PipelineError> {
    // What cannot be read was not written by this version: then a sheet lies where its name says.
    let sheets = ledger.meta(SHEETS)?.and_then(|text| serde_json::from_str(&text).ok());
    let album = album.knowing(sheets.unwrap_or_default(), &ledger.media_names()?);
    for ((content, kind), words) in Uploads::of(ledger)?.refusals(now) {
        album.condemn(&content, kind, (Code::FileRefused, words.to_owned()));
    }
    Ok(album)
}

impl Work<'_> {
    /// Opens the folder of pictures: the one that is given, else the one of the last run, so that `apply` after `plan --images`
    /// means the same pictures. A run that sends is refused where that folder is gone: it would send others in their place.
    pub(super) fn open_album(&mut self) -> Result<(), PipelineError> {
        let album = self.folder_of_pictures()?;
        self.album = knowing(album, self.ledger(), self.clock.now())?;
        Ok(())
    }

    fn folder_of_pictures(&mut self) -> Result<Album, PipelineError> {
        let key = images_of(self.orders.job);
        if let Some(folder) = &self.orders.images {
            let failed = |source| PipelineError::Images { path: folder.clone(), source };
            let folder = folder.canonicalize().map_err(failed)?;
            let album = Album::of(Some(&folder))?;
            self.ledger().set_meta(&key, &folder.display().to_string())?;
            return Ok(album);
        }
        let Some(folder) = self.ledger().meta(&key)? else { return Ok(Album::default()) };
        match Album::of(Some(folder.as_ref())) {
            Ok(album) => {
                self.say(words!("pictures from {folder}, as last time"; "沿用上次的图片目录 {folder}"));
                Ok(album)
            }
            Err(error) if !self.orders.dry_run => Err(error),
            Err(_) => {
                self.warn(words!(
                    "the folder of pictures {folder} is not there any more; --images names another one";
                    "图片目录 {folder} 已不存在；可用 --images 另行指定"
                ));
                Ok(Album::default())
            }
        }
    }

    /// Remembers where a sheet lies: its files are beside it, wherever a later run is started.
    pub(super) fn remember_folder(&mut self, sheet: &str) -> Result<(), PipelineError> {
        let path = Path::new(sheet);
        let folder = std::path::absolute(path).ok().filter(|_| path.exists());
        let Some(folder) = folder.as_deref().and_then(Path::parent) else { return Ok(()) };
        if self.album.sheets().get(sheet).is_some_and(|known| known == folder) {
            return Ok(());
        }
        self.album.lies_in(sheet, folder.to_owned());
        let text = serde_json::to_string(self.album.sheets()).unwrap_or_default();
        Ok(self.ledger().set_meta(SHEETS, &text)?)
    }

    /// Says what a run would upload, and for how many stores.
    pub(super) fn tell_pictures(&mut self) -> Result<(), PipelineError> {
        if let Some(words) = self.pictures_told()? {
            self.say(words);
        }
        Ok(())
    }

    /// The same as a sentence; `None` where no store has local files.
    pub(super) fn pictures_told(&mut self) -> Result<Option<Words>, PipelineError> {
        self.uploaded = Uploads::of(self.ledger())?;
        let (mut from_sheets, mut from_folder) = (0_u64, 0_u64);
        let mut needed: BTreeSet<Need> = BTreeSet::new();
        let folder = self.album.folder();
        self.ledger().each_store(Some(&self.scope), |row| {
            if !self.orders.covers(&row) || !matches!(row.state, State::Pending | State::Retry) {
                return;
            }
            let needs = row.decision.files();
            if needs.is_empty() {
                return;
            }
            let is_of_folder = row.decision.submission.as_ref().is_some_and(|submission| {
                matches!(submission.origins.get(&Field::PicList), Some(Origin::Supplement(place))
                    if folder.as_deref() == Some(place.file.as_str()))
            });
            *(if is_of_folder { &mut from_folder } else { &mut from_sheets }) += 1;
            needed.extend(needs);
        })?;
        if needed.is_empty() {
            return Ok(None);
        }
        let now = self.clock.now();
        let (there, missing): (Vec<Need>, Vec<Need>) =
            needed.into_iter().partition(|need| self.uploaded.value(need, now).is_some());
        let files: Vec<PictureFile> = missing.iter().filter_map(|need| self.album.file(&need.0, need.1)).collect();
        let count = |is: &dyn Fn(&PictureFile) -> bool| files.iter().filter(|file| is(file)).count();
        let (upload, known) = (missing.len(), there.len());
        let large = count(&|file| file.looked.is_large);
        let turned = count(&|file| file.looked.is_turned);
        let located = count(&|file| file.looked.has_location);
        let (zh_large, zh_turned) = (large, turned);
        Ok(Some(words!(
            "local pictures: {from_sheets} stores name files in their sheets, {from_folder} have theirs in the --images folder; \
             {upload} files to upload, {known} on the platform already; {large} to be made smaller, {turned} to be turned upright, \
             location to be removed from {located}";
            "本地图片：{from_sheets} 家门店在表格中填写了文件，{from_folder} 家使用 --images 目录；待上传 {upload} 个文件，已上传 {known} 个；\
             需压缩 {zh_large} 个，需转正 {zh_turned} 个，需去除位置信息 {located} 个"
        )))
    }

    /// What of `due` is about to be sent: new stores within `--limit`, and of each verb what its day allows.
    fn about_to_be_sent(&self, mut due: Vec<StoreRow>) -> Vec<StoreRow> {
        let limit = self.limit_left();
        let (mut new, mut by_verb) = (0_u64, BTreeMap::<Verb, u64>::new());
        due.retain(|row| {
            let Some(verb) = row.decision.action.verb() else { return true };
            let is_new = row.state == State::Pending;
            let count = by_verb.entry(verb).or_default();
            let goes = limit.is_none_or(|limit| !is_new || new < limit)
                && self.allowance.get(&verb).is_none_or(|allowed| *count < *allowed);
            if goes {
                new += u64::from(is_new);
                *count += 1;
            }
            // Whoever needs nothing uploaded may go where somebody else does not.
            goes || row.decision.files().is_empty()
        });
        due
    }

    /// Uploads what the stores of `due` need and the platform does not have; comes back with those that have all they need.
    pub(super) fn with_uploads(&mut self, due: Vec<StoreRow>) -> Result<Vec<StoreRow>, PipelineError> {
        if due.iter().all(|row| row.decision.files().is_empty()) {
            return Ok(due);
        }
        let due = self.about_to_be_sent(due);
        self.take_back_unknown_ids(&due)?;
        self.uploaded = Uploads::of(self.ledger())?;
        let is_refused = |need: &Need| self.album.fault(&need.0, need.1).is_some();
        let (refused, missing): (Vec<Need>, Vec<Need>) = self.missing(&due).into_iter().partition(is_refused);
        if !refused.is_empty() {
            // Planned before the platform refused them, in a run over other stores: now they are told at theirs, too.
            self.plan()?;
        }
        if !missing.is_empty() {
            self.enter(Phase::Uploading);
            let endpoints: BTreeSet<Endpoint> = missing.iter().map(|need| upload_of(need.1).endpoint()).collect();
            self.ask_about(&endpoints.into_iter().collect::<Vec<_>>())?;
            self.choose_upload_rate()?;
            self.upload(&missing, due.len())?;
            self.uploaded = Uploads::of(self.ledger())?;
        }
        let now = self.clock.now();
        let has_all = |row: &StoreRow| row.decision.files().iter().all(|need| self.uploaded.value(need, now).is_some());
        let ready: Vec<StoreRow> = due.into_iter().filter(has_all).collect();
        self.write_addresses(ready)
    }

    /// Media ids that the platform did not know the last time (85056) are void: their files are uploaded anew.
    fn take_back_unknown_ids(&mut self, due: &[StoreRow]) -> Result<(), PipelineError> {
        for row in due.iter().filter(|row| row.state == State::Retry && row.errcode == Some(MEDIA_ID_UNKNOWN)) {
            let needs = row.decision.files().into_iter();
            let ids: Vec<String> = needs
                .filter(|(_, kind)| *kind == MediaKind::Temporary)
                .map(|(content, _)| content.sha256().to_owned())
                .collect();
            if let Some(write) = row.last_write.as_ref().filter(|_| !ids.is_empty()) {
                self.ledger().void_media(&ids, write.at)?;
            }
        }
        Ok(())
    }

    /// What these stores need and the platform does not have, each once, in the stores' order.
    fn missing(&self, due: &[StoreRow]) -> Vec<Need> {
        let now = self.clock.now();
        let mut seen = HashSet::new();
        let needs = due.iter().flat_map(|row| row.decision.files());
        needs.filter(|need| self.uploaded.value(need, now).is_none() && seen.insert(need.clone())).collect()
    }

    /// An order's pictures are compared with what the platform shows: their addresses are in the plan before anything is sent.
    fn write_addresses(&mut self, ready: Vec<StoreRow>) -> Result<Vec<StoreRow>, PipelineError> {
        let mut changed = Vec::new();
        let mut rows = Vec::with_capacity(ready.len());
        for mut row in ready {
            if let Some(ordered) = &mut row.decision.order
                && self.uploaded.put_pictures(&mut ordered.order)
            {
                let (decision, body_hash) = (row.decision.clone(), row.body_hash.clone());
                changed.push(PlannedRow { id: row.id, decision, state: row.state, body_hash, planned: None });
            }
            rows.push(row);
        }
        if !changed.is_empty() {
            let now = self.clock.now();
            self.ledger_mut().plan(&changed, now)?;
        }
        Ok(rows)
    }

    /// The uploads that these stores need, as the estimate counts them.
    pub(super) fn upload_loads(&self, due: &[StoreRow]) -> (u64, Vec<Load>) {
        let missing = self.missing(due);
        let now = self.clock.now();
        let load = |kind: MediaKind| {
            let calls = missing.iter().filter(|need| need.1 == kind).count() as u64;
            (calls > 0).then(|| load_of_calls(&self.calendar, upload_of(kind).endpoint(), calls, now))
        };
        let loads = [MediaKind::Picture, MediaKind::Temporary].into_iter().filter_map(load).collect();
        (missing.len() as u64, loads)
    }

    /// Uploads go as fast as the platform tells, where it tells and the user does not.
    fn choose_upload_rate(&self) -> Result<(), PipelineError> {
        let connection = self.connection()?;
        if self.orders.rate.is_none()
            && let Some(rate) = connection.upload_rate()
        {
            connection.pacer.set_upload_rate(rate);
        }
        Ok(())
    }
}
