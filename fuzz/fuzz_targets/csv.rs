//! Bytes as text with delimiters, in any encoding.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| poilift_fuzz::read("fuzz.csv", bytes));
