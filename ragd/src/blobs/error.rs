//! What can go wrong with contents, and whether it may get better.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::ids::ContentHash;

/// Something the blob store could not do.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Creating, writing or removing a file or folder failed; a full disk ends here.
    #[error("cannot write {path}")]
    Write { path: PathBuf, source: io::Error },
    /// Opening, listing or reading failed.
    #[error("cannot read {path}")]
    Read { path: PathBuf, source: io::Error },
    /// The object store did not do what it was asked for.
    #[error("cannot use the object store {store}")]
    Remote {
        store: String,
        source: Arc<RemoteError>,
    },
    /// `blobs.url` says nothing; the configuration is checked for that when it is read.
    #[error("`{url}` names neither a folder nor a bucket")]
    Nowhere { url: String },
    /// The contents there are those of another state directory.
    #[error("{url} belongs to another ragd")]
    Taken { url: String },
    /// It was ours when it was opened; a file system may not be mounted any more.
    #[error("nothing at {url} says that it is the store of this ragd")]
    Gone { url: String },
    /// No such object: removed, or never durable.
    #[error("object {name} is not stored")]
    Missing { name: ContentHash },
    /// The bytes are not those that were stored.
    #[error("content {hash} in object {pack} is damaged")]
    Damaged {
        hash: ContentHash,
        pack: ContentHash,
    },
    /// An upload is not what was announced.
    #[error("the upload has the hash {actual} and not {expected}")]
    Mismatch {
        expected: ContentHash,
        actual: ContentHash,
    },
    /// The thread that did the work was torn down, as happens at shutdown.
    #[error("the blob store was interrupted")]
    Interrupted,
}

/// Why an object store was of no use.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// A file with a key or with certificates.
    #[error("cannot read {path}")]
    File { path: PathBuf, source: io::Error },
    /// It has something else, or nothing.
    #[error("{path} has no certificates")]
    NoCertificates { path: PathBuf },
    /// Neither files nor variables have them.
    #[error("there are no keys for it")]
    NoKeys,
    /// They have characters that no key has.
    #[error("its keys are no keys")]
    SenselessKeys,
    /// Certificates of the system, most likely, or an address that is none.
    #[error("cannot prepare to ask it")]
    Setup { source: reqwest::Error },
    #[error("it is out of reach")]
    Unreachable { source: reqwest::Error },
    /// Nothing came for too long.
    #[error("it does not answer")]
    Silent,
    /// The connection ended in the middle.
    #[error("it broke off")]
    BrokeOff { source: reqwest::Error },
    /// It sent more than anything we ask for.
    #[error("it sent more than {limit} bytes")]
    TooMuch { limit: usize },
    /// It is busy, or has a fault of its own.
    #[error("it failed ({status}{})", quoted(said))]
    Failed { status: u16, said: String },
    /// The keys are missing, wrong or expired, or do not allow this.
    #[error("it refuses the keys ({status}{})", quoted(said))]
    Denied { status: u16, said: String },
    #[error("it has no such bucket")]
    NoBucket,
    #[error("the bucket is in another region{}", named(region))]
    Elsewhere { region: String },
    #[error("it refuses the request ({status}{})", quoted(said))]
    Refused { status: u16, said: String },
    /// It answers with something else than S3 does.
    #[error("it does not answer as S3 does")]
    Garbled { source: object_store::Error },
}

fn quoted(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!(", {said}"),
    }
}

fn named(region: &str) -> String {
    match region {
        "" => String::new(),
        region => format!(": {region}"),
    }
}

impl BlobError {
    /// Tells whether there is no room left, on the disk or in the quota.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        let (Self::Write { source, .. } | Self::Read { source, .. }) = self else {
            return false;
        };
        matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        )
    }

    /// Tells whether a later attempt may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Write { .. } | Self::Read { .. } | Self::Gone { .. } | Self::Interrupted => true,
            Self::Remote { source, .. } => source.is_transient(),
            Self::Nowhere { .. }
            | Self::Taken { .. }
            | Self::Missing { .. }
            | Self::Damaged { .. }
            | Self::Mismatch { .. } => false,
        }
    }

    /// Tells whether the store cannot be asked at all right now.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        match self {
            Self::Remote { source, .. } => source.is_out_of_reach(),
            Self::Gone { .. } => true,
            _ => false,
        }
    }

    /// Tells whether this is what is met where a store was, and nothing is now.
    pub(super) fn may_be_gone(&self) -> bool {
        match self {
            Self::Missing { .. } => true,
            Self::Read { source, .. } | Self::Write { source, .. } => {
                source.kind() == io::ErrorKind::NotFound
            }
            _ => false,
        }
    }

    /// Returns what a person can do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Remote { source, .. } => source.hint(),
            Self::Nowhere { .. } => Some("correct `blobs.url`"),
            Self::Taken { .. } => Some(
                "give this one a prefix of its own in `blobs.url`; or, if the other is gone for \
                 good, remove the object `owner` there",
            ),
            Self::Gone { .. } => Some(
                "mount what `blobs.url` names; if it is lost for good, remove \
                     STATE_DIR/blobs/claimed where the daemon runs, and restart it",
            ),
            Self::Write { source, .. } | Self::Read { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => {
                    Some("give the folder to the user of ragd: chown -R USER FOLDER")
                }
                io::ErrorKind::ReadOnlyFilesystem => {
                    Some("mount it so that it may be written to: mount -o remount,rw FOLDER")
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Some("free some space there, or raise the quota")
                }
                _ => None,
            },
            Self::Missing { .. }
            | Self::Damaged { .. }
            | Self::Mismatch { .. }
            | Self::Interrupted => None,
        }
    }
}

impl RemoteError {
    /// Tells whether a later attempt may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Silent
            | Self::BrokeOff { .. }
            | Self::Failed { .. } => true,
            Self::File { .. }
            | Self::NoCertificates { .. }
            | Self::NoKeys
            | Self::SenselessKeys
            | Self::Setup { .. }
            | Self::TooMuch { .. }
            | Self::Denied { .. }
            | Self::NoBucket
            | Self::Elsewhere { .. }
            | Self::Refused { .. }
            | Self::Garbled { .. } => false,
        }
    }

    fn is_out_of_reach(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Silent | Self::BrokeOff { .. }
        )
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::File { .. } => Some("check who may read the file, and the keys of [blobs]"),
            Self::NoCertificates { .. } => Some("correct `blobs.ca_file`: certificates in PEM"),
            Self::NoKeys => Some(
                "set `blobs.access_key_file` and `blobs.secret_key_file`, or the variables \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            ),
            Self::SenselessKeys | Self::Denied { .. } => Some(
                "check the keys that [blobs] names, that they are not expired, and that they may \
                 list, read, write and delete there",
            ),
            Self::Unreachable { .. } => {
                Some("check that the server runs, `blobs.endpoint` and `blobs.ca_file`")
            }
            Self::Silent | Self::BrokeOff { .. } | Self::Failed { .. } => {
                Some("look into the log of the server; `blobs.timeout_ms` is how long it may take")
            }
            Self::NoBucket => Some("create the bucket, or correct `blobs.url`"),
            Self::Elsewhere { .. } => Some("correct `blobs.region`"),
            Self::TooMuch { .. } | Self::Refused { .. } | Self::Garbled { .. } => {
                Some("check that `blobs.endpoint` is a server that speaks S3")
            }
            Self::Setup { .. } => None,
        }
    }
}
