//! How a request reaches the platform: [`Transport`], and [`Http`], the only file that knows reqwest. It sends one request
//! and says what became of it; it follows no redirect and repeats nothing.

use std::time::{Duration, Instant};

use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::DATE;
use reqwest::{Method, Proxy, Url};
use rustls::crypto::CryptoProvider;
use serde_json::Value;

use super::knock::{self, Knock, KnockError};
use super::secret::{Redactor, Secret};
use crate::wire::Endpoint;

/// Connections stay open this long between calls; shorter than what servers usually allow, so that a request seldom
/// meets a connection that is just being closed.
const IDLE: Duration = Duration::from_secs(20);

/// An answer is a page of 50 stores at most; anything near this is not the platform.
const BODY_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How the platform is reached.
#[derive(Debug, Clone)]
pub struct TransportSettings {
    /// The base of all addresses, `https://api.weixin.qq.com`.
    pub api_base: String,
    /// A whole call, connection included, ends after this.
    pub timeout: Duration,
    /// A proxy, never used for loopback.
    pub proxy: Option<String>,
    /// A further root certificate, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// How many connections stay open.
    pub connections: usize,
}

/// The settings make no client.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// `api_base` is no address.
    #[error("api_base {0:?} is not an http or https address")]
    Base(String),
    /// Plain http to another machine would send the secret in the clear.
    #[error("api_base {0:?} is plain http to another machine; only loopback may be")]
    Plain(String),
    /// A proxy, a certificate or the TLS library.
    #[error("the HTTP client could not be set up: {0}")]
    Setup(String),
}

/// One request.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// What it asks for.
    pub endpoint: Endpoint,
    /// Secret parameters of its address.
    pub secrets: &'a [(&'a str, &'a Secret)],
    /// The other parameters.
    pub plain: &'a [(&'a str, &'a str)],
    /// What it carries.
    pub payload: Payload<'a>,
}

/// What a request carries.
#[derive(Clone, Copy)]
pub enum Payload<'a> {
    /// Nothing: a GET.
    Nothing,
    /// JSON, written as raw UTF-8; a POST.
    Json(&'a Value),
    /// A file, as `multipart/form-data`; a POST.
    File {
        /// Its content type, with the boundary.
        content_type: &'a str,
        /// The whole body.
        bytes: &'a [u8],
    },
}

impl<'a> Payload<'a> {
    /// This JSON, or nothing.
    #[must_use]
    pub fn of(body: Option<&'a Value>) -> Self {
        body.map_or(Self::Nothing, Self::Json)
    }

    /// The JSON, if it is some.
    #[must_use]
    pub fn json(self) -> Option<&'a Value> {
        match self {
            Self::Json(body) => Some(body),
            Self::Nothing | Self::File { .. } => None,
        }
    }
}

