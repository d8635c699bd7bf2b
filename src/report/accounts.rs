//! The end of a command for several accounts: an account a row, for people and for scripts.

use serde_json::{Value, json};

use super::summary::{SCHEMA, Summary};
use super::visible::{columns, cut, padded, visible};
use crate::store::{Lang, State, Words};
use crate::words;

/// A name or an appid that is wider is cut; the JSON has it whole.
const NAME_COLUMNS_MAX: usize = 24;

/// So much of why is told in a row; the rest stands above, and in the JSON.
const WHY_COLUMNS_MAX: usize = 60;

/// How one account ended.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRow {
    /// Its name.
    pub name: String,
    /// Its appid; empty in a rehearsal without one.
    pub appid: String,
    /// The code with which it would have ended alone.
    pub exit: u8,
    /// Why, in the language of the terminal.
    pub why: String,
    /// The command with which this account goes on; empty if there is nothing to do.
    pub next: String,
    /// Its numbers, if it came so far.
    pub summary: Option<Summary>,
}

/// How a shell names accounts, from which the command of all of them is made.
pub struct AllAtOnce<'a> {
    /// One account: `--account NAME`.
    pub of_one: &'a dyn Fn(&str) -> String,
    /// All that the command was for: `--accounts all`.
    pub of_all: &'a str,
}

/// `{"schema": 1, "accounts": [{"name", "appid", "exit", "why", "next", "summary"}], "exit"}`; `summary` is `null` for an
/// account that did not come so far.
#[must_use]
pub fn accounts_json(rows: &[AccountRow], exit: u8) -> Value {
    let row = |row: &AccountRow| {
        let AccountRow { name, appid, exit, why, next, summary } = row;
        json!({"name": name, "appid": appid, "exit": exit, "why": why, "next": next, "summary": summary})
    };
    json!({"schema": SCHEMA, "accounts": rows.iter().map(row).collect::<Vec<_>>(), "exit": exit})
}

/// The table, a next command for each account that has one, and a last line with the state of all and the command that
/// goes on with them.
#[must_use]
pub fn accounts_text(rows: &[AccountRow], lang: Lang, colour: bool, all: &AllAtOnce<'_>) -> String {
    let mut lines = table(rows, lang, colour);
    let open: Vec<&AccountRow> = rows.iter().filter(|row| !row.next.is_empty()).collect();
    if !open.is_empty() {
        lines.push(String::new());
        lines.push(words!("Next, an account at a time:"; "各账号的下一步：").get(lang).to_owned());
        lines.extend(open.iter().map(|row| format!("  {}", visible(&row.next))));
    }
    lines.push(String::new());
    lines.push(last_line(rows, lang, common_next(&open, all).as_deref()));
    lines.join("\n") + "\n"
}

