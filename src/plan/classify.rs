//! One store: from its `upgrade_status`, its data and a person's wish to an action, with the reasons.

use crate::check::{Claimant, FixedValues, Role, Signs, compose_with, misplaced};
use crate::store::{
    Action, Code, Decision, Event, Field, Finding, LegacyStore, Province, Severity, Sight, State, Submission, Supplied,
    SuppliedCell, UpgradeStatus, Wish,
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
    /// Numbers of the old record.
    pub signs: Signs,
    /// What it shares with other stores.
    pub clashes: Vec<Finding>,
}

/// Classifies one store. Warnings travel with the decision and block nothing, unless they are denied.
#[must_use]
pub fn decide(facts: &Facts, fixed: &FixedValues) -> Decision {
    let mut findings: Vec<Finding> = facts.faults.iter().filter(|fault| !is_mended(fault, facts)).cloned().collect();
    findings.extend(facts.supplied.faults.iter().cloned());
    let wish = wish(&facts.supplied, &mut findings);
    findings.extend(unusable_id(facts));
    if fixed.policy.any_blocks(&findings) {
        return said(Decision { findings, ..bare(Action::Blocked, wish) }, fixed);
    }
    let decision = match (&facts.store.upgrade_status, wish) {
        (UpgradeStatus::Waiting | UpgradeStatus::Failed, Some(Wish::Delete)) => bare(Action::Delete, wish),
        (UpgradeStatus::Waiting | UpgradeStatus::Failed, _) => {
            let (action, submission) = submit(facts, fixed, &mut findings);
            return said(Decision { findings, submission, ..bare(action, wish) }, fixed);
        }
        (UpgradeStatus::Migrating, _) => too_late(Action::Wait, facts, wish),
        (UpgradeStatus::Done, _) => too_late(Action::None, facts, wish),
        // What a person asked to keep is never deleted.
        (UpgradeStatus::Forbidden, Some(Wish::Upgrade | Wish::Resubmit)) => {
            blocked(at_wish(Finding::new(Code::UpgradeForbidden), facts), wish)
        }
        (UpgradeStatus::Forbidden, None | Some(Wish::Delete | Wish::Hold)) => bare(Action::Delete, wish),
        (UpgradeStatus::Absent, _) => blocked(Finding::new(Code::StatusAbsent), wish),
        (UpgradeStatus::Other(text), _) => blocked(Finding::new(Code::StatusUnknown).showing(text), wish),
    };
    findings.extend(decision.findings);
    said(Decision { findings, ..decision }, fixed)
}

/// The decision without what nobody wants to hear.
fn said(mut decision: Decision, fixed: &FixedValues) -> Decision {
    decision.findings.retain(|finding| fixed.policy.says(finding.code));
    decision
}

/// What the store is to the others: nothing if it is to be deleted, may never move, or is the second row of one id.
#[must_use]
pub fn claimant(facts: &Facts) -> Option<Claimant<'_>> {
    let Facts { store, supplied, signs, .. } = facts;
    let wish = supplied.cells.get(&Field::Action).and_then(|cell| Wish::parse(&cell.cell.value));
    let repeated = facts.faults.iter().any(|fault| fault.code == Code::PoiIdDuplicate);
    let role = match store.upgrade_status {
        UpgradeStatus::Waiting | UpgradeStatus::Failed if wish == Some(Wish::Delete) || repeated => return None,
        UpgradeStatus::Waiting | UpgradeStatus::Failed => Role::Sends,
        UpgradeStatus::Migrating | UpgradeStatus::Done => Role::Has,
        UpgradeStatus::Forbidden | UpgradeStatus::Absent | UpgradeStatus::Other(_) => return None,
    };
    Some(Claimant { role, store, supplied, signs: *signs })
}

/// A value of the old record that could not be read matters no more once somebody has supplied it.
fn is_mended(fault: &Finding, facts: &Facts) -> bool {
    fault.field.is_some_and(|field| facts.supplied.cells.contains_key(&field))
}

fn bare(action: Action, wish: Option<Wish>) -> Decision {
    Decision { action, findings: Vec::new(), submission: None, wish, order: None }
}

/// Nothing is sent for the store; a wish to delete or to hold it is said to be idle.
fn too_late(action: Action, facts: &Facts, wish: Option<Wish>) -> Decision {
    let idle = matches!(wish, Some(Wish::Delete | Wish::Hold));
    let findings = idle.then(|| at_wish(Finding::new(Code::WishTooLate), facts)).into_iter().collect();
    Decision { findings, ..bare(action, wish) }
}

fn at_wish(finding: Finding, facts: &Facts) -> Finding {
    match facts.supplied.cells.get(&Field::Action) {
        Some(SuppliedCell { cell, .. }) => finding.at(cell.place.clone()).showing(&cell.value),
        None => finding,
    }
}

fn blocked(finding: Finding, wish: Option<Wish>) -> Decision {
    Decision { findings: vec![finding], ..bare(Action::Blocked, wish) }
}

