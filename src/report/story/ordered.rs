//! What the story of an order says otherwise than that of a migration: an update, a removal, a card, a new store in the store
//! mini-program. The ledger tells its progress in `upgrade_status`' numbers; people read what they stand for.

use super::Story;
use super::outlook::{Next, Withdrawal};
use super::plan;
use crate::report::reasons::{self, Reason};
use crate::store::{BulkJob, Order, State, UpgradeStatus, Words};
use crate::words;

/// How far the platform had come with the order.
pub(super) fn progress(status: &UpgradeStatus) -> Words {
    match status {
        UpgradeStatus::Waiting => words!("the store as it was before"; "门店与之前相同"),
        UpgradeStatus::Failed => words!("that the review refused it"; "审核未通过"),
        UpgradeStatus::Migrating => words!("that it is in review"; "审核中"),
        UpgradeStatus::Done => words!("what was ordered"; "已与要求一致"),
        UpgradeStatus::Forbidden | UpgradeStatus::Absent => {
            words!("nothing by which it can be judged"; "无法判断的内容")
        }
        UpgradeStatus::Other(_) => {
            words!("something else than before, and than what was ordered"; "既非之前、也非所要求的内容")
        }
    }
}

/// What is wanted, and what stands in the way, each with its remedy.
pub(super) fn rule(story: &Story<'_>) -> Vec<Words> {
    let row = story.row;
    if row.decision.is_unplanned() && row.faults.is_empty() {
        return vec![words!("it was not planned yet"; "尚未生成计划")];
    }
    let Words { en, zh } = row.decision.action.verb().map_or_else(
        || words!("nothing is sent"; "不提交"),
        |verb| words!("{verb}, as its row of the sheet says"; "按表格中该行提交 {verb}"),
    );
    let mut lines = vec![Words { en, zh }];
    for finding in reasons::findings(row) {
        lines.push(finding.words());
        let Words { en, zh } = finding.code.remedy();
        lines.push(Words { en: format!("  mend: {en}"), zh: format!("  处理：{zh}") });
    }
    lines
}

/// Every value of the request; for a new store with where it came from.
pub(super) fn values(story: &Story<'_>) -> Vec<Words> {
    let Some(ordered) = &story.row.decision.order else { return vec![words!("nothing"; "无")] };
    if let Order::Create(submission) = &ordered.order {
        return plan::submitted(story, submission);
    }
    let body = ordered.order.body();
    let entries = body.as_object().into_iter().flatten();
    let line = |(key, value): (&String, &serde_json::Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value = if value.is_empty() { "\"\"".to_owned() } else { value };
        Words::same(format!("{key} = {value}"))
    };
    entries.map(line).collect()
}

/// What can be taken back: nothing that was sent. What an update or a card has replaced is known, and can be ordered again.
pub(super) fn withdrawal(story: &Story<'_>) -> Withdrawal {
    let row = story.row;
    let removal = matches!(row.decision.order.as_ref().map(|ordered| &ordered.order), Some(Order::Remove { .. }));
    let words = match row.state {
        State::Pending | State::Retry => words!(
            "everything: nothing is under way. Take its row out of the sheet and run the command with that";
            "可以：没有进行中的请求。从表格中删去该行再运行命令即可"
        ),
        State::Held | State::Blocked | State::Rejected | State::Drifted => {
            words!("nothing has to be: nothing is under way"; "无需撤回：没有进行中的请求")
        }
        State::InFlight | State::Unknown => words!(
            "nothing: the request may have left, and no call of the API document takes one back";
            "不能：请求可能已发出，接口文档中没有可以撤回的接口"
        ),
        State::InReview => words!(
            "nothing: no call of the API document withdraws it from its review"; "不能：接口文档中没有可以撤回审核的接口"
        ),
        State::Done | State::Upgraded | State::Deleted if removal => words!(
            "nothing: no call brings a removed store back; poilift store add makes a new one"; "不能：没有可以恢复已删除门店的接口；可用 poilift store add 新增"
        ),
        State::Done | State::Upgraded | State::Deleted => {
            words!("not as such: another order changes it again"; "不能直接撤回，可再次提交修改")
        }
        State::Accepted => {
            words!("nothing has to be: a person has settled it, and nothing more is sent"; "无需撤回：已由人工结案，不再提交")
        }
        State::Vanished => words!("nothing: it is gone from the platform"; "无需撤回：平台上已无此店"),
    };
    let possible = matches!(row.state, State::Pending | State::Retry);
    Withdrawal { possible, words }
}

/// What a person does next.
pub(super) fn next(story: &Story<'_>) -> Next {
    let (row, guide) = (story.row, story.guide);
    // The run that had the store in its sheet, whatever the last command was about.
    let is_own = |arguments: &[String]| matches!(arguments.first().map(String::as_str), Some("store" | "card"));
    let own = story.runs.iter().rev().find(|run| is_own(&run.arguments));
    let again = || {
        let command = own.map_or_else(|| guide.again(&[]), |run| format!("poilift {}", (guide.quote)(&run.arguments)));
        vec![command]
    };
    let accept = || {
        let id = row.poi_id().map(ToString::to_string);
        id.map(|id| guide.other(&["accept", &id, "--job", job_name(guide.job), "--reason", "TEXT"]))
    };
    let of = |words: Words, commands: Vec<String>| Next { words, commands };
    match row.state {
        State::Pending | State::Retry => of(
            words!("nothing but the same command again, which sends it:"; "无需处理，再次运行同一命令会提交："),
            again(),
        ),
        State::InFlight | State::Unknown => of(
            words!("nothing but the same command again, which reads the platform and decides; never send it by hand before that:"; "无需处理，再次运行同一命令会查询平台后再决定；此前请勿手工提交："),
            again(),
        ),
        State::InReview => {
            of(words!("wait for the review; the same command looks:"; "等待审核；同一命令可查看："), again())
        }
        State::Upgraded | State::Deleted | State::Done | State::Accepted => {
            of(words!("nothing"; "无需处理"), Vec::new())
        }
        State::Blocked | State::Rejected | State::Held | State::Drifted | State::Vanished => {
            let remedy = Reason::of(row).map_or_else(Words::default, |reason| reason.remedy(story.errors));
            let (first, place) = (remedy, row.place.words());
            let dot = |text: &str, dot: &str| if text.is_empty() { String::new() } else { format!("{text}{dot}") };
            let words = Words {
                en: format!(
                    "{}mend its row ({}), then the same command; or take it as settled:",
                    dot(&first.en, "; "),
                    place.en
                ),
                zh: format!("{}修改该行（{}）后再次运行；或确认结案：", dot(&first.zh, "；"), place.zh),
            };
            of(words, again().into_iter().chain(accept()).collect())
        }
    }
}

/// The job as `--job` names it.
const fn job_name(job: BulkJob) -> &'static str {
    match job {
        BulkJob::Migrate => "migrate",
        BulkJob::Create => "store-add",
        BulkJob::Update => "store-update",
        BulkJob::Remove => "store-delete",
        BulkJob::SetCard => "card-set",
    }
}
