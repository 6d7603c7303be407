//! Files of archives become documents that come and go with their archive.

use protocol::job::JobState;

use super::world::World;
use crate::contract::fleet::server::Server;
use crate::packed::zip;
use crate::qdrant_server::QdrantServer;

const NOISE: &[u8] = &[1, 0, 2, 0, 0, 0x9f, 1, 0, 2, 0, 0, 0x9f];

async fn documents(world: &mut World) -> Vec<String> {
    let documents = world.documents().await;
    let mut paths: Vec<_> = documents.iter().map(|one| one.path.to_text()).collect();
    paths.sort();
    paths
}

async fn gaps(world: &mut World) -> Vec<(String, String)> {
    let gaps = world.gaps(true).await.into_iter();
    gaps.map(|gap| (gap.path.to_text(), gap.code)).collect()
}

async fn is_consistent(world: &mut World) {
    let report = world.fsck().await;
    let lost = [
        report.missing_chunks,
        report.missing_vectors,
        report.missing_blobs,
        report.damaged_blobs,
    ];
    assert_eq!(lost, [0; 4], "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_an_archive_are_documents_of_their_own() {
    let mut world = World::new().await;
    let inner = zip(&[("deep.md", b"the otter dives\n")]);
    let first = zip(&[
        ("docs/walrus.md", b"# Walrus\n\nthe walrus sleeps\n"),
        ("docs/seal.md", b"the seal sings\n"),
        (".git/config", b"hidden words\n"),
        ("noise.bin", NOISE),
        ("more/inner.zip", &inner),
        ("../climbs.md", b"the ibex climbs\n"),
    ]);
    let path = world.write("a.zip", &first);
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Finished);
    // The archive and four files.
    assert_eq!((job.totals.added, job.totals.failed), (5, 0));
    assert_eq!(job.progress.files_total, 6);
    assert_eq!(world.paths("walrus").await[0], "a.zip!/docs/walrus.md");
    assert_eq!(
        world.paths("otter").await,
        ["a.zip!/more/inner.zip!/deep.md"]
    );
    assert_eq!(world.paths("ibex").await, ["a.zip!/climbs.md"]);
    assert!(world.paths("hidden").await.is_empty());
    let gap = |path: &str, code: &str| (path.to_owned(), code.to_owned());
    let expected = [
        gap("a.zip!/.git/config", "skipped"),
        gap("a.zip!/noise.bin", "binary"),
    ];
    assert_eq!(gaps(&mut world).await, expected);
    let all = [
        "a.zip",
        "a.zip!/climbs.md",
        "a.zip!/docs/seal.md",
        "a.zip!/docs/walrus.md",
        "a.zip!/more/inner.zip!/deep.md",
    ];
    assert_eq!(documents(&mut world).await, all);

    let listed = world.documents().await;
    let walrus = listed.iter().find(|one| one.path.to_text() == all[3]);
    let source = world.files().join(all[3]).display().to_string();
    assert_eq!(walrus.unwrap().source.to_text(), source);

    // As before, it is not even opened; the guard against many deletes sees one document.
    let job = world.sync().await;
    assert_eq!((job.totals.unchanged, job.totals.deleted), (1, 0));
    let mut world = world.restart().await;
    assert_eq!(documents(&mut world).await, all);
    assert_eq!(
        world.paths("otter").await,
        ["a.zip!/more/inner.zip!/deep.md"]
    );

    let second = zip(&[
        ("docs/walrus.md", b"# Walrus\n\nthe walrus wakes\n"),
        ("docs/seal.md", b"the seal sings\n"),
    ]);
    world.write("a.zip", &second);
    let job = world.take_in().await;
    // The archive and the walrus are new, the seal is as before.
    assert_eq!((job.totals.updated, job.totals.deleted), (2, 2));
    assert_eq!(job.totals.unchanged, 1);
    assert_eq!(documents(&mut world).await, [all[0], all[2], all[3]]);
    assert!(world.paths("otter").await.is_empty());
    assert_eq!(world.paths("wakes").await, ["a.zip!/docs/walrus.md"]);
    assert_eq!(gaps(&mut world).await, []);

    for number in 0..9 {
        world.write(&format!("{number}.md"), "stays\n");
    }
    world.take_in().await;
    std::fs::remove_file(path).unwrap();
    assert_eq!(world.sync().await.totals.deleted, 3);
    assert_eq!(documents(&mut world).await.len(), 9);
    is_consistent(&mut world).await;
}

