//! What every command is given.

use super::args::Common;
use super::screen::Screen;
use super::settings::Environment;

/// What a command is given.
pub struct Context<'a> {
    /// Flags of every command.
    pub common: &'a Common,
    /// The environment.
    pub environment: &'a Environment,
    /// The terminal.
    pub screen: &'a Screen,
    /// The arguments as typed, without the program's name.
    pub arguments: Vec<String>,
}
