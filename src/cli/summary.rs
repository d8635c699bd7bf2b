//! From the ledger to the summary: numbers, what is left, and the next command.

use std::collections::HashMap;
use std::path::Path;

use super::args::Format;
use super::context::Context;
use super::failure::Failure;
use super::forecast::Forecast;
use super::rehearsal::Known;
use super::screen::print;
use crate::engine::Rate;
use crate::ledger::{Ledger, StoreRow};
use crate::pipeline::{WaveEnd, WaveEndKind, quoted, supplied_of};
use crate::plan::Waves;
use crate::report::{Counts, Due, Kind, Material, NextStep, ReportModel, Summary, Voice, group, summary_text};
use crate::store::{BulkJob, Decision, Lang, Stamp, State, Supplied, Words};
use crate::wire::ErrorTable;
use crate::words;

/// Where the workbook to be mended was written last.
pub const ATTENTION: &str = "attention_workbook";

/// A summary with the rows it was made from.
pub struct Made {
    /// The numbers.
    pub summary: Summary,
    /// For a report all of them, else those that need a person, without what they are made of.
    rows: Vec<StoreRow>,
    rate: Option<Rate>,
    /// Stores that were written to or are going to be.
    written_to: Due,
    /// Stores of which a write was sent.
    tried: u64,
    keep: Vec<String>,
    errors: ErrorTable,
    /// Until when the platform answers no readings, if their day is spent.
    unreadable_until: Option<Stamp>,
}

impl Made {
    /// Reads the ledger. `scope` narrows it to these rows; `rate` is what holds now, else what held last; `reports`: a report is
    /// made of it, too.
    pub fn from_ledger(
        ledger: &Ledger,
        scope: Option<&[i64]>,
        context: &Context<'_>,
        rate: Option<Rate>,
        now: Stamp,
        reports: bool,
    ) -> Result<Self, Failure> {
        let (mut counts, mut rows) = (Counts::default(), Vec::new());
        ledger.each_store(scope, |row| {
            counts.see(&row);
            match (reports, row.state.needs_person()) {
                (true, _) => rows.push(row),
                (false, true) => rows.push(bare(row)),
                (false, false) => {}
            }
        })?;
        let rate = match rate {
            Some(rate) => {
                // Read-only ledgers are never given a rate.
                ledger.set_meta("rate", &rate.to_string())?;
                Some(rate)
            }
            None => ledger.meta("rate")?.and_then(|text| text.parse().ok()),
        };
        let calls = ledger.call_counts(scope)?;
        let is_migration = ledger.job() == BulkJob::Migrate;
        let material = Material {
            account: &ledger.identity()?.account,
            ledger: &ledger.path().display().to_string(),
            counts: &counts,
            calls: &calls,
            // A pass is one over the old list.
            last_pass: if is_migration { ledger.last_pass()? } else { None },
            last_write_at: ledger.last_write_at()?,
        };
        let mut summary = Summary::count(&material);
        let forecast = Forecast::of(ledger, counts.left(), context, now)?;
        summary.estimate = forecast.estimate(rate.unwrap_or(Rate::CAREFUL));
        let last = context.naming_account(goes_on(ledger.last_run(commands_of(ledger.job()))?));
        // Another job's sheet is mended itself.
        let attention = ledger.meta(ATTENTION)?.filter(|_| is_migration);
        summary.next = next_step(&summary, last, attention.as_deref(), forecast.rest(), context.screen.lang);
        let unreadable_until = forecast.unreadable_until();
        let (keep, errors) = (context.keep.clone(), context.errors.clone());
        let (written_to, tried) = (counts.written_to().clone(), counts.tried());
        Ok(Self { summary, rows, rate, written_to, tried, keep, errors, unreadable_until })
    }

    /// What this rehearsal says of the real run; nothing where it wrote nothing and is not going to.
    pub fn rehearsed(
        &mut self,
        known: &Known,
        said: Option<Rate>,
        context: &Context<'_>,
        now: Stamp,
    ) -> Result<(), Failure> {
        if !self.written_to.writes.is_empty() {
            let rehearsal = known.reckon((&self.summary, &self.written_to, self.tried), (said, context), now)?;
            self.summary.rehearsal = Some(rehearsal);
        }
        Ok(())
    }

    /// The next step after a failure: the same command, once what it met is mended.
    pub fn stopped_by(&mut self, why: &Words, context: &Context<'_>) {
        let command = format!("poilift {}", quoted(&context.arguments));
        let at = self.unreadable_until.map(Stamp::rfc3339);
        self.summary.next = NextStep { why: why.get(context.screen.lang).to_owned(), at, command };
    }

