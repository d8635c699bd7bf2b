//! What is said of waves, in both languages.

use std::collections::BTreeMap;

use super::{Muster, region};
use crate::ledger::StoreRow;
use crate::plan::{Excess, Shares, Wave, Wrong};
use crate::store::{State, Verb, Words};
use crate::words;

/// So many regions of a wave are named, the fullest first.
const REGIONS_MAX: usize = 8;

/// Why waves ended before all stores were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaveEnd {
    /// In short.
    pub kind: WaveEndKind,
    /// In a sentence.
    pub words: Words,
    /// What went wrong, the most frequent first: how, how often, in the platform's words, and an example.
    pub reasons: Vec<Words>,
}

/// Why waves ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaveEndKind {
    /// Too much went wrong.
    Stopped,
    /// The next wave waits for this one's reviews.
    InReview,
    /// The last target is below all stores.
    LastTarget,
}

/// `wave 2 of 4`.
fn name(muster: &Muster, wave: usize) -> Words {
    let (number, of) = (wave + 1, muster.waves.len());
    words!("wave {number} of {of}"; "第 {number}/{of} 批")
}

/// A wave went well.
pub(super) fn passed(muster: &Muster, wave: usize, limit_left: Option<u64>) -> Words {
    let name = name(muster, wave);
    let through = [State::InReview, State::Upgraded, State::Deleted, State::Done, State::Accepted];
    let accepted = muster.group.iter().filter(|row| through.contains(&row.state)).count();
    let (sent, errors) = (muster.group.len(), muster.tally().all());
    let next = muster.waves.get(wave + 1).map_or(0, |next| next.until.saturating_sub(muster.reached.sent));
    let next = next.min(limit_left.unwrap_or(u64::MAX));
    let then = match (next, limit_left) {
        (_, Some(0)) => words!("; the limit of this run is reached"; "；已达本次运行的上限"),
        (0, _) => Words::same(""),
        _ => words!("; going on with {next}"; "；继续提交 {next} 家"),
    };
    Words {
        en: format!("{}: {sent} sent, {accepted} accepted, {errors} errors{}", name.en, then.en),
        zh: format!("{}：已提交 {sent} 家，受理 {accepted} 家，出错 {errors} 家{}", name.zh, then.zh),
    }
}

/// Too much of a wave went wrong.
pub(super) fn stopped(muster: &Muster, wave: usize, shares: &Shares) -> WaveEnd {
    let name = name(muster, wave);
    let (sent, size, left) = (muster.group.len(), muster.size(wave), muster.reached.new);
    let mut excess = shares.exceeded(&muster.tally(), size);
    if excess.len() > 1 {
        // A class says more than all of them together.
        excess.retain(|excess| excess.what.is_some());
    }
    let what: Vec<Words> = excess.iter().map(|excess| too_much(*excess, size)).collect();
    let all = |text: fn(&Words) -> &str, with: &str| what.iter().map(text).collect::<Vec<_>>().join(with);
    let (en, zh) = (all(|words| &words.en, ", "), all(|words| &words.zh, "，"));
    let words = Words {
        en: format!("{} is stopped after {sent} of {size} stores: {en}; {left} stores are not sent", name.en),
        zh: format!("{}已停止（{size} 家中已提交 {sent} 家）：{zh}；其余 {left} 家未提交", name.zh),
    };
    WaveEnd { kind: WaveEndKind::Stopped, words, reasons: reasons(muster) }
}

fn too_much(Excess { what, count, share }: Excess, size: u64) -> Words {
    let name = what.map_or_else(|| words!("errors in all"; "各类错误合计"), Wrong::name);
    Words {
        en: format!("{} {count}, allowed are {share} of {size}", name.en),
        zh: format!("{} {count} 家，上限为 {size} 家的 {share}", name.zh),
    }
}

