//! What the programs of a collection have to do with each other.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::Hash;

use protocol::error::{ErrorCode, ErrorReport};
use protocol::project::{
    FileView, FolderLinkView, LinkView, PackageView, ProjectRequest, ProjectView, ReadmeView,
    StartView,
};
use protocol::{PathBytes, Private, Reply};
use tokio::sync::Mutex;

use super::super::session::Context;
use super::super::{Stores, report};
use super::collection;
use crate::ids::CollectionId;
use crate::ingest::overview::{PROGRAMS, programs};
use crate::ledger::{CollectionRow, ReadmeRow};
use crate::project::{File, Project};

/// Answers that are kept.
const VIEWS: usize = 8;
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
    let revision = stores.ledger.project_revision(about.id).await;
    let revision = revision.map_err(|error| report::ledger(&error))?;
    // Those who ask for the same at once wait for the first, and it is put together once.
    let mut views = stores.projects.0.lock().await;
    let is_it = |seen: &Seen| {
        (seen.collection, seen.revision) == (about.id, revision) && seen.request == request
    };
    let mut view = match views.iter().find(|seen| is_it(seen)) {
        Some(seen) => seen.view.clone(),
        None => {
            let view = put_together(&stores, &about, &request).await?;
            views.retain(|seen| seen.collection != about.id || seen.revision == revision);
            if views.len() == VIEWS {
                views.pop_front();
            }
            views.push_back(Seen {
                collection: about.id,
                revision,
                request,
                view: view.clone(),
            });
            view
        }
    };
    drop(views);
    // It may have another name by now.
    view.collection = about.name;
    if stores.queue.active_jobs() > 0 {
        let note = "jobs are still open, so more may come".to_owned();
        view.notes.push(note);
    }
    Ok(Reply::Project(Box::new(view)))
}

/// What was put together, as long as no program of the collection changes.
#[derive(Debug, Default)]
pub struct Projects(Mutex<VecDeque<Seen>>);

#[derive(Debug)]
struct Seen {
    collection: CollectionId,
    /// As the ledger counts them.
    revision: i64,
    request: ProjectRequest,
    view: ProjectView,
}

async fn put_together(
    stores: &Stores,
    about: &CollectionRow,
    request: &ProjectRequest,
) -> Result<ProjectView, ErrorReport> {
    let glob = &request.path;
    let rows = stores.ledger.outlines(about.id, glob.clone(), PROGRAMS);
    let rows = rows.await.map_err(|error| report::ledger(&error))?;
    let readmes = stores.ledger.readmes(about.id, glob.clone()).await;
    let readmes = readmes.map_err(|error| report::ledger(&error))?;
    let mut notes = Vec::new();
    if rows.len() == PROGRAMS as usize {
        notes.push(format!(
            "only the first {PROGRAMS} programs by path were looked at"
        ));
    }
    let (name, request) = (about.name.clone(), request.clone());
    let viewed = tokio::task::spawn_blocking(move || {
        let project = Project::of(programs(rows));
        ProjectView {
            notes,
            readmes: introductions(&readmes, request.path.as_deref(), &project),
            ..view(&project, name, &request)
        }
    });
    viewed.await.map_err(|_| {
        ErrorReport::new(ErrorCode::Internal, "the analysis broke off")
            .because("see the log of ragd")
    })
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

/// Chooses the files that introduce people to what was asked for: those that fit, and those above the
/// programs that do, as far as the glob leaves open where they are. Else it is the nearest above.
fn introductions(all: &[ReadmeRow], glob: Option<&str>, project: &Project) -> Vec<ReadmeView> {
    let glob = glob.unwrap_or_default();
    let fixed = glob.find(['*', '?', '[']).unwrap_or(glob.len());
    let fixed = glob[..fixed].rfind('/').map_or("", |slash| &glob[..=slash]);
    let folder = |path: &[u8]| {
        let end = path.iter().rposition(|byte| *byte == b'/');
        path[..end.map_or(0, |slash| slash + 1)].to_vec()
    };
    let mut above = HashSet::new();
    for file in &project.files {
        let path = file.program.path.as_bytes();
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        above.insert(&path[..0]);
        above.extend(slashes.map(|(at, _)| &path[..=at]));
    }
    let is_chosen = |readme: &ReadmeRow| {
        let folder = folder(&readme.path);
        readme.fits || (folder.starts_with(fixed.as_bytes()) && above.contains(folder.as_slice()))
    };
    let mut chosen: Vec<_> = all.iter().filter(|readme| is_chosen(readme)).collect();
    if chosen.is_empty() {
        let is_above = |readme: &&ReadmeRow| fixed.as_bytes().starts_with(&folder(&readme.path));
        chosen.extend(all.iter().rfind(is_above));
    }
    let chosen = chosen.into_iter().take(LISTED);
    chosen
        .map(|readme| ReadmeView {
            path: PathBytes(readme.path.clone()),
            title: readme.title.clone().map(Private),
        })
        .collect()
}

fn view(project: &Project, collection: String, request: &ProjectRequest) -> ProjectView {
    let Project {
        files,
        edges,
        external,
        packages,
    } = project;
    let programs = || files.iter().filter(|file| file.is_program());
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
