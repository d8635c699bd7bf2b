//! The scheduler's specification: single rules first, then whole runs against a simulated platform, with a crash at
//! every step.

use std::collections::VecDeque;

use super::*;

const WINDOW: Duration = Duration::from_secs(30);

fn job(verb: Verb, state: State, status: &str) -> Job {
    Job {
        verb,
        standing: Standing {
            state,
            verb: Some(verb),
            planned_status: UpgradeStatus::parse(status),
            planned_comment: String::new(),
            planned_by_platform: true,
            last_write: None,
        },
        attempts: 0,
        sendable: true,
        shown: Some((UpgradeStatus::parse(status), String::new())),
    }
}

fn adds(n: usize) -> Vec<Job> {
    vec![job(Verb::AddStore, State::Pending, "0"); n]
}

fn scheduler(jobs: Vec<Job>, policy: Policy, room: usize) -> Scheduler {
    Scheduler::new(jobs, policy, room, Stamp(0))
}

impl Scheduler {
    fn at(&mut self, now: i64, input: Input) -> Vec<Command> {
        self.step(Stamp(now), input).expect("a legal step")
    }
}

fn shown(job: JobIndex, asked_at: i64, status: &str) -> Input {
    let reading = Reading::Shown { status: UpgradeStatus::parse(status), comment: String::new() };
    Input::Read { job, asked_at: Stamp(asked_at), reading: Some(reading) }
}

#[test]
fn nothing_is_sent_before_its_intent_is_durable() {
    let mut run = scheduler(adds(1), Policy::default(), 4);
    let first = run.at(0, Input::Tick);
    assert_eq!(first, [Command::PersistIntent { job: 0, attempt: 1, from: State::Pending }]);
    assert_eq!(run.at(1, Input::IntentDurable(0)), [Command::Send(0)]);
}

#[test]
fn a_store_counts_only_once_its_outcome_is_durable() {
    let mut run = scheduler(adds(1), Policy::default(), 4);
    run.at(0, Input::Tick);
    run.at(1, Input::IntentDurable(0));
    assert_eq!(run.at(2, Input::Answered(0, Verdict::Ok)), [Command::PersistOutcome(0, State::InReview)]);
    assert!(!run.is_finished());
    run.at(3, Input::OutcomeDurable(0));
    assert!(run.is_finished());
}

#[test]
fn no_more_requests_are_under_way_than_there_is_room_for() {
    let mut run = scheduler(adds(10), Policy::default(), 3);
    assert_eq!(run.at(0, Input::Tick).len(), 3);
    assert_eq!(run.at(0, Input::Room(5)).len(), 2);
    run.at(1, Input::IntentDurable(0));
    let freed = run.at(2, Input::Answered(0, Verdict::Ok));
    assert!(freed.contains(&Command::PersistIntent { job: 5, attempt: 1, from: State::Pending }));
}

#[test]
fn a_lost_outcome_is_read_once_the_window_has_passed_and_not_before() {
    let mut run = scheduler(adds(1), Policy::default(), 1);
    run.at(0, Input::Tick);
    run.at(0, Input::IntentDurable(0));
    run.at(100, Input::Answered(0, Verdict::Lost { duplicate: false }));
    run.at(200, Input::OutcomeDurable(0));
    assert!(!run.is_finished());
    assert_eq!(run.wake_at(), Some(Stamp(30_200)));
    assert_eq!(run.at(30_199, Input::Tick), []);
    assert_eq!(run.at(30_200, Input::Tick), [Command::Read(0)]);
}

#[test]
fn a_reading_that_shows_the_store_unchanged_sends_it_again_as_a_new_attempt_once_it_is_durable() {
    let mut run = scheduler(adds(1), Policy::default(), 1);
    run.at(0, Input::Tick);
    run.at(0, Input::IntentDurable(0));
    run.at(100, Input::Answered(0, Verdict::Lost { duplicate: false }));
    run.at(100, Input::OutcomeDurable(0));
    run.at(30_100, Input::Tick);
    let read = run.at(30_150, shown(0, 30_100, "0"));
    let persisted =
        Command::PersistReading { job: 0, asked_at: Stamp(30_100), sight: Sight::Unchanged, to: State::Retry };
    assert_eq!(read, [persisted]);
    let again = run.at(30_160, Input::ReadingDurable(0));
    assert_eq!(again, [Command::PersistIntent { job: 0, attempt: 2, from: State::Retry }]);
}

