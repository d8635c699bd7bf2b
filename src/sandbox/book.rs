//! The stores: which there are, where each stands at a given moment, and which map points and licences they hold.
//! A review is not an event but a span of time, so that nothing has to happen for it to end.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::events::OldCheck;
use super::record;
use super::shop::Shop;
use crate::store::{LegacyStore, UpgradeStatus};
use crate::wire::json;

/// Audit ids of submissions begin here.
const AUDIT_ID_FIRST: u64 = 418_000_000;

/// Audit ids of changed pictures begin here.
const UPDATE_ID_FIRST: u64 = 431_000_000;

/// What a submission lays claim to and says of its store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Claim {
    /// The point on Tencent's map.
    pub map_poi_id: String,
    /// Number of the business licence; empty for a store that was loaded so.
    pub credential: String,
    /// The store's telephone.
    pub contract_phone: String,
    /// Opening hours.
    pub hour: String,
    /// URLs of the pictures.
    pub pictures: Vec<String>,
    /// The company, if it is not the account's own.
    pub company_name: String,
    /// The card that the store offers; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub card_id: String,
    /// The papers of that company, as media ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<String>,
}

/// A review, from its beginning to its known end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// When it began, in milliseconds.
    pub at: i64,
    /// When it ends.
    pub until: i64,
    /// Why it fails; absent: it passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What was submitted.
    pub claim: Claim,
}

/// One store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Store {
    /// Its id in the old store management; of one that never was there, its only id.
    pub poi_id: String,
    /// It never was in the old store management.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fresh: bool,
    /// The old record (`base_info`) as it was loaded.
    pub record: Map<String, Value>,
    /// The status that it was loaded with.
    pub loaded: UpgradeStatus,
    /// Its latest review, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// How often it was submitted here.
    #[serde(default)]
    pub submissions: u32,
    /// Whether it is deleted from the old store management.
    #[serde(default)]
    pub deleted: bool,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<i64>,
    /// The check of the old store management, if it was not over when it was loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_check: Option<OldCheck>,
    /// What has happened to it in the store mini-program; absent: nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<Box<Shop>>,
}

impl Store {
    /// A store as it is loaded; `None` without a `poi_id`. One that is in review passes `review_ms` later.
    fn load(store: &LegacyStore, now: i64, review_ms: i64) -> Option<Self> {
        let until = match store.upgrade_status {
            UpgradeStatus::Migrating => Some(now + review_ms),
            UpgradeStatus::Done => Some(now),
            UpgradeStatus::Waiting
            | UpgradeStatus::Failed
            | UpgradeStatus::Forbidden
            | UpgradeStatus::Absent
            | UpgradeStatus::Other(_) => None,
        };
        let review = until.map(|until| Review { at: now, until, failure: None, claim: record::claim(store) });
        Some(Self {
            poi_id: store.poi_id.as_ref()?.to_string(),
            fresh: false,
            record: record::base_info(store),
            loaded: store.upgrade_status.clone(),
            review,
            submissions: 0,
            deleted: false,
            deleted_at: None,
            old_check: None,
            shop: None,
        })
    }

    /// Where it stood at `then`, as far as its latest review tells.
    pub fn status_then(&self, then: i64) -> UpgradeStatus {
        match &self.review {
            // Whatever is submitted again was refused before.
            Some(review) if then < review.at && self.submissions > 1 => UpgradeStatus::Failed,
            Some(review) if then < review.at => self.loaded.clone(),
            _ => self.status(then),
        }
    }

    /// Where it stands at `now`, deleted or not.
    pub fn status(&self, now: i64) -> UpgradeStatus {
        match &self.review {
            None => self.loaded.clone(),
            Some(review) if now < review.until => UpgradeStatus::Migrating,
            Some(Review { failure: Some(_), .. }) => UpgradeStatus::Failed,
            Some(Review { failure: None, .. }) => UpgradeStatus::Done,
        }
    }

    /// Whether a review has refused it before.
    pub fn failed_before(&self) -> bool {
        self.loaded == UpgradeStatus::Failed || self.review.as_ref().is_some_and(|review| review.failure.is_some())
    }
}

/// All stores of the account.
#[derive(Debug, Clone, Default)]
pub struct Book {
    stores: Vec<Store>,
    by_poi_id: HashMap<String, usize>,
    /// The stores that `getpoilist` lists, in its order.
    listed: Vec<usize>,
    /// Who submitted a map point or a licence last.
    by_map_poi_id: HashMap<String, usize>,
    by_credential: HashMap<String, usize>,
    /// The stores of each district of the map.
    by_district: HashMap<&'static str, Vec<usize>>,
    submissions: u64,
    /// Changes of pictures that needed a review.
    updates: u64,
}

