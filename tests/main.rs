//! The binary from outside: every command, every class of failure, hermetically. Each test has a directory, a HOME and a
//! state directory of its own, servers take port 0, every child dies with its test, and every wait has an end.
//!
//! | module | what it shows |
//! | --- | --- |
//! | `readme` | the README's command on the samples: states, report, progress, a second run that sends nothing |
//! | `rehearsal` | `--dry-run`, `plan` and `apply`: what is said before anything is sent |
//! | `permission` | deletions happen only where they were allowed, and only where the platform says 4 |
//! | `scope` | `--only`, `--limit`, `--poi-id`, `--strict`, and statuses that are never written to |
//! | `waves` | few stores before many, and nothing more once too much went wrong; deletions by a list |
//! | `question` | the questions on a terminal, and every way to say no |
//! | `drift` | inputs that are older than the platform |
//! | `person` | `why`, `explain`, `--replan`, `accept`, and permissions that no run gives itself |
//! | `errcodes` | what an operator has learned of an errcode decides, and no setting makes a write unsafe |
//! | `refusals` | a platform that refuses the account, and one that is not there |
//! | `doctor` | what would make a first real run fail, found and explained before it does |
//! | `bodies` | the requests, byte by byte, as section 8 of the API document has them |
//! | `bad_input` | files and settings that cannot be used: exit 2, nothing sent, nothing left behind |
//! | `corpus` | files as people, programs and accidents make them, each with what must come of it |
//! | `round_trip` | any table written in any format and read back is the same, and no bytes make reading panic |
//! | `findings` | what is wrong with values and what stores share: grouped, as JSON, denied, waived, and never lost |
//! | `row_faults` | faulty rows are blocked, the others proceed |
//! | `forms` | `template`, `fill` and `attention.xlsx`: what people fill in comes back, whatever program they use |
//! | `memory` | the ledger: whose it is, who holds it, what it is not |
//! | `damaged` | ledgers with flipped bits, cut short, without their log or with another one's: refused, or as if nothing were |
//! | `clocks` | a machine's clock that was set back or forward between two runs |
//! | `names` | what a ledger's name may lead to, and who else may have the file open |
//! | `accounts` | several accounts in one process: what is refused, what each does, the table at the end |
//! | `accounts_together` | of fifty accounts three are in trouble, and the other 47 do not notice |
//! | `tokens` | tokens that expire, are refused, or come from elsewhere |
//! | `secrets` | no secret and no token in anything that is written, in any encoding |
//! | `faults` | lost answers, lies and throttling: one effect a store, whatever happens |
//! | `outage` | a platform that is away, one that bears less than was asked for, and rates that make no sense |
//! | `signals` | SIGINT, SIGTERM and a second SIGINT, in every phase of a run |
//! | `control` | `ctl status`, `pause` and `resume`, SIGUSR1, and the socket that only its owner reaches |
//! | `journal` | `--journal`: what stands in it, and what becomes of a run that cannot write it |
//! | `crash_points` | the process dies at each named seam between what is durable and what is not, and the command is repeated |
//! | `sigkill` | SIGKILL at random moments of 200 migrations, and of their recoveries |
//! | `disk` | every file operation of a run fails, once and from then on (Linux) |
//! | `power_loss` | what was not synced is forgotten, at every sync of a run (Linux) |
//! | `lossy` | a network that loses a fifth of everything, and 2,000 stores through it |
//! | `whole_api` | the commands that ask the platform one thing: what is sent for each, byte by byte, and what is refused before |
//! | `media` | local pictures: uploaded once a content, upright, without their place; media ids that end, days that are spent, kills |
//! | `pace` | the rate at the receiver; alone on the machine while it runs |
//! | `quota` | the days of a quota, on an accelerated clock: kept, waited for, shared with a live shop, badly told |
//! | `manners` | languages, quiet, logs, closed pipes: what any good program does |
//! | `agreement` | no tests: what must hold between ledger, report and platform after any of these |
//! | `architecture` | the rooms of `src/`, who may use whom, and where outside crates may be named |
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails; clippy's exemption does not reach helpers")]
#![expect(clippy::print_stdout, reason = "tests that count or measure say what they found")]

mod kit;

mod accounts;
mod accounts_together;
mod agreement;
mod architecture;
mod bad_input;
mod bodies;
mod clocks;
mod control;
mod corpus;
// Release builds have no crash points, whoever builds them.
#[cfg(debug_assertions)]
mod crash_points;
mod damaged;
#[cfg(target_os = "linux")]
mod disk;
mod doctor;
mod drift;
mod errcodes;
mod faults;
mod findings;
mod forms;
mod journal;
mod lossy;
mod manners;
#[cfg(debug_assertions)]
mod media;
mod memory;
mod names;
/// Updates, removals, cards and new stores from a spreadsheet, once each whatever befalls the process.
mod orders;
mod outage;
mod pace;
mod permission;
mod person;
#[cfg(target_os = "linux")]
mod power_loss;
mod question;
mod quota;
mod readme;
mod refusals;
mod rehearsal;
mod round_trip;
mod row_faults;
mod scope;
mod secrets;
mod sigkill;
mod signals;
mod tokens;
mod waves;
mod whole_api;
