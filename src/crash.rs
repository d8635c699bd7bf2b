//! Named points at which a test lets the process die, as a kill or a power cut would: nothing is unwound, nothing is
//! flushed. They exist only in a debug build, and there only where the feature `crash-points`
//! is on, which `cargo test` sees to; in every other build [`crash_point!`] is nothing at all, and no variable of the
//! environment means anything.

/// The process dies here if `POILIFT_CRASH_AT` is this name, or `name*n` and it is the n-th time.
#[cfg(all(feature = "crash-points", debug_assertions))]
macro_rules! crash_point {
    ($name:literal) => {
        $crate::crash::reached($name)
    };
}

/// Nothing.
#[cfg(not(all(feature = "crash-points", debug_assertions)))]
macro_rules! crash_point {
    ($name:literal) => {{}};
}

/// The thread of an account panics here if `POILIFT_CRASH_AT` is `panic in NAME`, or `panic in NAME*n` at the n-th time.
#[cfg(all(feature = "crash-points", debug_assertions))]
macro_rules! panic_point {
    ($account:expr) => {
        $crate::crash::panics($account)
    };
}

/// Nothing.
#[cfg(not(all(feature = "crash-points", debug_assertions)))]
macro_rules! panic_point {
    ($account:expr) => {
        let _ = $account;
    };
}

/// The name, the time at which it counts, and how often it was reached.
#[cfg(all(feature = "crash-points", debug_assertions))]
static WANTED: std::sync::OnceLock<(String, u32, std::sync::atomic::AtomicU32)> = std::sync::OnceLock::new();

/// Takes what `POILIFT_CRASH_AT` says.
#[cfg(all(feature = "crash-points", debug_assertions))]
pub fn arm(wanted: Option<&str>) {
    if let Some(wanted) = wanted {
        let (name, time) = wanted.split_once('*').unwrap_or((wanted, "1"));
        let _ = WANTED.set((name.to_owned(), time.parse().unwrap_or(1), 0.into()));
    }
}

/// Counts, and aborts when it is time.
#[cfg(all(feature = "crash-points", debug_assertions))]
pub fn reached(name: &str) {
    if is_time(name) {
        std::process::abort();
    }
}

/// Counts, and panics when it is time.
#[cfg(all(feature = "crash-points", debug_assertions))]
pub fn panics(account: &str) {
    assert!(!is_time(&format!("panic in {account}")), "a test wants it so");
}

#[cfg(all(feature = "crash-points", debug_assertions))]
fn is_time(name: &str) -> bool {
    WANTED.get().is_some_and(|(wanted, time, times)| {
        wanted == name && times.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 == *time
    })
}