/// The wrong ones by class and errcode, each with an example.
fn reasons(muster: &Muster) -> Vec<Words> {
    let mut groups: BTreeMap<(Wrong, Option<i64>), Vec<&StoreRow>> = BTreeMap::new();
    for (row, wrong) in muster.group.iter().zip(&muster.wrong) {
        if let Some(wrong) = wrong {
            groups.entry((*wrong, row.errcode)).or_default().push(row);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    groups.into_iter().map(|((wrong, _), rows)| reason(wrong, &rows)).collect()
}

fn reason(wrong: Wrong, rows: &[&StoreRow]) -> Words {
    let (n, name, example) = (rows.len(), wrong.name(), rows[0]);
    let id = example.poi_id().map(ToString::to_string).unwrap_or_default();
    let why = example.reason.clone().unwrap_or_else(|| Words::same(example.state.key()));
    Words {
        en: format!("{n} {}, for example {id}: {}", name.en, why.en),
        zh: format!("{n} 家{}，例如 {id}：{}", name.zh, why.zh),
    }
}

/// The next wave waits for reviews.
pub(super) fn in_review(muster: &Muster, wave: usize) -> WaveEnd {
    let (name, of, waiting) = (name(muster, wave), muster.group.len(), muster.in_review());
    let words = Words {
        en: format!("{} waits for {waiting} reviews of its {of} stores before the next one begins", name.en),
        zh: format!("{}的 {of} 家中有 {waiting} 家仍在审核，审核结束后才开始下一批", name.zh),
    };
    WaveEnd { kind: WaveEndKind::InReview, words, reasons: Vec::new() }
}

/// The last wave leaves stores.
pub(super) fn last_target(muster: &Muster) -> WaveEnd {
    let (until, left) = (muster.waves.last().map_or(0, |wave| wave.until), muster.reached.new);
    let words = words!(
        "the waves end at {until} stores; {left} more wait for a wave that takes them";
        "各批到 {until} 家为止；其余 {left} 家等待后续批次"
    );
    WaveEnd { kind: WaveEndKind::LastTarget, words, reasons: Vec::new() }
}

/// What each wave would send, for `order`, the stores still to be sent as they go.
pub(super) fn outlook(waves: &[Wave], sent: usize, order: &[StoreRow]) -> Vec<Words> {
    let place = |until: u64| usize::try_from(until).unwrap_or(usize::MAX).saturating_sub(sent).min(order.len());
    let mut begins = 0;
    let line = |(number, wave): (usize, &Wave)| {
        let ends = place(wave.until).max(begins);
        let stores = &order[begins..ends];
        begins = ends;
        let (of, until, n) = (waves.len(), wave.until, stores.len());
        let name = words!("wave {number} of {of}, {until} in all"; "第 {number}/{of} 批（累计 {until} 家）");
        let review =
            if wave.review { words!(", waits for its reviews"; "，等待审核结束") } else { Words::same("") };
        let what = if n == 0 { words!("sent"; "已提交") } else { sample(stores) };
        Words {
            en: format!("{}: {}{}", name.en, what.en, review.en),
            zh: format!("{}：{}{}", name.zh, what.zh, review.zh),
        }
    };
    (1..).zip(waves).map(line).collect()
}

/// `9 more (8 add_store, 1 delpoi): 杭州市 5, 上海市 4`.
fn sample(stores: &[StoreRow]) -> Words {
    let (n, count) =
        (stores.len(), |verb: Verb| stores.iter().filter(|row| row.decision.action.verb() == Some(verb)).count());
    let (adds, deletes) = (count(Verb::AddStore), count(Verb::Delpoi));
    let mut regions: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in stores {
        *regions.entry(region(row)).or_default() += 1;
    }
    let mut regions: Vec<((&str, &str), usize)> = regions.into_iter().collect();
    regions.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let named = |nowhere: &str| {
        let told = |((province, city), n): &((&str, &str), usize)| match format!("{province}{city}") {
            place if place.is_empty() => format!("{nowhere} {n}"),
            place => format!("{place} {n}"),
        };
        regions.iter().take(REGIONS_MAX).map(told).collect::<Vec<_>>().join(", ")
    };
    let more = regions.len().saturating_sub(REGIONS_MAX);
    let more =
        if more == 0 { Words::same("") } else { words!(" and {more} more regions"; " 等，另有 {more} 个地区") };
    Words {
        en: format!("{n} more ({adds} add_store, {deletes} delpoi): {}{}", named("no region"), more.en),
        zh: format!("再提交 {n} 家（add_store {adds}，delpoi {deletes}）：{}{}", named("无地区"), more.zh),
    }
}
