//! What the programs of a collection have to do with each other.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use protocol::error::{ErrorCode, ErrorReport};
use protocol::project::{
    FileView, FolderLinkView, LinkView, PackageView, ProjectRequest, ProjectView, ReadmeView,
    StartView,
};
use protocol::{PathBytes, Private, Reply};

use super::super::session::Context;
use super::super::{Stores, report};
use super::collection;
use crate::ledger::{CollectionRow, DocumentFilter, OutlineRow};
use crate::project::{File, Outline, Program, Project};

/// Programs that are put together; more do not fit into memory beside all else.
const PROGRAMS: u32 = 150_000;
const MAX_FILES: u32 = 1_000;
const MAX_EDGES: u32 = 10_000;
/// Of packages, starts and the like.
const LISTED: usize = 100;
/// Names of what a file defines.
const NAMES: usize = 12;

pub(super) async fn project(
    context: &Context,
    request: ProjectRequest,
) -> Result<Reply, ErrorReport> {
    let stores = context.server.stores().await?;
    let about = match &request.collection {
        Some(name) => collection(&stores, name).await?,
        None => only(&stores).await?,
    };
    let rows = stores
        .ledger
        .outlines(about.id, request.path.clone(), PROGRAMS);
    let rows = rows.await.map_err(|error| report::ledger(&error))?;
    let mut notes = Vec::new();
    if rows.len() == PROGRAMS as usize {
        notes.push(format!(
            "only the first {PROGRAMS} programs by path were looked at"
        ));
    }
    if stores.queue.active_jobs() > 0 {
        notes.push("jobs are still open, so more may come".to_owned());
    }
    let readmes = readmes(&stores, &about, request.path.as_deref()).await?;
    let project = tokio::task::spawn_blocking(move || {
        Project::of(rows.into_iter().filter_map(program).collect())
    });
    let project = project.await.map_err(|_| {
        ErrorReport::new(ErrorCode::Internal, "the analysis broke off")
            .because("see the log of ragd")
    })?;
    Ok(Reply::Project(Box::new(ProjectView {
        notes,
        readmes,
        ..view(&project, about.name, &request)
    })))
}

/// Returns the collection that is meant where none is named.
async fn only(stores: &Stores) -> Result<CollectionRow, ErrorReport> {
    let all = stores.ledger.collections().await;
    let mut all = all.map_err(|error| report::ledger(&error))?;
    match all.len() {
        1 => Ok(all.remove(0)),
        0 => Err(
            ErrorReport::new(ErrorCode::NotFound, "there is no collection yet")
                .try_next("submit something: ragctl submit ."),
        ),
        many => {
            let names: Vec<_> = all.iter().take(8).map(|one| one.name.as_str()).collect();
            Err(ErrorReport::new(
                ErrorCode::BadRequest,
                format!("one of {many} collections has to be named"),
            )
            .because("paths mean something within their own only")
            .try_next(format!("-c {}", names.join(" or -c "))))
        }
    }
}

fn program(row: OutlineRow) -> Option<Program> {
    let outline = Outline::unpack(&row.packed)?;
    Some(Program {
        path: String::from_utf8_lossy(&row.path).into_owned(),
        language: row.language.unwrap_or_default(),
        bytes: row.bytes,
        outline,
    })
}

/// Lists the files that introduce people to a project, the outermost first.
async fn readmes(
    stores: &Stores,
    about: &CollectionRow,
    path: Option<&str>,
) -> Result<Vec<ReadmeView>, ErrorReport> {
    let filter = DocumentFilter {
        collection: Some(about.id),
        path: Some("*[Rr][Ee][Aa][Dd][Mm][Ee]*".to_owned()),
        limit: LISTED as u64,
        ..DocumentFilter::default()
    };
    let found = stores.ledger.documents(filter).await;
    let (found, _) = found.map_err(|error| report::ledger(&error))?;
    let below = path.map(|path| path.trim_end_matches('*').as_bytes().to_vec());
    let mut readmes: Vec<_> = found
        .into_iter()
        .filter(|row| {
            below
                .as_ref()
                .is_none_or(|below| row.path.starts_with(below))
        })
        .map(|row| ReadmeView {
            path: PathBytes(row.path),
            title: row.title.map(Private),
        })
        .collect();
    readmes.sort_by_key(|readme| {
        let path = &readme.path.0;
        (
            path.iter().filter(|byte| **byte == b'/').count(),
            path.clone(),
        )
    });
    Ok(readmes)
}

