//! The network between a process and the platform: what becomes of a request, and what its sender hears.

use poilift::store::Stamp;
use poilift::wechat::{Call, Sent, Transport};
use poilift::wire::Endpoint;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::mutants::Mutant;
use crate::world::{BEGIN_MS, Inner, Micros, Seen, Told, Transit, World};

/// The timeout of a call.
const TIMEOUT: Micros = 15_000_000;

/// The network between the process and the platform.
pub struct Network(pub World);

impl Transport for Network {
    fn send(&self, call: &Call<'_>) -> Sent {
        self.0.step("call");
        let sent = self.0.inner().exchange(call);
        self.0.step("call");
        sent
    }
}

/// What the network makes of a request.
struct Course {
    /// It reaches the platform, so often.
    delivered: u32,
    /// It reaches the platform only then, when nobody waits any more.
    late: Option<Micros>,
    /// How long the sender waits for what it hears.
    span: Micros,
    /// What the sender hears instead of the platform's answer.
    instead: Option<Sent>,
    /// The first of two answers is heard, not the second.
    first_answer: bool,
    /// What it is called, to be counted once the platform has really done what it was asked.
    once_done: Option<Fault>,
}

fn lost(why: &str) -> Sent {
    Sent::Lost { why: why.to_owned(), http_status: None }
}

fn page(http_status: u16, body: &str) -> Sent {
    Sent::Answer { http_status, body: body.as_bytes().to_vec() }
}

fn refusal(code: i64, text: &str) -> Sent {
    page(200, &json!({"errcode": code, "errmsg": format!("{text} rid: 0-0-0")}).to_string())
}

impl Inner {
    /// One request, from leaving to what its sender hears.
    fn exchange(&mut self, call: &Call<'_>) -> Sent {
        self.land();
        let endpoint = call.endpoint;
        let body = call.payload.json().map(Value::to_string);
        let poi_id = call.payload.json().and_then(|body| body["poi_id"].as_str()).map(str::to_owned);
        let left = self.t;
        let begun = self.errand.unwrap_or(left);
        let intents = poi_id.as_deref().map_or(0, |id| self.intents(id));
        let truth = poi_id.as_deref().and_then(|id| self.truth(id));
        let place = self.seen.len();
        let told = Told::Nothing;
        let (run, text) = (self.run, body.clone().unwrap_or_default());
        let seen = Seen {
            run,
            endpoint,
            poi_id,
            body: text,
            begun,
            left,
            heard: left,
            told,
            shown: Vec::new(),
            intents,
            truth,
        };
        self.seen.push(seen);
        if let Some(refused) = self.refuse_connection(endpoint) {
            self.t += 1_000;
            self.seen[place].told = Told::NotConnected;
            self.seen[place].heard = self.t;
            return refused;
        }
        let pairs = call.secrets.iter().map(|(key, secret)| format!("{key}={}", secret.expose()));
        let plain = call.plain.iter().map(|(key, value)| format!("{key}={value}"));
        let query = pairs.chain(plain).collect::<Vec<_>>().join("&");
        let course = self.course(endpoint);
        let there = self.dice.between(2_000, 40_000);
        self.advance_to(left + there);
        let mut answer = None;
        for n in 0..course.delivered {
            let now = self.true_stamp();
            if endpoint.is_write() {
                self.remember(self.t);
            }
            let given = self.platform.answer(now, endpoint, &query, body.as_deref());
            if let Some(fault) = course.once_done.filter(|_| given.changed) {
                self.faults.happened(fault);
            }
            if n == 0 || !course.first_answer {
                answer = Some(Sent::Answer { http_status: given.http_status, body: given.body.into_bytes() });
            }
        }
        if let (Some(due), Some(body)) = (course.late, body) {
            let run = self.run;
            self.transits.push(Transit { due, run, endpoint, query, body });
        }
        let answer = course.instead.or(answer).unwrap_or(Sent::Lost { why: "lost".to_owned(), http_status: None });
        let answer = self.distort(endpoint, call.payload.json(), answer);
        self.advance_to(left + course.span.max(there));
        self.hear(place, &answer);
        answer
    }

