//! Whether a store mini-program can have a name (section 2), in the order in which the platform's codes stand.

use super::account::Names;
use super::answer::Refusal;

/// How long a name is; a Chinese character counts two.
const SIZE: std::ops::RangeInclusive<usize> = 4..=30;

/// The platform's own name, which nobody's may hold.
const RESERVED: &str = "微信";

/// Checks a name. `has_papers`: `org_code` was given.
pub fn check(names: &Names, name: &str, has_papers: bool) -> Result<(), Refusal> {
    let listed = |list: &[String]| list.iter().any(|other| other == name);
    let holds = |words: &[String]| words.iter().any(|word| name.contains(word.as_str()));
    let rules = [
        (85030, SIZE.contains(&size(name)) && name.chars().all(is_plain)),
        (85033, !name.contains(RESERVED) && !holds(&names.illegal)),
        (85031, !holds(&names.forbidden)),
        (85029, !listed(&names.taken)),
        (85032, !listed(&names.complained)),
        (85034, !listed(&names.protected)),
        (85035, !listed(&names.of_others)),
        (85024, has_papers || !holds(&names.need_papers)),
    ];
    match rules.into_iter().find(|(_, kept)| !kept) {
        Some((code, _)) => Err(Refusal::of(code)),
        None => Ok(()),
    }
}

fn size(name: &str) -> usize {
    name.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// Letters of any script, digits, and the few signs that names of shops do have.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || " ·-&()（）".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(names: &str, name: &str, has_papers: bool) -> i64 {
        check(&toml::from_str(names).unwrap(), name, has_papers).map_or_else(|refusal| refusal.code, |()| 0)
    }

    #[test]
    fn a_name_has_four_to_thirty_characters_of_which_a_chinese_one_counts_two() {
        let codes = ["abc", "好ab", "好店", "好", "abcd", "a_bc", "好店\u{1F600}"].map(|name| code("", name, false));
        assert_eq!(codes, [85030, 0, 0, 85030, 0, 85030, 85030]);
        assert_eq!([code("", &"店".repeat(15), false), code("", &"店".repeat(16), false)], [0, 85030]);
        assert_eq!(code("", "微信小店", false), 85033);
    }

    #[test]
    fn each_list_has_its_errcode() {
        let lists = [
            ("taken", 85029),
            ("forbidden", 85031),
            ("complained", 85032),
            ("illegal", 85033),
            ("protected", 85034),
            ("of_others", 85035),
            ("need_papers", 85024),
        ];
        for (list, expected) in lists {
            assert_eq!(code(&format!("{list} = [\"仁爱医院\"]"), "仁爱医院", false), expected, "{list}");
            assert_eq!(code(&format!("{list} = [\"仁爱医院\"]"), "仁爱小店", false), 0, "{list}");
        }
        assert_eq!(code("need_papers = [\"医院\"]", "仁爱医院", true), 0);
    }
}
