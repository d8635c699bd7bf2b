//! Bytes to stores and supplements.
