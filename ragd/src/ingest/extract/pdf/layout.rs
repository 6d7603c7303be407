//! From characters at places to lines in the order in which people read them.
//!
//! Characters that were drawn one after the other become runs. Where two columns of text stand side by
//! side, the left one is read first, from top to bottom; everything else is read line by line.

use std::collections::BTreeMap;
use std::ops::Range;

use super::glyphs::Piece;
use super::words::{is_rtl, plain};

/// Text within so many degrees has the same direction.
const SAME_DIRECTION: f64 = 5.0;
// All that follows is in heights of the font.
/// Between two words, at least.
const WORD_GAP: f64 = 0.15;
/// Between two parts of a line that are looked at on their own.
const RUN_GAP: f64 = 1.0;
/// How far characters of one line stand from its base, such as the 2 in H2O.
const BASE: f64 = 0.4;
/// Between two columns, at least.
const GUTTER: f64 = 1.2;
/// The mean width of lines in a column of text; those of a table are shorter.
const COLUMN_WIDTH: f64 = 9.0;
/// Lines on both sides that make columns.
const COLUMN_LINES: usize = 3;
/// Bands that only one of two columns may have at its top.
const ONE_SIDED: usize = 12;
/// Columns within columns.
const DEPTH: usize = 6;
/// Looks at runs while columns are sought on a page: in a table of thousands of lines each search is in
/// vain and sees all that is below. Some hundred lines need no more.
const LOOKS: usize = 400_000;
/// What is drawn twice to look bold is moved by less.
const SAME_PLACE: f64 = 0.15;
/// More than the usual distance of lines begins a paragraph.
const PARAGRAPH: f64 = 1.35;

/// A line of text, and whether a paragraph begins with it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) begins: bool,
}

/// Characters that were drawn one after the other on one line.
#[derive(Clone, Debug)]
struct Run {
    cells: Vec<Cell>,
    /// The line that they stand on, downwards.
    base: f64,
    size: f64,
    x: Range<f64>,
}

#[derive(Clone, Debug)]
struct Cell {
    text: String,
    x: Range<f64>,
}

/// Returns the lines of a page.
pub(super) fn lines(pieces: Vec<Piece>) -> Vec<Line> {
    let mut lines = Vec::new();
    for pieces in by_direction(pieces) {
        let (mut written, runs) = (Vec::new(), without_doubles(runs(pieces)));
        let mut looks = LOOKS;
        read(runs, DEPTH, &mut looks, &mut written);
        lines.extend(with_paragraphs(written));
    }
    joined(lines)
}

/// Turns everything so that it runs to the right: first what most of the page does.
fn by_direction(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut groups = BTreeMap::<i32, Vec<Piece>>::new();
    let mut last = 0;
    for piece in pieces {
        let along = piece.end - piece.start;
        if along.hypot() > piece.size * 0.01 {
            let degrees = along.y.atan2(along.x).to_degrees();
            #[expect(clippy::cast_possible_truncation, reason = "at most 36")]
            let direction = (degrees / SAME_DIRECTION).round() as i32;
            last = direction;
        }
        groups.entry(last).or_default().push(piece);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, pieces)| std::cmp::Reverse(pieces.len()));
    let turned = groups.into_iter().map(|(direction, mut pieces)| {
        if direction != 0 {
            let (sin, cos) = (f64::from(direction) * SAME_DIRECTION)
                .to_radians()
                .sin_cos();
            for piece in &mut pieces {
                for point in [&mut piece.start, &mut piece.end] {
                    (point.x, point.y) =
                        (point.x * cos + point.y * sin, point.y * cos - point.x * sin);
                }
            }
        }
        pieces
    });
    turned.collect()
}

fn runs(pieces: Vec<Piece>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for piece in pieces {
        let size = piece.size.max(0.1);
        let x = piece.start.x..piece.end.x.max(piece.start.x);
        let base = piece.start.y;
        let cell = Cell {
            text: piece.text,
            x: x.clone(),
        };
        if let Some(run) = runs.last_mut() {
            let gap = (x.start - run.x.end) / size;
            let is_level = (base - run.base).abs() < 0.1 * size;
            let is_alike = (size / run.size - 1.0).abs() < 0.3;
            if is_level && is_alike && (-0.3..RUN_GAP).contains(&gap) {
                run.x.end = run.x.end.max(x.end);
                run.cells.push(cell);
                continue;
            }
        }
        runs.push(Run {
            cells: vec![cell],
            base,
            size,
            x,
        });
    }
    runs.retain(|run| !run.cells.iter().all(|cell| cell.text.trim().is_empty()));
    runs
}

