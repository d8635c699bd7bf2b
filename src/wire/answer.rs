//! The envelope of every answer (`errcode`, `errmsg` with its `rid`) and the shapes inside it that poilift reads.

use serde_json::Value;

use super::json;

/// What an answer says of itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Envelope {
    /// 0 is success; `None` where the platform left it out, which is a success only if the expected shape is there.
    pub errcode: Option<i64>,
    /// The platform's own words, without the `rid`.
    pub errmsg: String,
    /// The request's number in the platform's logs, for `openapi/rid/get` and for support.
    pub rid: Option<String>,
}

impl Envelope {
    /// Reads `errcode` (a number or text) and splits the `rid` off `errmsg`.
    #[must_use]
    pub fn from_value(answer: &Value) -> Self {
        let errcode = answer.get("errcode").and_then(json::integer);
        let errmsg = answer.get("errmsg").and_then(json::text).unwrap_or_default();
        let (errmsg, rid) = match errmsg.rsplit_once("rid:") {
            Some((words, rid)) if is_rid(rid.trim()) => (words.trim().to_owned(), Some(rid.trim().to_owned())),
            _ => (errmsg, None),
        };
        Self { errcode, errmsg, rid }
    }
}

fn is_rid(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// The `audit_id` of `add_store` (section 8), or of `update_store` where its `has_audit_id` is not 0 (section 9).
#[must_use]
pub fn audit_id(answer: &Value) -> Option<String> {
    let data = answer.get("data")?;
    let is_reviewed = data.get("has_audit_id").and_then(json::integer).is_none_or(|has| has != 0);
    data.get("audit_id").and_then(json::text).filter(|_| is_reviewed)
}

/// Where the application for the store mini-program stands (section 3): 0 none, 1 approved, 2 in review, 3 failed,
/// 4 refused by the account's administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantAudit {
    /// The number above.
    pub status: i64,
    /// Why, for 3 and 4.
    pub reason: String,
    /// The review's number; there is none before an application.
    pub audit_id: Option<String>,
}

impl MerchantAudit {
    /// Takes the answer apart; `None` if it has no `data.status`.
    #[must_use]
    pub fn from_value(answer: &Value) -> Option<Self> {
        let data = answer.get("data")?;
        let status = data.get("status").and_then(json::integer)?;
        let text = |key: &str| data.get(key).and_then(json::text);
        let audit_id = text("audit_id").filter(|id| !matches!(id.as_str(), "" | "0"));
        Some(Self { status, reason: text("reason").unwrap_or_default(), audit_id })
    }
}

/// What `openapi/quota/get` answers for one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quota {
    /// Calls a day, used today, and left today.
    pub daily: Option<DailyQuota>,
    /// How many calls in how many seconds; absent in older answers.
    pub rate: Option<RateLimit>,
}

/// The daily part of a [`Quota`], as answered: `None` where it is missing or no number. It need not make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DailyQuota {
    /// `daily_limit`: calls a day.
    pub limit: Option<i64>,
    /// `used` today.
    pub used: Option<i64>,
    /// `remain`: left today.
    pub remain: Option<i64>,
}

/// The rate part of a [`Quota`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls …
    pub call_count: u32,
    /// … in this many seconds.
    pub refresh_second: u32,
}

impl Quota {
    /// Takes the answer apart; a rate that makes no sense (0, text) is taken as absent.
    #[must_use]
    pub fn from_value(answer: &Value) -> Self {
        let number = |of: &Value, key: &str| of.get(key).and_then(json::integer);
        let positive = |of: &Value, key: &str| number(of, key).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
        let daily = answer.get("quota").map(|quota| DailyQuota {
            limit: number(quota, "daily_limit"),
            used: number(quota, "used"),
            remain: number(quota, "remain"),
        });
        let rate = answer.get("rate_limit").and_then(|rate| {
            let call_count = positive(rate, "call_count")?;
            Some(RateLimit { call_count, refresh_second: positive(rate, "refresh_second")? })
        });
        Self { daily, rate }
    }
}

/// How many stores the store mini-program has (`total_count` of `get_store_list`, section 11): the second witness when
/// the old list is suddenly empty.
#[must_use]
pub fn store_list_total(answer: &Value) -> Option<u64> {
    answer.get("business_list")?.as_array()?;
    answer.get("total_count").and_then(json::integer).and_then(|n| u64::try_from(n).ok())
}

/// A token as `token` and `stable_token` answer it, with its life in seconds.
#[must_use]
pub fn access_token(answer: &Value) -> Option<(String, u64)> {
    let token = answer.get("access_token")?.as_str().filter(|token| !token.is_empty())?;
    let expires_in = answer.get("expires_in").and_then(json::integer).and_then(|n| u64::try_from(n).ok());
    Some((token.to_owned(), expires_in.unwrap_or(7200)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_rid_is_split_off_the_platforms_words() {
        let answer =
            json!({"errcode": "45011", "errmsg": "api minute-quota reach limit rid: 61725984-6126f6f9-040f19c4"});
        let envelope = Envelope::from_value(&answer);
        assert_eq!(envelope.errcode, Some(45011));
        assert_eq!(envelope.errmsg, "api minute-quota reach limit");
        assert_eq!(envelope.rid.as_deref(), Some("61725984-6126f6f9-040f19c4"));
    }

    #[test]
    fn words_that_only_look_like_a_rid_stay_words() {
        let envelope = Envelope::from_value(&json!({"errcode": 1, "errmsg": "bad grid: see the manual"}));
        assert_eq!((envelope.errmsg.as_str(), envelope.rid), ("bad grid: see the manual", None));
    }

    #[test]
    fn a_quota_answer_may_lack_its_rate_or_make_no_sense() {
        let daily = json!({"quota": {"daily_limit": 500, "used": "20", "remain": 480}});
        assert_eq!(
            Quota::from_value(&daily).daily,
            Some(DailyQuota { limit: Some(500), used: Some(20), remain: Some(480) })
        );
        assert_eq!(Quota::from_value(&daily).rate, None);
        let nonsense = json!({"rate_limit": {"call_count": 0, "refresh_second": 60}});
        assert_eq!(Quota::from_value(&nonsense), Quota::default());
    }

    #[test]
    fn a_missing_errcode_is_neither_success_nor_failure() {
        assert_eq!(Envelope::from_value(&json!({"data": {}})).errcode, None);
    }
}
