//! The domain, pure: what a store is, what can be wanted for it, where it can stand and how it gets there.
//! It knows no file, no network, no clock; every other room speaks its words.

mod action;
mod body_fields;
mod clock;
mod day;
mod decision;
mod estimate;
mod fast_clock;
mod field;
mod finding;
mod form_key;
mod ids;
mod legacy;
mod place;
mod province;
mod record;
mod state;
mod status;
mod submission;
mod supplement;
mod text;
mod time;
mod verb;
mod weigh;
mod words;

pub use action::{Action, Wish};
pub use body_fields::{BodyFields, FieldChange};
pub use clock::{ClockReading, Correction, SET_BACK_MAX};
pub use day::{BadOffset, PlatformDay};
pub use decision::Decision;
pub use estimate::Estimate;
pub use fast_clock::{BadClock, FastClock};
pub use field::Field;
pub use finding::{Code, Finding, Severity, VALUE_CHARS_MAX};
pub use form_key::{DamagedKey, FORM_KEY_HEADER, FormKey};
pub use ids::{MapPoiId, PoiId, Sid};
pub use legacy::LegacyStore;
pub use place::Place;
pub use province::Province;
pub use record::Record;
pub use state::{Event, IllegalMove, Sight, State, next};
pub use status::UpgradeStatus;
pub use submission::{Origin, Submission};
pub use supplement::{Cell, JoinKey, RememberedCell, SupplementRow, Supplied, SuppliedCell};
pub use text::Text;
#[cfg(test)]
pub(crate) use time::SetClock;
pub use time::{Clock, Stamp, Time, Zone, weekday};
pub use verb::Verb;
pub use weigh::{LastWrite, Reading, Standing, sight_words, weigh};
pub use words::{Lang, Words};