#[test]
fn a_reading_that_shows_the_write_landed_settles_it_without_another_request() {
    for (status, state) in [("2", State::InReview), ("3", State::Upgraded), ("4", State::Drifted)] {
        let mut run = scheduler(adds(1), Policy::default(), 1);
        run.at(0, Input::Tick);
        run.at(0, Input::IntentDurable(0));
        run.at(0, Input::Answered(0, Verdict::Lost { duplicate: false }));
        run.at(0, Input::OutcomeDurable(0));
        run.at(30_000, Input::Tick);
        run.at(30_001, shown(0, 30_000, status));
        assert_eq!(run.at(30_002, Input::ReadingDurable(0)), []);
        assert_eq!((run.state(0), run.is_finished()), (state, true));
    }
}

#[test]
fn an_unknown_of_an_earlier_run_is_settled_first_and_never_sent_on_a_guess() {
    let mut left = job(Verb::AddStore, State::Unknown, "0");
    left.standing.last_write = Some(LastWrite { verb: Verb::AddStore, at: Stamp(0), called_duplicate: false });
    let mut run = Scheduler::new(vec![left], Policy::default(), 4, Stamp(10_000));
    assert_eq!(run.at(10_000, Input::Tick), []);
    assert_eq!(run.at(30_000, Input::Tick), [Command::Read(0)]);
}

#[test]
fn a_clock_set_back_between_two_runs_makes_nobody_wait_longer_than_the_window() {
    let mut left = job(Verb::AddStore, State::Unknown, "0");
    left.standing.last_write = Some(LastWrite { verb: Verb::AddStore, at: Stamp(3_600_000), called_duplicate: false });
    let mut run = Scheduler::new(vec![left], Policy::default(), 4, Stamp(0));
    assert_eq!(run.at(29_999, Input::Tick), []);
    assert_eq!(run.at(30_000, Input::Tick), [Command::Read(0)]);
    run.at(30_001, shown(0, 30_000, "2"));
    assert_eq!(run.state(0), State::InReview);
}

#[test]
fn a_platform_that_cannot_be_read_leaves_the_outcome_open_for_the_next_run() {
    let mut left = job(Verb::AddStore, State::Unknown, "0");
    left.standing.last_write = Some(LastWrite { verb: Verb::AddStore, at: Stamp(0), called_duplicate: false });
    let mut run = Scheduler::new(vec![left], Policy::default(), 4, Stamp(30_000));
    let mut now = 30_000;
    for _ in 0..READINGS_MAX {
        assert_eq!(run.at(now, Input::Tick), [Command::Read(0)]);
        run.at(now, Input::Read { job: 0, asked_at: Stamp(now), reading: None });
        now += 5_000;
    }
    assert_eq!((run.is_finished(), run.state(0)), (true, State::Unknown));
}

#[test]
fn a_refused_account_ends_everything_that_is_not_under_way() {
    let mut run = scheduler(adds(5), Policy::default(), 2);
    run.at(0, Input::Tick);
    run.at(0, Input::IntentDurable(0));
    run.at(0, Input::IntentDurable(1));
    run.at(1, Input::Answered(0, Verdict::StopAccount));
    run.at(1, Input::Answered(1, Verdict::Ok));
    run.at(2, Input::OutcomeDurable(0));
    assert_eq!(run.at(2, Input::OutcomeDurable(1)), []);
    assert_eq!((run.halt(), run.is_finished(), run.state(0)), (Some(Halt::Account), true, State::Retry));
}

#[test]
fn a_stopped_verb_leaves_the_other_one_going() {
    let mut jobs = adds(3);
    jobs.push(job(Verb::Delpoi, State::Pending, "4"));
    let mut run = scheduler(jobs, Policy::default(), 1);
    run.at(0, Input::Tick);
    run.at(0, Input::IntentDurable(0));
    let next = run.at(1, Input::Answered(0, Verdict::StopVerb));
    assert!(next.contains(&Command::PersistIntent { job: 3, attempt: 1, from: State::Pending }), "{next:?}");
    assert!(!next.iter().any(|command| matches!(command, Command::PersistIntent { job: 1 | 2, .. })));
}

