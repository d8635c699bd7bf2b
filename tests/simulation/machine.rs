//! The machine that a simulated process runs on: its clock is the world's, its network too, and its hands do one thing at a
//! time in the order that true time gives them.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use poilift::engine::{Ending, EngineError, Errand, Hands, Happened, Input, Surroundings, Voyage, drive};
use poilift::ledger::{Entry, Ledger, LedgerError};
use poilift::pipeline::Machine;
use poilift::store::Clock;
use poilift::wechat::{Redactor, Transport, TransportError, TransportSettings};

use crate::faults::Fault;
use crate::mutants::Mutant;
use crate::network::Network;
use crate::world::{Micros, World, WorldClock};

/// Readings by key that run side by side in the engine.
const READERS_MAX: usize = 4;

pub struct SimMachine {
    pub world: World,
    pub spacing: Duration,
}

impl Machine for SimMachine {
    fn clock(&self) -> Clock {
        Arc::new(WorldClock(self.world.clone()))
    }

    fn transport(&self, _: &TransportSettings, _: &Redactor) -> Result<Box<dyn Transport>, TransportError> {
        Ok(Box::new(Network(self.world.clone())))
    }

    fn carry_out(&self, voyage: Voyage<'_>, around: &Surroundings<'_>) -> (Ledger, Result<Ending, EngineError>) {
        let Voyage { ledger, run_id, tasks, policy, concurrency } = voyage;
        let mutant = self.world.inner().mutant;
        let mut hands = SimHands {
            world: self.world.clone(),
            around,
            ledger,
            run_id,
            queue: BTreeMap::new(),
            number: 0,
            writes: VecDeque::new(),
            reads: VecDeque::new(),
            writing: 0,
            reading: 0,
            room: 1,
            next_write: 0,
            // Sooner than the pace allows: it is the pace that has to hold the calls back.
            spacing: u64::try_from(self.spacing.as_micros()).unwrap() / 2,
            entries: VecDeque::new(),
            commit_is_due: false,
            failed: false,
            mutant,
        };
        let ending = drive(tasks, policy, concurrency, around, &mut hands);
        // As the real writer does: what was handed over is made durable before the ledger comes back.
        while !hands.failed && !hands.entries.is_empty() {
            hands.commit();
        }
        around.pacer.open();
        let failed = hands.failed;
        let ledger = hands.ledger;
        if failed {
            let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return (ledger, Err(EngineError::Ledger(LedgerError::Io { path: PathBuf::from("simulated"), source })));
        }
        (ledger, ending)
    }

    fn readers(&self) -> usize {
        1
    }
}

enum Due {
    Tell(Happened),
    WriteEnded(Happened),
    ReadEnded(Happened),
    Commit,
}

struct SimHands<'a> {
    world: World,
    around: &'a Surroundings<'a>,
    ledger: Ledger,
    run_id: i64,
    /// What comes, and when.
    queue: BTreeMap<(Micros, u64), Due>,
    number: u64,
    writes: VecDeque<Errand>,
    reads: VecDeque<Errand>,
    writing: usize,
    reading: usize,
    room: usize,
    /// No write asks for its turn before this.
    next_write: Micros,
    spacing: Micros,
    entries: VecDeque<(Entry, Input)>,
    commit_is_due: bool,
    failed: bool,
    mutant: Option<Mutant>,
}

