//! The texts that a store is made of.

/// A text that lies within the store itself up to 24 bytes, as most names, numbers and hours do: a million stores are read,
/// and what each of their texts would cost on the heap is most of what a store costs.
pub type Text = compact_str::CompactString;

/// The text without white space around it. Most have none, and most of those show it by their first and last byte.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}
