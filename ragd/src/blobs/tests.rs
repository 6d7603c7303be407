use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

async fn store() -> (tempfile::TempDir, Blobs) {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(dir.path().join("blobs")).await.unwrap();
    (dir, blobs)
}

fn content(text: &'static str) -> (ContentHash, Bytes) {
    (
        content_hash(text.as_bytes()),
        Bytes::from_static(text.as_bytes()),
    )
}

/// All files below `path`, with their length.
fn files(path: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            files.extend(self::files(&entry.path()));
        } else {
            files.push((entry.path(), entry.metadata().unwrap().len()));
        }
    }
    files
}

#[tokio::test]
async fn a_pack_gives_back_each_content() {
    let (dir, blobs) = store().await;
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
    assert_eq!(blobs.get_range(&places[2], 1..3).await.unwrap(), "hr");
    assert_eq!(blobs.get_range(&places[2], 3..99).await.unwrap(), "ee");
    assert_eq!(blobs.get_range(&places[2], 98..99).await.unwrap(), "");

    let again = blobs.put_pack(contents).await.unwrap();
    assert_eq!(again, places);
    let object = StoredObject {
        name: content_hash(b"onethreeone"),
        bytes: 11,
    };
    assert_eq!(blobs.list().await.unwrap(), [object]);
    assert_eq!(files(dir.path()).len(), 1);

    let reopened = Blobs::open(dir.path().join("blobs")).await.unwrap();
    assert_eq!(reopened.get(&places[0]).await.unwrap(), "one");
}

#[tokio::test]
async fn an_empty_pack_writes_nothing() {
    let (dir, blobs) = store().await;
    assert_eq!(blobs.put_pack(Vec::new()).await.unwrap(), []);
    assert!(files(dir.path()).is_empty());
}

#[tokio::test]
async fn an_upload_is_an_object_of_its_own() {
    let (_dir, blobs) = store().await;
    let mut upload = blobs.begin().await.unwrap();
    for piece in ["he", "", "llo"] {
        upload = upload.write(piece.into()).await.unwrap();
    }
    assert_eq!(upload.length(), 5);
    let (hash, length) = upload.finish(Some(content_hash(b"hello"))).await.unwrap();
    assert_eq!(
        blobs.get(&BlobPlace::whole(hash, length)).await.unwrap(),
        "hello"
    );
}

#[tokio::test]
async fn abandoned_and_wrong_uploads_leave_nothing() {
    let (dir, blobs) = store().await;
    drop(
        blobs
            .begin()
            .await
            .unwrap()
            .write("half".into())
            .await
            .unwrap(),
    );
    let upload = blobs
        .begin()
        .await
        .unwrap()
        .write("hello".into())
        .await
        .unwrap();
    let error = upload
        .finish(Some(content_hash(b"other")))
        .await
        .unwrap_err();
    assert!(matches!(error, BlobError::Mismatch { .. }) && !error.is_transient());
    assert!(files(dir.path()).is_empty());

    let killed = blobs
        .begin()
        .await
        .unwrap()
        .write("half".into())
        .await
        .unwrap();
    std::mem::forget(killed);
    assert_eq!(files(dir.path()).len(), 1);
    Blobs::open(dir.path().join("blobs")).await.unwrap();
    assert!(files(dir.path()).is_empty());
}

#[tokio::test]
async fn damage_is_seen_and_healed_by_putting_again() {
    let (dir, blobs) = store().await;
    let place = blobs.put_pack(vec![content("content")]).await.unwrap()[0];
    let path = files(dir.path()).remove(0).0;
    for damaged in ["conTent", "cont", ""] {
        fs::write(&path, damaged).unwrap();
        let error = blobs.get(&place).await.unwrap_err();
        assert!(
            matches!(error, BlobError::Damaged { .. }),
            "{damaged}: {error}"
        );
        blobs.put_pack(vec![content("content")]).await.unwrap();
        assert_eq!(blobs.get(&place).await.unwrap(), "content");
    }
    let nonsense = BlobPlace {
        offset: u64::MAX,
        ..place
    };
    assert!(matches!(
        blobs.get(&nonsense).await,
        Err(BlobError::Damaged { .. })
    ));
    let huge = BlobPlace {
        length: u64::MAX,
        offset: 0,
        ..place
    };
    assert!(matches!(
        blobs.get(&huge).await,
        Err(BlobError::Damaged { .. })
    ));
}

#[tokio::test]
async fn a_removed_object_is_missing() {
    let (_dir, blobs) = store().await;
    let place = blobs.put_pack(vec![content("content")]).await.unwrap()[0];
    blobs.remove(place.pack).await.unwrap();
    blobs.remove(place.pack).await.unwrap();
    assert!(matches!(
        blobs.get(&place).await,
        Err(BlobError::Missing { .. })
    ));
    assert_eq!(blobs.list().await.unwrap(), []);
}

#[tokio::test]
async fn only_the_owner_may_read() {
    let (dir, blobs) = store().await;
    blobs.put_pack(vec![content("content")]).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (file, _) = files(dir.path()).remove(0);
    assert_eq!(mode(&file), 0o600);
    for folder in file.ancestors().skip(1).take(3) {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
}

#[tokio::test]
async fn strange_files_are_not_listed() {
    let (dir, blobs) = store().await;
    let folder = dir.path().join("blobs/objects/00");
    for name in [
        "x".repeat(64),
        "+f".repeat(32),
        "A".repeat(64),
        "é".repeat(32),
    ] {
        fs::write(folder.join(name), "").unwrap();
    }
    assert_eq!(blobs.list().await.unwrap(), []);
}

#[tokio::test]
async fn errors_name_the_path_and_a_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "").unwrap();
    let error = Blobs::open(path.clone()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot write {}", path.display())
    );
    assert!(!error.is_disk_full());

    let source = io::Error::from(rustix::io::Errno::NOSPC);
    let full = BlobError::Write { path, source };
    assert!(full.is_disk_full() && full.is_transient());
}

#[tokio::test]
async fn puts_at_the_same_time_agree() {
    let (dir, blobs) = store().await;
    let puts = (0..16).map(|_| {
        let blobs = blobs.clone();
        tokio::spawn(async move { blobs.put_pack(vec![content("same")]).await.unwrap() })
    });
    let puts: Vec<_> = puts.collect();
    for put in puts {
        assert_eq!(blobs.get(&put.await.unwrap()[0]).await.unwrap(), "same");
    }
    assert_eq!(files(dir.path()).len(), 1);
}

#[tokio::test]
async fn small_contents_that_come_together_share_packs() {
    let (dir, blobs) = store().await;
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
    assert!(files(dir.path()).len() < 64);
}

#[tokio::test]
async fn everybody_in_a_pack_hears_why_it_failed() {
    let (dir, blobs) = store().await;
    fs::remove_dir_all(dir.path().join("blobs/uploads")).unwrap();
    let puts = (0..8).map(|number| {
        let (blobs, bytes) = (blobs.clone(), Bytes::from(format!("content {number}")));
        tokio::spawn(async move { blobs.put_small(content_hash(&bytes), bytes).await })
    });
    for put in puts.collect::<Vec<_>>() {
        let error = put.await.unwrap().unwrap_err();
        assert!(matches!(error, BlobError::Write { .. }), "{error}");
    }
}
