//! The table held against the documents, code by code, and every override that must be refused.

use super::rows::ROWS;
use super::*;
use crate::wire::Class as C;
use crate::wire::Endpoint as E;

fn table() -> ErrorTable {
    ErrorTable::default()
}

/// One override that holds everywhere, or at one endpoint.
fn set(endpoint: Option<&str>, errcode: i64, class: &str) -> Result<ErrorTable, OverrideError> {
    let set = Override::parse("poilift.toml, line 3", (endpoint, errcode), class, None)?;
    ErrorTable::with(vec![set])
}

fn danger(endpoint: Option<&str>, errcode: i64, class: &str) -> Option<Danger> {
    set(endpoint, errcode, class).err().and_then(|error| error.danger())
}

// ---- completeness -----------------------------------------------------------------------------------------------------

/// What each of our endpoints can answer, as the API document and the platform's own tables list it.
const BY_ENDPOINT: [(E, &[i64]); 23] = [
    // Section 8; 40097, 47001 and the old management's codes come from the global tables.
    (
        E::AddStore,
        &[
            -1, 85038, 85039, 85040, 85041, 85042, 85054, 85055, 85056, 85053, 40097, 47001, 47002, 40033, 65115,
            65116, 65118, 65119, 65120,
        ],
    ),
    (E::Delpoi, &[-1, 40097, 40098, 46005, 65106, 65107, 65115, 65116, 65117, 48001, 48009]),
    (E::Getpoi, &[-1, 40097, 40098, 46005, 65115, 65116, 48001, 48009]),
    (E::Getpoilist, &[-1, 40097, 48001, 48009]),
    // Sections 1, 5, 6, 7, 14 have no table: what the platform answers everywhere.
    (E::GetMerchantCategory, EVERYWHERE),
    (E::GetDistrict, EVERYWHERE),
    (E::SearchMapPoi, EVERYWHERE),
    (E::CreateMapPoi, EVERYWHERE),
    (E::StorewxaGet, EVERYWHERE),
    (E::StorewxaSet, EVERYWHERE),
    // Section 2, which section 4 takes over.
    (E::ApplyMerchant, MERCHANT_CODES),
    (E::ModifyMerchant, MERCHANT_CODES),
    // Sections 9 to 12.
    (E::UpdateStore, &[-1, 40097, 65115, 65118, 85053]),
    (E::GetStoreInfo, &[-1, 40097, 65115]),
    (E::GetStoreList, &[-1, 40097]),
    (E::DelStore, &[-1, 65115, 85053]),
    (E::MediaUpload, MEDIA_CODES),
    (E::MediaUploadimg, MEDIA_CODES),
    (E::RidGet, &[-1, 76001, 76002, 76003, 76004]),
    (E::GetMerchantAuditInfo, &[-1, 43104, 48001, 85053, 85058]),
    (E::QuotaGet, &[-1, 76003, 76021, 76022]),
    (E::Token, TOKEN_CODES),
    (E::StableToken, TOKEN_CODES),
];

const EVERYWHERE: &[i64] = &[-1, 40001, 40097, 45009, 45011, 47001, 48001];

const MERCHANT_CODES: &[i64] = &[
    -1, 43104, 85024, 85025, 85026, 85027, 85028, 85029, 85030, 85031, 85032, 85033, 85034, 85035, 85036, 85049, 85050,
    85053, 85056,
];

const MEDIA_CODES: &[i64] = &[-1, 40004, 40005, 40006, 40009, 41005, 44001, 45001];

const TOKEN_CODES: &[i64] = &[
    -1, 40001, 40002, 40013, 40125, 40164, 40243, 41002, 41004, 43002, 45009, 45011, 89501, 89502, 89503, 89504, 89505,
    89506, 89507,
];

