//! The main job as one readable page: read, check, plan, connect, settle what was left, read the platform, send, settle,
//! read again. Each stage is one call.

mod album;
mod asking;
mod check;
mod clashes;
mod closed_list;
mod columns;
mod connect;
mod days;
mod deletions;
mod error;
mod examine;
mod foresight;
mod forms;
mod jobs;
mod joined;
mod machine;
mod media;
mod orders;
mod plan;
mod quota;
mod reading;
mod send;
mod take;
mod waves;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use album::Album;
pub use asking::{Asked, ask_quotas};
pub use check::{Checked, check_files};
pub use connect::{Connection, PlatformSettings, rate_of};
pub use deletions::Deletions;
pub use error::{PipelineError, codes_listed};
pub use examine::{Examination, examine};
pub use forms::{Standing, lacks_data, standing_now, standing_of_files, supplied_of};
pub use jobs::order_on_the_command_line;
pub use machine::{Machine, ThisMachine};
pub use media::uploads_left;
pub use orders::{FirstWave, Notice, Orders, Preview, quoted};
pub use quota::{calendar_of, load_of, load_of_calls, standing_words};
pub use reading::pull;
pub use send::Ended;
pub use waves::{WaveEnd, WaveEndKind};

use days::Begin;
use foresight::Foreseen;

use crate::engine::{Brake, Calendar, Control, Phase};
use crate::intake::{Input, SupplementFile};
use crate::ledger::{Entry, Ledger, Standpoint, StoreRow};
use crate::store::{Clock, Code, JoinKey, PoiId, Stamp, State, Verb};
use crate::wire::Endpoint;
use crate::words;

/// So often a run sends again what turned out not to have happened; what is left then is for the next run.
const ROUNDS_MAX: u32 = 5;

/// A run over one ledger: what it works on, and what it needs from outside.
pub struct Work<'a> {
    /// The ledger; out of the house only while the engine writes to it.
    ledger: Option<Ledger>,
    /// The number of the run in the ledger.
    pub run_id: i64,
    /// What the user wants.
    pub orders: &'a Orders,
    /// What it runs on.
    pub machine: &'a dyn Machine,
    clock: Clock,
    /// Who runs it, for the record.
    pub person: &'a str,
    /// A person's hand on the run.
    pub control: Arc<Control>,
    /// Hears of everything worth telling.
    pub tell: &'a (dyn Fn(Notice) + Sync),
    /// Asks a person before the first write; `true` goes on.
    pub confirm: &'a dyn Fn(&Preview) -> Result<bool, PipelineError>,
    /// The rows that this run is about.
    pub scope: Vec<i64>,
    /// The plan is of what the ledger holds: nothing that it looks at has changed since.
    is_planned: bool,
    /// Stores whose new order was not taken up yet.
    put_off: u64,
    /// The latest supplied cell that the plan has looked at: somebody may fill in more beside the run.
    planned_with: i64,
    /// What was planned of new stores while they were read, until the plan takes it up.
    foreseen: Option<Foreseen>,
    connection: Option<Connection>,
    /// When this run's latest pass over the list was asked for: only stores seen since then are sent.
    read_since: Option<Stamp>,
    /// The stores in that pass, by either of their ids.
    listed: HashSet<JoinKey>,
    /// Stores that were handed to the engine to be sent: once a run is enough, unless it turns out that it did not happen.
    sent: HashSet<i64>,
    /// Stores that a person was asked about, and said yes.
    confirmed: HashSet<i64>,
    /// Stores that this run has sent for the first time.
    begun: u64,
    /// Stores whose outcome was open when it was last looked at.
    unsettled: HashSet<i64>,
    /// Findings that keep something back and belong to no store, with how often.
    unowned: BTreeMap<Code, u64>,
    /// The stores that supplements name which this run was given and an earlier one has taken.
    named_again: HashSet<JoinKey>,
    /// Warnings that are said once.
    said: HashSet<String>,
    /// Until when reviews are waited for, once that has begun.
    wait_until: Option<Stamp>,
    /// Writes that the platform takes no more of in this run.
    stopped_verbs: BTreeSet<Verb>,
    /// Asks a person whether a wave that went wrong may be followed by the next one; nobody is asked unless this is set.
    pub go_on: &'a dyn Fn(&WaveEnd) -> bool,
    /// Reviews are waited for after the sending; not between waves.
    reads_on: bool,
    /// What the wave that is being sent still bears.
    brake: Option<Brake>,
    /// The wave that is being sent takes new stores until this run has begun so many.
    takes_until: u64,
    /// Those among them whose day is spent.
    spent_verbs: BTreeSet<Verb>,
    /// Writes of which something was left over today for want of quota.
    short: BTreeSet<Verb>,
    /// How often in a row a day could not begin.
    waited_out: u32,
    /// The quota calendar, as it was last looked at.
    calendar: Calendar,
    /// How many writes of a verb may leave today, where that is known.
    allowance: BTreeMap<Verb, u64>,
    /// The local pictures.
    album: Album,
    /// What of them the platform has.
    uploaded: media::Uploads,
    /// Uploads whose day is spent.
    spent_uploads: BTreeSet<Endpoint>,
}

