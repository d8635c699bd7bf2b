//! The client: transport, token, one typed function per endpoint, redaction. It retries reads, sends a write once, and
//! decides nothing about stores.

mod client;
mod knock;
mod patience;
mod secret;
mod token;
mod transport;

pub use client::{CallRecord, ChangeError, Client, Gate, Heard, PoiReading, ReadError, WriteKind, WriteResult};
pub use knock::{Knock, KnockError, addresses};
pub use secret::{REDACTED, Redactor, Secret};
pub use token::{TokenError, TokenSource};
pub use transport::{Call, Http, Payload, Sent, Transport, TransportError, TransportSettings, authority, is_loopback};
