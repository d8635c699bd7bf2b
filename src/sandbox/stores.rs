//! The calls about stores of the store mini-program (sections 8 to 12), each checked as the document's error tables say.

use serde_json::{Map, Value, json};

use super::add_store::{self, Measures};
use super::answer::Refusal;
use super::book::{Store, named_poi_id};
use super::effect::Effect;
use super::form::{is_span, pictures, text, whole};
use super::platform::Platform;
use super::shop::{Listing, PhotoReview, Update};
use crate::store::UpgradeStatus;
use crate::wire::poi::LIST_LIMIT_MAX;

/// How many stores a page has if the caller does not say.
pub const LIST_LIMIT_DEFAULT: usize = 20;

impl Platform {
    /// `wxa/add_store` (section 8): a store from the old store management, or a new one once the upgrade is done.
    pub(super) fn add_store(&self, now: i64, form: &Map<String, Value>) -> Result<(Effect, Value), Refusal> {
        self.needs_merchant(now)?;
        let measures =
            Measures { reviews: self.rules.reviews(), nearby_limit: self.rules.scenario.account.nearby_limit };
        let taken = add_store::check(&self.book, measures, form, now)?;
        self.known_media(&taken.review.claim.papers, now)?;
        self.usable_card(&taken.review.claim.card_id)?;
        let map_poi_id = &taken.review.claim.map_poi_id;
        let effect = if taken.fresh {
            let record = self.record_on_map(map_poi_id, now)?;
            Effect::Added(Box::new(Store::fresh(taken.poi_id, record, taken.review)))
        } else {
            self.known_point(map_poi_id, now)?;
            Effect::Submitted { poi_id: taken.poi_id, review: taken.review }
        };
        Ok((effect, taken.answer))
    }

    /// `wxa/update_store` (section 9). Telephone and hours hold at once; pictures of which one is new go into review, and
    /// the old ones are shown until it has passed.
    pub(super) fn update_store(&self, now: i64, form: &Map<String, Value>) -> Result<(Effect, Value), Refusal> {
        self.needs_merchant(now)?;
        let poi_id = named_poi_id(form).ok_or(Refusal::of(40097))?;
        let (contract_phone, hour) = (text(form, "contract_phone"), text(form, "hour"));
        let pictures = pictures(form).filter(|pictures| !pictures.is_empty()).ok_or(Refusal::of(40097))?;
        if contract_phone.is_empty() || !is_span(&hour) {
            return Err(Refusal::of(40097));
        }
        let store = self.book.shop(&poi_id, now).ok_or(Refusal::of(65115))?;
        if !store.takes_updates(now) {
            return Err(Refusal::of(65118));
        }
        let card_id = Some(text(form, "card_id")).filter(|card_id| !card_id.is_empty());
        self.usable_card(card_id.as_deref().unwrap_or_default())?;
        let shown = store.pictures(now);
        let known = pictures.iter().all(|picture| shown.contains(picture));
        let photos = (!known).then(|| self.photo_review(now, &poi_id, &store, pictures.clone()));
        let (has_audit_id, audit_id) =
            (u8::from(photos.is_some()), photos.as_ref().map_or(0, |review| review.audit_id));
        let answer =
            json!({"errcode": 0, "errmsg": "ok", "data": {"has_audit_id": has_audit_id, "audit_id": audit_id}});
        let update = Update { at: now, contract_phone, hour, card_id, pictures: known.then_some(pictures), photos };
        Ok((Effect::Updated { poi_id, update }, answer))
    }

    fn photo_review(&self, now: i64, poi_id: &str, store: &Listing<'_>, pictures: Vec<String>) -> PhotoReview {
        let (reviews, audit_id) = (self.rules.reviews(), self.book.next_update_id());
        let urls: Vec<&str> = pictures.iter().map(String::as_str).collect();
        let failure = reviews.verdict("photos", &[poi_id, &audit_id.to_string()], &urls);
        let failure = failure.filter(|_| !store.failed_before());
        PhotoReview { audit_id, until: now + reviews.time_ms, failure, pictures }
    }

