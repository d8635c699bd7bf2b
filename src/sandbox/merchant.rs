//! The store mini-program itself (sections 1 to 4): applied for, confirmed by the administrator, reviewed, changed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::account::{Account, Administrator};
use super::answer::Refusal;
use super::categories;
use super::effect::Effect;
use super::form::{MEDIA_IDS_MAX, media_ids, text};
use super::media::Kind;
use super::names;
use super::platform::Platform;
use crate::store::Stamp;
use crate::wire::json;

/// The number of whatever was applied for before the sandbox began; applications count on from it.
const AUDIT_ID_FIRST: u64 = 414_569_513;

/// An application that the administrator has not confirmed by then can be made again.
const CONFIRMATION_MS: i64 = 86_400_000;

/// What pictures a head image and papers can be.
const PICTURES: [Kind; 2] = [Kind::Jpeg, Kind::Png];

/// How an application goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// Nobody confirms it.
    Unconfirmed,
    /// The administrator refuses it then.
    Refused {
        /// When.
        at: i64,
    },
    /// The administrator confirms it, and it is reviewed.
    Reviewed {
        /// When it is confirmed.
        from: i64,
        /// When the review ends.
        until: i64,
        /// Why it fails; absent: it passes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<String>,
    },
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its number.
    pub audit_id: u64,
    /// When it was made.
    pub at: i64,
    /// Its name, which is final once it has passed.
    pub nickname: String,
    /// Its introduction.
    pub intro: String,
    /// How it goes.
    pub course: Course,
}

/// The store mini-program as far as anything has happened to it here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Merchant {
    /// The latest application.
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<Application>,
    /// How many there were.
    applications: u64,
    /// The introduction since it was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    intro: Option<String>,
    /// When head image or introduction were changed.
    changes: Vec<i64>,
}

/// Why the administrator refused.
const REFUSAL: &str = "管理员拒绝了该申请";

impl Merchant {
    /// An application was made.
    pub fn apply(&mut self, application: Application) {
        self.applications += 1;
        self.application = Some(application);
    }

    /// Head image or introduction were changed.
    pub fn change(&mut self, at: i64, intro: Option<String>) {
        self.changes.push(at);
        self.intro = intro.or(self.intro.take());
    }

    /// What it is called and says of itself, for the page.
    pub fn face(&self) -> Option<(&str, &str)> {
        let application = self.application.as_ref()?;
        Some((&application.nickname, self.intro.as_deref().unwrap_or(&application.intro)))
    }

    /// Number, status and reason as `get_merchant_audit_info` tells them; `loaded` is the status without an application.
    pub fn audit(&self, loaded: i64, now: i64) -> (u64, i64, &str) {
        let Some(application) = &self.application else {
            return (AUDIT_ID_FIRST, loaded, if matches!(loaded, 3 | 4) { "营业执照已过期" } else { "" });
        };
        let (status, reason) = match &application.course {
            Course::Refused { at } if now >= *at => (4, REFUSAL),
            // Before it is confirmed nothing is under review yet.
            Course::Unconfirmed | Course::Refused { .. } => (0, ""),
            Course::Reviewed { from, .. } if now < *from => (0, ""),
            Course::Reviewed { until, .. } if now < *until => (2, ""),
            Course::Reviewed { failure: Some(reason), .. } => (3, reason.as_str()),
            Course::Reviewed { failure: None, .. } => (1, ""),
        };
        (application.audit_id, status, reason)
    }

    /// Whether somebody still has to do something about an application.
    fn is_pending(&self, loaded: i64, now: i64) -> bool {
        let (_, status, _) = self.audit(loaded, now);
        let waits = self.application.as_ref().is_some_and(|application| now < application.at + CONFIRMATION_MS);
        // One that is there already leaves nothing to apply for; the document has no other word for it.
        matches!(status, 1 | 2) || status == 0 && waits
    }

