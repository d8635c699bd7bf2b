//! What can be typed: the first of two stages. What it means is decided in `settings`.
//! The doc comments here are the help texts.

#![expect(
    clippy::doc_markdown,
    reason = "help texts are read in a terminal, where backticks and angle brackets are noise"
)]
#![expect(clippy::struct_excessive_bools, reason = "each flag of the command line is one")]
#![expect(clippy::option_option, reason = "so clap tells a flag that is absent, one that is bare and one with a value")]

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::args_platform::{Card, Map, Media, Merchant, Rid, Store};
use super::protocol::Order;
use crate::store::BulkJob;

/// Moves every legacy WeChat store (门店管理) into the store mini-program (门店小程序): checked, paced, resumable,
/// reconciled.
#[derive(Debug, Parser)]
#[command(name = "poilift", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags of every command.
    #[command(flatten)]
    pub common: Common,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "General")]
pub struct Common {
    /// The configuration [default: poilift.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The ledger: the memory of the migration [default: poilift.db; poilift.sandbox.db with --sandbox]
    #[arg(long, global = true, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// The account of this name, from [accounts.NAME] or accounts_file; {account} in a path stands for it
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "accounts")]
    pub account: Option<String>,
    /// Several accounts side by side, each with its own ledger, report and exit code: all, or a,b
    #[arg(long, global = true, value_name = "all|NAME,…")]
    pub accounts: Option<String>,
    /// The encoding of text files: gb18030, utf-8, utf-16le, big5 … [default: told by their bytes, and said]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Files")]
    pub encoding: Option<String>,
    /// What stands between the fields of text files: a character, or tab [default: , ; or tab, told by the first rows]
    #[arg(long, global = true, value_name = "CHAR", help_heading = "Files")]
    pub delimiter: Option<String>,
    /// The sheet of a workbook [default: the only one with known headers]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Files")]
    pub sheet: Option<String>,
    /// What stdout carries
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// The language of everything that people read
    #[arg(long, global = true, value_enum, default_value_t = LangChoice::Auto)]
    pub lang: LangChoice,
    /// Colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log to stderr too; twice for more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// The form of the log
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// What stdout carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For scripts.
    Json,
}

/// The language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LangChoice {
    /// By the locale.
    Auto,
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// Colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines.
    Text,
    /// JSON Lines.
    Json,
}

/// The commands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Read, check, classify, plan, send, settle and report, for INPUT's stores (without INPUT: the platform's list)
    Migrate(Migrate),
    /// Write the plan for INPUT's stores into the ledger and print it; send nothing
    Plan(Plan),
    /// Carry out the ledger's plan, as often as needed
    Apply(Apply),
    /// Read the platform until every store is settled
    Watch(Watch),
    /// Read the platform once
    Reconcile(Online),
    /// Say where the migration stands, from the ledger alone
    Status(FromLedger),
    /// Tell the life story of one store, from the ledger alone
    Why(Why),
    /// Write the reconciliation report, from the ledger alone
    Report(Report),
    /// Say everything that stands in a store's way, with file, row and column
    Check(Check),
    /// Say what a finding (E104) or an errcode (85041) means, and how to mend it
    Explain(Explain),
    /// Write the workbook to fill in: the stores that lack data, from the ledger or from INPUT
    Template(Template),
    /// Take supplements, or a folder of them, into the ledger, and say who is missing what
    Fill(Fill),
    /// Take stores that need a person as settled, with a name and a reason in the report
    Accept(Accept),
    /// Save the platform's list of stores to a file
    Pull(Pull),
    /// Check, a line each, what would make a first real run fail; change nothing
    Doctor(Online),
    /// Look at a run that is under way, pause it, let it go on
    Ctl(Ctl),
    /// Say what the account may still call today; change nothing
    Quota(Online),
    /// Say what the platform remembers of one request of the last 7 days, by the rid in an error's words
    Rid(Rid),
    /// The store mini-program itself: its categories, the application for it, what became of it
    #[command(subcommand)]
    Merchant(Merchant),
    /// Tencent's map: districts, places, new places
    #[command(subcommand)]
    Map(Map),
    /// The stores of the store mini-program
    #[command(subcommand)]
    Store(Store),
    /// The cards of stores
    #[command(subcommand)]
    Card(Card),
    /// Pictures on the platform
    #[command(subcommand)]
    Media(Media),
    /// Run the simulated platform as a server on this machine
    Sandbox(Sandbox),
}

