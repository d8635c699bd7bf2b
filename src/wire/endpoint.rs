//! The endpoints of the platform that poilift calls, with their paths and manners.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::store::Verb;

/// One endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `cgi-bin/token`: a new token that ends the previous one, for every system of the user.
    Token,
    /// `cgi-bin/stable_token`: a token that is shared and ends no other.
    StableToken,
    /// `cgi-bin/openapi/quota/get`.
    QuotaGet,
    /// `wxa/get_merchant_audit_info` (section 3).
    GetMerchantAuditInfo,
    /// `cgi-bin/poi/getpoilist` (section 13).
    Getpoilist,
    /// `cgi-bin/poi/getpoi`: one legacy store by its `poi_id`.
    Getpoi,
    /// `cgi-bin/poi/delpoi` (section 13).
    Delpoi,
    /// `wxa/add_store` (section 8).
    AddStore,
    /// `wxa/get_store_list` (section 11).
    GetStoreList,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Token,
        Self::StableToken,
        Self::QuotaGet,
        Self::GetMerchantAuditInfo,
        Self::Getpoilist,
        Self::Getpoi,
        Self::Delpoi,
        Self::AddStore,
        Self::GetStoreList,
    ];

    /// The path, with its leading slash, as `openapi/quota/get` wants it too (76003 otherwise).
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Token => "/cgi-bin/token",
            Self::StableToken => "/cgi-bin/stable_token",
            Self::QuotaGet => "/cgi-bin/openapi/quota/get",
            Self::GetMerchantAuditInfo => "/wxa/get_merchant_audit_info",
            Self::Getpoilist => "/cgi-bin/poi/getpoilist",
            Self::Getpoi => "/cgi-bin/poi/getpoi",
            Self::Delpoi => "/cgi-bin/poi/delpoi",
            Self::AddStore => "/wxa/add_store",
            Self::GetStoreList => "/wxa/get_store_list",
        }
    }

    /// The short name, as the ledger, reports and error texts write it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::StableToken => "stable_token",
            Self::QuotaGet => "quota_get",
            Self::GetMerchantAuditInfo => "get_merchant_audit_info",
            Self::Getpoilist => "getpoilist",
            Self::Getpoi => "getpoi",
            Self::Delpoi => "delpoi",
            Self::AddStore => "add_store",
            Self::GetStoreList => "get_store_list",
        }
    }

    /// The endpoint with this short name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.key() == key)
    }

    /// Whether a call changes the platform, so that it must never be repeated on a guess.
    #[must_use]
    pub const fn is_write(self) -> bool {
        matches!(self, Self::Delpoi | Self::AddStore)
    }

    /// Whether the call hands out tokens: 40001 there is a wrong secret, not an expired token.
    #[must_use]
    pub const fn is_token(self) -> bool {
        matches!(self, Self::Token | Self::StableToken)
    }
}

impl From<Verb> for Endpoint {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::AddStore => Self::AddStore,
            Verb::Delpoi => Self::Delpoi,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}
