//! A platform that says what it was told to say: by path, once or always, and that remembers what it was asked, byte by byte.
//! For answers that no rule of a simulated platform brings about, and for what only the wire shows.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// The token that it hands out; no file and no message may hold it.
pub const TOKEN: &str = "token-of-the-stage-0123456789";

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: String,
    pub content_type: String,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// What is said to one request.
#[derive(Debug, Clone)]
enum Said {
    Answer(String),
    /// Nothing: the connection is closed once the request has been read.
    Nothing,
}

#[derive(Default)]
struct Script {
    /// Said once each, in turn; then what is always said.
    once: HashMap<String, VecDeque<Said>>,
    always: HashMap<String, Said>,
    asked: Vec<Asked>,
}

/// The platform; it ends with the test's process.
pub struct Stage {
    addr: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl Stage {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let stage = Self { addr, script: Arc::default() };
        let script = Arc::clone(&stage.script);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let script = Arc::clone(&script);
                // A client that goes away is nobody's failure.
                std::thread::spawn(move || serve(&stream, &script).ok());
            }
        });
        stage.always("/cgi-bin/stable_token", &format!(r#"{{"access_token":"{TOKEN}","expires_in":7200}}"#))
    }

    /// Says this to every request of the path.
    pub fn always(self, path: &str, answer: &str) -> Self {
        self.locked().always.insert(path.to_owned(), Said::Answer(answer.to_owned()));
        self
    }

    /// Says this once, after whatever else is to be said once.
    pub fn once(self, path: &str, answer: &str) -> Self {
        self.locked().once.entry(path.to_owned()).or_default().push_back(Said::Answer(answer.to_owned()));
        self
    }

    /// Reads every request of the path, and goes away without a word.
    pub fn silent(self, path: &str) -> Self {
        self.locked().always.insert(path.to_owned(), Said::Nothing);
        self
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The requests of one path, in turn.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.locked().asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }

    /// All requests but those for tokens.
    pub fn asked_at_all(&self) -> Vec<Asked> {
        self.locked().asked.iter().filter(|asked| !asked.path.ends_with("token")).cloned().collect()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(stream: &TcpStream, script: &Mutex<Script>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let asked = request(&mut reader)?;
    let said = {
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        let once = script.once.get_mut(&asked.path).and_then(VecDeque::pop_front);
        let said = once.or_else(|| script.always.get(&asked.path).cloned());
        script.asked.push(asked);
        said
    };
    let unknown = || Said::Answer(r#"{"errcode":40066,"errmsg":"invalid url"}"#.to_owned());
    let Said::Answer(body) = said.unwrap_or_else(unknown) else { return Ok(()) };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    stream.write_all((head + &body).as_bytes())
}

fn request(reader: &mut BufReader<&TcpStream>) -> std::io::Result<Asked> {
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target
        .split_once('?')
        .map_or((target.clone(), String::new()), |(path, query)| (path.to_owned(), query.to_owned()));
    let (mut length, mut content_type) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "content-type" => value.trim().clone_into(&mut content_type),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Asked { method, path, query, content_type, body })
}
