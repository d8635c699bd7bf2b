//! The rules of an application, one by one, and the document's own examples.

use super::*;
use crate::wire::document::sample;

fn tree() -> CategoryTree {
    CategoryTree::from_value(&json!({"errcode": 0, "data": {"all_category_info": {"categories": [
        {"id": 0, "name": "root", "level": 0, "children": [278, 476]},
        {"id": 278, "name": "购物", "level": 1, "father": 0, "children": [280]},
        {"id": "280", "name": "便利店", "level": "2", "father": 278, "children": [], "sensitive_type": 1,
         "qualify": {"exter_list": [{"inner_list": [{"name": "食品经营许可证"}]}]}},
        {"id": 476, "name": "餐饮", "level": 1, "father": 0, "children": [477]},
        {"id": 477, "name": "咖啡厅", "level": 2, "father": 476, "children": [], "sensitive_type": 0},
    ]}}}))
    .unwrap()
}

fn application() -> Application {
    Application {
        first_catid: 476,
        second_catid: 477,
        headimg_mediaid: "RTZg-K_3".to_owned(),
        nickname: "一杯咖啡".to_owned(),
        intro: "每天新鲜".to_owned(),
        ..Application::default()
    }
}

/// The parameters that break a rule.
fn broken(application: &Application) -> Vec<&'static str> {
    application.check(&tree()).err().unwrap_or_default().iter().map(|broken| broken.field).collect()
}

#[test]
fn the_documents_tree_has_two_levels_papers_and_a_root() {
    let tree = CategoryTree::from_value(&sample("get_merchant_category.json")).unwrap();
    assert_eq!(tree.first().map(|category| category.name.as_str()).collect::<Vec<_>>(), ["购物"]);
    let shop = tree.get(278).unwrap();
    let store = tree.below(shop).next().unwrap();
    assert_eq!((store.id, store.father, store.scene), (280, Some(278), Some(3)));
    assert!(store.needs_papers() && store.papers[0][0].starts_with("若涉及食品"));
    assert_eq!(tree.get(0).unwrap().sensitive_type, None);
}

#[test]
fn an_answer_without_its_tree_is_none_and_says_what_is_missing() {
    let misfit = CategoryTree::from_value(&json!({"errcode": 0, "data": {}})).unwrap_err();
    assert_eq!(misfit.to_string(), "no usable data.all_category_info.categories");
}

#[test]
fn the_documents_application_is_what_is_sent_for_it_byte_by_byte() {
    let sent = Application {
        first_catid: 476,
        second_catid: 477,
        qualification_list: vec!["RTZgKZ386yFn5kQSWLTxe4bqxwgzGBjs3OE02cg9CVQk1wRVE3c8fjUFX7jvpi-P".to_owned()],
        headimg_mediaid: "RTZgKZ386yFn5kQSWLTxe4bqxwgzGBjs3OE02cg9CVQk1wRVE3c8fjUFX7jvpi-P".to_owned(),
        nickname: "hardenzhang308".to_owned(),
        intro: "hardenzhangtest".to_owned(),
        ..Application::default()
    };
    assert_eq!(sent.body().to_string(), sample("apply_merchant.request.json").to_string());
}

#[test]
fn what_is_sent_is_raw_utf8_with_media_ids_joined() {
    let sent = Application { other_files: vec!["a".to_owned(), "b".to_owned()], ..application() }.body().to_string();
    assert!(sent.contains(r#""nickname":"一杯咖啡""#) && sent.contains(r#""other_files":"a|b""#), "{sent}");
}

#[test]
fn a_name_has_4_to_30_characters_and_a_chinese_one_counts_two() {
    for (nickname, fits) in [
        ("abc", false),
        ("abcd", true),
        ("茶", false),
        ("茶铺", true),
        ("茶铺茶铺茶铺茶铺茶铺茶铺茶铺茶", true),
        ("茶铺茶铺茶铺茶铺茶铺茶铺茶铺茶a", false),
        ("abcdefghijklmnopqrstuvwxyzabcd", true),
        ("微信咖啡", false),
        (" 一杯咖啡", false),
    ] {
        let is_refused = broken(&Application { nickname: nickname.to_owned(), ..application() }) == ["nickname"];
        assert_eq!(!is_refused, fits, "{nickname:?}");
    }
    assert_eq!(nickname_length("茶铺ab"), 6);
}

#[test]
fn papers_are_needed_exactly_where_the_category_says_so_and_never_six() {
    let papers = |n: usize| (0..n).map(|n| format!("paper{n}")).collect::<Vec<_>>();
    let shop = |n| Application { first_catid: 278, second_catid: 280, qualification_list: papers(n), ..application() };
    assert_eq!(broken(&shop(0)), ["qualification_list"]);
    assert!(broken(&shop(1)).is_empty() && broken(&shop(5)).is_empty());
    assert_eq!(broken(&shop(6)), ["qualification_list"]);
    assert_eq!(broken(&Application { qualification_list: papers(1), ..application() }), ["qualification_list"]);
    let said = shop(0).check(&tree()).unwrap_err()[0].words();
    assert!(said.en.contains("280 便利店 needs papers (sensitive_type 1): 食品经营许可证"), "{said}");
}

#[test]
fn categories_go_together_or_are_refused() {
    assert_eq!(broken(&Application { second_catid: 280, ..application() }), ["second_catid"]);
    assert_eq!(broken(&Application { first_catid: 477, ..application() }), ["first_catid"]);
    assert_eq!(broken(&Application { first_catid: 0, ..application() }), ["first_catid"]);
}

#[test]
fn the_papers_of_85024_are_the_licence_first_and_others_beside_it() {
    let with = |org_code: &str, other: &[&str]| Application {
        org_code: org_code.to_owned(),
        other_files: other.iter().map(|id| (*id).to_owned()).collect(),
        ..application()
    };
    assert!(broken(&with("lic", &[])).is_empty() && broken(&with("lic", &["a", "b"])).is_empty());
    assert_eq!(broken(&with("", &["a"])), ["org_code"]);
    assert_eq!(broken(&with("lic", &["1", "2", "3", "4", "5", "6"])), ["other_files"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let empty = Application { first_catid: 476, second_catid: 477, ..Application::default() };
    assert_eq!(broken(&empty), ["headimg_mediaid", "nickname", "intro"]);
}

#[test]
fn a_change_of_nothing_is_refused_and_empty_means_unchanged() {
    assert!(Modification::default().check().is_err());
    let change = Modification { intro: "x".to_owned(), ..Modification::default() };
    assert!(change.check().is_ok());
    assert_eq!(change.body(), json!({"headimg_mediaid": "", "intro": "x"}));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&change.body()), keys(&sample("modify_merchant.request.json")));
}

#[test]
fn the_documents_audit_has_its_number_its_status_and_no_reason() {
    let audit = MerchantAudit::from_value(&sample("get_merchant_audit_info.json")).unwrap();
    assert_eq!((audit.audit_id.as_deref(), audit.status, audit.reason.as_str()), (Some("414569513"), 1, ""));
}
