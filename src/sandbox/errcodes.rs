//! Every errcode of the API document comes out of the sandbox, each where the document lists it, and how: by calls alone,
//! or by a setting of the account that the scenario names; behind them those codes that only the platform's global table
//! knows. The table is `docs/errcodes.md`, which is made here.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bench::{Bench, DELETE};
use super::request::Method;
use crate::wire::Endpoint;

/// The errcodes of the document's tables: section 2 (section 4 reuses it), 8, 9, 10, 11, 12.
const DOCUMENT: &[(u8, Endpoint, &[i64])] = &[
    (
        2,
        Endpoint::ApplyMerchant,
        &[
            85024, 85025, 85026, 85027, 85028, 85029, 85030, 85031, 85032, 85033, 85034, 85035, 85036, 43104, 85050,
            85056,
        ],
    ),
    // Listed under section 2, which says of them what only a change can bring about.
    (4, Endpoint::ModifyMerchant, &[85036, 85049, 43104, 85053, 85056]),
    (8, Endpoint::AddStore, &[-1, 85038, 85039, 85040, 85041, 85042, 85054, 85055, 85056]),
    (9, Endpoint::UpdateStore, &[-1, 40097, 65115, 65118, 85053]),
    (10, Endpoint::GetStoreInfo, &[-1, 40097, 65115]),
    (11, Endpoint::GetStoreList, &[-1, 40097]),
    (12, Endpoint::DelStore, &[-1, 85053]),
];

/// One way to an errcode.
struct Way {
    endpoint: Endpoint,
    errcode: i64,
    /// What leads there, in the words of the table.
    how: &'static str,
    /// The scenario; empty: none is needed.
    scenario: &'static str,
    /// Walks it, and says what the last call answered.
    walk: fn(&mut Bench) -> Value,
}

const NEW: &str = "4700000003";

fn store(poi_id: &str) -> Value {
    json!({
        "poi_id": poi_id, "map_poi_id": "2880741500279549033", "contract_phone": "1", "hour": "09:00-21:00",
        "credential": "22883878-0", "pic_list": "{\"list\":[\"http://a\"]}", "card_id": "",
    })
}

fn changed(mut form: Value, changes: &Value) -> Value {
    form.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    form
}

fn call(bench: &mut Bench, endpoint: Endpoint, form: &Value) -> Value {
    bench.ask(0, endpoint.path(), form)
}

fn add(bench: &mut Bench, poi_id: &str, changes: &Value) -> Value {
    call(bench, Endpoint::AddStore, &changed(store(poi_id), changes))
}

fn update(bench: &mut Bench, changes: &Value) -> Value {
    call(bench, Endpoint::UpdateStore, &changed(store(NEW), changes))
}

fn apply(bench: &mut Bench, changes: &Value) -> Value {
    let head = bench.upload(0, "upload?type=image", b"\xff\xd8\xff\xe0 and so on")["media_id"].clone();
    let form = json!({
        "first_catid": 278, "second_catid": 279, "headimg_mediaid": head, "nickname": "仁爱小店", "intro": "介绍",
        "qualification_list": "", "org_code": "", "other_files": "",
    });
    call(bench, Endpoint::ApplyMerchant, &changed(form, changes))
}

fn modify(bench: &mut Bench, head: &str, intro: &str) -> Value {
    call(bench, Endpoint::ModifyMerchant, &json!({"headimg_mediaid": head, "intro": intro}))
}

/// What the sandbox calls the fault that is the platform's own.
const BUSY: &str = "[[faults]]\nkind = \"busy\"\nfrom = 2";

macro_rules! ways {
    ($name:ident: $($endpoint:ident $errcode:literal: $how:literal, $scenario:expr => $walk:expr;)*) => {
        const $name: &[Way] = &[$(Way {
            endpoint: Endpoint::$endpoint, errcode: $errcode, how: $how, scenario: $scenario, walk: $walk,
        },)*];
    };
}