fn view(project: &Project, collection: String, request: &ProjectRequest) -> ProjectView {
    let Project {
        files,
        edges,
        external,
        packages,
    } = project;
    let programs = || files.iter().filter(|file| is_program(file));
    let named = programs()
        .count()
        .min(request.files.min(MAX_FILES) as usize);
    let central = &files[..named];
    let links = edges.iter().filter(|edge| {
        let last = edge.from.max(edge.to) as usize;
        last < central.len()
    });
    let links = links.take(request.edges.min(MAX_EDGES) as usize);
    let items = files.iter().flat_map(|file| &file.program.outline.defines);
    let starts = programs().filter(|file| !file.is_test).filter_map(|file| {
        Some(StartView {
            path: path(&file.program.path),
            line: file.program.outline.starts?,
        })
    });
    let packages = packages
        .iter()
        .take(LISTED)
        .map(|(manifest, package)| PackageView {
            path: path(manifest),
            name: Private(package.name.clone()),
            version: package.version.clone().map(Private),
            needs: package.needs.iter().cloned().map(Private).collect(),
        });
    let external = external
        .iter()
        .map(|(name, files)| (name.clone(), u64::from(*files)));
    let external = most_first(external.collect()).into_iter().take(LISTED);
    ProjectView {
        collection,
        files: programs().count() as u64,
        bytes: programs().map(|file| file.program.bytes).sum(),
        tests: programs().filter(|file| file.is_test).count() as u64,
        edges: edges.len() as u64,
        languages: counted(programs().map(|file| file.program.language.clone())),
        items: counted(items.map(|item| item.kind.word().to_owned())),
        packages: packages.collect(),
        starts: starts.take(LISTED).collect(),
        readmes: Vec::new(),
        central: central.iter().map(file_view).collect(),
        links: links
            .map(|edge| LinkView {
                from: edge.from,
                to: edge.to,
                imports: edge.imports,
                uses: edge.uses,
            })
            .collect(),
        folders: folders(project),
        external: external
            .map(|(name, files)| (Private(name), u32::try_from(files).unwrap_or(u32::MAX)))
            .collect(),
        notes: Vec::new(),
    }
}

/// A manifest alone is no program.
fn is_program(file: &File) -> bool {
    file.program.outline.package.is_none()
}

fn file_view(file: &File) -> FileView {
    let outermost = file.program.outline.defines.iter();
    let outermost = outermost.filter(|item| item.name() == item.path);
    FileView {
        path: path(&file.program.path),
        language: file.program.language.clone(),
        rank: file.rank,
        used_by: file.used_by,
        is_test: file.is_test,
        defines: outermost
            .take(NAMES)
            .map(|item| Private(item.path.clone()))
            .collect(),
    }
}

/// Sums up the edges between files of different folders.
fn folders(project: &Project) -> Vec<FolderLinkView> {
    let folder = |at: u32| {
        let path = &project.files[at as usize].program.path;
        path.rsplit_once('/').map_or(".", |(folder, _)| folder)
    };
    let between = project
        .edges
        .iter()
        .map(|edge| (folder(edge.from), folder(edge.to)));
    let mut links = BTreeMap::new();
    for pair in between.filter(|(from, to)| from != to) {
        *links.entry(pair).or_insert(0_u64) += 1;
    }
    let links = most_first(links.into_iter().collect()).into_iter();
    links
        .take(MAX_FILES as usize)
        .map(|((from, to), links)| FolderLinkView {
            from: path(from),
            to: path(to),
            links: u32::try_from(links).unwrap_or(u32::MAX),
        })
        .collect()
}

fn path(path: &str) -> PathBytes {
    PathBytes(path.as_bytes().to_vec())
}

fn counted<T: Eq + Hash + Ord>(all: impl Iterator<Item = T>) -> Vec<(T, u64)> {
    let mut counts = HashMap::new();
    for one in all {
        *counts.entry(one).or_insert(0) += 1;
    }
    most_first(counts.into_iter().collect())
}

fn most_first<T: Ord>(mut counts: Vec<(T, u64)>) -> Vec<(T, u64)> {
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}
