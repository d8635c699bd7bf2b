//! One terminal for several accounts: their lines in the order in which they come, each with the account's name; one
//! progress for all; one question at a time, while which the others work on and what they say is held back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::screen::{Answer, Board};
use crate::engine::Progress;
use crate::store::Lang;
use crate::words;

/// So many lines are held back while a question is open; of more the number is told.
const HELD_MAX: usize = 1_000;

/// What the accounts share of the terminal.
pub struct Together {
    board: Board,
    names: Vec<String>,
    state: Mutex<State>,
    /// Held by the account whose question is open.
    turn: Mutex<()>,
    /// A person has said yes for all that follow.
    yes_to_all: AtomicBool,
    /// A person wants all of them to stop.
    stop: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    /// Who asks; the others' lines wait.
    asking: Option<usize>,
    held: Vec<String>,
    /// Lines that were held back no more.
    dropped: usize,
    progress: Vec<(Progress, u64)>,
}

/// The right to ask, for as long as it lives.
pub enum Turn<'a> {
    /// There is nobody else.
    Alone,
    /// The others' lines are held back.
    Among(Asking<'a>),
    /// A person wanted all to stop before it was this one's turn.
    Stopped,
}

/// One of several that asks.
pub struct Asking<'a> {
    together: &'a Together,
    lang: Lang,
    _alone: MutexGuard<'a, ()>,
}

impl Together {
    /// A terminal for accounts of these names.
    #[must_use]
    pub fn new(board: Board, names: Vec<String>, stop: Arc<AtomicBool>) -> Self {
        let state = State { progress: vec![(Progress::default(), 0); names.len()], ..State::default() };
        let (state, turn, yes_to_all) = (Mutex::new(state), Mutex::new(()), AtomicBool::new(false));
        Self { board, names, state, turn, yes_to_all, stop }
    }

    /// The name of an account.
    #[must_use]
    pub fn name(&self, account: usize) -> &str {
        &self.names[account]
    }

    /// The state is locked while a line is written, never while somebody waits for anything.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line of one account, or of its log.
    pub fn line(&self, account: usize, text: &str) {
        let line = format!("[{}] {text}", self.name(account));
        let mut state = self.state();
        match state.asking {
            Some(asking) if asking != account => {
                if state.held.len() < HELD_MAX {
                    state.held.push(line);
                } else {
                    state.dropped += 1;
                }
            }
            _ => self.board.line(&line),
        }
    }

    /// How far one account is; what is shown is how far all are that have begun to send.
    pub fn progress(&self, account: usize, progress: Progress, of: u64, lang: Lang) {
        let mut state = self.state();
        state.progress[account] = (progress, of);
        if state.asking.is_some() {
            return;
        }
        let sum = sum(&state.progress);
        let of: u64 = state.progress.iter().map(|(_, of)| of).sum();
        let begun = state.progress.iter().filter(|(_, of)| *of > 0).count();
        let all = self.names.len();
        let whose = words!("{begun} of {all} accounts"; "{begun}/{all} 个账号");
        self.board.progress(sum, of, &format!("({}) ", whose.get(lang)), lang);
    }

    /// Waits for the other questions to be answered.
    #[must_use]
    pub fn turn(&self, account: usize, lang: Lang) -> Turn<'_> {
        let alone = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stop.load(Ordering::Relaxed) {
            return Turn::Stopped;
        }
        self.board.finish();
        self.state().asking = Some(account);
        Turn::Among(Asking { together: self, lang, _alone: alone })
    }

    /// Everything is over.
    pub fn finish(&self) {
        self.board.finish();
    }
}

impl Turn<'_> {
    /// What was answered for this one already: by an earlier yes for all that follow, or by a stop.
    #[must_use]
    pub fn answered(&self) -> Option<bool> {
        match self {
            Self::Alone => None,
            Self::Among(asking) => asking.together.yes_to_all.load(Ordering::Relaxed).then_some(true),
            Self::Stopped => Some(false),
        }
    }

    /// Takes an answer; a yes may be one for all that follow as well.
    #[must_use]
    pub fn take(&self, answer: Answer) -> bool {
        if let (Self::Among(asking), Answer::YesToAll) = (self, answer) {
            asking.together.yes_to_all.store(true, Ordering::Relaxed);
        }
        answer != Answer::No
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut state = self.together.state();
        state.asking = None;
        for line in state.held.drain(..) {
            self.together.board.line(&line);
        }
        let n = std::mem::take(&mut state.dropped);
        if n > 0 {
            let said = words!("({n} more lines are in the logs of their accounts)"; "（另有 {n} 行见各账号日志）");
            self.together.board.line(said.get(self.lang));
        }
    }
}

fn sum(all: &[(Progress, u64)]) -> Progress {
    all.iter().fold(Progress::default(), |sum, (one, _)| sum + *one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn together() -> Together {
        Together::new(Board::new(true), vec!["a".to_owned(), "b".to_owned()], Arc::default())
    }

    fn held(together: &Together) -> (usize, usize) {
        let state = together.state();
        (state.held.len(), state.dropped)
    }

    fn is_mine(turn: &Turn<'_>) -> bool {
        matches!(turn, Turn::Among(_)) && turn.answered().is_none()
    }

    #[test]
    fn while_one_asks_the_others_lines_are_held_back_and_come_after_the_answer() {
        let together = together();
        let turn = together.turn(0, Lang::En);
        assert!(is_mine(&turn));
        together.line(0, "the one who asks goes on talking");
        together.line(1, "the other");
        assert_eq!(together.state().held, ["[b] the other"]);
        (0..=HELD_MAX).for_each(|_| together.line(1, "and more"));
        assert_eq!(held(&together), (HELD_MAX, 2));
        together.state().held.truncate(1);
        drop(turn);
        assert_eq!(held(&together), (0, 0));
        together.line(1, "at once");
        assert!(together.state().held.is_empty());
    }

    #[test]
    fn questions_come_one_after_another_and_nobody_who_does_not_ask_waits() {
        let together = together();
        let turn = together.turn(0, Lang::En);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| is_mine(&together.turn(1, Lang::En)));
            // All that the other does besides goes on while the question is open.
            together.line(1, "a line");
            together.progress(1, Progress::default(), 1, Lang::En);
            assert!(!second.is_finished());
            drop(turn);
            assert!(second.join().unwrap());
        });
    }

    #[test]
    fn a_yes_to_all_and_a_stop_answer_what_was_not_asked_yet() {
        let together = together();
        let turn = together.turn(0, Lang::En);
        assert!(turn.take(Answer::Yes) && !turn.take(Answer::No));
        drop(turn);
        assert!(is_mine(&together.turn(1, Lang::En)));
        assert!(together.turn(0, Lang::En).take(Answer::YesToAll));
        assert_eq!(together.turn(1, Lang::En).answered(), Some(true));
        together.stop.store(true, Ordering::Relaxed);
        assert_eq!(together.turn(1, Lang::En).answered(), Some(false));
    }

    #[test]
    fn a_panic_with_a_question_open_leaves_the_terminal_to_the_others() {
        let together = together();
        let panicked = std::thread::scope(|scope| {
            let asks = || {
                let _turn = together.turn(0, Lang::En);
                panic!("a test wants it so");
            };
            scope.spawn(asks).join().is_err()
        });
        assert!(panicked && is_mine(&together.turn(1, Lang::En)));
    }
}
