//! The summary for a terminal: at most [`LINES_MAX`] lines of [`COLUMNS_MAX`] columns, the last of which is the state
//! and the next command. Only what a person copies, a command or a path, is never cut.

use super::phrases::{self, grouped, moment, percent};
use super::reasons::Group;
use super::visible::{columns, cut, padded, visible, wrapped};
use super::{Rehearsal, Summary};
use crate::store::{Action, Lang, State, Words};
use crate::words;

/// The width that a terminal has at least.
const COLUMNS_MAX: usize = 78;

/// What stays in view on a terminal of 24 lines. The parts below keep to it: 1 line of where, 2 of headline, 7 of
/// states, 4 of reasons, 2 blank ones, and 1 each for estimate, reviews, report, why and the end; of these one blank gives way.
const LINES_MAX: usize = 20;

/// From this many states on they stand in two columns.
const TWO_COLUMNS_FROM: usize = 7;

/// How many reasons are told.
const REASONS_MAX: usize = 3;

/// What the summary is told for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The end of a run, whole or interrupted.
    Run,
    /// A plan of which nothing is sent.
    DryRun,
    /// A run that met something it could not get past.
    Failed,
    /// `poilift status`.
    Status,
}

/// What the summary's numbers do not know.
#[derive(Debug, Clone, Copy)]
pub struct Voice<'a> {
    /// What it is told for.
    pub kind: Kind,
    /// The rate that the estimate counts with, as people write it: `10/s`.
    pub rate: Option<&'a str>,
    /// Where the report was written, if it was.
    pub report_dir: Option<&'a str>,
    /// The stores that need a person, from [`group`](super::group).
    pub groups: &'a [Group<'a>],
}

#[derive(Clone, Copy)]
enum Tone {
    Settled,
    Moving,
    Person,
    Strong,
}

/// The summary as text, each line ended.
#[must_use]
pub fn summary_text(summary: &Summary, lang: Lang, colour: bool, voice: &Voice<'_>) -> String {
    let paint = |text: &str, tone: Tone| painted(text, tone, colour);
    let mut lines = vec![cut(&place(summary, lang), COLUMNS_MAX)];
    let headline = wrapped(headline(summary, voice.kind).get(lang), COLUMNS_MAX);
    lines.extend(headline.iter().take(2).map(|line| paint(line, Tone::Strong)));
    // Once something was sent, an action's count holds stores that are through it.
    let planned = voice.kind == Kind::DryRun && phrases::nothing_was_sent(summary);
    let counts = if planned { by_action(summary, lang) } else { by_state(summary, lang) };
    if !counts.is_empty() {
        lines.push(String::new());
        lines.extend(table(&counts, summary.stores, colour));
    }
    lines.extend(attention(summary, lang, voice.groups).iter().map(|line| cut(line, COLUMNS_MAX)));
    if let Some(estimate) = phrases::estimate(summary, voice.rate) {
        lines.push(cut(&labelled(&words!("Left to send"; "剩余提交"), estimate.get(lang), lang), COLUMNS_MAX));
    }
    if let Some(reviews) = phrases::reviews(summary) {
        lines.push(cut(&labelled(&words!("Map reviews"; "地图审核"), reviews.get(lang), lang), COLUMNS_MAX));
    }
    if let Some(line) = summary.rehearsal.as_ref().and_then(Rehearsal::line) {
        lines.push(cut(&labelled(&words!("Real run"; "真实运行"), line.get(lang), lang), COLUMNS_MAX));
    }
    if let Some(dir) = voice.report_dir {
        let file = format!("{}/report.html", visible(dir).trim_end_matches('/'));
        lines.push(labelled(&words!("Report"; "报告"), &file, lang));
    }
    lines.extend(why(summary, lang).iter().flat_map(|why| wrapped(why, COLUMNS_MAX)).take(2));
    lines.push(last_line(summary, lang, voice.kind, colour));
    // With every state present the air goes first: no line that says something does.
    while let Some(empty) = lines.iter().position(String::is_empty).filter(|_| lines.len() > LINES_MAX) {
        lines.remove(empty);
    }
    debug_assert!(lines.len() <= LINES_MAX, "{} lines", lines.len());
    lines.join("\n") + "\n"
}

