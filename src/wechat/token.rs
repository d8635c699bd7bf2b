//! The access token: fetched or given, renewed by one worker at a time however many meet an expired one.

use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::patience::{LOOK_UP, sleep_until};
use super::secret::Secret;
use crate::store::{Clock, Stamp};
use crate::wire::Endpoint;

/// Forced refreshes closer than this give the same token again.
const FORCED_APART: Duration = Duration::from_secs(30);

/// The platform allows 20 a day; a run that needs more than this has another trouble.
const FORCED_MAX: u32 = 2;

/// So many renewals in a row that brought no accepted token, and the platform is taken at its word.
const FRUITLESS_MAX: u32 = 3;

/// A token is renewed this long before its end, and a short-lived one in its last quarter, so that no request leaves with
/// one that ends on the way.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// How long `access_token_command` may take.
const COMMAND_MAX: Duration = Duration::from_secs(10);

/// Where tokens come from.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// From the platform, by appid and secret.
    Secret {
        /// The account.
        appid: String,
        /// Its secret.
        secret: Secret,
        /// `stable_token`, or `token` if it was asked for.
        endpoint: Endpoint,
    },
    /// Held elsewhere, as it is.
    Given(Secret),
    /// Held elsewhere, in a file that its holder renews.
    File(std::path::PathBuf),
    /// Held elsewhere; a command prints it, or JSON with `access_token` and `expires_in`.
    Command {
        /// For the shell.
        command: String,
        /// It sees this as `POILIFT_APPID`.
        appid: String,
    },
}

/// No token could be had.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TokenError {
    /// The platform refused.
    #[error("{endpoint} refused: {errcode} {errmsg}")]
    Refused {
        /// Which endpoint.
        endpoint: Endpoint,
        /// Its code.
        errcode: i64,
        /// Its words, redacted.
        errmsg: String,
        /// The request's number in the platform's logs.
        rid: Option<String>,
    },
    /// The platform could not be asked, or its answer was none.
    #[error("no answer from {endpoint}: {why}")]
    Unreachable {
        /// Which endpoint.
        endpoint: Endpoint,
        /// What happened.
        why: String,
    },
    /// The file or command gave none.
    #[error("no access token: {0}")]
    NotGiven(String),
    /// A token held elsewhere is refused, and its holder gives no other.
    #[error("the platform refuses the access token that was given")]
    GivenRefused,
    /// The platform refuses every token that it hands out.
    #[error("the platform refuses the very token that it hands out")]
    AlwaysRefused,
    /// A person wants everything to end.
    #[error("stopped")]
    Stopped,
}

/// Asks the platform for a token: force or not.
pub(super) type Fetch<'a> = dyn Fn(bool) -> Result<(Secret, u64), TokenError> + 'a;

#[derive(Default)]
struct Held {
    /// The token, and when it is to be renewed.
    token: Option<(Secret, Option<Stamp>)>,
    forced_at: Option<Stamp>,
    forced: u32,
    /// Renewals since a token was last accepted.
    fruitless: u32,
}

pub(super) struct TokenKeeper {
    source: TokenSource,
    held: Mutex<Held>,
    clock: Clock,
    stopped: Box<dyn Fn() -> bool + Send + Sync>,
}

impl TokenKeeper {
    pub fn new(source: TokenSource, clock: Clock) -> Self {
        Self { source, held: Mutex::new(Held::default()), clock, stopped: Box::new(|| false) }
    }

    /// The same, waiting for nothing once `stopped` says so.
    pub fn until(self, stopped: Box<dyn Fn() -> bool + Send + Sync>) -> Self {
        Self { stopped, ..self }
    }