ways! {
    WAYS:
    ApplyMerchant 85024: "a name with a word of `names.need_papers`, without `org_code`",
        "merchant_status = 0\n[account.names]\nneed_papers = [\"仁爱\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 85025: "`account.full = [\"phone\"]`",
        "merchant_status = 0\n[account]\nfull = [\"phone\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 85026: "`account.full = [\"wechat\"]`",
        "merchant_status = 0\n[account]\nfull = [\"wechat\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 85027: "`account.full = [\"id_card\"]`",
        "merchant_status = 0\n[account]\nfull = [\"id_card\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 85028: "`account.full = [\"contractor\"]`",
        "merchant_status = 0\n[account]\nfull = [\"contractor\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 85029: "a name of `names.taken`",
        "merchant_status = 0\n[account.names]\ntaken = [\"仁爱小店\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 85030: "a name of fewer than 4 or more than 30 characters, a Chinese one counting two, or with a sign",
        "merchant_status = 0" => |b| apply(b, &json!({"nickname": "店"}));
    ApplyMerchant 85031: "a name with a word of `names.forbidden`",
        "merchant_status = 0\n[account.names]\nforbidden = [\"仁爱\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 85032: "a name of `names.complained`",
        "merchant_status = 0\n[account.names]\ncomplained = [\"仁爱小店\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 85033: "a name with 微信 in it, or with a word of `names.illegal`",
        "merchant_status = 0" => |b| apply(b, &json!({"nickname": "微信小店"}));
    ApplyMerchant 85034: "a name of `names.protected`",
        "merchant_status = 0\n[account.names]\nprotected = [\"仁爱小店\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 85035: "a name of `names.of_others`",
        "merchant_status = 0\n[account.names]\nof_others = [\"仁爱小店\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 85036: "an introduction with a word of `account.forbidden_in_intro`",
        "merchant_status = 0\n[account]\nforbidden_in_intro = [\"介绍\"]" => |b| apply(b, &json!({}));
    ApplyMerchant 43104: "`account.may_have_stores = false`",
        "merchant_status = 0\n[account]\nmay_have_stores = false" => |b| apply(b, &json!({}));
    ApplyMerchant 85050: "an application while the one before is not confirmed, in review or approved",
        "merchant_status = 0" => |b| { apply(b, &json!({})); apply(b, &json!({})) };
    ApplyMerchant 85056: "a media id that was not given here, or more than three days ago",
        "merchant_status = 0" => |b| apply(b, &json!({"headimg_mediaid": "never-given"}));
    ModifyMerchant 85036: "an introduction with a word of `account.forbidden_in_intro`",
        "[account]\nforbidden_in_intro = [\"国家级\"]" => |b| modify(b, "", "国家级");
    ModifyMerchant 85049: "more than `account.changes_a_month` changes, 5 by default",
        "" => |b| { for _ in 0..5 { modify(b, "", "介绍"); } modify(b, "", "介绍") };
    ModifyMerchant 43104: "`account.may_have_stores = false`",
        "[account]\nmay_have_stores = false" => |b| modify(b, "", "介绍");
    ModifyMerchant 85053: "before the store mini-program is approved",
        "merchant_status = 0" => |b| modify(b, "", "介绍");
    ModifyMerchant 85056: "a media id that was not given here, or more than three days ago",
        "" => |b| modify(b, "never-given", "");
    AddStore -1: "the fault `busy`", BUSY => |b| add(b, "0", &json!({}));
    AddStore 85038: "a map point that another store has",
        "" => |b| { add(b, "0", &json!({})); add(b, "1", &json!({"credential": "2"})) };
    AddStore 85039: "`upgrade_status` 4, none, or one that nobody knows", "" => |b| add(b, "4", &json!({}));
    AddStore 85040: "a store in review, or upgraded", "" => |b| add(b, "3", &json!({}));
    AddStore 85041: "a licence that another store has",
        "" => |b| { add(b, "0", &json!({})); add(b, "1", &json!({"map_poi_id": "5"})) };
    AddStore 85042: "as many stores as `account.nearby_limit`",
        "[account]\nnearby_limit = 1" => |b| add(b, "0", &json!({}));
    AddStore 85054: "no `poi_id` while a store of the old management has not moved", "" => |b| add(b, "", &json!({}));
    AddStore 85055: "no map point, or one that is no number; with `account.foreign_ids = false` one not given here",
        "" => |b| add(b, "0", &json!({"map_poi_id": ""}));
    AddStore 85056: "a media id more than three days old; with `account.foreign_ids = false` one not given here",
        "[account]\nforeign_ids = false" => |b| {
            for id in ["0", "1", "2", "4", "5", "6"] { b.code(2000, DELETE, &json!({"poi_id": id})); }
            let found = b.ask(2000, "/wxa/search_map_poi", &json!({"districtid": "440105", "keyword": "健身"}));
            let point = found["data"]["item"][0]["sosomap_poi_uid"].clone();
            let papers = json!({"map_poi_id": point, "company_name": "某某", "qualification_list": "never-given"});
            b.ask(2000, Endpoint::AddStore.path(), &changed(store(""), &papers))
        };
    UpdateStore -1: "the fault `busy`", BUSY => |b| update(b, &json!({}));
    UpdateStore 40097: "hours, telephone or pictures missing", "" => |b| update(b, &json!({"hour": ""}));
    UpdateStore 65115: "no store with this id", "" => |b| update(b, &json!({"poi_id": "3"}));
    UpdateStore 65118: "pictures in review, or a store that never passed",
        "" => |b| { update(b, &json!({})); update(b, &json!({})) };
    UpdateStore 85053: "before the store mini-program is approved",
        "merchant_status = 2" => |b| update(b, &json!({}));
    GetStoreInfo -1: "the fault `busy`", BUSY => |b| call(b, Endpoint::GetStoreInfo, &json!({"poi_id": NEW}));
    GetStoreInfo 40097: "no `poi_id`", "" => |b| call(b, Endpoint::GetStoreInfo, &json!({}));
    GetStoreInfo 65115: "no store with this id", "" => |b| call(b, Endpoint::GetStoreInfo, &json!({"poi_id": "3"}));
    GetStoreList -1: "the fault `busy`", BUSY => |b| call(b, Endpoint::GetStoreList, &json!({}));
    GetStoreList 40097: "a limit over 50", "" => |b| call(b, Endpoint::GetStoreList, &json!({"limit": 51}));
    DelStore -1: "no store with this id, or one in review", "" => |b| call(b, Endpoint::DelStore, &json!({"poi_id": "3"}));
    DelStore 85053: "before the store mini-program is approved",
        "merchant_status = 0" => |b| call(b, Endpoint::DelStore, &json!({"poi_id": NEW}));
}

