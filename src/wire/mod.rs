//! The platform's language, pure: endpoints, the shape of requests and answers, and what each errcode means.

mod endpoint;
pub mod json;
pub mod poi;

pub use endpoint::Endpoint;
