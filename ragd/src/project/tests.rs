use super::*;
use crate::index::SymbolKind;

fn program(path: &str, language: &str, imports: &[&str]) -> Program {
    Program {
        document: DocumentId(uuid::Uuid::from_u128(0)),
        path: path.to_owned(),
        language: language.to_owned(),
        bytes: 1,
        outline: Outline {
            imports: imports.iter().map(|import| (*import).to_owned()).collect(),
            ..Outline::default()
        },
    }
}

fn package(path: &str, name: &str) -> Program {
    let mut manifest = program(path, "toml", &[]);
    manifest.outline.package = Some(Package {
        name: name.to_owned(),
        version: None,
        description: None,
        needs: Vec::new(),
    });
    manifest
}

/// Shows what the first of some programs imports.
fn imports(programs: Vec<Program>) -> Vec<String> {
    let first = programs[0].path.clone();
    let project = Project::of(programs);
    let path = |at: u32| project.files[at as usize].program.path.clone();
    let own = project.edges.iter().filter(|edge| path(edge.from) == first);
    let mut found: Vec<_> = own.map(|edge| path(edge.to)).collect();
    found.sort();
    found.extend(project.external.keys().map(|name| format!("<{name}>")));
    found
}

fn check(language: &str, path: &str, import: &str, others: &[&str], expected: &[&str]) {
    let mut programs = vec![program(path, language, &[import])];
    programs.extend(others.iter().map(|other| program(other, language, &[])));
    assert_eq!(imports(programs), expected, "{import}");
}

#[test]
fn what_comes_with_python_is_no_file_of_that_name() {
    let others = ["app/json.py", "pkg/os.py", "app/own.py"];
    check(
        "python",
        "main.py",
        "import json, os.path",
        &others,
        &["<json>", "<os>"],
    );
    check(
        "python",
        "main.py",
        "from json import loads",
        &others,
        &["<json>"],
    );
    check(
        "python",
        "app/x.py",
        "from .json import loads",
        &others,
        &["app/json.py"],
    );
    check("python", "main.py", "import own", &others, &["app/own.py"]);
}

#[test]
fn rust_finds_modules_of_the_crate_and_of_others() {
    let others = [
        "src/lib.rs",
        "src/a/mod.rs",
        "src/a/b.rs",
        "src/a/c.rs",
        "src/d.rs",
    ];
    let check = |path, import, expected: &[&str]| {
        let others: Vec<_> = others.into_iter().filter(|other| *other != path).collect();
        check("rust", path, import, &others, expected);
    };
    check("src/lib.rs", "mod d;", &["src/d.rs"]);
    check("src/lib.rs", "pub mod a;", &["src/a/mod.rs"]);
    check(
        "src/d.rs",
        "use crate::a::{b::B, c, self};",
        &["src/a/b.rs", "src/a/c.rs", "src/a/mod.rs"],
    );
    check("src/a/b.rs", "use super::c::C;", &["src/a/c.rs"]);
    check(
        "src/a/b.rs",
        "pub(crate) use super::super::d as e;",
        &["src/d.rs"],
    );
    check("src/a/mod.rs", "use b::B;", &["src/a/b.rs"]);
    check("src/d.rs", "use std::fmt;", &[]);
    check(
        "src/d.rs",
        "use serde::{Serialize, de::Error};",
        &["<serde>"],
    );
    let mut programs = vec![program("app/src/main.rs", "rust", &["use my_lib::x::Y;"])];
    programs.push(package("lib/Cargo.toml", "my-lib"));
    programs.push(program("lib/src/x.rs", "rust", &[]));
    assert_eq!(imports(programs), ["lib/src/x.rs"]);
}