/// `wx1, poilift.db, read 2026-11-24 02:10 (UTC+8)`.
fn place(summary: &Summary, lang: Lang) -> String {
    let account = if summary.is_sandbox() {
        words!("SANDBOX / 沙箱 (simulated)"; "SANDBOX / 沙箱（模拟）")
    } else {
        // A plan made offline knows no account yet.
        Words::same(visible(&summary.account))
    };
    let mut parts = vec![account.get(lang).to_owned(), visible(&summary.ledger).into_owned()];
    parts.retain(|part| !part.is_empty());
    if let Some(read_at) = summary.read_at.as_deref().map(moment) {
        parts.push(words!("read {read_at} (UTC+8)"; "平台读取于 {read_at}（北京时间）").get(lang).to_owned());
    }
    parts.join(", ")
}

fn headline(summary: &Summary, kind: Kind) -> Words {
    let calls = grouped(summary.estimate.calls);
    match (kind, summary.estimate.calls) {
        (Kind::DryRun, 0) => {
            words!("Dry run: nothing was sent, and nothing would be."; "试运行：未提交任何门店，也没有需要提交的。")
        }
        (Kind::DryRun, 1) => {
            words!("Dry run: nothing was sent; this plan makes 1 call."; "试运行：未提交任何门店，此计划需 1 次调用。")
        }
        (Kind::DryRun, _) => {
            words!("Dry run: nothing was sent; this plan makes {calls} calls."; "试运行：未提交任何门店，此计划需 {calls} 次调用。")
        }
        (Kind::Run | Kind::Failed | Kind::Status, _) => phrases::headline(summary),
    }
}

/// A name, a count, and how it looks.
type Count = (String, u64, Tone);

fn by_state(summary: &Summary, lang: Lang) -> Vec<Count> {
    let count = |state: State| (state.name().get(lang).to_owned(), summary.in_state(state), state_tone(state));
    State::ALL.into_iter().map(count).filter(|(_, count, _)| *count > 0).collect()
}

fn by_action(summary: &Summary, lang: Lang) -> Vec<Count> {
    let count = |action: Action| {
        let tone = match action {
            Action::Add
            | Action::Delete
            | Action::Create
            | Action::Update
            | Action::Remove
            | Action::SetCard
            | Action::Wait => Tone::Moving,
            Action::None => Tone::Settled,
            Action::Resolve | Action::Blocked => Tone::Person,
        };
        let n = summary.by_action.get(action.key()).copied().unwrap_or(0);
        (phrases::action_name(action).get(lang).to_owned(), n, tone)
    };
    Action::ALL.into_iter().map(count).filter(|(_, count, _)| *count > 0).collect()
}

fn state_tone(state: State) -> Tone {
    match (state.is_settled(), state.needs_person()) {
        (true, _) => Tone::Settled,
        (_, true) => Tone::Person,
        _ => Tone::Moving,
    }
}

/// One column with percentages, or two columns without.
fn table(counts: &[Count], all: u64, colour: bool) -> Vec<String> {
    let cell = |(name, count, tone): &Count| {
        let number = format!("{:>9}", grouped(*count));
        format!("{} {}", padded(name, 24), painted(&number, *tone, colour))
    };
    if counts.len() < TWO_COLUMNS_FROM {
        return counts.iter().map(|count| format!("  {}  {:>7}", cell(count), percent(count.1, all))).collect();
    }
    let (left, right) = counts.split_at(counts.len().div_ceil(2));
    let second = |index: usize| right.get(index).map_or_else(String::new, |count| format!("    {}", cell(count)));
    left.iter().enumerate().map(|(index, count)| format!("  {}{}", cell(count), second(index))).collect()
}

/// How many stores need a person, and the most frequent reasons; an empty line in any case.
fn attention(summary: &Summary, lang: Lang, groups: &[Group<'_>]) -> Vec<String> {
    if summary.attention == 0 || groups.is_empty() {
        return vec![String::new()];
    }
    let (stores, reasons) = (grouped(summary.attention), groups.len());
    let title = if reasons > REASONS_MAX {
        words!("Need a person: {stores}, for {reasons} reasons, most often:"; "需人工处理：{stores} 家，共 {reasons} 种原因，主要是：")
    } else {
        words!("Need a person: {stores}"; "需人工处理：{stores} 家")
    };
    let told = groups.iter().take(REASONS_MAX);
    let width = told.clone().map(|group| columns(&group.reason.label())).max().unwrap_or(0);
    let line = |group: &Group<'_>| {
        let count = grouped(group.rows.len() as u64);
        format!("  {count:>7}  {}  {}", padded(&group.reason.label(), width), group.reason.title().get(lang))
    };
    let mut lines = vec![String::new(), title.get(lang).to_owned()];
    lines.extend(told.map(line));
    lines
}

