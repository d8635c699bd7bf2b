//! The uploading itself: several files side by side, each in the ledger before anything is sent with it.

use std::collections::VecDeque;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::album::{Album, PictureFile, content_of, megabytes, upload_of};
use super::super::{PipelineError, Work};
use super::Need;
use crate::engine::{Control, logged_here};
use crate::ledger::{Entry, Ledger, RefusedFile, Uploaded};
use crate::media::{Prepared, prepare};
use crate::store::{Clock, Code, MediaKind, Stamp, Words};
use crate::wechat::{Client, ReadError};
use crate::wire::media::FILE_ERRCODES;
use crate::wire::{Class, Endpoint};
use crate::words;

/// So many failures in a row, and the other files wait for another run.
const FAILURES_MAX: u32 = 4;

/// So many refusals in a row by codes that no table knows, and no more files of the kind are tried.
const UNKNOWN_MAX: usize = 5;

/// What was done to so many files is told one by one; of the others there is a sum, and the log.
const TOLD_MAX: usize = 10;

/// A line so often while files are uploaded.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A picture of more pixels is decoded alone: it takes some hundred megabytes.
const HEAVY_PIXELS: u64 = 16_000_000;

/// A paused run is looked at this often.
const LOOK_UP: Duration = Duration::from_millis(100);

/// A file on its way.
struct Parcel {
    need: Need,
    file: PictureFile,
}

/// What became of it.
enum Delivery {
    Done(Box<Uploaded>, Box<Prepared>),
    /// It cannot go as it is.
    Unusable(Code, String),
    /// It is another file than the plan knows.
    Changed,
    /// The call failed.
    Failed(ReadError),
}

/// The queue of parcels, and what ends it.
struct Desk<'d> {
    parcels: Mutex<VecDeque<Parcel>>,
    /// How many there were.
    of: usize,
    /// Held by whoever has a large picture in memory.
    heavy: Mutex<()>,
    client: &'d Client,
    control: &'d Control,
    clock: &'d Clock,
}

impl Desk<'_> {
    fn next(&self) -> Option<Parcel> {
        while self.control.is_paused() && !self.control.is_stopped() {
            self.clock.sleep(LOOK_UP * self.clock.speed());
        }
        let parcel = self.parcels.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        parcel.filter(|_| !self.control.is_stopped())
    }

    fn keep(&self, is_kept: impl Fn(&Parcel) -> bool) {
        self.parcels.lock().unwrap_or_else(PoisonError::into_inner).retain(is_kept);
    }

    fn deliver(&self, Parcel { need: (content, kind), file }: &Parcel) -> Delivery {
        let Ok(bytes) = std::fs::read(&file.path) else { return Delivery::Changed };
        if content_of(&bytes) != *content {
            return Delivery::Changed;
        }
        let prepared = {
            let pixels = u64::from(file.looked.width) * u64::from(file.looked.height);
            let _alone = (pixels > HEAVY_PIXELS).then(|| self.heavy.lock().unwrap_or_else(PoisonError::into_inner));
            match prepare(&bytes, upload_of(*kind)) {
                Ok(prepared) => prepared,
                Err(code) => return Delivery::Unusable(code, String::new()),
            }
        };
        drop(bytes);
        // From before it leaves: a media id is never older than we think.
        let at = self.clock.now();
        let answered = match kind {
            MediaKind::Picture => self.client.upload_picture(&prepared.bytes),
            MediaKind::Temporary => self.client.upload_temporary(&prepared.bytes).map(|media| media.media_id),
        };
        let (sha256, name, bytes) = (content.sha256().to_owned(), file.name.clone(), prepared.bytes.len());
        match answered {
            Ok(value) => {
                let uploaded = Uploaded { sha256, kind: *kind, value, name, bytes, at };
                Delivery::Done(Box::new(uploaded), Box::new(prepared))
            }
            Err(error) => Delivery::Failed(error),
        }
    }

    fn work(&self, out: &Sender<(Parcel, Delivery)>) {
        while let Some(parcel) = self.next() {
            let delivery = self.deliver(&parcel);
            if out.send((parcel, delivery)).is_err() {
                return;
            }
        }
    }
}

