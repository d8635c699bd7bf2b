//! Telephone numbers: `add_store` takes one, digits with hyphens after the area code and before an extension; a mobile
//! number has no hyphen inside. `create_map_poi` takes several, joined by `;` (section 7 of the API document).
//!
//! `021-6666-7777` and `400-820-8820` are how people group digits and stay as they are: the platform's own examples have
//! hyphens in such places, and what is an extension there nobody can tell.

use std::borrow::Cow;

use super::plain::half_width;
use crate::store::Code;

/// The most parts of a number: area code, two groups, extension.
const PARTS_MAX: usize = 4;

/// The longest part: an area code of four digits and a number of eight, written in one.
const PART_DIGITS_MAX: usize = 12;

/// From the shortest service number to an international one with its extension.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=20;

/// From here on a number can stand alone beside another one; less is an extension.
const ALONE_DIGITS: usize = 7;

/// One number for `contract_phone`.
///
/// # Errors
///
/// [`Code::PhoneSeveral`] for more than one number, [`Code::PhoneMalformed`] for what is none.
pub fn phone(text: &str) -> Result<Cow<'_, str>, Code> {
    if is_plain(text) { Ok(text.into()) } else { any_phone(text).map(Cow::Owned) }
}

/// Whether it is in the platform's form already, as most are: digits with single hyphens between them, and nothing about
/// them that could be a country code or the groups of a mobile number.
fn is_plain(text: &str) -> bool {
    let (mut parts, mut digits) = (0, 0);
    for part in text.as_bytes().split(|byte| *byte == b'-') {
        if !(1..=PART_DIGITS_MAX).contains(&part.len()) || !part.iter().all(u8::is_ascii_digit) {
            return false;
        }
        (parts, digits) = (parts + 1, digits + part.len());
    }
    let is_special = text.starts_with("86") || text.starts_with("00") || (parts > 1 && text.starts_with('1'));
    !is_special && !is_miscounted_mobile(text) && parts <= PARTS_MAX && DIGITS.contains(&digits)
}

fn any_phone(text: &str) -> Result<String, Code> {
    let plain = half_width(text);
    let pieces: Vec<&str> = pieces(&plain).collect();
    if let [alone] = pieces.as_slice() {
        if let Some(number) = one(alone) {
            return Ok(number);
        }
        return Err(if are_several(alone.split_whitespace()) { Code::PhoneSeveral } else { Code::PhoneMalformed });
    }
    Err(if are_several(pieces.into_iter()) { Code::PhoneSeveral } else { Code::PhoneMalformed })
}

/// Whether a number in the platform's form looks as if a spreadsheet program had taken the zero from its area code.
pub fn lost_its_zero(number: &str) -> bool {
    let mut parts = number.split('-');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let is_service = |text: &str| text.starts_with("400") || text.starts_with("800");
    let is_mobile = |text: &str| text.len() == 11 && text.starts_with('1');
    if (9..=12).contains(&first.len()) {
        return !first.starts_with('0') && !is_mobile(first) && !is_service(first);
    }
    second.is_some_and(|local| {
        (2..=3).contains(&first.len())
            && (7..=8).contains(&local.len())
            && !first.starts_with(['0', '1'])
            && !is_service(first)
    })
}

/// One number or several for `create_map_poi`, joined by `;`.
///
/// # Errors
///
/// [`Code::PhoneMalformed`] if one of them is none.
pub fn phones_for_map(text: &str) -> Result<String, Code> {
    let numbers: Option<Vec<String>> = pieces(&half_width(text)).map(one).collect();
    numbers.filter(|numbers| !numbers.is_empty()).map(|numbers| numbers.join(";")).ok_or(Code::PhoneMalformed)
}

/// What stands between two numbers: not a blank, which also groups digits.
fn pieces(plain: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| matches!(c, ';' | ',' | '/' | '|' | '\n' | '\r' | '\t' | '&' | '和' | '或');
    plain.split(ends).map(str::trim).filter(|piece| !piece.is_empty())
}

fn are_several<'a>(pieces: impl Iterator<Item = &'a str>) -> bool {
    let is_alone = |piece: &str| one(piece).is_some_and(|number| digits_of(&number) >= ALONE_DIGITS);
    pieces.filter(|piece| is_alone(piece)).count() > 1
}

fn digits_of(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// A single number in the platform's form.
fn one(text: &str) -> Option<String> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return of_parts(text);
    }
    let mut plain = extension_signs(text).replace(['(', ')', '[', ']'], "-").replace(char::is_whitespace, "");
    // How a spreadsheet writes a number that it takes for one with decimals.
    if let Some(number) = plain.strip_suffix(".0").filter(|number| is_digits(number)) {
        plain = number.to_owned();
    }
    of_parts(&plain)
}