impl SimHands<'_> {
    fn put(&mut self, at: Micros, due: Due) {
        self.number += 1;
        self.queue.insert((at, self.number), due);
    }

    /// Makes the calls that can be made now. A call is made whole; what it comes to is heard when its time has come.
    fn launch(&mut self) {
        let now = self.world.now();
        while self.writing < self.room && now >= self.next_write {
            let Some(errand) = self.writes.pop_front() else { break };
            self.writing += 1;
            self.next_write = now + self.spacing;
            let (ended, happened) = self.call(errand);
            self.put(ended, Due::WriteEnded(happened));
        }
        while self.reading < READERS_MAX {
            let Some(errand) = self.reads.pop_front() else { break };
            self.reading += 1;
            let (ended, happened) = self.call(errand);
            self.put(ended, Due::ReadEnded(happened));
        }
    }

    fn call(&mut self, errand: Errand) -> (Micros, Happened) {
        let began = self.world.now();
        self.world.inner().errand = Some(began);
        let mut happened = errand.run(self.around.client, &self.around.clock);
        if self.mutant == Some(Mutant::ResendUnknown)
            && let Happened::Written(_, result) = &mut happened
            && let poilift::wechat::WriteKind::Lost(why) = &result.kind
        {
            result.kind = poilift::wechat::WriteKind::NotConnected(why.clone());
        }
        let ended = self.world.now();
        let mut inner = self.world.inner();
        inner.errand = None;
        inner.t = began;
        drop(inner);
        (ended, happened)
    }

    /// Commits what has arrived, as one transaction; only then is anybody told.
    fn commit(&mut self) {
        self.commit_is_due = false;
        if self.failed || self.entries.is_empty() {
            return;
        }
        self.world.step("commit");
        let batch: Vec<(Entry, Input)> = self.entries.drain(..).collect();
        let (full, unsynced) = {
            let mut inner = self.world.inner();
            let mut dice = inner.dice.clone();
            let full = inner.faults.falls(Fault::DiskFull, &mut dice) && dice.below(8) == 0;
            let unsynced = !full && inner.faults.falls(Fault::SyncFailed, &mut dice) && dice.below(8) == 0;
            inner.dice = dice;
            if full {
                inner.faults.happened(Fault::DiskFull);
            }
            if unsynced {
                inner.faults.happened(Fault::SyncFailed);
            }
            (full, unsynced)
        };
        let entries: Vec<Entry> = batch.iter().map(|(entry, _)| entry.clone()).collect();
        let kept = !full && self.ledger.write_entries(self.run_id, &entries).is_ok();
        let now = self.world.now();
        if !kept || unsynced {
            self.failed = true;
            self.put(now, Due::Tell(Happened::LedgerFailed));
            return;
        }
        self.world.step("committed");
        for (entry, durable) in batch {
            if !self.is_told_early(&entry) {
                self.put(now, Due::Tell(Happened::Durable(durable)));
            }
        }
    }

    fn is_told_early(&self, entry: &Entry) -> bool {
        matches!(
            (self.mutant, entry),
            (Some(Mutant::CountBeforeCommit), Entry::Outcome(_)) | (Some(Mutant::IntentAfterRequest), Entry::Intent(_))
        )
    }
}

impl Hands for SimHands<'_> {
    fn make(&mut self, errand: Errand, room: usize) {
        self.room = room.max(1);
        match errand {
            Errand::Write { .. } => self.writes.push_back(errand),
            Errand::Read { .. } | Errand::Ask(_) | Errand::Quota { .. } => self.reads.push_back(errand),
        }
    }

    fn persist(&mut self, entry: Entry, durable: Input) {
        let now = self.world.now();
        let mut wait = self.world.inner().dice.between(50, 8_000);
        if self.is_told_early(&entry) {
            self.put(now, Due::Tell(Happened::Durable(durable.clone())));
            wait += 60_000;
        }
        self.entries.push_back((entry, durable));
        if !self.commit_is_due {
            self.commit_is_due = true;
            self.put(now + wait, Due::Commit);
        }
    }

    fn next(&mut self, patience: Duration) -> Option<Happened> {
        self.world.step("loop");
        let deadline = self.world.now() + u64::try_from(patience.as_micros()).unwrap();
        loop {
            self.launch();
            let turn = (!self.writes.is_empty() && self.writing < self.room).then_some(self.next_write);
            let first = self.queue.first_key_value().map(|((at, _), _)| *at);
            let at = turn.into_iter().chain(first).min().filter(|at| *at <= deadline);
            let Some(at) = at else {
                self.world.inner().advance_to(deadline);
                return None;
            };
            self.world.inner().advance_to(at);
            if first != Some(at) {
                continue;
            }
            let Some((_, due)) = self.queue.pop_first() else { continue };
            match due {
                Due::Commit => self.commit(),
                Due::Tell(happened) => return Some(happened),
                Due::WriteEnded(happened) => {
                    self.writing -= 1;
                    return Some(happened);
                }
                Due::ReadEnded(happened) => {
                    self.reading -= 1;
                    return Some(happened);
                }
            }
        }
    }
}
