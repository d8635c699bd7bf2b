//! What a request was about, by the number that its refusal carried (`openapi/rid/get`). Only refusals show a number, so
//! only they are remembered, and no more of them than somebody would ask about.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::{Refusal, rid};
use super::effect::CallEntry;
use super::form::text;
use super::platform::Platform;
use crate::wire::Endpoint;

/// How many refusals are remembered.
const REFUSALS_KEPT_MAX: usize = 1000;

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Refused {
    seq: u64,
    at: i64,
    endpoint: Endpoint,
    errcode: i64,
}

/// The latest refusals.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Refusals(VecDeque<Refused>);

impl Refusals {
    /// Remembers a call, if it was refused.
    pub fn note(&mut self, call: &CallEntry) {
        let (Some(endpoint), Some(errcode)) = (call.endpoint, call.refused) else { return };
        if self.0.len() == REFUSALS_KEPT_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Refused { seq: call.seq, at: call.at, endpoint, errcode });
    }
}

impl Platform {
    /// What the request with this number was. The platform shows the caller's own token there; here it is left out.
    pub(super) fn rid_get(&self, _: i64, form: &Map<String, Value>) -> Result<Value, Refusal> {
        let asked = text(form, "rid");
        let is_it = |refused: &&Refused| rid(self.rules.dice, refused.at, refused.seq) == asked;
        let found = self.refusals.0.iter().rev().find(is_it).ok_or(Refusal::of(76001))?;
        let Refusal { code, text } = Refusal::of(found.errcode);
        let answered = json!({"errcode": code, "errmsg": format!("{text} rid: {asked}")}).to_string();
        Ok(json!({"errcode": 0, "errmsg": "ok", "request": {
            "invoke_time": found.at / 1000, "cost_in_ms": 1, "request_url": found.endpoint.path(),
            "request_body": "", "response_body": answered, "client_ip": "127.0.0.1",
        }}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::{Bench, GET};

    #[test]
    fn the_number_of_a_refusal_tells_what_was_refused() {
        let mut bench = Bench::new("");
        let refused = bench.ask(5000, GET, &json!({"poi_id": "99"}));
        let number = refused["errmsg"].as_str().unwrap().rsplit(' ').next().unwrap().to_owned();
        let told = bench.ask(6000, "/cgi-bin/openapi/rid/get", &json!({ "rid": number }));
        assert_eq!((&told["request"]["invoke_time"], &told["request"]["request_url"]), (&json!(5), &json!(GET)));
        assert_eq!(told["request"]["response_body"].as_str().unwrap(), refused.to_string());
        assert_eq!(bench.code(0, "/cgi-bin/openapi/rid/get", &json!({"rid": "a-b-c"})), 76001);
    }
}