    /// The next step where the folder of pictures cannot be read: the same command with another one, which only a person knows.
    pub fn lacks_images(&mut self, why: &Words, context: &Context<'_>) {
        let mut arguments = context.arguments.clone();
        take_out(&mut arguments, "--images");
        arguments.extend(["--images".to_owned(), "DIR".to_owned()]);
        let command = format!("poilift {}", quoted(&arguments));
        self.summary.next = NextStep { why: why.get(context.screen.lang).to_owned(), at: None, command };
    }

    /// The next step where the waves of a run have ended before all stores were sent.
    pub fn waves_ended(
        &mut self,
        end: &WaveEnd,
        waves: Option<&Waves>,
        ledger: &Ledger,
        context: &Context<'_>,
    ) -> Result<(), Failure> {
        let mut arguments = context.naming_account(goes_on(ledger.last_run(commands_of(ledger.job()))?));
        let rejected = self.summary.in_state(State::Rejected) > 0;
        match (end.kind, ledger.meta(ATTENTION)?) {
            (WaveEndKind::Stopped, Some(workbook)) if rejected => {
                add_once(&mut arguments, &["--supplement", &workbook]);
            }
            (WaveEndKind::LastTarget, _) => add_wave(&mut arguments, waves),
            _ => {}
        }
        let command = format!("poilift {}", quoted(&arguments));
        self.summary.next = NextStep { why: end.words.get(context.screen.lang).to_owned(), at: None, command };
        Ok(())
    }

    /// The supplied cells of its stores, for the workbook to be mended: none are looked for where nobody needs a person.
    pub fn supplied(&self, ledger: &Ledger) -> Result<HashMap<i64, Supplied>, Failure> {
        if self.summary.attention == 0 {
            return Ok(HashMap::new());
        }
        Ok(supplied_of(ledger, &self.rows)?)
    }

    /// What the report is made of.
    #[must_use]
    pub fn model<'m>(&'m self, supplied: &'m HashMap<i64, Supplied>, generated_at: Stamp) -> ReportModel<'m> {
        let Self { summary, rows, keep, errors, .. } = self;
        ReportModel { summary, rows, supplied, keep, errors, generated_at }
    }

    /// Puts it on stdout, as JSON or for people.
    pub fn print(&self, context: &Context<'_>, kind: Kind, report: Option<&Path>) -> Result<(), Failure> {
        // Of several accounts one table is printed in the end.
        if context.keeps(&self.summary) {
            return Ok(());
        }
        let failed = |error: std::io::Error| Failure::io("write", Path::new("stdout"), &error);
        let text = match context.common.format {
            Format::Json => {
                let document = serde_json::to_string_pretty(&self.summary);
                document.map_err(|error| failed(std::io::Error::other(error)))? + "\n"
            }
            Format::Text => self.for_people(context, kind, report),
        };
        print(&text).map_err(failed)
    }

    fn for_people(&self, context: &Context<'_>, kind: Kind, report: Option<&Path>) -> String {
        let rate = self.rate.unwrap_or(Rate::CAREFUL).to_string();
        let report_dir = report.map(|dir| dir.display().to_string());
        let voice = Voice {
            kind,
            rate: Some(&rate),
            report_dir: report_dir.as_deref(),
            groups: &group(&self.rows, &self.errors),
        };
        summary_text(&self.summary, context.screen.lang, context.screen.colour, &voice)
    }
}

/// A row with no more than its reasons.
fn bare(row: StoreRow) -> StoreRow {
    let decision = Decision { submission: None, ..row.decision };
    StoreRow { record: row.record.without_record(), platform: None, decision, ..row }
}

/// The commands that carry a job out, as runs are noted.
#[must_use]
pub const fn commands_of(job: BulkJob) -> &'static [&'static str] {
    match job {
        BulkJob::Migrate => &["migrate", "apply", "plan"],
        BulkJob::Create => &["store add"],
        BulkJob::Update => &["store update"],
        BulkJob::Remove => &["store delete"],
        BulkJob::SetCard => &["card set"],
    }
}

