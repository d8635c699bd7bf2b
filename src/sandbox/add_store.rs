//! `wxa/add_store` (section 8): what the platform checks, in its order, and the review that follows.

use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::book::{Book, Claim, Known, Review, Store, named_poi_id};
use super::form::{MEDIA_IDS_MAX, is_span, media_ids, pictures, text};
use super::record::number_or_text;
use super::reviews::Reviews;
use crate::store::UpgradeStatus;

/// A submission that the platform takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The store.
    pub poi_id: String,
    /// It was not in the old store management.
    pub fresh: bool,
    /// Its review.
    pub review: Review,
    /// What the platform answers.
    pub answer: Value,
}

/// What a submission is measured by, beside the stores.
#[derive(Debug, Clone, Copy)]
pub struct Measures<'a> {
    /// How reviews go.
    pub reviews: Reviews<'a>,
    /// How many stores the mini-program may show nearby; absent: any number.
    pub nearby_limit: Option<usize>,
}

/// Checks a submission against the stores as they are at `now`.
pub fn check(book: &Book, measures: Measures, form: &Map<String, Value>, now: i64) -> Result<Taken, Refusal> {
    let store = submitted(book, form, now)?;
    let poi_id = store.map_or_else(|| book.next_poi_id(), |store| store.poi_id.clone());
    let claim = claim(book, &poi_id, form, now)?;
    if measures.nearby_limit.is_some_and(|limit| book.shops(now).count() >= limit) {
        return Err(Refusal::of(85042));
    }
    let reviews = measures.reviews;
    let number = store.map_or(1, |store| store.submissions + 1);
    let failure = match store {
        Some(store) if store.failed_before() => None,
        _ => reviews.verdict("review", &[&poi_id, &number.to_string()], &[&claim.company_name]),
    };
    let review = Review { at: now, until: now + reviews.time_ms, failure, claim };
    let audit_id = number_or_text(book.next_audit_id(), reviews.dice, "audit_id", &poi_id);
    let answer = json!({"errcode": 0, "errmsg": "ok", "data": {"audit_id": audit_id}});
    Ok(Taken { poi_id, fresh: store.is_none(), review, answer })
}

/// The store that is to move; none if a new one is to be made, which is allowed once all others have moved.
fn submitted<'a>(book: &'a Book, form: &Map<String, Value>, now: i64) -> Result<Option<&'a Store>, Refusal> {
    let Some(poi_id) = named_poi_id(form) else {
        return if book.is_upgraded(now) { Ok(None) } else { Err(Refusal::of(85054)) };
    };
    let store = match book.find(&poi_id) {
        Known::No => return Err(Refusal::of(65115)),
        Known::Deleted => return Err(Refusal::of(65116)),
        Known::Yes(store) => store,
    };
    match store.status(now) {
        UpgradeStatus::Waiting | UpgradeStatus::Failed => Ok(Some(store)),
        UpgradeStatus::Migrating | UpgradeStatus::Done => Err(Refusal::of(85040)),
        // Nobody knows what the platform does with the last two; refusing them is the stricter teacher.
        UpgradeStatus::Forbidden | UpgradeStatus::Absent | UpgradeStatus::Other(_) => Err(Refusal::of(85039)),
    }
}

fn claim(book: &Book, poi_id: &str, form: &Map<String, Value>, now: i64) -> Result<Claim, Refusal> {
    let papers = media_ids(form, "qualification_list");
    let claim = Claim {
        map_poi_id: text(form, "map_poi_id"),
        credential: text(form, "credential"),
        contract_phone: text(form, "contract_phone"),
        hour: text(form, "hour"),
        pictures: pictures(form).unwrap_or_default(),
        company_name: text(form, "company_name"),
        card_id: text(form, "card_id"),
        papers,
    };
    let args_are_good = !claim.contract_phone.is_empty()
        && !claim.credential.is_empty()
        && is_span(&claim.hour)
        && !claim.pictures.is_empty()
        && form.get("card_id").is_some_and(|card| !card.is_null())
        && claim.papers.len() <= MEDIA_IDS_MAX;
    let rules = [
        (85055, is_map_poi_id(&claim.map_poi_id)),
        (85038, !book.map_point_taken(&claim.map_poi_id, poi_id, now)),
        (40097, args_are_good),
        (85041, !book.credential_taken(&claim.credential, poi_id, now)),
        (65119, claim.company_name.is_empty() || !claim.papers.is_empty()),
    ];
    match rules.into_iter().find(|(_, kept)| !kept) {
        Some((code, _)) => Err(Refusal::of(code)),
        None => Ok(claim),
    }
}

