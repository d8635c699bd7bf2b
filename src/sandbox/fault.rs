//! Faults: what can go wrong with one request, whether the platform has done what was asked all the same, and what
//! the caller gets to see.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{Refusal, Reply};
use crate::wire::Endpoint;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection closes; nothing was applied.
    DropBefore,
    /// Applied, but the connection closes without an answer.
    DropAfter,
    /// Applied, but the connection closes in the middle of the answer.
    Truncate,
    /// The gateway answers 502; nothing was applied.
    #[serde(rename = "http_502_before")]
    Http502Before,
    /// Applied, but the gateway answers 502.
    #[serde(rename = "http_502_after")]
    Http502After,
    /// -1; nothing was applied.
    Busy,
    /// -1, although it was applied.
    BusyAfter,
    /// 45011: too many calls this minute.
    Throttle,
    /// 45009: too many calls today.
    Quota,
    /// HTTP 429.
    #[serde(rename = "http_429")]
    Http429,
    /// 42001, and the token, if one was presented, is dead from now on.
    Expire,
    /// The connection closes, and it is applied `delay_ms` later.
    LateApply,
    /// A refusal whose text echoes the access token: plain, URL-encoded and in base64. Nothing was applied.
    EchoToken,
    /// A refusal with the fault's `errcode`. Nothing was applied.
    Refuse,
}

/// Whether the platform does what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// No.
    Never,
    /// At once.
    Now,
    /// After the fault's delay.
    Later,
}

impl FaultKind {
    /// The key in scenario files and in the log of calls.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::DropBefore => "drop_before",
            Self::DropAfter => "drop_after",
            Self::Truncate => "truncate",
            Self::Http502Before => "http_502_before",
            Self::Http502After => "http_502_after",
            Self::Busy => "busy",
            Self::BusyAfter => "busy_after",
            Self::Throttle => "throttle",
            Self::Quota => "quota",
            Self::Http429 => "http_429",
            Self::Expire => "expire",
            Self::LateApply => "late_apply",
            Self::EchoToken => "echo_token",
            Self::Refuse => "refuse",
        }
    }

    /// Whether the platform does what was asked.
    pub(super) const fn applied(self) -> Applied {
        match self {
            Self::DropAfter | Self::Truncate | Self::Http502After | Self::BusyAfter => Applied::Now,
            Self::LateApply => Applied::Later,
            Self::DropBefore
            | Self::Http502Before
            | Self::Busy
            | Self::Throttle
            | Self::Quota
            | Self::Http429
            | Self::Expire
            | Self::EchoToken
            | Self::Refuse => Applied::Never,
        }
    }
}

/// One fault of a scenario: what, how often, and which requests it can befall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The endpoint; absent: all of them, the token endpoints too.
    pub endpoint: Option<Endpoint>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many of the requests that fit, 0 to 1; all by default.
    #[serde(default = "all")]
    pub share: f64,
    /// The stores; absent: all.
    pub poi_ids: Option<Vec<String>>,
    /// The first request that fits, counted from 1 over the endpoint's requests, or over all if no endpoint is named.
    pub from: Option<u64>,
    /// The last request that fits, counted alike.
    pub until: Option<u64>,
    /// For `late_apply`: how much later, in milliseconds.
    #[serde(default)]
    pub delay_ms: u32,
    /// For `echo_token` and `refuse`: the errcode; -1 by default.
    pub errcode: Option<i64>,
}

const fn all() -> f64 {
    1.0
}

/// A request in the eyes of a fault.
#[derive(Debug, Clone, Copy)]
pub struct Incident<'a> {
    /// Its number among all requests, from 1.
    pub seq: u64,
    /// Its number among the requests of its endpoint, from 1.
    pub number: u64,
    /// What it asks for.
    pub endpoint: Endpoint,
    /// The store that it is about.
    pub poi_id: Option<&'a str>,
}

impl Fault {
    /// Whether it can befall this request.
    pub(super) fn fits(&self, incident: &Incident) -> bool {
        let number = if self.endpoint.is_some() { incident.number } else { incident.seq };
        let listed = |ids: &Vec<String>| incident.poi_id.is_some_and(|id| ids.iter().any(|listed| listed == id));
        self.endpoint.is_none_or(|endpoint| endpoint == incident.endpoint)
            && self.poi_ids.as_ref().is_none_or(listed)
            && self.from.is_none_or(|from| number >= from)
            && self.until.is_none_or(|until| number <= until)
    }

    /// What the caller gets to see instead of `answer`. `token` is the access token that it presented.
    pub(super) fn reply(&self, answer: Result<Value, Refusal>, token: &str, rid: &str) -> Reply {
        let refused = |code| Reply::json(Err(Refusal::of(code)), rid);
        match self.kind {
            FaultKind::DropBefore | FaultKind::DropAfter | FaultKind::LateApply => Reply::nothing(),
            FaultKind::Truncate => Reply::json(answer, rid).cut(),
            FaultKind::Http502Before | FaultKind::Http502After => Reply::gateway(502, "Bad Gateway"),
            FaultKind::Http429 => Reply::gateway(429, "Too Many Requests"),
            FaultKind::Busy | FaultKind::BusyAfter => refused(-1),
            FaultKind::Throttle => refused(45011),
            FaultKind::Quota => refused(45009),
            FaultKind::Expire => refused(42001),
            FaultKind::Refuse => refused(self.errcode.unwrap_or(-1)),
            FaultKind::EchoToken => Reply::json(Err(echo(self.errcode.unwrap_or(-1), token)), rid),
        }
    }
}

fn echo(code: i64, token: &str) -> Refusal {
    let (url, base64) = (utf8_percent_encode(token, NON_ALPHANUMERIC), BASE64_STANDARD.encode(token));
    Refusal::with(code, &format!(", access_token: {token}, query: access_token={url}, trace: {base64}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fault(kind: &str) -> Fault {
        toml::from_str(&format!("kind = \"{kind}\"")).unwrap()
    }

    #[test]
    fn each_kind_is_written_as_its_key() {
        for kind in
            ["drop_before", "http_502_before", "http_502_after", "http_429", "late_apply", "echo_token", "refuse"]
        {
            assert_eq!(fault(kind).kind.key(), kind);
        }
    }

    #[test]
    fn busy_after_says_busy_although_it_was_done() {
        assert_eq!(fault("busy_after").kind.applied(), Applied::Now);
        assert_eq!(fault("busy_after").reply(Ok(json!({})), "t", "r").errcode, Some(-1));
        assert_eq!(fault("busy").kind.applied(), Applied::Never);
    }

    #[test]
    fn an_echo_carries_the_token_in_three_forms() {
        let reply = fault("echo_token").reply(Ok(json!({})), "a_b", "r");
        for form in ["a_b", "a%5Fb", "YV9i"] {
            assert!(reply.body.contains(form), "{form}");
        }
    }

    #[test]
    fn a_fault_for_certain_stores_leaves_the_others_alone() {
        let fault: Fault = toml::from_str("kind = \"busy\"\npoi_ids = [\"7\"]").unwrap();
        let incident = |poi_id| Incident { seq: 1, number: 1, endpoint: Endpoint::Delpoi, poi_id };
        assert!(fault.fits(&incident(Some("7"))));
        assert!(!fault.fits(&incident(Some("8"))) && !fault.fits(&incident(None)));
    }
}
