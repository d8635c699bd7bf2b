//! Seals: a checksum in every row of every table, over all its other columns, the table's name and the ledger's own id.
//! `SQLite` has no checksum of a page, so that a flipped bit in a row passes its `integrity_check`; it does not pass this.
//! A row that strays in from another ledger, as with its write-ahead log, does not fit either.
//!
//! Nobody who writes has to think of them: triggers of the connection, never of the file, keep them true.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _};

/// Tables of a ledger, each with the column that names its rows.
pub const TABLES: [(&str, &str); 9] = [
    ("meta", "key"),
    ("runs", "id"),
    ("inputs", "id"),
    ("stores", "id"),
    ("fills", "id"),
    ("cells", "id"),
    ("calls", "seq"),
    ("passes", "id"),
    ("media", "id"),
];

/// Where the ledger's own id stands in `meta`.
pub const ID: &str = "ledger_id";

/// The first schema whose seals are [`Seal`]s; those of older ones are FNV-1a of 64 bits, byte by byte.
pub const BY_WORDS: i64 = 4;

/// Teaches the connection the functions `word_seal(…)` and, for older schemas, `seal(…)`: a checksum over their arguments.
pub fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("seal", -1, flags, |context| Ok(seal_by_bytes(context)))?;
    connection.create_scalar_function("word_seal", -1, flags, |context| {
        let mut seal = Seal::default();
        (0..context.len()).for_each(|index| seal.take(context.get_raw(index)));
        Ok(seal.value())
    })
}

fn function(version: i64) -> &'static str {
    if version < BY_WORDS { "seal" } else { "word_seal" }
}

/// The checksum of a row, value by value, each with its type and length, eight bytes at a time.
///
/// Every step is a bijection of all that came before it, so that a change of any one byte changes the result, always. It
/// is no protection against somebody who wants the result: whoever can write the file can seal it as well.
#[derive(Debug, Clone, Copy)]
pub struct Seal(u64);

impl Default for Seal {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Seal {
    /// Of this ledger and table, with no value yet.
    pub fn of(id: &str, table: &str) -> Self {
        let mut seal = Self::default();
        seal.take(ValueRef::Text(id.as_bytes()));
        seal.take(ValueRef::Text(table.as_bytes()));
        seal
    }

    /// Takes the next value.
    pub fn take(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.word(0),
            ValueRef::Integer(number) => self.number(1, number.to_le_bytes()),
            ValueRef::Real(number) => self.number(2, number.to_le_bytes()),
            ValueRef::Text(text) => self.bytes(3, text),
            ValueRef::Blob(bytes) => self.bytes(4, bytes),
        }
    }

    /// What stands in the table.
    pub fn value(self) -> i64 {
        self.0.cast_signed()
    }

    fn number(&mut self, kind: u64, bytes: [u8; 8]) {
        self.word(kind);
        self.word(u64::from_le_bytes(bytes));
    }

    fn bytes(&mut self, kind: u64, bytes: &[u8]) {
        self.word((bytes.len() as u64) << 3 | kind);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.word(u64::from_le_bytes(last));
        }
    }

    fn word(&mut self, word: u64) {
        // An odd factor, as large as FNV's is small: what differs in any bit differs in the upper half, and is folded down.
        let mixed = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

fn seal_by_bytes(context: &Context<'_>) -> i64 {
    let mut hash = Fnv::default();
    for index in 0..context.len() {
        match context.get_raw(index) {
            ValueRef::Null => hash.take(0, &[]),
            ValueRef::Integer(number) => hash.take(1, &number.to_le_bytes()),
            ValueRef::Real(number) => hash.take(2, &number.to_le_bytes()),
            ValueRef::Text(text) => hash.take(3, text),
            ValueRef::Blob(bytes) => hash.take(4, bytes),
        }
    }
    hash.0.cast_signed()
}

struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Fnv {
    fn take(&mut self, kind: u8, bytes: &[u8]) {
        self.bytes(&[kind]);
        self.bytes(&(bytes.len() as u64).to_le_bytes());
        self.bytes(bytes);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }
}

/// The ledger's own id; `None` in a schema that had none.
pub fn id(connection: &Connection) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE key = ?1", [ID], |row| row.get(0)).optional()
}

/// From now on every row that this connection writes is sealed.
pub fn arm(connection: &Connection) -> rusqlite::Result<()> {
    let Some(id) = id(connection)? else { return Ok(()) };
    // The triggers are temporary; they need no file of their own.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    TABLES.into_iter().try_for_each(|table| arm_table(connection, &id, table))
}

/// The same of one table.
pub fn arm_table(connection: &Connection, id: &str, (table, key): (&str, &str)) -> rusqlite::Result<()> {
    let columns = columns(connection, table)?;
    let list = columns.join(", ");
    let seal = expression(id, table, &columns, "NEW.");
    let update = format!("BEGIN UPDATE {table} SET seal = {seal} WHERE {key} = NEW.{key}; END");
    connection.execute_batch(&format!(
        "CREATE TEMP TRIGGER seal_new_{table} AFTER INSERT ON main.{table} {update}; \
         CREATE TEMP TRIGGER seal_changed_{table} AFTER UPDATE OF {list} ON main.{table} {update};"
    ))
}

