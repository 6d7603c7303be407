//! Where parts of jobs run that were submitted with `--runtime`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where the parts of a job run. The words are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuntimeKind {
    /// By this daemon and its workers.
    #[default]
    Local,
    Docker,
    Kubernetes,
    AwsBatch,
}

impl RuntimeKind {
    pub const ALL: [Self; 4] = [Self::Local, Self::Docker, Self::Kubernetes, Self::AwsBatch];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Docker => "docker",
            Self::Kubernetes => "kubernetes",
            Self::AwsBatch => "aws-batch",
        }
    }

    /// For `serde`.
    #[must_use]
    pub fn is_local(&self) -> bool {
        *self == Self::Local
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Runtimes {
    pub docker: Docker,
    pub kubernetes: Kubernetes,
    pub aws_batch: AwsBatch,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Docker {
    /// Empty: as the variable `DOCKER_HOST` says, else the usual socket.
    pub host: String,
    /// Empty: nothing runs there.
    pub image: String,
    /// Empty: that of Docker itself.
    pub network: String,
    pub mounts: Vec<String>,
    /// Names of variables.
    pub env: Vec<String>,
    pub memory_bytes: u64,
    pub cpus: u32,
    pub at_once: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kubernetes {
    /// Empty: nothing runs there.
    pub image: String,
    /// Empty: the usual places.
    pub kubeconfig: PathBuf,
    /// Empty: the one that is current there.
    pub context: String,
    /// Empty: that of the context.
    pub namespace: String,
    /// Empty: the one that comes with ragd.
    pub template: PathBuf,
    pub at_once: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AwsBatch {
    /// Empty: nothing runs there.
    pub queue: String,
    pub job_definition: String,
    /// Empty: as AWS itself is told.
    pub region: String,
    /// Empty: Amazon's own of the region.
    pub endpoint: String,
    pub at_once: u32,
}

impl Default for AwsBatch {
    fn default() -> Self {
        Self {
            queue: String::new(),
            job_definition: String::new(),
            region: String::new(),
            endpoint: String::new(),
            at_once: 64,
        }
    }
}

impl Default for Kubernetes {
    fn default() -> Self {
        Self {
            image: String::new(),
            kubeconfig: PathBuf::new(),
            context: String::new(),
            namespace: String::new(),
            template: PathBuf::new(),
            at_once: 16,
        }
    }
}

impl Default for Docker {
    fn default() -> Self {
        Self {
            host: String::new(),
            image: String::new(),
            network: String::new(),
            mounts: Vec::new(),
            env: Vec::new(),
            memory_bytes: 2 << 30,
            cpus: 1,
            at_once: 4,
        }
    }
}

impl Runtimes {
    /// Returns the key that makes no sense, and what is wrong with it.
    pub(super) fn wrong(&self) -> Option<(&'static str, &'static str)> {
        let docker = &self.docker;
        let is_host = |host: &str| {
            let schemes = ["unix:///", "http://", "https://"];
            let rest = schemes.iter().find_map(|scheme| host.strip_prefix(scheme));
            // It is shown in errors.
            host.is_empty() || rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('@'))
        };
        let is_mount = |mount: &String| {
            let parts: Vec<_> = mount.split(':').collect();
            matches!(parts.as_slice(), [_, inside] | [_, inside, "ro" | "rw"] if inside.starts_with('/'))
        };
        let rules = [
            (
                "runtimes.docker.host",
                !is_host(&docker.host),
                "must be unix:///PATH, or begin with http:// or https:// and name no user",
            ),
            (
                "runtimes.docker.mounts",
                !docker.mounts.iter().all(is_mount),
                "must be like \"/outside:/inside:ro\"; a volume may stand in the place of /outside",
            ),
            (
                "runtimes.docker.env",
                // The value would stand in the configuration.
                docker
                    .env
                    .iter()
                    .any(|name| name.is_empty() || name.contains('=')),
                "must be names of variables, without values",
            ),
            (
                "runtimes.docker.memory_bytes",
                docker.memory_bytes < 128 << 20,
                "must be at least 134217728",
            ),
            (
                "runtimes.docker.cpus",
                docker.cpus == 0,
                "must be at least 1",
            ),
            (
                "runtimes.docker.at_once",
                docker.at_once == 0,
                "must be at least 1",
            ),
            (
                "runtimes.kubernetes.at_once",
                self.kubernetes.at_once == 0,
                "must be at least 1",
            ),
            (
                "runtimes.aws_batch.endpoint",
                !is_host(&self.aws_batch.endpoint),
                "must begin with http:// or https:// and name no user",
            ),
            (
                "runtimes.aws_batch.at_once",
                self.aws_batch.at_once == 0,
                "must be at least 1",
            ),
        ];
        rules
            .into_iter()
            .find_map(|(key, broken, reason)| broken.then_some((key, reason)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_named() {
        let check = |change: fn(&mut Docker), expected: Option<&str>| {
            let mut runtimes = Runtimes::default();
            change(&mut runtimes.docker);
            assert_eq!(runtimes.wrong().map(|(key, _)| key), expected);
        };
        check(|_| {}, None);
        check(|docker| docker.host = "unix:///run/d.sock".into(), None);
        check(
            |docker| docker.host = "/run/d.sock".into(),
            Some("runtimes.docker.host"),
        );
        check(
            |docker| docker.host = "http://me:x@y".into(),
            Some("runtimes.docker.host"),
        );
        check(
            |docker| docker.mounts = vec!["/a:/b:ro".into(), "blobs:/c".into()],
            None,
        );
        check(
            |docker| docker.mounts = vec!["/a".into()],
            Some("runtimes.docker.mounts"),
        );
        check(
            |docker| docker.mounts = vec!["/a:/b:rx".into()],
            Some("runtimes.docker.mounts"),
        );
        check(
            |docker| docker.env = vec!["KEY=secret".into()],
            Some("runtimes.docker.env"),
        );
        check(|docker| docker.cpus = 0, Some("runtimes.docker.cpus"));
        check(|docker| docker.at_once = 0, Some("runtimes.docker.at_once"));
    }

    #[test]
    fn words_are_stored() {
        for kind in RuntimeKind::ALL {
            let stored = serde_json::to_string(&kind).unwrap();
            assert_eq!(stored, format!("\"{}\"", kind.as_str()));
        }
    }
}