/// The number of these parts, which hyphens set apart.
fn of_parts(plain: &str) -> Option<String> {
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let parts = mobile(national(parts)?);
    let digits: usize = parts.iter().map(|part| part.len()).sum();
    let well_formed = parts.iter().all(|part| is_digits(part) && part.len() <= PART_DIGITS_MAX);
    let is_miscounted = parts.first().is_some_and(|first| is_miscounted_mobile(first));
    (well_formed && !is_miscounted && parts.len() <= PARTS_MAX && DIGITS.contains(&digits)).then(|| parts.join("-"))
}

/// 转, 分机, `ext.`: the hyphen that the platform wants there.
fn extension_signs(text: &str) -> String {
    let mut plain = text.to_ascii_lowercase();
    for sign in ["转分机", "分机号", "分机", "转", "ext.", "ext", "#"] {
        plain = plain.replace(sign, "-");
    }
    plain
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Without China's country code; another country's is refused, as the form has no place for it.
fn national(mut parts: Vec<&str>) -> Option<Vec<Cow<'_, str>>> {
    let first = *parts.first()?;
    let rest = match first.strip_prefix('+') {
        Some(international) => international.strip_prefix("86").map(Some)?,
        None if first == "86" || first == "0086" => Some(""),
        None if first.len() == 13 && is_mobile(first.strip_prefix("86").unwrap_or_default()) => {
            first.strip_prefix("86")
        }
        None => None,
    };
    let Some(rest) = rest else { return Some(parts.into_iter().map(Cow::Borrowed).collect()) };
    parts[0] = rest;
    let mut parts: Vec<Cow<'_, str>> = parts.into_iter().filter(|part| !part.is_empty()).map(Cow::Borrowed).collect();
    // A country code before a country code is nothing that anybody dials.
    if parts.first().is_none_or(|first| matches!(&**first, "86" | "0086")) {
        return None;
    }
    let joined = parts.concat();
    let is_whole = joined.starts_with('0') || joined.get(..11).is_some_and(is_mobile) || is_service(&joined);
    if !is_whole {
        // Abroad an area code is dialled without its 0. What has none cannot be told from a number that lacks it.
        let has_area = parts.len() > 1 && parts[0].len() <= 3 || parts[0].len() >= 10;
        parts.first_mut().filter(|_| has_area)?.to_mut().insert(0, '0');
    }
    Some(parts)
}

/// 11 digits from 13 to 19.
fn is_mobile(text: &str) -> bool {
    text.len() == 11 && is_digits(text) && text.starts_with('1') && text.as_bytes()[1] >= b'3'
}

/// The same with a digit too few or too many: no area code begins so, with its zero or without.
fn is_miscounted_mobile(text: &str) -> bool {
    matches!(text.len(), 10 | 12) && is_digits(text) && matches!(text.as_bytes(), [b'1', b'3'..=b'9', ..])
}

/// 400 and 800 numbers, ten digits without an area code.
fn is_service(text: &str) -> bool {
    text.starts_with("400") || text.starts_with("800")
}

