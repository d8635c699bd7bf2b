//! One store: from its `upgrade_status`, its data and a person's wish to an action, with the reasons.

use crate::check::{FixedValues, compose};
use crate::store::{
    Action, Code, Decision, Event, Field, Finding, LegacyStore, Sight, State, Supplied, UpgradeStatus, Wish,
};

/// Everything that the decision about one store looks at.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The old record, completed by what the platform showed.
    pub store: LegacyStore,
    /// What is wrong with the row as such (duplicate, no usable id).
    pub faults: Vec<Finding>,
    /// The supplied cells.
    pub supplied: Supplied,
}

/// Classifies one store.
#[must_use]
pub fn decide(facts: &Facts, fixed: &FixedValues) -> Decision {
    let mut findings: Vec<Finding> = facts.faults.iter().filter(|fault| !is_mended(fault, facts)).cloned().collect();
    findings.extend(facts.supplied.faults.iter().cloned());
    let wish = wish(&facts.supplied, &mut findings);
    findings.extend(unusable_id(facts));
    if !findings.is_empty() {
        return Decision { action: Action::Blocked, findings, submission: None, wish };
    }
    match (&facts.store.upgrade_status, wish) {
        (UpgradeStatus::Waiting | UpgradeStatus::Failed, Some(Wish::Delete)) => bare(Action::Delete, wish),
        (UpgradeStatus::Waiting | UpgradeStatus::Failed, _) => submit(facts, fixed, wish),
        (UpgradeStatus::Migrating, _) => bare(Action::Wait, wish),
        (UpgradeStatus::Done, _) => bare(Action::None, wish),
        (UpgradeStatus::Forbidden, _) => bare(Action::Delete, wish),
        (UpgradeStatus::Absent, _) => blocked(Finding::new(Code::StatusAbsent), wish),
        (UpgradeStatus::Other(text), _) => blocked(Finding::new(Code::StatusUnknown).showing(text), wish),
    }
}

/// A value of the old record that could not be read matters no more once somebody has supplied it.
fn is_mended(fault: &Finding, facts: &Facts) -> bool {
    fault.field.is_some_and(|field| facts.supplied.cells.contains_key(&field))
}

fn bare(action: Action, wish: Option<Wish>) -> Decision {
    Decision { action, findings: Vec::new(), submission: None, wish }
}

fn blocked(finding: Finding, wish: Option<Wish>) -> Decision {
    Decision { findings: vec![finding], ..bare(Action::Blocked, wish) }
}

fn submit(facts: &Facts, fixed: &FixedValues, wish: Option<Wish>) -> Decision {
    match compose(&facts.store, &facts.supplied, fixed) {
        Ok(submission) => Decision { submission: Some(submission), ..bare(Action::Add, wish) },
        Err(findings) => {
            let only_the_map = findings.iter().all(|finding| finding.code == Code::MapPoiIdMissing);
            let action = if only_the_map { Action::Resolve } else { Action::Blocked };
            Decision { findings, ..bare(action, wish) }
        }
    }
}

fn wish(supplied: &Supplied, findings: &mut Vec<Finding>) -> Option<Wish> {
    let cell = &supplied.cells.get(&Field::Action)?.cell;
    let wish = Wish::parse(&cell.value);
    if wish.is_none() {
        findings.push(Finding::new(Code::ActionUnknown).at(cell.place.clone()).showing(&cell.value));
    }
    wish
}

/// A store that cannot be named cannot be read, waited for or settled either, whatever its status.
fn unusable_id(facts: &Facts) -> Option<Finding> {
    let said = |code| facts.faults.iter().any(|fault| fault.code == code);
    match &facts.store.poi_id {
        None if said(Code::PoiIdMissing) || said(Code::RoundedNumber) => None,
        None => Some(Finding::new(Code::PoiIdMissing)),
        Some(id) if !id.is_decimal() && !said(Code::PoiIdMalformed) && !said(Code::RoundedNumber) => {
            Some(Finding::new(Code::PoiIdMalformed).showing(id.as_str()))
        }
        Some(_) => None,
    }
}

/// Where a store that was never planned before begins.
#[must_use]
pub fn initial_state(decision: &Decision, allow_delete: bool) -> State {
    match decision.action {
        Action::Wait => State::InReview,
        Action::None => State::Upgraded,
        Action::Resolve | Action::Blocked => State::Blocked,
        Action::Add | Action::Delete if is_held(decision, allow_delete) => State::Held,
        Action::Add | Action::Delete => State::Pending,
    }
}

/// The event by which a decision moves a store that was planned before.
#[must_use]
pub fn planning_event(decision: &Decision, allow_delete: bool) -> Event {
    match decision.action {
        Action::Wait => Event::Seen(Sight::Reviewing),
        Action::None => Event::Seen(Sight::Upgraded),
        Action::Resolve | Action::Blocked => Event::PlannedBlocked,
        Action::Add | Action::Delete if is_held(decision, allow_delete) => Event::PlannedHeld,
        Action::Add | Action::Delete => Event::PlannedToSend,
    }
}

