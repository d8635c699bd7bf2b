//! The store mini-program itself: its categories, the application for it, where the application stands, and changes of it
//! (sections 1 to 4 of the API document).

use serde::Serialize;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::rule::{Misfit, RuleError, Rules, joined, text_at};
use super::{Endpoint, json};
use crate::words;

pub use super::answer::MerchantAudit;

/// One node of the category tree (section 1). The document's tree has a root (level 0), categories of the first level and
/// categories of the second, which are applied with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Category {
    /// `first_catid` or `second_catid` of an application.
    pub id: i64,
    /// Its name, in Chinese.
    pub name: String,
    /// 0 the root, 1 or 2.
    pub level: i64,
    /// The node above; the root has none.
    pub father: Option<i64>,
    /// The nodes below.
    pub children: Vec<i64>,
    /// 1: an application needs papers; 0: it needs none; the root and the first level have none.
    pub sensitive_type: Option<i64>,
    /// The names of the papers (`qualify.exter_list[].inner_list[].name`), list by list as they came.
    pub papers: Vec<Vec<String>>,
    /// `scene`, which the document shows and does not explain.
    pub scene: Option<i64>,
}

impl Category {
    /// Whether an application with this category needs papers.
    #[must_use]
    pub fn needs_papers(&self) -> bool {
        self.sensitive_type == Some(1)
    }

    /// Takes a node apart; one without an id, a name and a level is none.
    fn from_value(node: &Value) -> Result<Self, Misfit> {
        let number = |key: &str| node.get(key).and_then(json::integer);
        let id = number("id").ok_or_else(|| Misfit::no("id in categories"))?;
        let level = number("level").ok_or_else(|| Misfit::no(&format!("level of category {id}")))?;
        let children = node.get("children").and_then(Value::as_array);
        Ok(Self {
            id,
            level,
            name: text_at(node, "name"),
            father: number("father"),
            children: children.into_iter().flatten().filter_map(json::integer).collect(),
            sensitive_type: number("sensitive_type"),
            papers: papers(node.get("qualify")),
            scene: number("scene"),
        })
    }
}

fn papers(qualify: Option<&Value>) -> Vec<Vec<String>> {
    let list = |of: &Value, key: &str| of.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let outer = qualify.map(|qualify| list(qualify, "exter_list")).unwrap_or_default();
    let names = |one: &Value| list(one, "inner_list").iter().map(|paper| text_at(paper, "name")).collect::<Vec<_>>();
    outer.iter().map(names).filter(|names| !names.is_empty()).collect()
}

/// The answer of `wxa/get_merchant_category` (section 1; GET; no error table).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CategoryTree {
    /// Every node, in the platform's order.
    pub categories: Vec<Category>,
}

impl CategoryTree {
    /// Takes the answer apart.
    ///
    /// # Errors
    ///
    /// What of it is not as documented.
    pub fn from_value(answer: &Value) -> Result<Self, Misfit> {
        let list = answer.pointer("/data/all_category_info/categories").and_then(Value::as_array);
        let list = list.ok_or_else(|| Misfit::no("data.all_category_info.categories"))?;
        let categories = list.iter().map(Category::from_value).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { categories })
    }

    /// The node with this id.
    #[must_use]
    pub fn get(&self, id: i64) -> Option<&Category> {
        self.categories.iter().find(|category| category.id == id)
    }

    /// The first level.
    pub fn first(&self) -> impl Iterator<Item = &Category> {
        self.categories.iter().filter(|category| category.level == 1)
    }

    /// The second level below `first`, by either's word.
    pub fn below(&self, first: &Category) -> impl Iterator<Item = &Category> {
        let (id, children) = (first.id, first.children.clone());
        let is_below = move |one: &&Category| one.father == Some(id) || children.contains(&one.id);
        self.categories.iter().filter(|category| category.level == 2).filter(is_below)
    }

    /// The second category of an application, if the two go together.
    fn pair(&self, first: i64, second: i64, rules: &mut Rules) -> Option<&Category> {
        let Some(above) = self.get(first).filter(|category| category.level == 1) else {
            rules.no("first_catid", words!("{first} is no category of the first level"; "{first} 不是一级类目"));
            return None;
        };
        let found = self.below(above).find(|category| category.id == second);
        if found.is_none() {
            let name = &above.name;
            rules.no(
                "second_catid",
                words!(
                    "{second} is no category below {first} {name}"; "{second} 不是一级类目 {first} {name} 下的二级类目"
                ),
            );
        }
        found
    }
}

/// The request of `wxa/apply_merchant` (section 2; POST).
///
/// The account's administrator has to confirm it within 24 hours before it is reviewed; only after 24 hours without a
/// confirmation can another one be made. The name is final once it is approved.
///
/// Errcodes: 85024 to 85036 (name, administrator, company, introduction), 85049, 43104, 85050, 85053, 85056. After 85024
/// the same application goes with `org_code` and, if there are any, `other_files`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Application {
    /// A category of the first level.
    pub first_catid: i64,
    /// One of the second level below it.
    pub second_catid: i64,
    /// Papers of the category: temporary media ids, 1 to 5 where its `sensitive_type` is 1, else none.
    pub qualification_list: Vec<String>,
    /// The head image: a temporary media id of a JPG or PNG.
    pub headimg_mediaid: String,
    /// The name: 4 to 30 characters, a Chinese one counting two.
    pub nickname: String,
    /// The introduction.
    pub intro: String,
    /// The business licence or organisation code certificate, as a temporary media id; only after 85024.
    pub org_code: String,
    /// Further papers, 0 to 5 temporary media ids; only after 85024.
    pub other_files: Vec<String>,
}

