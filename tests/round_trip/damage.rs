//! Files as they are after an accident: the corpus with bytes changed, cut, repeated and left out.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use zip::write::{SimpleFileOptions, ZipWriter};

/// A name with each ending that is known, and two that say nothing.
pub const NAMES: [&str; 14] = [
    "a.json",
    "a.jsonl",
    "a.csv",
    "a.tsv",
    "a.txt",
    "a.xlsx",
    "a.xlsm",
    "a.xlsb",
    "a.xls",
    "a.ods",
    "a.csv.gz",
    "a.json.gz",
    "a",
    "-",
];

/// Larger files of the corpus are about their size.
const BYTES_MAX: u64 = 24 << 10;

/// One accident.
#[derive(Debug, Clone)]
pub enum Wound {
    Byte(Index, u8),
    Cut(Index),
    Repeated(Index, usize, usize),
    Lost(Index, usize),
}

pub fn wounds() -> impl Strategy<Value = Vec<Wound>> {
    let wound = prop_oneof![
        6 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Wound::Byte(at, byte)),
        1 => any::<Index>().prop_map(Wound::Cut),
        2 => (any::<Index>(), 1..200_usize, 1..20_usize).prop_map(|(at, length, times)| Wound::Repeated(at, length, times)),
        2 => (any::<Index>(), 1..200_usize).prop_map(|(at, length)| Wound::Lost(at, length)),
    ];
    prop::collection::vec(wound, 1..6)
}

pub fn inflict(mut bytes: Vec<u8>, wounds: &[Wound]) -> Vec<u8> {
    for wound in wounds {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match wound {
            Wound::Byte(at, byte) => bytes[at.index(length)] = *byte,
            Wound::Cut(at) => bytes.truncate(at.index(length)),
            Wound::Repeated(at, long, times) => {
                let from = at.index(length);
                let slice = bytes[from..length.min(from + long)].repeat(*times);
                bytes.splice(from..from, slice);
            }
            Wound::Lost(at, long) => {
                let from = at.index(length);
                bytes.drain(from..length.min(from + long));
            }
        }
    }
    bytes
}

/// The archive with one of its parts wounded, sound as an archive.
pub fn inflict_inside(archive: &[u8], part: Index, wounds: &[Wound]) -> Vec<u8> {
    let mut parts = parts(archive).unwrap();
    let part = part.index(parts.len());
    let bytes = std::mem::take(&mut parts[part].1);
    parts[part].1 = inflict(bytes, wounds);
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name, stored).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn parts(archive: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).ok()?;
    let count = zip.len();
    let part = |number| {
        let mut entry = zip.by_index(number).ok()?;
        let mut bytes = Vec::new();
        // Some claim more than they have, or unpack to far more than a test wants.
        (&mut entry).take(1 << 20).read_to_end(&mut bytes).ok()?;
        Some((entry.name().ok()?.into_owned(), bytes))
    };
    let parts: Option<Vec<_>> = (0..count).map(part).collect();
    parts.filter(|parts| !parts.is_empty())
}

/// A small file of the corpus.
pub fn file() -> impl Strategy<Value = (String, Vec<u8>)> {
    prop::sample::select(corpus())
}

/// A small workbook of the corpus that is a sound archive.
pub fn workbook() -> impl Strategy<Value = (String, Vec<u8>)> {
    let is_workbook = |name: &str| [".xlsx", ".xlsm", ".xlsb", ".ods"].iter().any(|ending| name.ends_with(ending));
    let names_differ = |parts: Vec<(String, Vec<u8>)>| {
        let names: std::collections::BTreeSet<_> = parts.iter().map(|(name, _)| name).collect();
        names.len() == parts.len()
    };
    let sound = |(name, bytes): &(String, Vec<u8>)| is_workbook(name) && parts(bytes).is_some_and(names_differ);
    prop::sample::select(corpus().into_iter().filter(sound).collect::<Vec<_>>())
}

fn corpus() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let entries =
        |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<PathBuf>>();
    let mut files: Vec<PathBuf> =
        entries(&root).iter().filter(|path| path.is_dir()).flat_map(|path| entries(path)).collect();
    files.retain(|path| !path.to_string_lossy().ends_with(".want.json") && !path.to_string_lossy().contains("/make/"));
    files.retain(|path| fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() < BYTES_MAX));
    files.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}
