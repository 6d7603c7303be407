//! Secrets in commands of a shell: `mysql -p…`, `--password …`, `PGPASSWORD=… psql`.

use std::ops::Range;

use super::assigned::{PEEK, end_of_string};
use super::find::Hit;
use super::value::{Asked, is_secret};

/// So much of a command is looked at.
const COMMAND: usize = 400;

/// Commands with a flag that says a password; with `true`, the password may stand right behind it.
const COMMANDS: &[(&str, &str, bool)] = &[
    ("mysql", "-p", true),
    ("mariadb", "-p", true),
    ("mongo", "-p", false),
    ("sshpass", "-p", true),
    ("docker login", "-p", false),
    ("podman login", "-p", false),
    ("buildah login", "-p", false),
    ("registry login", "-p", false),
    ("oc login", "-p", false),
    ("az login", "-p", false),
    ("redis-cli", "-a", false),
    ("sqlcmd", "-P", true),
    ("ldapsearch", "-w", false),
    ("ldapmodify", "-w", false),
    ("ldapadd", "-w", false),
    ("ldapwhoami", "-w", false),
    ("ssh-keygen", "-N", true),
    ("openssl enc", "-k", false),
    ("7z ", "-p", true),
    ("keytool", "-storepass", false),
    ("keytool", "-keypass", false),
];

/// What these begin with.
pub(super) const NAMES: &[&str] = &[
    "mysql",
    "mariadb",
    "mongo",
    "sshpass",
    "docker login",
    "podman login",
    "buildah login",
    "registry login",
    "oc login",
    "az login",
    "redis-cli",
    "sqlcmd",
    "ldapsearch",
    "ldapmodify",
    "ldapadd",
    "ldapwhoami",
    "ssh-keygen",
    "openssl enc",
    "7z ",
    "keytool",
];

/// Flags of which the value is a name and its value,
const GIVEN: &[&[u8]] = &[
    b"-e ",
    b"--env ",
    b"--set ",
    b"--set-string ",
    b"--build-arg ",
    b"-o ",
    b"--from-literal=",
];
/// and commands that give a name a value, with a blank between them.
const SETTERS: &[&[u8]] = &[
    b"set ",
    b"setx ",
    b"ENV ",
    b"set -x ",
    b"set -gx ",
    b"setenv ",
    b"Authorization: ",
    b"authorization: ",
];

/// Returns a name with what stands before it and dots: `-Ddb.password`.
fn dotted(text: &[u8], name: &Range<usize>) -> Range<usize> {
    let is_dotted = |byte: &&u8| super::called::is_part(**byte) || **byte == b'.';
    let before = text[..name.start].iter().rev().take(80);
    name.start - before.take_while(is_dotted).count()..name.end
}

