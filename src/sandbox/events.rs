//! Which events follow from what: every review that ends, ends with one, at the moment at which it does.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::effect::Effect;
use super::map::Wanted;
use super::merchant::Application;
use super::platform::Platform;
use super::push::{Event, Push};
use super::seal::{self, Letter};
use crate::wire::json;

/// The check of a store in the old store management that was still under way when it was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldCheck {
    /// When it ends.
    pub until: i64,
    /// Why it fails; absent: it passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// `available_state` of a store that is being checked.
const BEING_CHECKED: i64 = 2;

impl Platform {
    /// Posts the event that a change leads to. Must be told before the change is made, as that counts the numbers on.
    pub(super) fn announce(&mut self, effect: &Effect) {
        if self.rules.scenario.push.is_none() {
            return;
        }
        let event = match effect {
            Effect::Submitted { poi_id, review } => {
                let id = self.book.shop_id(poi_id).unwrap_or_default();
                Some(store_event(self.book.next_audit_id(), &id, review.until, review.failure.as_deref(), 1))
            }
            Effect::Added(store) => store.review.as_ref().map(|review| {
                store_event(self.book.next_audit_id(), &store.poi_id, review.until, review.failure.as_deref(), 0)
            }),
            Effect::Updated { update, .. } => update.photos.as_ref().map(|photos| {
                let (status, reason) = verdict(photos.failure.as_deref());
                let fields = [("audit_id", json!(photos.audit_id)), ("status", status), ("reason", reason)];
                (photos.until, Event::new("modify_store_audit_info", photos.until, &fields))
            }),
            Effect::Applied(application) => merchant_event(application),
            Effect::PointWanted(wanted) => Some(self.point_event(wanted)),
            _ => None,
        };
        if let Some((due, event)) = event {
            self.post(due, event);
        }
    }

    /// The platform tells an approved point by an empty status as often as by a 0.
    fn point_event(&self, wanted: &Wanted) -> (i64, Event) {
        let (point, passed) = (&wanted.point, wanted.failure.is_none());
        let empty = passed && self.rules.dice.one_in(2, "empty status", &wanted.base_id.to_string());
        let status = if empty { json!("") } else { json!(u8::from(!passed)) };
        let fields = [
            ("audit_id", json!(wanted.base_id)),
            ("status", status),
            ("map_poi_id", json!(if passed { point.map_poi_id.as_str() } else { "" })),
            ("name", json!(point.name)),
            ("address", json!(point.address)),
            ("latitude", json!(point.latitude.to_string())),
            ("longitude", json!(point.longitude.to_string())),
            ("sh_remark", json!(wanted.failure.as_deref().unwrap_or_default())),
        ];
        (wanted.until, Event::new("create_map_poi_audit_info", wanted.until, &fields))
    }

    /// Some events never arrive, and some arrive twice.
    fn post(&mut self, due: i64, event: Event) {
        let Some(push) = &self.rules.scenario.push else { return };
        let number = self.mail.next_number().to_string();
        let falls =
            |topic: &str, share| self.rules.dice.chance(topic, &[&event.name, &number, &due.to_string()], share);
        let (lost, twice) = (falls("push lost", push.lost), falls("push twice", push.twice));
        if twice {
            self.mail.post(due, event.clone());
        }
        if lost {
            self.mail.lose();
        } else {
            self.mail.post(due, event);
        }
    }

    /// The first events that are due by `now` and not under way, as they travel.
    pub(super) fn letters(&self, now: i64, under_way: &HashSet<u64>, room: usize) -> Vec<(u64, Letter)> {
        let Some(push) = &self.rules.scenario.push else { return Vec::new() };
        let account = &self.rules.scenario.account.original_id;
        let letter = |due: &Push| {
            let about = [due.number.to_string(), due.tries.to_string(), now.to_string()];
            let digest = self.rules.dice.digest("letter", &about.each_ref().map(String::as_str));
            let random = std::array::from_fn(|n| digest[n]);
            let nonce = (self.rules.dice.roll("nonce", &[&about[0], &about[1]]) % 1_000_000_000).to_string();
            (due.number, seal::letter(push, account, &due.event, now / 1000, &nonce, &random))
        };
        let due = self.mail.due(now).into_iter().filter(|due| !under_way.contains(&due.number));
        due.take(room).map(letter).collect()
    }

    /// A store that was just loaded at this place may still be checked by the old store management.
    pub(super) fn await_check(&mut self, place: usize, now: i64) {
        let Some(store) = self
            .book
            .at(place)
            .filter(|store| store.record.get("available_state").and_then(json::integer) == Some(BEING_CHECKED))
        else {
            return;
        };
        let old = |key: &str| store.record.get(key).and_then(json::text).unwrap_or_default();
        let (reviews, poi_id) = (self.rules.reviews(), store.poi_id.clone());
        let failure = reviews.verdict("old check", &[&poi_id], &[&old("business_name")]);
        let until = now + self.rules.review_ms;
        let fields = [
            ("UniqId", json!(old("sid"))),
            ("PoiId", json!(poi_id)),
            ("Result", json!(if failure.is_none() { "succ" } else { "fail" })),
            ("msg", json!(failure.as_deref().unwrap_or_default())),
        ];
        let event = Event::new("poi_check_notify", until, &fields);
        self.book.check_old(place, OldCheck { until, failure });
        self.post(until, event);
    }
}

