//! Why stores need a person: one reason a store, and the stores grouped by it. What a store says in full (all its
//! findings, the platform's own words) is [`words_of`]; the group's reason is what a person mends first.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::ledger::StoreRow;
use crate::store::{Action, Code, Finding, Lang, Severity, State, Wish, Words};
use crate::wire::errors::says_duplicate;
use crate::wire::{Endpoint, ErrorTable};
use crate::words;

/// Why a store needs a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Its data is missing or wrong.
    Finding(Code),
    /// The platform refused it for what it says.
    Refused(Endpoint, i64),
    /// Its deletion is not allowed yet.
    DeletionHeld,
    /// A person asked to hold it.
    HeldByPerson,
    /// Where it stands says it all.
    State(State),
}

/// The stores that need a person for the same reason.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// The reason.
    pub reason: Reason,
    /// The stores, in the order of the ledger.
    pub rows: Vec<&'a StoreRow>,
    /// What to do about it.
    pub remedy: Words,
    /// What else is wrong with some of them, and with how many.
    pub also: BTreeMap<Code, u64>,
}

impl Reason {
    /// The reason of a row that needs a person; `None` for any other row.
    #[must_use]
    pub fn of(row: &StoreRow) -> Option<Self> {
        let by_state = Self::State(row.state);
        match row.state {
            State::Blocked => Some(first_to_mend(findings(row)).map_or(by_state, Self::Finding)),
            State::Rejected => Some(refusal(row).unwrap_or(by_state)),
            State::Held if row.decision.wish == Some(Wish::Hold) => Some(Self::HeldByPerson),
            State::Held if row.decision.action == Action::Delete => Some(Self::DeletionHeld),
            State::Held | State::Drifted | State::Vanished => Some(by_state),
            _ => None,
        }
    }

    /// What people cite: `E110`, `errcode 85041`, `drifted`.
    #[must_use]
    pub fn label(self) -> Cow<'static, str> {
        match self {
            Self::Finding(code) => code.as_str().into(),
            Self::Refused(_, errcode) => format!("errcode {errcode}").into(),
            Self::DeletionHeld | Self::HeldByPerson => State::Held.key().into(),
            Self::State(state) => state.key().into(),
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn title(self) -> Words {
        match self {
            Self::Finding(code) => code.title(),
            // The reading has decided already what such an answer left open.
            Self::Refused(Endpoint::AddStore, errcode) if says_duplicate(errcode) => {
                words!("the platform has another store at its map point already"; "该位置点已属于平台上的另一家门店")
            }
            Self::Refused(endpoint, errcode) => refused(endpoint, errcode),
            Self::DeletionHeld => words!("a deletion that nobody has allowed yet"; "删除尚未获批准"),
            Self::HeldByPerson => words!("held back in the supplement"; "补充表中要求暂缓"),
            Self::State(State::Rejected) => words!("the platform's review refused it"; "平台审核未通过"),
            Self::State(State::Blocked) => words!("not planned yet"; "尚未生成计划"),
            Self::State(State::Drifted) => {
                words!("changed on the platform since it was planned"; "计划之后平台上已有变动")
            }
            Self::State(State::Vanished) => {
                words!("gone from the platform, and not by us"; "平台查无此店，且非本工具删除")
            }
            Self::State(state) => state.name(),
        }
    }

    /// What to do about it, by what errcodes mean for this account.
    #[must_use]
    pub fn remedy(self, errors: &ErrorTable) -> Words {
        match self {
            Self::Finding(code) => code.remedy(),
            Self::Refused(Endpoint::AddStore, errcode) if says_duplicate(errcode) => {
                words!("give the store a map_poi_id of its own, or look at both in the console"; "请为该店填写自己的 map_poi_id，或在公众平台核对这两家门店")
            }
            Self::Refused(endpoint, errcode) => errors.meaning(endpoint, errcode).map_or_else(
                || words!("see the platform's own words beside each store"; "请查看各门店旁平台的原文"),
                |meaning| meaning.advice,
            ),
            Self::DeletionHeld => {
                words!("look the list through, then run again with --allow-delete"; "请核对名单，确认后加上 --allow-delete 再次运行")
            }
            Self::HeldByPerson => {
                words!("when it may go, write upgrade into its column action"; "可以提交时，请在其“处理”列填写 升级")
            }
            Self::State(State::Rejected) => {
                words!("mend what the review names in attention.xlsx and give it back; a store whose data has changed goes again by itself"; "请按审核意见修改 attention.xlsx 后交回；资料有变的门店会自动重新提交")
            }
            Self::State(State::Drifted) => {
                words!("look at the store on the platform, then apply with --replan, or settle it with poilift accept"; "请在平台核对该店，然后用 apply --replan 重新计划，或用 poilift accept 确认")
            }
            Self::State(State::Vanished) => {
                words!("find out who removed it, then settle it with poilift accept"; "请查明由谁删除，然后用 poilift accept 确认")
            }
            Self::State(_) => words!("run the plan again: poilift plan"; "请重新运行 poilift plan"),
        }
    }
}

/// The rows that need a person, by reason: the most frequent reason first.
#[must_use]
pub fn group<'a>(rows: &'a [StoreRow], errors: &ErrorTable) -> Vec<Group<'a>> {
    let mut by_reason: BTreeMap<Reason, Group<'_>> = BTreeMap::new();
    for row in rows {
        let Some(reason) = Reason::of(row) else { continue };
        let begin = || Group { reason, rows: Vec::new(), remedy: reason.remedy(errors), also: BTreeMap::new() };
        let group = by_reason.entry(reason).or_insert_with(begin);
        group.rows.push(row);
        let others = blocking(findings(row)).filter(|code| reason != Reason::Finding(*code));
        for code in others.collect::<std::collections::BTreeSet<_>>() {
            *group.also.entry(code).or_default() += 1;
        }
    }
    let mut groups: Vec<_> = by_reason.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.rows.len()));
    groups
}

