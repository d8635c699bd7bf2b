//! A chain of stores, made as a test needs it: the list as the platform answers it, and the supplement that completes it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::House;

/// The list's file.
pub const STORES: &str = "stores.json";

/// The supplement's file.
pub const SUPPLEMENT: &str = "supplement.csv";

/// Stores in the old store management.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    stores: Vec<Value>,
}

impl Chain {
    pub fn new() -> Self {
        Self::default()
    }

    /// `n` stores that only wait to be sent.
    pub fn waiting(n: usize) -> Self {
        Self::new().and(n, &json!(0))
    }

    /// `n` more with this `upgrade_status`; `null` leaves it out.
    pub fn and(mut self, n: usize, status: &Value) -> Self {
        for _ in 0..n {
            let mut store = store(self.stores.len());
            match status {
                Value::Null => drop(store.as_object_mut().unwrap().remove("upgrade_status")),
                status => store["upgrade_status"] = status.clone(),
            }
            self.stores.push(store);
        }
        self
    }

    /// The same chain, with one field of the `n`th store changed.
    pub fn with(mut self, n: usize, field: &str, value: Value) -> Self {
        self.stores[n][field] = value;
        self
    }

    /// Only the first `n`.
    pub fn first(mut self, n: usize) -> Self {
        self.stores.truncate(n);
        self
    }

    pub fn ids(&self) -> Vec<String> {
        self.stores.iter().map(|store| store["poi_id"].as_str().unwrap().to_owned()).collect()
    }

    pub fn id(&self, n: usize) -> String {
        self.ids()[n].clone()
    }

    /// Writes the list under the usual name, and a supplement with a credential for each store.
    pub fn save(&self, house: &House) {
        self.save_as(house, STORES);
        house.write(SUPPLEMENT, self.supplement());
    }

    pub fn save_as(&self, house: &House, file: &str) {
        house.write(file, self.json());
    }

    /// The list, as the platform answers it.
    pub fn json(&self) -> String {
        self.pages().to_string()
    }

    pub fn supplement(&self) -> String {
        let mut text = "poi_id,credential\n".to_owned();
        for (n, id) in self.ids().iter().enumerate() {
            writeln!(text, "{id},{}", credential(n)).unwrap();
        }
        text
    }

    fn pages(&self) -> Value {
        let page = |stores: &[Value]| {
            let list: Vec<Value> = stores.iter().map(|store| json!({ "base_info": store })).collect();
            json!({"errcode": 0, "errmsg": "ok", "business_list": list, "total_count": self.stores.len()})
        };
        self.stores.chunks(50).map(page).collect()
    }
}

/// A licence of the `n`th store, registered in its own province, with the check character of GB 32100.
pub fn credential(n: usize) -> String {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let number = format!("91330100MA{n:07}");
    let value = |c: char| ALPHABET.find(c).unwrap();
    let sum: usize = number.chars().zip(0..).map(|(c, place)| value(c) * 3_usize.pow(place)).sum();
    let check = ALPHABET.chars().nth((31 - sum % 31) % 31).unwrap();
    format!("{number}{check}")
}

fn store(n: usize) -> Value {
    json!({
        "sid": format!("S{n:05}"), "business_name": "试茶坊", "branch_name": format!("第{n}店"), "city": "杭州市",
        "address": format!("文三路{n}号"), "telephone": format!("0571-8{n:07}"), "open_time": "09:00-21:00",
        "photo_list": [{"photo_url": format!("http://mmbiz.qpic.cn/mmbiz_jpg/{n}/0?wx_fmt=jpeg")}],
        "poi_id": (400_000_000 + n).to_string(), "mapid": format!("28807415{n:011}"),
        "upgrade_status": 0, "upgrade_comment": "",
    })
}
