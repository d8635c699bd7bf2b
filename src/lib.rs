//! poilift moves the stores of WeChat's old store management into the store mini-program.

pub mod intake;
pub mod sandbox;
pub mod sheets;
pub mod store;
pub mod wire;
