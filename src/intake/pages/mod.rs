//! Saved answers of getpoilist to rows. JSON Lines are read line by line on all processors; any other text as a whole.

mod cut;
mod document;
mod lines;
mod record;

use std::io::{BufRead as _, BufReader, Read};
use std::ops::ControlFlow;

use serde::de::IgnoredAny;

use self::document::{Piece, pieces};
use self::lines::{LINE_BYTES_MAX, Lines, lines_of};
use super::InputRow;
use super::error::{IntakeError, Trouble};
use super::suspicion::{Known, Signs};
use crate::sheets::{Encoding, Guess, ReadSeek, SheetError, as_utf8, holds_undecodable, side_by_side};
use crate::store::{LegacyStore, Place};

/// The keys of a record that findings are about: its columns, as it were.
pub(super) const KEYS: [&str; 8] =
    ["poi_id", "telephone", "open_time", "photo_list", "mapid", "upgrade_status", "available_state", "longitude"];

/// The largest JSON text that is no JSON Lines (1 GiB): it is read as a whole.
const WHOLE_BYTES_MAX: u64 = 1 << 30;

/// So many stores of a text that is read as a whole.
const STORES_AT_A_TIME: usize = 256;

/// A JSON file, not read yet.
pub(super) struct Pages {
    name: String,
    source: Box<dyn ReadSeek>,
    guess: Guess,
    encoding: Encoding,
    is_lines: bool,
}

/// What a pass over the file found beside its rows.
pub(super) enum Pass {
    /// All rows were given; how many stores the account had, by the largest `total_count` of its pages.
    Complete(Option<u64>),
    /// It is not what it looked like: what was given is to be forgotten, and the file read again.
    Again,
}

/// What comes of a line or a slice of a text.
struct Made {
    rows: Vec<(InputRow, Signs)>,
    /// The pieces' borders: how many rows each has, whether it is a page.
    pieces: Vec<(usize, bool)>,
    claimed: Option<u64>,
}

impl Pages {
    pub(super) fn open(
        name: &str,
        source: Box<dyn ReadSeek>,
        guess: Guess,
        encoding: Option<Encoding>,
    ) -> Result<Self, IntakeError> {
        let unknown = || IntakeError::of_file(name, Trouble::Sheet(SheetError::EncodingUnknown));
        let encoding = encoding.or(guess.encoding).ok_or_else(unknown)?;
        let mut pages = Self { name: name.to_owned(), source, guess, encoding, is_lines: false };
        pages.is_lines = pages.begins_with_a_line()?;
        // Until it is read, it need not be open.
        pages.source.rewind().map_err(|why| IntakeError::of_file(name, Trouble::Io(why)))?;
        Ok(pages)
    }

    /// The encoding that was taken.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Gives every row, in order; `take` may end it.
    pub(super) fn each(
        &mut self,
        known: &Known,
        take: &mut dyn FnMut(&mut InputRow, &Signs) -> ControlFlow<()>,
    ) -> Result<Pass, IntakeError> {
        let name = self.name.clone();
        let mut rows = Rows { number: 0, last: None, after_page: false, claimed: None, take };
        let read = if self.is_lines { self.each_line(known, &mut rows) } else { self.whole(known, &mut rows) };
        let claimed = rows.claimed;
        match read {
            Ok(()) => Ok(Pass::Complete(claimed)),
            // Whatever a line is not, the whole text may be.
            Err(Trouble::NotJson(_)) if self.is_lines => {
                self.is_lines = false;
                Ok(Pass::Again)
            }
            Err(trouble) => Err(IntakeError::of_file(&name, trouble)),
        }
    }