impl Run {
    /// What it covers from top to bottom.
    fn y(&self) -> Range<f64> {
        self.base - 0.8 * self.size..self.base + 0.2 * self.size
    }

    fn is_double_of(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < SAME_PLACE * self.size;
        near(self.base, other.base)
            && near(self.x.start, other.x.start)
            && self.cells.len() == other.cells.len()
            && self
                .cells
                .iter()
                .zip(&other.cells)
                .all(|(a, b)| a.text == b.text)
    }
}

/// Leaves out what is drawn a second time at the same place.
fn without_doubles(runs: Vec<Run>) -> Vec<Run> {
    let mut kept: Vec<Run> = Vec::with_capacity(runs.len());
    // By the place where it begins, about: a double lies in the same square or in one beside it.
    let mut places = BTreeMap::<(i64, i64), Vec<usize>>::new();
    for run in runs {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "places on a page are small"
        )]
        let (x, y) = (run.x.start.round() as i64, run.base.round() as i64);
        // What is drawn far away stands at the end of all numbers.
        let near = |at: i64| at.saturating_sub(2)..=at.saturating_add(2);
        let around = near(x).flat_map(|x| near(y).map(move |y| (x, y)));
        let is_double = around
            .filter_map(|place| places.get(&place))
            .flatten()
            .any(|at| run.is_double_of(&kept[*at]));
        if !is_double {
            places.entry((x, y)).or_default().push(kept.len());
            kept.push(run);
        }
    }
    kept
}

/// Puts runs in order: columns one after the other, all else line by line.
fn read(mut runs: Vec<Run>, depth: usize, looks: &mut usize, lines: &mut Vec<Written>) {
    runs.sort_by(|a, b| a.y().start.total_cmp(&b.y().start));
    let Some(size) = median(runs.iter().map(|run| run.size)) else {
        return;
    };
    let bands = bands(runs);
    let mut next = 0;
    while next < bands.len() {
        let may_be = depth > 0 && *looks > 0;
        let columns = may_be
            .then(|| columns(&bands[next..], size, looks))
            .flatten();
        match columns {
            Some(Columns { bands: many, cut }) => {
                let runs = bands[next..next + many].iter().flatten().cloned();
                let (left, right) = runs.partition(|run| run.x.end <= cut);
                read(left, depth - 1, looks, lines);
                read(right, depth - 1, looks, lines);
                next += many;
            }
            None => {
                lines.extend(rows(bands[next].clone()));
                next += 1;
            }
        }
    }
}

/// Cuts wherever nothing stands across the whole width. The runs come from top to bottom.
fn bands(runs: Vec<Run>) -> Vec<Vec<Run>> {
    let mut bands: Vec<Vec<Run>> = Vec::new();
    let mut bottom = f64::NEG_INFINITY;
    for run in runs {
        let y = run.y();
        match bands.last_mut() {
            Some(band) if y.start < bottom => band.push(run),
            _ => bands.push(vec![run]),
        }
        bottom = bottom.max(y.end);
    }
    bands
}

struct Columns {
    /// So many bands have them.
    bands: usize,
    /// What ends to the left of this is in the left one.
    cut: f64,
}

