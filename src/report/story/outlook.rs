//! What can still be withdrawn, and what to do next with the command to type.

use super::Story;
use crate::ledger::StoreRow;
use crate::report::reasons::Reason;
use crate::store::{Action, BulkJob, Code, State, Verb, Wish, Words};
use crate::words;

/// The commands that lead on, as the command line knows them.
#[derive(Debug, Clone)]
pub struct Guide {
    /// The arguments of the command that goes on where the last run stopped.
    pub again: Vec<String>,
    /// What every other command needs to find the same ledger: `--sandbox`, `--ledger FILE`.
    pub flags: Vec<String>,
    /// The workbook to be mended, if a report wrote one.
    pub attention: Option<String>,
    /// What was done with the store.
    pub job: BulkJob,
    /// Writes arguments as a shell takes them.
    pub quote: fn(&[String]) -> String,
}

impl Guide {
    /// The command that goes on, with these arguments behind it where it lacks them.
    pub(super) fn again(&self, more: &[&str]) -> String {
        let mut arguments = self.again.clone();
        let there = more.iter().all(|word| arguments.iter().any(|argument| argument == word));
        arguments.extend(more.iter().filter(|_| !there).map(|word| (*word).to_owned()));
        format!("poilift {}", (self.quote)(&arguments))
    }

    /// Another command on the same ledger.
    pub(super) fn other(&self, words: &[&str]) -> String {
        let words = words.iter().map(|word| (*word).to_owned());
        format!("poilift {}", (self.quote)(&words.chain(self.flags.iter().cloned()).collect::<Vec<_>>()))
    }
}

/// Whether anything can be taken back.
#[derive(Debug, Clone)]
pub(super) struct Withdrawal {
    /// Whether a person can still keep the next step from happening.
    pub possible: bool,
    /// How, or why not.
    pub words: Words,
}

/// What can still be withdrawn. The API document has no call that takes an `add_store` back: `del_store` (section 12) takes
/// the id that a store has once its review is passed, and nothing restores what `delpoi` has deleted.
pub(super) fn withdrawal(row: &StoreRow) -> Withdrawal {
    let possible = matches!(
        row.state,
        State::Pending | State::Retry | State::Held | State::Blocked | State::Rejected | State::Drifted
    );
    let deletion = row.last_write.as_ref().is_some_and(|write| write.verb == Verb::Delpoi);
    let words = match row.state {
        State::Pending | State::Retry => words!(
            "everything: nothing is under way. Write hold (暂缓) into its column action of a supplement and give that to the next run, or to poilift fill before it";
            "可以：没有进行中的请求。在补充表“处理”列填写 暂缓，随下次运行交回，或在此之前用 poilift fill 录入"
        ),
        State::Held if row.decision.wish == Some(Wish::Hold) => {
            words!("everything: it stays held for as long as its column action says hold"; "可以：只要“处理”列为 暂缓 就不会提交")
        }
        State::Held => {
            words!("everything: the deletion stays held for as long as no run is given --allow-delete; hold (暂缓) in its column action holds it even then"; "可以：只要不使用 --allow-delete 就不会删除；“处理”列填写 暂缓 则即使使用也不会删除")
        }
        State::Blocked => {
            words!("nothing has to be: nothing is sent while data is missing or wrong"; "无需撤回：资料修正之前不提交")
        }
        State::Rejected | State::Drifted => {
            words!("nothing has to be: nothing is under way, and nothing goes by itself while its data stays as it is"; "无需撤回：没有进行中的请求，资料不变就不会自动提交")
        }
        State::InFlight | State::Unknown if deletion => words!(
            "nothing: the deletion may have left, and no call of the API document takes one back";
            "不能：删除请求可能已发出，接口文档中没有可以撤回的接口"
        ),
        State::InFlight | State::Unknown => words!(
            "nothing: the request may have left, and no call of the API document takes an add_store back";
            "不能：请求可能已发出，接口文档中没有可以撤回 add_store 的接口"
        ),
        State::InReview => words!(
            "nothing: no call of the API document withdraws a store from its review; wxa/del_store takes a store only once the review is passed";
            "不能：接口文档中没有可以撤回审核的接口；wxa/del_store 只适用于审核通过后的门店"
        ),
        State::Upgraded | State::Done => words!(
            "nothing: an upgraded store does not go back to the old store management. poilift store delete, with its id there, takes it out of the store mini-program";
            "不能：升级后的门店无法回到旧门店管理；可用 poilift store delete（使用门店小程序中的门店编号）从门店小程序移除"
        ),
        State::Deleted => words!(
            "nothing: no call brings a deleted store back. Its full old record is kept in the ledger";
            "不能：没有可以恢复已删除门店的接口；其完整旧资料保存在账本中"
        ),
        State::Accepted => {
            words!("nothing has to be: a person has settled it, and nothing more is sent"; "无需撤回：已由人工结案，不再提交")
        }
        State::Vanished => words!("nothing: it is gone from the platform"; "无需撤回：平台上已无此店"),
    };
    Withdrawal { possible, words }
}

/// What to do, and what to type for it.
#[derive(Debug, Clone)]
pub(super) struct Next {
    /// What to do.
    pub words: Words,
    /// The commands, in order.
    pub commands: Vec<String>,
}