#[test]
fn the_limit_counts_stores_sent_for_the_first_time() {
    let mut jobs = adds(3);
    jobs.push(job(Verb::AddStore, State::Retry, "0"));
    let run = &mut scheduler(jobs, Policy { limit: Some(1), ..Policy::default() }, 10);
    let sent = run.at(0, Input::Tick);
    assert_eq!(sent.len(), 2, "one new store, and one that goes again: {sent:?}");
}

#[test]
fn a_store_that_is_never_served_is_left_to_the_next_run_after_some_attempts() {
    let mut run = scheduler(adds(1), Policy { attempts_max: 2, ..Policy::default() }, 1);
    let mut now = 0;
    for _ in 0..2 {
        assert_eq!(run.at(now, Input::Tick).len(), 1);
        run.at(now, Input::IntentDurable(0));
        run.at(now, Input::Answered(0, Verdict::NotDone(Again::Slower)));
        run.at(now, Input::OutcomeDurable(0));
        now += 60_000;
    }
    assert_eq!(run.at(now, Input::Tick), []);
    assert_eq!((run.is_finished(), run.state(0)), (true, State::Retry));
}

#[test]
fn a_wish_to_stop_lets_what_is_under_way_end_and_waits_for_nothing_else() {
    let mut run = scheduler(adds(5), Policy::default(), 2);
    run.at(0, Input::Tick);
    run.at(0, Input::IntentDurable(0));
    run.at(0, Input::IntentDurable(1));
    assert_eq!(run.at(1, Input::Stop), []);
    run.at(2, Input::Answered(0, Verdict::Lost { duplicate: false }));
    run.at(2, Input::Answered(1, Verdict::Stopped));
    run.at(3, Input::OutcomeDurable(0));
    run.at(3, Input::OutcomeDurable(1));
    assert_eq!((run.is_finished(), run.state(0), run.state(1)), (true, State::Unknown, State::Retry));
}

#[test]
fn an_answer_for_a_store_that_is_not_in_flight_is_an_error() {
    let mut run = scheduler(adds(1), Policy::default(), 1);
    assert!(run.step(Stamp(0), Input::Answered(0, Verdict::Ok)).is_err());
}

/// A platform, a ledger and a network in memory. What the scheduler wants is done one thing at a time, in an order that
/// the seed decides; a crash loses everything but the ledger.
struct World {
    dice: u64,
    now: i64,
    /// The platform: what each store shows, and how many effects it has had.
    status: Vec<&'static str>,
    effects: Vec<u32>,
    requests: Vec<u32>,
    /// The ledger: what is durable.
    ledger: Vec<Job>,
    /// Whether a durable reading or a certain answer permits the next attempt.
    permitted: Vec<bool>,
    /// A request given up that lands later, within the window.
    late: Vec<(i64, JobIndex)>,
}

impl World {
    fn new(seed: u64, stores: usize) -> Self {
        Self {
            dice: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            now: 0,
            status: vec!["0"; stores],
            effects: vec![0; stores],
            requests: vec![0; stores],
            ledger: adds(stores),
            permitted: vec![true; stores],
            late: Vec::new(),
        }
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % sides
    }

    fn land(&mut self, job: JobIndex) {
        if self.status[job] == "0" {
            self.status[job] = "2";
            self.effects[job] += 1;
        }
    }

    fn advance(&mut self, span: i64) {
        self.now += span;
        let due: Vec<JobIndex> = self.late.iter().filter(|(at, _)| *at <= self.now).map(|(_, job)| *job).collect();
        self.late.retain(|(at, _)| *at > self.now);
        for job in due {
            self.land(job);
        }
    }

