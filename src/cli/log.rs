//! The log: a file beside the ledger, and stderr if asked. Only this program's own lines: libraries would log addresses
//! that hold tokens.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry, fmt};

use super::args::{Common, LogFormat};

type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// Begins logging. A log file that cannot be opened is said, by its name, and nothing more.
pub fn start(common: &Common, ledger: Option<&Path>) -> Option<std::io::Error> {
    let mut layers: Vec<Boxed> = Vec::new();
    let mut trouble = None;
    if let Some(ledger) = ledger {
        let mut path = ledger.as_os_str().to_owned();
        path.push(".log");
        match OpenOptions::new().create(true).append(true).open(Path::new(&path)) {
            Ok(file) => layers.push(file_layer(file, common.log_format)),
            Err(error) => {
                let named = format!("{}: {error}", Path::new(&path).display());
                trouble = Some(std::io::Error::new(error.kind(), named));
            }
        }
    }
    if common.verbose > 0 {
        let level = if common.verbose > 1 { LevelFilter::TRACE } else { LevelFilter::DEBUG };
        layers.push(stderr_layer(level, common.log_format));
    }
    // A second start in one process (tests) leaves the first in place.
    let _ = tracing_subscriber::registry().with(layers).try_init();
    trouble
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

fn stderr_layer(level: LevelFilter, format: LogFormat) -> Boxed {
    let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    match format {
        LogFormat::Text => layer.with_filter(own(level)).boxed(),
        LogFormat::Json => layer.json().with_filter(own(level)).boxed(),
    }
}
