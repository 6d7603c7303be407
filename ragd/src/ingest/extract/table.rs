//! Tables: rows of cells as Markdown, and files that are nothing else.

/// A row that is shorter is filled up to so many columns: many beside one that is wide would be much
/// out of nothing, and readers of Markdown do not need it.
const FILLED: usize = 64;

/// Writes rows as a table, the first that has something as its head. `wrote` hears which row stands
/// where in `text`.
pub(super) fn write(text: &mut String, rows: &[Vec<String>], mut wrote: impl FnMut(usize, usize)) {
    let full = rows.iter().enumerate();
    let full = full.filter(|(_, row)| row.iter().any(|cell| !cell.is_empty()));
    let width = full.clone().map(|(_, row)| row.len()).max().unwrap_or(0);
    for (written, (number, row)) in full.enumerate() {
        wrote(number, text.len());
        line(text, row, width);
        if written == 0 {
            text.push('|');
            text.push_str(&" --- |".repeat(width));
            text.push('\n');
        }
    }
}

fn line(text: &mut String, row: &[String], width: usize) {
    text.push('|');
    for at in 0..row.len().max(width.min(FILLED)) {
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
        let (mut text, mut wrote) = (String::new(), Vec::new());
        write(&mut text, &rows, |row, at| wrote.push((row, at)));
        assert_eq!(text, expected);
        assert_eq!(wrote, [(0, 0), (2, 24), (3, 39)]);
    }

    #[test]
    fn many_rows_beside_a_wide_one_stay_short() {
        let mut rows = vec![vec!["x".to_owned()]; 1_000];
        rows[500] = vec!["y".to_owned(); 1_000];
        let mut text = String::new();
        write(&mut text, &rows, |_, _| {});
        assert!(text.len() < 250_000, "{} bytes", text.len());
        assert!(text.contains(&"| y ".repeat(1_000)));
    }
}
