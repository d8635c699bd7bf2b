//! What people type in full width or with other signs that look the same, in the plain characters of the platform.

/// Full-width digits, letters, signs and spaces as their ASCII counterparts, the many dashes as one, without white space
/// around the text.
pub(super) fn half_width(text: &str) -> String {
    if text.is_ascii() {
        return text.trim().to_owned();
    }
    let plain = |c: char| match c {
        '\u{3000}' | '\u{a0}' => ' ',
        '－' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹣' => '-',
        '〜' | '∼' | '˜' => '~',
        '、' => ',',
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    text.trim().chars().map(plain).collect::<String>().trim().to_owned()
}

/// The text without white space, or `None` where that would join digits that stand apart.
pub(super) fn without_blanks(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut apart = false;
    for c in text.chars() {
        if c.is_whitespace() {
            apart = true;
            continue;
        }
        if apart && c.is_ascii_digit() && plain.ends_with(|last: char| last.is_ascii_digit()) {
            return None;
        }
        apart = false;
        plain.push(c);
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_is_half_width_and_all_dashes_are_one() {
        assert_eq!(half_width("　０５７１－８８８８　１２３４ "), "0571-8888 1234");
        assert_eq!(half_width("8：00—20：00～"), "8:00-20:00~");
    }

    #[test]
    fn blanks_between_digits_are_never_closed() {
        assert_eq!(without_blanks("8:00 - 20:00").as_deref(), Some("8:00-20:00"));
        assert_eq!(without_blanks("1 8:00-20:00"), None);
    }
}
