//! The desk between the network and the platform: it knows the time, writes every change to the state file before its
//! answer leaves, and keeps the log of calls.

use std::collections::HashSet;
use std::io;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::Settings;
use super::answer::Reply;
use super::calls::{Call, CallLog};
use super::effect::Entry;
use super::error::SandboxError;
use super::journal::{Header, Journal};
use super::platform::{Platform, Rules};
use super::push::PushEntry;
use super::request::Request;
use super::seal::Letter;
use super::{page, stats};
use crate::store::{FastClock, LegacyStore};

/// The wall clock, read once: later readings are the monotonic clock's, so that no step of the machine's clock moves
/// a review or an arrival. An accelerated one is read anew each time: its steps matter less than that whoever was given
/// the same words shows the same time.
#[derive(Debug, Clone, Copy)]
struct Clock {
    wall_us: u64,
    start: Instant,
    fast: Option<FastClock>,
}

impl Clock {
    fn new(fast: Option<FastClock>) -> Self {
        Self { wall_us: wall_us(), start: Instant::now(), fast }
    }

    /// Microseconds since 1970 at `moment`.
    fn micros(self, moment: Instant) -> u64 {
        if let Some(fast) = self.fast {
            let ago = u64::try_from(moment.elapsed().as_micros()).unwrap_or(0);
            let ahead = moment.saturating_duration_since(Instant::now());
            let real = wall_us().saturating_sub(ago) + u64::try_from(ahead.as_micros()).unwrap_or(0);
            return u64::try_from(fast.at(i64::try_from(real).unwrap_or(i64::MAX))).unwrap_or(0);
        }
        let elapsed = moment.saturating_duration_since(self.start);
        self.wall_us + u64::try_from(elapsed.as_micros()).unwrap_or(0)
    }

    fn millis(self, moment: Instant) -> i64 {
        i64::try_from(self.micros(moment) / 1000).unwrap_or(i64::MAX)
    }
}

fn wall_us() -> u64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(wall.as_micros()).unwrap_or(0)
}

/// The desk.
#[derive(Debug)]
pub struct Desk {
    platform: Platform,
    journal: Option<Journal>,
    calls: CallLog,
    clock: Clock,
}

impl Desk {
    /// Takes up what the state file holds, adds the stores that are new, and begins the file anew.
    pub fn open(settings: &Settings, stores: &[LegacyStore]) -> Result<Self, SandboxError> {
        let clock = Clock::new(settings.clock);
        let mut platform = Platform::new(Rules::new(settings));
        let Some(path) = &settings.state_file else {
            platform.load(stores, clock.millis(clock.start));
            return Ok(Self { platform, journal: None, calls: CallLog::default(), clock });
        };
        // Held until the new file, which is locked as well, has taken its place.
        let old_file = Journal::read(path, |entry| platform.apply(entry))?;
        platform.load(stores, clock.millis(clock.start));
        let journal = Some(Journal::create(path, &Header::new(settings), platform.entries())?);
        drop(old_file);
        Ok(Self { platform, journal, calls: CallLog::default(), clock })
    }

    /// Answers a request that arrived at `arrived`. An error means that the state file could not be written: nothing
    /// has changed and nothing may be answered.
    pub fn answer(&mut self, request: &Request, arrived: Instant) -> io::Result<Reply> {
        self.settle(arrived)?;
        let turn = self.platform.turn(self.clock.millis(arrived), request);
        #[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 stay below 2^53 until 2255")]
        let arrived_at_ms = self.clock.micros(arrived) as f64 / 1000.0;
        let call = Call::new(&turn, request.method, arrived_at_ms);
        self.commit(Entry::Call(turn.entry))?;
        self.calls.push(call);
        Ok(turn.reply)
    }

    /// Answers a question about the sandbox itself; `None` if it has no such page.
    pub fn about(&mut self, path: &str) -> io::Result<Option<(&'static str, String)>> {
        let now = Instant::now();
        self.settle(now)?;
        let now = self.clock.millis(now);
        Ok(match path {
            "/_sandbox/stats" => Some(("application/json", stats::stats(&self.platform, now).to_string())),
            "/_sandbox/calls" => Some(("application/x-ndjson", self.calls.json_lines())),
            "/" => Some(("text/html; charset=utf-8", page::page(&self.platform, &self.calls, now))),
            _ => None,
        })
    }

    /// The next events that are due and not under way, no more than there is room for, each with its number.
    pub fn letters(&self, under_way: &HashSet<u64>, room: usize) -> Vec<(u64, Letter)> {
        let now = self.clock.millis(Instant::now());
        self.platform.letters(now, under_way, room)
    }

    /// What became of an attempt to push.
    pub fn pushed(&mut self, number: u64, answered: bool) -> io::Result<()> {
        let at = self.clock.millis(Instant::now());
        self.commit(Entry::Push(PushEntry { number, at, answered }))
    }

