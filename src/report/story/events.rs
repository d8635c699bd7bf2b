//! What happened to a store, moment by moment: each attempt with what came back, each reading with what it showed, and
//! what was concluded from it and why. Attempts and readings are told in the light of what came before them.

use std::time::Duration;

use super::Story;
use crate::ledger::{PlanChange, StoryLine};
use crate::report::phrases;
use crate::store::{Lang, Stamp, State, UpgradeStatus, Verb, Words};
use crate::wire::{Class, Endpoint};
use crate::words;

/// One moment.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// The run in which it happened.
    pub run: i64,
    /// When.
    pub at: Stamp,
    /// What.
    pub what: Words,
    /// What came back.
    pub details: Vec<Words>,
    /// What was concluded.
    pub so: Option<Words>,
}

/// A write of which a reading has to say what became of it.
#[derive(Debug, Clone, Copy)]
struct Open {
    at: Stamp,
    verb: Option<Verb>,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// No answer that can be believed.
    Lost,
    /// An answer that says that it may be done already.
    Ambiguous,
    /// Accepted.
    Accepted,
}

/// Everything in the ledger about the store, in order. An intent and its outcome are one moment.
pub(super) fn told(story: &Story<'_>) -> Vec<Told> {
    let mut open: Option<Open> = None;
    let mut told = Vec::with_capacity(story.lines.len());
    for (n, line) in story.lines.iter().enumerate() {
        match line.phase.as_str() {
            "intent" => {
                let outcome = story.lines[n + 1..].iter().find(|next| next.phase == "outcome");
                let outcome = outcome.filter(|outcome| outcome.attempt == line.attempt);
                told.push(attempt(story, line, outcome));
                open = outcome.and_then(|outcome| opened(story, outcome)).or(open);
            }
            // Told with its intent.
            "outcome" => {}
            "planned" => told.extend(line.change.as_ref().map(|change| planned(line, change))),
            "accepted" => told.push(accepted(story, line)),
            _ => {
                let before_deletion = story.lines.get(n + 1).is_some_and(is_deletion);
                told.push(reading(story, line, open.as_ref(), before_deletion));
                if line.sight.as_deref() != Some("undecided") {
                    open = None;
                }
            }
        }
    }
    told
}

fn opened(story: &Story<'_>, outcome: &StoryLine) -> Option<Open> {
    let how = match outcome.outcome.as_deref() {
        Some("ok") => How::Accepted,
        // -1 is an answer, but one that says nothing.
        Some("lost") if errcode(outcome).is_none() => How::Lost,
        Some("lost") => How::Ambiguous,
        _ if class(story, outcome) == Some(Class::Ambiguous) => How::Ambiguous,
        _ => return None,
    };
    Some(Open { at: outcome.at, verb: Verb::from_key(&outcome.endpoint), how })
}

/// What the answer's code means for this account.
fn class(story: &Story<'_>, line: &StoryLine) -> Option<Class> {
    Some(story.errors.class(Endpoint::from_key(&line.endpoint)?, errcode(line)?))
}

fn errcode(line: &StoryLine) -> Option<i64> {
    line.errcode.filter(|errcode| *errcode != 0)
}

fn attempt(story: &Story<'_>, intent: &StoryLine, outcome: Option<&StoryLine>) -> Told {
    let (n, endpoint) = (intent.attempt.unwrap_or(0), &intent.endpoint);
    let Some(outcome) = outcome else {
        return Told {
            run: intent.run,
            at: intent.at,
            what: words!("attempt {n}, {endpoint}: about to be sent"; "第 {n} 次 {endpoint}：即将提交"),
            details: Vec::new(),
            so: Some(words!(
                "what became of it is not written down yet: a run is under way, or the next one reads the platform";
                "结果尚未记录：运行仍在进行，或由下次运行查询核实"
            )),
        };
    };
    let (what, detail) = match (outcome.outcome.as_deref(), outcome.sent_at) {
        (Some("not_sent"), _) => (
            words!("attempt {n}, {endpoint}: it never left"; "第 {n} 次 {endpoint}：未发出"),
            words!("why: {}"; "原因：{}", outcome.errmsg),
        ),
        (_, Some(sent_at)) => {
            (words!("attempt {n}, {endpoint}: sent"; "第 {n} 次 {endpoint}：已发出"), came_back(outcome, sent_at))
        }
        (_, None) => (
            words!("attempt {n}, {endpoint}: sent, or about to be"; "第 {n} 次 {endpoint}：已发出或即将发出"),
            words!("the program ended before an answer was written down"; "程序在记录应答前中断"),
        ),
    };
    let at = outcome.sent_at.unwrap_or(intent.at);
    let details = std::iter::once(detail).chain(means(story, outcome)).collect();
    Told { run: intent.run, at, what, details, so: Some(concluded(story, outcome)) }
}

