//! poilift moves the stores of WeChat's old store management into the store mini-program.

pub mod check;
pub mod intake;
pub mod plan;
pub mod sandbox;
pub mod sheets;
pub mod store;
pub mod wire;
