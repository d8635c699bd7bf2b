//! What the platform remembers of one request (`openapi/rid/get`; POST; not in the API document). Only the account whose
//! request it was may ask, for 7 days. Errcodes: 76001 to 76004. The answer repeats the request with its token: whoever reads
//! it redacts it before anything else.

use serde::Serialize;
use serde_json::{Value, json};

use super::json;
use super::rule::{Misfit, text_at};

/// One request, as the platform saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RidRequest {
    /// When, in seconds since 1970.
    pub invoke_time: Option<i64>,
    /// How long it took, in milliseconds.
    pub cost_in_ms: Option<i64>,
    /// The address, redacted.
    pub request_url: String,
    /// What was sent.
    pub request_body: String,
    /// What was answered.
    pub response_body: String,
    /// The address that the platform saw.
    pub client_ip: String,
}

/// The request.
#[must_use]
pub fn body(rid: &str) -> Value {
    json!({"rid": rid})
}

impl RidRequest {
    /// Takes the answer apart.
    ///
    /// # Errors
    ///
    /// There is no `request` in it.
    pub fn from_value(answer: &Value) -> Result<Self, Misfit> {
        let request =
            answer.get("request").filter(|request| request.is_object()).ok_or_else(|| Misfit::no("request"))?;
        let number = |key: &str| request.get(key).and_then(json::integer);
        Ok(Self {
            invoke_time: number("invoke_time"),
            cost_in_ms: number("cost_in_ms"),
            request_url: text_at(request, "request_url"),
            request_body: text_at(request, "request_body"),
            response_body: text_at(request, "response_body"),
            client_ip: text_at(request, "client_ip"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_with_what_it_lacks_left_out() {
        let read = RidRequest::from_value(&json!({"errcode": 0, "request": {
            "invoke_time": "1700000000", "request_body": "{}", "client_ip": "203.0.113.7"}}))
        .unwrap();
        assert_eq!(
            (read.invoke_time, read.cost_in_ms, read.client_ip.as_str()),
            (Some(1_700_000_000), None, "203.0.113.7")
        );
        assert_eq!(RidRequest::from_value(&json!({"errcode": 0})).unwrap_err().to_string(), "no usable request");
    }
}
