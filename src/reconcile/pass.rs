//! A full pass over the list. It pages by offset without a snapshot, so pages overlap by one store, and a pass counts
//! only if the overlaps agree, `total_count` stayed the same and the distinct stores are as many.

use std::collections::HashSet;

use serde_json::Value;

use crate::store::{LegacyStore, Stamp, Time};
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
    /// The pages as answered, where they were asked for.
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
enum Inconsistent {
    /// Its pages do not agree.
    Pages(String),
    /// Its pages agree, but a store stands in it twice: either the list moved, or that is what it is like.
    Repeats(String),
}

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
        let inconsistent = |why: String| Err(Inconsistent::Pages(why));
        let Some(total) = page.total_count else { return inconsistent("a page has no total_count".to_owned()) };
        if let Some(before) = self.total.filter(|before| *before != total) {
            return inconsistent(format!("total_count was {before} and is {total}"));
        }
        self.total = Some(total);
        // A record that is no store is one without an id: it is counted, and no store of ours is taken for it.
        let stores: Vec<LegacyStore> =
            page.records.iter().map(|record| legacy_store(record).unwrap_or_default()).collect();
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
        let read = self.stores.len() as u64;
        if read != total {
            return Err(Inconsistent::Pages(format!("{read} stores where total_count says {total}")));
        }
        let mut seen = HashSet::new();
        match self.stores.iter().filter_map(|store| store.poi_id.as_ref()).find(|id| !seen.insert(*id)) {
            Some(twice) => Err(Inconsistent::Repeats(format!("poi_id {twice} stands in the list twice"))),
            None => Ok(NextPage::Done),
        }
    }
}

/// What makes two records at one offset the same store: the ids, which no review changes. A store that the old system
/// never approved has no `poi_id` yet; its `sid` and address tell it from its neighbours.
fn identity(store: &LegacyStore) -> (Option<&str>, Option<&str>, &str) {
    let poi_id = store.poi_id.as_ref().map(crate::store::PoiId::as_str);
    let sid = store.sid.as_ref().map(crate::store::Sid::as_str);
    (poi_id, sid.filter(|_| poi_id.is_none()), if poi_id.is_none() { store.address.as_str() } else { "" })
}

/// Reads the whole list, up to [`PASSES_MAX`] times until a pass counts. A list in which a store stands twice counts too,
/// once a second pass shows the very same list: then it is like that, and did not move.
///
/// With `keep_pages` the pages come along as they were answered.
pub fn read_list(client: &Client, clock: &dyn Time, keep_pages: bool) -> Result<ListPass, PassError> {
    read_pages(&|begin| client.getpoilist(begin, LIST_LIMIT_MAX), clock, keep_pages)
}

/// The same of the stores of the store mini-program (`get_store_list`, section 11).
///
/// # Errors
///
/// As [`read_list`].
pub fn read_store_list(client: &Client, clock: &dyn Time) -> Result<ListPass, PassError> {
    read_pages(&|offset| client.store_page(offset, LIST_LIMIT_MAX), clock, false)
}

type Page<'p> = dyn Fn(u64) -> Result<Value, ReadError> + 'p;

fn read_pages(page: &Page<'_>, clock: &dyn Time, keep_pages: bool) -> Result<ListPass, PassError> {
    let mut why = String::new();
    let mut repeating: Option<ListPass> = None;
    for _ in 0..PASSES_MAX {
        let (pass, verdict) = read_once(page, clock, keep_pages)?;
        match verdict {
            Ok(()) => return Ok(pass),
            Err(Inconsistent::Repeats(_)) if repeating.as_ref().is_some_and(|before| same(before, &pass)) => {
                return Ok(without_repeats(pass));
            }
            Err(Inconsistent::Repeats(this)) => (why, repeating) = (this, Some(pass)),
            Err(Inconsistent::Pages(this)) => (why, repeating) = (this, None),
        }
    }
    Err(PassError::Unsteady { tries: PASSES_MAX, why })
}

fn same(one: &ListPass, other: &ListPass) -> bool {
    one.stores.len() == other.stores.len()
        && one.stores.iter().zip(&other.stores).all(|(a, b)| identity(a) == identity(b))
}

fn without_repeats(mut pass: ListPass) -> ListPass {
    let mut seen = HashSet::new();
    pass.stores.retain(|store| store.poi_id.as_ref().is_none_or(|id| seen.insert(id.clone())));
    pass
}

fn read_once(
    ask: &Page<'_>,
    clock: &dyn Time,
    keep_pages: bool,
) -> Result<(ListPass, Result<(), Inconsistent>), ReadError> {
    let asked_at = clock.now();
    let mut walk = Walk::default();
    let mut pages = Vec::new();
    let mut begin = 0;
    let verdict = loop {
        let answer = ask(begin)?;
        let page = ListPage::from_value(&answer).unwrap_or_default();
        if keep_pages {
            pages.push(answer);
        }
        match walk.take(&page) {
            Ok(NextPage::At(next)) => begin = next,
            Ok(NextPage::Done) => break Ok(()),
            Err(inconsistent) => break Err(inconsistent),
        }
    };
    Ok((ListPass { asked_at, ended_at: clock.now(), stores: walk.stores, pages }, verdict))
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
        let twice = walk(5, |_| (6, vec![0, 1, 2, 3, 4, 0])).1;
        assert!(matches!(twice, Err(Inconsistent::Repeats(_))), "{twice:?}");
    }

    #[test]
    fn a_record_that_is_no_store_is_counted_and_stops_nobody() {
        let page = ListPage {
            total_count: Some(3),
            records: vec![json!(null), json!({"base_info": {"poi_id": "1"}}), json!({"base_info": {}})],
        };
        let mut walk = Walk::default();
        assert_eq!(walk.take(&page), Ok(NextPage::Done));
        assert_eq!(walk.stores.iter().filter(|store| store.poi_id.is_some()).count(), 1);
    }

    #[test]
    fn a_page_without_total_count_does_not_count() {
        assert!(Walk::default().take(&ListPage::default()).is_err());
    }
}
