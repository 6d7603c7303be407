//! Files and folders; what holds for every store is in `tests/it/contract/blobs`.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;

async fn open(dir: &tempfile::TempDir) -> Blobs {
    let config = config::Blobs::default();
    let opened = Blobs::open(&config, &dir.path().join("blobs")).await;
    opened.unwrap()
}

async fn store() -> (tempfile::TempDir, Blobs) {
    let dir = tempfile::tempdir().unwrap();
    let blobs = open(&dir).await;
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
async fn an_empty_pack_writes_nothing() {
    let (dir, blobs) = store().await;
    assert_eq!(blobs.put_pack(Vec::new()).await.unwrap(), []);
    assert!(files(dir.path()).is_empty());
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
    open(&dir).await;
    assert!(files(dir.path()).is_empty());
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
    assert_eq!(blobs.list(None).await.unwrap(), []);
}

#[tokio::test]
async fn errors_name_the_path_and_a_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "").unwrap();
    let opened = Blobs::open(&config::Blobs::default(), &path).await;
    let error = opened.unwrap_err();
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
