//! `poilift.toml`, the environment and the flags, brought to one set of settings. The file's keys are checked; secrets
//! are read where the file says they are, and never stand in the file itself.

mod accounts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use accounts::{
    Account, AccountFault, AccountKeys, AccountsError, check_accounts, choose_account, choose_accounts,
};

use crate::store::Field;

/// What `poilift.toml` may say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// The base of all addresses.
    pub api_base: Option<String>,
    /// The account.
    pub appid: Option<String>,
    /// A file that holds the secret.
    pub secret_file: Option<PathBuf>,
    /// An environment variable that holds the secret.
    pub secret_env: Option<String>,
    /// `stable` or `token`.
    pub token_endpoint: Option<TokenEndpoint>,
    /// A file that holds a token.
    pub access_token_file: Option<PathBuf>,
    /// An environment variable that holds a token.
    pub access_token_env: Option<String>,
    /// A command that prints a token.
    pub access_token_command: Option<String>,
    /// `auto`, or a rate such as `10/s`.
    pub rate: Option<String>,
    /// Requests under way at once.
    pub concurrency: Option<usize>,
    /// The ledger's file.
    pub ledger: Option<PathBuf>,
    /// How long after a lost answer a reading decides.
    pub settle_window: Option<String>,
    /// A proxy.
    pub proxy: Option<String>,
    /// A further root certificate, PEM.
    pub ca_file: Option<PathBuf>,
    /// The longest that one call may take.
    pub timeout: Option<String>,
    /// Values for what nothing else has.
    pub defaults: BTreeMap<String, String>,
    /// Values that win over everything.
    pub r#override: BTreeMap<String, String>,
    /// Header to field, beside the built-in names.
    pub columns: BTreeMap<String, toml::Value>,
    /// `targets`, and by class the share of a wave that may go wrong.
    pub waves: BTreeMap<String, String>,
    /// Calls a day by endpoint, and `reserve`, what of them stays with the live shop.
    pub quota: BTreeMap<String, toml::Value>,
    /// When the platform's day turns, as an offset from UTC.
    pub reset_utc_offset: Option<String>,
    /// Which warnings block, and which are not said.
    pub findings: FindingsSetting,
    /// What errcodes mean for this account.
    errors: Vec<toml::Spanned<ErrorSetting>>,
    #[serde(skip)]
    placed: Vec<ErrorSetting>,
    /// A table of further accounts, an account a row.
    pub accounts_file: Option<PathBuf>,
    /// Accounts by name, each with its own keys.
    accounts: BTreeMap<String, toml::Spanned<AccountKeys>>,
    #[serde(skip)]
    placed_accounts: Vec<Account>,
    /// Where the keys of an account stand; the others are at the top of `poilift.toml`.
    #[serde(skip)]
    origins: BTreeMap<String, String>,
}

/// `[findings]`, as written: which codes there are is for the registry to know.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FindingsSetting {
    /// Warnings that block.
    pub deny: Vec<String>,
    /// Warnings that are not said.
    pub waive: Vec<String>,
}

/// One entry of `[[errors]]`, as written: what it may say is for the table of errcodes to judge.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorSetting {
    /// The endpoint's short name; absent: every endpoint.
    pub endpoint: Option<String>,
    /// The code.
    pub errcode: i64,
    /// What it means, in the table's words.
    pub class: String,
    /// What a person does, in place of the table's words.
    pub advice: Option<String>,
    /// File and line.
    #[serde(skip)]
    pub place: String,
}

