//! What a stranger should know of a project first, in words that can be searched.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{Defined, File, Package, Project};
use crate::index::SymbolKind;

/// Of packages, folders and the like.
const LISTED: usize = 60;
const CENTRAL: usize = 30;
const NAMES: usize = 8;
const NEEDS: usize = 12;
/// Characters of what somebody else wrote.
const LONGEST: usize = 400;

/// What introduces people to a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readme {
    pub path: String,
    /// Its first paragraph.
    pub says: String,
}

impl Project {
    /// Writes what there is to know of a project, as Markdown; the same for the same. None: it has no
    /// two programs that could have to do with each other.
    #[must_use]
    pub fn overview(&self, name: &str, readmes: &[Readme]) -> Option<String> {
        let programs = || self.files.iter().filter(|file| file.is_program());
        let count = programs().count();
        if count < 2 {
            return None;
        }
        let places = Places::of(&self.packages);
        let mut languages = BTreeMap::new();
        for file in programs() {
            *languages.entry(file.program.language.as_str()).or_insert(0) += 1;
        }
        let languages = most_first(languages);
        let languages = languages
            .iter()
            .take(NAMES)
            .map(|(language, files)| format!("{files} in {language}"));
        let languages: Vec<_> = languages.collect();
        let mut text = format!(
            "# How the project {name} is organised\n\n\
             This overview of the architecture and structure of `{name}` was written by ragd from its \
             {count} programs ({}). It is not a file of the project.\n",
            languages.join(", ")
        );
        let outermost = readmes.iter().find(|readme| !readme.path.contains('/'));
        if let Some(Readme { path, says }) = outermost {
            _ = write!(text, "\n`{path}` says: {}\n", short(says));
        }
        section(
            &mut text,
            "Packages: what the project consists of",
            self.packages_told(readmes),
        );
        let starts = programs()
            .filter(|file| !file.is_test)
            .filter_map(|file| Some((&file.program.path, file.program.outline.starts?)));
        let starts: BTreeSet<_> = starts.collect();
        section(
            &mut text,
            "Entry points: where programs start",
            starts
                .into_iter()
                .map(|(path, line)| format!("`{path}`, line {line}")),
        );
        let central = programs().filter(|file| file.used_by > 0 && !file.is_test);
        section(
            &mut text,
            "The most important files: what others import and use most",
            central.take(CENTRAL).map(central_told),
        );
        section(
            &mut text,
            "Dependencies between packages and folders",
            self.links_told(&places),
        );
        let mut tests = BTreeMap::new();
        for file in programs().filter(|file| file.is_test) {
            *tests.entry(folder_of(&file.program.path)).or_insert(0) += 1;
        }
        section(
            &mut text,
            "Tests: where they are",
            most_first(tests)
                .into_iter()
                .map(|(folder, files)| format!("`{folder}`: {}", counted(files, "file"))),
        );
        let external = self.external.iter();
        let external = external.map(|(name, files)| (name.as_str(), u64::from(*files)));
        section(
            &mut text,
            "Libraries: what comes from elsewhere",
            most_first(external.collect())
                .into_iter()
                .take(CENTRAL)
                .map(|(name, files)| {
                    format!("`{}`, needed by {}", short(name), counted(files, "file"))
                }),
        );
        Some(text)
    }

    fn packages_told(&self, readmes: &[Readme]) -> impl Iterator<Item = String> {
        let own: BTreeSet<_> = self
            .packages
            .iter()
            .map(|(_, package)| package.name.as_str())
            .collect();
        let mut packages: Vec<_> = self.packages.iter().collect();
        packages.sort_by_key(|(manifest, _)| manifest);
        packages.into_iter().map(move |(manifest, package)| {
            let Package {
                name,
                version,
                description,
                needs,
            } = package;
            let version = version.as_ref().map(|version| format!(" {version}"));
            let mut told = format!(
                "`{name}`{} (`{manifest}`)",
                version.as_deref().unwrap_or_default()
            );
            let folder = folder_of(manifest);
            let readme = readmes
                .iter()
                .find(|readme| folder != "." && folder_of(&readme.path) == folder);
            let says = description.as_ref().or(readme.map(|readme| &readme.says));
            if let Some(says) = says {
                _ = write!(told, ": {}", short(says));
            }
            let (here, away): (Vec<_>, Vec<_>) = needs
                .iter()
                .map(String::as_str)
                .partition(|need| own.contains(need));
            for (word, needs) in [("needs of this project", here), ("needs", away)] {
                if !needs.is_empty() {
                    _ = write!(told, "; {word}: {}", names(&needs, NEEDS));
                }
            }
            told
        })
    }