/// What would be sent, unless something stands in the way; `findings` are warnings that are said already, and are said more.
fn submit(facts: &Facts, fixed: &FixedValues, findings: &mut Vec<Finding>) -> (Action, Option<Box<Submission>>) {
    let before = findings.len();
    findings.extend(of_record(facts));
    let composed = compose_with(&facts.store, &facts.supplied, fixed, findings);
    findings.extend(facts.clashes.iter().cloned());
    if before > 0 {
        // A supplied cell's fault may have been said of its row already.
        let more = findings.split_off(before);
        let new: Vec<Finding> = more.into_iter().filter(|finding| !findings.contains(finding)).collect();
        findings.extend(new);
    }
    let codes = findings[before..].iter().map(|finding| finding.code);
    let mut blocking = codes.filter(|code| fixed.policy.blocks(*code));
    let action = match blocking.next() {
        None => Action::Add,
        Some(Code::MapPoiIdMissing) if blocking.all(|code| code == Code::MapPoiIdMissing) => Action::Resolve,
        Some(_) => Action::Blocked,
    };
    (action, composed.filter(|_| action == Action::Add).map(Box::new))
}

/// What the old record says against the store: that it was never approved, or that it is nowhere.
fn of_record(facts: &Facts) -> impl Iterator<Item = Finding> {
    let Facts { store, signs, .. } = facts;
    let state = signs.available_state.filter(|_| signs.is_unapproved());
    let unapproved = state.map(|state| Finding::new(Code::NotApproved).showing(&format!("available_state {state}")));
    let nowhere = signs.position.and_then(|position| {
        let province = Province::of_address(&store.province, &store.city);
        let place = || format!("{}, {}", position.longitude, position.latitude);
        misplaced(position, province).map(|code| Finding::new(code).showing(&place()))
    });
    unapproved.into_iter().chain(nowhere)
}

fn wish(supplied: &Supplied, findings: &mut Vec<Finding>) -> Option<Wish> {
    let cell = &supplied.cells.get(&Field::Action)?.cell;
    // Whose wish it is, or what it says, is in doubt: then it is nobody's.
    if let Some(fault) = cell.fault.as_ref().filter(|fault| fault.code.severity() == Severity::Blocks) {
        findings.push(fault.clone());
        return None;
    }
    let wish = Wish::parse(&cell.value);
    if wish.is_none() {
        findings.push(Finding::new(Code::ActionUnknown).at(cell.place.clone()).showing(&cell.value));
    }
    wish
}

/// What is said of a row whose `poi_id` is not there, or is of no use.
const NO_ID: [Code; 6] = [
    Code::PoiIdMissing,
    Code::RoundedNumber,
    Code::RoundedColumn,
    Code::UnusableCell,
    Code::UndecodableBytes,
    Code::RecordMalformed,
];

/// A store that cannot be named cannot be read, waited for or settled either, whatever its status.
fn unusable_id(facts: &Facts) -> Option<Finding> {
    let said = |code| facts.faults.iter().any(|fault| fault.code == code);
    match &facts.store.poi_id {
        None if NO_ID.into_iter().any(said) => None,
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
        Action::Add | Action::Delete | Action::Create | Action::Update | Action::Remove | Action::SetCard => {
            State::Pending
        }
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
        Action::Add | Action::Delete | Action::Create | Action::Update | Action::Remove | Action::SetCard => {
            Event::PlannedToSend
        }
    }
}

