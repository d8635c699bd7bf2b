//! poilift moves the stores of WeChat's old store management into the store mini-program.

pub mod check;
pub mod cli;
pub mod config;
pub mod engine;
pub mod intake;
pub mod ledger;
pub mod pipeline;
pub mod plan;
pub mod reconcile;
pub mod report;
pub mod sandbox;
pub mod sheets;
pub mod store;
pub mod wechat;
pub mod wire;