/// Where tokens are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpoint {
    /// `cgi-bin/stable_token`.
    #[default]
    Stable,
    /// `cgi-bin/token`, which logs other systems of the user out.
    Token,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or has a key that is not known.
    #[error("{place}: {source}")]
    Parse {
        /// The file and the line.
        place: String,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A value that makes no sense.
    #[error("{key} = {value:?} from {origin}: {why}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it says.
        value: String,
        /// The file, the environment or a flag.
        origin: String,
        /// What is wrong with it.
        why: String,
    },
    /// A key in a table of fields that stands for no field, or must not be given for all stores.
    #[error("[{table}] {key}: {why}")]
    Field {
        /// `defaults`, `override` or `columns`.
        table: &'static str,
        /// The key.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl File {
    /// Reads the file. Without `named`, `poilift.toml` in the working directory counts if it exists.
    pub fn read(named: Option<&Path>) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new("poilift.toml"));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(ConfigError::Read { path: path.to_owned(), source }),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let mut file: Self = toml::from_str(text).map_err(|source| {
            // The error shows the line it stands on; a secret put into the file by mistake must not travel further.
            let mut source = source;
            source.set_input(None);
            let line = |span: std::ops::Range<usize>| text[..span.start].matches('\n').count() + 1;
            let line = source.span().map(line).map_or_else(String::new, |line| format!(", line {line}"));
            ConfigError::Parse { place: format!("{}{line}", path.display()), source: Box::new(source) }
        })?;
        let place = |at: usize| format!("{}, line {}", path.display(), text[..at].lines().count() + 1);
        let placed = |set: toml::Spanned<ErrorSetting>| {
            let place = place(set.span().start);
            ErrorSetting { place, ..set.into_inner() }
        };
        file.placed = std::mem::take(&mut file.errors).into_iter().map(placed).collect();
        let mut accounts: Vec<_> = std::mem::take(&mut file.accounts).into_iter().collect();
        accounts.sort_by_key(|(_, keys)| keys.span().start);
        let account = |(name, keys): (String, toml::Spanned<AccountKeys>)| {
            let place = place(keys.span().start);
            Account { name, keys: keys.into_inner(), place }
        };
        file.placed_accounts = accounts.into_iter().map(account).collect();
        Ok(file)
    }

    /// `[accounts.NAME]`, in the order of the file.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.placed_accounts
    }

    /// The file in which a key's value stands, and the line where it is an account's own.
    #[must_use]
    pub fn origin_of(&self, key: &str) -> &str {
        self.origins.get(key).map_or("poilift.toml", String::as_str)
    }

    /// `[[errors]]`, each with its place.
    #[must_use]
    pub fn errors(&self) -> &[ErrorSetting] {
        &self.placed
    }

    /// Whether a key is an account's own, and not from the top of the file.
    #[must_use]
    pub fn is_own(&self, key: &str) -> bool {
        self.origins.contains_key(key)
    }

    /// `[defaults]` by field. `credential` and ids are refused: no two stores share them.
    pub fn default_values(&self) -> Result<BTreeMap<Field, String>, ConfigError> {
        let refused = |field: Field| field == Field::Credential || field == Field::MapPoiId;
        fields("defaults", &self.defaults, refused)
    }

    /// `[override]` by field.
    pub fn override_values(&self) -> Result<BTreeMap<Field, String>, ConfigError> {
        fields("override", &self.r#override, |field| field == Field::MapPoiId)
    }

    /// `[columns]` without `keep`: header to field.
    pub fn column_aliases(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        let mut aliases = BTreeMap::new();
        for (header, field) in self.columns.iter().filter(|(header, _)| *header != "keep") {
            let bad = || ConfigError::Field { table: "columns", key: header.clone(), why: "names no field as text" };
            aliases.insert(header.clone(), field.as_str().ok_or_else(bad)?.to_owned());
        }
        Ok(aliases)
    }

    /// `[columns] keep`: columns carried through to every report.
    pub fn kept_columns(&self) -> Result<Vec<String>, ConfigError> {
        let Some(keep) = self.columns.get("keep") else { return Ok(Vec::new()) };
        let bad = || ConfigError::Field { table: "columns", key: "keep".to_owned(), why: "is no list of headers" };
        let headers = keep.as_array().ok_or_else(bad)?;
        headers.iter().map(|header| header.as_str().map(str::to_owned).ok_or_else(bad)).collect()
    }
}

fn fields(
    table: &'static str,
    values: &BTreeMap<String, String>,
    refused: impl Fn(Field) -> bool,
) -> Result<BTreeMap<Field, String>, ConfigError> {
    let mut fields = BTreeMap::new();
    for (key, value) in values {
        let error = |why| ConfigError::Field { table, key: key.clone(), why };
        let own = matches!(key.as_str(), "poi_id" | "sid");
        let field = Field::from_key(key).filter(|field| *field != Field::Action);
        match field {
            _ if own => return Err(error("cannot be the same for all stores")),
            None => return Err(error("is no field of add_store")),
            Some(field) if refused(field) => return Err(error("cannot be the same for all stores")),
            Some(field) => fields.insert(field, value.clone()),
        };
    }
    Ok(fields)
}

