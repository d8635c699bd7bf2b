//! Scenarios: how the simulated platform behaves, as a TOML file says it, and the named ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::account::Account;
use super::dice::Dice;
use super::error::SandboxError;
use super::fault::{Fault, Incident};
use super::push::PushTo;
use super::usage::Others;
use crate::wire::Endpoint;

/// How the simulated platform behaves. Every key of the file is optional; an unknown one is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// How many of the first submissions fail in review, 0 to 1; 0.03 by default, 0 lets all pass. A store that has
    /// failed once passes when it is submitted again.
    pub review_fail_share: f64,
    /// How long a token lives, in seconds; 7200 by default.
    pub token_life_s: u64,
    /// After how many calls a token ends although its life is not over; absent: never.
    pub token_calls: Option<u64>,
    /// The audit status of the store mini-program (section 3): 1 is approved.
    pub merchant_status: i64,
    /// The only appid taken; absent: any.
    pub appid: Option<String>,
    /// The SHA-256, in hexadecimal, of the only secret taken; absent: any that is not empty.
    pub secret_sha256: Option<String>,
    /// Calls per day (UTC+8) and endpoint; 45009 beyond.
    pub daily_limit: u64,
    /// The same for single endpoints, the token endpoints among them.
    pub daily_limits: BTreeMap<Endpoint, u64>,
    /// Others who use the same quota.
    pub others: Vec<Others>,
    /// Keys that `openapi/quota/get` answers in `quota` in place of what is so, sense or nonsense; what they name is not checked.
    pub quota_answer: Map<String, Value>,
    /// What `openapi/quota/get` refuses with, whatever it is asked; absent: it answers.
    pub quota_errcode: Option<i64>,
    /// What `openapi/quota/get` answers as `rate_limit`.
    pub rate: Rate,
    /// How many calls a second each endpoint bears before it answers 45011, whatever `rate` says; absent: any number.
    pub rate_borne: Option<u32>,
    /// What the account may do and has.
    pub account: Account,
    /// Where events are pushed to; absent: nowhere.
    pub push: Option<PushTo>,
    /// What goes wrong; of several that fit a request the first that falls is taken.
    pub faults: Vec<Fault>,
}

/// Tokens a day, where a scenario says nothing of them: more than anybody asks for.
const TOKENS_A_DAY: u64 = 1_000_000_000;

/// A rate as `openapi/quota/get` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Calls; 0 leaves `rate_limit` out of the answer, as the platform's older answers do.
    pub call_count: u64,
    /// Seconds in which they are allowed.
    pub refresh_second: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            review_fail_share: 0.03,
            token_life_s: 7200,
            token_calls: None,
            merchant_status: 1,
            appid: None,
            secret_sha256: None,
            daily_limit: 1_000_000,
            daily_limits: BTreeMap::new(),
            others: Vec::new(),
            quota_answer: Map::new(),
            quota_errcode: None,
            rate: Rate { call_count: 100, refresh_second: 1 },
            rate_borne: None,
            account: Account::default(),
            push: None,
            faults: Vec::new(),
        }
    }
}

impl Scenario {
    /// The names of the built-in scenarios and their files, `calm` first, which is the default.
    const NAMED: [(&'static str, &'static str); 9] = [
        ("calm", include_str!("scenarios/calm.toml")),
        ("expired-token", include_str!("scenarios/expired-token.toml")),
        ("busy", include_str!("scenarios/busy.toml")),
        ("hostile", include_str!("scenarios/hostile.toml")),
        ("late-apply", include_str!("scenarios/late-apply.toml")),
        ("outage", include_str!("scenarios/outage.toml")),
        ("quota", include_str!("scenarios/quota.toml")),
        ("lagging-list", include_str!("scenarios/lagging-list.toml")),
        ("legacy-gone", include_str!("scenarios/legacy-gone.toml")),
    ];

