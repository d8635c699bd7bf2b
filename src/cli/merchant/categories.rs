//! `poilift merchant categories`: the two levels, and which categories need papers.

use serde_json::json;

use crate::cli::args_platform::Categories;
use crate::cli::columns::table;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::Reach;
use crate::store::Lang;
use crate::wire::merchant::{Category, CategoryTree};
use crate::words;

/// Asks, and prints a table of the second level, first by first.
pub fn run(context: &Context<'_>, args: &Categories) -> Result<Exit, Failure> {
    let reach = Reach::open(context, &args.online)?;
    let tree = reach.client().get_merchant_category().map_err(|error| Failure::of_asking(&error, &context.errors))?;
    let lang = context.screen.lang;
    let word = args.word.as_deref().unwrap_or_default();
    let shown: Vec<(&Category, &Category)> = pairs(&tree).filter(|pair| is_meant(*pair, word)).collect();
    let json = shown.iter().map(|(first, second)| {
        json!({
            "first_catid": first.id, "first_name": first.name, "second_catid": second.id, "second_name": second.name,
            "sensitive_type": second.sensitive_type, "papers": second.papers, "scene": second.scene,
        })
    });
    let header = match lang {
        Lang::En => ["id", "category", "of", "papers"],
        Lang::Zh => ["类目 id", "二级类目", "一级类目", "需提交的证件"],
    };
    let rows: Vec<Vec<String>> = shown.iter().map(|(first, second)| row(first, second, lang)).collect();
    reach.show(&table(&header, &rows), json!({"categories": json.collect::<Vec<_>>()}))?;
    if shown.is_empty() {
        reach.warn(&words!("no category has {word:?} in its name"; "没有名称含 {word:?} 的类目"));
    } else {
        reach.next(&words!(
            "next: poilift merchant apply --category ID …, with --paper where papers are named";
            "下一步：poilift merchant apply --category ID …，需要证件的类目请加 --paper"
        ));
    }
    Ok(Exit::Done)
}

fn pairs(tree: &CategoryTree) -> impl Iterator<Item = (&Category, &Category)> {
    tree.first().flat_map(|first| tree.below(first).map(move |second| (first, second)))
}

fn is_meant((first, second): (&Category, &Category), word: &str) -> bool {
    let has = |category: &Category| category.name.contains(word) || category.id.to_string() == word;
    has(first) || has(second)
}

fn row(first: &Category, second: &Category, lang: Lang) -> Vec<String> {
    let papers = second.papers.iter().map(|one| one.join(" + ")).collect::<Vec<_>>().join(" / ");
    let needed = match (second.sensitive_type, papers.is_empty()) {
        (Some(0), _) => lang.pick("none", "无需").to_owned(),
        (Some(1), true) => lang.pick("needed, and not named", "需要（平台未列出名称）").to_owned(),
        (Some(1), false) => papers,
        (Some(other), _) => format!("sensitive_type {other}"),
        (None, _) => lang.pick("not told", "平台未说明").to_owned(),
    };
    vec![second.id.to_string(), second.name.clone(), format!("{} {}", first.id, first.name), needed]
}
