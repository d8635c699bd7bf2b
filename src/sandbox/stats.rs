//! `GET /_sandbox/stats`: what came and what it did, per endpoint and store.

use serde_json::{Map, Value, json};

use super::platform::Platform;
use crate::store::Verb;
use crate::wire::Endpoint;

/// The counts as JSON, with every store's status at `now`. Stores that the platform never had are listed once something
/// was asked of them, without a status.
pub fn stats(platform: &Platform, now: i64) -> Value {
    let tally = &platform.tally;
    let counts = |(endpoint, counts): (&Endpoint, _)| (endpoint.key().to_owned(), json!(counts));
    let endpoints: Map<String, Value> = tally.endpoints.iter().map(counts).collect();
    let mut stores = Map::new();
    for store in platform.book.all() {
        let counts = tally.stores.get(&store.poi_id).copied().unwrap_or_default();
        let mut line = json!(counts);
        line["upgrade_status"] = Value::from(store.status(now).code());
        line["deleted"] = Value::from(store.deleted);
        stores.insert(store.poi_id.clone(), line);
    }
    for (poi_id, counts) in &tally.stores {
        if !stores.contains_key(poi_id) {
            stores.insert(poi_id.clone(), json!(counts));
        }
    }
    let writes: u64 = Verb::ALL.into_iter().map(|verb| tally.requests(verb.into())).sum();
    json!({"requests": tally.seq, "writes": writes, "endpoints": endpoints, "stores": stores})
}