/// Every errcode in a table of the API document: sections 2 (which 4 reuses), 8, 9, 10, 11 and 12.
const API_DOCUMENT: &[i64] = &[
    85024, 85025, 85026, 85027, 85028, 85029, 85030, 85031, 85032, 85033, 85034, 85035, 85036, 85049, 43104, 85050,
    85053, 85056, -1, 85038, 85039, 85040, 85041, 85042, 85054, 85055, 40097, 65115, 65118,
];

/// What the platform's other tables list: the old store management, the neighbours of the store calls that may surface,
/// tokens, third-party platforms, quotas, and the global return codes.
const GLOBAL: &[i64] = &[
    // the old store management
    40009, 40098, 46005, 65104, 65105, 65106, 65107, 65109, 65110, 65111, 65112, 65113, 65114, 65116, 65117, 65119,
    65120, // neighbours
    85058, 85059, 85061, 85062, 85063, 40104, 92000, 92002, 92003, 92004, 92005, 92006, 92007, 92008,
    // tokens and credentials
    40001, 40014, 42001, 41001, 40002, 40013, 40125, 40164, 40243, 41002, 41004, 42007, 42002, 42005, 45032, 45035,
    89501, 89502, 89503, 89504, 89505, 89506, 89507, // third-party platforms
    41018, 42006, 61003, 61004, 61005, 61006, 61007, 61009, 61011, 61014, 61016, 61023, 61024, // permission
    48001, 48004, 48009, 50001, 50002, 50004, // requests and media
    43001, 43002, 43003, 40066, 44002, 47001, 40033, 47002, 40004, 40005, 40006, 40007, 41005, 41006, 44001, 45001,
    45002, // limits
    45009, 45011, 48006, 76001, 76002, 76003, 76004, 76021, 76022,
];

#[test]
fn every_code_that_an_endpoint_can_answer_has_a_row_there() {
    for (endpoint, codes) in BY_ENDPOINT {
        for code in codes {
            assert!(table().meaning(endpoint, *code).is_some(), "{endpoint} {code}");
        }
    }
    assert_eq!(BY_ENDPOINT.map(|(endpoint, _)| endpoint).iter().collect::<BTreeSet<_>>().len(), E::ALL.len());
}

#[test]
fn every_code_of_both_documents_is_in_the_table_and_no_other() {
    let listed: BTreeSet<i64> = API_DOCUMENT.iter().chain(GLOBAL).copied().collect();
    assert_eq!(table().codes(), listed);
    assert_eq!(listed.len(), API_DOCUMENT.len() + GLOBAL.len(), "a code is listed twice");
}

// ---- each row ---------------------------------------------------------------------------------------------------------

#[test]
fn every_row_says_what_it_is_and_what_to_do_in_both_languages() {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for row in ROWS {
        let code = row.errcode;
        for (en, zh) in [row.means, row.advice] {
            assert!(!en.is_empty() && en.is_ascii(), "{code}: {en:?}");
            assert!(chinese(zh), "{code}: {zh:?}");
            assert!(!en.ends_with('.') && !zh.ends_with('。'), "{code}: a fragment ends without a stop");
        }
        assert_ne!(row.means, row.advice, "{code}");
    }
}

/// What a person does is a request, or says that there is nothing to do, or when.
#[test]
fn every_advice_begins_with_what_to_do() {
    const BEGINNINGS: &[&str] = &[
        "add",
        "apply",
        "ask",
        "authorise",
        "check",
        "copy",
        "fill",
        "find",
        "give",
        "have",
        "if it persists",
        "look",
        "mend",
        "nothing",
        "refresh",
        "register",
        "remove",
        "report",
        "run",
        "see",
        "set",
        "shorten",
        "talk",
        "unfreeze",
        "upload",
        "wait",
    ];
    for row in ROWS {
        assert!(BEGINNINGS.iter().any(|verb| row.advice.0.starts_with(verb)), "{}: {}", row.errcode, row.advice.0);
    }
}

