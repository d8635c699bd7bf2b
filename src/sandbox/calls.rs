//! The log of calls: what came, when, and what became of it. In memory, since the start; it holds no token.

use std::collections::VecDeque;

use serde::Serialize;

use super::fault::FaultKind;
use super::platform::Turn;
use super::request::Method;
use crate::wire::Endpoint;

/// How many calls are kept, about 100 bytes each; the oldest are forgotten first.
const CALLS_KEPT_MAX: usize = 2_000_000;

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// Its number, from 1; goes on over restarts.
    pub seq: u64,
    /// When its last byte had come: milliseconds since 1970, to the microsecond. Differences are exact even if the
    /// machine's clock is set in between.
    pub arrived_at_ms: f64,
    /// What it asked for; `null` if the platform has no such path.
    pub endpoint: Option<Endpoint>,
    /// GET, POST or OTHER.
    pub method: &'static str,
    /// The store that it was about.
    pub poi_id: Option<Box<str>>,
    /// The errcode that was answered; `null` if none reached the caller.
    pub errcode: Option<i64>,
    /// The HTTP status; 0 if there was no answer.
    pub http_status: u16,
    /// Whether it changed a store; turns true once a late one has.
    pub effect: bool,
    /// What went wrong on purpose.
    pub fault: Option<&'static str>,
}

impl Call {
    /// The call that came to this.
    pub fn new(turn: &Turn, method: Method, arrived_at_ms: f64) -> Self {
        Self {
            seq: turn.entry.seq,
            arrived_at_ms,
            endpoint: turn.entry.endpoint,
            method: method.name(),
            poi_id: turn.entry.poi_id.as_deref().map(Box::from),
            errcode: turn.reply.errcode,
            http_status: turn.reply.status,
            effect: turn.entry.effects.iter().any(super::effect::Effect::is_change),
            fault: turn.fault.map(FaultKind::key),
        }
    }
}

/// The calls, the latest last.
#[derive(Debug, Default)]
pub struct CallLog {
    calls: VecDeque<Call>,
}

impl CallLog {
    /// Adds a call.
    pub fn push(&mut self, call: Call) {
        if self.calls.len() == CALLS_KEPT_MAX {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    /// The late call with this number has changed its store.
    pub fn took_effect(&mut self, seq: u64) {
        if let Ok(place) = self.calls.binary_search_by_key(&seq, |call| call.seq) {
            self.calls[place].effect = true;
        }
    }

    /// The latest `n`, latest first.
    pub fn latest(&self, n: usize) -> impl Iterator<Item = &Call> {
        self.calls.iter().rev().take(n)
    }

    /// All of them as JSON Lines.
    pub fn json_lines(&self) -> String {
        let mut text = String::new();
        for call in &self.calls {
            text += &serde_json::to_string(call).expect("a call has only numbers and text");
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_call_takes_effect_in_the_log_too() {
        let mut log = CallLog::default();
        for seq in 5..8 {
            let (arrived_at_ms, endpoint) = (1.5, Some(Endpoint::AddStore));
            let (method, poi_id, errcode) = ("POST", Some("7".into()), None);
            let fault = Some("late_apply");
            log.push(Call {
                seq,
                arrived_at_ms,
                endpoint,
                method,
                poi_id,
                errcode,
                http_status: 0,
                effect: false,
                fault,
            });
        }
        log.took_effect(6);
        let effects: Vec<_> = log.latest(9).map(|call| (call.seq, call.effect)).collect();
        assert_eq!(effects, [(7, false), (6, true), (5, false)]);
        let line = r#"{"seq":5,"arrived_at_ms":1.5,"endpoint":"add_store","method":"POST","poi_id":"7","errcode":null,"http_status":0,"effect":false,"fault":"late_apply"}"#;
        assert_eq!(log.json_lines().lines().next(), Some(line));
    }
}
