//! Folders that builds and package managers leave behind, and make again.

use std::path::Path;

/// A folder of that name is output if one of `beside` is in the same folder, or one of `within` in it;
/// whatever is around it, if there are none.
struct Output {
    name: &'static str,
    beside: &'static [&'static str],
    within: &'static [&'static str],
}

const fn always(name: &'static str) -> Output {
    beside(name, &[])
}

const fn beside(name: &'static str, beside: &'static [&'static str]) -> Output {
    Output {
        name,
        beside,
        within: &[],
    }
}

const OUTPUTS: &[Output] = &[
    always("node_modules"),
    always("bower_components"),
    always("jspm_packages"),
    always(".venv"),
    always("__pycache__"),
    always(".tox"),
    always(".nox"),
    always(".eggs"),
    always(".mypy_cache"),
    always(".pytest_cache"),
    always(".ruff_cache"),
    always(".gradle"),
    always(".terraform"),
    always(".next"),
    always(".nuxt"),
    always(".svelte-kit"),
    always(".turbo"),
    always(".parcel-cache"),
    always(".dart_tool"),
    always(".stack-work"),
    always(".zig-cache"),
    always("dist-newstyle"),
    always("elm-stuff"),
    beside("zig-cache", &["build.zig"]),
    beside("zig-out", &["build.zig"]),
    beside(
        "target",
        &["Cargo.toml", "pom.xml", "build.sbt", "project.clj"],
    ),
    Output {
        name: "build",
        beside: &[
            "build.gradle",
            "build.gradle.kts",
            "settings.gradle",
            "settings.gradle.kts",
            "pubspec.yaml",
        ],
        // Some repositories have their scripts for CMake in a folder of this name.
        within: &["CMakeCache.txt", "build.ninja", "bdist.linux-x86_64"],
    },
    beside("dist", &["package.json", "setup.py", "pyproject.toml"]),
    beside("_build", &["mix.exs", "dune-project", "rebar.config"]),
    beside("deps", &["mix.exs"]),
    Output {
        name: "obj",
        beside: &[],
        within: &["project.assets.json"],
    },
    Output {
        name: "coverage",
        beside: &[],
        within: &["lcov.info", "lcov-report", "coverage-final.json"],
    },
];

/// What says of the folder it is in that it can be thrown away, whatever that is called.
const WITHIN_ANY: [&str; 3] = ["CACHEDIR.TAG", "pyvenv.cfg", "CMakeCache.txt"];

/// Tells whether a folder is what a build leaves behind. `exists` knows what is there.
pub(in crate::ingest) fn is_output(folder: &Path, exists: &dyn Fn(&Path) -> bool) -> bool {
    let any = |folder: &Path, names: &[&str]| names.iter().any(|name| exists(&folder.join(name)));
    let by_name = OUTPUTS
        .iter()
        .find(|output| folder.file_name() == Some(output.name.as_ref()));
    let is_one = by_name.is_some_and(|output| {
        let Output {
            name: _,
            beside,
            within,
        } = output;
        let above = folder.parent().unwrap_or(folder);
        (beside.is_empty() && within.is_empty()) || any(above, beside) || any(folder, within)
    });
    is_one || any(folder, &WITHIN_ANY)
}