/// Tells whether a value without quotes is a word of a shell, or ends with the string that it is in.
pub(super) fn is_word(text: &[u8], name: &Range<usize>, value: Range<usize>) -> bool {
    let called = dotted(text, name);
    let begin = called.start;
    let called = &text[called];
    let is_attached = value.start == name.end + 1;
    let is_set = is_attached && text[name.end] == b'=';
    let is_loud = !called.iter().any(u8::is_ascii_lowercase);
    let before = text[..name.start].last();
    let is_apart =
        before.is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`(&;".contains(byte));
    let in_string = matches!(before, Some(b'"' | b'\'')) && text.get(value.end) == before;
    let is_of_openssl = is_attached
        && [
            b"-passin ".as_slice(),
            b"-passout ",
            b"-pass ",
            b"-passin=",
            b"-passout=",
        ]
        .iter()
        .any(|flag| text[..name.start].ends_with(flag));
    let is_given = || GIVEN.iter().any(|flag| text[..begin].ends_with(flag));
    is_set && (called.starts_with(b"-") || is_loud && is_apart || is_given())
        || in_string
        || is_of_openssl
}

/// Returns what comes behind a flag: `--password …`, also in lists of YAML.
pub(super) fn value(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let is_flag = text[dotted(text, name)].starts_with(b"-");
    if !is_flag
        && !SETTERS
            .iter()
            .any(|word| text[..name.start].ends_with(word))
    {
        return None;
    }
    let next = skip_gap(text, name.end);
    let value = word(text, next)?;
    (next > name.end && !text[value.clone()].starts_with(b"-")).then_some(value)
}

fn skip_gap(text: &[u8], from: usize) -> usize {
    let most = &text[from..text.len().min(from + 60)];
    // In a list of words, each of them is in quotes.
    let is_gap = |(at, byte): &(usize, &u8)| {
        byte.is_ascii_whitespace()
            || b"\\,".contains(*byte)
            || b"\"'".contains(*byte) && most.get(at + 1) == Some(&b',')
    };
    let gap = most.iter().enumerate().take_while(is_gap).count();
    let is_broken = most[..gap].contains(&b'\n');
    match most.get(gap..gap + 2) {
        // The next one of a list.
        Some(b"- ") if is_broken => from + gap + 2,
        _ if is_broken && !most[..gap].contains(&b'\\') => from,
        _ => from + gap,
    }
}

/// Returns where a word without quotes ends. A sign that parts commands may be one of a password
/// elsewhere, if nothing else comes behind it.
pub(super) fn end_of_word(text: &[u8]) -> usize {
    let ends = |(at, byte): (usize, &u8)| match byte {
        b'&' | b';' | b'|' => {
            let rest = &text[at + 1..];
            let is_name = |byte: &&u8| super::called::is_part(**byte);
            let name = rest.iter().take_while(is_name).count();
            !rest.first().is_some_and(u8::is_ascii_alphanumeric) || rest.get(name) == Some(&b'=')
        }
        byte => byte.is_ascii_whitespace() || b"\"'`<>)".contains(byte),
    };
    text.iter().enumerate().position(ends).unwrap_or(text.len())
}

/// Returns the word of a shell at `at`, without its quotes.
pub(super) fn word(text: &[u8], at: usize) -> Option<Range<usize>> {
    let most = &text[at..text.len().min(at + PEEK)];
    if let [quote @ (b'"' | b'\''), rest @ ..] = most {
        let end = end_of_string(rest, *quote)?;
        return Some(at + 1..at + 1 + end);
    }
    let end = end_of_word(most);
    (end > 0).then_some(at..at + end)
}

/// The password of one of [`COMMANDS`].
pub(super) fn of_command(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let name = text[at.clone()].to_ascii_lowercase();
    let begins = |(command, _, _): &&(&str, &str, bool)| command.as_bytes() == name;
    // Such as `mysqldump`.
    let rest = text[at.end..].iter().take(24);
    let mut here = at.end
        + rest
            .take_while(|byte| super::called::is_part(**byte))
            .count();
    let end = text.len().min(at.end + COMMAND);
    while here < end {
        let next = skip_gap(text, here);
        let word = word(text, next).filter(|_| next > here)?;
        let mut all = COMMANDS.iter().filter(begins);
        if let Some(value) = all.find_map(|row| flag_value(text, &word, row.1, row.2)) {
            let said = std::str::from_utf8(&text[value.clone()]).ok()?;
            return is_secret(said, Asked::Password).then(|| Hit::new(value, "password"));
        }
        let is_quoted = word.start > next;
        here = word.end + usize::from(is_quoted);
    }
    None
}

fn flag_value(
    text: &[u8],
    said: &Range<usize>,
    flag: &str,
    is_glued: bool,
) -> Option<Range<usize>> {
    let rest = text[said.clone()].strip_prefix(flag.as_bytes())?;
    match (rest, is_glued) {
        ([], _) => {
            let next = skip_gap(text, said.end);
            let is_next = next > said.end || is_glued;
            is_next.then(|| word(text, next)).flatten()
        }
        (_, true) => Some(said.start + flag.len()..said.end),
        _ => None,
    }
}
