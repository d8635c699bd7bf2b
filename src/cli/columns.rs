//! Tables for people: columns as wide as their widest cell, a Chinese character counting two.

use crate::report::{columns, visible};

/// Header and rows, each line ended. Cells are from outside: what a terminal would obey is taken out of them.
#[must_use]
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let clean = |cell: &str| visible(cell).trim().to_owned();
    let mut lines: Vec<Vec<String>> = vec![header.iter().map(|cell| clean(cell)).collect()];
    lines.extend(rows.iter().map(|row| row.iter().map(|cell| clean(cell)).collect()));
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| columns(cell)).max();
    let widths: Vec<usize> = (0..header.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in &lines {
        let mut said = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            said += cell;
            said += &" ".repeat(width.saturating_sub(columns(cell)) + 2);
        }
        text += said.trim_end();
        text.push('\n');
    }
    text
}

/// Lines of `label  value`, each ended; what is empty is left out.
#[must_use]
pub fn card(lines: &[(&str, String)]) -> String {
    let there: Vec<_> = lines.iter().filter(|(_, value)| !value.trim().is_empty()).collect();
    let width = there.iter().map(|(label, _)| columns(label)).max().unwrap_or(0);
    let line = |(label, value): &&(&str, String)| {
        format!("{label}{}  {}\n", " ".repeat(width - columns(label)), visible(value).trim())
    };
    there.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_whatever_alphabet_is_in_them() {
        let rows = vec![vec!["1".to_owned(), "茶铺\u{1b}[2J".to_owned()], vec!["22".to_owned(), "a".to_owned()]];
        assert_eq!(table(&["id", "name"], &rows), "id  name\n1   茶铺\u{fffd}[2J\n22  a\n");
    }

    #[test]
    fn a_card_leaves_out_what_is_empty() {
        let lines = [("name", "茶铺".to_owned()), ("open", String::new()), ("city", "广州市".to_owned())];
        assert_eq!(card(&lines), "name  茶铺\ncity  广州市\n");
    }
}
