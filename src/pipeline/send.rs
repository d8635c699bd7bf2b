//! Sending: what an earlier run left open is settled first, deletions are read before they are sent, and the engine does
//! the rest.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::media::{MEDIA_ID_UNKNOWN, Uploads};
use super::plan::body_of;
use super::quota::load_of;
use super::waves::due_in_waves;
use super::{Notice, Orders, PipelineError, Preview, WaveEnd, Work};
use crate::engine::{
    Concurrency, Ending, Halt, Job, Phase, Policy, Progress, QuotaWatch, Rate, Surroundings, Task, Voyage, WaitsFor,
    recover,
};
use crate::ledger::{Entry, StoreRow};
use crate::plan::{Load, estimate};
use crate::store::{Decision, Estimate, MediaKind, PoiId, State, Verb, Words};
use crate::words;

/// So many due stores are looked at together.
const AT_A_TIME: usize = 1024;

/// How a run ended.
#[derive(Debug, Clone, Default)]
pub struct Ended {
    /// Why it sent nothing more, if it did not simply finish.
    pub halt: Option<Halt>,
    /// What the platform said when it stopped the account or a verb.
    pub words: Option<Words>,
    /// Its numbers.
    pub progress: Progress,
    /// Why its waves ended before all stores were sent.
    pub wave: Option<WaveEnd>,
    /// Stores whose new order was not taken up, because the outcome of an earlier one was open.
    pub put_off: u64,
}

impl Ended {
    /// A run that was to send nothing.
    #[must_use]
    pub fn planned() -> Self {
        Self::default()
    }

    /// This end after the sending that came before it.
    pub(super) fn followed_by(self, next: Self) -> Self {
        let progress = self.progress + next.progress;
        // A platform that took something again is not down.
        let halt = self.halt.filter(|halt| *halt != Halt::PlatformDown || next.progress.ok == 0);
        let (words, wave) = (next.words.or(self.words), next.wave.or(self.wave));
        Self { halt: next.halt.or(halt), words, progress, wave, put_off: self.put_off.max(next.put_off) }
    }

    /// Whether the platform may still be read.
    pub(super) fn may_read_on(&self) -> bool {
        !matches!(self.halt, Some(Halt::Account | Halt::Stopped))
    }
}

impl From<Ending> for Ended {
    fn from(ending: Ending) -> Self {
        Self { halt: ending.halt, words: ending.words, progress: ending.progress, ..Self::default() }
    }
}

