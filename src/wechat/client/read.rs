//! Reading: asked again where that may help, for only reads are repeated freely.

use std::time::Duration;

use serde_json::Value;

use super::gate::{CallRecord, Heard};
use super::{Client, Payload, Sent};
use crate::wechat::patience::sleep_until;
use crate::wechat::secret::Secret;
use crate::wechat::token::TokenError;
use crate::wire::{Class, Endpoint, ErrorTable, Misfit, RuleError, json as wire_json};

/// After so many pauses, and as many tries and one, a read's failure is believed.
const READ_PAUSES_MAX: u32 = 4;

/// So much of an answer that is not as documented is shown: enough to see what it is.
const SHAPE_CHARS_MAX: usize = 1000;

/// The first pause before a read is repeated; each next one is twice as long.
const READ_PAUSE: Duration = Duration::from_millis(500);

/// A read that failed for good.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// No token.
    #[error(transparent)]
    Token(TokenError),
    /// The platform refused.
    #[error("{endpoint} refused: {errcode} {errmsg}")]
    Refused {
        /// Which endpoint.
        endpoint: Endpoint,
        /// Its code.
        errcode: i64,
        /// Its words, redacted.
        errmsg: String,
        /// The request's number in the platform's logs.
        rid: Option<String>,
    },
    /// It did not answer, however often it was asked.
    #[error("no answer from {endpoint} after {tries} tries: {why}")]
    Unreachable {
        /// Which endpoint.
        endpoint: Endpoint,
        /// How often it was asked.
        tries: u32,
        /// What happened the last time.
        why: String,
    },
    /// An answer, but not of the documented shape.
    #[error("{endpoint} answered something else than documented ({why}): {excerpt}")]
    Shape {
        /// Which endpoint.
        endpoint: Endpoint,
        /// What of it.
        why: String,
        /// The answer's beginning, redacted.
        excerpt: String,
    },
    /// The document does not allow it: nothing was asked.
    #[error("refused before any call: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Rules(Vec<RuleError>),
    /// Nothing more was to be sent.
    #[error("stopped")]
    Stopped,
}

impl From<TokenError> for ReadError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Stopped => Self::Stopped,
            error => Self::Token(error),
        }
    }
}

impl From<Vec<RuleError>> for ReadError {
    fn from(broken: Vec<RuleError>) -> Self {
        Self::Rules(broken)
    }
}

impl ReadError {
    /// What the error means for what happens next.
    #[must_use]
    pub fn class(&self, errors: &ErrorTable) -> Class {
        match self {
            Self::Refused { endpoint, errcode, .. } => errors.class(*endpoint, *errcode),
            Self::Token(TokenError::Refused { endpoint, errcode, .. }) => match errors.class(*endpoint, *errcode) {
                // Whatever a code means that no table knows: a token is refused to the account, never to a row.
                Class::FixRow => Class::StopAccount,
                class => class,
            },
            Self::Token(TokenError::Unreachable { .. }) | Self::Unreachable { .. } | Self::Stopped => Class::Retry,
            Self::Token(_) => Class::StopAccount,
            Self::Shape { .. } => Class::Retry,
            Self::Rules(_) => Class::FixRow,
        }
    }
}

impl Client {
    /// Reads, and asks again where that may help: only reads are repeated freely.
    pub(in crate::wechat) fn read<T>(
        &self,
        endpoint: Endpoint,
        body: Option<&Value>,
        shape: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, ReadError> {
        let fit = |answer: &Value| shape(answer).ok_or_else(|| Misfit::new("what it tells is not there"));
        self.ask(endpoint, &[], Payload::of(body), fit)
    }

    /// The same, of any request, with what of an answer is not as documented.
    pub(super) fn ask<T>(
        &self,
        endpoint: Endpoint,
        plain: &[(&str, &str)],
        payload: Payload<'_>,
        fit: impl Fn(&Value) -> Result<T, Misfit>,
    ) -> Result<T, ReadError> {
        let (mut tries, mut pauses) = (0, 0);
        loop {
            tries += 1;
            let token = self.tokens.current(&|force| self.fetch_token(force))?;
            if !self.gate.turn(endpoint) {
                return Err(ReadError::Stopped);
            }
            let error = match self.read_once(endpoint, (&token, plain, payload), &fit, tries) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            match error.class(&self.errors) {
                // Ends by itself: the keeper gives up where no token is accepted.
                Class::RefreshToken => {
                    self.tokens.renew(&token, &|force| self.fetch_token(force))?;
                    continue;
                }
                Class::SlowDown | Class::Retry => {}
                _ => return Err(error),
            }
            if !self.may_repeat(&mut pauses) {
                return Err(error);
            }
        }
    }

    /// Waits before a call is made again, twice as long each time; `false` if that has been often enough, or if the retry
    /// budget has had nothing left all the while.
    pub(super) fn may_repeat(&self, pauses: &mut u32) -> bool {
        while *pauses < READ_PAUSES_MAX {
            sleep_until(&*self.clock, READ_PAUSE * 2_u32.pow(*pauses), &|| self.gate.is_stopped());
            *pauses += 1;
            if self.gate.may_repeat() {
                return true;
            }
        }
        false
    }

    pub(super) fn read_once<T>(
        &self,
        endpoint: Endpoint,
        (token, plain, payload): (&Secret, &[(&str, &str)], Payload<'_>),
        fit: &impl Fn(&Value) -> Result<T, Misfit>,
        tries: u32,
    ) -> Result<T, ReadError> {
        let (sent, record) = self.send(endpoint, &[("access_token", token)], plain, payload);
        let sent_at = record.sent_at;
        let read = self.what_was_read(endpoint, sent, record, fit, tries);
        match &read {
            Ok(_) => self.gate.heard(endpoint, sent_at, Heard::Served),
            Err(ReadError::Refused { errcode, .. }) => {
                let class = self.errors.class(endpoint, *errcode);
                self.gate.heard(endpoint, sent_at, Heard::of(class, *errcode));
            }
            Err(_) => {}
        }
        read
    }

    fn what_was_read<T>(
        &self,
        endpoint: Endpoint,
        sent: Sent,
        record: CallRecord,
        fit: &impl Fn(&Value) -> Result<T, Misfit>,
        tries: u32,
    ) -> Result<T, ReadError> {
        let unreachable = |why| ReadError::Unreachable { endpoint, tries, why };
        let body = match sent {
            Sent::NotConnected(why) | Sent::Lost { why, .. } => return Err(unreachable(why)),
            Sent::Answer { http_status: 200, body } => body,
            Sent::Answer { http_status: 429, .. } => {
                let errmsg = "HTTP 429".to_owned();
                return Err(ReadError::Refused { endpoint, errcode: 45011, errmsg, rid: None });
            }
            Sent::Answer { http_status, body } => {
                return Err(unreachable(format!("HTTP {http_status}: {}", self.excerpt(&body))));
            }
        };
        let shape = |why: String| ReadError::Shape { endpoint, why, excerpt: self.beginning(&body, SHAPE_CHARS_MAX) };
        let envelope = record.envelope.ok_or_else(|| shape("no JSON object".to_owned()))?;
        self.note_acceptance(endpoint, envelope.errcode);
        if let Some(errcode) = envelope.errcode.filter(|code| *code != 0) {
            return Err(ReadError::Refused { endpoint, errcode, errmsg: envelope.errmsg, rid: envelope.rid });
        }
        let answer = wire_json::parse(&body).map_err(|error| shape(error.to_string()))?;
        fit(&self.redactor.clean_value(answer)).map_err(|misfit| shape(misfit.to_string()))
    }
}