/// How the platform is reached.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Platform")]
pub struct Online {
    /// The platform's address [default: https://api.weixin.qq.com]
    #[arg(long, value_name = "URL")]
    pub api_base: Option<String>,
    /// The account
    #[arg(long)]
    pub appid: Option<String>,
    /// How fast to call: auto (what the platform answers), 10/s, 600/m, 5000/d
    #[arg(long, value_name = "RATE")]
    pub rate: Option<String>,
    /// Requests under way at once [default: from rate and latency]
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,
    /// The machine's clock was wrong when the ledger was written and is right now: settle windows begin anew
    #[arg(long)]
    pub trust_clock: bool,
    /// The embedded simulated platform instead of the real one, loaded with the very stores of INPUT, without one with a sample; no credentials
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, require_equals = true, default_missing_value = "calm")]
    pub sandbox: Option<String>,
}

/// What people make of warnings.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Findings")]
pub struct Judging {
    /// A warning (W…) with this code blocks its store like an error; repeatable, or W210,W212
    #[arg(long, value_name = "CODE")]
    pub deny: Vec<String>,
    /// A warning (W…) with this code is not said; repeatable, or W210,W212
    #[arg(long, value_name = "CODE")]
    pub waive: Vec<String>,
}

/// What to send, and how far to go.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Sending")]
pub struct Sending {
    /// Fields that the old list lacks (credential …), joined on poi_id, else sid; repeatable
    #[arg(long, value_name = "FILE")]
    pub supplement: Vec<PathBuf>,
    /// A folder of photos named by the stores' sid (SID.jpg, SID_1.jpg …), for stores whose sheets name none; remembered for
    /// later runs
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// Stop before the first write
    #[arg(long)]
    pub dry_run: bool,
    /// Carry out planned deletions, with =FILE only those listed in it (a column poi_id, or a poi_id a line); without it they
    /// are held
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub allow_delete: Option<Option<PathBuf>>,
    /// A plan with more deletions than this sends nothing
    #[arg(long, value_name = "N")]
    pub max_delete: Option<u64>,
    /// A part of the plan
    #[arg(long, value_enum)]
    pub only: Option<Only>,
    /// So many new sends at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Send in waves up to these numbers or shares of all stores, each spread over regions; stop before the next one when too
    /// much went wrong; 10@review waits for the wave's reviews
    #[arg(long, value_name = "1,10,1%,100%")]
    pub waves: Option<String>,
    /// Only this store; repeatable
    #[arg(long, value_name = "ID")]
    pub poi_id: Vec<String>,
    /// After sending, go on reading for at most this long (500ms, 2s, 5m, 1h, 3d)
    #[arg(long, value_name = "DURATION")]
    pub wait: Option<String>,
    /// Sleep until the day's quota returns instead of exiting 4
    #[arg(long)]
    pub wait_for_quota: bool,
    /// The report's folder [default: poilift-report; poilift-report-sandbox with --sandbox]
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Write the run's events to this file as lines of JSON, after what is in it
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Ask no question
    #[arg(long)]
    pub yes: bool,
    /// Any finding that blocks a row stops the whole run before sending
    #[arg(long)]
    pub strict: bool,
    /// Plan stores that have changed on the platform anew, as it shows them now
    #[arg(long)]
    pub replan: bool,
    /// What people make of warnings.
    #[command(flatten)]
    pub judging: Judging,
}

/// A part of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// `add_store`.
    Add,
    /// `delpoi`.
    Delete,
}

