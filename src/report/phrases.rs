//! The sentences that the terminal and the pages share: what happened, what is left, how long it takes.

use super::Summary;
use crate::store::{Action, Estimate, Lang, State, Words, weekday};
use crate::words;

/// What happened, in one sentence that a tired person understands.
#[must_use]
pub fn headline(summary: &Summary) -> Words {
    let (all, settled) = (summary.stores, settled(summary));
    let total = grouped(all);
    if all == 0 {
        return words!("There are no stores in scope."; "没有需要处理的门店。");
    }
    if settled == all && summary.upgrade_complete {
        return words!("All {total} stores are done, and the platform confirms that nothing is left."; "全部 {total} 家门店均已完成，平台确认没有遗留。");
    }
    if settled == all {
        return words!("All {total} stores are done."; "全部 {total} 家门店均已完成。");
    }
    let done = grouped(settled);
    let so_far = match (nothing_was_sent(summary), settled) {
        (true, 0) => words!("Nothing was sent yet. Of {total} stores"; "尚未提交任何门店。{total} 家门店中"),
        (true, _) => {
            words!("Nothing was sent yet. Of {total} stores {done} are done already;"; "尚未提交任何门店。{total} 家门店中，{done} 家原已完成")
        }
        (false, _) => words!("{done} of {total} stores are done;"; "{total} 家门店中，{done} 家已完成"),
    };
    let rest = what_is_left(summary);
    Words { en: format!("{} {}.", so_far.en, rest.en), zh: format!("{}，{}。", so_far.zh, rest.zh) }
}

/// `30 are in review, 10 are still to be sent, 1 needs a person`.
fn what_is_left(summary: &Summary) -> Words {
    let part = |n: u64, one: &str, many: &str, zh: &str| {
        let count = grouped(n);
        (n > 0).then(|| Words {
            en: format!("{count} {}", if n == 1 { one } else { many }),
            zh: format!("{count} 家{zh}"),
        })
    };
    let parts = [
        part(to_send(summary), "is still to be sent", "are still to be sent", "待提交"),
        part(summary.in_state(State::InReview), "is in review", "are in review", "审核中"),
        part(summary.in_state(State::Unknown), "has to be checked", "have to be checked", "结果待核实"),
        part(summary.attention, "needs a person", "need a person", "需人工处理"),
    ];
    joined(parts.into_iter().flatten(), ", ", "，")
}

/// What the last reading of the platform says.
#[must_use]
pub fn reading(summary: &Summary) -> Words {
    let Some(read_at) = summary.read_at.as_deref().map(moment) else {
        return words!("The platform's list was not read yet."; "尚未读取平台的门店列表。");
    };
    if summary.upgrade_complete {
        words!("Platform read {read_at}: every store it still lists is upgraded."; "平台读取于 {read_at}：列表中的门店均已升级。")
    } else {
        words!("Platform last read {read_at}; the upgrade is not complete yet."; "平台最近读取于 {read_at}，升级尚未全部完成。")
    }
}

/// `750 calls at 10/s: about 1 min 15 s, until 2026-11-24 02:11`; `None` if nothing is left to send.
#[must_use]
pub fn estimate(summary: &Summary, rate: Option<&str>) -> Option<Words> {
    outlook(&summary.estimate, rate)
}

/// The same of any estimate.
#[must_use]
pub fn outlook(outlook: &Estimate, rate: Option<&str>) -> Option<Words> {
    if outlook.calls == 0 {
        return None;
    }
    let calls = grouped(outlook.calls);
    let noun = if outlook.calls == 1 { "call" } else { "calls" };
    let (en, zh) = (span(outlook.seconds, Lang::En), span(outlook.seconds, Lang::Zh));
    let (days, done_at) = (outlook.days, outlook.done_at.as_deref().map(moment));
    let parts = [
        Some(words!("{calls} {noun}"; "{calls} 次调用")),
        rate.map(|rate| words!(" at {rate}"; "，速率 {rate}")),
        // Of several days the last one says more than hours would.
        (days <= 1).then(|| Words { en: format!(": about {en}"), zh: format!("：约 {zh}") }),
        (days > 1).then(|| words!(" on {days} days"; "，跨 {days} 天")),
        done_at.map(|at| {
            // Beyond today people count by the day of the week.
            let Words { en, zh } = weekday_of(outlook.done_at.as_deref().filter(|_| days > 1));
            words!(", until {en}{at}"; "，预计 {zh}{at} 完成")
        }),
    ];
    if outlook.done_at.is_none() {
        return Some(
            words!("{calls} {noun}, and no day allows any: see poilift quota"; "{calls} 次调用，但每日额度不允许提交：见 poilift quota"),
        );
    }
    Some(joined(parts.into_iter().flatten(), "", ""))
}