impl Application {
    /// Holds it against the document and the category tree.
    ///
    /// # Errors
    ///
    /// Every rule that it breaks.
    pub fn check(&self, tree: &CategoryTree) -> Result<(), Vec<RuleError>> {
        let mut rules = Rules::of(Endpoint::ApplyMerchant);
        if let Some(category) = tree.pair(self.first_catid, self.second_catid, &mut rules) {
            self.check_papers(category, &mut rules);
        }
        rules.media_ids("qualification_list", &self.qualification_list);
        if rules.required("headimg_mediaid", &self.headimg_mediaid) {
            rules.media_id("headimg_mediaid", &self.headimg_mediaid);
        }
        check_nickname(&self.nickname, &mut rules);
        rules.required("intro", &self.intro);
        rules.media_id("org_code", &self.org_code);
        rules.media_ids("other_files", &self.other_files);
        if self.org_code.is_empty() && !self.other_files.is_empty() {
            rules.no(
                "org_code",
                words!(
                    "is empty although other_files is not: after 85024 org_code is required, other_files may be given beside it";
                    "未填写，但填写了 other_files：返回 85024 后 org_code 必填，other_files 选填"
                ),
            );
        }
        rules.end()
    }

    fn check_papers(&self, category: &Category, rules: &mut Rules) {
        let (id, name) = (category.id, &category.name);
        if category.needs_papers() && self.qualification_list.is_empty() {
            let papers = category.papers.iter().flatten().cloned().collect::<Vec<_>>().join("; ");
            rules.no(
                "qualification_list",
                words!(
                    "is empty, and {id} {name} needs papers (sensitive_type 1): {papers}";
                    "未填写，类目 {id} {name} 需要提交证件（sensitive_type 为 1）：{papers}"
                ),
            );
        }
        if category.sensitive_type == Some(0) && !self.qualification_list.is_empty() {
            rules.no(
                "qualification_list",
                words!(
                    "has papers, and {id} {name} wants none (sensitive_type 0)";
                    "填写了证件，但类目 {id} {name} 无需提交（sensitive_type 为 0）"
                ),
            );
        }
    }

    /// The body: every key, as in the document's sample; ids of categories are numbers, media ids are joined by `|`.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({
            "first_catid": self.first_catid,
            "second_catid": self.second_catid,
            "qualification_list": joined(&self.qualification_list),
            "headimg_mediaid": self.headimg_mediaid,
            "nickname": self.nickname,
            "intro": self.intro,
            "org_code": self.org_code,
            "other_files": joined(&self.other_files),
        })
    }
}

/// The length of a name as the platform counts it: a Chinese character, and any other wide one, counts two.
#[must_use]
pub fn nickname_length(nickname: &str) -> usize {
    nickname.width()
}

fn check_nickname(nickname: &str, rules: &mut Rules) {
    if nickname.trim() != nickname || nickname.chars().any(char::is_control) {
        let words = words!("{nickname:?} has white space around it or control characters in it"; "{nickname:?} 含有首尾空白或控制字符");
        return rules.no("nickname", words);
    }
    let length = nickname_length(nickname);
    if !(4..=30).contains(&length) {
        rules.no(
            "nickname",
            words!(
                "{nickname:?} has {length} characters; 4 to 30 are allowed, a Chinese one counts two";
                "{nickname:?} 长度为 {length}，须为 4-30 个字符（中文算两个字符）"
            ),
        );
    }
    if nickname.contains("微信") {
        rules.no(
            "nickname",
            words!("{nickname:?} has 微信 in it, which is reserved (85030)"; "{nickname:?} 含有保留字“微信”（85030）"),
        );
    }
}

/// The request of `wxa/modify_merchant` (section 4; POST): empty means unchanged. Its errcodes are those of
/// [`Application`]; head image and introduction can be changed only so often a month (85049).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Modification {
    /// The new head image: a temporary media id.
    pub headimg_mediaid: String,
    /// The new introduction.
    pub intro: String,
}

impl Modification {
    /// Holds it against the document.
    ///
    /// # Errors
    ///
    /// Nothing to change, or an id that is none.
    pub fn check(&self) -> Result<(), Vec<RuleError>> {
        let mut rules = Rules::of(Endpoint::ModifyMerchant);
        if self.headimg_mediaid.is_empty() && self.intro.trim().is_empty() {
            rules.no(
                "intro",
                words!(
                    "is empty, and so is headimg_mediaid: empty means unchanged, so that nothing would change";
                    "与 headimg_mediaid 均为空：空值表示不修改，本次没有任何修改"
                ),
            );
        }
        rules.media_id("headimg_mediaid", &self.headimg_mediaid);
        rules.end()
    }

    /// The body: both keys, whatever is in them.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({"headimg_mediaid": self.headimg_mediaid, "intro": self.intro})
    }
}

#[cfg(test)]
#[path = "merchant_tests.rs"]
mod tests;