    fn text(&mut self) -> Result<Box<dyn Read + Send + '_>, Trouble> {
        as_utf8(&mut *self.source, self.guess, self.encoding).map_err(Trouble::Sheet)
    }

    /// Whether the first line is a document by itself, and not the only one.
    fn begins_with_a_line(&mut self) -> Result<bool, IntakeError> {
        let name = self.name.clone();
        let mut line = Vec::new();
        let looked = self.text().and_then(|text| {
            BufReader::new(text.take(LINE_BYTES_MAX as u64)).read_until(b'\n', &mut line).map_err(Trouble::Io)
        });
        looked.map_err(|trouble| IntakeError::of_file(&name, trouble))?;
        Ok(line.ends_with(b"\n") && serde_json::from_slice::<IgnoredAny>(&line).is_ok())
    }

    fn each_line(&mut self, known: &Known, rows: &mut Rows<'_>) -> Result<(), Trouble> {
        let place = Place::file(&self.name);
        let mut lines = Lines::new(self.text()?);
        let make = |block: &mut Vec<u8>, all: &mut Vec<Made>| {
            let text = simdutf8::basic::from_utf8(block).map_err(|_| Trouble::Sheet(SheetError::Changed))?;
            let is_whole = !holds_undecodable(text);
            all.clear();
            for line in lines_of(text).filter(|line| !line.trim().is_empty()) {
                if let Some(made) = cut_page(line, &place, known, is_whole) {
                    all.push(made);
                    continue;
                }
                let pieces = pieces(line)?;
                let records = pieces.iter().flat_map(|piece| &piece.records);
                all.push(Made {
                    rows: records.map(|raw| record::row(raw, place.at_row(0), known, is_whole)).collect(),
                    pieces: pieces.iter().map(|piece| (piece.records.len(), piece.is_page)).collect(),
                    claimed: pieces.iter().filter_map(|piece| piece.claimed).max(),
                });
            }
            Ok(())
        };
        let mut take = |all: &mut Vec<Made>| all.iter_mut().try_for_each(|made| rows.take(made));
        side_by_side(&mut |block| lines.next_block(block), &make, &mut take)
    }

    fn whole(&mut self, known: &Known, rows: &mut Rows<'_>) -> Result<(), Trouble> {
        let place = Place::file(&self.name);
        let mut text = String::new();
        let limit = WHOLE_BYTES_MAX;
        let read = self.text()?.take(limit + 1).read_to_string(&mut text).map_err(Trouble::Io)?;
        if read as u64 > limit {
            return Err(Trouble::Sheet(SheetError::FileTooLarge { bytes: read as u64 }));
        }
        let is_whole = !holds_undecodable(&text);
        let pieces = pieces(&text)?;
        let mut slices = pieces.iter().flat_map(|piece| {
            let slices = piece.records.chunks(STORES_AT_A_TIME).enumerate();
            let empty = piece.records.is_empty().then_some((0, &[][..])).into_iter();
            slices.chain(empty).map(move |(number, records)| (piece, number == 0, records))
        });
        let make = |slice: &mut Option<_>, made: &mut Option<Made>| {
            *made = slice.map(|(piece, is_first, records): (&Piece<'_>, bool, &[document::Raw<'_>])| {
                let rows =
                    records.iter().map(|raw| record::row(raw, place.at_row(0), known, is_whole)).collect::<Vec<_>>();
                let pieces = if is_first { vec![(rows.len(), piece.is_page)] } else { Vec::new() };
                Made { rows, pieces, claimed: piece.claimed }
            });
            Ok(())
        };
        let mut next = |slice: &mut Option<_>| {
            *slice = slices.next();
            Ok(slice.is_some())
        };
        side_by_side(&mut next, &make, &mut |made| {
            made.as_mut().map_or(ControlFlow::Continue(()), |made| rows.take(made))
        })
    }
}

/// The rows of a page whose records could be cut out of it, and are all written as most are.
fn cut_page(line: &str, place: &Place, known: &Known, is_whole: bool) -> Option<Made> {
    let page = cut::page(line)?;
    let row = |info: &&str| record::plain_row(info, place.at_row(0), known, is_whole);
    let rows = page.records.iter().map(row).collect::<Option<Vec<_>>>()?;
    Some(Made { pieces: vec![(rows.len(), true)], rows, claimed: page.claimed })
}

