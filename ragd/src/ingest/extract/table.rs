//! Tables: rows of cells as Markdown, and files that are nothing else.

/// Writes rows as a table, the first as its head.
pub(super) fn markdown(rows: &[Vec<String>]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .filter(|row| row.iter().any(|cell| !cell.is_empty()))
        .collect();
    let width = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (number, row) in rows.into_iter().enumerate() {
        line(&mut text, row, width);
        if number == 0 {
            text.push('|');
            text.push_str(&" --- |".repeat(width));
            text.push('\n');
        }
    }
    text
}

fn line(text: &mut String, row: &[String], width: usize) {
    text.push('|');
    for at in 0..width {
        let cell = row.get(at).map_or("", String::as_str);
        text.push(' ');
        for c in cell.chars() {
            match c {
                '\n' | '\r' | '\t' => text.push(' '),
                '|' => text.push_str("\\|"),
                c => text.push(c),
            }
        }
        text.push_str(" |");
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_a_table_of_one_width() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let rows = [
            row(&["a", "b"]),
            row(&["", ""]),
            row(&["x|y", "1\n2"]),
            row(&["z"]),
        ];
        let expected = "| a | b |\n| --- | --- |\n| x\\|y | 1 2 |\n| z |  |\n";
        assert_eq!(markdown(&rows), expected);
    }
}
