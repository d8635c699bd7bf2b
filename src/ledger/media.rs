//! What was uploaded, by content: a file that the platform has is not uploaded again, whatever run it was and whatever the file
//! is called. A picture's address holds for good; a media id for three days, and less where the platform says so. What the
//! platform refused stands beside it, by the same content and kind.

use std::collections::BTreeMap;

use rusqlite::{Connection, ToSql, params};

use crate::store::{MediaKind, Stamp};

/// A file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// SHA-256 of the file as it lies on the disk.
    pub sha256: String,
    /// What it is known by.
    pub kind: MediaKind,
    /// The address or the media id.
    pub value: String,
    /// The file's name, for people.
    pub name: String,
    /// How many bytes left: fewer than the file has where it was made smaller.
    pub bytes: usize,
    /// When the request left.
    pub at: Stamp,
}

/// A file that the platform refused for what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedFile {
    /// SHA-256 of the file as it lies on the disk.
    pub sha256: String,
    /// As what it was to be uploaded.
    pub kind: MediaKind,
    /// The platform's words.
    pub words: String,
    /// The file's name, for people.
    pub name: String,
    /// When.
    pub at: Stamp,
}

/// A refusal's kind begins so: whoever looks for what was uploaded passes it over, older versions, too.
const REFUSED: &str = "refused:";

/// What is known by content and kind: the value, and when it was uploaded; or the platform's words, and when it refused.
pub type KnownMedia = BTreeMap<(String, MediaKind), (String, Stamp)>;

/// Writes an upload down; a later one of the same file takes the earlier one's place.
pub fn apply(connection: &Connection, run_id: i64, uploaded: &Uploaded) -> rusqlite::Result<()> {
    let Uploaded { sha256, kind, value, name, bytes, at } = uploaded;
    let bytes = i64::try_from(*bytes).unwrap_or(i64::MAX);
    insert(connection, params![run_id, sha256, kind.key(), value, name, bytes, at.0])
}

/// Writes a refusal down; a later one of the same file takes the earlier one's place.
pub fn apply_refusal(connection: &Connection, run_id: i64, refused: &RefusedFile) -> rusqlite::Result<()> {
    let RefusedFile { sha256, kind, words, name, at } = refused;
    insert(connection, params![run_id, sha256, format!("{REFUSED}{}", kind.key()), words, name, 0, at.0])
}

fn insert(connection: &Connection, row: &[&dyn ToSql]) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO media (run_id, sha256, kind, value, name, bytes, uploaded_at, is_void) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0) ON CONFLICT (sha256, kind) DO UPDATE SET run_id = ?1, value = ?4, \
             name = ?5, bytes = ?6, uploaded_at = ?7, is_void = 0",
        )?
        .execute(row)?;
    Ok(())
}

/// All uploads that hold.
pub fn all(connection: &Connection) -> rusqlite::Result<KnownMedia> {
    known(connection, MediaKind::from_key)
}

/// All refusals.
pub fn refused(connection: &Connection) -> rusqlite::Result<KnownMedia> {
    known(connection, |key| MediaKind::from_key(key.strip_prefix(REFUSED)?))
}

fn known(connection: &Connection, kind_of: impl Fn(&str) -> Option<MediaKind>) -> rusqlite::Result<KnownMedia> {
    if !is_there(connection)? {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT sha256, kind, value, uploaded_at FROM media WHERE is_void = 0";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut known = BTreeMap::new();
    while let Some(row) = rows.next()? {
        if let Some(kind) = kind_of(row.get_ref(1)?.as_str()?) {
            known.insert((row.get(0)?, kind), (row.get(2)?, Stamp(row.get(3)?)));
        }
    }
    Ok(known)
}

/// An older ledger that is only read has no such table, and nothing was uploaded by it.
fn is_there(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT COUNT(*) FROM main.sqlite_schema WHERE name = 'media'";
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))? > 0)
}

