//! The texts that a store is made of.

/// A text that lies within the store itself up to 24 bytes, as most names, numbers and hours do: a million stores are read,
/// and what each of their texts would cost on the heap is most of what a store costs.
pub type Text = compact_str::CompactString;