impl<'a> Work<'a> {
    /// Begins with an open ledger.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "each is a port of its own; a bag of them would only rename it")]
    pub fn new(
        ledger: Ledger,
        run_id: i64,
        orders: &'a Orders,
        machine: &'a dyn Machine,
        person: &'a str,
        control: Arc<Control>,
        tell: &'a (dyn Fn(Notice) + Sync),
        confirm: &'a dyn Fn(&Preview) -> Result<bool, PipelineError>,
    ) -> Self {
        Self {
            ledger: Some(ledger),
            run_id,
            orders,
            machine,
            clock: machine.clock(),
            person,
            control,
            tell,
            confirm,
            scope: Vec::new(),
            is_planned: false,
            planned_with: 0,
            put_off: 0,
            foreseen: None,
            connection: None,
            read_since: None,
            listed: HashSet::new(),
            sent: HashSet::new(),
            confirmed: HashSet::new(),
            begun: 0,
            unsettled: HashSet::new(),
            unowned: BTreeMap::new(),
            named_again: HashSet::new(),
            said: HashSet::new(),
            wait_until: None,
            stopped_verbs: BTreeSet::new(),
            go_on: &|_| false,
            reads_on: true,
            brake: None,
            takes_until: 0,
            spent_verbs: BTreeSet::new(),
            short: BTreeSet::new(),
            waited_out: 0,
            calendar: Calendar::default(),
            allowance: BTreeMap::new(),
            album: Album::default(),
            uploaded: media::Uploads::default(),
            spent_uploads: BTreeSet::new(),
        }
    }

    /// The main job.
    ///
    /// # Errors
    ///
    /// What ends a run early; what was done until then is in the ledger.
    pub fn migrate(
        &mut self,
        mut inputs: Vec<Input>,
        supplements: Vec<SupplementFile>,
        platform: Option<&PlatformSettings>,
    ) -> Result<Ended, PipelineError> {
        let is_live = inputs.is_empty();
        self.open_album()?;
        self.take(&mut inputs, &supplements)?;
        // The ledger has them now; a run of hours need not hold them twice.
        drop((inputs, supplements));
        self.plan()?;
        let Some(platform) = platform else {
            self.tell_unmatched()?;
            self.tell_idle_approvals()?;
            self.guard()?;
            self.tell_waves()?;
            self.tell_pictures()?;
            return Ok(Ended::planned());
        };
        self.carry_out(platform, if is_live { Begin::Platform } else { Begin::Planned })
    }

    /// Carries out the ledger's plan, with all its stores in scope.
    ///
    /// # Errors
    ///
    /// What ends a run early; what was done until then is in the ledger.
    pub fn apply(
        &mut self,
        supplements: &[SupplementFile],
        platform: &PlatformSettings,
    ) -> Result<Ended, PipelineError> {
        self.open_album()?;
        self.take_supplements(supplements)?;
        self.scope_everything()?;
        // Whether the platform is there is known before a large ledger is planned.
        self.carry_out(platform, Begin::Ledger)
    }

    /// Reads the platform, settles what was left open, and goes on reading while reviews are under way.
    ///
    /// # Errors
    ///
    /// What ends a run early; what was read until then is in the ledger.
    pub fn watch(&mut self, platform: &PlatformSettings) -> Result<Ended, PipelineError> {
        self.scope_everything()?;
        self.connect(platform)?;
        self.recover()?;
        self.read_platform(false)?;
        let ended = self.settle()?;
        if !ended.may_read_on() {
            return Ok(ended);
        }
        Ok(ended.followed_by(self.wait_for_reviews(false, None)?.1))
    }

    /// Sends what is due, and settles beside it what is open. What a reading shows not to have happened once its sending is
    /// over passes the plan, the permissions and the question like anything else, before it is sent again.
    fn send_and_settle(&mut self) -> Result<Ended, PipelineError> {
        self.look_at_calendar()?;
        self.ask()?;
        let mut ended = self.send()?;
        for round in 1.. {
            if !ended.may_read_on() || self.is_stopped() {
                break;
            }
            let again = round < ROUNDS_MAX;
            if !(again && self.reopened()?) {
                let unread = match self.read_platform(false) {
                    Ok(()) => None,
                    Err(error) if !self.orders.wait.is_zero() && self.may_pass(&error) => Some(error),
                    Err(error) => return Err(error),
                };
                if !(again && self.reopened()?) {
                    let (reopened, waited) = self.wait_for_reviews(again, unread)?;
                    ended = ended.followed_by(waited);
                    if !reopened {
                        break;
                    }
                }
            }
            if !self.may_send_again()? {
                ended = ended.followed_by(self.wait_for_reviews(false, None)?.1);
                break;
            }
            ended = ended.followed_by(self.send()?);
        }
        Ok(ended)
    }