#[test]
fn nothing_is_asked_of_a_person_exactly_where_the_tool_goes_on_by_itself() {
    for row in ROWS {
        let idle = row.advice.0.starts_with("nothing");
        assert_eq!(idle, row.class.goes_on_by_itself(), "{} is {}: {}", row.errcode, row.class, row.advice.0);
        assert_eq!(idle, row.advice.1.contains("无需处理"), "{}: {}", row.errcode, row.advice.1);
    }
}

#[test]
fn no_two_rows_speak_of_the_same_endpoint_and_code() {
    for endpoint in E::ALL {
        for row in ROWS.iter().filter(|row| row.at.holds(endpoint)) {
            let same = |other: &&Row| {
                other.errcode == row.errcode && other.at.rank() == row.at.rank() && other.at.holds(endpoint)
            };
            assert_eq!(ROWS.iter().filter(same).count(), 1, "{endpoint} {}", row.errcode);
        }
    }
}

#[test]
fn every_row_is_the_most_specific_one_somewhere() {
    for row in ROWS {
        let wins = |endpoint: &E| Row::of(*endpoint, row.errcode).is_some_and(|found| std::ptr::eq(found, row));
        assert!(E::ALL.iter().any(wins), "{} is never reached", row.errcode);
    }
}

// ---- the same code, elsewhere -----------------------------------------------------------------------------------------

#[test]
fn the_same_code_means_what_its_endpoint_makes_of_it() {
    for (endpoint, code, class) in [
        (E::AddStore, 40001, C::RefreshToken),
        (E::StableToken, 40001, C::StopAccount),
        (E::Delpoi, 65115, C::Done),
        (E::AddStore, 65115, C::FixRow),
        (E::Delpoi, 46005, C::Ambiguous),
        (E::AddStore, 46005, C::FixRow),
        (E::AddStore, -1, C::Ambiguous),
        (E::Delpoi, -1, C::Ambiguous),
        (E::Getpoilist, -1, C::Retry),
        (E::DelStore, -1, C::Ambiguous),
        (E::UpdateStore, -1, C::Ambiguous),
        (E::ApplyMerchant, -1, C::Ambiguous),
        (E::GetStoreInfo, -1, C::Retry),
        (E::MediaUploadimg, -1, C::Retry),
        (E::DelStore, 65115, C::FixRow),
        (E::UpdateStore, 65115, C::FixRow),
        (E::UpdateStore, 65118, C::NotYet),
        (E::ApplyMerchant, 85056, C::StopEndpoint),
        (E::AddStore, 85056, C::FixRow),
        (E::QuotaGet, 76003, C::StopEndpoint),
        (E::RidGet, 76003, C::FixRow),
        (E::AddStore, 85040, C::Ambiguous),
        (E::AddStore, 85042, C::StopEndpoint),
        (E::Getpoilist, 48009, C::StopEndpoint),
        (E::AddStore, 48009, C::StopAccount),
    ] {
        assert_eq!(table().class(endpoint, code), class, "{endpoint} {code}");
    }
}

#[test]
fn a_reading_is_never_ambiguous_and_never_done() {
    for endpoint in E::ALL.into_iter().filter(|endpoint| !endpoint.is_write()) {
        for code in table().codes() {
            assert!(!matches!(table().class(endpoint, code), C::Ambiguous | C::Done), "{endpoint} {code}");
        }
    }
}

#[test]
fn whatever_says_that_a_store_is_there_already_is_read_before_it_counts() {
    for code in table().codes().into_iter().filter(|code| says_duplicate(*code)) {
        assert_eq!(table().class(E::AddStore, code), C::Ambiguous, "{code}");
    }
}

#[test]
fn an_unknown_code_is_the_rows_and_is_never_sent_again() {
    for endpoint in E::ALL {
        assert_eq!((table().class(endpoint, 99999), table().advice(endpoint, 99999)), (C::FixRow, None));
    }
}

// ---- overrides --------------------------------------------------------------------------------------------------------