    /// `wxa/get_store_info` (section 10).
    pub(super) fn get_store_info(&self, now: i64, form: &Map<String, Value>) -> Result<Value, Refusal> {
        let poi_id = named_poi_id(form).ok_or(Refusal::of(40097))?;
        let store = self.book.shop(&poi_id, now).ok_or(Refusal::of(65115))?;
        Ok(json!({"errcode": 0, "errmsg": "ok", "business": {"base_info": store.single_record(now)}}))
    }

    /// `wxa/get_store_list` (section 11). A limit of 0 stands for 20, one over 50 is refused.
    pub(super) fn get_store_list(&self, now: i64, form: &Map<String, Value>) -> Result<Value, Refusal> {
        let (offset, limit) = (whole(form, "offset", 0)?, whole(form, "limit", 0)?);
        let limit = if limit == 0 { LIST_LIMIT_DEFAULT } else { limit };
        if limit > LIST_LIMIT_MAX {
            return Err(Refusal::of(40097));
        }
        let page = self.book.shops(now).skip(offset).take(limit);
        let list: Vec<Value> = page.map(|store| json!({ "base_info": store.record(now) })).collect();
        let total = self.book.shops(now).count();
        Ok(json!({"errcode": 0, "errmsg": "ok", "business_list": list, "total_count": total}))
    }

    /// `wxa/del_store` (section 12). The document has no code for a store that is not there, or that is in review, but -1.
    pub(super) fn del_store(&self, now: i64, form: &Map<String, Value>) -> Result<(Effect, Value), Refusal> {
        self.needs_merchant(now)?;
        let poi_id = named_poi_id(form).ok_or(Refusal::of(40097))?;
        match self.book.shop(&poi_id, now) {
            Some(store) if store.status(now) != 2 => {
                Ok((Effect::Removed { poi_id }, json!({"errcode": 0, "errmsg": "ok"})))
            }
            _ => Err(Refusal::of(-1)),
        }
    }
}

