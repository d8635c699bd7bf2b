//! The other bulk jobs: what a spreadsheet orders of stores in the store mini-program. Rows, plan and readings are theirs;
//! permissions, question, sending, settling and waiting are the main job's.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value};

use super::album::Album;
use super::days::Begin;
use super::media::Uploads;
use super::plan::hash;
use super::reading::KeyReading;
use super::{Ended, PipelineError, PlatformSettings, Work};
use crate::check::{self, Composed, ComposedOrder, FixedValues, compose_new, compose_order};
use crate::engine::Phase;
use crate::intake::SupplementFile;
use crate::ledger::{ORDER_CELLS, Observation, OrderedRow, PlannedRow, StoreRow};
use crate::plan::planning_event;
use crate::reconcile::{observe, read_store_list};
use crate::store::{
    Action, BulkJob, Cell, Code, Decision, Event, Field, Finding, JoinKey, LegacyStore, Order, Ordered, Place, PoiId,
    Record, Shown, Sid, Sight, Stamp, State, SupplementRow, Supplied, SuppliedCell, UpgradeStatus, next,
};
use crate::wechat::with_progress;
use crate::wire::{Endpoint, json as wire_json};
use crate::words;

impl Work<'_> {
    /// Another job than the migration: takes the rows of its spreadsheets, and carries them out.
    ///
    /// # Errors
    ///
    /// What ends a run early; what was done until then is in the ledger.
    pub fn carry_out_orders(
        &mut self,
        files: &[SupplementFile],
        platform: &PlatformSettings,
    ) -> Result<Ended, PipelineError> {
        self.enter(Phase::Taking);
        self.open_album()?;
        for file in files {
            self.take_orders(file)?;
        }
        let ended = self.carry_out(platform, Begin::Planned)?;
        Ok(Ended { put_off: self.put_off, ..ended })
    }

    fn take_orders(&mut self, file: &SupplementFile) -> Result<(), PipelineError> {
        let (now, run_id, n) = (self.clock.now(), self.run_id, file.rows.len());
        let mut rows = file.rows.clone();
        self.remember_folder(&file.file)?;
        if self.orders.job == BulkJob::Update && !self.orders.replace_photos {
            // No part of this order: with the flag the same sheet asks for more.
            for row in &mut rows {
                row.cells.retain(|cell| cell.field != Field::PicList);
            }
        }
        self.find_pictures(&mut rows);
        let rows = ordered_rows(&rows, self.orders.job);
        let (ids, busy) = self.ledger_mut().take_orders(&rows, now)?;
        self.ledger().note_input(run_id, "orders", (&file.file, &file.sha256), n, now)?;
        file.findings.iter().for_each(|finding| self.tell_finding(finding.clone()));
        self.tell_unknown_columns(&file.file, &file.unknown_columns);
        self.say(words!("read {n} rows from {}"; "已读取 {n} 行：{}", file.file));
        if !busy.is_empty() {
            let n = busy.len();
            self.put_off += n as u64;
            self.warn(words!(
                "{n} stores have an earlier order whose outcome is open or in review: it is settled first, and the same command then takes up what the sheet says now";
                "{n} 家门店的上一次提交尚无结果或在审核中：先核实其结果，之后重新运行同一命令即可提交表中的新内容"
            ));
        }
        let pictures = file.rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.field == Field::PicList);
        let n = pictures.count();
        if n > 0 && self.orders.job == BulkJob::Update && !self.orders.replace_photos {
            let file = &file.file;
            self.warn(words!(
                "{n} rows of {file} have pictures: they are left out, and each store keeps its own; --replace-photos would replace all of a store's pictures by them";
                "{file} 有 {n} 行含图片：不提交，门店图片保持不变；使用 --replace-photos 才会用表中图片整体替换"
            ));
        }
        self.widen_scope(&ids);
        Ok(())
    }

    /// What an order says of local files is their content: the same sheet with another photo of the same name is another order.
    fn find_pictures(&mut self, rows: &mut [SupplementRow]) {
        let takes_pictures = match self.orders.job {
            BulkJob::Create => true,
            BulkJob::Update => self.orders.replace_photos,
            BulkJob::Migrate | BulkJob::Remove | BulkJob::SetCard => false,
        };
        if !takes_pictures {
            return;
        }
        let name = |row: &SupplementRow| match &row.key {
            Some(JoinKey::PoiId(poi_id)) => Some(poi_id.to_string()),
            Some(JoinKey::Sid(sid)) => Some(sid.to_string()),
            None => None,
        };
        let names: Vec<String> = rows.iter().filter_map(name).collect();
        self.album.muster(names.iter().map(String::as_str));
        for row in rows {
            let name = name(row);
            self.album.resolve_cells(name.as_deref(), &mut row.cells);
        }
        if let Some(finding) = self.album.unmatched().filter(|finding| self.said.insert(finding.value.clone())) {
            self.tell_finding(finding);
        }
    }

    /// One pass over the stores of the store mini-program, and by key what it lacks; cards are read one by one.
    pub(super) fn read_orders(&mut self) -> Result<(), PipelineError> {
        self.enter(Phase::Reading);
        let rows = self.ledger().stores(Some(&self.scope))?;
        let rows: Vec<&StoreRow> = rows.iter().filter(|row| row.state != State::InFlight).collect();
        let asked_at = self.clock.now();
        let by = match self.orders.job {
            BulkJob::Create => name_by_credential,
            _ => name_by_id,
        };
        let mut listed: HashMap<String, LegacyStore> = HashMap::new();
        if self.orders.job != BulkJob::SetCard && !rows.is_empty() {
            let pass = read_store_list(&self.connection()?.client, &*self.clock);
            self.note_calls()?;
            let pass = pass?;
            listed = pass.stores.into_iter().filter_map(|store| Some((by(&store)?, store))).collect();
        }
        self.read_since = Some(asked_at);
        let (mut seen, mut absent) = (Vec::new(), Vec::new());
        for row in &rows {
            let Some(name) = name_of(row, self.orders.job) else { continue };
            match listed.remove(&name) {
                Some(store) => seen.push((*row, self.see(row, Some(store), asked_at)?)),
                // A new store is not there yet.
                None if self.orders.job == BulkJob::Create => {
                    seen.push((*row, self.see(row, Some(LegacyStore::default()), asked_at)?));
                }
                None => absent.push(*row),
            }
        }
        // A reading that moves a store is a line of its story.
        let moves = seen.iter().filter(|(row, seen)| row.state != seen.state);
        let entries: Vec<_> = moves.map(|(_, seen)| self.reading_entry(Endpoint::GetStoreList, seen, None)).collect();
        let run_id = self.run_id;
        self.ledger_mut().write_entries(run_id, &entries)?;
        self.tell_durable(rows.iter().copied(), &entries);
        let seen: Vec<Observation> = seen.into_iter().map(|(_, seen)| seen).collect();
        self.record_orders(&seen)?;
        self.read_orders_by_key(&absent)
    }

    fn record_orders(&mut self, seen: &[Observation]) -> Result<(), PipelineError> {
        let now = self.clock.now();
        self.ledger_mut().observe(seen, now)?;
        Ok(())
    }

    /// One reading of a row; until it is planned nothing is made of it but that the store is there.
    fn see(&self, row: &StoreRow, shown: Option<LegacyStore>, asked_at: Stamp) -> Result<Observation, PipelineError> {
        match (&row.decision.order, shown) {
            (Some(ordered), shown) => {
                let shown = shown.map(|store| with_progress(ordered, store));
                Ok(observe(row, shown, asked_at, self.orders.settle_window)?)
            }
            (None, Some(store)) => {
                let store = LegacyStore { upgrade_status: UpgradeStatus::Waiting, ..store };
                let sight = Sight::Unchanged;
                let state = next(row.state, Event::Seen(sight))?;
                Ok(Observation {
                    id: row.id,
                    reason: None,
                    shown: Some(store),
                    asked_at,
                    sight,
                    state,
                    becomes_baseline: true,
                    fields: None,
                })
            }
            (None, None) => Ok(observe(row, None, asked_at, self.orders.settle_window)?),
        }
    }

    /// Absence from the list counts only after a reading by key.
    fn read_orders_by_key(&mut self, rows: &[&StoreRow]) -> Result<(), PipelineError> {
        let cards = self.orders.job == BulkJob::SetCard;
        let endpoint = if cards { Endpoint::StorewxaGet } else { Endpoint::GetStoreInfo };
        let readings = self.ask_each(rows, &|client, id| {
            if cards { client.card_by_key(id) } else { client.store_by_key(id) }
        })?;
        let by_id: HashMap<i64, &StoreRow> = rows.iter().map(|row| (row.id, *row)).collect();
        let (mut entries, mut observations, mut unread, mut why) = (Vec::new(), Vec::new(), 0, None);
        for KeyReading { id, asked_at, reading } in readings {
            let Some(row) = by_id.get(&id) else { continue };
            match reading {
                Ok(reading) => {
                    let (shown, errcode) = reading.parts();
                    let seen = self.see(row, shown, asked_at)?;
                    // Who was only looked at has no story of it.
                    if row.attempts > 0 || seen.state != row.state {
                        entries.push(self.reading_entry(endpoint, &seen, errcode));
                    }
                    observations.push(seen);
                }
                Err(error) => (unread, why) = (unread + 1, why.or(Some(error))),
            }
        }
        let run_id = self.run_id;
        self.ledger_mut().write_entries(run_id, &entries)?;
        self.tell_durable(rows.iter().copied(), &entries);
        self.record_orders(&observations)?;
        if let Some(error) = why {
            self.warn(words!(
                "{unread} stores could not be read, and nothing is sent for them: {error}";
                "{unread} 家门店无法查询，本次不提交：{error}"
            ));
        }
        Ok(())
    }

    /// Plans every row of the job whose fate is open, by what the platform shows of it.
    pub(super) fn plan_orders(&mut self) -> Result<(), PipelineError> {
        self.enter(Phase::Planning);
        let scope: HashSet<i64> = self.scope.iter().copied().collect();
        self.uploaded = Uploads::of(self.ledger())?;
        let how = How {
            job: self.orders.job,
            replace_photos: self.orders.replace_photos,
            fixed: &self.orders.fixed,
            uploaded: &self.uploaded,
            album: &self.album,
        };
        self.ledger().planning(self.run_id, self.clock.now(), |planner| {
            planner.each(|rows| {
                let open = rows.iter().filter(|row| scope.contains(&row.id) && row.state.is_plannable());
                let mut planned = Vec::new();
                for row in open {
                    planned.extend(planned_order(row, how)?);
                }
                Ok::<(), PipelineError>(planner.write(&planned, &[])?)
            })
        })
    }
}

