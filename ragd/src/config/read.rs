//! Reading the file, and errors that name the line and the nearest key.

use std::path::{Path, PathBuf};

use toml::de::{DeArray, DeTable, DeValue};

use super::keys::{GIT_HOST_KEYS, KEYS, MODEL_KEYS};
use super::{AUTO, BUILTIN, Config, MAX_KEPT_VERSIONS, NO_MODEL, files, git, models};

/// A configuration that cannot be used. Nothing of it is taken over.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named explicitly is not there, or may not be read.
    #[error("cannot read the configuration {path}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// Not TOML, or a value of another type than its key wants.
    #[error("{path}, line {line}: {reason}")]
    Invalid {
        path: PathBuf,
        line: usize,
        reason: String,
    },
    /// A key that means nothing.
    #[error("{path}, line {line}: unknown key `{key}`{}", did_you_mean(nearest))]
    UnknownKey {
        path: PathBuf,
        line: usize,
        key: String,
        nearest: Option<String>,
    },
    /// A value that is of the right type and makes no sense.
    #[error("{path}: `{key}` {reason}")]
    Senseless {
        path: PathBuf,
        key: &'static str,
        reason: &'static str,
    },
    /// The same in an entry of `[[models]]`, of which there may be many.
    #[error("{path}, line {line}: {entry}: `models.{key}` {reason}")]
    Model {
        path: PathBuf,
        line: usize,
        entry: String,
        key: &'static str,
        reason: &'static str,
    },
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |key| format!("; did you mean `{key}`?"))
}

/// Reads `path`. A file that is not there is an empty one, unless it was named by `explicit`.
pub fn read(path: &Path, explicit: bool) -> Result<Config, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let mut config = parse(path, &text)?;
            files::resolve(&mut config, path);
            Ok(config)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !explicit => {
            Ok(Config::default())
        }
        Err(source) => Err(ConfigError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Parses `text`; `path` is for the errors.
pub fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let invalid = |error: &toml::de::Error| ConfigError::Invalid {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        reason: error.message().to_owned(),
    };
    let table = DeTable::parse(text).map_err(|error| invalid(&error))?;
    check_keys(path, text, "", table.get_ref())?;
    let config: Config = toml::from_str(text).map_err(|error| invalid(&error))?;
    check_values(path, &config)?;
    models::check_values(path, text, table.get_ref(), &config.models)?;
    git::check_values(path, text, table.get_ref(), &config.git_hosts)?;
    Ok(config)
}

fn check_keys(
    path: &Path,
    text: &str,
    prefix: &str,
    table: &DeTable<'_>,
) -> Result<(), ConfigError> {
    for (name, value) in table {
        let key = format!("{prefix}{}", name.get_ref());
        let below = format!("{key}.");
        let is_table = KEYS.iter().any(|(known, _)| known.starts_with(&below));
        match value.get_ref() {
            DeValue::Table(inner) if is_table => check_keys(path, text, &below, inner)?,
            DeValue::Array(entries) if key == "models" => {
                check_entries(path, text, &below, (entries, MODEL_KEYS))?;
            }
            DeValue::Array(entries) if key == "git_hosts" => {
                check_entries(path, text, &below, (entries, GIT_HOST_KEYS))?;
            }
            _ if is_table || KEYS.iter().any(|(known, _)| *known == key) => {}
            _ => {
                return Err(ConfigError::UnknownKey {
                    path: path.to_owned(),
                    line: line_of(text, name.span().start),
                    nearest: nearest(&key),
                    key,
                });
            }
        }
    }
    Ok(())
}

/// Finds the first key of an entry of a list that means nothing: `known` are those that do.
fn check_entries(
    path: &Path,
    text: &str,
    prefix: &str,
    (entries, known): (&DeArray<'_>, &[(&str, &str)]),
) -> Result<(), ConfigError> {
    // Anything else is of a wrong type, which the next step tells.
    let tables = entries.iter().filter_map(|entry| match entry.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    });
    for name in tables.flat_map(|table| table.keys()) {
        let key = name.get_ref().as_ref();
        if known.iter().all(|(known, _)| *known != key) {
            let near = known
                .iter()
                .map(|(known, _)| (distance(key, known), *known))
                .min();
            return Err(ConfigError::UnknownKey {
                path: path.to_owned(),
                line: line_of(text, name.span().start),
                key: format!("{prefix}{key}"),
                nearest: near
                    .filter(|(distance, _)| *distance <= 2)
                    .map(|(_, known)| format!("{prefix}{known}")),
            });
        }
    }
    Ok(())
}

