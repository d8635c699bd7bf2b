//! A recording proxy: it stands before the simulated platform, keeps every request as it came, and passes it on.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::{Platform, net};

/// One request as it came over the wire.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Recorded {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What may be done to a request instead of passing it on: an answer, or `None`.
type Instead = dyn Fn(&Recorded) -> Option<String> + Send + Sync;

/// The proxy; it stops listening on drop.
pub struct Proxy {
    addr: SocketAddr,
    recorded: Arc<Mutex<Vec<Recorded>>>,
    over: Arc<AtomicBool>,
}

impl Proxy {
    pub fn before(platform: &Platform) -> Self {
        Self::answering(platform, |_| None)
    }

    /// Answers by itself where `instead` says so (a JSON body).
    pub fn answering(
        platform: &Platform,
        instead: impl Fn(&Recorded) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (addr, to) = (listener.local_addr().unwrap(), platform.addr());
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let instead: Arc<Instead> = Arc::new(instead);
        let (kept, ended) = (Arc::clone(&recorded), Arc::clone(&over));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let (kept, instead) = (Arc::clone(&kept), Arc::clone(&instead));
                std::thread::spawn(move || serve(stream, to, &kept, &*instead));
            }
        });
        Self { addr, recorded, over }
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The requests whose path is this one.
    pub fn requests(&self, path: &str) -> Vec<Recorded> {
        let of_path = |request: &&Recorded| request.line.split([' ', '?']).nth(1) == Some(path);
        self.recorded.lock().unwrap().iter().filter(of_path).cloned().collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.addr);
    }
}

/// One connection, request after request; it ends with the caller or after ten quiet seconds.
fn serve(mut stream: TcpStream, to: SocketAddr, kept: &Mutex<Vec<Recorded>>, instead: &Instead) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let request = read_request(&mut reader)?;
        kept.lock().unwrap().push(request.clone());
        let body = match instead(&request) {
            Some(body) => body.into_bytes(),
            None => pass_on(to, &request)?,
        };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), &body].concat()).ok()?;
    }
}

pub(super) fn read_request(reader: &mut impl BufRead) -> Option<Recorded> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((key, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((key.to_owned(), value.to_owned()));
    }
    let mut request = Recorded { line: line.trim_end().to_owned(), headers, body: Vec::new() };
    request.body = vec![0; request.header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}

pub(super) fn pass_on(to: SocketAddr, request: &Recorded) -> Option<Vec<u8>> {
    let kind = request.header("content-type");
    let kind = if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
    let head = format!(
        "{}\r\nHost: {to}\r\nConnection: close\r\n{kind}Content-Length: {}\r\n\r\n",
        request.line,
        request.body.len()
    );
    net::exchange(to, &[head.as_bytes(), &request.body].concat()).ok().map(|(_, body)| body)
}
