//! The fields that a person supplies for a store, beside what the old record has.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A field of `add_store` (section 8 of the API document) or an instruction, as a supplement gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The point on Tencent's map.
    MapPoiId,
    /// Pictures.
    PicList,
    /// The store's telephone.
    ContractPhone,
    /// Opening hours, `11:11-12:12`.
    Hour,
    /// Number of the business licence (经营资质证件号).
    Credential,
    /// Name of the company, where it is not the account's own.
    CompanyName,
    /// Media ids that prove it, joined by `|`.
    QualificationList,
    /// A card shown in the store; may be empty.
    CardId,
    /// What a person wants for the store: `upgrade`, `delete`, `hold`, `resubmit`.
    Action,
}

impl Field {
    /// All fields, in the order in which people see them.
    pub const ALL: [Self; 9] = [
        Self::Action,
        Self::MapPoiId,
        Self::PicList,
        Self::ContractPhone,
        Self::Hour,
        Self::Credential,
        Self::CompanyName,
        Self::QualificationList,
        Self::CardId,
    ];

    /// The key in files, the ledger and JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::MapPoiId => "map_poi_id",
            Self::PicList => "pic_list",
            Self::ContractPhone => "contract_phone",
            Self::Hour => "hour",
            Self::Credential => "credential",
            Self::CompanyName => "company_name",
            Self::QualificationList => "qualification_list",
            Self::CardId => "card_id",
            Self::Action => "action",
        }
    }

    /// The field with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.key() == key)
    }

    /// Whether it names something, so that a number that a spreadsheet has rounded would name something else.
    #[must_use]
    pub const fn is_id(self) -> bool {
        matches!(self, Self::MapPoiId | Self::Credential | Self::CardId | Self::QualificationList)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}