fn check_values(path: &Path, config: &Config) -> Result<(), ConfigError> {
    let often = |ms: u64| ms < 10;
    // Anything else without a `=` would be taken for the name of a module, and silence the rest.
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |part: &str| match part.trim().rsplit_once('=') {
        Some((_, level)) => levels.contains(&level),
        None => levels.contains(&part.trim()),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ['-', '_'].contains(&c);
    let is_language = |name: &str| {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        !name.is_empty() && name.chars().all(is_letter)
    };
    let is_server = |url: &str| {
        let rest = ["http://", "https://"]
            .iter()
            .find_map(|scheme| url.strip_prefix(scheme));
        url.is_empty() || rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('@'))
    };
    let is_model = |name: &str| config.models.iter().any(|model| model.name == name);
    let (embed, answer) = (config.embed.model.as_str(), config.answer.model.as_str());
    let extract = &config.extract;
    let rules: [(&'static str, bool, &'static str); 34] = [
        (
            "extract.memory_bytes",
            extract.memory_bytes < 128 << 20,
            "must be at least 134217728: the program itself needs some",
        ),
        (
            "extract.cpu_s",
            extract.cpu_s == 0 || extract.wall_s == 0,
            "must be at least 1, and so must `extract.wall_s`",
        ),
        (
            "ocr.languages",
            !config.ocr.languages.split('+').all(is_language),
            "must be names such as eng or deu+eng",
        ),
        (
            "ocr.pages",
            config.ocr.pages == 0 || config.ocr.page_s == 0,
            "must be at least 1, and so must `ocr.page_s`",
        ),
        (
            "embed.model",
            embed != BUILTIN && !is_model(embed),
            "must be builtin or a name from [[models]]",
        ),
        (
            "answer.model",
            ![AUTO, NO_MODEL].contains(&answer) && !is_model(answer),
            "must be auto, none or a name from [[models]]",
        ),
        (
            "answer.passages",
            !(1..=50).contains(&config.answer.passages),
            "must be between 1 and 50",
        ),
        (
            "log.level",
            !config.log.level.split(',').all(is_level),
            "must be off, error, warn, info, debug or trace, or MODULE=LEVEL, with commas between",
        ),
        (
            "socket",
            !config.socket.as_os_str().is_empty() && config.socket.is_relative(),
            "must be absolute",
        ),
        (
            "queue.max_attempts",
            config.queue.max_attempts == 0,
            "must be at least 1",
        ),
        (
            "queue.max_stalls",
            config.queue.max_stalls == 0,
            "must be at least 1",
        ),
        (
            "queue.lease_ms",
            config.queue.lease_ms < 100,
            "must be at least 100",
        ),
        (
            "queue.retry_max_ms",
            config.queue.retry_max_ms < config.queue.retry_min_ms,
            "must not be below `queue.retry_min_ms`",
        ),
        (
            "queue.prefix",
            config.queue.prefix.is_empty() || !config.queue.prefix.chars().all(is_plain),
            "must be letters, digits, - or _",
        ),
        (
            "queue.url",
            !config.queue.url.is_empty()
                && (config.index.url.is_empty() || config.blobs.url.is_empty()),
            "needs `index.url` and `blobs.url`: workers elsewhere read and write there",
        ),
        (
            "ingest.part_files",
            config.ingest.part_files == 0,
            "must be at least 1",
        ),
        (
            "ingest.chunk_tokens",
            config.ingest.chunk_tokens < 16,
            "must be at least 16",
        ),
        (
            "ingest.overlap_tokens",
            config.ingest.overlap_tokens * 2 > config.ingest.chunk_tokens,
            "must be at most half of `ingest.chunk_tokens`",
        ),
        (
            "limits.requests_in_flight",
            config.limits.requests_in_flight == 0,
            "must be at least 1",
        ),
        (
            "disk.min_free_percent",
            config.disk.min_free_percent > 100,
            "must be at most 100",
        ),
        (
            "index.url",
            !is_server(&config.index.url),
            "must be empty, or begin with http:// or https://, and name no user: keys come from files",
        ),
        (
            "index.timeout_ms",
            config.index.timeout_ms < 100,
            "must be at least 100",
        ),
        (
            "index.writer_bytes",
            !(30_000_000..4_000_000_000).contains(&config.index.writer_bytes),
            "must be between 30000000 and 4000000000",
        ),
        (
            "index.open_writers",
            config.index.open_writers == 0,
            "must be at least 1",
        ),
        (
            "limits.heartbeat_ms",
            often(config.limits.heartbeat_ms),
            "must be at least 10",
        ),
        (
            "disk.check_ms",
            often(config.disk.check_ms),
            "must be at least 10",
        ),
        (
            "sweep.interval_ms",
            often(config.sweep.interval_ms),
            "must be at least 10",
        ),
        (
            "history.versions",
            config.history.versions > MAX_KEPT_VERSIONS,
            "must be at most 100",
        ),
        (
            "limits.connections",
            config.limits.connections == 0 || config.limits.connections_per_user == 0,
            "must be at least 1, and so must `limits.connections_per_user`",
        ),
        (
            "queue.max_queued",
            config.queue.max_queued == 0 || config.queue.max_queued_per_user == 0,
            "must be at least 1, and so must `queue.max_queued_per_user`",
        ),
        (
            "workers.local",
            config.workers.local > 1_024,
            "must be at most 1024",
        ),
        (
            "ingest.memory_bytes",
            config.ingest.memory_bytes < 1 << 20,
            "must be at least 1048576",
        ),
        (
            "git.repository_bytes",
            config.git.repository_bytes < 1 << 20 || config.git.wall_s == 0,
            "must be at least 1048576, and `git.wall_s` at least 1",
        ),
        (
            "watch.poll_ms",
            config.watch.poll_ms < 100,
            "must be at least 100",
        ),
    ];
    let broken = rules.into_iter().find(|(_, broken, _)| *broken);
    let broken = broken.map(|(key, _, reason)| (key, reason));
    let broken = broken.or_else(|| config.blobs.wrong());
    let broken = broken.or_else(|| config.secrets.wrong());
    let broken = broken.or_else(|| config.web.wrong());
    match broken.or_else(|| config.runtimes.wrong()) {
        Some((key, reason)) => Err(ConfigError::Senseless {
            path: path.to_owned(),
            key,
            reason,
        }),
        None => Ok(()),
    }
}

