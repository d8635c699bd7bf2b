//! The pure work before anything is sent. Classifying 100,000 stores: `plan::decide_all`, which uses rayon, against the same
//! decisions one after the other on one thread; what it can gain is bounded by the number of cores.
//!
//! Ratios of times, because both sides want the same processor in the same moment.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]

mod paired;

use std::fmt::Write as _;

use paired::{Pairs, millis, sized};
use poilift::check::{FixedValues, Signs};
use poilift::intake::{Collected, Columns, read_input_bytes};
use poilift::plan::{Facts, decide, decide_all};
use poilift::store::{Cell, Field, Stamp, Supplied, SuppliedCell};

fn main() {
    let stores = sized(100_000, 2_500);
    let rounds = sized(5, 0);
    let facts = facts(&read(&csv(stores)));
    let fixed = FixedValues::default();

    paired::head("plan: time for 100,000 stores");
    let parallel = || [millis(|| decide_all(&facts, &fixed))];
    let alone = || [millis(|| facts.iter().map(|facts| decide(facts, &fixed)).collect::<Vec<_>>())];
    let [pairs] = Pairs::take(rounds, parallel, alone);
    pairs.print("decide_all (rayon), one thread", "ms");
}

fn read(csv: &[u8]) -> Collected {
    read_input_bytes("bench.csv", csv, &Columns::default()).unwrap()
}

fn facts(input: &Collected) -> Vec<Facts> {
    let facts = input.rows.iter().map(|row| {
        let cell = Cell {
            field: Field::Credential,
            value: "22883878-0".to_owned(),
            place: row.place.clone(),
            fault: None,
            also: Vec::new(),
        };
        let cells = [(Field::Credential, SuppliedCell { cell, at: Stamp(0) })].into();
        let signs = Signs::of(&row.store, None);
        let supplied = Supplied { cells, faults: Vec::new() };
        Facts { store: row.store.clone(), faults: row.faults.clone(), supplied, signs, clashes: Vec::new() }
    });
    facts.collect()
}

/// Stores over all statuses.
fn csv(stores: usize) -> Vec<u8> {
    let mut text =
        "poi_id,business_name,branch_name,province,city,district,address,telephone,photo_list,open_time,mapid,\
                    upgrade_status\n"
            .to_owned();
    for n in 0..stores {
        let status = [0, 0, 0, 0, 0, 1, 2, 3, 3, 4][n % 10];
        let hour = 6 + n % 5;
        writeln!(
            text,
            "{},禾露茶铺,第{n}店,浙江省,杭州市,西湖区,\"人民路{n}号, 一层\",0571-{},\
             http://mmbiz.qpic.cn/mmbiz/{n}/0?wx_fmt=jpeg,{hour:02}:00-2{}:00,{},{status}",
            472_600_000 + n,
            80_000_000 + n,
            n % 4,
            2_880_741_500_279_549_000_u64 + n as u64,
        )
        .unwrap();
    }
    text.into_bytes()
}