impl Store {
    /// A store that never was in the old store management.
    fn fresh(poi_id: String, record: Map<String, Value>, review: super::book::Review) -> Self {
        Self {
            poi_id,
            fresh: true,
            record,
            loaded: UpgradeStatus::Absent,
            review: Some(review),
            submissions: 1,
            deleted: false,
            deleted_at: None,
            old_check: None,
            shop: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::{Bench, DELETE};

    const ADD: &str = "/wxa/add_store";
    const UPDATE: &str = "/wxa/update_store";
    const INFO: &str = "/wxa/get_store_info";
    const REMOVE: &str = "/wxa/del_store";
    /// The new id of the bench's store 3, which is upgraded when it is loaded.
    const ID: &str = "4700000003";

    fn update(pictures: &str) -> Value {
        json!({"poi_id": ID, "hour": "10:00-12:00", "contract_phone": "1", "pic_list": pictures, "card_id": ""})
    }

    fn pictures(urls: &[&str]) -> String {
        json!({ "list": urls }).to_string()
    }

    fn info(bench: &mut Bench, now: i64) -> Value {
        bench.ask(now, INFO, &json!({ "poi_id": ID }))["business"]["base_info"].clone()
    }

    #[test]
    fn new_pictures_are_reviewed_and_shown_once_they_have_passed() {
        let mut bench = Bench::new("review_fail_share = 0.0");
        let answer = bench.ask(0, UPDATE, &update(&pictures(&["http://a", "http://b"])));
        assert_eq!(answer["data"], json!({"has_audit_id": 1, "audit_id": 431_000_000}));
        let during = info(&mut bench, 1999);
        assert_eq!((&during["status"], &during["open_time"]), (&json!(2), &json!("10:00-12:00")));
        assert_eq!(during["photo_list"], json!([]), "the old ones until then");
        assert_eq!(bench.code(1999, UPDATE, &update(&pictures(&["http://a"]))), 65118);
        assert_eq!(bench.code(1999, REMOVE, &json!({ "poi_id": ID })), -1);
        let after = info(&mut bench, 2000);
        assert_eq!((&after["status"], after["photo_list"].as_array().unwrap().len()), (&json!(1), 2));
    }

    #[test]
    fn pictures_that_were_shown_before_need_no_review_and_replace_all_others() {
        let mut bench = Bench::new("review_fail_share = 0.0");
        bench.ask(0, UPDATE, &update(&pictures(&["http://a", "http://b"])));
        let answer = bench.ask(2000, UPDATE, &update(&pictures(&["http://b"])));
        assert_eq!(answer["data"], json!({"has_audit_id": 0, "audit_id": 0}));
        let after = info(&mut bench, 2000);
        assert_eq!((&after["status"], &after["photo_list"]), (&json!(1), &json!([{"photo_url": "http://b"}])));
    }

    #[test]
    fn pictures_that_fail_leave_the_old_ones_and_pass_when_sent_again() {
        let mut bench = Bench::new("review_fail_share = 1.0");
        bench.ask(0, UPDATE, &update(&pictures(&["http://a"])));
        let after = info(&mut bench, 2000);
        assert_eq!((&after["status"], &after["photo_list"]), (&json!(3), &json!([])));
        bench.ask(2000, UPDATE, &update(&pictures(&["http://a"])));
        assert_eq!(info(&mut bench, 4000)["photo_list"], json!([{"photo_url": "http://a"}]));
    }

    #[test]
    fn hours_telephone_and_pictures_are_all_required() {
        let mut bench = Bench::new("");
        for key in ["poi_id", "hour", "contract_phone", "pic_list"] {
            let mut form = update(&pictures(&["http://a"]));
            form.as_object_mut().unwrap().remove(key);
            assert_eq!(bench.code(0, UPDATE, &form), 40097, "{key}");
        }
        assert_eq!(bench.code(0, UPDATE, &update(&pictures(&[]))), 40097);
        let mut other = update(&pictures(&["http://a"]));
        other["poi_id"] = json!("3");
        assert_eq!(bench.code(0, UPDATE, &other), 65115, "the old id is none here");
        other["poi_id"] = json!(4_700_000_003_u64);
        assert_eq!(bench.code(0, UPDATE, &other), 0, "and a number is an id");
    }

    #[test]
    fn a_new_store_is_taken_once_the_upgrade_is_done() {
        let mut bench = Bench::new("review_fail_share = 0.0");
        let form = json!({
            "map_poi_id": "2880741500279549033", "contract_phone": "1", "hour": "09:00-21:00", "credential": "c",
            "pic_list": pictures(&["http://a"]), "card_id": "",
        });
        assert_eq!(bench.code(2000, ADD, &form), 85054);
        for id in ["0", "1", "4", "5", "6"] {
            assert_eq!(bench.code(2000, DELETE, &json!({ "poi_id": id })), 0, "{id}");
        }
        assert_eq!(bench.code(2000, ADD, &form), 0);
        let asked = json!({"poi_id": "4700000007"});
        assert_eq!(bench.ask(3999, INFO, &asked)["business"]["base_info"]["status"], 2);
        assert_eq!(bench.ask(4000, INFO, &asked)["business"]["base_info"]["status"], 1);
        assert_eq!(bench.code(4000, ADD, &form), 85038, "its place on the map is taken");
        assert_eq!(bench.code(4000, "/cgi-bin/poi/getpoi", &asked), 65115, "the old store management never had it");
    }

    #[test]
    fn a_store_is_removed_once_and_its_place_is_free_again() {
        let mut bench = Bench::new("");
        let asked = json!({ "poi_id": ID });
        assert_eq!([bench.code(0, REMOVE, &asked), bench.code(0, REMOVE, &asked)], [0, -1]);
        assert_eq!(bench.code(0, INFO, &asked), 65115);
        assert_eq!(bench.ask(0, "/wxa/get_store_list", &json!({}))["total_count"], 0);
    }

    #[test]
    fn no_more_stores_than_may_be_nearby() {
        let mut bench = Bench::new("[account]\nnearby_limit = 1");
        let form = json!({
            "poi_id": "0", "map_poi_id": "5", "contract_phone": "1", "hour": "09:00-21:00", "credential": "c",
            "pic_list": pictures(&["http://a"]), "card_id": "",
        });
        assert_eq!(bench.code(0, ADD, &form), 85042);
    }
}
