//! Bytes as the sheet of a workbook that is otherwise sound.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| poilift_fuzz::read("fuzz.xlsx", &poilift_fuzz::workbook(bytes)));
