//! Who is let in: the method, the token, the day's quota and the rate; and who gets a token.

use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::dice::sha256_hex;
use super::effect::Effect;
use super::platform::{Decision, Platform};
use super::request::{Method, Request};
use super::token::{Asked, Bad, TokenEnd, TokenKind};
use crate::wire::Endpoint;

impl Platform {
    /// Whether the caller is let in: method, token, quota, rate. Answers the number of the token.
    pub(super) fn admit(&self, now: i64, endpoint: Endpoint, request: &Request) -> Result<Option<u64>, Refusal> {
        asked_rightly(endpoint, request.method)?;
        if endpoint.is_token() {
            let refused = Some(45009).filter(|_| self.is_spent(endpoint, now));
            let refused = refused.or(self.rules.scenario.account.token_errcode);
            return refused.map_or(Ok(None), |code| Err(Refusal::of(code)));
        }
        if request.is_escaped && self.rules.scenario.account.refuses_escapes {
            return Err(Refusal::of(47002));
        }
        let token = self.identify(now, request)?;
        let scenario = &self.rules.scenario;
        if endpoint != Endpoint::QuotaGet && self.is_spent(endpoint, now) {
            return Err(Refusal::of(45009));
        }
        let is_spent = |rate: u32| self.tally.in_last_second(endpoint, now) >= rate as usize;
        if scenario.rate_borne.is_some_and(is_spent) {
            return Err(Refusal::of(45011));
        }
        Ok(Some(token))
    }

    /// Used of the day's quota, by whoever calls.
    pub(super) fn used_of_day(&self, endpoint: Endpoint, now: i64) -> u64 {
        let others: u64 = self.rules.scenario.others.iter().map(|others| others.used(endpoint, now)).sum();
        self.tally.used_today(endpoint, now) + others
    }

    fn is_spent(&self, endpoint: Endpoint, now: i64) -> bool {
        self.used_of_day(endpoint, now) >= self.rules.scenario.limit(endpoint)
    }

    pub(super) fn identify(&self, now: i64, request: &Request) -> Result<u64, Refusal> {
        let token = request.param("access_token").ok_or(Refusal::of(41001))?;
        self.tokens.check(token, now, self.rules.scenario.token_calls).map_err(|bad| match bad {
            // The platform repeats what it refuses; whoever writes its words down writes down a token.
            Bad::Unknown => Refusal::with(40001, &format!(" access_token: {token}")),
            Bad::Expired => Refusal::of(42001),
        })
    }

    /// Gives a token to who may have one.
    pub(super) fn grant(&self, now: i64, kind: TokenKind, form: &Map<String, Value>) -> Decision {
        let (scenario, text) = (&self.rules.scenario, |key: &str| form.get(key).and_then(Value::as_str));
        let appid = match credentials(&text, scenario.appid.as_deref(), scenario.secret_sha256.as_deref()) {
            Ok(appid) => appid,
            Err(refusal) => return Decision::refused(refusal),
        };
        let force = form.get("force_refresh").and_then(Value::as_bool).unwrap_or(false);
        let life_ms = i64::try_from(scenario.token_life_s).unwrap_or(i64::MAX).saturating_mul(1000).min(i64::MAX / 4);
        let asked = Asked { kind, appid, force, now, life_ms, calls_max: scenario.token_calls };
        let grant = self.tokens.grant(self.rules.dice, &asked);
        let answer = json!({"access_token": grant.plain, "expires_in": grant.expires_in});
        let effects = grant.new.into_iter().flat_map(|(token, ends)| {
            let ended = ends.map(|number| Effect::TokenEnded { number, end: TokenEnd::Replaced });
            ended.into_iter().chain([Effect::Granted(token)])
        });
        Decision { effects: effects.collect(), answer: Ok(answer) }
    }
}

/// Whether the endpoint takes the method: 43001 if it wants GET, 43002 if it wants POST.
fn asked_rightly(endpoint: Endpoint, method: Method) -> Result<(), Refusal> {
    let gets = matches!(endpoint, Endpoint::Token | Endpoint::GetMerchantCategory | Endpoint::GetDistrict);
    match (endpoint, method) {
        // The document says GET, half of the clients POST, and the newer pages ask for a body.
        (Endpoint::GetMerchantAuditInfo, Method::Get | Method::Post) => Ok(()),
        (Endpoint::GetMerchantAuditInfo, Method::Other) => Err(Refusal::of(43001)),
        (_, Method::Get) if gets => Ok(()),
        (_, _) if gets => Err(Refusal::of(43001)),
        (_, Method::Post) => Ok(()),
        (_, Method::Get | Method::Other) => Err(Refusal::of(43002)),
    }
}

