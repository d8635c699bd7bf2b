//! Composes what `add_store` will say for one store, field by field from override, supplement, old record and defaults,
//! and says everything that is missing, wrong or worth a look at once.

use std::collections::BTreeMap;

use super::credential::{Credential, credential};
use super::hour::{hour, is_overnight};
use super::papers::{MEDIA_IDS_MAX, paper_entries};
use super::phone::{lost_its_zero, phone};
use super::pictures::{is_local, pictures};
use super::written::{FixedValues, Written, written};
use crate::store::{
    Code, Field, Finding, LegacyStore, MapPoiId, Origin, PoiId, Province, Severity, Submission, Supplied,
};

/// What came of composing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// What would be sent; `None` if a value is missing or has no acceptable form.
    pub submission: Option<Submission>,
    /// Every missing or malformed value is one finding, a missing `map_poi_id` among them as [`Code::MapPoiIdMissing`]; with a
    /// submission these are warnings about its values.
    pub findings: Vec<Finding>,
}

/// The submission, and what there is to say about its values.
#[must_use]
pub fn compose(store: &LegacyStore, supplied: &Supplied, fixed: &FixedValues) -> Composed {
    let mut composer = Composer { store, supplied, fixed, findings: Vec::new(), origins: BTreeMap::new() };
    let poi_id = composer.poi_id();
    let is_named = poi_id.is_some();
    composer.compose(poi_id, is_named)
}

/// The same of a new store, which has no legacy one: all that is known of it is in the spreadsheet.
#[must_use]
pub fn compose_new(supplied: &Supplied, fixed: &FixedValues) -> Composed {
    let store = LegacyStore::default();
    Composer { store: &store, supplied, fixed, findings: Vec::new(), origins: BTreeMap::new() }.compose(None, true)
}