    /// Applies the late writes whose time has come.
    fn settle(&mut self, moment: Instant) -> io::Result<()> {
        while let Some(late) = self.platform.due(self.clock.millis(moment)) {
            let (seq, took_effect) = (late.seq, late.effect.is_some());
            self.commit(Entry::Late(late))?;
            if took_effect {
                self.calls.took_effect(seq);
            }
        }
        Ok(())
    }

    fn commit(&mut self, entry: Entry) -> io::Result<()> {
        if let Some(journal) = &mut self.journal {
            journal.append(&entry)?;
        }
        self.platform.apply(entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::request::Method;
    use crate::sandbox::scenario::Scenario;
    use crate::store::{PoiId, UpgradeStatus};
    use serde_json::{Value, json};
    use std::time::Duration;

    fn stores() -> Vec<LegacyStore> {
        let store = |n: usize| LegacyStore {
            poi_id: PoiId::new(&n.to_string()),
            upgrade_status: UpgradeStatus::Waiting,
            ..LegacyStore::default()
        };
        (1..=3).map(store).collect()
    }

    fn settings(state: &std::path::Path, scenario: &str) -> Settings {
        let scenario = Scenario::from_toml(scenario).unwrap();
        Settings { state_file: Some(state.to_owned()), scenario, ..Settings::default() }
    }

    fn token(desk: &mut Desk) -> String {
        let query = "grant_type=client_credential&appid=wx1&secret=top-secret";
        let reply = desk.answer(&Request::new(Method::Get, "/cgi-bin/token", query, b""), Instant::now()).unwrap();
        let answer: Value = serde_json::from_str(&reply.body).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    fn delete(desk: &mut Desk, token: &str, poi_id: &str, arrived: Instant) -> Reply {
        let body = json!({ "poi_id": poi_id }).to_string();
        let query = format!("access_token={token}");
        desk.answer(&Request::new(Method::Post, "/cgi-bin/poi/delpoi", &query, body.as_bytes()), arrived).unwrap()
    }

    fn stats(desk: &mut Desk) -> Value {
        serde_json::from_str(&desk.about("/_sandbox/stats").unwrap().unwrap().1).unwrap()
    }

    #[test]
    fn a_restart_finds_exactly_what_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(&folder.path().join("s.jsonl"), "");
        let mut desk = Desk::open(&settings, &stores()).unwrap();
        let token = token(&mut desk);
        assert_eq!(delete(&mut desk, &token, "1", Instant::now()).errcode, Some(0));
        let before = stats(&mut desk);
        drop(desk);
        let mut desk = Desk::open(&settings, &stores()).unwrap();
        assert_eq!(stats(&mut desk), before);
        assert_eq!(delete(&mut desk, &token, "1", Instant::now()).errcode, Some(65116), "and the token is still good");
        drop(desk);
        let mut desk = Desk::open(&settings, &[]).unwrap();
        assert_eq!(stats(&mut desk)["stores"]["1"]["delpoi"], json!({"requests": 2, "effects": 1}));
    }

    #[test]
    fn a_late_write_survives_a_restart_and_is_applied_once() {
        let folder = tempfile::tempdir().unwrap();
        let scenario = "[[faults]]\nendpoint = \"delpoi\"\nkind = \"late_apply\"\ndelay_ms = 60000";
        let settings = settings(&folder.path().join("s.jsonl"), scenario);
        let mut desk = Desk::open(&settings, &stores()).unwrap();
        let token = token(&mut desk);
        delete(&mut desk, &token, "1", Instant::now());
        assert_eq!(stats(&mut desk)["stores"]["1"]["delpoi"], json!({"requests": 1, "effects": 0}));
        drop(desk);
        let mut desk = Desk::open(&settings, &[]).unwrap();
        let later = Instant::now() + Duration::from_secs(61);
        delete(&mut desk, &token, "2", later);
        let stats = stats(&mut desk);
        assert_eq!(stats["stores"]["1"]["delpoi"], json!({"requests": 1, "effects": 1}));
        assert_eq!(stats["endpoints"]["delpoi"], json!({"requests": 2, "ok": 0, "effects": 1}));
    }

    #[test]
    fn no_token_or_secret_reaches_the_file_the_log_or_the_pages() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.jsonl");
        let push = "[push]\nurl = \"http://127.0.0.1:9/\"\ntoken = \"top-secret\"\naes_key = \"top-secret\"\n";
        let echo = &format!("[[faults]]\nkind = \"echo_token\"\nfrom = 3\n{push}");
        let mut desk = Desk::open(&settings(&path, echo), &stores()).unwrap();
        let token = token(&mut desk);
        delete(&mut desk, &token, &token, Instant::now());
        assert!(delete(&mut desk, &token, "1", Instant::now()).body.contains(&token), "the caller does see it");
        let mut kept = std::fs::read_to_string(&path).unwrap();
        for page in ["/", "/_sandbox/stats", "/_sandbox/calls"] {
            kept += &desk.about(page).unwrap().unwrap().1;
        }
        assert!(!kept.contains(&token) && !kept.contains("top-secret"));
    }
}
