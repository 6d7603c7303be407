//! Images and scanned pages are read by the real tesseract, where that is allowed.

use std::path::{Path, PathBuf};

use protocol::document::{DocumentCatRequest, DocumentPageRequest, DocumentRef, DocumentState};
use protocol::health::{HealthPart, HealthState};
use protocol::job::{JobState, JobView};
use protocol::{PathBytes, Request};
use ragd::config::Config;
use ragd::worker;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::world::{World, file_name, fixture, reply};
use crate::contract::fleet::server::Server;
use crate::qdrant_server::QdrantServer;

fn named(path: &str) -> DocumentRef {
    DocumentRef::Path {
        collection: None,
        path: PathBytes::from(path),
    }
}

/// Returns how the first page of a document looks.
async fn picture(world: &mut World, path: &str) -> Vec<u8> {
    let request = DocumentPageRequest {
        document: named(path),
        version: None,
        page: 1,
        side: Some(2_000),
    };
    world.bytes(Request::DocumentPage(request)).await.unwrap()
}

/// Returns a PDF with a blank page and one that is a picture.
fn scanned(jpeg: &[u8]) -> Vec<u8> {
    let image = image::load_from_memory(jpeg).unwrap();
    let (width, height) = (image.width(), image.height());
    let draw = "q 595 0 0 842 0 0 cm /I Do Q";
    let page = "/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]";
    let mut pdf = b"%PDF-1.4\n".to_vec();
    for object in [
        "1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n".to_owned(),
        "2 0 obj << /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >> endobj\n".to_owned(),
        format!("3 0 obj << {page} >> endobj\n"),
        format!(
            "4 0 obj << {page} /Contents 5 0 R /Resources << /XObject << /I 6 0 R >> >> >> endobj\n"
        ),
        format!(
            "5 0 obj << /Length {} >> stream\n{draw}\nendstream endobj\n",
            draw.len()
        ),
        format!(
            "6 0 obj << /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace \
             /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length {} >> stream\n",
            jpeg.len()
        ),
    ] {
        pdf.extend(object.into_bytes());
    }
    pdf.extend(jpeg);
    pdf.extend(b"\nendstream endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n");
    pdf
}

fn allowed(config: &mut Config) {
    config.ocr.tesseract = true;
    // Other tests need the processors, too.
    config.ocr.page_s = 600;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_a_picture_is_read_once_that_is_allowed() {
    let mut world = World::new().await;
    world.write("a.pdf", fixture("a.pdf"));
    world.take_in().await;
    let jpeg = picture(&mut world, "a.pdf").await;
    world.write("scan.pdf", scanned(&jpeg));
    world.write("photo.jpg", jpeg);
    world.take_in().await;
    let failures = world.failures().await;
    let unseen = |name: &str| (name.to_owned(), "needs-vision".to_owned());
    assert_eq!(failures, [unseen("photo.jpg"), unseen("scan.pdf")]);

    let mut world = world.reconfigured(allowed).await;
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Finished);
    assert_eq!(world.failures().await, []);
    let hits = world.search("\"quote block\"").await;
    let mut found: Vec<_> = hits
        .iter()
        .map(|hit| (file_name(&hit.path), hit.place.page()))
        .collect();
    found.sort();
    let expected = [
        ("a.pdf", Some(1)),
        ("photo.jpg", None),
        ("scan.pdf", Some(2)),
    ];
    assert_eq!(found, expected.map(|(name, page)| (name.to_owned(), page)));
    let cat = Request::DocumentCat(DocumentCatRequest::from(named("scan.pdf")));
    let text = String::from_utf8(world.bytes(cat).await.unwrap()).unwrap();
    for hit in hits.iter().filter(|hit| file_name(&hit.path) == "scan.pdf") {
        assert!(text.contains(&hit.text.0), "{text}");
    }
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    world.stop().await;
}

/// Returns a PDF of one line in large letters.
fn line(text: &str) -> Vec<u8> {
    let page = format!("BT /F 24 Tf 40 700 Td ({text}) Tj ET");
    let mut pdf = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n\
        2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
        3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources \
        <</Font<</F 5 0 R>>>>>> endobj\n"
        .to_vec();
    let length = page.len();
    pdf.extend(format!("4 0 obj <</Length {length}>> stream\n{page}\nendstream endobj\n").bytes());
    pdf.extend(b"5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Courier>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n");
    pdf
}

