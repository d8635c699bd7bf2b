//! What a write's one request came to, for the scheduler and for the ledger.

use crate::ledger::Counted;
use crate::store::{Event, Verb, Words};
use crate::wechat::{TokenError, WriteKind, WriteResult};
use crate::wire::{Class, Endpoint, ErrorTable, errors};
use crate::words;

/// When a store that was certainly not served goes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// At once: a new token is there.
    Now,
    /// After a pause that grows: no connection, or a passing fault.
    Soon,
    /// After a pause; the pace is lower by then.
    Slower,
    /// In a later run: the platform does not allow it yet.
    Later,
}

/// What the scheduler needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Accepted, or already so.
    Ok,
    /// Accepted, and reviewed first, as the answer says (`has_audit_id` of `update_store`).
    Reviewed,
    /// Refused for what the row says.
    Refused {
        /// The code is in the table; one that is not may mean anything.
        known: bool,
    },
    /// Nobody knows; the platform is read.
    Lost {
        /// The platform says that it has the store already.
        duplicate: bool,
    },
    /// Certainly not done; goes again.
    NotDone(Again),
    /// Certainly not done, and no other call of this verb will be, in this run.
    StopVerb,
    /// Certainly not done, and nothing of this account will be.
    StopAccount,
    /// It never left, because the run stops or is paused.
    Stopped,
}

impl Verdict {
    /// The event that it is for the store.
    #[must_use]
    pub fn event(self, verb: Verb) -> Event {
        match self {
            Self::Ok => Event::AnsweredOk(verb),
            Self::Reviewed => Event::AnsweredReviewed(verb),
            Self::Refused { .. } => Event::AnsweredRefused,
            Self::Lost { .. } => Event::OutcomeLost,
            Self::NotDone(_) | Self::StopVerb | Self::StopAccount | Self::Stopped => Event::NotDone,
        }
    }
}

/// A verdict with the words for the ledger.
#[derive(Debug, Clone)]
pub struct Judged {
    /// For the scheduler.
    pub verdict: Verdict,
    /// How the summary counts it.
    pub counted: Counted,
    /// The platform's code.
    pub errcode: Option<i64>,
    /// The platform's words.
    pub errmsg: String,
    /// The request's number in the platform's logs.
    pub rid: Option<String>,
    /// The review's number.
    pub audit_id: Option<String>,
    /// Why, for people.
    pub reason: Option<Words>,
}

/// The errcode of a media id that the platform does not know, or no more.
const MEDIA_ID_UNKNOWN: i64 = 85056;

impl Judged {
    /// A media id that can be made anew: certainly not done, and it goes again once its file was uploaded anew.
    #[must_use]
    pub fn to_be_renewed(self) -> Self {
        if self.errcode != Some(MEDIA_ID_UNKNOWN) {
            return self;
        }
        Self { verdict: Verdict::NotDone(Again::Later), counted: Counted::NotDone, ..self }
    }
}

/// Judges a write's result by what errcodes mean for this account.
#[must_use]
pub fn judge(verb: Verb, result: &WriteResult, table: &ErrorTable) -> Judged {
    match &result.kind {
        WriteKind::Ok { audit_id } => {
            let reviewed = verb == Verb::UpdateStore && audit_id.is_some();
            let verdict = if reviewed { Verdict::Reviewed } else { Verdict::Ok };
            Judged { audit_id: audit_id.clone(), errcode: Some(0), ..plain(verdict, Counted::Ok, None) }
        }
        WriteKind::Answered { class, errcode, errmsg, rid } => {
            let (verdict, counted) = answered(verb, *class, *errcode, table);
            let reason = (verdict != Verdict::Ok).then(|| reason(verb, *errcode, errmsg, table));
            Judged {
                errcode: Some(*errcode),
                errmsg: errmsg.clone(),
                rid: rid.clone(),
                ..plain(verdict, counted, reason)
            }
        }
        WriteKind::Lost(why) => {
            let reason = words!("the answer was lost: {why}"; "未收到应答：{why}");
            Judged { errmsg: why.clone(), ..plain(Verdict::Lost { duplicate: false }, Counted::Lost, Some(reason)) }
        }
        WriteKind::NotConnected(why) => {
            let reason = words!("no connection: {why}"; "无法连接：{why}");
            let not_sent = plain(Verdict::NotDone(Again::Soon), Counted::NotSent, Some(reason));
            Judged { errmsg: why.clone(), ..not_sent }
        }
        WriteKind::NoToken(error) => no_token(error, table),
        WriteKind::Stopped => {
            let reason = words!("the run was stopped or paused before it was sent"; "提交前运行已停止或暂停");
            plain(Verdict::Stopped, Counted::NotSent, Some(reason))
        }
    }
}