/// Looks for two columns in the bands that come next: as many as leave a gap free between them. `size`
/// is that of the text around.
fn columns(bands: &[Vec<Run>], size: f64, looks: &mut usize) -> Option<Columns> {
    let least = GUTTER * size;
    let mut free = vec![f64::NEG_INFINITY..f64::INFINITY];
    let (mut many, mut gaps) = (0, Vec::new());
    for (before, band) in bands.iter().enumerate() {
        *looks = looks.saturating_sub(band.len());
        free = both(&free, &self::free(band, least), least);
        let is_between = |gap: &&Range<f64>| gap.start.is_finite() && gap.end.is_finite();
        let between: Vec<_> = free.iter().filter(is_between).cloned().collect();
        match between.is_empty() {
            // What comes now stands across.
            true if many > 0 || before >= ONE_SIDED => break,
            // One column may begin higher up than the other.
            true => {}
            false => (many, gaps) = (before + 1, between),
        }
    }
    let runs = || bands[..many].iter().flatten();
    let is_column = |side: Vec<&Run>| {
        let rows: Vec<_> = rows(side.into_iter().cloned().collect());
        let widths = rows.iter().map(|row| row.x.end - row.x.start);
        #[expect(clippy::cast_precision_loss, reason = "lines of one page")]
        let mean = widths.sum::<f64>() / rows.len() as f64;
        rows.len() >= COLUMN_LINES && mean >= COLUMN_WIDTH * size
    };
    // The widest first: a table has hundreds of gaps, and each costs a look at all of it.
    gaps.sort_by(|a, b| (a.end - a.start).total_cmp(&(b.end - b.start)));
    let widest = gaps.into_iter().rev().find(|gap| {
        let (left, right): (Vec<_>, Vec<_>) = runs().partition(|run| run.x.end <= gap.end);
        let may_look = *looks > 0;
        *looks = looks.saturating_sub(left.len() + right.len());
        may_look && is_column(left) && is_column(right)
    })?;
    Some(Columns {
        bands: many,
        cut: widest.end,
    })
}

/// Returns where nothing stands in a band, between what does and beyond it.
fn free(band: &[Run], least: f64) -> Vec<Range<f64>> {
    let mut taken: Vec<_> = band.iter().map(|run| run.x.clone()).collect();
    taken.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut free = Vec::new();
    let mut end = f64::NEG_INFINITY;
    for x in taken {
        if x.start - end >= least {
            free.push(end..x.start);
        }
        end = end.max(x.end);
    }
    free.push(end..f64::INFINITY);
    free
}

fn both(some: &[Range<f64>], others: &[Range<f64>], least: f64) -> Vec<Range<f64>> {
    let (mut shared, mut from) = (Vec::new(), 0);
    for a in some {
        // Both are in order, so what ends before this one ends before all that follow.
        from += others[from..]
            .iter()
            .take_while(|b| b.end <= a.start)
            .count();
        let others = others[from..].iter().take_while(|b| b.start < a.end);
        shared.extend(others.map(|b| a.start.max(b.start)..a.end.min(b.end)));
    }
    shared.retain(|gap| gap.end - gap.start >= least);
    shared
}

/// A line with its place.
struct Written {
    text: String,
    base: f64,
    size: f64,
    x: Range<f64>,
}

/// Puts together what stands on one line.
fn rows(mut runs: Vec<Run>) -> Vec<Written> {
    runs.sort_by(|a, b| a.base.total_cmp(&b.base));
    let mut rows: Vec<Vec<Run>> = Vec::new();
    // The base and size of the largest run of a row: small signs stand above or below it.
    let (mut base, mut size) = (0.0, 0.0_f64);
    for run in runs {
        let is_on = (run.base - base).abs() < BASE * size.max(run.size) && !rows.is_empty();
        if !is_on || run.size >= size {
            (base, size) = (run.base, run.size);
        }
        match rows.last_mut() {
            Some(row) if is_on => row.push(run),
            _ => rows.push(vec![run]),
        }
    }
    rows.into_iter().map(write).collect()
}

fn write(row: Vec<Run>) -> Written {
    let largest = row.iter().max_by(|a, b| a.size.total_cmp(&b.size));
    let (base, size) = largest.map_or((0.0, 1.0), |run| (run.base, run.size));
    let mut cells: Vec<Cell> = row.into_iter().flat_map(|run| run.cells).collect();
    let letters = || {
        cells
            .iter()
            .flat_map(|cell| cell.text.chars())
            .filter(|c| c.is_alphabetic())
    };
    let (all, rtl) = (letters().count(), letters().filter(|c| is_rtl(*c)).count());
    let x = cells
        .iter()
        .fold(f64::INFINITY..f64::NEG_INFINITY, |all, cell| {
            all.start.min(cell.x.start)..all.end.max(cell.x.end)
        });
    cells.sort_by(|a, b| a.x.start.total_cmp(&b.x.start));
    if rtl * 2 > all {
        cells = from_the_right(cells);
    }
    let mut text = String::new();
    let mut before: Option<&Cell> = None;
    for cell in &cells {
        let gap = before.map_or(0.0, |before| {
            (cell.x.start - before.x.end).max(before.x.start - cell.x.end)
        });
        let touches =
            text.ends_with(char::is_whitespace) || cell.text.starts_with(char::is_whitespace);
        if gap > WORD_GAP * size && !touches {
            text.push(' ');
        }
        text.push_str(&plain(&cell.text));
        before = Some(cell);
    }
    Written {
        text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        base,
        size,
        x,
    }
}

