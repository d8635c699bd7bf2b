//! The stores as the store mini-program has them (sections 9 to 12, 14): their ids there, what they show, and what
//! updates, removals and cards make of them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::book::{Book, Claim, Review, Store};
use super::record;
use crate::store::UpgradeStatus;

/// The ids that stores get here begin there: more than 32 bits, to catch those who think them an `int`.
const NEW_POI_ID_FIRST: usize = 4_700_000_000;

/// What has happened to one store here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Shop {
    /// The telephone since the last update; absent: as it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_phone: Option<String>,
    /// The opening hours, alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    hour: Option<String>,
    /// The pictures, alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pictures: Option<Vec<String>>,
    /// The card, alike; empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_id: Option<String>,
    /// The latest review of pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    photos: Option<PhotoReview>,
    /// How many reviews of pictures there were.
    pub photo_reviews: u32,
    /// It is gone.
    removed: bool,
}

/// The review of pictures that an update has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoReview {
    /// Its number.
    pub audit_id: u64,
    /// When it ends, in milliseconds.
    pub until: i64,
    /// Why it fails; absent: it passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// All pictures as they will be.
    pub pictures: Vec<String>,
}

/// What one call of `update_store` changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// When.
    pub at: i64,
    /// The telephone.
    pub contract_phone: String,
    /// The opening hours.
    pub hour: String,
    /// The card; absent: unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_id: Option<String>,
    /// Pictures that need no review: none of them is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pictures: Option<Vec<String>>,
    /// Pictures that need one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photos: Option<PhotoReview>,
}

/// One store as it is seen here.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    place: usize,
    /// The store.
    pub store: &'a Store,
    /// What it went through.
    pub review: &'a Review,
}

impl Store {
    fn shop(&self) -> Option<&Shop> {
        self.shop.as_deref()
    }

    /// Whether it was removed from the store mini-program.
    pub(super) fn is_removed(&self) -> bool {
        self.shop().is_some_and(|shop| shop.removed)
    }
}

impl<'a> Listing<'a> {
    /// A store that has come from the old store management is here once it has passed; a new one from its submission on.
    fn of(place: usize, store: &'a Store, now: i64) -> Option<Self> {
        let review = store.review.as_ref().filter(|_| store.fresh || store.status(now) == UpgradeStatus::Done)?;
        (!store.is_removed()).then_some(Self { place, store, review })
    }

    /// Its id.
    pub fn poi_id(&self) -> String {
        (NEW_POI_ID_FIRST + self.place).to_string()
    }

    /// 1 approved, 2 in review, 3 failed: the store's own review first, then that of its pictures.
    pub fn status(&self, now: i64) -> u8 {
        let photos = self.store.shop().and_then(|shop| shop.photos.as_ref());
        match (self.store.status(now), photos) {
            (UpgradeStatus::Migrating, _) => 2,
            (UpgradeStatus::Failed, _) => 3,
            (_, Some(review)) if now < review.until => 2,
            (_, Some(PhotoReview { failure: Some(_), .. })) => 3,
            _ => 1,
        }
    }

    /// Whether it is open to updates: not while anything of it is in review, nor if it never passed.
    pub fn takes_updates(&self, now: i64) -> bool {
        self.status(now) != 2 && self.store.status(now) == UpgradeStatus::Done
    }

    fn changed(&self) -> Shop {
        self.store.shop().cloned().unwrap_or_default()
    }

    /// The pictures that it shows.
    pub fn pictures(&self, now: i64) -> Vec<String> {
        self.changed().pictures_at(now).unwrap_or_else(|| self.review.claim.pictures.clone())
    }

    /// The card that it offers.
    pub fn card_id(&self) -> Option<String> {
        let card_id = self.changed().card_id.unwrap_or_else(|| self.review.claim.card_id.clone());
        Some(card_id).filter(|card_id| !card_id.is_empty())
    }

    /// Whether a review has refused pictures of it before.
    pub fn failed_before(&self) -> bool {
        self.changed().photos.is_some_and(|review| review.failure.is_some())
    }

    /// The record in `get_store_info`: that of the list without two keys.
    pub fn single_record(&self, now: i64) -> Value {
        let mut record = self.record(now);
        if let Some(record) = record.as_object_mut() {
            record.retain(|key, _| !["categories", "qualification_list"].contains(&key.as_str()));
        }
        record
    }

    /// The record in `get_store_list`.
    pub fn record(&self, now: i64) -> Value {
        let shop = self.changed();
        let photos: Vec<Value> = self.pictures(now).iter().map(|url| json!({ "photo_url": url })).collect();
        let claim = Claim {
            contract_phone: shop.contract_phone.unwrap_or_else(|| self.review.claim.contract_phone.clone()),
            hour: shop.hour.unwrap_or_else(|| self.review.claim.hour.clone()),
            ..self.review.claim.clone()
        };
        record::approved(&self.poi_id(), self.store, &claim, &photos, self.status(now))
    }
}

impl Shop {
    fn pictures_at(self, now: i64) -> Option<Vec<String>> {
        match self.photos {
            Some(review) if now >= review.until && review.failure.is_none() => Some(review.pictures),
            _ => self.pictures,
        }
    }

    fn update(&mut self, update: Update) {
        self.pictures = update.pictures.or_else(|| self.clone().pictures_at(update.at));
        self.contract_phone = Some(update.contract_phone);
        self.hour = Some(update.hour);
        self.card_id = update.card_id.or(self.card_id.take());
        self.photo_reviews += u32::from(update.photos.is_some());
        self.photos = update.photos;
    }
}

impl Book {
    /// The stores that are here, in the order in which they came.
    pub fn shops(&self, now: i64) -> impl Iterator<Item = Listing<'_>> {
        self.all().iter().enumerate().filter_map(move |(place, store)| Listing::of(place, store, now))
    }

    /// The store with this id.
    pub fn shop(&self, poi_id: &str, now: i64) -> Option<Listing<'_>> {
        let place = place_of(poi_id)?;
        Listing::of(place, self.at(place)?, now)
    }

    /// The id that a store which is new altogether gets.
    pub fn next_poi_id(&self) -> String {
        (NEW_POI_ID_FIRST + self.all().len()).to_string()
    }

    /// The id here of a store with this id in the old store management.
    pub fn shop_id(&self, poi_id: &str) -> Option<String> {
        self.place(poi_id).map(|place| (NEW_POI_ID_FIRST + place).to_string())
    }

    /// A store is changed.
    pub fn update(&mut self, poi_id: &str, update: Update) {
        if update.photos.is_some() {
            self.count_update();
        }
        if let Some(shop) = place_of(poi_id).and_then(|place| self.shop_mut(place)) {
            shop.update(update);
        }
    }

    /// A store is removed.
    pub fn remove(&mut self, poi_id: &str) {
        if let Some(shop) = place_of(poi_id).and_then(|place| self.shop_mut(place)) {
            shop.removed = true;
        }
    }

    /// A store gets another card.
    pub fn set_card(&mut self, poi_id: &str, card_id: String) {
        if let Some(shop) = place_of(poi_id).and_then(|place| self.shop_mut(place)) {
            shop.card_id = Some(card_id);
        }
    }
}

fn place_of(poi_id: &str) -> Option<usize> {
    poi_id.parse::<usize>().ok()?.checked_sub(NEW_POI_ID_FIRST)
}
