//! Access tokens: who gets which, and which are still good. Tokens are derived, so that the same one can be answered
//! again; of each only its SHA-256 is kept.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::dice::{Dice, sha256_hex};

/// How many tokens are remembered; an older one is as unknown as one never given.
const TOKENS_KEPT_MAX: usize = 10_000;

/// `stable_token` gives a new token once the old one has no more than this left, but never before three quarters of its
/// life (a scenario may make it short).
const RENEWAL_MS: i64 = 300_000;

/// A second `force_refresh` within this time gives the same token again.
const FORCE_PAUSE_MS: i64 = 30_000;

/// Which endpoint gave a token; neither ends a token of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// `cgi-bin/token`.
    Single,
    /// `cgi-bin/stable_token`.
    Stable,
}

/// How a token ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEnd {
    /// A newer one took its place: 40001.
    Replaced,
    /// The platform had enough of it: 42001.
    Expired,
}

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its number, from 1.
    pub number: u64,
    kind: TokenKind,
    /// Hashed like the token: people do mix up the appid and the secret.
    appid_sha256: String,
    sha256: String,
    at: i64,
    until: i64,
    forced: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<TokenEnd>,
    #[serde(default)]
    uses: u64,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// Never given, forgotten, or replaced: 40001.
    Unknown,
    /// 42001.
    Expired,
}

/// Someone asks for a token.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Where.
    pub kind: TokenKind,
    /// For which account.
    pub appid: &'a str,
    /// `force_refresh`.
    pub force: bool,
    /// When, in milliseconds.
    pub now: i64,
    /// How long a new one would live, in milliseconds.
    pub life_ms: i64,
    /// After how many calls any token ends.
    pub calls_max: Option<u64>,
}

/// A token goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The token itself; it is kept nowhere.
    pub plain: String,
    /// Seconds of life that it has left.
    pub expires_in: i64,
    /// What is new: the token to remember, and the number of the one that it ends.
    pub new: Option<(Token, Option<u64>)>,
}

/// All tokens that are remembered.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    by_number: BTreeMap<u64, Token>,
    by_hash: HashMap<String, u64>,
}

impl Tokens {
    /// The number of the token presented, if it is good now.
    pub fn check(&self, plain: &str, now: i64, calls_max: Option<u64>) -> Result<u64, Bad> {
        let token = self.find(plain).ok_or(Bad::Unknown)?;
        match token.ended {
            Some(TokenEnd::Replaced) => Err(Bad::Unknown),
            Some(TokenEnd::Expired) => Err(Bad::Expired),
            None if token.good(now, calls_max) => Ok(token.number),
            None => Err(Bad::Expired),
        }
    }

    /// What someone who asks gets. Decides only; [`remember`](Self::remember) makes it so.
    pub fn grant(&self, dice: Dice, asked: &Asked) -> Grant {
        let appid = sha256_hex(asked.appid);
        let mut tokens = self.by_number.values().rev();
        let current = tokens.find(|token| token.kind == asked.kind && token.appid_sha256 == appid);
        let kept = current.filter(|token| token.serves(asked)).and_then(|token| {
            let plain = plain(dice, asked.appid, token.number);
            // A token derived from another seed cannot be told again; a new one is given instead.
            (sha256_hex(&plain) == token.sha256).then_some((plain, token))
        });
        if let Some((plain, token)) = kept {
            return Grant { plain, expires_in: (token.until - asked.now) / 1000, new: None };
        }
        let ends = asked.kind == TokenKind::Single || asked.force;
        self.fresh(dice, asked, current.filter(|_| ends).map(|token| token.number))
    }

    fn fresh(&self, dice: Dice, asked: &Asked, ends: Option<u64>) -> Grant {
        let number = self.by_number.last_key_value().map_or(1, |(number, _)| number + 1);
        let plain = plain(dice, asked.appid, number);
        let token = Token {
            number,
            kind: asked.kind,
            appid_sha256: sha256_hex(asked.appid),
            sha256: sha256_hex(&plain),
            at: asked.now,
            until: asked.now + asked.life_ms,
            forced: asked.force,
            ended: None,
            uses: 0,
        };
        Grant { plain, expires_in: asked.life_ms / 1000, new: Some((token, ends)) }
    }

    /// Remembers a token.
    pub fn remember(&mut self, token: Token) {
        self.by_hash.insert(token.sha256.clone(), token.number);
        self.by_number.insert(token.number, token);
        while self.by_number.len() > TOKENS_KEPT_MAX {
            if let Some((_, oldest)) = self.by_number.pop_first() {
                self.by_hash.remove(&oldest.sha256);
            }
        }
    }

