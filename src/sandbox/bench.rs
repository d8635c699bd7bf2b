//! A workbench for tests: a platform with a few stores, and someone who asks it things.

use serde_json::{Value, json};

use super::effect::Entry;
use super::platform::{Platform, Rules};
use super::request::{File, Method, Request};
use super::{Scenario, Settings};
use crate::store::{LegacyStore, PoiId, UpgradeStatus};
use crate::wire::json;

/// A platform with the stores 0 to 6, of these statuses: 0, 1, 2, 3, 4, none, 9.
pub struct Bench {
    /// The platform.
    pub platform: Platform,
    /// The token that requests carry.
    pub token: String,
}

impl Bench {
    /// A platform in this scenario, and a token.
    pub fn new(scenario: &str) -> Self {
        let scenario = Scenario::from_toml(scenario).unwrap();
        let mut platform = Platform::new(Rules::new(&Settings { scenario, ..Settings::default() }));
        let stores = ["0", "1", "2", "3", "4", "", "9"].into_iter().enumerate().map(|(n, status)| LegacyStore {
            poi_id: PoiId::new(&n.to_string()),
            upgrade_status: UpgradeStatus::parse(status),
            ..LegacyStore::default()
        });
        platform.load(&stores.collect::<Vec<_>>(), 0);
        Self { platform, token: String::new() }.signed_in()
    }

    /// The same with a token asked for at the beginning.
    pub fn signed_in(self) -> Self {
        self.signed_in_at(0)
    }

    /// The same with a token asked for at `now`.
    pub fn signed_in_at(mut self, now: i64) -> Self {
        let form = json!({"grant_type": "client_credential", "appid": "wx1", "secret": "s"});
        if let Some(token) = self.ask(now, "/cgi-bin/stable_token", &form)["access_token"].as_str() {
            self.token = token.to_owned();
        }
        self
    }

    /// Sends a request and applies what it comes to.
    pub fn send(&mut self, now: i64, method: Method, path: &str, body: &str) -> Value {
        let query = format!("access_token={}", self.token);
        self.take(now, &Request::new(method, path, &query, body.as_bytes()))
    }

    /// Posts something to a path with parameters of its own.
    pub fn send_to(&mut self, now: i64, path: &str, query: &str, body: &str) -> Value {
        self.take(now, &Request::new(Method::Post, path, query, body.as_bytes()))
    }

    fn take(&mut self, now: i64, request: &Request) -> Value {
        let turn = self.platform.turn(now, request);
        self.platform.apply(Entry::Call(turn.entry));
        json::parse(turn.reply.body.as_bytes()).unwrap_or_default()
    }

    /// Uploads a file; `path` is what stands behind `cgi-bin/media/`.
    pub fn upload(&mut self, now: i64, path: &str, bytes: &[u8]) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let (path, query) = (format!("/cgi-bin/media/{path}"), format!("access_token={}&{query}", self.token));
        let file = Some(File { bytes: bytes.to_vec() });
        self.take(now, &Request::with_file(Method::Post, &path, &query, file))
    }

    /// Posts a form.
    pub fn ask(&mut self, now: i64, path: &str, form: &Value) -> Value {
        self.send(now, Method::Post, path, &form.to_string())
    }

    /// The errcode that a form gets.
    pub fn code(&mut self, now: i64, path: &str, form: &Value) -> i64 {
        self.ask(now, path, form)["errcode"].as_i64().unwrap_or(0)
    }
}

/// Paths.
pub const LIST: &str = "/cgi-bin/poi/getpoilist";
pub const GET: &str = "/cgi-bin/poi/getpoi";
pub const DELETE: &str = "/cgi-bin/poi/delpoi";
pub const QUOTA: &str = "/cgi-bin/openapi/quota/get";
