//! `poilift store list`: all stores of the store mini-program, or one page of them.

use std::collections::HashSet;

use serde_json::json;

use super::shown;
use crate::cli::args_platform::ListStores;
use crate::cli::columns::table;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::Reach;
use crate::store::Lang;
use crate::wire::stores::{LIST_LIMIT_MAX, StoreInfo, StorePage};
use crate::words;

/// Asks, and prints a table.
pub fn run(context: &Context<'_>, args: &ListStores) -> Result<Exit, Failure> {
    // What the document does not allow is refused before there is a way to the platform.
    let limit = args.limit.unwrap_or(LIST_LIMIT_MAX);
    crate::wire::stores::list_body(0, limit).map_err(|broken| Failure::of_rules(&broken))?;
    let reach = Reach::open(context, &args.online)?;
    let is_one_page = args.offset.is_some() || args.limit.is_some();
    let page = if is_one_page { ask(context, &reach, args.offset.unwrap_or(0), limit)? } else { all(context, &reach)? };
    let header = match context.screen.lang {
        Lang::En => ["poi_id", "name", "status", "city", "telephone", "open", "credential"],
        Lang::Zh => ["poi_id", "名称", "状态", "城市", "电话", "营业时间", "证件号"],
    };
    let row = |store: &StoreInfo| {
        vec![
            store.poi_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            store.name.clone(),
            shown::status(store).get(context.screen.lang).to_owned(),
            store.city.clone(),
            store.telephone.clone(),
            store.open_time.clone(),
            store.credential.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = page.stores.iter().map(row).collect();
    let stores: Vec<_> = page.stores.iter().map(shown::document).collect();
    reach.show(&table(&header, &rows), json!({"total_count": page.total_count, "stores": stores}))?;
    tell(&reach, &page, is_one_page);
    Ok(Exit::Done)
}

fn ask(context: &Context<'_>, reach: &Reach<'_>, offset: u64, limit: u64) -> Result<StorePage, Failure> {
    let page = reach.client().get_store_list(offset, limit);
    page.map_err(|error| Failure::of_asking(&error, &context.errors))
}

/// Page by page until one is empty or the count is reached. A store that is shown twice, because the list moved meanwhile, is
/// shown once.
fn all(context: &Context<'_>, reach: &Reach<'_>) -> Result<StorePage, Failure> {
    let (mut all, mut seen) = (StorePage { total_count: None, stores: Vec::new() }, HashSet::new());
    let mut offset = 0;
    loop {
        let page = ask(context, reach, offset, LIST_LIMIT_MAX)?;
        let n = page.stores.len() as u64;
        all.total_count = page.total_count.or(all.total_count);
        offset += n;
        let is_new = |store: &StoreInfo| store.poi_id.as_ref().is_none_or(|id| seen.insert(id.clone()));
        all.stores.extend(page.stores.into_iter().filter(is_new));
        if n == 0 || all.total_count.is_some_and(|total| offset >= total) {
            return Ok(all);
        }
    }
}

fn tell(reach: &Reach<'_>, page: &StorePage, is_one_page: bool) {
    let n = page.stores.len();
    match page.total_count {
        Some(total) if is_one_page => reach.next(&words!("{n} of {total} stores"; "共 {total} 家，显示 {n} 家")),
        Some(total) if total != n as u64 => reach.warn(&words!(
            "the platform counts {total} stores and showed {n}: the list changed while it was read; run it again for a whole one";
            "平台显示共 {total} 家，实际读到 {n} 家：读取期间列表有变动，请重新运行以得到完整列表"
        )),
        _ => reach.next(&words!("{n} stores"; "共 {n} 家")),
    }
}