impl Work<'_> {
    /// What an earlier process left in flight has an unknown outcome: it is written down as lost, and settled by reading.
    pub(super) fn recover(&mut self) -> Result<(), PipelineError> {
        let rows = self.ledger().stores_at(&[State::InFlight], None)?;
        let now = self.clock.now();
        let entries = recover(&rows, now)?;
        if !entries.is_empty() {
            let n = entries.len();
            self.warn(words!(
                "an earlier run ended with {n} requests under way; they are settled by reading, not by sending again";
                "上次运行中断时有 {n} 个请求未收到结果，将通过查询核实，不会重复提交"
            ));
        }
        let run_id = self.run_id;
        self.is_planned &= entries.is_empty();
        self.ledger_mut().write_entries(run_id, &entries)?;
        self.tell_durable(rows.iter(), &entries);
        self.remember_sends()
    }

    /// What is to be sent, in the order of the ledger or of the waves: nothing that this run has handed out already.
    pub(super) fn due(&self) -> Result<Vec<StoreRow>, PipelineError> {
        if self.orders.waves.is_some() {
            return Ok(due_in_waves(self.rows()?, &|row| self.is_due(row)));
        }
        self.going(&|row| self.is_due(row))
    }

    /// The stores that go, in the order of the ledger; new ones as far as the limit reaches, for no other is looked at.
    fn going(&self, goes: &dyn Fn(&StoreRow) -> bool) -> Result<Vec<StoreRow>, PipelineError> {
        let mut rows = self.rows_at(&[State::Retry])?;
        rows.retain(|row| goes(row));
        let limit = self.limit_left().map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
        let mut new = Vec::new();
        let pending: Vec<i64> = self.standpoints(&[State::Pending])?.into_iter().map(|at| at.id).collect();
        for ids in pending.chunks(AT_A_TIME) {
            if new.len() >= limit {
                break;
            }
            new.extend(self.ledger().stores(Some(ids))?.into_iter().filter(|row| goes(row)));
        }
        new.truncate(limit);
        rows.extend(new);
        rows.sort_unstable_by_key(|row| row.id);
        Ok(rows)
    }

    /// What a person is asked about: with `--wait-for-quota` what a later day of this run will send, too, for nobody is there
    /// at midnight.
    fn asked_about(&self) -> Result<Vec<StoreRow>, PipelineError> {
        if !self.orders.wait_for_quota {
            return self.due();
        }
        if self.orders.waves.is_some() {
            return Ok(due_in_waves(self.rows()?, &|row| self.is_wanted(row)));
        }
        self.going(&|row| self.is_wanted(row))
    }

    /// Whether a row is to be sent today, and was not handed out in this run.
    pub(super) fn is_due(&self, row: &StoreRow) -> bool {
        let is_left = |verb: Verb| self.allowance.get(&verb) != Some(&0);
        self.is_wanted(row) && row.decision.action.verb().is_none_or(is_left)
    }

    /// The same, whatever the day's quota.
    pub(super) fn is_wanted(&self, row: &StoreRow) -> bool {
        // Only what this run has seen on the platform: nothing is sent on an input's word alone.
        let is_fresh = row.now.as_ref().is_some_and(|now| Some(now.read_at) >= self.read_since);
        let goes = row.decision.action.verb().is_none_or(|verb| !self.stopped_verbs.contains(&verb));
        matches!(row.state, State::Pending | State::Retry) && is_fresh && goes && !self.sent.contains(&row.id)
    }

    /// Asks before the first write of a store, once for each.
    pub(super) fn ask(&mut self) -> Result<(), PipelineError> {
        let mut due = self.asked_about()?;
        let (mut new, limit) = (0, self.limit_left());
        due.retain(|row| {
            new += u64::from(row.state == State::Pending);
            let within = row.state != State::Pending || limit.is_none_or(|limit| new <= limit);
            within && !self.confirmed.contains(&row.id)
        });
        let count = |verb: Verb| due.iter().filter(|row| row.decision.action.verb() == Some(verb)).count() as u64;
        let rate = self.rate().unwrap_or(Rate::CAREFUL);
        self.uploaded = Uploads::of(self.ledger())?;
        let (uploads, loads) = self.upload_loads(&due);
        let preview = Preview {
            adds: count(Verb::AddStore),
            deletes: count(Verb::Delpoi),
            others: self
                .orders
                .job
                .verbs()
                .iter()
                .map(|verb| (*verb, count(*verb)))
                .find(|(verb, _)| !Verb::OF_MIGRATION.contains(verb)),
            bodies: due.iter().filter_map(|row| self.readable_body(row)).take(3).collect(),
            uploads,
            rate,
            estimate: self.estimate_of(
                &self.orders.job.verbs().iter().map(|verb| (*verb, count(*verb))).collect::<Vec<_>>(),
                loads,
                rate,
            ),
            wave: None,
        };
        if preview.calls() > 0 {
            let preview = Preview { wave: self.first_wave()?, ..preview };
            self.enter(Phase::Asking);
            self.control.wait_for(WaitsFor::Answer, None);
            if !(self.confirm)(&preview)? {
                return Err(PipelineError::Declined);
            }
        }
        self.confirmed.extend(due.iter().map(|row| row.id));
        Ok(())
    }

    /// What a request will say, for people: files by their names.
    fn readable_body(&self, row: &StoreRow) -> Option<serde_json::Value> {
        let mut body = body_of(row, &row.decision)?;
        self.album.readable(&mut body);
        Some(body)
    }

    /// How long so many writes and uploads take, by the rate and by what the days allow.
    fn estimate_of(&self, calls: &[(Verb, u64)], mut loads: Vec<Load>, rate: Rate) -> Estimate {
        let now = self.clock.now();
        loads.extend(calls.iter().map(|(verb, calls)| load_of(&self.calendar, *verb, *calls, now)));
        let bears = self.connection.as_ref().map_or(rate.a_second(), |connection| connection.pacer.writes_a_second());
        let spacing = rate.spacing().max(Duration::from_secs_f64(1.0 / bears.max(f64::MIN_POSITIVE).max(1e-6)));
        estimate(&loads, spacing, now, self.calendar.rules.day)
    }

    /// How many stores may still be sent for the first time in this run.
    pub(super) fn limit_left(&self) -> Option<u64> {
        self.orders.limit.map(|limit| limit.saturating_sub(self.begun))
    }

    /// Sends what is due and settles what is open.
    pub(super) fn send(&mut self) -> Result<Ended, PipelineError> {
        self.look_at_calendar()?;
        // Chosen once: what a reading takes out makes no room for a store that was not read, or that nobody was asked about.
        let mut due = self.due_now()?;
        due.retain(|row| self.confirmed.contains(&row.id));
        // Uploads may take hours: what is read before a deletion is read after them.
        let due = self.with_uploads(due)?;
        let chosen: HashMap<i64, Option<String>> = due.iter().map(|row| (row.id, row.body_hash.clone())).collect();
        let unread = self.read_before_deletion(due)?;
        let mut due = self.due()?;
        // One that was planned to say something else meanwhile is for the next sending.
        due.retain(|row| chosen.get(&row.id) == Some(&row.body_hash) && !unread.contains(&row.id));
        if self.is_stopped() {
            return Ok(Ended { halt: Some(Halt::Stopped), ..Ended::default() });
        }
        let open = self.open()?;
        let mut ended = self.run_engine(&due, &open)?;
        let mut again = self.to_be_renewed(&due)?;
        again.retain(|row| row.decision.action.verb().is_some_and(|verb| !self.stopped_verbs.contains(&verb)));
        // A platform that is down, or a wave that went wrong, takes nothing more.
        if !again.is_empty() && ended.halt.is_none() && ended.wave.is_none() {
            let n = again.len();
            self.say(words!(
                "{n} stores were refused for media ids that the platform knows no more (85056): their files are uploaded anew";
                "{n} 家门店因临时素材失效被拒（85056）：重新上传文件后再次提交"
            ));
            let again = self.with_uploads(again)?;
            ended = ended.followed_by(self.run_engine(&again, &[])?);
        }
        let new: HashSet<i64> = due.iter().filter(|row| row.state == State::Pending).map(|row| row.id).collect();
        let left = self.standpoints(&[State::Pending])?.iter().filter(|at| new.contains(&at.id)).count();
        self.begun += (new.len() - left) as u64;
        self.sent.extend(due.iter().map(|row| row.id));
        self.unsettled.extend(open.iter().map(|row| row.id));
        Ok(ended)
    }

    /// Stores that were refused for media ids of ours, and may be sent once more with new ones.
    fn to_be_renewed(&self, due: &[StoreRow]) -> Result<Vec<StoreRow>, PipelineError> {
        let renewing: Vec<i64> = due.iter().filter(|row| renews(row)).map(|row| row.id).collect();
        if renewing.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = self.ledger().stores(Some(&renewing))?;
        rows.retain(|row| row.state == State::Retry && row.errcode == Some(MEDIA_ID_UNKNOWN));
        Ok(rows)
    }

    /// Whether an outcome that was open turned out not to have happened since this was last asked: such a store may be sent
    /// once more in this run.
    pub(super) fn reopened(&mut self) -> Result<bool, PipelineError> {
        let again: Vec<i64> = self.standpoints(&[State::Retry])?.iter().map(|at| at.id).collect();
        let again: Vec<i64> = again.into_iter().filter(|id| self.unsettled.remove(id)).collect();
        for id in &again {
            self.sent.remove(id);
        }
        self.unsettled = self.standpoints(&[State::Unknown])?.iter().map(|at| at.id).collect();
        Ok(!again.is_empty())
    }

    /// Settles what is open and sends nothing.
    pub(super) fn settle(&mut self) -> Result<Ended, PipelineError> {
        let open = self.open()?;
        self.run_engine(&[], &open)
    }

    /// Stores whose last outcome is open, in scope or not.
    fn open(&self) -> Result<Vec<StoreRow>, PipelineError> {
        Ok(self.ledger().stores_at(&[State::Unknown], None)?)
    }

    /// The full old record is in the ledger before a deletion is sent. A store that cannot be read is not deleted; the
    /// others proceed.
    fn read_before_deletion(&mut self, due: Vec<StoreRow>) -> Result<HashSet<i64>, PipelineError> {
        let mut deletions = due;
        deletions.retain(|row| row.decision.action.verb() == Some(Verb::Delpoi));
        let deletions: Vec<&StoreRow> = deletions.iter().collect();
        let unread = self.read_by_key(&deletions)?;
        if let Some(error) = &unread.why {
            let (n, named) = (unread.ids.len(), unread.named(&deletions));
            self.warn(words!(
                "{n} deletions are not sent, because their record could not be read first ({named}): {error}";
                "{n} 家门店未删除，因为删除前无法读取其资料（{named}）：{error}"
            ));
        }
        Ok(unread.ids)
    }

    fn run_engine(&mut self, due: &[StoreRow], open: &[StoreRow]) -> Result<Ended, PipelineError> {
        let now = self.clock.now();
        let sent = due.iter().filter_map(|row| task(row, self.uploaded.filled(row, now).as_ref()));
        // An open outcome is only settled here: whether the store goes again is for plan and permissions to say.
        let settled = open.iter().filter_map(|row| task(row, None));
        let tasks: Vec<Task> = sent.chain(settled).collect();
        if tasks.is_empty() {
            return Ok(Ended::default());
        }
        self.is_planned = false;
        self.announce(due, open.len());
        self.enter(if due.is_empty() { Phase::Settling } else { Phase::Sending });
        self.control.begin_sending();
        let Some(ledger) = self.ledger.take() else { return Err(PipelineError::NotConnected) };
        let (ledger, result) = self.drive(ledger, &tasks);
        self.ledger = Some(ledger);
        self.note_calls()?;
        let ending = result?;
        self.stopped_verbs.extend(&ending.stopped_verbs);
        if ending.halt == Some(Halt::Enough) {
            // Nothing new goes before the wave is weighed, and what stopped it is told at once.
            (self.takes_until, self.reads_on) = (0, false);
        }
        self.spent_verbs.extend(&ending.spent_verbs);
        self.short.extend(ending.spent_verbs.iter().chain(&ending.short_verbs));
        for (verb, told) in ending.told.iter().cloned() {
            self.calendar.remember(verb.into(), told);
        }
        self.remember_told()?;
        // With the calls of this sending in it: whether the rest is for another day is asked next.
        self.look_at_calendar()?;
        Ok(ending.into())
    }

    fn announce(&mut self, due: &[StoreRow], open: usize) {
        let wanted = |verb: Verb| due.iter().filter(|row| row.decision.action.verb() == Some(verb)).count() as u64;
        let by_verb: BTreeMap<Verb, u64> = self.orders.job.verbs().iter().map(|verb| (*verb, wanted(*verb))).collect();
        self.tell_calendar(&by_verb);
        let today = |(verb, wanted): (Verb, u64)| self.allowance.get(&verb).map_or(wanted, |left| wanted.min(*left));
        let due = usize::try_from(by_verb.into_iter().map(today).sum::<u64>()).unwrap_or(usize::MAX);
        if due > 0 {
            let rate = self.rate().map(|rate| rate.to_string()).unwrap_or_default();
            let new = self.limit_left().map_or(due, |limit| due.min(usize::try_from(limit).unwrap_or(usize::MAX)));
            self.say(words!("sending for {new} stores at {rate}"; "开始提交 {new} 家门店，速率 {rate}"));
        }
        if open > 0 {
            let seconds = self.orders.settle_window.as_secs_f64();
            self.say(words!(
                "{open} outcomes are open; they are read once {seconds} s have passed";
                "{open} 家门店结果待核实，{seconds} 秒后查询"
            ));
        }
    }

    fn drive(
        &self,
        ledger: crate::ledger::Ledger,
        tasks: &[Task],
    ) -> (crate::ledger::Ledger, Result<Ending, PipelineError>) {
        let connection = match self.connection() {
            Ok(connection) => connection,
            Err(error) => return (ledger, Err(error)),
        };
        let of = tasks.len() as u64;
        let tell = self.tell;
        let progress = |progress: Progress| tell(Notice::Progress(progress, of));
        let durable = |poi_id: &PoiId, entry: &Entry| {
            tell(Notice::Durable(poi_id.clone(), Box::new(entry.clone())));
        };
        let warn = |words: Words| tell(Notice::Warning(words));
        let around = Surroundings {
            client: &connection.client,
            pacer: &connection.pacer,
            control: &self.control,
            clock: self.machine.clock(),
            progress: &progress,
            warn: &warn,
            durable: &durable,
        };
        let policy = Policy {
            settle_window: self.orders.settle_window,
            limit: self.limit_left(),
            brake: self.brake,
            budget: self.allowance.clone(),
            watch: QuotaWatch::new(&self.calendar, self.clock.now()),
            ..Policy::default()
        };
        let concurrency = concurrency(self.orders);
        let voyage = Voyage { ledger, run_id: self.run_id, tasks, policy, concurrency };
        let (ledger, ending) = self.machine.carry_out(voyage, &around);
        (ledger, ending.map_err(PipelineError::from))
    }
}