/// A form that asks for a token.
fn token(bench: &mut Bench, endpoint: Endpoint, changes: &Value) -> Value {
    let form = json!({"grant_type": "client_credential", "appid": "wx1", "secret": "s"});
    call(bench, endpoint, &changed(form, changes))
}

fn upload(bench: &mut Bench, path: &str, size: usize) -> Value {
    let mut bytes = b"\xff\xd8\xff\xe0 and so on".to_vec();
    bytes.resize(size, 0);
    bench.upload(0, path, &bytes)
}

fn delete(bench: &mut Bench, poi_id: &str) -> Value {
    call(bench, Endpoint::Delpoi, &json!({ "poi_id": poi_id }))
}

ways! {
    BEYOND:
    Token 43001: "POST where GET is wanted", "" => |b| call(b, Endpoint::Token, &json!({}));
    StableToken 40002: "another `grant_type`", "" => |b| token(b, Endpoint::StableToken, &json!({"grant_type": "x"}));
    StableToken 41002: "no appid", "" => |b| token(b, Endpoint::StableToken, &json!({"appid": ""}));
    StableToken 41004: "no secret", "" => |b| token(b, Endpoint::StableToken, &json!({"secret": ""}));
    StableToken 40013: "another appid than `appid`", "appid = \"wx2\"" => |b| token(b, Endpoint::StableToken, &json!({}));
    StableToken 40125: "another secret than `secret_sha256`",
        "secret_sha256 = \"00\"" => |b| token(b, Endpoint::StableToken, &json!({}));
    StableToken 40164: "`account.token_errcode = 40164`",
        "[account]\ntoken_errcode = 40164" => |b| token(b, Endpoint::StableToken, &json!({}));
    StableToken 40243: "`account.token_errcode = 40243`",
        "[account]\ntoken_errcode = 40243" => |b| token(b, Endpoint::StableToken, &json!({}));
    StableToken 45009: "more than `daily_limits` of it",
        "[daily_limits]\nstable_token = 1" => |b| token(b, Endpoint::StableToken, &json!({}));
    StableToken 89503: "`account.token_errcode = 89503`",
        "[account]\ntoken_errcode = 89503" => |b| token(b, Endpoint::StableToken, &json!({}));
    StableToken 89506: "`account.token_errcode = 89506`",
        "[account]\ntoken_errcode = 89506" => |b| token(b, Endpoint::StableToken, &json!({}));
    StableToken 89507: "`account.token_errcode = 89507`",
        "[account]\ntoken_errcode = 89507" => |b| token(b, Endpoint::StableToken, &json!({}));
    QuotaGet 76003: "a path without `/`", "" => |b| call(b, Endpoint::QuotaGet, &json!({"cgi_path": "x"}));
    QuotaGet 76021: "a path that is none", "" => |b| call(b, Endpoint::QuotaGet, &json!({"cgi_path": "/x"}));
    RidGet 76001: "a number that no refusal carried", "" => |b| call(b, Endpoint::RidGet, &json!({"rid": "a-b-c"}));
    MediaUpload 40004: "another `type`", "" => |b| upload(b, "upload?type=film", 100);
    MediaUpload 40005: "bytes of another kind", "" => |b| upload(b, "upload?type=voice", 100);
    MediaUpload 40006: "no more than five bytes", "" => |b| upload(b, "upload?type=image", 5);
    MediaUpload 41005: "no file in the field `media`", "" => |b| {
            let query = format!("access_token={}&type=image", b.token);
            b.send_to(0, Endpoint::MediaUpload.path(), &query, "{}")
        };
    MediaUpload 44001: "an empty file", "" => |b| upload(b, "upload?type=image", 0);
    MediaUpload 45001: "a file over the limit of its type", "" => |b| upload(b, "upload?type=image", (10 << 20) + 1);
    MediaUploadimg 40009: "a picture of 1 MB or more", "" => |b| upload(b, "uploadimg", 1 << 20);
    ApplyMerchant 40104: "a category that is none, or not of that first one",
        "merchant_status = 0" => |b| apply(b, &json!({"second_catid": 271}));
    Getpoilist 40001: "a token that was never given, or that a newer one has replaced",
        "" => |b| { b.token = "forged".to_owned(); call(b, Endpoint::Getpoilist, &json!({})) };
    Getpoilist 41001: "no token", "" => |b| { b.token.clear(); call(b, Endpoint::Getpoilist, &json!({})) };
    Getpoilist 42001: "a token after its two hours, or after `token_calls` calls",
        "" => |b| b.ask(7_200_000, Endpoint::Getpoilist.path(), &json!({}));
    Getpoilist 43002: "GET where POST is wanted",
        "" => |b| b.send(0, Method::Get, Endpoint::Getpoilist.path(), "");
    Getpoilist 44002: "an empty body", "" => |b| b.send(0, Method::Post, Endpoint::Getpoilist.path(), "");
    Getpoilist 45009: "more than `daily_limit`", "daily_limit = 0" => |b| call(b, Endpoint::Getpoilist, &json!({}));
    Getpoilist 45011: "more a second than `rate_borne`", "rate_borne = 0" => |b| call(b, Endpoint::Getpoilist, &json!({}));
    Getpoilist 47001: "a body that is no JSON object", "" => |b| b.send(0, Method::Post, Endpoint::Getpoilist.path(), "[1]");
    Getpoilist 47002: "`\\u` escapes with `account.refuses_escapes = true`",
        "[account]\nrefuses_escapes = true"
        => |b| b.send(0, Method::Post, Endpoint::Getpoilist.path(), "{\"a\": \"\\u597d\"}");
    Getpoilist 48001: "the scenario `legacy-gone`",
        include_str!("scenarios/legacy-gone.toml") => |b| call(b, Endpoint::Getpoilist, &json!({}));
    Delpoi 65115: "no store with this id", "" => |b| delete(b, "77");
    Delpoi 65116: "a store that was deleted before", "" => |b| { delete(b, "4"); delete(b, "4") };
    Delpoi 65117: "a store in review", "" => |b| delete(b, "2");
    AddStore 40097: "telephone, hours, licence, pictures or `card_id` missing or wrong",
        "" => |b| add(b, "0", &json!({"hour": "9-21"}));
    AddStore 65115: "no store with this id", "" => |b| add(b, "77", &json!({}));
    AddStore 65116: "a store that was deleted", "" => |b| { delete(b, "0"); add(b, "0", &json!({})) };
    AddStore 65119: "another company without its papers", "" => |b| add(b, "0", &json!({"company_name": "某某"}));
    CreateMapPoi 47001: "a `poi_id` of 19 digits, which is a map id",
        "" => |b| call(b, Endpoint::CreateMapPoi, &json!({"poi_id": "2880741500279549033"}));
    CreateMapPoi 40097: "a field that is missing or wrong", "" => |b| call(b, Endpoint::CreateMapPoi, &json!({}));
    SearchMapPoi 40097: "no keyword, or a district that is none",
        "" => |b| call(b, Endpoint::SearchMapPoi, &json!({"districtid": "9", "keyword": "x"}));
    StorewxaGet 65115: "no store with this id", "" => |b| call(b, Endpoint::StorewxaGet, &json!({"poi_id": 3}));
    StorewxaSet 40073: "a card that is not in `account.cards`",
        "[account]\ncards = []" => |b| call(b, Endpoint::StorewxaSet, &json!({"poi_id": NEW, "card_id": "p"}));
    StorewxaSet 40097: "a card with `use_custom_code = true`",
        "[[account.cards]]\ncard_id = \"p\"\nuse_custom_code = true"
        => |b| call(b, Endpoint::StorewxaSet, &json!({"poi_id": NEW, "card_id": "p"}));
}

