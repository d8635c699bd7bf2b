//! Where each setting came from: the flag, the environment, the file, or nobody.

use super::Settings;
use crate::cli::args::Online;
use crate::config::TokenEndpoint;
use crate::store::Words;
use crate::words;

/// A setting as a person asks for it. Never a secret: of those only the source is told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    /// The key in `poilift.toml`.
    pub key: &'static str,
    /// What holds; where it is no value but a word for one, in the reader's language.
    #[serde(serialize_with = "in_english")]
    pub value: Words,
    /// `a flag`, an environment variable, `poilift.toml`, or `default`.
    pub origin: String,
}

impl Settings<'_> {
    /// The settings of a run against the platform, each with where it came from.
    #[must_use]
    pub fn told(&self, online: &Online) -> Vec<Told> {
        let file = self.file;
        let mut told = Vec::new();
        let mut tell = |key: &'static str, chosen: Option<(String, String)>, default: Words| {
            let chosen = chosen.map(|(value, origin)| (Words::same(value), origin));
            let (value, origin) = chosen.unwrap_or_else(|| (default, "default".to_owned()));
            if !value.en.is_empty() {
                told.push(Told { key, value, origin });
            }
        };
        let plain = |text: &str| Words::same(text);
        let auto = || words!("auto"; "自动");
        let text = |path: &std::path::PathBuf| path.display().to_string();
        let of_file = |value: Option<String>| value.map(|value| (value, "poilift.toml".to_owned()));
        let base = self.chosen(online.api_base.as_ref(), "POILIFT_API_BASE", file.api_base.as_ref());
        match &online.sandbox {
            Some(_) => tell("api_base", None, words!("the embedded sandbox"; "内置沙箱")),
            None => tell("api_base", base, plain(super::API_BASE)),
        }
        tell("appid", self.chosen(online.appid.as_ref(), "POILIFT_APPID", file.appid.as_ref()), plain(""));
        let endpoint = file.token_endpoint.map(|endpoint| match endpoint {
            TokenEndpoint::Stable => "stable".to_owned(),
            TokenEndpoint::Token => "token".to_owned(),
        });
        tell("token_endpoint", of_file(endpoint), plain("stable"));
        tell("rate", self.chosen(online.rate.as_ref(), "POILIFT_RATE", file.rate.as_ref()), auto());
        let concurrency = (online.concurrency, file.concurrency);
        let number = |n: Option<usize>| n.map(|n| n.to_string());
        let concurrency =
            self.chosen(number(concurrency.0).as_ref(), "POILIFT_CONCURRENCY", number(concurrency.1).as_ref());
        tell("concurrency", concurrency, auto());
        let ledger = (self.common.ledger.as_ref().map(text), file.ledger.as_ref().map(text));
        let named = self.chosen(ledger.0.as_ref(), "POILIFT_LEDGER", ledger.1.as_ref());
        let sandbox = online.sandbox.is_some();
        let named = named.filter(|_| !sandbox || self.common.ledger.is_some());
        tell("ledger", named, plain(&self.ledger(sandbox).display().to_string()));
        let window = self.chosen(None, "POILIFT_SETTLE_WINDOW", file.settle_window.as_ref());
        tell("settle_window", window, plain(if sandbox { "2s" } else { "30s" }));
        tell("timeout", self.chosen(None, "POILIFT_TIMEOUT", file.timeout.as_ref()), plain("15s"));
        tell("proxy", of_file(file.proxy.as_deref().map(without_password)), words!("none"; "无"));
        tell("ca_file", of_file(file.ca_file.as_ref().map(text)), words!("the system's"; "系统证书"));
        let (value, origin) = self.credentials_told();
        let of_sandbox = sandbox.then(|| (words!("none needed"; "不需要"), "default".to_owned()));
        let (value, origin) = of_sandbox.unwrap_or((value, origin));
        told.insert(1, Told { key: "credentials", value, origin });
        told
    }

    /// Which of the places that a token or a secret may come from is taken, in the order in which a run looks.
    fn credentials_told(&self) -> (Words, String) {
        let set = |name: &str| (self.environment)(name).is_some_and(|value| !value.trim().is_empty());
        let file = self.file;
        let of_file = |words: Words| (words, "poilift.toml".to_owned());
        if set("POILIFT_ACCESS_TOKEN") {
            return (words!("an access token"; "access_token"), "POILIFT_ACCESS_TOKEN".to_owned());
        }
        if let Some(name) = &file.access_token_env {
            return of_file(words!("an access token in ${name}"; "环境变量 {name} 中的 access_token"));
        }
        if let Some(path) = file.access_token_file.as_ref().map(|path| path.display()) {
            return of_file(words!("an access token in {path}"; "{path} 中的 access_token"));
        }
        if file.access_token_command.is_some() {
            return of_file(words!("an access token from a command"; "由命令提供的 access_token"));
        }
        if set("POILIFT_SECRET") {
            return (words!("a secret"; "AppSecret"), "POILIFT_SECRET".to_owned());
        }
        if let Some(name) = &file.secret_env {
            return of_file(words!("a secret in ${name}"; "环境变量 {name} 中的 AppSecret"));
        }
        if let Some(path) = file.secret_file.as_ref().map(|path| path.display()) {
            return of_file(words!("a secret in {path}"; "{path} 中的 AppSecret"));
        }
        (words!("none"; "无"), "default".to_owned())
    }

    /// Files that hold a secret or a token, for whoever looks at who may read them.
    #[must_use]
    pub fn secret_files(&self) -> Vec<&std::path::Path> {
        let files = [&self.file.secret_file, &self.file.access_token_file];
        files.into_iter().flatten().map(std::path::PathBuf::as_path).collect()
    }

    /// The proxy, if one is set: the user's password is left out.
    #[must_use]
    pub fn proxy_told(&self) -> Option<String> {
        self.file.proxy.as_deref().map(without_password)
    }
}

/// A proxy's address without the password that may stand in it.
fn without_password(proxy: &str) -> String {
    let Some((scheme, rest)) = proxy.split_once("://") else { return proxy.to_owned() };
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://…@{host}"),
        None => proxy.to_owned(),
    }
}

/// What `default` and `a flag` are called in the reader's language.
#[must_use]
pub fn origin_words(origin: &str) -> Words {
    match origin {
        "default" => words!("default"; "默认"),
        "a flag" => words!("a flag"; "命令行参数"),
        other => Words::same(other),
    }
}

fn in_english<S: serde::Serializer>(words: &Words, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&words.en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_password_is_not_told() {
        assert_eq!(without_password("http://me:secret@proxy.example:8080"), "http://…@proxy.example:8080");
        assert_eq!(without_password("socks5://proxy.example:1080"), "socks5://proxy.example:1080");
    }
}
