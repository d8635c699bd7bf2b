//! Who paces the calls, what an answer says about the pace, and what is told of every call.

use super::SYSTEM_BUSY;
use crate::store::Stamp;
use crate::wire::answer::Envelope;
use crate::wire::{Class, Endpoint};

/// Asked before every request leaves: who paces the calls, and whether they should still be made.
pub trait Gate: Send + Sync {
    /// Waits for its turn; `false` if nothing more is to be sent.
    fn turn(&self, endpoint: Endpoint) -> bool;

    /// What the answer to a call that left at `sent_at` says about the pace.
    fn heard(&self, endpoint: Endpoint, sent_at: Stamp, heard: Heard);

    /// Whether a call that failed may be made again: a platform in trouble is not hammered. Each yes is a call.
    fn may_repeat(&self) -> bool;

    /// Whether a person wants everything to end: whoever only waits waits no longer.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// What an answer says about the pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Nothing: it was served, or refused for another reason.
    Served,
    /// Too many calls: 45011, HTTP 429.
    TooMany,
    /// "System busy" (-1), which may be the same.
    Busy,
}

impl Heard {
    /// By the class and the code of an answer.
    pub(super) const fn of(class: Class, errcode: i64) -> Self {
        match class {
            Class::SlowDown => Self::TooMany,
            Class::Retry | Class::Ambiguous if errcode == SYSTEM_BUSY => Self::Busy,
            _ => Self::Served,
        }
    }
}

/// What is told of every call, for the ledger and the log. Nothing in it is secret.
#[derive(Debug, Clone)]
pub struct CallRecord {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// When it left.
    pub sent_at: Stamp,
    /// When it was answered, or given up.
    pub at: Stamp,
    /// HTTP's status, if an answer began.
    pub http_status: Option<u16>,
    /// What the answer said of itself; `None` if there was none.
    pub envelope: Option<Envelope>,
    /// What happened, if there was no answer.
    pub why: String,
}
