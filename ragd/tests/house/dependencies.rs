//! What we build on: licences, sources and versions. The lists are those of `deny.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use toml::Table;

use crate::{report, root, rust};

const MEMBERS: [&str; 3] = ["protocol", "ragd", "ragtui"];

#[test]
fn every_licence_is_allowed() {
    let rules = deny();
    let allowed = texts(&rules["licenses"]["allow"]);
    let mut findings = Vec::new();
    for package in packages() {
        let name = text(&package["name"]);
        let licence = package["license"].as_str().unwrap_or("none");
        let mut allowed = allowed.clone();
        for exception in tables(&rules["licenses"]["exceptions"]) {
            if exception["crate"].as_str() == Some(name) {
                allowed.extend(texts(&exception["allow"]));
            }
        }
        if !fits(licence, &allowed) {
            findings.push(format!("{name} {}: {licence}", text(&package["version"])));
        }
    }
    report("a licence is not in the list of deny.toml", &findings);
}

#[test]
fn every_crate_comes_from_crates_io_or_is_ours() {
    let rules = deny();
    let registries = texts(&rules["sources"]["allow-registry"]);
    let mut findings = Vec::new();
    for package in packages() {
        let name = text(&package["name"]);
        let fine = match package["source"].as_str() {
            None => MEMBERS.contains(&name),
            Some(source) => source
                .strip_prefix("registry+")
                .is_some_and(|url| registries.contains(url)),
        };
        if !fine {
            findings.push(format!("{name}: {}", package["source"]));
        }
    }
    report(
        "a crate comes from a place that deny.toml does not list",
        &findings,
    );
}

#[test]
fn no_new_crate_is_here_twice() {
    let rules = deny();
    let known: BTreeSet<_> = tables(&rules["bans"]["skip"])
        .map(|skip| skip["crate"].as_str().expect("a name").to_owned())
        .collect();
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages() {
        let version = text(&package["version"]).to_owned();
        versions
            .entry(text(&package["name"]).to_owned())
            .or_default()
            .push(version);
    }
    let findings: Vec<_> = versions
        .iter()
        .filter(|(name, versions)| versions.len() > 1 && !known.contains(*name))
        .map(|(name, versions)| format!("{name} {}", versions.join(" and ")))
        .collect();
    report(
        "two versions of a crate are built; where that cannot be helped, list it in deny.toml",
        &findings,
    );
}

#[test]
fn versions_stand_in_the_workspace_only() {
    let mut findings = Vec::new();
    for member in MEMBERS {
        let manifest = manifest(member);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(section) = manifest.get(section).and_then(|section| section.as_table()) else {
                continue;
            };
            for (name, entry) in section {
                if entry.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    findings.push(format!("{member}/Cargo.toml: {name}"));
                }
            }
        }
        if !manifest["lints"]["workspace"].as_bool().unwrap_or_default() {
            findings.push(format!("{member}/Cargo.toml: lints"));
        }
    }
    report("write `name.workspace = true`", &findings);
}

#[test]
fn every_dependency_is_used() {
    // Until the daemon is put together, its parts wait for each other.
    if !root().join("ragd/src/daemon.rs").exists() {
        eprintln!("skipped: there is no ragd/src/daemon.rs yet");
        return;
    }
    let mut findings = Vec::new();
    for member in MEMBERS {
        let folder = root().join(member);
        let used = |folder: &Path, name: &str| {
            rust::files(folder).iter().any(|file| {
                let source = fs::read_to_string(file).expect("a source is text");
                source
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .any(|word| word == name)
            })
        };
        let manifest = manifest(member);
        for name in manifest["dependencies"].as_table().expect("a table").keys() {
            if !used(&folder.join("src"), &name.replace('-', "_")) {
                findings.push(format!("{member}/Cargo.toml: {name}"));
            }
        }
        for name in manifest["dev-dependencies"]
            .as_table()
            .expect("a table")
            .keys()
        {
            if !used(&folder, &name.replace('-', "_")) {
                findings.push(format!("{member}/Cargo.toml: {name} (dev)"));
            }
        }
    }
    report("a dependency is not used", &findings);
}