/// `migrate`.
#[derive(Debug, Clone, Args)]
pub struct Migrate {
    /// Saved getpoilist JSON, CSV, XLSX, XLS or ODS
    pub input: Vec<PathBuf>,
    /// What to send.
    #[command(flatten)]
    pub sending: Sending,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `apply`.
#[derive(Debug, Clone, Args)]
pub struct Apply {
    /// What to send.
    #[command(flatten)]
    pub sending: Sending,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `plan`.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Saved getpoilist JSON, CSV, XLSX, XLS or ODS
    pub input: Vec<PathBuf>,
    /// Fields that the old list lacks; repeatable
    #[arg(long, value_name = "FILE")]
    pub supplement: Vec<PathBuf>,
    /// A folder of photos named by the stores' sid (SID.jpg, SID_1.jpg …), for stores whose sheets name none; remembered for
    /// later runs
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// Count planned deletions as permitted, with =FILE only those listed in it
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub allow_delete: Option<Option<PathBuf>>,
    /// Show what these waves would send
    #[arg(long, value_name = "1,10,1%,100%")]
    pub waves: Option<String>,
    /// What people make of warnings.
    #[command(flatten)]
    pub judging: Judging,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `watch`.
#[derive(Debug, Clone, Args)]
pub struct Watch {
    /// Stop reading after this long
    #[arg(long, value_name = "DURATION", default_value = "3d")]
    pub timeout: String,
    /// Write the run's events to this file as lines of JSON, after what is in it
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `ctl`.
#[derive(Debug, Clone, Args)]
pub struct Ctl {
    /// What is wanted of the run.
    #[command(subcommand)]
    pub order: Order,
    /// The run of the sandbox's ledger instead of the real one
    #[arg(
        long,
        global = true,
        value_name = "SCENARIO",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "calm"
    )]
    pub sandbox: Option<String>,
}

/// Commands that read the ledger alone.
#[derive(Debug, Clone, Args)]
pub struct FromLedger {
    /// The stores of another job than the migration
    #[arg(long, value_name = "JOB")]
    pub job: Option<JobName>,
    /// The sandbox's ledger instead of the real one
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, require_equals = true, default_missing_value = "calm")]
    pub sandbox: Option<String>,
}

/// A job over many stores, by the command that does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum JobName {
    /// `migrate`, `plan`, `apply`
    Migrate,
    /// `store add`
    StoreAdd,
    /// `store update`
    StoreUpdate,
    /// `store delete`
    StoreDelete,
    /// `card set`
    CardSet,
}

impl From<JobName> for BulkJob {
    fn from(name: JobName) -> Self {
        match name {
            JobName::Migrate => Self::Migrate,
            JobName::StoreAdd => Self::Create,
            JobName::StoreUpdate => Self::Update,
            JobName::StoreDelete => Self::Remove,
            JobName::CardSet => Self::SetCard,
        }
    }
}

/// `why`.
#[derive(Debug, Clone, Args)]
pub struct Why {
    /// The store: its poi_id or sid, or the row where it stands (stores.xlsx:12, stores.xlsx:SHEET:12)
    #[arg(value_name = "POI_ID")]
    pub store: String,
    /// The story within one job alone [default: every job that knows the store]
    #[arg(long, value_name = "JOB")]
    pub job: Option<JobName>,
    /// The sandbox's ledger instead of the real one
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, require_equals = true, default_missing_value = "calm")]
    pub sandbox: Option<String>,
}

/// `explain`.
#[derive(Debug, Clone, Args)]
pub struct Explain {
    /// A finding's code, or the platform's errcode [default: all of them, a line each]
    #[arg(value_name = "CODE", allow_negative_numbers = true)]
    pub code: Option<String>,
    /// All of them, a line each
    #[arg(long)]
    pub list: bool,
}

/// `report`.
#[derive(Debug, Clone, Args)]
pub struct Report {
    /// The folder [default: poilift-report; poilift-report-sandbox with --sandbox]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// The stores of another job than the migration
    #[arg(long, value_name = "JOB")]
    pub job: Option<JobName>,
    /// The sandbox's ledger instead of the real one
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, require_equals = true, default_missing_value = "calm")]
    pub sandbox: Option<String>,
}

