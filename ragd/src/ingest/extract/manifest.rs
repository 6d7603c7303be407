//! What the manifests of packages say: name, version, and what they depend on.

use std::path::Path;

use super::Limits;
use super::xml::{self, Next};
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
        "pom.xml" => maven(text),
        "settings.gradle" | "settings.gradle.kts" => gradle(text),
        "Package.swift" => swift(text),
        _ => match name.rsplit_once('.') {
            Some((_, "gemspec")) => gem(text),
            Some((stem, "csproj" | "fsproj" | "vbproj")) => dotnet(stem, text),
            _ => None,
        },
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

fn maven(text: &str) -> Option<Package> {
    let (mut name, mut version, mut description) = (None, None, None);
    let mut needs = Vec::new();
    each_text(text, |path, text| {
        let text = || text.to_owned();
        match path {
            ["project", "artifactId"] => name = Some(text()),
            ["project", "version"] => version = Some(text()),
            ["project", "description"] => description = Some(text()),
            ["project", "dependencies", "dependency", "artifactId"] => needs.push(text()),
            _ => {}
        }
    })?;
    Some(Package {
        name: name?,
        version,
        description,
        needs,
    })
}

/// Only here does a build by Gradle say its name; what it needs is said by programs in many ways.
fn gradle(text: &str) -> Option<Package> {
    let name = text.lines().find_map(|line| {
        let value = line.trim().strip_prefix("rootProject.name")?;
        quoted(value)
    })?;
    Some(Package {
        name,
        version: None,
        description: None,
        needs: Vec::new(),
    })
}

fn swift(text: &str) -> Option<Package> {
    let (_, said) = text.split_once("Package(")?;
    let (_, name) = said.split_once("name:")?;
    let others = said.match_indices(".package(").filter_map(|(at, word)| {
        let place = quoted(&said[at + word.len()..])?;
        let last = place.trim_end_matches('/').rsplit('/').next()?;
        Some(last.trim_end_matches(".git").to_owned())
    });
    Some(Package {
        name: quoted(name)?,
        version: None,
        description: None,
        needs: others.collect(),
    })
}

fn gem(text: &str) -> Option<Package> {
    let lines = || text.lines().map(str::trim);
    let value = |key: &str| {
        lines().find_map(|line| {
            let (_, value) = line.split_once(key)?;
            let value = value.trim_start().strip_prefix('=')?;
            // A constant is known to the program only.
            let value = value.trim_start();
            value.starts_with(['"', '\'']).then(|| quoted(value))?
        })
    };
    let needs = lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (_, need) = line.split_once(".add_")?;
            let (_, need) = need.split_once("dependency")?;
            quoted(need)
        });
    Some(Package {
        name: value(".name")?,
        version: value(".version"),
        description: value(".summary"),
        needs: needs.collect(),
    })
}

/// A project is called like its file, if it does not say otherwise.
fn dotnet(stem: &str, text: &str) -> Option<Package> {
    let (mut name, mut version, mut description) = (stem.to_owned(), None, None);
    let mut needs = Vec::new();
    let mut is_project = false;
    let limits = Limits::default();
    let mut inside = String::new();
    let read = xml::each("xml", text.as_bytes(), &limits, |next| match next {
        Next::Start(element) => {
            is_project |= element.name == "Project";
            if let "PackageReference" | "ProjectReference" = element.name.as_str() {
                // Another project is named by its file.
                needs.extend(element.get("Include").map(|other| {
                    let file = other.rsplit(['/', '\\']).next().unwrap_or(other);
                    let known = [".csproj", ".fsproj", ".vbproj"];
                    let stem = known.iter().find_map(|end| file.strip_suffix(end));
                    stem.unwrap_or(file).to_owned()
                }));
            }
            inside = element.name;
        }
        Next::Text(text) if !text.trim().is_empty() => match inside.as_str() {
            "AssemblyName" if !text.contains('$') => name = text.trim().to_owned(),
            "Version" => version = Some(text.trim().to_owned()),
            "Description" => description = Some(text.trim().to_owned()),
            _ => {}
        },
        Next::Text(_) => {}
        Next::End(_) => inside.clear(),
    });
    (read.is_ok() && is_project).then_some(Package {
        name,
        version,
        description,
        needs,
    })
}

/// Calls `take` for each text of a document, with the elements that it is in.
fn each_text(text: &str, mut take: impl FnMut(&[&str], &str)) -> Option<()> {
    let mut path: Vec<String> = Vec::new();
    let read = xml::each(
        "xml",
        text.as_bytes(),
        &Limits::default(),
        |next| match next {
            Next::Start(element) => path.push(element.name),
            Next::End(_) => drop(path.pop()),
            Next::Text(text) if !text.trim().is_empty() => {
                let path: Vec<_> = path.iter().map(String::as_str).collect();
                take(&path, text.trim());
            }
            Next::Text(_) => {}
        },
    );
    read.ok()
}

/// Returns the first text in quotes.
fn quoted(text: &str) -> Option<String> {
    let start = text.find(['"', '\''])?;
    let quote = text[start..].chars().next()?;
    let text = &text[start + 1..];
    Some(text[..text.find(quote)?].to_owned())
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
        check(
            "pom.xml",
            "<project><parent><artifactId>p</artifactId></parent><artifactId>a</artifactId>\
             <version>3</version><dependencies><dependency><groupId>g</groupId>\
             <artifactId>b</artifactId></dependency></dependencies></project>",
            ("a", Some("3"), &["b"]),
        );
        check(
            "settings.gradle.kts",
            "rootProject.name = \"a\"\ninclude(\":b\")\n",
            ("a", None, &[]),
        );
        check(
            "Package.swift",
            "import PackageDescription\nlet package = Package(\n  name: \"a\",\n  dependencies: [\n    \
             .package(url: \"https://github.com/apple/swift-nio.git\", from: \"2.0.0\"),\n    \
             .package(path: \"../b\"),\n  ]\n)\n",
            ("a", None, &["b", "swift-nio"]),
        );
        check(
            "a.gemspec",
            "Gem::Specification.new do |s|\n  s.name = 'a'\n  s.version = A::VERSION\n  \
             s.add_dependency \"b\", \"~> 1\"\n  # s.add_dependency \"d\"\n  \
             s.add_development_dependency('c')\nend\n",
            ("a", None, &["b", "c"]),
        );
        check(
            "Sea.App.csproj",
            "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><Version>2</Version></PropertyGroup>\
             <ItemGroup><PackageReference Include=\"Serilog\" Version=\"3\" />\
             <ProjectReference Include=\"..\\Core\\Sea.Core.csproj\" /></ItemGroup></Project>",
            ("Sea.App", Some("2"), &["Sea.Core", "Serilog"]),
        );
        for name in [
            "pom.xml",
            "settings.gradle",
            "Package.swift",
            "a.gemspec",
            "a.csproj",
        ] {
            assert_eq!(
                package(Path::new(name), "no manifest < \"at all"),
                None,
                "{name}"
            );
        }
        assert_eq!(package(Path::new("Cargo.toml"), "[workspace]\n"), None);
        assert_eq!(package(Path::new("package.json"), "{"), None);
        assert_eq!(
            package(Path::new("x.toml"), "[package]\nname = \"a\"\n"),
            None
        );
    }
}
