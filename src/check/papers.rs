//! The files that prove whose a licence is: media ids of temporary material, or files on a disk that are uploaded first.

use super::pictures::is_local;

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

/// What one cell lists: names of files as they stand between line breaks, bars, commas and semicolons, for a name may hold
/// blanks; everything else as [`media_ids`].
#[must_use]
pub fn paper_entries(text: &str) -> Vec<String> {
    let ends = |c: char| matches!(c, '\n' | '\r' | '|' | '｜' | ',' | ';' | '，' | '；' | '、');
    let parts = text.split(ends).map(str::trim).filter(|part| !part.is_empty());
    parts.flat_map(|part| if is_local(part) { vec![part.to_owned()] } else { media_ids(part) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_stand_beside_media_ids_and_may_hold_blanks() {
        assert_eq!(
            paper_entries("licence 1.jpg|m1 或 m2\nD:\\证照\\2.png"),
            ["licence 1.jpg", "m1", "m2", "D:\\证照\\2.png"]
        );
    }

    #[test]
    fn media_ids_come_in_every_way_in_which_people_list_things() {
        assert_eq!(media_ids("mediaid1 或 mediaid2"), ["mediaid1", "mediaid2"]);
        assert_eq!(media_ids("a|b,c；d\ne"), ["a", "b", "c", "d", "e"]);
        assert!(media_ids(" | ").is_empty());
    }
}
