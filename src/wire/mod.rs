//! The platform's language, pure: endpoints, the shape of requests and answers, and what each errcode means.

pub mod answer;
mod class;
mod endpoint;
pub mod errors;
pub mod json;
pub mod poi;

pub use class::Class;
pub use endpoint::Endpoint;
pub use errors::ErrorTable;
