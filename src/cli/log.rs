//! The log: a file beside the ledger, and stderr if asked. Only this program's own lines: libraries would log addresses
//! that hold tokens.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry, fmt};

use super::args::LogFormat;
use super::context::Context;
use super::screen::Screen;
use super::together::Together;

type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// A log that was begun.
pub struct Log {
    /// The log file could not be opened: its name, and why. Nothing more comes of it.
    pub trouble: Option<std::io::Error>,
    /// Of one of several accounts: its lines go here for as long as this lives.
    _here: Option<tracing::dispatcher::DefaultGuard>,
}

/// Begins logging, to a file beside the ledger and to stderr if asked. Of several accounts each has a log of its own, for
/// this thread and those that it begins by [`logged_here`](crate::engine::logged_here).
#[must_use]
pub fn start(context: &Context<'_>, ledger: &Path) -> Log {
    let common = context.common;
    let mut layers: Vec<Boxed> = Vec::new();
    let mut trouble = None;
    let mut path = ledger.as_os_str().to_owned();
    path.push(".log");
    match OpenOptions::new().create(true).append(true).open(Path::new(&path)) {
        Ok(file) => layers.push(file_layer(file, common.log_format)),
        Err(error) => {
            let named = format!("{}: {error}", Path::new(&path).display());
            trouble = Some(std::io::Error::new(error.kind(), named));
        }
    }
    if common.verbose > 0 {
        let level = if common.verbose > 1 { LevelFilter::TRACE } else { LevelFilter::DEBUG };
        layers.push(stderr_layer(level, common.log_format, context.screen));
    }
    let subscriber = tracing_subscriber::registry().with(layers);
    let Some(among) = context.among() else {
        // A second start in one process (tests) leaves the first in place.
        let _ = subscriber.try_init();
        return Log { trouble, _here: None };
    };
    let log = tracing::Dispatch::new(subscriber);
    among.keep_log(log.clone());
    Log { trouble, _here: Some(tracing::dispatcher::set_default(&log)) }
}

fn own(level: LevelFilter) -> Targets {
    Targets::new().with_target("poilift", level)
}

fn file_layer(file: File, format: LogFormat) -> Boxed {
    let layer = fmt::layer().with_writer(Arc::new(file)).with_ansi(false).with_target(false);
    match format {
        LogFormat::Text => layer.with_filter(own(LevelFilter::DEBUG)).boxed(),
        LogFormat::Json => layer.json().with_filter(own(LevelFilter::DEBUG)).boxed(),
    }
}

fn stderr_layer(level: LevelFilter, format: LogFormat, screen: &Screen) -> Boxed {
    let shared = screen.shared();
    let layer = fmt::layer().with_writer(move || Stderr { shared: shared.clone() }).with_ansi(false).with_target(false);
    match format {
        LogFormat::Text => layer.with_filter(own(level)).boxed(),
        LogFormat::Json => layer.json().with_filter(own(level)).boxed(),
    }
}

/// stderr, by way of the terminal that several accounts share if they do. A line comes in one piece.
struct Stderr {
    shared: Option<(Arc<Together>, usize)>,
}

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let Some((together, account)) = &self.shared else { return std::io::stderr().write(bytes) };
        together.line(*account, String::from_utf8_lossy(bytes).trim_end());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
