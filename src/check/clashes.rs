//! What two stores must not share, or share rarely: a point on the map, a licence, a name at an address, and a system of
//! coordinates that most others do not use.
//!
//! Stores are seen one at a time, and little is kept of each: 16 bytes for each thing that it lays claim to. Things are kept as
//! hashes of 64 bits; among a million stores two different things have the same one with a probability of 3 in 100 million.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::credential::credential;
use super::plain::half_width;
use super::signs::Signs;
use super::submission::map_point;
use super::written::{FixedValues, written};
use crate::store::{Code, Field, Finding, LegacyStore, Place, Supplied, Text};

/// How many of the other stores involved a finding names.
pub const OTHERS_MAX: usize = 3;

/// The system of coordinates that the old store management takes (`offset_type`).
const OFFSET_TYPE: i64 = 1;

/// What a store is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It would be sent: what it shares is its finding.
    Sends,
    /// The platform has it already, or reviews it: others must not share what it has.
    Has,
}

/// A store, as it lays claim to things.
#[derive(Debug, Clone, Copy)]
pub struct Claimant<'a> {
    /// What it is to the others.
    pub role: Role,
    /// Its old record.
    pub store: &'a LegacyStore,
    /// What people supplied for it.
    pub supplied: &'a Supplied,
    /// Numbers of its old record.
    pub signs: Signs,
}

/// One thing that a store shares with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// What it shares.
    pub code: Code,
    /// The first others, by their numbers, [`OTHERS_MAX`] at most.
    pub others: Vec<i64>,
}

/// Sees all stores, then says what some of them share.
#[derive(Debug, Default)]
pub struct Clashes {
    points: Claims,
    licences: Claims,
    places: Claims,
    /// Stores whose coordinates are in an unusual system.
    unusual: Vec<i64>,
    /// Whether any store's are in the usual one.
    usual: bool,
}

impl Clashes {
    /// Sees one store under its number.
    pub fn see(&mut self, id: i64, claimant: &Claimant<'_>, fixed: &FixedValues) {
        let Claimant { role, store, supplied, signs } = *claimant;
        let value = |field| written(field, store, supplied, fixed).map(|written| written.value);
        if let Some(point) = value(Field::MapPoiId).and_then(|text| map_point(&text).ok()) {
            self.points.add(id, role, &[point.as_str()]);
        }
        if let Some(licence) = value(Field::Credential).and_then(|text| credential(&text).ok()) {
            // An organisation code is the same with its hyphen and without.
            self.licences.add(id, role, &[&licence.text.replace('-', "")]);
        }
        if let Some(place) = name_and_address(store) {
            self.places.add(id, role, &place.each_ref().map(String::as_str));
        }
        match signs.offset_type {
            Some(OFFSET_TYPE) => self.usual = true,
            Some(_) if role == Role::Sends => self.unusual.push(id),
            _ => {}
        }
    }

    /// What the stores that would be sent share with others, by their numbers.
    #[must_use]
    pub fn findings(self) -> HashMap<i64, Vec<Clash>> {
        let mut found: HashMap<i64, Vec<Clash>> = HashMap::new();
        let rules = [
            (Code::MapPoiIdDuplicate, self.points),
            (Code::CredentialDuplicate, self.licences),
            (Code::SameStoreTwice, self.places),
        ];
        for (code, claims) in rules {
            claims.for_each_shared(|id, others| found.entry(id).or_default().push(Clash { code, others }));
        }
        if self.usual {
            for id in self.unusual {
                found.entry(id).or_default().push(Clash { code: Code::SystemsMixed, others: Vec::new() });
            }
        }
        found
    }
}

