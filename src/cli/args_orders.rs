//! What can be typed for the bulk jobs beside the migration. The doc comments here are the help texts.

#![expect(
    clippy::doc_markdown,
    reason = "help texts are read in a terminal, where backticks and angle brackets are noise"
)]

use std::path::PathBuf;

use clap::Args;

use super::args::{Online, Sending};

/// How orders are sent: what the main job's flags mean here, too.
#[expect(clippy::struct_excessive_bools, reason = "each flag of the command line is one")]
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sending")]
pub struct Ordering {
    /// A spreadsheet of stores, each row with the store's poi_id in the store mini-program; repeatable
    #[arg(long, value_name = "FILE")]
    pub from: Vec<PathBuf>,
    /// Stop before the first write
    #[arg(long)]
    pub dry_run: bool,
    /// So many new sends at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// After sending, go on reading for at most this long (500ms, 2s, 5m, 1h, 3d)
    #[arg(long, value_name = "DURATION")]
    pub wait: Option<String>,
    /// Sleep until the day's quota returns instead of exiting 4
    #[arg(long)]
    pub wait_for_quota: bool,
    /// The report's folder [default: poilift-report-update, -remove, -set-card; with --sandbox -sandbox behind it]
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
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

impl Ordering {
    /// The same in the main job's words.
    #[must_use]
    pub fn sending(&self) -> Sending {
        Sending {
            dry_run: self.dry_run,
            limit: self.limit,
            wait: self.wait.clone(),
            wait_for_quota: self.wait_for_quota,
            report: self.report.clone(),
            journal: self.journal.clone(),
            yes: self.yes,
            strict: self.strict,
            ..Sending::default()
        }
    }
}

/// `store add`.
#[derive(Debug, Clone, Args)]
pub struct Add {
    /// A point on Tencent's map, for one store; --from for many
    #[arg(long, value_name = "ID", required_unless_present = "from", conflicts_with = "from")]
    pub map_poi_id: Option<String>,
    /// A picture's URL, or a file, which is uploaded first; repeatable
    #[arg(long, value_name = "URL|FILE", requires = "map_poi_id")]
    pub picture: Vec<String>,
    /// One telephone number
    #[arg(long, requires = "map_poi_id")]
    pub phone: Option<String>,
    /// Opening hours, 10:00-21:00
    #[arg(long, requires = "map_poi_id")]
    pub hour: Option<String>,
    /// Number of the business licence
    #[arg(long, requires = "map_poi_id")]
    pub credential: Option<String>,
    /// The company, where it is not the account's own
    #[arg(long, requires = "map_poi_id")]
    pub company_name: Option<String>,
    /// A photo of a paper that proves it, or its media id; repeatable
    #[arg(long, value_name = "FILE|MEDIA_ID", requires = "map_poi_id")]
    pub qualification: Vec<String>,
    /// A card's id
    #[arg(long, value_name = "CARD_ID", requires = "map_poi_id")]
    pub card: Option<String>,
    /// A folder of photos named by the stores' sid (SID.jpg, SID_1.jpg …), for rows that name none
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// How it is sent.
    #[command(flatten)]
    pub ordering: Ordering,
}

/// `store update`.
#[derive(Debug, Clone, Args)]
pub struct Update {
    /// The store's id in the store mini-program
    #[arg(value_name = "POI_ID", required_unless_present = "from", conflicts_with = "from")]
    pub poi_id: Option<String>,
    /// Opening hours, 10:00-21:00
    #[arg(long, requires = "poi_id")]
    pub hour: Option<String>,
    /// One telephone number
    #[arg(long, requires = "poi_id")]
    pub phone: Option<String>,
    /// A picture's URL, or a file, which is uploaded first; repeatable: with --replace-photos these are all the store has afterwards
    #[arg(long, value_name = "URL|FILE", requires = "poi_id", requires = "replace_photos")]
    pub picture: Vec<String>,
    /// A card's id
    #[arg(long, value_name = "CARD_ID", requires = "poi_id")]
    pub card: Option<String>,
    /// Pictures given take the place of all that a store has, and are reviewed; without it every store keeps its own
    #[arg(long)]
    pub replace_photos: bool,
    /// A folder of photos named by the stores' poi_id (ID.jpg, ID_1.jpg …), for rows that name none
    #[arg(long, value_name = "DIR", requires = "replace_photos")]
    pub images: Option<PathBuf>,
    /// How it is sent.
    #[command(flatten)]
    pub ordering: Ordering,
}

/// `store delete`.
#[derive(Debug, Clone, Args)]
pub struct Delete {
    /// The stores' ids in the store mini-program
    #[arg(value_name = "POI_ID", required_unless_present = "from")]
    pub poi_id: Vec<String>,
    /// How it is sent.
    #[command(flatten)]
    pub ordering: Ordering,
}

/// `card set`.
#[derive(Debug, Clone, Args)]
pub struct SetCard {
    /// The store's id in the store mini-program
    #[arg(value_name = "POI_ID", required_unless_present = "from", conflicts_with = "from")]
    pub poi_id: Option<String>,
    /// The card's id; one without custom codes
    #[arg(value_name = "CARD_ID", required_unless_present = "from", conflicts_with = "from")]
    pub card_id: Option<String>,
    /// How it is sent.
    #[command(flatten)]
    pub ordering: Ordering,
}
