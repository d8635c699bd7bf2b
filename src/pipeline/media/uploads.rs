//! What the platform has of local files, and values in their place. Pure but for the reading of the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::ledger::{KnownMedia, Ledger, LedgerError, StoreRow};
use crate::store::{Decision, FileRef, MediaKind, Order, Stamp, Submission};
use crate::wire::Endpoint;
use crate::wire::media::TEMPORARY_SECONDS;

use super::super::album::upload_of;
use super::Need;

/// A media id is renewed so long before it ends: a run of many hours may send with it.
const MARGIN: Duration = Duration::from_secs(12 * 3600);

/// So long a file that the platform refused is not tried again: a day, as its quota has it.
const REFUSAL: Duration = Duration::from_secs(24 * 3600);

/// See the file's head.
#[derive(Debug, Clone, Default)]
pub struct Uploads {
    known: KnownMedia,
    refused: KnownMedia,
}

impl Uploads {
    /// As the ledger has it.
    pub fn of(ledger: &Ledger) -> Result<Self, LedgerError> {
        Ok(Self { known: ledger.media()?, refused: ledger.refused_media()? })
    }

    /// The files that the platform has refused lately, and not taken since, with its words.
    pub fn refusals(&self, now: Stamp) -> impl Iterator<Item = (Need, &str)> {
        // A refusal of a later moment than now was written under a wrong clock: the file is tried.
        let is_fresh = move |at: &Stamp| *at <= now && now.since(*at) < REFUSAL;
        let refused = self.refused.iter().filter(move |(_, (_, at))| is_fresh(at));
        let refused =
            refused.filter_map(|((sha256, kind), (words, _))| Some(((FileRef::new(sha256)?, *kind), words.as_str())));
        refused.filter(move |(need, _)| self.value(need, now).is_none())
    }

    /// The address or the media id of a file, if the platform has it and it is good for long enough.
    pub fn value(&self, (content, kind): &Need, now: Stamp) -> Option<&str> {
        let (value, at) = self.known.get(&(content.sha256().to_owned(), *kind))?;
        let life = Duration::from_secs(TEMPORARY_SECONDS.unsigned_abs()).saturating_sub(MARGIN);
        // An upload of a later moment than now was written under a wrong clock, and nobody knows how old it is.
        let is_good = *kind == MediaKind::Picture || (*at <= now && now.since(*at) < life);
        is_good.then_some(value.as_str())
    }

    /// Puts addresses in the place of an order's pictures where they are known; whether it did.
    pub fn put_pictures(&self, order: &mut Order) -> bool {
        let pictures = match order {
            Order::Update { pictures, .. } => pictures,
            Order::Create(submission) => &mut submission.pictures,
            Order::Remove { .. } | Order::SetCard { .. } => return false,
        };
        // Addresses do not age.
        self.put(pictures, MediaKind::Picture, Stamp(0)).0 > 0
    }

    /// The decision with addresses and media ids in the place of files; `None` where one is not there.
    pub fn filled(&self, row: &StoreRow, now: Stamp) -> Option<Decision> {
        let mut decision = row.decision.clone();
        let mut whole = decision.submission.as_mut().is_none_or(|submission| self.fill(submission, now));
        match decision.order.as_mut().map(|ordered| &mut ordered.order) {
            Some(Order::Update { pictures, .. }) => whole &= self.put(pictures, MediaKind::Picture, now).1,
            Some(Order::Create(submission)) => whole &= self.fill(submission, now),
            Some(Order::Remove { .. } | Order::SetCard { .. }) | None => {}
        }
        whole.then_some(decision)
    }

    fn fill(&self, submission: &mut Submission, now: Stamp) -> bool {
        let pictures = self.put(&mut submission.pictures, MediaKind::Picture, now).1;
        let papers = submission.company.iter_mut().map(|(_, papers)| self.put(papers, MediaKind::Temporary, now).1);
        papers.fold(pictures, |all, whole| all && whole)
    }

