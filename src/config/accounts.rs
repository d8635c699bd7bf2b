//! Several accounts: what `[accounts.NAME]` or a row of `accounts_file` may say, what an account takes from the keys at
//! the top, and which lists of accounts make sense. No file is opened here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{File, TokenEndpoint};
use crate::store::Words;
use crate::words;

/// The longest name, in bytes: with `.sandbox.db.platform.jsonl.part` behind it a file's name stays under the 255 bytes
/// that file systems take.
pub const NAME_BYTES_MAX: usize = 100;

/// What stands for all accounts on the command line.
pub const ALL: &str = "all";

/// So many names are offered in place of an unknown one.
const NEAREST_MAX: usize = 3;

/// How much like an unknown name another has to be (Jaro-Winkler) to be offered.
const LIKENESS_MIN: f64 = 0.75;

/// An `AppSecret` has so many hexadecimal digits.
const SECRET_DIGITS: usize = 32;

/// An access token is at least this long; a path so long has a `/` or a `.` in it.
const TOKEN_CHARS_MIN: usize = 60;

/// The keys of one account. What is not set is taken from the top of the file, but never an appid, a credential or a
/// ledger: those are the default account's own.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountKeys {
    /// The account; no two have the same.
    pub appid: Option<String>,
    /// A file that holds the secret.
    pub secret_file: Option<PathBuf>,
    /// An environment variable that holds the secret.
    pub secret_env: Option<String>,
    /// A file that holds a token.
    pub access_token_file: Option<PathBuf>,
    /// An environment variable that holds a token.
    pub access_token_env: Option<String>,
    /// A command that prints a token; it sees this account's `POILIFT_APPID`.
    pub access_token_command: Option<String>,
    /// `stable` or `token`.
    pub token_endpoint: Option<TokenEndpoint>,
    /// The base of all addresses.
    pub api_base: Option<String>,
    /// `auto`, or a rate such as `10/s`; each account has its own limiter.
    pub rate: Option<String>,
    /// Requests under way at once.
    pub concurrency: Option<usize>,
    /// The ledger's file; `ledgers/NAME.db` if it is not said.
    pub ledger: Option<PathBuf>,
    /// How long after a lost answer a reading decides.
    pub settle_window: Option<String>,
    /// A proxy.
    pub proxy: Option<String>,
    /// A further root certificate, PEM.
    pub ca_file: Option<PathBuf>,
    /// The longest that one call may take.
    pub timeout: Option<String>,
}

impl AccountKeys {
    /// The keys, as the table and the columns of `accounts_file` are called.
    pub const NAMES: [&'static str; 15] = [
        "appid",
        "secret_file",
        "secret_env",
        "access_token_file",
        "access_token_env",
        "access_token_command",
        "token_endpoint",
        "api_base",
        "rate",
        "concurrency",
        "ledger",
        "settle_window",
        "proxy",
        "ca_file",
        "timeout",
    ];

    /// Whether it says where a secret or a token comes from.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.secret_file.is_some()
            || self.secret_env.is_some()
            || self.access_token_file.is_some()
            || self.access_token_env.is_some()
            || self.access_token_command.is_some()
    }

    /// The environment's variables that it names.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        [&self.secret_env, &self.access_token_env].into_iter().flatten().map(String::as_str)
    }

    /// What is set, as text.
    fn set(&self) -> BTreeMap<String, String> {
        // Every key is text, a path or a number: nothing here can fail to be a table.
        let table = toml::Table::try_from(self).unwrap_or_default();
        let text = |value: toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        table.into_iter().map(|(key, value)| (key, text(value))).collect()
    }
}

/// An account with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// What it is called on the command line and in the names of files.
    pub name: String,
    /// Its own keys.
    pub keys: AccountKeys,
    /// Where it stands: file and line, or file and row.
    pub place: String,
}

