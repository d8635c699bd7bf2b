//! Composes what an order says of a store in the store mini-program: the spreadsheet's cells, and for what they leave out
//! what the platform shows, in the form that it takes.

use std::borrow::Cow;

use super::hour::hour;
use super::local::showing;
use super::phone::{lost_its_zero, phone};
use super::pictures::pictures;
use crate::check::is_overnight;
use crate::store::{BulkJob, Cell, Code, Field, Finding, LegacyStore, Order, PoiId, Severity, Supplied};

/// What came of composing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposedOrder {
    /// What would be sent; `None` if a value is missing or has no acceptable form.
    pub order: Option<Order>,
    /// Why not; with an order these are warnings about its values.
    pub findings: Vec<Finding>,
}

/// The order of one store. `shown` is its record on the platform; `replace_photos`: the sheet's pictures take the place of
/// all the store has, else these stay.
#[must_use]
pub fn compose_order(
    job: BulkJob,
    poi_id: &PoiId,
    supplied: &Supplied,
    shown: &LegacyStore,
    replace_photos: bool,
) -> ComposedOrder {
    let mut composer = OrderComposer { supplied, findings: supplied.faults.clone() };
    let order = match job {
        BulkJob::Remove => Some(Order::Remove { poi_id: poi_id.clone() }),
        BulkJob::SetCard => {
            composer.card(Code::CardMissing).map(|card_id| Order::SetCard { poi_id: poi_id.clone(), card_id })
        }
        BulkJob::Update => composer.update(poi_id, shown, replace_photos),
        // Those have their own composers.
        BulkJob::Migrate | BulkJob::Create => None,
    };
    let findings = composer.findings;
    let blocks = findings.iter().any(|finding| finding.code.severity() == Severity::Blocks);
    ComposedOrder { order: order.filter(|_| !blocks), findings }
}

struct OrderComposer<'a> {
    supplied: &'a Supplied,
    findings: Vec<Finding>,
}

impl OrderComposer<'_> {
    fn update(&mut self, poi_id: &PoiId, shown: &LegacyStore, replace_photos: bool) -> Option<Order> {
        let cells = self.supplied.cells.keys();
        let says = cells.filter(|field| **field != Field::PicList || replace_photos).any(|field| is_updated(*field));
        if !says {
            self.findings.push(Finding::new(Code::OrderEmpty));
        }
        let changes = self.changes(shown, replace_photos);
        let hour = self.value(Field::Hour, hour, (&shown.open_time, changes), Code::HourMissing);
        if hour.as_deref().is_some_and(is_overnight) && self.cell(Field::Hour).is_some() {
            self.say(Code::HourOvernight, Field::Hour);
        }
        let contract_phone = self.value(Field::ContractPhone, phone, (&shown.telephone, changes), Code::PhoneMissing);
        if contract_phone.as_deref().is_some_and(lost_its_zero) && self.cell(Field::ContractPhone).is_some() {
            self.say(Code::PhoneLostZero, Field::ContractPhone);
        }
        let pictures = self.pictures(shown, replace_photos);
        let card_id = self.cell(Field::CardId).map(|cell| cell.value.clone()).unwrap_or_default();
        Some(Order::Update {
            poi_id: poi_id.clone(),
            hour: hour?,
            contract_phone: contract_phone?,
            pictures: pictures?,
            card_id,
        })
    }

    fn cell(&self, field: Field) -> Option<&Cell> {
        self.supplied.cells.get(&field).map(|supplied| &supplied.cell)
    }

    /// A finding at the cell of a field.
    fn say(&mut self, code: Code, field: Field) {
        let finding = Finding::new(code).about(field);
        let finding = match self.cell(field) {
            Some(cell) => showing(finding, &cell.value).at(cell.place.clone()),
            None => finding,
        };
        self.findings.push(finding);
    }

    /// Whether a cell asks for anything that is not shown already.
    fn changes(&self, shown: &LegacyStore, replace_photos: bool) -> bool {
        let value = |field| self.cell(field).map(|cell| cell.value.as_str());
        let differs = |written: Result<Cow<'_, str>, Code>, shown: &str| written.as_deref() != Ok(shown.trim());
        value(Field::Hour).is_some_and(|text| differs(hour(text), &shown.open_time))
            || value(Field::ContractPhone).is_some_and(|text| differs(phone(text), &shown.telephone))
            || value(Field::CardId).is_some()
            || (replace_photos
                && value(Field::PicList).is_some_and(|text| pictures(text).as_ref() != Ok(&shown.photos)))
    }

    /// The cell's value in the platform's form; else what is shown, in that form, too, where anything is sent: the platform
    /// shows what it took from the old store management, and refuses some of it.
    fn value(
        &mut self,
        field: Field,
        form: impl Fn(&str) -> Result<Cow<'_, str>, Code>,
        (shown, changes): (&str, bool),
        missing: Code,
    ) -> Option<String> {
        let Some(cell) = self.cell(field).cloned() else {
            let shown = shown.trim();
            if shown.is_empty() {
                self.findings.push(Finding::new(missing).about(field));
                return None;
            }
            return match form(shown) {
                Ok(text) if changes => Some(text.into_owned()),
                // A telephone's form is nowhere as strict as that of hours.
                Err(malformed) if changes && field == Field::Hour => {
                    self.findings.push(Finding::new(malformed).about(field).showing(shown));
                    None
                }
                _ => Some(shown.to_owned()),
            };
        };
        if let Some(fault) = cell.fault {
            let blocks = fault.code.severity() == Severity::Blocks;
            self.findings.push(fault);
            if blocks {
                return None;
            }
        }
        form(&cell.value).map(Cow::into_owned).map_err(|malformed| self.say(malformed, field)).ok()
    }

    fn pictures(&mut self, shown: &LegacyStore, replace_photos: bool) -> Option<Vec<String>> {
        let cell = self.cell(Field::PicList).filter(|_| replace_photos).cloned();
        match cell {
            Some(cell) if cell.fault.is_some() => {
                self.findings.extend(cell.faults().cloned());
                None
            }
            Some(cell) => pictures(&cell.value).map_err(|malformed| self.say(malformed, Field::PicList)).ok(),
            None if shown.photos.is_empty() => {
                self.findings.push(Finding::new(Code::PicMissing).about(Field::PicList));
                None
            }
            None => Some(shown.photos.clone()),
        }
    }

    fn card(&mut self, missing: Code) -> Option<String> {
        let cell = self.cell(Field::CardId).cloned();
        let Some(cell) = cell else {
            self.findings.push(Finding::new(missing).about(Field::CardId));
            return None;
        };
        if let Some(fault) = cell.fault {
            self.findings.push(fault);
            return None;
        }
        Some(cell.value)
    }
}

