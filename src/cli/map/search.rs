//! `poilift map search`: points of Tencent's map, with the `map_poi_id` that a store needs.

use serde_json::json;

use super::districts::{called, unknown};
use crate::cli::args_platform::SearchMap;
use crate::cli::columns::table;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::Reach;
use crate::store::Lang;
use crate::wire::map_poi::Search;
use crate::words;

/// Asks, and prints a table.
pub fn run(context: &Context<'_>, args: &SearchMap) -> Result<Exit, Failure> {
    let reach = Reach::open(context, &args.online)?;
    let districtid = district(context, &reach, args.district.trim())?;
    let search = Search { districtid, keyword: args.keyword.clone() };
    let found = reach.client().search_map_poi(&search).map_err(|error| Failure::of_asking(&error, &context.errors))?;
    let header = match context.screen.lang {
        Lang::En => ["map_poi_id", "name", "address", "telephone", "category"],
        Lang::Zh => ["map_poi_id", "名称", "地址", "电话", "类目"],
    };
    let row = |poi: &crate::wire::map_poi::MapPoi| {
        vec![
            poi.map_poi_id.to_string(),
            poi.name.clone(),
            poi.address.clone(),
            poi.telephone.clone(),
            poi.category.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    reach.show(
        &table(&header, &rows),
        json!({"districtid": search.districtid, "keyword": search.keyword, "points": found}),
    )?;
    if found.is_empty() {
        reach.next(&words!(
            "the map shows none, which is common for places that exist: try a shorter word, or poilift map create has one made";
            "未找到，已存在的地点也常搜索不到：请换用较短的关键词，或用 poilift map create 新建"
        ));
    }
    Ok(Exit::Done)
}

/// The district's id: as typed, or that of the only place of this name.
fn district(context: &Context<'_>, reach: &Reach<'_>, typed: &str) -> Result<String, Failure> {
    if typed.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(typed.to_owned());
    }
    let districts = reach.client().get_district().map_err(|error| Failure::of_asking(&error, &context.errors))?;
    match called(&districts, typed).as_slice() {
        [] => Err(unknown(typed)),
        [(_, place)] => Ok(place.id.clone()),
        several => {
            let all = several
                .iter()
                .map(|(level, place)| format!("{} {}{}", place.id, districts.above(*level, place), place.fullname));
            let all = all.collect::<Vec<_>>().join(", ");
            Err(Failure::usage(
                words!("--district {typed} can be any of {all}; nothing was asked"; "--district {typed} 对应多个地区：{all}；未作查询"),
                Some(words!("give the id of the one that is meant"; "请填写所指地区的 id")),
            ))
        }
    }
}