/// `check`.
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// Saved getpoilist JSON, CSV, XLSX, XLS or ODS
    #[arg(required = true)]
    pub input: Vec<PathBuf>,
    /// Fields that the old list lacks; repeatable
    #[arg(long, value_name = "FILE")]
    pub supplement: Vec<PathBuf>,
    /// A folder of photos named by the stores' sid (SID.jpg, SID_1.jpg …), for stores whose sheets name none
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// What people make of warnings.
    #[command(flatten)]
    pub judging: Judging,
}

/// `template`.
#[derive(Debug, Clone, Args)]
pub struct Template {
    /// The workbook to write; with --split-by the first INPUT
    #[arg(value_name = "FILE.xlsx")]
    pub file: Option<PathBuf>,
    /// Saved getpoilist JSON, CSV, XLSX, XLS or ODS [default: the ledger's stores]
    pub input: Vec<PathBuf>,
    /// Fields that INPUT lacks; repeatable
    #[arg(long, value_name = "FILE")]
    pub supplement: Vec<PathBuf>,
    /// Every store, not only those that lack data
    #[arg(long)]
    pub all: bool,
    /// One workbook for each value of this column: province, city, district, or one of [columns] keep
    #[arg(long, value_name = "COLUMN", requires = "output")]
    pub split_by: Option<String>,
    /// The folder of the workbooks of --split-by
    #[arg(short, long, value_name = "DIR", requires = "split_by")]
    pub output: Option<PathBuf>,
    /// The sandbox's ledger instead of the real one
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, require_equals = true, default_missing_value = "calm")]
    pub sandbox: Option<String>,
}

/// `fill`.
#[derive(Debug, Clone, Args)]
pub struct Fill {
    /// Supplements; of a folder all spreadsheets in it, in the order of their names
    #[arg(required = true, value_name = "FILE|DIR")]
    pub file: Vec<PathBuf>,
    /// The sandbox's ledger instead of the real one
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, require_equals = true, default_missing_value = "calm")]
    pub sandbox: Option<String>,
}

/// `accept`.
#[derive(Debug, Clone, Args)]
pub struct Accept {
    /// The stores
    #[arg(required = true, value_name = "POI_ID")]
    pub poi_id: Vec<String>,
    /// Why they are settled
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The stores of another job than the migration
    #[arg(long, value_name = "JOB")]
    pub job: Option<JobName>,
    /// The sandbox's ledger instead of the real one
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, require_equals = true, default_missing_value = "calm")]
    pub sandbox: Option<String>,
}

/// `pull`.
#[derive(Debug, Clone, Args)]
pub struct Pull {
    /// .jsonl: the pages as answered; .csv, .xlsx: a spreadsheet
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `sandbox`.
#[derive(Debug, Clone, Args)]
pub struct Sandbox {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    pub addr: String,
    /// Stores to begin with, in any form that migrate reads [default: a small sample chain]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub load: Vec<PathBuf>,
    /// How the platform behaves: a name, or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "calm")]
    pub scenario: String,
    /// Decides everything that is left to chance
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How long after its arrival a request is answered
    #[arg(long, value_name = "DURATION", default_value = "0ms")]
    pub latency: String,
    /// Where events are pushed to, on this machine; how, the scenario's [push] says [default: nowhere]
    #[arg(long, value_name = "URL")]
    pub push: Option<String>,
    /// How long a review takes
    #[arg(long, value_name = "DURATION", default_value = "2s")]
    pub review_time: String,
    /// An accelerated clock for rehearsals, as POILIFT_CLOCK sets it: 3600x@2026-11-24T15:00:00+08:00, how many times
    /// faster, and from which moment on
    #[arg(long, value_name = "SPEEDx@MOMENT")]
    pub clock: Option<String>,
    /// Where the state is kept [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}
