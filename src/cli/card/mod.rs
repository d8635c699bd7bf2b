//! `poilift card`: the cards of stores (section 14 of the API document).

mod get;

use super::args_platform::Card;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::orders;

/// Runs one of them.
pub fn run(context: &Context<'_>, command: &Card) -> Result<Exit, Failure> {
    match command {
        Card::Get(args) => get::run(context, args),
        Card::Set(args) => orders::set_card(context, args),
    }
}