    fn changes_of_month(&self, now: i64) -> usize {
        self.changes.iter().filter(|at| month(**at) == month(now)).count()
    }
}

/// `2026-11`, in the platform's zone.
fn month(at: i64) -> String {
    Stamp(at).rfc3339().chars().take(7).collect()
}

impl Application {
    /// When its outcome is known, with its status and reason, for the event.
    pub fn outcome(&self) -> Option<(i64, i64, &str)> {
        match &self.course {
            Course::Unconfirmed => None,
            Course::Refused { at } => Some((*at, 4, REFUSAL)),
            Course::Reviewed { until, failure: Some(reason), .. } => Some((*until, 3, reason)),
            Course::Reviewed { until, failure: None, .. } => Some((*until, 1, "")),
        }
    }
}

impl Platform {
    /// The status of the store mini-program.
    pub(super) fn merchant_status(&self, now: i64) -> i64 {
        self.merchant.audit(self.rules.scenario.merchant_status, now).1
    }

    /// 85053 without an approved store mini-program.
    pub(super) fn needs_merchant(&self, now: i64) -> Result<(), Refusal> {
        if self.merchant_status(now) == 1 { Ok(()) } else { Err(Refusal::of(85053)) }
    }

    /// `wxa/get_merchant_audit_info` (section 3).
    pub(super) fn get_merchant_audit_info(&self, now: i64) -> Value {
        let (audit_id, status, reason) = self.merchant.audit(self.rules.scenario.merchant_status, now);
        json!({"errcode": 0, "errmsg": "ok", "data": {"audit_id": audit_id, "status": status, "reason": reason}})
    }

    /// `wxa/apply_merchant` (section 2).
    pub(super) fn apply_merchant(&self, now: i64, form: &Map<String, Value>) -> Result<(Effect, Value), Refusal> {
        let account = &self.rules.scenario.account;
        allowed(account)?;
        if let Some(full) = account.full.first() {
            return Err(Refusal::of(full.code()));
        }
        if self.merchant.is_pending(self.rules.scenario.merchant_status, now) {
            return Err(Refusal::of(85050));
        }
        let (nickname, intro) = (text(form, "nickname"), text(form, "intro"));
        let org_code = media_ids(form, "org_code");
        names::check(&account.names, &nickname, !org_code.is_empty())?;
        check_intro(account, &intro)?;
        if intro.is_empty() {
            return Err(Refusal::of(40097));
        }
        self.check_papers(now, form)?;
        let audit_id = AUDIT_ID_FIRST + 1 + self.merchant.applications;
        let course = self.course(now, audit_id, &nickname, &intro);
        let application = Application { audit_id, at: now, nickname, intro, course };
        Ok((Effect::Applied(application), json!({"errcode": 0, "errmsg": "ok"})))
    }

    fn check_papers(&self, now: i64, form: &Map<String, Value>) -> Result<(), Refusal> {
        let category = |key: &str| form.get(key).and_then(json::integer).and_then(|id| u64::try_from(id).ok());
        let categories = category("first_catid").zip(category("second_catid")).ok_or(Refusal::of(40097))?;
        let needs = categories::needs_papers(categories.0, categories.1).ok_or(Refusal::of(40104))?;
        let [papers, head, org_code, others] =
            ["qualification_list", "headimg_mediaid", "org_code", "other_files"].map(|key| media_ids(form, key));
        let right = head.len() == 1
            && org_code.len() <= 1
            && papers.len() <= MEDIA_IDS_MAX
            && others.len() <= MEDIA_IDS_MAX
            && !(needs && papers.is_empty());
        if !right {
            return Err(Refusal::of(40097));
        }
        self.own_media(&[head, papers, org_code, others].concat(), &PICTURES, now)
    }