    fn refuse_connection(&mut self, endpoint: Endpoint) -> Option<Sent> {
        let refused = |why: &str| Some(Sent::NotConnected(why.to_owned()));
        if self.faults.active && self.t < self.outage_until {
            return refused("no route");
        }
        let mut dice = self.dice.clone();
        let found = [Fault::ConnectRefused, Fault::Outage].into_iter().find(|fault| match fault {
            // Seldom enough that the rest of the run has its faults, too.
            Fault::Outage => self.faults.falls(*fault, &mut dice) && dice.below(6) == 0,
            _ => self.faults.falls(*fault, &mut dice),
        });
        self.dice = dice;
        let fault = found.filter(|_| !matches!(endpoint, Endpoint::StableToken))?;
        self.faults.happened(fault);
        if fault == Fault::Outage {
            self.outage_until = self.t + self.dice.between(1_000_000, 60_000_000);
        }
        refused("refused")
    }

    fn would_fall(&mut self, fault: Fault) -> bool {
        let mut dice = self.dice.clone();
        let falls = self.faults.falls(fault, &mut dice);
        self.dice = dice;
        falls
    }

    fn falls(&mut self, fault: Fault) -> bool {
        let falls = self.would_fall(fault);
        if falls {
            self.faults.happened(fault);
        }
        falls
    }

    fn course(&mut self, endpoint: Endpoint) -> Course {
        let span = self.dice.between(5_000, 90_000);
        let calm = || Course { delivered: 1, late: None, span, instead: None, first_answer: false, once_done: None };
        let never = |instead| Course { delivered: 0, instead: Some(instead), ..calm() };
        let after = |instead| Course { instead: Some(instead), ..calm() };
        if endpoint == Endpoint::StableToken {
            return if self.falls(Fault::TokenServerDown) { never(lost("reset")) } else { calm() };
        }
        if endpoint == Endpoint::GetMerchantAuditInfo && self.falls(Fault::AccountRefused) {
            return never(refusal(40164, "invalid ip 1.2.3.4, not in whitelist"));
        }
        let for_all = [
            Fault::LostBefore,
            Fault::PageBefore,
            Fault::GatewayBefore,
            Fault::BusyBefore,
            Fault::Throttled,
            Fault::TooMany,
            Fault::TokenExpired,
            Fault::LostAfter,
            Fault::TimedOutBefore,
            Fault::TimedOutAfter,
            Fault::TruncatedAfter,
            Fault::GatewayAfter,
            Fault::EmptyAfter,
            Fault::NoErrcodeAfter,
            Fault::SlowAnswer,
        ];
        let for_writes = [
            Fault::BusyAfter,
            Fault::QuotaSpent,
            Fault::UnknownCode,
            Fault::LateApply,
            Fault::DeliveredTwice,
            Fault::DuplicateBehind,
        ];
        let kinds: &[&[Fault]] = if endpoint.is_write() { &[&for_all, &for_writes] } else { &[&for_all] };
        let kinds: Vec<Fault> = kinds.iter().flat_map(|kinds| kinds.iter().copied()).collect();
        let Some(fault) = kinds.into_iter().find(|fault| self.would_fall(*fault)) else { return calm() };
        let is_after = matches!(
            fault,
            Fault::LostAfter
                | Fault::TimedOutAfter
                | Fault::TruncatedAfter
                | Fault::GatewayAfter
                | Fault::EmptyAfter
                | Fault::NoErrcodeAfter
                | Fault::SlowAnswer
                | Fault::BusyAfter
                | Fault::DeliveredTwice
                | Fault::DuplicateBehind
        );
        // A late one is counted where it lands.
        if !is_after && fault != Fault::LateApply {
            self.faults.happened(fault);
        }
        let course = self.course_of(fault, span, calm, never, after);
        Course { once_done: is_after.then_some(fault), ..course }
    }