/// Whoever writes a row of the table seals it himself, until it is [armed](arm_table) again or the transaction let go of.
pub fn rest(connection: &Connection, table: &str) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("DROP TRIGGER temp.seal_new_{table}; DROP TRIGGER temp.seal_changed_{table};"))
}

/// Seals every row as it is: after a migration, which changes what a row is, and how it is sealed.
pub fn renew(connection: &Connection) -> rusqlite::Result<()> {
    let Some(id) = id(connection)? else { return Ok(()) };
    for (table, _) in TABLES {
        let seal = expression(&id, table, &columns(connection, table)?, "");
        connection.execute(&format!("UPDATE {table} SET seal = {seal}"), [])?;
    }
    Ok(())
}

/// The first row whose seal does not fit: its table and its name.
pub fn broken(connection: &Connection, version: i64) -> rusqlite::Result<Option<(&'static str, String)>> {
    let Some(id) = id(connection)? else { return Ok(Some(("meta", ID.to_owned()))) };
    for (table, key) in TABLES {
        // An older schema has fewer; that none of its own is missing was seen before.
        if columns(connection, table)?.is_empty() {
            continue;
        }
        if let Some(name) = broken_in(connection, (version, &id), (table, key))? {
            return Ok(Some((table, name)));
        }
    }
    Ok(None)
}

/// The same of one table.
pub fn broken_in(
    connection: &Connection,
    (version, id): (i64, &str),
    (table, key): (&str, &str),
) -> rusqlite::Result<Option<String>> {
    let values = columns(connection, table)?.join(", ");
    let seal = called(function(version), id, table, &values);
    let sql = format!("SELECT CAST({key} AS TEXT) FROM {table} WHERE seal IS NOT {seal} LIMIT 1");
    connection.query_row(&sql, [], |row| row.get(0)).optional()
}

fn expression(id: &str, table: &str, columns: &[String], prefix: &str) -> String {
    of_values(id, table, columns, |column| format!("{prefix}{column}"))
}

/// The seal, as an SQL expression, of a row whose columns have the values that `value` says, as expressions too.
pub fn of_values(id: &str, table: &str, columns: &[String], value: impl Fn(&str) -> String) -> String {
    let values: Vec<String> = columns.iter().map(|column| value(column)).collect();
    called(function(BY_WORDS), id, table, &values.join(", "))
}

fn called(function: &str, id: &str, table: &str, values: &str) -> String {
    // What stands in the file is quoted before it is made part of a statement.
    format!("{function}('{}', '{table}', {values})", id.replace('\'', "''"))
}

/// All columns of a table but its seal, in the order in which a seal takes them.
pub fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM pragma_table_info(?1) WHERE name <> 'seal' ORDER BY cid";
    connection.prepare(sql)?.query_map([table], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal_of(call: &str) -> i64 {
        let connection = Connection::open_in_memory().unwrap();
        teach(&connection).unwrap();
        connection.query_row(&format!("SELECT {call}"), [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_seal_is_the_same_in_every_version_of_the_program() {
        // It stands in ledgers on people's disks.
        assert_eq!(seal_of("word_seal('a', 1, NULL, 'more than eight bytes')"), PINNED);
        assert_eq!(seal_of("seal('a')"), PINNED_BY_BYTES);
    }

    const PINNED: i64 = -4_091_786_698_091_526_261;
    const PINNED_BY_BYTES: i64 = 1_576_854_899_598_123_798;

    #[test]
    fn no_two_rows_that_differ_in_one_value_or_its_kind_or_its_place_look_alike() {
        let rows =
            ["'a', 'b'", "'ab', ''", "'', 'ab'", "'a', NULL", "NULL, 'a'", "'1', ''", "1, ''", "1.0, ''", "x'31', ''"];
        for function in ["seal", "word_seal"] {
            let seals: std::collections::BTreeSet<i64> =
                rows.into_iter().map(|row| seal_of(&format!("{function}({row})"))).collect();
            assert_eq!(seals.len(), rows.len(), "{function}");
        }
    }

    #[test]
    fn every_single_flipped_bit_breaks_it() {
        let seal_of = |bytes: &[u8]| {
            let mut seal = Seal::of("id", "stores");
            seal.take(ValueRef::Text(bytes));
            seal.value()
        };
        // Of every length of the last word.
        let text = b"{\"credential\":\"91330100MA0000001X\"}";
        for whole in (1..text.len()).map(|length| &text[..length]) {
            for bit in 0..whole.len() * 8 {
                let mut flipped = whole.to_vec();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert_ne!(seal_of(&flipped), seal_of(whole), "{} bytes, bit {bit}", whole.len());
            }
        }
    }

    #[test]
    fn a_seal_made_beside_the_database_is_the_one_that_it_makes() {
        let values = [
            ValueRef::Null,
            ValueRef::Integer(-7),
            ValueRef::Text("某店".as_bytes()),
            ValueRef::Real(0.5),
            ValueRef::Blob(b"0123456789"),
        ];
        let mut seal = Seal::of("id", "stores");
        for value in values {
            seal.take(value);
        }
        let sql = "word_seal('id', 'stores', NULL, -7, '某店', 0.5, x'30313233343536373839')";
        assert_eq!(seal_of(sql), seal.value());
    }
}
