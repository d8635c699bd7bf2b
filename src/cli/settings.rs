//! What was typed, and what the configuration and the environment add, brought to what is meant: the second of two
//! stages. Every value is checked here, once.

mod files;
mod findings;
mod origins;
mod waves;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use origins::{Told, origin_words};

use super::args::{Common, Judging, Online, Only, Sending};
use super::context::Context;
use super::failure::Failure;
use super::quota_settings::quota_rules;
use crate::check::FixedValues;
use crate::config::{self, ConfigError, Environment, ErrorSetting, File, TokenEndpoint};
use crate::engine::{ROOM_MAX, Rate};
use crate::intake::Columns;
use crate::ledger::Identity;
use crate::pipeline::{Orders, PlatformSettings};
use crate::store::{BulkJob, Verb, Words};
use crate::wechat::{Redactor, Secret, TokenSource, TransportSettings, authority, is_loopback};
use crate::wire::errors::Override;
use crate::wire::{Endpoint, ErrorTable};
use crate::words;

/// The platform's address.
const API_BASE: &str = "https://api.weixin.qq.com";

/// A whole call ends after this.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How long after a lost answer a reading decides.
const SETTLE_WINDOW: Duration = Duration::from_secs(30);

/// The same with the embedded sandbox.
const SETTLE_WINDOW_SANDBOX: Duration = Duration::from_secs(2);

/// A window of nothing would decide at once what only time can; a day is longer than any request lives.
const WINDOWS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(86_400));

/// A call that may take no time at all never succeeds.
const TIMEOUTS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(600));

/// Where the ledgers of accounts with a name are.
pub const LEDGERS: &str = "ledgers";

/// The configuration file, with what stands around it.
pub struct Settings<'a> {
    file: &'a File,
    environment: &'a Environment<'a>,
    common: &'a Common,
    errors: &'a ErrorTable,
    account: Option<&'a str>,
}

impl<'a> Settings<'a> {
    /// The settings of this command.
    #[must_use]
    pub fn of(context: &'a Context<'_>) -> Self {
        let Context { file, environment, common, errors, account, .. } = context;
        let account = account.map(|seat| seat.name.as_str());
        Self { file, environment: *environment, common, errors, account }
    }

    fn chosen(&self, flag: Option<&String>, variable: &'static str, file: Option<&String>) -> Option<(String, String)> {
        let key = variable.trim_start_matches("POILIFT_").to_ascii_lowercase();
        // The environment names no account: what one says of itself is nearer.
        let nothing: &Environment<'_> = &|_| None;
        let environment = if self.file.is_own(&key) { nothing } else { self.environment };
        let file = file.cloned().map(|value| (value, self.file.origin_of(&key)));
        config::chosen(flag.cloned(), (variable, environment), file)
    }

    /// The ledger's file.
    #[must_use]
    pub fn ledger(&self, sandbox: bool) -> PathBuf {
        let flag = self.common.ledger.clone();
        // The configured ledger is the real one's; a sandbox takes it only where it is named on the spot.
        let environment = || (self.environment)("POILIFT_LEDGER").filter(|path| !path.is_empty()).map(PathBuf::from);
        let configured = || environment().or_else(|| self.file.ledger.clone());
        let own = self.account.map_or_else(|| "poilift".to_owned(), |name| format!("{LEDGERS}/{name}"));
        let default = format!("{own}{}", if sandbox { ".sandbox.db" } else { ".db" });
        flag.or_else(|| if sandbox { None } else { configured() }).unwrap_or_else(|| PathBuf::from(default))
    }

    /// The real account's ledger, whatever ledger the command names.
    #[must_use]
    pub fn real_ledger(&self) -> PathBuf {
        let environment = || (self.environment)("POILIFT_LEDGER").filter(|path| !path.is_empty()).map(PathBuf::from);
        let own = || self.account.map_or_else(|| "poilift.db".to_owned(), |name| format!("{LEDGERS}/{name}.db"));
        environment().or_else(|| self.file.ledger.clone()).unwrap_or_else(|| PathBuf::from(own()))
    }

