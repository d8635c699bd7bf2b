//! A full pass over the list. It pages by offset without a snapshot, so pages overlap by one store, and a pass counts
//! only if the overlaps agree, `total_count` stayed the same and the distinct stores are as many.

use std::collections::HashSet;

use serde_json::Value;

use crate::store::{LegacyStore, Now, Stamp};
use crate::wechat::{Client, ReadError};
use crate::wire::poi::{LIST_LIMIT_MAX, ListPage, legacy_store};

/// How often a pass is begun before it is given up.
pub const PASSES_MAX: u32 = 3;

/// A pass that counts.
#[derive(Debug, Clone)]
pub struct ListPass {
    /// When its first page was asked for.
    pub asked_at: Stamp,
    /// When its last page had arrived.
    pub ended_at: Stamp,
    /// The stores, in the platform's order.
    pub stores: Vec<LegacyStore>,
    /// The pages as answered.
    pub pages: Vec<Value>,
}

/// No pass counted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PassError {
    /// A page could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The list changed under every pass.
    #[error("the list changed while it was read, {tries} times: {why}")]
    Unsteady {
        /// How often it was read.
        tries: u32,
        /// What did not agree the last time.
        why: String,
    },
}

/// Why a pass does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inconsistent(String);

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
enum NextPage {
    /// Ask for this offset.
    At(u64),
    /// That was the last one.
    Done,
}

/// A walk over the pages, pure: pages go in, the next offset comes out.
#[derive(Debug, Default)]
struct Walk {
    total: Option<u64>,
    begin: u64,
    stores: Vec<LegacyStore>,
}

impl Walk {
    fn take(&mut self, page: &ListPage) -> Result<NextPage, Inconsistent> {
        let inconsistent = |why: String| Err(Inconsistent(why));
        let Some(total) = page.total_count else { return inconsistent("a page has no total_count".to_owned()) };
        if let Some(before) = self.total.filter(|before| *before != total) {
            return inconsistent(format!("total_count was {before} and is {total}"));
        }
        self.total = Some(total);
        let mut stores = Vec::with_capacity(page.records.len());
        for record in &page.records {
            match legacy_store(record) {
                Some(store) => stores.push(store),
                None => return inconsistent("a record is no store".to_owned()),
            }
        }
        let overlap = usize::from(self.begin > 0);
        if overlap == 1 {
            let (last, first) = (self.stores.last(), stores.first());
            if last.map(identity) != first.map(identity) {
                return inconsistent(format!("two pages disagree about the store at offset {}", self.begin));
            }
        }
        let fresh = stores.len() - overlap.min(stores.len());
        self.stores.extend(stores.into_iter().skip(overlap));
        let read = self.stores.len() as u64;
        if read >= total {
            return self.finish(total);
        }
        if fresh == 0 {
            return inconsistent(format!("the list ended after {read} of {total} stores"));
        }
        self.begin = read - 1;
        Ok(NextPage::At(self.begin))
    }

    fn finish(&self, total: u64) -> Result<NextPage, Inconsistent> {
        let distinct: HashSet<_> = self.stores.iter().map(identity).collect();
        if distinct.len() as u64 == total && self.stores.len() as u64 == total {
            return Ok(NextPage::Done);
        }
        Err(Inconsistent(format!("{} different stores where total_count says {total}", distinct.len())))
    }
}

/// What makes two records the same store: the ids, which no review changes.
fn identity(store: &LegacyStore) -> (Option<&str>, Option<&str>, &str) {
    let poi_id = store.poi_id.as_ref().map(crate::store::PoiId::as_str);
    let sid = store.sid.as_ref().map(crate::store::Sid::as_str);
    // A store that the old system never approved has no poi_id yet; name and address tell it from its neighbours.
    let rest = if poi_id.is_none() { store.address.as_str() } else { "" };
    (poi_id, sid.filter(|_| poi_id.is_none()), rest)
}

/// Reads the whole list, up to [`PASSES_MAX`] times until a pass counts.
pub fn read_list(client: &Client, now: &Now) -> Result<ListPass, PassError> {
    let mut why = String::new();
    for _ in 0..PASSES_MAX {
        match read_once(client, now)? {
            Ok(pass) => return Ok(pass),
            Err(Inconsistent(this)) => why = this,
        }
    }
    Err(PassError::Unsteady { tries: PASSES_MAX, why })
}

fn read_once(client: &Client, now: &Now) -> Result<Result<ListPass, Inconsistent>, ReadError> {
    let asked_at = now();
    let mut walk = Walk::default();
    let mut pages = Vec::new();
    let mut begin = 0;
    loop {
        let answer = client.getpoilist(begin, LIST_LIMIT_MAX)?;
        let page = ListPage::from_value(&answer).unwrap_or_default();
        pages.push(answer);
        match walk.take(&page) {
            Ok(NextPage::At(next)) => begin = next,
            Ok(NextPage::Done) => return Ok(Ok(ListPass { asked_at, ended_at: now(), stores: walk.stores, pages })),
            Err(inconsistent) => return Ok(Err(inconsistent)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Walks over a list whose `total_count` and content `at` gives for the n-th page.
    fn walk(limit: usize, at: impl Fn(usize) -> (u64, Vec<u32>)) -> (usize, Result<Vec<String>, Inconsistent>) {
        let mut walk = Walk::default();
        let mut begin = 0;
        for n in 0..100 {
            let (total, ids) = at(n);
            let from = usize::try_from(begin).unwrap().min(ids.len());
            let records = ids[from..(from + limit).min(ids.len())].iter();
            let records = records.map(|id| json!({"base_info": {"poi_id": id.to_string()}})).collect();
            match walk.take(&ListPage { total_count: Some(total), records }) {
                Ok(NextPage::At(next)) => begin = next,
                Ok(NextPage::Done) => {
                    let ids = walk.stores.iter().map(|store| store.poi_id.as_ref().unwrap().to_string()).collect();
                    return (n + 1, Ok(ids));
                }
                Err(inconsistent) => return (n + 1, Err(inconsistent)),
            }
        }
        panic!("a walk that does not end");
    }

    #[test]
    fn every_store_is_read_once_whatever_the_length_of_the_list() {
        for length in 0..25_u32 {
            let (_, ids) = walk(5, |_| (u64::from(length), (0..length).collect()));
            assert_eq!(ids.unwrap(), (0..length).map(|id| id.to_string()).collect::<Vec<_>>(), "{length}");
        }
    }

    #[test]
    fn a_store_that_leaves_the_list_between_pages_is_noticed() {
        // Deleted before the second page: everything moves up by one, total_count goes down.
        let (_, by_total) = walk(5, |n| if n == 0 { (10, (0..10).collect()) } else { (9, (1..10).collect()) });
        assert!(by_total.is_err());
        // Even if another store came in its place.
        let (_, by_overlap) = walk(5, |n| if n == 0 { (10, (0..10).collect()) } else { (10, (1..11).collect()) });
        assert!(by_overlap.is_err());
    }

    #[test]
    fn a_list_that_ends_before_its_count_or_repeats_a_store_does_not_count() {
        assert!(walk(5, |_| (12, (0..9).collect())).1.is_err());
        assert!(walk(5, |_| (6, vec![0, 1, 2, 3, 4, 0])).1.is_err());
    }

    #[test]
    fn a_page_without_total_count_does_not_count() {
        assert!(Walk::default().take(&ListPage::default()).is_err());
    }
}
