//! `poilift map create`: a new point on Tencent's map, shown and asked about before it is sent, once.

use serde_json::json;

use crate::check::{category_for_map, phones_for_map};
use crate::cli::args_platform::CreateMap;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::{Reach, Write};
use crate::wire::Endpoint;
use crate::wire::map_poi::Creation;
use crate::words;

/// Checks, shows, asks, sends.
pub fn run(context: &Context<'_>, args: &CreateMap) -> Result<Exit, Failure> {
    let creation = creation(args);
    creation.check().map_err(|broken| Failure::of_rules(&broken))?;
    Reach::writing(context, &args.online, "map create", |reach| create(context, args, &creation, reach))
}

fn create(
    context: &Context<'_>,
    args: &CreateMap,
    creation: &Creation,
    reach: &mut Reach<'_>,
) -> Result<Exit, Failure> {
    let (lang, account) = (context.screen.lang, reach.account.clone());
    let shown = vec![
        format!("  {}", creation.body()),
        words!(
            "For {account}: the map reviews it within 3 working days. It cannot be taken back.";
            "账号 {account}：腾讯地图将在 3 个工作日内审核，提交后无法撤回。"
        )
        .get(lang)
        .to_owned(),
    ];
    let question = words!("Have it made? Anything but yes (Enter, Ctrl-C) sends nothing."; "确认提交？除 y/yes/是 外（回车、Ctrl-C）均不提交。");
    let (endpoint, body) = (Endpoint::CreateMapPoi, creation.body());
    reach.announce(&Write { endpoint, body: &body, shown, question, yes: args.yes, is_final: false })?;
    let created =
        reach.client().create_map_poi(creation).map_err(|error| Failure::of_change(&error, &context.errors))?;
    let base_id = &created.base_id;
    let said = words!(
        "The point is in review under the number {base_id}; its map_poi_id comes by an event push within 3 working days.";
        "已提交审核，审核单号 {base_id}；map_poi_id 将在 3 个工作日内通过事件推送返回。"
    );
    reach.show(&format!("{}\n", said.get(lang)), json!({"base_id": base_id, "rich_id": created.rich_id}))?;
    reach.next(&words!(
        "next: receive the event, or look for the place with poilift map search after the review";
        "下一步：接收事件推送，或审核后用 poilift map search 查找"
    ));
    Ok(Exit::Done)
}

/// Telephones and categories are brought to the map's form where they can mean one thing only.
fn creation(args: &CreateMap) -> Creation {
    let trimmed = |text: &String| text.trim().to_owned();
    Creation {
        name: trimmed(&args.name),
        longitude: trimmed(&args.longitude),
        latitude: trimmed(&args.latitude),
        province: trimmed(&args.province),
        city: trimmed(&args.city),
        district: trimmed(&args.district),
        address: trimmed(&args.address),
        category: category_for_map(&args.category).unwrap_or_else(|| args.category.clone()),
        telephone: phones_for_map(&args.telephone).unwrap_or_else(|_| args.telephone.clone()),
        photo: trimmed(&args.photo),
        license: trimmed(&args.license),
        introduct: trimmed(&args.intro),
        districtid: trimmed(&args.district_id),
        poi_id: args.poi_id.as_ref().map(trimmed),
    }
}
