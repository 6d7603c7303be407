//! An object store that is not there, not ours, slow, or breaks off in the middle.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use ragd::blobs::RemoteError;
use ragd::ids::chain;

use super::*;
use crate::unruly::{Fault, Unruly};

/// A store behind somebody who misbehaves on demand.
struct Faulty {
    backend: Backend,
    bucket: String,
    unruly: Unruly,
}

impl Faulty {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let moto = Moto::get();
        let unruly = Unruly::before(&moto.endpoint);
        let bucket = moto.bucket().await;
        let config = moto::config(&unruly.endpoint, &bucket, dir.path());
        Self {
            backend: Backend { dir, config },
            bucket,
            unruly,
        }
    }

    async fn open(&self) -> Blobs {
        self.backend.open().await
    }

    /// Returns why the store does not open.
    async fn refused(&self) -> BlobError {
        let dir = self.backend.dir.path().join("blobs");
        match Blobs::open(&self.backend.config, &dir).await {
            Ok(away) => away.reach().await.unwrap_err(),
            Err(error) => error,
        }
    }
}

/// Compares what is said, whether it may get better, and what to do.
fn check(error: &BlobError, said: &str, is_transient: bool, hint: &str) {
    let text = chain(error);
    assert!(text.contains(said), "{text}");
    assert!(!text.contains("do-not-show-this"), "{text}");
    assert!(!format!("{error:?}").contains("do-not-show-this"));
    assert_eq!(error.is_transient(), is_transient, "{text}");
    let found = error.hint().unwrap_or_default();
    assert!(found.contains(hint), "{text}: {found}");
}