fn is_held(decision: &Decision, allow_delete: bool) -> bool {
    decision.wish == Some(Wish::Hold) || (decision.action == Action::Delete && !allow_delete)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Policy, Position};
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
        Facts { store, faults: Vec::new(), supplied: Supplied::default(), signs: Signs::default(), clashes: Vec::new() }
            .with(Field::Credential, "70846113-6")
    }

    impl Facts {
        fn with(mut self, field: Field, value: &str) -> Self {
            let cell = Cell {
                field,
                value: value.into(),
                place: Place::file("s.csv").at_row(2),
                fault: None,
                also: Vec::new(),
            };
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
        let late = decide(&facts("3").with(Field::Action, "delete"), &FixedValues::default());
        assert_eq!(late.findings[0].code, Code::WishTooLate);
    }

    #[test]
    fn a_store_that_a_person_asked_to_upgrade_is_never_deleted() {
        for word in ["upgrade", "原样重提"] {
            let decision = decide(&facts("4").with(Field::Action, word), &FixedValues::default());
            assert_eq!((decision.action, decision.findings[0].code), (Action::Blocked, Code::UpgradeForbidden));
        }
        assert_eq!(action(&facts("4").with(Field::Action, "delete")), Action::Delete);
    }

    #[test]
    fn an_unknown_word_in_the_action_column_blocks() {
        let decision = decide(&facts("4").with(Field::Action, "later"), &FixedValues::default());
        assert_eq!(decision.findings[0].code, Code::ActionUnknown);
    }

    #[test]
    fn a_wish_in_a_cell_that_cannot_be_used_deletes_nothing() {
        for status in ["0", "4"] {
            let mut doubtful = facts(status).with(Field::Action, "delete");
            let cell = &mut doubtful.supplied.cells.get_mut(&Field::Action).unwrap().cell;
            cell.fault = Some(Finding::new(Code::KeyDisagrees).showing("8 ≠ 7"));
            let decision = decide(&doubtful, &FixedValues::default());
            assert_eq!((decision.action, decision.findings[0].code), (Action::Blocked, Code::KeyDisagrees));
        }
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

    fn codes(facts: &Facts, fixed: &FixedValues) -> (Action, Vec<Code>) {
        let decision = decide(facts, fixed);
        assert_eq!(decision.submission.is_some(), decision.action == Action::Add);
        (decision.action, decision.findings.iter().map(|finding| finding.code).collect())
    }

    fn policy(deny: &str, waive: &str) -> FixedValues {
        let policy = Policy::parse(&[deny.to_owned()], &[waive.to_owned()]).unwrap();
        FixedValues { policy, ..FixedValues::default() }
    }

    #[test]
    fn a_warning_travels_with_a_store_that_is_sent_unless_it_is_denied_or_waived() {
        // The check character would be 6.
        let mistyped = facts("0").with(Field::Credential, "70846113-7");
        let code = Code::CredentialUnchecked;
        assert_eq!(codes(&mistyped, &FixedValues::default()), (Action::Add, vec![code]));
        assert_eq!(codes(&mistyped, &policy("W210", "")), (Action::Blocked, vec![code]));
        assert_eq!(codes(&mistyped, &policy("", "W210")), (Action::Add, vec![]));
        assert_eq!(codes(&mistyped, &policy("W213", "W218")), (Action::Add, vec![code]));
    }

    #[test]
    fn a_warning_about_the_row_blocks_a_store_of_no_status() {
        for (status, expected) in [("0", Action::Add), ("2", Action::Wait), ("3", Action::None), ("4", Action::Delete)]
        {
            let mut hidden = facts(status);
            hidden.faults.push(Finding::new(Code::HiddenRow));
            assert_eq!(codes(&hidden, &FixedValues::default()), (expected, vec![Code::HiddenRow]), "{status}");
            assert_eq!(codes(&hidden, &policy("W206", "")).0, Action::Blocked, "{status}");
        }
    }

    #[test]
    fn a_store_that_lacks_only_its_point_is_resolved_whatever_is_worth_a_look_about_it() {
        let mut no_map = facts("0").with(Field::Hour, "18:00-02:00");
        no_map.store.map_poi_id = None;
        let found = codes(&no_map, &FixedValues::default());
        assert_eq!(found, (Action::Resolve, vec![Code::MapPoiIdMissing, Code::HourOvernight]));
        assert_eq!(codes(&no_map, &policy("W213", "")).0, Action::Blocked);
    }

    #[test]
    fn a_store_that_was_never_approved_cannot_move_but_be_deleted() {
        let mut unapproved = facts("0");
        unapproved.signs.available_state = Some(4);
        assert_eq!(codes(&unapproved, &FixedValues::default()), (Action::Blocked, vec![Code::NotApproved]));
        assert_eq!(action(&unapproved.with(Field::Action, "delete")), Action::Delete);
        for (status, expected) in [("2", Action::Wait), ("3", Action::None), ("4", Action::Delete)] {
            let mut moved = facts(status);
            moved.signs.available_state = Some(4);
            assert_eq!(codes(&moved, &FixedValues::default()), (expected, vec![]), "the platform's own word counts");
        }
    }

    #[test]
    fn a_place_that_makes_no_sense_is_worth_a_look() {
        let mut swapped = facts("0");
        swapped.signs.position = Some(Position { longitude: 30.27, latitude: 120.15 });
        let decision = decide(&swapped, &FixedValues::default());
        assert_eq!((decision.action, decision.findings[0].code), (Action::Add, Code::CoordinatesSwapped));
        assert_eq!(decision.findings[0].value, "30.27, 120.15");
    }

    #[test]
    fn a_shared_point_blocks_and_a_shared_licence_warns() {
        let mut shared = facts("0");
        shared.clashes.push(Finding::new(Code::CredentialDuplicate));
        assert_eq!(codes(&shared, &FixedValues::default()), (Action::Add, vec![Code::CredentialDuplicate]));
        shared.clashes.push(Finding::new(Code::MapPoiIdDuplicate));
        assert_eq!(codes(&shared, &FixedValues::default()).0, Action::Blocked);
    }

    #[test]
    fn stores_that_go_or_are_there_lay_claim_to_things_and_others_do_not() {
        for (status, role) in [
            ("0", Some(Role::Sends)),
            ("1", Some(Role::Sends)),
            ("2", Some(Role::Has)),
            ("3", Some(Role::Has)),
            ("4", None),
            ("", None),
            ("7", None),
        ] {
            assert_eq!(claimant(&facts(status)).map(|claimant| claimant.role), role, "{status}");
        }
        assert!(claimant(&facts("0").with(Field::Action, "删除")).is_none());
        let mut twice = facts("0");
        twice.faults.push(Finding::new(Code::PoiIdDuplicate));
        assert!(claimant(&twice).is_none());
    }
}
