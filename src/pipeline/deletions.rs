//! Which planned deletions may be carried out: none, all, or those that somebody has approved in a list.

use std::collections::{HashMap, HashSet};

use super::{PipelineError, Work};
use crate::intake::Approved;
use crate::ledger::StoreRow;
use crate::store::{Action, JoinKey};
use crate::words;

/// So many ids of a list are named in a warning.
const NAMED_MAX: usize = 10;

/// Which planned deletions a user permits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Deletions {
    /// None: all are held.
    #[default]
    Held,
    /// All.
    Allowed,
    /// Those in this list; the others are held.
    Listed(Approved),
}

/// The same for the rows of a ledger.
#[derive(Debug)]
pub(super) enum Permitted {
    Nothing,
    Everything,
    Rows(HashSet<i64>),
}

impl Deletions {
    /// Which of these rows may be deleted. A `sid` that several stores have names none of them.
    pub(super) fn permitted(&self, rows: &[StoreRow]) -> Permitted {
        match self {
            Self::Held => Permitted::Nothing,
            Self::Allowed => Permitted::Everything,
            Self::Listed(list) => {
                let named = named(rows);
                let only = |key: &JoinKey| named.get(key).filter(|rows| rows.len() == 1).map(|rows| rows[0].id);
                Permitted::Rows(list.keys.iter().filter_map(only).collect())
            }
        }
    }
}

impl Permitted {
    /// Whether this row may be deleted.
    pub(super) fn has(&self, row: &StoreRow) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Rows(ids) => ids.contains(&row.id),
        }
    }
}

fn named(rows: &[StoreRow]) -> HashMap<JoinKey, Vec<&StoreRow>> {
    let mut named: HashMap<JoinKey, Vec<&StoreRow>> = HashMap::new();
    for row in rows {
        let by_poi_id = row.record.poi_id.clone().map(JoinKey::PoiId);
        for key in by_poi_id.into_iter().chain(row.record.sid.clone().map(JoinKey::Sid)) {
            named.entry(key).or_default().push(row);
        }
    }
    named
}

impl Work<'_> {
    /// Who stands in the list of `--allow-delete=FILE` and is no planned deletion of this run: somebody has approved
    /// something else than what is planned.
    pub(super) fn tell_idle_approvals(&mut self) -> Result<(), PipelineError> {
        let Deletions::Listed(list) = &self.orders.allow_delete else { return Ok(()) };
        let rows = self.ledger().stores(Some(&self.scope))?;
        let named = named(&rows);
        let is_deletion = |row: &StoreRow| row.decision.action == Action::Delete;
        let deletes = |key: &JoinKey| named.get(key).is_some_and(|rows| rows.len() == 1 && is_deletion(rows[0]));
        let idle: Vec<&str> = list.keys.iter().filter(|key| !deletes(key)).map(id).collect();
        if idle.is_empty() {
            return Ok(());
        }
        let more = if idle.len() > NAMED_MAX { " …" } else { "" };
        let (n, ids, file) = (idle.len(), idle[..idle.len().min(NAMED_MAX)].join(", "), &list.file);
        self.warn_once(words!(
            "{file} lists {n} stores that are no planned deletion of this run: {ids}{more}";
            "{file} 中有 {n} 家门店不在本次的删除计划内：{ids}{more}"
        ));
        Ok(())
    }
}

fn id(key: &JoinKey) -> &str {
    match key {
        JoinKey::PoiId(id) => id.as_str(),
        JoinKey::Sid(sid) => sid.as_str(),
    }
}
