//! The record that the shim has made of a run: what it did to the disk, and what it sent, in the order in which it happened.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// One operation that succeeded. Files are told apart by their inodes, for their names change.
#[derive(Debug, Clone)]
pub enum Event {
    Created {
        inode: u64,
        path: PathBuf,
    },
    Wrote {
        inode: u64,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncated {
        inode: u64,
        length: usize,
    },
    /// A file or a directory.
    Synced {
        inode: u64,
        path: PathBuf,
    },
    /// It failed, and what was to be synced will never be.
    SyncFailed {
        inode: u64,
    },
    Renamed {
        from: PathBuf,
        to: PathBuf,
    },
    Unlinked {
        path: PathBuf,
    },
    MadeDir {
        path: PathBuf,
    },
    /// Bytes to a socket.
    Sent {
        socket: u32,
        bytes: Vec<u8>,
    },
    /// An answer from a socket, or the end of its connection.
    Received {
        socket: u32,
    },
}

/// The head of a record in the file: kind, descriptor, inode, offset, length of the path, length of the data.
const HEAD_BYTES: usize = 32;

/// Reads the record; paths become relative to `root`.
pub fn read(file: &Path, root: &Path) -> Vec<Event> {
    let bytes = std::fs::read(file).unwrap();
    let mut rest = bytes.as_slice();
    let mut events = Vec::new();
    while !rest.is_empty() {
        let u32_at = |at: usize| u32::from_ne_bytes(rest[at..at + 4].try_into().unwrap());
        let u64_at = |at: usize| u64::from_ne_bytes(rest[at..at + 8].try_into().unwrap());
        let (kind, socket, inode) = (u32_at(0), u32_at(4), u64_at(8));
        let offset = usize::try_from(u64_at(16)).unwrap_or_default();
        let (path_length, data_length) = (u32_at(24) as usize, u32_at(28) as usize);
        let (path, after) = rest[HEAD_BYTES..].split_at(path_length);
        let (data, after) = after.split_at(data_length);
        let within = |path: &[u8]| {
            let path = PathBuf::from(String::from_utf8(path.to_vec()).unwrap());
            path.strip_prefix(root).unwrap().to_owned()
        };
        events.push(match u8::try_from(kind).unwrap() {
            b'C' => Event::Created { inode, path: within(path) },
            b'W' => Event::Wrote { inode, at: offset, bytes: data.to_vec() },
            b'T' => Event::Truncated { inode, length: offset },
            b'F' => Event::Synced { inode, path: within(path) },
            b'X' => Event::SyncFailed { inode },
            b'M' => Event::Renamed { from: within(path), to: within(data) },
            b'U' => Event::Unlinked { path: within(path) },
            b'D' => Event::MadeDir { path: within(path) },
            b'S' => Event::Sent { socket, bytes: data.to_vec() },
            b'R' => Event::Received { socket },
            other => panic!("a record of the kind {other}"),
        });
        rest = after;
    }
    events
}

/// A request that writes.
#[derive(Debug, Clone)]
pub struct Request {
    pub endpoint: &'static str,
    pub poi_id: String,
    /// The how-manieth of this endpoint and store, from 1.
    pub nth: usize,
    /// The event with which it left.
    pub left: usize,
    /// The event that told that the platform was done with it.
    pub ended: Option<usize>,
}

impl Request {
    /// Whether the platform was done with it by then.
    pub fn had_ended(&self, moment: usize) -> bool {
        self.ended.is_some_and(|ended| ended < moment)
    }
}

/// The requests that write, in the order in which they left.
pub fn requests(events: &[Event]) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    for (left, event) in events.iter().enumerate() {
        let Event::Sent { socket, bytes } = event else { continue };
        let paths = [("POST /wxa/add_store", "add_store"), ("POST /cgi-bin/poi/delpoi", "delpoi")];
        let Some((_, endpoint)) = paths.into_iter().find(|(start, _)| bytes.starts_with(start.as_bytes())) else {
            continue;
        };
        let poi_id = poi_id(&stream(&events[left..], *socket));
        let nth = 1 + requests.iter().filter(|one| one.endpoint == endpoint && one.poi_id == poi_id).count();
        let is_end = |event: &Event| matches!(event, Event::Received { socket: from } if from == socket);
        let ended = events[left..].iter().position(is_end).map(|n| left + n);
        requests.push(Request { endpoint, poi_id, nth, left, ended });
    }
    requests
}

/// What goes out on a socket until something comes back on it.
fn stream(events: &[Event], on: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for event in events {
        match event {
            Event::Sent { socket, bytes: more } if *socket == on => bytes.extend_from_slice(more),
            Event::Received { socket } if *socket == on => break,
            _ => {}
        }
    }
    bytes
}

fn poi_id(request: &[u8]) -> String {
    let head = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let body: Value = serde_json::from_slice(&request[head + 4..]).unwrap();
    body["poi_id"].as_str().map_or_else(|| body["poi_id"].to_string(), str::to_owned)
}