/// The exception from the advisory holds only while the pin and the one file do.
#[test]
fn bincode_is_pinned_and_named_in_one_file() {
    let workspace = read_toml(&root().join("Cargo.toml"));
    let version = workspace["workspace"]["dependencies"]["bincode"]["version"].as_str();
    assert_eq!(version, Some("=2.0.1"));
    let rules = deny();
    assert!(
        tables(&rules["advisories"]["ignore"])
            .any(|entry| entry["id"].as_str() == Some("RUSTSEC-2025-0141")),
        "deny.toml explains the exception"
    );
    let mut findings = Vec::new();
    for file in MEMBERS
        .iter()
        .flat_map(|member| rust::files(&root().join(member).join("src")))
    {
        let code = rust::code_only(&fs::read_to_string(&file).expect("a source is text"));
        if code.contains("bincode") && !file.ends_with("protocol/src/codec.rs") {
            findings.push(file.display().to_string());
        }
    }
    report("only protocol/src/codec.rs names bincode", &findings);
}

/// Returns the packages that are built on this machine, with all features as in released packages.
fn packages() -> Vec<Value> {
    let version = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs")
        .stdout;
    let version = String::from_utf8(version).expect("rustc prints text");
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("a host");
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--locked",
            "--all-features",
            "--format-version",
            "1",
            "--filter-platform",
            host,
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata failed: {error}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a list").clone();
    assert!(packages.len() > 50, "only {} packages", packages.len());
    packages
}

fn deny() -> Table {
    read_toml(&root().join("deny.toml"))
}

fn manifest(member: &str) -> Table {
    read_toml(&root().join(member).join("Cargo.toml"))
}

fn read_toml(path: &Path) -> Table {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    text.parse()
        .unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn texts(value: &toml::Value) -> BTreeSet<String> {
    let list = value.as_array().expect("a list");
    list.iter()
        .map(|item| item.as_str().expect("a text").to_owned())
        .collect()
}

fn tables(value: &toml::Value) -> impl Iterator<Item = &Table> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| item.as_table().expect("a table"))
}

/// Tells whether the allowed licences suffice for an SPDX expression. `/` is an old form of `OR`.
fn fits(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let fits = any(&mut rest, allowed);
    // What we cannot read is not allowed.
    fits == Some(true) && rest.is_empty()
}

fn any(words: &mut &[&str], allowed: &BTreeSet<String>) -> Option<bool> {
    let mut fits = all(words, allowed)?;
    while take(words, "OR") {
        fits |= all(words, allowed)?;
    }
    Some(fits)
}

fn all(words: &mut &[&str], allowed: &BTreeSet<String>) -> Option<bool> {
    let mut fits = one(words, allowed)?;
    while take(words, "AND") {
        fits &= one(words, allowed)?;
    }
    Some(fits)
}

fn one(words: &mut &[&str], allowed: &BTreeSet<String>) -> Option<bool> {
    if take(words, "(") {
        let fits = any(words, allowed)?;
        return take(words, ")").then_some(fits);
    }
    let (licence, rest) = words.split_first()?;
    *words = rest;
    if take(words, "WITH") {
        let (exception, rest) = words.split_first()?;
        *words = rest;
        return Some(allowed.contains(&format!("{licence} WITH {exception}")));
    }
    Some(allowed.contains(*licence))
}

fn take(words: &mut &[&str], word: &str) -> bool {
    let found = words.first() == Some(&word);
    if found {
        *words = &words[1..];
    }
    found
}

#[test]
fn licence_expressions_are_understood() {
    let allowed: BTreeSet<_> = ["MIT", "Apache-2.0", "Unicode-3.0"]
        .map(str::to_owned)
        .into();
    for fine in [
        "MIT",
        "GPL-3.0 OR MIT",
        "(MIT OR GPL-3.0) AND Unicode-3.0",
        "MIT/MPL-2.0",
    ] {
        assert!(fits(fine, &allowed), "{fine}");
    }
    for wrong in [
        "none",
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "MIT OR",
        "(MIT",
        "MIT MIT",
        "Apache-2.0 WITH LLVM-exception",
        "(MIT OR GPL-3.0) AND MPL-2.0",
    ] {
        assert!(!fits(wrong, &allowed), "{wrong}");
    }
}
