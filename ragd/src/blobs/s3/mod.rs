//! Objects in a bucket: `PREFIX/objects/abcd…` by name.
//!
//! Requests are signed with the hash of what they carry, so the server refuses what was damaged on
//! its way there; what was damaged later is seen by whoever compares a content with its hash.
//! Parts of a long upload that a death of the daemon leaves behind are never an object; buckets
//! have a rule that removes such parts (`AbortIncompleteMultipartUpload`).

mod credentials;
mod http;

use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{BackoffConfig, GetOptions, ObjectStore, ObjectStoreExt, RetryConfig};

use self::credentials::Keys;
use self::http::{Fault, Http};
use super::draft::Draft;
use super::task::{blocking, to_the_end};
use super::{
    Access, BlobError, BlobPlace, NOTE, PAGE, RemoteError, Store, StoredObject, disk, parse_name,
    unfinished,
};
use crate::config;
use crate::ids::ContentHash;

/// Larger objects are sent in parts of this size; S3 wants at least 5 MiB.
const PART: usize = 8 << 20;
/// Parts of one object that are under way at the same time.
const PARTS_AT_ONCE: usize = 4;
/// Tries after the first, as long as `blobs.timeout_ms` lasts. Jobs try again by themselves, later.
const RETRIES: usize = 3;

/// A bucket. Clones are the same.
#[derive(Clone)]
pub(super) struct S3 {
    store: AmazonS3,
    /// What errors call it.
    shown: String,
    /// Empty, or with a slash at its end.
    prefix: String,
    /// Folder of drafts.
    uploads: PathBuf,
}

/// `AmazonS3` prints whatever it was made of.
impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("S3").field(&self.shown).finish()
    }
}

impl S3 {
    /// Looks whether the certificates and the keys are there that the configuration names.
    pub(super) fn check(config: &config::Blobs, bucket: &str) -> Result<(), BlobError> {
        let checked = connect(config, bucket).and_then(|_| keys(config).check());
        checked.map_err(remote(config, bucket))
    }

    /// Prepares to ask the server, which need not be there.
    pub(super) async fn open(
        config: &config::Blobs,
        bucket: &str,
        prefix: &str,
        folder: &FilePath,
        access: Access,
    ) -> Result<Self, BlobError> {
        let store = connect(config, bucket).map_err(remote(config, bucket))?;
        let uploads = folder.join("uploads");
        let (dir, unfinished) = (uploads.clone(), folder.join(unfinished::FOLDER));
        blocking(move || {
            disk::create_dir(&dir)?;
            disk::create_dir(&unfinished)?;
            match access {
                Access::Owner => Draft::remove_abandoned(&dir),
                Access::Guest => Ok(()),
            }
        })
        .await?;
        Ok(Self {
            store,
            shown: shown(config, bucket),
            prefix: match prefix {
                "" => String::new(),
                prefix => format!("{prefix}/"),
            },
            uploads,
        })
    }

    fn key(&self, name: ContentHash) -> Path {
        Path::from(format!("{}objects/{name}", self.prefix))
    }

    async fn page(
        &self,
        after: Option<ContentHash>,
        most: usize,
    ) -> Result<Vec<StoredObject>, BlobError> {
        let folder = format!("{}objects/", self.prefix);
        let mut offset = after.map(|after| self.key(after).to_string());
        loop {
            let options = PaginatedListOptions {
                offset,
                max_keys: Some(most),
                ..PaginatedListOptions::default()
            };
            let page = self.store.list_paginated(Some(&folder), options).await;
            let page = page.map_err(|error| self.remote(error))?;
            let last = page.result.objects.last().map(|last| &last.location);
            offset = last.map(Path::to_string);
            let objects = page.result.objects.iter().filter_map(|object| {
                // Another name is not ours to report or remove.
                let name = parse_name(object.location.filename()?)?;
                Some(StoredObject {
                    name,
                    bytes: object.size,
                })
            });
            let objects: Vec<_> = objects.collect();
            // A page of nothing but strange names is not the end.
            if !objects.is_empty() || page.page_token.is_none() || offset.is_none() {
                return Ok(objects);
            }
        }
    }

    /// Sends an object in parts.
    async fn send(&self, name: ContentHash, source: Source) -> Result<(), BlobError> {
        let this = self.clone();
        // To the end, because parts that are left behind cost as long as the server keeps them.
        to_the_end(async move { this.send_parts(name, source).await }).await
    }

