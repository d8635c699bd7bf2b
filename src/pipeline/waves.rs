//! The run in waves: what of the due stores goes now, how a wave is weighed once it is sent, and what is said of it. Where
//! the waves stand is read from the ledger: a store for which a write was ever begun counts as sent. One thing alone is
//! remembered beside it, which of them were weighed and let pass: so no crash asks twice or skips a weighing, and no target
//! that moves with the number of stores does either.

mod told;
mod weighed;

use std::collections::HashSet;

pub use told::{WaveEnd, WaveEndKind};

use super::{Ended, FirstWave, PipelineError, Work};
use crate::engine::{Brake, Halt, Phase, WaitsFor};
use crate::ledger::StoreRow;
use crate::plan::{Move, Reached, Site, Tally, Wave, Wrong, next_move, spread};
use crate::store::{LegacyStore, State, Verb};
use crate::wire::{Endpoint, ErrorTable};

/// A wave of fewer stores is weighed at its end only: in ten stores the third error is no sign yet.
const BRAKED_FROM: u64 = 20;

/// The stores in scope, as the waves see them.
struct Muster {
    waves: Vec<Wave>,
    reached: Reached,
    /// Stores that were sent and not let pass yet: what is weighed next.
    group: Vec<StoreRow>,
    /// How each of the group went wrong so far, if it did.
    wrong: Vec<Option<Wrong>>,
    /// Nothing of the group is due again or on its way.
    is_complete: bool,
}

impl Muster {
    fn next(&self) -> Move {
        next_move(&self.waves, self.reached)
    }

    fn tally(&self) -> Tally {
        self.wrong.iter().copied().flatten().collect()
    }

    /// How many stores a wave has, those of it included that are still to be sent.
    fn size(&self, wave: usize) -> u64 {
        (self.waves[wave].until.saturating_sub(self.reached.weighed)).max(self.group.len() as u64)
    }

    /// The wave that is being sent, or was last.
    fn current(&self) -> Option<usize> {
        let unweighed = self.waves.iter().position(|wave| wave.until > self.reached.weighed);
        unweighed.or(self.waves.len().checked_sub(1))
    }

    /// How many stores the current wave still takes.
    fn room(&self) -> u64 {
        self.current().map_or(0, |wave| self.waves[wave].until.saturating_sub(self.reached.sent))
    }

    /// Whether one of the waves that end with this group waits for reviews.
    fn waits_for_review(&self, wave: usize) -> bool {
        self.waves[..=wave].iter().any(|wave| wave.review && wave.until > self.reached.weighed)
    }

    fn in_review(&self) -> u64 {
        self.group.iter().filter(|row| row.state == State::InReview).count() as u64
    }
}