/// A message with these attached, by name.
fn message(attached: &[(&str, &[u8])]) -> Vec<u8> {
    let head = "From: a@x\r\nSubject: ibex\r\nMessage-ID: <1@x>\r\n\
        Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nbody\r\n";
    let mut message = head.as_bytes().to_vec();
    for (name, bytes) in attached {
        let head = format!(
            "--B\r\nContent-Type: application/octet-stream\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n"
        );
        message.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    message.extend_from_slice(b"--B--\r\n");
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_attached_to_a_message_is_taken_in_with_it() {
    let mut world = World::new().await;
    let within = zip(&[("deep.md", b"the otter dives\n"), ("noise.bin", NOISE)]);
    let pdf = include_bytes!("../../fixtures/documents/attachment.pdf");
    let attached: [(&str, &[u8]); 4] = [
        ("notes.md", b"# Notes\n\nthe walrus sleeps\n"),
        ("scan.png", b"\x89PNG\r\n\x1a\n"),
        ("a.pdf", pdf),
        ("all.zip", &within),
    ];
    let path = world.write("m.eml", message(&attached));
    world.write("n.eml", message(&[]));
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Finished);
    let all = [
        "m.eml",
        "m.eml!/a.pdf",
        "m.eml!/all.zip!/deep.md",
        "m.eml!/notes.md",
        "n.eml",
    ];
    assert_eq!(documents(&mut world).await, all);
    assert_eq!(world.paths("walrus").await, ["m.eml!/notes.md"]);
    assert_eq!(world.paths("otter").await, ["m.eml!/all.zip!/deep.md"]);
    let gap = |path: &str, code: &str| (path.to_owned(), code.to_owned());
    let gaps_of = gaps(&mut world).await;
    let expected = [
        gap("m.eml!/a.pdf!/image.png", "needs-vision"),
        gap("m.eml!/all.zip!/noise.bin", "binary"),
        gap("m.eml!/scan.png", "broken"),
    ];
    assert_eq!(gaps_of, expected);
    // As before, nothing is read.
    let job = world.sync().await;
    assert_eq!((job.totals.unchanged, job.totals.deleted), (2, 0));
    let mut world = world.restart().await;
    assert_eq!(documents(&mut world).await, all);

    world.write("m.eml", message(&attached[..1]));
    let job = world.take_in().await;
    assert_eq!((job.totals.updated, job.totals.deleted), (1, 2));
    assert_eq!(documents(&mut world).await, [all[0], all[3], all[4]]);
    assert_eq!(gaps(&mut world).await, []);
    world.write("m.eml", message(&[]));
    world.take_in().await;
    assert_eq!(documents(&mut world).await, [all[0], all[4]]);
    world.write("m.eml", message(&attached));
    world.take_in().await;
    assert_eq!(documents(&mut world).await, all);
    for number in 0..9 {
        world.write(&format!("{number}.md"), "stays\n");
    }
    world.take_in().await;
    std::fs::remove_file(path).unwrap();
    assert_eq!(world.sync().await.totals.deleted, 4);
    assert_eq!(documents(&mut world).await.len(), 10);
    assert_eq!(gaps(&mut world).await, []);
    is_consistent(&mut world).await;
}

/// What was an archive and is none any more takes its files along.
#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_becomes_a_text_has_no_files() {
    let mut world = World::new().await;
    world.write("a.zip", zip(&[("walrus.md", b"the walrus sleeps\n")]));
    world.take_in().await;
    assert_eq!(documents(&mut world).await, ["a.zip", "a.zip!/walrus.md"]);
    world.write("a.zip", "just words\n");
    world.take_in().await;
    assert_eq!(documents(&mut world).await, ["a.zip"]);
    assert!(world.paths("walrus").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_handed_in_is_unpacked() {
    let mut world = World::new().await;
    let bytes = zip(&[("docs/walrus.md", b"the walrus sleeps\n"), ("b.md", NOISE)]);
    let accepted = world.hand_in("up.zip", &bytes).await;
    world.finished(accepted.job).await;
    assert_eq!(world.paths("sleeps").await, ["up.zip!/docs/walrus.md"]);
    let expected = [("up.zip!/b.md".to_owned(), "binary".to_owned())];
    assert_eq!(gaps(&mut world).await, expected);
    let mut world = world.restart().await;
    assert_eq!(world.paths("sleeps").await, ["up.zip!/docs/walrus.md"]);
    is_consistent(&mut world).await;
}

/// More than one pack of contents and more than one part.
#[tokio::test(flavor = "multi_thread")]
async fn large_archives_become_many_parts() {
    let mut world = World::new().await;
    let files: Vec<_> = (0..2_500)
        .map(|n| {
            (
                format!("dir{}/file{n}.md", n % 7),
                format!("walrus number{n}\n"),
            )
        })
        .collect();
    let list: Vec<_> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    world.write("many.zip", zip(&list));
    let job = world.take_in().await;
    assert_eq!((job.totals.added, job.totals.failed), (2_501, 0));
    assert!(job.parts.finished > 2, "{:?}", job.parts);
    assert_eq!(
        world.paths("number2499").await[0],
        "many.zip!/dir0/file2499.md"
    );
}

/// The daemon unpacks, and workers take the files in.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_an_archive_are_taken_in_by_workers() {
    let server = Server::start(&["--appendonly", "yes"]).await;
    let (index, folder) = (QdrantServer::start(), tempfile::tempdir().unwrap());
    let (url, index_url) = (server.queue().url, index.url());
    let blobs = format!("file://{}/blobs", folder.path().display());
    let mut world = World::with(|config| {
        config.queue.url = url;
        config.index.url = index_url;
        config.blobs.url = blobs;
        config.workers.local = 1;
    })
    .await;
    let files: [(&str, &[u8]); 2] = [("a.md", b"the walrus sleeps\n"), ("noise", NOISE)];
    world.write("a.zip", zip(&files));
    world.write("m.eml", message(&[("b.md", b"the seal sings\n"), files[1]]));
    world.write("n.eml", message(&[]));
    let job = world.take_in().await;
    assert_eq!((job.totals.added, job.totals.failed), (5, 0));
    assert_eq!(world.paths("sleeps").await, ["a.zip!/a.md"]);
    assert_eq!(world.paths("sings").await, ["m.eml!/b.md"]);
    let gap = |path: &str| (path.to_owned(), "binary".to_owned());
    let expected = [gap("a.zip!/noise"), gap("m.eml!/noise")];
    assert_eq!(gaps(&mut world).await, expected);
    world.stop().await;
}
