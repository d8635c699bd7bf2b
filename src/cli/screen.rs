//! What people see while a run goes: stages, warnings, progress. The only file that knows indicatif.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{ColorChoice, Common, LangChoice};
use super::failure::Failure;
use super::terminal::typed_line;
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
    bar: Option<ProgressBar>,
    last_line: Mutex<Option<Instant>>,
    findings: Mutex<usize>,
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
        let bar = (std::io::stderr().is_terminal() && !common.quiet).then(bar);
        Self { lang, colour, quiet: common.quiet, bar, last_line: Mutex::new(None), findings: Mutex::new(0) }
    }

    /// Shows what a run tells.
    pub fn notice(&self, notice: &Notice) {
        match notice {
            Notice::Stage(words) => {
                tracing::info!("{}", words.en);
                if !self.quiet {
                    self.line(words.get(self.lang));
                }
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
        if self.quiet {
            return;
        }
        let words = progress_words(progress);
        if let Some(bar) = &self.bar {
            if bar.is_hidden() {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            bar.set_length(of);
            bar.set_position((progress.ok + progress.refused).min(of));
            bar.set_message(words.get(self.lang).to_owned());
            if progress.ok + progress.refused >= of {
                bar.finish_and_clear();
            }
            return;
        }
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        let done = progress.ok + progress.refused;
        // The first line comes after a while too: a short run needs none but its last.
        let due = last.get_or_insert_with(Instant::now).elapsed() >= LINE_EVERY;
        if due || done == of {
            *last = Some(Instant::now());
            write_line(&format!("{done}/{of}: {}", words.get(self.lang)));
        }
    }

    /// One line on stderr, above the bar if there is one.
    pub fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) if !bar.is_hidden() => bar.suspend(|| write_line(text)),
            _ => write_line(text),
        }
    }

    /// One line of a warning of several.
    pub fn warn_line(&self, text: &str) {
        tracing::warn!("{text}");
        self.line(text);
    }

    /// The sending is over.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
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

    /// Whether there is somebody to ask.
    #[must_use]
    pub fn can_ask() -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Asks on the terminal; only `y` and `yes` are yes. An end of input, an empty line and a wish to stop (Ctrl-C, by
    /// `stopped`) are a no. `None` if there is nobody to ask.
    #[must_use]
    pub fn ask(question: &str, stopped: &dyn Fn() -> bool) -> Option<bool> {
        if !Self::can_ask() {
            return None;
        }
        // Nobody else is kept from writing while a person thinks.
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "{question} [y/N] ");
        let _ = stderr.flush();
        let answer = typed_line(stopped);
        if answer.is_none() {
            // What comes next begins on a line of its own.
            let _ = writeln!(stderr);
        }
        Some(matches!(answer.unwrap_or_default().trim().to_lowercase().as_str(), "y" | "yes" | "是"))
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