    /// Carries one command out; says what comes back.
    fn carry_out(&mut self, command: Command) -> Input {
        match command {
            Command::PersistIntent { job, attempt, .. } => {
                assert!(self.permitted[job], "store {job}: attempt {attempt} without a certain answer or a reading");
                self.permitted[job] = false;
                let record = &mut self.ledger[job];
                record.attempts = attempt;
                record.standing.state = State::InFlight;
                record.standing.last_write =
                    Some(LastWrite { verb: Verb::AddStore, at: Stamp(self.now), called_duplicate: false });
                Input::IntentDurable(job)
            }
            Command::Send(job) => Input::Answered(job, self.request(job)),
            Command::PersistOutcome(job, to) => {
                let record = &mut self.ledger[job];
                record.standing.state = to;
                record.standing.last_write =
                    Some(LastWrite { verb: Verb::AddStore, at: Stamp(self.now), called_duplicate: false });
                self.permitted[job] = to == State::Retry;
                Input::OutcomeDurable(job)
            }
            Command::Read(job) => {
                let window = i64::try_from(WINDOW.as_millis()).expect("a window");
                let lost_at = self.ledger[job].standing.last_write.as_ref().map_or(0, |write| write.at.0);
                assert!(self.now >= lost_at + window, "store {job} was read before its window had passed");
                if self.roll(5) == 0 {
                    return Input::Read { job, asked_at: Stamp(self.now), reading: None };
                }
                shown(job, self.now, self.status[job])
            }
            Command::PersistReading { job, to, .. } => {
                self.ledger[job].standing.state = to;
                self.permitted[job] = to == State::Retry;
                Input::ReadingDurable(job)
            }
        }
    }

    fn request(&mut self, job: JobIndex) -> Verdict {
        self.requests[job] += 1;
        match self.roll(8) {
            0 => Verdict::Lost { duplicate: false },
            1 => {
                self.land(job);
                Verdict::Lost { duplicate: false }
            }
            2 => {
                let delay = i64::try_from(self.roll(29_000)).expect("a delay");
                self.late.push((self.now + delay, job));
                Verdict::Lost { duplicate: false }
            }
            3 => Verdict::NotDone(Again::Slower),
            4 => Verdict::NotDone(Again::Soon),
            _ if self.status[job] == "0" => {
                self.land(job);
                Verdict::Ok
            }
            // It landed after all: the platform's own duplicate code.
            _ => Verdict::Lost { duplicate: true },
        }
    }

    /// What a new process finds: intents without outcome are unknown from now on.
    fn recover(&mut self) {
        for record in &mut self.ledger {
            if record.standing.state == State::InFlight {
                record.standing.state = State::Unknown;
                record.standing.last_write =
                    Some(LastWrite { verb: Verb::AddStore, at: Stamp(self.now), called_duplicate: false });
            }
        }
    }

    /// Runs until the scheduler is finished, or the process dies after `steps` things were done.
    fn run(&mut self, steps: Option<u32>) -> bool {
        self.recover();
        let policy = Policy { failures_max: 1_000, ..Policy::default() };
        let mut run = Scheduler::new(self.ledger.clone(), policy, 4, Stamp(self.now));
        let mut todo: VecDeque<Command> = run.at(self.now, Input::Tick).into();
        for step in 0.. {
            if steps.is_some_and(|steps| step >= steps) {
                return false;
            }
            if run.is_finished() {
                return true;
            }
            if todo.is_empty() {
                let next = run.wake_at().map_or(self.now + 1, |at| at.0.max(self.now));
                self.advance(next - self.now);
                todo.extend(run.at(self.now, Input::Tick));
                continue;
            }
            let pick = usize::try_from(self.roll(todo.len() as u64)).expect("an index");
            let Some(command) = todo.remove(pick) else { continue };
            self.advance(5);
            let input = self.carry_out(command);
            todo.extend(run.at(self.now, input));
        }
        unreachable!("the loop ends by one of its returns")
    }
}

#[test]
fn every_store_has_one_effect_whatever_is_lost_and_wherever_the_process_dies() {
    let (mut crashes, mut in_flight, mut requests) = (0, 0, 0);
    for seed in 1..=300 {
        let mut world = World::new(seed, 8);
        let crash_after = u32::try_from(seed % 60).expect("a step");
        while !world.run(Some(crash_after)) {
            crashes += 1;
            in_flight += world.ledger.iter().filter(|job| job.standing.state == State::InFlight).count();
            world.advance(1_000);
            if crashes % 7 == 0 {
                break;
            }
        }
        for _ in 0..20 {
            world.run(None);
            world.advance(60_000);
        }
        for (job, record) in world.ledger.iter().enumerate() {
            assert_eq!(world.effects[job], 1, "seed {seed}, store {job}: {record:?}");
            assert_eq!(record.standing.state, State::InReview, "seed {seed}, store {job}");
        }
        requests += world.requests.iter().sum::<u32>();
    }
    assert!(crashes > 100 && in_flight > 100, "{crashes} crashes, {in_flight} intents open at them");
    assert!(requests > 300 * 8, "{requests} requests: faults made some stores go again");
}