/// What is wrong with a row: what the plan found, else what is wrong with the row as such.
#[must_use]
pub fn findings(row: &StoreRow) -> &[Finding] {
    if row.decision.findings.is_empty() { &row.faults } else { &row.decision.findings }
}

/// Why a row stands where it stands, in full; empty if there is nothing to say.
#[must_use]
pub fn words_of(row: &StoreRow, lang: Lang) -> Cow<'_, str> {
    if row.state == State::Blocked && !findings(row).is_empty() {
        return Cow::Owned(in_full(findings(row), lang));
    }
    match &row.reason {
        Some(reason) => Cow::Borrowed(reason.get(lang)),
        None => Reason::of(row).map_or(Cow::Borrowed(""), |reason| Cow::Owned(reason.title().get(lang).to_owned())),
    }
}

/// What is worth a look about a row that nothing keeps: it went, or goes, all the same. Empty for a blocked row, whose findings
/// are its reason.
#[must_use]
pub fn warnings_of(row: &StoreRow, lang: Lang) -> String {
    in_full(warnings_among(row), lang)
}

/// The same, one by one.
pub(super) fn warnings_among(row: &StoreRow) -> &[Finding] {
    if row.state == State::Blocked { &[] } else { findings(row) }
}

fn in_full(findings: &[Finding], lang: Lang) -> String {
    findings.iter().map(|finding| finding.words().get(lang).to_owned()).collect::<Vec<_>>().join("; ")
}

fn blocking(findings: &[Finding]) -> impl Iterator<Item = Code> {
    findings.iter().map(|finding| finding.code).filter(|code| code.severity() == Severity::Blocks)
}

/// A point on the map can be searched for; whatever else is missing only a person has.
fn first_to_mend(findings: &[Finding]) -> Option<Code> {
    let first_of_a_person = blocking(findings).find(|code| *code != Code::MapPoiIdMissing);
    // A store may be blocked by a warning alone, where that is denied.
    first_of_a_person.or_else(|| blocking(findings).next()).or_else(|| findings.first().map(|finding| finding.code))
}

/// The errcode that rejected the row; a store that the review refused has none.
fn refusal(row: &StoreRow) -> Option<Reason> {
    let verb = row.last_write.as_ref().map(|write| write.verb).or_else(|| row.decision.action.verb())?;
    let errcode = row.errcode.filter(|errcode| *errcode != 0)?;
    Some(Reason::Refused(Endpoint::from(verb), errcode))
}

