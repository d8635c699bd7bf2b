//! `accounts_file`: a table of accounts, an account a row, in any form that spreadsheets come in.

use std::path::Path;

use serde::Deserialize as _;

use crate::cli::failure::{Failure, with_causes};
use crate::config::{Account, AccountKeys};
use crate::sheets::{self, Row, Sheet};
use crate::store::Words;
use crate::words;

/// The column of names.
const NAME: &str = "name";

/// Headers that ask for what must not stand in the file.
const SECRETS: [&str; 4] = ["secret", "appsecret", "access_token", "token"];

/// Reads the accounts; a file that cannot be used is an error that names file, row and column.
pub fn read(path: &Path) -> Result<Vec<Account>, Failure> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::usage(
            words!("accounts_file {file} cannot be read: {error}"; "无法读取 accounts_file {file}：{error}"),
            Some(words!("check accounts_file in poilift.toml"; "请检查 poilift.toml 的 accounts_file")),
        )
    })?;
    let book = sheets::read(&bytes).map_err(|error| {
        let why = with_causes(&error);
        bad(&file, &words!("{why}"; "无法读取该表格（{why}）"))
    })?;
    let mut filled = book.sheets.iter().filter(|sheet| sheet.rows.iter().any(|row| !row.is_blank()));
    let Some(sheet) = filled.next() else { return Err(bad(&file, &words!("the file is empty"; "文件为空"))) };
    if filled.next().is_some() {
        return Err(bad(&file, &words!("it has several sheets; one is read"; "含有多个工作表，只能有一个")));
    }
    accounts(&file, sheet)
}

fn accounts(file: &str, sheet: &Sheet) -> Result<Vec<Account>, Failure> {
    let mut rows = sheet.rows.iter().filter(|row| !row.is_blank());
    let Some(header) = rows.next() else { return Ok(Vec::new()) };
    let columns = columns(file, header)?;
    let accounts = rows.map(|row| account(file, &columns, row)).collect::<Result<Vec<_>, _>>()?;
    if accounts.is_empty() {
        return Err(bad(file, &words!("there is a header and no account below it"; "只有表头，没有账号")));
    }
    Ok(accounts)
}

/// The columns by their names.
fn columns(file: &str, header: &Row) -> Result<Vec<(u32, String)>, Failure> {
    let place = format!("{file}, row {}", header.number);
    let mut columns: Vec<(u32, String)> = Vec::new();
    for (column, cell) in header.cells().filter(|(_, cell)| !cell.is_blank()) {
        let key = cell.text().trim().to_ascii_lowercase();
        if SECRETS.contains(&key.as_str()) {
            return Err(Failure::usage(
                words!("{place}: the column {key:?} would hold secrets"; "{place}：{key:?} 列会写入密钥"),
                Some(words!(
                    "secrets never stand in this file: name where each is with secret_file or secret_env (or access_token_file, access_token_env, access_token_command)";
                    "密钥不得写入该文件：请用 secret_file 或 secret_env（或 access_token_file、access_token_env、access_token_command）指明存放处"
                )),
            ));
        }
        if key != NAME && !AccountKeys::NAMES.contains(&key.as_str()) {
            return Err(unknown_column(&place, column, &key));
        }
        if columns.iter().any(|(_, other)| *other == key) {
            return Err(bad(&place, &words!("there are two columns {key:?}"; "有两个 {key:?} 列")));
        }
        columns.push((column, key));
    }
    if !columns.iter().any(|(_, key)| key == NAME) {
        return Err(bad(&place, &words!("there is no column \"name\""; "缺少 name 列")));
    }
    Ok(columns)
}