/// How orders are made.
#[derive(Clone, Copy)]
struct How<'a> {
    job: BulkJob,
    replace_photos: bool,
    fixed: &'a FixedValues,
    uploaded: &'a Uploads,
    album: &'a Album,
}

fn name_by_id(store: &LegacyStore) -> Option<String> {
    store.poi_id.as_ref().map(ToString::to_string)
}

fn name_by_credential(store: &LegacyStore) -> Option<String> {
    store.record.get("qualification_num").as_ref().and_then(wire_json::text)
}

/// By what the row's store is found in the list.
fn name_of(row: &StoreRow, job: BulkJob) -> Option<String> {
    if job != BulkJob::Create {
        return row.poi_id().map(ToString::to_string);
    }
    let credential = supplied_in(row).cells.remove(&Field::Credential)?.cell.value;
    Some(check::credential(&credential).map_or(credential, |found| found.text))
}

/// The row of the plan, or `None` where everything stays as it is.
fn planned_order(row: &StoreRow, how: How<'_>) -> Result<Option<PlannedRow>, PipelineError> {
    let Some(mut decision) = decide(row, how) else { return Ok(None) };
    let faults: Vec<Finding> =
        decision.files().iter().filter_map(|(content, kind)| how.album.fault(content, *kind)).collect();
    if !faults.is_empty() {
        decision = Decision { findings: faults, ..Decision::unplanned() };
    }
    if let Some(finding) = licence_in_use(row, &decision) {
        decision = Decision { findings: vec![finding], ..Decision::unplanned() };
    }
    let body_hash = decision.order.as_ref().map(|ordered| hash(&ordered.order.body().to_string()));
    if let Some(ordered) = &mut decision.order {
        // What the platform shows is compared with addresses: those that are known take their place at once.
        how.uploaded.put_pictures(&mut ordered.order);
    }
    let refused = row.state == State::Rejected;
    if refused && (body_hash.is_none() || body_hash == row.sent_plan) {
        // It goes again once its data has changed.
        return Ok(None);
    }
    let mut state = next(row.state, planning_event(&decision, true))?;
    if let (Some(ordered), Some(platform)) = (&decision.order, &row.platform) {
        let is_so = with_progress(ordered, platform.clone()).upgrade_status == UpgradeStatus::Done;
        let is_new = how.job == BulkJob::Create && row.attempts == 0;
        if is_so && !is_new && matches!(state, State::Pending | State::Retry) {
            // It is so already: nothing is sent.
            state = next(state, Event::Seen(Sight::Confirmed))?;
        }
    }
    let baseline = Some((UpgradeStatus::Waiting, String::new(), true));
    Ok(Some(PlannedRow { id: row.id, decision, state, body_hash, planned: baseline }))
}

