//! What of an old record a submission is made of, and how two readings of it differ.

use serde::{Deserialize, Serialize};

use super::{Field, LegacyStore, Words};
use crate::words;

/// The fields of an old record that `add_store` takes over (section 8 of the API document), as the platform shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct BodyFields {
    /// `mapid`.
    pub map_poi_id: String,
    /// `photo_list`.
    pub pictures: Vec<String>,
    /// `telephone`.
    pub telephone: String,
    /// `open_time`.
    pub open_time: String,
}

/// One field that is no longer what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Which.
    pub field: Field,
    /// What it was when the store was planned.
    pub was: String,
    /// What it is.
    pub is: String,
}

impl LegacyStore {
    /// What a submission may take over of this record.
    #[must_use]
    pub fn body_fields(&self) -> BodyFields {
        BodyFields {
            map_poi_id: self.map_poi_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            pictures: self.photos.clone(),
            telephone: self.telephone.trim().to_owned(),
            open_time: self.open_time.trim().to_owned(),
        }
    }
}

impl BodyFields {
    /// The first of the `used` fields that has changed since, where `sent` does not say the new value already. One that either
    /// reading lacks says nothing.
    #[must_use]
    pub fn change(&self, now: &Self, sent: &Self, used: impl Fn(Field) -> bool) -> Option<FieldChange> {
        let of = |fields: &Self| {
            // The order of pictures is the platform's own affair.
            let mut pictures = fields.pictures.clone();
            pictures.sort();
            [
                (Field::MapPoiId, fields.map_poi_id.clone()),
                (Field::PicList, pictures.join(" ")),
                (Field::ContractPhone, fields.telephone.clone()),
                (Field::Hour, fields.open_time.clone()),
            ]
        };
        let all = of(self).into_iter().zip(of(now)).zip(of(sent));
        let mut changes = all.filter(|(((field, was), (_, is)), (_, sent))| {
            used(*field) && was != is && is != sent && !was.is_empty() && !is.is_empty()
        });
        changes.next().map(|(((field, was), (_, is)), _)| FieldChange { field, was, is })
    }
}

impl FieldChange {
    /// For people.
    #[must_use]
    pub fn words(&self) -> Words {
        let Self { field, was, is } = self;
        let field = field.key();
        words!(
            "{field} comes from the old record: the platform showed {was} when it was planned, and now shows {is}";
            "{field} 取自旧门店资料：计划时平台显示 {was}，现为 {is}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(telephone: &str, pictures: &[&str]) -> BodyFields {
        BodyFields {
            telephone: telephone.to_owned(),
            pictures: pictures.iter().map(|url| (*url).to_owned()).collect(),
            ..BodyFields::default()
        }
    }

    #[test]
    fn only_a_field_that_is_used_and_that_both_readings_have_can_change() {
        let (before, after) = (fields("0571-1", &["a"]), fields("0571-2", &[]));
        let change = before.change(&after, &before, |_| true).unwrap();
        assert_eq!((change.field, change.was.as_str(), change.is.as_str()), (Field::ContractPhone, "0571-1", "0571-2"));
        assert_eq!(before.change(&after, &before, |field| field != Field::ContractPhone), None);
        assert_eq!(before.change(&fields("", &["a"]), &before, |_| true), None);
    }

    #[test]
    fn the_order_of_pictures_is_no_change() {
        let one = fields("", &["a", "b"]);
        assert_eq!(one.change(&fields("", &["b", "a"]), &one, |_| true), None);
    }

    #[test]
    fn what_is_sent_as_the_platform_shows_it_has_not_drifted() {
        let (before, after) = (fields("0571-1", &[]), fields("0571-2", &[]));
        assert_eq!(before.change(&after, &after, |_| true), None);
    }
}
