//! How a store of the store mini-program is shown.

use serde_json::{Value, json};

use crate::store::{Lang, Words};
use crate::wire::stores::{StoreInfo, StoreStatus};
use crate::words;

/// For scripts: the document's fields by what they are, and everything that was answered.
pub fn document(store: &StoreInfo) -> Value {
    json!({
        "poi_id": store.poi_id, "name": store.name, "status": store.status.key(), "province": store.province,
        "city": store.city, "district": store.district, "address": store.address, "telephone": store.telephone,
        "open_time": store.open_time, "longitude": store.longitude, "latitude": store.latitude,
        "photos": store.photos, "credential": store.credential, "company": store.company, "record": store.record,
    })
}

/// Where it stands, for people.
pub fn status(store: &StoreInfo) -> Words {
    match &store.status {
        StoreStatus::Approved => words!("approved"; "审核通过"),
        StoreStatus::InReview => words!("in review"; "审核中"),
        StoreStatus::Failed => words!("failed its review"; "审核失败"),
        StoreStatus::Absent => words!("not told"; "未返回"),
        StoreStatus::Other(value) => words!("unknown: {value}"; "未知：{value}"),
    }
}

/// The lines of one store.
pub fn lines(store: &StoreInfo, lang: Lang) -> Vec<(&'static str, String)> {
    let label = |en, zh| lang.pick(en, zh);
    let place = |degrees: Option<f64>| degrees.map(|degrees| degrees.to_string()).unwrap_or_default();
    vec![
        ("poi_id", store.poi_id.as_ref().map(ToString::to_string).unwrap_or_default()),
        (label("name", "名称"), store.name.clone()),
        (label("status", "状态"), status(store).get(lang).to_owned()),
        (label("address", "地址"), format!("{}{}{}{}", store.province, store.city, store.district, store.address)),
        (label("longitude", "经度"), place(store.longitude)),
        (label("latitude", "纬度"), place(store.latitude)),
        (label("telephone", "电话"), store.telephone.clone()),
        (label("open", "营业时间"), store.open_time.clone()),
        (label("pictures", "图片"), store.photos.len().to_string()),
        (label("credential", "证件号"), store.credential.clone()),
        (label("company", "主体"), store.company.clone()),
    ]
}
