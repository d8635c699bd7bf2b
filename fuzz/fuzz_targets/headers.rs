//! Bytes as the header row of a table with one row of values.
#![no_main]

libfuzzer_sys::fuzz_target!(|header: &[u8]| {
    let row = b"\n472671857,A-01,2880741500279549033,x,y,z\n";
    poilift_fuzz::read("fuzz.csv", &[header, row].concat());
});
