//! Where a store stands, and the one function that moves it: [`next`]. It is used when an answer arrives, in recovery
//! after a crash, and by every reading of the platform; a pair that it does not list is an error, never ignored.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Verb, Words};
use crate::words;

/// Where a store stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing was sent yet.
    Pending,
    /// The intent is on disk, the outcome is not.
    InFlight,
    /// Sent, and the outcome was lost; settled by reading, never by sending again.
    Unknown,
    /// Certainly not done; goes again.
    Retry,
    /// Accepted; the platform reviews it (`upgrade_status` 2).
    InReview,
    /// `upgrade_status` 3.
    Upgraded,
    /// Gone, confirmed by its answer or by reading.
    Deleted,
    /// Other bulk jobs: confirmed.
    Done,
    /// A person settled it.
    Accepted,
    /// Refused, by errcode or review.
    Rejected,
    /// Data is missing or wrong.
    Blocked,
    /// The platform shows something else than when it was planned.
    Drifted,
    /// A deletion not allowed yet, or held by the supplement.
    Held,
    /// The source had it; a reading by key says that it is gone; not our doing.
    Vanished,
}

impl State {
    /// All states, in the order in which people see them.
    pub const ALL: [Self; 14] = [
        Self::Upgraded,
        Self::Deleted,
        Self::Done,
        Self::Accepted,
        Self::InReview,
        Self::Pending,
        Self::InFlight,
        Self::Unknown,
        Self::Retry,
        Self::Rejected,
        Self::Blocked,
        Self::Drifted,
        Self::Held,
        Self::Vanished,
    ];

    /// The key in files, the ledger and JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InFlight => "in_flight",
            Self::Unknown => "unknown",
            Self::Retry => "retry",
            Self::InReview => "in_review",
            Self::Upgraded => "upgraded",
            Self::Deleted => "deleted",
            Self::Done => "done",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Blocked => "blocked",
            Self::Drifted => "drifted",
            Self::Held => "held",
            Self::Vanished => "vanished",
        }
    }

    /// The state with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// The name that people see.
    #[must_use]
    pub fn name(self) -> Words {
        match self {
            Self::Pending => words!("not sent yet"; "未提交"),
            Self::InFlight => words!("being sent"; "提交中"),
            Self::Unknown => words!("outcome to be checked"; "结果待核实"),
            Self::Retry => words!("to be sent again"; "稍后重试"),
            Self::InReview => words!("in review"; "审核中"),
            Self::Upgraded => words!("upgraded"; "升级成功"),
            Self::Deleted => words!("deleted"; "已删除"),
            Self::Done => words!("done"; "已完成"),
            Self::Accepted => words!("accepted by a person"; "人工确认"),
            Self::Rejected => words!("rejected"; "被驳回"),
            Self::Blocked => words!("data missing"; "缺资料"),
            Self::Drifted => words!("changed on the platform"; "平台已变动"),
            Self::Held => words!("waits for approval"; "待批准"),
            Self::Vanished => words!("gone from the platform"; "平台查无此店"),
        }
    }

    /// Nothing more will happen, and nothing needs to.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Upgraded | Self::Deleted | Self::Done | Self::Accepted)
    }

    /// The tool can do no more by itself.
    #[must_use]
    pub const fn needs_person(self) -> bool {
        matches!(self, Self::Rejected | Self::Blocked | Self::Drifted | Self::Held | Self::Vanished)
    }

    /// It can still move without a person.
    #[must_use]
    pub const fn can_move(self) -> bool {
        !self.is_settled() && !self.needs_person()
    }

    /// Planning may decide it anew: nothing is on its way, nothing is settled, no person is asked.
    #[must_use]
    pub const fn is_plannable(self) -> bool {
        matches!(self, Self::Pending | Self::Retry | Self::Blocked | Self::Held | Self::Rejected)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// What a reading of the platform means for a store, once it is weighed with what was planned, what was sent, and when
/// the reading was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// As it was when planned: what was sent, if anything, had no effect.
    Unchanged,
    /// `upgrade_status` 2.
    Reviewing,
    /// `upgrade_status` 3.
    Upgraded,
    /// Another bulk job's order is so.
    Confirmed,
    /// `upgrade_status` 1 after a submission of ours: the review refused it.
    Refused,
    /// As it was, after an answer that the platform has such a store already: it was refused for that.
    Duplicate,
    /// Gone, after a deletion of ours.
    Deleted,
    /// Gone, and not our doing.
    Gone,
    /// Something else than when it was planned.
    Different,
    /// The reading was too early, or too old, to decide anything.
    Undecided,
}