impl Clash {
    /// The finding for the store that shares something: at the cell that says so, naming the others by their places.
    #[must_use]
    pub fn finding(&self, of: &Claimant<'_>, fixed: &FixedValues, place_of: impl Fn(i64) -> Option<Place>) -> Finding {
        let others = self.others.iter().filter_map(|id| place_of(*id)).collect();
        let finding = Finding::new(self.code).with_others(others);
        let about = |field: Field| {
            let Some(written) = written(field, of.store, of.supplied, fixed) else { return finding.clone() };
            let finding = finding.clone().about(field).showing(&written.value);
            match written.place() {
                Some(place) => finding.at(place.clone()),
                None => finding,
            }
        };
        match self.code {
            Code::MapPoiIdDuplicate => about(Field::MapPoiId),
            Code::CredentialDuplicate => about(Field::Credential),
            Code::SystemsMixed => finding.showing(&format!("offset_type {}", of.signs.offset_type.unwrap_or_default())),
            _ => finding.showing(format!("{} {}", of.store.business_name, of.store.branch_name).trim()),
        }
    }
}

/// Who lays claim to which things of one kind: the thing's hash, and the store's number with its role in the lowest bit.
#[derive(Debug, Default)]
struct Claims(Vec<(u64, i64)>);

impl Claims {
    fn add(&mut self, id: i64, role: Role, thing: &[&str]) {
        let mut hasher = DefaultHasher::new();
        thing.hash(&mut hasher);
        self.0.push((hasher.finish(), id << 1 | i64::from(role == Role::Sends)));
    }

    /// Each store that would be sent and shares its thing, with the first others that have it.
    fn for_each_shared(self, mut tell: impl FnMut(i64, Vec<i64>)) {
        let Self(mut claims) = self;
        claims.sort_unstable();
        for shared in claims.chunk_by(|one, other| one.0 == other.0).filter(|shared| shared.len() > 1) {
            for (n, (_, claim)) in shared.iter().enumerate().filter(|(_, (_, claim))| claim & 1 == 1) {
                let others =
                    shared.iter().enumerate().filter(|(other, _)| *other != n).map(|(_, (_, other))| other >> 1);
                tell(claim >> 1, others.take(OTHERS_MAX).collect());
            }
        }
    }
}