/// A list of accounts that makes no sense, or a name that is in none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountsError {
    /// File and line; empty where the command line is what is wrong.
    pub place: String,
    /// What is wrong.
    pub fault: AccountFault,
}

/// What is wrong with a list of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountFault {
    /// The name cannot be part of a file's name.
    Name {
        /// As it was written.
        name: String,
        /// What is wrong with it.
        why: Words,
    },
    /// Two names that a file system may take for the same.
    NameTwice {
        /// The second.
        name: String,
        /// Where the first stands.
        other: String,
    },
    /// No appid.
    AppidMissing {
        /// Whose.
        name: String,
    },
    /// Two ledgers would drive one account.
    AppidTwice {
        /// The second account.
        name: String,
        /// The appid of both.
        appid: String,
        /// Where the first stands.
        other: String,
    },
    /// Neither a secret nor a token.
    NoCredentials {
        /// Whose.
        name: String,
    },
    /// A value that looks like a secret itself, and is not shown.
    SecretInSight {
        /// Whose.
        name: String,
        /// The key or column.
        key: String,
    },
    /// There are none.
    NoneConfigured,
    /// A name that no account has.
    Unknown {
        /// As it was typed.
        name: String,
        /// Those that are most like it.
        nearest: Vec<String>,
    },
    /// `--accounts` with nothing between two commas.
    EmptyName,
}

impl AccountsError {
    /// What a person reads of it.
    #[must_use]
    pub fn words(&self) -> Words {
        let fault = self.fault.words();
        if self.place.is_empty() {
            return fault;
        }
        let place = &self.place;
        Words { en: format!("{place}: {}", fault.en), zh: format!("{place}：{}", fault.zh) }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Words {
        self.fault.hint()
    }
}

impl AccountFault {
    fn words(&self) -> Words {
        match self {
            Self::Name { name, why } => Words {
                en: format!("the account's name {name:?} {}", why.en),
                zh: format!("账号名称 {name:?} {}", why.zh),
            },
            Self::NameTwice { name, other } => words!(
                "the account {name:?} is there already ({other}); names that differ in capitals only would share their files";
                "账号 {name:?} 重复（另见 {other}）；仅大小写不同的名称会共用文件"
            ),
            Self::AppidMissing { name } => words!("the account {name:?} has no appid"; "账号 {name:?} 未设置 appid"),
            Self::AppidTwice { name, appid, other } => words!(
                "the account {name:?} has the appid {appid} of another one ({other}): two ledgers would drive one account";
                "账号 {name:?} 的 appid {appid} 与另一账号（{other}）相同：两个账本会操作同一账号"
            ),
            Self::NoCredentials { name } => words!(
                "the account {name:?} says neither where its secret is nor where its access token comes from";
                "账号 {name:?} 未说明 AppSecret 或 access_token 的来源"
            ),
            Self::SecretInSight { name, key } => words!(
                "{key} of the account {name:?} looks like a secret itself (it is not shown here)";
                "账号 {name:?} 的 {key} 看起来就是密钥本身（此处不显示）"
            ),
            Self::NoneConfigured => words!("no accounts are configured"; "未配置任何账号"),
            Self::Unknown { name, nearest } if nearest.is_empty() => {
                words!("there is no account {name:?}"; "没有账号 {name:?}")
            }
            Self::Unknown { name, nearest } => {
                let nearest = nearest.join(", ");
                words!("there is no account {name:?}; near it are: {nearest}"; "没有账号 {name:?}；相近的有：{nearest}")
            }
            Self::EmptyName => words!("--accounts has an empty name in its list"; "--accounts 的列表中有空名称"),
        }
    }