impl Composer<'_> {
    /// With `is_named` false a `poi_id` is needed, and there is none that can be used.
    fn compose(mut self, poi_id: Option<PoiId>, is_named: bool) -> Composed {
        let composer = &mut self;
        let map_poi_id = composer.map_poi_id();
        let pictures = composer.required(Field::PicList, Code::PicMissing, pictures).map(|(urls, _)| urls);
        let contract_phone = composer.contract_phone();
        let hour = composer.hour();
        let credential = composer.credential();
        let company = composer.company();
        let card_id = composer.optional(Field::CardId).unwrap_or_default();
        let Composer { findings, origins, .. } = self;
        let blocks = findings.iter().any(|finding| finding.code.severity() == Severity::Blocks);
        let submission = match (map_poi_id, pictures, contract_phone, hour, credential) {
            (Some(map_poi_id), Some(pictures), Some(contract_phone), Some(hour), Some(credential))
                if is_named && !blocks =>
            {
                Some(Submission {
                    poi_id,
                    map_poi_id,
                    pictures,
                    contract_phone,
                    hour,
                    credential,
                    company,
                    card_id,
                    origins,
                })
            }
            _ => None,
        };
        Composed { submission, findings }
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
    /// The value that counts; a blocking fault of its cell leaves none, as nothing else stands in for what a person wrote.
    fn take(&mut self, field: Field) -> Option<Result<Written, ()>> {
        let taken = written(field, self.store, self.supplied, self.fixed)?;
        let cell = taken.place().and_then(|_| self.supplied.cells.get(&field));
        if let Some(fault) = cell.and_then(|supplied| supplied.cell.fault.as_ref()) {
            self.findings.push(fault.clone());
            if fault.code.severity() == Severity::Blocks {
                return Some(Err(()));
            }
        }
        Some(Ok(taken))
    }

    fn required<T>(
        &mut self,
        field: Field,
        missing: Code,
        form: impl Fn(&str) -> Result<T, Code>,
    ) -> Option<(T, Written)> {
        let Some(taken) = self.take(field) else {
            self.findings.push(Finding::new(missing).about(field));
            return None;
        };
        let taken = taken.ok()?;
        self.origins.insert(field, taken.origin.clone());
        match form(&taken.value) {
            Ok(value) => Some((value, taken)),
            Err(malformed) => {
                self.say(malformed, field, &taken, &taken.value);
                None
            }
        }
    }

    fn optional(&mut self, field: Field) -> Option<String> {
        let taken = self.take(field)?.ok()?;
        self.origins.insert(field, taken.origin);
        Some(taken.value)
    }

    /// A finding about a value, at its cell.
    fn say(&mut self, code: Code, field: Field, taken: &Written, value: &str) {
        let finding = Finding::new(code).about(field).showing(value);
        self.findings.push(match taken.place() {
            Some(place) => finding.at(place.clone()),
            None => finding,
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
        self.required(Field::MapPoiId, Code::MapPoiIdMissing, map_point).map(|(id, _)| id)
    }

    fn contract_phone(&mut self) -> Option<String> {
        let (phone, taken) = self.required(Field::ContractPhone, Code::PhoneMissing, phone)?;
        if lost_its_zero(&phone) {
            self.say(Code::PhoneLostZero, Field::ContractPhone, &taken, &taken.value);
        }
        Some(phone)
    }

    fn hour(&mut self) -> Option<String> {
        let (hour, taken) = self.required(Field::Hour, Code::HourMissing, hour)?;
        if is_overnight(&hour) {
            self.say(Code::HourOvernight, Field::Hour, &taken, &taken.value);
        }
        Some(hour)
    }

    fn credential(&mut self) -> Option<String> {
        let (found, taken) = self.required(Field::Credential, Code::CredentialMissing, credential)?;
        let Credential { text, checks, province, .. } = found;
        if !checks {
            self.say(Code::CredentialUnchecked, Field::Credential, &taken, &text);
        }
        let at = Province::of_address(&self.store.province, &self.store.city);
        if let (Some(registered), Some(at)) = (province, at)
            && registered != at
        {
            let both = format!("{} → {}", registered.zh(), at.zh());
            self.say(Code::CredentialElsewhere, Field::Credential, &taken, &both);
        }
        Some(text)
    }

    fn company(&mut self) -> Option<(String, Vec<String>)> {
        let name = self.optional(Field::CompanyName);
        let papers = self.optional(Field::QualificationList);
        let ids = papers.as_deref().map(paper_entries).unwrap_or_default();
        if let Some(file) = ids.iter().find(|id| is_local(id)) {
            return self.refuse_company(Code::PicLocal, Field::QualificationList, file);
        }
        match (name, ids.len()) {
            (None, 0) => None,
            (Some(name), 1..=MEDIA_IDS_MAX) => Some((name, ids)),
            (Some(name), 0) => self.refuse_company(Code::CompanyIncomplete, Field::CompanyName, &name),
            (None, 1..=MEDIA_IDS_MAX) => {
                self.refuse_company(Code::CompanyIncomplete, Field::QualificationList, &papers.unwrap_or_default())
            }
            _ => self.refuse_company(Code::QualificationTooMany, Field::QualificationList, &papers.unwrap_or_default()),
        }
    }

    fn refuse_company<T>(&mut self, code: Code, field: Field, value: &str) -> Option<T> {
        let taken = written(field, self.store, self.supplied, self.fixed)?;
        self.say(code, field, &taken, value);
        None
    }
}

/// A point on the map, as the platform names it.
///
/// # Errors
///
/// [`Code::MapPoiIdMalformed`].
pub(super) fn map_point(text: &str) -> Result<MapPoiId, Code> {
    MapPoiId::new(text).filter(MapPoiId::is_decimal).ok_or(Code::MapPoiIdMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Cell, Place, Stamp, SuppliedCell};

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

    fn codes(composed: Composed) -> Vec<Code> {
        composed.findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn the_old_record_gives_all_but_the_credential() {
        assert_eq!(codes(compose(&store(), &Supplied::default(), &FixedValues::default())), [Code::CredentialMissing]);
        let submission = compose(&store(), &supplied(&[(Field::Credential, "70846113-6")]), &FixedValues::default())
            .submission
            .unwrap();
        assert_eq!(submission.contract_phone, "0571-88881234");
        assert_eq!(submission.hour, "08:00-20:00");
        assert_eq!(submission.pictures, ["http://a/1", "http://a/2"]);
        assert_eq!(submission.origins[&Field::Hour], Origin::Record);
        assert_eq!(submission.origins[&Field::Credential].key(), "supplement");
    }

    #[test]
    fn override_wins_over_supplement_and_supplement_over_the_record_and_defaults_come_last() {
        let cells = supplied(&[
            (Field::Credential, "70846113-6"),
            (Field::ContractPhone, "021-66667777"),
            (Field::Hour, "10:00-22:00"),
        ]);
        let fixed = FixedValues {
            overrides: [(Field::Hour, "07:00-23:00".to_owned())].into(),
            defaults: [(Field::CardId, "pabc".to_owned()), (Field::ContractPhone, "400-1".to_owned())].into(),
            ..FixedValues::default()
        };
        let submission = compose(&store(), &cells, &fixed).submission.unwrap();
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
        let cells = supplied(&[(Field::Credential, "70846113-6"), (Field::ContractPhone, "见门口")]);
        let findings = compose(&store(), &cells, &FixedValues::default()).findings;
        assert_eq!(findings[0].code, Code::PhoneMalformed);
        assert_eq!(findings[0].place, Some(Place::file("s.csv").at_row(2)));
    }

    #[test]
    fn a_rounded_number_blocks_even_where_the_record_has_a_value() {
        let mut cells = supplied(&[(Field::Credential, "70846113-6"), (Field::MapPoiId, "2.88E+18")]);
        let fault = Finding::new(Code::RoundedNumber).showing("2.88E+18");
        cells.cells.get_mut(&Field::MapPoiId).unwrap().cell.fault = Some(fault);
        assert_eq!(codes(compose(&store(), &cells, &FixedValues::default())), [Code::RoundedNumber]);
    }

    #[test]
    fn company_and_papers_go_together_and_papers_are_at_most_five() {
        let credential = (Field::Credential, "70846113-6");
        let alone = supplied(&[credential, (Field::CompanyName, "某某")]);
        assert_eq!(codes(compose(&store(), &alone, &FixedValues::default())), [Code::CompanyIncomplete]);
        let six = supplied(&[credential, (Field::CompanyName, "某某"), (Field::QualificationList, "a|b|c|d|e|f")]);
        assert_eq!(codes(compose(&store(), &six, &FixedValues::default())), [Code::QualificationTooMany]);
    }

    #[test]
    fn papers_that_name_no_file_are_none() {
        let cells = supplied(&[
            (Field::Credential, "70846113-6"),
            (Field::CompanyName, "某某"),
            (Field::QualificationList, "|"),
        ]);
        assert_eq!(codes(compose(&store(), &cells, &FixedValues::default())), [Code::CompanyIncomplete]);
        let cells = supplied(&[(Field::Credential, "70846113-6"), (Field::QualificationList, "|")]);
        assert!(compose(&store(), &cells, &FixedValues::default()).submission.unwrap().company.is_none());
    }

    #[test]
    fn a_paper_that_is_a_file_nobody_found_is_no_media_id() {
        let cells = supplied(&[
            (Field::Credential, "70846113-6"),
            (Field::CompanyName, "某某"),
            (Field::QualificationList, "licence 1.jpg|m1"),
        ]);
        assert_eq!(codes(compose(&store(), &cells, &FixedValues::default())), [Code::PicLocal]);
    }

    #[test]
    fn a_warning_travels_with_the_submission_and_never_takes_its_place() {
        let cells = supplied(&[(Field::Credential, "91440300708461136A"), (Field::Hour, "18:00-02:00")]);
        let hunan = LegacyStore { province: "湖南省".into(), ..store() };
        let composed = compose(&hunan, &cells, &FixedValues::default());
        assert!(composed.submission.is_some());
        let said: Vec<_> = composed.findings.iter().map(|finding| (finding.code, finding.value.as_str())).collect();
        assert_eq!(
            said,
            [
                (Code::HourOvernight, "18:00-02:00"),
                (Code::CredentialUnchecked, "91440300708461136A"),
                (Code::CredentialElsewhere, "广东 → 湖南"),
            ]
        );
        assert_eq!(composed.findings[1].place, Some(Place::file("s.csv").at_row(2)));
    }

    #[test]
    fn a_licence_of_the_stores_own_province_raises_nothing() {
        let cells = supplied(&[(Field::Credential, "91440300708461136T")]);
        for province in ["广东省", "", "不详"] {
            let store = LegacyStore { province: province.into(), ..store() };
            assert_eq!(codes(compose(&store, &cells, &FixedValues::default())), [], "{province}");
        }
    }

    #[test]
    fn a_cell_that_is_only_worth_a_look_is_taken() {
        let mut cells = supplied(&[(Field::Credential, "70846113-6")]);
        let fault = Finding::new(Code::MergedCell).showing("70846113-6");
        cells.cells.get_mut(&Field::Credential).unwrap().cell.fault = Some(fault);
        let composed = compose(&store(), &cells, &FixedValues::default());
        assert!(composed.submission.is_some());
        assert_eq!(codes(composed), [Code::MergedCell]);
    }
}