/// When the map has reviewed what is sent; `None` if nothing is reviewed.
#[must_use]
pub fn reviews(summary: &Summary) -> Option<Words> {
    let by = summary.estimate.reviews_by.as_deref()?;
    let (Words { en, zh }, day) = (weekday_of(Some(by)), by.get(..10)?);
    Some(words!(
        "by {en}{day}, three working days on (holidays not known)";
        "提交完成后最多三个工作日，至 {zh}{day}（未计节假日）"
    ))
}

/// `Thu `, or nothing.
fn weekday_of(rfc3339: Option<&str>) -> Words {
    let Words { en, zh } = rfc3339.and_then(weekday).unwrap_or_default();
    let spaced = |text: String| if text.is_empty() { text } else { text + " " };
    Words { en: spaced(en), zh: spaced(zh) }
}

fn joined(parts: impl Iterator<Item = Words>, between_en: &str, between_zh: &str) -> Words {
    let (en, zh): (Vec<_>, Vec<_>) = parts.map(|part| (part.en, part.zh)).unzip();
    Words { en: en.join(between_en), zh: zh.join(between_zh) }
}

/// Stores that the tool still has to send, or is sending.
#[must_use]
pub fn to_send(summary: &Summary) -> u64 {
    [State::Pending, State::InFlight, State::Retry].into_iter().map(|state| summary.in_state(state)).sum()
}

/// Stores for which nothing more has to happen.
#[must_use]
pub fn settled(summary: &Summary) -> u64 {
    State::ALL.into_iter().filter(|state| state.is_settled()).map(|state| summary.in_state(state)).sum()
}

/// Whether no write has left yet.
#[must_use]
pub fn nothing_was_sent(summary: &Summary) -> bool {
    summary.calls.values().all(|counts| counts.sent == 0)
}

/// What the plan wants, in a few words.
#[must_use]
pub fn action_name(action: Action) -> Words {
    match action {
        Action::Add => words!("to be added"; "待提交升级"),
        Action::Delete => words!("to be deleted"; "待删除"),
        Action::Wait => words!("in review already"; "已在审核中"),
        Action::None => words!("upgraded already"; "原已升级"),
        Action::Resolve => words!("lack only a map point"; "仅缺地图点位"),
        Action::Blocked => words!("lack data"; "缺资料"),
        Action::Create => words!("to be created"; "待新增"),
        Action::Update => words!("to be updated"; "待更新"),
        Action::Remove => words!("to be removed"; "待移除"),
        Action::SetCard => words!("to be given a card"; "待设置卡券"),
    }
}

/// What a state means, in a sentence.
#[must_use]
pub fn meaning(state: State) -> Words {
    match state {
        State::Pending => words!("nothing was sent yet"; "尚未提交"),
        State::InFlight => words!("the request is on its way"; "请求已发出，等待应答"),
        State::Unknown => {
            words!("sent, but the answer was lost; settled by reading, never by sending again"; "已提交但未收到应答；通过查询核实，绝不重复提交")
        }
        State::Retry => words!("certainly not done; goes again by itself"; "确定未生效，将自动重新提交"),
        State::InReview => words!("accepted; the platform reviews it"; "平台已受理，正在审核"),
        State::Upgraded => words!("the platform says that it is upgraded"; "平台显示已升级成功"),
        State::Deleted => words!("gone from the old store management, and confirmed"; "已从旧门店管理删除，并已确认"),
        State::Done => words!("another job, confirmed"; "其他批量任务，已确认"),
        State::Accepted => words!("a person settled it"; "由人工确认结案"),
        State::Rejected => words!("refused by the platform or its review"; "被平台或审核驳回"),
        State::Blocked => words!("data is missing or wrong; nothing was sent"; "资料缺失或有误，未提交"),
        State::Drifted => {
            words!("the platform shows something else than when it was planned"; "平台显示的内容与计划时不同")
        }
        State::Held => {
            words!("a deletion not allowed yet, or held back by the supplement"; "删除尚未获批准，或补充表要求暂缓")
        }
        State::Vanished => words!("gone from the platform, and not by us"; "平台查无此店，且非本工具删除"),
    }
}