/// Rows in the order of the file, numbered from 1.
struct Rows<'t> {
    number: u32,
    /// The last store of the piece before.
    last: Option<LegacyStore>,
    /// That piece was a page.
    after_page: bool,
    claimed: Option<u64>,
    take: &'t mut dyn FnMut(&mut InputRow, &Signs) -> ControlFlow<()>,
}

impl Rows<'_> {
    fn take(&mut self, made: &mut Made) -> ControlFlow<()> {
        self.claimed = self.claimed.max(made.claimed);
        let begun: usize = made.pieces.iter().map(|(count, _)| count).sum();
        // What is left of a piece that began before.
        let of_before = made.rows.len() - begun;
        let (rest, mut rows) = made.rows.split_at_mut(of_before);
        self.give(rest)?;
        for (count, is_page) in &made.pieces {
            let (mut piece, after) = rows.split_at_mut(*count);
            rows = after;
            let first = piece.first().map(|(row, _)| &row.store);
            // Pages overlap by one store, so that a list that moved between two calls shows.
            if self.after_page && *is_page && first.is_some() && first == self.last.as_ref() {
                piece = &mut piece[1..];
            }
            self.after_page = *is_page;
            self.give(piece)?;
        }
        ControlFlow::Continue(())
    }

    fn give(&mut self, rows: &mut [(InputRow, Signs)]) -> ControlFlow<()> {
        if let Some((row, _)) = rows.last() {
            self.last = Some(row.store.clone());
        }
        rows.iter_mut().try_for_each(|(row, signs)| {
            self.number = self.number.saturating_add(1);
            set_number(row, self.number);
            (self.take)(row, signs)
        })
    }
}

