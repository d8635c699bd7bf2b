//! Warnings of stores that nothing keeps back, code by code: they went, or go, all the same, and somebody may want to look.

use std::collections::BTreeMap;

use super::reasons::warnings_among;
use crate::ledger::StoreRow;
use crate::store::{Code, Finding};

/// The stores that have a warning with one code, each with what it says of them, in the ledger's order.
pub(super) struct Warned<'r> {
    pub(super) code: Code,
    pub(super) stores: Vec<(&'r StoreRow, Vec<&'r Finding>)>,
}

/// The most frequent first.
pub(super) fn warned(rows: &[StoreRow]) -> Vec<Warned<'_>> {
    let mut by_code: BTreeMap<Code, Vec<(&StoreRow, Vec<&Finding>)>> = BTreeMap::new();
    for row in rows {
        let mut own: BTreeMap<Code, Vec<&Finding>> = BTreeMap::new();
        for finding in warnings_among(row) {
            own.entry(finding.code).or_default().push(finding);
        }
        for (code, findings) in own {
            by_code.entry(code).or_default().push((row, findings));
        }
    }
    let mut all: Vec<_> = by_code.into_iter().map(|(code, stores)| Warned { code, stores }).collect();
    all.sort_by_key(|warned| std::cmp::Reverse(warned.stores.len()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{blocked, in_state};
    use crate::store::State;

    #[test]
    fn a_store_that_was_sent_is_listed_once_under_each_of_its_warnings_and_a_blocked_one_is_not() {
        let mut rows = [in_state(1, State::Upgraded), in_state(2, State::Pending), blocked(3, &[Code::HourOvernight])];
        let finding = Finding::new;
        rows[0].decision.findings = vec![finding(Code::HourOvernight), finding(Code::SameStoreTwice)];
        rows[1].decision.findings = vec![finding(Code::SameStoreTwice), finding(Code::SameStoreTwice)];
        let seen: Vec<_> = warned(&rows).iter().map(|warned| (warned.code, warned.stores.len())).collect();
        assert_eq!(seen, [(Code::SameStoreTwice, 2), (Code::HourOvernight, 1)]);
    }
}
