//! Text as telephone numbers: what is taken is taken again as it is, and no digit is lost or made up but those that stand for
//! the country.
#![no_main]

use poilift::check::{phone, phones_for_map};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(number) = phone(text) {
        assert_eq!(phone(&number).as_deref(), Ok(&*number), "{text:?}");
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+'));
        assert!(is_plain, "{text:?} was taken as {number:?}");
        assert!(are_kept(&digits(&number), &digits(text), text), "{text:?} was taken as {number:?}");
    }
    if let Ok(numbers) = phones_for_map(text) {
        assert_eq!(phones_for_map(&numbers).as_deref(), Ok(numbers.as_str()), "{text:?}");
    }
});

/// Whether these are the digits that were told: without China's country code, in whose place an area code has its 0 again,
/// and without the decimal of a spreadsheet's number.
fn are_kept(kept: &str, told: &str, text: &str) -> bool {
    let whole = told.strip_suffix('0').filter(|_| text.contains(['.', '．']));
    let without_country = |told: &str| {
        let national = ["86", "0086"].into_iter().filter_map(|code| told.strip_prefix(code)).any(|national| {
            kept == national || kept.strip_prefix('0') == Some(national)
        });
        kept == told || national
    };
    without_country(told) || whole.is_some_and(without_country)
}

/// The digits of a text, full-width ones as the plain ones that they are.
fn digits(text: &str) -> String {
    let plain = |c: char| match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10),
        _ => Some(c).filter(char::is_ascii_digit),
    };
    text.chars().filter_map(plain).collect()
}
