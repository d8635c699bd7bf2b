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

// First, so that its macro is known in all rooms.
#[macro_use]
mod crash;

pub mod check;
pub mod cli;
pub mod config;
pub mod engine;
pub mod intake;
pub mod ledger;
pub mod pipeline;
pub mod plan;
pub mod reconcile;
pub mod report;
pub mod sandbox;
pub mod sheets;
pub mod store;
pub mod wechat;
pub mod wire;
