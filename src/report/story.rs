//! `poilift why`: the life of one store, for somebody who never saw the program: where each value came from, what was
//! decided and by which rule, what was sent, what came back, what was read, where it stands and what to do.

use std::fmt::Write as _;

use super::lines::told;
use super::reasons::{self, Reason};
use super::visible::visible;
use crate::ledger::{StoreRow, StoryLine};
use crate::store::{Action, Field, Lang, Origin, Stamp, State, Words};
use crate::wire::ErrorTable;
use crate::words;

/// The story as text, each line ended.
#[must_use]
pub fn story_text(row: &StoreRow, story: &[StoryLine], lang: Lang) -> String {
    let mut text = Text { lang, out: String::new() };
    text.line(0, &who(row));
    text.line(0, &stands(row));
    text.heading(&words!("Plan"; "计划"));
    text.line(1, &rule(row));
    for line in values(row) {
        text.line(1, &line);
    }
    text.heading(&words!("What happened"; "经过"));
    if story.is_empty() {
        text.line(1, &words!("nothing was sent or read for this store alone yet"; "尚未针对该店单独提交或查询"));
    }
    for line in story {
        text.line(1, &happened(line));
    }
    text.heading(&words!("What to do"; "下一步"));
    text.line(1, &to_do(row));
    text.out
}

struct Text {
    lang: Lang,
    out: String,
}

impl Text {
    fn line(&mut self, indent: usize, words: &Words) {
        self.out.push_str(&"  ".repeat(indent));
        self.out.push_str(&visible(words.get(self.lang)));
        self.out.push('\n');
    }

    fn heading(&mut self, words: &Words) {
        self.out.push('\n');
        self.line(0, words);
    }
}

fn who(row: &StoreRow) -> Words {
    let id = row.poi_id().map_or_else(|| row.key.clone(), ToString::to_string);
    let parts = [
        told(row, |store| &store.business_name),
        told(row, |store| &store.branch_name),
        told(row, |store| &store.city),
    ];
    let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    words!("store {id}: {name} ({})"; "门店 {id}：{name}（{}）", row.place)
}

fn stands(row: &StoreRow) -> Words {
    let (state, since) = (row.state.name(), moment(row.updated_at));
    let why = |lang| match reasons::words_of(row, lang) {
        why if why.is_empty() => String::new(),
        why => format!("{}{why}", lang.pick(": ", "：")),
    };
    let key = if state.en == row.state.key() { String::new() } else { format!(" ({})", row.state) };
    Words {
        en: format!("{}{key} since {since}{}", state.en, why(Lang::En)),
        zh: format!("{}（{}），自 {since}{}", state.zh, row.state, why(Lang::Zh)),
    }
}

/// The rule that classified it.
fn rule(row: &StoreRow) -> Words {
    let status = &row.status_before;
    match row.decision.action {
        Action::Add => {
            words!("upgrade_status {status}, and the submission is complete: add_store"; "upgrade_status {status}，资料齐全：add_store")
        }
        Action::Delete if row.status_before.wants_add() => {
            words!("a person asked for its deletion: delpoi"; "人工要求删除：delpoi")
        }
        Action::Delete => {
            words!("upgrade_status {status}, the platform forbids to move it: delpoi, with --allow-delete"; "upgrade_status {status}，平台禁止迁移：delpoi（需 --allow-delete）")
        }
        Action::Wait => {
            words!("upgrade_status {status}: the platform reviews it"; "upgrade_status {status}：平台审核中")
        }
        Action::None => words!("upgrade_status {status}: nothing to do"; "upgrade_status {status}：无需处理"),
        Action::Resolve => {
            words!("upgrade_status {status}, complete but for its map_poi_id"; "upgrade_status {status}，仅缺 map_poi_id")
        }
        Action::Blocked => {
            words!("upgrade_status {status}; data is missing or wrong"; "upgrade_status {status}；资料缺失或有误")
        }
    }
}

/// Each value of the submission with the place it came from.
fn values(row: &StoreRow) -> Vec<Words> {
    let Some(submission) = &row.decision.submission else { return Vec::new() };
    let body = submission.body();
    let value = |field: Field| body.get(field.key()).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let from = |(field, origin): (&Field, &Origin)| {
        let (key, value) = (field.key(), value(*field));
        match origin {
            Origin::Override => {
                words!("{key} = {value}, from [override] of poilift.toml"; "{key} = {value}，来自 poilift.toml 的 [override]")
            }
            Origin::Supplement(place) => words!("{key} = {value}, from {place}"; "{key} = {value}，来自 {place}"),
            Origin::Record => words!("{key} = {value}, from the old record"; "{key} = {value}，来自旧门店资料"),
            Origin::Defaults => {
                words!("{key} = {value}, from [defaults] of poilift.toml"; "{key} = {value}，来自 poilift.toml 的 [defaults]")
            }
        }
    };
    submission.origins.iter().map(from).collect()
}

