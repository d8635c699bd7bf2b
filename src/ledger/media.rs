//! What was uploaded, by content: a file that the platform has is not uploaded again, whatever run it was and whatever the file
//! is called. A picture's address holds for good; a media id for three days, and less where the platform says so.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

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

/// What is known by content and kind: the value, and when it was uploaded.
pub type KnownMedia = BTreeMap<(String, MediaKind), (String, Stamp)>;

/// Writes an upload down; a later one of the same file takes the earlier one's place.
pub fn apply(connection: &Connection, run_id: i64, uploaded: &Uploaded) -> rusqlite::Result<()> {
    let Uploaded { sha256, kind, value, name, bytes, at } = uploaded;
    let bytes = i64::try_from(*bytes).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "INSERT INTO media (run_id, sha256, kind, value, name, bytes, uploaded_at, is_void) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0) ON CONFLICT (sha256, kind) DO UPDATE SET run_id = ?1, value = ?4, \
             name = ?5, bytes = ?6, uploaded_at = ?7, is_void = 0",
        )?
        .execute(params![run_id, sha256, kind.key(), value, name, bytes, at.0])?;
    Ok(())
}

/// All that holds.
pub fn all(connection: &Connection) -> rusqlite::Result<KnownMedia> {
    // An older ledger that is only read has no such table, and nothing was uploaded by it.
    let sql = "SELECT COUNT(*) FROM main.sqlite_schema WHERE name = 'media'";
    if connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT sha256, kind, value, uploaded_at FROM media WHERE is_void = 0";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut known = BTreeMap::new();
    while let Some(row) = rows.next()? {
        if let Some(kind) = MediaKind::from_key(row.get_ref(1)?.as_str()?) {
            known.insert((row.get(0)?, kind), (row.get(2)?, Stamp(row.get(3)?)));
        }
    }
    Ok(known)
}

/// The names of all files that were uploaded.
pub fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT COUNT(*) FROM main.sqlite_schema WHERE name = 'media'";
    if connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(Vec::new());
    }
    connection.prepare("SELECT name FROM media")?.query_map([], |row| row.get(0))?.collect()
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
}
