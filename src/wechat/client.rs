//! One typed function per endpoint. Reads are retried; a write is sent once, and what is known of it is said.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tracing::debug;

use super::patience::sleep_until;
use super::secret::{Redactor, Secret};
use super::token::{TokenError, TokenKeeper, TokenSource};
use super::transport::{Call, Sent, Transport};
use crate::store::{Clock, LegacyStore, PoiId, Stamp, Verb};
use crate::wire::answer::{self, Envelope, MerchantAudit, Quota};
use crate::wire::{Class, Endpoint, ErrorTable, json as wire_json, poi};

/// After so many pauses, and as many tries and one, a read's failure is believed.
const READ_PAUSES_MAX: u32 = 4;

/// The first pause before a read is repeated; each next one is twice as long.
const READ_PAUSE: Duration = Duration::from_millis(500);

/// "System busy", of any endpoint.
const SYSTEM_BUSY: i64 = -1;

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
    const fn of(class: Class, errcode: i64) -> Self {
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
    #[error("{endpoint} answered something else than documented: {excerpt}")]
    Shape {
        /// Which endpoint.
        endpoint: Endpoint,
        /// The answer's beginning, redacted.
        excerpt: String,
    },
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

impl ReadError {
    /// What the error means for what happens next.
    #[must_use]
    pub fn class(&self, errors: &ErrorTable) -> Class {
        match self {
            Self::Token(TokenError::Refused { endpoint, errcode, .. }) | Self::Refused { endpoint, errcode, .. } => {
                errors.class(*endpoint, *errcode)
            }
            Self::Token(TokenError::Unreachable { .. }) | Self::Unreachable { .. } | Self::Stopped => Class::Retry,
            Self::Token(_) => Class::StopAccount,
            Self::Shape { .. } => Class::Retry,
        }
    }
}

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

/// What `getpoi` showed.
#[derive(Debug, Clone, PartialEq)]
pub enum PoiReading {
    /// The store.
    Shown(Box<LegacyStore>),
    /// The platform says that there is no such store.
    Gone {
        /// By this code.
        errcode: i64,
    },
}

impl PoiReading {
    /// The store, or the code by which the platform says that there is none.
    #[must_use]
    pub fn parts(self) -> (Option<LegacyStore>, Option<i64>) {
        match self {
            Self::Shown(store) => (Some(*store), None),
            Self::Gone { errcode } => (None, Some(errcode)),
        }
    }
}

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

    /// Whether the store mini-program is approved (section 3).
    pub fn get_merchant_audit_info(&self) -> Result<MerchantAudit, ReadError> {
        self.read(Endpoint::GetMerchantAuditInfo, None, MerchantAudit::from_value)
    }

    /// How often `endpoint` may be called.
    pub fn quota(&self, endpoint: Endpoint) -> Result<Quota, ReadError> {
        let body = json!({"cgi_path": endpoint.path()});
        self.read(Endpoint::QuotaGet, Some(&body), |answer| Some(Quota::from_value(answer)))
    }

    /// One page of the old list, from `begin` on (0 is the first), at most 50 stores, as the platform answered it:
    /// it has a `business_list`.
    pub fn getpoilist(&self, begin: u64, limit: usize) -> Result<Value, ReadError> {
        let body = json!({"begin": begin, "limit": limit});
        self.read(Endpoint::Getpoilist, Some(&body), |answer| poi::ListPage::from_value(answer).map(|_| answer.clone()))
    }

    /// How many stores the old list has (section 13); `None` if its answer does not say.
    pub fn old_list_total(&self) -> Result<Option<u64>, ReadError> {
        let body = json!({"begin": 0, "limit": 1});
        let total = |answer: &Value| poi::ListPage::from_value(answer).map(|page| page.total_count);
        self.read(Endpoint::Getpoilist, Some(&body), total)
    }

    /// One old store by its key.
    pub fn getpoi(&self, poi_id: &PoiId) -> Result<PoiReading, ReadError> {
        let body = json!({"poi_id": poi_id.as_str()});
        // A record of another store says nothing about this one.
        let shape = |answer: &Value| {
            let store = poi::legacy_store(answer.get("business")?)?;
            store.poi_id.as_ref().is_none_or(|shown| shown == poi_id).then_some(store)
        };
        match self.read(Endpoint::Getpoi, Some(&body), shape) {
            Ok(store) => Ok(PoiReading::Shown(Box::new(store))),
            Err(ReadError::Refused { errcode, .. }) if self.errors.says_gone(errcode) => {
                Ok(PoiReading::Gone { errcode })
            }
            Err(error) => Err(error),
        }
    }

    /// How many stores the store mini-program has (section 11).
    pub fn store_list_total(&self) -> Result<u64, ReadError> {
        self.read(Endpoint::GetStoreList, Some(&json!({"offset": 0, "limit": 1})), answer::store_list_total)
    }

    /// Sends one write, once.
    pub fn write(&self, verb: Verb, body: &Value) -> WriteResult {
        let endpoint = Endpoint::from(verb);
        let never_left = |kind| WriteResult { sent_at: None, at: self.clock.now(), http_status: None, kind };
        let token = match self.tokens.current(&|force| self.fetch_token(force)) {
            Ok(token) => token,
            Err(TokenError::Stopped) => return never_left(WriteKind::Stopped),
            Err(error) => return never_left(WriteKind::NoToken(error)),
        };
        if !self.gate.turn(endpoint) {
            return never_left(WriteKind::Stopped);
        }
        crash_point!("request-before-leaving");
        let (sent, record) = self.send(endpoint, &[("access_token", &token)], &[], Some(body));
        crash_point!("request-answered");
        let (sent_at, at, http_status) = (Some(record.sent_at), record.at, record.http_status);
        let mut kind = match sent {
            Sent::NotConnected(why) => return WriteResult { at, ..never_left(WriteKind::NotConnected(why)) },
            Sent::Lost { why, .. } => WriteKind::Lost(why),
            Sent::Answer { http_status: 429, .. } => {
                WriteKind::Answered { class: Class::SlowDown, errcode: 45011, errmsg: "HTTP 429".to_owned(), rid: None }
            }
            Sent::Answer { http_status, body } => self.judge(endpoint, http_status, &body, &record),
        };
        match &mut kind {
            WriteKind::Answered { class, errcode, errmsg, .. } => {
                self.gate.heard(endpoint, record.sent_at, Heard::of(*class, *errcode));
                self.after_refusal(endpoint, class, errmsg, &token);
            }
            WriteKind::Ok { .. } => self.gate.heard(endpoint, record.sent_at, Heard::Served),
            _ => {}
        }
        WriteResult { sent_at, at, http_status, kind }
    }

    /// An answer to a write counts only if it is HTTP 200, JSON, and says whether it succeeded; anything else came from
    /// who knows where and says nothing about what the platform did.
    fn judge(&self, endpoint: Endpoint, http_status: u16, body: &[u8], record: &CallRecord) -> WriteKind {
        let Some(envelope) = record.envelope.as_ref().filter(|_| http_status == 200) else {
            return WriteKind::Lost(format!("HTTP {http_status}: {}", self.excerpt(body)));
        };
        self.note_acceptance(endpoint, envelope.errcode);
        match envelope.errcode {
            Some(0) => {
                let answer = wire_json::parse(body).ok().map(|answer| self.redactor.clean_value(answer));
                let audit_id = answer.and_then(|answer| answer::audit_id(&answer));
                WriteKind::Ok { audit_id }
            }
            Some(errcode) => WriteKind::Answered {
                class: self.errors.class(endpoint, errcode),
                errcode,
                errmsg: envelope.errmsg.clone(),
                rid: envelope.rid.clone(),
            },
            None => WriteKind::Lost(format!("an answer without errcode: {}", self.excerpt(body))),
        }
    }

    /// Any answer but a refusal of the token says that the token was taken.
    fn note_acceptance(&self, endpoint: Endpoint, errcode: Option<i64>) {
        if errcode.is_none_or(|errcode| self.errors.class(endpoint, errcode) != Class::RefreshToken) {
            self.tokens.accepted();
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

    /// Reads, and asks again where that may help: only reads are repeated freely.
    pub(super) fn read<T>(
        &self,
        endpoint: Endpoint,
        body: Option<&Value>,
        shape: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, ReadError> {
        let (mut tries, mut pauses) = (0, 0);
        loop {
            tries += 1;
            let token = self.tokens.current(&|force| self.fetch_token(force))?;
            if !self.gate.turn(endpoint) {
                return Err(ReadError::Stopped);
            }
            let error = match self.read_once(endpoint, &token, body, &shape, tries) {
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
    fn may_repeat(&self, pauses: &mut u32) -> bool {
        while *pauses < READ_PAUSES_MAX {
            sleep_until(&*self.clock, READ_PAUSE * 2_u32.pow(*pauses), &|| self.gate.is_stopped());
            *pauses += 1;
            if self.gate.may_repeat() {
                return true;
            }
        }
        false
    }

    /// Whether the platform answers, by one reading of this store that nothing follows from: any word of its own but that
    /// it is busy will do.
    pub fn answers(&self, poi_id: &PoiId) -> bool {
        let endpoint = Endpoint::Getpoi;
        let Ok(token) = self.tokens.current(&|force| self.fetch_token(force)) else { return false };
        let body = json!({"poi_id": poi_id.as_str()});
        let answer = || self.read_once(endpoint, &token, Some(&body), &|_| Some(()), 1);
        match self.gate.turn(endpoint).then(answer) {
            Some(Ok(())) => true,
            Some(Err(error @ ReadError::Refused { .. })) => error.class(&self.errors) != Class::Retry,
            Some(Err(_)) | None => false,
        }
    }

    fn read_once<T>(
        &self,
        endpoint: Endpoint,
        token: &Secret,
        body: Option<&Value>,
        shape: &impl Fn(&Value) -> Option<T>,
        tries: u32,
    ) -> Result<T, ReadError> {
        let (sent, record) = self.send(endpoint, &[("access_token", token)], &[], body);
        let sent_at = record.sent_at;
        let read = self.what_was_read(endpoint, sent, record, shape, tries);
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
        shape: &impl Fn(&Value) -> Option<T>,
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
        let wrong_shape = || ReadError::Shape { endpoint, excerpt: self.excerpt(&body) };
        let envelope = record.envelope.ok_or_else(wrong_shape)?;
        self.note_acceptance(endpoint, envelope.errcode);
        if let Some(errcode) = envelope.errcode.filter(|code| *code != 0) {
            return Err(ReadError::Refused { endpoint, errcode, errmsg: envelope.errmsg, rid: envelope.rid });
        }
        let answer = wire_json::parse(&body).map_err(|_| wrong_shape())?;
        shape(&self.redactor.clean_value(answer)).ok_or_else(wrong_shape)
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
            let (sent, record) = self.send(endpoint, &request.query, &request.plain, request.body.as_ref());
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
        body: Option<&Value>,
    ) -> (Sent, CallRecord) {
        let sent_at = self.clock.now();
        for (_, secret) in secrets {
            self.redactor.learn(secret);
        }
        let sent = self.transport.send(&Call { endpoint, secrets, plain, body });
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

    fn excerpt(&self, body: &[u8]) -> String {
        const EXCERPT_CHARS: usize = 200;
        // Redacted before it is cut: half a token is a token.
        let clean = self.redactor.clean(&String::from_utf8_lossy(body));
        let line: String = clean.chars().map(|c| if c.is_control() { ' ' } else { c }).take(EXCERPT_CHARS).collect();
        line.trim().to_owned()
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
