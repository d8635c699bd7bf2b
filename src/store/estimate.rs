//! What is left to send, and how long it takes.

use serde::{Deserialize, Serialize};

/// What is still to be sent, at the rate that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Estimate {
    /// Writes left to send.
    pub calls: u64,
    /// How long they take at this rate, in seconds, rounded up.
    pub seconds: u64,
    /// On how many days of the platform's calendar.
    pub days: u64,
    /// When the sending ends if it starts now; `None` if there is nothing to send. Reviews come after it.
    pub done_at: Option<String>,
}
