//! What `report.html` shows, as plain values that the template lays out. All text here is ready to be looked at
//! ([`visible`]); the template escapes it.

use askama::Template;

use super::lines::{source, told};
use super::phrases::{self, grouped, moment, percent};
use super::reasons::{self, Group};
use super::summary::status_now;
use super::visible::visible;
use super::worth_a_look::{Warned, warned};
use super::{ReportModel, Summary};
use crate::ledger::{CallCounts, StoreRow};
use crate::store::{Field, Finding, Lang, Origin, State, UpgradeStatus, Words};
use crate::words;

/// How many stores of a group are listed: enough to recognise the pattern, not a page of a hundred thousand lines.
const GROUP_ROWS_MAX: usize = 200;

/// How many stores are listed in all; a browser lays so many out in an instant.
const STORES_MAX: usize = 2_000;

/// The page.
#[derive(Template)]
#[template(path = "report.html", config = "src/report/askama.toml")]
struct Page {
    lang: Lang,
    account: String,
    ledger: String,
    generated_at: String,
    sandbox: bool,
    headline: String,
    reading: String,
    tiles: Vec<Tile>,
    shares: Vec<Share>,
    next_why: String,
    next_at: Option<String>,
    next_command: String,
    estimate: Option<String>,
    rehearsed: Option<(String, String)>,
    reviews: Option<String>,
    attention: String,
    groups: Vec<GroupView>,
    warned: Vec<GroupView>,
    calls: Vec<Vec<String>>,
    origins: Vec<Vec<String>>,
    stores: String,
    all: Option<Vec<StoreView>>,
}

/// A big number.
struct Tile {
    tone: &'static str,
    count: String,
    name: &'static str,
}

/// A state with its part of the whole.
struct Share {
    key: &'static str,
    name: String,
    meaning: String,
    count: u64,
    shown: String,
    percent: String,
}

/// The stores that need a person for one reason.
struct GroupView {
    label: String,
    title: String,
    remedy: String,
    count: String,
    also: Vec<String>,
    stores: Vec<StoreView>,
    more: Option<String>,
}

/// One store.
struct StoreView {
    poi_id: String,
    name: String,
    city: String,
    place: String,
    key: &'static str,
    state: String,
    status: String,
    reason: String,
    updated_at: String,
}

/// The page's bytes. A page that cannot be laid out says so: the other files of the report are worth having still.
#[must_use]
pub fn bytes(model: &ReportModel<'_>, groups: &[Group<'_>], lang: Lang) -> Vec<u8> {
    let laid_out = page(model, groups, lang).render();
    laid_out.unwrap_or_else(|error| format!("<!doctype html><title>poilift</title><p>{error}</p>")).into_bytes()
}

fn page(model: &ReportModel<'_>, groups: &[Group<'_>], lang: Lang) -> Page {
    let summary = model.summary;
    let next = &summary.next;
    Page {
        lang,
        account: shown(&summary.account),
        ledger: shown(&summary.ledger),
        generated_at: moment(&model.generated_at.rfc3339()),
        sandbox: summary.is_sandbox(),
        headline: phrases::headline(summary).get(lang).to_owned(),
        reading: phrases::reading(summary).get(lang).to_owned(),
        tiles: tiles(summary, lang),
        shares: State::ALL.into_iter().map(|state| share(summary, state, lang)).collect(),
        next_why: shown(&next.why),
        next_at: next.at.as_deref().map(moment),
        next_command: shown(&next.command),
        estimate: phrases::estimate(summary, None).map(|words| words.get(lang).to_owned()),
        rehearsed: rehearsed(summary, lang),
        reviews: phrases::reviews(summary).map(|words| words.get(lang).to_owned()),
        attention: grouped(summary.attention),
        groups: groups.iter().map(|group| group_view(group, lang)).collect(),
        warned: warned(model.rows).iter().map(|warned| warned_view(warned, lang)).collect(),
        calls: calls(summary),
        origins: origins(model.rows),
        stores: grouped(summary.stores),
        all: (model.rows.len() <= STORES_MAX).then(|| model.rows.iter().map(|row| store_view(row, lang)).collect()),
    }
}

/// What a rehearsal says of the real run, and what that rests on.
fn rehearsed(summary: &Summary, lang: Lang) -> Option<(String, String)> {
    let rehearsal = summary.rehearsal.as_ref()?;
    Some((rehearsal.line()?.get(lang).to_owned(), rehearsal.grounds().get(lang).to_owned()))
}

fn shown(text: &str) -> String {
    visible(text).into_owned()
}

