//! What a walk leaves out as no person made it, and whose word counts for more.

use std::path::Path;

use super::rules::{Globs, Levels};
use super::{Rule, Walker};
use crate::ingest::made::{self, Said};

impl Walker<'_> {
    /// Returns what speaks against a thing that a program made, unless somebody asks for it.
    pub(super) fn made(
        &self,
        globs: &Globs,
        levels: &Levels,
        (root, path): (&Path, &Path),
        is_dir: bool,
    ) -> Option<Rule> {
        if is_dir {
            let below = path.strip_prefix(root).unwrap_or(path);
            let is_asked = !self.rules.ignore_files || globs.name_one_of(below);
            let is_left = !is_asked && made::is_output(path, self.exists);
            return is_left.then_some(Rule::BuildOutput);
        }
        let is_asked = || globs.has_include() || levels.said(path).generated == Some(false);
        let is_left = made::is_minified_by_name(path) && !is_asked();
        is_left.then_some(Rule::Minified)
    }
}

/// Returns what is said of a root that is a file. What cannot be read says nothing.
pub(super) fn said_of_root(path: &Path) -> Said {
    let levels = Levels::above(path, false);
    levels.map_or_else(|_| Said::default(), |levels| levels.said(path))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::AtomicBool;

    use super::super::tests::{Tree, rules};
    use super::super::{Found, Rules, walk};

    const PROJECT: [&str; 16] = [
        "Cargo.toml",
        "docs/target/aim.md",
        "env/pyvenv.cfg",
        "env/lib/a.py",
        "src/a.rs",
        "src/dist/b.rs",
        "target/CACHEDIR.TAG",
        "target/debug/c.rs",
        "vendor/d.go",
        "web/a.min.js",
        "web/a.js.map",
        "web/app.js",
        "web/dist/app.js",
        "web/node_modules/x/dist/i.js",
        "web/node_modules/x/package.json",
        "web/package.json",
    ];

    #[test]
    fn what_a_build_leaves_behind_is_one_entry_each() {
        let seen = Tree::new(&PROJECT).walk("", &rules());
        let expected = [
            "Cargo.toml",
            "docs/target/aim.md",
            "env/: build-output",
            "src/a.rs",
            "src/dist/b.rs",
            "target/: build-output",
            "vendor/d.go",
            "web/a.js.map: minified",
            "web/a.min.js: minified",
            "web/app.js",
            "web/dist/: build-output",
            "web/node_modules/: build-output",
            "web/package.json",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn whoever_asks_for_it_gets_it() {
        let tree = Tree::new(&PROJECT);
        let including = |globs: &[&str]| {
            let include = globs.iter().map(|glob| (*glob).to_owned()).collect();
            let seen = tree.walk("web", &Rules { include, ..rules() });
            let taken = seen.into_iter().filter(|line| !line.contains(": "));
            taken.collect::<Vec<_>>()
        };
        let of_dist = ["web/dist/app.js", "web/node_modules/x/dist/i.js"];
        assert_eq!(including(&["dist/*.js"]), of_dist[..1]);
        // All below it, and what would be output within it.
        let of_modules = [
            "web/node_modules/x/dist/i.js",
            "web/node_modules/x/package.json",
        ];
        assert_eq!(including(&["node_modules"]), of_modules);
        assert_eq!(including(&["*.js.map"]), ["web/a.js.map"]);
        // A glob that fits everything does not mean them.
        assert_eq!(including(&["*.js"]), ["web/a.min.js", "web/app.js"]);
        let all = Rules {
            ignore_files: false,
            ..rules()
        };
        let seen = tree.walk("web", &all);
        assert!(seen.contains(&"web/dist/app.js".to_owned()), "{seen:?}");
        assert!(
            seen.contains(&"web/a.min.js: minified".to_owned()),
            "{seen:?}"
        );
        // A root is what somebody asks for, and so is what an ignore file wants.
        assert_eq!(tree.walk("web/dist", &rules()), ["web/dist/app.js"]);
        assert_eq!(tree.walk("web/a.min.js", &rules()), ["web/a.min.js"]);
        fs::write(tree.at("web/.ragignore"), "!/dist/\n!a.min.js\n").unwrap();
        let seen = tree.walk("web", &rules());
        assert!(seen.contains(&"web/dist/app.js".to_owned()), "{seen:?}");
        assert!(seen.contains(&"web/a.min.js".to_owned()), "{seen:?}");
    }

    /// Returns what is said of each file that is taken.
    fn said(tree: &Tree, below: &str, rules: &Rules) -> Vec<String> {
        let mut lines = Vec::new();
        walk(
            &[tree.at(below)],
            rules,
            &AtomicBool::new(false),
            &mut |found| {
                if let Found::File { relative, said, .. } = found {
                    lines.push(format!("{}: {}", relative.display(), said.text()));
                }
            },
        )
        .unwrap();
        lines
    }

    #[test]
    fn the_nearest_attributes_say_who_made_a_file() {
        let tree = Tree::new(&[
            ".gitattributes=*.rs linguist-generated\n*.min.js -linguist-generated\n",
            "a.rs",
            "b.min.js",
            "repo/.git/HEAD",
            "repo/.gitattributes=*.rs linguist-vendored\n/in/c.rs linguist-documentation\n",
            "repo/b.rs",
            "repo/in/.gitattributes=c.rs -linguist-vendored\n",
            "repo/in/c.rs",
            "repo/in/d.rs",
        ]);
        let expected = [
            "a.rs: linguist-generated",
            "b.min.js: -linguist-generated",
            // What is said above its repository is said of another one.
            "repo/b.rs: linguist-vendored",
            "repo/in/c.rs: -linguist-vendored linguist-documentation",
            "repo/in/d.rs: linguist-vendored",
        ];
        assert_eq!(said(&tree, "", &rules()), expected);
        // Attributes hide nothing, so they count also without ignore files,
        let all = Rules {
            ignore_files: false,
            ..rules()
        };
        assert_eq!(said(&tree, "", &all), expected);
        // and below a root that is within a repository, or a file of it.
        let expected = [
            "c.rs: -linguist-vendored linguist-documentation",
            "d.rs: linguist-vendored",
        ];
        assert_eq!(said(&tree, "repo/in", &rules()), expected);
        assert_eq!(said(&tree, "repo/in/d.rs", &rules()), expected[1..]);
    }
}