/// A store of the platform's that has the licence of a new one, of which nothing was ever sent.
fn licence_in_use(row: &StoreRow, decision: &Decision) -> Option<Finding> {
    let Order::Create(submission) = &decision.order.as_ref()?.order else { return None };
    let poi_id = row.platform.as_ref()?.poi_id.as_ref().filter(|_| row.attempts == 0)?;
    let shown = format!("{} (poi_id {poi_id})", submission.credential);
    let finding = Finding::new(Code::LicenceInUse).about(Field::Credential).showing(&shown);
    let cell = supplied_in(row).cells.remove(&Field::Credential);
    Some(match cell {
        Some(cell) => finding.at(cell.cell.place),
        None => finding,
    })
}

/// `None`: the store was not seen, and what can be ordered of it is not known yet.
fn decide(row: &StoreRow, how: How<'_>) -> Option<Decision> {
    let blocked = |findings| Decision { findings, ..Decision::unplanned() };
    if !row.faults.is_empty() {
        return Some(blocked(row.faults.clone()));
    }
    let (shown, supplied) = (row.platform.as_ref()?, supplied_in(row));
    let ComposedOrder { order, findings } = match row.poi_id() {
        _ if how.job == BulkJob::Create => {
            let Composed { submission, findings } = compose_new(&supplied, how.fixed);
            ComposedOrder { order: submission.map(|submission| Order::Create(Box::new(submission))), findings }
        }
        Some(poi_id) => compose_order(how.job, poi_id, &supplied, shown, how.replace_photos),
        None => return Some(blocked(row.faults.clone())),
    };
    let Some(order) = order else { return Some(blocked(findings)) };
    let action = match how.job {
        BulkJob::Migrate | BulkJob::Create => Action::Create,
        BulkJob::Update => Action::Update,
        BulkJob::Remove => Action::Remove,
        BulkJob::SetCard => Action::SetCard,
    };
    let before = with_card(Shown::of(shown), shown);
    let order = Some(Box::new(Ordered { order, before: Some(before) }));
    Some(Decision { action, findings, order, ..Decision::unplanned() })
}