fn why(summary: &Summary, lang: Lang) -> Option<String> {
    let next = &summary.next;
    if next.why.is_empty() {
        return None;
    }
    let not_before = next.at.as_deref().map(moment).map(|at| words!(" (not before {at})"; "（最早 {at}）"));
    let why = labelled(&words!("Why"; "原因"), &visible(&next.why), lang);
    Some(format!("{why}{}", not_before.unwrap_or_default().get(lang)))
}

/// The state and the next command.
fn last_line(summary: &Summary, lang: Lang, kind: Kind, colour: bool) -> String {
    let can_move = State::ALL.into_iter().filter(|state| state.can_move()).any(|state| summary.in_state(state) > 0);
    let (state, tone) = match kind {
        Kind::DryRun => (words!("Planned, not sent"; "已计划，未提交"), Tone::Moving),
        Kind::Failed => (words!("Stopped"; "已中止"), Tone::Person),
        _ if can_move => (words!("To be continued"; "待继续"), Tone::Moving),
        _ if summary.attention > 0 => (words!("Needs a person"; "需人工处理"), Tone::Person),
        _ => (words!("Done"; "已完成"), Tone::Settled),
    };
    let state = painted(state.get(lang), tone, colour);
    let command = visible(&summary.next.command);
    let next = if command.is_empty() {
        words!(". Nothing is left to do."; "。没有需要继续的操作。")
    } else {
        words!(". Next: {command}"; "。下一步：{command}")
    };
    format!("{state}{}", next.get(lang))
}

fn labelled(label: &Words, text: &str, lang: Lang) -> String {
    format!("{}{}{text}", label.get(lang), lang.pick(": ", "："))
}

