//! poilift moves the stores of WeChat's old store management (门店管理, `cgi-bin/poi/*`) into the store mini-program
//! (门店小程序, `wxa/*`): a pipeline over a ledger, through calls that cannot be undone.
//!
//! ```text
//!  getpoilist (live) ─┐
//!  saved JSON ────────┤   intake ─▶ check ─▶ plan ─▶ LEDGER ─▶ engine ─▶ reconcile ─▶ report
//!  CSV, XLSX, ODS ────┤                           (SQLite)  │  ▲
//!  supplements ───────┘                                     ▼  │
//!                                                     wechat client
//!                                                           │
//!                                         api.weixin.qq.com or the embedded sandbox
//! ```
//!
//! # The rooms, in reading order
//!
//! | room | owns | may use |
//! | --- | --- | --- |
//! | [`store`] | the domain, pure: ids, statuses, actions, states, the one transition function, the weighing of readings, what a clock is | nothing |
//! | [`wire`] | the platform's language, pure: endpoints, answers, the table of errcodes | `store` |
//! | [`sheets`] | spreadsheets in and out | nothing |
//! | [`intake`] | bytes to stores and supplements; the join | `store`, `wire`, `sheets` |
//! | [`check`] | what a value and a submission must be, pure | `store` |
//! | [`plan`] | from status, data and wish to an action, pure | `store`, `check` |
//! | [`ledger`] | the `SQLite` file: the only memory | `store` |
//! | [`media`] | files of pictures: what one is, and what of it is uploaded | `store`, `wire` |
//! | [`wechat`] | the client: transport, token, typed calls, redaction | `store`, `wire` |
//! | [`engine`] | carries the plan out: a pure scheduler in a thin shell, pacing | `store`, `wire`, `ledger`, `wechat` |
//! | [`reconcile`] | what the platform says against what the ledger says | `store`, `ledger`, `wechat`, `wire` |
//! | [`report`] | one model, renderers that return bytes | `store`, `wire`, `ledger`, `sheets` |
//! | [`pipeline`] | the main job as one readable page, on a `Machine` that may be simulated (`tests/simulation`) | the stages above |
//! | [`config`] | `poilift.toml`, environment, flags | `store` |
//! | [`sandbox`] | the simulated platform | `store`, `wire` |
//! | [`cli`] | arguments, exit codes, what is printed | everything |
//!
//! No arrow runs back up, no two rooms use each other, and nobody but the command line and tests uses the sandbox; a test
//! holds this table.
//!
//! # Words
//!
//! - **action**: what the plan wants for a store ([`store::Action`]); **state**: where it stands ([`store::State`]).
//! - **intent**: a line in the ledger that says "this request is about to leave", durable before it does.
//! - **attempt**: one intent and its one request. A new attempt is made only after an answer that says "not done", a
//!   connection that was never made, or a recorded reading that shows the store unchanged.
//! - **reading**: the platform asked what a store is like; **pass**: the whole list, read until its pages agree.
//! - **settle window**: how long after a lost answer a reading may decide what became of it.
//! - **seal**: a checksum in every row of the ledger; **mark**: the file beside it that says how many transactions it has
//!   had. Both are looked at by the **audit**, before anything is sent on a ledger's word.
//! - **supplement**: fields that the old record lacks, cell by cell, each with where it came from.
//!
//! The library never prints and never ends the process; what is worth telling it hands to its caller
//! ([`pipeline::Notice`]).
//!
//! # As a library
//!
//! The command line is one user of the library, and a service can be another. There are four pieces: a **client**
//! ([`wechat`] has an example), a **plan** ([`pipeline::Work::migrate`] without a platform), a **run** (the same with one) and
//! a **report** ([`report::render`]). What they need from outside is given to them: clock and threads
//! ([`pipeline::Machine`]), a hand on the run ([`engine::Control`]), an ear ([`pipeline::Notice`]) and somebody to ask before
//! the first write ([`pipeline::Preview`]). What must not be lost is in the ledger, so that the same call goes on where an
//! earlier one was interrupted.
//!
//! A plan of a saved list; nothing is sent:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! use poilift::engine::{Control, read_clocks};
//! use poilift::intake::{Columns, Input, read_supplement};
//! use poilift::ledger::{Identity, Ledger, RunStart};
//! use poilift::pipeline::{Machine, Orders, ThisMachine, Work};
//! use poilift::report::Counts;
//!
//! let columns = Columns::default();
//! let inputs = Input::open(Path::new("samples/getpoilist.json"), &columns)?;
//! let supplement = read_supplement(Path::new("samples/supplement.csv"), &columns)?;
//!
//! let dir = tempfile::tempdir()?;
//! let identity = Identity { account: "wx0123456789abcdef".into(), platform: String::new() };
//! let ledger = Ledger::open(&dir.path().join("stores.db"), &identity)?;
//! let (machine, orders) = (ThisMachine::since(&read_clocks()), Orders::default());
//! let run_id = ledger.begin_run(&RunStart {
//!     command: "plan".into(),
//!     arguments: Vec::new(),
//!     version: "my service 1.0".into(),
//!     host: "my-host".into(),
//!     person: "nightly".into(),
//!     at: machine.clock().now(),
//! })?;
//!
//! let (tell, confirm) = (|_| {}, |_: &_| Ok(false));
//! let control = Arc::new(Control::default());
//! let mut work = Work::new(ledger, run_id, &orders, &machine, "nightly", control, &tell, &confirm);
//! work.migrate(inputs, vec![supplement], None)?;
//!
//! let rows = work.rows()?;
//! assert_eq!(rows.len(), 200);
//! for row in rows.iter().filter(|row| row.state.needs_person()) {
//!     println!("{:?} {}: {:?}", row.poi_id(), row.state.key(), row.decision.action);
//! }
//! assert!(!Counts::of(&rows).left().writes.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! A run, here against the simulated platform; the real one differs in its [`pipeline::PlatformSettings`] only. Then its report:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::collections::HashMap;
//! use std::ops::ControlFlow;
//! use std::path::Path;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use poilift::engine::{Control, read_clocks};
//! use poilift::intake::{Columns, Input, read_supplement};
//! use poilift::ledger::{Identity, Ledger, RunStart};
//! use poilift::pipeline::{Machine, Orders, PlatformSettings, ThisMachine, Work};
//! use poilift::report::{Counts, Material, ReportModel, Summary, render};
//! use poilift::sandbox;
//! use poilift::store::{Lang, State};
//! use poilift::wechat::{Redactor, Secret, TokenSource, TransportSettings};
//! use poilift::wire::{Endpoint, ErrorTable};
//!
//! let columns = Columns::default();
//! let mut inputs = Input::open(Path::new("samples/getpoilist.json"), &columns)?;
//! let supplement = read_supplement(Path::new("samples/supplement.csv"), &columns)?;
//!
//! // The simulated platform holds the very stores of the list.
//! let mut stores = Vec::new();
//! inputs[0].read(&mut |row| {
//!     stores.push(row.store);
//!     ControlFlow::Continue(())
//! })?;
//! let calm = sandbox::Scenario::named("calm").ok_or("no such scenario")?;
//! let settings = sandbox::Settings { scenario: calm, review_time: Duration::ZERO, ..sandbox::Settings::default() };
//! let running = sandbox::start("127.0.0.1:0".parse()?, settings, stores)?;
//!
//! let platform = PlatformSettings {
//!     transport: TransportSettings {
//!         api_base: format!("http://{}", running.addr()),
//!         timeout: Duration::from_secs(15),
//!         proxy: None,
//!         ca_pem: None,
//!         connections: 8,
//!     },
//!     tokens: TokenSource::Secret {
//!         appid: "wx0123456789abcdef".into(),
//!         secret: Secret::new("the appsecret, from wherever secrets are kept").ok_or("no secret")?,
//!         endpoint: Endpoint::StableToken,
//!     },
//!     redactor: Redactor::default(),
//!     errors: ErrorTable::default(),
//! };
//!
//! let dir = tempfile::tempdir()?;
//! let identity = Identity { account: "wx0123456789abcdef".into(), platform: "loopback".into() };
//! let ledger = Ledger::open(&dir.path().join("stores.db"), &identity)?;
//! let (clocks, rate) = (read_clocks(), Some("500/s".parse()?));
//! ledger.begin_session(&clocks, false)?;
//! let machine = ThisMachine::since(&clocks);
//! // Of 200 stores twenty today, and no deletion; a lost answer is settled by reading a second later.
//! let orders = Orders { limit: Some(20), rate, settle_window: Duration::from_secs(1), ..Orders::default() };
//! let run_id = ledger.begin_run(&RunStart {
//!     command: "migrate".into(),
//!     arguments: Vec::new(),
//!     version: "my service 1.0".into(),
//!     host: "my-host".into(),
//!     person: "nightly".into(),
//!     at: machine.clock().now(),
//! })?;
//!
//! // Whoever answers for the first write sees what will be sent.
//! let confirm = |preview: &poilift::pipeline::Preview| Ok(preview.deletes == 0);
//! let (tell, control) = (|_| {}, Arc::new(Control::default()));
//! let mut work = Work::new(ledger, run_id, &orders, &machine, "nightly", control, &tell, &confirm);
//! let ended = work.migrate(inputs, vec![supplement], Some(&platform))?;
//! assert!(ended.halt.is_none());
//!
//! let rows = work.rows()?;
//! let ledger = work.ledger();
//! let summary = Summary::count(&Material {
//!     account: &identity.account,
//!     ledger: "stores.db",
//!     counts: &Counts::of(&rows),
//!     calls: &ledger.call_counts(None)?,
//!     last_pass: ledger.last_pass()?,
//!     last_write_at: ledger.last_write_at()?,
//! });
//! assert!(summary.in_state(State::Upgraded) + summary.in_state(State::InReview) >= 20);
//!
//! let model = ReportModel {
//!     summary: &summary,
//!     rows: &rows,
//!     supplied: &HashMap::new(),
//!     keep: &[],
//!     errors: &platform.errors,
//!     generated_at: machine.clock().now(),
//! };
//! let report = render(&model, Lang::En)?;
//! std::fs::write(dir.path().join("report.html"), report.html)?;
//! # Ok(())
//! # }
//! ```

// First, so that its macro is known in all rooms.
#[macro_use]
mod crash;

pub mod check;
pub mod cli;
pub mod config;
pub mod engine;
pub mod intake;
pub mod ledger;
pub mod media;
pub mod pipeline;
pub mod plan;
pub mod reconcile;
pub mod report;
pub mod sandbox;
pub mod sheets;
pub mod store;
pub mod wechat;
pub mod wire;
