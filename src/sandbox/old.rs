//! What is left of the old store management beside the calls that a migration makes: its categories, changes of stores, and
//! the creation of stores, which the platform refuses since 2024-07-05. Other clients call these; poilift does not, so that
//! they are no endpoints of its language, and are counted nowhere.

use serde_json::{Map, Value, json};

use super::answer::{Refusal, Reply, rid};
use super::book::{Known, named_poi_id};
use super::effect::{CallEntry, Effect};
use super::platform::{Decision, Platform, Turn};
use super::request::{Method, Request};
use crate::store::UpgradeStatus;
use crate::wire::json;

/// The fields that `updatepoi` changes; the others are final.
const CHANGEABLE: [&str; 7] =
    ["telephone", "photo_list", "recommend", "special", "introduction", "open_time", "avg_price"];

/// The categories of the old stores: the sandbox's own few.
const CATEGORIES: [&str; 6] =
    ["美食,江浙菜", "美食,快餐小吃", "美食,奶茶果汁", "购物,便利店", "生活服务,洗衣", "运动健身,健身中心"];

/// `available_state` of an approved store.
const APPROVED: i64 = 3;

/// One of these calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Old {
    Categories,
    Add,
    Update,
}

impl Old {
    fn of(path: &str) -> Option<Self> {
        match path {
            // The second is the older name, which two clients still use.
            "/cgi-bin/poi/getwxcategory" | "/cgi-bin/api_getwxcategory" => Some(Self::Categories),
            "/cgi-bin/poi/addpoi" => Some(Self::Add),
            "/cgi-bin/poi/updatepoi" => Some(Self::Update),
            _ => None,
        }
    }
}

impl Platform {
    /// A request for something that is none of poilift's endpoints.
    pub(super) fn elsewhere(&self, mut entry: CallEntry, request: &Request) -> Turn {
        let Some(old) = Old::of(&request.path) else {
            return Turn { entry, reply: Reply::gateway(404, "Not Found"), fault: None };
        };
        let decision = match self.old_admission(entry.at, old, request) {
            Ok(token) => {
                entry.token = Some(token);
                self.decide_old(entry.at, old, request)
            }
            Err(refusal) => Decision::refused(refusal),
        };
        entry.effects = decision.effects;
        let reply = Reply::json(decision.answer, &rid(self.rules.dice, entry.at, entry.seq));
        entry.ok = reply.errcode == Some(0);
        Turn { entry, reply, fault: None }
    }

    fn old_admission(&self, now: i64, old: Old, request: &Request) -> Result<u64, Refusal> {
        match (old, request.method) {
            (Old::Categories, Method::Get) | (Old::Add | Old::Update, Method::Post) => self.identify(now, request),
            (Old::Categories, _) => Err(Refusal::of(43001)),
            (Old::Add | Old::Update, _) => Err(Refusal::of(43002)),
        }
    }

    fn decide_old(&self, now: i64, old: Old, request: &Request) -> Decision {
        match old {
            Old::Categories => Decision::only(Ok(json!({"errcode": 0, "errmsg": "ok", "category_list": CATEGORIES}))),
            Old::Add => Decision::refused(Refusal::of(48001)),
            Old::Update => match request.form().and_then(|form| self.updatepoi(now, form)) {
                Ok(effect) => Decision { effects: vec![effect], answer: Ok(json!({"errcode": 0, "errmsg": "ok"})) },
                Err(refusal) => Decision::refused(refusal),
            },
        }
    }

    fn updatepoi(&self, now: i64, form: &Map<String, Value>) -> Result<Effect, Refusal> {
        let info = form.get("business").and_then(|business| business.get("base_info")).and_then(Value::as_object);
        let info = info.ok_or(Refusal::of(40097))?;
        let poi_id = named_poi_id(info).ok_or(Refusal::of(40097))?;
        let store = match self.book.find(&poi_id) {
            Known::No => return Err(Refusal::of(65115)),
            Known::Deleted => return Err(Refusal::of(65116)),
            Known::Yes(store) => store,
        };
        let state = store.record.get("available_state").and_then(json::integer);
        if state.is_some_and(|state| state != APPROVED) {
            return Err(Refusal::of(65106));
        }
        if store.status(now) == UpgradeStatus::Migrating {
            return Err(Refusal::of(65107));
        }
        let changes = info.iter().filter(|(key, _)| CHANGEABLE.contains(&key.as_str()));
        let changes = changes.map(|(key, value)| (key.clone(), value.clone())).collect();
        Ok(Effect::OldChanged { poi_id, changes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::{Bench, GET};

    const UPDATE: &str = "/cgi-bin/poi/updatepoi";

    fn change(poi_id: &str) -> Value {
        json!({"business": {"base_info": {"poi_id": poi_id, "telephone": "1", "business_name": "别的"}}})
    }

    #[test]
    fn a_store_is_changed_in_the_fields_that_can_be() {
        let mut bench = Bench::new("");
        assert_eq!(bench.code(0, UPDATE, &change("0")), 0);
        let record = bench.ask(0, GET, &json!({"poi_id": "0"}))["business"]["base_info"].clone();
        assert_eq!((&record["telephone"], record.get("business_name")), (&json!("1"), None));
        assert_eq!([bench.code(0, UPDATE, &change("2")), bench.code(0, UPDATE, &change("77"))], [65107, 65115]);
        assert_eq!(bench.code(0, UPDATE, &json!({"poi_id": "0"})), 40097);
    }

    #[test]
    fn no_store_is_created_any_more_and_the_categories_have_two_names() {
        let mut bench = Bench::new("");
        assert_eq!(bench.code(0, "/cgi-bin/poi/addpoi", &change("")), 48001);
        for path in ["/cgi-bin/poi/getwxcategory", "/cgi-bin/api_getwxcategory"] {
            let answer = bench.send(0, Method::Get, path, "");
            assert!(answer["category_list"][0].as_str().unwrap().contains(','), "{answer}");
        }
        bench.token.clear();
        assert_eq!(bench.code(0, UPDATE, &change("0")), 41001);
    }
}
