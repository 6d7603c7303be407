//! What the manifests of packages say: name, version, and what they depend on.

use std::path::Path;

use crate::project::Package;

/// Packages that one depends on; more are made by a program.
const NEEDS: usize = 500;
/// Characters of a name.
const LONGEST: usize = 200;
/// The same of what a package is for.
const DESCRIPTION: usize = 300;

/// Reads a manifest, if the file is one by its name.
pub(super) fn package(name: &Path, text: &str) -> Option<Package> {
    let name = name.file_name()?.to_str()?;
    let package = match name {
        "Cargo.toml" => cargo(text),
        "pyproject.toml" => python(text),
        "package.json" | "composer.json" => json(text),
        "go.mod" => go(text),
        _ => None,
    }?;
    let Package {
        name,
        version,
        description,
        mut needs,
    } = package;
    let is_sane = |text: &String| {
        !text.is_empty() && text.len() <= LONGEST && !text.contains(char::is_control)
    };
    needs.retain(is_sane);
    needs.sort();
    needs.dedup();
    needs.truncate(NEEDS);
    let version = version.filter(is_sane);
    let description = description.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let description = description.filter(|text| !text.is_empty());
    is_sane(&name).then_some(Package {
        name,
        version,
        description: description.map(|text| text.chars().take(DESCRIPTION).collect()),
        needs,
    })
}

fn cargo(text: &str) -> Option<Package> {
    let table: toml::Table = text.parse().ok()?;
    let package = table.get("package")?.as_table()?;
    let string = |key: &str| Some(package.get(key)?.as_str()?.to_owned());
    let lists = ["dependencies", "dev-dependencies", "build-dependencies"];
    let lists = lists
        .into_iter()
        .filter_map(|list| table.get(list)?.as_table());
    Some(Package {
        name: string("name")?,
        version: string("version"),
        description: string("description"),
        needs: lists.flat_map(|list| list.keys().cloned()).collect(),
    })
}

fn python(text: &str) -> Option<Package> {
    let table: toml::Table = text.parse().ok()?;
    let poetry = || table.get("tool")?.as_table()?.get("poetry")?.as_table();
    let project = table.get("project").and_then(|project| project.as_table());
    let project = project.or_else(poetry)?;
    let string = |key: &str| Some(project.get(key)?.as_str()?.to_owned());
    let needs = match project.get("dependencies") {
        Some(toml::Value::Array(list)) => {
            let said = list.iter().filter_map(toml::Value::as_str);
            said.map(|said| {
                let end = said.find(|c: char| !c.is_alphanumeric() && !"-_.".contains(c));
                said[..end.unwrap_or(said.len())].to_owned()
            })
            .collect()
        }
        Some(toml::Value::Table(list)) => list.keys().cloned().collect(),
        _ => Vec::new(),
    };
    Some(Package {
        name: string("name")?,
        version: string("version"),
        description: string("description"),
        needs,
    })
}

fn json(text: &str) -> Option<Package> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let string = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
    let lists = [
        "dependencies",
        "devDependencies",
        "peerDependencies",
        "require",
        "require-dev",
    ];
    let lists = lists
        .into_iter()
        .filter_map(|list| value.get(list)?.as_object());
    Some(Package {
        name: string("name")?,
        version: string("version"),
        description: string("description"),
        needs: lists.flat_map(|list| list.keys().cloned()).collect(),
    })
}

fn go(text: &str) -> Option<Package> {
    let mut lines = text.lines().map(str::trim);
    let name = lines.find_map(|line| line.strip_prefix("module "))?;
    let needs = lines.filter_map(|line| {
        let line = line.strip_prefix("require ").unwrap_or(line);
        let (name, version) = line.split_once(' ')?;
        (name.contains('.') && version.starts_with('v')).then(|| name.to_owned())
    });
    Some(Package {
        name: name.trim_matches('"').to_owned(),
        version: None,
        description: None,
        needs: needs.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str, expected: (&str, Option<&str>, &[&str])) {
        let package = package(Path::new(name), text).unwrap();
        let needs: Vec<_> = package.needs.iter().map(String::as_str).collect();
        let found = (
            package.name.as_str(),
            package.version.as_deref(),
            needs.as_slice(),
        );
        assert_eq!(found, expected);
    }

    #[test]
    fn manifests_name_packages_and_what_they_need() {
        check(
            "a/Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"1.0\"\n[dependencies]\nb = \"1\"\n[dev-dependencies]\nc = { path = \"c\" }\n",
            ("a", Some("1.0"), &["b", "c"]),
        );
        check(
            "pyproject.toml",
            "[project]\nname = \"a\"\ndependencies = [\"b>=1\", \"c[x] ; python_version < '3'\"]\n",
            ("a", None, &["b", "c"]),
        );
        check(
            "package.json",
            r#"{"name": "@a/b", "version": "2", "devDependencies": {"c": "^1"}}"#,
            ("@a/b", Some("2"), &["c"]),
        );
        check(
            "go.mod",
            "module example.org/a\n\ngo 1.22\n\nrequire (\n\tgithub.com/b/c v1.2.3\n)\n",
            ("example.org/a", None, &["github.com/b/c"]),
        );
        assert_eq!(package(Path::new("Cargo.toml"), "[workspace]\n"), None);
        assert_eq!(package(Path::new("package.json"), "{"), None);
        assert_eq!(
            package(Path::new("x.toml"), "[package]\nname = \"a\"\n"),
            None
        );
    }
}
