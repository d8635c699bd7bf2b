//! Lists of stores that somebody has approved (`--allow-delete=FILE`): a table with a column `poi_id`, else `sid`, or plain
//! lines of `poi_id`s, where `#` begins a remark. What such a list permits cannot be undone, so one row that cannot be read,
//! or that says something else than to delete, makes the whole list useless.

use std::path::Path;

use super::error::{IntakeError, Trouble};
use super::headers::{Key, Old};
use super::input::{is_json, open_table};
use super::source::Source;
use super::table::Purpose;
use super::{Columns, supplement};
use crate::store::{Code, Field, JoinKey, Place, PoiId, Severity, Sid, Wish};

/// Who stands in a list, in its order, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The file as the user named it.
    pub file: String,
    /// The stores; at least one.
    pub stores: Vec<Listed>,
    /// Headers that mean nothing here: somebody may have refused something in such a column.
    pub unknown_columns: Vec<String>,
}

/// A store of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Listed {
    /// By what it is named.
    pub key: JoinKey,
    /// Its `sid`, where the row has one beside the `poi_id`: both must be the same store's.
    pub sid: Option<Sid>,
}

/// The longest list of plain lines (16 MiB): a million ids.
const LINES_BYTES_MAX: u64 = 16 << 20;

/// Reads a list from disk.
pub fn read_approved(path: &Path, columns: &Columns) -> Result<Approved, IntakeError> {
    read_source(Source::open(path)?, columns)
}

fn read_source(mut source: Source, columns: &Columns) -> Result<Approved, IntakeError> {
    let name = &source.name.clone();
    let text = if source.start.is_some_and(|start| start.is_ascii_digit() || start == b'#') {
        source.whole(LINES_BYTES_MAX)?
    } else {
        b"a table".to_vec()
    };
    let (mut stores, unknown_columns) = match plain_lines(&text) {
        Some(lines) => (lines.into_iter().map(|line| poi_id(name, line)).collect::<Result<_, _>>()?, Vec::new()),
        None => table(source, columns)?,
    };
    let mut seen = std::collections::HashSet::new();
    stores.retain(|store| seen.insert(store.clone()));
    if stores.is_empty() {
        return Err(IntakeError::of_file(name, Trouble::NobodyListed));
    }
    Ok(Approved { file: name.to_owned(), stores, unknown_columns })
}

/// The lines that are more than a remark, each with its number, if the first of them is an id; also if there is none.
fn plain_lines(bytes: &[u8]) -> Option<Vec<(u32, &str)>> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).ok()?;
    let without_remark = |line: &'_ str| line.find('#').map_or(line.len(), |at| at);
    let lines = (1..).zip(text.lines()).map(|(n, line)| (n, line[..without_remark(line)].trim()));
    let lines: Vec<(u32, &str)> = lines.filter(|(_, line)| !line.is_empty()).collect();
    let is_id = |line: &str| line.bytes().all(|byte| byte.is_ascii_digit());
    lines.first().is_none_or(|(_, line)| is_id(line)).then_some(lines)
}

fn poi_id(name: &str, (n, line): (u32, &str)) -> Result<Listed, IntakeError> {
    let id = PoiId::new(line).filter(PoiId::is_decimal).map(JoinKey::PoiId);
    let key = id.ok_or_else(|| unreadable(Place::file(name).at_row(n), line))?;
    Ok(Listed { key, sid: None })
}

fn table(source: Source, columns: &Columns) -> Result<(Vec<Listed>, Vec<String>), IntakeError> {
    if is_json(&source)? {
        return Err(IntakeError::of_file(&source.name, Trouble::NotTable));
    }
    let (mut tables, mut table) = open_table(source, columns, Purpose::Supplement)?;
    let sid = table.column(Key::Old(Old::Sid)).map(|column| column.index);
    let supplement::Taken { rows, made: sids, .. } =
        supplement::read(&mut tables, &mut table, |row| sid.and_then(|column| Sid::new(row.get(column).text())))?;
    let rows = rows.into_iter().zip(sids).map(|(row, sid)| {
        // An id that stands twice permits no more than once: that is only worth a look.
        let fault = row
            .faults
            .iter()
            .find(|fault| fault.code.severity() == Severity::Blocks || fault.code == Code::SupplementNameless);
        let wish = row.cells.iter().find(|cell| cell.field == Field::Action);
        if let Some(other) = wish.filter(|cell| Wish::parse(&cell.value) != Some(Wish::Delete)) {
            let trouble = Trouble::NotApproved { said: other.value.clone() };
            return Err(IntakeError { place: Box::new(other.place.clone()), trouble });
        }
        match (row.key, fault) {
            (Some(key @ JoinKey::PoiId(_)), None) => Ok(Listed { key, sid }),
            (Some(key), None) => Ok(Listed { key, sid: None }),
            (_, fault) => Err(unreadable(row.place, fault.map_or("", |fault| &fault.value))),
        }
    });
    Ok((rows.collect::<Result<_, _>>()?, table.unknown.clone()))
}

fn unreadable(place: Place, shown: &str) -> IntakeError {
    IntakeError { place: Box::new(place), trouble: Trouble::NobodyNamed { shown: shown.to_owned() } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<String>, String> {
        let approved = Source::of_bytes("list", bytes).and_then(|source| read_source(source, &Columns::default()));
        let named = |Listed { key, sid }: &Listed| match (key, sid) {
            (JoinKey::PoiId(id), None) => id.to_string(),
            (JoinKey::PoiId(id), Some(sid)) => format!("{id} and sid {sid}"),
            (JoinKey::Sid(sid), _) => format!("sid {sid}"),
        };
        approved.map(|approved| approved.stores.iter().map(named).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn lines_hold_an_id_each_and_remarks() {
        let text = "\u{FEFF}# closed for good, Zhang 11-24\n 400000001 \n\n400000002 # moved\r\n400000001\n";
        assert_eq!(read(text.as_bytes()).unwrap(), ["400000001", "400000002"]);
    }

    #[test]
    fn a_table_names_stores_by_poi_id_else_by_sid() {
        assert_eq!(read("门店ID,备注\n1,x\n2,y\n".as_bytes()).unwrap(), ["1", "2"]);
        assert_eq!(read(b"sid,poi_id\nA,1\nB,\n").unwrap(), ["1 and sid A", "sid B"]);
    }

    #[test]
    fn a_row_that_says_something_else_than_to_delete_makes_the_list_useless() {
        assert_eq!(read("poi_id,处理\n1,删除\n2,\n".as_bytes()).unwrap(), ["1", "2"]);
        for wish in ["hold", "暂缓", "upgrade", "no"] {
            let error = read(format!("poi_id,action\n1,delete\n2,{wish}\n").as_bytes()).unwrap_err();
            assert!(error.contains("row 3") && error.contains(wish), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_read_as_a_whole_permits_nothing() {
        for text in [
            "",
            "# nobody\n",
            "poi_id\n",
            "poi_id\nabc\n",
            "1\n2x\n",
            "1\n2 3\n",
            "1\n123456789012345678901\n",
            "name\nx\n",
            "{}",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text:?}");
        }
        assert_eq!(read(b"1\n# two\n2x\n").unwrap_err(), "list, row 3: \"2x\" is no poi_id");
    }
}