impl Sight {
    /// The word in the ledger.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Reviewing => "reviewing",
            Self::Upgraded => "upgraded",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Duplicate => "duplicate",
            Self::Deleted => "deleted",
            Self::Gone => "gone",
            Self::Different => "different",
            Self::Undecided => "undecided",
        }
    }
}

/// Something that happened to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The plan decided it (anew): to be sent.
    PlannedToSend,
    /// The plan decided it (anew): data is missing or wrong.
    PlannedBlocked,
    /// The plan decided it (anew): waits for a person's permission.
    PlannedHeld,
    /// A person wants a drifted store planned anew, by what the platform shows now.
    TakenUpAgain,
    /// A spreadsheet orders something else than before of a store of another bulk job.
    OrderedAnew,
    /// A person takes the store as settled.
    AcceptedByPerson,
    /// The intent of a new attempt is durable.
    IntentRecorded,
    /// The platform accepted the write.
    AnsweredOk(Verb),
    /// The platform accepted the write, and reviews it first.
    AnsweredReviewed(Verb),
    /// The platform refused the write for what it says: the row has to be mended.
    AnsweredRefused,
    /// The write certainly did not happen.
    NotDone,
    /// The write left, and nobody knows what became of it.
    OutcomeLost,
    /// The platform was read.
    Seen(Sight),
}

/// A pair of state and event that must not occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a store in state {state} cannot take {event:?}")]
pub struct IllegalMove {
    /// Where the store stood.
    pub state: State,
    /// What happened.
    pub event: Event,
}

/// The one transition function.
///
/// # Errors
///
/// Every pair that is not listed is an [`IllegalMove`]: it would mean a second send, or a settled store being moved.
pub fn next(state: State, event: Event) -> Result<State, IllegalMove> {
    let illegal = Err(IllegalMove { state, event });
    match event {
        Event::PlannedToSend | Event::PlannedBlocked | Event::PlannedHeld => planned(state, event).map_or(illegal, Ok),
        Event::TakenUpAgain if state == State::Drifted => Ok(State::Blocked),
        // What is under way is settled first; what a person settled, or a new order replaces, may be planned once more.
        Event::OrderedAnew if state.needs_person() || matches!(state, State::Done | State::Accepted) => {
            Ok(State::Blocked)
        }
        Event::AcceptedByPerson if state.needs_person() => Ok(State::Accepted),
        Event::TakenUpAgain | Event::OrderedAnew | Event::AcceptedByPerson => illegal,
        Event::IntentRecorded => match state {
            State::Pending | State::Retry => Ok(State::InFlight),
            _ => illegal,
        },
        Event::AnsweredOk(_)
        | Event::AnsweredReviewed(_)
        | Event::AnsweredRefused
        | Event::NotDone
        | Event::OutcomeLost => {
            if state == State::InFlight {
                Ok(answered(event))
            } else {
                illegal
            }
        }
        Event::Seen(sight) => seen(state, sight).map_or(illegal, Ok),
    }
}

fn planned(state: State, event: Event) -> Option<State> {
    if !state.is_plannable() {
        return None;
    }
    Some(match event {
        // A store that was sent before and is certainly not done stays one that goes again.
        Event::PlannedToSend if state == State::Retry => State::Retry,
        Event::PlannedToSend => State::Pending,
        Event::PlannedBlocked => State::Blocked,
        _ => State::Held,
    })
}

fn answered(event: Event) -> State {
    match event {
        Event::AnsweredOk(Verb::AddStore) | Event::AnsweredReviewed(_) => State::InReview,
        Event::AnsweredOk(Verb::Delpoi) => State::Deleted,
        Event::AnsweredOk(Verb::UpdateStore | Verb::DelStore | Verb::StorewxaSet) => State::Done,
        Event::AnsweredRefused => State::Rejected,
        Event::NotDone => State::Retry,
        _ => State::Unknown,
    }
}

