//! What people see while a run goes: stages, warnings, progress. The only file that knows indicatif.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{ColorChoice, Common, LangChoice};
use super::failure::Failure;
use super::terminal::typed_line;
use super::together::{Together, Turn};
use crate::engine::Progress;
use crate::pipeline::Notice;
use crate::store::{Lang, Words};
use crate::words;

/// Without a terminal, one plain line this often.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// More findings of one kind than this are counted, not listed.
const FINDINGS_MAX: usize = 10;

/// The terminal, as the user wants it.
pub struct Screen {
    /// The language.
    pub lang: Lang,
    /// Whether stdout may carry colour.
    pub colour: bool,
    quiet: bool,
    board: Board,
    findings: Mutex<usize>,
    /// One of several accounts that share the terminal, by its number.
    among: Option<(Arc<Together>, usize)>,
}

/// What a person answers to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// Yes, and for the accounts that follow.
    YesToAll,
    /// Anything else.
    No,
}

/// Where lines and the progress of a run go: a bar on a terminal, elsewhere a line now and then.
pub struct Board {
    bar: Option<ProgressBar>,
    last_line: Mutex<Option<Instant>>,
}

impl Screen {
    /// By flags, environment and what stderr is.
    #[must_use]
    pub fn new(common: &Common, environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let locale =
            ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(environment).find(|text| !text.is_empty());
        let lang = match common.lang {
            LangChoice::En => Lang::En,
            LangChoice::Zh => Lang::Zh,
            LangChoice::Auto => Lang::from_locale(&locale.unwrap_or_default()),
        };
        let no_color = environment("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = match common.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => std::io::stdout().is_terminal() && !no_color,
        };
        let board = Board::new(common.quiet);
        Self { lang, colour, quiet: common.quiet, board, findings: Mutex::new(0), among: None }
    }

    /// The screens of several accounts of these names, on one terminal; `stop` is the wish to stop all of them.
    #[must_use]
    pub fn together(&self, names: Vec<String>, stop: Arc<AtomicBool>) -> Vec<Self> {
        let n = names.len();
        let together = Arc::new(Together::new(Board::new(self.quiet), names, stop));
        let one = |account| Self {
            lang: self.lang,
            colour: self.colour,
            quiet: self.quiet,
            board: Board::new(true),
            findings: Mutex::new(0),
            among: Some((Arc::clone(&together), account)),
        };
        (0..n).map(one).collect()
    }

    /// Shows what a run tells.
    pub fn notice(&self, notice: &Notice) {
        match notice {
            Notice::Stage(words) => {
                tracing::info!("{}", words.en);
                self.status(words);
            }
            Notice::Warning(words) => {
                tracing::warn!("{}", words.en);
                self.line(&format!("{}{}", self.lang.pick("warning: ", "注意："), words.get(self.lang)));
            }
            Notice::Finding(finding) => {
                tracing::warn!("{}", finding.words().en);
                self.finding(finding.words().get(self.lang));
            }
            Notice::Progress(progress, of) => self.progress(*progress, *of),
            // For whoever keeps a journal.
            Notice::Durable(..) => {}
        }
    }

    /// A line that `--quiet` leaves out.
    pub fn status(&self, words: &Words) {
        if !self.quiet {
            self.line(words.get(self.lang));
        }
    }

    fn finding(&self, text: &str) {
        let mut shown = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        *shown += 1;
        if *shown <= FINDINGS_MAX {
            self.line(&format!("{}{text}", self.lang.pick("warning: ", "注意：")));
        } else if *shown == FINDINGS_MAX + 1 {
            self.line(self.lang.pick("warning: more findings like these are in the log", "注意：更多问题见日志"));
        }
    }

    fn progress(&self, progress: Progress, of: u64) {
        if let Some((together, account)) = &self.among {
            panic_point!(together.name(*account));
        }
        if self.quiet {
            return;
        }
        match &self.among {
            Some((together, account)) => together.progress(*account, progress, of, self.lang),
            None => self.board.progress(progress, of, "", self.lang),
        }
    }

    /// One line on stderr, above the bar if there is one.
    pub fn line(&self, text: &str) {
        match &self.among {
            Some((together, account)) => together.line(*account, text),
            None => self.board.line(text),
        }
    }

    /// One line of a warning of several.
    pub fn warn_line(&self, text: &str) {
        tracing::warn!("{text}");
        self.line(text);
    }

    /// The sending is over.
    pub fn finish(&self) {
        self.board.finish();
    }

