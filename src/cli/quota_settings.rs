//! `[quota]` and `reset_utc_offset`, brought from what is written to what is meant.

use super::failure::Failure;
use crate::config::{self, ConfigError, Environment, File};
use crate::engine::{QuotaRules, Reserve};
use crate::store::PlatformDay;
use crate::wire::Endpoint;

/// A limit beyond this is a slip of the finger.
const LIMIT_MAX: u64 = 1_000_000_000;

/// What the configuration says of quotas.
pub fn quota_rules(file: &File, environment: &Environment<'_>) -> Result<QuotaRules, Failure> {
    let offset = file.reset_utc_offset.clone().map(|offset| (offset, file.origin_of("reset_utc_offset")));
    let offset = config::chosen(None, ("POILIFT_RESET_UTC_OFFSET", environment), offset);
    let day = match offset {
        None => PlatformDay::default(),
        Some((value, origin)) => match value.parse() {
            Ok(day) => day,
            Err(error) => return Err(bad("reset_utc_offset", value, origin, &error)),
        },
    };
    let mut rules = QuotaRules { day, ..QuotaRules::default() };
    for (key, value) in &file.quota {
        if key == "reserve" {
            rules.reserve = reserve(value)?;
        } else {
            let endpoint = Endpoint::from_key(key).filter(|endpoint| *endpoint != Endpoint::QuotaGet);
            let endpoint = endpoint.ok_or_else(|| field(key, "is no endpoint whose calls are counted by the day"))?;
            rules.limits.insert(endpoint, limit(key, value)?);
        }
    }
    let eaten = rules.limits.iter().find(|(_, limit)| rules.reserve.of(**limit) >= **limit);
    match eaten {
        Some((endpoint, _)) => Err(field(endpoint.key(), "is no more than the reserve: nothing could ever be sent")),
        None => Ok(rules),
    }
}

fn reserve(value: &toml::Value) -> Result<Reserve, Failure> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().map_err(|error| bad("quota.reserve", text.clone(), "poilift.toml".to_owned(), &error))
}

/// `5000`, or `"5000/d"`.
fn limit(key: &str, value: &toml::Value) -> Result<u64, Failure> {
    let number = match value {
        toml::Value::Integer(calls) => u64::try_from(*calls).ok(),
        toml::Value::String(text) => text.trim().strip_suffix("/d").and_then(|calls| calls.trim().parse().ok()),
        _ => None,
    };
    number
        .filter(|calls| (1..=LIMIT_MAX).contains(calls))
        .ok_or_else(|| field(key, "is no number of calls a day such as 5000 or \"5000/d\""))
}

fn field(key: &str, why: &'static str) -> Failure {
    ConfigError::Field { table: "quota", key: key.to_owned(), why }.into()
}

fn bad(key: &'static str, value: String, origin: String, error: &dyn std::error::Error) -> Failure {
    ConfigError::Value { key, value, origin, why: error.to_string() }.into()
}