/// How a `poi_id` is known.
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// Not at all.
    No,
    /// It was deleted.
    Deleted,
    /// It is there.
    Yes(&'a Store),
}

impl Book {
    /// Loads a store, unless one with its `poi_id` is there already.
    pub fn load(&mut self, store: &LegacyStore, now: i64, review_ms: i64) {
        if let Some(store) = Store::load(store, now, review_ms) {
            self.insert(store);
        }
    }

    /// Puts a store in, with whatever has happened to it, unless one with its `poi_id` is there already.
    pub fn insert(&mut self, store: Store) {
        if self.by_poi_id.contains_key(&store.poi_id) {
            return;
        }
        let place = self.stores.len();
        self.by_poi_id.insert(store.poi_id.clone(), place);
        self.submissions += u64::from(store.submissions);
        self.updates += store.shop.as_ref().map_or(0, |shop| u64::from(shop.photo_reviews));
        if !store.deleted && !store.fresh {
            self.listed.push(place);
        }
        if let Some(district) = record::district(&store.record) {
            self.by_district.entry(district).or_default().push(place);
        }
        self.stores.push(store);
        self.hold(place);
    }

    /// The stores that the old store management had in this district.
    pub fn in_district(&self, district: &str) -> impl Iterator<Item = &Store> {
        let places = self.by_district.get(district).into_iter().flatten();
        places.map(|place| &self.stores[*place]).filter(|store| !store.fresh)
    }

    /// Notes who holds a store's map point and licence; of several claims the latest counts, because it was only
    /// taken once the earlier ones had failed.
    fn hold(&mut self, place: usize) {
        let Some(review) = &self.stores[place].review else { return };
        let stores = &self.stores;
        let earlier = |holder: usize| stores[holder].review.as_ref().is_none_or(|held| held.at <= review.at);
        let Claim { map_poi_id, credential, .. } = &review.claim;
        for (holders, key) in [(&mut self.by_map_poi_id, map_poi_id), (&mut self.by_credential, credential)] {
            if holders.get(key).is_none_or(|holder| earlier(*holder)) {
                holders.insert(key.clone(), place);
            }
        }
    }

    /// The store with this id in the old store management.
    pub fn find(&self, poi_id: &str) -> Known<'_> {
        match self.by_poi_id.get(poi_id).map(|place| &self.stores[*place]) {
            None => Known::No,
            Some(store) if store.fresh => Known::No,
            Some(store) if store.deleted => Known::Deleted,
            Some(store) => Known::Yes(store),
        }
    }

    /// A store goes into review.
    pub fn submit(&mut self, poi_id: &str, review: Review) {
        let Some(&place) = self.by_poi_id.get(poi_id) else { return };
        self.submissions += 1;
        let store = &mut self.stores[place];
        store.submissions += 1;
        store.review = Some(review);
        self.hold(place);
    }

    /// Fields of a store are changed in the old store management.
    pub fn change(&mut self, poi_id: &str, changes: Map<String, Value>) {
        if let Some(place) = self.place(poi_id) {
            self.stores[place].record.extend(changes);
        }
    }

    /// A store is deleted from the old store management.
    pub fn delete(&mut self, poi_id: &str, at: i64) {
        let Some(&place) = self.by_poi_id.get(poi_id) else { return };
        self.stores[place].deleted = true;
        self.stores[place].deleted_at = Some(at);
        if let Ok(rank) = self.listed.binary_search(&place) {
            self.listed.remove(rank);
        }
    }

    /// Whether another store holds this map point.
    pub fn map_point_taken(&self, map_poi_id: &str, by_other_than: &str, now: i64) -> bool {
        let holder = self.holder(self.by_map_poi_id.get(map_poi_id), by_other_than, now);
        holder.is_some_and(|claim| claim.map_poi_id == map_poi_id)
    }

    /// Whether another store holds this licence.
    pub fn credential_taken(&self, credential: &str, by_other_than: &str, now: i64) -> bool {
        let holder = self.holder(self.by_credential.get(credential), by_other_than, now);
        holder.is_some_and(|claim| claim.credential == credential)
    }

    /// What the store there claims, if it is another and holds what it claims.
    fn holder(&self, place: Option<&usize>, by_other_than: &str, now: i64) -> Option<&Claim> {
        let store = place.map(|place| &self.stores[*place]).filter(|store| store.poi_id != by_other_than)?;
        if store.is_removed() {
            return None;
        }
        let active = |review: &&Review| now < review.until || review.failure.is_none();
        store.review.as_ref().filter(active).map(|review| &review.claim)
    }

    /// How many stores `getpoilist` lists.
    pub fn listed_count(&self) -> usize {
        self.listed.len()
    }

    /// A page of `getpoilist`.
    pub fn page(&self, begin: usize, limit: usize) -> impl Iterator<Item = &Store> {
        self.listed.iter().skip(begin).take(limit).map(|place| &self.stores[*place])
    }

    /// The page that was right at `then`: some stores are not listed any more, and others stood elsewhere.
    pub fn page_then(&self, then: i64, begin: usize, limit: usize) -> impl Iterator<Item = &Store> {
        self.listed_then(then).skip(begin).take(limit)
    }

    /// The stores that were listed at `then`.
    pub fn listed_then(&self, then: i64) -> impl Iterator<Item = &Store> {
        let gone = move |store: &Store| store.deleted && store.deleted_at.is_none_or(|at| at <= then);
        self.stores.iter().filter(move |store| !store.fresh && !gone(store))
    }

    /// Whether every store of the old store management has arrived, without which no new one is taken (section 13).
    pub fn is_upgraded(&self, now: i64) -> bool {
        self.listed.iter().all(|place| self.stores[*place].status(now) == UpgradeStatus::Done)
    }

    /// Where the store with this id stands.
    pub(super) fn place(&self, poi_id: &str) -> Option<usize> {
        self.by_poi_id.get(poi_id).copied()
    }

    /// The store at a place, for those who know the place from an id.
    pub(super) fn at(&self, place: usize) -> Option<&Store> {
        self.stores.get(place)
    }

    /// What has happened to a store in the store mini-program, to be changed.
    pub(super) fn shop_mut(&mut self, place: usize) -> Option<&mut Shop> {
        Some(self.stores.get_mut(place)?.shop.get_or_insert_default())
    }

    /// The old store management is still checking a store.
    pub(super) fn check_old(&mut self, place: usize, check: OldCheck) {
        if let Some(store) = self.stores.get_mut(place) {
            store.old_check = Some(check);
        }
    }

    /// A change of pictures goes into review.
    pub(super) fn count_update(&mut self) {
        self.updates += 1;
    }

    /// The number that the next change of pictures gets.
    pub fn next_update_id(&self) -> u64 {
        UPDATE_ID_FIRST + self.updates
    }

    /// The number that the next submission gets.
    pub fn next_audit_id(&self) -> u64 {
        AUDIT_ID_FIRST + self.submissions
    }

    /// All stores, the deleted ones too.
    pub fn all(&self) -> &[Store] {
        &self.stores
    }
}

