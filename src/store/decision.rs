//! One row of the plan: what is wanted for a store, with the reasons.

use serde::{Deserialize, Serialize};

use super::{Action, Finding, Ordered, Submission, Wish};

/// What the plan wants for a store, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The action.
    pub action: Action,
    /// What stands in the way, or is worth a look.
    pub findings: Vec<Finding>,
    /// What `add_store` will say, for [`Action::Add`].
    pub submission: Option<Submission>,
    /// What a person asked for.
    pub wish: Option<Wish>,
    /// What another bulk job than the migration wants of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Ordered>,
}

impl Decision {
    /// What a store has before the plan has looked at it: nothing is wanted, and no reason is known yet.
    #[must_use]
    pub fn unplanned() -> Self {
        Self { action: Action::Blocked, findings: Vec::new(), submission: None, wish: None, order: None }
    }

    /// Whether the plan has not looked at the store yet: whatever it blocks, it says why.
    #[must_use]
    pub fn is_unplanned(&self) -> bool {
        self.action == Action::Blocked && self.findings.is_empty()
    }
}
