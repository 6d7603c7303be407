//! Files that the configuration names, where they are.

use std::path::{Path, PathBuf};

use super::Config;

/// Where systemd puts what `LoadCredential=` says.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Makes relative names absolute: a credential of the unit, or else a file beside the configuration.
pub(super) fn resolve(config: &mut Config, path: &Path) {
    let credentials = std::env::var_os(CREDENTIALS).map(PathBuf::from);
    let beside = path.parent().unwrap_or(Path::new(""));
    resolve_in(config, credentials.as_deref(), beside);
}

fn resolve_in(config: &mut Config, credentials: Option<&Path>, beside: &Path) {
    for file in files(config) {
        if file.as_os_str().is_empty() || file.is_absolute() {
            continue;
        }
        let credential = credentials.map(|folder| folder.join(&*file));
        *file = match credential.filter(|credential| credential.exists()) {
            Some(credential) => credential,
            None => beside.join(&*file),
        };
    }
}

/// Lists them all.
fn files(config: &mut Config) -> Vec<&mut PathBuf> {
    let mut files = vec![
        &mut config.queue.password_file,
        &mut config.queue.ca_file,
        &mut config.index.api_key_file,
        &mut config.index.ca_file,
        &mut config.blobs.access_key_file,
        &mut config.blobs.secret_key_file,
        &mut config.blobs.ca_file,
        &mut config.runtimes.kubernetes.kubeconfig,
        &mut config.runtimes.kubernetes.template,
        &mut config.git.ssh_dir,
    ];
    files.extend(config.models.iter_mut().map(|model| &mut model.key_file));
    for host in &mut config.git_hosts {
        files.extend([&mut host.key_file, &mut host.ca_file]);
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_for_among_the_credentials_first() {
        let credentials = tempfile::tempdir().unwrap();
        std::fs::write(credentials.path().join("valkey"), "").unwrap();
        let mut config = Config::default();
        config.queue.password_file = "valkey".into();
        config.index.api_key_file = "qdrant".into();
        config.blobs.ca_file = "/etc/ca.pem".into();
        resolve_in(
            &mut config,
            Some(credentials.path()),
            Path::new("/etc/ragd"),
        );
        let valkey = credentials.path().join("valkey");
        assert_eq!(config.queue.password_file, valkey);
        assert_eq!(config.index.api_key_file, Path::new("/etc/ragd/qdrant"));
        assert_eq!(config.blobs.ca_file, Path::new("/etc/ca.pem"));
        assert_eq!(config.queue.ca_file, Path::new(""));
    }
}
