//! The categories of store mini-programs (section 1): two levels below a root, and which of the second need papers. The
//! tree is the sandbox's own; ids and names on the platform are others.

use serde_json::{Value, json};

/// One category of the second level: id, name, and the papers that it needs; none: `sensitive_type` 0.
type Second = (u64, &'static str, &'static [&'static str]);

/// A category of the first level with those below it.
type First = (u64, &'static str, &'static [Second]);

const FOOD: &[&str] = &["《食品经营许可证》或《卫生许可证》"];

const TREE: &[First] = &[
    (270, "餐饮", &[(271, "中餐厅", FOOD), (272, "快餐小吃", FOOD), (273, "咖啡茶饮", FOOD), (274, "面包甜点", FOOD)]),
    (
        278,
        "购物",
        &[
            (279, "商场", &[]),
            (280, "便利店", &["若涉及食品，请提供《食品经营许可证》或《卫生许可证》"]),
            (281, "服装鞋包", &[]),
            (282, "药店", &["《药品经营许可证》", "若涉及医疗器械，请提供《医疗器械经营许可证》"]),
            (283, "数码家电", &[]),
        ],
    ),
    (
        290,
        "生活服务",
        &[(291, "洗衣", &[]), (292, "维修", &[]), (293, "宠物", &["《动物诊疗许可证》"]), (294, "摄影", &[])],
    ),
    (300, "丽人", &[(301, "美发", &[]), (302, "美甲", &[]), (303, "医疗美容", &["《医疗机构执业许可证》"])]),
    (
        310,
        "运动健身",
        &[(311, "健身中心", &[]), (312, "游泳馆", &["《卫生许可证》", "《高危险性体育项目经营许可证》"])],
    ),
    (
        320,
        "酒店旅游",
        &[(321, "酒店", &["《特种行业许可证》"]), (322, "民宿", &["《特种行业许可证》"]), (323, "景点", &[])],
    ),
];

/// The tree as `get_merchant_category` answers it.
pub fn answer() -> Value {
    let ids = |categories: &[Second]| -> Vec<u64> { categories.iter().map(|(id, ..)| *id).collect() };
    let firsts: Vec<u64> = TREE.iter().map(|(id, ..)| *id).collect();
    let mut categories = vec![json!({"id": 0, "name": "root", "level": 0, "children": firsts})];
    for (id, name, seconds) in TREE {
        categories.push(json!({"id": id, "name": name, "level": 1, "father": 0, "children": ids(seconds)}));
        categories.extend(seconds.iter().map(|second| second_level(*id, second)));
    }
    json!({"errcode": 0, "errmsg": "ok", "data": {"all_category_info": {"categories": categories}}})
}

/// Each paper is a list of its own: all of them are needed, of each one of the names inside.
fn second_level(father: u64, (id, name, papers): &Second) -> Value {
    let lists: Vec<Value> = papers.iter().map(|paper| json!({ "inner_list": [{ "name": paper }] })).collect();
    json!({
        "id": id, "name": name, "level": 2, "father": father, "children": [], "qualify": {"exter_list": lists},
        "scene": 3, "sensitive_type": u8::from(!papers.is_empty()),
    })
}

/// Whether the second of these belongs to the first, and if so whether it needs papers.
pub fn needs_papers(first: u64, second: u64) -> Option<bool> {
    let (.., seconds) = TREE.iter().find(|(id, ..)| *id == first)?;
    let (.., papers) = seconds.iter().find(|(id, ..)| *id == second)?;
    Some(!papers.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_category_hangs_where_it_says() {
        let answer = answer();
        let all = answer["data"]["all_category_info"]["categories"].as_array().unwrap();
        let ids: BTreeSet<_> = all.iter().map(|category| category["id"].as_u64().unwrap()).collect();
        assert!(ids.len() == all.len() && all.len() > 18, "no id stands twice");
        for category in all.iter().filter(|category| category["level"] != 0) {
            let father = all.iter().find(|other| other["id"] == category["father"]).unwrap();
            assert!(father["children"].as_array().unwrap().contains(&category["id"]));
            let papers = category["qualify"]["exter_list"].as_array().map_or(0, Vec::len);
            assert_eq!(category["sensitive_type"] == 1, papers > 0, "{category}");
        }
    }

    #[test]
    fn only_a_second_level_of_that_first_level_is_one() {
        assert_eq!(needs_papers(278, 280), Some(true));
        assert_eq!([needs_papers(278, 271), needs_papers(280, 278), needs_papers(0, 278)], [None; 3]);
    }
}
