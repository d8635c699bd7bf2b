//! Writing: one request, and what is known of it afterwards. Nothing here sends a second one.

use serde_json::Value;
use tracing::debug;

use super::gate::{CallRecord, Heard};
use super::{Client, Payload, Sent};
use crate::store::{Stamp, Verb};
use crate::wechat::secret::Secret;
use crate::wechat::token::TokenError;
use crate::wire::{Class, Endpoint, Misfit, RuleError, answer, json as wire_json, map_poi};

/// What is known of a write after its one request.
#[derive(Debug, Clone)]
pub struct WriteResult {
    /// When it left; `None` if it did not.
    pub sent_at: Option<Stamp>,
    /// When it was answered, or given up.
    pub at: Stamp,
    /// HTTP's status, if an answer began.
    pub http_status: Option<u16>,
    /// What happened.
    pub kind: WriteKind,
}

/// How a write ended.
#[derive(Debug, Clone)]
pub enum WriteKind {
    /// Accepted.
    Ok {
        /// The review's number, for `add_store`.
        audit_id: Option<String>,
    },
    /// An answer that is no success.
    Answered {
        /// What it means.
        class: Class,
        /// Its code.
        errcode: i64,
        /// The platform's words, redacted.
        errmsg: String,
        /// The request's number in the platform's logs.
        rid: Option<String>,
    },
    /// It left, or may have, and no answer can be believed.
    Lost(String),
    /// It never left: no connection.
    NotConnected(String),
    /// It never left: no token.
    NoToken(TokenError),
    /// It never left: nothing more was to be sent.
    Stopped,
}

/// How a write of a single command failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChangeError {
    /// The document does not allow it: nothing was sent.
    #[error("refused before any call: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Rules(Vec<RuleError>),
    /// The platform refused: it was certainly not done.
    #[error("{endpoint} refused: {errcode}{errmsg}", errcode = .errcode.map(|code| format!("{code} ")).unwrap_or_default())]
    Refused {
        /// Which endpoint.
        endpoint: Endpoint,
        /// What it means for what happens next.
        class: Class,
        /// Its code; `create_map_poi` refuses in words alone.
        errcode: Option<i64>,
        /// The platform's words, redacted.
        errmsg: String,
        /// The request's number in the platform's logs.
        rid: Option<String>,
    },
    /// It left, or may have, and nobody knows whether it was done. It must not be sent again before somebody has looked.
    #[error("nobody knows whether {endpoint} was done: {why}")]
    Unknown {
        /// Which endpoint.
        endpoint: Endpoint,
        /// What happened.
        why: String,
    },
    /// It never left: no connection.
    #[error("{endpoint} was not sent: {why}")]
    NotSent {
        /// Which endpoint.
        endpoint: Endpoint,
        /// What happened.
        why: String,
    },
    /// It never left: no token.
    #[error(transparent)]
    NoToken(TokenError),
    /// It never left: nothing more was to be sent.
    #[error("stopped")]
    Stopped,
}

impl From<Vec<RuleError>> for ChangeError {
    fn from(broken: Vec<RuleError>) -> Self {
        Self::Rules(broken)
    }
}

/// One request that writes, and what came of it.
struct Attempt {
    sent_at: Option<Stamp>,
    at: Stamp,
    http_status: Option<u16>,
    told: Told,
}

/// What is known of it.
enum Told {
    /// Accepted, with the answer, redacted.
    Accepted(Value),
    /// Refused.
    Refused { class: Class, errcode: Option<i64>, errmsg: String, rid: Option<String> },
    /// It left, or may have.
    Lost(String),
    /// It never left.
    NotConnected(String),
    /// It never left.
    NoToken(TokenError),
    /// It never left.
    Stopped,
}

impl Client {
    /// Sends one write, once.
    pub fn write(&self, verb: Verb, body: &Value) -> WriteResult {
        let Attempt { sent_at, at, http_status, told } = self.attempt(Endpoint::from(verb), body);
        let kind = match told {
            Told::Accepted(answer) => WriteKind::Ok { audit_id: answer::audit_id(&answer) },
            Told::Refused { class, errcode, errmsg, rid } => {
                WriteKind::Answered { class, errcode: errcode.unwrap_or_default(), errmsg, rid }
            }
            Told::Lost(why) => WriteKind::Lost(why),
            Told::NotConnected(why) => WriteKind::NotConnected(why),
            Told::NoToken(error) => WriteKind::NoToken(error),
            Told::Stopped => WriteKind::Stopped,
        };
        WriteResult { sent_at, at, http_status, kind }
    }

