use super::*;
use crate::index::SymbolKind;

fn program(path: &str, language: &str, imports: &[&str]) -> Program {
    Program {
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
    first.outline.uses = vec!["SwimFar".to_owned(), "Close".to_owned()];
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
