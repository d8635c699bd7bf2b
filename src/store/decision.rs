//! One row of the plan: what is wanted for a store, with the reasons.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Action, FileRef, Finding, MediaKind, Order, Ordered, Submission, Wish};

/// What the plan wants for a store, and why. Of a million stores most send nothing: what few have takes no room in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The action.
    pub action: Action,
    /// What stands in the way, or is worth a look.
    pub findings: Vec<Finding>,
    /// What `add_store` will say, for [`Action::Add`].
    pub submission: Option<Box<Submission>>,
    /// What a person asked for.
    pub wish: Option<Wish>,
    /// What another bulk job than the migration wants of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Box<Ordered>>,
}

impl Decision {
    /// What a store has before the plan has looked at it: nothing is wanted, and no reason is known yet.
    #[must_use]
    pub fn unplanned() -> Self {
        Self { action: Action::Blocked, findings: Vec::new(), submission: None, wish: None, order: None }
    }

    /// What `add_store` will say: for a store of the migration, or for a new one.
    #[must_use]
    pub fn submitted(&self) -> Option<&Submission> {
        let new = self.order.as_ref().and_then(|ordered| match &ordered.order {
            Order::Create(submission) => Some(submission.as_ref()),
            _ => None,
        });
        self.submission.as_deref().or(new)
    }

    /// What the request will say; `None` where none will, and for a deletion of the old store management, which names a store.
    #[must_use]
    pub fn body(&self) -> Option<Value> {
        let ordered = self.order.as_ref().map(|ordered| ordered.order.body());
        ordered.or_else(|| self.submission.as_deref().map(Submission::body))
    }

    /// The local files that have to be uploaded before it can be sent.
    #[must_use]
    pub fn files(&self) -> Vec<(FileRef, MediaKind)> {
        let mut files = Vec::new();
        let mut see = |values: &[String], kind| {
            files.extend(values.iter().filter_map(|value| FileRef::parse(value)).map(|file| (file, kind)));
        };
        let created = match self.order.as_ref().map(|ordered| &ordered.order) {
            Some(Order::Update { pictures, .. }) => {
                see(pictures, MediaKind::Picture);
                None
            }
            Some(Order::Create(submission)) => Some(&**submission),
            Some(Order::Remove { .. } | Order::SetCard { .. }) | None => None,
        };
        for submission in self.submission.as_deref().into_iter().chain(created) {
            see(&submission.pictures, MediaKind::Picture);
            if let Some((_, papers)) = &submission.company {
                see(papers, MediaKind::Temporary);
            }
        }
        files
    }

    /// Whether the plan has not looked at the store yet: whatever it blocks, it says why.
    #[must_use]
    pub fn is_unplanned(&self) -> bool {
        self.action == Action::Blocked && self.findings.is_empty()
    }
}
