//! `poilift media`: pictures on the platform.

mod file;
mod upload;

use super::args_platform::Media;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;

pub use file::{Ready, look_at, upload};

/// Runs one of them.
pub fn run(context: &Context<'_>, command: &Media) -> Result<Exit, Failure> {
    match command {
        Media::Upload(args) => upload::run(context, args),
    }
}