/// The groups of a mobile number as one; what follows is an extension.
fn mobile(parts: Vec<Cow<'_, str>>) -> Vec<Cow<'_, str>> {
    if !parts.first().is_some_and(|first| first.starts_with('1')) {
        return parts;
    }
    let mut joined = String::new();
    for (n, part) in parts.iter().enumerate() {
        joined.push_str(part);
        if is_mobile(&joined) {
            return std::iter::once(joined.into()).chain(parts[n + 1..].iter().cloned()).collect();
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mobile_number_with_a_digit_too_few_or_too_many_is_none() {
        for number in ["1381234567", "138123456789", "138 1234 567", "138123456789-8"] {
            assert_eq!(phone(number), Err(Code::PhoneMalformed), "{number}");
        }
        assert!(phone("1012345678").is_ok(), "Beijing's area code without its zero");
    }

    #[test]
    fn a_number_with_an_area_code_and_no_zero_has_lost_it() {
        for number in ["2012345678", "57188881234", "571-88881234", "20-12345678"] {
            assert!(lost_its_zero(number), "{number}");
        }
        for number in [
            "020-12345678",
            "057188881234",
            "13800001234",
            "400-8208820",
            "4008208820",
            "88881234",
            "95588",
            "88881234-801",
        ] {
            assert!(!lost_its_zero(number), "{number}");
        }
    }

    #[test]
    fn a_telephone_is_brought_to_the_platforms_form() {
        for (written, sent) in [
            ("0571-88881234", "0571-88881234"),
            ("0571-8888 1234", "0571-88881234"),
            ("0571 8888 1234", "057188881234"),
            ("(021)6666-7777", "021-6666-7777"),
            ("（021）66667777", "021-66667777"),
            ("0571-88881234(8001)", "0571-88881234-8001"),
            ("400-820-8820", "400-820-8820"),
            ("400 820 8820", "4008208820"),
            ("800-820-8820", "800-820-8820"),
            ("13800138000", "13800138000"),
            ("138-0013-8000", "13800138000"),
            ("138 0013 8000", "13800138000"),
            ("0571-88881234转8001", "0571-88881234-8001"),
            ("0571-88881234 转 8001", "0571-88881234-8001"),
            ("0571-88881234 ext. 8001", "0571-88881234-8001"),
            ("0571-88881234#8001", "0571-88881234-8001"),
            ("０５７１－８８８８１２３４", "0571-88881234"),
            ("+86-571-88881234", "0571-88881234"),
            ("+86 0571-88881234", "0571-88881234"),
            ("+86 10 6666 6666", "01066666666"),
            ("+86 138 0013 8000", "13800138000"),
            ("8613800138000", "13800138000"),
            ("86-13800138000", "13800138000"),
            ("0086-571-88881234", "0571-88881234"),
            ("+86 400-820-8820", "400-820-8820"),
            ("13800138000.0", "13800138000"),
            ("57188881234.0", "57188881234"),
            ("0571-88881234；", "0571-88881234"),
            ("1111222222", "1111222222"),
            ("123456", "123456"),
        ] {
            assert_eq!(phone(written).as_deref(), Ok(sent), "{written}");
        }
    }

    #[test]
    fn several_numbers_are_told_apart_from_none() {
        for written in [
            "021-66667777;13800138000",
            "021-66667777/66667778",
            "021-66667777、021-66667778",
            "13800138000 021-66667777",
            "13800138000\n13800138001",
            "021-66667777 或 13800138000",
        ] {
            assert_eq!(phone(written), Err(Code::PhoneSeveral), "{written}");
        }
        for written in [
            "无",
            "",
            "1234",
            "8.8E+10",
            "-",
            "见门口",
            "021-66667777/8",
            "+852-2345-6789",
            "+86-88881234",
            "13800138000张三",
        ] {
            assert_eq!(phone(written), Err(Code::PhoneMalformed), "{written}");
        }
    }

    #[test]
    fn the_map_takes_several_joined_by_semicolons() {
        assert_eq!(
            phones_for_map("010-6666666转111； 010-6666666/13800138000").as_deref(),
            Ok("010-6666666-111;010-6666666;13800138000")
        );
        assert_eq!(phones_for_map("010-6666666;无"), Err(Code::PhoneMalformed));
        assert_eq!(phones_for_map(";"), Err(Code::PhoneMalformed));
    }

    /// Digits with single hyphens inside.
    fn has_the_form(text: &str) -> bool {
        let parts: Vec<&str> = text.split('-').collect();
        parts.len() <= 4 && parts.iter().all(|part| is_digits(part)) && (5..=20).contains(&digits_of(text))
    }

    fn holds(text: &str) -> Result<(), TestCaseError> {
        if let Ok(sent) = phone(text) {
            prop_assert!(has_the_form(&sent), "{} from {}", sent, text);
            prop_assert_eq!(phone(&sent).map(Cow::into_owned), Ok(sent.to_string()));
        }
        if let Ok(sent) = phones_for_map(text) {
            prop_assert!(sent.split(';').all(has_the_form), "{} from {}", sent, text);
            prop_assert_eq!(phones_for_map(&sent), Ok(sent));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn digits_and_hyphens_are_read_as_among_anything_else(text in "[0-9-]{0,24}") {
            prop_assert_eq!(one(&text), one(&format!("{text} ")));
            prop_assert_eq!(phone(&text).map(Cow::into_owned), any_phone(&text));
        }

        #[test]
        fn whatever_is_written_never_panics_and_what_comes_out_has_the_form_and_stays(text in any::<String>()) {
            holds(&text)?;
        }

        #[test]
        fn the_same_of_what_looks_like_numbers(text in "[+(]?(86|0086|1[0-9]{2}|0[0-9]{2,3}|400)?[-)） ]?[0-9]{0,8}[- 转#;/、.]{0,2}[0-9]{0,8}[- ;]?[0-9]{0,4}") {
            holds(&text)?;
        }
    }
}
