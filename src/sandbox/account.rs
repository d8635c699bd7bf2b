//! The account as a scenario sets it: what it may do, what its administrator does, which names are taken, which cards it
//! has. Whatever cannot come about by calls stands here by name, so that no request has to carry a magic word.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The account. Every key is optional.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// The account's original id, from which events are sent to.
    pub original_id: String,
    /// Whether it may have a store mini-program at all; 43104 if not.
    pub may_have_stores: bool,
    /// Which registrations are used up: 85025 to 85028 when a store mini-program is applied for.
    pub full: BTreeSet<Full>,
    /// What the administrator does about an application.
    pub administrator: Administrator,
    /// How long that takes, in seconds; 1 by default.
    pub administrator_takes_s: u32,
    /// Names that a store mini-program cannot have.
    pub names: Names,
    /// Words that an introduction must not hold: 85036.
    pub forbidden_in_intro: Vec<String>,
    /// Words that no review lets pass.
    pub refused_words: Vec<String>,
    /// How often a month head image or introduction may be changed: 85049 beyond; 5 by default.
    pub changes_a_month: u32,
    /// How many stores the mini-program may show nearby: 85042 beyond; absent: any number.
    pub nearby_limit: Option<usize>,
    /// Whether `add_store` takes media ids and map points that were never given here, as a rehearsal with the real
    /// platform's ids needs it; `true` by default. `false`: 85056, 85055.
    pub foreign_ids: bool,
    /// The cards of the account; absent: any card id is taken for one of them.
    pub cards: Option<Vec<Card>>,
    /// What the token endpoints refuse with, whoever asks: 89503, 40164, …; absent: they give tokens.
    pub token_errcode: Option<i64>,
    /// Whether a body that writes its text as `\u` escapes is refused: 47002; `false` by default.
    pub refuses_escapes: bool,
    /// By how much `getpoilist` lags behind what has happened, in milliseconds.
    pub list_lag_ms: u32,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            original_id: "gh_0123456789ab".to_owned(),
            may_have_stores: true,
            full: BTreeSet::new(),
            administrator: Administrator::Confirms,
            administrator_takes_s: 1,
            names: Names::default(),
            forbidden_in_intro: Vec::new(),
            refused_words: Vec::new(),
            changes_a_month: 5,
            nearby_limit: None,
            foreign_ids: true,
            cards: None,
            token_errcode: None,
            refuses_escapes: false,
            list_lag_ms: 0,
        }
    }
}

/// What can be used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Full {
    /// The administrator's telephone: 85025.
    Phone,
    /// The administrator's own account: 85026.
    Wechat,
    /// The administrator's identity card: 85027.
    IdCard,
    /// The company: 85028.
    Contractor,
}

impl Full {
    /// The errcode of each.
    pub(super) const fn code(self) -> i64 {
        match self {
            Self::Phone => 85025,
            Self::Wechat => 85026,
            Self::IdCard => 85027,
            Self::Contractor => 85028,
        }
    }
}

/// What the administrator does about an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Administrator {
    /// Confirms it; then it is reviewed.
    Confirms,
    /// Refuses it: status 4.
    Refuses,
    /// Does nothing: after 24 hours it may be applied for again.
    Sleeps,
}

/// Names that a store mini-program cannot have, each list with its errcode (section 2). A name is on a list if it is
/// written there, but for `forbidden`, `illegal` and `need_papers`, whose words it must not hold anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Names {
    /// Somebody has it: 85029.
    pub taken: Vec<String>,
    /// Words that nobody may use: 85031.
    pub forbidden: Vec<String>,
    /// Somebody complained of it: 85032.
    pub complained: Vec<String>,
    /// Words against the law, beside the platform's own name: 85033.
    pub illegal: Vec<String>,
    /// Somebody gave it up less than 15 days ago: 85034.
    pub protected: Vec<String>,
    /// Another company's: 85035.
    pub of_others: Vec<String>,
    /// Words that need papers: 85024 without `org_code`.
    pub need_papers: Vec<String>,
}

/// A card of the account (section 14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its id.
    pub card_id: String,
    /// `base_info.use_custom_code`: such a card cannot be set.
    #[serde(default)]
    pub use_custom_code: bool,
}
