//! What can keep the sandbox from starting.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The server's thread or its runtime could not be made.
    #[error("cannot start the server's thread")]
    Thread(#[source] io::Error),
    /// The state file cannot be read or written.
    #[error("cannot use the state file {}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another sandbox holds the state file.
    #[error("the state file {} is in use by another sandbox", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else, or of a newer version; it was not touched.
    #[error("{} is not a state file of this version of the sandbox; it was left as it is", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A line in the middle of the state file makes no sense; the file was not touched.
    #[error("the state file {} is damaged in line {line}; it was left as it is", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Why.
        source: serde_json::Error,
    },
    /// A scenario file cannot be understood.
    #[error("the scenario cannot be understood")]
    Scenario(#[source] Box<toml::de::Error>),
    /// Events cannot be pushed there.
    #[error("events cannot be pushed to {url:?}: {}", why.0)]
    Push {
        /// Where.
        url: String,
        /// Why, in English and in Chinese.
        why: (&'static str, &'static str),
    },
    /// A share of a scenario is not one.
    #[error("a share in the scenario is {0}; it must be between 0 and 1")]
    Share(f64),
}