    fn hint(&self) -> Words {
        match self {
            Self::Name { .. } => words!(
                "it becomes part of file names: use letters, digits, - and _";
                "名称会用于文件名：请使用字母、数字、- 和 _"
            ),
            Self::NameTwice { .. } => words!("give one of them another name"; "请为其中一个改名"),
            Self::AppidMissing { .. } => words!("add its appid; nothing was sent"; "请补上 appid；未提交任何内容"),
            Self::AppidTwice { .. } => words!("keep one of them; nothing was sent"; "请只保留一个；未提交任何内容"),
            Self::NoCredentials { .. } => words!(
                "add secret_file, secret_env, access_token_file, access_token_env or access_token_command; those at the top of poilift.toml are the default account's alone";
                "请设置 secret_file、secret_env、access_token_file、access_token_env 或 access_token_command；poilift.toml 顶层的凭证只属于默认账号"
            ),
            Self::SecretInSight { .. } => words!(
                "a secret never stands in a configuration: put it into a file or a variable, name that in secret_file or secret_env, and renew the secret if others could read it here";
                "密钥不得写入配置：请存入文件或环境变量，再用 secret_file 或 secret_env 指明；若他人可能已读到，请重置"
            ),
            Self::NoneConfigured => words!(
                "add [accounts.NAME] tables to poilift.toml, or name a CSV with accounts_file";
                "请在 poilift.toml 中添加 [accounts.NAME]，或用 accounts_file 指定 CSV"
            ),
            Self::Unknown { .. } => words!(
                "names stand in [accounts.NAME] of poilift.toml or in accounts_file; --accounts all is all of them";
                "名称见 poilift.toml 的 [accounts.NAME] 或 accounts_file；--accounts all 表示全部"
            ),
            Self::EmptyName => {
                words!("write --accounts a,b or --accounts all"; "请写作 --accounts a,b 或 --accounts all")
            }
        }
    }
}

/// Checks a list of accounts, whichever of them are meant. With `rehearsal` (the embedded sandbox) no appid is needed;
/// `default` is the account at the top of the file and where that stands.
///
/// # Errors
///
/// The first fault in the order of the list.
pub fn check_accounts(
    accounts: &[Account],
    default: Option<(&str, &str)>,
    rehearsal: bool,
) -> Result<(), AccountsError> {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    let mut appids: BTreeMap<&str, &str> = default.into_iter().collect();
    for Account { name, keys, place } in accounts {
        let err = |fault| Err(AccountsError { place: place.clone(), fault });
        if let Some(why) = name_fault(name) {
            return err(AccountFault::Name { name: name.clone(), why });
        }
        if let Some(other) = names.insert(name.to_lowercase(), place) {
            return err(AccountFault::NameTwice { name: name.clone(), other: other.to_owned() });
        }
        if let Some((key, _)) = keys.set().into_iter().find(|(_, value)| looks_secret(value)) {
            return err(AccountFault::SecretInSight { name: name.clone(), key });
        }
        match keys.appid.as_deref().map(str::trim).filter(|appid| !appid.is_empty()) {
            None if rehearsal => {}
            None => return err(AccountFault::AppidMissing { name: name.clone() }),
            Some(appid) => {
                if let Some(other) = appids.insert(appid, place) {
                    let (appid, other) = (appid.to_owned(), other.to_owned());
                    return err(AccountFault::AppidTwice { name: name.clone(), appid, other });
                }
            }
        }
    }
    Ok(())
}

/// The accounts that `all`, a name, or a list of names means, in the order of the list that is configured.
///
/// # Errors
///
/// None is configured, or a name that none of them has.
pub fn choose_accounts<'a>(accounts: &'a [Account], wanted: &str) -> Result<Vec<&'a Account>, AccountsError> {
    let err = |fault| Err(AccountsError { place: String::new(), fault });
    if accounts.is_empty() {
        return err(AccountFault::NoneConfigured);
    }
    if wanted == ALL {
        return Ok(accounts.iter().collect());
    }
    let wanted: Vec<&str> = wanted.split(',').map(str::trim).collect();
    for name in &wanted {
        if name.is_empty() {
            return err(AccountFault::EmptyName);
        }
        choose_account(accounts, name)?;
    }
    Ok(accounts.iter().filter(|account| wanted.contains(&account.name.as_str())).collect())
}

