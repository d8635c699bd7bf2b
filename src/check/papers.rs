//! The files that prove whose a licence is: media ids of temporary material.

/// How many media ids `qualification_list` takes (section 8 of the API document: 0 to 5).
pub const MEDIA_IDS_MAX: usize = 5;

/// Media ids in one cell, separated by bars, commas, semicolons, white space, or the 或 of the API document.
#[must_use]
pub fn media_ids(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '|' | '｜' | ',' | ';' | '，' | '；' | '、' | '或'))
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_ids_come_in_every_way_in_which_people_list_things() {
        assert_eq!(media_ids("mediaid1 或 mediaid2"), ["mediaid1", "mediaid2"]);
        assert_eq!(media_ids("a|b,c；d\ne"), ["a", "b", "c", "d", "e"]);
        assert!(media_ids(" | ").is_empty());
    }
}