    /// The report's folder.
    #[must_use]
    pub fn report(flag: Option<&Path>, job: BulkJob, sandbox: bool) -> PathBuf {
        let job = if job == BulkJob::Migrate { String::new() } else { format!("-{}", job.key().replace('_', "-")) };
        let default = format!("poilift-report{job}{}", if sandbox { "-sandbox" } else { "" });
        flag.map_or_else(|| PathBuf::from(default), Path::to_owned)
    }

    /// Headers beside the built-in ones.
    pub fn columns(&self) -> Result<Columns, Failure> {
        Ok(Columns {
            aliases: self.file.column_aliases()?,
            keep: self.file.kept_columns()?,
            options: self.file_options()?,
        })
    }

    /// `[override]`, `[defaults]`, and what warnings count for.
    pub fn fixed(&self, judging: &Judging) -> Result<FixedValues, Failure> {
        let policy = findings::policy(judging, &self.file.findings)?;
        Ok(FixedValues { overrides: self.file.override_values()?, defaults: self.file.default_values()?, policy })
    }

    /// What the user wants of a run.
    pub fn orders(&self, sending: &Sending, online: &Online) -> Result<Orders, Failure> {
        let sandbox = online.sandbox.is_some();
        let default_window = if sandbox { SETTLE_WINDOW_SANDBOX } else { SETTLE_WINDOW };
        Ok(Orders {
            job: BulkJob::Migrate,
            replace_photos: false,
            images: sending.images.clone(),
            dry_run: sending.dry_run,
            allow_delete: self.deletions(sending.allow_delete.as_ref())?,
            max_delete: sending.max_delete,
            only: sending.only.map(|only| match only {
                Only::Add => Verb::AddStore,
                Only::Delete => Verb::Delpoi,
            }),
            limit: sending.limit,
            waves: self.waves(sending.waves.as_ref())?,
            shares: self.shares()?,
            poi_ids: sending.poi_id.clone(),
            strict: sending.strict,
            replan: sending.replan,
            wait: match &sending.wait {
                Some(text) => flag_duration("--wait", text)?,
                None => Duration::ZERO,
            },
            settle_window: self
                .duration("settle_window", "POILIFT_SETTLE_WINDOW", self.file.settle_window.as_ref(), WINDOWS)?
                .unwrap_or(default_window),
            fixed: self.fixed(&sending.judging)?,
            rate: self.rate(online)?,
            concurrency: self.concurrency(online)?,
            quota: quota_rules(self.file, self.environment)?,
            wait_for_quota: sending.wait_for_quota,
        })
    }

    fn rate(&self, online: &Online) -> Result<Option<Rate>, Failure> {
        match self.chosen(online.rate.as_ref(), "POILIFT_RATE", self.file.rate.as_ref()) {
            None => Ok(None),
            Some((text, _)) if text.trim() == "auto" => Ok(None),
            Some((value, origin)) => match value.parse() {
                Ok(rate) => Ok(Some(rate)),
                Err(error) => Err(bad("rate", value, origin, &error.to_string())),
            },
        }
    }

    fn concurrency(&self, online: &Online) -> Result<Option<usize>, Failure> {
        let flag = online.concurrency.map(|n| n.to_string());
        let file = self.file.concurrency.map(|n| n.to_string());
        match self.chosen(flag.as_ref(), "POILIFT_CONCURRENCY", file.as_ref()) {
            None => Ok(None),
            Some((value, origin)) => match value.parse::<usize>() {
                Ok(n) if (1..=ROOM_MAX).contains(&n) => Ok(Some(n)),
                _ => Err(bad("concurrency", value, origin, &format!("a number from 1 to {ROOM_MAX}"))),
            },
        }
    }

