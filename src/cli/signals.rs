//! Signals: those that end a run, and the one that asks how it goes. The only file that knows `signal_hook`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;

/// Somebody asked before there was a run that could answer.
static ASKED_EARLY: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on SIGUSR1 is a question and not the end of the process, whatever the command.
pub fn expect_questions() {
    let _ = flag::register(SIGUSR1, Arc::clone(&ASKED_EARLY));
}

/// A flag that SIGUSR1 sets; set already if somebody asked before.
#[must_use]
pub fn questions() -> Arc<AtomicBool> {
    let asked = Arc::new(AtomicBool::new(ASKED_EARLY.swap(false, Ordering::Relaxed)));
    let _ = flag::register(SIGUSR1, Arc::clone(&asked));
    asked
}

/// The first SIGINT, SIGTERM or SIGHUP asks to stop; a second SIGINT ends the program at once with 130.
#[must_use]
pub fn stop_on_signals() -> Arc<AtomicBool> {
    const SIGXFSZ: i32 = 25;
    let stop = Arc::new(AtomicBool::new(false));
    let interrupted = Arc::new(AtomicBool::new(false));
    // A file that may not grow is an error of its write (EFBIG), not the end of the process.
    let _ = flag::register(SIGXFSZ, Arc::default());
    // In this order: the second SIGINT finds what the first one has set.
    let _ = flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&interrupted));
    let _ = flag::register(SIGINT, Arc::clone(&interrupted));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let _ = flag::register(signal, Arc::clone(&stop));
    }
    stop
}
