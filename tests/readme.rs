//! The README's command, on the samples, as a new user types it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::kit::{Ended, House, LedgerFile};

const JOB: &str = "migrate samples/getpoilist.json --supplement samples/supplement.xlsx --sandbox --wait 60s";

/// `stores.csv` begins with these columns of the reference, in this order; others may stand between and after them.
const COLUMNS: [&str; 19] = [
    "poi_id",
    "sid",
    "business_name",
    "city",
    "source",
    "source_row",
    "upgrade_status_before",
    "action",
    "state",
    "upgrade_status_now",
    "map_poi_id",
    "store_poi_id",
    "audit_id",
    "attempts",
    "errcode",
    "reason",
    "sent_at",
    "settled_at",
    "updated_at",
];

fn house_with_samples() -> House {
    let house = House::new();
    fs::create_dir(house.path("samples")).unwrap();
    for name in ["getpoilist.json", "stores.csv", "stores.xlsx", "supplement.csv", "supplement.xlsx"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
        fs::copy(from, house.path("samples").join(name)).unwrap();
    }
    house
}

fn job(house: &House, more: &str) -> Ended {
    house.poilift(&format!("{JOB} {more}")).end()
}

fn sum(counts: &Value) -> u64 {
    counts.as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum()
}

#[test]
fn every_store_is_in_exactly_one_state_and_the_exit_code_says_that_some_need_a_person() {
    let house = house_with_samples();
    let ended = job(&house, "--format json").exits(3);
    let summary = ended.json();
    assert_eq!(summary["stores"], 200);
    assert_eq!(sum(&summary["by_state"]), 200, "{ended}");
    assert_eq!(sum(&summary["by_action"]), 200, "{ended}");
    assert_eq!(summary["schema"], 1);
    assert_eq!(summary["account"], "sandbox");
    assert_eq!(summary["by_action"]["delete"], 12);
    assert_eq!(summary["by_state"]["held"], 12, "nobody allowed the deletions");
    assert_eq!(summary["calls"]["delpoi"]["sent"].as_u64().unwrap_or(0), 0);
    for open in ["pending", "in_flight", "unknown", "retry", "in_review"] {
        assert_eq!(summary["by_state"][open].as_u64().unwrap_or(0), 0, "{open} after waiting\n{ended}");
    }
    assert!(summary["next"]["command"].as_str().unwrap().starts_with("poilift migrate"), "{ended}");
}

#[test]
fn the_report_has_a_line_a_store_and_says_the_same_in_all_its_forms() {
    let house = house_with_samples();
    let ended = job(&house, "--format json").exits(3);
    let folder = "poilift-report-sandbox";

    let lines = house.stores_csv(folder);
    assert_eq!(lines.len(), 200);
    let ids: BTreeSet<&String> = lines.iter().map(|line| &line["poi_id"]).collect();
    assert_eq!(ids.len(), 200);
    let csv = house.read(&format!("{folder}/stores.csv"));
    let header: Vec<&str> = csv.lines().next().unwrap().trim_start_matches('\u{feff}').split(',').collect();
    let known: Vec<&str> = header.iter().copied().filter(|column| COLUMNS.contains(column)).collect();
    assert_eq!(known, COLUMNS);

    let mut report: Value = serde_json::from_str(&house.read(&format!("{folder}/report.json"))).unwrap();
    let rows = report.as_object_mut().unwrap().remove("rows").unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 200);
    let summary = ended.json();
    for (key, value) in summary.as_object().unwrap() {
        assert_eq!(&report[key], value, "{key} of report.json and of stdout");
    }
    for (row, line) in rows.as_array().unwrap().iter().zip(&lines) {
        assert_eq!(row["poi_id"].as_str().unwrap(), line["poi_id"]);
        assert_eq!(row["state"].as_str().unwrap(), line["state"]);
    }
}

#[test]
fn the_page_fetches_nothing_and_is_marked_as_a_simulation() {
    let house = house_with_samples();
    job(&house, "").exits(3);
    let page = house.read("poilift-report-sandbox/report.html");
    assert!(page.contains("SANDBOX"), "a watermark");
    let plain = page.to_lowercase().replace(['"', '\'', ' '], "");
    for fetched in ["src=http", "href=http", "src=//", "href=//", "url(http", "@import", "<script"] {
        assert!(!plain.contains(fetched), "{fetched} in report.html");
    }
    assert_eq!(plain.matches("<!doctypehtml>").count(), 1);
}

#[test]
fn a_pipe_gets_plain_lines_of_progress_and_no_colour() {
    let house = house_with_samples();
    let ended = job(&house, "").exits(3);
    assert!(!ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}'), "{ended}");
    assert!(!ended.stderr.contains('\r'), "no bar is drawn into a pipe\n{ended}");
    let counted = |line: &str| line.split_once('/').is_some_and(|(done, _)| done.parse::<u64>().is_ok());
    assert!(ended.stderr.lines().any(counted), "a line such as 40/148\n{ended}");
    assert!(ended.stdout.lines().count() <= 20, "a tired person reads 20 lines at most\n{ended}");
    let last = ended.stdout.trim_end().lines().next_back().unwrap_or_default();
    assert!(last.contains("poilift migrate"), "the last line is the next command\n{ended}");
}

#[test]
fn a_second_run_sends_nothing_and_status_differs_in_nothing_but_reading_times() {
    let house = house_with_samples();
    job(&house, "").exits(3);
    let status = || house.poilift("status --ledger poilift.sandbox.db --format json").end().exits(0).json();
    let sent = || {
        LedgerFile::copied(&house.path("poilift.sandbox.db"))
            .number("SELECT COUNT(*) FROM calls WHERE phase = 'intent'")
    };
    let (mut before, sent_before) = (status(), sent());
    job(&house, "").exits(3);
    let mut after = status();
    assert_eq!(sent(), sent_before, "the second run sent something");
    assert_eq!(before["calls"], after["calls"]);
    for summary in [&mut before, &mut after] {
        summary.as_object_mut().unwrap().remove("read_at").unwrap();
    }
    assert_eq!(before, after);
}

#[test]
fn the_same_stores_are_planned_alike_from_json_csv_and_xlsx() {
    let house = house_with_samples();
    let plan = |input: &str, supplement: &str| {
        let flags = format!("plan samples/{input} --supplement samples/{supplement} --ledger {input}.db --format json");
        let mut plan = house.poilift(&flags).end().exits(0).json();
        ["by_action", "by_state", "stores", "not_attempted"].map(|key| plan[key].take())
    };
    let of_json = plan("getpoilist.json", "supplement.xlsx");
    assert_eq!(plan("stores.csv", "supplement.csv"), of_json);
    assert_eq!(plan("stores.xlsx", "supplement.xlsx"), of_json);
}
