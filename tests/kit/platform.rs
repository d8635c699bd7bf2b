//! The simulated platform as a process of its own: `poilift sandbox`.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use super::{Going, House, net, until};

/// A running `poilift sandbox`; killed on drop.
pub struct Platform {
    process: Going,
    addr: SocketAddr,
}

/// One line of its log of calls.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub at_ms: f64,
    pub endpoint: String,
    /// The store that it was about.
    pub poi_id: Option<String>,
    pub errcode: Option<i64>,
    /// It changed the store.
    pub effect: bool,
}

impl Platform {
    /// Loaded with the usual list; all reviews pass, after a quarter of a second.
    pub fn start(house: &House, flags: &str) -> Self {
        Self::loaded(house, super::STORES, flags)
    }

    /// Loaded with this file.
    pub fn loaded(house: &House, file: &str, flags: &str) -> Self {
        if flags.contains("--scenario") {
            Self::run(house, file, flags)
        } else {
            Self::behaving(house, file, "", flags)
        }
    }

    /// Behaving as this scenario (TOML) says; unless it says otherwise all reviews pass.
    pub fn with_scenario(house: &House, scenario: &str, flags: &str) -> Self {
        Self::behaving(house, super::STORES, scenario, flags)
    }

    /// Loaded with this file, and behaving as this scenario says.
    pub fn loaded_with(house: &House, file: &str, scenario: &str, flags: &str) -> Self {
        Self::behaving(house, file, scenario, flags)
    }

    fn behaving(house: &House, file: &str, scenario: &str, flags: &str) -> Self {
        let path = house.root().join("scenario.toml");
        let reviews = if scenario.contains("review_fail_share") { "" } else { "review_fail_share = 0\n" };
        std::fs::write(&path, format!("{reviews}{scenario}")).unwrap();
        Self::run(house, file, &format!("--scenario {} {flags}", path.display()))
    }

    fn run(house: &House, file: &str, flags: &str) -> Self {
        let review_time = if flags.contains("--review-time") { "" } else { "--review-time 250ms" };
        let process = house.poilift(&format!("sandbox --load {file} {flags} {review_time}")).start();
        let mut platform = Self { process, addr: SocketAddr::from(([127, 0, 0, 1], 0)) };
        platform.addr = until("the sandbox's address", Duration::from_secs(30), || platform.listening());
        platform
    }

    fn listening(&mut self) -> Option<SocketAddr> {
        let said = self.process.stdout_so_far();
        if let Some(line) = said.split_once('\n').map(|(line, _)| line) {
            return Some(line.strip_prefix("listening http://").unwrap_or_else(|| panic!("{line}")).parse().unwrap());
        }
        assert!(self.process.is_running(), "the sandbox ended before it listened");
        None
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn stats(&self) -> Value {
        serde_json::from_str(&net::get(self.addr, "/_sandbox/stats")).unwrap()
    }

    /// Requests that write, of all kinds.
    pub fn writes(&self) -> u64 {
        self.stats()["writes"].as_u64().unwrap()
    }

    /// Requests of one endpoint.
    pub fn requests(&self, endpoint: &str) -> u64 {
        self.stats()["endpoints"][endpoint]["requests"].as_u64().unwrap_or(0)
    }

    /// Requests of one verb for one store, and how many of them changed it.
    pub fn of_store(&self, poi_id: &str, verb: &str) -> (u64, u64) {
        let counts = &self.stats()["stores"][poi_id][verb];
        (counts["requests"].as_u64().unwrap_or(0), counts["effects"].as_u64().unwrap_or(0))
    }

    pub fn calls(&self) -> Vec<Arrival> {
        arrivals(self.addr)
    }

    /// Ends it: from now on nobody listens there.
    pub fn stop(&mut self) {
        self.process.kill();
    }
}

/// The log of calls of the simulated platform that listens here.
pub fn arrivals(addr: SocketAddr) -> Vec<Arrival> {
    let arrival = |line: &str| {
        let call: Value = serde_json::from_str(line).unwrap();
        Arrival {
            at_ms: call["arrived_at_ms"].as_f64().unwrap(),
            endpoint: call["endpoint"].as_str().unwrap_or_default().to_owned(),
            poi_id: call["poi_id"].as_str().map(str::to_owned),
            errcode: call["errcode"].as_i64(),
            effect: call["effect"] == true,
        }
    };
    net::get(addr, "/_sandbox/calls").lines().map(arrival).collect()
}
