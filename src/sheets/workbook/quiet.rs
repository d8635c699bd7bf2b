//! A parser's panic over a damaged file is an error like any other. What it had to say goes into the error, and nowhere else:
//! nobody who reads a message about a file wants the program's own beside it.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use super::damaged;
use crate::sheets::SheetError;

thread_local! {
    /// This thread is within a parser whose panic is caught.
    static IS_PARSING: Cell<bool> = const { Cell::new(false) };
}

/// What `parse` answers; its panic is damage. Panics of other threads, and of this one before and after, are told as ever.
pub(super) fn parsed<T>(parse: impl FnOnce() -> Result<T, SheetError>) -> Result<T, SheetError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            // A thread that is ending has no such flag any more, and is no parser.
            if !IS_PARSING.try_with(Cell::get).unwrap_or(false) {
                told(panic);
            }
        }));
    });
    let before = IS_PARSING.replace(true);
    let answer = catch_unwind(AssertUnwindSafe(parse));
    IS_PARSING.set(before);
    answer.unwrap_or_else(|panic| Err(gave_up(&*panic)))
}

/// The damage that a panic is, with its own words.
pub(super) fn gave_up(panic: &(dyn Any + Send)) -> SheetError {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    match text {
        Some(text) => damaged(format!("the parser gave up: {text}")),
        None => damaged("the parser gave up"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_parsers_panic_is_an_error_in_its_words_and_other_panics_are_told_as_ever() {
        static TOLD: AtomicU32 = AtomicU32::new(0);
        // Whoever was told of panics before goes on to be, whatever else this process tests.
        let _ = parsed(|| Ok(()));
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if panic.payload().downcast_ref::<&str>() == Some(&"outside") {
                TOLD.fetch_add(1, Ordering::Relaxed);
            } else {
                before(panic);
            }
        }));
        let inside = parsed::<()>(|| panic!("row {}", 7)).unwrap_err();
        assert!(matches!(&inside, SheetError::Damaged(why) if why.to_string() == "the parser gave up: row 7"));
        assert!(parsed(|| Ok(1)).is_ok() && !IS_PARSING.get());
        assert!(catch_unwind(|| panic!("outside")).is_err());
        assert_eq!(TOLD.load(Ordering::Relaxed), 1);
    }
}