const HEAD: &str = "<!-- Made by the tests in src/sandbox/errcodes.rs; what stands here is what they have seen. -->\n\
    | section | endpoint | function of `Client` | command | errcode | how the sandbox comes to it | test |\n\
    | --- | --- | --- | --- | --- | --- | --- |\n";

/// Who calls an endpoint of the document: the client's function, the command, and the test that calls it from the command line.
const CALLERS: &[(Endpoint, &str, &str, &str)] = &[
    (Endpoint::GetMerchantCategory, "get_merchant_category", "merchant categories", "whole_api/merchant"),
    (Endpoint::ApplyMerchant, "apply_merchant", "merchant apply", "whole_api/merchant"),
    (Endpoint::GetMerchantAuditInfo, "get_merchant_audit_info", "merchant audit", "whole_api/merchant"),
    (Endpoint::ModifyMerchant, "modify_merchant", "merchant modify", "whole_api/merchant"),
    (Endpoint::GetDistrict, "get_district", "map districts", "whole_api/map"),
    (Endpoint::SearchMapPoi, "search_map_poi", "map search", "whole_api/map"),
    (Endpoint::CreateMapPoi, "create_map_poi", "map create", "whole_api/map"),
    (Endpoint::AddStore, "write", "store add", "orders"),
    (Endpoint::UpdateStore, "update_store", "store update", "orders"),
    (Endpoint::GetStoreInfo, "get_store_info", "store get", "whole_api/stores"),
    (Endpoint::GetStoreList, "get_store_list", "store list", "whole_api/stores"),
    (Endpoint::DelStore, "del_store", "store delete", "orders"),
    (Endpoint::Getpoilist, "getpoilist", "pull", "readme"),
    (Endpoint::Delpoi, "write", "migrate", "bodies"),
    (Endpoint::StorewxaGet, "get_card", "card get", "whole_api/stores"),
    (Endpoint::StorewxaSet, "set_card", "card set", "orders"),
];

