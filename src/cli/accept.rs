//! `poilift accept`: a person takes stores as settled.

use super::args::{Accept, Online};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::migrate::existing_ledger;
use super::session::{person, run_start};
use super::settings::Settings;
use crate::ledger::{Acceptance, Entry, Ledger, StoreRow, lock_ledger};
use crate::store::{BulkJob, Event, State, Words, next};
use crate::words;

/// All of the stores named, or none. One that was accepted before stays as it was: the same command again is no error.
pub fn run(context: &Context<'_>, args: &Accept) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let online = Online { sandbox: args.sandbox.clone(), ..Online::default() };
    let path = existing_ledger(&settings, &online)?;
    let _lock = lock_ledger(&path)?;
    let ledger = Ledger::open(&path, &settings.identity(&online, online.sandbox.is_some()))?;
    let mut ledger = ledger.of_job(args.job.map(BulkJob::from).unwrap_or_default());
    let rows = ledger.stores(None)?;
    let now = context.clock_of(&ledger)?.now();
    let (name, why) = (person(context.environment), args.reason.trim());
    if why.is_empty() {
        return Err(Failure::usage(words!("--reason is empty"; "--reason 不能为空"), None));
    }
    let acceptance = |id: &String| -> Result<Option<Entry>, Failure> {
        let row = named(&rows, id)?;
        if row.state == State::Accepted {
            return Ok(None);
        }
        next(row.state, Event::AcceptedByPerson).map_err(|_| {
            let Words { en, zh } = row.state.name();
            Failure::usage(
                Words { en: format!("store {id} needs no person: {en}"), zh: format!("门店 {id} 无需人工确认（{zh}）") },
                Some(words!("only rejected, blocked, drifted, held and vanished stores can be accepted"; "只有被驳回、缺资料、已变动、待批准或查无此店的门店可以确认")),
            )
        })?;
        let reason = words!("accepted by {name}: {why}"; "{name} 人工确认：{why}");
        Ok(Some(Entry::Acceptance(Acceptance { store_id: row.id, at: now, from: row.state, reason })))
    };
    let entries = args.poi_id.iter().map(acceptance).collect::<Result<Vec<_>, _>>()?;
    let known = entries.iter().filter(|entry| entry.is_none()).count();
    let entries: Vec<Entry> = entries.into_iter().flatten().collect();
    let run_id = ledger.begin_run(&run_start(context, "accept", now))?;
    ledger.write_entries(run_id, &entries)?;
    ledger.end_run(run_id, Exit::Done.code(), now)?;
    if known > 0 {
        let said = words!("{known} accepted before; nothing changes for them"; "{known} 家此前已确认，无变化");
        context.screen.line(said.get(context.screen.lang));
    }
    let n = entries.len();
    let said = words!("{n} accepted; poilift status shows where the others stand"; "已确认 {n} 家；可用 poilift status 查看其余门店");
    context.screen.line(said.get(context.screen.lang));
    Ok(Exit::Done)
}

fn named<'a>(rows: &'a [StoreRow], id: &str) -> Result<&'a StoreRow, Failure> {
    rows.iter().find(|row| row.poi_id().is_some_and(|own| own.as_str() == id)).ok_or_else(|| {
        Failure::usage(
            words!("the ledger knows no store {id}"; "账本中没有门店 {id}"),
            Some(words!("copy the poi_id from stores.csv of the report"; "请从报告的 stores.csv 复制 poi_id")),
        )
    })
}
