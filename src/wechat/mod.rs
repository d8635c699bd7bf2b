//! The client: transport, token, one typed function per endpoint, redaction. It retries reads, sends a write once, and
//! decides nothing about stores.
//!
//! Every call is a typed function of [`Client`]. What the API document does not allow is refused before any call
//! ([`ReadError::Rules`], [`ChangeError::Rules`]). Readings are asked again where that may help. A write is one request: it was
//! done, it was refused, it never left, or nobody knows ([`ChangeError::Unknown`]); the last must be looked up before anything is
//! sent again. [`pipeline::Connection`](crate::pipeline::Connection) makes a client that is paced:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use poilift::engine::Control;
//! use poilift::pipeline::{Connection, PlatformSettings, ThisMachine};
//! use poilift::sandbox;
//! use poilift::store::PoiId;
//! use poilift::wechat::{ChangeError, ReadError, Redactor, Secret, TokenSource, TransportSettings};
//! use poilift::wire::merchant::Modification;
//! use poilift::wire::{Endpoint, ErrorTable};
//!
//! // The simulated platform; the real one is https://api.weixin.qq.com.
//! let scenario = sandbox::Scenario::named("calm").ok_or("no such scenario")?;
//! let settings = sandbox::Settings { scenario, ..sandbox::Settings::default() };
//! let running = sandbox::start("127.0.0.1:0".parse()?, settings, Vec::new())?;
//!
//! let platform = PlatformSettings {
//!     transport: TransportSettings {
//!         api_base: format!("http://{}", running.addr()),
//!         timeout: Duration::from_secs(15),
//!         proxy: None,
//!         ca_pem: None,
//!         connections: 4,
//!     },
//!     tokens: TokenSource::Secret {
//!         appid: "wx0123456789abcdef".into(),
//!         secret: Secret::new("the appsecret, from wherever secrets are kept").ok_or("no secret")?,
//!         endpoint: Endpoint::StableToken,
//!     },
//!     redactor: Redactor::default(),
//!     errors: ErrorTable::default(),
//! };
//! let control = Arc::new(Control::default());
//! let connection = Connection::open(&platform, Some("100/s".parse()?), &ThisMachine::new(), &control)?;
//! let client = &connection.client;
//!
//! assert_eq!(client.get_merchant_audit_info()?.status, 1);
//! assert_eq!(client.get_store_list(0, 50)?.stores.len(), 0);
//!
//! // Refused before any call, with the document's rule.
//! let too_many = client.get_store_list(0, 51);
//! assert!(matches!(too_many, Err(ReadError::Rules(broken)) if broken[0].field == "limit"));
//! let nothing = client.modify_merchant(&Modification::default());
//! assert!(matches!(nothing, Err(ChangeError::Rules(_))));
//! let no_id = PoiId::new("4.7E+08").ok_or("empty")?;
//! assert!(matches!(client.get_store_info(&no_id), Err(ReadError::Rules(_))));
//! # Ok(())
//! # }
//! ```

mod client;
mod knock;
mod patience;
mod secret;
mod token;
mod transport;

pub use client::{
    CallRecord, ChangeError, Client, Gate, Heard, PoiReading, ReadError, WriteKind, WriteResult, with_progress,
};
pub use knock::{Knock, KnockError, addresses};
pub use secret::{REDACTED, Redactor, Secret};
pub use token::{TokenError, TokenSource};
pub use transport::{Call, Http, Payload, Sent, Transport, TransportError, TransportSettings, authority, is_loopback};
