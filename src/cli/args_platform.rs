//! What can be typed of the commands that speak to the platform one call at a time: `merchant`, `map`, `store`, `card`,
//! `media`. The doc comments here are the help texts.

#![expect(
    clippy::doc_markdown,
    reason = "help texts are read in a terminal, where backticks and angle brackets are noise"
)]

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::Online;
use super::args_orders::{Add, Delete, Ordering, SetCard, Update};
use crate::store::BulkJob;

/// `merchant`.
#[derive(Debug, Clone, Subcommand)]
pub enum Merchant {
    /// List the categories that a store mini-program can have, and which of them need papers
    Categories(Categories),
    /// Apply for the store mini-program; an administrator has to confirm it within 24 hours, and the name is final
    Apply(Box<ApplyMerchant>),
    /// Say where the application stands, and what to do next
    Audit(AuditMerchant),
    /// Change head image or introduction; what is not given stays as it is
    Modify(ModifyMerchant),
}

/// `merchant categories`.
#[derive(Debug, Clone, Args)]
pub struct Categories {
    /// Only those whose name has this in it, or whose id it is
    #[arg(value_name = "WORD")]
    pub word: Option<String>,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `merchant apply`.
#[derive(Debug, Clone, Args)]
pub struct ApplyMerchant {
    /// The category, one of the second level: poilift merchant categories lists them
    #[arg(long, value_name = "ID")]
    pub category: i64,
    /// The name, 4 to 30 characters of which a Chinese one counts two; it cannot be changed after approval
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// The introduction
    #[arg(long, value_name = "TEXT")]
    pub intro: String,
    /// The head image: a file (JPG or PNG), or the id that poilift media upload --temporary gives
    #[arg(long, value_name = "FILE|MEDIA_ID")]
    pub head_image: String,
    /// A paper of the category, up to five; needed exactly where the category says so
    #[arg(long, value_name = "FILE|MEDIA_ID")]
    pub paper: Vec<String>,
    /// The business licence or organisation code certificate; only after the platform has answered 85024
    #[arg(long, value_name = "FILE|MEDIA_ID")]
    pub org_code: Option<String>,
    /// A further paper beside it, up to five
    #[arg(long, value_name = "FILE|MEDIA_ID")]
    pub other_file: Vec<String>,
    /// Ask no question
    #[arg(long)]
    pub yes: bool,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `merchant audit`.
#[derive(Debug, Clone, Args)]
pub struct AuditMerchant {
    /// Go on asking for at most this long, until the application is decided (500ms, 2s, 5m, 1h, 3d)
    #[arg(long, value_name = "DURATION")]
    pub wait: Option<String>,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `merchant modify`.
#[derive(Debug, Clone, Args)]
pub struct ModifyMerchant {
    /// The new head image: a file (JPG or PNG), or the id that poilift media upload --temporary gives
    #[arg(long, value_name = "FILE|MEDIA_ID")]
    pub head_image: Option<String>,
    /// The new introduction
    #[arg(long, value_name = "TEXT")]
    pub intro: Option<String>,
    /// Ask no question
    #[arg(long)]
    pub yes: bool,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `map`.
#[derive(Debug, Clone, Subcommand)]
pub enum Map {
    /// List provinces, or what lies below a place
    Districts(Districts),
    /// Look a place up on Tencent's map; its map_poi_id is what a store needs
    Search(SearchMap),
    /// Have a place made on Tencent's map, which takes 3 working days
    Create(Box<CreateMap>),
}

/// `map districts`.
#[derive(Debug, Clone, Args)]
pub struct Districts {
    /// A name or an id [default: the provinces]
    #[arg(value_name = "PLACE")]
    pub place: Option<String>,
    /// All levels, not only the next one
    #[arg(long)]
    pub all: bool,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `map search`.
#[derive(Debug, Clone, Args)]
pub struct SearchMap {
    /// What to look for
    #[arg(value_name = "WORD")]
    pub keyword: String,
    /// Where: the id of a district, or its name if there is only one of it
    #[arg(long, value_name = "ID|NAME")]
    pub district: String,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `map create`.
#[derive(Debug, Clone, Args)]
pub struct CreateMap {
    /// The place's name
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// Degrees east
    #[arg(long, value_name = "DEGREES", allow_hyphen_values = true)]
    pub longitude: String,
    /// Degrees north
    #[arg(long, value_name = "DEGREES", allow_hyphen_values = true)]
    pub latitude: String,
    /// The whole name of the province, 广东省
    #[arg(long, value_name = "NAME")]
    pub province: String,
    /// The whole name of the city, 广州市
    #[arg(long, value_name = "NAME")]
    pub city: String,
    /// The whole name of the district, 海珠区
    #[arg(long, value_name = "NAME")]
    pub district: String,
    /// The district's id: poilift map districts lists it
    #[arg(long, value_name = "ID")]
    pub district_id: String,
    /// The address within the district
    #[arg(long, value_name = "TEXT")]
    pub address: String,
    /// Two categories, 美食:中餐厅
    #[arg(long, value_name = "A:B")]
    pub category: String,
    /// One telephone number, or several with semicolons between them
    #[arg(long, value_name = "NUMBER[;NUMBER]")]
    pub telephone: String,
    /// A picture: the URL that poilift media upload gives
    #[arg(long, value_name = "URL")]
    pub photo: String,
    /// The business licence: the URL that poilift media upload gives
    #[arg(long, value_name = "URL")]
    pub license: String,
    /// The introduction
    #[arg(long, value_name = "TEXT")]
    pub intro: String,
    /// In a migration: the store's poi_id in the old store management (9 digits)
    #[arg(long, value_name = "ID")]
    pub poi_id: Option<String>,
    /// Ask no question
    #[arg(long)]
    pub yes: bool,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `store`.
#[derive(Debug, Clone, Subcommand)]
pub enum Store {
    /// Show stores of the store mini-program by their ids
    Get(ByPoiId),
    /// List the stores of the store mini-program
    List(ListStores),
    /// Add new stores, which have no legacy one
    Add(Add),
    /// Change hours, telephone, card, and with --replace-photos the pictures; what is not given stays as it is
    Update(Update),
    /// Take stores out of the store mini-program
    Delete(Delete),
}

/// `card`.
#[derive(Debug, Clone, Subcommand)]
pub enum Card {
    /// Show the cards of stores
    Get(ByPoiId),
    /// Give stores a card
    Set(SetCard),
}

/// `store get`, `card get`.
#[derive(Debug, Clone, Args)]
pub struct ByPoiId {
    /// The store: the id that it was given after its approval; repeatable
    #[arg(required = true, value_name = "POI_ID")]
    pub poi_id: Vec<String>,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `store list`.
#[derive(Debug, Clone, Args)]
pub struct ListStores {
    /// One page, from this store on; 0 is the first
    #[arg(long, value_name = "N")]
    pub offset: Option<u64>,
    /// One page of so many stores, 50 at most; 0 means 20 [default: all pages]
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

/// `media`.
#[derive(Debug, Clone, Subcommand)]
pub enum Media {
    /// Upload pictures: URLs for good (JPG, PNG, under 1 MB), with --temporary ids for three days
    Upload(UploadMedia),
}

/// `media upload`.
#[derive(Debug, Clone, Args)]
pub struct UploadMedia {
    /// The pictures
    #[arg(required = true, value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// Media ids for three days instead of URLs: JPG, PNG or GIF up to 10 MB
    #[arg(long)]
    pub temporary: bool,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}

impl Merchant {
    /// How the platform is reached.
    #[must_use]
    pub fn online(&self) -> &Online {
        match self {
            Self::Categories(args) => &args.online,
            Self::Apply(args) => &args.online,
            Self::Audit(args) => &args.online,
            Self::Modify(args) => &args.online,
        }
    }
}

impl Map {
    /// How the platform is reached.
    #[must_use]
    pub fn online(&self) -> &Online {
        match self {
            Self::Districts(args) => &args.online,
            Self::Search(args) => &args.online,
            Self::Create(args) => &args.online,
        }
    }
}

impl Store {
    /// How the platform is reached.
    #[must_use]
    pub fn online(&self) -> &Online {
        match self {
            Self::Get(args) => &args.online,
            Self::List(args) => &args.online,
            Self::Add(args) => &args.ordering.online,
            Self::Update(args) => &args.ordering.online,
            Self::Delete(args) => &args.ordering.online,
        }
    }
}

impl Card {
    /// How the platform is reached.
    #[must_use]
    pub fn online(&self) -> &Online {
        match self {
            Self::Get(args) => &args.online,
            Self::Set(args) => &args.ordering.online,
        }
    }

    /// The flags of a bulk job, where it is one.
    pub fn ordering_mut(&mut self) -> Option<(BulkJob, &mut Ordering)> {
        match self {
            Self::Get(_) => None,
            Self::Set(args) => Some((BulkJob::SetCard, &mut args.ordering)),
        }
    }
}

impl Store {
    /// The flags of a bulk job, where it is one.
    pub fn ordering_mut(&mut self) -> Option<(BulkJob, &mut Ordering)> {
        match self {
            Self::Get(_) | Self::List(_) => None,
            Self::Add(args) => Some((BulkJob::Create, &mut args.ordering)),
            Self::Update(args) => Some((BulkJob::Update, &mut args.ordering)),
            Self::Delete(args) => Some((BulkJob::Remove, &mut args.ordering)),
        }
    }
}

impl Media {
    /// How the platform is reached.
    #[must_use]
    pub fn online(&self) -> &Online {
        match self {
            Self::Upload(args) => &args.online,
        }
    }
}

/// `rid`.
#[derive(Debug, Clone, Args)]
pub struct Rid {
    /// The rid, as it stands in the platform's words of an error
    #[arg(value_name = "RID")]
    pub rid: String,
    /// How the platform is reached.
    #[command(flatten)]
    pub online: Online,
}
