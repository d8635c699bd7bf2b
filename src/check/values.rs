//! One value each: what people write, brought to the form that the platform takes, or `None`. Nothing is guessed: a
//! value that could mean two things is refused.

use serde_json::Value;

/// How many media ids `qualification_list` takes (section 8).
pub const MEDIA_IDS_MAX: usize = 5;

/// One telephone number for `contract_phone`: digits, with hyphens before an extension and after an area code.
///
/// Spaces, full-width digits, brackets around the area code and 转 before the extension are brought to that form; two
/// numbers in one cell are refused.
#[must_use]
pub fn phone(text: &str) -> Option<String> {
    let plain: String = half_width(text).replace('转', "-").replace(['(', '[', ' '], "").replace([')', ']'], "-");
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let (first, rest) = parts.split_first()?;
    let first_digits = first.strip_prefix('+').unwrap_or(first);
    let digits_only = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    let digits: usize = first_digits.len() + rest.iter().map(|part| part.len()).sum::<usize>();
    let well_formed = !first_digits.is_empty() && digits_only(&first_digits) && rest.iter().all(digits_only);
    (well_formed && parts.len() <= 4 && (5..=20).contains(&digits)).then(|| parts.join("-"))
}

/// Opening hours as `HH:MM-HH:MM` (section 8: `11:11-12:12`).
///
/// `8:00-20:00`, `8：00～20：00` and `08:00 — 20:00` are brought to that form; two spans are refused.
#[must_use]
pub fn hour(text: &str) -> Option<String> {
    let plain = half_width(text).replace(['~', '—', '–', '至', '到'], "-").replace(' ', "");
    let mut ends = plain.split('-').filter(|end| !end.is_empty());
    let (from, to) = (time_of_day(ends.next()?)?, time_of_day(ends.next()?)?);
    ends.next().is_none().then(|| format!("{from}-{to}"))
}

/// `8:05` and `24:00` as two digits each; an hour of 24 only on the full hour.
fn time_of_day(text: &str) -> Option<String> {
    let (hours, minutes) = text.split_once(':')?;
    let short = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !short(hours) || minutes.len() != 2 || !short(minutes) {
        return None;
    }
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    let valid = (hours < 24 && minutes < 60) || (hours == 24 && minutes == 0);
    valid.then(|| format!("{hours:02}:{minutes:02}"))
}

/// The URLs in one cell: a JSON list, the document's `{"list": […]}`, or URLs separated by white space, commas,
/// semicolons or bars. `None` if there is anything else.
#[must_use]
pub fn pictures(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    let urls: Vec<String> = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => strings(object.get("list")?)?,
        Ok(list @ Value::Array(_)) => strings(&list)?,
        _ => text
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '，' | '；' | '、'))
            .filter(|url| !url.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    (!urls.is_empty() && urls.iter().all(|url| is_url(url))).then_some(urls)
}

fn strings(list: &Value) -> Option<Vec<String>> {
    list.as_array()?.iter().map(|url| url.as_str().map(|url| url.trim().to_owned())).collect()
}

/// Whether it begins as a URL does and has something behind the host's slashes.
#[must_use]
pub fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

/// A licence number: 8 to 20 letters, digits and hyphens. Its check character is another finding's matter.
#[must_use]
pub fn credential(text: &str) -> Option<String> {
    let plain = half_width(text.trim());
    let shaped = plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    ((8..=20).contains(&plain.len()) && shaped).then_some(plain)
}

/// Media ids in one cell, separated by bars, commas, semicolons or white space.
#[must_use]
pub fn media_ids(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '|' | ',' | ';' | '，' | '；' | '、'))
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Full-width digits, letters, signs and spaces as their ASCII counterparts.
fn half_width(text: &str) -> String {
    text.trim()
        .chars()
        .map(|c| match c {
            '\u{3000}' | '\u{a0}' => ' ',
            '－' | '‐' | '‑' | '−' => '-',
            '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_is_brought_to_the_platforms_form() {
        for (written, sent) in [
            ("0571-88881234", "0571-88881234"),
            ("0571-8888 1234", "0571-88881234"),
            ("(021)6666-7777", "021-6666-7777"),
            ("400-820-8820", "400-820-8820"),
            ("13800138000", "13800138000"),
            ("0571-88881234转8001", "0571-88881234-8001"),
            ("０５７１－８８８８１２３４", "0571-88881234"),
            ("+86-571-88881234", "+86-571-88881234"),
        ] {
            assert_eq!(phone(written).as_deref(), Some(sent), "{written}");
        }
    }

    #[test]
    fn two_telephones_or_none_are_refused() {
        for written in ["021-66667777;13800138000", "021-66667777/66667778", "无", "", "1234", "8.8E+10", "-"] {
            assert_eq!(phone(written), None, "{written}");
        }
    }

    #[test]
    fn hours_are_brought_to_the_platforms_form() {
        for (written, sent) in [
            ("8:00-20:00", "08:00-20:00"),
            ("08:00 — 20:00", "08:00-20:00"),
            ("8：00～20：00", "08:00-20:00"),
            ("11:11-12:12", "11:11-12:12"),
            ("10:00-24:00", "10:00-24:00"),
        ] {
            assert_eq!(hour(written).as_deref(), Some(sent), "{written}");
        }
    }

    #[test]
    fn hours_that_are_not_one_span_are_refused() {
        for written in
            ["9:00-12:00,13:00-18:00", "全天", "25:00-26:00", "9-18", "09:00", "9:0-18:00", "24:30-25:00", ""]
        {
            assert_eq!(hour(written), None, "{written}");
        }
    }

    #[test]
    fn pictures_come_as_json_or_as_urls_in_one_cell() {
        let two = Some(vec!["http://a/1".to_owned(), "https://b/2".to_owned()]);
        assert_eq!(pictures(r#"{"list":["http://a/1","https://b/2"]}"#), two);
        assert_eq!(pictures(r#"["http://a/1","https://b/2"]"#), two);
        assert_eq!(pictures("http://a/1\nhttps://b/2"), two);
        assert_eq!(pictures("http://a/1；https://b/2"), two);
        for written in ["", "门头.jpg", r#"{"list":[]}"#, "http://a/1 C:\\2.jpg", "[1]"] {
            assert_eq!(pictures(written), None, "{written}");
        }
    }

    #[test]
    fn a_credential_is_letters_digits_and_hyphens() {
        assert_eq!(credential("22883878-0").as_deref(), Some("22883878-0"));
        assert_eq!(credential("91330100MA27XCR6A7").as_deref(), Some("91330100MA27XCR6A7"));
        for written in ["2.88E+14", "1234567", "913301 00MA", "九一三三"] {
            assert_eq!(credential(written), None, "{written}");
        }
    }
}
