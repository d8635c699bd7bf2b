//! The platform's language, pure: endpoints, the shape of requests and answers, and what each errcode means.

pub mod answer;
pub mod card;
mod class;
pub mod district;
#[cfg(test)]
mod document;
mod endpoint;
pub mod errors;
pub mod json;
pub mod map_poi;
pub mod media;
pub mod merchant;
pub mod poi;
pub mod rid;
mod rule;
pub mod stores;

pub use class::Class;
pub use endpoint::Endpoint;
pub use errors::ErrorTable;
pub use rule::{Misfit, RuleError};