#[test]
fn every_language_finds_its_files() {
    check(
        "python",
        "p/a.py",
        "from .b import c",
        &["p/b.py", "b.py"],
        &["p/b.py"],
    );
    check(
        "python",
        "p/q/a.py",
        "from ..b import c",
        &["p/b/c.py"],
        &["p/b/c.py"],
    );
    check(
        "python",
        "a.py",
        "import p.b as x, os",
        &["src/p/b.py"],
        &["src/p/b.py", "<os>"],
    );
    check(
        "python",
        "a.py",
        "from p import (b, c)",
        &["p/__init__.py", "p/b.py"],
        &["p/__init__.py", "p/b.py"],
    );
    check(
        "typescript",
        "s/a.ts",
        "import { B } from './b'",
        &["s/b.ts", "b.ts"],
        &["s/b.ts"],
    );
    check(
        "typescript",
        "s/a.ts",
        "import B from '../c'",
        &["c/index.ts"],
        &["c/index.ts"],
    );
    check(
        "javascript",
        "a.js",
        "const b = require('@x/y/z')",
        &[],
        &["<@x/y>"],
    );
    check(
        "java",
        "src/a/A.java",
        "import a.b.C;",
        &["src/a/b/C.java"],
        &["src/a/b/C.java"],
    );
    check(
        "java",
        "src/a/A.java",
        "import static a.b.C.d;",
        &["src/a/b/C.java"],
        &["src/a/b/C.java"],
    );
    check(
        "java",
        "src/a/A.java",
        "import org.junit.Test;",
        &[],
        &["<org.junit>"],
    );
    check(
        "c",
        "x/a.c",
        "#include \"b.h\"",
        &["x/b.h", "y/b.h"],
        &["x/b.h"],
    );
    check(
        "c",
        "x/a.c",
        "#include <y/b.h>",
        &["include/y/b.h"],
        &["include/y/b.h"],
    );
    check("c", "x/a.c", "#include <stdio.h>", &[], &[]);
    check(
        "ruby",
        "l/a.rb",
        "require_relative '../b'",
        &["b.rb"],
        &["b.rb"],
    );
    check("ruby", "l/a.rb", "require 'json'", &[], &["<json>"]);
    check(
        "php",
        "src/A.php",
        "use App\\Models\\B;",
        &["src/Models/B.php"],
        &["src/Models/B.php"],
    );
    check(
        "shell",
        "bin/a.sh",
        "source \"${HERE}/lib.sh\"",
        &["bin/lib.sh"],
        &["bin/lib.sh"],
    );
    check(
        "lua",
        "a.lua",
        "local b = require(\"m.b\")",
        &["m/b.lua"],
        &["m/b.lua"],
    );
    check(
        "zig",
        "src/a.zig",
        "const b = @import(\"b.zig\");",
        &["src/b.zig"],
        &["src/b.zig"],
    );
    check(
        "swift",
        "S/A/a.swift",
        "import B",
        &["S/B/b.swift"],
        &["S/B/b.swift"],
    );
}

#[test]
fn go_finds_packages_of_its_module() {
    let mut programs = vec![program(
        "m/a.go",
        "go",
        &["\"example.org/m/q\"", "\"fmt\"", "x \"github.com/y/z/w\""],
    )];
    programs.push(package("m/go.mod", "example.org/m"));
    programs.push(program("m/q/q.go", "go", &[]));
    programs.push(program("m/q/q_test.go", "go", &[]));
    assert_eq!(imports(programs), ["m/q/q.go", "<github.com/y/z>"]);
}

#[test]
fn csharp_finds_namespaces() {
    let mut other = program("B.cs", "csharp", &[]);
    other.outline.defines.push(Defined {
        path: "Sea.Deep".to_owned(),
        kind: SymbolKind::Module,
        line: 1,
    });
    let programs = vec![
        program("A.cs", "csharp", &["using Sea.Deep;", "using System.Linq;"]),
        other,
    ];
    assert_eq!(imports(programs), ["B.cs"]);
}

#[test]
fn names_lead_to_where_they_are_defined_unless_many_define_them() {
    let define = |path: &str, name: &str| {
        let mut program = program(path, "go", &[]);
        program.outline.defines.push(Defined {
            path: name.to_owned(),
            kind: SymbolKind::Function,
            line: 1,
        });
        program
    };
    let mut first = program("a.go", "go", &[]);
    first.outline.uses = "SwimFar\nClose".to_owned();
    let mut programs = vec![first, define("b.go", "Walrus.SwimFar")];
    programs.extend((0..5).map(|at| define(&format!("c{at}.go"), "Close")));
    let project = Project::of(programs);
    assert_eq!(project.edges.len(), 1);
    assert_eq!(project.files[0].program.path, "b.go", "it is needed");
    assert_eq!((project.files[0].used_by, project.edges[0].uses), (1, 1));
}

#[test]
fn tests_are_told_from_programs() {
    let is = |path: &str, language: &str| is_test(&program(path, language, &[]));
    for (path, language) in [
        ("tests/a.rs", "rust"),
        ("src/x/tests.rs", "rust"),
        ("a_test.go", "go"),
        ("test_a.py", "python"),
        ("a.spec.ts", "typescript"),
        ("src/ATest.java", "java"),
    ] {
        assert!(is(path, language), "{path}");
    }
    for (path, language) in [("src/latest.rs", "rust"), ("contest.py", "python")] {
        assert!(!is(path, language), "{path}");
    }
}