/// The names of all files that were uploaded.
pub fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    if !is_there(connection)? {
        return Ok(Vec::new());
    }
    connection
        .prepare("SELECT name FROM media WHERE instr(kind, ?1) <> 1")?
        .query_map([REFUSED], |row| row.get(0))?
        .collect()
}

/// Takes the media ids of these files back that were uploaded no later than `until`.
pub fn void(connection: &Connection, sha256: &[String], until: Stamp) -> rusqlite::Result<()> {
    let sql = "UPDATE media SET is_void = 1 WHERE sha256 = ?1 AND kind = 'temporary' AND uploaded_at <= ?2";
    let mut statement = connection.prepare_cached(sql)?;
    sha256.iter().try_for_each(|sha256| statement.execute(params![sha256, until.0]).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, Ledger, RunStart};
    use super::*;

    fn uploaded(sha256: &str, kind: MediaKind, value: &str, at: i64) -> Entry {
        let (sha256, value, name) = (sha256.to_owned(), value.to_owned(), "门头.jpg".to_owned());
        Entry::Uploaded(Uploaded { sha256, kind, value, name, bytes: 12, at: Stamp(at) })
    }

    #[test]
    fn a_file_is_known_by_content_and_kind_and_a_later_upload_counts() {
        let mut ledger = Ledger::in_memory().unwrap();
        let run = ledger.begin_run(&RunStart::of_nobody(Stamp(1))).unwrap();
        let (a, b) = (MediaKind::Picture, MediaKind::Temporary);
        let entries = [uploaded("x", a, "http://1", 5), uploaded("x", b, "m1", 5), uploaded("x", b, "m2", 9)];
        ledger.write_entries(run, &entries).unwrap();
        let known = ledger.media().unwrap();
        assert_eq!(known[&("x".to_owned(), a)], ("http://1".to_owned(), Stamp(5)));
        assert_eq!(known[&("x".to_owned(), b)], ("m2".to_owned(), Stamp(9)));
    }

    #[test]
    fn media_ids_are_taken_back_and_addresses_and_later_ids_stay() {
        let mut ledger = Ledger::in_memory().unwrap();
        let run = ledger.begin_run(&RunStart::of_nobody(Stamp(1))).unwrap();
        let (a, b) = (MediaKind::Picture, MediaKind::Temporary);
        let entries = [uploaded("x", a, "http://1", 5), uploaded("x", b, "m1", 5), uploaded("y", b, "m2", 9)];
        ledger.write_entries(run, &entries).unwrap();
        ledger.void_media(&["x".to_owned(), "y".to_owned()], Stamp(7)).unwrap();
        let left: Vec<_> = ledger.media().unwrap().into_keys().collect();
        assert_eq!(left, [("x".to_owned(), a), ("y".to_owned(), b)]);
        ledger.write_entries(run, &[uploaded("x", b, "m3", 10)]).unwrap();
        assert_eq!(ledger.media().unwrap()[&("x".to_owned(), b)].0, "m3");
    }

    #[test]
    fn a_refusal_is_remembered_by_content_and_kind_and_is_no_upload() {
        let mut ledger = Ledger::in_memory().unwrap();
        let run = ledger.begin_run(&RunStart::of_nobody(Stamp(1))).unwrap();
        let (a, b) = (MediaKind::Picture, MediaKind::Temporary);
        let refused = |words: &str, at: i64| {
            let (sha256, words, name) = ("x".to_owned(), words.to_owned(), "门头.jpg".to_owned());
            Entry::FileRefused(RefusedFile { sha256, kind: a, words, name, at: Stamp(at) })
        };
        let entries = [refused("40009 too large", 5), uploaded("x", b, "m1", 6), refused("40009 still so", 7)];
        ledger.write_entries(run, &entries).unwrap();
        let words = ("40009 still so".to_owned(), Stamp(7));
        assert_eq!(ledger.refused_media().unwrap(), [(("x".to_owned(), a), words)].into());
        assert_eq!(ledger.media().unwrap().into_keys().collect::<Vec<_>>(), [("x".to_owned(), b)]);
        assert_eq!(ledger.media_names().unwrap().len(), 1);
    }
}
