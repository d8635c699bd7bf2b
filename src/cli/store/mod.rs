//! `poilift store`: the stores of the store mini-program (sections 8 to 12 of the API document).

mod get;
mod list;
mod shown;

use super::args_platform::Store;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::orders;
use crate::store::PoiId;
use crate::words;

/// Runs one of them.
pub fn run(context: &Context<'_>, command: &Store) -> Result<Exit, Failure> {
    match command {
        Store::Get(args) => get::run(context, args),
        Store::List(args) => list::run(context, args),
        Store::Add(args) => orders::add(context, args),
        Store::Update(args) => orders::update(context, args),
        Store::Delete(args) => orders::delete(context, args),
    }
}

/// The ids of a command, all of them looked at before anything is asked.
pub fn poi_ids(typed: &[String]) -> Result<Vec<PoiId>, Failure> {
    let id = |text: &String| {
        PoiId::new(text).filter(PoiId::is_decimal).ok_or_else(|| {
            Failure::usage(
                words!("{text:?} is no poi_id, which is decimal digits; nothing was asked"; "{text:?} 不是 poi_id（十进制数字）；未作查询"),
                Some(words!("poilift store list shows the ids"; "可用 poilift store list 查询")),
            )
        })
    };
    typed.iter().map(id).collect()
}
