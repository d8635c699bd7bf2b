//! An XLSX part unpacked and looked through before it is parsed: how long its cells are, how many strings it has, and
//! what stands where a reader of cells does not look. A search for few words in the bytes, many times faster than
//! parsing them; what it finds is a claim about where to look closer, never a value.

use std::io::Read;

use memchr::memmem::{self, Finder, FinderRev};
use quick_xml::events::Event;

use super::damaged;
use super::marks::{Marks, Merged};
use crate::sheets::SheetError;
use crate::sheets::error::{CELL_BYTES_MAX, SHARED_STRINGS_BYTES_MAX};

/// How much is looked through at a time: fits into a processor's cache.
const PIECE_BYTES: usize = 256 << 10;

/// What holding one string takes beside its bytes.
const STRING_BYTES: u64 = 32;

/// The largest row of a sheet, from 0.
const ROW_MAX: u32 = 1_048_575;

/// What was seen in a sheet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SheetScan {
    pub(super) marks: Marks,
    /// Whether there is a formula in it.
    pub(super) has_formulas: bool,
}

/// Looks through a worksheet's part.
pub(super) fn sheet(name: &str, part: &mut dyn Read) -> Result<SheetScan, SheetError> {
    let mut scan = SheetScan::default();
    let mut begun: Option<(SheetWords, Gap)> = None;
    each_piece(name, part, |piece| {
        let (words, gap) = if let Some(begun) = &mut begun {
            begun
        } else {
            let prefix = Root::find(piece, None)?.prefix;
            begun.insert((SheetWords::new(&prefix), Gap::new(&prefix, &["c ", "row", "c>"])))
        };
        gap.pass(name, piece)?;
        scan_piece(&mut scan, words, piece)
    })?;
    scan.marks.hidden.sort_unstable();
    scan.marks.hidden.dedup();
    Ok(scan)
}

/// Looks through the part of shared strings: their number must be what it claims, and their size within the limit.
pub(super) fn shared_strings(name: &str, part: &mut dyn Read) -> Result<(), SheetError> {
    let (mut bytes, mut strings) = (0_u64, 0_u64);
    let mut begun: Option<(Finder, Gap, u64)> = None;
    each_piece(name, part, |piece| {
        let (item, gap, claimed) = if let Some(begun) = &mut begun {
            begun
        } else {
            let root = Root::find(piece, Some("sst"))?;
            let item = Finder::new(format!("<{}si", root.prefix).as_bytes()).into_owned();
            begun.insert((item, Gap::new(&root.prefix, &["si"]), root.claimed))
        };
        gap.pass(name, piece)?;
        strings += item.find_iter(piece).count() as u64;
        bytes += piece.len() as u64;
        // A parser makes room for as many as are claimed.
        let taken = bytes + STRING_BYTES.saturating_mul(strings.max(*claimed));
        if taken > SHARED_STRINGS_BYTES_MAX { Err(SheetError::StringsTooLarge { bytes: taken }) } else { Ok(()) }
    })
}

/// Hands `with` pieces that end where a tag begins, so that no tag is cut in two. What does not fit between the tags of
/// a cell is refused.
fn each_piece(
    name: &str,
    part: &mut dyn Read,
    mut with: impl FnMut(&[u8]) -> Result<(), SheetError>,
) -> Result<(), SheetError> {
    let mut buffer = vec![0; PIECE_BYTES];
    let (mut kept, mut is_first) = (0, true);
    loop {
        if kept == buffer.len() {
            // No tag in the whole of it.
            if kept > CELL_BYTES_MAX {
                return Err(SheetError::CellTooLarge { entry: name.to_owned() });
            }
            buffer.resize(2 * kept, 0);
        }
        let read = part.read(&mut buffer[kept..]).map_err(damaged)?;
        let filled = kept + read;
        // A first piece must hold the part's own tag, or the prefix is not known.
        let is_whole = read == 0 || filled == buffer.len() || (!is_first && filled >= PIECE_BYTES / 2);
        if !is_whole {
            kept = filled;
            continue;
        }
        let cut = if read == 0 { filled } else { memchr::memrchr(b'<', &buffer[..filled]).unwrap_or(0) };
        if cut > 0 || read == 0 {
            with(&buffer[..cut])?;
            is_first = false;
        }
        if read == 0 {
            return Ok(());
        }
        buffer.copy_within(cut..filled, 0);
        kept = filled - cut;
    }
}

/// How far it is from the start of one cell, row or string to the next.
struct Gap {
    /// In the order in which they are looked for: where there are cells, no row has to be found.
    starts: Vec<Vec<u8>>,
    end: Vec<u8>,
    bytes: usize,
    is_inside: bool,
}

impl Gap {
    fn new(prefix: &str, starts: &[&str]) -> Self {
        let starts = starts.iter().map(|tag| format!("<{prefix}{tag}").into_bytes()).collect();
        Self { starts, end: format!("</{prefix}sheetData").into_bytes(), bytes: 0, is_inside: true }
    }

    fn pass(&mut self, name: &str, piece: &[u8]) -> Result<(), SheetError> {
        if !self.is_inside {
            return Ok(());
        }
        let first = self.starts.iter().find_map(|start| memmem::find(piece, start));
        if self.bytes + first.unwrap_or(piece.len()) > CELL_BYTES_MAX {
            return Err(SheetError::CellTooLarge { entry: name.to_owned() });
        }
        let last = self.starts.iter().find_map(|start| memmem::rfind(piece, start));
        self.bytes = last.map_or(self.bytes + piece.len(), |last| piece.len() - last);
        // What follows the rows (conditional formats, lists to choose from) may be long and has no cells in it.
        self.is_inside = memmem::find(piece, &self.end).is_none();
        Ok(())
    }
}

