//! The rules of both requests, and the document's own examples.

use super::*;
use crate::wire::document::sample;

/// The document's own point, with its categories named as the document says they are.
fn creation() -> Creation {
    let sample = sample("create_map_poi.request.json");
    let text = |key: &str| text_at(&sample, key);
    Creation {
        name: text("name"),
        longitude: text("longitude"),
        latitude: text("latitude"),
        province: text("province"),
        city: text("city"),
        district: text("district"),
        address: text("address"),
        category: text("category"),
        telephone: text("telephone"),
        photo: text("photo"),
        license: text("license"),
        introduct: text("introduct"),
        districtid: text("districtid"),
        poi_id: None,
    }
}

fn broken(creation: &Creation) -> Vec<&'static str> {
    creation.check().err().unwrap_or_default().iter().map(|broken| broken.field).collect()
}

#[test]
fn the_documents_search_is_what_is_sent_for_it() {
    let search = Search { districtid: "440105".to_owned(), keyword: "x".to_owned() };
    assert!(search.check().is_ok());
    assert_eq!(search.body().to_string(), sample("search_map_poi.request.json").to_string());
}

#[test]
fn a_search_needs_a_district_of_six_digits_and_a_word() {
    for (districtid, keyword, field) in
        [("海珠区", "x", "districtid"), ("4401", "x", "districtid"), ("440105", " ", "keyword")]
    {
        let search = Search { districtid: districtid.to_owned(), keyword: keyword.to_owned() };
        assert_eq!(search.check().unwrap_err()[0].field, field);
    }
}

#[test]
fn the_documents_find_has_its_id_as_map_poi_id() {
    let found = found(&sample("search_map_poi.json")).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].map_poi_id.as_str(), "2708071440732747189");
    assert_eq!((found[0].name.as_str(), found[0].telephone.as_str()), ("X-MAX工厂", "020-89190388"));
    assert_eq!((found[0].longitude, found[0].latitude), (Some(113.274_810_791), Some(23.108_869_552_6)));
}

#[test]
fn an_id_that_went_through_a_float_is_no_id_and_one_that_is_a_number_is() {
    let answer = |uid: Value| json!({"errcode": 0, "data": {"item": [{"sosomap_poi_uid": uid}]}});
    assert_eq!(
        found(&answer(json!(2_708_071_440_732_747_189_u64))).unwrap()[0].map_poi_id.as_str(),
        "2708071440732747189"
    );
    assert!(found(&answer(json!(2.708e18))).is_err());
    assert!(found(&answer(json!(""))).is_err());
}

#[test]
fn nothing_found_is_an_empty_list_and_no_data_is_no_answer() {
    assert_eq!(found(&json!({"errcode": 0, "data": {"item": []}})), Ok(Vec::new()));
    assert_eq!(found(&json!({"errcode": 0, "data": {}})), Ok(Vec::new()));
    assert!(found(&json!({"errcode": 0})).is_err());
}

#[test]
fn the_documents_point_is_what_is_sent_for_it_and_poi_id_only_in_a_migration() {
    assert!(broken(&creation()).is_empty());
    assert_eq!(creation().body().to_string(), sample("create_map_poi.request.json").to_string());
    let moving = Creation { poi_id: Some("472671857".to_owned()), ..creation() };
    assert!(broken(&moving).is_empty());
    assert_eq!(moving.body()["poi_id"], "472671857");
}

#[test]
fn a_map_poi_id_in_poi_ids_place_is_refused_with_the_difference() {
    let slip = Creation { poi_id: Some("2880741500279549033".to_owned()), ..creation() };
    let said = slip.check().unwrap_err()[0].words();
    assert!(said.en.contains("19 digits and looks like a map_poi_id") && said.en.contains("9-digit"), "{said}");
    assert_eq!(broken(&Creation { poi_id: Some("4726 71857".to_owned()), ..creation() }), ["poi_id"]);
}

#[test]
fn several_telephones_stand_between_ascii_semicolons() {
    for (telephone, fits) in [
        ("010-6666666-111; 010-6666666; 010- 6666666-222", true),
        ("12345678901", true),
        ("010-6666666；010-6666667", false),
        ("010-6666666;", false),
        ("", false),
        ("call us", false),
    ] {
        assert_eq!(
            broken(&Creation { telephone: telephone.to_owned(), ..creation() }).is_empty(),
            fits,
            "{telephone:?}"
        );
    }
}

#[test]
fn a_category_is_two_with_an_ascii_colon_between_them() {
    for (category, fits) in
        [("美食:中餐厅", true), ("美食：中餐厅", false), ("美食", false), ("a:b:c", false), (":b", false)]
    {
        assert_eq!(broken(&Creation { category: category.to_owned(), ..creation() }).is_empty(), fits, "{category}");
    }
}

#[test]
fn a_location_is_degrees_and_not_exchanged() {
    let at = |longitude: &str, latitude: &str| Creation {
        longitude: longitude.to_owned(),
        latitude: latitude.to_owned(),
        ..creation()
    };
    assert_eq!(broken(&at("23.0974903107", "113.323753357")), ["latitude", "latitude"]);
    assert_eq!(broken(&at("39.47", "75.99")), ["latitude"], "Kashgar, exchanged");
    assert_eq!(broken(&at("113,3", "23.1")), ["longitude"]);
    assert!(broken(&at("-0.1276", "51.5072")).is_empty(), "a place abroad is the platform's affair");
}

#[test]
fn every_value_is_required() {
    assert_eq!(
        broken(&Creation::default()),
        [
            "name",
            "province",
            "city",
            "district",
            "address",
            "introduct",
            "longitude",
            "latitude",
            "category",
            "telephone",
            "photo",
            "license",
            "districtid"
        ]
    );
}

#[test]
fn the_documents_answer_has_no_errcode_and_an_error_is_a_refusal() {
    let accepted = created(&sample("create_map_poi.json")).unwrap().unwrap();
    assert_eq!(accepted, Created { base_id: "42160".to_owned(), rich_id: Some("42010".to_owned()) });
    assert_eq!(created(&json!({"error": "地址不合法", "data": null})), Ok(Err("地址不合法".to_owned())));
    assert!(created(&json!({"error": null})).is_err() && created(&json!({"data": {}})).is_err());
}