/// Lists the files below a folder that have `needle` in them, but for those of contents.
fn with_needle(folder: &Path, needle: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let entries = entries.filter(|entry| entry.file_name() != "blobs");
    let found = entries.flat_map(|entry| match entry.file_type().unwrap() {
        kind if kind.is_dir() => with_needle(&entry.path(), needle),
        kind if kind.is_file() => {
            let bytes = std::fs::read(entry.path()).unwrap();
            let has = String::from_utf8_lossy(&bytes).contains(needle);
            has.then(|| entry.path()).into_iter().collect()
        }
        _ => Vec::new(),
    });
    found.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_seen_on_a_page_is_searched_for_secrets() {
    let mut world = World::with(allowed).await;
    world.write("a.pdf", line("password: w8Rk2pQz7LmX"));
    world.take_in().await;
    let jpeg = picture(&mut world, "a.pdf").await;
    world.write("scan.pdf", scanned(&jpeg));
    world.write("photo.jpg", jpeg);
    world.take_in().await;
    assert_eq!(world.failures().await, []);
    for name in ["a.pdf", "scan.pdf", "photo.jpg"] {
        let cat = Request::DocumentCat(DocumentCatRequest::from(named(name)));
        let text = String::from_utf8(world.bytes(cat).await.unwrap()).unwrap();
        assert!(
            text.contains("password: [SECRET:password]"),
            "{name}: {text}"
        );
        assert!(!text.contains("w8Rk"), "{name}: {text}");
    }
    let listed = world.documents().await;
    assert!(
        listed.iter().all(|document| document.secrets == 1),
        "{listed:?}"
    );
    let hits = world.search("password").await;
    assert_eq!(hits.len(), 3);
    for text in hits.iter().map(|hit| &hit.text.0) {
        assert!(!text.contains("w8Rk"), "{text}");
    }
    assert_eq!(world.paths("w8Rk2pQz7LmX").await, Vec::<String>::new());
    assert_eq!(with_needle(&world.state(), "w8Rk"), Vec::<PathBuf>::new());
    world.stop().await;
}

/// Whoever looks sees nothing.
fn blinded(config: &mut Config) {
    allowed(config);
    config.ocr.page_s = 0;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_looks_twice_at_one_page() {
    let mut world = World::new().await;
    world.write("a.pdf", fixture("a.pdf"));
    world.take_in().await;
    let jpeg = picture(&mut world, "a.pdf").await;
    let mut world = world.reconfigured(allowed).await;
    world.write("scan.pdf", scanned(&jpeg));
    world.take_in().await;

    let mut world = world.reconfigured(blinded).await;
    world.write("copy.pdf", scanned(&jpeg));
    world.write("photo.jpg", jpeg);
    world.take_in().await;
    let failures = world.failures().await;
    assert_eq!(
        failures,
        [("photo.jpg".to_owned(), "needs-vision".to_owned())],
        "{:?}",
        world.gaps(false).await
    );
    let hits = world.search("\"quote block\"").await;
    let mut found: Vec<_> = hits.iter().map(|hit| file_name(&hit.path)).collect();
    found.sort();
    assert_eq!(found, ["a.pdf", "copy.pdf", "scan.pdf"]);

    // What is searchable can be shown, also where nobody looks any more.
    let mut world = world
        .reconfigured(|config| config.ocr.tesseract = false)
        .await;
    let cat = Request::DocumentCat(DocumentCatRequest::from(named("scan.pdf")));
    let text = String::from_utf8(world.bytes(cat).await.unwrap()).unwrap();
    for hit in hits.iter().filter(|hit| file_name(&hit.path) == "scan.pdf") {
        assert!(text.contains(&hit.text.0), "{text}");
    }

    // Nor does it go when it is handed in again.
    world.take_in().await;
    assert_eq!(world.failures().await, failures);
    assert_eq!(world.search("\"quote block\"").await.len(), 3);
    for document in world.documents().await {
        assert_eq!(document.state, DocumentState::Active, "{document:?}");
    }
    let found = world.fsck().await;
    assert!(found.is_clean(), "{found:?}");
    world.stop().await;
}

async fn extract_part(world: &mut World) -> HealthPart {
    let health = reply!(world.client.call(Request::Health).await, Health);
    let mut parts = health.parts.into_iter();
    parts.find(|part| part.name == "extract").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_read_says_why() {
    let mut world = World::with(|config| {
        allowed(config);
        config.ocr.languages = "klingon".to_owned();
    })
    .await;
    world.write("a.pdf", fixture("a.pdf"));
    world.take_in().await;
    let jpeg = picture(&mut world, "a.pdf").await;
    world.write("photo.jpg", jpeg);
    world.take_in().await;
    let gaps = world.gaps(false).await;
    let [gap] = &gaps[..] else {
        panic!("{gaps:?}");
    };
    assert_eq!(gap.code, "needs-vision");
    assert!(
        gap.reason.contains("; tesseract failed: "),
        "{}",
        gap.reason
    );
    let findings = reply!(world.client.call(Request::Doctor).await, Findings);
    let ocr = findings
        .iter()
        .find(|finding| finding.part == "ocr")
        .unwrap();
    assert_eq!(ocr.what, "tesseract does not know the language klingon");
    let part = extract_part(&mut world).await;
    let cause = part.cause.as_deref();
    assert_eq!(
        (part.state, cause),
        (HealthState::Degraded, Some(ocr.what.as_str()))
    );
    assert_eq!(part.next_step, ocr.next_step);
    let known = |config: &mut Config| config.ocr.languages = "eng".to_owned();
    let mut world = world.reconfigured(known).await;
    world.take_in().await;
    assert_eq!(extract_part(&mut world).await.state, HealthState::Ok);
    world.stop().await;
}

/// What a daemon without workers of its own shares with one on another machine.
struct Shared {
    queue: Server,
    index: QdrantServer,
    folder: tempfile::TempDir,
}

impl Shared {
    async fn new() -> Self {
        Self {
            queue: Server::start(&["--appendonly", "yes"]).await,
            index: QdrantServer::start(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn configure(&self, config: &mut Config) {
        allowed(config);
        config.workers.local = 0;
        config.queue.url = self.queue.queue().url;
        config.queue.max_attempts = 1_000;
        config.queue.retry_min_ms = 10;
        config.queue.retry_max_ms = 10;
        config.index.url = self.index.url();
        config.blobs.url = format!("file://{}/blobs", self.folder.path().display());
    }

    async fn world(&self) -> World {
        World::with(|config| self.configure(config)).await
    }

    /// Starts a worker of which something is as on no other machine.
    fn worker(&self, change: impl FnOnce(&mut Config)) -> Worker {
        let mut config = Config {
            state_dir: self.folder.path().join("worker"),
            ..Config::default()
        };
        self.configure(&mut config);
        config.extract.program = Path::new(env!("CARGO_BIN_EXE_ragd")).to_owned();
        change(&mut config);
        let stopping = CancellationToken::new();
        let stop = stopping.clone();
        let run = async move { worker::run(&config, worker::Options::default(), stop).await };
        Worker {
            running: tokio::spawn(run),
            stopping,
        }
    }
}

struct Worker {
    running: JoinHandle<Result<(), worker::WorkerError>>,
    stopping: CancellationToken,
}

impl Worker {
    async fn stop(self) {
        self.stopping.cancel();
        self.running.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_reads_pictures_as_the_daemon_would() {
    let shared = Shared::new().await;
    let (mut world, worker) = (shared.world().await, shared.worker(|_| {}));
    world.write("a.pdf", fixture("a.pdf"));
    world.take_in().await;
    let jpeg = picture(&mut world, "a.pdf").await;
    world.write("scan.pdf", scanned(&jpeg));
    world.write("photo.jpg", jpeg);
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    assert_eq!(world.failures().await, []);
    let mut found = world.paths("\"quote block\"").await;
    found.sort();
    assert_eq!(found, ["a.pdf", "photo.jpg", "scan.pdf"]);
    worker.stop().await;

    // What the worker saw is kept where the daemon finds it: a copy needs nobody who looks.
    let worker = shared.worker(|config| config.ocr.page_s = 0);
    std::fs::rename(
        world.files().join("scan.pdf"),
        world.files().join("copy.pdf"),
    )
    .unwrap();
    world.take_in().await;
    assert_eq!(world.failures().await, []);
    assert!(
        world
            .paths("\"quote block\"")
            .await
            .contains(&"copy.pdf".to_owned())
    );
    worker.stop().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_would_see_something_else_is_refused() {
    let shared = Shared::new().await;
    let mut world = shared.world().await;
    let differing: [fn(&mut Config); 2] = [
        |config| config.ocr.tesseract = false,
        |config| config.ocr.languages = "osd".to_owned(),
    ];
    for (number, differ) in differing.into_iter().enumerate() {
        let worker = shared.worker(differ);
        world.write(&format!("{number}.md"), "walrus\n");
        let files = world.files();
        let job = world.take_lazily(&files, "c").await;
        let is_refused = |job: &JobView| {
            let error = job.error.as_ref();
            error.is_some_and(|error| error.message.contains("tesseract=eng`, this worker"))
        };
        let refused = world.job_when(job, is_refused).await;
        assert!(!refused.state.is_end(), "{refused:?}");
        let next = refused.error.unwrap().try_next.concat();
        assert!(next.contains("`[ocr]`"), "{next}");
        worker.stop().await;
        let worker = shared.worker(|_| {});
        world.finished(job).await;
        worker.stop().await;
    }
    let mut found = world.paths("walrus").await;
    found.sort();
    assert_eq!(found, ["0.md", "1.md"]);
    world.stop().await;
}