/// Turns a line around, but for numbers and words of other scripts in it.
fn from_the_right(cells: Vec<Cell>) -> Vec<Cell> {
    let runs_left = |cell: &Cell| {
        let mut letters = cell.text.chars().filter(|c| c.is_alphanumeric());
        letters.next().is_some_and(|c| !is_rtl(c))
    };
    let mut turned: Vec<Cell> = cells.into_iter().rev().collect();
    let mut from = 0;
    while from < turned.len() {
        let length = turned[from..]
            .iter()
            .take_while(|cell| runs_left(cell))
            .count();
        turned[from..from + length].reverse();
        from += length.max(1);
    }
    turned
}

/// Tells where paragraphs begin, by the distance of lines and their size.
fn with_paragraphs(written: Vec<Written>) -> Vec<Line> {
    let steps = written.windows(2).map(|pair| pair[1].base - pair[0].base);
    let usual = median(steps.filter(|step| *step > 0.0)).unwrap_or(f64::INFINITY);
    let mut before: Option<(f64, f64)> = None;
    let lines = written.into_iter().map(|line| {
        let begins = before.is_none_or(|(base, size)| {
            let step = line.base - base;
            let usual = usual.min(1.6 * size.max(line.size));
            step > PARAGRAPH * usual || (size / line.size - 1.0).abs() > 0.15
        });
        before = Some((line.base, line.size));
        Line {
            text: line.text,
            begins,
        }
    });
    lines.filter(|line| !line.text.is_empty()).collect()
}

/// Puts words together that a hyphen divides at the end of a line.
fn joined(mut lines: Vec<Line>) -> Vec<Line> {
    for next in 1..lines.len() {
        let (before, after) = lines.split_at_mut(next);
        let (line, following) = (&mut before[next - 1].text, &mut after[0].text);
        let stem = line.strip_suffix(['-', '\u{2010}', '\u{ad}']);
        let divides = stem.is_some_and(|stem| stem.ends_with(char::is_alphabetic))
            && following.starts_with(char::is_lowercase);
        if divides {
            let end = following.find(' ').unwrap_or(following.len());
            line.pop();
            line.push_str(&following[..end]);
            *following = following[end..].trim_start().to_owned();
        }
    }
    lines.retain(|line| !line.text.is_empty());
    lines
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let (_, median, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*median)
}

#[cfg(test)]
mod tests {
    use hayro::kurbo::Point;

    use super::*;

    /// Draws a text with characters half as wide as they are high.
    fn draw(text: &str, x: f64, y: f64, size: f64) -> Vec<Piece> {
        let at = |n: usize| Point::new(x + n as f64 * size / 2.0, y);
        let piece = |(n, c): (usize, char)| Piece {
            text: c.to_string(),
            start: at(n),
            end: at(n + 1),
            size,
        };
        text.chars().enumerate().map(piece).collect()
    }

    fn read(drawn: &[(&str, f64, f64)]) -> Vec<String> {
        let pieces = drawn
            .iter()
            .flat_map(|(text, x, y)| draw(text, *x, *y, 10.0));
        lines(pieces.collect())
            .into_iter()
            .map(|line| line.text)
            .collect()
    }

    #[test]
    fn what_is_drawn_far_away_is_read() {
        for far in [1e300, -1e300, f64::INFINITY] {
            let drawn = [("near", 0.0, 20.0), ("far", far, far), ("far", far, far)];
            assert!(read(&drawn).contains(&"near".to_owned()));
        }
    }

    #[test]
    fn columns_are_read_one_after_the_other() {
        let mut drawn = vec![(
            "a title across all of the page, from left to right",
            0.0,
            20.0,
        )];
        let left = [
            "left one two three four",
            "left five six seven",
            "left eight nine ten",
        ];
        let right = [
            "right one two three four",
            "right five six seven",
            "right eight nine ten",
        ];
        for n in 0..3 {
            let y = 60.0 + 12.0 * n as f64;
            // Drawn row by row, as a program might that knows nothing of columns.
            drawn.push((left[n], 0.0, y));
            drawn.push((right[n], 150.0, y + 1.0));
        }
        let foot = "what stands below both of them, from left to right";
        drawn.push((foot, 0.0, 120.0));
        let title = drawn[0].0;
        let columns = left.into_iter().chain(right);
        let expected: Vec<_> = [title].into_iter().chain(columns).chain([foot]).collect();
        assert_eq!(read(&drawn), expected);
    }

