//! What each endpoint answers: first whether the caller is let in at all, then the endpoint's own rules.

use serde_json::{Map, Value, json};

use super::add_store;
use super::answer::Refusal;
use super::book::{Known, named_poi_id};
use super::dice::sha256_hex;
use super::effect::Effect;
use super::platform::{Decision, Platform};
use super::record;
use super::request::{Method, Request};
use super::token::{Asked, Bad, TokenEnd, TokenKind};
use crate::store::UpgradeStatus;
use crate::wire::Endpoint;
use crate::wire::json;
use crate::wire::poi::LIST_LIMIT_MAX;

/// How many stores a page has if the caller does not say.
const LIST_LIMIT_DEFAULT: usize = 20;

/// The fields of writes. What else a caller sends is not kept, so that no secret is kept by accident.
const WRITE_FIELDS: [&str; 9] = [
    "poi_id",
    "map_poi_id",
    "pic_list",
    "contract_phone",
    "hour",
    "credential",
    "company_name",
    "qualification_list",
    "card_id",
];

/// A write's form without what no write has.
pub fn known_fields(mut form: Map<String, Value>) -> Map<String, Value> {
    form.retain(|key, _| WRITE_FIELDS.contains(&key.as_str()));
    form
}

impl Platform {
    /// The store that a request is about, as it may be kept: one that is there, or at least a number, so that nothing
    /// else that a caller puts there by accident is kept.
    pub(super) fn loggable_poi_id(&self, form: &Map<String, Value>) -> Option<String> {
        let is_number = |id: &str| id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit());
        named_poi_id(form).filter(|id| is_number(id) || !matches!(self.book.find(id), Known::No))
    }

    /// Whether the caller is let in: method, token, quota, rate. Answers the number of the token.
    pub(super) fn admit(&self, now: i64, endpoint: Endpoint, request: &Request) -> Result<Option<u64>, Refusal> {
        let (get, post) = match endpoint {
            Endpoint::Token => (true, false),
            Endpoint::GetMerchantAuditInfo => (true, true),
            Endpoint::StableToken
            | Endpoint::QuotaGet
            | Endpoint::Getpoilist
            | Endpoint::Getpoi
            | Endpoint::Delpoi
            | Endpoint::AddStore
            | Endpoint::GetStoreList => (false, true),
        };
        match request.method {
            Method::Get if !get => return Err(Refusal::of(43002)),
            Method::Post if !post => return Err(Refusal::of(43001)),
            Method::Other => return Err(Refusal::of(if get { 43001 } else { 43002 })),
            Method::Get | Method::Post => {}
        }
        if endpoint.is_token() {
            return Ok(None);
        }
        let token = self.identify(now, request)?;
        let scenario = &self.rules.scenario;
        if endpoint != Endpoint::QuotaGet && self.tally.used_today(endpoint, now) >= scenario.daily_limit {
            return Err(Refusal::of(45009));
        }
        let borne = self.tally.in_last_second(endpoint, now);
        if scenario.rate_borne.is_some_and(|rate| borne >= rate as usize) {
            return Err(Refusal::of(45011));
        }
        Ok(Some(token))
    }

    fn identify(&self, now: i64, request: &Request) -> Result<u64, Refusal> {
        let token = request.param("access_token").ok_or(Refusal::of(41001))?;
        self.tokens.check(token, now, self.rules.scenario.token_calls).map_err(|bad| match bad {
            // The platform repeats what it refuses; whoever writes its words down writes down a token.
            Bad::Unknown => Refusal::with(40001, &format!(" access_token: {token}")),
            Bad::Expired => Refusal::of(42001),
        })
    }

    /// What the endpoint decides about a caller that was let in.
    pub(super) fn decide(&self, now: i64, endpoint: Endpoint, request: &Request) -> Decision {
        let form = match request.form() {
            Ok(form) => form,
            Err(_) if endpoint == Endpoint::GetMerchantAuditInfo => Map::new(),
            Err(refusal) => return Decision::only(Err(refusal)),
        };
        match endpoint {
            Endpoint::Token => {
                let text = |key: &str| request.param(key).map(|text| (key.to_owned(), Value::from(text)));
                let form = ["grant_type", "appid", "secret"].into_iter().filter_map(text).collect();
                self.grant(now, TokenKind::Single, &form)
            }
            Endpoint::StableToken => self.grant(now, TokenKind::Stable, &form),
            Endpoint::QuotaGet => Decision::only(self.quota(now, &form)),
            Endpoint::GetMerchantAuditInfo => Decision::only(Ok(self.merchant())),
            Endpoint::Getpoilist => Decision::only(self.getpoilist(now, &form)),
            Endpoint::Getpoi => Decision::only(self.getpoi(now, &form)),
            Endpoint::GetStoreList => Decision::only(self.get_store_list(now, &form)),
            Endpoint::AddStore | Endpoint::Delpoi => self.decide_write(now, endpoint, &form),
        }
    }

    /// What a write decides, now or when it comes late.
    pub(super) fn decide_write(&self, now: i64, endpoint: Endpoint, form: &Map<String, Value>) -> Decision {
        let decided = match endpoint {
            Endpoint::Delpoi => self.delpoi(now, form),
            _ => self.add_store(now, form),
        };
        match decided {
            Ok((effect, answer)) => Decision { effects: vec![effect], answer: Ok(answer) },
            Err(refusal) => Decision::only(Err(refusal)),
        }
    }

    fn grant(&self, now: i64, kind: TokenKind, form: &Map<String, Value>) -> Decision {
        let (scenario, text) = (&self.rules.scenario, |key: &str| form.get(key).and_then(Value::as_str));
        let appid = match credentials(&text, scenario.appid.as_deref(), scenario.secret_sha256.as_deref()) {
            Ok(appid) => appid,
            Err(refusal) => return Decision::only(Err(refusal)),
        };
        let force = form.get("force_refresh").and_then(Value::as_bool).unwrap_or(false);
        let life_ms = i64::try_from(scenario.token_life_s).unwrap_or(i64::MAX).saturating_mul(1000).min(i64::MAX / 4);
        let asked = Asked { kind, appid, force, now, life_ms, calls_max: scenario.token_calls };
        let grant = self.tokens.grant(self.rules.dice, &asked);
        let answer = json!({"access_token": grant.plain, "expires_in": grant.expires_in});
        let effects = grant.new.into_iter().flat_map(|(token, ends)| {
            let ended = ends.map(|number| Effect::TokenEnded { number, end: TokenEnd::Replaced });
            ended.into_iter().chain([Effect::Granted(token)])
        });
        Decision { effects: effects.collect(), answer: Ok(answer) }
    }

    fn quota(&self, now: i64, form: &Map<String, Value>) -> Result<Value, Refusal> {
        let path = form.get("cgi_path").and_then(Value::as_str).unwrap_or_default();
        if !path.starts_with('/') {
            return Err(Refusal::of(76003));
        }
        let known = Endpoint::ALL.into_iter().find(|endpoint| endpoint.path() == path);
        let endpoint = known.ok_or(Refusal::of(76021))?;
        let (limit, used) = (self.rules.scenario.daily_limit, self.tally.used_today(endpoint, now));
        let quota = json!({"daily_limit": limit, "used": used, "remain": limit.saturating_sub(used)});
        let mut answer = json!({"errcode": 0, "errmsg": "ok", "quota": quota});
        let rate = self.rules.scenario.rate;
        if rate.call_count > 0 {
            answer["rate_limit"] = json!({"call_count": rate.call_count, "refresh_second": rate.refresh_second});
        }
        Ok(answer)
    }

    fn merchant(&self) -> Value {
        let status = self.rules.scenario.merchant_status;
        let reason = if matches!(status, 3 | 4) { "营业执照已过期" } else { "" };
        json!({"errcode": 0, "errmsg": "ok", "data": {"audit_id": 414_569_513, "status": status, "reason": reason}})
    }

    fn getpoilist(&self, now: i64, form: &Map<String, Value>) -> Result<Value, Refusal> {
        let (begin, limit) = (whole(form, "begin", 0)?, whole(form, "limit", LIST_LIMIT_DEFAULT)?);
        if !(1..=LIST_LIMIT_MAX).contains(&limit) {
            return Err(Refusal::of(40097));
        }
        let dice = self.rules.dice;
        let shown = |store| json!({ "base_info": record::shown(store, now, dice) });
        let list: Vec<Value> = self.book.page(begin, limit).map(shown).collect();
        let first = self.book.page(begin, 1).next().map_or("", |store| store.poi_id.as_str());
        let total = record::number_or_text(self.book.listed_count() as u64, dice, "total_count", first);
        Ok(json!({"errcode": 0, "errmsg": "ok", "business_list": list, "total_count": total}))
    }

    fn getpoi(&self, now: i64, form: &Map<String, Value>) -> Result<Value, Refusal> {
        match self.book.find(&named_poi_id(form).ok_or(Refusal::of(40097))?) {
            Known::No => Err(Refusal::of(65115)),
            Known::Deleted => Err(Refusal::of(65116)),
            Known::Yes(store) => {
                let business = json!({ "base_info": record::shown(store, now, self.rules.dice) });
                Ok(json!({"errcode": 0, "errmsg": "ok", "business": business}))
            }
        }
    }

    fn get_store_list(&self, now: i64, form: &Map<String, Value>) -> Result<Value, Refusal> {
        let (offset, limit) = (whole(form, "offset", 0)?, whole(form, "limit", 0)?);
        let limit = if limit == 0 { LIST_LIMIT_DEFAULT } else { limit };
        if limit > LIST_LIMIT_MAX {
            return Err(Refusal::of(40097));
        }
        let page = self.book.approved(now).skip(offset).take(limit);
        let shown = page.map(|(id, store, review)| json!({ "base_info": record::approved(&id, store, review) }));
        let list: Vec<Value> = shown.collect();
        let total = self.book.approved(now).count();
        Ok(json!({"errcode": 0, "errmsg": "ok", "business_list": list, "total_count": total}))
    }

    fn add_store(&self, now: i64, form: &Map<String, Value>) -> Result<(Effect, Value), Refusal> {
        if self.rules.scenario.merchant_status != 1 {
            return Err(Refusal::of(85053));
        }
        let taken = add_store::check(&self.book, self.rules.reviews(), form, now)?;
        Ok((Effect::Submitted { poi_id: taken.poi_id, review: taken.review }, taken.answer))
    }

    fn delpoi(&self, now: i64, form: &Map<String, Value>) -> Result<(Effect, Value), Refusal> {
        let poi_id = named_poi_id(form).ok_or(Refusal::of(40097))?;
        match self.book.find(&poi_id) {
            Known::No => Err(Refusal::of(65115)),
            Known::Deleted => Err(Refusal::of(65116)),
            Known::Yes(store) if store.status(now) == UpgradeStatus::Migrating => Err(Refusal::of(65117)),
            Known::Yes(_) => Ok((Effect::Deleted { poi_id }, json!({"errcode": 0, "errmsg": "ok"}))),
        }
    }
}

/// The appid, if it and the secret are taken.
fn credentials<'a>(
    text: &impl Fn(&str) -> Option<&'a str>,
    appid_taken: Option<&str>,
    secret_taken: Option<&str>,
) -> Result<&'a str, Refusal> {
    if text("grant_type") != Some("client_credential") {
        return Err(Refusal::of(40002));
    }
    let appid = text("appid").filter(|text| !text.is_empty()).ok_or(Refusal::of(41002))?;
    let secret = text("secret").filter(|text| !text.is_empty()).ok_or(Refusal::of(41004))?;
    if appid_taken.is_some_and(|taken| taken != appid) {
        return Err(Refusal::of(40013));
    }
    if secret_taken.is_some_and(|taken| !taken.eq_ignore_ascii_case(&sha256_hex(secret))) {
        return Err(Refusal::of(40125));
    }
    Ok(appid)
}

/// A whole number from 0, as a number or as text; 40097 for anything else.
fn whole(form: &Map<String, Value>, key: &str, default: usize) -> Result<usize, Refusal> {
    let Some(value) = form.get(key) else { return Ok(default) };
    json::integer(value).and_then(|n| usize::try_from(n).ok()).ok_or(Refusal::of(40097))
}