/// The same command goes on where it stopped; only what a person has to do is added to it.
fn next_step(
    summary: &Summary,
    mut arguments: Vec<String>,
    workbook: Option<&str>,
    rest: Option<(Words, Stamp)>,
    lang: Lang,
) -> NextStep {
    let in_state = |state: State| summary.in_state(state);
    let to_send = in_state(State::Pending) + in_state(State::Retry);
    let open = in_state(State::InFlight) + in_state(State::Unknown);
    let in_review = in_state(State::InReview);
    let held = in_state(State::Held);
    let attention = summary.attention;
    let mut at = None;
    let why = if open > 0 {
        words!("{open} outcomes are still open"; "{open} 家结果待核实")
    } else if let Some((Words { en, zh }, resumes_at)) = rest.filter(|_| to_send > 0) {
        at = Some(resumes_at.rfc3339());
        words!("{to_send} stores not sent yet: {en}"; "{to_send} 家门店尚未提交：{zh}")
    } else if to_send > 0 {
        words!("{to_send} stores not sent yet"; "{to_send} 家门店尚未提交")
    } else if in_review > 0 {
        words!("{in_review} stores in review"; "{in_review} 家门店审核中")
    } else if attention > 0 && attention == held && lists_deletions(&arguments) {
        words!("{held} stores are held and not in the list of --allow-delete: list them there, or settle them with poilift accept"; "{held} 家门店未列入 --allow-delete 的名单而保留：请补入名单，或用 poilift accept 确认")
    } else if attention > 0 && attention == held {
        add_once(&mut arguments, &["--allow-delete"]);
        words!("{held} deletions wait for your permission"; "{held} 家待删除门店等待批准")
    } else if let Some(workbook) = workbook.filter(|_| attention > 0) {
        add_once(&mut arguments, &["--supplement", workbook]);
        mend(workbook, attention - held, held)
    } else if attention > 0 {
        words!("{attention} stores need a person; the same command goes on once they are mended"; "{attention} 家门店需人工处理，处理后运行同一命令")
    } else {
        let why = words!("every store is settled"; "全部门店已处理完毕");
        return NextStep { why: why.get(lang).to_owned(), ..NextStep::default() };
    };
    NextStep { why: why.get(lang).to_owned(), at, command: format!("poilift {}", quoted(&arguments)) }
}

/// The arguments of the command that goes on where the last run stopped.
#[must_use]
pub fn goes_on(last: Option<(String, Vec<String>)>) -> Vec<String> {
    let arguments = last.map_or_else(|| vec!["migrate".to_owned()], |(_, arguments)| arguments);
    let once = |argument: &String| matches!(argument.as_str(), "--dry-run" | "--trust-clock");
    let mut arguments: Vec<String> = arguments.into_iter().filter(|argument| !once(argument)).collect();
    if let Some(plan) = arguments.iter_mut().find(|argument| *argument == "plan") {
        "migrate".clone_into(plan);
    }
    arguments
}

/// Whether only listed deletions were permitted.
fn lists_deletions(arguments: &[String]) -> bool {
    arguments.iter().any(|argument| argument.starts_with("--allow-delete="))
}

/// What a person fills in, and what only waits for a permission.
fn mend(workbook: &str, mendable: u64, held: u64) -> Words {
    let fill_in = words!("fill in {workbook} for {mendable} stores"; "请在 {workbook} 中补齐 {mendable} 家门店");
    if held == 0 {
        return fill_in;
    }
    Words {
        en: format!("{}; {held} more wait for --allow-delete or their release", fill_in.en),
        zh: format!("{}；另有 {held} 家等待 --allow-delete 或解除暂缓", fill_in.zh),
    }
}

/// One more wave for what the last one left.
fn add_wave(arguments: &mut Vec<String>, waves: Option<&Waves>) {
    let longer = waves.map_or_else(|| "100%".to_owned(), |waves| format!("{waves},100%"));
    take_out(arguments, "--waves");
    arguments.push(format!("--waves={longer}"));
}

/// Leaves this flag out, with its value.
fn take_out(arguments: &mut Vec<String>, flag: &str) {
    if let Some(at) = arguments.iter().position(|argument| argument == flag) {
        arguments.drain(at..(at + 2).min(arguments.len()));
    }
    arguments.retain(|argument| argument.strip_prefix(flag).is_none_or(|rest| !rest.starts_with('=')));
}

/// The same words twice would only make the line longer.
fn add_once(arguments: &mut Vec<String>, words: &[&str]) {
    let there = words.iter().all(|word| arguments.iter().any(|argument| argument == word));
    if !there {
        arguments.extend(words.iter().map(|word| (*word).to_owned()));
    }
}
