//! `poilift store get`: stores by their ids.

use serde_json::json;

use super::{poi_ids, shown};
use crate::cli::args_platform::ByPoiId;
use crate::cli::columns::card;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::Reach;

/// Asks for each, and prints what was found; the first that cannot be read ends it, after those before it were shown.
pub fn run(context: &Context<'_>, args: &ByPoiId) -> Result<Exit, Failure> {
    let ids = poi_ids(&args.poi_id)?;
    let reach = Reach::open(context, &args.online)?;
    let (mut stores, mut failed) = (Vec::new(), None);
    for id in &ids {
        match reach.client().get_store_info(id) {
            Ok(store) => stores.push(store),
            Err(error) => {
                failed = Some(Failure::of_asking(&error, &context.errors).about(id.as_str()));
                break;
            }
        }
    }
    let texts: Vec<String> = stores.iter().map(|store| card(&shown::lines(store, context.screen.lang))).collect();
    if failed.is_none() || !stores.is_empty() {
        reach.show(&texts.join("\n"), json!({"stores": stores.iter().map(shown::document).collect::<Vec<_>>()}))?;
    }
    failed.map_or(Ok(Exit::Done), Err)
}