/// The answer, or that there was none, with the numbers that the platform's support asks for.
fn came_back(outcome: &StoryLine, sent_at: Stamp) -> Words {
    let after = span(outcome.at.since(sent_at));
    let mut parts = Vec::new();
    let http = outcome.http_status.map(|status| format!("HTTP {status}"));
    // Where there was no answer to believe, the words begin with it themselves.
    parts.extend(http.filter(|http| !outcome.errmsg.starts_with(http.as_str())));
    parts.extend(outcome.errcode.map(|errcode| format!("errcode {errcode}")));
    parts.extend((!outcome.errmsg.is_empty()).then(|| format!("“{}”", outcome.errmsg)));
    parts.extend(outcome.rid.as_ref().map(|rid| format!("rid {rid}")));
    parts.extend(outcome.audit_id.as_ref().map(|id| format!("audit_id {id}")));
    let said = parts.join(", ");
    if outcome.errcode.is_some() {
        return Words {
            en: format!("answered after {}: {said}", after.en),
            zh: format!("{}后收到应答：{said}", after.zh),
        };
    }
    Words {
        en: format!("the answer was lost after {}: {said}", after.en),
        zh: format!("{}后仍未收到可信的应答：{said}", after.zh),
    }
}

/// What an outcome means for the store.
fn concluded(story: &Story<'_>, outcome: &StoryLine) -> Words {
    match outcome.outcome.as_deref() {
        Some("ok") if outcome.endpoint == Verb::Delpoi.key() => words!("deleted"; "已删除"),
        Some("ok") if story.is_order() => words!("accepted by the platform"; "平台已受理"),
        Some("ok") => words!("accepted: the platform reviews it"; "已受理，平台审核中"),
        Some("not_done") => words!("certainly not done; it goes again"; "确定未生效，将重新提交"),
        Some("not_sent") => words!("certainly not done; it goes again"; "确定未生效，将重新提交"),
        Some("refused") if class(story, outcome) == Some(Class::Ambiguous) => words!(
            "what that says of this store is known only by reading: once the settle window is over the platform is asked, and nothing is sent before that";
            "对该店意味着什么须查询后才知道：等待核实窗口过后查询平台，此前不提交任何内容"
        ),
        Some("refused") => {
            words!("rejected; it goes again once its data has changed, and not before"; "被驳回；资料修改后才会重新提交")
        }
        _ => words!(
            "nobody knows whether the platform acted: once the settle window is over it is asked, and nothing is sent before that";
            "无法得知平台是否已处理：等待核实窗口过后查询平台，此前不提交任何内容"
        ),
    }
}

/// What the answer's code means.
fn means(story: &Story<'_>, outcome: &StoryLine) -> Option<Words> {
    let meaning = story.errors.meaning(Endpoint::from_key(&outcome.endpoint)?, errcode(outcome)?)?;
    let Words { en, zh } = meaning.means;
    Some(Words { en: format!("that is: {en}"), zh: format!("即：{zh}") })
}

fn is_deletion(line: &StoryLine) -> bool {
    line.phase == "intent" && line.endpoint == Verb::Delpoi.key()
}

/// A reading: when it was asked, seen from the write that it was to settle; what it showed; what that meant.
fn reading(story: &Story<'_>, line: &StoryLine, open: Option<&Open>, before_deletion: bool) -> Told {
    let endpoint = &line.endpoint;
    let asked = line.sent_at.unwrap_or(line.at);
    let what = match open {
        Some(open) => {
            let after = span(asked.since(open.at));
            let since = match open.how {
                How::Lost => words!("the lost answer"; "应答丢失"),
                How::Ambiguous => words!("that answer"; "该应答"),
                How::Accepted => words!("it was accepted"; "受理"),
            };
            Words {
                en: format!("read by {endpoint}, asked {} after {}", after.en, since.en),
                zh: format!("通过 {endpoint} 查询，在{}后 {}发出", since.zh, after.zh),
            }
        }
        None if before_deletion => words!(
            "read by {endpoint}, so that its full record is kept before it is deleted";
            "通过 {endpoint} 查询，以便在删除前保存完整资料"
        ),
        None => words!("read by {endpoint}"; "通过 {endpoint} 查询"),
    };
    Told { run: line.run, at: asked, what, details: vec![shown(story, line)], so: Some(meant(line, open)) }
}

/// What a reading showed.
pub(super) fn shown(story: &Story<'_>, line: &StoryLine) -> Words {
    let comment = line.comment_seen.as_deref().unwrap_or_default();
    match (&line.status_seen, errcode(line)) {
        (Some(status), _) => {
            let Words { en, zh } = story.shows(&UpgradeStatus::parse(status));
            let quoted =
                |comma: &str| if comment.is_empty() { String::new() } else { format!("{comma}“{comment}”") };
            Words { en: format!("it shows {en}{}", quoted(", ")), zh: format!("显示 {zh}{}", quoted("，")) }
        }
        (None, Some(errcode)) => words!("there is no such store (errcode {errcode})"; "查无此店（errcode {errcode}）"),
        (None, None) => words!("it shows the store without an upgrade_status"; "显示该店，但没有 upgrade_status"),
    }
}

