//! Which language a file is written in, by its name or by its first line.

use std::path::Path;

use super::extract::Kind;

/// Returns the language of a file and how it is cut.
///
/// The name decides; the first line (`#!`) only where the name says nothing.
pub(super) fn of(name: &Path, text: &str) -> Option<(&'static str, Kind)> {
    let language = by_name(name).or_else(|| by_shebang(text))?;
    Some((language, kind(language)))
}

fn kind(language: &str) -> Kind {
    match language {
        "markdown" => Kind::Markdown,
        "text" | "restructuredtext" | "asciidoc" | "org" | "latex" | "html" | "log" => Kind::Prose,
        _ => Kind::Code,
    }
}

fn by_name(name: &Path) -> Option<&'static str> {
    let file = name.file_name()?.to_str()?.to_ascii_lowercase();
    let by_file = FILES
        .iter()
        .find(|(files, _)| files.split(' ').any(|known| known == file));
    if let Some((_, language)) = by_file {
        return Some(language);
    }
    let (stem, extension) = file.rsplit_once('.')?;
    if stem.is_empty() {
        return None;
    }
    let fits = |known: &str| known == extension;
    EXTENSIONS
        .iter()
        .find(|(known, _)| known.split(' ').any(fits))
        .map(|(_, language)| *language)
}

/// Reads `#!/usr/bin/env -S python3.12 -u` as `python`.
fn by_shebang(text: &str) -> Option<&'static str> {
    let line = text.strip_prefix("#!")?.lines().next()?;
    // A binary or minified file may begin with one endless line.
    let line = line.get(..200).unwrap_or(line);
    let mut words = line
        .split_ascii_whitespace()
        .map(|word| word.rsplit('/').next().unwrap_or(word));
    let program =
        words.find(|word| *word != "env" && !word.starts_with('-') && !word.contains('='))?;
    let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let fits = |known: &str| known == program;
    PROGRAMS
        .iter()
        .find(|(known, _)| known.split(' ').any(fits))
        .map(|(_, language)| *language)
}

const FILES: &[(&str, &str)] = &[
    ("makefile gnumakefile kbuild", "make"),
    ("dockerfile containerfile", "dockerfile"),
    ("cmakelists.txt", "cmake"),
    ("jenkinsfile", "groovy"),
    ("rakefile gemfile vagrantfile podfile brewfile", "ruby"),
    (
        "build build.bazel workspace workspace.bazel module.bazel",
        "starlark",
    ),
    ("justfile", "just"),
    ("cargo.lock poetry.lock uv.lock pipfile", "toml"),
    ("go.mod go.sum", "gomod"),
    (
        ".bashrc .bash_profile .profile .zshrc pkgbuild configure",
        "shell",
    ),
    (".gitignore .ragignore .ignore .dockerignore", "ignore"),
    (".gitconfig .editorconfig .gitmodules", "ini"),
    (
        "readme license licence copying authors notice changelog changes todo news",
        "text",
    ),
    ("kconfig", "kconfig"),
];

