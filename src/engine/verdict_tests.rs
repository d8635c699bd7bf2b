//! What a writer makes of each class of answer, for both verbs; and that an operator's setting reaches the verdict and the
//! words.

use super::verdict::{Again, Verdict, judge};
use crate::ledger::Counted;
use crate::store::{Event, Stamp, State, Verb, next};
use crate::wechat::{TokenError, WriteKind, WriteResult};
use crate::wire::errors::Override;
use crate::wire::{Class, Endpoint, ErrorTable};

fn result(kind: WriteKind) -> WriteResult {
    WriteResult { sent_at: Some(Stamp(1)), at: Stamp(2), http_status: Some(200), kind }
}

/// What the client hands over when a write is answered with `errcode`.
fn answered(verb: Verb, errcode: i64, table: &ErrorTable) -> WriteResult {
    let class = table.class(Endpoint::from(verb), errcode);
    result(WriteKind::Answered { class, errcode, errmsg: "their words".into(), rid: None })
}

/// A code of each class, for both verbs; no code of `add_store` is done already.
const OF_EACH_CLASS: [(Verb, i64, Class); 17] = [
    (Verb::AddStore, -1, Class::Ambiguous),
    (Verb::AddStore, 85038, Class::Ambiguous),
    (Verb::AddStore, 85040, Class::Ambiguous),
    (Verb::AddStore, 65107, Class::NotYet),
    (Verb::AddStore, 42001, Class::RefreshToken),
    (Verb::AddStore, 45011, Class::SlowDown),
    (Verb::AddStore, 45009, Class::QuotaSpent),
    (Verb::AddStore, 85041, Class::FixRow),
    (Verb::AddStore, 85042, Class::StopEndpoint),
    (Verb::AddStore, 48001, Class::StopAccount),
    (Verb::Delpoi, -1, Class::Ambiguous),
    (Verb::Delpoi, 46005, Class::Ambiguous),
    (Verb::Delpoi, 65115, Class::Done),
    (Verb::Delpoi, 65117, Class::NotYet),
    (Verb::Delpoi, 45011, Class::SlowDown),
    (Verb::Delpoi, 40097, Class::FixRow),
    (Verb::Delpoi, 48001, Class::StopAccount),
];

/// What a class must come to: the verdict, and where the store stands by it.
fn expected(verb: Verb, errcode: i64, class: Class) -> (Verdict, State) {
    match class {
        Class::Done => (Verdict::Ok, State::Deleted),
        Class::Retry => (Verdict::NotDone(Again::Soon), State::Retry),
        Class::NotYet => (Verdict::NotDone(Again::Later), State::Retry),
        Class::RefreshToken => (Verdict::NotDone(Again::Now), State::Retry),
        Class::SlowDown => (Verdict::NotDone(Again::Slower), State::Retry),
        Class::QuotaSpent | Class::StopEndpoint => (Verdict::StopVerb, State::Retry),
        Class::FixRow => (Verdict::Refused { known: true }, State::Rejected),
        Class::Ambiguous => {
            let duplicate = verb == Verb::AddStore && matches!(errcode, 85038 | 85040);
            (Verdict::Lost { duplicate }, State::Unknown)
        }
        Class::StopAccount => (Verdict::StopAccount, State::Retry),
    }
}

#[test]
fn each_class_comes_to_one_verdict_and_one_state() {
    let table = ErrorTable::default();
    for (verb, errcode, class) in OF_EACH_CLASS {
        assert_eq!(table.class(Endpoint::from(verb), errcode), class, "{verb} {errcode}");
        let judged = judge(verb, &answered(verb, errcode, &table), &table);
        let state = next(State::InFlight, judged.verdict.event(verb)).expect("a legal move");
        assert_eq!((judged.verdict, state), expected(verb, errcode, class), "{verb} {errcode}");
        assert_eq!((judged.errcode, judged.errmsg.as_str()), (Some(errcode), "their words"));
    }
}