fn happened(line: &StoryLine) -> Words {
    let at = moment(line.at);
    let attempt = line.attempt.unwrap_or(0);
    let endpoint = &line.endpoint;
    let tail = tail(line);
    match (line.phase.as_str(), line.outcome.as_deref()) {
        ("intent", _) => {
            words!("{at}  {endpoint}, attempt {attempt}: about to be sent"; "{at}  {endpoint} 第 {attempt} 次：即将提交")
        }
        ("outcome", Some("ok")) => {
            words!("{at}  {endpoint}, attempt {attempt}: accepted{tail}"; "{at}  {endpoint} 第 {attempt} 次：已受理{tail}")
        }
        ("outcome", Some("refused")) => {
            words!("{at}  {endpoint}, attempt {attempt}: refused{tail}"; "{at}  {endpoint} 第 {attempt} 次：被拒绝{tail}")
        }
        ("outcome", Some("not_done")) => {
            words!("{at}  {endpoint}, attempt {attempt}: certainly not done{tail}"; "{at}  {endpoint} 第 {attempt} 次：确定未生效{tail}")
        }
        ("outcome", Some("not_sent")) => {
            words!("{at}  {endpoint}, attempt {attempt}: never left{tail}"; "{at}  {endpoint} 第 {attempt} 次：未发出{tail}")
        }
        ("outcome", _) => {
            words!("{at}  {endpoint}, attempt {attempt}: the answer was lost{tail}"; "{at}  {endpoint} 第 {attempt} 次：未收到应答{tail}")
        }
        ("accepted", _) => words!("{at}  {}"; "{at}  {}", line.errmsg),
        _ => reading(line, &at),
    }
}

fn reading(line: &StoryLine, at: &str) -> Words {
    let asked = line.sent_at.map(moment).unwrap_or_default();
    let endpoint = &line.endpoint;
    let sight = line.sight.as_deref().unwrap_or_default();
    let shown = match (&line.status_seen, line.comment_seen.as_deref().unwrap_or_default()) {
        (Some(status), "") => words!("upgrade_status {status}"; "upgrade_status {status}"),
        (Some(status), comment) => words!("upgrade_status {status}, {comment}"; "upgrade_status {status}，{comment}"),
        (None, _) => words!("no such store{}"; "查无此店{}", tail(line)),
    };
    Words {
        en: format!("{at}  read by {endpoint} (asked {asked}): {} – {sight}", shown.en),
        zh: format!("{at}  通过 {endpoint} 查询（{asked} 发出）：{} – {sight}", shown.zh),
    }
}

/// The platform's code, words, and numbers for its support.
fn tail(line: &StoryLine) -> String {
    let mut tail = String::new();
    if let Some(errcode) = line.errcode.filter(|errcode| *errcode != 0) {
        let _ = write!(tail, ", errcode {errcode}");
    }
    if !line.errmsg.is_empty() {
        let _ = write!(tail, ", {}", line.errmsg);
    }
    if let Some(rid) = &line.rid {
        let _ = write!(tail, ", rid {rid}");
    }
    if let Some(audit_id) = &line.audit_id {
        let _ = write!(tail, ", audit_id {audit_id}");
    }
    tail
}

fn to_do(row: &StoreRow) -> Words {
    if let Some(reason) = Reason::of(row) {
        return reason.remedy(&ErrorTable::default());
    }
    match row.state {
        State::Pending | State::Retry => words!("the same command sends it"; "重新运行同一命令即会提交"),
        State::InFlight | State::Unknown => {
            words!("the next run reads the platform and decides; it is not sent on a guess"; "下次运行会查询平台后再决定，不会盲目重发")
        }
        State::InReview => words!("wait for the review: poilift watch"; "等待审核：poilift watch"),
        _ => words!("nothing"; "无需处理"),
    }
}

fn moment(at: Stamp) -> String {
    at.rfc3339().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn line(phase: &str, outcome: Option<&str>) -> StoryLine {
        StoryLine {
            phase: phase.into(),
            endpoint: "add_store".into(),
            attempt: Some(1),
            outcome: outcome.map(str::to_owned),
            at: Stamp(1_795_457_400_000),
            sent_at: Some(Stamp(1_795_457_399_000)),
            errcode: None,
            errmsg: String::new(),
            rid: None,
            audit_id: None,
            status_seen: None,
            comment_seen: None,
            sight: None,
        }
    }

    #[test]
    fn a_lost_answer_and_the_reading_that_settled_it_are_told_in_order() {
        let lost = StoryLine { errmsg: "connection closed".into(), ..line("outcome", Some("lost")) };
        let read = StoryLine {
            endpoint: "getpoi".into(),
            attempt: None,
            status_seen: Some("2".into()),
            sight: Some("reviewing".into()),
            ..line("reading", Some("ok"))
        };
        let text = story_text(&sample::in_state(1, State::InReview), &[line("intent", None), lost, read], Lang::En);
        let told: Vec<&str> = text.lines().filter(|line| line.starts_with("  2026")).collect();
        assert_eq!(
            told,
            [
                "  2026-11-24 02:10:00+08:00  add_store, attempt 1: about to be sent",
                "  2026-11-24 02:10:00+08:00  add_store, attempt 1: the answer was lost, connection closed",
                "  2026-11-24 02:10:00+08:00  read by getpoi (asked 2026-11-24 02:09:59+08:00): upgrade_status 2 – reviewing",
            ]
        );
        assert!(text.contains("wait for the review"), "{text}");
    }
}
