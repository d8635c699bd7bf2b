//! Many calls of all kinds while everything goes wrong, and what must hold after them: nothing is lost on the way through
//! the state file.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bench::Bench;
use super::effect::{Effect, Entry};
use super::platform::{Platform, Rules};
use super::push::PushEntry;
use super::request::{File, Method, Request};
use super::stats::stats;
use crate::wire::Endpoint;

/// Everything the storm's calls may ask for, in one form. Every other round the stores are new ones.
fn form(n: usize, endpoint: Endpoint, media_id: &str) -> String {
    use Endpoint::{AddStore, DelStore, GetStoreInfo, StorewxaGet, StorewxaSet, UpdateStore};
    let (old, here) = ((n % 8).to_string(), (4_700_000_000 + n % 12).to_string());
    let poi_id = match endpoint {
        // For a while nothing goes, so that there is something to submit and to change.
        Endpoint::Delpoi | DelStore if n < 1500 => "99".to_owned(),
        AddStore if n / 184 % 2 == 1 => String::new(),
        UpdateStore | DelStore | GetStoreInfo | StorewxaGet | StorewxaSet => here,
        _ => old,
    };
    let pic_list = json!({ "list": [format!("http://a{}", n / 500)] }).to_string();
    json!({
        "poi_id": poi_id, "map_poi_id": n.to_string(), "contract_phone": "1", "hour": "09:00-21:00",
        "credential": n.to_string(), "pic_list": pic_list, "card_id": if endpoint == StorewxaSet { "p1" } else { "" },
        "grant_type": "client_credential", "appid": "wx1", "secret": "s", "keyword": "店", "districtid": "440105",
        "first_catid": 278, "second_catid": 279, "headimg_mediaid": media_id, "nickname": "龙涤小区", "intro": "介绍",
        "name": "龙涤小区", "longitude": "113.3", "latitude": "23.1", "province": "广东省", "city": "广州市",
        "district": "海珠区", "address": "怡安路", "category": "美食:中餐厅", "telephone": "020-1", "photo": "http://p",
        "license": "http://l", "introduct": "x",
    })
    .to_string()
}

/// What the storm behaves like: everything goes wrong a little, nothing is applied for yet, somebody listens.
fn stormy() -> String {
    let hostile = include_str!("scenarios/hostile.toml").replace("share = 0.0", "share = 0.");
    format!("merchant_status = 0\n{hostile}\n[push]\nurl = \"http://127.0.0.1:9/\"\ntwice = 0.2\nlost = 0.2\n")
}

/// Many calls of all kinds, in a scenario where everything goes wrong; also all entries that they came to.
fn storm() -> (Bench, Vec<Entry>) {
    let (mut bench, mut media_id) = (Bench::new(&stormy()), String::new());
    let mut entries: Vec<Entry> = bench.platform.entries().collect();
    let mut apply = |bench: &mut Bench, entry: Entry| {
        entries.push(entry.clone());
        bench.platform.apply(entry);
    };
    for n in 0..6000_usize {
        let now = i64::try_from(n).unwrap() * 10;
        let endpoint = Endpoint::ALL[22 - n / 8 % 23];
        let query = format!("access_token={}&type=image&grant_type=client_credential&appid=wx1&secret=s", bench.token);
        let method = if endpoint == Endpoint::Token { Method::Get } else { Method::Post };
        let body = form(n, endpoint, &media_id);
        let request = match endpoint {
            Endpoint::MediaUpload => {
                let bytes = b"\xff\xd8\xff\xe0 and so on".to_vec();
                Request::with_file(method, endpoint.path(), &query, Some(File { bytes }))
            }
            // Somebody else still uses the old store management.
            Endpoint::Getpoi if n % 2 == 0 => {
                let body =
                    json!({"business": {"base_info": {"poi_id": (n % 8).to_string(), "telephone": n.to_string()}}});
                Request::new(method, "/cgi-bin/poi/updatepoi", &query, body.to_string().as_bytes())
            }
            _ => Request::new(method, endpoint.path(), &query, body.as_bytes()),
        };
        let turn = bench.platform.turn(now, &request);
        if let Ok(answer) = serde_json::from_str::<Value>(&turn.reply.body) {
            bench.token = answer["access_token"].as_str().map_or(bench.token, str::to_owned);
            media_id = answer["media_id"].as_str().map_or(media_id, str::to_owned);
        }
        apply(&mut bench, Entry::Call(turn.entry));
        while let Some(late) = bench.platform.due(now) {
            apply(&mut bench, Entry::Late(late));
        }
        let due = bench.platform.mail.due(now).first().map(|push| push.number);
        if let Some(number) = due.filter(|_| n % 3 == 0) {
            apply(&mut bench, Entry::Push(PushEntry { number, at: now, answered: n % 2 == 0 }));
        }
    }
    (bench, entries)
}

#[test]
fn the_storm_brings_about_every_kind_of_change() {
    let (bench, entries) = storm();
    let effects = entries.iter().flat_map(|entry| match entry {
        Entry::Call(call) => call.effects.clone(),
        Entry::Late(late) => late.effect.clone().into_iter().collect(),
        Entry::Store(_) | Entry::Snapshot(_) | Entry::Push(_) => Vec::new(),
    });
    let word = |effect: Effect| serde_json::to_value(effect).unwrap().as_object().unwrap().keys().next().cloned();
    let words: BTreeSet<String> = effects.filter_map(word).collect();
    let expected = [
        "added",
        "applied",
        "card_set",
        "deferred",
        "deleted",
        "granted",
        "merchant_changed",
        "old_changed",
        "point_wanted",
        "removed",
        "submitted",
        "token_ended",
        "updated",
        "uploaded",
    ];
    assert_eq!(words.into_iter().collect::<Vec<_>>(), expected);
    assert!(bench.platform.mail.answered > 0 && bench.platform.mail.given_up > 0);
}

/// The state of a new platform once the entries, as they are written, are applied.
fn replayed(rules: Rules, entries: &[Entry]) -> Vec<Value> {
    let mut platform = Platform::new(rules);
    for entry in entries {
        let line = serde_json::to_string(entry).unwrap();
        platform.apply(serde_json::from_str(&line).unwrap());
    }
    written(&platform)
}

fn written(platform: &Platform) -> Vec<Value> {
    platform.entries().map(|entry| serde_json::to_value(entry).unwrap()).collect()
}

#[test]
fn what_was_written_makes_the_same_platform_again() {
    let (Bench { platform, .. }, entries) = storm();
    let compacted: Vec<Entry> = platform.entries().collect();
    assert!(replayed(platform.rules.clone(), &entries) == written(&platform), "from every single entry");
    assert!(replayed(platform.rules.clone(), &compacted) == written(&platform), "from the file as it begins anew");
}

#[test]
fn a_store_is_changed_at_most_as_often_as_that_was_asked_for() {
    let (bench, _) = storm();
    let stats = stats(&bench.platform, 20_000);
    for (poi_id, store) in stats["stores"].as_object().unwrap() {
        assert!(store["delpoi"]["effects"].as_u64() <= Some(1), "{poi_id}");
        assert!(store["add_store"]["effects"].as_u64() <= store["add_store"]["requests"].as_u64(), "{poi_id}");
    }
    for endpoint in [Endpoint::AddStore, Endpoint::Delpoi] {
        assert!(bench.platform.tally.endpoints[&endpoint].effects > 0, "{endpoint}");
    }
}