/// A row of the table; an endpoint that only the platform's own pages describe has no section, and no caller here.
fn row(endpoint: Endpoint, errcode: &str, how: &str) -> String {
    let section = endpoint.section().map_or_else(|| "–".to_owned(), |section| section.to_string());
    let caller = CALLERS.iter().find(|(called, ..)| *called == endpoint);
    let (function, command, test) = caller.map_or(("–".to_owned(), "–".to_owned(), "–".to_owned()), |caller| {
        let (_, function, command, test) = caller;
        (format!("`{function}`"), format!("`{command}`"), format!("`tests/{test}.rs`"))
    });
    let path = &endpoint.path()[1..];
    format!("| {section} | `{path}` | {function} | {command} | {errcode} | {how} | {test} |\n")
}

fn file(path: &str) -> String {
    let whole = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&whole).unwrap_or_else(|error| panic!("{whole}: {error}"))
}

#[test]
fn every_endpoint_of_the_document_has_a_function_a_command_and_a_test() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/wechat/client")).unwrap();
    let client: String = folder.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let (args, reference) = (file("src/cli/args.rs") + &file("src/cli/args_platform.rs"), file("docs/reference.md"));
    for endpoint in Endpoint::ALL.into_iter().filter(|endpoint| endpoint.section().is_some()) {
        let (_, function, command, test) = CALLERS
            .iter()
            .find(|(called, ..)| *called == endpoint)
            .unwrap_or_else(|| panic!("nobody calls {endpoint}"));
        assert!(client.contains(&format!("pub fn {function}(")), "{function}");
        let verb = command.rsplit(' ').next().unwrap_or_default();
        let name = verb[..1].to_uppercase() + &verb[1..];
        assert!(args.contains(&format!("    {name}(")), "no command {command}");
        assert!(reference.contains(verb), "{command} is not in the reference");
        assert!(!file(&format!("tests/{test}.rs")).is_empty());
    }
}