fn painted(text: &str, tone: Tone, colour: bool) -> String {
    let code = match tone {
        Tone::Settled => "32",
        Tone::Moving => "36",
        Tone::Person => "33",
        Tone::Strong => "1",
    };
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::StoreRow;
    use crate::report::group;
    use crate::report::sample::{self, blocked, in_state, mixed, pending, upgraded};
    use crate::store::Code;

    fn told(rows: &[StoreRow], summary: &Summary, lang: Lang, kind: Kind) -> String {
        let groups = group(rows, &crate::wire::ErrorTable::default());
        let voice = Voice { kind, rate: Some("10/s"), report_dir: Some("poilift-report/"), groups: &groups };
        summary_text(summary, lang, false, &voice)
    }

    #[test]
    fn a_run_that_is_to_be_continued_tells_what_is_left_and_the_command() {
        let rows = mixed();
        let text = told(&rows, &sample::summary(&rows, "wx1"), Lang::En, Kind::Run);
        insta::assert_snapshot!(text, @r"
        wx1, poilift.db, read 2026-11-24 02:10 (UTC+8)
        6 of 10 stores are done; 1 is still to be sent, 1 is in review, 2 need a
        person.

          upgraded                         6   60.0 %
          in review                        1   10.0 %
          not sent yet                     1   10.0 %
          rejected                         1   10.0 %
          data missing                     1   10.0 %

        Need a person: 2
                1  E110           no credential (number of the business licence)
                1  errcode 85041  another store uses this credential already
        Left to send: 1 call at 10/s: about 1 s, until 2026-11-24 02:11
        Report: poilift-report/report.html
        Why: 1 stores not sent yet
        To be continued. Next: poilift migrate stores.xlsx
        ");
    }

    #[test]
    fn the_same_in_chinese_is_aligned_as_well() {
        let rows = mixed();
        let mut summary = sample::summary(&rows, "sandbox");
        summary.next.why = "还有 1 家未提交".into();
        let text = told(&rows, &summary, Lang::Zh, Kind::Run);
        insta::assert_snapshot!(text, @r"
        SANDBOX / 沙箱（模拟）, poilift.db, 平台读取于 2026-11-24 02:10（北京时间）
        10 家门店中，6 家已完成，1 家待提交，1 家审核中，2 家需人工处理。

          升级成功                         6   60.0 %
          审核中                           1   10.0 %
          未提交                           1   10.0 %
          被驳回                           1   10.0 %
          缺资料                           1   10.0 %

        需人工处理：2 家
                1  E110           缺少经营资质证件号 credential
                1  errcode 85041  该经营资质已被其他门店使用
        剩余提交：1 次调用，速率 10/s：约 1 秒，预计 2026-11-24 02:11 完成
        报告：poilift-report/report.html
        原因：还有 1 家未提交
        待继续。下一步：poilift migrate stores.xlsx
        ");
    }

    #[test]
    fn a_dry_run_says_what_would_happen_how_many_calls_and_how_long() {
        let mut rows: Vec<_> = (1..=750).map(pending).collect();
        rows.extend((751..=760).map(|n| blocked(n, &[Code::CredentialMissing])));
        let text = told(&rows, &sample::summary(&rows, "wx1"), Lang::En, Kind::DryRun);
        insta::assert_snapshot!(text, @r"
        wx1, poilift.db, read 2026-11-24 02:10 (UTC+8)
        Dry run: nothing was sent; this plan makes 750 calls.

          to be added                    750   98.6 %
          lack data                       10    1.3 %

        Need a person: 10
               10  E110  no credential (number of the business licence)
        Left to send: 750 calls at 10/s: about 1 min 15 s, until 2026-11-24 02:11
        Report: poilift-report/report.html
        Why: 750 stores not sent yet
        Planned, not sent. Next: poilift migrate stores.xlsx
        ");
    }

    #[test]
    fn when_all_is_done_nothing_is_asked() {
        let rows: Vec<_> = (1..=1200).map(upgraded).collect();
        let mut summary = sample::summary(&rows, "wx1");
        summary.upgrade_complete = true;
        insta::assert_snapshot!(told(&rows, &summary, Lang::En, Kind::Run), @r"
        wx1, poilift.db, read 2026-11-24 02:10 (UTC+8)
        All 1,200 stores are done, and the platform confirms that nothing is left.

          upgraded                     1,200  100.0 %

        Report: poilift-report/report.html
        Done. Nothing is left to do.
        ");
    }

    #[test]
    fn when_only_people_can_go_on_the_end_says_so() {
        let rows = [upgraded(1), blocked(2, &[Code::CredentialMissing])];
        let mut summary = sample::summary(&rows, "wx1");
        summary.next.why = "1 store lacks data".into();
        summary.next.command = "poilift migrate --supplement attention.xlsx".into();
        insta::assert_snapshot!(told(&rows, &summary, Lang::En, Kind::Status), @r"
        wx1, poilift.db, read 2026-11-24 02:10 (UTC+8)
        1 of 2 stores are done; 1 needs a person.

          upgraded                         1   50.0 %
          data missing                     1   50.0 %

        Need a person: 1
                1  E110  no credential (number of the business licence)
        Report: poilift-report/report.html
        Why: 1 store lacks data
        Needs a person. Next: poilift migrate --supplement attention.xlsx
        ");
    }

    #[test]
    fn reviews_that_are_pending_are_waited_for() {
        let rows = [upgraded(1), in_state(2, State::InReview)];
        let mut summary = sample::summary(&rows, "wx1");
        summary.next.why = "1 review is pending".into();
        summary.next.at = Some("2026-11-25T09:00:00+08:00".into());
        summary.next.command = "poilift watch".into();
        insta::assert_snapshot!(told(&rows, &summary, Lang::En, Kind::Run), @r"
        wx1, poilift.db, read 2026-11-24 02:10 (UTC+8)
        1 of 2 stores are done; 1 is in review.

          upgraded                         1   50.0 %
          in review                        1   50.0 %

        Report: poilift-report/report.html
        Why: 1 review is pending (not before 2026-11-25 09:00)
        To be continued. Next: poilift watch
        ");
    }

    #[test]
    fn the_fullest_summary_keeps_to_its_lines_and_columns_in_both_languages() {
        let mut rows: Vec<_> = (1..).zip(State::ALL).map(|(n, state)| in_state(n, state)).collect();
        rows.extend((20..).zip(Code::ALL).map(|(n, code)| blocked(n, &[*code])));
        let mut summary = sample::summary(&rows, &"wx".repeat(60));
        summary.by_state.values_mut().for_each(|count| *count *= 1_000_000);
        summary.stores *= 1_000_000;
        summary.next.why = "很长的原因 a long reason ".repeat(9);
        for (lang, kind) in [(Lang::En, Kind::Run), (Lang::Zh, Kind::Status), (Lang::En, Kind::DryRun)] {
            let text = told(&rows, &summary, lang, kind);
            assert!(text.lines().count() <= LINES_MAX, "{text}");
            assert!(text.lines().all(|line| columns(line) <= COLUMNS_MAX), "{text}");
        }
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let rows = mixed();
        let mut summary = sample::summary(&rows, "wx1");
        summary.next.why = "a\u{1b}[31m name".into();
        let groups = group(&rows, &crate::wire::ErrorTable::default());
        let voice = Voice { kind: Kind::Run, rate: None, report_dir: None, groups: &groups };
        let plain = summary_text(&summary, Lang::En, false, &voice);
        assert!(!plain.contains('\u{1b}'));
        let coloured = summary_text(&summary, Lang::En, true, &voice);
        let codes = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[36m"];
        assert_eq!(codes.iter().fold(coloured, |text, code| text.replace(code, "")), plain);
    }
}
