//! Projects as scripts see them.

use std::collections::BTreeMap;

use protocol::project::ProjectView;
use serde::Serialize;

use super::{PathJson, Record};

#[derive(Debug, Serialize)]
pub(in crate::cli) struct ProjectJson {
    collection: String,
    files: u64,
    bytes: u64,
    tests: u64,
    edges: u64,
    languages: BTreeMap<String, u64>,
    items: BTreeMap<String, u64>,
    packages: Vec<PackageJson>,
    starts: Vec<StartJson>,
    readmes: Vec<ReadmeJson>,
    central: Vec<FileJson>,
    links: Vec<LinkJson>,
    folders: Vec<FolderLinkJson>,
    external: BTreeMap<String, u32>,
}

#[derive(Debug, Serialize)]
struct PackageJson {
    name: String,
    version: Option<String>,
    #[serde(flatten)]
    path: PathJson,
    needs: Vec<String>,
}

#[derive(Debug, Serialize)]
struct StartJson {
    #[serde(flatten)]
    path: PathJson,
    line: u32,
}

#[derive(Debug, Serialize)]
struct ReadmeJson {
    #[serde(flatten)]
    path: PathJson,
    title: Option<String>,
}

#[derive(Debug, Serialize)]
struct FileJson {
    #[serde(flatten)]
    path: PathJson,
    language: String,
    rank: f32,
    used_by: u32,
    test: bool,
    defines: Vec<String>,
}

/// Files by their position in `central`.
#[derive(Debug, Serialize)]
struct LinkJson {
    from: u32,
    to: u32,
    imports: bool,
    uses: u32,
}

#[derive(Debug, Serialize)]
struct FolderLinkJson {
    from: String,
    to: String,
    links: u32,
}

impl Record for ProjectJson {
    const SCHEMA: &'static str = "ragctl.project/v1";
    const LIST_SCHEMA: &'static str = "ragctl.project_list/v1";
    const FIELDS: &'static [&'static str] = &[
        "collection",
        "files",
        "bytes",
        "tests",
        "edges",
        "languages",
        "items",
        "packages",
        "starts",
        "readmes",
        "central",
        "links",
        "folders",
        "external",
    ];
    const COLUMNS: &'static [&'static str] = &["collection", "files", "bytes", "tests", "edges"];

    fn name(&self) -> String {
        self.collection.clone()
    }
}

impl From<&ProjectView> for ProjectJson {
    fn from(project: &ProjectView) -> Self {
        let packages = project.packages.iter().map(|package| PackageJson {
            name: package.name.0.clone(),
            version: package.version.as_ref().map(|version| version.0.clone()),
            path: PathJson::from(&package.path),
            needs: package.needs.iter().map(|name| name.0.clone()).collect(),
        });
        let central = project.central.iter().map(|file| FileJson {
            path: PathJson::from(&file.path),
            language: file.language.clone(),
            rank: file.rank,
            used_by: file.used_by,
            test: file.is_test,
            defines: file.defines.iter().map(|name| name.0.clone()).collect(),
        });
        Self {
            collection: project.collection.clone(),
            files: project.files,
            bytes: project.bytes,
            tests: project.tests,
            edges: project.edges,
            languages: project.languages.iter().cloned().collect(),
            items: project.items.iter().cloned().collect(),
            packages: packages.collect(),
            starts: project
                .starts
                .iter()
                .map(|start| StartJson {
                    path: PathJson::from(&start.path),
                    line: start.line,
                })
                .collect(),
            readmes: project
                .readmes
                .iter()
                .map(|readme| ReadmeJson {
                    path: PathJson::from(&readme.path),
                    title: readme.title.as_ref().map(|title| title.0.clone()),
                })
                .collect(),
            central: central.collect(),
            links: project
                .links
                .iter()
                .map(|link| LinkJson {
                    from: link.from,
                    to: link.to,
                    imports: link.imports,
                    uses: link.uses,
                })
                .collect(),
            folders: project
                .folders
                .iter()
                .map(|link| FolderLinkJson {
                    from: link.from.to_text(),
                    to: link.to.to_text(),
                    links: link.links,
                })
                .collect(),
            external: project
                .external
                .iter()
                .map(|(name, files)| (name.0.clone(), *files))
                .collect(),
        }
    }
}