fn is_held(decision: &Decision, allow_delete: bool) -> bool {
    decision.wish == Some(Wish::Hold) || (decision.action == Action::Delete && !allow_delete)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Cell, MapPoiId, Place, PoiId, Stamp, SuppliedCell};

    fn facts(status: &str) -> Facts {
        let store = LegacyStore {
            poi_id: PoiId::new("472671857"),
            telephone: "0571-88881234".into(),
            open_time: "8:00-20:00".into(),
            photos: vec!["http://a/1".into()],
            map_poi_id: MapPoiId::new("2880741500279549033"),
            upgrade_status: UpgradeStatus::parse(status),
            ..LegacyStore::default()
        };
        Facts { store, faults: Vec::new(), supplied: Supplied::default() }.with(Field::Credential, "22883878-0")
    }

    impl Facts {
        fn with(mut self, field: Field, value: &str) -> Self {
            let cell = Cell { field, value: value.into(), place: Place::file("s.csv").at_row(2), fault: None };
            self.supplied.cells.insert(field, SuppliedCell { cell, at: Stamp(0) });
            self
        }

        fn without(mut self, field: Field) -> Self {
            self.supplied.cells.remove(&field);
            self
        }
    }

    fn action(facts: &Facts) -> Action {
        decide(facts, &FixedValues::default()).action
    }

    #[test]
    fn the_status_decides_the_action() {
        for (status, expected) in [
            ("0", Action::Add),
            ("1", Action::Add),
            ("2", Action::Wait),
            ("3", Action::None),
            ("4", Action::Delete),
            ("", Action::Blocked),
            ("7", Action::Blocked),
            ("-1", Action::Blocked),
        ] {
            assert_eq!(action(&facts(status)), expected, "{status}");
        }
    }

    #[test]
    fn without_a_credential_a_store_is_blocked_and_without_only_a_map_point_it_is_to_be_resolved() {
        assert_eq!(action(&facts("0").without(Field::Credential)), Action::Blocked);
        let mut no_map = facts("0");
        no_map.store.map_poi_id = None;
        assert_eq!(action(&no_map), Action::Resolve);
        assert_eq!(action(&no_map.without(Field::Credential)), Action::Blocked);
    }

    #[test]
    fn data_is_asked_for_only_where_something_would_be_sent() {
        for (status, expected) in [("2", Action::Wait), ("3", Action::None), ("4", Action::Delete)] {
            assert_eq!(action(&facts(status).without(Field::Credential)), expected);
        }
    }

    #[test]
    fn a_person_may_ask_for_deletion_but_not_of_a_store_in_review_or_done() {
        assert_eq!(action(&facts("0").with(Field::Action, "删除")), Action::Delete);
        assert_eq!(action(&facts("2").with(Field::Action, "delete")), Action::Wait);
        assert_eq!(action(&facts("3").with(Field::Action, "delete")), Action::None);
        assert_eq!(action(&facts("").with(Field::Action, "delete")), Action::Blocked);
    }

    #[test]
    fn an_unknown_word_in_the_action_column_blocks() {
        let decision = decide(&facts("4").with(Field::Action, "later"), &FixedValues::default());
        assert_eq!(decision.findings[0].code, Code::ActionUnknown);
    }

    #[test]
    fn a_row_with_a_fault_is_blocked_whatever_its_status() {
        for status in ["0", "2", "3", "4"] {
            let mut duplicate = facts(status);
            duplicate.faults.push(Finding::new(Code::PoiIdDuplicate));
            assert_eq!(action(&duplicate), Action::Blocked);
        }
    }

    #[test]
    fn a_fault_of_the_old_record_is_mended_by_whoever_supplies_the_field() {
        let mut rounded = facts("0");
        rounded.store.map_poi_id = None;
        rounded.faults.push(Finding::new(Code::RoundedNumber).about(Field::MapPoiId));
        assert_eq!(action(&rounded), Action::Blocked);
        assert_eq!(action(&rounded.with(Field::MapPoiId, "2880741500279549033")), Action::Add);
    }

    #[test]
    fn a_deletion_waits_for_its_permission_and_a_held_store_for_its_release() {
        let forbidden = decide(&facts("4"), &FixedValues::default());
        assert_eq!(initial_state(&forbidden, false), State::Held);
        assert_eq!(initial_state(&forbidden, true), State::Pending);
        let held = decide(&facts("0").with(Field::Action, "hold"), &FixedValues::default());
        assert_eq!((held.action, initial_state(&held, true)), (Action::Add, State::Held));
    }
}
