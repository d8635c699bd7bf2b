//! Findings, pure: what a value, a store and its supplied cells must be before anything is sent, and what two stores must not
//! share.

mod category;
mod clashes;
mod credential;
mod hour;
mod local;
mod normalised;
mod papers;
mod phone;
mod pictures;
mod plain;
mod policy;
mod position;
mod signs;
mod submission;
mod update;
mod written;

pub use category::category_for_map;
pub use clashes::{Claimant, Clash, Clashes, OTHERS_MAX, Role};
pub use credential::{Credential, Kind, credential};
pub use hour::{ALL_DAY, hour, is_overnight};
pub use normalised::{CHANGES_MAX, Normalised, OfField, Tally, normalised};
pub use papers::{MEDIA_IDS_MAX, media_ids, paper_entries};
pub use phone::{phone, phones_for_map};
pub use pictures::{is_local, is_url, picture_entries, pictures};
pub use policy::{BadPolicy, Policy};
pub use position::{Position, misplaced};
pub use signs::{APPROVED, Signs};
pub use submission::{Composed, compose, compose_new, compose_with};
pub use update::{ComposedOrder, compose_order};
pub use written::{FixedValues, Source, Written, written};