fn is_map_poi_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::dice::Dice;
    use crate::store::{LegacyStore, PoiId};

    const ALL_PASS: Measures = Measures {
        reviews: Reviews { dice: Dice::new(1), fail_share: 0.0, time_ms: 50, refused_words: &[] },
        nearby_limit: None,
    };

    fn book() -> Book {
        let mut book = Book::default();
        for (poi_id, status) in
            [("1", "0"), ("2", "1"), ("3", "2"), ("4", "3"), ("5", "4"), ("6", ""), ("7", "9"), ("8", "0")]
        {
            let upgrade_status = UpgradeStatus::parse(status);
            book.load(&LegacyStore { poi_id: PoiId::new(poi_id), upgrade_status, ..LegacyStore::default() }, 0, 50);
        }
        book
    }

    fn form(poi_id: &str) -> Map<String, Value> {
        let form = json!({
            "poi_id": poi_id, "map_poi_id": "2880741500279549033", "contract_phone": "0571-1", "hour": "09:00-21:00",
            "pic_list": "{\"list\":[\"http://a\"]}", "credential": "22883878-0", "card_id": "",
        });
        form.as_object().unwrap().clone()
    }

    fn code(poi_id: &str, change: impl FnOnce(&mut Map<String, Value>)) -> i64 {
        let mut form = form(poi_id);
        change(&mut form);
        check(&book(), ALL_PASS, &form, 10).map_or_else(|refusal| refusal.code, |_| 0)
    }

    fn with(key: &'static str, value: Value) -> i64 {
        code("1", move |form| drop(form.insert(key.to_owned(), value)))
    }

    #[test]
    fn only_a_waiting_or_failed_store_is_taken() {
        let codes: Vec<_> = (1..=7).map(|id: u32| code(&id.to_string(), |_| ())).collect();
        assert_eq!(codes, [0, 0, 85040, 85040, 85039, 85039, 85039]);
        assert_eq!(code("99", |_| ()), 65115);
        assert_eq!(code("", |_| ()), 85054);
    }

    #[test]
    fn ids_come_as_numbers_or_text() {
        assert_eq!(with("poi_id", json!(1)), 0);
        assert_eq!(with("map_poi_id", json!(2_880_741_500_279_549_033_u64)), 0);
        assert_eq!(with("map_poi_id", json!(2.88e18)), 85055);
        assert_eq!(with("map_poi_id", json!("123456789012345678901")), 85055);
    }

    #[test]
    fn every_required_field_is_required() {
        for key in ["contract_phone", "hour", "pic_list", "credential", "card_id"] {
            assert_eq!(code("1", |form| drop(form.remove(key))), 40097, "{key}");
        }
        assert_eq!(code("1", |form| drop(form.remove("map_poi_id"))), 85055);
    }

    #[test]
    fn hours_are_one_span_of_four_digit_times() {
        for bad in ["9:00-21:00", "09:00", "09:00–21:00", "25:00-26:00", "09:60-10:00", "00:00-24:01", "é9:0-21:00"]
        {
            assert_eq!(with("hour", json!(bad)), 40097, "{bad}");
        }
        assert_eq!(with("hour", json!("00:00-24:00")), 0);
    }

    #[test]
    fn pictures_are_a_string_that_holds_json() {
        assert_eq!(with("pic_list", json!({"list": ["http://a"]})), 40097);
        assert_eq!(with("pic_list", json!("{\"list\":[]}")), 40097);
        assert_eq!(with("pic_list", json!("http://a")), 40097);
    }

    #[test]
    fn another_company_needs_its_papers_but_not_more_than_five() {
        assert_eq!(with("company_name", json!("杭州某某")), 65119);
        assert_eq!(with("qualification_list", json!("a|b|c|d|e|f")), 40097);
        assert_eq!(with("qualification_list", json!(["a", "b"])), 0);
    }

    #[test]
    fn a_map_point_or_licence_in_use_is_refused() {
        let mut book = book();
        let taken = check(&book, ALL_PASS, &form("1"), 10).unwrap();
        book.submit(&taken.poi_id, taken.review);
        let code = |form: &Map<String, Value>| check(&book, ALL_PASS, form, 20).map_err(|r| r.code).unwrap_err();
        let mut other = form("8");
        assert_eq!(code(&other), 85038);
        other.insert("map_poi_id".into(), json!("5"));
        assert_eq!(code(&other), 85041);
    }

    #[test]
    fn a_store_that_failed_once_passes_when_it_is_submitted_again() {
        let reviews = Measures { reviews: Reviews { fail_share: 1.0, ..ALL_PASS.reviews }, ..ALL_PASS };
        let mut book = book();
        let first = check(&book, reviews, &form("1"), 10).unwrap();
        assert!(first.review.failure.is_some());
        book.submit("1", first.review);
        assert_eq!(check(&book, reviews, &form("1"), 60).unwrap().review.failure, None);
    }
}
