//! `poilift merchant apply`: the application for the store mini-program, shown and asked about before it is sent, once.

use serde_json::json;

use super::material::{Material, MediaIds};
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
    let mut material = Material::default();
    let wanted = wanted(context, args, &mut material)?;
    Reach::writing(context, &args.online, "merchant apply", |reach| apply(context, args, (&wanted, &material), reach))
}

fn apply(
    context: &Context<'_>,
    args: &ApplyMerchant,
    (wanted, material): (&Application, &Material),
    reach: &mut Reach<'_>,
) -> Result<Exit, Failure> {
    let tree = reach.client().get_merchant_category().map_err(|error| Failure::of_asking(&error, &context.errors))?;
    let (first, second) = category(&tree, args.category)?;
    let application = Application { first_catid: first.id, ..wanted.clone() };
    application.check(&tree).map_err(|broken| Failure::of_rules(&broken))?;
    let question = words!("Apply? Anything but yes (Enter, Ctrl-C) sends nothing."; "确认提交申请？除 y/yes/是 外（回车、Ctrl-C）均不提交。");
    let lang = context.screen.lang;
    let shown = shown((&application, material), first, second, &reach.account)
        .iter()
        .map(|words| words.get(lang).to_owned())
        .collect();
    let (endpoint, body) = (Endpoint::ApplyMerchant, application.body());
    let write = Write { endpoint, body: &body, shown, question, yes: args.yes, is_final: true };
    reach.ask(&write)?;
    let application = with_ids(application, &material.upload(context, reach)?);
    reach.begin(&write, &application.body())?;
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

/// The application as it was typed, files by what stands for them; its category of the first level is not known yet.
fn wanted(context: &Context<'_>, args: &ApplyMerchant, material: &mut Material) -> Result<Application, Failure> {
    let headimg_mediaid = material.take_head_image(context, &args.head_image)?;
    let mut all =
        |values: &[String]| values.iter().map(|value| material.take(context, value)).collect::<Result<_, _>>();
    Ok(Application {
        first_catid: 0,
        second_catid: args.category,
        qualification_list: all(&args.paper)?,
        headimg_mediaid,
        nickname: args.name.clone(),
        intro: args.intro.clone(),
        other_files: all(&args.other_file)?,
        org_code: material.take(context, args.org_code.as_deref().unwrap_or_default())?,
    })
}

/// The application as it is sent.
fn with_ids(application: Application, ids: &MediaIds) -> Application {
    let all = |values: &[String]| values.iter().map(|value| ids.of(value)).collect();
    Application {
        qualification_list: all(&application.qualification_list),
        headimg_mediaid: ids.of(&application.headimg_mediaid),
        org_code: ids.of(&application.org_code),
        other_files: all(&application.other_files),
        ..application
    }
}

/// What a person sees before it is sent.
fn shown(
    (application, material): (&Application, &Material),
    first: &Category,
    second: &Category,
    account: &str,
) -> Vec<Words> {
    let Application { nickname, intro, .. } = application;
    let length = nickname_length(nickname);
    let (image, papers) =
        (material.shown(&application.headimg_mediaid), listed(material, &application.qualification_list));
    let (one, two) = (&first.name, &second.name);
    let mut lines = vec![
        words!("  name          {nickname} ({length} of 4 to 30 characters)"; "  昵称          {nickname}（长度 {length}，限 4-30）"),
        words!("  category      {one} / {two}"; "  类目          {one} / {two}"),
        words!("  introduction  {intro}"; "  介绍          {intro}"),
        Words { en: format!("  head image    {}", image.en), zh: format!("  头像          {}", image.zh) },
        Words { en: format!("  papers        {}", papers.en), zh: format!("  证件          {}", papers.zh) },
    ];
    if !application.org_code.is_empty() {
        let (org, others) = (material.shown(&application.org_code), listed(material, &application.other_files));
        lines.push(Words {
            en: format!("  after 85024   org_code {}, further papers {}", org.en, others.en),
            zh: format!("  补充资料      org_code {}，补充材料 {}", org.zh, others.zh),
        });
    }
    lines.push(words!(
        "For {account}: the name is final, it cannot be changed once the application is approved.";
        "账号 {account}：审核通过后昵称不能修改，请核对。"
    ));
    lines
}

/// How many there are, and which: `2: licence.jpg (120 KB, uploaded after your yes), MEDIA_ID`.
fn listed(material: &Material, values: &[String]) -> Words {
    let n = values.len();
    if n == 0 {
        return words!("0"; "0 份");
    }
    let (en, zh): (Vec<_>, Vec<_>) =
        values.iter().map(|value| material.shown(value)).map(|words| (words.en, words.zh)).unzip();
    Words { en: format!("{n}: {}", en.join(", ")), zh: format!("{n} 份：{}", zh.join("、")) }
}
