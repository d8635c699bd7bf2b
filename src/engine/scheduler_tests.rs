//! The scheduler's specification, rule by rule. Whole runs, with crashes at every step, are in `tests/simulation`.

use super::*;

fn job(verb: Verb, state: State, status: &str) -> Job {
    Job {
        verb,
        standing: Standing {
            state,
            verb: Some(verb),
            is_order: false,
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
fn readings_that_fail_side_by_side_leave_their_outcomes_open_and_the_run_ends() {
    let mut left = job(Verb::AddStore, State::Unknown, "0");
    left.standing.last_write = Some(LastWrite { verb: Verb::AddStore, at: Stamp(0), called_duplicate: false });
    let mut run = Scheduler::new(vec![left; 20], Policy::default(), 4, Stamp(30_000));
    assert_eq!(run.at(30_000, Input::Tick).len(), 20);
    for job in 0..20 {
        run.at(30_001, Input::Read { job, asked_at: Stamp(30_000), reading: None });
    }
    assert!(run.is_finished());
    assert!((0..20).all(|job| run.state(job) == State::Unknown));
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

/// Sends `n` stores at once, and none of them is answered.
fn with_lost(n: usize) -> (Scheduler, Vec<Command>) {
    let mut run = scheduler(adds(100), Policy { failures_max: 4, ..Policy::default() }, n);
    run.at(0, Input::Tick);
    (0..n).for_each(|job| drop(run.at(0, Input::IntentDurable(job))));
    let mut last = Vec::new();
    for job in 0..n {
        last = run.at(1, Input::Answered(job, Verdict::Lost { duplicate: false }));
        run.at(1, Input::OutcomeDurable(job));
        if job + 1 < n {
            // Those that took the place of the lost ones go the same way.
            assert!(!last.iter().any(|command| matches!(command, Command::Say(_))), "{last:?}");
        }
    }
    (run, last)
}

fn opened(commands: &[Command]) -> bool {
    commands.iter().any(|command| matches!(command, Command::Say(Turn::Opened { .. })))
}

/// One worker, and every request is lost until the platform is taken to be down.
fn down() -> (Scheduler, JobIndex) {
    let mut run = scheduler(adds(100), Policy { failures_max: 4, ..Policy::default() }, 1);
    run.at(0, Input::Tick);
    for job in 0..4 {
        run.at(0, Input::IntentDurable(job));
        let commands = run.at(0, Input::Answered(job, Verdict::Lost { duplicate: false }));
        assert_eq!(opened(&commands), job == 3, "{commands:?}");
        run.at(0, Input::OutcomeDurable(job));
    }
    (run, 4)
}

#[test]
fn many_workers_fail_twice_each_before_the_platform_is_taken_to_be_down() {
    let (run, last) = with_lost(8);
    assert!(!opened(&last));
    assert!(run.halt().is_none() && !run.is_finished());
}

#[test]
fn while_the_platform_is_down_nothing_begins_and_one_reading_asks() {
    let (mut run, _) = down();
    assert_eq!(run.wake_at(), Some(Stamp(3_750)));
    assert_eq!(run.at(3_749, Input::Tick), []);
    assert_eq!(run.at(3_750, Input::Tick), [Command::Ask(0)]);
    assert_eq!(run.at(3_800, Input::Tick), [], "one is enough");
    assert_eq!(run.at(4_000, Input::Asked(false)), []);
    assert_eq!(run.wake_at(), Some(Stamp(11_500)));
    assert_eq!(run.at(31_000, Input::Tick), [Command::Ask(0)], "an outcome that is due waits as well");
}

#[test]
fn a_platform_that_answers_again_gets_one_store_and_then_as_many_as_before() {
    let (mut run, next) = down();
    run.at(3_750, Input::Room(8));
    let back = run.at(3_800, Input::Asked(true));
    assert!(back.iter().any(|command| matches!(command, Command::Say(Turn::Answers(_)))), "{back:?}");
    let begun = |commands: &[Command]| {
        commands.iter().filter(|command| matches!(command, Command::PersistIntent { .. })).count()
    };
    assert_eq!(begun(&back), 1);
    run.at(3_900, Input::IntentDurable(next));
    assert_eq!(begun(&run.at(4_000, Input::Answered(next, Verdict::Ok))), 9, "eight, and one ahead");
    assert!(run.halt().is_none());
}

#[test]
fn a_platform_that_stays_away_is_given_up_after_the_patience_and_what_is_open_is_left_to_the_next_run() {
    let (mut run, _) = down();
    let (mut asked, mut said) = (0, Vec::new());
    while run.halt().is_none() {
        let now = run.wake_at().expect("something to wait for").0;
        let commands = run.at(now, Input::Tick);
        assert_eq!(commands, [Command::Ask(0)]);
        asked += 1;
        said = run.at(now, Input::Asked(false));
    }
    assert_eq!((asked, run.halt()), (7, Some(Halt::PlatformDown)));
    assert_eq!(said, [Command::Say(Turn::GaveUp(Duration::from_secs(120)))]);
    assert!(run.is_finished() && (0..4).all(|job| run.state(job) == State::Unknown));
}

#[test]
fn a_wish_to_stop_ends_the_waiting_for_a_platform_that_is_down() {
    let (mut run, _) = down();
    assert_eq!(run.at(100, Input::Stop), []);
    assert_eq!((run.is_finished(), run.halt(), run.wake_at()), (true, Some(Halt::Stopped), None));
}

#[test]
fn what_was_held_back_while_the_platform_was_down_goes_first_and_no_attempt_is_lost() {
    let policy = Policy { failures_max: 4, attempts_max: 1, ..Policy::default() };
    let mut run = scheduler(adds(20), policy, 2);
    run.at(0, Input::Tick);
    for job in 0..4 {
        run.at(0, Input::IntentDurable(job));
        run.at(0, Input::Answered(job, Verdict::NotDone(Again::Soon)));
        run.at(0, Input::OutcomeDurable(job));
    }
    // One more was under way, and got no turn.
    run.at(1, Input::IntentDurable(4));
    run.at(1, Input::Answered(4, Verdict::Stopped));
    assert_eq!(run.at(1, Input::OutcomeDurable(4)), []);
    run.at(3_750, Input::Tick);
    let back = run.at(3_750, Input::Asked(true));
    assert!(back.contains(&Command::PersistIntent { job: 4, attempt: 2, from: State::Retry }), "{back:?}");
}

#[test]
fn answers_that_say_nothing_open_it_no_longer_than_until_a_store_is_served() {
    let (mut run, next) = down();
    run.at(3_750, Input::Tick);
    run.at(3_750, Input::Asked(true));
    run.at(3_750, Input::IntentDurable(next));
    // One more row of which nobody knows: the next one has its try.
    let commands = run.at(3_760, Input::Answered(next, Verdict::Lost { duplicate: false }));
    assert!(commands.contains(&Command::PersistIntent { job: next + 1, attempt: 1, from: State::Pending }));
    run.at(3_770, Input::IntentDurable(next + 1));
    run.at(3_780, Input::Answered(next + 1, Verdict::Refused { known: true }));
    assert!(run.halt().is_none());
    assert_eq!(run.at(30_000, Input::Tick), [0, 1, 2, 3].map(Command::Read), "and what is open is read in its time");
}

#[test]
fn stores_that_go_again_wait_for_the_retry_budget_and_new_ones_do_not() {
    let policy = Policy { failures_max: 1_000, attempts_max: 1_000, ..Policy::default() };
    let mut run = scheduler(adds(40), policy, 40);
    run.at(0, Input::Tick);
    let mut again = 0;
    let mut now = 0;
    for _ in 0..3 {
        for job in 0..40 {
            if run.state(job) == State::InFlight {
                run.at(now, Input::IntentDurable(job));
                run.at(now, Input::Answered(job, Verdict::NotDone(Again::Slower)));
                run.at(now, Input::OutcomeDurable(job));
            }
        }
        now += 60_000;
        again += run.at(now, Input::Tick).len();
    }
    assert!(again < 3 * 40, "{again}");
}

#[test]
fn when_enough_was_refused_nothing_new_is_begun_and_lost_outcomes_are_still_settled() {
    let mut run = scheduler(adds(4), Policy::default(), 2);
    run.at(0, Input::Tick);
    run.at(0, Input::IntentDurable(0));
    run.at(0, Input::IntentDurable(1));
    assert_eq!(run.at(10, Input::Enough), []);
    run.at(20, Input::Answered(0, Verdict::Refused { known: true }));
    run.at(20, Input::OutcomeDurable(0));
    run.at(30, Input::Answered(1, Verdict::Lost { duplicate: false }));
    run.at(30, Input::OutcomeDurable(1));
    assert!(!run.is_finished());
    assert_eq!(run.at(30_030, Input::Tick), [Command::Read(1)]);
    run.at(30_040, shown(1, 30_031, "2"));
    run.at(30_050, Input::ReadingDurable(1));
    assert!(run.is_finished());
    assert_eq!((run.halt(), run.state(1), run.state(2)), (Some(Halt::Enough), State::InReview, State::Pending));
}

#[test]
fn a_paused_run_begins_nothing_and_a_resumed_one_goes_on() {
    let mut run = scheduler(adds(3), Policy::default(), 1);
    run.at(0, Input::Tick);
    run.at(1, Input::IntentDurable(0));
    assert_eq!(run.at(2, Input::Pause), []);
    // What is under way comes to its end, and counts.
    assert_eq!(run.at(3, Input::Answered(0, Verdict::Ok)), [Command::PersistOutcome(0, State::InReview)]);
    assert_eq!(run.at(4, Input::OutcomeDurable(0)), []);
    assert_eq!(run.at(3_600_000, Input::Tick), []);
    assert!(!run.is_finished() && run.left() == 2 && run.wake_at().is_none());
    let resumed = run.at(3_600_001, Input::Resume);
    assert_eq!(resumed, [Command::PersistIntent { job: 1, attempt: 1, from: State::Pending }]);
}

#[test]
fn a_request_that_a_pause_kept_from_leaving_goes_first_once_it_is_resumed_and_was_no_try() {
    let mut run = scheduler(adds(2), Policy { attempts_max: 1, ..Policy::default() }, 1);
    run.at(0, Input::Tick);
    run.at(1, Input::IntentDurable(0));
    for attempt in 2..10 {
        run.at(2, Input::Pause);
        assert_eq!(run.at(3, Input::Answered(0, Verdict::Stopped)), [Command::PersistOutcome(0, State::Retry)]);
        assert_eq!(run.at(4, Input::OutcomeDurable(0)), []);
        assert_eq!(run.at(5, Input::Resume), [Command::PersistIntent { job: 0, attempt, from: State::Retry }]);
        run.at(6, Input::IntentDurable(0));
    }
}

#[test]
fn a_pause_keeps_no_lost_outcome_from_being_settled() {
    let mut run = scheduler(adds(1), Policy::default(), 1);
    run.at(0, Input::Tick);
    run.at(1, Input::IntentDurable(0));
    run.at(2, Input::Pause);
    run.at(3, Input::Answered(0, Verdict::Lost { duplicate: false }));
    run.at(4, Input::OutcomeDurable(0));
    let waits = run.waits().unwrap();
    assert_eq!((waits.on, waits.until), (WaitsFor::SettleWindow, Some(Stamp(30_004))));
    assert_eq!(run.at(30_004, Input::Tick), [Command::Read(0)]);
    run.at(30_005, shown(0, 30_004, "0"));
    // It did not happen, and goes again; not before it is resumed.
    assert_eq!(run.at(30_006, Input::ReadingDurable(0)), []);
    assert!(!run.is_finished());
    assert_eq!(run.at(40_000, Input::Resume).len(), 1);
}

#[test]
fn a_stop_ends_a_paused_run_at_once() {
    let mut run = scheduler(adds(5), Policy::default(), 2);
    run.at(0, Input::Pause);
    assert!(!run.is_finished());
    run.at(1, Input::Stop);
    assert!(run.is_finished());
    assert_eq!(run.halt(), Some(Halt::Stopped));
}

#[test]
fn what_is_left_is_what_waits_within_the_limit_and_what_is_under_way() {
    let mut run = scheduler(adds(10), Policy { limit: Some(4), ..Policy::default() }, 2);
    assert_eq!(run.left(), 4);
    run.at(0, Input::Tick);
    assert_eq!(run.left(), 4);
    run.at(1, Input::IntentDurable(0));
    run.at(2, Input::Answered(0, Verdict::Ok));
    assert_eq!(run.left(), 3);
}

#[test]
fn a_wave_that_is_stopped_while_the_platform_is_down_still_comes_to_its_end() {
    let (mut run, next) = down();
    assert_eq!(run.at(10, Input::Enough), []);
    assert!(!run.is_finished(), "four outcomes are open");
    assert_eq!(run.wake_at(), Some(Stamp(3_750)), "the platform is asked, although nothing is sent any more");
    run.at(3_750, Input::Tick);
    run.at(3_800, Input::Asked(true));
    assert_eq!(run.at(30_000, Input::Tick), [0, 1, 2, 3].map(Command::Read));
    for job in 0..4 {
        run.at(30_100, shown(job, 30_000, "2"));
        run.at(30_200, Input::ReadingDurable(job));
    }
    assert!(run.is_finished(), "{:?}", run.state(next));
    assert_eq!(run.halt(), Some(Halt::Enough));
}

#[test]
fn a_write_that_never_left_costs_the_day_nothing() {
    let budget = BTreeMap::from([(Verb::AddStore, 3)]);
    let mut run = scheduler(adds(5), Policy { budget, ..Policy::default() }, 2);
    run.at(0, Input::Tick);
    assert_eq!(run.budget(Verb::AddStore), Some(1));
    (0..2).for_each(|job| drop(run.at(1, Input::IntentDurable(job))));
    run.at(2, Input::Pause);
    for job in 0..2 {
        run.at(3, Input::Answered(job, Verdict::Stopped));
        run.at(4, Input::OutcomeDurable(job));
    }
    assert_eq!(run.budget(Verb::AddStore), Some(3));
}