/// The five numbers that everybody asks for, and the others where there are any: together they are all stores.
fn tiles(summary: &Summary, lang: Lang) -> Vec<Tile> {
    let state = |state: State| summary.in_state(state);
    let all = [
        ("upgraded", state(State::Upgraded), lang.pick("upgraded", "升级成功"), true),
        ("deleted", state(State::Deleted), lang.pick("deleted", "已删除"), true),
        ("done", state(State::Done), lang.pick("done", "已完成"), false),
        ("accepted", state(State::Accepted), lang.pick("accepted by a person", "人工确认"), false),
        ("in_review", state(State::InReview), lang.pick("in review", "审核中"), true),
        ("pending", phrases::to_send(summary), lang.pick("to be sent", "待提交"), true),
        ("unknown", state(State::Unknown), lang.pick("to be checked", "结果待核实"), false),
        ("attention", summary.attention, lang.pick("need a person", "需人工处理"), true),
    ];
    let present = all.into_iter().filter(|(_, count, _, always)| *always || *count > 0);
    let tone = |key, count| if count == 0 { "none" } else { key };
    present.map(|(key, count, name, _)| Tile { tone: tone(key, count), count: grouped(count), name }).collect()
}

fn share(summary: &Summary, state: State, lang: Lang) -> Share {
    let count = summary.in_state(state);
    Share {
        key: state.key(),
        name: state.name().get(lang).to_owned(),
        meaning: phrases::meaning(state).get(lang).to_owned(),
        count,
        shown: grouped(count),
        percent: percent(count, summary.stores),
    }
}

fn group_view(group: &Group<'_>, lang: Lang) -> GroupView {
    let hidden = group.rows.len().saturating_sub(GROUP_ROWS_MAX);
    let also =
        group.also.iter().map(|(code, count)| format!("{code} {} ({})", code.title().get(lang), grouped(*count)));
    GroupView {
        label: group.reason.label().into_owned(),
        title: group.reason.title().get(lang).to_owned(),
        remedy: group.remedy.get(lang).to_owned(),
        count: grouped(group.rows.len() as u64),
        also: also.collect(),
        stores: group.rows.iter().take(GROUP_ROWS_MAX).map(|row| store_view(row, lang)).collect(),
        more: (hidden > 0).then(|| more(hidden as u64).get(lang).to_owned()),
    }
}

/// Stores that went, or go, with a warning: the same as a group of those that did not.
fn warned_view(warned: &Warned<'_>, lang: Lang) -> GroupView {
    let hidden = warned.stores.len().saturating_sub(GROUP_ROWS_MAX);
    let store = |(row, findings): &(&StoreRow, Vec<&Finding>)| {
        let told: Vec<_> = findings.iter().map(|finding| finding.words().get(lang).to_owned()).collect();
        StoreView { reason: shown(&told.join("; ")), ..store_view(row, lang) }
    };
    GroupView {
        label: warned.code.to_string(),
        title: warned.code.title().get(lang).to_owned(),
        remedy: warned.code.remedy().get(lang).to_owned(),
        count: grouped(warned.stores.len() as u64),
        also: Vec::new(),
        stores: warned.stores.iter().take(GROUP_ROWS_MAX).map(store).collect(),
        more: (hidden > 0).then(|| more(hidden as u64).get(lang).to_owned()),
    }
}

fn more(hidden: u64) -> Words {
    let hidden = grouped(hidden);
    words!("and {hidden} more in stores.csv"; "另有 {hidden} 家，见 stores.csv")
}

fn store_view(row: &StoreRow, lang: Lang) -> StoreView {
    let (business, branch) = (told(row, |store| &store.business_name), told(row, |store| &store.branch_name));
    let name = if branch.trim().is_empty() { business.to_owned() } else { format!("{business} · {branch}") };
    let file = source(row);
    let place = match row.place.row {
        Some(number) => words!("{file}, row {number}"; "{file}，第 {number} 行"),
        None => Words::same(file),
    };
    let (before, now) = (status_code(&row.status_before), status_code(status_now(row)));
    let status = if before == now { before.to_owned() } else { format!("{before} → {now}") };
    StoreView {
        poi_id: row.poi_id().map_or_else(String::new, |id| shown(id.as_str())),
        name: shown(&name),
        city: shown(told(row, |store| &store.city)),
        place: shown(place.get(lang)),
        key: row.state.key(),
        state: row.state.name().get(lang).to_owned(),
        status: shown(&status),
        reason: shown(&reasons::words_of(row, lang)),
        updated_at: moment(&row.updated_at.rfc3339()),
    }
}

fn status_code(status: &UpgradeStatus) -> &str {
    if *status == UpgradeStatus::Absent { "–" } else { status.code() }
}

fn calls(summary: &Summary) -> Vec<Vec<String>> {
    let line = |(endpoint, counts): (&&str, &CallCounts)| {
        let mut line = vec![(*endpoint).to_owned()];
        line.extend([counts.sent, counts.ok, counts.refused, counts.unknown].map(grouped));
        line
    };
    summary.calls.iter().map(line).collect()
}