/// What `update_store` can change.
const fn is_updated(field: Field) -> bool {
    matches!(field, Field::Hour | Field::ContractPhone | Field::PicList | Field::CardId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Place, Stamp, SuppliedCell};

    fn supplied(cells: &[(Field, &str)]) -> Supplied {
        let cell = |(field, value): &(Field, &str)| {
            let place = Place::file("hours.csv").at_row(2);
            let cell = Cell { field: *field, value: (*value).into(), place, fault: None, also: Vec::new() };
            (*field, SuppliedCell { cell, at: Stamp(0) })
        };
        Supplied { cells: cells.iter().map(cell).collect(), faults: Vec::new() }
    }

    fn shown() -> LegacyStore {
        LegacyStore {
            open_time: "11:00-12:00".into(),
            telephone: "0451 odd form".into(),
            photos: vec!["http://a/1".into()],
            ..LegacyStore::default()
        }
    }

    fn composed(job: BulkJob, cells: &[(Field, &str)], replace_photos: bool) -> ComposedOrder {
        let id = PoiId::new("472671857").expect("an id");
        compose_order(job, &id, &supplied(cells), &shown(), replace_photos)
    }

    fn codes(composed: &ComposedOrder) -> Vec<Code> {
        composed.findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn what_the_sheet_leaves_out_is_sent_as_the_platform_shows_it() {
        let made = composed(BulkJob::Update, &[(Field::Hour, "9：00～21：00")], false);
        let Some(Order::Update { hour, contract_phone, pictures, card_id, .. }) = made.order else {
            panic!("{:?}", made.findings)
        };
        assert_eq!(hour, "09:00-21:00");
        assert_eq!(
            (contract_phone.as_str(), pictures.as_slice()),
            ("0451 odd form", ["http://a/1".to_owned()].as_slice())
        );
        assert_eq!(card_id, "");
    }

    #[test]
    fn pictures_are_replaced_only_when_that_is_asked_for() {
        let cells = [(Field::PicList, "http://b/1 http://b/2"), (Field::Hour, "09:00-10:00")];
        let of = |replace| match composed(BulkJob::Update, &cells, replace).order {
            Some(Order::Update { pictures, .. }) => pictures,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(false), ["http://a/1"]);
        assert_eq!(of(true), ["http://b/1", "http://b/2"]);
    }

    #[test]
    fn a_row_that_changes_nothing_is_said_to_be_one() {
        assert_eq!(codes(&composed(BulkJob::Update, &[], false)), [Code::OrderEmpty]);
        assert_eq!(codes(&composed(BulkJob::Update, &[(Field::PicList, "http://b/1")], false)), [Code::OrderEmpty]);
        assert_eq!(codes(&composed(BulkJob::SetCard, &[], false)), [Code::CardMissing]);
    }

    #[test]
    fn a_wrong_value_blocks_and_nothing_stands_in_for_it() {
        let made = composed(BulkJob::Update, &[(Field::Hour, "from nine to five")], false);
        assert!(made.order.is_none() && !made.findings.is_empty());
    }
}
