//! A sandbox that runs: started, waited for, stopped.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::courier::Address;
use super::desk::Desk;
use super::error::SandboxError;
use super::{Settings, http};
use crate::store::LegacyStore;

/// How long [`Running::stop`] waits for the server's thread, which never does anything slow.
const STOP_TIME_MAX: Duration = Duration::from_secs(5);

/// A sandbox that runs on a thread of its own. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    stop: Option<oneshot::Sender<Infallible>>,
    ended: mpsc::Receiver<Infallible>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a sandbox on `addr` and nowhere else; port 0 takes a free one. `stores` are loaded unless the state file has
/// them already; those without a `poi_id` are skipped, of several with the same one the first counts.
///
/// Fails if the address cannot be listened on, or if the state file cannot be used: then it was left as it was.
#[expect(clippy::needless_pass_by_value, reason = "the sandbox takes over what it was started with")]
pub fn start(addr: SocketAddr, settings: Settings, stores: Vec<LegacyStore>) -> Result<Running, SandboxError> {
    let listen = |source| SandboxError::Listen { addr, source };
    let listener = TcpListener::bind(addr).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    let addr = listener.local_addr().map_err(listen)?;
    let listens = settings.scenario.push.as_ref().map(Address::of).transpose()?;
    let desk = Desk::open(&settings, &stores)?;
    let (stop, stopped) = oneshot::channel();
    let (alive, ended) = mpsc::channel();
    let run = move || {
        let result = http::serve(listener, desk, settings.latency, listens, stopped);
        if let Err(error) = result {
            tracing::error!(%error, "the sandbox has stopped");
        }
        drop(alive);
    };
    let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn(run).map_err(SandboxError::Thread)?;
    Ok(Running { addr, stop: Some(stop), ended, thread: Some(thread) })
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops it. What was answered is in the state file; what was not may be cut off.
    pub fn stop(self) {
        drop(self);
    }

    /// Blocks until the server's thread ends, which it does by itself only if it fails.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic has been reported on its own thread already.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop = None;
        let Some(thread) = self.thread.take() else { return };
        if matches!(self.ended.recv_timeout(STOP_TIME_MAX), Err(RecvTimeoutError::Disconnected)) {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Scenario;
    use crate::store::{PoiId, UpgradeStatus};
    use crate::wire::json;
    use reqwest::blocking::Client;
    use serde_json::{Value, json};
    use std::time::Instant;

    struct Caller {
        base: String,
        client: Client,
        token: String,
    }

    impl Caller {
        fn new(running: &Running) -> Self {
            // Another test may have chosen it already.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let client = Client::builder().no_proxy().build().unwrap();
            let mut caller = Self { base: format!("http://{}", running.addr()), client, token: String::new() };
            let asked =
                json!({"grant_type": "client_credential", "appid": "wx1", "secret": "s", "force_refresh": false});
            caller.token = caller.post("/cgi-bin/stable_token", &asked)["access_token"].as_str().unwrap().to_owned();
            caller
        }

        fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<(u16, String)> {
            let url = format!("{}{path}?access_token={}", self.base, self.token);
            let answer = self.client.post(url).body(body.to_string()).send()?;
            Ok((answer.status().as_u16(), answer.text()?))
        }

        fn post(&self, path: &str, body: &Value) -> Value {
            json::parse(self.try_post(path, body).unwrap().1.as_bytes()).unwrap()
        }

        fn get(&self, path: &str) -> String {
            self.client.get(format!("{}{path}", self.base)).send().unwrap().text().unwrap()
        }
    }

    fn run(settings: Settings) -> Running {
        let store = |n: u32| LegacyStore {
            poi_id: PoiId::new(&n.to_string()),
            business_name: format!("第{n}店").into(),
            upgrade_status: UpgradeStatus::Waiting,
            ..LegacyStore::default()
        };
        start("127.0.0.1:0".parse().unwrap(), settings, (1..=3).map(store).collect()).unwrap()
    }

    fn submission(n: u32) -> Value {
        json!({
            "poi_id": n.to_string(), "map_poi_id": n.to_string(), "contract_phone": "0571-1", "hour": "09:00-21:00",
            "pic_list": "{\"list\":[\"http://a\"]}", "credential": format!("9133{n}"), "card_id": "",
        })
    }

    fn with_faults(text: &str) -> Settings {
        let scenario = Scenario::from_toml(&format!("review_fail_share = 0.0\n{text}")).unwrap();
        Settings { scenario, review_time: Duration::ZERO, ..Settings::default() }
    }

    #[test]
    fn a_store_is_moved_from_end_to_end() {
        let running = run(with_faults(""));
        let caller = Caller::new(&running);
        assert_eq!(caller.post("/wxa/add_store", &submission(2))["errcode"], 0);
        let got = caller.post("/cgi-bin/poi/getpoi", &json!({"poi_id": 2}));
        assert_eq!(json::integer(&got["business"]["base_info"]["upgrade_status"]), Some(3));
        let list = caller.post("/wxa/get_store_list", &json!({"offset": 0, "limit": 0}));
        assert_eq!(list["business_list"][0]["base_info"]["qualification_num"], "91332");
        let stats: Value = serde_json::from_str(&caller.get("/_sandbox/stats")).unwrap();
        assert_eq!(stats["stores"]["2"]["add_store"], json!({"requests": 1, "effects": 1}));
        assert_eq!(caller.get("/_sandbox/calls").lines().count(), 4);
        assert!(caller.get("/").contains("add_store"));
        running.stop();
    }

    #[test]
    fn a_path_that_the_platform_does_not_have_is_a_page_not_found() {
        let running = run(Settings::default());
        let (status, text) = Caller::new(&running).try_post("/wxa/del_stores", &json!({})).unwrap();
        assert_eq!(status, 404);
        assert!(text.starts_with("<html>"));
    }

    #[test]
    fn a_lost_or_cut_answer_was_applied_all_the_same() {
        for (kind, n) in [("drop_after", 1), ("truncate", 2)] {
            let running =
                run(with_faults(&format!("[[faults]]\nendpoint = \"add_store\"\nkind = \"{kind}\"\nuntil = 1")));
            let caller = Caller::new(&running);
            assert!(caller.try_post("/wxa/add_store", &submission(n)).is_err(), "{kind}");
            assert_eq!(caller.post("/wxa/add_store", &submission(n))["errcode"], 85040, "{kind}");
        }
    }

    #[test]
    fn an_answer_leaves_no_sooner_than_the_latency() {
        let latency = Duration::from_millis(30);
        let running = run(Settings { latency, ..Settings::default() });
        let caller = Caller::new(&running);
        let asked = Instant::now();
        caller.post("/cgi-bin/poi/getpoi", &json!({"poi_id": 2}));
        assert!(asked.elapsed() >= latency);
    }

    #[test]
    fn a_sandbox_that_is_stopped_listens_no_more() {
        let running = run(Settings::default());
        let addr = running.addr();
        running.stop();
        assert!(std::net::TcpStream::connect(addr).is_err());
    }

    /// Takes one request, which it hands back, and gives an answer; `None`: it hangs up.
    fn listened(listener: &std::net::TcpListener, answer: Option<&str>) -> String {
        use std::io::{BufRead as _, Read as _, Write as _};
        let (stream, _) = listener.accept().unwrap();
        let mut reader = std::io::BufReader::new(stream);
        let mut request = String::new();
        while !request.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut request).unwrap() > 0, "{request}");
        }
        let head = request.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        if let Some(answer) = answer {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
            reader.get_mut().write_all(head.as_bytes()).unwrap();
        }
        request + &String::from_utf8(body).unwrap()
    }

    #[test]
    fn an_event_is_pushed_and_pushed_again_when_nobody_answers() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/wechat", listener.local_addr().unwrap());
        let running = run(with_faults(&format!("[push]\nurl = \"{url}\"")));
        let caller = Caller::new(&running);
        assert_eq!(caller.post("/wxa/add_store", &submission(2))["errcode"], 0);
        let first = listened(&listener, None);
        assert!(first.starts_with("POST /wechat?signature="), "{first}");
        assert!(first.contains("<Event><![CDATA[add_store_audit_info]]></Event>"), "{first}");
        let again = listened(&listener, Some("success"));
        let body = |request: &str| request.split_once("\r\n\r\n").unwrap().1.to_owned();
        assert_eq!(body(&first), body(&again));
        let begun = Instant::now();
        loop {
            let stats: Value = serde_json::from_str(&caller.get("/_sandbox/stats")).unwrap();
            if stats["pushes"] == json!({"waiting": 0, "answered": 1, "given_up": 0}) {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{stats}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn an_upload_is_a_form_with_a_file() {
        let running = run(Settings::default());
        let caller = Caller::new(&running);
        let upload = |name: &str| {
            let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\n");
            let body = [head.as_bytes(), b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0 and so on\r\n--b--\r\n"];
            let url = format!("{}/cgi-bin/media/upload?access_token={}&type=image", caller.base, caller.token);
            let request = caller.client.post(url).header("content-type", "multipart/form-data; boundary=b");
            let text = request.body(body.concat()).send().unwrap().text().unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        };
        assert_eq!(upload("media")["type"], "image");
        assert_eq!(upload("file")["errcode"], 41005);
        assert_eq!(caller.post("/cgi-bin/media/uploadimg", &json!({"media": "a"}))["errcode"], 41005);
    }

    #[test]
    fn an_address_that_is_not_this_machines_is_refused_before_anything_runs() {
        let settings = with_faults("[push]\nurl = \"http://192.0.2.1/\"");
        assert!(matches!(start("127.0.0.1:0".parse().unwrap(), settings, Vec::new()), Err(SandboxError::Push { .. })));
    }
}