    fn course_of(
        &mut self,
        fault: Fault,
        span: Micros,
        calm: impl Fn() -> Course,
        never: impl Fn(Sent) -> Course,
        after: impl Fn(Sent) -> Course,
    ) -> Course {
        match fault {
            Fault::LostBefore => never(lost("reset")),
            Fault::PageBefore => never(page(404, "<html>404 Not Found</html>")),
            Fault::GatewayBefore => never(page(502, "<html>502 Bad Gateway</html>")),
            Fault::BusyBefore => never(refusal(-1, "system error")),
            Fault::Throttled => never(refusal(45011, "api minute-quota reach limit")),
            Fault::TooMany => never(page(429, "<html>429</html>")),
            Fault::TokenExpired => never(refusal(42001, "access_token expired")),
            Fault::LostAfter => after(lost("reset")),
            Fault::TimedOutBefore => Course { span: TIMEOUT, ..never(lost("timed out")) },
            Fault::TimedOutAfter => Course { span: TIMEOUT, ..after(lost("timed out")) },
            Fault::TruncatedAfter => after(page(200, "{\"errcode\":0,\"err")),
            Fault::GatewayAfter => after(page(502, "<html>502 Bad Gateway</html>")),
            Fault::EmptyAfter => after(page(200, "")),
            Fault::NoErrcodeAfter => after(page(200, "{}")),
            Fault::SlowAnswer => Course { span: span + self.dice.between(1_000_000, 12_000_000), ..calm() },
            Fault::BusyAfter => after(refusal(-1, "system error")),
            Fault::QuotaSpent => never(refusal(45009, "reach max api daily quota limit")),
            Fault::UnknownCode => never(refusal(87_654, "something new")),
            Fault::LateApply => {
                let due = self.t + self.dice.between(50_000, self.lag_max);
                Course { late: Some(due), ..never(lost("reset")) }
            }
            Fault::DeliveredTwice => Course { delivered: 2, ..calm() },
            _ => Course { delivered: 2, first_answer: true, ..calm() },
        }
    }