    /// Plan, permissions and question once more. Something has been sent by now: a no ends the sending, not the run.
    fn may_send_again(&mut self) -> Result<bool, PipelineError> {
        match self.plan().and_then(|()| self.guard()).and_then(|()| self.ask()) {
            Ok(()) => Ok(true),
            Err(
                PipelineError::Strict { .. }
                | PipelineError::Denied { .. }
                | PipelineError::TooManyDeletes { .. }
                | PipelineError::NeedsYes { .. }
                | PipelineError::UnknownPoiId(_)
                | PipelineError::Declined,
            ) => {
                self.warn(words!(
                    "what is left is not sent in this run; the same command goes on with it";
                    "其余门店本次不再提交；重新运行同一命令可继续"
                ));
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// All of the ledger's rows.
    fn scope_everything(&mut self) -> Result<(), PipelineError> {
        self.scope = self.ledger().ids()?;
        Ok(())
    }

    /// Gives the ledger back.
    #[must_use]
    pub fn into_ledger(self) -> Option<Ledger> {
        self.ledger
    }

    /// The ledger, for whoever reports.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        self.ledger.as_ref().unwrap_or_else(|| unreachable!("the engine gives the ledger back before it returns"))
    }

    fn ledger_mut(&mut self) -> &mut Ledger {
        self.ledger.as_mut().unwrap_or_else(|| unreachable!("the engine gives the ledger back before it returns"))
    }

    /// The rows in scope, narrowed by `--only` and `--poi-id`.
    ///
    /// # Errors
    ///
    /// The ledger.
    pub fn rows(&self) -> Result<Vec<StoreRow>, PipelineError> {
        let mut rows = self.ledger().stores(Some(&self.scope))?;
        rows.retain(|row| self.orders.covers(row));
        Ok(rows)
    }

    /// The rows in scope that are at one of these states, narrowed in the same way.
    fn rows_at(&self, states: &[State]) -> Result<Vec<StoreRow>, PipelineError> {
        let mut rows = self.ledger().stores_at(states, Some(&self.scope))?;
        rows.retain(|row| self.orders.covers(row));
        Ok(rows)
    }

    /// Where the same rows stand: none of them is read where their `poi_id`s do not matter.
    fn standpoints(&self, states: &[State]) -> Result<Vec<Standpoint>, PipelineError> {
        let Orders { only, poi_ids, .. } = self.orders;
        let mut standpoints = self.ledger().standpoints(states, Some(&self.scope))?;
        standpoints.retain(|at| only.is_none_or(|verb| at.action.verb() == Some(verb)));
        if !poi_ids.is_empty() {
            let named: HashSet<i64> = self.rows_at(states)?.iter().map(|row| row.id).collect();
            standpoints.retain(|at| named.contains(&at.id));
        }
        Ok(standpoints)
    }

    /// The numbers of the same rows.
    ///
    /// # Errors
    ///
    /// The ledger.
    pub fn covered(&self) -> Result<Vec<i64>, PipelineError> {
        if self.orders.covers_all() {
            return Ok(self.scope.clone());
        }
        let mut ids = Vec::new();
        self.ledger().each_store(Some(&self.scope), |row| ids.extend(self.orders.covers(&row).then_some(row.id)))?;
        Ok(ids)
    }

    /// The rate at which writes leave, if the platform was asked or the user said so.
    #[must_use]
    pub fn rate(&self) -> Option<crate::engine::Rate> {
        self.connection.as_ref().map(|connection| connection.rate).or(self.orders.rate)
    }

    fn is_stopped(&self) -> bool {
        self.control.is_stopped()
    }

    /// From now on the run does this.
    fn enter(&self, phase: Phase) {
        self.control.enter(phase, self.clock.now());
    }

    fn connection(&self) -> Result<&Connection, PipelineError> {
        self.connection.as_ref().ok_or(PipelineError::NotConnected)
    }

    /// Calls that concern no single store go into the ledger in one piece, after each stage, with what they taught about the
    /// rate.
    fn note_calls(&mut self) -> Result<(), PipelineError> {
        self.mind_the_pace()?;
        let calls: Vec<Entry> = match &self.connection {
            Some(connection) => connection.take_calls(),
            None => return Ok(()),
        };
        let run_id = self.run_id;
        Ok(self.ledger_mut().write_entries(run_id, &calls)?)
    }

    /// Tells what has just become durable of these stores.
    fn tell_durable<'r>(&self, rows: impl Iterator<Item = &'r StoreRow>, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        let ids: HashMap<i64, &PoiId> = rows.filter_map(|row| Some((row.id, row.poi_id()?))).collect();
        for entry in entries {
            if let Some(poi_id) = entry.store_id().and_then(|id| ids.get(&id)) {
                (self.tell)(Notice::Durable((*poi_id).clone(), Box::new(entry.clone())));
            }
        }
    }

    fn say(&self, words: crate::store::Words) {
        (self.tell)(Notice::Stage(words));
    }

    /// A warning that is said once, however often its cause is met.
    fn warn_once(&mut self, words: crate::store::Words) {
        if self.said.insert(words.en.clone()) {
            self.warn(words);
        }
    }

    fn warn(&self, words: crate::store::Words) {
        (self.tell)(Notice::Warning(words));
    }
}
