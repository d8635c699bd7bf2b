//! A look at the way to the platform that sends nothing of an account: the name, the connection, the platform's clock.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use super::transport::host_and_port;
use crate::store::Stamp;

/// What the platform's front door showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knock {
    /// HTTP's status; any will do, for nothing was asked.
    pub http_status: u16,
    /// What the server's clock says, to the second; `None` if it does not tell.
    pub date: Option<Stamp>,
    /// From the name to the answer.
    pub took: Duration,
}

/// Why nobody opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KnockError {
    /// The connection is made and its encryption is refused: a certificate, mostly.
    #[error("the encrypted connection is refused: {0}")]
    Tls(String),
    /// No connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// A connection, and no answer.
    #[error("no answer: {0}")]
    Silent(String),
}

/// The addresses of the host of `api_base`, as this machine knows them.
///
/// # Errors
///
/// What the system says of a name that it does not know.
pub fn addresses(api_base: &str) -> Result<Vec<SocketAddr>, String> {
    let (host, port) = host_and_port(api_base).ok_or_else(|| format!("{api_base:?} is no address"))?;
    (host.as_str(), port).to_socket_addrs().map(Iterator::collect).map_err(|error| error.to_string())
}

/// An HTTP date (RFC 9110, section 5.6.7), which is a date of RFC 2822.
pub(super) fn http_date(text: &str) -> Option<Stamp> {
    let at = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(Stamp(at.timestamp().as_millisecond()))
}

/// Of which kind a failed connection is, by the words of the library, which has no other way of telling.
pub(super) fn failed(why: String, connected: bool) -> KnockError {
    let lower = why.to_lowercase();
    if ["certificate", "tls", "handshake", "corrupt message", "alert"].iter().any(|word| lower.contains(word)) {
        KnockError::Tls(why)
    } else if connected {
        KnockError::Silent(why)
    } else {
        KnockError::Connect(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_date_is_a_moment() {
        assert_eq!(http_date("Mon, 23 Nov 2026 18:10:00 GMT"), Some(Stamp(1_795_457_400_000)));
        assert_eq!(http_date("yesterday"), None);
    }

    #[test]
    fn a_certificate_is_told_from_a_silence() {
        let words = |text: &str, connected| failed(text.to_owned(), connected);
        assert!(matches!(words("invalid peer certificate: UnknownIssuer", false), KnockError::Tls(_)));
        assert!(matches!(words("Connection refused", false), KnockError::Connect(_)));
        assert!(matches!(words("operation timed out", true), KnockError::Silent(_)));
    }

    #[test]
    fn an_address_needs_no_name() {
        assert_eq!(addresses("http://127.0.0.1:81"), Ok(vec!["127.0.0.1:81".parse().unwrap()]));
        assert!(addresses("http://[::1]:81").is_ok_and(|found| found[0].port() == 81));
        assert!(addresses("https://no-such-host.invalid").is_err());
    }
}
