//! One typed function per endpoint, a file a family. Reads are retried; a write is sent once, and what is known of it is
//! said. What all of them share is here: the token, and the one place where a request leaves.

mod account;
mod cards;
mod gate;
mod map;
mod media;
mod merchant;
mod old_stores;
mod ordered;
mod read;
mod stores;
mod write;

use std::sync::Arc;

use serde_json::Value;
use tracing::debug;

use super::secret::{Redactor, Secret};
use super::token::{TokenError, TokenKeeper, TokenSource};
use super::transport::{Call, Payload, Sent, Transport};
use crate::store::Clock;
use crate::wire::answer::{self, Envelope};
use crate::wire::{Class, Endpoint, ErrorTable, json as wire_json};

pub use gate::{CallRecord, Gate, Heard};
pub use old_stores::PoiReading;
pub use ordered::with_progress;
pub use read::ReadError;
pub use write::{ChangeError, WriteKind, WriteResult};

/// "System busy", of any endpoint.
const SYSTEM_BUSY: i64 = -1;

/// The platform, for one account. Shared by all workers.
pub struct Client {
    transport: Box<dyn Transport>,
    tokens: TokenKeeper,
    redactor: Redactor,
    gate: Arc<dyn Gate>,
    clock: Clock,
    told: Box<dyn Fn(CallRecord) + Send + Sync>,
    errors: ErrorTable,
}

impl Client {
    /// A client for one account. `told` hears of every call.
    #[must_use]
    pub fn new(
        transport: Box<dyn Transport>,
        source: TokenSource,
        gate: Arc<dyn Gate>,
        clock: Clock,
        redactor: Redactor,
        told: Box<dyn Fn(CallRecord) + Send + Sync>,
    ) -> Self {
        if let TokenSource::Secret { secret, .. } | TokenSource::Given(secret) = &source {
            redactor.learn(secret);
        }
        let stopped = Arc::clone(&gate);
        let keeper = TokenKeeper::new(source, Arc::clone(&clock)).until(Box::new(move || stopped.is_stopped()));
        let (tokens, errors) = (keeper, ErrorTable::default());
        Self { transport, tokens, redactor, gate, clock, told, errors }
    }

    /// The same, judging answers by this table.
    #[must_use]
    pub fn judging_by(self, errors: ErrorTable) -> Self {
        Self { errors, ..self }
    }

    /// What errcodes mean for this account.
    #[must_use]
    pub fn errors(&self) -> &ErrorTable {
        &self.errors
    }

    /// Has a token, fetched if none is held.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn sign_in(&self) -> Result<(), TokenError> {
        self.tokens.current(&|force| self.fetch_token(force)).map(|_| ())
    }

    /// Any answer but a refusal of the token says that the token was taken.
    fn note_acceptance(&self, endpoint: Endpoint, errcode: Option<i64>) {
        if errcode.is_none_or(|errcode| self.errors.class(endpoint, errcode) != Class::RefreshToken) {
            self.tokens.accepted();
        }
    }

    fn fetch_token(&self, force: bool) -> Result<(Secret, u64), TokenError> {
        let Some(request) = self.tokens.request(force) else {
            return Err(TokenError::NotGiven("no appid and secret".to_owned()));
        };
        let endpoint = request.endpoint;
        let mut pauses = 0;
        loop {
            if !self.gate.turn(endpoint) {
                return Err(TokenError::Stopped);
            }
            let (sent, record) =
                self.send(endpoint, &request.query, &request.plain, Payload::of(request.body.as_ref()));
            let error = match self.token_in(endpoint, &sent, record.envelope) {
                Ok(found) => return Ok(found),
                Err(error) => error,
            };
            let again = match &error {
                TokenError::Refused { errcode, .. } => {
                    matches!(self.errors.class(endpoint, *errcode), Class::Retry | Class::SlowDown)
                }
                _ => true,
            };
            if !again || !self.may_repeat(&mut pauses) {
                return Err(error);
            }
        }
    }

    fn token_in(
        &self,
        endpoint: Endpoint,
        sent: &Sent,
        envelope: Option<Envelope>,
    ) -> Result<(Secret, u64), TokenError> {
        let body = match sent {
            Sent::Answer { http_status: 200, body } => body,
            Sent::Answer { http_status, .. } => {
                return Err(TokenError::Unreachable { endpoint, why: format!("HTTP {http_status}") });
            }
            Sent::NotConnected(why) | Sent::Lost { why, .. } => {
                return Err(TokenError::Unreachable { endpoint, why: why.clone() });
            }
        };
        // The one answer that must not be redacted before it is read.
        let found = wire_json::parse(body).ok().and_then(|answer| answer::access_token(&answer));
        if let Some((token, expires_in)) = found
            && let Some(token) = Secret::new(&token)
        {
            self.redactor.learn(&token);
            return Ok((token, expires_in));
        }
        let envelope = envelope.unwrap_or_default();
        match envelope.errcode.filter(|code| *code != 0) {
            Some(errcode) => Err(TokenError::Refused { endpoint, errcode, errmsg: envelope.errmsg, rid: envelope.rid }),
            None => Err(TokenError::Unreachable { endpoint, why: "an answer without a token".to_owned() }),
        }
    }

    /// Sends, stamps, redacts and tells.
    fn send(
        &self,
        endpoint: Endpoint,
        secrets: &[(&str, &Secret)],
        plain: &[(&str, &str)],
        payload: Payload<'_>,
    ) -> (Sent, CallRecord) {
        let sent_at = self.clock.now();
        for (_, secret) in secrets {
            self.redactor.learn(secret);
        }
        let sent = self.transport.send(&Call { endpoint, secrets, plain, payload });
        let at = self.clock.now();
        let (http_status, envelope, why) = match &sent {
            Sent::Answer { http_status, body } => (Some(*http_status), self.envelope(body), String::new()),
            Sent::NotConnected(why) => (None, None, why.clone()),
            Sent::Lost { why, http_status } => (*http_status, None, why.clone()),
        };
        let record = CallRecord { endpoint, sent_at, at, http_status, envelope, why };
        debug!(
            endpoint = endpoint.key(),
            http_status = record.http_status,
            errcode = record.envelope.as_ref().and_then(|envelope| envelope.errcode),
            rid = record.envelope.as_ref().and_then(|envelope| envelope.rid.as_deref()),
            why = %record.why,
            ms = u64::try_from(at.since(sent_at).as_millis()).unwrap_or(u64::MAX),
            "call"
        );
        (self.told)(record.clone());
        (sent, record)
    }

    /// The envelope of an answer, redacted; `None` if the body is no JSON object.
    fn envelope(&self, body: &[u8]) -> Option<Envelope> {
        let answer = wire_json::parse(body).ok().filter(Value::is_object)?;
        let envelope = Envelope::from_value(&answer);
        Some(Envelope { errmsg: self.redactor.clean(&envelope.errmsg), ..envelope })
    }

    /// The beginning of an answer that came from somewhere else, mostly a page of a proxy's.
    fn excerpt(&self, body: &[u8]) -> String {
        self.beginning(body, 200)
    }

    /// So many characters of an answer, on one line, redacted.
    fn beginning(&self, body: &[u8], chars_max: usize) -> String {
        // Redacted before it is cut: half a token is a token.
        let clean = self.redactor.clean(&String::from_utf8_lossy(body));
        let line: String = clean.chars().map(|c| if c.is_control() { ' ' } else { c }).take(chars_max).collect();
        line.trim().to_owned()
    }
}

#[cfg(test)]
mod tests;