    /// The sending of all accounts is over.
    pub fn finish_together(&self) {
        if let Some((together, _)) = &self.among {
            together.finish();
        }
    }

    /// A place for lines of the log, where the terminal is shared.
    #[must_use]
    pub fn shared(&self) -> Option<(Arc<Together>, usize)> {
        self.among.clone()
    }

    /// An error: what happened, then what to do.
    pub fn failure(&self, failure: &Failure) {
        self.finish();
        tracing::error!("{}", failure.words.en);
        self.line(&format!("{}{}", self.lang.pick("error: ", "错误："), failure.words.get(self.lang)));
        if let Some(hint) = &failure.hint {
            self.line(&format!("{}{}", self.lang.pick("  next: ", "  下一步："), hint.get(self.lang)));
        }
    }

    /// Waits until no other account asks.
    #[must_use]
    pub fn turn(&self) -> Turn<'_> {
        self.among.as_ref().map_or(Turn::Alone, |(together, account)| together.turn(*account, self.lang))
    }

    /// Whether there is somebody to ask.
    #[must_use]
    pub fn can_ask() -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Asks on the terminal; only `y` and `yes` are yes, and `a` where several accounts are asked about. An end of input, an
    /// empty line and a wish to stop (Ctrl-C, by `stopped`) are a no. `None` if there is nobody to ask.
    #[must_use]
    pub fn ask(&self, question: &str, stopped: &dyn Fn() -> bool) -> Option<Answer> {
        if !Self::can_ask() {
            return None;
        }
        let choices = match (&self.among, self.lang) {
            (None, _) => "[y/N]",
            (Some(_), Lang::En) => "[y/N/a = yes to all accounts]",
            (Some(_), Lang::Zh) => "[y/N/a = 全部账号]",
        };
        let whose = match &self.among {
            // What was typed before the question could be seen is no answer to it.
            Some((together, account)) => {
                let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
                format!("[{}] ", together.name(*account))
            }
            None => String::new(),
        };
        // Not under the lock of stderr: nobody else is kept from writing while a person thinks.
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "{whose}{question} {choices} ");
        let _ = stderr.flush();
        let answer = typed_line(stopped);
        if answer.is_none() {
            // What comes next begins on a line of its own.
            let _ = writeln!(stderr);
        }
        Some(match answer.unwrap_or_default().trim().to_lowercase().as_str() {
            "y" | "yes" | "是" => Answer::Yes,
            "a" | "all" | "全部" if self.among.is_some() => Answer::YesToAll,
            _ => Answer::No,
        })
    }
}

impl Board {
    /// One that shows no progress if it is `quiet`.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        let bar = (std::io::stderr().is_terminal() && !quiet).then(bar);
        Self { bar, last_line: Mutex::new(None) }
    }

    /// The numbers so far; `prefix` stands before them.
    pub fn progress(&self, progress: Progress, of: u64, prefix: &str, lang: Lang) {
        let words = progress_words(progress);
        let done = progress.ok + progress.refused;
        if let Some(bar) = &self.bar {
            if bar.is_hidden() {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            if bar.is_finished() && done < of {
                // Cleared for a question, or because all that had begun by then were through.
                bar.reset();
            }
            bar.set_length(of);
            bar.set_position(done.min(of));
            bar.set_message(format!("{prefix}{}", words.get(lang)));
            if done >= of {
                bar.finish_and_clear();
            }
            return;
        }
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        // The first line comes after a while too: a short run needs none but its last.
        let due = last.get_or_insert_with(Instant::now).elapsed() >= LINE_EVERY;
        if due || done == of {
            *last = Some(Instant::now());
            write_line(&format!("{done}/{of}: {prefix}{}", words.get(lang)));
        }
    }

    /// One line, above the bar if there is one.
    pub fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) if !bar.is_hidden() => bar.suspend(|| write_line(text)),
            _ => write_line(text),
        }
    }

    /// Nothing moves any more.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    // Hidden until there is something to count.
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn progress_words(progress: Progress) -> Words {
    let Progress { ok, refused, again, lost, .. } = progress;
    words!("{ok} accepted, {refused} refused, {again} again, {lost} to be checked"; "已受理 {ok}，驳回 {refused}，重试 {again}，待核实 {lost}")
}

fn write_line(text: &str) {
    // A closed stderr is nobody's error.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Data for stdout. A closed pipe is not an error: whoever reads has read enough.
pub fn print(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
