//! What each endpoint answers to a caller that was let in.

use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::book::{Known, Store, named_poi_id};
use super::categories;
use super::districts::DISTRICTS;
use super::effect::Effect;
use super::form::whole;
use super::platform::{Decision, Platform};
use super::record;
use super::request::Request;
use super::stores::LIST_LIMIT_DEFAULT;
use super::token::TokenKind;
use crate::store::UpgradeStatus;
use crate::wire::Endpoint;
use crate::wire::poi::LIST_LIMIT_MAX;

/// The fields of writes. What else a caller sends is not kept, so that no secret is kept by accident.
const WRITE_FIELDS: [&str; 29] = [
    "poi_id",
    "map_poi_id",
    "pic_list",
    "contract_phone",
    "hour",
    "credential",
    "company_name",
    "qualification_list",
    "card_id",
    "first_catid",
    "second_catid",
    "headimg_mediaid",
    "nickname",
    "intro",
    "org_code",
    "other_files",
    "name",
    "longitude",
    "latitude",
    "province",
    "city",
    "district",
    "address",
    "category",
    "telephone",
    "photo",
    "license",
    "introduct",
    "districtid",
];

/// An endpoint that only reads.
type Read = fn(&Platform, i64, &Map<String, Value>) -> Result<Value, Refusal>;

/// A write's form without what no write has.
pub fn known_fields(form: &Map<String, Value>) -> Map<String, Value> {
    let known = form.iter().filter(|(key, _)| WRITE_FIELDS.contains(&key.as_str()));
    known.map(|(key, value)| (key.clone(), value.clone())).collect()
}

