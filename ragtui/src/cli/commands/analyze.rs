//! `ragctl analyze`: what the programs of a collection have to do with each other.

use protocol::project::{ProjectRequest, ProjectView};

use crate::cli::args::{Analyze, Graph, Level};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::look::{Look, Paint, count, counted, size};
use crate::cli::schema::ProjectJson;
use crate::cli::table::{Column, Table, cell};
use crate::text;

/// Edges of a graph that a person can still look at, and some more.
const EDGES: u32 = 2_000;
/// Rows of a list that only gives an idea.
const ROWS: usize = 10;

pub(super) async fn run(context: &Context, arguments: Analyze) -> Outcome {
    let Analyze {
        path,
        files,
        graph,
        level,
    } = arguments;
    let request = ProjectRequest {
        collection: context.global.collection.clone(),
        path,
        files,
        edges: EDGES,
    };
    let project = context.connect().await?.project(request).await?;
    for note in &project.notes {
        context.out.warn(&text::clean(note));
    }
    match graph {
        Some(graph) => context.out.text(&draw(&project, graph, level))?,
        None => context
            .out
            .record(&ProjectJson::from(&project), |look| page(&project, look))?,
    }
    Ok(Exit::DONE)
}

fn page(project: &ProjectView, look: &Look) -> String {
    let mut out = String::new();
    let mut section = |title: &str, body: String| {
        if !body.is_empty() {
            out.push_str(&format!("{}\n{body}\n", look.paint(Paint::Bold, title)));
        }
    };
    let listed = |list: &[(String, u64)]| {
        let all: Vec<_> = list
            .iter()
            .take(ROWS)
            .map(|(name, number)| format!("{name} {}", count(*number)))
            .collect();
        all.join(", ")
    };
    section(
        &text::clean(&project.collection),
        format!(
            "  {}, {}, {} of them tests, {}\n  languages  {}\n  items      {}\n",
            counted(project.files, "program"),
            size(project.bytes),
            count(project.tests),
            counted(project.edges, "link"),
            listed(&project.languages),
            listed(&project.items),
        ),
    );
    let lines = |lines: Vec<String>| {
        let more = lines.len().saturating_sub(ROWS);
        let mut shown: String = lines.into_iter().take(ROWS).collect();
        if more > 0 {
            shown.push_str(&format!(
                "  and {} more: --json lists them\n",
                count(more as u64)
            ));
        }
        shown
    };
    let readmes = project.readmes.iter().map(|readme| {
        let title = readme
            .title
            .as_ref()
            .map(|title| format!("  {}", text::clean(title)));
        format!(
            "  {}{}\n",
            text::clean(&readme.path.to_text()),
            title.unwrap_or_default()
        )
    });
    section("To begin with", lines(readmes.collect()));
    let packages = project.packages.iter().map(|package| {
        let version = package
            .version
            .as_ref()
            .map(|version| format!(" {}", version.as_str()));
        let line = format!(
            "{}{}  {}  needs {}",
            package.name.as_str(),
            version.unwrap_or_default(),
            package.path.to_text(),
            count(package.needs.len() as u64)
        );
        format!("  {}\n", text::clean(&line))
    });
    section("Packages", lines(packages.collect()));
    let starts = project
        .starts
        .iter()
        .map(|start| format!("  {}:{}\n", text::clean(&start.path.to_text()), start.line));
    section("Where programs begin", lines(starts.collect()));
    section("What the others need most", central(project, look));
    let folders = project.folders.iter().map(|link| {
        let line = format!(
            "{} -> {}  {}",
            link.from.to_text(),
            link.to.to_text(),
            link.links
        );
        format!("  {}\n", text::clean(&line))
    });
    section("Between folders", lines(folders.collect()));
    let external = project
        .external
        .iter()
        .take(2 * ROWS)
        .map(|(name, files)| format!("{} {files}", text::clean(name)));
    let external = external.collect::<Vec<_>>().join(", ");
    if !external.is_empty() {
        section(
            "Imported from elsewhere, by files",
            format!("  {external}\n"),
        );
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn central(project: &ProjectView, look: &Look) -> String {
    if project.central.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        ("SHARE", Column::Right),
        ("USED BY", Column::Right),
        ("PROGRAM", Column::Left),
        ("DEFINES", Column::Left),
    ]);
    for file in &project.central {
        let defines: Vec<_> = file
            .defines
            .iter()
            .take(4)
            .map(|name| name.as_str())
            .collect();
        table.row(vec![
            cell(format!("{:.1} %", 100.0 * file.rank)),
            cell(count(file.used_by.into())),
            cell(file.path.to_text()),
            cell(defines.join(", ")),
        ]);
    }
    table.render(look)
}

/// Draws who needs whom, in a language of graphs.
fn draw(project: &ProjectView, graph: Graph, level: Level) -> String {
    let name = |path: &protocol::PathBytes| text::clean(&path.to_text()).into_owned();
    let edges: Vec<(String, String, u32)> = match level {
        Level::Folder => {
            let links = project.folders.iter().take(EDGES as usize);
            links
                .map(|link| (name(&link.from), name(&link.to), link.links))
                .collect()
        }
        Level::File => {
            let file = |at: u32| {
                project
                    .central
                    .get(at as usize)
                    .map(|file| name(&file.path))
            };
            let links = project.links.iter();
            links
                .filter_map(|link| {
                    let weight = link.uses + u32::from(link.imports);
                    Some((file(link.from)?, file(link.to)?, weight))
                })
                .collect()
        }
    };
    let mut points: Vec<_> = edges.iter().flat_map(|(from, to, _)| [from, to]).collect();
    points.sort();
    points.dedup();
    let point = |name: &String| points.binary_search(&name).unwrap_or_default();
    let mut out = String::new();
    match graph {
        Graph::Dot => {
            out.push_str("digraph project {\n  rankdir = LR;\n  node [shape = box];\n");
            for (at, name) in points.iter().enumerate() {
                let name = name.replace('\\', "\\\\").replace('"', "\\\"");
                out.push_str(&format!("  n{at} [label = \"{name}\"];\n"));
            }
            for (from, to, weight) in &edges {
                let (from, to) = (point(from), point(to));
                out.push_str(&format!("  n{from} -> n{to} [label = {weight}];\n"));
            }
            out.push_str("}\n");
        }
        Graph::Mermaid => {
            out.push_str("flowchart LR\n");
            for (at, name) in points.iter().enumerate() {
                // What stands there is read as HTML, with entities of its own.
                let name = name
                    .replace('#', "#35;")
                    .replace('"', "#quot;")
                    .replace('<', "#lt;")
                    .replace('>', "#gt;");
                out.push_str(&format!("  n{at}[\"{name}\"]\n"));
            }
            for (from, to, weight) in &edges {
                let (from, to) = (point(from), point(to));
                out.push_str(&format!("  n{from} -->|{weight}| n{to}\n"));
            }
        }
    }
    out
}
