//! Statements that write many rows and seal each of them in the same breath, where a trigger would write every row twice.
//! What a row's seal is, is said in [`seal`] alone; here it is made part of the statement.

use rusqlite::Connection;

use super::seal::{self, Seal};

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
            seal::broken_in(connection, (seal::BY_WORDS, &self.id), (TABLE, "id"))?,
            None,
            "a row was not sealed by its statement"
        );
        seal::arm_table(connection, &self.id, (TABLE, "id"))
    }

    /// The seal of a new row, before its first value, and the columns whose values it takes, in order.
    pub fn of_new(&self) -> (Seal, &[String]) {
        (Seal::of(&self.id, TABLE), &self.columns)
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

    const NEW: &str = "INSERT INTO stores (key, place, record, faults, status_before, planned_status, \
         planned_comment, planned_by_platform, action, state, decision, updated_at) \
         VALUES (?1, '{}', '{}', '[]', '0', '0', '', 0, 'blocked', 'blocked', '{}', 1)";

    fn seals_fit(connection: &Connection) -> bool {
        seal::broken(connection, seal::BY_WORDS).unwrap().is_none()
    }

    #[test]
    fn a_statement_that_seals_its_row_writes_what_the_triggers_would() {
        let ledger = Ledger::in_memory().unwrap();
        let connection = &ledger.connection;
        connection.execute(NEW, ["a"]).unwrap();
        let sealing = Sealing::begin(connection).unwrap();
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
            connection.execute(NEW, ["b"]).unwrap();
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
        ledger.connection.execute(NEW, ["a"]).unwrap();
        let _ = sealing.end(&ledger.connection);
    }
}