    /// The object is there when all parts are, and not before.
    async fn send_parts(&self, name: ContentHash, source: Source) -> Result<(), BlobError> {
        let key = &self.key(name);
        let id = self.store.create_multipart(key).await;
        let id = &id.map_err(|error| self.remote(error))?;
        let send = async {
            let parts = stream::try_unfold(0, |index| {
                let source = source.clone();
                async move {
                    let part = source.part(index).await?;
                    Ok((!part.is_empty()).then_some(((index, part), index + 1)))
                }
            });
            let put = |(index, part): (usize, Bytes)| async move {
                let put = self.store.put_part(key, id, index, part.into()).await;
                put.map_err(|error| self.remote(error))
            };
            let sent = parts.map_ok(put).try_buffered(PARTS_AT_ONCE);
            let sent: Vec<_> = sent.try_collect().await?;
            let completed = self.store.complete_multipart(key, id, sent).await;
            completed.map(drop).map_err(|error| self.remote(error))
        };
        let result = send.await;
        if result.is_err() {
            // What went wrong before is what matters.
            let _ = self.store.abort_multipart(key, id).await;
        }
        result
    }

    fn remote(&self, error: object_store::Error) -> BlobError {
        let mut next: Option<&(dyn Error + 'static)> = Some(&error);
        let mut fault = None;
        while let Some(error) = next {
            if let Some(Fault(found)) = error.downcast_ref() {
                fault = Some(Arc::clone(found));
            }
            next = error.source();
        }
        BlobError::Remote {
            store: self.shown.clone(),
            source: fault.unwrap_or_else(|| Arc::new(RemoteError::Garbled { source: error })),
        }
    }
}

#[async_trait]
impl Store for S3 {
    async fn put(&self, name: ContentHash, bytes: Bytes) -> Result<(), BlobError> {
        if bytes.len() > PART {
            return self.send(name, Source::Bytes(bytes)).await;
        }
        let put = self.store.put(&self.key(name), bytes.into()).await;
        put.map(drop).map_err(|error| self.remote(error))
    }

    async fn read(&self, place: &BlobPlace, range: Range<u64>) -> Result<Bytes, BlobError> {
        let damaged = || BlobError::Damaged {
            hash: place.hash,
            pack: place.pack,
        };
        let end = place.offset.checked_add(place.length).ok_or_else(damaged)?;
        let start = place.offset + range.start.min(place.length);
        let wanted = start..(place.offset + range.end.min(place.length)).max(start);
        let is_head = wanted.is_empty();
        let options = GetOptions {
            head: is_head,
            range: (!is_head).then(|| wanted.clone().into()),
            ..GetOptions::default()
        };
        let got = self.store.get_opts(&self.key(place.pack), options).await;
        let got = got.map_err(|error| {
            let error = self.remote(error);
            match refused(&error) {
                Some(404) => BlobError::Missing { name: place.pack },
                // The object is so short that nothing of the range is there.
                Some(416) => damaged(),
                _ => error,
            }
        })?;
        // Compared before the bytes are taken: the length comes from elsewhere.
        if got.meta.size < end {
            return Err(damaged());
        }
        if is_head {
            return Ok(Bytes::new());
        }
        let bytes = got.bytes().await.map_err(|error| self.remote(error))?;
        let fits = bytes.len() as u64 == wanted.end - wanted.start;
        fits.then_some(bytes).ok_or_else(damaged)
    }

    async fn draft(&self) -> Result<Draft, BlobError> {
        let uploads = self.uploads.clone();
        blocking(move || Draft::create(&uploads)).await
    }

    async fn keep(&self, draft: Draft, name: ContentHash) -> Result<(), BlobError> {
        let draft = Arc::new(draft);
        let source = Source::Draft(Arc::clone(&draft));
        let first = source.part(0).await?;
        if first.len() < PART {
            self.put(name, first).await?;
        } else {
            self.send(name, source).await?;
        }
        draft.let_go();
        Ok(())
    }

    async fn remove(&self, name: ContentHash) -> Result<(), BlobError> {
        let removed = self.store.delete(&self.key(name)).await;
        removed.map_err(|error| self.remote(error))
    }

    async fn list(&self, after: Option<ContentHash>) -> Result<Vec<StoredObject>, BlobError> {
        self.page(after, PAGE).await
    }

