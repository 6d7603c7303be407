//! What [`Blobs`] promise, wherever they are kept.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

mod faults;

use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use ragd::blobs::{Announced, BlobError, BlobPlace, Blobs, StoredObject};
use ragd::config;
use ragd::ids::{ContentHash, content_hash};
use reqwest::Method;
use tempfile::TempDir;

use crate::moto::{self, Moto};

/// A store with nothing in it.
struct Backend {
    dir: TempDir,
    config: config::Blobs,
}

impl Backend {
    async fn folder() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            config: config::Blobs::default(),
        }
    }

    async fn shared_folder() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("file://{}/shared", dir.path().display());
        let config = config::Blobs {
            url,
            ..config::Blobs::default()
        };
        Self { dir, config }
    }

    async fn s3() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let moto = Moto::get();
        let config = moto::config(&moto.endpoint, &moto.bucket().await, dir.path());
        Self { dir, config }
    }

    async fn open(&self) -> Blobs {
        let opened = Blobs::open(&self.config, &self.dir.path().join("blobs")).await;
        opened.unwrap()
    }

    /// Somebody writes other bytes into an object.
    async fn damage(&self, name: ContentHash, bytes: &'static str) {
        if let Some(url) = self.config.url.strip_prefix("s3://") {
            let path = format!("{url}/objects/{name}");
            Moto::get().ask(Method::PUT, &path, bytes).await;
            return;
        }
        let folder = match self.config.url.strip_prefix("file://") {
            Some(path) => PathBuf::from(path),
            None => self.dir.path().join("blobs"),
        };
        let shard = folder.join(format!("objects/{:02x}", name.0[0]));
        fs::write(shard.join(name.to_string()), bytes).unwrap();
    }
}

macro_rules! over {
    ($backend:ident $([$($test:ident)*])*) => {
        mod $backend {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test(super::Backend::$backend().await).await;
                }
            )*)*
        }
    };
}

/// Runs the tests that come first over each backend, and some over that one alone.
macro_rules! contract {
    ($every:tt $($backend:ident $more:tt)*) => {
        $(over!($backend $every $more);)*
    };
}

contract! {
    [
        a_pack_gives_back_each_content
        an_upload_is_an_object_of_its_own
        long_objects_come_back_whole
        wrong_and_abandoned_uploads_leave_nothing
        damage_is_seen_and_healed_by_putting_again
        nonsense_is_no_panic
        a_removed_object_is_missing
        lists_have_an_order
        puts_at_the_same_time_agree
        small_contents_that_come_together_share_packs
        guests_read_and_add
    ]
    folder []
    shared_folder [a_store_has_one_owner what_is_not_mounted_is_no_new_store]
    s3 [a_store_has_one_owner strangers_are_not_listed]
}

fn content(text: &'static str) -> (ContentHash, Bytes) {
    (
        content_hash(text.as_bytes()),
        Bytes::from_static(text.as_bytes()),
    )
}

async fn names(blobs: &Blobs) -> Vec<ContentHash> {
    let objects = blobs.list(None).await.unwrap();
    objects.iter().map(|object| object.name).collect()
}

async fn a_pack_gives_back_each_content(backend: Backend) {
    let blobs = backend.open().await;
    assert_eq!(blobs.put_pack(Vec::new()).await.unwrap(), []);
    assert_eq!(blobs.list(None).await.unwrap(), []);
    let contents = vec![
        content("one"),
        content(""),
        content("three"),
        content("one"),
    ];
    let places = blobs.put_pack(contents.clone()).await.unwrap();
    for (place, (hash, bytes)) in places.iter().zip(&contents) {
        assert_eq!(place.hash, *hash);
        assert_eq!(blobs.get(place).await.unwrap(), bytes);
    }
    for (range, expected) in [
        (1..3, "hr"),
        (3..99, "ee"),
        (98..99, ""),
        (0..0, ""),
        (0..5, "three"),
    ] {
        let part = blobs.get_range(&places[2], range.clone()).await.unwrap();
        assert_eq!(part, expected, "{range:?}");
    }
    let again = blobs.put_pack(contents).await.unwrap();
    assert_eq!(again, places);
    let object = StoredObject {
        name: content_hash(b"onethreeone"),
        bytes: 11,
    };
    assert_eq!(blobs.list(None).await.unwrap(), [object]);
    let reopened = backend.open().await;
    assert_eq!(reopened.get(&places[0]).await.unwrap(), "one");

    let empty = blobs.put_pack(vec![content("")]).await.unwrap()[0];
    assert_eq!(blobs.get(&empty).await.unwrap(), "");
}

async fn an_upload_is_an_object_of_its_own(backend: Backend) {
    let blobs = backend.open().await;
    let mut upload = blobs.begin().await.unwrap();
    for piece in ["he", "", "llo"] {
        upload = upload.write(piece.into()).await.unwrap();
    }
    assert_eq!(upload.length(), 5);
    let (hash, length) = upload.finish(Some(content_hash(b"hello"))).await.unwrap();
    let place = BlobPlace::whole(hash, length);
    assert_eq!(blobs.get(&place).await.unwrap(), "hello");
}

