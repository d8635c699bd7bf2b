//! Weighs a reading for a store of a bulk job: what was ordered either is so, or is as it was, or is something else; and a
//! reading asked for before the settle window has passed decides nothing about a write whose outcome is open.

use std::time::Duration;

use super::{Reading, Sight, Stamp, Standing, State, UpgradeStatus, Verb};

/// What the reading, asked for at `asked_at`, means for the store. Its status is an order's
/// [`progress`](super::Ordered::progress).
#[must_use]
pub fn weigh_order(standing: &Standing, reading: &Reading, asked_at: Stamp, settle_window: Duration) -> Sight {
    let fresh = standing.last_write.as_ref().is_none_or(|write| asked_at >= write.at.after(settle_window));
    if standing.state == State::Unknown && !fresh {
        return Sight::Undecided;
    }
    let Reading::Shown { status, .. } = reading else { return gone(standing) };
    let makes_new = standing.verb == Some(Verb::AddStore);
    let called_duplicate = standing.last_write.as_ref().is_some_and(|write| write.called_duplicate);
    match (status, standing.state) {
        // A store that was found by its licence before anything was sent is another one.
        _ if makes_new && standing.last_write.is_none() => Sight::Unchanged,
        // And one that is not found after the platform called it a duplicate was refused: its point is another's.
        (UpgradeStatus::Waiting, State::Unknown) if makes_new && called_duplicate => Sight::Duplicate,
        (UpgradeStatus::Done, _) => Sight::Confirmed,
        (UpgradeStatus::Migrating, State::Unknown | State::InReview | State::Retry) => Sight::Reviewing,
        (UpgradeStatus::Failed, State::Unknown | State::InReview | State::Retry) => Sight::Refused,
        (UpgradeStatus::Waiting, State::InReview) if !fresh => Sight::Undecided,
        // Only pictures are reviewed: a review that is over and has changed nothing has refused them.
        (UpgradeStatus::Waiting, State::InReview) if standing.verb == Some(Verb::UpdateStore) => Sight::Refused,
        (UpgradeStatus::Waiting, State::InReview) => Sight::Different,
        (UpgradeStatus::Waiting, _) => Sight::Unchanged,
        (UpgradeStatus::Other(_), State::InReview) if !fresh => Sight::Undecided,
        (UpgradeStatus::Other(_), State::Rejected | State::Blocked) => Sight::Undecided,
        (UpgradeStatus::Other(_), _) => Sight::Different,
        _ => Sight::Undecided,
    }
}

/// A removal that left makes a store that is gone one that is done; any other order has lost its store.
fn gone(standing: &Standing) -> Sight {
    match &standing.last_write {
        Some(write) if write.verb == Verb::DelStore => Sight::Confirmed,
        _ => Sight::Gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{LastWrite, State};

    const WINDOW: Duration = Duration::from_secs(30);
    const EARLY: Stamp = Stamp(1_029_999);
    const LATE: Stamp = Stamp(1_030_000);

    fn standing(state: State, sent: bool, verb: Verb) -> Standing {
        let write = LastWrite { verb, at: Stamp(1_000_000), called_duplicate: false };
        Standing {
            state,
            verb: Some(verb),
            is_order: true,
            planned_status: UpgradeStatus::Waiting,
            planned_comment: String::new(),
            planned_by_platform: true,
            last_write: sent.then_some(write),
        }
    }

    fn shown(status: &UpgradeStatus) -> Reading {
        Reading::Shown { status: status.clone(), comment: String::new() }
    }

    #[test]
    fn a_lost_order_is_settled_by_a_reading_after_the_window_only() {
        let lost = standing(State::Unknown, true, Verb::UpdateStore);
        let weighed = |status: &UpgradeStatus, at| weigh_order(&lost, &shown(status), at, WINDOW);
        for status in [UpgradeStatus::Done, UpgradeStatus::Waiting, UpgradeStatus::Migrating, UpgradeStatus::Failed] {
            assert_eq!(weighed(&status, EARLY), Sight::Undecided);
        }
        assert_eq!(weighed(&UpgradeStatus::Done, LATE), Sight::Confirmed);
        assert_eq!(weighed(&UpgradeStatus::Waiting, LATE), Sight::Unchanged);
        assert_eq!(weighed(&UpgradeStatus::Migrating, LATE), Sight::Reviewing);
        assert_eq!(weighed(&UpgradeStatus::Failed, LATE), Sight::Refused);
        assert_eq!(weighed(&UpgradeStatus::Other("changed".into()), LATE), Sight::Different);
        assert_eq!(weighed(&UpgradeStatus::Absent, LATE), Sight::Undecided);
    }

    #[test]
    fn a_store_is_removed_once_a_removal_left_and_it_is_gone_and_else_it_is_lost() {
        let removal = |sent| standing(State::Unknown, sent, Verb::DelStore);
        assert_eq!(weigh_order(&removal(true), &Reading::Gone, LATE, WINDOW), Sight::Confirmed);
        assert_eq!(weigh_order(&removal(true), &shown(&UpgradeStatus::Waiting), LATE, WINDOW), Sight::Unchanged);
        let planned = standing(State::Pending, false, Verb::DelStore);
        assert_eq!(weigh_order(&planned, &Reading::Gone, LATE, WINDOW), Sight::Gone);
    }

    #[test]
    fn a_new_store_is_ours_only_once_something_was_sent_and_a_duplicate_that_is_not_there_was_refused() {
        let planned = standing(State::Pending, false, Verb::AddStore);
        assert_eq!(weigh_order(&planned, &shown(&UpgradeStatus::Done), LATE, WINDOW), Sight::Unchanged);
        let mut sent = standing(State::Unknown, true, Verb::AddStore);
        assert_eq!(weigh_order(&sent, &shown(&UpgradeStatus::Done), LATE, WINDOW), Sight::Confirmed);
        assert_eq!(weigh_order(&sent, &shown(&UpgradeStatus::Waiting), LATE, WINDOW), Sight::Unchanged);
        sent.last_write.as_mut().unwrap().called_duplicate = true;
        assert_eq!(weigh_order(&sent, &shown(&UpgradeStatus::Waiting), LATE, WINDOW), Sight::Duplicate);
        assert_eq!(weigh_order(&sent, &shown(&UpgradeStatus::Done), LATE, WINDOW), Sight::Confirmed);
    }

    #[test]
    fn what_is_so_already_needs_no_call() {
        let planned = standing(State::Pending, false, Verb::UpdateStore);
        assert_eq!(weigh_order(&planned, &shown(&UpgradeStatus::Done), EARLY, WINDOW), Sight::Confirmed);
        assert_eq!(weigh_order(&planned, &shown(&UpgradeStatus::Failed), EARLY, WINDOW), Sight::Undecided);
    }

    #[test]
    fn an_accepted_order_is_reviewed_and_an_early_page_takes_nothing_back() {
        let accepted = standing(State::InReview, true, Verb::UpdateStore);
        assert_eq!(weigh_order(&accepted, &shown(&UpgradeStatus::Waiting), EARLY, WINDOW), Sight::Undecided);
        assert_eq!(weigh_order(&accepted, &shown(&UpgradeStatus::Waiting), LATE, WINDOW), Sight::Refused);
        assert_eq!(weigh_order(&accepted, &shown(&UpgradeStatus::Failed), EARLY, WINDOW), Sight::Refused);
    }
}
