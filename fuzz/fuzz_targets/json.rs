//! Bytes as a saved answer of getpoilist.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| poilift_fuzz::read("fuzz.json", bytes));
