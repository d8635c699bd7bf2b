//! Statements that write many rows and seal each of them in the same breath, where a trigger would write every row twice.
//! What a row's seal is, is said in [`seal`] alone; here it is made part of the statement.

use rusqlite::Connection;

use super::seal;

/// The table whose rows are written in bulk.
const TABLE: &str = "stores";

/// Makes the texts of such statements; while there is one, the table's triggers rest.
///
/// A transaction that is let go of brings the triggers back by itself: they are a part of it like anything else.
#[derive(Debug)]
pub struct Sealing {
    id: String,
    columns: Vec<String>,
}

impl Sealing {
    /// Lets the triggers rest, in the transaction that is open. Until [`end`](Self::end) whoever writes a row of the table
    /// does so by one of these statements.
    pub fn begin(connection: &Connection) -> rusqlite::Result<Self> {
        let id = seal::id(connection)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let columns = seal::columns(connection, TABLE)?;
        seal::rest(connection, TABLE)?;
        Ok(Self { id, columns })
    }

    /// From now on the triggers do it again.
    pub fn end(self, connection: &Connection) -> rusqlite::Result<()> {
        // In tests a statement that forgot its row's seal is found where it stands, and not at the next opening.
        #[cfg(debug_assertions)]
        assert_eq!(
            seal::broken_in(connection, &self.id, (TABLE, "id"))?,
            None,
            "a row was not sealed by its statement"
        );
        seal::arm_table(connection, &self.id, (TABLE, "id"))
    }

    /// `INSERT` of a row that has these values, each an SQL expression over parameters, and NULL in all other columns;
    /// where there is one of this key, it is left as it is. The row's number has to be among the values, and what the
    /// schema would put where nothing is said.
    pub fn insert(&self, values: &[(&str, &str)]) -> String {
        let value = |column: &str| said(values, column).unwrap_or("NULL").to_owned();
        let columns: Vec<&str> = values.iter().map(|(column, _)| *column).collect();
        let expressions: Vec<&str> = values.iter().map(|(_, expression)| *expression).collect();
        format!(
            "INSERT INTO {TABLE} ({}, seal) VALUES ({}, {}) ON CONFLICT (key) DO NOTHING",
            columns.join(", "),
            expressions.join(", "),
            seal::of_values(&self.id, TABLE, &self.columns, value)
        )
    }

    /// `UPDATE` of the rows that `condition` says, so that these columns have these values, each an SQL expression over
    /// parameters and over the row as it was.
    pub fn update(&self, values: &[(&str, &str)], condition: &str) -> String {
        let value = |column: &str| said(values, column).map_or_else(|| column.to_owned(), |value| format!("({value})"));
        let sets: Vec<String> = values.iter().map(|(column, expression)| format!("{column} = {expression}")).collect();
        let seal = seal::of_values(&self.id, TABLE, &self.columns, value);
        format!("UPDATE {TABLE} SET {}, seal = {seal} WHERE {condition}", sets.join(", "))
    }
}

fn said<'v>(values: &[(&str, &'v str)], column: &str) -> Option<&'v str> {
    values.iter().find(|(name, _)| *name == column).map(|(_, expression)| *expression)
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::super::Ledger;
    use super::*;

    const NEW: [(&str, &str); 16] = [
        ("id", "1"),
        ("job", "'migrate'"),
        ("key", "?1"),
        ("place", "'{}'"),
        ("record", "?2"),
        ("revision", "1"),
        ("faults", "'[]'"),
        ("status_before", "'0'"),
        ("planned_status", "'0'"),
        ("planned_comment", "''"),
        ("planned_by_platform", "0"),
        ("action", "'blocked'"),
        ("state", "'blocked'"),
        ("decision", "'{}'"),
        ("attempts", "0"),
        ("updated_at", "7"),
    ];

    fn seals_fit(connection: &Connection) -> bool {
        seal::broken(connection).unwrap().is_none()
    }

    #[test]
    fn a_statement_that_seals_its_row_writes_what_the_triggers_would() {
        let ledger = Ledger::in_memory().unwrap();
        let connection = &ledger.connection;
        let sealing = Sealing::begin(connection).unwrap();
        let insert = sealing.insert(&NEW);
        connection.execute(&insert, params!["a", "{\"sid\":\"1\"}"]).unwrap();
        assert_eq!(connection.execute(&insert.replace("(1,", "(2,"), params!["a", "known"]).unwrap(), 0);
        assert!(seals_fit(connection));
        let update =
            sealing.update(&[("attempts", "attempts + 1"), ("reason", "CASE WHEN ?2 THEN 'x' END")], "key = ?1");
        connection.execute(&update, params!["a", true]).unwrap();
        assert!(seals_fit(connection));
        sealing.end(connection).unwrap();
        // What the triggers make of the same row is the same.
        let sealed =
            |connection: &Connection| connection.query_row("SELECT seal FROM stores", [], |row| row.get::<_, i64>(0));
        let by_statement = sealed(connection).unwrap();
        connection.execute("UPDATE stores SET attempts = attempts", []).unwrap();
        assert_eq!(sealed(connection).unwrap(), by_statement);
    }

    #[test]
    fn the_triggers_are_back_after_it_and_after_a_transaction_that_was_let_go_of() {
        let ledger = Ledger::in_memory().unwrap();
        let connection = &ledger.connection;
        let write = || {
            connection
                .execute(
                    "INSERT INTO stores (key, place, record, faults, status_before, planned_status, \
                 planned_comment, planned_by_platform, action, state, decision, updated_at) \
                 VALUES ('b', '{}', '{}', '[]', '0', '0', '', 0, 'blocked', 'blocked', '{}', 1)",
                    [],
                )
                .unwrap();
            connection.execute("UPDATE stores SET record = '{\"a\":1}'", []).unwrap();
            assert!(seals_fit(connection));
            connection.execute("DELETE FROM stores", []).unwrap();
        };
        let transaction = connection.unchecked_transaction().unwrap();
        Sealing::begin(&transaction).unwrap().end(&transaction).unwrap();
        transaction.commit().unwrap();
        write();
        let transaction = connection.unchecked_transaction().unwrap();
        let _resting = Sealing::begin(&transaction).unwrap();
        drop(transaction);
        write();
    }

    #[test]
    #[should_panic(expected = "a row was not sealed by its statement")]
    fn a_statement_that_forgets_the_seal_is_found() {
        let ledger = Ledger::in_memory().unwrap();
        let sealing = Sealing::begin(&ledger.connection).unwrap();
        ledger.connection.execute(&sealing.insert(&NEW), params!["a", "{}"]).unwrap();
        ledger.connection.execute("UPDATE stores SET record = '[]'", []).unwrap();
        let _ = sealing.end(&ledger.connection);
    }
}