/// What the platform means by a refusal.
fn refused(endpoint: Endpoint, errcode: i64) -> Words {
    ErrorTable::default().meaning(endpoint, errcode).map_or_else(
        || words!("the platform refused it with a code that is in no document"; "平台返回了文档中没有的错误码"),
        |meaning| meaning.means,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{blocked, in_state, rejected};
    use crate::store::UpgradeStatus;
    use crate::wire::errors::Override;

    #[test]
    fn every_row_that_needs_a_person_has_one_reason_and_no_other_row_has_one() {
        for state in State::ALL {
            assert_eq!(Reason::of(&in_state(1, state)).is_some(), state.needs_person(), "{state}");
        }
    }

    #[test]
    fn groups_add_up_to_the_rows_and_the_most_frequent_reason_comes_first() {
        let rows = [
            blocked(1, &[Code::PhoneMissing]),
            blocked(2, &[Code::MapPoiIdMissing, Code::CredentialMissing, Code::PhoneMissing]),
            blocked(3, &[Code::CredentialMissing]),
            rejected(4, Some(85041)),
            in_state(5, State::Upgraded),
        ];
        let groups = group(&rows, &ErrorTable::default());
        let counts: Vec<_> = groups.iter().map(|group| (group.reason.label(), group.rows.len())).collect();
        assert_eq!(counts, [("E110".into(), 2), ("E112".into(), 1), ("errcode 85041".into(), 1)]);
        assert_eq!(groups[0].also, BTreeMap::from([(Code::PhoneMissing, 1), (Code::MapPoiIdMissing, 1)]));
    }

    #[test]
    fn a_store_is_rejected_by_an_errcode_or_by_the_review() {
        assert_eq!(Reason::of(&rejected(1, None)), Some(Reason::State(State::Rejected)));
        let by_code = Some(Reason::Refused(Endpoint::AddStore, 85038));
        assert_eq!(Reason::of(&rejected(1, Some(85038))), by_code);
    }

    #[test]
    fn a_refusal_says_what_it_is_and_what_to_do_and_the_operators_words_win() {
        let table = ErrorTable::default();
        let reason = Reason::Refused(Endpoint::AddStore, 85041);
        assert_eq!(reason.title().zh, "该经营资质已被其他门店使用");
        assert_eq!(reason.remedy(&table).en, "give each store its own licence number");
        let unknown = Reason::Refused(Endpoint::AddStore, 99999);
        assert_eq!(unknown.remedy(&table).en, "see the platform's own words beside each store");
        let set = Override::parse("poilift.toml, line 1", (None, 85041), "fix_row", Some("ask Zhang")).unwrap();
        assert_eq!(reason.remedy(&ErrorTable::with(vec![set]).unwrap()).zh, "ask Zhang");
    }

    #[test]
    fn a_deletion_that_waits_is_told_apart_from_a_store_that_a_person_holds() {
        let mut row = in_state(1, State::Held);
        row.status_before = UpgradeStatus::Forbidden;
        row.decision.action = Action::Delete;
        assert_eq!(Reason::of(&row), Some(Reason::DeletionHeld));
        row.decision.wish = Some(Wish::Hold);
        assert_eq!(Reason::of(&row), Some(Reason::HeldByPerson));
        assert_eq!(words_of(&row, Lang::Zh), "补充表中要求暂缓");
    }

    #[test]
    fn a_blocked_row_tells_all_its_findings() {
        let row = blocked(1, &[Code::CredentialMissing, Code::PhoneMissing]);
        let words = words_of(&row, Lang::En);
        assert_eq!(words, "E110 no credential (number of the business licence); E112 no contract_phone");
    }

    #[test]
    fn a_store_blocked_by_a_denied_warning_names_it_and_a_warning_is_never_lost() {
        let denied = blocked(1, &[Code::CredentialUnchecked]);
        assert_eq!(Reason::of(&denied), Some(Reason::Finding(Code::CredentialUnchecked)));
        let mut sent = in_state(1, State::Upgraded);
        sent.decision.findings = vec![Finding::new(Code::CredentialUnchecked)];
        assert_eq!(warnings_of(&sent, Lang::En), "W210 credential does not fit its own check character");
        assert_eq!((Reason::of(&sent), words_of(&sent, Lang::En).as_ref()), (None, ""));
        assert_eq!(warnings_of(&denied, Lang::En), "", "it is the reason");
    }
}
