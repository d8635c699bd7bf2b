//! What a row of a bulk job asks of one store in the store mini-program, how far the platform has come with it, and what the
//! request says.
//!
//! The platform has no `upgrade_status` for these: [`Ordered::progress`] tells it in the same words, so that one scheduler
//! and one ledger serve every job: 0 not done, 2 in review, 3 done, 1 refused by the review.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{LegacyStore, PoiId, Submission, UpgradeStatus, Verb};

/// One store's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// `wxa/update_store` (section 9). All of it is sent each time: the platform takes pictures that are left out as removed.
    Update {
        /// The store's id in the store mini-program.
        poi_id: PoiId,
        /// `HH:MM-HH:MM`.
        hour: String,
        /// One telephone number.
        contract_phone: String,
        /// URLs of all pictures, at least one.
        pictures: Vec<String>,
        /// A card's id; empty leaves the card as it is.
        card_id: String,
    },
    /// `wxa/del_store` (section 12).
    Remove {
        /// The store's id in the store mini-program.
        poi_id: PoiId,
    },
    /// `card/storewxa/set` (section 14).
    SetCard {
        /// The store's id in the store mini-program.
        poi_id: PoiId,
        /// The card's id.
        card_id: String,
    },
    /// `wxa/add_store` without a legacy store (section 8).
    Create(Box<Submission>),
}

impl Order {
    /// The write that carries it out.
    #[must_use]
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Update { .. } => Verb::UpdateStore,
            Self::Remove { .. } => Verb::DelStore,
            Self::SetCard { .. } => Verb::StorewxaSet,
            Self::Create(_) => Verb::AddStore,
        }
    }

    /// The request's body. `poi_id` is text for `wxa/*` and a number for `card/*`, as the document's examples have it.
    #[must_use]
    pub fn body(&self) -> Value {
        match self {
            Self::Update { poi_id, hour, contract_phone, pictures, card_id } => json!({
                "poi_id": poi_id.as_str(),
                "hour": hour,
                "contract_phone": contract_phone,
                "pic_list": json!({ "list": pictures }).to_string(),
                "card_id": card_id,
            }),
            Self::Remove { poi_id } => json!({ "poi_id": poi_id.as_str() }),
            Self::SetCard { poi_id, card_id } => {
                let number = poi_id.as_str().parse::<u64>().map_or_else(|_| json!(poi_id.as_str()), Value::from);
                json!({ "poi_id": number, "card_id": card_id })
            }
            Self::Create(submission) => submission.body(),
        }
    }
}

/// An order, and what the platform showed of its store when it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// What is wanted.
    pub order: Order,
    /// What there was; without it, only what is wanted can be recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Shown>,
}

/// What the platform shows of a store in the store mini-program, as far as orders go (sections 10, 11 and 14).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// `status`: 1 passed, 2 in review, 3 failed; 0 where it is not told.
    pub status: i64,
    /// `open_time`.
    pub hour: String,
    /// `telephone`.
    pub contract_phone: String,
    /// `photo_list`.
    pub pictures: Vec<String>,
    /// The card's id; empty without one. Only `card/storewxa/get` tells it.
    pub card_id: String,
}

impl Shown {
    /// What a `base_info` of `get_store_info` or `get_store_list` shows.
    #[must_use]
    pub fn of(store: &LegacyStore) -> Self {
        let status = store.record.get("status").map_or(0, |status| {
            status.as_i64().or_else(|| status.as_str().and_then(|text| text.trim().parse().ok())).unwrap_or(0)
        });
        Self {
            status,
            hour: store.open_time.trim().to_owned(),
            contract_phone: store.telephone.trim().to_owned(),
            pictures: store.photos.clone(),
            card_id: String::new(),
        }
    }

    /// The same, but for the status.
    fn looks_like(&self, other: &Self) -> bool {
        (&self.hour, &self.contract_phone, &self.pictures) == (&other.hour, &other.contract_phone, &other.pictures)
    }
}