#[test]
fn an_override_says_what_a_code_means_for_this_account_and_where_that_was_set() {
    let table = set(Some("add_store"), 85055, "retry").unwrap();
    assert_eq!((table.class(E::AddStore, 85055), table.class(E::Delpoi, 85055)), (C::Retry, C::FixRow));
    let meaning = table.meaning(E::AddStore, 85055).unwrap();
    assert_eq!(
        meaning.set,
        Some(SetBy { place: "poilift.toml, line 3".into(), instead_of: C::FixRow, advises: false })
    );
    assert_eq!(meaning.advice.en, "look the point up again with search_map_poi", "ours, where the entry has none");
    assert_eq!(table.meaning(E::Delpoi, 85055).unwrap().set, None);
}

#[test]
fn the_operators_advice_is_shown_in_place_of_ours() {
    let set = Override::parse("a", (Some("add_store"), 123_456), "fix_row", Some(" 请联系张工 ")).unwrap();
    let meaning = ErrorTable::with(vec![set]).unwrap().meaning(E::AddStore, 123_456).unwrap();
    assert_eq!((meaning.advice.en.as_str(), meaning.advice.zh.as_str()), ("请联系张工", "请联系张工"));
    assert!(meaning.means.en.contains("in no document"));
}

#[test]
fn an_override_of_one_endpoint_wins_over_one_of_all() {
    let entry = |endpoint, class| Override::parse("a", (endpoint, 85055), class, None).unwrap();
    for entries in [
        vec![entry(None, "stop_endpoint"), entry(Some("add_store"), "retry")],
        vec![entry(Some("add_store"), "retry"), entry(None, "stop_endpoint")],
    ] {
        let table = ErrorTable::with(entries).unwrap();
        assert_eq!((table.class(E::AddStore, 85055), table.class(E::Delpoi, 85055)), (C::Retry, C::StopEndpoint));
    }
}

#[test]
fn an_override_of_all_endpoints_wins_over_the_tables_own_row_of_one_but_not_where_tokens_are_fetched() {
    assert_eq!(set(None, 85042, "fix_row").unwrap().class(E::AddStore, 85042), C::FixRow);
    let table = set(None, 40001, "stop_account").unwrap();
    assert_eq!((table.class(E::AddStore, 40001), table.meaning(E::Token, 40001).unwrap().set), (C::StopAccount, None));
}

#[test]
fn a_cautious_class_is_allowed_for_every_refusal_of_a_write() {
    for code in table().codes().into_iter().filter(|code| *code != -1) {
        for endpoint in ["add_store", "delpoi"] {
            let about_token = table().class(E::AddStore, code) == C::RefreshToken;
            for class in ["fix_row", "stop_endpoint", "not_yet", "ambiguous"] {
                assert_eq!(set(Some(endpoint), code, class).is_ok(), !about_token, "{endpoint} {code} {class}");
            }
            assert!(set(Some(endpoint), code, "stop_account").is_ok());
        }
    }
}

#[test]
fn minus_one_of_a_write_stays_ambiguous_whatever_a_setting_says() {
    for class in C::ALL.into_iter().filter(|class| *class != C::Ambiguous) {
        for endpoint in [Some("add_store"), Some("delpoi"), None] {
            assert_eq!(danger(endpoint, -1, class.key()), Some(Danger::SaysNothing), "{endpoint:?} {class}");
        }
    }
    assert!(set(Some("add_store"), -1, "ambiguous").is_ok(), "its advice may be changed");
    assert!(set(Some("getpoilist"), -1, "stop_endpoint").is_ok(), "a reading is another matter");
}

