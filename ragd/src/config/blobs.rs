//! Where contents are kept, and how an object store is reached.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Blobs {
    /// Empty: a folder in the state directory.
    pub url: String,
    /// Empty: Amazon's own of the region.
    pub endpoint: String,
    /// Empty: as the variable `AWS_REGION` says.
    pub region: String,
    pub path_style: bool,
    /// Empty, like `secret_key_file`: the variables of AWS.
    pub access_key_file: PathBuf,
    pub secret_key_file: PathBuf,
    /// Empty: the certificates of the system.
    pub ca_file: PathBuf,
    pub timeout_ms: u64,
}

/// What `blobs.url` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobsAt {
    StateDir,
    /// A folder that several machines may share.
    Folder(PathBuf),
    Bucket {
        bucket: String,
        /// Without slashes at its ends; empty: the whole bucket.
        prefix: String,
    },
}

impl Default for Blobs {
    fn default() -> Self {
        Self {
            url: String::new(),
            endpoint: String::new(),
            region: String::new(),
            path_style: true,
            access_key_file: PathBuf::new(),
            secret_key_file: PathBuf::new(),
            ca_file: PathBuf::new(),
            timeout_ms: 30_000,
        }
    }
}

impl Blobs {
    /// Returns what the url says, if it says something.
    #[must_use]
    pub fn at(&self) -> Option<BlobsAt> {
        if self.url.is_empty() {
            return Some(BlobsAt::StateDir);
        }
        if let Some(path) = self.url.strip_prefix("file://") {
            return path
                .starts_with('/')
                .then(|| BlobsAt::Folder(PathBuf::from(path)));
        }
        let rest = self.url.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        // Such keys would need an escape, and differently so for each server.
        let is_plain = |text: &str, extra: &[char]| {
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || extra.contains(&c))
        };
        let is_part = |part: &str| {
            is_plain(part, &['-', '_', '.', '=', '+', '@']) && ![".", "..", ""].contains(&part)
        };
        let fits = !bucket.is_empty()
            && is_plain(bucket, &['-', '.', '_'])
            && (prefix.is_empty() || prefix.split('/').all(is_part));
        fits.then(|| BlobsAt::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// Returns the key that makes no sense, and what is wrong with it.
    pub(super) fn wrong(&self) -> Option<(&'static str, &'static str)> {
        let endpoint = ["http://", "https://"]
            .iter()
            .find_map(|scheme| self.endpoint.strip_prefix(scheme));
        let rules = [
            (
                "blobs.url",
                self.at().is_none(),
                "must be empty, s3://BUCKET, s3://BUCKET/PREFIX or file:///FOLDER",
            ),
            (
                "blobs.endpoint",
                // It is shown in errors.
                !self.endpoint.is_empty()
                    && endpoint.is_none_or(|rest| rest.is_empty() || rest.contains('@')),
                "must begin with http:// or https:// and have no user or password",
            ),
            (
                "blobs.secret_key_file",
                self.access_key_file.as_os_str().is_empty()
                    != self.secret_key_file.as_os_str().is_empty(),
                "must be there if `blobs.access_key_file` is, and only then",
            ),
            (
                "blobs.timeout_ms",
                self.timeout_ms < 100,
                "must be at least 100",
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

    fn at(url: &str) -> Option<BlobsAt> {
        let blobs = Blobs {
            url: url.to_owned(),
            ..Blobs::default()
        };
        blobs.at()
    }

    fn bucket(bucket: &str, prefix: &str) -> Option<BlobsAt> {
        Some(BlobsAt::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    #[test]
    fn urls_name_a_folder_or_a_bucket() {
        assert_eq!(at(""), Some(BlobsAt::StateDir));
        assert_eq!(
            at("file:///shared/x"),
            Some(BlobsAt::Folder("/shared/x".into()))
        );
        assert_eq!(at("file://shared/x"), None);
        assert_eq!(at("/shared/x"), None);
        assert_eq!(at("s3://b"), bucket("b", ""));
        assert_eq!(at("s3://b/"), bucket("b", ""));
        assert_eq!(at("s3://my-b.1/team/ragd/"), bucket("my-b.1", "team/ragd"));
        assert_eq!(at("s3://"), None);
        assert_eq!(at("s3:///x"), None);
        assert_eq!(at("s3://b/x//y"), None);
        assert_eq!(at("s3://b/../y"), None);
        assert_eq!(at("s3://b/x?y"), None);
        assert_eq!(at("https://b/x"), None);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let check = |change: fn(&mut Blobs), expected: Option<&str>| {
            let mut blobs = Blobs::default();
            change(&mut blobs);
            assert_eq!(blobs.wrong().map(|(key, _)| key), expected);
        };
        check(|_| {}, None);
        check(|blobs| blobs.url = "ftp://x".into(), Some("blobs.url"));
        check(|blobs| blobs.endpoint = "http://x:9000".into(), None);
        check(|blobs| blobs.endpoint = "x".into(), Some("blobs.endpoint"));
        check(
            |blobs| blobs.endpoint = "https://me:secret@x".into(),
            Some("blobs.endpoint"),
        );
        check(
            |blobs| blobs.access_key_file = "/a".into(),
            Some("blobs.secret_key_file"),
        );
        check(|blobs| blobs.timeout_ms = 1, Some("blobs.timeout_ms"));
    }
}
