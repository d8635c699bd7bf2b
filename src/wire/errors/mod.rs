//! What an errcode means where: one table from (endpoint, errcode) to what happens next and what a person can do. The rows
//! stand in `rows`, what an operator has learned of their account lies over them ([`Override`]); the whole is a value that
//! is given to those who judge. A code that is in neither is [`Class::FixRow`] with the platform's own words, never a retry.

mod overrides;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use overrides::{Danger, Override, OverrideError};

use super::{Class, Endpoint};
use crate::store::Words;
use crate::words;

/// Where a row of the table applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Any,
    Only(Endpoint),
    Tokens,
    Writes,
}

impl Scope {
    fn holds(self, endpoint: Endpoint) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == endpoint,
            Self::Tokens => endpoint.is_token(),
            Self::Writes => endpoint.is_write(),
        }
    }

    /// A narrower scope wins over a wider one.
    fn rank(self) -> u8 {
        match self {
            Self::Any => 0,
            Self::Tokens | Self::Writes => 1,
            Self::Only(_) => 2,
        }
    }
}

/// One row: English and Chinese of what the code means, and of what a person does.
#[derive(Debug, Clone, Copy)]
struct Row {
    at: Scope,
    errcode: i64,
    class: Class,
    means: (&'static str, &'static str),
    advice: (&'static str, &'static str),
}

impl Row {
    /// The most specific row for a code, if any speaks of it.
    fn of(endpoint: Endpoint, errcode: i64) -> Option<&'static Self> {
        let rows = rows::ROWS.iter().filter(|row| row.errcode == errcode && row.at.holds(endpoint));
        rows.max_by_key(|row| row.at.rank())
    }

    /// What the table itself says, before any override.
    fn class_of(endpoint: Endpoint, errcode: i64) -> Class {
        Self::of(endpoint, errcode).map_or(Class::FixRow, |row| row.class)
    }
}

/// What a code means at an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// What happens next.
    pub class: Class,
    /// What the platform says by it.
    pub means: Words,
    /// What a person does about it.
    pub advice: Words,
    /// Who said so, where it was not the table.
    pub set: Option<SetBy>,
}

/// The setting that stands in the table's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetBy {
    /// File and line.
    pub place: String,
    /// What the table itself says.
    pub instead_of: Class,
    /// The advice is the setting's, too.
    pub advises: bool,
}

impl Meaning {
    /// Meaning and advice as one sentence; the meaning alone where a person has nothing to do.
    #[must_use]
    pub fn sentence(&self) -> Words {
        let Self { means, advice, .. } = self;
        let advised = self.set.as_ref().is_some_and(|set| set.advises);
        if self.class.goes_on_by_itself() && !advised {
            return means.clone();
        }
        Words { en: format!("{}: {}", means.en, advice.en), zh: format!("{}：{}", means.zh, advice.zh) }
    }
}

/// The table with the overrides of one account. Cheap to clone; nothing in it changes.
#[derive(Debug, Clone, Default)]
pub struct ErrorTable {
    overrides: Arc<[Override]>,
}

impl ErrorTable {
    /// The table with these overrides over it.
    ///
    /// # Errors
    ///
    /// Two overrides of one code at one endpoint, and every override that could send a store twice or claim what no
    /// reading has confirmed.
    pub fn with(overrides: Vec<Override>) -> Result<Self, OverrideError> {
        overrides::check(&overrides)?;
        Ok(Self { overrides: overrides.into() })
    }

    /// What `errcode` from `endpoint` means for what happens next.
    #[must_use]
    pub fn class(&self, endpoint: Endpoint, errcode: i64) -> Class {
        self.set_for(endpoint, errcode).map_or_else(|| Row::class_of(endpoint, errcode), |set| set.class)
    }

    /// What `errcode` from `endpoint` means; `None` if nobody knows the code.
    #[must_use]
    pub fn meaning(&self, endpoint: Endpoint, errcode: i64) -> Option<Meaning> {
        let words = |(en, zh): (&str, &str)| Words { en: en.to_owned(), zh: zh.to_owned() };
        let own = Row::of(endpoint, errcode);
        let set = self.set_for(endpoint, errcode);
        if own.is_none() && set.is_none() {
            return None;
        }
        let means = own.map_or_else(
            || words!("a code that is in no document of the platform"; "平台文档中没有的错误码"),
            |row| words(row.means),
        );
        let advice = match (set.and_then(|set| set.advice.as_ref()), own) {
            (Some(advice), _) => Words::same(advice),
            (None, Some(row)) => words(row.advice),
            (None, None) => words!("see the platform's own words"; "请查看平台的原文"),
        };
        Some(Meaning {
            class: self.class(endpoint, errcode),
            means,
            advice,
            set: set.map(|set| SetBy {
                place: set.place.clone(),
                instead_of: Row::class_of(endpoint, errcode),
                advises: set.advice.is_some(),
            }),
        })
    }

    /// Meaning and advice of `errcode` from `endpoint` as one sentence; `None` if nobody knows the code.
    #[must_use]
    pub fn advice(&self, endpoint: Endpoint, errcode: i64) -> Option<Words> {
        self.meaning(endpoint, errcode).map(|meaning| meaning.sentence())
    }

    /// Whether `errcode` of a reading by key says that there is no such store. Who has given the code another class at
    /// `getpoi` has said that it does not.
    #[must_use]
    pub fn says_gone(&self, errcode: i64) -> bool {
        let own = Row::class_of(Endpoint::Getpoi, errcode);
        says_gone(errcode) && self.class(Endpoint::Getpoi, errcode) == own
    }

    /// Every code that the table or an override speaks of.
    #[must_use]
    pub fn codes(&self) -> BTreeSet<i64> {
        let own = rows::ROWS.iter().map(|row| row.errcode);
        own.chain(self.overrides.iter().map(|set| set.errcode)).collect()
    }

    /// The override that holds: the endpoint's own before that of all endpoints.
    fn set_for(&self, endpoint: Endpoint, errcode: i64) -> Option<&Override> {
        let sets = self.overrides.iter().filter(|set| set.errcode == errcode && set.holds(endpoint));
        sets.max_by_key(|set| set.endpoint.is_some())
    }
}

/// The address that the platform saw and does not let in, as its words name it (40164 and its kin): `invalid ip 203.0.113.7
/// ipv6 ::ffff:203.0.113.7, not in whitelist`.
#[must_use]
pub fn named_address(errcode: i64, errmsg: &str) -> Option<std::net::IpAddr> {
    let mut words = errmsg.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    let mut address = || words.find_map(|word| word.parse::<std::net::IpAddr>().ok());
    matches!(errcode, 40164 | 45032 | 45035).then(&mut address).flatten()
}

/// Whether `errcode` says that the platform has such a store already: what it means for this one is known only by reading.
#[must_use]
pub fn says_duplicate(errcode: i64) -> bool {
    matches!(errcode, 85038 | 85040)
}

fn says_gone(errcode: i64) -> bool {
    matches!(errcode, 40098 | 46005 | 65115 | 65116)
}
