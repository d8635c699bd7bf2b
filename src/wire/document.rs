//! The API document's own examples, for tests: they stand in `tests/document` as the document prints them, comments, dots
//! and missing commas included, and are mended here and nowhere else.

use serde_json::Value;

/// The example of this file, mended.
pub fn sample(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/document").join(name);
    let printed = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mended = mended(&printed);
    serde_json::from_str(&mended).unwrap_or_else(|error| panic!("{name}: {error}\n{mended}"))
}

/// What the document prints, as JSON: without comments and dots, with the commas and braces that it forgot, and without
/// those that are too many.
fn mended(printed: &str) -> String {
    let lines = printed.lines().map(|line| without_comment(line).trim().to_owned());
    let lines: Vec<String> = lines.filter(|line| !line.chars().all(|c| matches!(c, '.' | '…'))).collect();
    let mut text = String::new();
    for (n, line) in lines.iter().enumerate() {
        let next = lines.get(n + 1).map_or("", String::as_str);
        if next.starts_with(['}', ']']) {
            text += line.trim_end_matches(',');
        } else if next.starts_with('"') && !line.ends_with([',', '{', '[']) {
            text += line;
            text.push(',');
        } else {
            text += line;
        }
        text.push('\n');
    }
    let count = |c: char| text.matches(c).count();
    let missing = count('{').saturating_sub(count('}'));
    text + &"}".repeat(missing)
}

/// A line up to a `//` that stands in no string.
fn without_comment(line: &str) -> &str {
    let (mut in_string, mut escaped) = (false, false);
    for (at, c) in line.char_indices() {
        match c {
            '"' if !escaped => in_string = !in_string,
            '/' if !in_string && line[at..].starts_with("//") => return &line[..at],
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    line
}

#[test]
fn every_example_of_the_document_can_be_read_once_its_comments_are_taken_out() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/document");
    let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.collect();
    assert_eq!(names.len(), 24);
    for name in names {
        assert!(sample(&name).is_object(), "{name}");
    }
}

#[test]
fn an_address_in_a_string_is_no_comment_and_a_forgotten_comma_is_put_in() {
    assert_eq!(
        mended("{\n\"a\": \"http://x\" //why\n\"b\": [ {},\n…\n],\n"),
        "{\n\"a\": \"http://x\",\n\"b\": [ {}\n],\n}"
    );
}