/// The appid, if it and the secret are taken.
fn credentials<'a>(
    text: &impl Fn(&str) -> Option<&'a str>,
    appid_taken: Option<&str>,
    secret_taken: Option<&str>,
) -> Result<&'a str, Refusal> {
    if text("grant_type") != Some("client_credential") {
        return Err(Refusal::of(40002));
    }
    let appid = text("appid").filter(|text| !text.is_empty()).ok_or(Refusal::of(41002))?;
    let secret = text("secret").filter(|text| !text.is_empty()).ok_or(Refusal::of(41004))?;
    if appid_taken.is_some_and(|taken| taken != appid) {
        return Err(Refusal::of(40013));
    }
    if secret_taken.is_some_and(|taken| !taken.eq_ignore_ascii_case(&sha256_hex(secret))) {
        return Err(Refusal::of(40125));
    }
    Ok(appid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bench::{Bench, LIST};

    #[test]
    fn the_door_is_kept_by_method_and_token() {
        let mut bench = Bench::new("");
        assert_eq!(bench.send(0, Method::Get, LIST, "")["errcode"], 43002);
        assert_eq!(bench.send(0, Method::Post, "/cgi-bin/token", "{}")["errcode"], 43001);
        assert_eq!(bench.send(0, Method::Post, LIST, "{")["errcode"], 47001);
        assert_eq!(bench.code(7_200_000, LIST, &json!({})), 42001);
        bench.token = "forged".into();
        let refused = bench.ask(0, LIST, &json!({}));
        assert_eq!(refused["errcode"], 40001);
        assert!(refused["errmsg"].as_str().unwrap().contains("forged"), "the platform echoes what it refuses");
        bench.token.clear();
        assert_eq!(bench.code(0, LIST, &json!({})), 41001);
    }

    #[test]
    fn a_pinned_account_takes_only_its_own_appid_and_secret() {
        let code = |scenario: &str, form: Value| Bench::new(scenario).code(0, "/cgi-bin/stable_token", &form);
        let form = json!({"grant_type": "client_credential", "appid": "wx1", "secret": "s"});
        assert_eq!(code("appid = \"wx2\"", form.clone()), 40013);
        assert_eq!(code("secret_sha256 = \"00\"", form.clone()), 40125);
        assert_eq!(code(&format!("secret_sha256 = \"{}\"", sha256_hex("s")), form), 0);
        assert_eq!(code("", json!({"grant_type": "client_credential", "appid": "wx1", "secret": ""})), 41004);
    }

    #[test]
    fn more_calls_a_second_than_are_borne_are_throttled() {
        let mut bench = Bench::new("rate_borne = 2");
        let codes: Vec<_> = [0, 500, 999, 1000].map(|now| bench.code(now, LIST, &json!({}))).into();
        assert_eq!(codes, [0, 0, 45011, 0]);
    }

    #[test]
    fn each_endpoint_has_a_day_of_its_own_which_others_use_as_well() {
        let scenario = "daily_limit = 9\n[daily_limits]\ngetpoilist = 3\nstable_token = 1\n\
                        [[others]]\nendpoint = \"getpoilist\"\nat_once = 1\nfrom_hour = 8";
        let mut bench = Bench::new(scenario);
        let form = json!({"grant_type": "client_credential", "appid": "wx1", "secret": "s"});
        assert_eq!(bench.code(1, "/cgi-bin/stable_token", &form), 45009, "the first was the bench's own");
        // 1970 began at 8 in the morning there.
        let codes: Vec<_> = [0, 1, 2].map(|now| bench.code(now, LIST, &json!({}))).into();
        assert_eq!(codes, [0, 0, 45009]);
        let midnight = 57_600_000;
        assert_eq!(bench.code(midnight, "/cgi-bin/stable_token", &form), 0);
    }

    #[test]
    fn an_expired_token_stays_expired_and_a_new_one_is_given() {
        let mut bench = Bench::new("[[faults]]\nendpoint = \"getpoilist\"\nkind = \"expire\"\nuntil = 1");
        assert_eq!([bench.code(0, LIST, &json!({})), bench.code(0, LIST, &json!({}))], [42001, 42001]);
        let old = bench.token.clone();
        let mut bench = bench.signed_in();
        assert_ne!(bench.token, old);
        assert_eq!(bench.code(0, LIST, &json!({})), 0);
    }
}
