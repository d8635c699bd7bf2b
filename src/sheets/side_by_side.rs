//! Pieces of work done on several threads, their results given in the order of the pieces. Little lies in memory at a
//! time, and it is the same memory all along: a piece and what was made of it come back from whoever took them, and the
//! next ones are written over them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use crossbeam_channel::{bounded, unbounded};

/// More threads than this are not faster than the one that reads.
const WORKERS_MAX: usize = 8;

/// So many pieces lie ready, in work or done for each worker, at most.
const AHEAD: usize = 2;

/// A piece, and what is made of it; both are used again.
#[derive(Default)]
struct Slot<P, T> {
    piece: P,
    made: T,
}

/// Lets `next` write pieces until it says that there are none, works on each, and gives what came of it to `take` in order;
/// `take` may end it. What `next` and `work` write to may hold what an earlier piece left there.
///
/// # Errors
///
/// The first that `next` or `work` meets, after what came before it was given.
///
/// # Panics
///
/// Where one of them does.
pub fn side_by_side<P: Default + Send, T: Default + Send, E: Send>(
    next: &mut (dyn FnMut(&mut P) -> Result<bool, E> + Send),
    work: &(dyn Fn(&mut P, &mut T) -> Result<(), E> + Sync),
    take: &mut dyn FnMut(&mut T) -> ControlFlow<()>,
) -> Result<(), E> {
    let (mut first, mut second) = (Slot::<P, T>::default(), Slot::default());
    if !next(&mut first.piece)? {
        return Ok(());
    }
    match next(&mut second.piece) {
        Ok(true) => {}
        // A small file is read sooner than a thread is started.
        ended => {
            work(&mut first.piece, &mut first.made)?;
            return if take(&mut first.made).is_break() { Ok(()) } else { ended.map(drop) };
        }
    }
    let workers = thread::available_parallelism().map_or(1, usize::from).min(WORKERS_MAX);
    let (give_back, spare) = bounded::<Slot<P, T>>(AHEAD * workers);
    // The first two are on their way already.
    (2..AHEAD * workers).for_each(|_| drop(give_back.send(Slot::default())));
    let (pieces, ready) = unbounded::<(u64, Slot<P, T>)>();
    let (done, results) = unbounded::<(u64, thread::Result<Result<Slot<P, T>, E>>)>();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (ready, done) = (ready.clone(), done.clone());
            scope.spawn(move || {
                ready.iter().try_for_each(|(number, mut slot)| {
                    // Whoever takes would wait for this number for ever.
                    let made = catch_unwind(AssertUnwindSafe(|| work(&mut slot.piece, &mut slot.made)));
                    done.send((number, made.map(|made| made.map(|()| slot))))
                })
            });
        }
        scope.spawn(move || {
            let mut begun = [first, second].into_iter();
            for number in 0.. {
                let read = if let Some(slot) = begun.next() {
                    Ok(Some(slot))
                } else {
                    let Ok(mut slot) = spare.recv() else { return };
                    next(&mut slot.piece).map(|there_is| there_is.then_some(slot))
                };
                let sent = match read {
                    Ok(Some(slot)) => pieces.send((number, slot)).is_ok(),
                    Ok(None) => false,
                    Err(error) => {
                        drop(done.send((number, Ok(Err(error)))));
                        false
                    }
                };
                if !sent {
                    return;
                }
            }
        });
        // Both are dropped at the end, however it comes: then whoever waits to give more gives up.
        let (give_back, results) = (give_back, results);
        let (mut early, mut taken) = (BTreeMap::new(), 0);
        for (number, made) in &results {
            early.insert(number, made);
            while let Some(made) = early.remove(&taken) {
                taken += 1;
                let mut slot = made.unwrap_or_else(|panic| resume_unwind(panic))?;
                if take(&mut slot.made).is_break() {
                    return Ok(());
                }
                // Nobody waits for it once all is read.
                let _ = give_back.send(slot);
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
            &mut |piece| match numbers.next() {
                Some(n) if Some(n) == fails_at => Err(format!("piece {n}")),
                n => {
                    *piece = n.unwrap_or_default();
                    Ok(n.is_some())
                }
            },
            // The later ones are done sooner.
            &|n, made: &mut Vec<u32>| {
                thread::sleep(std::time::Duration::from_micros(u64::from(*n % 3) * 200));
                made.clear();
                made.extend([2 * *n, 2 * *n + 1]);
                Ok(())
            },
            &mut |made| {
                made.iter().try_for_each(|n| {
                    got.push(*n);
                    if got.len() == stops_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                })
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
    fn a_panic_of_either_ends_it_for_all() {
        let run = |reads_until: u32, works_until: u32| {
            let mut numbers = 0..200_u32;
            let mut taken = 0;
            let next = &mut |piece: &mut u32| {
                *piece = numbers.next().unwrap_or_default();
                assert!(*piece < reads_until, "no more can be read");
                Ok::<_, ()>(true)
            };
            let work = &|piece: &mut u32, (): &mut ()| {
                assert!(*piece < works_until, "no more can be made");
                Ok(())
            };
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                side_by_side(next, work, &mut |()| {
                    taken += 1;
                    ControlFlow::Continue(())
                })
            }));
            (panicked.is_err(), taken)
        };
        assert_eq!([run(50, 300), run(300, 50)], [(true, 50), (true, 50)]);
    }

    #[test]
    fn whoever_takes_may_stop() {
        assert_eq!(run(200, None, 1), (vec![0], Ok(())));
        assert_eq!(run(2_000, None, 301), ((0..301).collect(), Ok(())));
    }
}