/// Gives the row its number, which whoever made it did not know.
fn set_number(row: &mut InputRow, number: u32) {
    row.place.row = Some(number);
    // Others are places of other rows, and numbered.
    for place in row.faults.iter_mut().filter_map(|fault| fault.place.as_mut()) {
        place.row = Some(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Code;
    use serde_json::{Value, json};

    fn store(id: u32) -> Value {
        json!({"base_info": {"poi_id": id.to_string(), "upgrade_status": 0}})
    }

    fn page(ids: &[u32]) -> Value {
        json!({"errcode": 0, "business_list": ids.iter().map(|id| store(*id)).collect::<Vec<_>>(), "total_count": "9"})
    }

    fn ids(text: &str) -> Vec<String> {
        let rows = read(text.as_bytes()).unwrap().0;
        rows.iter().filter_map(|row| row.store.poi_id.as_ref()).map(ToString::to_string).collect()
    }

    fn trouble(text: &str) -> Trouble {
        read(text.as_bytes()).unwrap_err()
    }

    fn read(bytes: &[u8]) -> Result<(Vec<InputRow>, Option<u64>), Trouble> {
        let mut sniffer = crate::sheets::Sniffer::default();
        sniffer.see(bytes);
        let source = Box::new(std::io::Cursor::new(bytes.to_vec()));
        let mut pages = Pages::open("list.json", source, sniffer.guess(), None).map_err(|error| error.trouble)?;
        loop {
            let mut rows = Vec::new();
            let pass = pages.each(&Known::default(), &mut |row, _| {
                rows.push(std::mem::take(row));
                ControlFlow::Continue(())
            });
            match pass.map_err(|error| error.trouble)? {
                Pass::Complete(claimed) => return Ok((rows, claimed)),
                Pass::Again => {}
            }
        }
    }

    #[test]
    fn pages_come_alone_in_an_array_as_lines_or_simply_one_after_the_other() {
        let (first, second) = (page(&[1, 2]), page(&[3]));
        assert_eq!(ids(&first.to_string()), ["1", "2"]);
        assert_eq!(ids(&json!([first, second]).to_string()), ["1", "2", "3"]);
        assert_eq!(ids(&format!("{first}\n{second}\n")), ["1", "2", "3"]);
        assert_eq!(ids(&format!("{first:#}{second:#}")), ["1", "2", "3"]);
    }

    #[test]
    fn the_list_alone_is_enough_with_or_without_base_info() {
        assert_eq!(ids(&json!([store(1), store(2)]).to_string()), ["1", "2"]);
        assert_eq!(ids(r#"[{"poi_id": 1}, {"poi_id": "2"}]"#), ["1", "2"]);
        assert_eq!(ids("{\"poi_id\": 1}\n{\"poi_id\": 2}"), ["1", "2"]);
        assert_eq!(ids(&json!({"errcode": 0, "business": store(1)}).to_string()), ["1"]);
    }

    #[test]
    fn pages_that_overlap_by_one_store_give_it_once() {
        assert_eq!(ids(&json!([page(&[1, 2]), page(&[2, 3]), page(&[3])]).to_string()), ["1", "2", "3"]);
        // Within a page, and between lists that are no pages, a repetition stays.
        assert_eq!(ids(&page(&[1, 1]).to_string()), ["1", "1"]);
        assert_eq!(ids(&format!("{}{}", json!([store(1)]), json!([store(1)]))), ["1", "1"]);
    }

    #[test]
    fn a_file_knows_how_many_stores_the_account_had() {
        let part = br#"{"business_list": [{"base_info": {"poi_id": "1"}}], "total_count": "3"}"#;
        assert_eq!(read(part).unwrap().1, Some(3));
        assert_eq!(read(br#"[{"poi_id": "1"}]"#).unwrap().1, None);
    }

    #[test]
    fn an_id_written_as_a_float_is_a_fault_and_is_not_used() {
        let rows = read(br#"[{"poi_id": 4.7e8, "mapid": 2.880741500279549e18, "sid": "2.88E+18"}]"#).unwrap().0;
        let columns: Vec<_> = rows[0].faults.iter().map(|fault| (fault.code, fault.place.clone().unwrap())).collect();
        let expected = ["poi_id", "mapid", "sid"].map(|key| (Code::RoundedNumber, rows[0].place.at_column(key)));
        assert_eq!(columns, expected);
        let shown: Vec<_> = rows[0].faults.iter().map(|fault| fault.value.as_str()).collect();
        assert_eq!(shown, ["4.7e8", "2.880741500279549e18", "2.88E+18"], "as the file has them");
    }

    #[test]
    fn a_record_that_is_no_object_is_a_row_with_a_fault() {
        let rows = read(br#"{"business_list": [7, {"base_info": null}, {"base_info": {"sid": "a"}}]}"#).unwrap().0;
        let codes: Vec<_> = rows.iter().map(|row| row.faults[0].code).collect();
        assert_eq!(codes, [Code::RecordMalformed, Code::RecordMalformed, Code::PoiIdMissing]);
        assert_eq!(rows[2].place.row, Some(3));
    }

    #[test]
    fn what_is_no_list_is_an_error_that_says_what_it_is() {
        let refusal = r#"{"errcode": 40001, "errmsg": "invalid credential"}"#;
        assert!(matches!(trouble(refusal), Trouble::ErrorAnswer { errcode: 40001, .. }));
        let holed = format!("{}\n{refusal}", page(&[1]));
        assert!(matches!(trouble(&holed), Trouble::ErrorAnswer { .. }));
        assert!(matches!(trouble("{\"a\":\n x}"), Trouble::NotJson(why) if why.line() == 2));
        for other in ["[1, 2]", r#"{"a": 1}"#, "7", r#"[{"a": 1}]"#, r#"{"business_list": {}}"#] {
            assert!(matches!(trouble(other), Trouble::OtherJson), "{other}");
        }
        for empty in ["[]", r#"{"errcode": 0, "total_count": 0}"#, r#"{"business_list": [], "total_count": "0"}"#] {
            assert_eq!(ids(empty), Vec::<String>::new());
        }
    }
}