    /// Ends a token before its time.
    pub fn end(&mut self, number: u64, end: TokenEnd) {
        if let Some(token) = self.by_number.get_mut(&number) {
            token.ended.get_or_insert(end);
        }
    }

    /// Counts a call with a token.
    pub fn count(&mut self, number: u64) {
        if let Some(token) = self.by_number.get_mut(&number) {
            token.uses += 1;
        }
    }

    /// All of them, for the state file.
    pub fn all(&self) -> impl Iterator<Item = &Token> {
        self.by_number.values()
    }

    fn find(&self, plain: &str) -> Option<&Token> {
        self.by_hash.get(&sha256_hex(plain)).and_then(|number| self.by_number.get(number))
    }
}

impl Token {
    fn good(&self, now: i64, calls_max: Option<u64>) -> bool {
        self.ended.is_none() && now < self.until && calls_max.is_none_or(|max| self.uses < max)
    }

    /// Whether someone who asks gets this one again.
    fn serves(&self, asked: &Asked) -> bool {
        if asked.kind == TokenKind::Single || !self.good(asked.now, asked.calls_max) {
            return false;
        }
        if asked.force {
            return self.forced && asked.now - self.at < FORCE_PAUSE_MS;
        }
        self.until - asked.now > RENEWAL_MS.min((self.until - self.at) / 4)
    }
}

/// The token with this number: as long, and of the same characters, as the platform's.
fn plain(dice: Dice, appid: &str, number: u64) -> String {
    let number = number.to_string();
    let bytes: Vec<u8> =
        ["1", "2", "3"].iter().flat_map(|part| dice.digest("token", &[appid, &number, part])).collect();
    format!("9{number}_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: i64 = 7_200_000;

    fn ask(tokens: &mut Tokens, kind: TokenKind, force: bool, now: i64) -> Grant {
        let asked = Asked { kind, appid: "wx1", force, now, life_ms: LIFE, calls_max: None };
        let grant = tokens.grant(Dice::new(1), &asked);
        if let Some((token, ends)) = grant.new.clone() {
            if let Some(number) = ends {
                tokens.end(number, TokenEnd::Replaced);
            }
            tokens.remember(token);
        }
        grant
    }

    fn stable(tokens: &mut Tokens, force: bool, now: i64) -> String {
        ask(tokens, TokenKind::Stable, force, now).plain
    }

    #[test]
    fn a_stable_token_is_the_same_until_five_minutes_before_its_end() {
        let mut tokens = Tokens::default();
        let first = stable(&mut tokens, false, 0);
        assert_eq!(stable(&mut tokens, false, LIFE - RENEWAL_MS - 1), first);
        let second = stable(&mut tokens, false, LIFE - RENEWAL_MS);
        assert_ne!(second, first);
        assert!(tokens.check(&first, LIFE - 1, None).is_ok(), "both are good while they overlap");
        assert_eq!(tokens.check(&first, LIFE, None), Err(Bad::Expired));
    }

    #[test]
    fn a_forced_token_ends_the_old_one_at_once_but_not_twice_in_thirty_seconds() {
        let mut tokens = Tokens::default();
        let first = stable(&mut tokens, false, 0);
        let second = stable(&mut tokens, true, 1000);
        assert_eq!(tokens.check(&first, 1000, None), Err(Bad::Unknown));
        assert_eq!(stable(&mut tokens, true, 30_999), second);
        assert_ne!(stable(&mut tokens, true, 31_000), second);
    }

    #[test]
    fn the_other_endpoint_ends_only_its_own_previous_token() {
        let mut tokens = Tokens::default();
        let shared = stable(&mut tokens, false, 0);
        let first = ask(&mut tokens, TokenKind::Single, false, 1).plain;
        let second = ask(&mut tokens, TokenKind::Single, false, 2).plain;
        assert_eq!(tokens.check(&first, 3, None), Err(Bad::Unknown));
        assert!(tokens.check(&second, 3, None).is_ok() && tokens.check(&shared, 3, None).is_ok());
    }

    #[test]
    fn a_token_may_be_good_for_so_many_calls_only() {
        let mut tokens = Tokens::default();
        let token = stable(&mut tokens, false, 0);
        for _ in 0..3 {
            let number = tokens.check(&token, 0, Some(3)).unwrap();
            tokens.count(number);
        }
        assert_eq!(tokens.check(&token, 0, Some(3)), Err(Bad::Expired));
    }

    #[test]
    fn nothing_that_is_kept_holds_the_token() {
        let mut tokens = Tokens::default();
        let token = stable(&mut tokens, false, 0);
        let kept = serde_json::to_string(&tokens.all().collect::<Vec<_>>()).unwrap();
        assert!(token.len() > 100 && !kept.contains(&token));
    }
}