    #[test]
    fn a_table_is_read_row_by_row() {
        let drawn = [
            ("name", 0.0, 20.0),
            ("size", 100.0, 20.0),
            ("one", 0.0, 32.0),
            ("1", 100.0, 32.0),
            ("two", 0.0, 44.0),
            ("2", 100.0, 44.0),
            ("three", 0.0, 56.0),
            ("3", 100.0, 56.0),
        ];
        assert_eq!(read(&drawn), ["name size", "one 1", "two 2", "three 3"]);
    }

    /// A table of thousands of rows, two columns of as many, and words wherever they fall.
    #[test]
    fn a_page_of_many_words_is_read_in_time() {
        let word = |n: usize| format!("w{n}");
        let row = |n: usize| 12.0 * n as f64;
        let begin = std::time::Instant::now();
        let read = |drawn: Vec<(String, f64, f64)>| {
            let pieces = drawn
                .iter()
                .flat_map(|(text, x, y)| draw(text, *x, *y, 10.0));
            lines(pieces.collect())
        };
        let table = (0..20_000).map(|n| (word(n), 80.0 * (n % 2) as f64, row(n / 2)));
        let found = read(table.collect());
        assert_eq!(found.len(), 10_000);
        assert_eq!(found[9_999].text, "w19998 w19999");
        let wide = (0..20_000).map(|n| (word(n), 80.0 * (n % 200) as f64, row(n / 200)));
        let found = read(wide.collect());
        let words = found.iter().flat_map(|line| line.text.split(' '));
        assert_eq!(words.count(), 20_000);
        let long = |n: usize| format!("a column of words {n}");
        let columns = (0..10_000).map(|n| (long(n), 300.0 * (n % 2) as f64, row(n / 2)));
        let found = read(columns.collect());
        assert_eq!(
            (found[1].text.as_str(), found[9_999].text.as_str()),
            (&*long(2), &*long(9_999))
        );
        let scattered = (0..20_000).map(|n| (word(n), (n * 7_919 % 20_011) as f64, n as f64 / 3.0));
        assert!(!read(scattered.collect()).is_empty());
        assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    }

    #[test]
    fn a_divided_word_is_one_word() {
        let drawn = [
            ("the exam-", 0.0, 20.0),
            ("ple of Anti-", 0.0, 32.0),
            ("Hero", 0.0, 44.0),
        ];
        assert_eq!(read(&drawn), ["the example", "of Anti-", "Hero"]);
    }

    #[test]
    fn what_is_drawn_twice_to_look_bold_is_read_once() {
        let drawn = [
            ("bold", 0.0, 20.0),
            ("bold", 0.4, 20.2),
            ("bold", 0.0, 40.0),
        ];
        assert_eq!(read(&drawn), ["bold", "bold"]);
    }

    #[test]
    fn what_runs_upwards_is_read_too() {
        let up = |n: usize| Point::new(300.0, 200.0 - n as f64 * 5.0);
        let mut pieces = draw("across", 0.0, 20.0, 10.0);
        for (n, c) in "up it goes".chars().enumerate() {
            pieces.push(Piece {
                text: c.to_string(),
                start: up(n),
                end: up(n + 1),
                size: 10.0,
            });
        }
        let texts: Vec<_> = lines(pieces).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["up it goes", "across"]);
    }

    #[test]
    fn a_line_from_the_right_is_read_from_the_right() {
        // Drawn as it looks: the first letter of a word is its last.
        let drawn = [("42 םלוע םולש", 0.0, 20.0)];
        assert_eq!(read(&drawn), ["שלום עולם 42"]);
    }

    #[test]
    fn paragraphs_begin_after_a_gap() {
        let drawn = [
            ("a", 0.0, 20.0),
            ("b", 0.0, 32.0),
            ("c", 0.0, 52.0),
            ("d", 0.0, 64.0),
        ];
        let pieces = drawn
            .iter()
            .flat_map(|(text, x, y)| draw(text, *x, *y, 10.0));
        let begins: Vec<_> = lines(pieces.collect())
            .iter()
            .map(|line| line.begins)
            .collect();
        assert_eq!(begins, [true, false, true, false]);
    }
}