/// What a person does next about the store.
pub(super) fn next(story: &Story<'_>) -> Next {
    let (row, guide) = (story.row, story.guide);
    let id = row.poi_id().map(ToString::to_string);
    let remedy = || Reason::of(row).map_or_else(Words::default, |reason| reason.remedy(story.errors));
    let of = |words: Words, commands: Vec<String>| Next { words, commands };
    match row.state {
        State::Pending | State::Retry => of(
            words!("nothing but the next run, which sends it:"; "无需处理，下次运行会提交："),
            vec![guide.again(&[])],
        ),
        State::InFlight | State::Unknown => of(
            words!("nothing but the next run, which reads the platform and decides; never send the store by hand before that:"; "无需处理，下次运行会查询平台后再决定；此前请勿手工提交："),
            vec![guide.again(&[])],
        ),
        State::InReview => of(words!("wait for the review:"; "等待审核："), vec![guide.other(&["watch"])]),
        State::Upgraded if row.now.is_none() && !row.planned.by_platform => of(
            words!("it is upgraded by the input's word alone; have the platform confirm it:"; "“升级成功”仅来自输入文件，可向平台核实："),
            vec![guide.other(&["reconcile"])],
        ),
        State::Upgraded | State::Deleted | State::Done | State::Accepted => {
            of(words!("nothing"; "无需处理"), Vec::new())
        }
        State::Held if row.decision.wish != Some(Wish::Hold) && row.decision.action == Action::Delete => {
            let mut only_this = vec!["--allow-delete"];
            only_this.extend(id.iter().flat_map(|id| ["--poi-id", id.as_str()]));
            of(
                words!("if it may be deleted, allow it (this store alone); if it may not, leave it held:"; "如可删除，请批准（仅该店）；如不可删除，保持待批准即可："),
                vec![guide.again(&only_this)],
            )
        }
        State::Held if row.decision.action == Action::Delete => of(
            words!(
                "once it may be deleted, write delete into its column action of a supplement (FILE), and give that back:";
                "可以删除时，请在补充表（FILE）的“处理”列填写 删除，然后交回："
            ),
            vec![guide.again(&["--allow-delete", "--supplement", "FILE"])],
        ),
        State::Held => of(
            words!(
                "once it may go, write upgrade into its column action of a supplement (FILE), and give that back:";
                "可以提交时，请在补充表（FILE）的“处理”列填写 升级，然后交回："
            ),
            vec![guide.again(&["--supplement", "FILE"])],
        ),
        State::Drifted => of(
            words!(
                "look at the store on the platform; then have it planned as it is now, or take it as settled:";
                "请先在平台核对该店；然后按现状重新计划，或确认结案："
            ),
            by_id(id.as_deref(), |id| {
                vec![
                    guide.other(&["apply", "--replan", "--poi-id", id]),
                    guide.other(&["accept", id, "--reason", "TEXT"]),
                ]
            }),
        ),
        State::Vanished => of(
            words!("find out who removed it; then take it as settled:"; "请查明由谁删除；然后确认结案："),
            by_id(id.as_deref(), |id| vec![guide.other(&["accept", id, "--reason", "TEXT"])]),
        ),
        State::Blocked | State::Rejected => mend(story, &remedy()),
    }
}

fn by_id(id: Option<&str>, commands: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    id.map(commands).unwrap_or_default()
}

/// Data is mended in the workbook of the last report, or, for a row that cannot be named there, where it stands.
fn mend(story: &Story<'_>, remedy: &Words) -> Next {
    let (row, guide) = (story.row, story.guide);
    let Words { en, zh } = what_to_mend(story).unwrap_or_else(|| remedy.clone());
    if is_mended_in_source(row) {
        let place = row.place.words();
        return Next {
            words: Words {
                en: format!("{en}. It stands in {}; mend it there, then:", place.en),
                zh: format!("{zh}。所在位置：{}；在原处修改后：", place.zh),
            },
            commands: vec![guide.again(&[])],
        };
    }
    let file = guide.attention.as_deref();
    let (file_en, file_zh) = match file {
        Some(file) => (format!("its row of {file}"), format!("{file} 的该行")),
        None => ("a supplement, in a row with its poi_id".to_owned(), "补充表中以 poi_id 指明该店的一行".to_owned()),
    };
    let again = if row.state == State::Rejected {
        words!(" (resubmit, 原样重提, in its column action sends the same data again)"; "（“处理”列填写 原样重提 则以相同资料重新提交）")
    } else {
        Words::default()
    };
    Next {
        words: Words {
            en: format!("{en}. Fill it into {file_en}{}, and give that back:", again.en),
            zh: format!("{zh}。填入 {file_zh}{}，然后交回：", again.zh),
        },
        commands: vec![guide.again(&["--supplement", file.unwrap_or("FILE")])],
    }
}

/// What no supplement can say: which store it is, and where the platform has it.
fn is_mended_in_source(row: &StoreRow) -> bool {
    use Code::{RecordMalformed, SourcesDisagree, StatusAbsent, StatusUnknown};
    let of_source = [RecordMalformed, SourcesDisagree, StatusAbsent, StatusUnknown];
    let first = Reason::of(row);
    !row.key.starts_with("poi:") || of_source.iter().any(|code| first == Some(Reason::Finding(*code)))
}

/// What the platform's own words name, where no table does.
fn what_to_mend(story: &Story<'_>) -> Option<Words> {
    let row = story.row;
    let Some(Reason::Refused(endpoint, errcode)) = Reason::of(row) else {
        let comment = row.now.as_ref().map(|now| now.comment.as_str()).filter(|comment| !comment.is_empty())?;
        return (row.state == State::Rejected)
            .then(|| words!("mend what the review names (“{comment}”)"; "请按审核意见修改（“{comment}”）"));
    };
    story.errors.meaning(endpoint, errcode).is_none().then(|| {
        words!(
            "no document knows this code: mend what the platform's own words name, and say what the code means under [[errors]] in poilift.toml once you know";
            "文档中没有该错误码：请按平台原文修改；查明含义后可写入 poilift.toml 的 [[errors]]"
        )
    })
}