    fn links_told(&self, places: &Places<'_>) -> impl Iterator<Item = String> {
        let mut links: BTreeMap<_, u64> = BTreeMap::new();
        for edge in &self.edges {
            let place = |at: u32| places.of_file(&self.files[at as usize].program.path);
            let (from, to) = (place(edge.from), place(edge.to));
            if from != to {
                *links.entry((from, to)).or_default() += 1;
            }
        }
        most_first(links)
            .into_iter()
            .map(|((from, to), files)| format!("{from} needs {to} ({files} times)"))
    }
}

/// Where the packages are, the innermost first.
struct Places<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Places<'a> {
    fn of(packages: &'a [(String, Package)]) -> Self {
        let folders = packages
            .iter()
            .map(|(manifest, package)| (folder_of(manifest), package.name.as_str()));
        let mut folders: Vec<_> = folders.filter(|(folder, _)| *folder != ".").collect();
        folders.sort_by_key(|(folder, _)| (std::cmp::Reverse(folder.len()), *folder));
        Self(folders)
    }

    /// Names the package of a file, or the folders at the top where it is in none.
    fn of_file(&self, path: &str) -> String {
        let is_in = |folder: &str| {
            let rest = path.strip_prefix(folder);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        match self.0.iter().find(|(folder, _)| is_in(folder)) {
            Some((_, package)) => format!("the package `{package}`"),
            None => {
                let folders: Vec<_> = folder_of(path).split('/').take(2).collect();
                format!("the folder `{}`", folders.join("/"))
            }
        }
    }
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return;
    }
    _ = write!(text, "\n## {title}\n\n");
    for line in lines.by_ref().take(LISTED) {
        _ = writeln!(text, "- {line}");
    }
    let more = lines.count();
    if more > 0 {
        _ = writeln!(text, "- and {more} more");
    }
}

fn central_told(file: &File) -> String {
    let all = &file.program.outline.defines;
    // Where all is in namespaces, these are no more than folders.
    let has_namespaces = matches!(file.program.language.as_str(), "csharp" | "php");
    let is_namespace = |item: &Defined| has_namespaces && item.kind == SymbolKind::Module;
    let namespaces = all.iter().filter(|item| is_namespace(item));
    let namespaces: BTreeSet<_> = namespaces.map(|item| item.path.as_str()).collect();
    let outermost = all.iter().filter(|item| {
        let around = item.around();
        !is_namespace(item) && (around.is_empty() || namespaces.contains(around))
    });
    // A type and what it is given later are one name.
    let mut seen = BTreeSet::new();
    let defines = outermost.map(Defined::name);
    let defines: Vec<_> = defines.filter(|name| seen.insert(*name)).collect();
    let mut told = format!(
        "`{}`, needed by {}",
        file.program.path,
        counted(u64::from(file.used_by), "file")
    );
    if !defines.is_empty() {
        _ = write!(told, ", defines {}", names(&defines, NAMES));
    }
    told
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

fn names(names: &[&str], most: usize) -> String {
    let shown = names.iter().take(most);
    let shown: Vec<_> = shown.map(|name| format!("`{}`", short(name))).collect();
    let more = if names.len() > most {
        " and others"
    } else {
        ""
    };
    format!("{}{more}", shown.join(", "))
}

fn counted(count: u64, what: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {what}{end}")
}

/// Puts words of others on one line, and cuts them where they are too many.
fn short(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn most_first<T: Ord>(counts: BTreeMap<T, u64>) -> Vec<(T, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    // Equal ones stay as the map had them.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// Returns the first paragraph of a text in Markdown that is neither a heading nor made of badges,
/// links and markup.
#[must_use]
pub fn first_paragraph(text: &str) -> Option<String> {
    let mut paragraph = String::new();
    let mut is_code = false;
    for line in text.lines().map(str::trim) {
        let is_fence = line.starts_with("```") || line.starts_with("~~~");
        is_code ^= is_fence;
        let underlined = !line.is_empty() && line.chars().all(|c| "=-~^*".contains(c));
        let is_text = !is_code
            && !is_fence
            && !underlined
            && line.starts_with(|c: char| c.is_alphanumeric() || "`*_\"(".contains(c));
        match (is_text, paragraph.is_empty()) {
            (true, _) => {
                paragraph.push_str(line);
                paragraph.push(' ');
            }
            // What is underlined was a heading.
            (false, false) if underlined => paragraph.clear(),
            (false, false) => break,
            (false, true) => {}
        }
    }
    let paragraph = short(&paragraph);
    (!paragraph.is_empty()).then_some(paragraph)
}
