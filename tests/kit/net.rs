//! A request over a socket, in so few lines that nothing of the program under test is needed for it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One exchange; the connection is closed after it. The answer's head and body.
pub fn exchange(addr: SocketAddr, request: &[u8]) -> std::io::Result<(String, Vec<u8>)> {
    let mut stream = TcpStream::connect_timeout(&addr, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let body = answer.split_off(end);
    Ok((String::from_utf8_lossy(&answer).into_owned(), body))
}

pub fn get(addr: SocketAddr, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n");
    let (head, body) = exchange(addr, request.as_bytes()).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "GET {path}: {head}");
    String::from_utf8(body).unwrap()
}

pub fn post(addr: SocketAddr, path: &str, body: &serde_json::Value) -> String {
    let body = body.to_string();
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let (_, answer) = exchange(addr, (head + &body).as_bytes()).unwrap();
    String::from_utf8(answer).unwrap()
}
