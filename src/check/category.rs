//! Categories: the old store management joins their levels by commas (`美食,江浙菜,上海菜`), the map by colons (`美食:中餐厅`,
//! section 7 of the API document).

use super::plain::half_width;

/// An old category in the map's form; what has that form already stays. `None` if a level is empty or there is none.
#[must_use]
pub fn category_for_map(text: &str) -> Option<String> {
    let plain = half_width(text);
    let levels: Vec<&str> = plain.split([',', ':']).map(str::trim).collect();
    (!levels.iter().any(|level| level.is_empty())).then(|| levels.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_joined_by_colons_for_the_map() {
        for (written, sent) in [
            ("美食,江浙菜,上海菜", Some("美食:江浙菜:上海菜")),
            ("美食，小吃", Some("美食:小吃")),
            ("美食:中餐厅", Some("美食:中餐厅")),
            ("运动健身", Some("运动健身")),
            ("美食,,上海菜", None),
            ("", None),
        ] {
            assert_eq!(category_for_map(written).as_deref(), sent, "{written}");
        }
    }
}
