//! `poilift merchant apply`: the application for the store mini-program, shown and asked about before it is sent, once.

use serde_json::json;

use super::refuse_file;
use crate::cli::args_platform::ApplyMerchant;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::{Reach, Write};
use crate::store::Words;
use crate::wire::Endpoint;
use crate::wire::merchant::{Application, Category, CategoryTree, nickname_length};
use crate::words;

/// Checks, shows, asks, sends.
pub fn run(context: &Context<'_>, args: &ApplyMerchant) -> Result<Exit, Failure> {
    refuse_file("--head-image", &args.head_image)?;
    args.org_code.iter().try_for_each(|value| refuse_file("--org-code", value))?;
    args.paper.iter().try_for_each(|value| refuse_file("--paper", value))?;
    args.other_file.iter().try_for_each(|value| refuse_file("--other-file", value))?;
    Reach::writing(context, &args.online, "merchant apply", |reach| apply(context, args, reach))
}

fn apply(context: &Context<'_>, args: &ApplyMerchant, reach: &mut Reach<'_>) -> Result<Exit, Failure> {
    let tree = reach.client().get_merchant_category().map_err(|error| Failure::of_asking(&error, &context.errors))?;
    let (first, second) = category(&tree, args.category)?;
    let application = application(args, first);
    application.check(&tree).map_err(|broken| Failure::of_rules(&broken))?;
    let question = words!("Apply? Anything but yes (Enter, Ctrl-C) sends nothing."; "确认提交申请？除 y/yes/是 外（回车、Ctrl-C）均不提交。");
    let lang = context.screen.lang;
    let shown =
        shown(&application, first, second, &reach.account).iter().map(|words| words.get(lang).to_owned()).collect();
    let (endpoint, body) = (Endpoint::ApplyMerchant, application.body());
    reach.announce(&Write { endpoint, body: &body, shown, question, yes: args.yes, is_final: true })?;
    reach.client().apply_merchant(&application, &tree).map_err(|error| Failure::of_change(&error, &context.errors))?;
    let said = words!(
        "The application is made. An administrator of the account must confirm it on their phone within 24 hours; only then is it reviewed (up to 5 working days), and only after 24 hours without a confirmation can another one be made.";
        "申请已提交。公众号管理员须在 24 小时内在手机上确认，确认后才进入审核（最长 5 个工作日）；超过 24 小时未确认才能再次提交。"
    );
    let json = json!({"applied": true, "nickname": application.nickname, "confirm_within_hours": 24, "next": "poilift merchant audit"});
    reach.show(&format!("{}\n", said.get(lang)), json)?;
    reach.next(&words!("next: poilift merchant audit"; "下一步：poilift merchant audit"));
    Ok(Exit::Done)
}

/// The category of the second level, and the one above it; exactly one.
fn category(tree: &CategoryTree, id: i64) -> Result<(&Category, &Category), Failure> {
    let above: Vec<&Category> = tree.first().filter(|first| tree.below(first).any(|one| one.id == id)).collect();
    match (above.as_slice(), tree.get(id)) {
        ([first], Some(second)) => Ok((first, second)),
        ([], _) => Err(no_category(
            words!("--category {id} is no category of the second level"; "--category {id} 不是二级类目"),
        )),
        _ => Err(no_category(words!(
            "--category {id} stands below several categories of the first level"; "--category {id} 同时属于多个一级类目"
        ))),
    }
}

fn no_category(words: Words) -> Failure {
    let Words { en, zh } = words;
    Failure::usage(
        Words { en: format!("{en}; nothing was sent"), zh: format!("{zh}；未提交任何内容") },
        Some(words!("poilift merchant categories lists them"; "可用 poilift merchant categories 查询")),
    )
}

fn application(args: &ApplyMerchant, first: &Category) -> Application {
    Application {
        first_catid: first.id,
        second_catid: args.category,
        qualification_list: args.paper.clone(),
        headimg_mediaid: args.head_image.trim().to_owned(),
        nickname: args.name.clone(),
        intro: args.intro.clone(),
        org_code: args.org_code.clone().unwrap_or_default(),
        other_files: args.other_file.clone(),
    }
}

/// What a person sees before it is sent.
fn shown(application: &Application, first: &Category, second: &Category, account: &str) -> Vec<Words> {
    let Application { nickname, intro, headimg_mediaid, .. } = application;
    let (length, papers) = (nickname_length(nickname), application.qualification_list.len());
    let (one, two) = (&first.name, &second.name);
    let mut lines = vec![
        words!("  name          {nickname} ({length} of 4 to 30 characters)"; "  昵称          {nickname}（长度 {length}，限 4-30）"),
        words!("  category      {one} / {two}"; "  类目          {one} / {two}"),
        words!("  introduction  {intro}"; "  介绍          {intro}"),
        words!("  head image    {headimg_mediaid}"; "  头像          {headimg_mediaid}"),
        words!("  papers        {papers}"; "  证件          {papers} 份"),
    ];
    if !application.org_code.is_empty() {
        let (org, others) = (&application.org_code, application.other_files.len());
        lines.push(words!(
            "  after 85024   org_code {org}, further papers {others}"; "  补充资料      org_code {org}，补充材料 {others} 份"
        ));
    }
    lines.push(words!(
        "For {account}: the name is final, it cannot be changed once the application is approved.";
        "账号 {account}：审核通过后昵称不能修改，请核对。"
    ));
    lines
}
