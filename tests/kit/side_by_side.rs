//! Many cases at once: most of a case is waiting, for a window to pass or a review to end.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

/// So many failures, and no further case is begun: the cause is the same, and somebody waits.
const FAILURES_MAX: usize = 5;

/// Works through the cases, so many at once, and gives the results in their order. If some fail, the others are still
/// tried, and the test fails with the names of those that did.
pub fn side_by_side<C: Sync + Debug, R: Send>(cases: &[C], at_once: usize, work: impl Fn(&C) -> R + Sync) -> Vec<R> {
    let queue = Mutex::new(cases.iter().enumerate());
    let next = || queue.lock().unwrap().next();
    let (results, failed) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..at_once.min(cases.len()) {
            scope.spawn(|| {
                while let Some((n, case)) = next() {
                    match catch_unwind(AssertUnwindSafe(|| work(case))) {
                        Ok(result) => results.lock().unwrap().push((n, result)),
                        Err(_) => failed.lock().unwrap().push(format!("{case:?}")),
                    }
                    if failed.lock().unwrap().len() >= FAILURES_MAX {
                        return;
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "of {} cases these failed (each said why above):\n{}", cases.len(), failed.join("\n"));
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(n, _)| *n);
    results.into_iter().map(|(_, result)| result).collect()
}
