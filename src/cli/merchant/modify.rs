//! `poilift merchant modify`: another head image or introduction; what is not given stays as it is.

use serde_json::json;

use super::material::Material;
use crate::cli::args_platform::ModifyMerchant;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::{Reach, Write};
use crate::wire::Endpoint;
use crate::wire::merchant::Modification;
use crate::words;

/// Checks, shows, asks, sends.
pub fn run(context: &Context<'_>, args: &ModifyMerchant) -> Result<Exit, Failure> {
    let mut material = Material::default();
    let head_image = args.head_image.as_deref().unwrap_or_default();
    let change = Modification {
        headimg_mediaid: material.take_head_image(context, head_image)?,
        intro: args.intro.clone().unwrap_or_default(),
    };
    change.check().map_err(|broken| Failure::of_rules(&broken))?;
    Reach::writing(context, &args.online, "merchant modify", |reach| modify(context, args, (&change, &material), reach))
}

fn modify(
    context: &Context<'_>,
    args: &ModifyMerchant,
    (change, material): (&Modification, &Material),
    reach: &mut Reach<'_>,
) -> Result<Exit, Failure> {
    let lang = context.screen.lang;
    let kept = lang.pick("(unchanged)", "（不修改）");
    let or_kept = |text: &str| if text.is_empty() { kept.to_owned() } else { text.to_owned() };
    let image = or_kept(material.shown(&change.headimg_mediaid).get(lang));
    let (intro, account) = (or_kept(&change.intro), reach.account.clone());
    let shown = [
        words!("  head image    {image}"; "  头像          {image}"),
        words!("  introduction  {intro}"; "  介绍          {intro}"),
        words!("For {account}: the platform takes only so many such changes a month (85049).";
               "账号 {account}：每月修改次数有限（85049）。"),
    ];
    let question = words!("Change it? Anything but yes (Enter, Ctrl-C) sends nothing."; "确认修改？除 y/yes/是 外（回车、Ctrl-C）均不提交。");
    let (endpoint, body) = (Endpoint::ModifyMerchant, change.body());
    let shown = shown.map(|words| words.get(lang).to_owned()).to_vec();
    let write = Write { endpoint, body: &body, shown, question, yes: args.yes, is_final: false };
    reach.ask(&write)?;
    let ids = material.upload(context, reach)?;
    let change = Modification { headimg_mediaid: ids.of(&change.headimg_mediaid), ..change.clone() };
    reach.begin(&write, &change.body())?;
    reach.client().modify_merchant(&change).map_err(|error| Failure::of_change(&error, &context.errors))?;
    let said = words!("The change is accepted by the platform, which may review it first."; "平台已受理修改，可能需经审核后生效。");
    let json = json!({"modified": true, "head_image": args.head_image, "intro": args.intro});
    reach.show(&format!("{}\n", said.get(lang)), json)?;
    Ok(Exit::Done)
}
