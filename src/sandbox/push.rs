//! Events that the platform pushes (the document's 事件推送 under sections 2, 7, 8 and 9): which is due when, and how often
//! it is repeated. Nothing here knows how they travel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How often an event is sent again when nobody has answered.
const REPEATS_MAX: u32 = 3;

/// Where events are pushed to, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushTo {
    /// `http://HOST:PORT/…`; only on this machine unless `anywhere` is set. `--push` says it instead.
    #[serde(default)]
    pub url: String,
    /// The word that both sides sign with. Read, never written: the state file begins with the scenario.
    #[serde(default = "default_token", skip_serializing)]
    pub token: String,
    /// The 43 characters of the `EncodingAESKey`; needed unless `mode` is `plain`. Read, never written.
    #[serde(default, skip_serializing)]
    pub aes_key: Option<String>,
    /// The account's appid, which encrypted events name.
    #[serde(default = "default_appid")]
    pub appid: String,
    /// How events are sealed.
    #[serde(default)]
    pub mode: Mode,
    /// How they are written.
    #[serde(default)]
    pub format: Format,
    /// Whether `url` may be on another machine.
    #[serde(default)]
    pub anywhere: bool,
    /// How many events are lost on the way, 0 to 1.
    #[serde(default)]
    pub lost: f64,
    /// How many are sent twice although they were answered, 0 to 1.
    #[serde(default)]
    pub twice: f64,
}

fn default_token() -> String {
    "sandbox".to_owned()
}

fn default_appid() -> String {
    "wx0123456789abcdef".to_owned()
}

impl PushTo {
    /// Plain XML to this address.
    #[must_use]
    pub fn plain(url: String) -> Self {
        Self {
            url,
            token: default_token(),
            aes_key: None,
            appid: default_appid(),
            mode: Mode::Plain,
            format: Format::Xml,
            anywhere: false,
            lost: 0.0,
            twice: 0.0,
        }
    }
}

/// How events are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Not at all.
    #[default]
    Plain,
    /// Both ways in one: the fields, and the sealed event.
    Compatible,
    /// The sealed event alone.
    Encrypted,
}

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// XML.
    #[default]
    Xml,
    /// JSON.
    Json,
}

/// One event: its name, and the fields behind it, in order; numbers are written bare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// `Event`.
    pub name: String,
    /// `CreateTime`, in seconds.
    pub at_s: i64,
    /// The rest.
    pub fields: Vec<(String, Value)>,
}

impl Event {
    /// An event of this moment.
    pub fn new(name: &str, at: i64, fields: &[(&str, Value)]) -> Self {
        let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        Self { name: name.to_owned(), at_s: at / 1000, fields }
    }
}

/// An event that is to be pushed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Push {
    /// Its number, from 1.
    pub number: u64,
    /// When, in milliseconds.
    pub due: i64,
    /// How often it was sent in vain.
    #[serde(default)]
    pub tries: u32,
    /// The event.
    pub event: Event,
}

/// What became of an attempt to push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushEntry {
    /// The push.
    pub number: u64,
    /// When that was known.
    pub at: i64,
    /// Whether somebody answered.
    pub answered: bool,
}

/// All events that are still to be pushed, and how many were.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mail {
    waiting: BTreeMap<u64, Push>,
    /// How many there were, waiting, answered or given up.
    posted: u64,
    /// How many were answered.
    pub answered: u64,
    /// How many were given up after the last repeat.
    pub given_up: u64,
}

impl Mail {
    /// An event is to be pushed at `due`.
    pub fn post(&mut self, due: i64, event: Event) {
        self.posted += 1;
        self.waiting.insert(self.posted, Push { number: self.posted, due, tries: 0, event });
    }

    /// An event is lost on its way, and nobody will ever know.
    pub fn lose(&mut self) {
        self.posted += 1;
    }

    /// The number of the next.
    pub fn next_number(&self) -> u64 {
        self.posted + 1
    }

    /// How many are waiting.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Those whose time has come by `now`, the earliest first.
    pub fn due(&self, now: i64) -> Vec<&Push> {
        let mut due: Vec<&Push> = self.waiting.values().filter(|push| push.due <= now).collect();
        due.sort_by_key(|push| (push.due, push.number));
        due
    }

    /// An attempt has ended. What nobody answered is sent again at once, until the repeats are used up.
    pub fn settle(&mut self, entry: &PushEntry) {
        let Some(push) = self.waiting.get_mut(&entry.number) else { return };
        push.tries += 1;
        push.due = entry.at;
        let over = push.tries > REPEATS_MAX;
        self.answered += u64::from(entry.answered);
        self.given_up += u64::from(!entry.answered && over);
        if entry.answered || over {
            self.waiting.remove(&entry.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        let mut mail = Mail::default();
        mail.post(10, Event::new("add_store_audit_info", 10, &[]));
        mail
    }

    fn ends(mail: &mut Mail, answered: bool) {
        mail.settle(&PushEntry { number: 1, at: 20, answered });
    }

    #[test]
    fn an_event_is_due_at_its_time_and_gone_once_it_is_answered() {
        let mut mail = mail();
        assert!(mail.due(9).is_empty());
        assert_eq!(mail.due(10).len(), 1);
        ends(&mut mail, true);
        assert_eq!((mail.due(99).len(), mail.answered, mail.given_up), (0, 1, 0));
    }

    #[test]
    fn what_nobody_answers_is_sent_four_times_in_all() {
        let mut mail = mail();
        for _ in 0..3 {
            ends(&mut mail, false);
            assert_eq!(mail.due(20).len(), 1);
        }
        ends(&mut mail, false);
        assert_eq!((mail.waiting(), mail.answered, mail.given_up), (0, 0, 1));
    }
}