/// The words that are looked for, with the prefix that this part's tags have.
struct SheetWords {
    hidden: Finder<'static>,
    merged: Finder<'static>,
    formula: Finder<'static>,
    tag: FinderRev<'static>,
    row: String,
    merged_tag: String,
}

impl SheetWords {
    fn new(prefix: &str) -> Self {
        Self {
            hidden: Finder::new("hidden=").into_owned(),
            merged: Finder::new(format!("<{prefix}mergeCell").as_bytes()).into_owned(),
            formula: Finder::new(format!("<{prefix}f").as_bytes()).into_owned(),
            tag: FinderRev::new(b"<").into_owned(),
            row: format!("{prefix}row"),
            merged_tag: format!("{prefix}mergeCell"),
        }
    }
}

fn scan_piece(scan: &mut SheetScan, words: &SheetWords, piece: &[u8]) -> Result<(), SheetError> {
    for at in words.hidden.find_iter(piece) {
        let Some(tag) = words.tag.rfind(&piece[..at]).and_then(|start| tag(&piece[start..])) else { continue };
        if tag.name == words.row && matches!(tag.attribute("hidden"), Some("1" | "true")) {
            let number = tag.attribute("r").and_then(|number| number.parse::<u32>().ok());
            // A sheet whose rows have no numbers is written by no program that hides rows.
            let number = number.ok_or_else(|| damaged("a hidden row has no number"))?;
            scan.marks.hidden.push(number.saturating_sub(1).min(ROW_MAX));
        }
    }
    for at in words.merged.find_iter(piece) {
        let Some(tag) = tag(&piece[at..]).filter(|tag| tag.name == words.merged_tag) else { continue };
        let range = tag.attribute("ref").and_then(merged).ok_or_else(|| damaged("a merged range is none"))?;
        scan.marks.merge(range)?;
    }
    let is_formula = |at: usize| matches!(piece.get(at + words.formula.needle().len()), Some(b'>' | b' ' | b'/'));
    scan.has_formulas = scan.has_formulas || words.formula.find_iter(piece).any(is_formula);
    Ok(())
}

/// A tag that begins where the bytes do.
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
}

fn tag(bytes: &[u8]) -> Option<Tag<'_>> {
    let end = memchr::memchr(b'>', bytes)?;
    let inside = std::str::from_utf8(bytes.get(1..end)?).ok()?;
    let (name, attributes) = inside.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((inside, ""));
    Some(Tag { name, attributes })
}

impl<'a> Tag<'a> {
    /// The value of an attribute, as it is written.
    fn attribute(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.attributes;
        loop {
            let (key, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (value, next) = after[1..].split_once(quote)?;
            if key.trim() == name {
                return Some(value);
            }
            rest = next;
        }
    }
}

/// `B5:C7`, from 0.
fn merged(range: &str) -> Option<Merged> {
    let (first, last) = range.split_once(':').unwrap_or((range, range));
    let ((first_column, first_row), (last_column, last_row)) = (cell(first)?, cell(last)?);
    (first_row <= last_row && first_column <= last_column).then_some(Merged {
        first_row,
        last_row,
        first_column,
        last_column,
    })
}

fn cell(reference: &str) -> Option<(u32, u32)> {
    let digits = reference.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = reference.split_at(digits);
    let column = letters.bytes().try_fold(0_u32, |column, letter| {
        let letter = letter.to_ascii_uppercase();
        letter.is_ascii_uppercase().then(|| column.checked_mul(26)?.checked_add(u32::from(letter - b'A') + 1))?
    })?;
    Some((column.checked_sub(1)?, digits.parse::<u32>().ok()?.checked_sub(1)?))
}

/// What a part's own tag says.
struct Root {
    /// What stands before the names of its tags: `x:` in `<x:worksheet>`, mostly nothing.
    prefix: String,
    /// How many strings it claims to have.
    claimed: u64,
}

impl Root {
    /// The first tag of this name, or of any: found as the parser will find it, which comments and declarations could
    /// lead astray otherwise.
    fn find(piece: &[u8], name: Option<&str>) -> Result<Self, SheetError> {
        if piece.starts_with(b"\xFE\xFF") || piece.starts_with(b"\xFF\xFE") {
            return Err(damaged("a part is written in UTF-16"));
        }
        let mut reader = quick_xml::Reader::from_reader(piece);
        loop {
            match reader.read_event().map_err(damaged)? {
                Event::Start(tag) | Event::Empty(tag) if name.is_none_or(|name| tag.local_name().as_ref() == name) => {
                    let prefix = tag.name().prefix().map(|prefix| format!("{}:", prefix.as_ref()));
                    let count = tag.try_get_attribute("uniqueCount").map_err(damaged)?;
                    let claimed = count.and_then(|count| count.value.trim().parse().ok());
                    return Ok(Self { prefix: prefix.unwrap_or_default(), claimed: claimed.unwrap_or_default() });
                }
                Event::Eof => return Err(damaged("a part does not begin as it should")),
                _ => {}
            }
        }
    }
}
