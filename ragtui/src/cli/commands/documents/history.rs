//! What documents were before: `ragctl doc versions` and `ragctl doc diff`.
//!
//! Versions are compared here and not by the daemon: it sends the text of each as it does for
//! `doc cat`, and a comparison that takes long is nobody else's.

use std::time::Duration;

use protocol::document::{
    DocumentCatRequest, DocumentRef, DocumentVersions, VersionState, VersionView,
};
use protocol::{ErrorCode, ErrorReport};
use similar::{Algorithm, Change, DiffOp, TextDiff};

use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::look::{Look, Paint, counted, size};
use crate::cli::schema::{DiffJson, HunkJson, PathJson, VersionsJson};
use crate::cli::table::{Column, Table, cell};
use crate::client::Client;
use crate::text;

/// After so long the rest is compared as a whole.
const PATIENCE: Duration = Duration::from_secs(3);
/// Digits of a content that tell it from others.
const DIGITS: usize = 12;

/// What stands below a line without an end, as `diff` writes it.
const UNENDED: &str = "\\ No newline at end of file";

pub(super) async fn versions(
    context: &Context,
    client: &Client,
    document: DocumentRef,
) -> Result<(), Failure> {
    let versions = client.document_versions(document).await?;
    let json = VersionsJson::from(&versions);
    context
        .out
        .record(&json, |look| version_table(&versions, look))
}

fn version_table(versions: &DocumentVersions, look: &Look) -> String {
    let mut table = Table::new(&[
        ("VERSION", Column::Right),
        ("STATE", Column::Left),
        ("SIZE", Column::Right),
        ("SINCE", Column::Left),
        ("UNTIL", Column::Left),
        ("CONTENT", Column::Left),
    ]);
    for version in &versions.versions {
        let paint = match version.state {
            VersionState::Active => Paint::Good,
            VersionState::Kept => Paint::Plain,
            VersionState::Gone => Paint::Dim,
        };
        let content: String = version.content.to_string().chars().take(DIGITS).collect();
        table.row(vec![
            cell(version.number.to_string()),
            cell(version.state.as_str()).paint(paint),
            cell(size(version.bytes)),
            cell(look.time(version.since)),
            cell(
                version
                    .until
                    .map_or_else(String::new, |until| look.time(until)),
            ),
            cell(content),
        ]);
    }
    let mut page = table.render(look);
    if let Some(unread) = &versions.unread {
        let reason = text::clean(&unread.reason);
        let line = format!(
            "the newest content could not be read: {reason} ({})",
            unread.code
        );
        page.push_str(&look.paint(Paint::Warn, &line));
        page.push('\n');
    }
    page
}

/// Compares the texts of two versions; those that are not named are the active one and the last before
/// it.
pub(super) async fn compare(
    client: &Client,
    name: DocumentRef,
    old: Option<u32>,
    new: Option<u32>,
    around: usize,
) -> Result<DiffJson, Failure> {
    let document = client.document_versions(name).await?;
    let new = new.or(document.versions.first().map(|active| active.number));
    let is_before = |version: &&VersionView| {
        version.state == VersionState::Kept && new.is_some_and(|new| version.number < new)
    };
    let before = document.versions.iter().find(is_before);
    let (Some(old), Some(new)) = (old.or(before.map(|before| before.number)), new) else {
        let report = ErrorReport::new(ErrorCode::NotFound, "no earlier version is kept")
            .because("it has not changed since ragd knows it, or `history` keeps nothing")
            .try_next("ragctl doc versions DOC");
        return Err(report.into());
    };
    let id = DocumentRef::Id(document.id);
    let (before, after) = (
        text_of(client, id.clone(), old).await?,
        text_of(client, id, new).await?,
    );
    let hunks = hunks(&before, &after, around);
    let count = |sign: char| {
        let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
        lines.filter(|line| line.starts_with(sign)).count()
    };
    Ok(DiffJson {
        id: document.id.to_string(),
        path: PathJson::from(&document.path),
        old,
        new,
        added: count('+'),
        removed: count('-'),
        hunks,
    })
}

