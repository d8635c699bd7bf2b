//! Reading XLSX: rows of typed cells from `sheets`, measured and looked through before they are read, against the bare
//! reader of cells that is underneath, which looks at each cell and keeps nothing. 20 columns: what repeats is a shared
//! string, what is a store's own stands in its cell, as writers of large files do it.
//!
//! `cargo bench --bench xlsx` measures 200,000 rows; `-- million` measures a million, and how much memory they take.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

mod paired;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use calamine::{DataRef, Reader, Xlsx};
use paired::{Pairs, millis, sized, wanted};
use poilift::sheets::{Form, Options, Row, Sniffer, Tables};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Set for a process that reads one file and says how much memory that took: `ours PATH` or `bare PATH`.
const READ_ALONE: &str = "POILIFT_BENCH_READ";

fn main() {
    if let Ok(task) = std::env::var(READ_ALONE) {
        let (side, path) = task.split_once(' ').unwrap();
        println!("{} {}", if side == "ours" { ours(Path::new(path)) } else { bare(Path::new(path)) }, peak_kilobytes());
        return;
    }
    let is_million = std::env::args().any(|argument| argument == "million");
    if !is_million && !wanted("rows") {
        return;
    }
    let rows = if is_million { 1_000_000 } else { sized(200_000, 500) };
    let rounds = if is_million { 3 } else { sized(5, 0) };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stores.xlsx");
    write(&path, rows);
    assert_eq!(ours(&path), bare(&path), "both sides see the same cells");

    paired::head(&format!("xlsx: time for {rows} rows of 20 columns"));
    let [pairs] = Pairs::take(rounds, || [millis(|| ours(&path))], || [millis(|| bare(&path))]);
    pairs.print("rows of cells, bare cell reader", "ms");
    if paired::is_measuring() {
        let megabytes = |side| f64::from(read_alone(side, &path)) / 1024.0;
        let [pairs] = Pairs::take(1, || [megabytes("ours")], || [megabytes("bare")]);
        pairs.print("memory of a process that does nothing else", "MiB");
    }
}

/// How many cells there are, each looked at.
fn ours(path: &Path) -> usize {
    let (file, guess) = (Box::new(File::open(path).unwrap()), Sniffer::default().guess());
    let mut tables = Tables::open(file, Form::Xlsx, guess, &Options::default()).unwrap();
    let held = |row: &Row<'_>| row.cells().filter(|(_, value)| !value.is_blank()).count();
    let mut cells = 0;
    tables
        .each(0, &held, &mut |count| {
            cells += *count;
            ControlFlow::Continue(())
        })
        .unwrap();
    cells
}

fn bare(path: &Path) -> usize {
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(File::open(path).unwrap())).unwrap();
    let mut reader = book.worksheet_cells_reader("Stores").unwrap();
    let mut cells = 0;
    while let Some(cell) = reader.next_cell().unwrap() {
        cells += usize::from(*cell.get_value() != DataRef::Empty);
    }
    cells
}

fn read_alone(side: &str, path: &Path) -> u32 {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let out = command.env(READ_ALONE, format!("{side} {}", path.display())).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().split_whitespace().next_back().unwrap().parse().unwrap()
}

/// The most memory that this process had, where the system tells.
fn peak_kilobytes() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

const HEADERS: [&str; 20] = [
    "poi_id",
    "sid",
    "business_name",
    "branch_name",
    "province",
    "city",
    "district",
    "address",
    "telephone",
    "categories",
    "longitude",
    "latitude",
    "photo_list",
    "introduction",
    "open_time",
    "avg_price",
    "available_state",
    "update_status",
    "mapid",
    "upgrade_status",
];

const SHARED: [&str; 8] = ["禾露茶铺", "浙江省", "杭州市", "西湖区", "美食,饮品", "一家茶铺", "08:00-22:00", "湖滨区"];

fn write(path: &Path, rows: usize) {
    let mut zip = ZipWriter::new(BufWriter::new(File::create(path).unwrap()));
    let options = SimpleFileOptions::default();
    let mut part = |name: &str, text: &str| {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    part("[Content_Types].xml", "<Types/>");
    let relation = |id: &str, kind: &str, target: &str| {
        format!(
            r#"<Relationship Id="{id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>"#
        )
    };
    let relations = |all: String| format!("<Relationships>{all}</Relationships>");
    part("_rels/.rels", &relations(relation("rId1", "officeDocument", "xl/workbook.xml")));
    let own = relation("rId1", "worksheet", "worksheets/sheet1.xml")
        + &relation("rId2", "sharedStrings", "sharedStrings.xml");
    part("xl/_rels/workbook.xml.rels", &relations(own));
    part(
        "xl/workbook.xml",
        r#"<workbook xmlns:r="r"><sheets><sheet name="Stores" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    );
    let items: Vec<String> = HEADERS.iter().chain(&SHARED).map(|text| format!("<si><t>{text}</t></si>")).collect();
    let items = items.concat();
    part("xl/sharedStrings.xml", &format!(r#"<sst uniqueCount="{}">{items}</sst>"#, HEADERS.len() + SHARED.len()));
    part("xl/worksheets/sheet1.xml", "<worksheet><sheetData>");
    let mut text = String::new();
    for row in 1..=rows + 1 {
        write_row(&mut text, row);
        if text.len() > 1 << 20 {
            zip.write_all(text.as_bytes()).unwrap();
            text.clear();
        }
    }
    text.push_str("</sheetData></worksheet>");
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().flush().unwrap();
}

fn write_row(text: &mut String, row: usize) {
    write!(text, r#"<row r="{row}">"#).unwrap();
    for (column, letter) in ('A'..='T').enumerate() {
        let own = |value: String| format!(r#"<c r="{letter}{row}" t="inlineStr"><is><t>{value}</t></is></c>"#);
        let shared = |index: usize| format!(r#"<c r="{letter}{row}" t="s"><v>{index}</v></c>"#);
        let number = |value: f64| format!(r#"<c r="{letter}{row}"><v>{value}</v></c>"#);
        let n = paired::count(row);
        let cell = match column {
            column if row == 1 => shared(column),
            0 => own(format!("{}", 472_600_000 + row)),
            1 => own(format!("HL{row:06}")),
            2 => shared(20),
            3 => own(format!("第{row}店")),
            4..=5 => shared(20 + column - 3),
            6 => shared(if row.is_multiple_of(3) { 23 } else { 27 }),
            7 => own(format!("人民路{row}号, 一层")),
            8 => own(format!("0571-{}", 80_000_000 + row)),
            9 => shared(24),
            10 => number(120.0 + n / 1e6),
            11 => number(30.0 + n * 7.0 % 1e6 / 1e6),
            12 => own(format!("http://mmbiz.qpic.cn/mmbiz/{row}/0?wx_fmt=jpeg")),
            13 => shared(25),
            14 => shared(26),
            18 => own(format!("{}", 2_880_741_500_279_549_000 + row)),
            _ => number(paired::count(row % 5)),
        };
        text.push_str(&cell);
    }
    text.push_str("</row>");
}
