//! Carries events to whoever listens for them: over plain HTTP, on this machine unless the scenario allows another, with
//! five seconds for an answer. It decides nothing; what an attempt came to goes back to the desk.

use std::cell::RefCell;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;

use super::desk::Desk;
use super::error::SandboxError;
use super::push::{Mode, PushTo};
use super::seal::{self, Letter};

/// How often the courier looks what is due.
const LOOK: Duration = Duration::from_millis(20);

/// How long whoever listens has for an answer.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// How many events are under way at once.
const UNDER_WAY_MAX: usize = 16;

/// The most bytes of an answer, which says `success` or nothing.
const ANSWER_BYTES_MAX: usize = 1 << 16;

/// Where the letters go.
#[derive(Debug, Clone)]
pub struct Address {
    addr: SocketAddr,
    host: String,
    path: String,
}

impl Address {
    /// The address of these settings.
    ///
    /// Fails on anything but `http://`, on a name that cannot be resolved, on another machine without `anywhere`, and on
    /// a key that is none.
    pub fn of(to: &PushTo) -> Result<Self, SandboxError> {
        let refused = |why| SandboxError::Push { url: to.url.clone(), why };
        let uri: Uri = to.url.parse().map_err(|_| refused(("it is no URL", "不是网址")))?;
        let host = uri
            .authority()
            .filter(|_| uri.scheme_str() == Some("http"))
            .ok_or(refused(("it is not http://", "不是 http://")))?;
        let name = (host.host().trim_matches(['[', ']']), host.port_u16().unwrap_or(80));
        let mut found = std::net::ToSocketAddrs::to_socket_addrs(&name)
            .map_err(|_| refused(("its host is unknown", "主机名无法解析")))?;
        let addr = found.next().ok_or(refused(("its host is unknown", "主机名无法解析")))?;
        if !addr.ip().is_loopback() && !to.anywhere {
            return Err(refused((
                "it is on another machine, which needs anywhere = true under [push]",
                "目标不在本机，需在 [push] 中设置 anywhere = true",
            )));
        }
        if to.mode != Mode::Plain && to.aes_key.as_deref().and_then(seal::key).is_none() {
            return Err(refused((
                "the mode needs aes_key, the 43 characters of an EncodingAESKey",
                "该模式需要 aes_key，即 43 位的 EncodingAESKey",
            )));
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { addr, host: host.as_str().to_owned(), path })
    }

    fn target(&self, letter: &Letter) -> String {
        let join = if self.path.contains('?') { '&' } else { '?' };
        format!("{}{join}{}", self.path, letter.query)
    }
}

/// Carries whatever is due, for as long as the runtime lives. One event is under way once at a time, several beside each
/// other, as on the platform.
pub async fn carry(desk: Rc<RefCell<Desk>>, address: Address) {
    let under_way: Rc<RefCell<HashSet<u64>>> = Rc::default();
    loop {
        let room = UNDER_WAY_MAX.saturating_sub(under_way.borrow().len());
        let due = desk.borrow().letters(&under_way.borrow(), room);
        for (number, letter) in due {
            under_way.borrow_mut().insert(number);
            let (desk, address, under_way) = (Rc::clone(&desk), address.clone(), Rc::clone(&under_way));
            tokio::task::spawn_local(async move {
                let answered = attempt(&address, &letter).await;
                if let Err(error) = desk.borrow_mut().pushed(number, answered) {
                    tracing::error!(%error, "the state file does not take what became of an event");
                }
                under_way.borrow_mut().remove(&number);
            });
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether somebody answered in time. Where nobody listens at all, the time is waited out too, as it is on a network.
async fn attempt(address: &Address, letter: &Letter) -> bool {
    let end = tokio::time::Instant::now() + ANSWER_TIME;
    let answered = matches!(tokio::time::timeout_at(end, deliver(address, letter)).await, Ok(Some(())));
    if !answered {
        tokio::time::sleep_until(end).await;
    }
    answered
}

async fn deliver(address: &Address, letter: &Letter) -> Option<()> {
    let stream = tokio::net::TcpStream::connect(address.addr).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    // It ends with the answer, or with the sender.
    tokio::task::spawn_local(async move { connection.await.is_ok() });
    let request = Request::builder()
        .method(Method::POST)
        .uri(address.target(letter))
        .header(HOST, &address.host)
        .header(CONTENT_TYPE, letter.content_type)
        .body(Full::new(Bytes::from(letter.body.clone())))
        .ok()?;
    let response = sender.send_request(request).await.ok()?;
    let success = response.status().is_success();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await.ok()?.to_bytes();
    (success && matches!(body.trim_ascii(), b"" | b"success")).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(to: &PushTo) -> Option<&'static str> {
        match Address::of(to) {
            Err(SandboxError::Push { why, .. }) => Some(why.0),
            _ => None,
        }
    }

    #[test]
    fn events_stay_on_this_machine_unless_they_may_leave_it() {
        let to = |url: &str| PushTo::plain(url.to_owned());
        assert_eq!(why(&to("http://127.0.0.1:9/wechat?a=1")), None);
        assert_eq!(why(&to("http://[::1]:9/")), None);
        assert!(why(&to("http://192.0.2.1/")).unwrap().contains("anywhere"));
        assert_eq!(why(&PushTo { anywhere: true, ..to("http://192.0.2.1/") }), None);
        assert_eq!(why(&to("https://127.0.0.1/")), Some("it is not http://"));
        let sealed = PushTo { mode: Mode::Encrypted, ..to("http://127.0.0.1:9/") };
        assert!(why(&sealed).unwrap().contains("aes_key"));
        assert_eq!(why(&PushTo { aes_key: Some("A".repeat(43)), ..sealed }), None);
    }
}