impl Ordered {
    /// How far the platform has come, by what it shows now.
    #[must_use]
    pub fn progress(&self, shown: &Shown) -> UpgradeStatus {
        match &self.order {
            Order::Update { hour, contract_phone, pictures, card_id, .. } => {
                let text = (hour, contract_phone);
                match self.update(shown, text, pictures) {
                    // All of it was done at once: what else it changed is shown, or the card is.
                    UpgradeStatus::Done
                        if !card_id.is_empty() && shown.card_id != *card_id && self.was_so(text, pictures) =>
                    {
                        UpgradeStatus::Waiting
                    }
                    progress => progress,
                }
            }
            Order::Remove { .. } => UpgradeStatus::Waiting,
            Order::SetCard { card_id, .. } if shown.card_id == *card_id => UpgradeStatus::Done,
            Order::SetCard { .. } => match &self.before {
                Some(before) if before.card_id != shown.card_id => changed(),
                _ => UpgradeStatus::Waiting,
            },
            // Only found by its licence, which no two stores share.
            Order::Create(_) => by_status(shown.status),
        }
    }

    /// Whether all but the card was as it is wanted before, so that it tells nothing of the card.
    fn was_so(&self, text: (&String, &String), pictures: &[String]) -> bool {
        let is_so = |before: &Shown| (&before.hour, &before.contract_phone) == text && before.pictures == pictures;
        self.before.as_ref().is_none_or(is_so)
    }

    fn update(&self, shown: &Shown, text: (&String, &String), pictures: &[String]) -> UpgradeStatus {
        let texts_are_so = (&shown.hour, &shown.contract_phone) == text;
        let failed_before = self.before.as_ref().is_some_and(|before| before.status == 3);
        match shown.status {
            // Pictures in review may not be shown yet.
            2 if texts_are_so => UpgradeStatus::Migrating,
            // Somebody else's change is being reviewed; ours would be refused, and is judged once that is over.
            2 => UpgradeStatus::Absent,
            _ if texts_are_so && shown.pictures == pictures && (shown.status != 3 || failed_before) => {
                UpgradeStatus::Done
            }
            // The old pictures stay where new ones were refused.
            3 if texts_are_so && !failed_before => UpgradeStatus::Failed,
            _ if self.before.as_ref().is_none_or(|before| before.looks_like(shown)) => UpgradeStatus::Waiting,
            _ => changed(),
        }
    }
}

/// Neither what is wanted nor what there was.
fn changed() -> UpgradeStatus {
    UpgradeStatus::Other("changed".to_owned())
}

