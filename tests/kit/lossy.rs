//! A lossy network: a proxy before the simulated platform that drops, cuts and mangles a share of everything, writes,
//! reads and tokens alike. What befalls a request depends on the seed, on what it asks for and on how often that was
//! asked before, not on the order in which callers come: a run can be repeated.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::proxy::{pass_on, read_request};
use super::{Dice, Platform, Recorded};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fortune {
    /// Passed on and answered.
    Served,
    /// The platform acted, and the connection closes without an answer.
    AnswerDropped,
    /// The platform never gets it, and the connection closes.
    RequestDropped,
    /// The platform acted, and half of the answer arrives.
    Truncated,
    /// 502 for what was done.
    GatewayAfter,
    /// 502 for what was not done.
    GatewayBefore,
}

impl Fortune {
    /// Of a thousand requests so many are dropped after the platform has acted, and so on.
    const PER_THOUSAND: [(Self, u64); 5] = [
        (Self::AnswerDropped, 100),
        (Self::RequestDropped, 50),
        (Self::Truncated, 30),
        (Self::GatewayAfter, 15),
        (Self::GatewayBefore, 15),
    ];

    fn drawn(mut dice: Dice) -> Self {
        let mut drawn = dice.below(1000);
        for (fortune, share) in Self::PER_THOUSAND {
            if drawn < share {
                return fortune;
            }
            drawn -= share;
        }
        Self::Served
    }

    /// The platform has done what was asked.
    pub const fn applied(self) -> bool {
        !matches!(self, Self::RequestDropped | Self::GatewayBefore)
    }
}

/// How often each fortune befell requests of a path.
pub type Fortunes = BTreeMap<(String, Fortune), u64>;

/// The proxy; it stops listening on drop.
pub struct Lossy {
    addr: SocketAddr,
    state: Arc<State>,
}

struct State {
    seed: u64,
    to: SocketAddr,
    asked: Mutex<HashMap<String, u32>>,
    fortunes: Mutex<Fortunes>,
    over: AtomicBool,
}

impl Lossy {
    pub fn before(platform: &Platform, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let over = AtomicBool::new(false);
        let state =
            Arc::new(State { seed, to: platform.addr(), asked: Mutex::default(), fortunes: Mutex::default(), over });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.over.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&shared);
                std::thread::spawn(move || state.serve(stream));
            }
        });
        Self { addr, state }
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn fortunes(&self) -> Fortunes {
        self.state.fortunes.lock().unwrap().clone()
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.addr);
    }
}

impl State {
    /// One connection, request after request, until it is dropped, the caller goes, or ten quiet seconds have passed.
    fn serve(&self, mut stream: TcpStream) -> Option<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        stream.set_nodelay(true).ok()?;
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        loop {
            let request = read_request(&mut reader)?;
            let fortune = self.fortune(&request);
            let answer = if fortune.applied() { Some(pass_on(self.to, &request)?) } else { None };
            match fortune {
                Fortune::AnswerDropped | Fortune::RequestDropped => return None,
                Fortune::GatewayBefore | Fortune::GatewayAfter => {
                    stream.write_all(&whole("502 Bad Gateway", b"<html>502 Bad Gateway</html>")).ok()?;
                }
                Fortune::Served => stream.write_all(&whole("200 OK", &answer?)).ok()?,
                Fortune::Truncated => {
                    let whole = whole("200 OK", &answer?);
                    stream.write_all(&whole[..whole.len() - 5]).ok()?;
                    return None;
                }
            }
        }
    }

    /// What befalls this request: drawn from what it asks for, and how often that was asked.
    fn fortune(&self, request: &Recorded) -> Fortune {
        let path = request.line.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
        let what = format!("{path} {}", String::from_utf8_lossy(&request.body));
        let times = {
            let mut asked = self.asked.lock().unwrap();
            let times = asked.entry(what.clone()).or_default();
            *times += 1;
            *times
        };
        let fortune = Fortune::drawn(Dice::about(self.seed, &format!("{what} {times}")));
        *self.fortunes.lock().unwrap().entry((path, fortune)).or_default() += 1;
        fortune
    }
}

fn whole(status: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}