fn concurrency(orders: &Orders) -> Concurrency {
    orders.concurrency.map_or(Concurrency::FromLatency, Concurrency::Fixed)
}

/// Whether the store is sent with media ids of ours that may be renewed, should the platform not know them; they are renewed
/// once.
fn renews(row: &StoreRow) -> bool {
    let has_ids = || row.decision.files().iter().any(|(_, kind)| *kind == MediaKind::Temporary);
    row.errcode != Some(MEDIA_ID_UNKNOWN) && has_ids()
}

/// A store's task; `filled` is its decision with addresses and media ids in the place of files, `None` for one that is only
/// settled.
fn task(row: &StoreRow, filled: Option<&Decision>) -> Option<Task> {
    let body = filled.and_then(|decision| body_of(row, decision));
    let verb = match (row.state, &row.last_write) {
        (State::Unknown, Some(write)) => write.verb,
        _ => row.decision.action.verb()?,
    };
    let sendable = body.is_some();
    let body = body.unwrap_or_default();
    Some(Task {
        id: row.id,
        poi_id: row.poi_id().cloned().or_else(|| PoiId::new(row.record.sid.as_ref()?.as_str()))?,
        ordered: row.decision.order.clone(),
        body_hash: super::plan::hash(&body.to_string()),
        body,
        renews: renews(row),
        job: Job {
            verb,
            standing: row.standing(),
            attempts: row.attempts,
            sendable,
            shown: row.now.as_ref().map(|now| (now.status.clone(), now.comment.clone())),
        },
    })
}
