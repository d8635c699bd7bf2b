//! What `poilift ctl` and a run say to one another: a line of JSON each way, with a version. Bounded in size and time on
//! both sides; whatever is not understood is refused in words, never guessed.

use serde::{Deserialize, Serialize};

use super::standing::Standing;
use crate::engine::{Control, Steered};
use crate::store::Stamp;

/// The version of both lines.
pub const VERSION: u32 = 1;

/// A longer line is no request.
pub const REQUEST_BYTES_MAX: usize = 4 * 1024;

/// A longer line is no answer.
pub const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// What a person wants of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::Subcommand)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Say what it is doing
    Status,
    /// Let it begin nothing new; what is under way ends and is written down
    Pause,
    /// Let it go on, at the same pace
    Resume,
}

/// The line from `ctl` to the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// [`VERSION`].
    pub v: u32,
    /// What is wanted.
    pub order: Order,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// It holds from now on, or it is told.
    Done,
    /// It was so already.
    Already,
    /// The run stops.
    Stopping,
    /// The run writes its report.
    Over,
    /// The line is of another version.
    OtherVersion,
    /// The line is no request.
    NotUnderstood,
    /// Another user asks.
    OtherUser,
}

/// The line from the run to `ctl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// [`VERSION`].
    pub v: u32,
    /// What became of the request.
    pub reply: Reply,
    /// Where the run stands after it; absent for a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Standing>,
}

impl Answer {
    /// A refusal: nothing is told, and nothing has changed.
    #[must_use]
    pub fn refusal(reply: Reply) -> Self {
        Self { v: VERSION, reply, status: None }
    }

    /// As a line.
    #[must_use]
    pub fn line(&self) -> String {
        // Numbers, strings and keys that are strings: nothing in it that JSON could not say.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// What a line asks for, or why it is refused.
pub fn parse(line: &[u8]) -> Result<Order, Reply> {
    /// Whatever the version, this much can be read of it.
    #[derive(Deserialize)]
    struct Versioned {
        v: u32,
    }
    let versioned: Versioned = serde_json::from_slice(line).map_err(|_| Reply::NotUnderstood)?;
    if versioned.v != VERSION {
        return Err(Reply::OtherVersion);
    }
    let request: Request = serde_json::from_slice(line).map_err(|_| Reply::NotUnderstood)?;
    Ok(request.order)
}

/// Carries an order out.
#[must_use]
pub fn obey(order: Order, control: &Control, now: Stamp) -> Reply {
    let steered = match order {
        Order::Status => Steered::Done,
        Order::Pause => control.pause(now),
        Order::Resume => control.resume(now),
    };
    match steered {
        Steered::Done => Reply::Done,
        Steered::Already => Reply::Already,
        Steered::Stopping => Reply::Stopping,
        Steered::Over => Reply::Over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_is_written() {
        for order in [Order::Status, Order::Pause, Order::Resume] {
            let line = serde_json::to_vec(&Request { v: VERSION, order }).unwrap();
            assert_eq!(parse(&line), Ok(order));
        }
        assert_eq!(parse(br#"{"v":1,"order":"pause","by":"a later version"}"#), Ok(Order::Pause));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert_eq!(parse(br#"{"v":2,"order":"dance"}"#), Err(Reply::OtherVersion));
        for line in [&b""[..], b"pause", b"{}", br#"{"v":1}"#, br#"{"v":1,"order":"dance"}"#, b"\xff\xfe", b"[[[[[["] {
            assert_eq!(parse(line), Err(Reply::NotUnderstood), "{line:?}");
        }
    }

    #[test]
    fn an_order_steers_the_run_and_a_question_does_not() {
        let control = Control::default();
        assert_eq!(obey(Order::Status, &control, Stamp(1)), Reply::Done);
        assert!(!control.is_paused());
        assert_eq!(obey(Order::Pause, &control, Stamp(2)), Reply::Done);
        assert_eq!(obey(Order::Pause, &control, Stamp(3)), Reply::Already);
        assert!(control.is_paused());
        assert_eq!(obey(Order::Resume, &control, Stamp(4)), Reply::Done);
        assert!(!control.is_paused());
    }
}
