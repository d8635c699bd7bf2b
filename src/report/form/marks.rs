//! Which cells of a form's row are wrong, and what is told at them; and what stands in the cells to be mended now.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::columns::FIELDS;
use crate::ledger::StoreRow;
use crate::report::reasons::{Reason, findings, words_of};
use crate::sheets::CELL_UNITS_MAX;
use crate::store::{Code, Field, Finding, Lang, Severity, State, Supplied, Wish};
use crate::wire::{Endpoint, ErrorTable};

/// The field of a submission that a finding is about, where it is about one: by what it says itself, by the supplied cell
/// where it was found, else by its code.
pub(super) fn field_of(finding: &Finding, supplied: Option<&Supplied>) -> Option<Field> {
    let at_cell = || {
        let place = finding.place.as_ref()?;
        let cells = supplied?.cells.iter();
        cells.filter(|(_, supplied)| supplied.cell.place == *place).map(|(field, _)| *field).next()
    };
    finding.field.or_else(at_cell).or_else(|| field_of_code(finding.code))
}

/// The field that a code is always about.
#[must_use]
pub fn field_of_code(code: Code) -> Option<Field> {
    match code {
        Code::CredentialMissing | Code::CredentialMalformed => Some(Field::Credential),
        Code::PhoneMissing | Code::PhoneMalformed => Some(Field::ContractPhone),
        Code::HourMissing | Code::HourMalformed => Some(Field::Hour),
        Code::PicMissing | Code::PicMalformed | Code::PictureInCell | Code::PictureOfTwo => Some(Field::PicList),
        Code::MapPoiIdMissing | Code::MapPoiIdMalformed => Some(Field::MapPoiId),
        Code::CompanyIncomplete => Some(Field::CompanyName),
        Code::QualificationTooMany => Some(Field::QualificationList),
        Code::ActionUnknown | Code::UpgradeForbidden | Code::WishTooLate => Some(Field::Action),
        _ => None,
    }
}

/// The field that the platform means with a refusal of `add_store` (section 8 of the API document), where it means one.
fn field_of_errcode(errcode: i64) -> Option<Field> {
    match errcode {
        85041 | 92000 => Some(Field::Credential),
        85038 | 85040 | 85055 | 92003 => Some(Field::MapPoiId),
        85056 | 40007 | 41006 => Some(Field::QualificationList),
        85061 | 85062 | 65111 => Some(Field::ContractPhone),
        40009 | 65105 | 65114 => Some(Field::PicList),
        65119 => Some(Field::CompanyName),
        _ => None,
    }
}

/// What is told at each cell that is wrong; at the reason's cell, `None`, what no cell can be blamed for.
pub(super) fn marks(
    row: &StoreRow,
    supplied: Option<&Supplied>,
    errors: &ErrorTable,
    lang: Lang,
) -> BTreeMap<Option<Field>, String> {
    let mut marks: BTreeMap<Option<Field>, String> = BTreeMap::new();
    let mut mark = |field: Option<Field>, text: String| {
        let told = marks.entry(field).or_default();
        let gap = if told.is_empty() { "" } else { "\n" };
        *told = format!("{told}{gap}{text}");
    };
    match Reason::of(row) {
        Some(Reason::Refused(Endpoint::AddStore, errcode)) => {
            mark(field_of_errcode(errcode), refusal(row, errors, lang));
        }
        Some(Reason::Refused(..) | Reason::State(State::Rejected)) => mark(None, refusal(row, errors, lang)),
        _ => {
            let blocking = |finding: &&Finding| finding.code.severity() == Severity::Blocks;
            for finding in findings(row).iter().filter(blocking) {
                let (words, remedy) = (finding.words(), finding.code.remedy());
                mark(field_of(finding, supplied), format!("{}\n→ {}", words.get(lang), remedy.get(lang)));
            }
        }
    }
    marks
}

/// The platform's words, and what to do about them.
fn refusal(row: &StoreRow, errors: &ErrorTable, lang: Lang) -> String {
    let remedy = Reason::of(row).map(|reason| reason.remedy(errors).get(lang).to_owned()).unwrap_or_default();
    format!("{}\n→ {remedy}", words_of(row, lang))
}

/// What stands in the cells to be mended: what was supplied last, else what the old record has. What the configuration
/// gives to all stores is none of a cell's business, and an order to send once more was carried out.
pub(super) fn present<'a>(row: &'a StoreRow, supplied: Option<&'a Supplied>) -> BTreeMap<Field, Present<'a>> {
    let of_field = |field: Field| -> Option<(Field, Present<'a>)> {
        let cell = supplied.and_then(|supplied| supplied.cells.get(&field)).map(|supplied| &supplied.cell);
        let present = match cell {
            Some(cell) => {
                let confirmed = cell.fault.as_ref().is_none_or(|fault| fault.code != Code::KeyDisagrees);
                Present { text: Cow::Borrowed(cell.value.as_str()), confirmed }
            }
            None => Present { text: in_record(row, field)?, confirmed: true },
        };
        let is_spent = field == Field::Action && Wish::parse(&present.text) == Some(Wish::Resubmit);
        let fits = present.text.encode_utf16().count() <= CELL_UNITS_MAX;
        (fits && !is_spent && !present.text.trim().is_empty()).then_some((field, present))
    };
    FIELDS.into_iter().filter_map(of_field).collect()
}

/// A text in a cell to be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Present<'a> {
    pub(super) text: Cow<'a, str>,
    /// Given back as it is, it means no change. A text that came with a wrong key is not known to be this store's: giving it
    /// back is what confirms it.
    pub(super) confirmed: bool,
}

/// What the old record has of a submission, the source's word first.
fn in_record(row: &StoreRow, field: Field) -> Option<Cow<'_, str>> {
    let platform = row.platform.as_ref();
    let text = |of: fn(&crate::store::LegacyStore) -> &str| {
        let own = of(&row.record).trim();
        let text = if own.is_empty() { platform.map_or("", of).trim() } else { own };
        (!text.is_empty()).then_some(Cow::Borrowed(text))
    };
    match field {
        Field::ContractPhone => text(|store| &store.telephone),
        Field::Hour => text(|store| &store.open_time),
        Field::MapPoiId => text(|store| store.map_poi_id.as_ref().map_or("", crate::store::MapPoiId::as_str)),
        Field::PicList => {
            let of = |photos: &[String]| (!photos.is_empty()).then(|| Cow::Owned(photos.join("\n")));
            of(&row.record.photos).or_else(|| of(&platform?.photos))
        }
        Field::Credential | Field::CompanyName | Field::QualificationList | Field::CardId | Field::Action => None,
    }
}
