//! `poilift map`: Tencent's map (sections 5 to 7 of the API document).

mod create;
mod districts;
mod search;

use super::args_platform::Map;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;

/// Runs one of them.
pub fn run(context: &Context<'_>, command: &Map) -> Result<Exit, Failure> {
    match command {
        Map::Districts(args) => districts::run(context, args),
        Map::Search(args) => search::run(context, args),
        Map::Create(args) => create::run(context, args),
    }
}