    /// What the answer of a read looks like in the end.
    fn distort(&mut self, endpoint: Endpoint, form: Option<&Value>, answer: Sent) -> Sent {
        let Sent::Answer { http_status, body } = answer else { return answer };
        let keep = |body: Vec<u8>| Sent::Answer { http_status, body };
        if self.mutant == Some(Mutant::PageIsDone) && endpoint.is_write() && (400..500).contains(&http_status) {
            return Sent::Answer { http_status: 200, body: b"{\"errcode\":0}".to_vec() };
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(&body) else { return keep(body) };
        if http_status != 200 || value["errcode"].as_i64().is_some_and(|code| code != 0) {
            return keep(body);
        }
        let form = form.cloned().unwrap_or_default();
        match endpoint {
            Endpoint::Getpoi => self.distort_key(&form, &mut value),
            Endpoint::Getpoilist => self.distort_list(&form, &mut value),
            _ => return keep(body),
        }
        keep(value.to_string().into_bytes())
    }

    /// The answer as it would have been a while ago, where it was another one then.
    fn lag(&mut self, fault: Fault, endpoint: Endpoint, form: &Value, value: &mut Value) {
        if !self.would_fall(fault) {
            return;
        }
        let (at, past) = self.earlier();
        let at = Stamp(BEGIN_MS + i64::try_from(at / 1_000).unwrap());
        if let Ok(shown) = past.peek(at, endpoint, form)
            && shown != *value
        {
            *value = shown;
            self.faults.happened(fault);
        }
    }

    fn distort_key(&mut self, form: &Value, value: &mut Value) {
        let poi_id = form["poi_id"].as_str().unwrap_or_default().to_owned();
        if self.mutant == Some(Mutant::AbsentIsVanished) && !self.last_pages.contains(&poi_id) {
            *value = json!({"errcode": 65115, "errmsg": "poi_id is not exist"});
            return;
        }
        self.lag(Fault::LaggingKey, Endpoint::Getpoi, form, value);
        let info = &mut value["business"]["base_info"];
        if self.falls(Fault::OtherStore) {
            info["poi_id"] = json!("999999999");
        } else if self.falls(Fault::NoUpgradeFields)
            && let Some(info) = info.as_object_mut()
        {
            info.remove("upgrade_status");
            info.remove("upgrade_comment");
        }
    }

    fn distort_list(&mut self, form: &Value, value: &mut Value) {
        let begin = form["begin"].as_u64().unwrap_or(0);
        if self.faults.active && self.t < self.closed_until {
            *value = json!({"errcode": 48001, "errmsg": "api unauthorized"});
            return;
        }
        self.lag(Fault::LaggingList, Endpoint::Getpoilist, form, value);
        let total = value["total_count"].as_u64().or_else(|| value["total_count"].as_str()?.parse().ok());
        let total = total.unwrap_or(0);
        if begin == 0 && self.falls(Fault::ListEmpty) {
            *value = json!({"business_list": [], "total_count": 0});
        } else if begin == 0 && self.falls(Fault::ListClosed) {
            self.closed_until = self.t + self.dice.between(10_000, 20_000_000);
            *value = json!({"errcode": 48001, "errmsg": "api unauthorized"});
            return;
        } else if begin > 0 && self.falls(Fault::ListShifts) {
            if let Some(list) = value["business_list"].as_array_mut().filter(|list| list.len() > 1) {
                list.remove(0);
            }
        } else if begin > 0 && self.falls(Fault::ListCountFlaps) {
            value["total_count"] = json!(total + 1);
        }
        self.omit(begin, total, value);
        let ids = value["business_list"].as_array().into_iter().flatten();
        let ids: Vec<String> =
            ids.filter_map(|store| store["base_info"]["poi_id"].as_str()).map(str::to_owned).collect();
        if begin == 0 {
            self.last_pages.clear();
        }
        self.last_pages.extend(ids);
    }

    /// For a while one of the last stores is missing, and the count agrees.
    fn omit(&mut self, begin: u64, total: u64, value: &mut Value) {
        let now = self.t;
        self.omitted.retain(|_, until| *until > now);
        if !self.faults.active {
            self.omitted.clear();
        }
        if begin == 0 && self.omitted.is_empty() && self.falls(Fault::ListOmits) {
            // The last one, so that the other pages agree.
            let last = self.platform.peek(
                self.true_stamp(),
                Endpoint::Getpoilist,
                &json!({"begin": total.saturating_sub(1), "limit": 1}),
            );
            let last =
                last.ok().and_then(|list| list["business_list"][0]["base_info"]["poi_id"].as_str().map(str::to_owned));
            self.omitted.extend(last.map(|id| (id, now + 3_000_000)));
        }
        let omitted = &self.omitted;
        if omitted.is_empty() || total == 0 {
            return;
        }
        value["total_count"] = json!(total - 1);
        if let Some(list) = value["business_list"].as_array_mut() {
            list.retain(|store| !store["base_info"]["poi_id"].as_str().is_some_and(|id| omitted.contains_key(id)));
        }
    }

    /// Writes down what the sender heard.
    fn hear(&mut self, place: usize, answer: &Sent) {
        let heard = self.t;
        let seen = &mut self.seen[place];
        seen.heard = heard;
        let Sent::Answer { http_status, body } = answer else { return };
        if *http_status != 200 {
            seen.told = Told::Page(*http_status);
            return;
        }
        let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
        let code = value["errcode"].as_i64();
        if seen.endpoint.is_write() {
            if let Some(code) = code {
                seen.told = Told::Code(code);
            }
            return;
        }
        seen.told = Told::Code(code.unwrap_or(0));
        let status = |info: &Value| {
            let status = &info["upgrade_status"];
            let text = status.as_str().map(str::to_owned);
            Some((info["poi_id"].as_str()?.to_owned(), text.or_else(|| status.as_i64().map(|n| n.to_string()))?))
        };
        seen.shown = match seen.endpoint {
            Endpoint::Getpoi => status(&value["business"]["base_info"]).into_iter().collect(),
            Endpoint::Getpoilist => {
                let list = value["business_list"].as_array();
                list.into_iter().flatten().filter_map(|store| status(&store["base_info"])).collect()
            }
            _ => Vec::new(),
        };
    }
}
