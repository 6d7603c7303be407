//! Entries of `[[models]]`: what is wrong with one, and which one it is.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::read::line_of;
use super::{AUTO, BUILTIN, ConfigError, Model, NO_MODEL};

/// Finds the first entry that makes no sense. `table` is the file that `models` were read from.
pub(super) fn check_values(
    path: &Path,
    text: &str,
    table: &DeTable<'_>,
    models: &[Model],
) -> Result<(), ConfigError> {
    for (at, model) in models.iter().enumerate() {
        let Some((key, reason)) = wrong(model, &models[..at]) else {
            continue;
        };
        return Err(ConfigError::Model {
            path: path.to_owned(),
            line: line(table, text, at, key),
            entry: entry(at, model),
            key,
            reason,
        });
    }
    Ok(())
}

/// Returns the first key of a model that makes no sense beside those before it, and why.
fn wrong(model: &Model, before: &[Model]) -> Option<(&'static str, &'static str)> {
    let name = model.name.as_str();
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| model.url.strip_prefix(scheme));
    let rules = [
        ("name", name.is_empty(), "must be there"),
        (
            "name",
            [BUILTIN, AUTO, NO_MODEL].contains(&name),
            "must not be builtin, auto or none",
        ),
        (
            "name",
            before.iter().any(|other| other.name == name),
            "is that of an earlier model",
        ),
        (
            "url",
            rest.is_none_or(str::is_empty),
            "must begin with http:// or https://",
        ),
        ("batch", model.batch == 0, "must be at least 1"),
        ("requests", model.requests == 0, "must be at least 1"),
        (
            "context_tokens",
            model.context_tokens < 256,
            "must be at least 256",
        ),
        ("silence_ms", model.silence_ms < 100, "must be at least 100"),
    ];
    let broken = rules.into_iter().find(|(_, broken, _)| *broken);
    broken.map(|(key, _, reason)| (key, reason))
}

/// Returns how a person finds the entry: counted from 1, and by its name, if it has one.
fn entry(at: usize, model: &Model) -> String {
    match model.name.as_str() {
        "" => format!("model {}", at + 1),
        name => format!("model {} (`{name}`)", at + 1),
    }
}

/// Returns the line of a key of an entry; where the key is not there, that of the entry.
fn line(table: &DeTable<'_>, text: &str, at: usize, key: &str) -> usize {
    let of_models = table.iter().find(|(name, _)| name.get_ref() == "models");
    let Some(DeValue::Array(entries)) = of_models.map(|(_, value)| value.get_ref()) else {
        return 1;
    };
    let Some(entry) = entries.get(at) else {
        return 1;
    };
    let of_key = match entry.get_ref() {
        DeValue::Table(entry) => entry.iter().find(|(name, _)| name.get_ref() == key),
        _ => None,
    };
    let span = of_key.map_or_else(|| entry.span(), |(name, _)| name.span());
    line_of(text, span.start)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn errors_name_the_entry_and_its_line() {
        let check = |second: &str, expected: &str| {
            let first = "[[models]]\nname = \"near\"\nurl = \"http://127.0.0.1:1/v1\"\n";
            let text = format!("# Two of them.\n{first}\n[[models]]\n{second}");
            let found = match parse(Path::new("c.toml"), &text) {
                Ok(_) => "ok".to_owned(),
                Err(error) => error.to_string(),
            };
            assert_eq!(found, expected, "{text}");
        };
        let url = "url = \"https://far/v1\"\n";
        check(&format!("name = \"far\"\n{url}"), "ok");
        check(url, "c.toml, line 6: model 2: `models.name` must be there");
        check(
            &format!("{url}name = \"auto\"\n"),
            "c.toml, line 8: model 2 (`auto`): `models.name` must not be builtin, auto or none",
        );
        check(
            &format!("name = \"near\"\n{url}"),
            "c.toml, line 7: model 2 (`near`): `models.name` is that of an earlier model",
        );
        check(
            "name = \"far\"\n",
            "c.toml, line 6: model 2 (`far`): `models.url` must begin with http:// or https://",
        );
        for (key, least) in [
            ("batch", 1),
            ("requests", 1),
            ("context_tokens", 256),
            ("silence_ms", 100),
        ] {
            check(
                &format!("name = \"far\"\n{url}{key} = {}\n", least - 1),
                &format!(
                    "c.toml, line 9: model 2 (`far`): `models.{key}` must be at least {least}"
                ),
            );
        }
    }
}
