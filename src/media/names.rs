//! Names of pictures in a folder: which are pictures, whose they are, and in which order. Pure.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

/// Endings of what people keep in folders of photos. Others are passed over without a word: lists, thumbnails' databases.
const ENDINGS: [&str; 10] = ["jpg", "jpeg", "png", "heic", "heif", "gif", "bmp", "webp", "tif", "tiff"];

/// Whose the pictures of a folder are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shared {
    /// By a store's name, its pictures in their order.
    pub own: HashMap<String, Vec<String>>,
    /// By a store's name, the first picture that could be another store's as well.
    pub doubtful: HashMap<String, String>,
    /// Pictures that are nobody's.
    pub nobodys: Vec<String>,
}

/// Whether a name is a picture's.
#[must_use]
pub fn is_picture_name(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(stem, ending)| (stem, ending.to_lowercase()));
    // What begins with a dot is a program's own: macOS leaves `._HL1_1.jpg` beside `HL1_1.jpg`.
    !name.starts_with('.') && ending.is_some_and(|(_, ending)| ENDINGS.contains(&ending.as_str()))
}

/// Gives every picture to the store whose name it bears: `HL1.jpg`, or `HL1_` and anything behind it. `stores` holds each name
/// that stores go by, and how many stores do. One that fits several stores is given to none of them.
#[must_use]
pub fn share_out(mut pictures: Vec<String>, stores: &BTreeMap<String, usize>) -> Shared {
    pictures.sort_by(|one, other| natural(one, other));
    let mut shared = Shared::default();
    for picture in pictures {
        let stem = picture.rsplit_once('.').map_or(picture.as_str(), |(stem, _)| stem);
        let beginnings = stem.match_indices('_').map(|(at, _)| &stem[..at]).chain([stem]);
        let fitting: Vec<(&str, usize)> = beginnings.filter_map(|name| Some((name, *stores.get(name)?))).collect();
        match fitting.as_slice() {
            [] => shared.nobodys.push(picture),
            [(name, 1)] => shared.own.entry((*name).to_owned()).or_default().push(picture.clone()),
            _ => {
                for (name, _) in fitting {
                    shared.doubtful.entry(name.to_owned()).or_insert_with(|| picture.clone());
                }
            }
        }
    }
    shared
}

/// As people number things: 2 before 10. Names that differ in nothing else than capitals and leading zeros have an order too.
#[must_use]
pub fn natural(one: &str, other: &str) -> Ordering {
    let (mut a, mut b) = (one, other);
    loop {
        let (first_a, first_b) = (a.chars().next(), b.chars().next());
        let (Some(char_a), Some(char_b)) = (first_a, first_b) else {
            return first_a.is_some().cmp(&first_b.is_some()).then_with(|| one.cmp(other));
        };
        if char_a.is_ascii_digit() && char_b.is_ascii_digit() {
            let ((number_a, rest_a), (number_b, rest_b)) = (number(a), number(b));
            let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (rest_a, rest_b);
            continue;
        }
        let order = char_a.to_lowercase().cmp(char_b.to_lowercase());
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (&a[char_a.len_utf8()..], &b[char_b.len_utf8()..]);
    }
}

/// The digits at the beginning, without leading zeros, and what is behind them.
fn number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(pictures: &[&str], stores: &[(&str, usize)]) -> Shared {
        let stores = stores.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        share_out(pictures.iter().map(|name| (*name).to_owned()).collect(), &stores)
    }

    #[test]
    fn the_second_picture_comes_before_the_tenth() {
        let found = shared(&["HL1_10.jpg", "HL1_2.JPG", "HL1_01.png", "HL1.jpg"], &[("HL1", 1)]);
        assert_eq!(found.own["HL1"], ["HL1.jpg", "HL1_01.png", "HL1_2.JPG", "HL1_10.jpg"]);
        assert_eq!(natural("a2b", "a2b"), Ordering::Equal);
        assert_eq!(natural("门头_99999999999999999999998.jpg", "门头_99999999999999999999999.jpg"), Ordering::Less);
    }

    #[test]
    fn names_that_begin_alike_are_never_mixed_up() {
        let found = shared(&["HL1_1.jpg", "HL10_1.jpg", "HL100.jpg"], &[("HL1", 1), ("HL10", 1)]);
        assert_eq!(
            (&found.own["HL1"][..], &found.own["HL10"][..]),
            (&["HL1_1.jpg".to_owned()][..], &["HL10_1.jpg".to_owned()][..])
        );
        assert_eq!(found.nobodys, ["HL100.jpg"]);
    }

    #[test]
    fn what_could_be_two_stores_is_none_of_theirs() {
        let found = shared(&["HL_1.jpg", "HL_2.jpg"], &[("HL", 1), ("HL_1", 1)]);
        assert_eq!(found.own["HL"], ["HL_2.jpg"]);
        assert_eq!((&found.doubtful["HL"], &found.doubtful["HL_1"]), (&"HL_1.jpg".to_owned(), &"HL_1.jpg".to_owned()));
        let twice = shared(&["HL1_1.jpg"], &[("HL1", 2)]);
        assert!(twice.own.is_empty() && twice.doubtful.contains_key("HL1"));
    }

    #[test]
    fn only_pictures_are_looked_at() {
        for (name, is) in [
            ("a.JPG", true),
            ("a.heic", true),
            ("._a.jpg", false),
            ("a.xlsx", false),
            ("jpg", false),
            ("Thumbs.db", false),
        ] {
            assert_eq!(is_picture_name(name), is, "{name}");
        }
    }
}
