//! What the account may call, and what the platform remembers of one request.

use serde_json::json;

use super::{Client, Payload, ReadError};
use crate::wire::answer::Quota;
use crate::wire::rid::{self, RidRequest};
use crate::wire::{Endpoint, Misfit};

impl Client {
    /// How often `endpoint` may be called.
    pub fn quota(&self, endpoint: Endpoint) -> Result<Quota, ReadError> {
        let body = json!({"cgi_path": endpoint.path()});
        self.read(Endpoint::QuotaGet, Some(&body), |answer| Some(Quota::from_value(answer)))
    }

    /// What a request of the last 7 days was about (`openapi/rid/get`), by the `rid` in an error's words. The platform repeats
    /// address and bodies; tokens in them are taken out.
    pub fn rid(&self, rid: &str) -> Result<RidRequest, ReadError> {
        let fit = |answer: &serde_json::Value| -> Result<RidRequest, Misfit> {
            let request = RidRequest::from_value(answer)?;
            Ok(RidRequest {
                request_url: self.redactor.clean(&request.request_url),
                request_body: self.redactor.clean_body(&request.request_body),
                response_body: self.redactor.clean_body(&request.response_body),
                ..request
            })
        };
        self.ask(Endpoint::RidGet, &[], Payload::Json(&rid::body(rid)), fit)
    }
}