    fn course(&self, now: i64, audit_id: u64, nickname: &str, intro: &str) -> Course {
        let (account, reviews) = (&self.rules.scenario.account, self.rules.reviews());
        let at = now + i64::from(account.administrator_takes_s) * 1000;
        match account.administrator {
            Administrator::Sleeps => Course::Unconfirmed,
            Administrator::Refuses => Course::Refused { at },
            Administrator::Confirms => {
                // As with stores: once it has failed it passes, so that there is an end.
                let first = self.merchant.applications == 0;
                let share = if first { reviews.fail_share } else { 0.0 };
                let reviews = super::reviews::Reviews { fail_share: share, ..reviews };
                let failure = reviews.verdict("merchant", &[&audit_id.to_string()], &[nickname, intro]);
                let failure = failure.map(|_| "头像或名称与主体不符，请补充材料后重新提交".to_owned());
                Course::Reviewed { from: at, until: at + reviews.time_ms, failure }
            }
        }
    }

    /// `wxa/modify_merchant` (section 4): what is empty stays as it is.
    pub(super) fn modify_merchant(
        &self,
        now: i64,
        form: &Map<String, Value>,
    ) -> Result<(Option<Effect>, Value), Refusal> {
        let account = &self.rules.scenario.account;
        allowed(account)?;
        self.needs_merchant(now)?;
        let (head, intro) = (media_ids(form, "headimg_mediaid"), text(form, "intro"));
        let answer = json!({"errcode": 0, "errmsg": "ok"});
        if head.is_empty() && intro.is_empty() {
            return Ok((None, answer));
        }
        check_intro(account, &intro)?;
        self.own_media(&head, &PICTURES, now)?;
        if self.merchant.changes_of_month(now) >= account.changes_a_month as usize {
            return Err(Refusal::of(85049));
        }
        let intro = Some(intro).filter(|intro| !intro.is_empty());
        Ok((Some(Effect::MerchantChanged { at: now, intro }), answer))
    }
}

fn allowed(account: &Account) -> Result<(), Refusal> {
    if account.may_have_stores { Ok(()) } else { Err(Refusal::of(43104)) }
}

