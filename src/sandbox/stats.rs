//! `GET /_sandbox/stats`: what came and what it did, per endpoint and store.

use serde_json::{Map, Value, json};

use super::platform::Platform;
use crate::wire::Endpoint;

/// The counts as JSON, with every store's status at `now`. Stores that the platform never had are listed once something
/// was asked of them, without a status.
pub fn stats(platform: &Platform, now: i64) -> Value {
    let tally = &platform.tally;
    let counts = |(endpoint, counts): (&Endpoint, _)| (endpoint.key().to_owned(), json!(counts));
    let endpoints: Map<String, Value> = tally.endpoints.iter().map(counts).collect();
    let mut stores = Map::new();
    for store in platform.book.all().iter().filter(|store| !store.fresh) {
        let counts = tally.stores.get(&store.poi_id).copied().unwrap_or_default();
        let mut line = json!(counts);
        line["upgrade_status"] = Value::from(store.status(now).code());
        line["deleted"] = Value::from(store.deleted);
        stores.insert(store.poi_id.clone(), line);
    }
    for (poi_id, counts) in &tally.stores {
        if !stores.contains_key(poi_id) {
            let mut line = json!(counts);
            if let Some(shop) = platform.book.shop(poi_id, now) {
                line["status"] = Value::from(shop.status(now));
            }
            stores.insert(poi_id.clone(), line);
        }
    }
    let writes: u64 = Endpoint::ALL.into_iter().filter(|endpoint| endpoint.is_write()).map(|e| tally.requests(e)).sum();
    let mail = &platform.mail;
    let pushes = json!({"waiting": mail.waiting(), "answered": mail.answered, "given_up": mail.given_up});
    json!({"requests": tally.seq, "writes": writes, "endpoints": endpoints, "stores": stores, "pushes": pushes})
}