    /// The names that [`named`](Self::named) knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMED.into_iter().map(|(name, _)| name)
    }

    /// The built-in scenario with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (_, text) = Self::NAMED.into_iter().find(|(known, _)| *known == name)?;
        // A test reads every one of them.
        Self::from_toml(text).ok()
    }

    /// Reads a scenario file. Errors name the key and the line.
    pub fn from_toml(text: &str) -> Result<Self, SandboxError> {
        let scenario: Self = toml::from_str(text).map_err(|source| SandboxError::Scenario(Box::new(source)))?;
        let pushed = scenario.push.iter().flat_map(|push| [push.lost, push.twice]);
        let faults = scenario.faults.iter().map(|fault| fault.share);
        let shares = faults.chain(pushed).chain([scenario.review_fail_share]);
        match { shares }.find(|share| !(0.0..=1.0).contains(share)) {
            Some(share) => Err(SandboxError::Share(share)),
            None => Ok(scenario),
        }
    }

    /// Calls a day of an endpoint. The token endpoints have one only where it is said of them.
    pub(super) fn limit(&self, endpoint: Endpoint) -> u64 {
        let of_all = if endpoint.is_token() { TOKENS_A_DAY } else { self.daily_limit };
        self.daily_limits.get(&endpoint).copied().unwrap_or(of_all)
    }

    /// The fault that befalls a request.
    pub(super) fn fault(&self, dice: Dice, incident: &Incident) -> Option<&Fault> {
        let number = incident.seq.to_string();
        let mut faults = self.faults.iter().enumerate();
        let befalls = |(place, fault): &(usize, &Fault)| {
            fault.fits(incident) && dice.chance("fault", &[&place.to_string(), &number], fault.share)
        };
        faults.find(befalls).map(|(_, fault)| fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::fault::FaultKind;

    fn incident(seq: u64, endpoint: Endpoint) -> Incident<'static> {
        Incident { seq, number: seq, endpoint, poi_id: Some("7") }
    }

    #[test]
    fn every_built_in_scenario_can_be_read() {
        assert_eq!(Scenario::names().filter_map(Scenario::named).count(), 9);
        assert_eq!(Scenario::named("calm"), Some(Scenario::default()));
        assert_eq!(Scenario::named("sunny"), None);
    }

    #[test]
    fn an_unknown_key_or_kind_or_share_is_an_error() {
        assert!(Scenario::from_toml("review_fail_shares = 0.1").is_err());
        assert!(Scenario::from_toml("[[faults]]\nkind = \"flood\"").is_err());
        assert!(Scenario::from_toml("review_fail_share = 1.5").is_err());
    }

    #[test]
    fn the_same_request_meets_the_same_fault() {
        let hostile = Scenario::named("hostile").unwrap();
        let kinds = |seed| -> Vec<_> {
            let dice = Dice::new(seed);
            let fault = |n| hostile.fault(dice, &incident(n, Endpoint::AddStore)).map(|fault| fault.kind);
            (1..500).map(fault).collect()
        };
        assert_eq!(kinds(3), kinds(3));
        assert_ne!(kinds(3), kinds(4));
        assert!(kinds(3).iter().flatten().count() > 20);
    }

    #[test]
    fn a_fault_keeps_to_its_endpoint_and_its_request_numbers() {
        let text = "[[faults]]\nendpoint = \"delpoi\"\nkind = \"busy\"\nfrom = 2\nuntil = 3";
        let scenario = Scenario::from_toml(text).unwrap();
        let hit = |seq, endpoint| scenario.fault(Dice::new(1), &incident(seq, endpoint)).map(|fault| fault.kind);
        let hits: Vec<_> = (1..=4).map(|seq| hit(seq, Endpoint::Delpoi).is_some()).collect();
        assert_eq!(hits, [false, true, true, false]);
        assert_eq!(hit(2, Endpoint::AddStore), None);
        assert_eq!(hit(2, Endpoint::Delpoi), Some(FaultKind::Busy));
    }
}
