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
    "credentials.json",
    "client_secret.json",
    "kubeconfig",
    ".envrc",
];

/// and endings.
const ENDINGS: &[&str] = &[
    "env",
    "pem",
    "key",
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
    "tfvars",
    "tfstate",
    "kubeconfig",
];

/// What people call a file for all that is secret, and how such files end.
const SECRETS: &[&str] = &["secrets"];
const SETTINGS: &[&str] = &["yml", "yaml", "json", "toml"];

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
    "example", "sample", "template", "dist", "defaults", "schema", "tpl", "j2", "tmpl", "md",
];

/// Folders of files that are filled in elsewhere.
const TEMPLATES: &[&str] = &["templates", "examples", "example"];

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
    let is_example = || {
        name.split(['.', '-', '_'])
            .any(|part| EXAMPLES.contains(&part))
    };
    let in_folder = |(above, known): &(&str, &str)| folder == *above && name == *known;
    (NAMES.contains(&name.as_str())
        || IN_FOLDERS.iter().any(in_folder)
        || has_ending(&name)
        || is_account(&name)
        || is_list(&name) && !TEMPLATES.contains(&&*folder))
        && !is_example()
}

/// Tells whether a name ends as those of keys and settings do, also where more comes behind that:
/// `.env.production`, `terraform.tfstate.backup`.
fn has_ending(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let states = ["tfstate.backup", "tfvars.json"];
    name.starts_with(".env.")
        || ending.is_some_and(|ending| ENDINGS.contains(&ending))
        || states.iter().any(|state| name.ends_with(state))
}

/// Tells whether a file has the key of an account of Google.
fn is_account(name: &str) -> bool {
    let name = name.replace('_', "-");
    let stem = name.strip_suffix(".json");
    stem.is_some_and(|stem| {
        stem.starts_with("service-account") || stem.starts_with("client-secret-")
    })
}

/// Tells whether a file is called `secrets`.
fn is_list(name: &str) -> bool {
    let parts = name.rsplit_once('.');
    parts.is_some_and(|(stem, ending)| SECRETS.contains(&stem) && SETTINGS.contains(&ending))
}
