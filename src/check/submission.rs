//! Composes what `add_store` will say for one store, field by field from override, supplement, old record and defaults,
//! and says everything that is missing or wrong at once.

use std::collections::BTreeMap;

use super::values;
use crate::store::{Code, Field, Finding, LegacyStore, MapPoiId, Origin, PoiId, Submission, Supplied, SuppliedCell};

/// Values of the configuration that hold for all stores.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FixedValues {
    /// `[override]`: wins over everything.
    pub overrides: BTreeMap<Field, String>,
    /// `[defaults]`: for what nothing else has.
    pub defaults: BTreeMap<Field, String>,
}

/// A value, where it came from, and the finding to raise if it has no acceptable form.
struct Taken {
    value: String,
    origin: Origin,
}

/// The submission, or all findings that stand in its way.
///
/// # Errors
///
/// Every missing or malformed value is one finding; a missing `map_poi_id` is among them as [`Code::MapPoiIdMissing`].
pub fn compose(store: &LegacyStore, supplied: &Supplied, fixed: &FixedValues) -> Result<Submission, Vec<Finding>> {
    let mut composer = Composer { store, supplied, fixed, findings: Vec::new(), origins: BTreeMap::new() };
    let poi_id = composer.poi_id();
    let map_poi_id = composer.map_poi_id();
    let pictures = composer.required(Field::PicList, Code::PicMissing, Code::PicMalformed, values::pictures);
    let contract_phone =
        composer.required(Field::ContractPhone, Code::PhoneMissing, Code::PhoneMalformed, values::phone);
    let hour = composer.required(Field::Hour, Code::HourMissing, Code::HourMalformed, values::hour);
    let credential =
        composer.required(Field::Credential, Code::CredentialMissing, Code::CredentialMalformed, values::credential);
    let company = composer.company();
    let card_id = composer.optional(Field::CardId).unwrap_or_default();
    let Composer { findings, origins, .. } = composer;
    match (poi_id, map_poi_id, pictures, contract_phone, hour, credential) {
        (Some(poi_id), Some(map_poi_id), Some(pictures), Some(contract_phone), Some(hour), Some(credential))
            if findings.is_empty() =>
        {
            Ok(Submission { poi_id, map_poi_id, pictures, contract_phone, hour, credential, company, card_id, origins })
        }
        _ => Err(findings),
    }
}

struct Composer<'a> {
    store: &'a LegacyStore,
    supplied: &'a Supplied,
    fixed: &'a FixedValues,
    findings: Vec<Finding>,
    origins: BTreeMap<Field, Origin>,
}

