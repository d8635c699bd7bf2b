//! Text from outside, made harmless to look at: on a terminal a control character is a command, and on a page a bidi
//! override turns the rest of the line around. Ids and files for machines never pass through here.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What stands for a character that must not be shown: a person sees that something is there.
const STAND_IN: char = '\u{FFFD}';

/// The text on one line, without control characters and without characters that change the direction of others.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| shown_as(c) != c) {
        Cow::Owned(text.chars().map(shown_as).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn shown_as(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        // Marks, embeddings, overrides and isolates of the bidi algorithm; the byte order mark.
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {
            STAND_IN
        }
        c if c.is_control() => STAND_IN,
        c => c,
    }
}

/// How many columns of a terminal the text takes; a Chinese character takes two.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.width()
}

/// The text, cut with `…` if it is wider than `columns_max`.
#[must_use]
pub fn cut(text: &str, columns_max: usize) -> String {
    if columns(text) <= columns_max {
        return text.to_owned();
    }
    let mut room = columns_max.saturating_sub(1);
    let fits = |c: &char| {
        let width = c.width().unwrap_or(0);
        let there_is_room = width <= room;
        room = room.saturating_sub(width);
        there_is_room
    };
    let mut short: String = text.chars().take_while(fits).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// The text with spaces up to `width` columns.
#[must_use]
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// The text in lines of at most `columns_max` columns, broken after Chinese punctuation, else after spaces.
#[must_use]
pub fn wrapped(text: &str, columns_max: usize) -> Vec<String> {
    const PUNCTUATION: [char; 3] = ['，', '；', '。'];
    let ends: &[char] = if text.contains(PUNCTUATION) { &PUNCTUATION } else { &[' '] };
    let mut lines = vec![String::new()];
    for piece in text.split_inclusive(ends) {
        let line = lines.last().map_or(0, |line| columns(line));
        if line > 0 && line + columns(piece.trim_end()) > columns_max {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(piece);
        }
    }
    lines.iter().map(|line| cut(line.trim_end(), columns_max)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_bidi_overrides_are_shown_as_a_stand_in() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\u{0}"), "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}");
        assert_eq!(visible("two\r\nlines\tx"), "two  lines x");
        assert!(matches!(visible("杭州 🏪 Ⅱ"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_text_is_cut_where_the_columns_end_and_not_within_a_character() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "abcd…");
        assert_eq!(cut("杭州西湖店", 6), "杭州…");
        assert_eq!(columns(&cut("杭州西湖店", 7)), 7);
    }
}