/// `12,345`.
#[must_use]
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// To a tenth; what is there is never 0.0 % and what is not all is never 100.0 %.
#[must_use]
pub fn percent(count: u64, all: u64) -> String {
    if count == 0 || all == 0 {
        return String::new();
    }
    let tenths = (count.saturating_mul(1000) / all).clamp(1, if count == all { 1000 } else { 999 });
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// `2 h 5 min`: the two largest units.
#[must_use]
pub fn span(seconds: u64, lang: Lang) -> String {
    let units = [
        (86_400, lang.pick("d", "天")),
        (3_600, lang.pick("h", "小时")),
        (60, lang.pick("min", "分钟")),
        (1, lang.pick("s", "秒")),
    ];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, name) in units {
        if rest >= size {
            parts.push(format!("{} {name}", rest / size));
            rest %= size;
        } else if !parts.is_empty() {
            break;
        }
    }
    parts.truncate(2);
    if parts.is_empty() { format!("0 {}", lang.pick("s", "秒")) } else { parts.join(" ") }
}

/// `2026-11-24 02:10`, of a time in RFC 3339.
#[must_use]
pub fn moment(rfc3339: &str) -> String {
    rfc3339.get(..16).unwrap_or(rfc3339).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{self, in_state, mixed, pending, upgraded};

    fn said(rows: &[crate::ledger::StoreRow]) -> Words {
        headline(&sample::summary(rows, "wx1"))
    }

    #[test]
    fn the_headline_says_what_happened_and_what_is_left() {
        let words = said(&mixed());
        assert_eq!(words.en, "6 of 10 stores are done; 1 is still to be sent, 1 is in review, 2 need a person.");
        assert_eq!(words.zh, "10 家门店中，6 家已完成，1 家待提交，1 家审核中，2 家需人工处理。");
    }

    #[test]
    fn the_headline_of_a_plan_says_that_nothing_was_sent() {
        assert_eq!(said(&[pending(1), pending(2)]).en, "Nothing was sent yet. Of 2 stores 2 are still to be sent.");
        assert_eq!(said(&[]).zh, "没有需要处理的门店。");
    }

    #[test]
    fn the_headline_of_the_end_tells_whether_the_platform_confirms_it() {
        let rows = [upgraded(1), in_state(2, State::Deleted)];
        let mut summary = sample::summary(&rows, "wx1");
        assert_eq!(headline(&summary).en, "All 2 stores are done.");
        summary.upgrade_complete = true;
        assert_eq!(headline(&summary).zh, "全部 2 家门店均已完成，平台确认没有遗留。");
    }

    #[test]
    fn numbers_and_spans_are_written_for_people() {
        assert_eq!((grouped(0), grouped(999), grouped(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
        assert_eq!((span(75, Lang::En), span(7_505, Lang::Zh)), ("1 min 15 s".into(), "2 小时 5 分钟".into()));
        assert_eq!((span(3_601, Lang::En), span(0, Lang::En)), ("1 h".into(), "0 s".into()));
        assert_eq!(moment("2026-11-24T02:10:00+08:00"), "2026-11-24 02:10");
    }

    #[test]
    fn a_share_that_exists_is_never_none_and_one_that_is_not_all_is_never_all() {
        assert_eq!((percent(1, 100_000), percent(99_999, 100_000)), ("0.1 %".into(), "99.9 %".into()));
        assert_eq!((percent(7, 7), percent(0, 7)), ("100.0 %".into(), String::new()));
    }

    #[test]
    fn the_estimate_says_how_many_calls_how_long_and_at_what_rate() {
        let mut summary = sample::summary(&[pending(1)], "wx1");
        summary.estimate.calls = 750;
        summary.estimate.seconds = 75;
        let words = estimate(&summary, Some("10/s")).expect("calls are left");
        assert_eq!(words.en, "750 calls at 10/s: about 1 min 15 s, until 2026-11-24 02:11");
        assert_eq!(words.zh, "750 次调用，速率 10/s：约 1 分钟 15 秒，预计 2026-11-24 02:11 完成");
    }
}
