//! `poilift map districts`: the provinces, or what lies below a place.

use serde_json::{Value, json};

use crate::cli::args_platform::Districts as Args;
use crate::cli::columns::table;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::Reach;
use crate::store::Lang;
use crate::wire::district::{District, Districts};
use crate::words;

/// A place that is shown, with its level and the names above it.
struct Shown<'d> {
    level: usize,
    place: &'d District,
    path: String,
}

/// Asks, and prints a table.
pub fn run(context: &Context<'_>, args: &Args) -> Result<Exit, Failure> {
    let reach = Reach::open(context, &args.online)?;
    let districts = reach.client().get_district().map_err(|error| Failure::of_asking(&error, &context.errors))?;
    districts.doubts().iter().for_each(|doubt| reach.warn(doubt));
    let mut shown = Vec::new();
    match args.place.as_deref() {
        None => {
            for place in districts.levels.first().into_iter().flatten() {
                take(
                    &districts,
                    Shown { level: 0, place, path: String::new() },
                    args.all.then_some(usize::MAX),
                    &mut shown,
                );
            }
        }
        Some(name) => {
            let found: Vec<(usize, &District)> = called(&districts, name);
            if found.is_empty() {
                return Err(unknown(name));
            }
            for (level, place) in found {
                let depth = if args.all { usize::MAX } else { 1 };
                let path = districts.above(level, place);
                take(&districts, Shown { level, place, path }, Some(depth), &mut shown);
            }
        }
    }
    let lang = context.screen.lang;
    let header = match lang {
        Lang::En => ["id", "place", "in", "level", "below"],
        Lang::Zh => ["区域 id", "名称", "上级", "级别", "下级数量"],
    };
    let rows: Vec<Vec<String>> = shown.iter().map(|one| row(one, &districts)).collect();
    let places: Vec<Value> = shown.iter().map(|one| document(one, &districts)).collect();
    reach.show(&table(&header, &rows), json!({"data_version": districts.data_version, "places": places}))?;
    Ok(Exit::Done)
}

/// Everything that is called so: an id or a whole name before parts of names.
pub fn called<'d>(districts: &'d Districts, name: &str) -> Vec<(usize, &'d District)> {
    let levels = districts.levels.iter().enumerate();
    let all: Vec<_> = levels
        .flat_map(|(n, level)| level.iter().map(move |place| (n, place)))
        .filter(|(_, place)| place.is_called(name))
        .collect();
    let exact: Vec<_> = all.iter().copied().filter(|(_, place)| place.id == name || place.fullname == name).collect();
    if exact.is_empty() { all } else { exact }
}

/// What is said of a place that nobody knows.
pub fn unknown(name: &str) -> Failure {
    Failure::usage(
        words!("the platform knows no district {name:?}; nothing else was asked"; "平台没有名为 {name:?} 的地区；未作其他查询"),
        Some(words!("poilift map districts lists the provinces, poilift map districts PLACE what lies below one";
                    "可用 poilift map districts 列出省份，poilift map districts 地名 列出其下级")),
    )
}

/// A place and, so many levels deep, what lies below it.
fn take<'d>(districts: &'d Districts, one: Shown<'d>, depth: Option<usize>, shown: &mut Vec<Shown<'d>>) {
    let (level, place) = (one.level, one.place);
    let path = format!("{}{}", one.path, place.fullname);
    shown.push(one);
    let Some(depth) = depth.filter(|depth| *depth > 0) else { return };
    for below in districts.below(level, place).unwrap_or_default() {
        let one = Shown { level: level + 1, place: below, path: path.clone() };
        take(districts, one, Some(depth - 1), shown);
    }
}

/// How many places are below; nothing where nobody knows.
fn below(one: &Shown<'_>, districts: &Districts) -> Option<usize> {
    districts.below(one.level, one.place).ok().map(<[District]>::len)
}

fn row(one: &Shown<'_>, districts: &Districts) -> Vec<String> {
    let count = below(one, districts).map_or_else(|| "?".to_owned(), |n| n.to_string());
    vec![one.place.id.clone(), one.place.fullname.clone(), one.path.clone(), (one.level + 1).to_string(), count]
}

fn document(one: &Shown<'_>, districts: &Districts) -> Value {
    let District { id, name, fullname, latitude, longitude, .. } = one.place;
    json!({
        "id": id, "fullname": fullname, "name": name, "level": one.level + 1, "in": one.path, "latitude": latitude,
        "longitude": longitude, "below": below(one, districts),
    })
}