const EXTENSIONS: &[(&str, &str)] = &[
    ("md markdown mdown mkd mdx qmd rmd", "markdown"),
    ("txt text", "text"),
    ("rst rest", "restructuredtext"),
    ("adoc asciidoc", "asciidoc"),
    ("org", "org"),
    ("tex sty cls bib", "latex"),
    ("html htm xhtml", "html"),
    ("log", "log"),
    ("rs", "rust"),
    ("py pyi pyw", "python"),
    ("js mjs cjs jsx", "javascript"),
    ("ts mts cts", "typescript"),
    ("tsx", "tsx"),
    ("go", "go"),
    ("java", "java"),
    ("kt kts", "kotlin"),
    ("scala sc sbt", "scala"),
    ("c h", "c"),
    ("cpp cc cxx c++ hpp hh hxx inl ipp", "cpp"),
    ("cs csx", "csharp"),
    ("fs fsi fsx", "fsharp"),
    ("vb", "visual-basic"),
    ("swift", "swift"),
    ("m mm", "objective-c"),
    ("rb rake gemspec", "ruby"),
    ("php phtml", "php"),
    ("pl pm t", "perl"),
    ("lua", "lua"),
    ("r", "r"),
    ("jl", "julia"),
    ("ex exs", "elixir"),
    ("erl hrl", "erlang"),
    ("hs lhs", "haskell"),
    ("ml mli", "ocaml"),
    ("elm", "elm"),
    ("clj cljs cljc edn", "clojure"),
    ("lisp lsp cl", "common-lisp"),
    ("el", "emacs-lisp"),
    ("scm ss rkt", "scheme"),
    ("zig zon", "zig"),
    ("nim nims", "nim"),
    ("d", "d"),
    ("dart", "dart"),
    ("cr", "crystal"),
    ("v", "verilog"),
    ("sv svh", "systemverilog"),
    ("vhd vhdl", "vhdl"),
    ("f f90 f95 f03 for", "fortran"),
    ("pas pp", "pascal"),
    ("ada adb ads", "ada"),
    ("cob cbl", "cobol"),
    ("asm s", "assembly"),
    ("cu cuh", "cuda"),
    ("glsl vert frag hlsl wgsl", "shader"),
    ("sol", "solidity"),
    ("groovy gradle", "groovy"),
    ("sh bash zsh ksh", "shell"),
    ("fish", "fish"),
    ("ps1 psm1 psd1", "powershell"),
    ("bat cmd", "batch"),
    ("sql ddl", "sql"),
    ("graphql gql", "graphql"),
    ("proto", "protobuf"),
    ("thrift", "thrift"),
    ("json jsonc json5 jsonl ndjson geojson", "json"),
    ("ipynb", "notebook"),
    ("yaml yml", "yaml"),
    ("toml", "toml"),
    ("ini cfg conf properties env", "ini"),
    ("xml xsd xsl xslt svg plist rss", "xml"),
    ("csv tsv", "csv"),
    ("css", "css"),
    ("scss sass less", "scss"),
    ("vue", "vue"),
    ("svelte", "svelte"),
    ("tf tfvars hcl", "hcl"),
    ("nix", "nix"),
    ("bzl star", "starlark"),
    ("cmake", "cmake"),
    ("mk mak", "make"),
    ("dockerfile", "dockerfile"),
    ("ninja", "ninja"),
    ("vim", "vimscript"),
    ("awk", "awk"),
    ("tcl", "tcl"),
    ("diff patch", "diff"),
    ("dts dtsi", "devicetree"),
    ("rego", "rego"),
    ("j2 jinja jinja2 tmpl", "template"),
    ("service socket timer", "systemd"),
];

const PROGRAMS: &[(&str, &str)] = &[
    ("sh bash zsh dash ksh ash", "shell"),
    ("python pypy", "python"),
    ("node nodejs deno bun", "javascript"),
    ("ts-node tsx", "typescript"),
    ("perl", "perl"),
    ("ruby", "ruby"),
    ("php", "php"),
    ("lua luajit", "lua"),
    ("awk gawk mawk", "awk"),
    ("fish", "fish"),
    ("make", "make"),
    ("tclsh wish", "tcl"),
    ("Rscript", "r"),
    ("pwsh", "powershell"),
    ("nix-shell", "nix"),
    ("just", "just"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_first_lines_tell_the_language() {
        let check = |name: &str, text: &str, expected: Option<&str>| {
            let language = of(Path::new(name), text).map(|(language, _)| language);
            assert_eq!(language, expected, "{name} {text}");
        };
        check("src/main.rs", "", Some("rust"));
        check("A.PY", "", Some("python"));
        check("x/Makefile", "", Some("make"));
        check("CMakeLists.txt", "", Some("cmake"));
        check("README", "", Some("text"));
        check(".rs", "", None);
        check("a.unknown", "", None);
        check("tool", "#!/bin/sh\n", Some("shell"));
        check(
            "tool",
            "#!/usr/bin/env -S LANG=C python3.12 -u\n",
            Some("python"),
        );
        check("tool", "#!", None);
        check("a.rs", "#!/bin/sh\n", Some("rust"));
        check("tool", &format!("#!{}é", "/".repeat(199)), None);
    }

    #[test]
    fn no_name_stands_for_two_languages() {
        for table in [FILES, EXTENSIONS, PROGRAMS] {
            let mut names: Vec<_> = table
                .iter()
                .flat_map(|(names, _)| names.split(' '))
                .collect();
            names.sort_unstable();
            let before = names.len();
            names.dedup();
            assert_eq!(names.len(), before);
        }
    }
}