    /// The token to send with.
    pub fn current(&self, fetch: &Fetch<'_>) -> Result<Secret, TokenError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match &held.token {
            Some((token, renew_at)) if renew_at.is_none_or(|renew_at| self.clock.now() < renew_at) => Ok(token.clone()),
            _ => self.obtain(&mut held, false, fetch),
        }
    }

    /// The platform took the token.
    pub fn accepted(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.fruitless = 0;
        held.forced = 0;
    }

    /// A token other than `refused`. Whoever comes while another renews waits for its result and takes it.
    ///
    /// The platform may hand back the very token that it refused: then one forced refresh, at least 30 s after the
    /// last one.
    pub fn renew(&self, refused: &Secret, fetch: &Fetch<'_>) -> Result<Secret, TokenError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, _)) = held.token.as_ref().filter(|(token, _)| token != refused) {
            return Ok(token.clone());
        }
        held.fruitless += 1;
        if held.fruitless > FRUITLESS_MAX {
            return Err(TokenError::AlwaysRefused);
        }
        let token = self.obtain(&mut held, false, fetch)?;
        if token != *refused {
            return Ok(token);
        }
        if !matches!(self.source, TokenSource::Secret { .. }) {
            return Err(TokenError::GivenRefused);
        }
        if held.forced >= FORCED_MAX {
            return Err(TokenError::AlwaysRefused);
        }
        if let Some(at) = held.forced_at {
            let apart = FORCED_APART.saturating_sub(self.clock.now().since(at));
            sleep_until(&*self.clock, apart, &self.stopped);
            if (self.stopped)() {
                return Err(TokenError::Stopped);
            }
        }
        held.forced_at = Some(self.clock.now());
        held.forced += 1;
        let token = self.obtain(&mut held, true, fetch)?;
        if token == *refused { Err(TokenError::AlwaysRefused) } else { Ok(token) }
    }

    fn obtain(&self, held: &mut Held, force: bool, fetch: &Fetch<'_>) -> Result<Secret, TokenError> {
        let (token, expires_in) = match &self.source {
            TokenSource::Secret { .. } => fetch(force).map(|(token, seconds)| (token, Some(seconds)))?,
            TokenSource::Given(token) => (token.clone(), None),
            TokenSource::File(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| TokenError::NotGiven(format!("{}: {error}", path.display())))?;
                let token = Secret::new(&text);
                (token.ok_or_else(|| TokenError::NotGiven(format!("{} is empty", path.display())))?, None)
            }
            TokenSource::Command { command, appid } => run_command(command, appid, &self.stopped)?,
        };
        let renew_at = expires_in.map(|seconds| {
            let life = Duration::from_secs(seconds);
            self.clock.now().after(life.saturating_sub(RENEW_BEFORE.min(life / 4)))
        });
        held.token = Some((token.clone(), renew_at));
        Ok(token)
    }

    /// The body and query by which the platform is asked for a token.
    pub fn request(&self, force: bool) -> Option<TokenRequest<'_>> {
        let TokenSource::Secret { appid, secret, endpoint } = &self.source else { return None };
        Some(match endpoint {
            Endpoint::Token => TokenRequest {
                endpoint: *endpoint,
                query: vec![("secret", secret)],
                plain: vec![("grant_type", "client_credential"), ("appid", appid)],
                body: None,
            },
            _ => TokenRequest {
                endpoint: *endpoint,
                query: Vec::new(),
                plain: Vec::new(),
                body: Some(json!({
                    "grant_type": "client_credential", "appid": appid, "secret": secret.expose(), "force_refresh": force,
                })),
            },
        })
    }
}

pub(super) struct TokenRequest<'a> {
    pub endpoint: Endpoint,
    pub query: Vec<(&'a str, &'a Secret)>,
    pub plain: Vec<(&'a str, &'a str)>,
    pub body: Option<Value>,
}

/// Runs `access_token_command`; what it prints is never shown, not even in an error.
fn run_command(command: &str, appid: &str, stopped: &dyn Fn() -> bool) -> Result<(Secret, Option<u64>), TokenError> {
    let failed = |why: &str| TokenError::NotGiven(format!("access_token_command {why}"));
    let mut child = Command::new("sh")
        .args(["-c", command])
        .env("POILIFT_APPID", appid)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(&format!("could not be started: {error}")))?;
    let (sender, receiver) = channel();
    let mut stdout = child.stdout.take();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.as_mut().map(|out| std::io::Read::read_to_string(out, &mut text));
        let _ = sender.send(read.is_some_and(|read| read.is_ok()).then_some(text));
    });
    let Ok(text) = patiently(&receiver, stopped) else {
        end(&mut child);
        return Err(if stopped() { TokenError::Stopped } else { failed("did not end within 10 seconds") });
    };
    let status = child.wait().map_err(|error| failed(&error.to_string()))?;
    if !status.success() {
        // A terminal's Ctrl-C reaches the command too, and may end it before this process has heard of it.
        if stopped() || (is_interrupted(status) && soon(stopped)) {
            return Err(TokenError::Stopped);
        }
        return Err(failed(&format!("ended with {status}")));
    }
    let text = text.ok_or_else(|| failed("printed no text"))?;
    let (token, expires_in) = match serde_json::from_str::<Value>(&text) {
        Ok(answer @ Value::Object(_)) => {
            let token = answer.get("access_token").and_then(Value::as_str).and_then(Secret::new);
            (token, answer.get("expires_in").and_then(Value::as_u64))
        }
        _ => (Secret::new(&text), None),
    };
    token.map(|token| (token, expires_in)).ok_or_else(|| failed("printed no token"))
}

/// It has taken too long, or a person wants everything to end.
struct TooLong;

