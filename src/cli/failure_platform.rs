//! What a person reads of a call that was refused before it was made, refused by the platform, or whose outcome nobody
//! knows: and for the last, how to find out, for nothing here sends a write twice.

use super::exit::Exit;
use super::failure::Failure;
use crate::store::Words;
use crate::wechat::{ChangeError, ReadError};
use crate::wire::errors::Meaning;
use crate::wire::{Class, Endpoint, ErrorTable, RuleError};
use crate::words;

impl Failure {
    /// What the document does not allow; nothing was sent.
    #[must_use]
    pub fn of_rules(broken: &[RuleError]) -> Self {
        let all: Vec<Words> = broken.iter().map(RuleError::rule).collect();
        let place = broken.first().map(RuleError::place).unwrap_or_default();
        // One on the same line, several on a line each.
        let (first, next) = if all.len() > 1 { ("\n    ", "\n    ") } else { ("", "") };
        let (en, zh) = (joined(&all, |words| &words.en, next), joined(&all, |words| &words.zh, next));
        let space = if first.is_empty() { " " } else { first };
        Self::usage(
            Words {
                en: format!("refused before any call ({}):{space}{en}", place.en),
                zh: format!("未提交，不符合平台文档的规则（{}）：{first}{zh}", place.zh),
            },
            Some(
                words!("mend it, then run the same command again; nothing was sent"; "请修改后重新运行同一命令；未提交任何内容"),
            ),
        )
    }

    /// A reading of a single command: what is refused for what it asks about needs a person.
    #[must_use]
    pub fn of_asking(error: &ReadError, errors: &ErrorTable) -> Self {
        if let ReadError::Rules(broken) = error {
            return Self::of_rules(broken);
        }
        let failure = Self::of_read(error, errors);
        let is_refused = matches!(error, ReadError::Refused { .. });
        match error.class(errors) {
            Class::FixRow | Class::StopEndpoint if is_refused => Self { exit: Exit::NeedsPerson, ..failure },
            _ => failure,
        }
    }

    /// A write of a single command. `again` is how the outcome is found out.
    #[must_use]
    pub fn of_change(error: &ChangeError, errors: &ErrorTable) -> Self {
        let text = error.to_string();
        match error {
            ChangeError::Rules(broken) => Self::of_rules(broken),
            ChangeError::Refused { endpoint, class, errcode, errmsg, rid } => {
                let rid = rid.as_ref().map(|rid| format!(" (rid {rid})")).unwrap_or_default();
                let code = errcode.map(|code| format!("{code} ")).unwrap_or_default();
                let known = errcode.and_then(|code| errors.meaning(*endpoint, code));
                Self {
                    words: words!(
                        "the platform refused {endpoint}: {code}{errmsg}{rid}; nothing was changed";
                        "平台拒绝了 {endpoint}：{code}{errmsg}{rid}；未作任何修改"
                    ),
                    hint: Some(known.map_or_else(unknown_code, |meaning| said(&meaning))),
                    exit: exit_of(*class),
                }
            }
            ChangeError::Unknown { endpoint, why } => Self {
                words: words!(
                    "nobody knows whether {endpoint} was done: {why}";
                    "{endpoint} 的结果未知：{why}"
                ),
                hint: Some(how_to_find_out(*endpoint)),
                exit: Exit::NeedsPerson,
            },
            ChangeError::NotSent { endpoint, why } => Self {
                words: words!("{endpoint} was not sent: {why}"; "{endpoint} 未发出：{why}"),
                hint: Some(words!("run the same command again"; "请重新运行同一命令")),
                exit: Exit::Continue,
            },
            ChangeError::NoToken(error) => Self::of_read(&ReadError::Token(error.clone()), errors),
            ChangeError::Stopped => Self {
                words: words!("{text} on request; nothing was sent"; "已按要求停止；未提交任何内容"),
                hint: Some(words!("the same command goes on"; "重新运行同一命令即可继续")),
                exit: Exit::Continue,
            },
        }
    }
}

fn joined(all: &[Words], pick: impl Fn(&Words) -> &String, between: &str) -> String {
    all.iter().map(pick).map(String::as_str).collect::<Vec<_>>().join(between)
}

