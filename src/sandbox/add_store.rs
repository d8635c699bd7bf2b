//! `wxa/add_store` (section 8): what the platform checks, in its order, and the review that follows.

use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::book::{Book, Claim, Known, Review, Store, named_poi_id};
use super::dice::Dice;
use super::record::number_or_text;
use crate::store::UpgradeStatus;
use crate::wire::json;

/// The most media ids in `qualification_list`.
const MEDIA_IDS_MAX: usize = 5;

/// Why reviews fail.
const FAILURES: [&str; 4] = [
    "门店图片不清晰，请重新上传",
    "经营资质证件号与营业执照不一致",
    "门店地址与腾讯地图位置不符",
    "联系电话无法接通，请核实后重新提交",
];

/// How reviews go.
#[derive(Debug, Clone, Copy)]
pub struct Reviews {
    /// Decides which fail.
    pub dice: Dice,
    /// How many of the first submissions fail, 0 to 1.
    pub fail_share: f64,
    /// How long one takes, in milliseconds.
    pub time_ms: i64,
}

/// A submission that the platform takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The store.
    pub poi_id: String,
    /// Its review.
    pub review: Review,
    /// What the platform answers.
    pub answer: Value,
}

/// Checks a submission against the stores as they are at `now`.
pub fn check(book: &Book, reviews: Reviews, form: &Map<String, Value>, now: i64) -> Result<Taken, Refusal> {
    let poi_id = named_poi_id(form).ok_or(Refusal::of(85054))?;
    let store = match book.find(&poi_id) {
        Known::No => return Err(Refusal::of(65115)),
        Known::Deleted => return Err(Refusal::of(65116)),
        Known::Yes(store) => store,
    };
    match store.status(now) {
        UpgradeStatus::Waiting | UpgradeStatus::Failed => {}
        UpgradeStatus::Migrating | UpgradeStatus::Done => return Err(Refusal::of(85040)),
        // Nobody knows what the platform does with the last two; refusing them is the stricter teacher.
        UpgradeStatus::Forbidden | UpgradeStatus::Absent | UpgradeStatus::Other(_) => return Err(Refusal::of(85039)),
    }
    let claim = claim(book, &poi_id, form, now)?;
    let review = Review { at: now, until: now + reviews.time_ms, failure: reviews.verdict(store), claim };
    let audit_id = number_or_text(book.next_audit_id(), reviews.dice, "audit_id", &poi_id);
    let answer = json!({"errcode": 0, "errmsg": "ok", "data": {"audit_id": audit_id}});
    Ok(Taken { poi_id, review, answer })
}

impl Reviews {
    fn verdict(self, store: &Store) -> Option<String> {
        let number = (store.submissions + 1).to_string();
        let about = [store.poi_id.as_str(), &number];
        if store.failed_before() || !self.dice.chance("review", &about, self.fail_share) {
            return None;
        }
        let reason = usize::try_from(self.dice.roll("reason", &about) % FAILURES.len() as u64).unwrap_or(0);
        Some(FAILURES[reason].to_owned())
    }
}

fn claim(book: &Book, poi_id: &str, form: &Map<String, Value>, now: i64) -> Result<Claim, Refusal> {
    let text = |key: &str| form.get(key).and_then(json::text).map(|t| t.trim().to_owned()).unwrap_or_default();
    let claim = Claim {
        map_poi_id: text("map_poi_id"),
        credential: text("credential"),
        contract_phone: text("contract_phone"),
        hour: text("hour"),
        pictures: pictures(form.get("pic_list")).unwrap_or_default(),
        company_name: text("company_name"),
    };
    let media_ids = media_ids(form.get("qualification_list"));
    let args_are_good = !claim.contract_phone.is_empty()
        && !claim.credential.is_empty()
        && is_span(&claim.hour)
        && !claim.pictures.is_empty()
        && form.get("card_id").is_some_and(|card| !card.is_null())
        && media_ids <= MEDIA_IDS_MAX;
    let rules = [
        (85055, is_map_poi_id(&claim.map_poi_id)),
        (85038, !book.map_point_taken(&claim.map_poi_id, poi_id, now)),
        (40097, args_are_good),
        (85041, !book.credential_taken(&claim.credential, poi_id, now)),
        (65119, claim.company_name.is_empty() || media_ids > 0),
    ];
    match rules.into_iter().find(|(_, kept)| !kept) {
        Some((code, _)) => Err(Refusal::of(code)),
        None => Ok(claim),
    }
}

fn is_map_poi_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// `HH:MM-HH:MM`.
fn is_span(text: &str) -> bool {
    let is_time = |time: &str| {
        let bytes = time.as_bytes();
        let digits = |place: usize| bytes[place].is_ascii_digit() && bytes[place + 1].is_ascii_digit();
        bytes.len() == 5 && bytes[2] == b':' && digits(0) && digits(3) && time <= "24:00" && &time[3..] < "60"
    };
    text.split_once('-').is_some_and(|(from, to)| is_time(from) && is_time(to))
}

/// The URLs in `pic_list`, which is a JSON string that holds JSON: `{"list":[…]}`.
fn pictures(pic_list: Option<&Value>) -> Option<Vec<String>> {
    let inner: Value = serde_json::from_str(pic_list?.as_str()?).ok()?;
    let urls = inner.get("list")?.as_array()?.iter().map(|url| url.as_str().filter(|url| url.starts_with("http")));
    urls.map(|url| url.map(str::to_owned)).collect()
}

/// How many media ids: joined by `|`, or an array, as newer clients send it.
fn media_ids(list: Option<&Value>) -> usize {
    match list {
        Some(Value::Array(ids)) => ids.len(),
        Some(Value::String(ids)) => ids.split('|').filter(|id| !id.trim().is_empty()).count(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{LegacyStore, PoiId};

    const ALL_PASS: Reviews = Reviews { dice: Dice::new(1), fail_share: 0.0, time_ms: 50 };

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
        let reviews = Reviews { fail_share: 1.0, ..ALL_PASS };
        let mut book = book();
        let first = check(&book, reviews, &form("1"), 10).unwrap();
        assert!(first.review.failure.is_some());
        book.submit("1", first.review);
        assert_eq!(check(&book, reviews, &form("1"), 60).unwrap().review.failure, None);
    }
}