/// For each field how many submissions took it from override, supplement, old record and defaults.
fn origins(rows: &[StoreRow]) -> Vec<Vec<String>> {
    let mut counts = [[0_u64; 4]; Field::ALL.len()];
    for (field, origin) in rows.iter().filter_map(|row| row.decision.submission.as_ref()).flat_map(|s| &s.origins) {
        let line = Field::ALL.iter().position(|known| known == field);
        let column = match origin {
            Origin::Override => 0,
            Origin::Supplement(_) => 1,
            Origin::Record => 2,
            Origin::Defaults => 3,
        };
        if let Some(line) = line {
            counts[line][column] += 1;
        }
    }
    let lines = Field::ALL.iter().zip(counts).filter(|(_, counts)| counts.iter().any(|count| *count > 0));
    lines.map(|(field, counts)| std::iter::once(field.key().to_owned()).chain(counts.map(grouped)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{self, NOW, blocked, mixed, pending};
    use crate::store::Code;
    use crate::wire::ErrorTable;

    fn html(rows: &[StoreRow], account: &str, lang: Lang) -> String {
        let summary = sample::summary(rows, account);
        let model = ReportModel {
            summary: &summary,
            rows,
            supplied: &std::collections::HashMap::new(),
            keep: &[],
            errors: &ErrorTable::default(),
            generated_at: NOW,
        };
        String::from_utf8(bytes(&model, &reasons::group(rows, model.errors), lang)).expect("UTF-8")
    }

    #[test]
    fn the_page_begins_with_what_happened_in_the_language_asked() {
        let english = html(&mixed(), "wx1", Lang::En);
        assert!(english.starts_with("<!doctype html>\n<html lang=\"en\">"));
        assert!(
            english
                .contains("<h1>6 of 10 stores are done; 1 is still to be sent, 1 is in review, 2 need a person.</h1>")
        );
        assert!(english.contains("<pre><code>poilift migrate stores.xlsx</code></pre>"));
        let chinese = html(&mixed(), "wx1", Lang::Zh);
        assert!(chinese.contains("<html lang=\"zh-CN\">"));
        assert!(chinese.contains("<h1>10 家门店中，6 家已完成，1 家待提交，1 家审核中，2 家需人工处理。</h1>"));
    }

    #[test]
    fn a_name_that_holds_markup_or_turns_the_line_around_is_only_text() {
        let mut row = pending(1);
        row.record.business_name = "<script>alert('x')</script>\u{202e}\u{0}&".into();
        let page = html(&[row], "wx1", Lang::En);
        assert!(!page.contains("<script") && !page.contains('\u{202e}') && !page.contains('\0'));
        assert!(page.contains("&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;\u{FFFD}\u{FFFD}&#38; · 西湖1店"));
    }

    #[test]
    fn the_page_is_one_file_that_loads_nothing() {
        let page = html(&mixed(), "wx1", Lang::En);
        for loads in [" src=", " href=", "url(", "@import", "<script", "<link"] {
            assert!(!page.contains(loads), "{loads}");
        }
    }

    #[test]
    fn only_a_simulated_run_carries_the_watermark() {
        let mark = "<div class=\"watermark\" aria-hidden=\"true\">SANDBOX / 沙箱 — simulated</div>";
        assert!(html(&mixed(), "sandbox", Lang::Zh).contains(mark));
        assert!(!html(&mixed(), "wx1", Lang::Zh).contains(mark));
    }

    #[test]
    fn a_large_group_shows_its_first_stores_and_says_how_many_more_there_are() {
        let rows: Vec<_> = (1..=450).map(|n| blocked(n, &[Code::CredentialMissing])).collect();
        let page = html(&rows, "wx1", Lang::En);
        assert!(page.contains("and 250 more in stores.csv"));
        assert!(page.contains("<b>What to do: </b>add a column credential to a supplement; no old record has it"));
        let in_the_group = page.split("<h2>All states").next().unwrap_or_default();
        assert_eq!(in_the_group.matches("<td class=\"id\">").count(), GROUP_ROWS_MAX);
    }

    #[test]
    fn too_many_stores_are_not_listed_but_pointed_to() {
        let count = u32::try_from(STORES_MAX).expect("a small number") + 1;
        let rows: Vec<_> = (1..=count).map(pending).collect();
        let page = html(&rows, "wx1", Lang::Zh);
        assert!(page.contains("每家门店见 stores.csv 与 report.xlsx"));
        assert!(!page.contains("100000001"));
    }

    #[test]
    fn values_are_counted_by_field_and_origin() {
        let lines = origins(&[pending(1), pending(2), blocked(3, &[])]);
        assert_eq!(
            lines,
            [["contract_phone", "0", "0", "2", "0"], ["hour", "0", "0", "0", "2"], ["credential", "0", "2", "0", "0"]]
        );
    }
}
