//! Composes what `add_store` will say for one store, field by field from override, supplement, old record and defaults,
//! and says everything that is missing, wrong or worth a look at once.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::credential::{Credential, credential};
use super::hour::{hour, is_overnight};
use super::local::showing;
use super::papers::{MEDIA_IDS_MAX, paper_entries};
use super::phone::{lost_its_zero, phone};
use super::pictures::{is_local, is_plain_url, pictures};
use super::written::{FixedValues, Source, Written, source, written};
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
    let mut findings = Vec::new();
    let submission = compose_with(store, supplied, fixed, &mut findings);
    Composed { submission, findings }
}

/// The same, adding what there is to say to what was said before.
#[must_use]
pub fn compose_with(
    store: &LegacyStore,
    supplied: &Supplied,
    fixed: &FixedValues,
    findings: &mut Vec<Finding>,
) -> Option<Submission> {
    let mut composer = Composer { store, supplied, fixed, findings };
    let poi_id = composer.poi_id();
    composer.compose(poi_id, poi_id.is_some())
}

/// The same of a new store, which has no legacy one: all that is known of it is in the spreadsheet.
#[must_use]
pub fn compose_new(supplied: &Supplied, fixed: &FixedValues) -> Composed {
    let (store, mut findings) = (LegacyStore::default(), Vec::new());
    let submission = Composer { store: &store, supplied, fixed, findings: &mut findings }.compose(None, true);
    Composed { submission, findings }
}

/// A value that counts, and what is sent of it where that is another text. Most stores lack something, and of those nothing
/// is sent: only a submission takes the texts.
struct Taken<'a> {
    written: Written<'a>,
    sent: Option<String>,
}

impl<'a> Taken<'a> {
    fn sent(&self) -> &str {
        self.sent.as_deref().unwrap_or(&self.written.value)
    }

    fn into_sent(self) -> String {
        self.sent.unwrap_or_else(|| self.written.value.into_owned())
    }

    /// The form in which this is sent, if it has one.
    fn formed(
        written: Written<'a>,
        form: impl Fn(&str) -> Result<Cow<'_, str>, Code>,
    ) -> Result<Self, (Code, Written<'a>)> {
        let sent = match form(&written.value) {
            Ok(text) if *text == *written.value => None,
            Ok(text) => Some(text.into_owned()),
            Err(malformed) => return Err((malformed, written)),
        };
        Ok(Self { written, sent })
    }
}

/// The fields of a submission that have an origin.
const SENT: [Field; 8] = [
    Field::MapPoiId,
    Field::PicList,
    Field::ContractPhone,
    Field::Hour,
    Field::Credential,
    Field::CompanyName,
    Field::QualificationList,
    Field::CardId,
];

impl Composer<'_, '_> {
    /// With `is_named` false a `poi_id` is needed, and there is none that can be used.
    fn compose(mut self, poi_id: Option<&PoiId>, is_named: bool) -> Option<Submission> {
        let before = self.findings.len();
        let map_poi_id = self.map_poi_id();
        let pictures = self.pictures();
        let contract_phone = self.contract_phone();
        let hour = self.hour();
        let credential = self.credential();
        let company = self.company();
        let card_id = self.optional(Field::CardId);
        let blocks = self.findings[before..].iter().any(|finding| finding.code.severity() == Severity::Blocks);
        if !is_named || blocks {
            return None;
        }
        Some(Submission {
            poi_id: poi_id.cloned(),
            map_poi_id: map_poi_id?,
            pictures: pictures?.into_owned(),
            contract_phone: contract_phone?.into_sent(),
            hour: hour?.into_sent(),
            credential: credential?,
            company,
            card_id: card_id.map(Cow::into_owned).unwrap_or_default(),
            origins: self.origins(),
        })
    }
}

struct Composer<'a, 'f> {
    store: &'a LegacyStore,
    supplied: &'a Supplied,
    fixed: &'a FixedValues,
    findings: &'f mut Vec<Finding>,
}