impl Composer<'_> {
    /// Override, supplement, old record, defaults: the first that has something.
    fn take(&mut self, field: Field) -> Option<Taken> {
        if let Some(value) = self.fixed.overrides.get(&field) {
            return Some(Taken { value: value.clone(), origin: Origin::Override });
        }
        if let Some(SuppliedCell { cell, .. }) = self.supplied.cells.get(&field) {
            if let Some(fault) = &cell.fault {
                self.findings.push(fault.clone());
            }
            return Some(Taken { value: cell.value.clone(), origin: Origin::Supplement(cell.place.clone()) });
        }
        if let Some(value) = self.in_record(field) {
            return Some(Taken { value, origin: Origin::Record });
        }
        let value = self.fixed.defaults.get(&field)?;
        Some(Taken { value: value.clone(), origin: Origin::Defaults })
    }

    /// `telephone`, `open_time`, `photo_list`, `mapid`: what the old record has of a submission.
    fn in_record(&self, field: Field) -> Option<String> {
        let text = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        match field {
            Field::MapPoiId => self.store.map_poi_id.as_ref().map(ToString::to_string),
            Field::PicList => (!self.store.photos.is_empty()).then(|| self.store.photos.join("\n")),
            Field::ContractPhone => text(&self.store.telephone),
            Field::Hour => text(&self.store.open_time),
            Field::Credential | Field::CompanyName | Field::QualificationList | Field::CardId | Field::Action => None,
        }
    }

    fn required<T>(
        &mut self,
        field: Field,
        missing: Code,
        malformed: Code,
        form: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let before = self.findings.len();
        let Some(taken) = self.take(field) else {
            self.findings.push(Finding::new(missing));
            return None;
        };
        if self.findings.len() > before {
            return None;
        }
        let value = form(&taken.value);
        if value.is_none() {
            self.complain(malformed, &taken);
        }
        self.origins.insert(field, taken.origin);
        value
    }

    fn optional(&mut self, field: Field) -> Option<String> {
        let before = self.findings.len();
        let taken = self.take(field)?;
        self.origins.insert(field, taken.origin);
        (self.findings.len() == before).then_some(taken.value)
    }

    fn complain(&mut self, code: Code, taken: &Taken) {
        let finding = Finding::new(code).showing(&taken.value);
        self.findings.push(match &taken.origin {
            Origin::Supplement(place) => finding.at(place.clone()),
            Origin::Override | Origin::Record | Origin::Defaults => finding,
        });
    }

    fn poi_id(&mut self) -> Option<PoiId> {
        match &self.store.poi_id {
            None => self.findings.push(Finding::new(Code::PoiIdMissing)),
            Some(id) if !id.is_decimal() => {
                self.findings.push(Finding::new(Code::PoiIdMalformed).showing(id.as_str()));
            }
            Some(id) => return Some(id.clone()),
        }
        None
    }

    fn map_poi_id(&mut self) -> Option<MapPoiId> {
        let form = |text: &str| MapPoiId::new(text).filter(MapPoiId::is_decimal);
        self.required(Field::MapPoiId, Code::MapPoiIdMissing, Code::MapPoiIdMalformed, form)
    }

    fn company(&mut self) -> Option<(String, Vec<String>)> {
        let name = self.optional(Field::CompanyName);
        let papers = self.optional(Field::QualificationList);
        match (name, papers) {
            (None, None) => None,
            (Some(name), Some(papers)) => {
                let ids = values::media_ids(&papers);
                if ids.len() > values::MEDIA_IDS_MAX {
                    self.findings.push(Finding::new(Code::QualificationTooMany).showing(&papers));
                }
                Some((name, ids))
            }
            (name, papers) => {
                let alone = name.or(papers).unwrap_or_default();
                self.findings.push(Finding::new(Code::CompanyIncomplete).showing(&alone));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Cell, Place, Stamp};

    fn store() -> LegacyStore {
        LegacyStore {
            poi_id: PoiId::new("472671857"),
            telephone: "0571-8888 1234".into(),
            open_time: "8:00-20:00".into(),
            photos: vec!["http://a/1".into(), "http://a/2".into()],
            map_poi_id: MapPoiId::new("2880741500279549033"),
            ..LegacyStore::default()
        }
    }

    fn supplied(cells: &[(Field, &str)]) -> Supplied {
        let place = Place::file("s.csv").at_row(2);
        let cell = |(field, value): &(Field, &str)| {
            let cell = Cell { field: *field, value: (*value).into(), place: place.clone(), fault: None };
            (*field, SuppliedCell { cell, at: Stamp(0) })
        };
        Supplied { cells: cells.iter().map(cell).collect(), faults: Vec::new() }
    }

    fn codes(result: Result<Submission, Vec<Finding>>) -> Vec<Code> {
        result.err().unwrap_or_default().into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn the_old_record_gives_all_but_the_credential() {
        assert_eq!(codes(compose(&store(), &Supplied::default(), &FixedValues::default())), [Code::CredentialMissing]);
        let submission =
            compose(&store(), &supplied(&[(Field::Credential, "22883878-0")]), &FixedValues::default()).unwrap();
        assert_eq!(submission.contract_phone, "0571-88881234");
        assert_eq!(submission.hour, "08:00-20:00");
        assert_eq!(submission.pictures, ["http://a/1", "http://a/2"]);
        assert_eq!(submission.origins[&Field::Hour], Origin::Record);
        assert_eq!(submission.origins[&Field::Credential].key(), "supplement");
    }

    #[test]
    fn override_wins_over_supplement_and_supplement_over_the_record_and_defaults_come_last() {
        let cells = supplied(&[
            (Field::Credential, "22883878-0"),
            (Field::ContractPhone, "021-66667777"),
            (Field::Hour, "10:00-22:00"),
        ]);
        let fixed = FixedValues {
            overrides: [(Field::Hour, "07:00-23:00".to_owned())].into(),
            defaults: [(Field::CardId, "pabc".to_owned()), (Field::ContractPhone, "400-1".to_owned())].into(),
        };
        let submission = compose(&store(), &cells, &fixed).unwrap();
        assert_eq!(submission.hour, "07:00-23:00");
        assert_eq!(submission.contract_phone, "021-66667777");
        assert_eq!(submission.card_id, "pabc");
    }

    #[test]
    fn everything_that_is_missing_is_said_at_once() {
        let bare = LegacyStore { poi_id: PoiId::new("1"), ..LegacyStore::default() };
        assert_eq!(
            codes(compose(&bare, &Supplied::default(), &FixedValues::default())),
            [Code::MapPoiIdMissing, Code::PicMissing, Code::PhoneMissing, Code::HourMissing, Code::CredentialMissing,]
        );
    }

    #[test]
    fn a_supplied_value_of_the_wrong_form_is_not_replaced_by_the_records_good_one() {
        let cells = supplied(&[(Field::Credential, "22883878-0"), (Field::ContractPhone, "见门口")]);
        let findings = compose(&store(), &cells, &FixedValues::default()).unwrap_err();
        assert_eq!(findings[0].code, Code::PhoneMalformed);
        assert_eq!(findings[0].place, Some(Place::file("s.csv").at_row(2)));
    }

    #[test]
    fn a_rounded_number_blocks_even_where_the_record_has_a_value() {
        let mut cells = supplied(&[(Field::Credential, "22883878-0"), (Field::MapPoiId, "2.88E+18")]);
        let fault = Finding::new(Code::RoundedNumber).showing("2.88E+18");
        cells.cells.get_mut(&Field::MapPoiId).unwrap().cell.fault = Some(fault);
        assert_eq!(codes(compose(&store(), &cells, &FixedValues::default())), [Code::RoundedNumber]);
    }

    #[test]
    fn company_and_papers_go_together_and_papers_are_at_most_five() {
        let credential = (Field::Credential, "22883878-0");
        let alone = supplied(&[credential, (Field::CompanyName, "某某")]);
        assert_eq!(codes(compose(&store(), &alone, &FixedValues::default())), [Code::CompanyIncomplete]);
        let six = supplied(&[credential, (Field::CompanyName, "某某"), (Field::QualificationList, "a|b|c|d|e|f")]);
        assert_eq!(codes(compose(&store(), &six, &FixedValues::default())), [Code::QualificationTooMany]);
    }
}