fn table(rows: &[AccountRow], lang: Lang, colour: bool) -> Vec<String> {
    let header = [
        words!("account"; "账号"),
        words!("appid"; "appid"),
        words!("stores"; "门店"),
        words!("done"; "完成"),
        words!("in review"; "审核中"),
        words!("needs person"; "需人工"),
        words!("left"; "待提交"),
        words!("exit"; "退出码"),
    ];
    let mut cells = vec![header.map(|words| words.get(lang).to_owned())];
    cells.extend(rows.iter().map(row_cells));
    let width = |column: usize| cells.iter().map(|cells| columns(&cells[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..cells[0].len()).map(width).collect();
    let line = |cells: &[String; 8]| -> String {
        let text = |(n, cell): (usize, &String)| match n {
            0 | 1 => padded(cell, widths[n]),
            _ => format!("{}{cell}", " ".repeat(widths[n] - columns(cell))),
        };
        cells.iter().enumerate().map(text).collect::<Vec<_>>().join("  ")
    };
    let why = |row: &AccountRow| format!("  {}", cut(&visible(&row.why), WHY_COLUMNS_MAX));
    let mut lines = vec![format!("{}  {}", line(&cells[0]), lang.pick("why", "原因"))];
    let told = rows.iter().zip(&cells[1..]);
    lines.extend(told.map(|(row, cells)| painted(&format!("{}{}", line(cells), why(row)), row.exit, colour)));
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// What a row says in numbers; `-` where an account did not come so far.
fn row_cells(row: &AccountRow) -> [String; 8] {
    let number =
        |count: &dyn Fn(&Summary) -> u64| row.summary.as_ref().map_or("-".to_owned(), |s| count(s).to_string());
    let states = |summary: &Summary, wanted: fn(State) -> bool| {
        State::ALL.into_iter().filter(|state| wanted(*state)).map(|state| summary.in_state(state)).sum()
    };
    [
        cut(&visible(&row.name), NAME_COLUMNS_MAX),
        cut(&visible(&row.appid), NAME_COLUMNS_MAX),
        number(&|summary| summary.stores),
        number(&|summary| states(summary, State::is_settled)),
        number(&|summary| summary.in_state(State::InReview)),
        number(&|summary| summary.attention),
        number(&|summary| states(summary, |state| state.can_move() && state != State::InReview)),
        row.exit.to_string(),
    ]
}

/// The one command that goes on with all of them, if their own differ in nothing but the account.
fn common_next(open: &[&AccountRow], all: &AllAtOnce<'_>) -> Option<String> {
    let together = |row: &&AccountRow| {
        let one = (all.of_one)(&row.name);
        row.next.contains(&one).then(|| row.next.replacen(&one, all.of_all, 1))
    };
    let mut commands = open.iter().map(together);
    let first = commands.next()??;
    commands.all(|command| command.as_ref() == Some(&first)).then_some(first)
}

fn last_line(rows: &[AccountRow], lang: Lang, next: Option<&str>) -> String {
    let done = rows.iter().filter(|row| row.next.is_empty() && row.exit == 0).count();
    let (left, all) = (rows.len() - done, rows.len());
    let state = match left {
        0 => {
            words!("Done: all {all} accounts. Nothing is left to do."; "已完成：全部 {all} 个账号，没有需要继续的操作。")
        }
        _ if open_needs_only_people(rows) => {
            words!("Needs a person: {left} of {all} accounts."; "需人工处理：{all} 个账号中的 {left} 个。")
        }
        _ => words!("To be continued: {left} of {all} accounts."; "待继续：{all} 个账号中的 {left} 个。"),
    };
    let next = match (left, next) {
        (0, _) => Words::default(),
        (_, Some(command)) => words!(" Next: {}"; "下一步：{}", visible(command)),
        (_, None) => words!(" Next: their commands above."; "下一步：见上方各账号的命令。"),
    };
    format!("{}{}", state.get(lang), next.get(lang))
}

/// Whether none of them can go on by itself.
fn open_needs_only_people(rows: &[AccountRow]) -> bool {
    let can_move = |summary: &Summary| State::ALL.into_iter().any(|s| s.can_move() && summary.in_state(s) > 0);
    rows.iter().all(|row| matches!(row.exit, 0 | 3) && !row.summary.as_ref().is_some_and(can_move))
}

/// Red for what a person has to look at now, yellow for what needs a person some day, green for what is done.
fn painted(text: &str, exit: u8, colour: bool) -> String {
    let code = match exit {
        0 => "32",
        3 => "33",
        4 => "36",
        _ => "31",
    };
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{self, blocked, in_state, mixed, upgraded};
    use crate::store::Code;

    fn row(name: &str, exit: u8, why: &str, next: &str, summary: Option<Summary>) -> AccountRow {
        let (name, appid) = (name.to_owned(), format!("wx{:016}", name.len()));
        AccountRow { name, appid, exit, why: why.to_owned(), next: next.to_owned(), summary }
    }

    fn text(rows: &[AccountRow], lang: Lang, colour: bool) -> String {
        let of_one = |name: &str| format!("--account {name}");
        accounts_text(rows, lang, colour, &AllAtOnce { of_one: &of_one, of_all: "--accounts all" })
    }

    fn rows() -> Vec<AccountRow> {
        let done: Vec<_> = (1..=1200).map(upgraded).collect();
        let in_review = [upgraded(1), in_state(2, State::InReview), blocked(3, &[Code::CredentialMissing])];
        let migrate = |name: &str| format!("poilift migrate 's-{{account}}.csv' --account {name}");
        vec![
            row("north", 0, "every store is settled", "", Some(sample::summary(&done, "wx1"))),
            row("华东", 4, "1 stores in review", &migrate("华东"), Some(sample::summary(&in_review, "wx2"))),
            row("west", 4, "1 stores not sent yet", &migrate("west"), Some(sample::summary(&mixed(), "wx3"))),
            row("locked", 6, "another run holds the ledger ledgers/locked.db (process 7)", &migrate("locked"), None),
        ]
    }

    #[test]
    fn an_account_is_a_row_and_the_last_line_goes_on_with_all() {
        insta::assert_snapshot!(text(&rows(), Lang::En, false), @r"
        account  appid               stores  done  in review  needs person  left  exit  why
        north    wx0000000000000005    1200  1200          0             0     0     0  every store is settled
        华东     wx0000000000000006       3     1          1             1     0     4  1 stores in review
        west     wx0000000000000004      10     6          1             2     1     4  1 stores not sent yet
        locked   wx0000000000000006       -     -          -             -     -     6  another run holds the ledger ledgers/locked.db (process 7)

        Next, an account at a time:
          poilift migrate 's-{account}.csv' --account 华东
          poilift migrate 's-{account}.csv' --account west
          poilift migrate 's-{account}.csv' --account locked

        To be continued: 3 of 4 accounts. Next: poilift migrate 's-{account}.csv' --accounts all
        ");
    }

    #[test]
    fn the_same_in_chinese_is_aligned_as_well() {
        insta::assert_snapshot!(text(&rows(), Lang::Zh, false), @r"
        账号    appid               门店  完成  审核中  需人工  待提交  退出码  原因
        north   wx0000000000000005  1200  1200       0       0       0       0  every store is settled
        华东    wx0000000000000006     3     1       1       1       0       4  1 stores in review
        west    wx0000000000000004    10     6       1       2       1       4  1 stores not sent yet
        locked  wx0000000000000006     -     -       -       -       -       6  another run holds the ledger ledgers/locked.db (process 7)

        各账号的下一步：
          poilift migrate 's-{account}.csv' --account 华东
          poilift migrate 's-{account}.csv' --account west
          poilift migrate 's-{account}.csv' --account locked

        待继续：4 个账号中的 3 个。下一步：poilift migrate 's-{account}.csv' --accounts all
        ");
    }

    #[test]
    fn where_the_commands_differ_each_account_has_its_own() {
        let mut rows = rows();
        rows[1].next += " --supplement attention.xlsx";
        let text = text(&rows, Lang::En, false);
        assert!(text.ends_with("To be continued: 3 of 4 accounts. Next: their commands above.\n"), "{text}");
    }

    #[test]
    fn when_all_is_done_nothing_is_asked() {
        let rows = &rows()[..1];
        assert!(text(rows, Lang::En, false).ends_with("\nDone: all 1 accounts. Nothing is left to do.\n"));
    }

    #[test]
    fn scripts_find_each_account_with_its_summary_and_its_exit() {
        let json = accounts_json(&rows(), 6);
        assert_eq!((&json["schema"], &json["exit"]), (&json!(1), &json!(6)));
        assert_eq!(json["accounts"][0]["summary"]["stores"], 1200);
        assert_eq!((&json["accounts"][3]["exit"], &json["accounts"][3]["summary"]), (&json!(6), &Value::Null));
        assert_eq!(json["accounts"][1]["next"], "poilift migrate 's-{account}.csv' --account 华东");
    }

    #[test]
    fn control_characters_of_a_name_reach_no_terminal_and_colour_adds_nothing_else() {
        let mut rows = rows();
        rows[0].why = "a\u{1b}[31m\u{202e}name".into();
        let plain = text(&rows, Lang::En, false);
        assert!(!plain.contains('\u{1b}') && !plain.contains('\u{202e}'));
        let coloured = text(&rows, Lang::En, true);
        let codes = ["\u{1b}[0m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[36m"];
        assert_eq!(codes.iter().fold(coloured, |text, code| text.replace(code, "")), plain);
    }
}
