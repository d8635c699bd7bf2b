//! Text as opening hours: what is taken has the platform's form, and is taken again as it is.
#![no_main]

use poilift::check::{hour, is_overnight};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(span) = hour(text) else { return };
    let is_digit_or = |at: usize, byte: u8| match at {
        2 | 8 => byte == b':',
        5 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let has_form = span.len() == 11 && span.bytes().enumerate().all(|(at, byte)| is_digit_or(at, byte));
    assert!(has_form, "{text:?} was taken as {span:?}");
    assert_eq!(hour(&span).as_deref(), Ok(&*span), "{text:?}");
    let _ = is_overnight(&span);
});
