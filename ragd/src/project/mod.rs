//! What the programs of a collection have to do with each other: who imports whom, who uses what, where
//! they begin.
//!
//! Each program says of itself what is in its [`Outline`], which is made when it is read and kept with
//! its document; [`Project::of`] puts those of many together whenever somebody asks. Pure.

mod imports;
mod outline;
mod overview;
mod python;
mod rank;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::ids::DocumentId;

use self::imports::{Target, Tree};
pub use self::outline::{Defined, Outline, Package, Unpacker};
pub use self::overview::{Readme, first_paragraph};

/// A name that so many files define says nothing about which is meant.
const AMBIGUOUS: usize = 3;
/// What the use of a name counts beside an import.
const USE: f32 = 0.5;

/// A program with its outline.
#[derive(Clone, Debug)]
pub struct Program {
    pub document: DocumentId,
    /// Below its source.
    pub path: String,
    pub language: String,
    pub bytes: u64,
    pub outline: Outline,
}

/// Programs and what binds them.
#[derive(Debug, Default)]
pub struct Project {
    /// The most important first, manifests last.
    pub files: Vec<File>,
    /// By position in `files`.
    pub edges: Vec<Edge>,
    /// What is imported and is not here, with the number of files that do.
    pub external: BTreeMap<String, u32>,
    pub packages: Vec<(String, Package)>,
}

#[derive(Clone, Debug)]
pub struct File {
    pub program: Program,
    /// As a share of all.
    pub rank: f32,
    /// Files that import it or use what it defines.
    pub used_by: u32,
    pub is_test: bool,
}

impl File {
    /// A manifest alone is no program.
    #[must_use]
    pub fn is_program(&self) -> bool {
        self.program.outline.package.is_none()
    }
}

/// One file needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub from: u32,
    pub to: u32,
    pub imports: bool,
    /// Names of the other that it uses.
    pub uses: u32,
}

impl Project {
    /// Puts programs together.
    #[must_use]
    pub fn of(programs: Vec<Program>) -> Self {
        let tree = Tree::new(&programs);
        let defined = defined(&programs);
        let mut edges = Vec::new();
        let mut external = BTreeMap::new();
        for (from, program) in programs.iter().enumerate() {
            // By file: whether it is imported, and how many of its names are used.
            let mut needs: BTreeMap<usize, (bool, u32)> = BTreeMap::new();
            let mut outside = HashSet::new();
            for import in &program.outline.imports {
                for target in tree.targets(program, import) {
                    match target {
                        Target::File(to) => needs.entry(to).or_default().0 = true,
                        Target::External(name) => drop(outside.insert(name)),
                    }
                }
            }
            for name in program.outline.uses.lines() {
                let places = defined.get(name).map_or(&[][..], Vec::as_slice);
                // Names of one language mean little in another.
                let is_akin = |to: &&usize| are_akin(&programs[**to].language, &program.language);
                for to in places.iter().filter(is_akin) {
                    needs.entry(*to).or_default().1 += 1;
                }
            }
            needs.remove(&from);
            edges.extend(needs.into_iter().map(|(to, (imports, uses))| Edge {
                from: number(from),
                to: number(to),
                imports,
                uses,
            }));
            for name in outside {
                *external.entry(name).or_insert(0) += 1;
            }
        }
        ordered(programs, edges, external)
    }

    /// Returns the programs that others need, each with how far it stands out, from 1. Who looks for
    /// something wants what is used and not what tests it.
    pub fn standings(&self) -> impl Iterator<Item = (DocumentId, u8)> {
        let files = self.files.iter().filter(|file| !file.is_test);
        files.filter_map(|file| {
            let height = rank::height(file.rank, self.files.len())?;
            Some((file.program.document, height))
        })
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Gives each program its rank, and puts the highest first.
fn ordered(programs: Vec<Program>, edges: Vec<Edge>, external: BTreeMap<String, u32>) -> Project {
    let weigh = |edge: &Edge| {
        let weight = f32::from(u8::from(edge.imports)) + if edge.uses > 0 { USE } else { 0.0 };
        (edge.from as usize, edge.to as usize, weight)
    };
    let weighed: Vec<_> = edges.iter().map(weigh).collect();
    let ranks = rank::ranks(programs.len(), &weighed);
    let mut used_by = vec![0_u32; programs.len()];
    for edge in &edges {
        used_by[edge.to as usize] += 1;
    }
    let mut order: Vec<_> = (0..programs.len()).collect();
    let is_manifest = |at: usize| programs[at].outline.package.is_some();
    order.sort_by(|a, b| {
        let by_kind = is_manifest(*a).cmp(&is_manifest(*b));
        let by_rank = ranks[*b].total_cmp(&ranks[*a]);
        let by_path = || programs[*a].path.cmp(&programs[*b].path);
        by_kind.then(by_rank).then_with(by_path)
    });
    let mut place = vec![0_u32; programs.len()];
    for (at, old) in order.iter().enumerate() {
        place[*old] = number(at);
    }
    let mut edges: Vec<_> = edges
        .into_iter()
        .map(|edge| Edge {
            from: place[edge.from as usize],
            to: place[edge.to as usize],
            ..edge
        })
        .collect();
    edges.sort_unstable_by_key(|edge| (edge.from, edge.to));
    let packages = programs.iter().filter_map(|program| {
        let package = program.outline.package.clone()?;
        Some((program.path.clone(), package))
    });
    let packages = packages.collect();
    let mut programs: Vec<_> = programs.into_iter().map(Some).collect();
    let files = order.into_iter().filter_map(|at| {
        let program = programs[at].take()?;
        Some(File {
            rank: ranks[at],
            used_by: used_by[at],
            is_test: is_test(&program),
            program,
        })
    });
    Project {
        files: files.collect(),
        edges,
        external,
        packages,
    }
}

/// Returns which files define a name; those of too many are left out.
fn defined(programs: &[Program]) -> HashMap<&str, Vec<usize>> {
    let mut defined: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, program) in programs.iter().enumerate() {
        for item in &program.outline.defines {
            let places = defined.entry(item.name()).or_default();
            if places.last() != Some(&at) && places.len() <= AMBIGUOUS {
                places.push(at);
            }
        }
    }
    defined.retain(|name, places| name.len() > 3 && places.len() <= AMBIGUOUS);
    defined
}

fn are_akin(a: &str, b: &str) -> bool {
    let family = |language: &str| match language {
        "javascript" | "typescript" | "tsx" => 1,
        "c" | "cpp" => 2,
        "java" | "kotlin" | "scala" => 3,
        _ => 0,
    };
    a == b || (family(a) > 0 && family(a) == family(b))
}

/// Tells whether a program only tests others, by where it is and what it has.
fn is_test(program: &Program) -> bool {
    let path = program.path.to_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path.as_str()));
    let is_of_tests = |folder: &str| matches!(folder, "test" | "tests" | "spec" | "__tests__");
    let stem = name.split('.').next().unwrap_or(name);
    folders.split('/').any(is_of_tests)
        || stem.starts_with("test_")
        || ["_test", "_spec", "_tests"]
            .iter()
            .any(|end| stem.ends_with(end))
        || [".test.", ".spec."].iter().any(|part| name.contains(part))
        || stem == "tests"
        || (matches!(
            program.language.as_str(),
            "java" | "kotlin" | "csharp" | "scala" | "php" | "swift"
        ) && (stem.ends_with("test") || stem.ends_with("tests")))
}

#[cfg(test)]
mod tests;
