//! Weighs a reading of the platform with what was planned, what was sent and when the reading was asked for. The
//! platform's reads may lag behind a write, and a request may land after its answer was given up: a reading asked for
//! before the settle window has passed decides nothing about a write whose outcome is open.

use std::time::Duration;

use super::{LegacyStore, Sight, Stamp, State, UpgradeStatus, Verb, Words, weigh_order};
use crate::words;

/// The last write of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastWrite {
    /// Which.
    pub verb: Verb,
    /// When it was answered, or given up.
    pub at: Stamp,
    /// The platform answered that it has the store already (85038, 85040): if nothing changed, it was refused.
    pub called_duplicate: bool,
}

/// What is known of a store before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// The write that its action asks for, if any.
    pub verb: Option<Verb>,
    /// It is of another bulk job than the migration: its statuses tell how far its order is.
    pub is_order: bool,
    /// `upgrade_status` when it was planned, or when its last attempt was made.
    pub planned_status: UpgradeStatus,
    /// `upgrade_comment` at that moment.
    pub planned_comment: String,
    /// That moment's status is the platform's own, not only an input's.
    pub planned_by_platform: bool,
    /// The last write that left, if any.
    pub last_write: Option<LastWrite>,
}

/// What a reading showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The store, with these upgrade fields.
    Shown {
        /// `upgrade_status`.
        status: UpgradeStatus,
        /// `upgrade_comment`.
        comment: String,
    },
    /// A reading by key says that there is no such store.
    Gone,
}

/// What the reading, asked for at `asked_at`, means for the store.
#[must_use]
pub fn weigh(standing: &Standing, reading: &Reading, asked_at: Stamp, settle_window: Duration) -> Sight {
    if standing.is_order {
        return weigh_order(standing, reading, asked_at, settle_window);
    }
    let fresh = standing.last_write.as_ref().is_none_or(|write| asked_at >= write.at.after(settle_window));
    if standing.state == State::Unknown && !fresh {
        return Sight::Undecided;
    }
    if standing.state == State::Deleted {
        return deleted(reading, fresh);
    }
    if standing.state == State::Upgraded && standing.planned_by_platform {
        // 3 is the end of the road: an older page that still shows 2 takes nothing back.
        return Sight::Upgraded;
    }
    let Reading::Shown { status, comment } = reading else { return gone(standing, fresh) };
    match status {
        UpgradeStatus::Migrating => Sight::Reviewing,
        UpgradeStatus::Done => Sight::Upgraded,
        UpgradeStatus::Waiting | UpgradeStatus::Failed => to_be_added(standing, status, comment, fresh),
        UpgradeStatus::Forbidden | UpgradeStatus::Absent | UpgradeStatus::Other(_) => {
            if standing.planned_status == *status || !standing.planned_by_platform && !known(&standing.planned_status) {
                Sight::Unchanged
            } else if *status == UpgradeStatus::Absent || (standing.state == State::InReview && !fresh) {
                Sight::Undecided
            } else {
                Sight::Different
            }
        }
    }
}

fn known(status: &UpgradeStatus) -> bool {
    !matches!(status, UpgradeStatus::Absent | UpgradeStatus::Other(_))
}

/// A deleted store that is still shown: an old page, or, once the window has passed, a contradiction.
fn deleted(reading: &Reading, fresh: bool) -> Sight {
    match reading {
        Reading::Gone => Sight::Deleted,
        Reading::Shown { .. } if fresh => Sight::Different,
        Reading::Shown { .. } => Sight::Undecided,
    }
}

fn gone(standing: &Standing, fresh: bool) -> Sight {
    match &standing.last_write {
        Some(write) if write.verb == Verb::Delpoi => Sight::Deleted,
        Some(_) if !fresh => Sight::Undecided,
        _ => Sight::Gone,
    }
}

/// The platform shows 0 or 1.
fn to_be_added(standing: &Standing, status: &UpgradeStatus, comment: &str, fresh: bool) -> Sight {
    let same = *status == standing.planned_status && comment == standing.planned_comment;
    let failed_anew = *status == UpgradeStatus::Failed && !same;
    match (standing.state, &standing.last_write) {
        (State::InReview, Some(_)) if failed_anew => Sight::Refused,
        (State::InReview, Some(_)) if !fresh => Sight::Undecided,
        // Accepted, the window is over, and it still (or again) failed for the same reason.
        (State::InReview, Some(_)) if *status == UpgradeStatus::Failed => Sight::Refused,
        (State::InReview, None) if *status == UpgradeStatus::Failed => Sight::Refused,
        (State::InReview, _) => Sight::Different,
        (State::Unknown, Some(write)) => unknown(write, standing, same, failed_anew),
        // A request of ours that landed after all, and was refused by the review.
        (State::Retry, Some(write)) if failed_anew && write.verb == Verb::AddStore => Sight::Refused,
        (State::Rejected, _) if *status == UpgradeStatus::Failed || same => Sight::Unchanged,
        _ => waiting(standing, same),
    }
}