    async fn prepare(&self, _: Access) -> Result<(), BlobError> {
        // That the bucket is there, and may be listed, is to be known now and not by a sweep.
        self.page(None, 1).await.map(drop)
    }

    async fn note(&self) -> Result<Option<String>, BlobError> {
        let key = Path::from(format!("{}{NOTE}", self.prefix));
        let got = match self.store.get(&key).await {
            Ok(got) => got.bytes().await,
            Err(error) => Err(error),
        };
        match got.map_err(|error| self.remote(error)) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if refused(&error) == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write_note(&self, text: String) -> Result<(), BlobError> {
        let key = Path::from(format!("{}{NOTE}", self.prefix));
        let put = self.store.put(&key, text.into()).await;
        put.map(drop).map_err(|error| self.remote(error))
    }
}

/// Where the parts of an object come from.
#[derive(Clone, Debug)]
enum Source {
    Bytes(Bytes),
    Draft(Arc<Draft>),
}

impl Source {
    /// Returns a part; behind the last one there is nothing.
    async fn part(&self, index: usize) -> Result<Bytes, BlobError> {
        let start = index * PART;
        match self {
            Self::Bytes(bytes) => {
                let start = start.min(bytes.len());
                Ok(bytes.slice(start..bytes.len().min(start + PART)))
            }
            Self::Draft(draft) => {
                let draft = Arc::clone(draft);
                let read = move || draft.read(start as u64, PART).map(Bytes::from);
                blocking(read).await
            }
        }
    }
}

/// Returns the status of a refusal that says something about one object.
fn refused(error: &BlobError) -> Option<u16> {
    match error {
        BlobError::Remote { source, .. } => match source.as_ref() {
            RemoteError::Refused { status, .. } => Some(*status),
            _ => None,
        },
        _ => None,
    }
}

/// What errors call the bucket.
fn shown(config: &config::Blobs, bucket: &str) -> String {
    match config.endpoint.as_str() {
        "" => format!("s3://{bucket}"),
        endpoint => format!("s3://{bucket} at {endpoint}"),
    }
}

fn remote(config: &config::Blobs, bucket: &str) -> impl Fn(Arc<RemoteError>) -> BlobError {
    let store = shown(config, bucket);
    move |source| BlobError::Remote {
        store: store.clone(),
        source,
    }
}

fn keys(config: &config::Blobs) -> Keys {
    match config.access_key_file.as_os_str().is_empty() {
        true => Keys::Variables,
        false => Keys::Files {
            access: config.access_key_file.clone(),
            secret: config.secret_key_file.clone(),
        },
    }
}

fn connect(config: &config::Blobs, bucket: &str) -> Result<AmazonS3, Arc<RemoteError>> {
    let timeout = Duration::from_millis(config.timeout_ms);
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region(config))
        .with_virtual_hosted_style_request(!config.path_style)
        // Some servers do not know the request that deletes many.
        .with_disable_bulk_delete(true)
        .with_credentials(Arc::new(keys(config)))
        .with_http_connector(Http::new(config)?)
        .with_retry(RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(2),
                base: 2.0,
            },
            max_retries: RETRIES,
            retry_timeout: timeout,
        });
    if !config.endpoint.is_empty() {
        builder = builder.with_endpoint(endpoint(config, bucket));
    }
    let built = builder.build();
    built.map_err(|source| Arc::new(RemoteError::Garbled { source }))
}

/// Returns the address of requests: with the bucket in the host name if it is not in the path.
fn endpoint(config: &config::Blobs, bucket: &str) -> String {
    let endpoint = config.endpoint.trim_end_matches('/');
    match endpoint.split_once("://") {
        Some((scheme, host)) if !config.path_style => format!("{scheme}://{bucket}.{host}"),
        _ => endpoint.to_owned(),
    }
}

fn region(config: &config::Blobs) -> String {
    if !config.region.is_empty() {
        return config.region.clone();
    }
    let variable = |name| std::env::var(name).ok().filter(|region| !region.is_empty());
    variable("AWS_REGION")
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .unwrap_or_else(|| "us-east-1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_stands_in_the_path_or_in_the_host_name() {
        let mut config = config::Blobs {
            endpoint: "https://s3.example.com/".to_owned(),
            ..config::Blobs::default()
        };
        assert_eq!(endpoint(&config, "b"), "https://s3.example.com");
        config.path_style = false;
        assert_eq!(endpoint(&config, "b"), "https://b.s3.example.com");
    }
}
