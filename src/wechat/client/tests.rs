//! How often a read is made, what its answer says about the pace, and when the platform counts as answering.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;
use crate::store::{PoiId, SetClock, Stamp, Time as _};
use crate::wire::stores::Update;

/// A platform that gives these answers in turn, and then none.
struct Scripted(Mutex<VecDeque<&'static str>>);

impl Transport for Scripted {
    fn send(&self, _: &Call<'_>) -> Sent {
        match self.0.lock().unwrap().pop_front() {
            Some(body) => Sent::Answer { http_status: 200, body: body.as_bytes().to_vec() },
            None => Sent::Lost { why: "reset".to_owned(), http_status: None },
        }
    }
}

/// A gate that lets everything through, and pays for so many repetitions.
#[derive(Default)]
struct Paying {
    left: Mutex<u32>,
    turns: Mutex<u32>,
    heard: Mutex<Vec<Heard>>,
}

impl Gate for Paying {
    fn turn(&self, _: Endpoint) -> bool {
        *self.turns.lock().unwrap() += 1;
        true
    }

    fn heard(&self, _: Endpoint, _: Stamp, heard: Heard) {
        self.heard.lock().unwrap().push(heard);
    }

    fn may_repeat(&self) -> bool {
        let mut left = self.left.lock().unwrap();
        let pays = *left > 0;
        *left = left.saturating_sub(1);
        pays
    }
}

const READ: &str = r#"{"errcode": 0, "business_list": [], "total_count": 7}"#;
const BUSY: &str = r#"{"errcode": -1, "errmsg": "system error"}"#;
const TOO_MANY: &str = r#"{"errcode": 45011, "errmsg": "api minute-quota reach limit"}"#;
const UNKNOWN_STORE: &str = r#"{"errcode": 65107, "errmsg": "invalid poi"}"#;

fn client(answers: &[&'static str], repetitions: u32, clock: &SetClock) -> (Client, Arc<Paying>) {
    let gate = Arc::new(Paying { left: Mutex::new(repetitions), ..Paying::default() });
    let client = Client::new(
        Box::new(Scripted(Mutex::new(answers.iter().copied().collect()))),
        TokenSource::Given(Secret::new("a-token").unwrap()),
        Arc::clone(&gate) as Arc<dyn Gate>,
        Arc::new(clock.clone()),
        Redactor::default(),
        Box::new(|_| {}),
    );
    (client, gate)
}

#[test]
fn a_read_is_made_five_times_at_most_with_pauses_that_double() {
    let clock = SetClock::default();
    let (client, gate) = client(&[], 100, &clock);
    assert!(matches!(client.store_list_total(), Err(ReadError::Unreachable { tries: 5, .. })));
    assert_eq!((*gate.turns.lock().unwrap(), clock.now()), (5, Stamp(500 + 1_000 + 2_000 + 4_000)));
}

#[test]
fn a_read_that_nobody_pays_for_is_not_repeated_however_long_it_waits() {
    let clock = SetClock::default();
    let (client, gate) = client(&[], 1, &clock);
    assert!(matches!(client.store_list_total(), Err(ReadError::Unreachable { tries: 2, .. })));
    assert_eq!(*gate.turns.lock().unwrap(), 2);
}

#[test]
fn what_an_answer_says_about_the_pace_is_told() {
    let (client, gate) = client(&[BUSY, TOO_MANY, READ], 100, &SetClock::default());
    assert_eq!(client.store_list_total().unwrap(), 7);
    assert_eq!(*gate.heard.lock().unwrap(), [Heard::Busy, Heard::TooMany, Heard::Served]);
}

#[test]
fn any_word_of_the_platforms_own_but_that_it_is_busy_counts_as_an_answer() {
    let poi_id = PoiId::new("400000001").unwrap();
    for (answers, up) in
        [(&[UNKNOWN_STORE][..], true), (&[TOO_MANY], true), (&[BUSY], false), (&["<html>"], false), (&[], false)]
    {
        let (client, gate) = client(answers, 100, &SetClock::default());
        assert_eq!(client.answers(&poi_id), up, "{answers:?}");
        assert_eq!(*gate.turns.lock().unwrap(), 1, "it is asked once");
    }
}

// ---- writes of single commands ----------------------------------------------------------------------------------------

fn update() -> Update {
    Update {
        poi_id: PoiId::new("472671857").unwrap(),
        map_poi_id: None,
        hour: "10:00-21:00".to_owned(),
        contract_phone: "020-89190388".to_owned(),
        pictures: vec!["http://mmbiz.qpic.cn/a/0".to_owned()],
        card_id: String::new(),
    }
}

#[test]
fn a_change_is_one_request_and_its_answer_tells_of_a_review() {
    let answers = [r#"{"errcode": 0, "errmsg": "ok", "data": {"has_audit_id": 1, "audit_id": 1111}}"#];
    let (client, gate) = client(&answers, 100, &SetClock::default());
    let updated = client.update_store(&update()).unwrap();
    assert_eq!((updated.is_reviewed, updated.audit_id.as_deref()), (Some(true), Some("1111")));
    assert_eq!(*gate.turns.lock().unwrap(), 1);
}

#[test]
fn a_refusal_was_certainly_not_done_and_everything_else_is_unknown_after_one_request() {
    const STATE: &str = r#"{"errcode": 65118, "errmsg": "store status is invalid rid: 61725984-6126f6f9-040f19c4"}"#;
    for (answers, is_unknown) in [
        (&[STATE][..], false),
        (&[TOO_MANY], false),
        (&[BUSY], true),
        (&["<html>"], true),
        (&[r#"{"data": {}}"#], true),
        (&[], true),
    ] {
        let (client, gate) = client(answers, 100, &SetClock::default());
        let error = client.update_store(&update()).unwrap_err();
        assert_eq!(matches!(error, ChangeError::Unknown { .. }), is_unknown, "{error}");
        assert_eq!(matches!(error, ChangeError::Refused { .. }), !is_unknown, "{error}");
        assert_eq!(*gate.turns.lock().unwrap(), 1, "{error}");
    }
}

#[test]
fn deletion_failed_is_not_believed_before_the_store_was_read() {
    let (client, _) = client(&[BUSY], 100, &SetClock::default());
    let error = client.del_store(&PoiId::new("472671857").unwrap()).unwrap_err();
    assert!(matches!(error, ChangeError::Unknown { endpoint: Endpoint::DelStore, .. }), "{error}");
}

#[test]
fn what_the_document_forbids_never_asks_for_a_turn() {
    let (client, gate) = client(&[], 100, &SetClock::default());
    let (store, none) = (PoiId::new("472671857").unwrap(), PoiId::new("4.7E+08").unwrap());
    assert!(matches!(client.update_store(&Update { pictures: Vec::new(), ..update() }), Err(ChangeError::Rules(_))));
    assert!(matches!(client.del_store(&none), Err(ChangeError::Rules(_))));
    assert!(matches!(client.set_card(&store, "no card"), Err(ChangeError::Rules(_))));
    assert!(matches!(client.get_card(&none), Err(ReadError::Rules(_))));
    assert!(matches!(client.get_store_list(0, 51), Err(ReadError::Rules(_))));
    assert!(matches!(client.upload_picture(b"<html>"), Err(ReadError::Rules(_))));
    assert_eq!(*gate.turns.lock().unwrap(), 0);
}

// ---- answers without errcode, and what they repeat ----------------------------------------------------------------------

#[test]
fn an_upload_that_was_not_answered_is_made_again_and_a_change_is_not() {
    let png = b"\x89PNG\r\n\x1a\n";
    let (client, gate) = client(&[BUSY, r#"{"url": "http://mmbiz.qpic.cn/a/0"}"#], 100, &SetClock::default());
    assert_eq!(client.upload_picture(png).unwrap(), "http://mmbiz.qpic.cn/a/0");
    assert_eq!(*gate.turns.lock().unwrap(), 2);
}

#[test]
fn a_request_that_is_looked_up_shows_no_token_neither_this_nor_an_earlier_one() {
    let answer = r#"{"errcode": 0, "request": {"invoke_time": 1700000000, "client_ip": "203.0.113.7", "request_body": "a-token",
        "request_url": "/wxa/add_store?access_token=an-earlier-one-123&x=1"}}"#;
    let (client, _) = client(&[answer], 100, &SetClock::default());
    let request = client.rid("61725984-6126f6f9-040f19c4").unwrap();
    assert!(
        !format!("{request:?}").contains("an-earlier-one") && !format!("{request:?}").contains("a-token"),
        "{request:?}"
    );
    assert!(request.request_url.starts_with("/wxa/add_store?access_token="));
}

#[test]
fn what_is_not_as_documented_is_told_with_the_answer_and_what_of_it_is_wrong() {
    let answer = r#"{"errcode": 0, "business_list": {"moved": true}, "echo": "a-token"}"#;
    let (client, _) = client(&[answer; 5], 0, &SetClock::default());
    let error = client.get_store_list(0, 50).unwrap_err().to_string();
    assert!(
        error.starts_with("get_store_list answered something else than documented (no usable business_list): {"),
        "{error}"
    );
    assert!(error.contains(r#"{"moved": true}"#) && !error.contains("a-token"), "{error}");
}