/// Over S3 they are sent in parts, of which the last is short, or full.
async fn long_objects_come_back_whole(backend: Backend) {
    let blobs = backend.open().await;
    for length in [8 << 20, (16 << 20) + 4, 24 << 20] {
        // No part is like another.
        let bytes: Vec<_> = (0..length / 4).flat_map(u32::to_le_bytes).collect();
        let hash = content_hash(&bytes);
        let mut upload = blobs.begin().await.unwrap();
        for piece in bytes.chunks(1 << 20) {
            upload = upload.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        let (hash, length) = upload.finish(Some(hash)).await.unwrap();
        let place = BlobPlace::whole(hash, length);
        assert!(blobs.get(&place).await.unwrap() == bytes);
        let middle = (8 << 20) - 3..(8 << 20) + 3;
        let part = blobs.get_range(&place, middle.clone()).await.unwrap();
        let (start, end) = (middle.start as usize, bytes.len().min(middle.end as usize));
        assert_eq!(part, bytes[start..end]);
        blobs.remove(hash).await.unwrap();

        let places = blobs.put_pack(vec![(hash, bytes.clone().into()), content("tail")]);
        let places = places.await.unwrap();
        assert!(blobs.get(&places[0]).await.unwrap() == bytes);
        assert_eq!(blobs.get(&places[1]).await.unwrap(), "tail");
        blobs.remove(places[0].pack).await.unwrap();
    }
}

async fn wrong_and_abandoned_uploads_leave_nothing(backend: Backend) {
    let blobs = backend.open().await;
    let begin = async || blobs.begin().await.unwrap().write("half".into()).await;
    drop(begin().await.unwrap());
    let wrong = begin().await.unwrap().finish(Some(content_hash(b"other")));
    let error = wrong.await.unwrap_err();
    assert!(matches!(error, BlobError::Mismatch { .. }) && !error.is_transient());
    assert_eq!(blobs.list(None).await.unwrap(), []);
}

async fn damage_is_seen_and_healed_by_putting_again(backend: Backend) {
    let blobs = backend.open().await;
    let place = blobs.put_pack(vec![content("content")]).await.unwrap()[0];
    for damaged in ["conTent", "cont", ""] {
        backend.damage(place.pack, damaged).await;
        let error = blobs.get(&place).await.unwrap_err();
        assert!(
            matches!(error, BlobError::Damaged { .. }) && !error.is_transient(),
            "{damaged}: {error}"
        );
        // What only looks whether it is there sees that some is missing.
        let there = blobs.get_range(&place, 0..0).await;
        assert_eq!(there.is_ok(), damaged.len() == 7, "{damaged}: {there:?}");
        blobs.put_pack(vec![content("content")]).await.unwrap();
        assert_eq!(blobs.get(&place).await.unwrap(), "content");
    }
}

async fn nonsense_is_no_panic(backend: Backend) {
    let blobs = backend.open().await;
    let place = blobs.put_pack(vec![content("content")]).await.unwrap()[0];
    for (offset, length) in [(u64::MAX, 7), (1, 7), (7, 1), (99, 1), (0, 1 << 40)] {
        let nonsense = BlobPlace {
            offset,
            length,
            ..place
        };
        let got = blobs.get(&nonsense).await;
        assert!(matches!(got, Err(BlobError::Damaged { .. })), "{got:?}");
    }
}

async fn a_removed_object_is_missing(backend: Backend) {
    let blobs = backend.open().await;
    let place = blobs.put_pack(vec![content("content")]).await.unwrap()[0];
    blobs.remove(place.pack).await.unwrap();
    blobs.remove(place.pack).await.unwrap();
    for range in [0..0, 0..7] {
        let got = blobs.get_range(&place, range).await;
        assert!(matches!(got, Err(BlobError::Missing { .. })), "{got:?}");
    }
    assert_eq!(blobs.list(None).await.unwrap(), []);
}

async fn lists_have_an_order(backend: Backend) {
    let blobs = backend.open().await;
    let mut expected = Vec::new();
    for number in 0..20 {
        let bytes = Bytes::from(format!("content {number}"));
        let put = blobs.put_pack(vec![(content_hash(&bytes), bytes)]);
        expected.push(put.await.unwrap()[0].pack);
    }
    expected.sort_unstable();
    assert_eq!(names(&blobs).await, expected);
    let rest = blobs.list(Some(expected[11])).await.unwrap();
    let rest: Vec<_> = rest.iter().map(|object| object.name).collect();
    assert_eq!(rest, expected[12..]);
    // Also behind something that is gone.
    blobs.remove(expected[12]).await.unwrap();
    let rest = blobs.list(Some(expected[12])).await.unwrap();
    assert_eq!(rest.len(), 7);
    assert_eq!(blobs.list(Some(expected[19])).await.unwrap(), []);
}

async fn puts_at_the_same_time_agree(backend: Backend) {
    let blobs = backend.open().await;
    let puts = (0..16).map(|_| {
        let blobs = blobs.clone();
        tokio::spawn(async move { blobs.put_pack(vec![content("same")]).await.unwrap() })
    });
    for put in puts.collect::<Vec<_>>() {
        assert_eq!(blobs.get(&put.await.unwrap()[0]).await.unwrap(), "same");
    }
    assert_eq!(names(&blobs).await, [content_hash(b"same")]);
}

async fn small_contents_that_come_together_share_packs(backend: Backend) {
    let blobs = backend.open().await;
    let puts = (0..64).map(|number| {
        let (blobs, bytes) = (blobs.clone(), Bytes::from(format!("content {number}")));
        tokio::spawn(async move {
            let place = blobs.put_small(content_hash(&bytes), bytes.clone()).await;
            (place.unwrap(), bytes)
        })
    });
    for put in puts.collect::<Vec<_>>() {
        let (place, bytes) = put.await.unwrap();
        assert_eq!(blobs.get(&place).await.unwrap(), bytes);
    }
    assert!(names(&blobs).await.len() < 64);
}

async fn guests_read_and_add(backend: Backend) {
    let blobs = backend.open().await;
    let place = blobs.put_pack(vec![content("theirs")]).await.unwrap()[0];
    let half = blobs.begin().await.unwrap().write("ha".into()).await;
    let half = half.unwrap();
    // A worker on another machine has folders of its own, unless the folder is the store.
    let folder = match backend.config.url.as_str() {
        "" => backend.dir.path().join("blobs"),
        _ => backend.dir.path().join("guest"),
    };
    let guest = Blobs::of_another(&backend.config, &folder).await.unwrap();
    assert_eq!(guest.get(&place).await.unwrap(), "theirs");
    let (hash, bytes) = content("ours");
    let added = guest.put_small(hash, bytes).await.unwrap();
    assert_eq!(blobs.get(&added).await.unwrap(), "ours");
    // Nothing of what is under way was cleared away.
    let (hash, length) = half
        .write("lf".into())
        .await
        .unwrap()
        .finish(None)
        .await
        .unwrap();
    let place = BlobPlace::whole(hash, length);
    assert_eq!(guest.get(&place).await.unwrap(), "half");
    assert_eq!(names(&guest).await.len(), 3);
}

/// Breaks when a start of another daemon can clear away what is kept here.
async fn a_store_has_one_owner(backend: Backend) {
    let blobs = backend.open().await;
    let place = blobs.put_pack(vec![content("content")]).await.unwrap()[0];
    let other = Blobs::open(&backend.config, &backend.dir.path().join("other")).await;
    let error = other.unwrap_err();
    assert!(
        matches!(error, BlobError::Taken { .. }) && !error.is_transient(),
        "{error}"
    );
    assert!(error.hint().is_some());
    let again = backend.open().await;
    assert_eq!(again.get(&place).await.unwrap(), "content");
}

/// Breaks when contents are lost behind a mount point, or written below it.
async fn what_is_not_mounted_is_no_new_store(backend: Backend) {
    let blobs = backend.open().await;
    let place = blobs.put_pack(vec![content("content")]).await.unwrap()[0];
    let (point, away) = (
        backend.dir.path().join("shared"),
        backend.dir.path().join("away"),
    );
    fs::rename(&point, &away).unwrap();
    fs::create_dir(&point).unwrap();
    // As it was opened before, by a start, and by a worker.
    let started = backend.open().await;
    let guest = Blobs::of_another(&backend.config, &backend.dir.path().join("guest")).await;
    let guest = guest.unwrap();
    for blobs in [&blobs, &started, &guest] {
        let errors = [
            blobs.reach().await.map(drop).unwrap_err(),
            blobs.get(&place).await.map(drop).unwrap_err(),
            blobs
                .put_pack(vec![content("new")])
                .await
                .map(drop)
                .unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, BlobError::Gone { .. }), "{error:?}");
            assert!(error.is_out_of_reach() && error.hint().is_some());
        }
    }
    assert_eq!(fs::read_dir(&point).unwrap().count(), 0);
    fs::remove_dir(&point).unwrap();
    fs::rename(&away, &point).unwrap();
    for blobs in [blobs, started, guest] {
        assert_eq!(blobs.get(&place).await.unwrap(), "content");
    }
}

/// More of them than fit on a page, and before our own.
async fn strangers_are_not_listed(backend: Backend) {
    let blobs = backend.open().await;
    let url = backend.config.url.strip_prefix("s3://").unwrap();
    for stranger in ["objects/-", "objects/0/1", "other", "objects/zz"] {
        let path = format!("{url}/{stranger}");
        Moto::get().ask(Method::PUT, &path, "x").await;
    }
    assert_eq!(blobs.list(None).await.unwrap(), []);
    blobs.put_pack(vec![content("ours")]).await.unwrap();
    assert_eq!(names(&blobs).await, [content_hash(b"ours")]);
}
