//! How an event is written, signed and sealed: XML or JSON, SHA-1 over the sorted words, AES-256-CBC with blocks of 32 as
//! the platform pads them. Source: the platform's page on message encryption, whose examples are the tests.

use std::fmt::Write as _;

use aes::Aes256;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockEncryptMut as _, KeyIvInit as _};
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

use super::push::{Event, Format, Mode, PushTo};

/// Whole blocks of so many bytes, whatever AES itself needs.
const BLOCK_BYTES: usize = 32;

/// An `EncodingAESKey` is base64 without its last `=`, and its last bits need not be zero.
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// An event as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The parameters of the URL.
    pub query: String,
    /// The media type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// The 32 bytes of an `EncodingAESKey`; `None`: it is none.
pub fn key(encoding_aes_key: &str) -> Option<[u8; 32]> {
    KEY_BASE64.decode(encoding_aes_key).ok()?.try_into().ok()
}

/// The signature over these words, in any order.
pub fn signature(words: &[&str]) -> String {
    let mut words = words.to_vec();
    words.sort_unstable();
    let digest = Sha1::digest(words.concat().as_bytes());
    digest.iter().fold(String::with_capacity(40), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Seals a message: `random | length | message | appid`, padded and encrypted, in base64.
pub fn encrypt(key: &[u8; 32], random: &[u8; 16], message: &str, appid: &str) -> String {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut plain = [random.as_slice(), &length, message.as_bytes(), appid.as_bytes()].concat();
    let pad = BLOCK_BYTES - plain.len() % BLOCK_BYTES;
    plain.resize(plain.len() + pad, u8::try_from(pad).unwrap_or(0));
    let iv: [u8; 16] = std::array::from_fn(|n| key[n]);
    let cipher = cbc::Encryptor::<Aes256>::new(&(*key).into(), &iv.into());
    BASE64_STANDARD.encode(cipher.encrypt_padded_vec_mut::<NoPadding>(&plain))
}

/// An event as it travels to `to`, signed with this moment (seconds), and with 16 random bytes and a nonce of the caller's.
pub fn letter(to: &PushTo, account: &str, event: &Event, now_s: i64, nonce: &str, random: &[u8; 16]) -> Letter {
    let fields = fields(account, event);
    let timestamp = now_s.to_string();
    let plain = written(to.format, &fields);
    let openid = OPEN_ID;
    let signed = signature(&[&to.token, &timestamp, nonce]);
    let mut query = format!("signature={signed}&timestamp={timestamp}&nonce={nonce}&openid={openid}");
    let content_type = match to.format {
        Format::Xml => "text/xml",
        Format::Json => "application/json",
    };
    let aes_key = to.aes_key.as_deref().and_then(key).filter(|_| to.mode != Mode::Plain);
    let Some(aes_key) = aes_key else { return Letter { query, content_type, body: plain } };
    let sealed = encrypt(&aes_key, random, &plain, &to.appid);
    let signed = signature(&[&to.token, &timestamp, nonce, &sealed]);
    let _ = write!(query, "&encrypt_type=aes&msg_signature={signed}");
    let mut outer = if to.mode == Mode::Compatible { fields } else { Vec::new() };
    if outer.is_empty() {
        outer.push(("ToUserName".to_owned(), json!(account)));
    }
    outer.push(("Encrypt".to_owned(), json!(sealed)));
    Letter { query, content_type, body: written(to.format, &outer) }
}

/// Whose doing the event is; the platform names somebody even where nobody did anything.
const OPEN_ID: &str = "od1P50M-fNQI5Gcq-trm4a7apsU8";

fn fields(account: &str, event: &Event) -> Vec<(String, Value)> {
    let head = [
        ("ToUserName", json!(account)),
        ("FromUserName", json!(OPEN_ID)),
        ("CreateTime", json!(event.at_s)),
        ("MsgType", json!("event")),
        ("Event", json!(event.name)),
    ];
    let head = head.into_iter().map(|(key, value)| (key.to_owned(), value));
    head.chain(event.fields.iter().cloned()).collect()
}

fn written(format: Format, fields: &[(String, Value)]) -> String {
    match format {
        Format::Json => Value::Object(fields.iter().cloned().collect::<Map<_, _>>()).to_string(),
        Format::Xml => {
            let lines = fields.iter().map(|(key, value)| match value {
                // The end of a CDATA section is the one thing that cannot stand in one.
                Value::String(text) => {
                    format!("<{key}><![CDATA[{}]]></{key}>\n", text.replace("]]>", "]]]]><![CDATA[>"))
                }
                other => format!("<{key}>{other}</{key}>\n"),
            });
            format!("<xml>\n{}</xml>", lines.collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEALED: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";

    fn example_key() -> [u8; 32] {
        key(&"A".repeat(43)).unwrap()
    }

    #[test]
    fn the_platforms_own_examples_are_signed_alike() {
        assert_eq!(signature(&["AAAAA", "1714036504", "1514711492"]), "f464b24fc39322e44b38aa78f5edd27bd1441696");
        assert_eq!(signature(&["AAAAA", "1714037059", "486452656"]), "899cf89e464efb63f54ddac96b0a0a235f53aa78");
        let sealed = ["AAAAA", "1714112445", "415670741", SEALED];
        assert_eq!(signature(&sealed), "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3");
        assert_eq!(signature(&sealed[..3]), "6c5c811b55cc85e0e1b54100749188c20beb3f5d");
    }

    #[test]
    fn the_platforms_own_examples_are_sealed_alike() {
        let reply = encrypt(&example_key(), b"707722b803182950", "{\"demo_resp\":\"good luck\"}", "wxba5fad812f8e6fb9");
        assert_eq!(reply, "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==");
        let signed = signature(&["AAAAA", "1713424427", "415670741", &reply]);
        assert_eq!(signed, "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1");
        let message = opened(&example_key(), SEALED);
        assert_eq!(encrypt(&example_key(), b"a8eedb185eb2fecf", &message, "wxba5fad812f8e6fb9"), SEALED);
    }

    /// The message in what was sealed, as its receiver reads it.
    fn opened(key: &[u8; 32], sealed: &str) -> String {
        use cbc::cipher::BlockDecryptMut as _;
        let iv: [u8; 16] = std::array::from_fn(|n| key[n]);
        let cipher = cbc::Decryptor::<Aes256>::new(&(*key).into(), &iv.into());
        let plain = cipher.decrypt_padded_vec_mut::<NoPadding>(&BASE64_STANDARD.decode(sealed).unwrap()).unwrap();
        let length = u32::from_be_bytes(plain[16..20].try_into().unwrap()) as usize;
        String::from_utf8(plain[20..20 + length].to_vec()).unwrap()
    }

    fn event() -> Event {
        Event::new("add_store_audit_info", 1_488_856_741_000, &[("audit_id", json!(11111)), ("reason", json!("a]]>b"))])
    }

    #[test]
    fn an_event_in_xml_looks_as_in_the_document() {
        let to = PushTo::plain("http://127.0.0.1:1/".to_owned());
        let letter = letter(&to, "gh_4346ac1514d8", &event(), 1_488_856_741, "7", &[0; 16]);
        let expected = "<xml>\n<ToUserName><![CDATA[gh_4346ac1514d8]]></ToUserName>\n\
            <FromUserName><![CDATA[od1P50M-fNQI5Gcq-trm4a7apsU8]]></FromUserName>\n<CreateTime>1488856741</CreateTime>\n\
            <MsgType><![CDATA[event]]></MsgType>\n<Event><![CDATA[add_store_audit_info]]></Event>\n\
            <audit_id>11111</audit_id>\n<reason><![CDATA[a]]]]><![CDATA[>b]]></reason>\n</xml>";
        assert_eq!(letter.body, expected);
        assert!(letter.query.starts_with(&format!("signature={}", signature(&["sandbox", "1488856741", "7"]))));
    }

    #[test]
    fn a_sealed_event_opens_to_the_plain_one_and_a_compatible_one_has_both() {
        let plain = PushTo::plain("http://127.0.0.1:1/".to_owned());
        for (mode, shows_fields) in [(Mode::Encrypted, false), (Mode::Compatible, true)] {
            let to = PushTo { mode, format: Format::Json, aes_key: Some("A".repeat(43)), ..plain.clone() };
            let sent = letter(&to, "gh_1", &event(), 5, "7", &[1; 16]);
            let body: Value = serde_json::from_str(&sent.body).unwrap();
            let sealed = body["Encrypt"].as_str().unwrap();
            let inner: Value = serde_json::from_str(&opened(&example_key(), sealed)).unwrap();
            assert_eq!((&inner["Event"], &inner["reason"]), (&json!("add_store_audit_info"), &json!("a]]>b")));
            assert_eq!(body.get("Event").is_some(), shows_fields);
            assert!(sent.query.ends_with(&signature(&["sandbox", "5", "7", sealed])));
        }
    }
}