#[test]
fn an_overview_tells_packages_what_is_central_and_who_needs_whom() {
    let mut main = program("crates/app/src/main.rs", "rust", &["use sea::walrus;"]);
    main.outline.starts = Some(7);
    let mut walrus = program("crates/sea/src/walrus.rs", "rust", &[]);
    let swim = Defined {
        path: "swim_far".to_owned(),
        kind: SymbolKind::Function,
        line: 1,
    };
    walrus.outline.defines.extend([swim.clone(), swim]);
    main.outline.uses.push_str("swim_far");
    let mut app = package("crates/app/Cargo.toml", "app");
    if let Some(package) = &mut app.outline.package {
        package.needs = vec!["sea".to_owned(), "serde".to_owned()];
    }
    let programs = vec![
        main,
        walrus,
        program("crates/sea/tests/swims.rs", "rust", &[]),
        app,
        package("crates/sea/Cargo.toml", "sea"),
    ];
    let readme = |path: &str, says: &str| Readme {
        path: path.to_owned(),
        says: says.to_owned(),
    };
    let readmes = [
        readme("README.md", "All about animals."),
        readme("crates/sea/README.md", "Those that swim."),
    ];
    let overview = Project::of(programs.clone())
        .overview("zoo", &readmes)
        .unwrap();
    for line in [
        "# How the project zoo is organised",
        "`README.md` says: All about animals.",
        "- `app` (`crates/app/Cargo.toml`); needs of this project: `sea`; needs: `serde`",
        "- `sea` (`crates/sea/Cargo.toml`): Those that swim.",
        "- `crates/app/src/main.rs`, line 7",
        "- `crates/sea/src/walrus.rs`, needed by 1 file, defines `swim_far`",
        "- the package `app` needs the package `sea` (1 times)",
        "- `crates/sea/tests`: 1 file",
    ] {
        assert!(overview.contains(line), "{line}\n{overview}");
    }
    // In whichever order they come.
    let backwards = programs.iter().rev().cloned().collect();
    let again = Project::of(backwards).overview("zoo", &readmes);
    assert_eq!(again.as_deref(), Some(overview.as_str()));
    assert_eq!(
        Project::of(programs[..1].to_vec()).overview("zoo", &[]),
        None
    );
}

#[test]
fn an_overview_names_what_is_in_namespaces() {
    let define = |path: &str, kind: SymbolKind| Defined {
        path: path.to_owned(),
        kind,
        line: 1,
    };
    let mut walrus = program("Walrus.cs", "csharp", &[]);
    walrus.outline.defines.extend([
        define("Sea.Deep", SymbolKind::Module),
        define("Sea.Deep.Walrus", SymbolKind::Class),
        define("Sea.Deep.Walrus.Swim", SymbolKind::Method),
    ]);
    let main = program("Main.cs", "csharp", &["using Sea.Deep;"]);
    let project = Project::of(vec![walrus, main, package("sea.csproj", "sea")]);
    let overview = project.overview("zoo", &[]).unwrap();
    let line = "- `Walrus.cs`, needed by 1 file, defines `Walrus`\n";
    assert!(overview.contains(line), "{overview}");
}

#[test]
fn an_overview_is_bounded() {
    let programs = (0..2_000).map(|at| {
        let name = format!("{}{at}", "long".repeat(100));
        let mut one = program(
            &format!("f{at}/{at}.py"),
            "python",
            &[&format!("import {name}")],
        );
        one.outline.starts = Some(1);
        one
    });
    let manifests = (0..500).map(|at| package(&format!("f{at}/Cargo.toml"), &"p".repeat(200)));
    let overview = Project::of(programs.chain(manifests).collect()).overview("zoo", &[]);
    let length = overview.unwrap().len();
    assert!((5_000..64 << 10).contains(&length), "{length}");
}

#[test]
fn a_first_paragraph_is_no_heading_and_no_badge() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(first_paragraph(text).as_deref(), expected, "{text}");
    };
    check(
        "# Sea\n\n[![ci](x.svg)](y)\n\nIt has\nwalruses.\n\nMore.\n",
        Some("It has walruses."),
    );
    check("Sea\n===\n\nWalruses.\n", Some("Walruses."));
    check("```\nmake\n```\n\n`sea` swims.\n", Some("`sea` swims."));
    check("# Sea\n", None);
}