fn check_intro(account: &Account, intro: &str) -> Result<(), Refusal> {
    let forbidden = account.forbidden_in_intro.iter().any(|word| intro.contains(word));
    if forbidden { Err(Refusal::of(85036)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::Bench;

    const APPLY: &str = "/wxa/apply_merchant";
    const MODIFY: &str = "/wxa/modify_merchant";
    const DAY: i64 = 86_400_000;

    /// A bench without a store mini-program, and the form that applies for one.
    fn applying(scenario: &str) -> (Bench, Value) {
        let mut bench = Bench::new(&format!("merchant_status = 0\nreview_fail_share = 0.0\n{scenario}"));
        let media_id = bench.upload(0, "upload?type=image", b"\xff\xd8\xff\xe0 and so on")["media_id"].clone();
        let form = json!({
            "first_catid": 278, "second_catid": "279", "qualification_list": "", "headimg_mediaid": media_id,
            "nickname": "超速天使俱乐部", "intro": "门店介绍", "org_code": "", "other_files": "",
        });
        (bench, form)
    }

    fn status(bench: &mut Bench, now: i64) -> i64 {
        bench.ask(now, "/wxa/get_merchant_audit_info", &json!({}))["data"]["status"].as_i64().unwrap()
    }

    #[test]
    fn an_application_is_confirmed_then_reviewed_then_approved() {
        let (mut bench, form) = applying("");
        assert_eq!(bench.code(0, "/wxa/add_store", &json!({"poi_id": "0"})), 85053);
        assert_eq!(bench.code(0, APPLY, &form), 0);
        let statuses = [0, 999, 1000, 2999, 3000].map(|now| status(&mut bench, now));
        assert_eq!(statuses, [0, 0, 2, 2, 1]);
        assert_eq!([bench.code(999, APPLY, &form), bench.code(2999, APPLY, &form)], [85050, 85050]);
        assert_ne!(bench.code(3000, "/wxa/add_store", &json!({"poi_id": "0"})), 85053);
    }

    #[test]
    fn what_nobody_confirms_can_be_applied_for_again_after_a_day() {
        let (mut bench, form) = applying("token_life_s = 1000000\n[account]\nadministrator = \"sleeps\"");
        assert_eq!([0, 1, DAY - 1, DAY].map(|now| bench.code(now, APPLY, &form)), [0, 85050, 85050, 0]);
        assert_eq!(status(&mut bench, DAY), 0);
    }

    #[test]
    fn what_was_refused_or_failed_can_be_applied_for_again_at_once() {
        let (mut bench, form) = applying("[account]\nadministrator = \"refuses\"");
        assert_eq!(bench.code(0, APPLY, &form), 0);
        assert_eq!((status(&mut bench, 1000), bench.code(1000, APPLY, &form)), (4, 0));
        let (mut bench, mut form) = applying("[account]\nrefused_words = [\"天使\"]");
        assert_eq!(bench.code(0, APPLY, &form), 0);
        assert_eq!(status(&mut bench, 3000), 3);
        form["nickname"] = json!("超速俱乐部");
        assert_eq!(bench.code(3000, APPLY, &form), 0);
        assert_eq!(status(&mut bench, 6000), 1);
    }

    #[test]
    fn papers_are_needed_exactly_where_the_category_says_so() {
        let (mut bench, form) = applying("");
        let mut code = |changes: Value| {
            let mut form = form.clone();
            form.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            bench.code(0, APPLY, &form)
        };
        let head = form["headimg_mediaid"].as_str().unwrap();
        assert_eq!(code(json!({"second_catid": 280})), 40097);
        assert_eq!(code(json!({"second_catid": 271})), 40104);
        assert_eq!(
            code(json!({"second_catid": 280, "qualification_list": [head, head, head, head, head, head]})),
            40097
        );
        assert_eq!(code(json!({"headimg_mediaid": "never-given"})), 85056);
        assert_eq!(code(json!({"intro": ""})), 40097);
        assert_eq!(code(json!({"second_catid": 280, "qualification_list": format!("{head}|{head}")})), 0);
    }

    #[test]
    fn what_is_empty_stays_and_a_month_has_so_many_changes() {
        let scenario = "merchant_status = 1\n[account]\nchanges_a_month = 2\nforbidden_in_intro = [\"国家级\"]";
        let mut bench = Bench::new(scenario);
        let mut code = |now, intro: &str| bench.code(now, MODIFY, &json!({"headimg_mediaid": "", "intro": intro}));
        assert_eq!(
            [code(0, ""), code(0, "甲"), code(0, "国家级"), code(0, "乙"), code(0, "丙")],
            [0, 0, 85036, 0, 85049]
        );
        assert_eq!(bench.code(0, MODIFY, &json!({"headimg_mediaid": "x", "intro": ""})), 85056);
        let later = 32 * DAY;
        let mut bench = bench.signed_in_at(later);
        assert_eq!(bench.code(later, MODIFY, &json!({"headimg_mediaid": "", "intro": "丁"})), 0);
        let mut none = Bench::new("merchant_status = 0");
        assert_eq!(none.code(0, MODIFY, &json!({"headimg_mediaid": "", "intro": "x"})), 85053);
    }

    #[test]
    fn an_account_without_the_right_is_told_so() {
        let (mut bench, form) = applying("[account]\nmay_have_stores = false");
        assert_eq!([bench.code(0, APPLY, &form), bench.code(0, MODIFY, &form)], [43104, 43104]);
        for (full, code) in [("phone", 85025), ("wechat", 85026), ("id_card", 85027), ("contractor", 85028)] {
            let (mut bench, form) = applying(&format!("[account]\nfull = [\"{full}\"]"));
            assert_eq!(bench.code(0, APPLY, &form), code, "{full}");
        }
    }
}
