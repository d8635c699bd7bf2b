//! What an operator has learned of their account: `[[errors]]` of the configuration, checked so strictly that no entry can
//! send a store twice or claim what no reading has confirmed.

use std::fmt;

use super::Row;
use crate::store::Words;
use crate::wire::{Class, Endpoint};
use crate::words;

/// One entry, in the table's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Where it holds; `None`: every endpoint but those that hand out tokens.
    pub endpoint: Option<Endpoint>,
    /// The code.
    pub errcode: i64,
    /// What it means.
    pub class: Class,
    /// What a person does, in place of the table's words.
    pub advice: Option<String>,
    /// File and line.
    pub place: String,
}

impl Override {
    /// An entry as it is written.
    ///
    /// # Errors
    ///
    /// An endpoint or a class that is not known, errcode 0, an advice that says nothing.
    pub fn parse(
        place: &str,
        (endpoint, errcode): (Option<&str>, i64),
        class: &str,
        advice: Option<&str>,
    ) -> Result<Self, OverrideError> {
        let wrong = |fault| OverrideError { place: place.to_owned(), fault };
        let endpoint = match endpoint {
            None => None,
            Some(key) => Some(Endpoint::from_key(key).ok_or_else(|| wrong(Fault::Endpoint(key.to_owned())))?),
        };
        let class = Class::from_key(class).ok_or_else(|| wrong(Fault::Class(class.to_owned())))?;
        if errcode == 0 {
            return Err(wrong(Fault::Success));
        }
        let advice = advice.map(str::trim).map(str::to_owned);
        if advice.as_ref().is_some_and(String::is_empty) {
            return Err(wrong(Fault::Advice));
        }
        Ok(Self { endpoint, errcode, class, advice, place: place.to_owned() })
    }

    /// Whether it holds there. What a token endpoint answers is about credentials: it is meant only where it is named.
    pub(super) fn holds(&self, endpoint: Endpoint) -> bool {
        self.endpoint.map_or(!endpoint.is_token(), |only| only == endpoint)
    }
}

/// Why an entry is refused although it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    /// -1 of a write: nobody knows whether it was done, and no setting makes it known.
    SaysNothing,
    /// A write would count as done without a reading.
    DoneUnread,
    /// The code may mean that the write is done already: it must not go again without a reading.
    MayBeDone,
    /// The code is about the access token, not about a store.
    AboutToken,
    /// A token endpoint knows only to ask again or to give up.
    TokenEndpoint,
    /// A reading changes nothing.
    Reading,
}

impl Danger {
    /// What the entry would do, if it were taken.
    fn of(endpoint: Endpoint, errcode: i64, class: Class) -> Option<Self> {
        let own = Row::class_of(endpoint, errcode);
        if class == own {
            return None;
        }
        if endpoint.is_token() {
            let known = matches!(class, Class::Retry | Class::SlowDown | Class::StopAccount);
            return (!known).then_some(Self::TokenEndpoint);
        }
        if own == Class::RefreshToken && class != Class::StopAccount {
            return Some(Self::AboutToken);
        }
        if !endpoint.is_write() {
            return matches!(class, Class::Done | Class::Ambiguous).then_some(Self::Reading);
        }
        match class {
            _ if errcode == -1 => Some(Self::SaysNothing),
            Class::Done => Some(Self::DoneUnread),
            _ if class.goes_again_at_once() && matches!(own, Class::Ambiguous | Class::Done) => Some(Self::MayBeDone),
            _ => None,
        }
    }

