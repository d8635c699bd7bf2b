//! One line of the doctor: what was looked at, how it is, and what to do about it.

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::store::{Lang, Words};

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nothing stands in the way.
    Good,
    /// A run can begin; a person should know.
    Warning,
    /// A run would fail, with this exit code.
    Bad(Exit),
    /// Not looked at, because of something else.
    Skipped,
}

impl Health {
    /// The word in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Bad(_) => "failed",
            Self::Skipped => "skipped",
        }
    }

    const fn mark(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Good, Lang::En) => "ok     ",
            (Self::Warning, Lang::En) => "warning",
            (Self::Bad(_), Lang::En) => "FAILED ",
            (Self::Skipped, Lang::En) => "-      ",
            (Self::Good, Lang::Zh) => "正常",
            (Self::Warning, Lang::Zh) => "注意",
            (Self::Bad(_), Lang::Zh) => "失败",
            (Self::Skipped, Lang::Zh) => "未查",
        }
    }

    const fn colour(self) -> &'static str {
        match self {
            Self::Good => "32",
            Self::Warning => "33",
            Self::Bad(_) => "31",
            Self::Skipped => "2",
        }
    }
}

/// What was looked at, and how it is.
#[derive(Debug, Clone)]
pub struct Line {
    /// The key in JSON.
    pub key: &'static str,
    /// How it is.
    pub health: Health,
    /// What was found.
    pub said: Words,
    /// What to do.
    pub hint: Option<Words>,
}

impl Line {
    /// Nothing stands in the way.
    pub fn good(key: &'static str, said: Words) -> Self {
        Self { key, health: Health::Good, said, hint: None }
    }

    /// A person should know.
    pub fn warning(key: &'static str, said: Words, hint: Words) -> Self {
        Self { key, health: Health::Warning, said, hint: Some(hint) }
    }

    /// A run would fail.
    pub fn bad(key: &'static str, exit: Exit, said: Words, hint: Words) -> Self {
        Self { key, health: Health::Bad(exit), said, hint: Some(hint) }
    }

    /// A run would fail with this.
    pub fn failed(key: &'static str, failure: Failure) -> Self {
        Self { key, health: Health::Bad(failure.exit), said: failure.words, hint: failure.hint }
    }

    /// Not looked at.
    pub fn skipped(key: &'static str, why: Words) -> Self {
        Self { key, health: Health::Skipped, said: why, hint: None }
    }

    /// What is looked at, for people.
    fn name(&self, lang: Lang) -> &'static str {
        NAMES.iter().find(|(key, ..)| *key == self.key).map_or(self.key, |(_, en, zh)| lang.pick(en, zh))
    }

    /// For the terminal.
    pub fn text(&self, lang: Lang, colour: bool) -> String {
        let mark = self.health.mark(lang);
        let mark = if colour { format!("\x1b[{}m{mark}\x1b[0m", self.health.colour()) } else { mark.to_owned() };
        let name = self.name(lang);
        let wide = unicode_width::UnicodeWidthStr::width(name);
        let gap = " ".repeat(NAME_COLUMNS.saturating_sub(wide));
        let next = lang.pick("next: ", "下一步：");
        let hint = self.hint.as_ref().map_or_else(String::new, |hint| format!("           {next}{}\n", hint.get(lang)));
        format!("  {mark}  {name}{gap}  {}\n{hint}", self.said.get(lang))
    }

    /// For scripts.
    pub fn json(&self, lang: Lang) -> serde_json::Value {
        let hint = self.hint.as_ref().map(|hint| hint.get(lang));
        serde_json::json!({
            "check": self.key, "result": self.health.key(), "found": self.said.get(lang), "next": hint,
        })
    }
}

/// The widest name, in columns of a terminal.
const NAME_COLUMNS: usize = 17;

/// What is looked at, in the order of the lines.
const NAMES: [(&str, &str, &str); 19] = [
    ("configuration", "configuration", "配置"),
    ("environment", "environment", "环境变量"),
    ("secret_files", "secret files", "密钥文件"),
    ("clock", "clock", "时钟"),
    ("disk", "disk", "磁盘空间"),
    ("file_system", "file system", "文件系统"),
    ("state_dir", "state directory", "状态目录"),
    ("open_files", "open files", "文件句柄"),
    ("ledger", "ledger", "账本"),
    ("proxy", "proxy", "代理"),
    ("dns", "DNS", "域名解析"),
    ("connection", "connection", "网络连接"),
    ("tls", "TLS", "TLS 证书"),
    ("credentials", "credentials", "凭证"),
    ("allow_list", "IP allow-list", "IP 白名单"),
    ("old_stores", "old stores", "旧门店权限"),
    ("new_stores", "new stores", "新门店权限"),
    ("approval", "approval", "小程序审核"),
    ("quota", "quota", "调用额度"),
];
