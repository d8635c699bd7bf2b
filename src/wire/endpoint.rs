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
    /// `cgi-bin/openapi/rid/get`: what a request (`rid`) was about.
    RidGet,
    /// `cgi-bin/media/upload`: a temporary file, for three days.
    MediaUpload,
    /// `cgi-bin/media/uploadimg`: a picture's URL, for good.
    MediaUploadimg,
    /// `wxa/get_merchant_category` (section 1).
    GetMerchantCategory,
    /// `wxa/apply_merchant` (section 2).
    ApplyMerchant,
    /// `wxa/get_merchant_audit_info` (section 3).
    GetMerchantAuditInfo,
    /// `wxa/modify_merchant` (section 4).
    ModifyMerchant,
    /// `wxa/get_district` (section 5).
    GetDistrict,
    /// `wxa/search_map_poi` (section 6).
    SearchMapPoi,
    /// `wxa/create_map_poi` (section 7).
    CreateMapPoi,
    /// `cgi-bin/poi/getpoilist` (section 13).
    Getpoilist,
    /// `cgi-bin/poi/getpoi`: one legacy store by its `poi_id`.
    Getpoi,
    /// `cgi-bin/poi/delpoi` (section 13).
    Delpoi,
    /// `wxa/add_store` (section 8).
    AddStore,
    /// `wxa/update_store` (section 9).
    UpdateStore,
    /// `wxa/get_store_info` (section 10).
    GetStoreInfo,
    /// `wxa/get_store_list` (section 11).
    GetStoreList,
    /// `wxa/del_store` (section 12).
    DelStore,
    /// `card/storewxa/get` (section 14).
    StorewxaGet,
    /// `card/storewxa/set` (section 14).
    StorewxaSet,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::Token,
        Self::StableToken,
        Self::QuotaGet,
        Self::RidGet,
        Self::MediaUpload,
        Self::MediaUploadimg,
        Self::GetMerchantCategory,
        Self::ApplyMerchant,
        Self::GetMerchantAuditInfo,
        Self::ModifyMerchant,
        Self::GetDistrict,
        Self::SearchMapPoi,
        Self::CreateMapPoi,
        Self::Getpoilist,
        Self::Getpoi,
        Self::Delpoi,
        Self::AddStore,
        Self::UpdateStore,
        Self::GetStoreInfo,
        Self::GetStoreList,
        Self::DelStore,
        Self::StorewxaGet,
        Self::StorewxaSet,
    ];

    /// The path, with its leading slash, as `openapi/quota/get` wants it too (76003 otherwise).
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Token => "/cgi-bin/token",
            Self::StableToken => "/cgi-bin/stable_token",
            Self::QuotaGet => "/cgi-bin/openapi/quota/get",
            Self::RidGet => "/cgi-bin/openapi/rid/get",
            Self::MediaUpload => "/cgi-bin/media/upload",
            Self::MediaUploadimg => "/cgi-bin/media/uploadimg",
            Self::GetMerchantCategory => "/wxa/get_merchant_category",
            Self::ApplyMerchant => "/wxa/apply_merchant",
            Self::GetMerchantAuditInfo => "/wxa/get_merchant_audit_info",
            Self::ModifyMerchant => "/wxa/modify_merchant",
            Self::GetDistrict => "/wxa/get_district",
            Self::SearchMapPoi => "/wxa/search_map_poi",
            Self::CreateMapPoi => "/wxa/create_map_poi",
            Self::Getpoilist => "/cgi-bin/poi/getpoilist",
            Self::Getpoi => "/cgi-bin/poi/getpoi",
            Self::Delpoi => "/cgi-bin/poi/delpoi",
            Self::AddStore => "/wxa/add_store",
            Self::UpdateStore => "/wxa/update_store",
            Self::GetStoreInfo => "/wxa/get_store_info",
            Self::GetStoreList => "/wxa/get_store_list",
            Self::DelStore => "/wxa/del_store",
            Self::StorewxaGet => "/card/storewxa/get",
            Self::StorewxaSet => "/card/storewxa/set",
        }
    }

    /// The short name, as the ledger, reports and error texts write it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::StableToken => "stable_token",
            Self::QuotaGet => "quota_get",
            Self::RidGet => "rid_get",
            Self::MediaUpload => "media_upload",
            Self::MediaUploadimg => "media_uploadimg",
            Self::GetMerchantCategory => "get_merchant_category",
            Self::ApplyMerchant => "apply_merchant",
            Self::GetMerchantAuditInfo => "get_merchant_audit_info",
            Self::ModifyMerchant => "modify_merchant",
            Self::GetDistrict => "get_district",
            Self::SearchMapPoi => "search_map_poi",
            Self::CreateMapPoi => "create_map_poi",
            Self::Getpoilist => "getpoilist",
            Self::Getpoi => "getpoi",
            Self::Delpoi => "delpoi",
            Self::AddStore => "add_store",
            Self::UpdateStore => "update_store",
            Self::GetStoreInfo => "get_store_info",
            Self::GetStoreList => "get_store_list",
            Self::DelStore => "del_store",
            Self::StorewxaGet => "storewxa_get",
            Self::StorewxaSet => "storewxa_set",
        }
    }

    /// The section of the API document that describes it; `None`: the document only mentions it, or does not know it.
    #[must_use]
    pub const fn section(self) -> Option<u8> {
        match self {
            Self::GetMerchantCategory => Some(1),
            Self::ApplyMerchant => Some(2),
            Self::GetMerchantAuditInfo => Some(3),
            Self::ModifyMerchant => Some(4),
            Self::GetDistrict => Some(5),
            Self::SearchMapPoi => Some(6),
            Self::CreateMapPoi => Some(7),
            Self::AddStore => Some(8),
            Self::UpdateStore => Some(9),
            Self::GetStoreInfo => Some(10),
            Self::GetStoreList => Some(11),
            Self::DelStore => Some(12),
            Self::Getpoilist | Self::Delpoi => Some(13),
            Self::StorewxaGet | Self::StorewxaSet => Some(14),
            Self::Token
            | Self::StableToken
            | Self::QuotaGet
            | Self::RidGet
            | Self::MediaUpload
            | Self::MediaUploadimg
            | Self::Getpoi => None,
        }
    }

    /// The endpoint with this short name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.key() == key)
    }

    /// Whether a call changes the platform, so that it must never be repeated on a guess. An upload does not count: a
    /// second one leaves a second copy that nobody points at.
    #[must_use]
    pub const fn is_write(self) -> bool {
        matches!(
            self,
            Self::ApplyMerchant
                | Self::ModifyMerchant
                | Self::CreateMapPoi
                | Self::Delpoi
                | Self::AddStore
                | Self::UpdateStore
                | Self::DelStore
                | Self::StorewxaSet
        )
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
            Verb::UpdateStore => Self::UpdateStore,
            Verb::DelStore => Self::DelStore,
            Verb::StorewxaSet => Self::StorewxaSet,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}