fn with_card(shown: Shown, store: &LegacyStore) -> Shown {
    let card_id = store.record.get("card_id").and_then(|card_id| card_id.as_str().map(str::to_owned));
    Shown { card_id: card_id.unwrap_or_default(), ..shown }
}

/// A spreadsheet's rows as a job's: each store once.
fn ordered_rows(rows: &[SupplementRow], job: BulkJob) -> Vec<OrderedRow> {
    if job == BulkJob::Create {
        return new_rows(rows);
    }
    let mut times: BTreeMap<&PoiId, usize> = BTreeMap::new();
    for row in rows {
        if let Some(JoinKey::PoiId(id)) = &row.key {
            *times.entry(id).or_default() += 1;
        }
    }
    rows.iter()
        .map(|row| {
            let mut faults = row.faults.clone();
            let poi_id = match &row.key {
                Some(JoinKey::PoiId(id)) if times.get(id) == Some(&1) => Some(id.clone()),
                Some(JoinKey::PoiId(id)) => {
                    let finding = Finding::new(Code::PoiIdDuplicate).showing(id.as_str());
                    faults.push(finding.at(row.place.clone()));
                    None
                }
                // The store mini-program knows no number of the merchant's own.
                Some(JoinKey::Sid(_)) | None => {
                    faults.push(Finding::new(Code::PoiIdMissing).at(row.place.clone()));
                    None
                }
            };
            let name = poi_id.as_ref().map(ToString::to_string);
            let store = LegacyStore { poi_id, record: record_of(&row.cells), ..LegacyStore::default() };
            OrderedRow { name, place: row.place.clone(), store, faults, missing: missing(row) }
        })
        .collect()
}