/// What a reading was taken to mean, and why.
fn meant(line: &StoryLine, open: Option<&Open>) -> Words {
    let settles = open.filter(|open| open.how != How::Accepted);
    let deletion = open.is_some_and(|open| open.verb == Some(Verb::Delpoi));
    match line.sight.as_deref().unwrap_or_default() {
        "unchanged" if settles.is_some() && deletion => words!(
            "still there, as before the attempt: the deletion was not done; it may go again";
            "门店仍在，与提交前相同：删除未生效，可以重新提交"
        ),
        "unchanged" if settles.is_some() => words!(
            "the same as before the attempt: it was not done; it goes again";
            "与提交前相同：未生效，将重新提交"
        ),
        "unchanged" => words!("as it was when it was planned"; "与计划时相同"),
        "reviewing" if settles.is_some() => words!(
            "the platform has the submission: it was done, and is in review";
            "平台已有该次提交：已生效，审核中"
        ),
        "reviewing" => words!("the platform reviews it"; "平台审核中"),
        "upgraded" if settles.is_some() => {
            words!("it was done, and the review is passed: upgraded"; "已生效且审核通过：升级成功")
        }
        "upgraded" => words!("the review is passed: upgraded"; "审核通过：升级成功"),
        "confirmed" if settles.is_some() => words!("it was done: what was ordered is so"; "已生效：与要求一致"),
        "confirmed" => words!("what was ordered is so"; "与要求一致"),
        "refused" => words!(
            "the review refused it: rejected; it goes again once its data has changed, and not before";
            "审核未通过：被驳回；资料修改后才会重新提交"
        ),
        "duplicate" => words!(
            "it did not move, so the store that the platform has already is another one, at the same point of the map: rejected";
            "该店状态未变，平台所称的重复门店是同一位置点的另一家：被驳回"
        ),
        "deleted" => words!("it is gone: deleted"; "门店已不存在：已删除"),
        "gone" => words!(
            "it is gone, and no deletion of ours is the cause: a person has to find out";
            "门店已不存在，且并非本工具删除：需人工查明"
        ),
        "different" => words!(
            "this is something else than when it was planned: nothing is sent before a person has looked at it";
            "与计划时不同：人工核对之前不提交任何内容"
        ),
        _ if open.is_some() => words!(
            "too early, or too little, to decide anything: it is asked again";
            "时间过早或信息不足，不能下结论：稍后再次查询"
        ),
        _ => words!("it decides nothing"; "不据此下结论"),
    }
}

/// A later plan that wants something else.
fn planned(line: &StoryLine, change: &PlanChange) -> Told {
    let PlanChange { from, to, action, findings, data_changed, .. } = change;
    let (from_words, to_words) = (from.name(), to.name());
    let mut details = Vec::new();
    if *data_changed {
        details.push(words!("what would be sent has changed"; "待提交的内容有变"));
    }
    details.extend(findings.iter().map(|code| {
        let Words { en, zh } = code.title();
        Words { en: format!("{code} {en}"), zh: format!("{code} {zh}") }
    }));
    let wanted = phrases::action_name(*action);
    let so = (from != to || *to == State::Blocked).then(|| Words {
        en: format!("from “{}” to “{}” ({})", from_words.en, to_words.en, wanted.en),
        zh: format!("由“{}”改为“{}”（{}）", from_words.zh, to_words.zh, wanted.zh),
    });
    Told { run: line.run, at: line.at, what: words!("planned anew"; "重新计划"), details, so }
}

/// A person's word, in the words of the store's own reason, which are in both languages.
fn accepted(story: &Story<'_>, line: &StoryLine) -> Told {
    let own = story.row.reason.clone().filter(|_| story.row.state == State::Accepted);
    Told {
        run: line.run,
        at: line.at,
        what: own.unwrap_or_else(|| Words::same(line.errmsg.clone())),
        details: Vec::new(),
        so: Some(words!("settled by a person; nothing more is sent"; "由人工结案，不再提交")),
    }
}

/// `12 ms`, `1.2 s`, `31 s`, `1 min 15 s`.
fn span(span: Duration) -> Words {
    if span < Duration::from_secs(1) {
        return words!("{} ms"; "{} 毫秒", span.as_millis());
    }
    if span < Duration::from_secs(10) {
        let seconds = span.as_secs_f64();
        return words!("{seconds:.1} s"; "{seconds:.1} 秒");
    }
    let in_lang = |lang| phrases::span(span.as_secs(), lang);
    Words { en: in_lang(Lang::En), zh: in_lang(Lang::Zh) }
}