    /// Sends one write of a single command, once. An answer that means nothing certain is an unknown outcome.
    pub(super) fn change<T>(
        &self,
        endpoint: Endpoint,
        body: &Value,
        fit: impl Fn(&Value) -> Result<T, Misfit>,
    ) -> Result<T, ChangeError> {
        let unknown = |why: String| ChangeError::Unknown { endpoint, why };
        match self.attempt(endpoint, body).told {
            Told::Accepted(answer) => fit(&answer)
                .map_err(|misfit| unknown(format!("{misfit}: {}", self.excerpt(answer.to_string().as_bytes())))),
            Told::Refused { class: Class::Ambiguous, errcode, errmsg, .. } => {
                Err(unknown(format!("{} {errmsg}", errcode.unwrap_or_default())))
            }
            Told::Refused { class, errcode, errmsg, rid } => {
                Err(ChangeError::Refused { endpoint, class, errcode, errmsg, rid })
            }
            Told::Lost(why) => Err(unknown(why)),
            Told::NotConnected(why) => Err(ChangeError::NotSent { endpoint, why }),
            Told::NoToken(error) => Err(ChangeError::NoToken(error)),
            Told::Stopped => Err(ChangeError::Stopped),
        }
    }

    fn attempt(&self, endpoint: Endpoint, body: &Value) -> Attempt {
        let never_left = |told| Attempt { sent_at: None, at: self.clock.now(), http_status: None, told };
        let token = match self.tokens.current(&|force| self.fetch_token(force)) {
            Ok(token) => token,
            Err(TokenError::Stopped) => return never_left(Told::Stopped),
            Err(error) => return never_left(Told::NoToken(error)),
        };
        if !self.gate.turn(endpoint) {
            return never_left(Told::Stopped);
        }
        crash_point!("request-before-leaving");
        let (sent, record) = self.send(endpoint, &[("access_token", &token)], &[], Payload::Json(body));
        crash_point!("request-answered");
        let (sent_at, at, http_status) = (Some(record.sent_at), record.at, record.http_status);
        let mut told = match sent {
            Sent::NotConnected(why) => return Attempt { at, ..never_left(Told::NotConnected(why)) },
            Sent::Lost { why, .. } => Told::Lost(why),
            Sent::Answer { http_status: 429, .. } => {
                let errmsg = "HTTP 429".to_owned();
                Told::Refused { class: Class::SlowDown, errcode: Some(45011), errmsg, rid: None }
            }
            Sent::Answer { http_status, body } => self.judge(endpoint, http_status, &body, &record),
        };
        match &mut told {
            Told::Refused { class, errcode, errmsg, .. } => {
                self.gate.heard(endpoint, record.sent_at, Heard::of(*class, errcode.unwrap_or_default()));
                self.after_refusal(endpoint, class, errmsg, &token);
            }
            Told::Accepted(_) => self.gate.heard(endpoint, record.sent_at, Heard::Served),
            _ => {}
        }
        Attempt { sent_at, at, http_status, told }
    }

    /// An answer to a write counts only if it is HTTP 200, JSON, and says whether it succeeded; anything else came from
    /// who knows where and says nothing about what the platform did.
    fn judge(&self, endpoint: Endpoint, http_status: u16, body: &[u8], record: &CallRecord) -> Told {
        let Some(envelope) = record.envelope.as_ref().filter(|_| http_status == 200) else {
            return Told::Lost(format!("HTTP {http_status}: {}", self.excerpt(body)));
        };
        self.note_acceptance(endpoint, envelope.errcode);
        let answer = wire_json::parse(body).map(|answer| self.redactor.clean_value(answer)).unwrap_or_default();
        match envelope.errcode {
            Some(0) => Told::Accepted(answer),
            Some(errcode) => Told::Refused {
                class: self.errors.class(endpoint, errcode),
                errcode: Some(errcode),
                errmsg: envelope.errmsg.clone(),
                rid: envelope.rid.clone(),
            },
            // The one write whose answers have none.
            None if endpoint == Endpoint::CreateMapPoi => match map_poi::created(&answer) {
                Ok(Ok(_)) => Told::Accepted(answer),
                Ok(Err(errmsg)) => Told::Refused { class: Class::FixRow, errcode: None, errmsg, rid: None },
                Err(misfit) => Told::Lost(format!("{misfit}: {}", self.excerpt(body))),
            },
            None => Told::Lost(format!("an answer without errcode: {}", self.excerpt(body))),
        }
    }

    /// A refused token is followed by a new one. Where no other can be had, nothing of this account goes on.
    fn after_refusal(&self, endpoint: Endpoint, class: &mut Class, errmsg: &mut String, token: &Secret) {
        if *class != Class::RefreshToken {
            return;
        }
        match self.tokens.renew(token, &|force| self.fetch_token(force)) {
            Ok(_) => {}
            Err(error @ (TokenError::Unreachable { .. } | TokenError::Stopped)) => {
                debug!(%endpoint, %error, "no new token yet");
            }
            Err(error) => {
                *class = Class::StopAccount;
                *errmsg = format!("{errmsg}; {error}");
            }
        }
    }
}