fn plain(verdict: Verdict, counted: Counted, reason: Option<Words>) -> Judged {
    Judged { verdict, counted, errcode: None, errmsg: String::new(), rid: None, audit_id: None, reason }
}

fn answered(verb: Verb, class: Class, errcode: i64, table: &ErrorTable) -> (Verdict, Counted) {
    match class {
        Class::Done => (Verdict::Ok, Counted::Ok),
        Class::FixRow => {
            let known = table.meaning(Endpoint::from(verb), errcode).is_some();
            (Verdict::Refused { known }, Counted::Refused)
        }
        // A duplicate is an answer, but what it says of this store is known only by reading.
        Class::Ambiguous => {
            let duplicate = verb == Verb::AddStore && errors::says_duplicate(errcode);
            (Verdict::Lost { duplicate }, if duplicate { Counted::Refused } else { Counted::Lost })
        }
        Class::Retry => (Verdict::NotDone(Again::Soon), Counted::NotDone),
        Class::NotYet => (Verdict::NotDone(Again::Later), Counted::NotDone),
        Class::RefreshToken => (Verdict::NotDone(Again::Now), Counted::NotDone),
        Class::SlowDown => (Verdict::NotDone(Again::Slower), Counted::NotDone),
        Class::QuotaSpent | Class::StopEndpoint => (Verdict::StopVerb, Counted::NotDone),
        Class::StopAccount => (Verdict::StopAccount, Counted::NotDone),
    }
}

/// The advice and the platform's own words.
fn reason(verb: Verb, errcode: i64, errmsg: &str, table: &ErrorTable) -> Words {
    match table.advice(Endpoint::from(verb), errcode) {
        Some(advice) => {
            let Words { en, zh } = advice;
            Words {
                en: format!("{errcode}: {en} (the platform: {errmsg})"),
                zh: format!("{errcode}：{zh}（平台：{errmsg}）"),
            }
        }
        None => words!("{errcode}: {errmsg}"; "{errcode}：{errmsg}"),
    }
}

fn no_token(error: &TokenError, table: &ErrorTable) -> Judged {
    let reason = words!("no access token: {error}"; "无法获取 access_token：{error}");
    let verdict = match error {
        TokenError::Unreachable { .. } => Verdict::NotDone(Again::Soon),
        TokenError::Refused { endpoint, errcode, .. } => match table.class(*endpoint, *errcode) {
            Class::StopAccount => Verdict::StopAccount,
            // The day's tokens are spent: no store gets one, however often it is tried.
            Class::QuotaSpent | Class::StopEndpoint => Verdict::StopVerb,
            _ => Verdict::NotDone(Again::Soon),
        },
        TokenError::Stopped => Verdict::Stopped,
        TokenError::NotGiven(_) | TokenError::GivenRefused | TokenError::AlwaysRefused => Verdict::StopAccount,
    };
    let errcode = match error {
        TokenError::Refused { errcode, .. } => Some(*errcode),
        _ => None,
    };
    Judged { errcode, errmsg: error.to_string(), ..plain(verdict, Counted::NotSent, Some(reason)) }
}