    fn duration(
        &self,
        key: &'static str,
        variable: &'static str,
        file: Option<&String>,
        (least, most): (Duration, Duration),
    ) -> Result<Option<Duration>, Failure> {
        match self.chosen(None, variable, file) {
            None => Ok(None),
            Some((value, origin)) => match config::duration(&value) {
                Some(span) if (least..=most).contains(&span) => Ok(Some(span)),
                Some(_) => Err(bad(key, value, origin, &format!("from {least:?} to {most:?}"))),
                None => Err(bad(key, value, origin, "a duration such as 500ms, 2s, 5m, 1h or 3d")),
            },
        }
    }

    /// The appid, if one is configured.
    #[must_use]
    pub fn appid(&self, online: &Online) -> Option<String> {
        self.chosen(online.appid.as_ref(), "POILIFT_APPID", self.file.appid.as_ref()).map(|(appid, _)| appid)
    }

    /// The platform's address.
    #[must_use]
    pub fn api_base(&self, online: &Online) -> String {
        let chosen = self.chosen(online.api_base.as_ref(), "POILIFT_API_BASE", self.file.api_base.as_ref());
        chosen.map_or_else(|| API_BASE.to_owned(), |(base, _)| base)
    }

    /// Whose ledger a run against the platform uses.
    #[must_use]
    pub fn identity(&self, online: &Online, goes_online: bool) -> Identity {
        if online.sandbox.is_some() {
            return Identity { account: "sandbox".to_owned(), platform: "sandbox".to_owned() };
        }
        let base = self.api_base(online);
        let platform = if is_loopback(&base) { "loopback".to_owned() } else { authority(&base) };
        let platform = if goes_online { platform } else { String::new() };
        Identity { account: self.appid(online).unwrap_or_default(), platform }
    }

    /// What reaching the real platform takes; `None` if no credentials are configured.
    pub fn platform(&self, online: &Online) -> Result<Option<PlatformSettings>, Failure> {
        let redactor = Redactor::default();
        let Some(tokens) = self.tokens(online, &redactor)? else { return Ok(None) };
        let ca_pem = match &self.file.ca_file {
            Some(path) => Some(std::fs::read(path).map_err(|source| ConfigError::Read { path: path.clone(), source })?),
            None => None,
        };
        let transport = TransportSettings {
            api_base: self.api_base(online),
            timeout: self
                .duration("timeout", "POILIFT_TIMEOUT", self.file.timeout.as_ref(), TIMEOUTS)?
                .unwrap_or(TIMEOUT),
            proxy: self.file.proxy.clone(),
            ca_pem,
            connections: ROOM_MAX,
        };
        Ok(Some(PlatformSettings { transport, tokens, redactor, errors: self.errors.clone() }))
    }

    /// The same, as an error with the way there if nothing is configured.
    pub fn require_platform(&self, online: &Online) -> Result<PlatformSettings, Failure> {
        self.platform(online)?.ok_or_else(|| {
            Failure::usage(
                words!("no credentials: neither a secret nor an access token is configured"; "缺少凭证：未配置 AppSecret 或 access_token"),
                Some(words!(
                    "set appid in poilift.toml and POILIFT_SECRET in the environment (or secret_file), or try it first with --sandbox";
                    "请在 poilift.toml 中设置 appid，并通过环境变量 POILIFT_SECRET（或 secret_file）提供 AppSecret；也可先用 --sandbox 演练"
                )),
            )
        })
    }

    fn tokens(&self, online: &Online, redactor: &Redactor) -> Result<Option<TokenSource>, Failure> {
        let given = self.given_token(online)?;
        let secret = if given.is_none() { self.secret()? } else { None };
        if given.is_none() && secret.is_none() {
            return Ok(None);
        }
        let Some(appid) = self.appid(online) else {
            return Err(Failure::usage(
                words!("no appid is configured"; "未配置 appid"),
                Some(
                    words!("set appid in poilift.toml, POILIFT_APPID, or --appid"; "请设置 poilift.toml 的 appid、POILIFT_APPID 或 --appid"),
                ),
            ));
        };
        let source = given.or_else(|| {
            let endpoint = match self.file.token_endpoint.unwrap_or_default() {
                TokenEndpoint::Stable => Endpoint::StableToken,
                TokenEndpoint::Token => Endpoint::Token,
            };
            secret.map(|secret| TokenSource::Secret { appid, secret, endpoint })
        });
        if let Some(TokenSource::Given(secret) | TokenSource::Secret { secret, .. }) = &source {
            redactor.learn(secret);
        }
        Ok(source)
    }