async fn upload(blobs: &Blobs, bytes: &[u8]) -> Result<BlobPlace, BlobError> {
    let upload = blobs.begin().await.unwrap();
    let upload = upload.write(Bytes::copy_from_slice(bytes)).await.unwrap();
    let (hash, length) = upload.finish(None).await?;
    Ok(BlobPlace::whole(hash, length))
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_there() {
    let mut faulty = Faulty::new().await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    faulty.backend.config.endpoint.clone_from(&url);
    let error = faulty.refused().await;
    let said = format!(
        "cannot use the object store s3://{} at {url}: it is out of reach",
        faulty.bucket
    );
    check(&error, &said, true, "`blobs.endpoint`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_missing() {
    let mut faulty = Faulty::new().await;
    faulty.backend.config.url = "s3://nowhere/prefix".to_owned();
    let error = faulty.refused().await;
    check(&error, "it has no such bucket", false, "create the bucket");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_wrong() {
    let strict = Moto::start("INITIAL_NO_AUTH_ACTION_COUNT=0", "");
    let dir = tempfile::tempdir().unwrap();
    let config = moto::config(&strict.endpoint, "bucket", dir.path());
    let opened = Blobs::open(&config, &dir.path().join("blobs")).await;
    let said = "it refuses the keys (403, InvalidAccessKeyId: ";
    check(&opened.unwrap_err(), said, false, "check the keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_expire_while_it_runs() {
    let faulty = Faulty::new().await;
    let blobs = faulty.open().await;
    let body = "<Error><Code>ExpiredToken</Code><Message>too old</Message>\
        <Token-0>do-not-show-this</Token-0></Error>";
    let expired = Fault::Answer("400 Bad Request", "", body);
    faulty.unruly.fail("PUT", expired, usize::MAX);
    let error = blobs.put_pack(vec![content("x")]).await.unwrap_err();
    let said = "it refuses the keys (400, ExpiredToken: too old)";
    check(&error, said, false, "not expired");
    assert_eq!(faulty.unruly.requests("PUT"), 2, "not tried again");
    let (hash, bytes) = content("x");
    let error = blobs.put_small(hash, bytes).await.unwrap_err();
    check(&error, said, false, "not expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_read_anew_and_shown_to_nobody() {
    let faulty = Faulty::new().await;
    let blobs = faulty.open().await;
    assert!(!format!("{blobs:?}").contains("do-not-show-this"));
    let secret = &faulty.backend.config.secret_key_file;
    fs::remove_file(secret).unwrap();
    let error = blobs.put_pack(vec![content("x")]).await.unwrap_err();
    let said = format!("cannot read {}", secret.display());
    check(&error, &said, false, "who may read");
    fs::write(secret, "another\n").unwrap();
    blobs.put_pack(vec![content("x")]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_of_another_kind() {
    let faulty = Faulty::new().await;
    let garbled = "it does not answer as S3 does";
    for (fault, said, is_transient, hint) in [
        (
            Fault::Answer("200 OK", "content-type: text/html\r\n", "<html>Hello"),
            garbled,
            false,
            "speaks S3",
        ),
        (Fault::Answer("200 OK", "", ""), garbled, false, "speaks S3"),
        (
            Fault::Answer("404 Not Found", "", "<html>Hello"),
            "it refuses the request (404)",
            false,
            "speaks S3",
        ),
        (Fault::Mail, "it broke off", true, "log of the server"),
    ] {
        faulty.unruly.fail("GET", fault, usize::MAX);
        check(&faulty.refused().await, said, is_transient, hint);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let faulty = Faulty::new().await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let location = format!("location: http://{}/x\r\n", elsewhere.local_addr().unwrap());
    let fault = Fault::Answer("307 Moved", location.leak(), "");
    faulty.unruly.fail("GET", fault, usize::MAX);
    let error = faulty.refused().await;
    check(&error, "it refuses the request (307)", false, "speaks S3");
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err(), "nobody was sent there");

    let region = "x-amz-bucket-region: eu-west-1\r\n";
    let fault = Fault::Answer("301 Moved", region, "");
    faulty.unruly.fail("GET", fault, usize::MAX);
    let error = faulty.refused().await;
    let said = "the bucket is in another region: eu-west-1";
    check(&error, said, false, "`blobs.region`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_is_given_up_in_time() {
    let mut faulty = Faulty::new().await;
    faulty.backend.config.timeout_ms = 300;
    let blobs = faulty.open().await;
    let place = blobs.put_pack(vec![content("x")]).await.unwrap()[0];
    faulty.unruly.fail("", Fault::Silence, usize::MAX);
    let began = Instant::now();
    let error = blobs.get(&place).await.unwrap_err();
    check(&error, "it does not answer", true, "`blobs.timeout_ms`");
    let error = blobs.put_pack(vec![content("y")]).await.unwrap_err();
    check(&error, "it does not answer", true, "`blobs.timeout_ms`");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_is_waited_for() {
    let faulty = Faulty::new().await;
    let blobs = faulty.open().await;
    let slow = Fault::Slow(Duration::from_secs(2));
    faulty.unruly.fail("", slow, usize::MAX);
    // Together: their packs wait for each other, and not each content for each.
    let began = Instant::now();
    let puts = (0..20).map(|number| {
        let (blobs, bytes) = (blobs.clone(), Bytes::from(format!("content {number}")));
        tokio::spawn(async move { blobs.put_small(content_hash(&bytes), bytes).await })
    });
    let mut places = Vec::new();
    for put in puts.collect::<Vec<_>>() {
        places.push(put.await.unwrap().unwrap());
    }
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(blobs.get(&places[7]).await.unwrap(), "content 7");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_is_asked_again() {
    let faulty = Faulty::new().await;
    let blobs = faulty.open().await;
    let busy = Fault::Answer(
        "503 Slow Down",
        "",
        "<Error><Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>",
    );
    faulty.unruly.fail("PUT", busy, 2);
    let place = blobs.put_pack(vec![content("x")]).await.unwrap()[0];
    faulty.unruly.fail("GET", busy, 2);
    assert_eq!(blobs.get(&place).await.unwrap(), "x");
    for list in [false, true] {
        faulty.unruly.fail("", busy, usize::MAX);
        let error = match list {
            true => blobs.list(None).await.unwrap_err(),
            false => blobs.remove(place.pack).await.unwrap_err(),
        };
        let said = "it failed (503, SlowDown: Reduce your rate.)";
        check(&error, said, true, "log of the server");
    }
    faulty.unruly.heal();
    assert_eq!(names(&blobs).await, [place.pack]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    let faulty = Faulty::new().await;
    let blobs = faulty.open().await;
    let place = blobs.put_pack(vec![content("content")]).await.unwrap()[0];
    faulty.unruly.fail("GET", Fault::CutAnswer, 2);
    assert_eq!(blobs.get(&place).await.unwrap(), "content");
    faulty.unruly.fail("GET", Fault::CutAnswer, usize::MAX);
    let error = blobs.get(&place).await.unwrap_err();
    check(&error, "it broke off", true, "log of the server");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cut_in_the_middle_is_no_object() {
    let faulty = Faulty::new().await;
    let blobs = faulty.open().await;
    let bytes = vec![7; (20 << 20) + 1];
    faulty.unruly.fail("partNumber=2", Fault::CutRequest, 1);
    let place = upload(&blobs, &bytes).await.unwrap();
    assert!(blobs.get(&place).await.unwrap() == bytes);
    blobs.remove(place.pack).await.unwrap();

    let failing = Fault::Answer("500 Oh", "", "");
    for (word, fault, said) in [
        ("partNumber=2", Fault::CutRequest, "it broke off"),
        ("partNumber=3", failing, "it failed (500)"),
        ("POST", failing, "it failed (500)"),
    ] {
        faulty.unruly.fail(word, fault, usize::MAX);
        let error = upload(&blobs, &bytes).await.unwrap_err();
        check(&error, said, true, "log of the server");
        assert_eq!(blobs.list(None).await.unwrap(), [], "{word}");
        // Nor are its parts kept.
        let path = format!("{}?uploads", faulty.bucket);
        let left = Moto::get().ask(Method::GET, &path, "").await;
        assert!(!left.contains("<UploadId>"), "{word}: {left}");
    }
    faulty.unruly.heal();
    let place = upload(&blobs, &bytes).await.unwrap();
    assert!(blobs.get(&place).await.unwrap() == bytes);
}

/// The server ends an upload, and nobody hears of it; or it says `200 OK` and then that it failed.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_in_doubt_is_transient() {
    let faulty = Faulty::new().await;
    let blobs = faulty.open().await;
    let bytes = vec![7; 9 << 20];
    let late = "<?xml version=\"1.0\"?>\n  <Error><Code>InternalError</Code></Error>";
    let late = Fault::Answer("200 OK", "", late);
    for fault in [Fault::CutAnswer, late] {
        faulty.unruly.fail("?uploadId", fault, 1);
        match upload(&blobs, &bytes).await {
            Ok(place) => assert!(blobs.get(&place).await.unwrap() == bytes),
            Err(error) => assert!(error.is_transient(), "{}", chain(&error)),
        }
        let place = upload(&blobs, &bytes).await.unwrap();
        assert!(blobs.get(&place).await.unwrap() == bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_checked() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls");
    let file = |name: &str| fixtures.join(name);
    let options = format!(
        "-s -c '{}' -k '{}'",
        file("server.pem").display(),
        file("server.key").display()
    );
    let server = Moto::start("", &options);
    assert!(server.endpoint.starts_with("https://"));
    let dir = tempfile::tempdir().unwrap();
    let mut config = moto::config(&server.endpoint, "bucket", dir.path());
    let open = async |config: &config::Blobs| {
        let opened = Blobs::open(config, &dir.path().join("blobs")).await;
        match opened {
            Ok(away) => away.reach().await.unwrap_err(),
            Err(error) => error,
        }
    };
    let error = open(&config).await;
    check(&error, "certificate", true, "`blobs.ca_file`");
    config.ca_file = file("ca.pem");
    // The server is believed, and says so.
    check(&open(&config).await, "no such bucket", false, "create");
    config.ca_file = file("server.key");
    let said = "has no certificates";
    check(&open(&config).await, said, false, "`blobs.ca_file`");
    config.ca_file = file("nowhere.pem");
    let error = open(&config).await;
    let BlobError::Remote { source, .. } = &error else {
        panic!("{error}");
    };
    assert!(matches!(**source, RemoteError::File { .. }), "{source}");
}

#[tokio::test]
async fn an_upload_that_an_object_store_did_not_take_is_gone_on_with() {
    let faulty = Faulty::new().await;
    let blobs = faulty.open().await;
    // More than one part, so that some of it is there already when it fails.
    let bytes: Vec<u8> = (0..12_000_000_u32).map(|number| number as u8).collect();
    let upload = Announced {
        uid: 1,
        content: content_hash(&bytes),
        bytes: bytes.len() as u64,
    };
    let begun = blobs.go_on(upload, 1 << 30).await.unwrap();
    drop(
        begun
            .write(bytes[..5_000_000].to_vec().into())
            .await
            .unwrap(),
    );
    let begun = blobs.go_on(upload, 1 << 30).await.unwrap();
    assert_eq!(begun.length(), 5_000_000);
    let begun = begun.write(bytes[5_000_000..].to_vec().into()).await;
    let denied = Fault::Answer("403 Forbidden", "", "");
    faulty.unruly.fail("PUT", denied, usize::MAX);
    let finished = begun.unwrap().finish(Some(upload.content)).await;
    assert!(matches!(finished, Err(BlobError::Remote { .. })));
    faulty.unruly.heal();
    let begun = blobs.go_on(upload, 1 << 30).await.unwrap();
    assert_eq!(begun.length(), upload.bytes);
    begun.finish(Some(upload.content)).await.unwrap();
    let place = BlobPlace::whole(upload.content, upload.bytes);
    assert!(blobs.is_intact(&place).await.unwrap());
    let left = fs::read_dir(faulty.backend.dir.path().join("blobs/unfinished"));
    assert_eq!(left.unwrap().count(), 0);
}
