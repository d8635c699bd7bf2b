//! What the proofs have counted, where whoever runs the tests sees it.

use std::io::Write;

/// Prints one line, past the test runner's capture: what was shown, and how many cases it was shown for.
pub fn proof(name: &str, counts: &str) {
    // One write, so that lines of tests that run side by side do not mix.
    let _ = std::io::stderr().write_all(format!("proof: {name}: {counts}\n").as_bytes());
}
