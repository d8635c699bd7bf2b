//! What is left to send, and how long it takes.

use serde::{Deserialize, Serialize};

/// What is still to be sent, at the rate and by the day's quotas that hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Estimate {
    /// Writes left to send.
    pub calls: u64,
    /// How long they take, nights between two days included, in seconds, rounded up.
    pub seconds: u64,
    /// On how many days of the platform's calendar any of them leaves.
    pub days: u64,
    /// When the sending ends if it starts now; `None` if there is nothing to send, or if a day allows nothing. Reviews come
    /// after it.
    pub done_at: Option<String>,
    /// When the map has reviewed what was added: three working days later, Monday to Friday. Public holidays are not known.
    #[serde(default)]
    pub reviews_by: Option<String>,
}