/// The `poi_id` that a request names, as a number or as text.
pub fn named_poi_id(form: &Map<String, Value>) -> Option<String> {
    form.get("poi_id").and_then(json::text).map(|id| id.trim().to_owned()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::PoiId;

    fn book(status: UpgradeStatus) -> Book {
        let mut book = Book::default();
        let store = LegacyStore { poi_id: PoiId::new("7"), upgrade_status: status, ..LegacyStore::default() };
        book.load(&store, 100, 50);
        book
    }

    fn review(failure: Option<&str>) -> Review {
        let claim = Claim { map_poi_id: "1".into(), credential: "c".into(), ..Claim::default() };
        Review { at: 200, until: 250, failure: failure.map(str::to_owned), claim }
    }

    #[test]
    fn a_review_ends_by_itself() {
        let mut book = book(UpgradeStatus::Waiting);
        book.submit("7", review(Some("照片不清晰")));
        let status = |book: &Book, now| book.all()[0].status(now);
        assert_eq!([status(&book, 249), status(&book, 250)], [UpgradeStatus::Migrating, UpgradeStatus::Failed]);
        book.submit("7", review(None));
        assert_eq!([status(&book, 249), status(&book, 250)], [UpgradeStatus::Migrating, UpgradeStatus::Done]);
    }

    #[test]
    fn a_store_loaded_in_review_passes() {
        let book = book(UpgradeStatus::Migrating);
        assert_eq!(book.all()[0].status(149), UpgradeStatus::Migrating);
        assert_eq!(book.all()[0].status(150), UpgradeStatus::Done);
    }

    #[test]
    fn a_map_point_is_free_again_once_the_review_has_failed() {
        let mut book = book(UpgradeStatus::Waiting);
        book.submit("7", review(Some("x")));
        assert!(book.map_point_taken("1", "8", 249) && book.credential_taken("c", "8", 249));
        assert!(!book.map_point_taken("1", "7", 249), "not to itself");
        assert!(!book.map_point_taken("1", "8", 250));
    }

    #[test]
    fn loading_again_changes_nothing_and_nameless_stores_are_skipped() {
        let mut book = book(UpgradeStatus::Waiting);
        book.delete("7", 100);
        let again = LegacyStore { poi_id: PoiId::new("7"), ..LegacyStore::default() };
        book.load(&again, 300, 50);
        book.load(&LegacyStore::default(), 300, 50);
        assert_eq!((book.all().len(), book.listed_count()), (1, 0));
        assert!(matches!(book.find("7"), Known::Deleted));
    }
}