impl Work<'_> {
    /// Sends in waves where the user wants waves: each is sent and settled like a run of its own, then it is weighed.
    pub(super) fn send_in_waves(&mut self) -> Result<Ended, PipelineError> {
        if self.orders.waves.is_none() {
            return self.send_and_settle();
        }
        // What an earlier run left open says how its wave went only once it is settled.
        let mut ended = self.settle()?;
        let mut is_first = true;
        while ended.halt.is_none() && !self.is_stopped() {
            let muster = self.muster()?;
            let step = match muster.next() {
                Move::Over if muster.reached.new > 0 => {
                    ended = ended.followed_by(self.wait_for_reviews(false, None)?.1);
                    Step::Ended(told::last_target(&muster))
                }
                Move::Over if is_first => return Ok(ended.followed_by(self.send_and_settle()?)),
                Move::Over => break,
                Move::Weigh(wave) => self.weigh(muster, wave)?,
                Move::New(wave) if self.is_too_much(&muster, wave) => self.weigh(muster, wave)?,
                Move::New(_) if self.limit_left() == Some(0) => break,
                Move::New(_) | Move::Again => {
                    if !is_first && !self.may_send_again()? {
                        break;
                    }
                    is_first = false;
                    self.send_wave(&muster)?
                }
            };
            match step {
                Step::Sent(sent) => ended = ended.followed_by(sent),
                Step::Passed => {}
                Step::Incomplete(sent) => {
                    ended = ended.followed_by(sent);
                    break;
                }
                Step::Ended(end) => {
                    ended.wave = Some(end);
                    break;
                }
            }
        }
        Ok(ended)
    }

    /// One sending of the wave. What a sending does not begin although it could is left: it would not the next time either.
    fn send_wave(&mut self, muster: &Muster) -> Result<Step, PipelineError> {
        let Some(current) = muster.current() else { return Ok(Step::Incomplete(Ended::default())) };
        let is_last = current + 1 == muster.waves.len();
        let all_goes = muster.reached.new == 0 || is_last && muster.next() != Move::Again;
        (self.reads_on, self.wait_until) = (all_goes, None);
        self.brake = (muster.size(current) >= BRAKED_FROM).then(|| self.bears(muster, current));
        let room = if muster.next() == Move::Again { 0 } else { muster.room() };
        self.takes_until = self.begun + room;
        let result = self.send_and_settle();
        (self.reads_on, self.brake, self.takes_until) = (true, None, 0);
        let mut ended = result?;
        if ended.halt == Some(Halt::Enough) {
            ended.halt = None;
            self.take_back_what_was_not_begun()?;
        } else if ended.halt.is_none() && ended.progress.sent == 0 {
            return Ok(Step::Incomplete(ended));
        }
        Ok(Step::Sent(ended))
    }

    /// Weighs a wave that is sent, or one that is too bad to be sent to its end.
    fn weigh(&mut self, mut muster: Muster, wave: usize) -> Result<Step, PipelineError> {
        if muster.waits_for_review(wave) && !self.is_too_much(&muster, wave) && muster.in_review() > 0 {
            (self.reads_on, self.wait_until) = (true, None);
            // What is settled meanwhile stands in the ledger.
            let (_, waited) = self.wait_for_reviews(false, None)?;
            if !waited.may_read_on() {
                return Ok(Step::Sent(waited));
            }
            self.reopened()?;
            muster = self.muster()?;
        }
        if self.is_too_much(&muster, wave) {
            let end = told::stopped(&muster, wave, &self.orders.shares);
            self.enter(Phase::Asking);
            self.control.wait_for(WaitsFor::Answer, None);
            if !(self.go_on)(&end) {
                return Ok(Step::Ended(end));
            }
            self.let_pass(&muster)?;
            return Ok(Step::Passed);
        }
        if muster.reached.again > 0 {
            return Ok(Step::Passed);
        }
        if !muster.is_complete {
            return Ok(Step::Incomplete(Ended::default()));
        }
        let in_review = muster.in_review();
        if muster.waits_for_review(wave) && in_review > 0 {
            return Ok(Step::Ended(told::in_review(&muster, wave)));
        }
        self.let_pass(&muster)?;
        self.say(told::passed(&muster, wave, self.limit_left()));
        Ok(Step::Passed)
    }

    fn is_too_much(&self, muster: &Muster, wave: usize) -> bool {
        !self.orders.shares.exceeded(&muster.tally(), muster.size(wave)).is_empty()
    }

    fn bears(&self, muster: &Muster, wave: usize) -> Brake {
        let (tally, size) = (muster.tally(), muster.size(wave));
        let left = |wrong| self.orders.shares.left(wrong, &tally, size);
        Brake { refused: left(Some(Wrong::Refused)), unknown_code: left(Some(Wrong::UnknownCode)), all: left(None) }
    }

    /// Stores that were handed out when the wave was stopped and never begun may be sent once somebody lets it go on.
    fn take_back_what_was_not_begun(&mut self) -> Result<(), PipelineError> {
        for at in self.standpoints(&[State::Pending])? {
            self.sent.remove(&at.id);
        }
        Ok(())
    }

    fn muster(&self) -> Result<Muster, PipelineError> {
        let rows = self.rows()?;
        let unweighed = self.unweighed()?;
        let due =
            |is_again: bool| rows.iter().filter(|row| was_sent(row) == is_again && self.is_wanted(row)).count() as u64;
        let (again, new) = (due(true), due(false));
        let (sent, group, of) = counted(rows, &unweighed);
        let reached = Reached { sent, weighed: sent - group.len() as u64, again, new };
        let errors = self.connection.as_ref().map(|connection| connection.client.errors().clone()).unwrap_or_default();
        let wrong =
            |row: &StoreRow| wrong(row, &errors).filter(|wrong| *wrong != Wrong::NotDone || self.was_tried(row));
        let wrong = group.iter().map(wrong).collect();
        let is_complete = group.iter().all(|row| self.is_through(row));
        let waves = self.orders.waves.as_ref().map(|waves| waves.of(of)).unwrap_or_default();
        Ok(Muster { waves, reached, group, wrong, is_complete })
    }

    /// Not done although this run has sent it as often as it does. One whose verb was stopped, or whose day came to its end,
    /// was not.
    fn was_tried(&self, row: &StoreRow) -> bool {
        let is_over = |verb: Verb| self.stopped_verbs.contains(&verb) || self.short.contains(&verb);
        let stopped = row.decision.action.verb().is_some_and(is_over);
        self.sent.contains(&row.id) && !stopped
    }

    fn is_through(&self, row: &StoreRow) -> bool {
        match row.state {
            State::Pending | State::InFlight => false,
            State::Retry => self.was_tried(row),
            _ => true,
        }
    }

    /// What of the due stores goes with the next sending.
    pub(super) fn due_now(&self) -> Result<Vec<StoreRow>, PipelineError> {
        let due = self.due()?;
        if self.orders.waves.is_none() {
            return Ok(due);
        }
        let (again, new): (Vec<StoreRow>, Vec<StoreRow>) = due.into_iter().partition(was_sent);
        if !again.is_empty() {
            return Ok(again);
        }
        let room = self.takes_until.saturating_sub(self.begun);
        Ok(new.into_iter().take(usize::try_from(room).unwrap_or(usize::MAX)).collect())
    }

    /// For the question before the first write.
    pub(super) fn first_wave(&self) -> Result<Option<FirstWave>, PipelineError> {
        if self.orders.waves.is_none() {
            return Ok(None);
        }
        let muster = self.muster()?;
        let Some(current) = muster.current() else { return Ok(None) };
        let new = muster.room().min(muster.reached.new).min(self.limit_left().unwrap_or(u64::MAX));
        let stores = if muster.reached.again > 0 { muster.reached.again } else { new };
        Ok(Some(FirstWave { number: current + 1, of: muster.waves.len(), stores }))
    }

    /// What the waves would be, for whoever looks at the plan first.
    pub(super) fn tell_waves(&self) -> Result<(), PipelineError> {
        let Some(waves) = &self.orders.waves else { return Ok(()) };
        let (sent, rest): (Vec<StoreRow>, Vec<StoreRow>) = self.rows()?.into_iter().partition(was_sent);
        let waiting: Vec<StoreRow> = rest.into_iter().filter(is_sendable).collect();
        let of = (sent.len() + waiting.len()) as u64;
        let order = spread_out(&sent, waiting);
        for words in told::outlook(&waves.of(of), sent.len(), &order) {
            self.say(words);
        }
        Ok(())
    }
}