/// Carries requests to the platform.
pub trait Transport: Send + Sync {
    /// Sends one request, once. Nothing in what comes back names the address, which holds the token.
    fn send(&self, call: &Call<'_>) -> Sent;
}

/// What became of a request.
#[derive(Debug)]
pub enum Sent {
    /// An answer arrived.
    Answer {
        /// HTTP's status.
        http_status: u16,
        /// The body.
        body: Vec<u8>,
    },
    /// The connection was never made: the request did not leave.
    NotConnected(String),
    /// It left, or may have, and no whole answer came back.
    Lost {
        /// What happened.
        why: String,
        /// HTTP's status, if an answer began.
        http_status: Option<u16>,
    },
}

/// Whether `api_base` names this machine.
#[must_use]
pub fn is_loopback(api_base: &str) -> bool {
    let Ok(url) = Url::parse(api_base) else { return false };
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host and port of `api_base`.
#[must_use]
pub fn authority(api_base: &str) -> String {
    Url::parse(api_base).map(|url| url.authority().to_owned()).unwrap_or_default()
}

/// The host of `api_base` as the system is asked for it, and its port.
pub(super) fn host_and_port(api_base: &str) -> Option<(String, u16)> {
    let url = Url::parse(api_base).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some((host, url.port_or_known_default()?))
}

/// Requests over HTTP.
pub struct Http {
    client: Client,
    base: String,
    redactor: Redactor,
}

impl Http {
    /// A client of `api_base`; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Settings that make no client, or one that would send secrets in the clear.
    pub fn new(settings: &TransportSettings, redactor: Redactor) -> Result<Self, TransportError> {
        let base = settings.api_base.trim_end_matches('/').to_owned();
        let url = Url::parse(&base).map_err(|_| TransportError::Base(base.clone()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(TransportError::Base(base));
        }
        if url.scheme() == "http" && !is_loopback(&base) {
            return Err(TransportError::Plain(base));
        }
        let client = client(settings, is_loopback(&base))
            .map_err(|error| TransportError::Setup(redactor.clean(&chain(&error))))?;
        Ok(Self { client, base, redactor })
    }

    /// Asks the front door for nothing: neither secret nor token leaves.
    ///
    /// # Errors
    ///
    /// Why nobody opened.
    pub fn knock(&self) -> Result<Knock, KnockError> {
        let asked = Instant::now();
        let answer = self.client.get(format!("{}/", self.base)).send().map_err(|error| {
            let connected = !error.is_connect() && !error.is_builder();
            knock::failed(chain(&error.without_url()), connected)
        })?;
        let date = answer.headers().get(DATE).and_then(|date| knock::http_date(date.to_str().ok()?));
        Ok(Knock { http_status: answer.status().as_u16(), date, took: asked.elapsed() })
    }

    fn run(&self, request: RequestBuilder) -> Sent {
        let words = |error: reqwest::Error| self.redactor.clean(&chain(&error.without_url()));
        let answer = match request.send() {
            Ok(answer) => answer,
            Err(error) if error.is_connect() || error.is_builder() => return Sent::NotConnected(words(error)),
            Err(error) => return Sent::Lost { why: words(error), http_status: None },
        };
        let http_status = answer.status().as_u16();
        let mut body = Vec::new();
        match std::io::Read::read_to_end(&mut std::io::Read::take(answer, BODY_BYTES_MAX), &mut body) {
            Ok(_) => Sent::Answer { http_status, body },
            Err(error) => Sent::Lost { why: self.redactor.clean(&error.to_string()), http_status: Some(http_status) },
        }
    }
}

impl Transport for Http {
    fn send(&self, call: &Call<'_>) -> Sent {
        let method = if matches!(call.payload, Payload::Nothing) { Method::GET } else { Method::POST };
        let mut request = self.client.request(method, format!("{}{}", self.base, call.endpoint.path()));
        let secrets = call.secrets.iter().map(|(key, secret)| (*key, secret.expose()));
        let pairs: Vec<(&str, &str)> = secrets.chain(call.plain.iter().copied()).collect();
        request = request.query(&pairs);
        self.run(match call.payload {
            Payload::Nothing => request,
            Payload::Json(body) => request.header("Content-Type", "application/json").body(body.to_string()),
            Payload::File { content_type, bytes } => request.header("Content-Type", content_type).body(bytes.to_vec()),
        })
    }
}

fn client(settings: &TransportSettings, loopback: bool) -> reqwest::Result<Client> {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been sooner; one is enough.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let mut builder = Client::builder()
        .user_agent(concat!("poilift/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .http1_only()
        .tcp_nodelay(true)
        .timeout(settings.timeout)
        .connect_timeout(settings.timeout)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(settings.connections)
        .no_proxy();
    if let Some(proxy) = settings.proxy.as_ref().filter(|_| !loopback) {
        builder = builder.proxy(Proxy::all(proxy)?);
    }
    if let Some(pem) = &settings.ca_pem {
        builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
    }
    builder.build()
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(api_base: &str) -> TransportSettings {
        TransportSettings {
            api_base: api_base.into(),
            timeout: Duration::from_secs(5),
            proxy: None,
            ca_pem: None,
            connections: 4,
        }
    }

    #[test]
    fn plain_http_is_refused_except_for_this_machine() {
        let refused = |base: &str| Http::new(&settings(base), Redactor::default()).err();
        assert!(matches!(refused("http://api.weixin.qq.com"), Some(TransportError::Plain(_))));
        assert!(matches!(refused("http://127.0.0.1.example.com"), Some(TransportError::Plain(_))));
        assert!(matches!(refused("api.weixin.qq.com"), Some(TransportError::Base(_))));
        assert!(refused("http://127.0.0.1:1").is_none() && refused("http://[::1]:1/").is_none());
        assert!(refused("https://api.weixin.qq.com").is_none());
    }

    #[test]
    fn a_connection_that_is_refused_never_left_and_its_error_names_no_token() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap();
        let redactor = Redactor::default();
        let token = Secret::new("token-of-this-test").unwrap();
        let transport = Http::new(&settings(&format!("http://{free}")), redactor).unwrap();
        let (secrets, body) = ([("access_token", &token)], serde_json::json!({}));
        let call =
            Call { endpoint: Endpoint::Getpoilist, secrets: &secrets, plain: &[], payload: Payload::Json(&body) };
        let sent = transport.send(&call);
        assert!(matches!(&sent, Sent::NotConnected(why) if !why.contains("token-of-this-test")), "{sent:?}");
    }
}
