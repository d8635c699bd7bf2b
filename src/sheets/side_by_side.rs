//! Pieces of work done on several threads, their results given in the order of the pieces. Little lies in memory at a
//! time: who reads waits for those who work, and they for whoever takes.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::thread;

use crossbeam_channel::{bounded, unbounded};

/// More threads than this are not faster than the one that reads.
const WORKERS_MAX: usize = 8;

/// So many pieces lie ready, in work or done for each worker, at most.
const AHEAD: usize = 2;

/// Takes pieces from `next` until there are none, works on each, and gives what came of it to `take` in order; `take` may
/// end it.
///
/// # Errors
///
/// The first that `next` or `work` meets, after what came before it was given.
pub fn side_by_side<P: Send, T: Send, E: Send>(
    next: &mut (dyn FnMut() -> Result<Option<P>, E> + Send),
    work: &(dyn Fn(P) -> Result<Vec<T>, E> + Sync),
    take: &mut dyn FnMut(T) -> ControlFlow<()>,
) -> Result<(), E> {
    let mut give = |made: Vec<T>| made.into_iter().try_for_each(&mut *take);
    let Some(first) = next()? else { return Ok(()) };
    let second = match next() {
        Ok(Some(second)) => second,
        // A small file is read sooner than a thread is started.
        ended => {
            let given = give(work(first)?);
            return if given.is_break() { Ok(()) } else { ended.map(drop) };
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(WORKERS_MAX);
    // A permit for each piece that was read and not yet taken.
    let (ask, permits) = bounded::<()>(AHEAD * workers);
    let (pieces, ready) = unbounded::<(u64, P)>();
    let (done, results) = unbounded::<(u64, Result<Vec<T>, E>)>();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (ready, done) = (ready.clone(), done.clone());
            scope.spawn(move || ready.iter().try_for_each(|(number, piece)| done.send((number, work(piece)))));
        }
        scope.spawn(move || {
            let begun = [first, second].into_iter().map(Ok);
            let pieces_read = begun.chain(std::iter::from_fn(|| next().transpose()));
            for (number, piece) in (0..).zip(pieces_read) {
                let sent = match piece {
                    Ok(piece) => ask.send(()).is_ok() && pieces.send((number, piece)).is_ok(),
                    Err(error) => {
                        drop(done.send((number, Err(error))));
                        false
                    }
                };
                if !sent {
                    return;
                }
            }
        });
        // Both are dropped at the end, however it comes: then whoever waits to give more gives up.
        let (permits, results) = (permits, results);
        let (mut early, mut taken) = (BTreeMap::new(), 0);
        for (number, made) in &results {
            early.insert(number, made);
            while let Some(made) = early.remove(&taken) {
                taken += 1;
                let _ = permits.try_recv();
                if give(made?).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pieces: u32, fails_at: Option<u32>, stops_after: usize) -> (Vec<u32>, Result<(), String>) {
        let mut numbers = 0..pieces;
        let mut got = Vec::new();
        let result = side_by_side(
            &mut || match numbers.next() {
                Some(n) if Some(n) == fails_at => Err(format!("piece {n}")),
                n => Ok(n),
            },
            // The later ones are done sooner.
            &|n| {
                thread::sleep(std::time::Duration::from_micros(u64::from(n % 3) * 200));
                Ok(vec![2 * n, 2 * n + 1])
            },
            &mut |n| {
                got.push(n);
                if got.len() == stops_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        (got, result)
    }

    #[test]
    fn results_come_in_the_order_of_the_pieces() {
        for pieces in [0, 1, 2, 200] {
            assert_eq!(run(pieces, None, usize::MAX), ((0..2 * pieces).collect(), Ok(())));
        }
    }

    #[test]
    fn what_came_before_an_error_is_given_and_then_the_error() {
        for at in [0, 1, 2, 100] {
            assert_eq!(run(200, Some(at), usize::MAX), ((0..2 * at).collect(), Err(format!("piece {at}"))));
        }
    }

    #[test]
    fn whoever_takes_may_stop() {
        assert_eq!(run(200, None, 1), (vec![0], Ok(())));
        assert_eq!(run(2_000, None, 301), ((0..301).collect(), Ok(())));
    }
}
