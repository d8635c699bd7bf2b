//! What people make of warnings: denied ones block like the others, waived ones are not said.

use std::collections::BTreeSet;

use crate::store::{Code, Finding, Severity};

/// `--deny`, `--waive` and `[findings]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    deny: BTreeSet<Code>,
    waive: BTreeSet<Code>,
}

/// Why a policy makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadPolicy {
    /// No finding has this code.
    Unknown(String),
    /// What blocks cannot be waived.
    Blocks(Code),
    /// One code both ways.
    Both(Code),
}

impl Policy {
    /// A policy of codes as written, each entry one code or several with commas.
    ///
    /// # Errors
    ///
    /// A code that is not known, one that cannot be waived, and one both ways.
    pub fn parse(deny: &[String], waive: &[String]) -> Result<Self, BadPolicy> {
        let (deny, waive) = (codes(deny)?, codes(waive)?);
        if let Some(code) = waive.iter().find(|code| code.severity() == Severity::Blocks) {
            return Err(BadPolicy::Blocks(*code));
        }
        match deny.intersection(&waive).next() {
            Some(code) => Err(BadPolicy::Both(*code)),
            None => Ok(Self { deny, waive }),
        }
    }

    /// This policy where it says something of a code, else `other`.
    #[must_use]
    pub fn over(mut self, other: &Self) -> Self {
        let own: BTreeSet<Code> = self.deny.union(&self.waive).copied().collect();
        self.deny.extend(other.deny.difference(&own));
        self.waive.extend(other.waive.difference(&own));
        self
    }

    /// Whether a finding with this code keeps its store from being sent.
    #[must_use]
    pub fn blocks(&self, code: Code) -> bool {
        code.severity() == Severity::Blocks || self.deny.contains(&code)
    }

    /// Whether it is said at all.
    #[must_use]
    pub fn says(&self, code: Code) -> bool {
        !self.waive.contains(&code)
    }

    /// Whether one of the findings blocks.
    #[must_use]
    pub fn any_blocks(&self, findings: &[Finding]) -> bool {
        findings.iter().any(|finding| self.blocks(finding.code))
    }
}

fn codes(lists: &[String]) -> Result<BTreeSet<Code>, BadPolicy> {
    let all = lists.iter().flat_map(|list| list.split([',', '，'])).map(str::trim).filter(|text| !text.is_empty());
    all.map(|text| Code::named(text).ok_or_else(|| BadPolicy::Unknown(text.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(deny: &str, waive: &str) -> Result<Policy, BadPolicy> {
        Policy::parse(&[deny.to_owned()], &[waive.to_owned()])
    }

    #[test]
    fn a_denied_warning_blocks_and_a_waived_one_is_not_said() {
        let policy = parse("W210, w212", "W213").unwrap();
        assert!(policy.blocks(Code::CredentialUnchecked) && policy.blocks(Code::CredentialDuplicate));
        assert!(policy.blocks(Code::CredentialMissing), "what blocks blocks without being denied");
        assert!(!policy.blocks(Code::HourOvernight) && !policy.says(Code::HourOvernight));
        assert!(policy.says(Code::CredentialUnchecked));
    }

    #[test]
    fn what_blocks_cannot_be_waived_and_what_nobody_knows_cannot_be_either() {
        assert_eq!(parse("", "E110"), Err(BadPolicy::Blocks(Code::CredentialMissing)));
        assert_eq!(parse("", "W999"), Err(BadPolicy::Unknown("W999".into())));
        assert_eq!(parse("credential", ""), Err(BadPolicy::Unknown("credential".into())));
        assert_eq!(parse("W210", "W210"), Err(BadPolicy::Both(Code::CredentialUnchecked)));
    }

    #[test]
    fn a_flag_wins_over_the_configuration_code_by_code() {
        let policy = parse("W210", "W213").unwrap().over(&parse("W213,W212", "W210,W218").unwrap());
        assert!(policy.blocks(Code::CredentialUnchecked) && policy.blocks(Code::CredentialDuplicate));
        assert!(!policy.says(Code::HourOvernight) && !policy.blocks(Code::HourOvernight));
        assert!(!policy.says(Code::SameStoreTwice));
    }
}