    fn words(self) -> Words {
        match self {
            Self::SaysNothing => words!(
                "-1 of a write says nothing about whether it was done: only ambiguous is allowed, or a store could be sent twice";
                "写操作返回 -1 时无法得知是否已生效：只能设为 ambiguous，否则门店可能被重复提交"
            ),
            Self::DoneUnread => words!(
                "done would claim a success that no reading has confirmed: say ambiguous, and the platform is read before anything counts";
                "done 会在未经查询核实时视为成功：请改用 ambiguous，由查询结果决定"
            ),
            Self::MayBeDone => words!(
                "the code may mean that it is done already, so the store must not go again before the platform was read: say ambiguous, not_yet or fix_row";
                "该错误码可能表示已经生效，查询之前不得重新提交：请改用 ambiguous、not_yet 或 fix_row"
            ),
            Self::AboutToken => words!(
                "the code is about the access token, not about a store: only refresh_token and stop_account are allowed";
                "该错误码与 access_token 有关，而非门店：只能设为 refresh_token 或 stop_account"
            ),
            Self::TokenEndpoint => words!(
                "where tokens are fetched only retry, slow_down and stop_account mean something";
                "获取 token 的接口只能设为 retry、slow_down 或 stop_account"
            ),
            Self::Reading => words!(
                "a reading changes nothing, so that it can be neither done nor ambiguous: name the write that is meant (endpoint = \"add_store\" or \"delpoi\")";
                "查询不会改变任何内容，不能设为 done 或 ambiguous：请指明写接口（endpoint = \"add_store\" 或 \"delpoi\"）"
            ),
        }
    }
}

/// An entry that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {}", self.fault.words().en)]
pub struct OverrideError {
    place: String,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    Endpoint(String),
    Class(String),
    Success,
    Advice,
    Twice { other: String },
    Dangerous { endpoint: Endpoint, errcode: i64, class: Class, danger: Danger },
}

impl OverrideError {
    /// Where, and what is wrong.
    #[must_use]
    pub fn words(&self) -> Words {
        let (place, Words { en, zh }) = (&self.place, self.fault.words());
        Words { en: format!("{place}: {en}"), zh: format!("{place}：{zh}") }
    }

    /// The danger, if the entry was refused for one.
    #[must_use]
    pub fn danger(&self) -> Option<Danger> {
        match self.fault {
            Fault::Dangerous { danger, .. } => Some(danger),
            _ => None,
        }
    }
}

impl Fault {
    fn words(&self) -> Words {
        match self {
            Self::Endpoint(key) => {
                let known = list(Endpoint::ALL.map(Endpoint::key));
                words!("endpoint {key:?} is not one of {known}"; "endpoint {key:?} 不在可选范围内：{known}")
            }
            Self::Class(key) => {
                let known = list(Class::ALL.map(Class::key));
                words!("class {key:?} is not one of {known}"; "class {key:?} 不在可选范围内：{known}")
            }
            Self::Success => words!("errcode 0 is success, and stays it"; "errcode 0 表示成功，不可更改"),
            Self::Advice => {
                words!("advice is empty; leave it out to keep ours"; "advice 为空；如需沿用内置说明请删除该行")
            }
            Self::Twice { other } => {
                words!("the same endpoint and errcode stand in {other} already"; "同一 endpoint 与 errcode 已在 {other} 设置")
            }
            Self::Dangerous { endpoint, errcode, class, danger } => {
                let Words { en, zh } = danger.words();
                Words {
                    en: format!("errcode {errcode} of {endpoint} cannot be {class}: {en}"),
                    zh: format!("{endpoint} 的 errcode {errcode} 不能设为 {class}：{zh}"),
                }
            }
        }
    }
}

fn list<const N: usize>(keys: [impl fmt::Display; N]) -> String {
    keys.map(|key| key.to_string()).join(", ")
}

/// Whether the entries can be taken together.
pub(super) fn check(overrides: &[Override]) -> Result<(), OverrideError> {
    for (n, set) in overrides.iter().enumerate() {
        let wrong = |fault| OverrideError { place: set.place.clone(), fault };
        let (errcode, class) = (set.errcode, set.class);
        let same = |other: &&Override| other.endpoint == set.endpoint && other.errcode == errcode;
        if let Some(other) = overrides[..n].iter().find(same) {
            return Err(wrong(Fault::Twice { other: other.place.clone() }));
        }
        // What is wrong for a write weighs more, and is said first.
        let mut endpoints = Endpoint::ALL.map(|endpoint| (!endpoint.is_write(), endpoint));
        endpoints.sort_by_key(|(is_read, _)| *is_read);
        for (_, endpoint) in endpoints.into_iter().filter(|(_, endpoint)| set.holds(*endpoint)) {
            if let Some(danger) = Danger::of(endpoint, errcode, class) {
                return Err(wrong(Fault::Dangerous { endpoint, errcode, class, danger }));
            }
        }
    }
    Ok(())
}
