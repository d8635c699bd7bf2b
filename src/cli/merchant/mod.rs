//! `poilift merchant`: the store mini-program itself (sections 1 to 4 of the API document).

mod apply;
mod audit;
mod categories;
mod material;
mod modify;

use super::args_platform::Merchant;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;

/// Runs one of them.
pub fn run(context: &Context<'_>, command: &Merchant) -> Result<Exit, Failure> {
    match command {
        Merchant::Categories(args) => categories::run(context, args),
        Merchant::Apply(args) => apply::run(context, args),
        Merchant::Audit(args) => audit::run(context, args),
        Merchant::Modify(args) => modify::run(context, args),
    }
}