/// A file without a header has values in its first row, which are not shown unless they look like a header.
fn unknown_column(place: &str, column: u32, key: &str) -> Failure {
    let letters = sheets::column_letters(column);
    let is_header = key.len() <= 24 && key.chars().all(|c| c == '_' || c.is_ascii_lowercase());
    let shown = if is_header { format!(" {key:?}") } else { String::new() };
    let keys = AccountKeys::NAMES.join(", ");
    Failure::usage(
        words!("{place}: column {letters}{shown} is none that accounts have"; "{place}：{letters} 列{shown} 不是账号的字段"),
        Some(words!("the first row names the columns: name, {keys}"; "首行为表头：name, {keys}")),
    )
}

fn account(file: &str, columns: &[(u32, String)], row: &Row) -> Result<Account, Failure> {
    let place = format!("{file}, row {}", row.number);
    if let Some((column, _)) = row.cells().find(|(at, cell)| !cell.is_blank() && columns.iter().all(|(c, _)| c != at)) {
        let column = sheets::column_letters(column);
        return Err(bad(&place, &words!("column {column} has no header"; "{column} 列没有表头")));
    }
    let mut name = String::new();
    let mut keys = toml::Table::new();
    for (column, key) in columns {
        let text = row.get(*column).text().trim();
        if key == NAME {
            text.clone_into(&mut name);
        } else if !text.is_empty() {
            let number = text.parse().ok().filter(|_| key == "concurrency").map(toml::Value::Integer);
            keys.insert(key.clone(), number.unwrap_or_else(|| text.into()));
        }
    }
    let keys = AccountKeys::deserialize(keys).map_err(|error| {
        let why = error.message();
        bad(&place, &words!("{why}"; "{why}"))
    })?;
    Ok(Account { name, keys, place })
}

fn bad(place: &str, why: &Words) -> Failure {
    Failure::usage(
        Words { en: format!("{place}: {}", why.en), zh: format!("{place}：{}", why.zh) },
        Some(words!("accounts_file: mend it; nothing was sent"; "请更正 accounts_file；未提交任何内容")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: impl AsRef<[u8]>) -> Result<Vec<Account>, Failure> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("accounts.csv");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn an_account_is_a_row_with_its_place_whatever_the_order_of_the_columns() {
        let text = "\u{feff}APPID;name;concurrency;secret_env\n\nwx1;华东;4;EAST\nwx2;south;;SOUTH\n";
        let accounts = read_text(text).unwrap();
        let names: Vec<_> = accounts.iter().map(|account| (&*account.name, account.place.rsplit('/').next())).collect();
        assert_eq!(names, [("华东", Some("accounts.csv, row 3")), ("south", Some("accounts.csv, row 4"))]);
        assert_eq!((accounts[0].keys.concurrency, accounts[1].keys.concurrency), (Some(4), None));
        assert_eq!(accounts[1].keys.secret_env.as_deref(), Some("SOUTH"));
    }

    #[test]
    fn what_cannot_be_used_is_said_with_its_row_and_without_any_value_of_an_unknown_column() {
        let cases: [(&[u8], &str); 9] = [
            (b"", "empty"),
            (b"name,appid\n", "no account below"),
            (b"appid,secret_env\nwx1,S\n", "no column \"name\""),
            (b"name,appid,secret\na,wx1,topsecret\n", "row 1: the column \"secret\""),
            (b"name,appid,password\na,wx1,topsecret\n", "row 1: column C \"password\" is none"),
            (b"wx1,a,topsecret\n", "row 1: column A is none"),
            (b"name,appid,appid\na,wx1,wx2\n", "row 1: there are two columns"),
            (b"name,appid\na,wx1,topsecret\n", "row 2: column C has no header"),
            (b"name,concurrency\na,many\n", "row 2: "),
        ];
        for (text, words) in cases {
            let failure = read_text(text).expect_err(words);
            assert!(failure.words.en.contains(words), "{words}: {}", failure.words.en);
            assert!(!failure.words.en.contains("topsecret"), "{}", failure.words.en);
        }
        let missing = read(Path::new("nowhere/accounts.csv")).unwrap_err();
        assert!(missing.words.en.contains("nowhere/accounts.csv"));
    }
}