fn verdict(failure: Option<&str>) -> (Value, Value) {
    (json!(if failure.is_none() { 1 } else { 3 }), json!(failure.unwrap_or_default()))
}

fn store_event(audit_id: u64, poi_id: &str, until: i64, failure: Option<&str>, is_upgrade: u8) -> (i64, Event) {
    let (status, reason) = verdict(failure);
    // The id means something only once the store has passed; the document says so, and shows one all the same.
    let poi_id = if failure.is_none() { poi_id } else { "" };
    let fields = [
        ("audit_id", json!(audit_id)),
        ("status", status),
        ("reason", reason),
        ("is_upgrade", json!(is_upgrade)),
        ("poiid", json!(poi_id)),
    ];
    (until, Event::new("add_store_audit_info", until, &fields))
}

fn merchant_event(application: &Application) -> Option<(i64, Event)> {
    let (at, status, reason) = application.outcome()?;
    let fields = [("audit_id", json!(application.audit_id)), ("status", json!(status)), ("reason", json!(reason))];
    Some((at, Event::new("apply_merchant_audit_info", at, &fields)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::Bench;
    use crate::wire::poi::legacy_store;

    const PUSH: &str = "review_fail_share = 0.0\n[push]\nurl = \"http://127.0.0.1:9/\"\n";

    /// The events that are due by `now`: when, what, and their fields.
    fn due(bench: &Bench, now: i64) -> Vec<(i64, String, Value)> {
        let due = bench.platform.mail.due(now).into_iter();
        due.map(|push| {
            let fields = Value::Object(push.event.fields.iter().cloned().collect());
            (push.due, push.event.name.clone(), fields)
        })
        .collect()
    }

    fn submission(id: &str) -> Value {
        json!({
            "poi_id": id, "map_poi_id": id, "contract_phone": "1", "hour": "09:00-21:00", "credential": id,
            "pic_list": "{\"list\":[\"http://a\"]}", "card_id": "",
        })
    }

    #[test]
    fn a_submission_is_told_of_when_its_review_ends() {
        let mut bench = Bench::new(PUSH);
        bench.ask(5, "/wxa/add_store", &submission("0"));
        assert_eq!(due(&bench, 2004), []);
        let fields =
            json!({"audit_id": 418_000_000, "status": 1, "reason": "", "is_upgrade": 1, "poiid": "4700000000"});
        assert_eq!(due(&bench, 2005), [(2005, "add_store_audit_info".to_owned(), fields)]);
    }

    #[test]
    fn a_failure_is_told_of_with_its_reason_and_without_an_id() {
        let mut bench = Bench::new(&PUSH.replace("0.0", "1.0"));
        bench.ask(0, "/wxa/add_store", &submission("0"));
        let (_, _, fields) = due(&bench, 2000).remove(0);
        assert_eq!((&fields["status"], &fields["poiid"]), (&json!(3), &json!("")));
        assert!(!fields["reason"].as_str().unwrap().is_empty());
    }

    #[test]
    fn changed_pictures_and_a_store_still_being_checked_are_told_of() {
        let mut bench = Bench::new(PUSH);
        let store = legacy_store(&json!({"poi_id": "50", "sid": "s50", "available_state": 2})).unwrap();
        bench.platform.load(&[store], 0);
        let update = json!({"poi_id": "4700000003", "hour": "10:00-12:00", "contract_phone": "1",
            "pic_list": "{\"list\":[\"http://a\"]}"});
        bench.ask(0, "/wxa/update_store", &update);
        let names: Vec<_> = due(&bench, 2000).into_iter().map(|(_, name, _)| name).collect();
        assert_eq!(names, ["poi_check_notify", "modify_store_audit_info"]);
        let state = |bench: &mut Bench, now| {
            let answer = bench.ask(now, "/cgi-bin/poi/getpoi", &json!({"poi_id": "50"}));
            answer["business"]["base_info"]["available_state"].clone()
        };
        assert_eq!([state(&mut bench, 1999), state(&mut bench, 2000)], [json!(2), json!(3)]);
    }

    #[test]
    fn an_event_may_be_lost_or_come_twice_and_nothing_is_posted_where_nobody_listens() {
        for (more, count) in [("lost = 1.0", 0), ("twice = 1.0", 2), ("", 1)] {
            let mut bench = Bench::new(&format!("{PUSH}{more}"));
            bench.ask(0, "/wxa/add_store", &submission("0"));
            assert_eq!(due(&bench, 2000).len(), count, "{more}");
        }
        let mut bench = Bench::new("");
        bench.ask(0, "/wxa/add_store", &submission("0"));
        assert_eq!(bench.platform.mail.waiting(), 0);
    }
}
