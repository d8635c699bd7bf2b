//! `poilift rid`: what the platform remembers of one request, for whoever has to ask its support, or wants to know what was sent.

use serde_json::json;

use super::args_platform::Rid;
use super::columns::card;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::reach::Reach;
use crate::store::{Lang, Stamp};
use crate::words;

/// Asks, and prints it. Tokens are taken out of addresses and bodies.
pub fn run(context: &Context<'_>, args: &Rid) -> Result<Exit, Failure> {
    let rid = args.rid.trim();
    if rid.is_empty() || !rid.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(Failure::usage(
            words!("{rid:?} is no rid; nothing was asked"; "{rid:?} 不是 rid；未作查询"),
            Some(
                words!("it stands in the platform's words, (rid: 65f…): poilift why POI_ID shows it"; "rid 在平台返回的错误信息中（rid: 65f…），可用 poilift why POI_ID 查看"),
            ),
        ));
    }
    let reach = Reach::open(context, &args.online)?;
    let request = reach.client().rid(rid).map_err(|error| Failure::of_asking(&error, &context.errors))?;
    let lang = context.screen.lang;
    let at = request.invoke_time.map(|seconds| Stamp(seconds.saturating_mul(1000)).rfc3339()).unwrap_or_default();
    let took = request.cost_in_ms.map(|ms| format!("{ms} ms")).unwrap_or_default();
    let names = match lang {
        Lang::En => ["sent", "took", "from", "url", "request", "answer"],
        Lang::Zh => ["时间", "耗时", "来源 IP", "地址", "请求", "应答"],
    };
    let values = [&at, &took, &request.client_ip, &request.request_url, &request.request_body, &request.response_body];
    let lines: Vec<(&str, String)> = names.into_iter().zip(values.map(String::clone)).collect();
    reach.show(&card(&lines), json!({"rid": rid, "request": request}))?;
    Ok(Exit::Done)
}