impl<'a> Composer<'a, '_> {
    /// The value that counts; a blocking fault of its cell leaves none, as nothing else stands in for what a person wrote.
    fn take(&mut self, field: Field) -> Option<Result<Written<'a>, ()>> {
        let taken = written(field, self.store, self.supplied, self.fixed)?;
        if let Source::Supplement(cell) = taken.source {
            self.findings.extend(cell.faults().cloned());
            if cell.faults().any(|fault| fault.code.severity() == Severity::Blocks) {
                return Some(Err(()));
            }
        }
        Some(Ok(taken))
    }

    fn required(&mut self, field: Field, missing: Code) -> Option<Written<'a>> {
        let Some(taken) = self.take(field) else {
            self.findings.push(Finding::new(missing).about(field));
            return None;
        };
        taken.ok()
    }

    /// What `form` makes of a value, or the finding that it is malformed.
    fn formed<T>(&mut self, field: Field, taken: &Written<'_>, form: impl Fn(&str) -> Result<T, Code>) -> Option<T> {
        form(&taken.value).map_err(|malformed| self.say(malformed, field, taken, &taken.value)).ok()
    }

    fn required_text(
        &mut self,
        field: Field,
        missing: Code,
        form: impl Fn(&str) -> Result<Cow<'_, str>, Code>,
    ) -> Option<Taken<'a>> {
        let written = self.required(field, missing)?;
        let formed = Taken::formed(written, form);
        formed.map_err(|(malformed, written)| self.say(malformed, field, &written, &written.value)).ok()
    }

    fn optional(&mut self, field: Field) -> Option<Cow<'a, str>> {
        Some(self.take(field)?.ok()?.value)
    }

    /// Where each value came from, of a submission.
    fn origins(&self) -> BTreeMap<Field, Origin> {
        let origin = |field| Some((field, source(field, self.store, self.supplied, self.fixed)?.into()));
        SENT.into_iter().filter_map(origin).collect()
    }

    /// A finding about a value, at its cell.
    fn say(&mut self, code: Code, field: Field, taken: &Written<'_>, value: &str) {
        let finding = showing(Finding::new(code).about(field), value);
        self.findings.push(match taken.place() {
            Some(place) => finding.at(place.clone()),
            None => finding,
        });
    }

    fn poi_id(&mut self) -> Option<&'a PoiId> {
        let id = self.store.poi_id.as_ref();
        match id {
            None => self.findings.push(Finding::new(Code::PoiIdMissing)),
            Some(id) if !id.is_decimal() => {
                self.findings.push(Finding::new(Code::PoiIdMalformed).showing(id.as_str()));
            }
            Some(_) => return id,
        }
        None
    }

    fn map_poi_id(&mut self) -> Option<MapPoiId> {
        let taken = self.required(Field::MapPoiId, Code::MapPoiIdMissing)?;
        self.formed(Field::MapPoiId, &taken, map_point)
    }

    fn pictures(&mut self) -> Option<Cow<'a, [String]>> {
        let photos = &self.store.photos;
        let source = source(Field::PicList, self.store, self.supplied, self.fixed);
        if source == Some(Source::Record) && photos.iter().all(|photo| is_plain_url(photo)) {
            return Some(photos.into());
        }
        let taken = self.required(Field::PicList, Code::PicMissing)?;
        self.formed(Field::PicList, &taken, pictures).map(Cow::Owned)
    }

    fn contract_phone(&mut self) -> Option<Taken<'a>> {
        let phone = self.required_text(Field::ContractPhone, Code::PhoneMissing, phone)?;
        if lost_its_zero(phone.sent()) {
            self.say(Code::PhoneLostZero, Field::ContractPhone, &phone.written, &phone.written.value);
        }
        Some(phone)
    }

    fn hour(&mut self) -> Option<Taken<'a>> {
        let hour = self.required_text(Field::Hour, Code::HourMissing, hour)?;
        if is_overnight(hour.sent()) {
            self.say(Code::HourOvernight, Field::Hour, &hour.written, &hour.written.value);
        }
        Some(hour)
    }

    fn credential(&mut self) -> Option<String> {
        let taken = self.required(Field::Credential, Code::CredentialMissing)?;
        let found = self.formed(Field::Credential, &taken, credential)?;
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
        let name = self.take(Field::CompanyName);
        // What a faulty cell holds is not known, which is no lack of it.
        let papers = match self.take(Field::QualificationList) {
            Some(Ok(papers)) => papers.value,
            Some(Err(())) => return None,
            None => Cow::Borrowed(""),
        };
        let ids = paper_entries(&papers);
        if ids.iter().any(|id| is_local(id)) {
            return self.refuse_company(Code::PicLocal, Field::QualificationList, &papers);
        }
        match (name, ids.len()) {
            (_, n) if n > MEDIA_IDS_MAX => {
                self.refuse_company(Code::QualificationTooMany, Field::QualificationList, &papers)
            }
            (Some(Err(())), _) | (None, 0) => None,
            (Some(Ok(name)), 0) => self.refuse_company(Code::CompanyIncomplete, Field::CompanyName, &name.value),
            (Some(Ok(name)), _) => Some((name.value.into_owned(), ids)),
            (None, _) => self.refuse_company(Code::CompanyIncomplete, Field::QualificationList, &papers),
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
            let cell =
                Cell { field: *field, value: (*value).into(), place: place.clone(), fault: None, also: Vec::new() };
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
    fn a_cell_of_the_company_that_cannot_be_used_is_no_lack_of_it() {
        let company =
            [(Field::Credential, "70846113-6"), (Field::CompanyName, "某某"), (Field::QualificationList, "m1")];
        for (field, code) in [(Field::QualificationList, Code::FileBroken), (Field::CompanyName, Code::UnusableCell)] {
            let mut cells = supplied(&company);
            cells.cells.get_mut(&field).unwrap().cell.fault = Some(Finding::new(code));
            assert_eq!(codes(compose(&store(), &cells, &FixedValues::default())), [code]);
        }
    }

    #[test]
    fn of_a_cell_with_several_faults_all_are_told() {
        let mut cells = supplied(&[(Field::Credential, "70846113-6"), (Field::PicList, "a.jpg|b.jpg")]);
        let cell = &mut cells.cells.get_mut(&Field::PicList).unwrap().cell;
        (cell.fault, cell.also) = (Some(Finding::new(Code::FileHeic)), vec![Finding::new(Code::FileBroken)]);
        let told = codes(compose(&store(), &cells, &FixedValues::default()));
        assert_eq!(told, [Code::FileHeic, Code::FileBroken]);
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
