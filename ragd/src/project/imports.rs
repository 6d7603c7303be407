//! Which file an import means, by the habits of each language. Nothing is run and nothing is built: where
//! the habits leave a choice, the nearest file is taken.

use std::collections::HashMap;

use super::Program;
use super::python::is_of_python;

/// Names in one `use` of Rust.
const NAMES: usize = 64;

/// What an import means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// By position.
    File(usize),
    /// A package that is not here.
    External(String),
}

/// The programs by their paths.
pub(super) struct Tree<'a> {
    programs: &'a [Program],
    by_path: HashMap<&'a str, usize>,
    by_name: HashMap<&'a str, Vec<usize>>,
    by_folder: HashMap<&'a str, Vec<usize>>,
    /// Modules and namespaces by their names.
    by_module: HashMap<&'a str, Vec<usize>>,
    /// Folder of the manifest and name of each package, as programs write it.
    packages: Vec<(&'a str, String)>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(programs: &'a [Program]) -> Self {
        let mut tree = Self {
            programs,
            by_path: HashMap::new(),
            by_name: HashMap::new(),
            by_folder: HashMap::new(),
            by_module: HashMap::new(),
            packages: Vec::new(),
        };
        for (at, program) in programs.iter().enumerate() {
            let (folder, name) = split(&program.path);
            tree.by_path.insert(&program.path, at);
            tree.by_name.entry(name).or_default().push(at);
            tree.by_folder.entry(folder).or_default().push(at);
            if program.language == "csharp" {
                for item in &program.outline.defines {
                    if item.kind == crate::index::SymbolKind::Module {
                        tree.by_module.entry(&item.path).or_default().push(at);
                    }
                }
            }
            if let Some(package) = &program.outline.package {
                tree.packages.push((folder, package.name.clone()));
            }
        }
        tree
    }

    /// Returns what an import of a program means; nothing, if that is part of its language.
    pub(super) fn targets(&self, program: &Program, import: &str) -> Vec<Target> {
        let from = &program.path;
        match program.language.as_str() {
            "rust" => self.rust(from, import),
            "python" => self.python(from, import),
            "javascript" | "typescript" | "tsx" => self.script(from, import),
            "go" => self.go(import),
            "java" | "kotlin" | "scala" => self.java(from, import),
            "c" | "cpp" => self.c(from, import),
            "csharp" => self.csharp(import),
            "ruby" => self.ruby(from, import),
            "php" => self.php(from, import),
            "shell" => self.shell(from, import),
            "lua" => self.lua(from, import),
            "zig" => self.zig(from, import),
            "swift" => self.swift(import),
            _ => Vec::new(),
        }
    }

    fn rust(&self, from: &str, import: &str) -> Vec<Target> {
        let (folder, name) = split(from);
        let stem = name.strip_suffix(".rs").unwrap_or(name);
        let own = match stem {
            "mod" | "lib" | "main" => folder.to_owned(),
            stem => join(folder, stem),
        };
        if let Some(module) = after_word(import, "mod") {
            let module = module.trim_end_matches(';').trim();
            return self.first_of([
                format!("{}.rs", join(&own, module)),
                join(&join(&own, module), "mod.rs"),
            ]);
        }
        let Some(path) = after_word(import, "use") else {
            return Vec::new();
        };
        let mut targets = Vec::new();
        for path in unfold(path.trim_end_matches(';')) {
            let path = path.split(" as ").next().unwrap_or(&path);
            let mut parts = path
                .split("::")
                .map(str::trim)
                .filter(|part| !part.is_empty());
            let Some(first) = parts.next() else { continue };
            let rest: Vec<_> = parts.collect();
            let base = match first {
                "std" | "core" | "alloc" => continue,
                "crate" => crate_root(from),
                "self" => own.clone(),
                "super" => split(&own).0.to_owned(),
                name => match self.package(name) {
                    Some(folder) => join(folder, "src"),
                    // A module below is named without more ado, too.
                    None if self.has_module(&own, name) => own.clone(),
                    None => {
                        targets.push(Target::External(name.to_owned()));
                        continue;
                    }
                },
            };
            let supers = rest.iter().take_while(|part| **part == "super").count();
            let base = (0..supers).fold(base, |base, _| split(&base).0.to_owned());
            let named: Vec<_> = match first {
                "crate" | "self" | "super" => rest[supers..].to_vec(),
                name if self.package(name).is_some() => rest,
                name => [&[name], &rest[..]].concat(),
            };
            targets.extend(self.module(&base, &named).map(Target::File));
        }
        targets
    }

    /// Returns the file of the longest beginning of a path of modules below a folder.
    fn module(&self, base: &str, names: &[&str]) -> Option<usize> {
        (0..=names.len()).rev().find_map(|many| {
            let path = names[..many]
                .iter()
                .fold(base.to_owned(), |path, name| join(&path, name));
            let ends = match many {
                0 => [
                    join(&path, "mod.rs"),
                    join(&path, "lib.rs"),
                    format!("{path}.rs"),
                ],
                _ => [
                    format!("{path}.rs"),
                    join(&path, "mod.rs"),
                    join(&path, "lib.rs"),
                ],
            };
            ends.iter()
                .find_map(|path| self.by_path.get(path.as_str()).copied())
        })
    }

    fn has_module(&self, base: &str, name: &str) -> bool {
        let path = join(base, name);
        let mut ends = [format!("{path}.rs"), join(&path, "mod.rs")].into_iter();
        ends.any(|path| self.by_path.contains_key(path.as_str()))
    }

    /// Returns the folder of a package, as a program names it.
    fn package(&self, name: &str) -> Option<&'a str> {
        let mut packages = self.packages.iter();
        let found = packages.find(|(_, own)| own == name || own.replace('-', "_") == name);
        found.map(|(folder, _)| *folder)
    }

    fn python(&self, from: &str, import: &str) -> Vec<Target> {
        let folder = split(from).0;
        let mut names = Vec::new();
        if let Some(rest) = after_word(import, "from") {
            let (module, what) = rest.split_once(" import ").unwrap_or((rest, ""));
            let what = what.trim_matches(|c: char| c == '(' || c == ')' || c.is_whitespace());
            for name in what.split(',') {
                let name = name.split_whitespace().next().unwrap_or_default();
                names.push((module.trim().to_owned(), name.to_owned()));
            }
        } else if let Some(rest) = after_word(import, "import") {
            for name in rest.split(',') {
                let name = name.split_whitespace().next().unwrap_or_default();
                names.push((name.to_owned(), String::new()));
            }
        }
        let mut targets = Vec::new();
        for (module, name) in names {
            let dots = module.bytes().take_while(|byte| *byte == b'.').count();
            let path = module[dots..].replace('.', "/");
            let both = match (path.is_empty(), name.is_empty()) {
                (true, _) => name.clone(),
                (false, true) => path.clone(),
                (false, false) => join(&path, &name),
            };
            let ends = [
                format!("{both}.py"),
                join(&both, "__init__.py"),
                format!("{path}.py"),
                join(&path, "__init__.py"),
            ];
            let found = match dots {
                // Not a file of that name in some other folder.
                0 if is_of_python(&module) => None,
                0 => ends.iter().find_map(|end| self.nearest(from, end)),
                dots => {
                    let base =
                        (1..dots).fold(folder.to_owned(), |base, _| split(&base).0.to_owned());
                    let mut ends = ends.iter();
                    ends.find_map(|end| self.by_path.get(join(&base, end).as_str()).copied())
                }
            };
            match found {
                Some(file) => targets.push(Target::File(file)),
                None if dots == 0 => {
                    let first = module.split('.').next().unwrap_or_default();
                    targets.push(Target::External(first.to_owned()));
                }
                None => {}
            }
        }
        targets
    }

    fn script(&self, from: &str, import: &str) -> Vec<Target> {
        let Some(name) = quoted(import) else {
            return Vec::new();
        };
        let ends = |path: &str| {
            let bare = path.strip_suffix(".js").unwrap_or(path);
            let mut all = vec![path.to_owned()];
            for end in ["ts", "tsx", "js", "jsx", "mjs", "cjs", "d.ts"] {
                all.push(format!("{bare}.{end}"));
                all.push(join(path, &format!("index.{end}")));
            }
            all
        };
        if name.starts_with('.') {
            return self.first_of(ends(&resolve(split(from).0, name)));
        }
        if let Some(own) = name.strip_prefix("@/").or_else(|| name.strip_prefix("~/")) {
            let found = ends(own).iter().find_map(|end| self.nearest(from, end));
            return found.map(Target::File).into_iter().collect();
        }
        let parts = if name.starts_with('@') { 2 } else { 1 };
        let package = name.split('/').take(parts).collect::<Vec<_>>().join("/");
        match self.package(&package) {
            Some(folder) => {
                let rest = name[package.len()..].trim_start_matches('/');
                let base = join(folder, rest);
                let within = ends(&base).into_iter().chain(ends(&join(folder, "src")));
                self.first_of(within)
            }
            None if name.starts_with("node:") => Vec::new(),
            None => vec![Target::External(package)],
        }
    }

    fn go(&self, import: &str) -> Vec<Target> {
        let Some(name) = quoted(import) else {
            return Vec::new();
        };
        let mut packages = self.packages.iter();
        let own = packages.find_map(|(folder, module)| {
            let rest = name.strip_prefix(module.as_str())?;
            (rest.is_empty() || rest.starts_with('/'))
                .then(|| join(folder, rest.trim_start_matches('/')))
        });
        if let Some(folder) = own {
            let files = self.by_folder.get(folder.as_str()).into_iter().flatten();
            let files = files.filter(|at| {
                let program = &self.programs[**at];
                program.language == "go" && !program.path.ends_with("_test.go")
            });
            return files.map(|at| Target::File(*at)).collect();
        }
        // What has no dot comes with the language.
        match name.split('/').next() {
            Some(host) if host.contains('.') => {
                let package = name.split('/').take(3).collect::<Vec<_>>().join("/");
                vec![Target::External(package)]
            }
            _ => Vec::new(),
        }
    }

    fn java(&self, from: &str, import: &str) -> Vec<Target> {
        let Some(name) = after_word(import, "import") else {
            return Vec::new();
        };
        let name = name
            .trim_start_matches("static ")
            .trim_end_matches([';', '*', '_', '.']);
        let name = name.split([' ', '{']).next().unwrap_or_default();
        let parts: Vec<_> = name.split('.').filter(|part| !part.is_empty()).collect();
        for many in (1..=parts.len()).rev() {
            let path = parts[..many].join("/");
            for end in ["java", "kt", "scala"] {
                if let Some(file) = self.nearest(from, &format!("{path}.{end}")) {
                    return vec![Target::File(file)];
                }
            }
        }
        match parts.as_slice() {
            [] | ["java" | "javax" | "kotlin" | "scala", ..] => Vec::new(),
            [one] => vec![Target::External((*one).to_owned())],
            [one, two, ..] => vec![Target::External(format!("{one}.{two}"))],
        }
    }

    fn c(&self, from: &str, import: &str) -> Vec<Target> {
        let own = quoted(import);
        let name = own.or_else(|| import.split('<').nth(1)?.split('>').next());
        let Some(name) = name else { return Vec::new() };
        let beside = resolve(split(from).0, name);
        let found = self.by_path.get(beside.as_str()).copied();
        let found = found
            .filter(|_| own.is_some())
            .or_else(|| self.nearest(from, name));
        found.map(Target::File).into_iter().collect()
    }

    fn csharp(&self, import: &str) -> Vec<Target> {
        let Some(name) = after_word(import, "using") else {
            return Vec::new();
        };
        let name = name
            .trim_start_matches("static ")
            .trim_end_matches(';')
            .trim();
        let name = name.rsplit("= ").next().unwrap_or(name);
        match self.by_module.get(name) {
            Some(files) => files.iter().map(|at| Target::File(*at)).collect(),
            None => {
                let first = name.split('.').next().unwrap_or_default();
                match first {
                    "" | "System" => Vec::new(),
                    first => vec![Target::External(first.to_owned())],
                }
            }
        }
    }

    fn ruby(&self, from: &str, import: &str) -> Vec<Target> {
        let Some(name) = quoted(import) else {
            return Vec::new();
        };
        let file = format!("{}.rb", name.trim_end_matches(".rb"));
        if import.starts_with("require_relative") {
            return self.first_of([resolve(split(from).0, &file)]);
        }
        match self.nearest(from, &file) {
            Some(found) => vec![Target::File(found)],
            None => {
                let first = name.split('/').next().unwrap_or_default();
                vec![Target::External(first.to_owned())]
            }
        }
    }

    fn php(&self, from: &str, import: &str) -> Vec<Target> {
        if let Some(name) = quoted(import) {
            let name = name.trim_start_matches('/');
            let beside = resolve(split(from).0, name);
            let found = self.by_path.get(beside.as_str()).copied();
            let found = found.or_else(|| self.nearest(from, name));
            return found.map(Target::File).into_iter().collect();
        }
        let Some(name) = after_word(import, "use") else {
            return Vec::new();
        };
        let name = name
            .trim_start_matches("function ")
            .split(" as ")
            .next()
            .unwrap_or_default();
        let name = name.trim_end_matches(';').trim_start_matches('\\');
        let parts: Vec<_> = name.split('\\').collect();
        for first in 0..parts.len() {
            let path = format!("{}.php", parts[first..].join("/"));
            if let Some(file) = self.nearest(from, &path) {
                return vec![Target::File(file)];
            }
        }
        vec![Target::External(parts[0].to_owned())]
    }

    fn shell(&self, from: &str, import: &str) -> Vec<Target> {
        let name = import.split_whitespace().nth(1).unwrap_or_default();
        let name = name.trim_matches(['"', '\'']);
        // What stands before is known when it runs only.
        let name = name.rsplit("}/").next().unwrap_or(name);
        let name = name
            .rsplit(")/")
            .next()
            .unwrap_or(name)
            .trim_start_matches("./");
        let found = self.nearest(from, name);
        found.map(Target::File).into_iter().collect()
    }

    fn lua(&self, from: &str, import: &str) -> Vec<Target> {
        let Some(name) = quoted(import) else {
            return Vec::new();
        };
        let path = name.replace('.', "/");
        let ends = [format!("{path}.lua"), join(&path, "init.lua")];
        match ends.iter().find_map(|end| self.nearest(from, end)) {
            Some(found) => vec![Target::File(found)],
            None => vec![Target::External(
                name.split('.').next().unwrap_or(name).to_owned(),
            )],
        }
    }

    fn zig(&self, from: &str, import: &str) -> Vec<Target> {
        match quoted(import) {
            Some(name) if name.ends_with(".zig") => self.first_of([resolve(split(from).0, name)]),
            Some("std" | "builtin") | None => Vec::new(),
            Some(name) => vec![Target::External(name.to_owned())],
        }
    }

    fn swift(&self, import: &str) -> Vec<Target> {
        let Some(name) = after_word(import, "import") else {
            return Vec::new();
        };
        let name = name.split([' ', '.']).next().unwrap_or_default();
        let mut folders = self.by_folder.iter();
        let own = folders.find(|(folder, _)| split(folder).1 == name);
        match own {
            Some((_, files)) => files.iter().map(|at| Target::File(*at)).collect(),
            None => vec![Target::External(name.to_owned())],
        }
    }

    fn first_of(&self, paths: impl IntoIterator<Item = String>) -> Vec<Target> {
        let mut paths = paths.into_iter();
        let found = paths.find_map(|path| self.by_path.get(path.as_str()).copied());
        found.map(Target::File).into_iter().collect()
    }

    /// Returns the file whose path ends so, and of several the one that has most folders in common.
    fn nearest(&self, from: &str, end: &str) -> Option<usize> {
        let end = resolve("", end);
        if let Some(exact) = self.by_path.get(end.as_str()) {
            return Some(*exact);
        }
        let common = |path: &str| {
            let both = path.split('/').zip(from.split('/'));
            both.take_while(|(a, b)| a == b).count()
        };
        let files = self.by_name.get(split(&end).1)?.iter().copied();
        let fits = files.filter(|at| {
            let path = &self.programs[*at].path;
            let before = path.strip_suffix(end.as_str());
            before.is_some_and(|before| before.ends_with('/'))
        });
        // Of those equally near the first, whatever the order was.
        fits.max_by_key(|at| {
            let path = &self.programs[*at].path;
            (
                common(path),
                std::cmp::Reverse(path.len()),
                std::cmp::Reverse(path),
            )
        })
    }
}