/// A spreadsheet's rows as new stores: each goes by the number that the merchant gives it, else by its licence.
fn new_rows(rows: &[SupplementRow]) -> Vec<OrderedRow> {
    let name = |row: &SupplementRow| match &row.key {
        Some(JoinKey::Sid(sid)) => Some(sid.to_string()),
        Some(JoinKey::PoiId(_)) => None,
        None => row.cells.iter().find(|cell| cell.field == Field::Credential).map(|cell| cell.value.clone()),
    };
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    rows.iter().filter_map(&name).for_each(|name| *times.entry(name).or_default() += 1);
    let ordered = |row: &SupplementRow| {
        let mut faults: Vec<Finding> =
            row.faults.iter().filter(|fault| fault.code != Code::SupplementNameless).cloned().collect();
        if let Some(JoinKey::PoiId(id)) = &row.key {
            faults.push(Finding::new(Code::NewStoreHasId).showing(id.as_str()).at(row.place.clone()));
        }
        let mut name = name(row);
        if name.as_ref().is_some_and(|name| times.get(name) != Some(&1)) {
            let twice = name.take().unwrap_or_default();
            faults.push(Finding::new(Code::NewStoreTwice).showing(&twice).at(row.place.clone()));
        }
        let sid = name.as_deref().and_then(Sid::new);
        let store = LegacyStore { sid, record: record_of(&row.cells), ..LegacyStore::default() };
        OrderedRow { name, place: row.place.clone(), store, faults, missing: missing(row) }
    };
    rows.iter().map(ordered).collect()
}

/// The files that the row names and that are not there; `None` where none is missing, or something else is wrong with one.
fn missing(row: &SupplementRow) -> Option<Vec<String>> {
    let faulty = row.cells.iter().filter(|cell| cell.fault.is_some());
    let mut names = Vec::new();
    for cell in faulty {
        if cell.faults().any(|fault| fault.code != Code::PicLocal) {
            return None;
        }
        let entries = match cell.field {
            Field::PicList => check::picture_entries(&cell.value).ok()?,
            Field::QualificationList => check::paper_entries(&cell.value),
            _ => return None,
        };
        names.extend(entries.into_iter().filter(|entry| check::is_local(entry)));
    }
    (!names.is_empty()).then_some(names)
}

/// What the row says, value by value, and where; the values alone decide whether it is the same order.
fn record_of(cells: &[Cell]) -> Record {
    if cells.is_empty() {
        return Record::default();
    }
    let mut record: Map<String, Value> =
        cells.iter().map(|cell| (cell.field.key().to_owned(), Value::from(cell.value.as_str()))).collect();
    record.insert(ORDER_CELLS.to_owned(), serde_json::to_value(cells).unwrap_or_default());
    record.into()
}

fn supplied_in(row: &StoreRow) -> Supplied {
    let cells: Vec<Cell> =
        row.record.record.get(ORDER_CELLS).and_then(|cells| serde_json::from_value(cells).ok()).unwrap_or_default();
    let at = row.updated_at;
    Supplied {
        cells: cells.into_iter().map(|cell| (cell.field, SuppliedCell { cell, at })).collect(),
        faults: Vec::new(),
    }
}

/// A row of one store, as the command line names it.
#[must_use]
pub fn order_on_the_command_line(poi_id: Option<&PoiId>, values: &[(Field, String)]) -> SupplementRow {
    let place = Place::file("command line");
    let cell = |(field, value): &(Field, String)| Cell {
        field: *field,
        value: value.trim().to_owned(),
        place: place.clone(),
        fault: None,
        also: Vec::new(),
    };
    let cells = values.iter().filter(|(_, value)| !value.trim().is_empty()).map(cell).collect();
    SupplementRow { key: poi_id.cloned().map(JoinKey::PoiId), place: place.clone(), cells, faults: Vec::new() }
}