/// The account of this name.
///
/// # Errors
///
/// None is configured, or none has it.
pub fn choose_account<'a>(accounts: &'a [Account], name: &str) -> Result<&'a Account, AccountsError> {
    let err = |fault| AccountsError { place: String::new(), fault };
    if accounts.is_empty() {
        return Err(err(AccountFault::NoneConfigured));
    }
    let unknown = || err(AccountFault::Unknown { name: name.to_owned(), nearest: nearest(accounts, name) });
    accounts.iter().find(|account| account.name == name).ok_or_else(unknown)
}

impl File {
    /// This file as one account sees it: its own keys, and beneath them what is safe to share.
    #[must_use]
    pub fn of_account(&self, account: &Account) -> Self {
        let own = account.keys.clone();
        let mut file = self.clone();
        file.appid = own.appid.map(|appid| appid.trim().to_owned());
        file.secret_file = own.secret_file;
        file.secret_env = own.secret_env;
        file.access_token_file = own.access_token_file;
        file.access_token_env = own.access_token_env;
        file.access_token_command = own.access_token_command;
        file.ledger = own.ledger;
        file.token_endpoint = own.token_endpoint.or(file.token_endpoint);
        file.api_base = own.api_base.or(file.api_base);
        file.rate = own.rate.or(file.rate);
        file.concurrency = own.concurrency.or(file.concurrency);
        file.settle_window = own.settle_window.or(file.settle_window);
        file.proxy = own.proxy.or(file.proxy);
        file.ca_file = own.ca_file.or(file.ca_file);
        file.timeout = own.timeout.or(file.timeout);
        file.origins = account.keys.set().into_keys().map(|key| (key, account.place.clone())).collect();
        file
    }
}

/// What keeps a name from being part of a file's name and a word of a list; `None` if nothing does.
fn name_fault(name: &str) -> Option<Words> {
    let forbidden = |c: char| c.is_control() || matches!(c, '/' | '\\' | ',' | '{' | '}' | '\u{FEFF}');
    if name.is_empty() {
        Some(words!("is empty"; "为空"))
    } else if name.len() > NAME_BYTES_MAX {
        Some(words!("is longer than {NAME_BYTES_MAX} bytes"; "超过 {NAME_BYTES_MAX} 字节"))
    } else if let Some(c) = name.chars().find(|c| forbidden(*c)) {
        Some(words!("holds {c:?}"; "含有 {c:?}"))
    } else if name.starts_with(['.', '-']) {
        Some(words!("begins with . or -"; "以 . 或 - 开头"))
    } else if name.trim() != name {
        Some(words!("has blanks at its ends"; "首尾有空白"))
    } else if name.eq_ignore_ascii_case(ALL) {
        Some(words!("is the word for all of them"; "是表示全部账号的保留字"))
    } else if name.to_ascii_lowercase().ends_with(".sandbox") {
        Some(words!("ends as a rehearsal's files do"; "与演练文件的后缀相同"))
    } else {
        None
    }
}

/// Whether a word of the value is a secret rather than the name of a place where one is.
fn looks_secret(value: &str) -> bool {
    let is_secret = |word: &str| {
        let hex = word.len() == SECRET_DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let token = word.len() >= TOKEN_CHARS_MIN
            && word.bytes().all(plain)
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().any(|byte| byte.is_ascii_uppercase());
        hex || token
    };
    value.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ':')).any(is_secret)
}

/// The names most like this one, the likest first.
fn nearest(accounts: &[Account], name: &str) -> Vec<String> {
    let likeness = |other: &str| strsim::jaro_winkler(&other.to_lowercase(), &name.to_lowercase());
    let mut near: Vec<(f64, &str)> = accounts.iter().map(|account| (likeness(&account.name), &*account.name)).collect();
    near.retain(|(likeness, _)| *likeness >= LIKENESS_MIN);
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(NEAREST_MAX).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests;