fn seen(state: State, sight: Sight) -> Option<State> {
    use Sight as S;
    Some(match (state, sight) {
        // While a request is on its way nothing that is read says anything about it.
        (State::InFlight, _) => return None,
        (_, S::Undecided) => state,
        // A person's word and another job's result stand whatever the list shows.
        (State::Accepted | State::Done, _) => state,
        (State::Unknown, S::Unchanged) => State::Retry,
        (State::Vanished, S::Unchanged) => State::Pending,
        (_, S::Unchanged) => state,
        (_, S::Confirmed) => State::Done,
        (State::Upgraded | State::Deleted, S::Gone | S::Deleted) => state,
        (State::Deleted, _) => State::Drifted,
        (_, S::Reviewing) => State::InReview,
        (_, S::Upgraded) => State::Upgraded,
        (State::Upgraded, S::Refused | S::Duplicate) => State::Drifted,
        (_, S::Refused | S::Duplicate) => State::Rejected,
        (_, S::Deleted) => State::Deleted,
        (_, S::Gone) => State::Vanished,
        // Nothing was going to be sent for it, so nothing drifted: it still lacks what it lacked.
        (State::Blocked, S::Different) => State::Blocked,
        (_, S::Different) => State::Drifted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGHTS: [Sight; 10] = [
        Sight::Confirmed,
        Sight::Duplicate,
        Sight::Unchanged,
        Sight::Reviewing,
        Sight::Upgraded,
        Sight::Refused,
        Sight::Deleted,
        Sight::Gone,
        Sight::Different,
        Sight::Undecided,
    ];

    #[test]
    fn every_state_is_settled_or_needs_a_person_or_can_move_and_only_one_of_these() {
        for state in State::ALL {
            let kinds = [state.is_settled(), state.needs_person(), state.can_move()];
            assert_eq!(kinds.into_iter().filter(|kind| *kind).count(), 1, "{state}");
            assert_eq!(State::from_key(state.key()), Some(state));
        }
    }

    #[test]
    fn a_request_leaves_only_from_pending_and_retry() {
        for state in State::ALL {
            let may = matches!(state, State::Pending | State::Retry);
            assert_eq!(next(state, Event::IntentRecorded).is_ok(), may, "{state}");
        }
    }

    #[test]
    fn an_answer_counts_only_for_a_store_in_flight() {
        let answers = [
            Event::AnsweredOk(Verb::AddStore),
            Event::AnsweredOk(Verb::Delpoi),
            Event::AnsweredOk(Verb::UpdateStore),
            Event::AnsweredReviewed(Verb::UpdateStore),
            Event::AnsweredRefused,
            Event::NotDone,
            Event::OutcomeLost,
        ];
        for state in State::ALL {
            for answer in answers {
                assert_eq!(next(state, answer).is_ok(), state == State::InFlight, "{state} {answer:?}");
            }
        }
    }

    #[test]
    fn an_unknown_outcome_goes_again_only_after_a_reading_that_shows_the_store_unchanged() {
        for sight in SIGHTS {
            let after = next(State::Unknown, Event::Seen(sight));
            assert_eq!(after == Ok(State::Retry), sight == Sight::Unchanged, "{sight:?}");
        }
        assert!(next(State::Unknown, Event::PlannedToSend).is_err());
        assert_eq!(next(State::Unknown, Event::Seen(Sight::Undecided)), Ok(State::Unknown));
    }

    #[test]
    fn a_person_settles_only_what_needs_a_person_and_takes_up_only_what_drifted() {
        for state in State::ALL {
            assert_eq!(next(state, Event::AcceptedByPerson).is_ok(), state.needs_person(), "{state}");
            assert_eq!(next(state, Event::TakenUpAgain).is_ok(), state == State::Drifted, "{state}");
        }
    }

    #[test]
    fn a_new_order_takes_up_what_is_done_or_needs_a_person_and_nothing_that_is_under_way() {
        for state in State::ALL {
            let may = state.needs_person() || matches!(state, State::Done | State::Accepted);
            assert_eq!(next(state, Event::OrderedAnew).is_ok(), may, "{state}");
        }
    }

    #[test]
    fn a_reading_says_nothing_about_a_request_on_its_way() {
        for sight in SIGHTS {
            assert!(next(State::InFlight, Event::Seen(sight)).is_err());
        }
    }

    #[test]
    fn no_reading_makes_a_settled_store_one_that_is_sent_again() {
        for state in State::ALL.into_iter().filter(|state| state.is_settled()) {
            for sight in SIGHTS {
                let after = next(state, Event::Seen(sight)).expect("settled stores can be read");
                assert!(!matches!(after, State::Pending | State::Retry), "{state} {sight:?} -> {after}");
            }
            assert!(next(state, Event::PlannedToSend).is_err());
        }
    }

    #[test]
    fn progress_made_by_others_is_not_drift() {
        assert_eq!(next(State::Pending, Event::Seen(Sight::Reviewing)), Ok(State::InReview));
        assert_eq!(next(State::Blocked, Event::Seen(Sight::Upgraded)), Ok(State::Upgraded));
        assert_eq!(next(State::Drifted, Event::Seen(Sight::Upgraded)), Ok(State::Upgraded));
    }
}