fn said(Meaning { means, advice, .. }: &Meaning) -> Words {
    Words { en: format!("{}: {}", means.en, advice.en), zh: format!("{}：{}", means.zh, advice.zh) }
}

fn unknown_code() -> Words {
    words!("see the platform's own words; mend it, then run the same command again"; "请按平台原文修改后重新运行同一命令")
}

/// Certainly not done: whether the same command can go again by itself.
const fn exit_of(class: Class) -> Exit {
    match class {
        Class::StopAccount => Exit::Account,
        Class::Retry | Class::NotYet | Class::RefreshToken | Class::SlowDown | Class::QuotaSpent => Exit::Continue,
        Class::Done | Class::FixRow | Class::Ambiguous | Class::StopEndpoint => Exit::NeedsPerson,
    }
}

/// Where the platform shows what became of a write whose answer was lost.
fn how_to_find_out(endpoint: Endpoint) -> Words {
    match endpoint {
        Endpoint::ApplyMerchant => words!(
            "poilift merchant audit shows whether an application is there; apply again only if there is none";
            "请用 poilift merchant audit 查询是否已有申请；确认没有后再重新申请"
        ),
        Endpoint::ModifyMerchant => words!(
            "look at the store mini-program on a phone or in the console; changes are counted by the month, so send it again only if it is not there";
            "请在手机或公众平台查看门店小程序；每月修改次数有限，确认未生效后再重新提交"
        ),
        Endpoint::CreateMapPoi => words!(
            "wait for the map's review (3 working days) and look for the place with poilift map search; sent again now it could be there twice";
            "请等待腾讯地图审核（3 个工作日）后用 poilift map search 查找；现在重新提交可能产生重复地点"
        ),
        Endpoint::StorewxaSet => {
            words!("poilift card get POI_ID shows the store's card"; "请用 poilift card get POI_ID 查询该店卡券")
        }
        _ => words!(
            "poilift store get POI_ID shows how the store stands; send it again only if it is unchanged";
            "请用 poilift store get POI_ID 查询该店状态；确认未生效后再重新提交"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(class: Class, errcode: i64) -> ChangeError {
        let errmsg = "the platform's words".to_owned();
        ChangeError::Refused { endpoint: Endpoint::ApplyMerchant, class, errcode: Some(errcode), errmsg, rid: None }
    }

    #[test]
    fn a_refusal_says_what_the_code_means_and_what_comes_next() {
        let failure = Failure::of_change(&refused(Class::StopEndpoint, 85024), &ErrorTable::default());
        assert_eq!(failure.exit, Exit::NeedsPerson);
        assert!(failure.words.en.contains("85024 the platform's words; nothing was changed"));
        assert!(failure.hint.unwrap().en.contains("poilift merchant apply ... --org-code FILE"));
    }

    #[test]
    fn an_unknown_outcome_says_where_to_look_for_each_write_and_is_never_to_be_continued_by_a_script() {
        for endpoint in Endpoint::ALL.into_iter().filter(|endpoint| endpoint.is_write()) {
            let error = ChangeError::Unknown { endpoint, why: "reset".to_owned() };
            let failure = Failure::of_change(&error, &ErrorTable::default());
            assert_eq!(failure.exit, Exit::NeedsPerson, "{endpoint}");
            assert!(failure.hint.is_some_and(|hint| hint.en.contains("look") || hint.en.contains("poilift")));
        }
    }

    #[test]
    fn what_certainly_did_not_happen_can_go_again() {
        for (class, exit) in
            [(Class::SlowDown, Exit::Continue), (Class::StopAccount, Exit::Account), (Class::FixRow, Exit::NeedsPerson)]
        {
            assert_eq!(Failure::of_change(&refused(class, 1), &ErrorTable::default()).exit, exit);
        }
        let not_sent = ChangeError::NotSent { endpoint: Endpoint::ApplyMerchant, why: "refused".to_owned() };
        assert_eq!(Failure::of_change(&not_sent, &ErrorTable::default()).exit, Exit::Continue);
    }
}
