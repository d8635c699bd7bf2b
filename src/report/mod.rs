//! The report: one model, renderers that return bytes, the terminal summary.

mod summary;

pub use summary::{Material, NextStep, Outlook, SCHEMA, Summary, status_now};
