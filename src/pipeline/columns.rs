//! Which column of which file means what, remembered beside the ledger's stores: a finding about a value of the old record, or
//! about one that is not there, names its cell, as one about a supplied cell does.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use crate::check::FixedValues;
use crate::intake::Input;
use crate::ledger::{Ledger, LedgerError, StoreRow};
use crate::store::{Code, Decision, Field, Finding, Place};

/// Where the ledger keeps them.
const META: &str = "columns";

/// Meanings, by the API document's names, and their columns.
type Columns = BTreeMap<String, String>;

/// The columns of the files that stores came from.
#[derive(Default)]
pub(super) struct Headed {
    /// By file, and sheet (of a text the empty name).
    tables: BTreeMap<String, BTreeMap<String, Columns>>,
}

impl Headed {
    /// What is remembered. What cannot be read is as good as nothing: then a finding names its row, as it did before.
    pub(super) fn of(ledger: &Ledger) -> Result<Self, LedgerError> {
        let text = ledger.meta(META)?.unwrap_or_default();
        Ok(Self { tables: serde_json::from_str(&text).unwrap_or_default() })
    }

    /// Remembers the columns of these inputs beside those of others; a file that is read again has new ones.
    pub(super) fn remember(ledger: &Ledger, inputs: &[Input]) -> Result<(), LedgerError> {
        let known = Self::of(ledger)?;
        let before = known.tables.clone();
        let known = known.beside(inputs);
        if known.tables == before {
            return Ok(());
        }
        ledger.set_meta(META, &serde_json::json!(known.tables).to_string())
    }

    /// These, with the columns of these inputs.
    pub(super) fn beside(mut self, inputs: &[Input]) -> Self {
        let mut anew = HashSet::new();
        for (place, columns) in inputs.iter().filter_map(Input::columns) {
            let sheets = self.tables.entry(place.file.to_string()).or_default();
            if anew.insert(place.file) {
                sheets.clear();
            }
            sheets.insert(place.sheet.unwrap_or_default().into(), columns.into_iter().collect());
        }
        self
    }

    /// Names the cells of findings that have no place, where all that is known of the store is what its file says.
    pub(super) fn name_cells(&self, row: &StoreRow, decision: &mut Decision, fixed: &FixedValues) {
        if row.place.row.is_none() || row.platform.is_some() || row.now.is_some() {
            return;
        }
        let Some(columns) = self.columns(&row.place) else { return };
        let is_fixed = |field| fixed.overrides.contains_key(&field) || fixed.defaults.contains_key(&field);
        for finding in decision.findings.iter_mut().filter(|finding| finding.place.is_none()) {
            if !finding.field.is_some_and(is_fixed)
                && let Some(column) = meanings(finding).iter().find_map(|meaning| columns.get(*meaning))
            {
                finding.place = Some(row.place.at_column(column));
            }
        }
    }

    fn columns(&self, place: &Place) -> Option<&Columns> {
        // A page stands in its folder.
        let folder = || Path::new(&place.file).parent().and_then(Path::to_str);
        let sheets = self.tables.get(place.file.as_str()).or_else(|| self.tables.get(folder()?))?;
        sheets.get(place.sheet.as_deref().unwrap_or_default())
    }
}

/// The columns that a finding may be about, the nearest first: a value is the old record's own, one that is missing belongs
/// into the column that supplies it, if there is one.
fn meanings(finding: &Finding) -> &'static [&'static str] {
    let is_missing = finding.value.is_empty();
    match (finding.code, finding.field) {
        (Code::StatusAbsent | Code::StatusUnknown, _) => &["upgrade_status"],
        (Code::NotApproved, _) => &["available_state"],
        (Code::PoiIdMissing | Code::PoiIdMalformed, _) => &["poi_id"],
        (Code::OutsideChina | Code::CoordinatesSwapped | Code::FarFromProvince, _) => &["longitude"],
        (_, Some(Field::MapPoiId)) if is_missing => &["map_poi_id", "mapid"],
        (_, Some(Field::ContractPhone)) if is_missing => &["contract_phone", "telephone"],
        (_, Some(Field::Hour)) if is_missing => &["hour", "open_time"],
        (_, Some(Field::PicList)) if is_missing => &["pic_list", "photo_list"],
        (_, Some(Field::Credential)) if is_missing => &["credential"],
        (_, Some(Field::MapPoiId)) => &["mapid"],
        (_, Some(Field::ContractPhone)) => &["telephone"],
        (_, Some(Field::Hour)) => &["open_time"],
        (_, Some(Field::PicList)) => &["photo_list"],
        _ => &[],
    }
}
