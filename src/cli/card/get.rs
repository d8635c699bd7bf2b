//! `poilift card get`: the cards of stores, by their ids.

use serde_json::{Value, json};

use crate::cli::args_platform::ByPoiId;
use crate::cli::columns::table;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::Reach;
use crate::cli::store::poi_ids;
use crate::store::{Lang, PoiId};

/// Asks for each; the first that cannot be read ends it, after those before it were shown.
pub fn run(context: &Context<'_>, args: &ByPoiId) -> Result<Exit, Failure> {
    let ids = poi_ids(&args.poi_id)?;
    let reach = Reach::open(context, &args.online)?;
    let (mut cards, mut failed): (Vec<(&PoiId, Option<String>)>, _) = (Vec::new(), None);
    for id in &ids {
        match reach.client().get_card(id) {
            Ok(card) => cards.push((id, card)),
            Err(error) => {
                failed = Some(Failure::of_asking(&error, &context.errors).about(id.as_str()));
                break;
            }
        }
    }
    let lang = context.screen.lang;
    let header = match lang {
        Lang::En => ["poi_id", "card_id"],
        Lang::Zh => ["poi_id", "卡券 id"],
    };
    let none = lang.pick("none", "未设置");
    let row =
        |(id, card): &(&PoiId, Option<String>)| vec![id.to_string(), card.clone().unwrap_or_else(|| none.to_owned())];
    let rows: Vec<Vec<String>> = cards.iter().map(row).collect();
    let json: Vec<Value> = cards.iter().map(|(id, card)| json!({"poi_id": id, "card_id": card})).collect();
    if failed.is_none() || !cards.is_empty() {
        reach.show(&table(&header, &rows), json!({"cards": json}))?;
    }
    failed.map_or(Ok(Exit::Done), Err)
}