/// A lost outcome, read after the window.
fn unknown(write: &LastWrite, standing: &Standing, same: bool, failed_anew: bool) -> Sight {
    match write.verb {
        Verb::Delpoi if standing.planned_status.wants_add() || same => Sight::Unchanged,
        Verb::Delpoi => Sight::Different,
        Verb::AddStore if same && write.called_duplicate => Sight::Duplicate,
        Verb::AddStore if same => Sight::Unchanged,
        Verb::AddStore if failed_anew => Sight::Refused,
        Verb::AddStore => Sight::Different,
        // Orders are weighed by themselves.
        Verb::UpdateStore | Verb::DelStore | Verb::StorewxaSet => Sight::Undecided,
    }
}

/// A store for which nothing is under way.
fn waiting(standing: &Standing, same: bool) -> Sight {
    // An input's 0 and the platform's 1 ask for the same call; what counts as planned is what the platform shows first.
    let planned_by_input =
        !standing.planned_by_platform && (standing.planned_status.wants_add() || !known(&standing.planned_status));
    let deletion_by_wish = standing.verb == Some(Verb::Delpoi) && standing.planned_status.wants_add();
    if same || planned_by_input || deletion_by_wish { Sight::Unchanged } else { Sight::Different }
}

/// What a sight says to people of a store planned at `planned`; `None` where nothing needs saying.
#[must_use]
pub fn sight_words(sight: Sight, planned: &UpgradeStatus, shown: Option<&LegacyStore>) -> Option<Words> {
    let absent = UpgradeStatus::Absent;
    let status = shown.map_or(&absent, |store| &store.upgrade_status);
    let comment = shown.map_or("", |store| store.upgrade_comment.as_str());
    match sight {
        Sight::Refused if comment.is_empty() => Some(words!("the review refused it"; "审核未通过")),
        Sight::Refused => Some(words!("the review refused it: {comment}"; "审核未通过：{comment}")),
        Sight::Duplicate => Some(words!(
            "the platform says that it has such a store already, and this one did not move: its map point belongs to another store";
            "平台称门店重复，而该店状态未变：其地图位置点已属于另一家门店"
        )),
        Sight::Gone => Some(words!(
            "the platform no longer knows this store, and no deletion of ours is the cause";
            "平台查无此店，且并非本工具删除"
        )),
        Sight::Different => Some(words!(
            "planned at upgrade_status {planned}, the platform now shows {status}";
            "计划时 upgrade_status 为 {planned}，平台现为 {status}"
        )),
        Sight::Unchanged
        | Sight::Reviewing
        | Sight::Upgraded
        | Sight::Confirmed
        | Sight::Deleted
        | Sight::Undecided => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(30);
    const SENT: Stamp = Stamp(1_000_000);
    const EARLY: Stamp = Stamp(1_029_999);
    const LATE: Stamp = Stamp(1_030_000);

    fn standing(state: State, planned: &str) -> Standing {
        Standing {
            state,
            verb: Some(Verb::AddStore),
            is_order: false,
            planned_status: UpgradeStatus::parse(planned),
            planned_comment: String::new(),
            planned_by_platform: true,
            last_write: None,
        }
    }

    fn sent(state: State, planned: &str, verb: Verb) -> Standing {
        let last_write = Some(LastWrite { verb, at: SENT, called_duplicate: false });
        Standing { last_write, verb: Some(verb), ..standing(state, planned) }
    }

    fn shown(status: &str) -> Reading {
        Reading::Shown { status: UpgradeStatus::parse(status), comment: String::new() }
    }

    fn failed(comment: &str) -> Reading {
        Reading::Shown { status: UpgradeStatus::Failed, comment: comment.into() }
    }

    #[test]
    fn a_reading_before_the_window_decides_nothing_about_a_lost_outcome() {
        for reading in [shown("0"), shown("2"), shown("3"), shown("4"), Reading::Gone] {
            for verb in Verb::OF_MIGRATION {
                assert_eq!(weigh(&sent(State::Unknown, "0", verb), &reading, EARLY, WINDOW), Sight::Undecided);
            }
        }
    }

    #[test]
    fn after_the_window_a_lost_add_was_applied_or_was_not() {
        let lost = sent(State::Unknown, "0", Verb::AddStore);
        assert_eq!(weigh(&lost, &shown("0"), LATE, WINDOW), Sight::Unchanged);
        assert_eq!(weigh(&lost, &shown("2"), LATE, WINDOW), Sight::Reviewing);
        assert_eq!(weigh(&lost, &shown("3"), LATE, WINDOW), Sight::Upgraded);
        assert_eq!(weigh(&lost, &failed("照片不清晰"), LATE, WINDOW), Sight::Refused);
        assert_eq!(weigh(&lost, &shown("4"), LATE, WINDOW), Sight::Different);
        assert_eq!(weigh(&lost, &Reading::Gone, LATE, WINDOW), Sight::Gone);
    }

    #[test]
    fn after_the_window_a_lost_deletion_was_applied_or_was_not() {
        let lost = sent(State::Unknown, "4", Verb::Delpoi);
        assert_eq!(weigh(&lost, &Reading::Gone, LATE, WINDOW), Sight::Deleted);
        assert_eq!(weigh(&lost, &shown("4"), LATE, WINDOW), Sight::Unchanged);
        assert_eq!(weigh(&lost, &shown("0"), LATE, WINDOW), Sight::Different);
    }

    #[test]
    fn a_store_called_a_duplicate_that_did_not_move_was_refused() {
        let mut lost = sent(State::Unknown, "0", Verb::AddStore);
        lost.last_write = Some(LastWrite { verb: Verb::AddStore, at: SENT, called_duplicate: true });
        assert_eq!(weigh(&lost, &shown("0"), LATE, WINDOW), Sight::Duplicate);
        assert_eq!(weigh(&lost, &shown("2"), LATE, WINDOW), Sight::Reviewing);
    }

    #[test]
    fn a_list_that_lags_behind_an_accepted_add_takes_nothing_back() {
        let accepted = sent(State::InReview, "0", Verb::AddStore);
        assert_eq!(weigh(&accepted, &shown("0"), EARLY, WINDOW), Sight::Undecided);
        assert_eq!(weigh(&accepted, &shown("0"), LATE, WINDOW), Sight::Different);
        let mut again = sent(State::InReview, "1", Verb::AddStore);
        again.planned_comment = "old".into();
        assert_eq!(weigh(&again, &failed("old"), EARLY, WINDOW), Sight::Undecided);
        assert_eq!(weigh(&again, &failed("new"), EARLY, WINDOW), Sight::Refused);
        assert_eq!(weigh(&again, &failed("old"), LATE, WINDOW), Sight::Refused);
    }

    #[test]
    fn a_deleted_store_still_on_an_old_page_is_deleted_and_one_shown_later_is_a_contradiction() {
        let deleted = sent(State::Deleted, "4", Verb::Delpoi);
        assert_eq!(weigh(&deleted, &shown("4"), EARLY, WINDOW), Sight::Undecided);
        assert_eq!(weigh(&deleted, &shown("4"), LATE, WINDOW), Sight::Different);
    }

    #[test]
    fn an_input_is_corrected_by_the_first_reading_where_the_call_stays_the_same() {
        let planned = Standing { planned_by_platform: false, ..standing(State::Pending, "0") };
        assert_eq!(weigh(&planned, &failed("x"), LATE, WINDOW), Sight::Unchanged);
        assert_eq!(weigh(&planned, &shown("4"), LATE, WINDOW), Sight::Different);
        let delete = Standing { verb: Some(Verb::Delpoi), planned_by_platform: false, ..standing(State::Pending, "4") };
        assert_eq!(weigh(&delete, &shown("0"), LATE, WINDOW), Sight::Different);
    }

    #[test]
    fn what_the_platform_showed_when_it_was_planned_must_still_hold() {
        let planned = standing(State::Pending, "0");
        assert_eq!(weigh(&planned, &shown("0"), LATE, WINDOW), Sight::Unchanged);
        assert_eq!(weigh(&planned, &failed("x"), LATE, WINDOW), Sight::Different);
        assert_eq!(weigh(&planned, &shown("2"), LATE, WINDOW), Sight::Reviewing);
    }

    #[test]
    fn a_store_upgraded_by_an_inputs_word_alone_is_checked() {
        let by_input = Standing { planned_by_platform: false, verb: None, ..standing(State::Upgraded, "3") };
        assert_eq!(weigh(&by_input, &shown("0"), LATE, WINDOW), Sight::Different);
        assert_eq!(weigh(&by_input, &shown("2"), LATE, WINDOW), Sight::Reviewing);
        let by_platform = Standing { planned_by_platform: true, ..by_input };
        assert_eq!(weigh(&by_platform, &shown("2"), LATE, WINDOW), Sight::Upgraded);
    }

    #[test]
    fn an_answer_without_the_upgrade_fields_decides_nothing() {
        assert_eq!(weigh(&sent(State::Unknown, "0", Verb::AddStore), &shown(""), LATE, WINDOW), Sight::Undecided);
        assert_eq!(weigh(&standing(State::Blocked, ""), &shown(""), LATE, WINDOW), Sight::Unchanged);
    }
}