/// How the uploading stands.
#[derive(Default)]
struct Sum {
    done: usize,
    told: usize,
    smaller: usize,
    turned: usize,
    located: usize,
    bytes_before: u64,
    bytes_after: u64,
    failures: u32,
    /// When it was last said how far it is.
    said_at: Option<Stamp>,
    changed: Vec<PictureFile>,
    unusable: Vec<(Parcel, (Code, String))>,
    /// Refused by codes that say nothing of a file, with no success between.
    unknown: Vec<(Parcel, (Code, String))>,
    is_refused_all: bool,
    spent: Vec<Endpoint>,
    failed: Option<ReadError>,
    account: Option<ReadError>,
}

impl Work<'_> {
    /// Uploads these files for so many stores. What cannot be used is said at its stores, by planning them anew.
    pub(super) fn upload(&mut self, missing: &[Need], stores: usize) -> Result<(), PipelineError> {
        let parcels = self.parcels(missing);
        let n = parcels.len();
        if n > 0 {
            self.say(words!("uploading {n} files for {stores} stores"; "开始为 {stores} 家门店上传 {n} 个文件"));
        }
        let Some(ledger) = self.ledger.take() else { return Err(PipelineError::NotConnected) };
        let (ledger, result) = self.upload_all(ledger, parcels);
        self.ledger = Some(ledger);
        let sum = result?;
        self.note_calls()?;
        self.look_at_calendar()?;
        self.conclude_uploads(sum)
    }

    /// The files that may go today: what the day's quota does not allow is left.
    fn parcels(&mut self, missing: &[Need]) -> VecDeque<Parcel> {
        let now = self.clock.now();
        let mut unknown = 0_u64;
        let mut parcels = VecDeque::new();
        for kind in [MediaKind::Picture, MediaKind::Temporary] {
            let endpoint = upload_of(kind).endpoint();
            let left = self.calendar.standing(endpoint, now).left.unwrap_or(u64::MAX);
            let of_kind: Vec<&Need> = missing.iter().filter(|need| need.1 == kind).collect();
            if of_kind.len() as u64 > left {
                self.spent_uploads.insert(endpoint);
                let wanted = of_kind.len();
                self.say(words!(
                    "{endpoint}: {left} of {wanted} files may be uploaded today";
                    "{endpoint}：{wanted} 个文件中今日可上传 {left} 个"
                ));
            }
            for need in of_kind.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
                match self.album.file(&need.0, kind) {
                    Some(file) => parcels.push_back(Parcel { need: need.clone(), file }),
                    None => unknown += 1,
                }
            }
        }
        if unknown > 0 {
            self.warn(words!(
                "{unknown} files that the plan names were not seen by this run, and are not uploaded";
                "计划中有 {unknown} 个文件本次未读取到，不会上传"
            ));
        }
        parcels
    }

    fn upload_all(&self, mut ledger: Ledger, parcels: VecDeque<Parcel>) -> (Ledger, Result<Sum, PipelineError>) {
        let connection = match self.connection() {
            Ok(connection) => connection,
            Err(error) => return (ledger, Err(error)),
        };
        let clock = self.machine.clock();
        let of = parcels.len();
        let desk = Desk {
            parcels: Mutex::new(parcels),
            of,
            heavy: Mutex::new(()),
            client: &connection.client,
            control: &self.control,
            clock: &clock,
        };
        let mut sum = Sum { said_at: Some(clock.now()), ..Sum::default() };
        let mut result = Ok(());
        let (sender, receiver) = channel();
        let mut take = |(parcel, delivery): (Parcel, Delivery)| {
            if result.is_ok() {
                result = self.take_delivery(&mut ledger, &desk, &mut sum, parcel, delivery);
                if result.is_err() {
                    desk.keep(|_| false);
                }
            }
        };
        match self.machine.readers().min(of) {
            0 => {}
            1 => {
                while let Some(parcel) = desk.next() {
                    let delivery = desk.deliver(&parcel);
                    take((parcel, delivery));
                }
            }
            several => std::thread::scope(|scope| {
                for _ in 0..several {
                    let (sender, desk) = (sender.clone(), &desk);
                    drop(scope.spawn(logged_here(move || desk.work(&sender))));
                }
                drop(sender);
                receiver.into_iter().for_each(take);
            }),
        }
        (ledger, result.map(|()| sum))
    }

    /// Writes down what became of a file, before anybody is sent with it.
    fn take_delivery(
        &self,
        ledger: &mut Ledger,
        desk: &Desk<'_>,
        sum: &mut Sum,
        parcel: Parcel,
        delivery: Delivery,
    ) -> Result<(), PipelineError> {
        let connection = self.connection()?;
        let mut entries = connection.take_calls();
        match delivery {
            Delivery::Done(uploaded, prepared) => {
                sum.failures = 0;
                // Others are taken: those before it were refused for what they are, in this run.
                sum.unusable.append(&mut sum.unknown);
                self.count(sum, &parcel.file, &prepared);
                self.tell_progress(sum, desk);
                entries.push(Entry::Uploaded(*uploaded));
            }
            Delivery::Unusable(code, more) => sum.unusable.push((parcel, (code, more))),
            Delivery::Changed => sum.changed.push(parcel.file),
            Delivery::Failed(ReadError::Stopped) => {}
            Delivery::Failed(error) => {
                let kind = parcel.need.1;
                match error.class(connection.client.errors()) {
                    Class::FixRow if speaks_of_a_file(&error) => {
                        let refused = (parcel, (Code::FileRefused, platform_s_words(&error)));
                        if matches!(error, ReadError::Refused { .. }) {
                            entries.push(refusal(&refused, desk.clock.now()));
                        }
                        sum.unusable.push(refused);
                    }
                    Class::FixRow => {
                        let said = platform_s_words(&error);
                        sum.unknown.push((parcel, (Code::FileRefused, said)));
                        // So many in a row that say nothing of a file are about the account or the way there, and about none of
                        // these files, nor of those that are under way.
                        sum.is_refused_all |= sum.unknown.len() >= UNKNOWN_MAX;
                        if sum.is_refused_all {
                            sum.unknown.clear();
                            desk.keep(|parcel| parcel.need.1 != kind);
                            sum.failed.get_or_insert(error);
                        }
                    }
                    Class::QuotaSpent | Class::StopEndpoint => {
                        desk.keep(|parcel| parcel.need.1 != kind);
                        sum.spent.push(upload_of(kind).endpoint());
                        sum.failed.get_or_insert(error);
                    }
                    Class::StopAccount => {
                        desk.keep(|_| false);
                        sum.account.get_or_insert(error);
                    }
                    _ => {
                        sum.failures += 1;
                        if sum.failures >= FAILURES_MAX {
                            desk.keep(|_| false);
                        }
                        sum.failed.get_or_insert(error);
                    }
                }
            }
        }
        Ok(ledger.write_entries(self.run_id, &entries)?)
    }

    fn tell_progress(&self, sum: &mut Sum, desk: &Desk<'_>) {
        let now = desk.clock.now();
        if sum.said_at.is_none_or(|said_at| now.since(said_at) >= LINE_EVERY) && sum.done < desk.of {
            sum.said_at = Some(now);
            let (done, of) = (sum.done, desk.of);
            self.say(words!("{done} of {of} files are uploaded"; "已上传 {done}/{of} 个文件"));
        }
    }

    fn count(&self, sum: &mut Sum, file: &PictureFile, prepared: &Prepared) {
        sum.done += 1;
        sum.smaller += usize::from(prepared.is_shrunk());
        sum.turned += usize::from(prepared.is_turned);
        sum.located += usize::from(prepared.location_removed);
        sum.bytes_before += file.bytes;
        sum.bytes_after += prepared.bytes.len() as u64;
        let Some(Words { en, zh }) = prepared.words() else { return };
        let name = &file.name;
        tracing::info!(file = %name, done = %en, "prepared");
        if sum.told < TOLD_MAX {
            sum.told += 1;
            self.say(words!("{name} {en}"; "{name} {zh}"));
        }
    }

    fn conclude_uploads(&mut self, mut sum: Sum) -> Result<(), PipelineError> {
        sum.unusable.append(&mut sum.unknown);
        let Sum { done, smaller, turned, located, bytes_before, bytes_after, .. } = sum;
        if done > 0 {
            let (before, after) = (megabytes(bytes_before), megabytes(bytes_after));
            self.say(words!(
                "uploaded {done} files ({before:.1} MB → {after:.1} MB): {smaller} made smaller, {turned} turned upright, location removed from {located}";
                "已上传 {done} 个文件（{before:.1} MB → {after:.1} MB）：压缩 {smaller} 个，转正 {turned} 个，去除位置信息 {located} 个"
            ));
        }
        self.spent_uploads.extend(sum.spent);
        if let Some(error) = sum.account {
            return Err(error.into());
        }
        if let Some(error) = sum.failed {
            self.warn(words!(
                "some files were not uploaded ({error}); their stores wait, and the same command goes on with them";
                "部分文件未能上传（{error}）；相关门店暂不提交，重新运行同一命令可继续"
            ));
        }
        self.warn_of_changed(&sum.changed);
        if !sum.unusable.is_empty() {
            self.warn_of_unusable(&sum.unusable);
            condemn(&self.album, sum.unusable);
            self.plan()?;
        }
        Ok(())
    }
}