    /// How many values were put, and whether no file is left.
    fn put(&self, values: &mut [String], kind: MediaKind, now: Stamp) -> (usize, bool) {
        let (mut put, mut whole) = (0, true);
        for value in values {
            let Some(content) = FileRef::parse(value) else { continue };
            match self.value(&(content, kind), now) {
                Some(known) => {
                    known.clone_into(value);
                    put += 1;
                }
                None => whole = false,
            }
        }
        (put, whole)
    }
}

/// How many of these files the platform does not have, by the call that uploads them.
///
/// # Errors
///
/// The ledger.
pub fn uploads_left(
    ledger: Option<&Ledger>,
    files: &BTreeSet<Need>,
    now: Stamp,
) -> Result<BTreeMap<Endpoint, u64>, LedgerError> {
    let mut left = BTreeMap::new();
    if files.is_empty() {
        return Ok(left);
    }
    let uploads = ledger.map(Uploads::of).transpose()?.unwrap_or_default();
    for need in files.iter().filter(|need| uploads.value(need, now).is_none()) {
        *left.entry(upload_of(need.1).endpoint()).or_default() += 1;
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn content() -> FileRef {
        FileRef::new(&"0a".repeat(32)).unwrap()
    }

    fn known(kind: MediaKind, value: &str, at: i64) -> KnownMedia {
        [((content().sha256().to_owned(), kind), (value.to_owned(), Stamp(at)))].into()
    }

    fn uploads(kind: MediaKind, at: i64) -> Uploads {
        Uploads { known: known(kind, "known", at), refused: KnownMedia::new() }
    }

    #[test]
    fn an_address_holds_for_good_and_a_media_id_for_two_days_and_a_half() {
        let address = uploads(MediaKind::Picture, 0);
        assert_eq!(address.value(&(content(), MediaKind::Picture), Stamp(9_999 * HOUR)), Some("known"));
        assert_eq!(address.value(&(content(), MediaKind::Temporary), Stamp(0)), None);
        let id = uploads(MediaKind::Temporary, 10 * HOUR);
        let at = |hours: i64| id.value(&(content(), MediaKind::Temporary), Stamp(hours * HOUR)).is_some();
        assert_eq!([at(10), at(69), at(70), at(9)], [true, true, false, false]);
    }

    #[test]
    fn a_refusal_holds_for_a_day_unless_the_platform_has_taken_the_file_since() {
        let refused = known(MediaKind::Picture, "40009 invalid image size", 10 * HOUR);
        let uploads = |known: KnownMedia| Uploads { known, refused: refused.clone() };
        let at = |uploads: &Uploads, hours: i64| {
            uploads.refusals(Stamp(hours * HOUR)).map(|(_, words)| words.to_owned()).collect::<Vec<_>>()
        };
        let refused_alone = uploads(KnownMedia::new());
        assert_eq!(
            [10, 33].map(|hours| at(&refused_alone, hours)),
            [["40009 invalid image size"], ["40009 invalid image size"]]
        );
        assert!(at(&refused_alone, 34).is_empty() && at(&refused_alone, 9).is_empty());
        assert!(at(&uploads(known(MediaKind::Picture, "http://1", 11 * HOUR)), 12).is_empty(), "it was taken by hand");
        assert_eq!(at(&uploads(known(MediaKind::Temporary, "m1", 11 * HOUR)), 12).len(), 1, "as another kind");
    }

    #[test]
    fn an_order_s_pictures_become_addresses_and_nothing_is_sent_with_a_file_in_it() {
        let order = |picture: String| Order::Update {
            poi_id: crate::store::PoiId::new("1").unwrap(),
            hour: "09:00-21:00".into(),
            contract_phone: "1".into(),
            pictures: vec!["http://a/1".into(), picture],
            card_id: String::new(),
        };
        let mut local = order(content().to_string());
        assert!(!Uploads::default().put_pictures(&mut local));
        assert!(uploads(MediaKind::Picture, 0).put_pictures(&mut local));
        assert_eq!(local, order("known".into()));
    }
}