async fn text_of(client: &Client, document: DocumentRef, number: u32) -> Result<String, Failure> {
    let version = Some(number);
    let request = DocumentCatRequest { document, version };
    let mut stream = client.document_cat(request).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await? {
        bytes.extend(piece);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn hunks(before: &str, after: &str, around: usize) -> Vec<HunkJson> {
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .timeout(PATIENCE)
        .diff_lines(before, after);
    // A range of no lines stands behind the line that it names.
    let range = |begin: usize, end: usize| (begin + usize::from(end > begin), end - begin);
    let hunk = |group: &Vec<DiffOp>| {
        let (first, last) = (group.first()?, group.last()?);
        let (old_start, old_lines) = range(first.old_range().start, last.old_range().end);
        let (new_start, new_lines) = range(first.new_range().start, last.new_range().end);
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        let lines = |change: Change<&str>| {
            let line = change.value();
            let line = format!(
                "{}{}",
                change.tag(),
                line.strip_suffix('\n').unwrap_or(line)
            );
            let unended = change.missing_newline().then(|| UNENDED.to_owned());
            std::iter::once(line).chain(unended)
        };
        Some(HunkJson {
            old_start,
            old_lines,
            new_start,
            new_lines,
            lines: changes.flat_map(lines).collect(),
        })
    };
    diff.grouped_ops(around).iter().filter_map(hunk).collect()
}

pub(super) fn print(context: &Context, diff: &DiffJson, only_count: bool) -> Result<(), Failure> {
    context.out.record(diff, |look| match only_count {
        true => count(diff),
        false => page(diff, look),
    })
}

fn count(diff: &DiffJson) -> String {
    let path = text::clean(&diff.path.path);
    let (added, removed) = (counted(diff.added as u64, "line"), diff.removed);
    format!(
        "{path}: {added} added and {removed} removed from version {} to {}\n",
        diff.old, diff.new
    )
}

fn page(diff: &DiffJson, look: &Look) -> String {
    let mut page = String::new();
    let mut write = |paint, line: &str| {
        page.push_str(&look.paint(paint, line));
        page.push('\n');
    };
    if !diff.hunks.is_empty() {
        let path = text::clean(&diff.path.path);
        write(Paint::Bold, &format!("--- {path} (version {})", diff.old));
        write(Paint::Bold, &format!("+++ {path} (version {})", diff.new));
    }
    for hunk in &diff.hunks {
        let HunkJson {
            old_start,
            old_lines,
            new_start,
            new_lines,
            lines,
        } = hunk;
        let head = format!("@@ -{old_start},{old_lines} +{new_start},{new_lines} @@");
        write(Paint::Dim, &head);
        for line in lines {
            let paint = match line.as_bytes().first() {
                Some(b'+') => Paint::Good,
                Some(b'-') => Paint::Bad,
                _ => Paint::Plain,
            };
            let cleaned = text::clean_lines(line).next();
            write(paint, &cleaned.unwrap_or_default());
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> Vec<String> {
        let hunks = hunks(before, after, 1);
        let lines = hunks.into_iter().flat_map(|hunk| {
            let head = format!(
                "-{},{} +{},{}",
                hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines
            );
            std::iter::once(head).chain(hunk.lines)
        });
        lines.collect()
    }

    #[test]
    fn changes_stand_between_the_lines_around_them() {
        let before = "a\nb\nc\nd\ne\nf\ng\n";
        assert_eq!(shown(before, before), [""; 0]);
        let after = "a\nb\nC\nd\ne\nf\ng\nh\n";
        let expected = ["-2,3 +2,3", " b", "-c", "+C", " d", "-7,1 +7,2", " g", "+h"];
        assert_eq!(shown(before, after), expected);
        assert_eq!(shown("", "x\n"), ["-0,0 +1,1", "+x"]);
        assert_eq!(shown("x\n", ""), ["-1,1 +0,0", "-x"]);
    }

    #[test]
    fn a_missing_line_end_is_told_of() {
        let unended = "\\ No newline at end of file";
        assert_eq!(shown("a\nb", "a\nb"), [""; 0]);
        let ended = ["-1,2 +1,2", " a", "-b", unended, "+b"];
        assert_eq!(shown("a\nb", "a\nb\n"), ended);
        let cut = ["-1,2 +1,2", " a", "-b", "+b", unended];
        assert_eq!(shown("a\nb\n", "a\nb"), cut);
        let kept = ["-1,2 +1,2", "-a", "+c", " b", unended];
        assert_eq!(shown("a\nb", "c\nb"), kept);
    }

    #[test]
    fn texts_that_have_nothing_in_common_are_compared_in_time() {
        let text = |seed: usize| -> String {
            let lines = (0..40_000).map(|number| format!("{}\n", number * seed % 40_009));
            lines.collect()
        };
        let began = std::time::Instant::now();
        let hunks = hunks(&text(7), &text(11), 3);
        assert!(!hunks.is_empty());
        assert!(began.elapsed() < PATIENCE * 4, "{:?}", began.elapsed());
    }
}