#[test]
fn every_errcode_of_the_document_comes_out_where_it_is_listed() {
    for way in WAYS.iter().chain(BEYOND) {
        let answer = (way.walk)(&mut Bench::new(way.scenario));
        assert_eq!(answer["errcode"], way.errcode, "{} {}: {answer}", way.endpoint, way.how);
        assert!(answer["errmsg"].as_str().unwrap().contains(" rid: "), "{answer}");
        assert!(!answer["errmsg"].as_str().unwrap().starts_with("unknown error"), "{answer}");
    }
}

#[test]
fn no_errcode_of_the_document_is_missing_and_none_is_invented() {
    let listed: BTreeSet<(Endpoint, i64)> =
        DOCUMENT.iter().flat_map(|(_, endpoint, codes)| codes.iter().map(|code| (*endpoint, *code))).collect();
    let walked: BTreeSet<(Endpoint, i64)> = WAYS.iter().map(|way| (way.endpoint, way.errcode)).collect();
    assert_eq!(listed, walked);
    assert!(DOCUMENT.iter().all(|(section, endpoint, _)| endpoint.section() == Some(*section)));
}

#[test]
fn the_table_of_the_documentation_is_this_one() {
    let mut rows: Vec<(u8, String)> = Vec::new();
    for (section, endpoint, _) in DOCUMENT {
        let ways = WAYS.iter().filter(|way| way.endpoint == *endpoint);
        rows.extend(ways.map(|way| (*section, row(*endpoint, &way.errcode.to_string(), way.how))));
    }
    for (section, endpoint) in Endpoint::ALL.into_iter().filter_map(|endpoint| Some((endpoint.section()?, endpoint))) {
        if DOCUMENT.iter().all(|(_, other, _)| *other != endpoint) {
            rows.push((section, row(endpoint, "none", "the document lists no codes of its own")));
        }
    }
    rows.sort_by_key(|(section, _)| *section);
    let beyond = BEYOND.iter().map(|way| row(way.endpoint, &way.errcode.to_string(), way.how));
    let table = HEAD.to_owned() + &rows.into_iter().map(|(_, row)| row).chain(beyond).collect::<String>();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errcodes.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == table, "{path} should be:\n{table}");
}
