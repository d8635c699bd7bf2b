//! What the platform says: refusals with its own texts, and the shape in which an answer leaves (or does not).

use std::borrow::Cow;

use serde_json::{Value, json};

use super::dice::Dice;

/// Stands for a control character until the answer is text: JSON would escape the real one, and the platform
/// sometimes forgets to. A Unicode noncharacter, so that no store's text holds it.
pub const RAW_CONTROL: char = '\u{FDD0}';

/// The platform says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The errcode.
    pub code: i64,
    /// The text, without the request's number.
    pub text: Cow<'static, str>,
}

impl Refusal {
    /// The refusal with this code and the platform's usual text for it.
    pub const fn of(code: i64) -> Self {
        Self { code, text: Cow::Borrowed(usual_text(code)) }
    }

    /// The same with `more` behind the text.
    pub fn with(code: i64, more: &str) -> Self {
        Self { code, text: Cow::Owned(format!("{}{more}", usual_text(code))) }
    }
}

/// The texts of section 4 and of the tables for poi and wxa, misspellings included.
const fn usual_text(code: i64) -> &'static str {
    match code {
        -1 => "system error",
        40001 => {
            "invalid credential, access_token is invalid or not latest, could get access_token by \
             getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r"
        }
        40002 => "invalid grant_type",
        40004 => "invalid media type",
        40005 => "invalid file type",
        40006 => "invalid meida size",
        40009 => "invalid image size",
        40013 => "invalid appid",
        40014 => "invalid access_token",
        40066 => "invalid url",
        40073 => "invalid card id",
        40097 => "invalid args",
        40104 => "invalid category id",
        40125 => "invalid appsecret",
        40164 => "invalid ip 127.0.0.1, not in whitelist",
        40243 => "appsecret has been frozen",
        41001 => "access_token missing",
        41002 => "appid missing",
        41004 => "appsecret missing",
        41005 => "media data missing",
        42001 => "access_token expired",
        43001 => "require GET method",
        43002 => "require POST method",
        43104 => "this appid does not have permission",
        44001 => "empty media data",
        44002 => "empty post data",
        45001 => "media size out of limit",
        45009 => "reach max api daily quota limit",
        45011 => "api minute-quota reach limit, must slower, retry next minute",
        47001 => "data format error",
        47002 => "data format error, do NOT use json unicode encode (\\uxxxx\\uxxxx), please use utf8 encoded text",
        48001 => "api unauthorized",
        50002 => "user limited",
        65106 => "poi audit state must be approved",
        65107 => "poi not allowed modify now",
        65115 => "poi_id is not exist",
        65116 => "poi has been deleted",
        65117 => "cannot delete poi",
        65118 => "store status is invalid",
        65119 => "lack of qualification for relevant principals",
        76001 => "rid not found",
        76003 => "cgi_path should start with /",
        76021 => "cgi_path not found, please check",
        85024 => "need org_code/other_files",
        85025 => "this phone reach bind limit",
        85026 => "this wechat account reach bind limit",
        85027 => "this idcard reach bind limit",
        85028 => "this contractor reach bind limit",
        85029 => "nickname has used",
        85030 => "invalid nickname size(4-30)",
        85031 => "nickname is forbidden",
        85032 => "nickname is complained",
        85033 => "nickname is illegal",
        85034 => "nickname is protected",
        85035 => "nickname is forbidden for different contractor",
        85036 => "introduction is illegal",
        85038 => "store has added",
        85039 => "store has added by others",
        85040 => "store has added by yourseld",
        85041 => "credential has used",
        85042 => "nearby reach limit",
        85049 => "reach headimg or introduction quota limit",
        85050 => "verifying don't apply again",
        85053 => "please apply merchant first",
        85054 => "poi_id is null, please upgrade first",
        85055 => "map_poi_id is invalid",
        85056 => "mediaid is invalid",
        89503 => "this ip needs the confirmation of the administrator",
        89506 => "this ip was refused twice by the administrator, please try again after 24 hours",
        89507 => "this ip was refused by the administrator, please try again after 1 hour",
        _ => "unknown error",
    }
}

/// How much of an answer reaches the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// All of it.
    Whole,
    /// The first half, then the connection is closed.
    Cut,
    /// Nothing: the connection is closed.
    Nothing,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// How much of it arrives.
    pub delivery: Delivery,
    /// The HTTP status: 200 even for refusals.
    pub status: u16,
    /// The media type.
    pub content_type: &'static str,
    /// The errcode that it carries, if it is the platform's JSON.
    pub errcode: Option<i64>,
    /// The text.
    pub body: String,
}

impl Reply {
    /// The platform's JSON, which it calls plain text.
    pub fn json(answer: Result<Value, Refusal>, rid: &str) -> Self {
        let (errcode, value) = match answer {
            Ok(value) => (0, value),
            Err(Refusal { code, text }) => (code, json!({"errcode": code, "errmsg": format!("{text} rid: {rid}")})),
        };
        let body = value.to_string().replace(RAW_CONTROL, "\u{0b}");
        Self { delivery: Delivery::Whole, status: 200, content_type: "text/plain", errcode: Some(errcode), body }
    }

    /// A page of the gateway in front of the platform.
    pub fn gateway(status: u16, title: &str) -> Self {
        let head = format!("<html>\r\n<head><title>{status} {title}</title></head>\r\n");
        let body = format!("{head}<body>\r\n<center><h1>{status} {title}</h1></center>\r\n</body>\r\n</html>\r\n");
        Self { delivery: Delivery::Whole, status, content_type: "text/html", errcode: None, body }
    }

    /// The same answer, of which only the first half arrives.
    pub fn cut(self) -> Self {
        Self { delivery: Delivery::Cut, errcode: None, ..self }
    }

    /// No answer at all; status 0 in the log of calls.
    pub const fn nothing() -> Self {
        Self { delivery: Delivery::Nothing, status: 0, content_type: "", errcode: None, body: String::new() }
    }
}

/// The number that the platform gives a request: `61725984-6126f6f9-040f19c4`, the first part the time in seconds.
pub fn rid(dice: Dice, now_ms: i64, seq: u64) -> String {
    let roll = dice.roll("rid", &[&seq.to_string()]);
    format!("{:08x}-{:08x}-{:08x}", (now_ms / 1000) & 0xffff_ffff, roll >> 32, roll & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_http_200_with_the_requests_number_behind_its_text() {
        let reply = Reply::json(Err(Refusal::of(65116)), "a-b-c");
        assert_eq!((reply.status, reply.errcode), (200, Some(65116)));
        assert_eq!(reply.body, r#"{"errcode":65116,"errmsg":"poi has been deleted rid: a-b-c"}"#);
    }

    #[test]
    fn a_control_character_leaves_raw() {
        let reply = Reply::json(Ok(json!({"introduction": format!("a{RAW_CONTROL}b")})), "");
        assert_eq!(reply.body, "{\"introduction\":\"a\u{0b}b\"}");
    }

    #[test]
    fn a_requests_number_has_three_parts_of_eight() {
        let rid = rid(Dice::new(1), 1_795_457_400_000, 9);
        assert_eq!(rid.split('-').map(str::len).collect::<Vec<_>>(), [8, 8, 8]);
    }
}
