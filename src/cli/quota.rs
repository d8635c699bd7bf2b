//! `poilift quota`: what the account may still call today, endpoint by endpoint. It asks the platform and changes nothing.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::{Format, Online};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::quota_settings::quota_rules;
use super::sandbox;
use super::screen::print;
use super::settings::Settings;
use super::signals::stop_on_signals;
use crate::engine::{Calendar, Control, Source};
use crate::ledger::{Ledger, LedgerError};
use crate::pipeline::{Asked, Machine as _, ask_quotas, calendar_of};
use crate::store::{Lang, Stamp};
use crate::wechat::is_loopback;
use crate::wire::Endpoint;
use crate::words;

/// What the tool calls and what is counted by the day: the migration first, its writes before its reads, then the rest in the
/// same order.
const ENDPOINTS: [Endpoint; 20] = [
    Endpoint::AddStore,
    Endpoint::Delpoi,
    Endpoint::MediaUploadimg,
    Endpoint::MediaUpload,
    Endpoint::Getpoilist,
    Endpoint::Getpoi,
    Endpoint::GetStoreList,
    Endpoint::GetMerchantAuditInfo,
    Endpoint::StableToken,
    Endpoint::UpdateStore,
    Endpoint::DelStore,
    Endpoint::StorewxaSet,
    Endpoint::CreateMapPoi,
    Endpoint::ApplyMerchant,
    Endpoint::ModifyMerchant,
    Endpoint::GetStoreInfo,
    Endpoint::StorewxaGet,
    Endpoint::SearchMapPoi,
    Endpoint::GetDistrict,
    Endpoint::GetMerchantCategory,
];

/// Asks, and prints a table.
pub fn run(context: &Context<'_>, online: &Online) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let is_sandbox = online.sandbox.is_some();
    let scenario = online.sandbox.as_deref().map(sandbox::scenario).transpose()?;
    let reading = context.read_clock(is_sandbox || is_loopback(&settings.api_base(online)))?;
    let rules = quota_rules(&context.file, context.environment)?;
    let path = settings.ledger(is_sandbox);
    let identity = settings.identity(online, true);
    let (running, platform) = match scenario {
        Some(scenario) => {
            let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let running = sandbox::embedded(context, &path, scenario, Vec::new(), addr)?;
            let platform = sandbox::platform(running.addr(), context.errors.clone());
            (Some(running), platform)
        }
        None => (None, settings.require_platform(online)?),
    };
    let machine = context.machine(&reading);
    let now = machine.clock().now();
    let mut calendar = match Ledger::open_to_read(&path) {
        Ok(ledger) => {
            context.clock_of(&ledger)?;
            calendar_of(&ledger, &rules, &context.errors, now)?
        }
        // Without one nothing was called yet.
        Err(LedgerError::Missing { .. }) => Calendar::of_nothing(rules),
        Err(error) => return Err(error.into()),
    };
    let asked = ask_quotas(&platform, &mut calendar, &ENDPOINTS, &machine, &Arc::new(Control::new(stop_on_signals())));
    drop(running);
    let asked = asked.map_err(|error| Failure::of_run(error, &context.errors))?;
    let turns_at = calendar.rules.day.end_of(now);
    let text = match context.common.format {
        Format::Json => document(&identity.account, &asked, &calendar, now, context.screen.lang).to_string() + "\n",
        Format::Text => table(&asked, turns_at, context.screen.lang),
    };
    print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    Ok(Exit::Done)
}

fn document(account: &str, asked: &[Asked], calendar: &Calendar, now: Stamp, lang: Lang) -> Value {
    let endpoint = |one: &Asked| {
        let standing = &one.standing;
        json!({
            "endpoint": one.endpoint.key(), "limit": standing.limit, "used": standing.used, "reserve": standing.reserve,
            "left": standing.left, "ours_today": standing.own, "rate": one.rate.map(|rate| rate.to_string()),
            "source": standing.source.key(), "known_since": standing.since.map(Stamp::rfc3339),
            "more_at": standing.resumes_at.rfc3339(),
            "notes": one.said.iter().map(|words| words.get(lang)).collect::<Vec<_>>(),
        })
    };
    json!({
        "schema": 1, "account": account, "asked_at": now.rfc3339(),
        "reset_utc_offset": calendar.rules.day.to_string(), "turns_at": calendar.rules.day.end_of(now).rfc3339(),
        "reserve": calendar.rules.reserve.to_string(), "endpoints": asked.iter().map(endpoint).collect::<Vec<_>>(),
    })
}

fn table(asked: &[Asked], turns_at: Stamp, lang: Lang) -> String {
    let heads = match lang {
        Lang::En => ["endpoint", "limit", "used", "kept", "left", "ours", "rate", "source"],
        Lang::Zh => ["接口", "每日额度", "已用", "保留", "剩余", "本工具", "速率", "来源"],
    };
    let mut rows = vec![heads.map(str::to_owned)];
    rows.extend(asked.iter().map(|one| line(one, lang)));
    let width = |column: usize| rows.iter().map(|row| unicode_width(&row[column])).max().unwrap_or(0);
    let widths: [usize; 8] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let blank = " ".repeat(widths[column] - unicode_width(cell));
            // Names to the left, numbers to the right.
            let padded = if matches!(column, 0 | 7) { format!("{cell}{blank}") } else { format!("{blank}{cell}") };
            line += &padded;
            line += "  ";
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for words in asked.iter().flat_map(|one| &one.said) {
        let _ = writeln!(text, "{}", words.get(lang));
    }
    let at = turns_at.rfc3339();
    let turns = words!(
        "The platform's day turns at {at}. Left: what poilift may call, what is kept for the live shop left alone.";
        "平台额度于 {at} 重新计算。“剩余”为 poilift 可用次数，已扣除为线上业务保留的部分。"
    );
    let _ = writeln!(text, "{}", turns.get(lang));
    text
}

fn line(one: &Asked, lang: Lang) -> [String; 8] {
    let standing = &one.standing;
    let unknown = || "–".to_owned();
    let source = match standing.source {
        Source::Platform => words!("platform"; "平台"),
        Source::Configuration => words!("[quota]"; "[quota]"),
        Source::Refusal => words!("45009"; "45009"),
        Source::Unknown => words!("unknown"; "未知"),
    };
    [
        one.endpoint.to_string(),
        standing.limit.map_or_else(unknown, |limit| limit.to_string()),
        standing.used.to_string(),
        standing.reserve.to_string(),
        standing.left.map_or_else(unknown, |left| left.to_string()),
        standing.own.to_string(),
        one.rate.map_or_else(unknown, |rate| rate.to_string()),
        source.get(lang).to_owned(),
    ]
}

fn unicode_width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}