/// Reads a duration as people write it: `500ms`, `2s`, `5m`, `1h`, `3d`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    let number: u64 = number.parse().ok()?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(millis).map(Duration::from_millis)
}

/// Looks an environment variable up.
pub type Environment<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// A setting from the flag, else the environment, else the file and its place there, with where it came from.
#[must_use]
pub fn chosen(
    flag: Option<String>,
    (variable, environment): (&str, &Environment<'_>),
    file: Option<(String, &str)>,
) -> Option<(String, String)> {
    let environment = || environment(variable).filter(|value| !value.is_empty());
    flag.map(|value| (value, "a flag".to_owned()))
        .or_else(|| environment().map(|value| (value, variable.to_owned())))
        .or_else(|| file.map(|(value, place)| (value, place.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<File, ConfigError> {
        File::parse(Path::new("poilift.toml"), text)
    }

    #[test]
    fn a_key_that_is_not_known_is_refused_with_its_line() {
        let error = parse("appid = \"wx1\"\nappsecret = \"topsecret\"\n").unwrap_err().to_string();
        assert!(error.contains("poilift.toml, line 2") && error.contains("appsecret"), "{error}");
        assert!(!error.contains("topsecret"), "{error}");
    }

    #[test]
    fn the_credential_has_no_default_and_ids_are_the_same_for_no_two_stores() {
        assert!(parse("[defaults]\ncredential = \"1\"").unwrap().default_values().is_err());
        assert!(parse("[defaults]\npoi_id = \"1\"").unwrap().default_values().is_err());
        assert!(parse("[override]\nmap_poi_id = \"1\"").unwrap().override_values().is_err());
        assert!(parse("[defaults]\nhours = \"1\"").unwrap().default_values().is_err());
        let file = parse("[defaults]\nhour = \"09:00-21:00\"\n[override]\ncontract_phone = \"400-1\"").unwrap();
        assert_eq!(file.default_values().unwrap()[&Field::Hour], "09:00-21:00");
        assert_eq!(file.override_values().unwrap()[&Field::ContractPhone], "400-1");
    }

    #[test]
    fn columns_are_aliases_and_a_list_to_keep() {
        let file = parse("[columns]\n\"证照\" = \"credential\"\nkeep = [\"区域\"]").unwrap();
        assert_eq!(file.column_aliases().unwrap()["证照"], "credential");
        assert_eq!(file.kept_columns().unwrap(), ["区域"]);
        assert!(parse("[columns]\nkeep = 1").unwrap().kept_columns().is_err());
    }

    #[test]
    fn an_errcodes_meaning_is_read_with_the_line_on_which_it_stands() {
        let text = "appid = \"wx1\"\n\n# learned in May\n[[errors]]\nerrcode = 85055\nclass = \"retry\"\n\n[[errors]]\n\
                    endpoint = \"delpoi\"\nerrcode = -1\nclass = \"ambiguous\"\nadvice = \"ask Zhang\"\n";
        let file = parse(text).unwrap();
        let places: Vec<_> = file.errors().iter().map(|set| (set.place.as_str(), set.errcode)).collect();
        assert_eq!(places, [("poilift.toml, line 4", 85055), ("poilift.toml, line 8", -1)]);
        assert_eq!(file.errors()[1].advice.as_deref(), Some("ask Zhang"));
        for wrong in
            ["[[errors]]\nerrcode = 1", "[[errors]]\nclass = \"retry\"", "[[errors]]\nerrcode = \"1\"\nclass = \"x\""]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse("[[errors]]\nerrcode = 1\nclass = \"x\"\nwhy = \"y\"").is_err(), "an unknown key");
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("3d"), Some(Duration::from_secs(3 * 86_400)));
        for text in ["5", "s", "-1s", "1.5s", "1y", "", "99999999999999999d"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_the_environment_over_the_file() {
        let environment = |_: &str| Some("env".to_owned());
        let of = |flag: Option<&str>, file: Option<&str>, environment: &Environment<'_>| {
            let file = file.map(|value| (value.to_owned(), "poilift.toml"));
            chosen(flag.map(str::to_owned), ("POILIFT_RATE", environment), file).map(|found| found.0)
        };
        assert_eq!(of(Some("flag"), Some("file"), &environment).as_deref(), Some("flag"));
        assert_eq!(of(None, Some("file"), &environment).as_deref(), Some("env"));
        assert_eq!(of(None, Some("file"), &|_| None).as_deref(), Some("file"));
    }
}