impl Platform {
    /// The store that a request is about, as it may be kept: one that is there, or at least a number, so that nothing
    /// else that a caller puts there by accident is kept.
    pub(super) fn loggable_poi_id(&self, form: &Map<String, Value>) -> Option<String> {
        let is_number = |id: &str| id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit());
        named_poi_id(form).filter(|id| is_number(id) || !matches!(self.book.find(id), Known::No))
    }

    /// What the endpoint decides about a caller that was let in.
    pub(super) fn decide(&self, now: i64, endpoint: Endpoint, request: &Request) -> Decision {
        let read = |read: Read| Decision::only(request.form().and_then(|form| read(self, now, form)));
        match endpoint {
            Endpoint::Token => {
                let text = |key: &str| request.param(key).map(|text| (key.to_owned(), Value::from(text)));
                let form = ["grant_type", "appid", "secret"].into_iter().filter_map(text).collect();
                self.grant(now, TokenKind::Single, &form)
            }
            Endpoint::StableToken => {
                request.form().map_or_else(Decision::refused, |form| self.grant(now, TokenKind::Stable, form))
            }
            Endpoint::QuotaGet => read(Self::quota),
            Endpoint::RidGet => read(Self::rid_get),
            Endpoint::GetMerchantCategory => Decision::only(Ok(categories::answer())),
            Endpoint::GetMerchantAuditInfo => Decision::only(Ok(self.get_merchant_audit_info(now))),
            Endpoint::GetDistrict => Decision::only(Ok(DISTRICTS.answer())),
            Endpoint::SearchMapPoi => read(Self::search_map_poi),
            Endpoint::Getpoilist => read(Self::getpoilist),
            Endpoint::Getpoi => read(Self::getpoi),
            Endpoint::GetStoreInfo => read(Self::get_store_info),
            Endpoint::GetStoreList => read(Self::get_store_list),
            Endpoint::StorewxaGet => read(Self::get_card),
            Endpoint::MediaUpload => self.upload(now, request),
            Endpoint::MediaUploadimg => Decision::only(self.uploadimg(request)),
            Endpoint::AddStore
            | Endpoint::Delpoi
            | Endpoint::UpdateStore
            | Endpoint::DelStore
            | Endpoint::StorewxaSet
            | Endpoint::ApplyMerchant
            | Endpoint::ModifyMerchant
            | Endpoint::CreateMapPoi => {
                request.form().map_or_else(Decision::refused, |form| self.decide_write(now, endpoint, form))
            }
        }
    }

    /// What a write decides, now or when it comes late.
    pub(super) fn decide_write(&self, now: i64, endpoint: Endpoint, form: &Map<String, Value>) -> Decision {
        let changes =
            |decided: Result<(Effect, Value), Refusal>| decided.map(|(effect, answer)| (Some(effect), answer));
        let decided = match endpoint {
            Endpoint::Delpoi => changes(self.delpoi(now, form)),
            Endpoint::AddStore => changes(self.add_store(now, form)),
            Endpoint::UpdateStore => changes(self.update_store(now, form)),
            Endpoint::DelStore => changes(self.del_store(now, form)),
            Endpoint::StorewxaSet => changes(self.set_card(now, form)),
            Endpoint::ApplyMerchant => changes(self.apply_merchant(now, form)),
            Endpoint::ModifyMerchant => self.modify_merchant(now, form),
            Endpoint::CreateMapPoi => changes(self.create_map_poi(now, form)),
            _ => Err(Refusal::of(40066)),
        };
        match decided {
            Ok((effect, answer)) => Decision { effects: effect.into_iter().collect(), answer: Ok(answer) },
            Err(refusal) => Decision::refused(refusal),
        }
    }

    fn quota(&self, now: i64, form: &Map<String, Value>) -> Result<Value, Refusal> {
        let path = form.get("cgi_path").and_then(Value::as_str).unwrap_or_default();
        if !path.starts_with('/') {
            return Err(Refusal::of(76003));
        }
        let known = Endpoint::ALL.into_iter().find(|endpoint| endpoint.path() == path);
        let endpoint = known.ok_or(Refusal::of(76021))?;
        if let Some(code) = self.rules.scenario.quota_errcode {
            return Err(Refusal::of(code));
        }
        let (limit, used) = (self.rules.scenario.limit(endpoint), self.used_of_day(endpoint, now));
        let mut quota = json!({"daily_limit": limit, "used": used, "remain": limit.saturating_sub(used)});
        for (key, value) in &self.rules.scenario.quota_answer {
            quota[key] = value.clone();
        }
        let mut answer = json!({"errcode": 0, "errmsg": "ok", "quota": quota});
        let rate = self.rules.scenario.rate;
        if rate.call_count > 0 {
            answer["rate_limit"] = json!({"call_count": rate.call_count, "refresh_second": rate.refresh_second});
        }
        Ok(answer)
    }

    fn getpoilist(&self, now: i64, form: &Map<String, Value>) -> Result<Value, Refusal> {
        let (begin, limit) = (whole(form, "begin", 0)?, whole(form, "limit", LIST_LIMIT_DEFAULT)?);
        if !(1..=LIST_LIMIT_MAX).contains(&limit) {
            return Err(Refusal::of(40097));
        }
        let (dice, lag) = (self.rules.dice, i64::from(self.rules.scenario.account.list_lag_ms));
        let shown = |store| json!({ "base_info": record::shown(store, now - lag, dice) });
        let page: Vec<&Store> = if lag == 0 {
            self.book.page(begin, limit).collect()
        } else {
            self.book.page_then(now - lag, begin, limit).collect()
        };
        let count = if lag == 0 { self.book.listed_count() } else { self.book.listed_then(now - lag).count() };
        let first = page.first().map_or("", |store| store.poi_id.as_str());
        let list: Vec<Value> = page.into_iter().map(shown).collect();
        let total = record::number_or_text(count as u64, dice, "total_count", first);
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

    fn delpoi(&self, now: i64, form: &Map<String, Value>) -> Result<(Effect, Value), Refusal> {
        let poi_id = named_poi_id(form).ok_or(Refusal::of(40097))?;
        match self.book.find(&poi_id) {
            Known::No => Err(Refusal::of(65115)),
            Known::Deleted => Err(Refusal::of(65116)),
            Known::Yes(store) if store.status(now) == UpgradeStatus::Migrating => Err(Refusal::of(65117)),
            Known::Yes(_) => Ok((Effect::Deleted { poi_id, at: now }, json!({"errcode": 0, "errmsg": "ok"}))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::{Bench, DELETE, GET, LIST, QUOTA};
    use crate::sandbox::request::Method;
    use crate::wire::json;

    #[test]
    fn the_list_is_paged_and_leaves_deleted_stores_out() {
        let mut bench = Bench::new("");
        assert_eq!(bench.code(0, LIST, &json!({"begin": 0, "limit": 51})), 40097);
        assert_eq!(bench.code(0, DELETE, &json!({"poi_id": "1"})), 0);
        let page = bench.ask(0, LIST, &json!({"begin": "1", "limit": 2}));
        let ids = page["business_list"].as_array().unwrap().iter().map(|store| store["base_info"]["poi_id"].clone());
        assert_eq!(ids.collect::<Vec<_>>(), ["2", "3"]);
        assert_eq!(json::integer(&page["total_count"]), Some(6));
    }

    #[test]
    fn a_list_that_lags_tells_what_was_so() {
        let mut bench = Bench::new(include_str!("scenarios/lagging-list.toml"));
        let form = json!({
            "poi_id": "0", "map_poi_id": "5", "contract_phone": "1", "hour": "09:00-21:00", "credential": "c",
            "pic_list": "{\"list\":[\"http://a\"]}", "card_id": "",
        });
        assert_eq!(
            [bench.code(100, "/wxa/add_store", &form), bench.code(100, DELETE, &json!({"poi_id": "4"}))],
            [0, 0]
        );
        let status = |bench: &mut Bench, now, n: usize| {
            let list = bench.ask(now, LIST, &json!({}))["business_list"].clone();
            json::integer(&list[n]["base_info"]["upgrade_status"])
        };
        assert_eq!([status(&mut bench, 1599, 0), status(&mut bench, 1600, 0)], [Some(0), Some(2)]);
        assert_eq!([status(&mut bench, 1599, 4), status(&mut bench, 1600, 4)], [Some(4), None]);
        let asked = bench.ask(1599, GET, &json!({"poi_id": "0"}));
        assert_eq!(
            json::integer(&asked["business"]["base_info"]["upgrade_status"]),
            Some(2),
            "a single store does not lag"
        );
    }

    #[test]
    fn without_the_right_to_the_old_management_the_new_one_goes_on() {
        let mut bench = Bench::new(include_str!("scenarios/legacy-gone.toml"));
        assert_eq!([LIST, GET, DELETE].map(|path| bench.code(0, path, &json!({"poi_id": "0"}))), [48001; 3]);
        assert_eq!(bench.code(0, "/wxa/get_store_list", &json!({})), 0);
    }

    #[test]
    fn a_store_is_deleted_once_and_not_while_it_is_reviewed() {
        let mut bench = Bench::new("");
        let codes = |bench: &mut Bench, now, id: &str| {
            let form = json!({ "poi_id": id });
            (bench.code(now, DELETE, &form), bench.code(now, GET, &form))
        };
        assert_eq!(codes(&mut bench, 0, "99"), (65115, 65115));
        assert_eq!(codes(&mut bench, 0, "4"), (0, 65116));
        assert_eq!(codes(&mut bench, 0, "4"), (65116, 65116));
        assert_eq!(codes(&mut bench, 1999, "2"), (65117, 0));
        assert_eq!(codes(&mut bench, 2000, "2"), (0, 65116));
    }

    #[test]
    fn an_approved_store_has_an_id_of_its_own() {
        let mut bench = Bench::new("");
        let form = json!({"offset": 0, "limit": 0});
        let ids = |answer: Value| -> Vec<Value> {
            let list = answer["business_list"].as_array().unwrap();
            list.iter().map(|store| store["base_info"]["poi_id"].clone()).collect()
        };
        assert_eq!(ids(bench.ask(1999, "/wxa/get_store_list", &form)), ["4700000003"]);
        assert_eq!(ids(bench.ask(2000, "/wxa/get_store_list", &form)), ["4700000002", "4700000003"]);
    }

    #[test]
    fn without_an_approved_merchant_no_store_is_taken() {
        let mut bench = Bench::new("merchant_status = 2");
        let audit = bench.send(0, Method::Get, "/wxa/get_merchant_audit_info", "");
        assert_eq!(audit["data"]["status"], 2);
        assert_eq!(bench.send(0, Method::Post, "/wxa/get_merchant_audit_info", "")["data"]["status"], 2);
        assert_eq!(bench.code(0, "/wxa/add_store", &json!({"poi_id": "0"})), 85053);
    }

    #[test]
    fn the_quota_is_told_and_kept() {
        let mut bench = Bench::new("daily_limit = 2");
        let asked = json!({ "cgi_path": LIST });
        bench.ask(0, LIST, &json!({}));
        let told = bench.ask(0, QUOTA, &asked);
        assert_eq!(told["quota"], json!({"daily_limit": 2, "used": 1, "remain": 1}));
        assert_eq!(told["rate_limit"], json!({"call_count": 100, "refresh_second": 1}));
        assert_eq!([bench.code(0, LIST, &json!({})), bench.code(0, LIST, &json!({}))], [0, 45009]);
        assert_eq!(bench.code(0, QUOTA, &json!({"cgi_path": "wxa/add_store"})), 76003);
        assert_eq!(bench.code(0, QUOTA, &json!({"cgi_path": "/wxa/del_stores"})), 76021);
    }

    #[test]
    fn numbers_come_as_text_and_control_characters_raw_now_and_then() {
        let mut platform = Bench::new("").platform;
        let element = |n: u32| json!({"poi_id": n.to_string(), "upgrade_status": 2, "introduction": "好"});
        let stores: Vec<_> = (100..600).filter_map(|n| crate::wire::poi::legacy_store(&element(n))).collect();
        platform.load(&stores, 0);
        let mut bench = Bench { platform, token: String::new() }.signed_in();
        let pages = (0..10).map(|n| bench.ask(9999, LIST, &json!({"begin": 7 + 50 * n, "limit": 50})));
        let infos: Vec<_> = pages.flat_map(|page| page["business_list"].as_array().unwrap().clone()).collect();
        let share = |test: fn(&Value) -> bool| infos.iter().filter(|info| test(&info["base_info"])).count();
        assert!((30..100).contains(&share(|info| info["upgrade_status"] == "3")));
        assert!((10..60).contains(&share(|info| info["introduction"] == "好\u{b}")));
        assert_eq!(share(|info| json::integer(&info["upgrade_status"]) == Some(3)), 500);
    }
}