/// Name and address as they are compared: in plain characters, without blanks; `None` without one of the two.
fn name_and_address(store: &LegacyStore) -> Option<[String; 6]> {
    let plain = |text: &Text| half_width(text).to_lowercase().replace(char::is_whitespace, "");
    let LegacyStore { business_name, branch_name, province, city, district, address, .. } = store;
    let all = [business_name, branch_name, province, city, district, address].map(plain);
    (!all[0].is_empty() && !all[5].is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Cell, MapPoiId, Stamp, SuppliedCell};

    struct Store {
        role: Role,
        record: LegacyStore,
        supplied: Supplied,
        signs: Signs,
    }

    fn store(point: &str, licence: &str) -> Store {
        let cell = Cell {
            field: Field::Credential,
            value: licence.into(),
            place: Place::file("s.csv").at_row(2).at_column("credential"),
            fault: None,
            also: Vec::new(),
        };
        let cells = [(Field::Credential, SuppliedCell { cell, at: Stamp(0) })].into();
        Store {
            role: Role::Sends,
            record: LegacyStore { map_poi_id: MapPoiId::new(point), ..LegacyStore::default() },
            supplied: Supplied { cells, faults: Vec::new() },
            signs: Signs::default(),
        }
    }

    impl Store {
        fn claimant(&self) -> Claimant<'_> {
            Claimant { role: self.role, store: &self.record, supplied: &self.supplied, signs: self.signs }
        }

        fn named(mut self, name: &str, address: &str) -> Self {
            (self.record.business_name, self.record.address) = (name.into(), address.into());
            self
        }
    }

    /// What is said of the stores, which are numbered from 1.
    fn said(stores: &[Store]) -> Vec<(i64, Code, Vec<i64>)> {
        let mut clashes = Clashes::default();
        for (id, store) in (1..).zip(stores) {
            clashes.see(id, &store.claimant(), &FixedValues::default());
        }
        let all = clashes.findings().into_iter();
        let mut said: Vec<_> =
            all.flat_map(|(id, list)| list.into_iter().map(move |clash| (id, clash.code, clash.others))).collect();
        said.sort();
        said
    }

    #[test]
    fn stores_with_a_point_of_their_own_and_a_licence_of_their_own_raise_nothing() {
        assert_eq!(said(&[store("1", "70846113-6"), store("2", "91440300708461136T")]), []);
    }

    #[test]
    fn a_shared_point_is_said_of_all_that_would_be_sent_and_names_the_others() {
        let has = Store { role: Role::Has, ..store("7", "91440300708461136T") };
        let all = [store("7", "70846113-6"), has, store("7", "110108000000016"), store("8", "91110000802100433B")];
        assert_eq!(
            said(&all),
            [(1, Code::MapPoiIdDuplicate, vec![2, 3]), (3, Code::MapPoiIdDuplicate, vec![1, 2])],
            "nothing is said of the one that the platform has"
        );
    }

    #[test]
    fn a_licence_is_the_same_however_people_write_it() {
        let all = [store("1", "91440300708461136T"), store("2", "9144 0300 7084 6113 6t")];
        assert_eq!(said(&all), [(1, Code::CredentialDuplicate, vec![2]), (2, Code::CredentialDuplicate, vec![1])]);
        let codes = said(&[store("1", "70846113-6"), store("2", "708461136")]);
        assert_eq!(codes.len(), 2, "with its hyphen and without: {codes:?}");
    }

    #[test]
    fn of_many_that_share_a_few_are_named() {
        let all: Vec<Store> = (0..9).map(|n| store(&n.to_string(), "70846113-6")).collect();
        let said = said(&all);
        assert_eq!(said.len(), 9);
        assert_eq!(said[8], (9, Code::CredentialDuplicate, vec![1, 2, 3]));
    }

    #[test]
    fn the_same_name_at_the_same_address_is_said_and_a_store_without_an_address_is_compared_with_none() {
        let one = || store("1", "70846113-6").named("某店", "文三路１号");
        let other = || store("2", "91440300708461136T").named("某店", " 文三路1号");
        assert_eq!(
            said(&[one(), other()]).iter().map(|(_, code, _)| *code).collect::<Vec<_>>(),
            [Code::SameStoreTwice; 2]
        );
        let nowhere = |point, licence| store(point, licence).named("某店", "");
        assert_eq!(said(&[nowhere("1", "70846113-6"), nowhere("2", "91440300708461136T")]), []);
        assert_eq!(said(&[one(), other().named("某店", "文三路2号")]), []);
    }

    #[test]
    fn an_unusual_system_of_coordinates_is_said_only_beside_the_usual_one() {
        let in_system = |point, licence, offset_type| Store {
            signs: Signs { offset_type, ..Signs::default() },
            ..store(point, licence)
        };
        let unusual = || in_system("1", "70846113-6", Some(2));
        assert_eq!(said(&[unusual(), in_system("2", "110108000000016", Some(1))]), [(1, Code::SystemsMixed, vec![])]);
        assert_eq!(said(&[unusual(), in_system("2", "110108000000016", Some(2))]), []);
        assert_eq!(said(&[unusual(), in_system("2", "110108000000016", None)]), []);
    }

    #[test]
    fn the_finding_stands_at_the_cell_and_names_the_others_by_their_places() {
        let store = store("1", "70846113-6");
        let clash = Clash { code: Code::CredentialDuplicate, others: vec![4, 5] };
        let place_of = |id| (id == 4).then(|| Place::file("s.csv").at_row(9));
        let finding = clash.finding(&store.claimant(), &FixedValues::default(), place_of);
        assert_eq!(finding.words().en.split(" (").last(), Some("s.csv, row 2, credential: 70846113-6; s.csv, row 9)"));
        let clash = Clash { code: Code::MapPoiIdDuplicate, others: vec![] };
        let finding = clash.finding(&store.claimant(), &FixedValues::default(), |_| None);
        assert_eq!((finding.value.as_str(), finding.place), ("1", None), "the old record has no cell");
    }
}