/// What the command printed, if it was text.
fn patiently(receiver: &Receiver<Option<String>>, stopped: &dyn Fn() -> bool) -> Result<Option<String>, TooLong> {
    let begun = std::time::Instant::now();
    while begun.elapsed() < COMMAND_MAX && !stopped() {
        match receiver.recv_timeout(LOOK_UP) {
            Ok(text) => return Ok(text),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
    Err(TooLong)
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Whether it is so within half a second.
fn soon(stopped: &dyn Fn() -> bool) -> bool {
    (0..5).any(|_| {
        std::thread::sleep(LOOK_UP);
        stopped()
    })
}

fn is_interrupted(status: std::process::ExitStatus) -> bool {
    const SIGINT: i32 = 2;
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(SIGINT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SetClock;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn secret(text: &str) -> Secret {
        Secret::new(text).unwrap()
    }

    fn keeper(clock: &SetClock) -> TokenKeeper {
        let source = TokenSource::Secret {
            appid: "wx1".into(),
            secret: secret("secret-of-wx1"),
            endpoint: Endpoint::StableToken,
        };
        TokenKeeper::new(source, Arc::new(clock.clone()))
    }

    #[test]
    fn however_many_meet_a_refused_token_one_of_them_fetches() {
        let keeper = keeper(&SetClock::default());
        let fetched = AtomicUsize::new(0);
        let fetch = |_: bool| {
            let n = fetched.fetch_add(1, Ordering::SeqCst);
            Ok((secret(&format!("token-{n}")), 7200))
        };
        let first = keeper.current(&fetch).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| assert_eq!(keeper.renew(&first, &fetch).unwrap(), secret("token-1")));
            }
        });
        assert_eq!(fetched.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn the_very_token_that_was_refused_is_met_by_one_forced_refresh() {
        let keeper = keeper(&SetClock::default());
        let fetch = |force: bool| Ok((secret(if force { "token-new" } else { "token-old" }), 7200));
        let old = keeper.current(&fetch).unwrap();
        assert_eq!(keeper.renew(&old, &fetch).unwrap(), secret("token-new"));
    }

    #[test]
    fn a_platform_that_refuses_all_it_hands_out_is_not_asked_for_ever() {
        let keeper = keeper(&SetClock::default());
        let fetch = |_: bool| Ok((secret("token-same"), 7200));
        let token = keeper.current(&fetch).unwrap();
        for _ in 0..4 {
            assert!(matches!(keeper.renew(&token, &fetch), Err(TokenError::AlwaysRefused)));
        }
        assert_eq!(keeper.held.lock().unwrap().forced, FORCED_MAX);
    }

    #[test]
    fn new_tokens_that_are_all_refused_end_too_and_one_that_is_accepted_begins_anew() {
        let keeper = keeper(&SetClock::default());
        let fetched = AtomicUsize::new(0);
        let fetch = |_: bool| Ok((secret(&format!("token-{}", fetched.fetch_add(1, Ordering::SeqCst))), 7200));
        let mut token = keeper.current(&fetch).unwrap();
        for _ in 0..2 {
            for _ in 0..FRUITLESS_MAX {
                token = keeper.renew(&token, &fetch).unwrap();
            }
            keeper.accepted();
        }
        for _ in 0..FRUITLESS_MAX {
            token = keeper.renew(&token, &fetch).unwrap();
        }
        assert!(matches!(keeper.renew(&token, &fetch), Err(TokenError::AlwaysRefused)));
    }

    #[test]
    fn a_token_is_renewed_before_its_end() {
        let clock = SetClock::default();
        let keeper = keeper(&clock);
        let fetched = AtomicUsize::new(0);
        let fetch = |_: bool| Ok((secret(&format!("token-{}", fetched.fetch_add(1, Ordering::SeqCst))), 300));
        let _ = keeper.current(&fetch).unwrap();
        clock.set(239_000);
        assert_eq!(keeper.current(&fetch).unwrap(), secret("token-0"));
        clock.set(241_000);
        assert_eq!(keeper.current(&fetch).unwrap(), secret("token-1"));
    }

    #[test]
    fn a_command_prints_the_token_or_json_and_sees_the_appid() {
        let (token, expires_in) = run_command("echo token-of-$POILIFT_APPID", "wx1", &|| false).unwrap();
        assert_eq!((token, expires_in), (secret("token-of-wx1"), None));
        let json = r#"echo '{"access_token":"t-123456","expires_in":60}'"#;
        let (token, expires_in) = run_command(json, "wx1", &|| false).unwrap();
        assert_eq!((token, expires_in), (secret("t-123456"), Some(60)));
    }

    #[test]
    fn a_command_that_fails_is_an_error_that_shows_nothing_of_what_it_printed() {
        let error = run_command("echo token-on-stdout; exit 3", "wx1", &|| false).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && !error.contains("token-on-stdout"), "{error}");
    }

    #[test]
    fn a_command_that_takes_its_time_is_not_waited_for_once_a_person_wants_everything_to_end() {
        let begun = std::time::Instant::now();
        let stopped = || begun.elapsed() > Duration::from_millis(200);
        let error = run_command("sleep 30", "wx1", &stopped).unwrap_err();
        assert!(matches!(error, TokenError::Stopped), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }

    #[test]
    fn the_time_between_two_forced_refreshes_is_not_sat_out_by_a_run_that_stops() {
        let keeper = keeper(&SetClock::default()).until(Box::new(|| true));
        let fetch = |force: bool| Ok((secret(if force { "token-new" } else { "token-old" }), 7200));
        let old = keeper.current(&fetch).unwrap();
        // The first forced refresh waits for nothing.
        assert_eq!(keeper.renew(&old, &fetch).unwrap(), secret("token-new"));
        let fetch = |_: bool| Ok((secret("token-new"), 7200));
        assert!(matches!(keeper.renew(&secret("token-new"), &fetch), Err(TokenError::Stopped)));
    }
}
