//! How often a read is made, what its answer says about the pace, and when the platform counts as answering.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;
use crate::store::{PoiId, SetClock, Stamp, Time as _};

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