/// Parts a path into its folder and its name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn join(folder: &str, name: &str) -> String {
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (false, true) => folder.to_owned(),
        (false, false) => format!("{folder}/{name}"),
    }
}

/// Returns the path that a relative one means in a folder.
fn resolve(folder: &str, relative: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Returns what follows a word, wherever it stands: `pub(crate) use` is a `use`, too.
fn after_word<'a>(import: &'a str, word: &str) -> Option<&'a str> {
    let mut rest = import;
    while let Some(at) = rest.find(word) {
        let is_word = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let after = &rest[at + word.len()..];
        if is_word(rest[..at].chars().next_back()) && is_word(after.chars().next()) {
            return Some(after.trim());
        }
        rest = after;
    }
    None
}

/// Returns the last text in quotes.
fn quoted(import: &str) -> Option<&str> {
    let end = import.rfind(['"', '\'', '`'])?;
    let quote = import[end..].chars().next()?;
    let begin = import[..end].rfind(quote)?;
    Some(&import[begin + 1..end]).filter(|name| !name.is_empty())
}

/// Returns the folder of the sources of the crate that a file belongs to.
fn crate_root(path: &str) -> String {
    let parts: Vec<_> = path.split('/').collect();
    match parts.iter().rposition(|part| *part == "src") {
        Some(at) => parts[..=at].join("/"),
        None => split(path).0.to_owned(),
    }
}

/// Lists what a `use` of Rust names: `a::{b, c::{d, e}}` names three.
fn unfold(path: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = vec![String::new()];
    let mut current = String::new();
    for c in path.chars() {
        match c {
            '{' => open.push(format!(
                "{}{}",
                open.last().map_or("", String::as_str),
                current.trim()
            )),
            ',' | '}' => {
                if !current.trim().is_empty() && all.len() < NAMES {
                    let before = open.last().map_or("", String::as_str);
                    all.push(format!("{before}{}", current.trim()));
                }
                if c == '}' && open.len() > 1 {
                    open.pop();
                }
            }
            c => {
                current.push(c);
                continue;
            }
        }
        current.clear();
    }
    if !current.trim().is_empty() {
        all.push(current.trim().to_owned());
    }
    all
}