/// What of these rows is due, in the order in which it goes in waves: what was sent before, then the others spread over
/// regions.
pub(super) fn due_in_waves(rows: Vec<StoreRow>, is_due: &dyn Fn(&StoreRow) -> bool) -> Vec<StoreRow> {
    let (sent, new): (Vec<StoreRow>, Vec<StoreRow>) = rows.into_iter().partition(was_sent);
    let new = spread_out(&sent, new.into_iter().filter(is_due).collect());
    let mut due: Vec<StoreRow> = sent.into_iter().filter(is_due).collect();
    due.extend(new);
    due
}

/// What came of one step.
enum Step {
    /// Something was sent.
    Sent(Ended),
    /// The wave was let pass.
    Passed,
    /// Nothing more can be done about the wave in this run, after this.
    Incomplete(Ended),
    /// The waves end here.
    Ended(WaveEnd),
}

fn was_sent(row: &StoreRow) -> bool {
    row.attempts > 0
}

fn is_sendable(row: &StoreRow) -> bool {
    matches!(row.state, State::Pending | State::Retry) && row.decision.action.verb().is_some()
}

/// How many were sent, those of them that were not weighed yet, and how many there are to be sent in all.
fn counted(rows: Vec<StoreRow>, unweighed: &HashSet<i64>) -> (u64, Vec<StoreRow>, u64) {
    let waiting = rows.iter().filter(|row| !was_sent(row) && is_sendable(row)).count() as u64;
    let sent: Vec<StoreRow> = rows.into_iter().filter(was_sent).collect();
    let n = sent.len() as u64;
    (n, sent.into_iter().filter(|row| unweighed.contains(&row.id)).collect(), n + waiting)
}

/// How a store that was sent went wrong, if it did.
fn wrong(row: &StoreRow, errors: &ErrorTable) -> Option<Wrong> {
    match row.state {
        State::Rejected => Some(match row.errcode.filter(|errcode| *errcode != 0) {
            None => Wrong::Rejected,
            Some(errcode) if errors.meaning(endpoint(row), errcode).is_some() => Wrong::Refused,
            Some(_) => Wrong::UnknownCode,
        }),
        State::Unknown | State::InFlight => Some(Wrong::Lost),
        State::Retry => Some(Wrong::NotDone),
        State::Drifted | State::Vanished => Some(Wrong::Changed),
        _ => None,
    }
}

fn endpoint(row: &StoreRow) -> Endpoint {
    let verb = row.last_write.as_ref().map(|write| write.verb).or_else(|| row.decision.action.verb());
    verb.unwrap_or(Verb::AddStore).into()
}

fn spread_out(sent: &[StoreRow], waiting: Vec<StoreRow>) -> Vec<StoreRow> {
    let order = spread(&sites(sent), &sites(&waiting));
    let mut waiting: Vec<Option<StoreRow>> = waiting.into_iter().map(Some).collect();
    order.into_iter().filter_map(|n| waiting[n].take()).collect()
}

fn sites(rows: &[StoreRow]) -> Vec<Site<'_>> {
    let site = |row| {
        let (province, city) = region(row);
        let write = row.last_write.as_ref().map(|write| write.verb);
        Site { verb: write.or_else(|| row.decision.action.verb()).unwrap_or(Verb::AddStore), province, city }
    };
    rows.iter().map(site).collect()
}

/// Province and city, as the source has them, else as the platform shows them.
fn region(row: &StoreRow) -> (&str, &str) {
    fn told(row: &StoreRow, field: fn(&LegacyStore) -> &str) -> &str {
        let platform = row.platform.as_ref().map(|store| field(store).trim());
        Some(field(&row.record).trim()).filter(|text| !text.is_empty()).or(platform).unwrap_or("")
    }
    (told(row, |store| &store.province), told(row, |store| &store.city))
}
