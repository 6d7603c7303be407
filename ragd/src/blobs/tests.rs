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

fn announced(uid: u32, number: usize) -> Announced {
    Announced {
        uid,
        content: content_hash(format!("content {number}").as_bytes()),
        bytes: 100,
    }
}

/// Begins an upload, and is cut after `bytes`.
async fn cut(blobs: &Blobs, upload: Announced, bytes: usize) -> u64 {
    let begun = blobs.go_on(upload, 1_000).await.unwrap();
    let had = begun.length();
    drop(begun.write(vec![b'x'; bytes].into()).await.unwrap());
    had
}

fn unfinished(dir: &tempfile::TempDir, uid: u32) -> usize {
    let files = files(&dir.path().join("blobs/unfinished"));
    let start = format!("{uid}-");
    let names = files.iter().map(|(path, _)| path.file_name().unwrap());
    names
        .filter(|name| name.to_str().unwrap().starts_with(&start))
        .count()
}

#[tokio::test]
async fn an_unfinished_upload_is_its_sender_s_and_outlives_the_store() {
    let (dir, blobs) = store().await;
    assert_eq!(cut(&blobs, announced(1, 0), 10).await, 0);
    assert_eq!(cut(&blobs, announced(2, 0), 20).await, 0);
    let blobs = open(&dir).await;
    assert_eq!(cut(&blobs, announced(1, 0), 5).await, 10);
    assert_eq!(cut(&blobs, announced(1, 0), 5).await, 15);
    assert_eq!(cut(&blobs, announced(2, 0), 5).await, 20);
    // Announced to be shorter than what is there: one of the two was wrong.
    let shorter = Announced {
        bytes: 7,
        ..announced(1, 0)
    };
    assert_eq!(cut(&blobs, shorter, 5).await, 0);
    assert_eq!(blobs.list(None).await.unwrap(), []);
}

#[tokio::test]
async fn so_many_unfinished_uploads_of_one_user_are_kept_and_so_large() {
    let (dir, blobs) = store().await;
    cut(&blobs, announced(2, 0), 10).await;
    for number in 0..20 {
        cut(&blobs, announced(1, number), 10).await;
    }
    assert_eq!((unfinished(&dir, 1), unfinished(&dir, 2)), (16, 1));
    // The last one is still there, and the first one gave way to it.
    assert_eq!(cut(&blobs, announced(1, 19), 1).await, 10);
    assert_eq!(cut(&blobs, announced(1, 0), 1).await, 0);
    // Four times the largest: of 3 and 3 and what is announced, one fits.
    let (dir, blobs) = store().await;
    for number in 0..3 {
        let large = Announced {
            bytes: 1_000,
            ..announced(1, number)
        };
        cut(&blobs, large, 1_000).await;
    }
    assert_eq!(unfinished(&dir, 1), 3);
    let large = Announced {
        bytes: 1_000,
        ..announced(1, 3)
    };
    let held = blobs.go_on(large, 1_000).await.unwrap();
    assert_eq!(unfinished(&dir, 1), 4);
    cut(&blobs, announced(1, 4), 10).await;
    assert_eq!(unfinished(&dir, 1), 4);
    drop(held);
    // Others make no room: what is sent then is as any other upload, and goes with its sender.
    let mut others = Vec::new();
    for uid in 10..90 {
        others.push(blobs.go_on(announced(uid, 0), 1_000).await.unwrap());
    }
    let before = files(&dir.path().join("blobs/unfinished")).len();
    assert_eq!(before, 64);
    assert_eq!(unfinished(&dir, 1), 4);
    drop(others);
    assert_eq!(files(&dir.path().join("blobs/unfinished")).len(), 64);
    assert!(files(&dir.path().join("blobs/uploads")).is_empty());
}

#[tokio::test]
async fn an_upload_that_could_not_be_stored_may_be_gone_on_with() {
    let (dir, blobs) = store().await;
    let (content, bytes) = content("walrus");
    let upload = Announced {
        uid: 1,
        content,
        bytes: 6,
    };
    let shard = dir
        .path()
        .join(format!("blobs/objects/{:02x}", content.0[0]));
    let begun = blobs.go_on(upload, 1_000).await.unwrap();
    let begun = begun.write(bytes).await.unwrap();
    fs::remove_dir(&shard).unwrap();
    begun.finish(Some(content)).await.unwrap_err();
    fs::create_dir(&shard).unwrap();
    let again = blobs.go_on(upload, 1_000).await.unwrap();
    assert_eq!(again.length(), 6);
    assert_eq!(again.finish(Some(content)).await.unwrap(), (content, 6));
    assert_eq!(unfinished(&dir, 1), 0);
    assert!(
        blobs
            .is_intact(&BlobPlace::whole(content, 6))
            .await
            .unwrap()
    );
    fs::write(shard.join(content.to_string()), "walros").unwrap();
    assert!(
        !blobs
            .is_intact(&BlobPlace::whole(content, 6))
            .await
            .unwrap()
    );
}