#[test]
fn no_setting_claims_a_success_that_no_reading_has_confirmed() {
    for code in table().codes() {
        for endpoint in E::ALL {
            let own = table().class(endpoint, code) == C::Done;
            assert_eq!(set(Some(endpoint.key()), code, "done").is_ok(), own, "{endpoint} {code}");
        }
    }
    assert_eq!(danger(Some("add_store"), 99999, "done"), Some(Danger::DoneUnread));
    assert_eq!(danger(None, 99999, "done"), Some(Danger::DoneUnread));
    assert_eq!(danger(None, 99999, "ambiguous"), Some(Danger::Reading));
}

#[test]
fn what_may_be_done_already_is_never_sent_again_without_a_reading() {
    for (endpoint, code) in
        [("add_store", 85038), ("add_store", 85040), ("delpoi", 46005), ("delpoi", 65115), ("delpoi", 65116)]
    {
        for class in ["retry", "slow_down", "refresh_token"] {
            assert_eq!(danger(Some(endpoint), code, class), Some(Danger::MayBeDone), "{endpoint} {code} {class}");
            assert!(danger(None, code, class).is_some());
        }
    }
    for class in ["retry", "slow_down"] {
        assert!(set(Some("add_store"), 85055, class).is_ok(), "a refusal is a certain answer");
        assert!(set(Some("add_store"), 99999, class).is_ok());
    }
}

#[test]
fn codes_of_tokens_and_endpoints_of_tokens_keep_to_what_they_can_mean() {
    assert_eq!(danger(Some("add_store"), 42001, "fix_row"), Some(Danger::AboutToken));
    assert_eq!(danger(Some("getpoilist"), 40001, "retry"), Some(Danger::AboutToken));
    assert_eq!(danger(Some("token"), 40001, "refresh_token"), Some(Danger::TokenEndpoint));
    assert!(set(Some("stable_token"), 45009, "stop_account").is_ok());
    assert_eq!(danger(Some("getpoi"), 40097, "ambiguous"), Some(Danger::Reading));
}

#[test]
fn a_code_that_says_gone_says_it_no_more_once_somebody_has_given_it_another_class() {
    assert!(table().says_gone(40098));
    assert!(!set(Some("getpoi"), 40098, "retry").unwrap().says_gone(40098));
    assert!(set(Some("getpoi"), 40098, "fix_row").unwrap().says_gone(40098), "the same class, maybe another advice");
    assert!(set(Some("delpoi"), 40098, "not_yet").unwrap().says_gone(40098));
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place_and_the_words_that_can() {
    let said = |endpoint, code, class| set(endpoint, code, class).unwrap_err().words();
    let unknown = said(Some("addstore"), 85055, "retry");
    assert!(unknown.en.starts_with("poilift.toml, line 3: endpoint \"addstore\" is not one of"), "{unknown}");
    assert!(unknown.zh.contains("add_store, update_store"), "{}", unknown.zh);
    assert!(said(None, 85055, "again").en.contains("class \"again\" is not one of done, retry, not_yet"));
    assert!(said(None, 0, "retry").en.contains("errcode 0 is success"));
    assert!(Override::parse("a", (None, 1), "retry", Some(" ")).is_err());
    let refused = said(Some("add_store"), -1, "retry");
    assert!(refused.en.contains("errcode -1 of add_store cannot be retry"), "{refused}");
    assert!(refused.zh.contains("重复提交"), "{}", refused.zh);
}

#[test]
fn two_entries_for_one_endpoint_and_code_are_refused_and_both_named() {
    let entry = |place| Override::parse(place, (Some("add_store"), 85055), "retry", None).unwrap();
    let error = ErrorTable::with(vec![entry("poilift.toml, line 1"), entry("poilift.toml, line 9")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "poilift.toml, line 9: the same endpoint and errcode stand in poilift.toml, line 1 already"
    );
}

#[test]
fn the_address_that_is_not_let_in_is_taken_from_the_platforms_words() {
    let words = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist";
    assert_eq!(named_address(40164, words), Some("203.0.113.7".parse().unwrap()));
    assert_eq!(named_address(40164, "access clientip is not registered"), None);
    assert_eq!(named_address(45011, words), None);
}
