//! The index over the stores that are not settled, built once after many rows instead of with each of them. Its condition
//! is a list of words, of which `SQLite` makes a table for itself whenever a statement may change the index: once for a new
//! row, twice for a changed one.

use rusqlite::Connection;

const INDEX: &str = "stores_unsettled";

/// The index as it was, to be built again in the same transaction. Who lets go of the transaction has it as it was.
#[derive(Debug)]
pub struct BuiltLast(String);

impl BuiltLast {
    /// Takes the index away. No statement may be under way that reads.
    pub fn begin(connection: &Connection) -> rusqlite::Result<Self> {
        let sql = "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND name = ?1";
        let text = connection.query_row(sql, [INDEX], |row| row.get(0))?;
        connection.execute_batch(&format!("DROP INDEX main.{INDEX}"))?;
        Ok(Self(text))
    }

    /// Builds it: the text is the schema's own, letter by letter.
    pub fn end(self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Ledger, schema};
    use super::*;

    #[test]
    fn the_schema_is_the_same_letter_by_letter_after_it_and_after_a_transaction_that_was_let_go_of() {
        let ledger = Ledger::in_memory().unwrap();
        let connection = &ledger.connection;
        let before = schema::anatomy_of(connection).unwrap();
        let transaction = connection.unchecked_transaction().unwrap();
        let index = BuiltLast::begin(&transaction).unwrap();
        assert_eq!(schema::anatomy_of(&transaction).unwrap().len(), before.len() - 1);
        drop(transaction);
        assert_eq!(schema::anatomy_of(connection).unwrap(), before);
        drop(index);
        let transaction = connection.unchecked_transaction().unwrap();
        BuiltLast::begin(&transaction).unwrap().end(&transaction).unwrap();
        transaction.commit().unwrap();
        assert_eq!(schema::anatomy_of(connection).unwrap(), before);
    }
}
