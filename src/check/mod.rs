//! Findings, pure: what a value, a store and its supplied cells must be before anything is sent.

mod submission;
mod values;

pub use submission::{FixedValues, compose};
pub use values::{MEDIA_IDS_MAX, credential, hour, is_url, media_ids, phone, pictures};