fn by_status(status: i64) -> UpgradeStatus {
    match status {
        1 => UpgradeStatus::Done,
        2 => UpgradeStatus::Migrating,
        3 => UpgradeStatus::Failed,
        _ => UpgradeStatus::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> PoiId {
        PoiId::new(text).expect("an id")
    }

    fn shown(status: i64, hour: &str, pictures: &[&str]) -> Shown {
        let pictures = pictures.iter().map(|url| (*url).to_owned()).collect();
        Shown { status, hour: hour.into(), contract_phone: "1".into(), pictures, card_id: String::new() }
    }

    fn update(hour: &str, pictures: &[&str], before: Shown) -> Ordered {
        let order = Order::Update {
            poi_id: id("472671857"),
            hour: hour.into(),
            contract_phone: "1".into(),
            pictures: pictures.iter().map(|url| (*url).to_owned()).collect(),
            card_id: String::new(),
        };
        Ordered { order, before: Some(before) }
    }

    #[test]
    fn an_update_of_hours_is_done_once_they_are_shown() {
        let ordered = update("10:00-21:00", &["a"], shown(1, "09:00-20:00", &["a"]));
        assert_eq!(ordered.progress(&shown(1, "09:00-20:00", &["a"])), UpgradeStatus::Waiting);
        assert_eq!(ordered.progress(&shown(1, "10:00-21:00", &["a"])), UpgradeStatus::Done);
        assert_eq!(ordered.progress(&shown(1, "11:00-12:00", &["a"])), changed());
    }

    #[test]
    fn new_pictures_are_reviewed_and_may_fail() {
        let ordered = update("09:00-20:00", &["b"], shown(1, "09:00-20:00", &["a"]));
        assert_eq!(ordered.progress(&shown(2, "09:00-20:00", &["a"])), UpgradeStatus::Migrating);
        assert_eq!(ordered.progress(&shown(1, "09:00-20:00", &["b"])), UpgradeStatus::Done);
        assert_eq!(ordered.progress(&shown(3, "09:00-20:00", &["b"])), UpgradeStatus::Failed);
        assert_eq!(ordered.progress(&shown(3, "09:00-20:00", &["a"])), UpgradeStatus::Failed);
        assert_eq!(ordered.progress(&shown(1, "09:00-20:00", &["a"])), UpgradeStatus::Waiting);
    }

    #[test]
    fn a_store_that_had_failed_its_review_before_is_no_failure_of_new_hours() {
        let ordered = update("10:00-21:00", &["a"], shown(3, "09:00-20:00", &["a"]));
        assert_eq!(ordered.progress(&shown(3, "10:00-21:00", &["a"])), UpgradeStatus::Done);
        assert_eq!(ordered.progress(&shown(3, "09:00-20:00", &["a"])), UpgradeStatus::Waiting);
    }

    #[test]
    fn a_review_of_something_else_says_nothing_yet() {
        let ordered = update("10:00-21:00", &["a"], shown(1, "09:00-20:00", &["a"]));
        assert_eq!(ordered.progress(&shown(2, "09:00-20:00", &["z"])), UpgradeStatus::Absent);
    }

    #[test]
    fn a_card_is_set_or_not_or_another_one_is() {
        let order = Order::SetCard { poi_id: id("1234567"), card_id: "p2".into() };
        let ordered = Ordered { order, before: Some(Shown { card_id: "p1".into(), ..Shown::default() }) };
        let card = |card_id: &str| Shown { card_id: card_id.into(), ..Shown::default() };
        assert_eq!(ordered.progress(&card("p2")), UpgradeStatus::Done);
        assert_eq!(ordered.progress(&card("p1")), UpgradeStatus::Waiting);
        assert_eq!(ordered.progress(&card("p3")), changed());
        assert_eq!(ordered.order.body(), json!({"poi_id": 1_234_567, "card_id": "p2"}));
    }

    #[test]
    fn a_card_of_an_update_is_set_once_it_is_shown_or_what_was_changed_with_it() {
        let with_card = |hour: &str| {
            let mut ordered = update(hour, &["a"], shown(1, "09:00-20:00", &["a"]));
            if let Order::Update { card_id, .. } = &mut ordered.order {
                *card_id = "p1".into();
            }
            ordered
        };
        let alone = with_card("09:00-20:00");
        assert_eq!(alone.progress(&shown(1, "09:00-20:00", &["a"])), UpgradeStatus::Waiting);
        let carded = Shown { card_id: "p1".into(), ..shown(1, "09:00-20:00", &["a"]) };
        assert_eq!(alone.progress(&carded), UpgradeStatus::Done);
        let beside = with_card("10:00-21:00");
        assert_eq!(beside.progress(&shown(1, "09:00-20:00", &["a"])), UpgradeStatus::Waiting);
        assert_eq!(beside.progress(&shown(1, "10:00-21:00", &["a"])), UpgradeStatus::Done);
    }

    #[test]
    fn an_update_says_all_three_and_leaves_the_card_as_it_is() {
        let body = update("10:00-21:00", &["http://a/1"], Shown::default()).order.body();
        let expected = json!({"poi_id": "472671857", "hour": "10:00-21:00", "contract_phone": "1",
            "pic_list": "{\"list\":[\"http://a/1\"]}", "card_id": ""});
        assert_eq!(body, expected);
    }
}