pub(super) fn line_of(text: &str, byte: usize) -> usize {
    1 + text.as_bytes()[..byte.min(text.len())]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
}

/// Returns the known key closest to `key`, if one is close at all.
fn nearest(key: &str) -> Option<String> {
    let (_, name) = key.rsplit_once('.').unwrap_or(("", key));
    let tables = KEYS
        .iter()
        .filter_map(|(known, _)| Some(known.split_once('.')?.0));
    let candidates = KEYS
        .iter()
        .map(|(known, _)| *known)
        .chain(tables)
        .map(|known| {
            let (_, known_name) = known.rsplit_once('.').unwrap_or(("", known));
            (
                distance(key, known).min(distance(name, known_name) + 1),
                known,
            )
        });
    let (distance, known) = candidates.min()?;
    (distance <= 2 + name.len() / 4).then(|| known.to_owned())
}

/// Returns the number of letters to insert, delete or replace between two words.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let change = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = match parse(Path::new("c.toml"), text) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn errors_name_line_and_nearest_key() {
        check("", "ok");
        check("[workers]\nlocal = 0\n", "ok");
        check("[log]\nformat = \"json\"\n", "ok");
        check(
            "[workers]\n\nlocl = 3\n",
            "c.toml, line 3: unknown key `workers.locl`; did you mean `workers.local`?",
        );
        check(
            "[worker]\nlocal = 3\n",
            "c.toml, line 1: unknown key `worker`; did you mean `workers`?",
        );
        check("[frobnicate]\n", "c.toml, line 1: unknown key `frobnicate`");
        check(
            "# c\n[queue]\nlease_ms = \"soon\"\n",
            "c.toml, line 3: invalid type: string \"soon\", expected u64",
        );
        check(
            "[queue]\nmax_attempts = 0\n",
            "c.toml: `queue.max_attempts` must be at least 1",
        );
        check(
            "[secrets]\nallow = [\"hunter2\"]\n",
            "c.toml: `secrets.allow` must be marks as `ragctl secrets` tells them: eight digits",
        );
        check(
            "[secrets]\nallow_paths = [\"{a\"]\n",
            "c.toml: `secrets.allow_paths` must be globs as in .gitignore",
        );
        check(
            "[secrets]\nallow = [\"0a1b2c3d\"]\nallow_paths = [\"/a/\"]\n",
            "ok",
        );
        check(
            "log = 3\n",
            "c.toml, line 1: invalid type: integer `3`, expected struct Log",
        );
    }

    #[test]
    fn a_file_that_was_not_named_may_be_missing() {
        assert_eq!(
            read(Path::new("/nonexistent/c.toml"), false).unwrap(),
            Config::default()
        );
        assert!(read(Path::new("/nonexistent/c.toml"), true).is_err());
    }
}
