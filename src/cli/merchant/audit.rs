//! `poilift merchant audit`: where the application stands, in words, and what to do next. It exits with 0 wherever it stands;
//! with `--wait` it goes on asking until the application is decided, and exits with 4 where it was not.

use std::time::Duration;

use serde_json::json;

use crate::cli::args_platform::AuditMerchant;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::Reach;
use crate::cli::settings::flag_duration;
use crate::report::visible;
use crate::store::Words;
use crate::wire::merchant::MerchantAudit;
use crate::words;

/// Between two readings: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// None was made, or an administrator has not confirmed it; and one that is in review.
const UNDECIDED: [i64; 2] = [0, 2];

/// Asks, waits where that was wanted, and tells.
pub fn run(context: &Context<'_>, args: &AuditMerchant) -> Result<Exit, Failure> {
    let wait = args.wait.as_deref().map(|text| flag_duration("--wait", text)).transpose()?;
    let reach = Reach::open(context, &args.online)?;
    let audit = decided(context, &reach, wait.unwrap_or_default())?;
    let (state, words, next) = told(&audit);
    let lang = context.screen.lang;
    let number = audit.audit_id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    let text = format!("{}{number}\n", words.get(lang));
    let json = json!({
        "status": audit.status, "state": state, "reason": audit.reason, "audit_id": audit.audit_id,
        "words": words.get(lang), "next": next.get(lang),
    });
    reach.show(&text, json)?;
    reach.next(&Words { en: format!("next: {}", next.en), zh: format!("下一步：{}", next.zh) });
    Ok(if wait.is_some() && UNDECIDED.contains(&audit.status) { Exit::Continue } else { Exit::Done })
}

/// The application once it is decided, or as it stands after `wait`.
fn decided(context: &Context<'_>, reach: &Reach<'_>, wait: Duration) -> Result<MerchantAudit, Failure> {
    let end = reach.clock().elapsed() + wait;
    let mut pause = PAUSES.0;
    loop {
        let audit =
            reach.client().get_merchant_audit_info().map_err(|error| Failure::of_asking(&error, &context.errors))?;
        let left = end.saturating_sub(reach.clock().elapsed());
        if !UNDECIDED.contains(&audit.status) || left.is_zero() || !reach.pause(pause.min(left)) {
            return Ok(audit);
        }
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// The word for scripts, what it means, and what comes next.
fn told(audit: &MerchantAudit) -> (&'static str, Words, Words) {
    let reason = match audit.reason.trim() {
        "" => words!("the platform gives no reason"; "平台未给出原因"),
        reason => Words::same(visible(reason)),
    };
    let Words { en, zh } = reason;
    let again = words!(
        "mend what is named there, then poilift merchant apply"; "请按原因修改后重新申请：poilift merchant apply"
    );
    match audit.status {
        0 => (
            "none",
            words!(
                "nothing is in review: no application was made, or an administrator has not confirmed it yet";
                "没有审核中的申请：尚未提交，或管理员尚未确认"
            ),
            words!(
                "poilift merchant apply; if that was done, ask an administrator of the account to confirm within 24 hours";
                "poilift merchant apply；如已提交，请公众号管理员在 24 小时内确认"
            ),
        ),
        1 => (
            "approved",
            words!("the store mini-program is approved"; "门店小程序审核已通过"),
            words!("poilift migrate moves the old stores"; "poilift migrate 迁移旧门店"),
        ),
        2 => (
            "in_review",
            words!("the application is in review"; "申请正在审核中"),
            words!("poilift merchant audit --wait 1h waits for its end, which can take 5 working days"; "poilift merchant audit --wait 1h 可等待审核结果，审核最长 5 个工作日"),
        ),
        3 => ("failed", words!("the application failed: {en}"; "申请未通过：{zh}"), again),
        4 => (
            "refused",
            words!("the account's administrator refused the application: {en}"; "管理员已拒绝申请：{zh}"),
            words!("talk to the administrator, then poilift merchant apply"; "请与管理员沟通后重新申请：poilift merchant apply"),
        ),
        other => (
            "unknown",
            words!("the platform shows a status that its document does not know, {other}: {en}"; "平台返回了文档中没有的审核状态 {other}：{zh}"),
            words!("see the console"; "请在公众平台查看"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_word_a_sentence_and_a_next_step() {
        let of = |status| told(&MerchantAudit { status, reason: "类目\u{1b}不符".to_owned(), audit_id: None });
        let words: Vec<&str> = (0..6).map(|status| of(status).0).collect();
        assert_eq!(words, ["none", "approved", "in_review", "failed", "refused", "unknown"]);
        assert_eq!(of(3).1.en, "the application failed: 类目\u{fffd}不符");
        assert!(of(0).2.en.contains("24 hours") && of(4).2.zh.contains("管理员"));
    }
}
