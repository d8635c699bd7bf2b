//! The sandbox's page for people: where its stores stand, what was asked of it, and the latest calls. One file
//! without script or anything from elsewhere; it asks for itself again every two seconds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::calls::{Call, CallLog};
use super::platform::Platform;
use crate::store::Stamp;

/// How many of the latest calls are shown.
const CALLS_SHOWN: usize = 50;

const HEAD: &str = include_str!("page.html");

/// The page.
pub fn page(platform: &Platform, calls: &CallLog, now: i64) -> String {
    let mut html = HEAD.to_owned();
    let _ = write!(html, "<p class=now>{}</p>", Stamp(now).rfc3339());
    html += &statuses(platform, now);
    html += &shop(platform, now);
    html += &endpoints(platform);
    html += &latest(calls);
    html += "</main></html>\n";
    html
}

/// The statuses of section 13, what they are called, and the colour that goes with them.
const STATUSES: [(&str, &str, &str); 5] = [
    ("0", "待迁移 waiting", "wait"),
    ("1", "失败 failed", "bad"),
    ("2", "迁移中 in review", "run"),
    ("3", "成功 upgraded", "good"),
    ("4", "禁止迁移 forbidden", "bad"),
];

fn statuses(platform: &Platform, now: i64) -> String {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut deleted = 0_u64;
    for store in platform.book.all().iter().filter(|store| !store.fresh) {
        if store.deleted {
            deleted += 1;
        } else {
            *counts.entry(store.status(now).code().to_owned()).or_default() += 1;
        }
    }
    let mut html = "<section class=cards>".to_owned();
    for (code, name, class) in STATUSES {
        html += &card(counts.remove(code).unwrap_or(0), &format!("{code} {name}"), class);
    }
    html += &card(counts.values().sum(), "其他 other, absent", "wait");
    html += &card(deleted, "已删除 deleted", "wait");
    html + "</section>"
}

/// The store mini-program: where it stands, its stores, its map points, files, and events.
fn shop(platform: &Platform, now: i64) -> String {
    let (_, status, _) = platform.merchant.audit(platform.rules.scenario.merchant_status, now);
    let (word, class) = match status {
        0 => ("未提交审核 not in review", "wait"),
        1 => ("审核成功 approved", "good"),
        2 => ("审核中 in review", "run"),
        3 => ("审核失败 failed", "bad"),
        _ => ("管理员拒绝 refused", "bad"),
    };
    let name = platform.merchant.face().map_or_else(String::new, |(name, intro)| escaped(&format!("{name} · {intro}")));
    let mut counts = [0_u64; 3];
    platform.book.shops(now).for_each(|store| counts[usize::from(store.status(now)) - 1] += 1);
    let points = platform.map.all().len() as u64;
    let mut cards = vec![
        card(counts[0], "已通过门店 approved stores", "good"),
        card(counts[1], "审核中 in review", "run"),
        card(counts[2], "审核失败 failed", "bad"),
        card(points, "申请的地图点 map points asked for", "wait"),
        card(platform.media.all().len() as u64, "临时素材 temporary files", "wait"),
    ];
    if platform.rules.scenario.push.is_some() {
        let mail = &platform.mail;
        cards.push(card(mail.waiting() as u64, "待推送事件 events waiting", "run"));
        cards.push(card(mail.answered, "已回应事件 events answered", "good"));
        cards.push(card(mail.given_up, "已放弃事件 events given up", "bad"));
    }
    let head =
        format!("<h2>门店小程序 Store mini-program: <span class={class}>{word}</span></h2><p class=now>{name}</p>");
    format!("{head}<section class=cards>{}</section>", cards.concat())
}

fn card(count: u64, name: &str, class: &str) -> String {
    format!("<div class=\"card {class}\"><b>{count}</b><span>{name}</span></div>")
}

fn endpoints(platform: &Platform) -> String {
    let mut html = "<h2>接口 Endpoints</h2><table><tr><th>endpoint<th>requests<th>ok<th>effects".to_owned();
    for (endpoint, counts) in &platform.tally.endpoints {
        let (requests, ok, effects) = (counts.requests, counts.ok, counts.effects);
        let _ = write!(html, "<tr><td>{endpoint}<td>{requests}<td>{ok}<td>{effects}");
    }
    html + "</table>"
}

fn latest(calls: &CallLog) -> String {
    let head = "<tr><th>#<th>time<th>call<th>poi_id<th>errcode<th>HTTP<th>effect<th>fault";
    let mut html = format!("<h2>最近调用 Latest calls</h2><table>{head}");
    calls.latest(CALLS_SHOWN).for_each(|call| html += &row(call));
    html + "</table>"
}

fn row(call: &Call) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds are enough for people")]
    let time = Stamp(call.arrived_at_ms as i64).short();
    let endpoint = call.endpoint.map_or("?", |endpoint| endpoint.key());
    let errcode = call.errcode.map_or_else(|| "–".to_owned(), |code| code.to_string());
    let class = if call.errcode == Some(0) { "good" } else { "bad" };
    let poi_id = escaped(call.poi_id.as_deref().unwrap_or(""));
    let status = if call.http_status == 0 { "–".to_owned() } else { call.http_status.to_string() };
    let (effect, fault) = (if call.effect { "●" } else { "" }, call.fault.unwrap_or(""));
    format!(
        "<tr><td>{}<td>{time}<td>{} {endpoint}<td>{poi_id}<td class={class}>{errcode}<td>{status}<td>{effect}<td>{fault}",
        call.seq, call.method
    )
}

/// Store ids are whatever was loaded.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