impl Work<'_> {
    /// Names the first files that are others by now, or gone, and counts the rest: a folder that is not there any more takes
    /// all of them with it.
    fn warn_of_changed(&self, changed: &[PictureFile]) {
        for PictureFile { path, .. } in changed {
            self.album.forget(path);
        }
        for PictureFile { name, .. } in changed.iter().take(TOLD_MAX) {
            self.warn(words!(
                "{name} has changed since the plan was made, or is gone: its stores wait for the next run";
                "{name} 在制定计划后已改变或不存在：相关门店留待下次运行"
            ));
        }
        let more = changed.len().saturating_sub(TOLD_MAX);
        if more > 0 {
            self.warn(words!(
                "{more} more files have changed since the plan was made, or are gone";
                "另有 {more} 个文件在制定计划后已改变或不存在"
            ));
        }
    }

    /// Says of the first of them what is wrong, and counts the rest; all of them are told at their stores.
    fn warn_of_unusable(&self, unusable: &[(Parcel, (Code, String))]) {
        for (parcel, (code, more)) in unusable.iter().take(TOLD_MAX) {
            let (Words { en, zh }, name) = (code.title(), &parcel.file.name);
            let more = if more.is_empty() { String::new() } else { format!(" ({more})") };
            self.warn(words!("{code}: {name}{more}: {en}; its stores are not sent"; "{code}：{name}{more}：{zh}；相关门店不提交"));
        }
        let rest = unusable.len().saturating_sub(TOLD_MAX);
        if rest > 0 {
            self.warn(words!(
                "{rest} more files cannot be used; each is told at its stores"; "另有 {rest} 个文件无法使用，详见各门店"
            ));
        }
    }
}

fn condemn(album: &Album, unusable: Vec<(Parcel, (Code, String))>) {
    for (Parcel { need: (content, kind), .. }, fault) in unusable {
        album.condemn(&content, kind, fault);
    }
}

/// What the ledger keeps of a refusal: the same content is not sent again to be refused once more.
fn refusal((parcel, (_, words)): &(Parcel, (Code, String)), at: Stamp) -> Entry {
    let (Parcel { need: (content, kind), file }, words) = (parcel, words.clone());
    Entry::FileRefused(RefusedFile {
        sha256: content.sha256().to_owned(),
        kind: *kind,
        words,
        name: file.name.clone(),
        at,
    })
}

/// Whether the refusal is about the file that was sent, whoever sends it and however it travels.
fn speaks_of_a_file(error: &ReadError) -> bool {
    match error {
        ReadError::Refused { errcode, .. } => FILE_ERRCODES.contains(errcode),
        ReadError::Rules(_) => true,
        _ => false,
    }
}

/// `40009 invalid image size`; what is no answer of the platform in its own words.
fn platform_s_words(error: &ReadError) -> String {
    match error {
        ReadError::Refused { errcode, errmsg, .. } => format!("{errcode} {errmsg}"),
        other => other.to_string(),
    }
}
