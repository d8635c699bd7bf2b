//! Text as telephone numbers: what is taken is taken again as it is, and no digit is lost or made up.
#![no_main]

use poilift::check::{phone, phones_for_map};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(number) = phone(text) {
        assert_eq!(phone(&number).as_deref(), Ok(number.as_str()), "{text:?}");
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+'));
        assert!(is_plain, "{text:?} was taken as {number:?}");
        assert_eq!(digits(&number), digits(text), "{text:?} was taken as {number:?}");
    }
    if let Ok(numbers) = phones_for_map(text) {
        assert_eq!(phones_for_map(&numbers).as_deref(), Ok(numbers.as_str()), "{text:?}");
    }
});

/// The digits of a text, full-width ones as the plain ones that they are.
fn digits(text: &str) -> String {
    let plain = |c: char| match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10),
        _ => Some(c).filter(char::is_ascii_digit),
    };
    text.chars().filter_map(plain).collect()
}
