//! Which planned deletions may be carried out: none, all, or those that somebody has approved in a list.

use std::collections::{HashMap, HashSet};

use super::{PipelineError, Work};
use crate::intake::{Approved, Listed};
use crate::ledger::StoreRow;
use crate::store::{Action, JoinKey, Sid};
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
    /// Which of the ledger's rows may be deleted; they are only asked for where a list names some. A `sid` that several stores have names none of them.
    pub(super) fn permitted<E>(&self, rows: impl FnOnce() -> Result<Vec<StoreRow>, E>) -> Result<Permitted, E> {
        Ok(match self {
            Self::Held => Permitted::Nothing,
            Self::Allowed => Permitted::Everything,
            Self::Listed(list) => {
                let rows = rows()?;
                let named = named(&rows);
                Permitted::Rows(list.stores.iter().filter_map(|store| only(&named, store)).map(|row| row.id).collect())
            }
        })
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

/// The one store that a row of the list names, by all that it says.
fn only<'r>(named: &HashMap<JoinKey, Vec<&'r StoreRow>>, listed: &Listed) -> Option<&'r StoreRow> {
    let row = named.get(&listed.key).filter(|rows| rows.len() == 1).map(|rows| rows[0])?;
    let same = |sid: &Sid| row.record.sid.as_ref().is_none_or(|own| own == sid);
    listed.sid.as_ref().is_none_or(same).then_some(row)
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
        let deletes = |store: &&Listed| only(&named, store).is_some_and(|row| row.decision.action == Action::Delete);
        let idle: Vec<&str> = list.stores.iter().filter(|store| !deletes(store)).map(|store| id(&store.key)).collect();
        let (file, unread) = (list.file.clone(), list.unknown_columns.join(", "));
        if !unread.is_empty() {
            self.warn_once(words!(
                "of {file} only poi_id, sid and action are read, and not: {unread}";
                "{file} 只读取 poi_id、sid 与“处理”列，不读取：{unread}"
            ));
        }
        let Deletions::Listed(list) = &self.orders.allow_delete else { return Ok(()) };
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
