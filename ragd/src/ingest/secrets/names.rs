//! Files that hold nothing but secrets, told by their names.

use std::path::Path;

/// Names that are one,
const NAMES: &[&str] = &[
    ".env",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".mylogin.cnf",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".htpasswd",
    ".dockercfg",
    ".s3cfg",
    ".boto",
    ".vault-token",
    ".terraformrc",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "master.key",
    "shadow",
    "gshadow",
    "secring.gpg",
];

/// and endings.
const ENDINGS: &[&str] = &[
    "pem",
    "p12",
    "pfx",
    "jks",
    "keystore",
    "kdbx",
    "kdb",
    "ppk",
    "pkcs12",
    "agilekeychain",
    "ovpn",
];

/// Files of which the name says nothing without the folder that they are in.
const IN_FOLDERS: &[(&str, &str)] = &[
    (".aws", "credentials"),
    (".docker", "config.json"),
    (".kube", "config"),
    (".cargo", "credentials"),
    (".cargo", "credentials.toml"),
    (".gem", "credentials"),
    ("gcloud", "credentials.db"),
    ("gh", "hosts.yml"),
    ("etc", "shadow"),
];

/// What stands behind `.env.` where it is to be filled in.
const EXAMPLES: &[&str] = &[
    "example", "sample", "template", "dist", "defaults", "schema", "tpl",
];

/// Tells whether a file is said to hold secrets by its name.
#[must_use]
pub(super) fn is_secret(path: &Path) -> bool {
    let Some(name) = path.file_name() else {
        return false;
    };
    let name = name.to_string_lossy().to_ascii_lowercase();
    // A file of an archive: `a.zip!/b`.
    let folder = path
        .parent()
        .and_then(Path::file_name)
        .unwrap_or_default()
        .to_string_lossy();
    let is_env = name
        .strip_prefix(".env.")
        .is_some_and(|rest| !rest.split('.').any(|part| EXAMPLES.contains(&part)));
    let in_folder = |(above, known): &(&str, &str)| folder == *above && name == *known;
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    is_env
        || NAMES.contains(&name.as_str())
        || ending.is_some_and(|ending| ENDINGS.contains(&ending))
        || IN_FOLDERS.iter().any(in_folder)
}
