//! What every command is given.

use super::args::Common;
use super::screen::Screen;
use super::seat::Seat;
use crate::config::{Environment, File};
use crate::store::FastClock;
use crate::wire::ErrorTable;

/// What a command is given.
pub struct Context<'a> {
    /// Flags of every command.
    pub common: &'a Common,
    /// The environment.
    pub environment: &'a Environment<'a>,
    /// The terminal.
    pub screen: &'a Screen,
    /// The configuration file.
    pub file: File,
    /// Columns of the sources that every report carries through.
    pub keep: Vec<String>,
    /// What errcodes mean for this account: the table, with the configuration's `[[errors]]` over it.
    pub errors: ErrorTable,
    /// The accelerated clock of a rehearsal, where one is set; see [`clock`](super::clock).
    pub fast: Option<FastClock>,
    /// The arguments as typed, without the program's name.
    pub arguments: Vec<String>,
    /// The account with a name that the command is for; `None` is the default one.
    pub account: Option<&'a Seat>,
}