/// Whatever a code is: only an ambiguous one leaves the outcome open, and only where the table says so is it done.
#[test]
fn no_code_of_the_table_is_taken_for_more_than_its_class_says() {
    let table = ErrorTable::default();
    for verb in Verb::ALL {
        let is_known = |errcode: &i64| table.meaning(Endpoint::from(verb), *errcode).is_some();
        for errcode in table.codes().into_iter().filter(is_known) {
            let class = table.class(Endpoint::from(verb), errcode);
            let judged = judge(verb, &answered(verb, errcode, &table), &table);
            assert_eq!(judged.verdict, expected(verb, errcode, class).0, "{verb} {errcode}");
            let open = judged.verdict == Verdict::Lost { duplicate: false };
            assert_eq!(judged.counted == Counted::Lost, open, "{verb} {errcode}");
            let advice = table.advice(Endpoint::from(verb), errcode).expect("a row").zh;
            assert_eq!(judged.reason.is_some_and(|reason| reason.zh.contains(&advice)), class != Class::Done);
        }
    }
}

#[test]
fn a_code_that_nobody_knows_is_a_refusal_with_the_platforms_words() {
    let table = ErrorTable::default();
    for verb in Verb::ALL {
        let judged = judge(verb, &answered(verb, 99999, &table), &table);
        assert_eq!(judged.verdict, Verdict::Refused { known: false });
        assert_eq!(judged.reason.expect("words").en, "99999: their words");
    }
}

#[test]
fn an_operators_setting_decides_the_verdict_and_its_advice_is_in_the_reason() {
    let set = |class: &str| {
        let set = Override::parse("poilift.toml, line 1", (Some("add_store"), 85055), class, Some("ask Zhang"));
        ErrorTable::with(vec![set.expect("an entry")]).expect("a safe entry")
    };
    for (class, verdict) in [
        ("retry", Verdict::NotDone(Again::Soon)),
        ("not_yet", Verdict::NotDone(Again::Later)),
        ("slow_down", Verdict::NotDone(Again::Slower)),
        ("ambiguous", Verdict::Lost { duplicate: false }),
        ("stop_endpoint", Verdict::StopVerb),
        ("stop_account", Verdict::StopAccount),
        ("fix_row", Verdict::Refused { known: true }),
    ] {
        let table = set(class);
        let judged = judge(Verb::AddStore, &answered(Verb::AddStore, 85055, &table), &table);
        assert_eq!(judged.verdict, verdict, "{class}");
        assert!(judged.reason.expect("words").en.contains("ask Zhang"), "{class}");
    }
    let elsewhere = judge(Verb::Delpoi, &answered(Verb::Delpoi, 85055, &set("retry")), &set("retry"));
    assert_eq!(elsewhere.verdict, Verdict::Refused { known: true });
}

#[test]
fn a_code_that_was_given_a_meaning_is_no_longer_unknown() {
    let set = Override::parse("a", (None, 99999), "fix_row", None).expect("an entry");
    let table = ErrorTable::with(vec![set]).expect("a safe entry");
    let judged = judge(Verb::AddStore, &answered(Verb::AddStore, 99999, &table), &table);
    assert_eq!(judged.verdict, Verdict::Refused { known: true });
}

#[test]
fn what_has_no_answer_is_not_in_the_table_and_left_or_did_not() {
    let table = ErrorTable::default();
    for verb in Verb::ALL {
        let verdict = |kind| judge(verb, &result(kind), &table).verdict;
        assert_eq!(verdict(WriteKind::Lost("reset".into())), Verdict::Lost { duplicate: false });
        assert_eq!(verdict(WriteKind::NotConnected("refused".into())), Verdict::NotDone(Again::Soon));
        assert_eq!(verdict(WriteKind::Stopped), Verdict::Stopped);
        assert_eq!(verdict(WriteKind::Ok { audit_id: None }).event(verb), Event::AnsweredOk(verb));
    }
}

#[test]
fn a_token_that_cannot_be_had_stops_the_account_where_the_table_says_so() {
    let table = ErrorTable::default();
    let refused = |errcode| {
        let error = TokenError::Refused { endpoint: Endpoint::Token, errcode, errmsg: String::new(), rid: None };
        judge(Verb::AddStore, &result(WriteKind::NoToken(error)), &table).verdict
    };
    assert_eq!(refused(40001), Verdict::StopAccount);
    assert_eq!(refused(40164), Verdict::StopAccount);
    assert_eq!(refused(-1), Verdict::NotDone(Again::Soon));
    assert_eq!(refused(45009), Verdict::StopVerb, "the day's tokens are spent");
}
