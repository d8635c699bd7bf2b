//! What was brought to the platform's form, before and after: computed from the same facts as the decision, and never stored.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::credential::credential;
use super::hour::hour;
use super::phone::phone;
use super::pictures::pictures;
use super::written::{FixedValues, Source, Written, written};
use crate::store::{Code, Field, LegacyStore, Place, Supplied, VALUE_CHARS_MAX};

/// A value that is sent in another form than it was written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    /// The field.
    pub field: Field,
    /// Its cell; `None` for a value that stands in no cell of a supplement.
    pub place: Option<Place>,
    /// As written.
    pub before: String,
    /// As sent.
    pub after: String,
}

/// The values of a store that change their form on the way. A list of pictures is one only where its addresses change, not
/// where other signs stand between them.
#[must_use]
pub fn normalised(store: &LegacyStore, supplied: &Supplied, fixed: &FixedValues) -> Vec<Normalised> {
    const FIELDS: [Field; 4] = [Field::PicList, Field::ContractPhone, Field::Hour, Field::Credential];
    let changed = |field: Field| {
        let taken = written(field, store, supplied, fixed)?;
        let after = form(field, &taken).ok()?;
        let place = taken.place().cloned();
        (after != taken.value).then(|| Normalised { field, place, before: taken.value.into_owned(), after })
    };
    FIELDS.into_iter().filter_map(changed).collect()
}

fn form(field: Field, taken: &Written<'_>) -> Result<String, Code> {
    let text = &*taken.value;
    match field {
        Field::ContractPhone => phone(text).map(Cow::into_owned),
        Field::Hour => hour(text).map(Cow::into_owned),
        Field::Credential => credential(text).map(|found| found.text),
        // The old record's list comes in the platform's own form.
        Field::PicList if taken.source != Source::Record => pictures(text).map(|urls| urls.join("\n")),
        _ => Ok(text.to_owned()),
    }
}

/// How often each change of form was made, and where first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    of_field: BTreeMap<Field, OfField>,
}

/// The changes of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfField {
    /// All of them.
    pub values: u64,
    /// Different ones, with how often each was made and where it stands first; [`CHANGES_MAX`] at most.
    pub changes: BTreeMap<(String, String), (u64, Place)>,
}

/// How many different changes of a field are told apart: every store may have a telephone of its own, and examples are enough.
pub const CHANGES_MAX: usize = 1_000;

impl Tally {
    /// Counts one more. `row` is the place of a value that stands in no cell.
    pub fn add(&mut self, change: Normalised, row: &Place) {
        let Normalised { field, place, before, after } = change;
        let of_field = self.of_field.entry(field).or_default();
        of_field.values += 1;
        let key = (shown(&before), shown(&after));
        if let Some((times, _)) = of_field.changes.get_mut(&key) {
            *times += 1;
        } else if of_field.changes.len() < CHANGES_MAX {
            of_field.changes.insert(key, (1, place.unwrap_or_else(|| row.clone())));
        }
    }

    /// By field.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<Field, OfField> {
        &self.of_field
    }
}

impl OfField {
    /// The changes, the most frequent first.
    #[must_use]
    pub fn by_frequency(&self) -> Vec<(&str, &str, u64, &Place)> {
        let mut all: Vec<_> = self
            .changes
            .iter()
            .map(|((before, after), (times, place))| (before.as_str(), after.as_str(), *times, place))
            .collect();
        all.sort_by_key(|(_, _, times, _)| std::cmp::Reverse(*times));
        all
    }
}

/// As a finding would show it.
fn shown(text: &str) -> String {
    text.chars().take(VALUE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(telephone: &str, open_time: &str) -> LegacyStore {
        LegacyStore { telephone: telephone.into(), open_time: open_time.into(), ..LegacyStore::default() }
    }

    fn of(store: &LegacyStore) -> Vec<(Field, String, String)> {
        let all = normalised(store, &Supplied::default(), &FixedValues::default()).into_iter();
        all.map(|change| (change.field, change.before, change.after)).collect()
    }

    #[test]
    fn a_value_in_the_platforms_form_or_in_none_is_not_changed() {
        assert_eq!(of(&store("0571-88881234", "09:00-21:00")), []);
        assert_eq!(of(&store("见门口", "9-18")), []);
    }

    #[test]
    fn a_changed_value_is_told_before_and_after() {
        let told = of(&store("0571-8888 1234", "24小时"));
        assert_eq!(
            told,
            [
                (Field::ContractPhone, "0571-8888 1234".into(), "0571-88881234".into()),
                (Field::Hour, "24小时".into(), "00:00-23:59".into()),
            ]
        );
    }

    #[test]
    fn changes_are_counted_by_what_they_change_and_the_most_frequent_comes_first() {
        let mut tally = Tally::default();
        for (row, hour) in (1..).zip(["9:00-21:00", "8:00-20:00", "8:00-20:00"]) {
            for change in normalised(&store("", hour), &Supplied::default(), &FixedValues::default()) {
                tally.add(change, &Place::file("a.csv").at_row(row));
            }
        }
        let hours = &tally.fields()[&Field::Hour];
        assert_eq!(hours.values, 3);
        let place = Place::file("a.csv").at_row(2);
        assert_eq!(hours.by_frequency()[0], ("8:00-20:00", "08:00-20:00", 2, &place));
    }
}