    fn given_token(&self, online: &Online) -> Result<Option<TokenSource>, Failure> {
        let from_environment = |name: &str| (self.environment)(name).as_deref().and_then(Secret::new);
        if let Some(token) = from_environment("POILIFT_ACCESS_TOKEN") {
            return Ok(Some(TokenSource::Given(token)));
        }
        if let Some(name) = &self.file.access_token_env {
            return match from_environment(name) {
                Some(token) => Ok(Some(TokenSource::Given(token))),
                None => Err(bad(
                    "access_token_env",
                    name.clone(),
                    self.file.origin_of("access_token_env").into(),
                    "the variable is not set",
                )),
            };
        }
        if let Some(path) = &self.file.access_token_file {
            return Ok(Some(TokenSource::File(path.clone())));
        }
        let appid = || self.appid(online).unwrap_or_default();
        Ok(self.file.access_token_command.clone().map(|command| TokenSource::Command { command, appid: appid() }))
    }

    fn secret(&self) -> Result<Option<Secret>, Failure> {
        if let Some(secret) = (self.environment)("POILIFT_SECRET").as_deref().and_then(Secret::new) {
            return Ok(Some(secret));
        }
        if let Some(name) = &self.file.secret_env {
            return match (self.environment)(name).as_deref().and_then(Secret::new) {
                Some(secret) => Ok(Some(secret)),
                None => Err(bad(
                    "secret_env",
                    name.clone(),
                    self.file.origin_of("secret_env").into(),
                    "the variable is not set",
                )),
            };
        }
        let Some(path) = &self.file.secret_file else { return Ok(None) };
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        match Secret::new(&text) {
            Some(secret) => Ok(Some(secret)),
            None => Err(bad(
                "secret_file",
                path.display().to_string(),
                self.file.origin_of("secret_file").into(),
                "the file is empty",
            )),
        }
    }
}

/// What errcodes mean for this account: the table, with `[[errors]]` over it.
pub fn error_table(file: &File) -> Result<ErrorTable, Failure> {
    let read = |set: &ErrorSetting| {
        let code = (set.endpoint.as_deref(), set.errcode);
        Override::parse(&set.place, code, &set.class, set.advice.as_deref())
    };
    let sets = file.errors().iter().map(read).collect::<Result<Vec<_>, _>>();
    sets.and_then(ErrorTable::with).map_err(|error| {
        let Words { en, zh } = error.words();
        Failure::usage(
            Words { en: format!("configuration: {en}"), zh: format!("配置有误：{zh}") },
            Some(words!(
                "mend the entry, or take it out; nothing was sent";
                "请修改或删除该项；未提交任何内容"
            )),
        )
    })
}

/// A duration of a flag.
pub fn flag_duration(flag: &'static str, text: &str) -> Result<Duration, Failure> {
    config::duration(text)
        .ok_or_else(|| bad(flag, text.to_owned(), "a flag".into(), "a duration such as 500ms, 2s, 5m, 1h or 3d"))
}

fn bad(key: &'static str, value: String, origin: String, why: &str) -> Failure {
    ConfigError::Value { key, value, origin, why: why.to_owned() }.into()
}

/// The user's state directory, for the locks of accounts.
#[must_use]
pub fn state_dir(environment: &Environment<'_>) -> PathBuf {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_STATE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/state")))
        .unwrap_or_else(std::env::temp_dir)
}
