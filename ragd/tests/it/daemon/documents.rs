//! Documents of many formats become searchable, and what cannot be read is listed.

use protocol::document::{DocumentPageRequest, DocumentRef};
use protocol::job::JobState;
use protocol::{ErrorCode, PathBytes, Request};

use super::world::{World, file_name, fixture};

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_every_format_are_found() {
    let mut world = World::new().await;
    let names = [
        "a.pdf", "a.docx", "a.doc", "a.odt", "a.html", "a.epub", "a.ipynb", "a.rtf",
    ];
    for name in names {
        world.write(name, fixture(name));
    }
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Finished);
    assert_eq!((job.totals.added, job.totals.failed), (8, 0));
    let mut found = world.paths("\"quote block\"").await;
    found.sort();
    found.dedup();
    let mut expected = names.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let hits = world.search("\"quote block\"").await;
    let pdf = hits
        .iter()
        .find(|hit| file_name(&hit.path) == "a.pdf")
        .unwrap();
    assert_eq!(pdf.place.page(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_drawn() {
    let mut world = World::new().await;
    world.write("a.pdf", fixture("a.pdf"));
    world.write("a.md", "words\n");
    world.take_in().await;
    let mut draw = async |path: &str, page: u32, side: Option<u16>| {
        let request = DocumentPageRequest {
            document: DocumentRef::Path {
                collection: None,
                path: PathBytes::from(path),
            },
            version: None,
            page,
            side,
        };
        world.bytes(Request::DocumentPage(request)).await
    };
    let sides = |jpeg: &[u8]| {
        let picture = image::load_from_memory_with_format(jpeg, image::ImageFormat::Jpeg);
        let picture = picture.unwrap();
        picture.width().max(picture.height())
    };
    assert_eq!(sides(&draw("a.pdf", 1, None).await.unwrap()), 1_568);
    assert_eq!(sides(&draw("a.pdf", 1, Some(90)).await.unwrap()), 90);
    for (path, page, why) in [
        ("a.pdf", 900, "it has no page 900: there are 1"),
        ("a.pdf", 0, "it has no page 0: there are 1"),
        ("a.md", 1, "nothing tells how its pages look"),
    ] {
        let refused = draw(path, page, None).await.unwrap_err();
        assert_eq!(refused.message, "the page cannot be shown");
        assert_eq!(refused.why.as_deref(), Some(why));
    }
    let none = draw("b.pdf", 1, None).await.unwrap_err();
    assert_eq!(none.code, ErrorCode::NotFound);
    world.stop().await;
}

/// Slides and sheets are opened at their numbers, and no passage mixes two of them.
#[tokio::test(flavor = "multi_thread")]
async fn passages_say_what_people_open() {
    let mut world = World::new().await;
    for name in ["a.pptx", "a.odp", "b.xlsx", "b.ods"] {
        world.write(name, fixture(name));
    }
    world.take_in().await;
    let mut spots = Vec::new();
    for query in ["\"first bullet\"", "Apple"] {
        let hits = world.search(query).await.into_iter();
        spots.extend(hits.filter_map(|hit| {
            let spot = hit.place.spot?;
            Some(format!("{}: {spot}", file_name(&hit.path)))
        }));
    }
    spots.sort();
    let expected = [
        "a.odp: slide 2",
        "a.odp: slide 3",
        "a.pptx: slide 2",
        "a.pptx: slide 3",
        "b.ods: sheet 1 A1:C3",
        "b.xlsx: sheet 1 A1:C3",
    ];
    assert_eq!(spots, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_break_their_parsers_are_gaps_and_cost_no_other() {
    let mut world = World::with(|config| {
        config.extract.cpu_s = 1;
        config.extract.memory_bytes = 300 << 20;
    })
    .await;
    for name in [
        "xobject-exponential.pdf",
        "flate-bomb-300MB.pdf",
        "cyclic-pages.pdf",
        "enc-userpw-secret.pdf",
        "huge-mediabox.pdf",
        "zip-bomb-200MB.zip",
    ] {
        world.write(name, fixture(name));
    }
    for number in 0..20 {
        world.write(&format!("good{number}.md"), format!("# Walrus {number}\n"));
    }
    let job = world.take_in().await;
    assert_eq!(job.state, JobState::Finished);
    assert_eq!(job.totals.added, 20);
    let gaps = world.gaps(false).await;
    let rule = |name: &str| {
        let gap = gaps.iter().find(|gap| file_name(&gap.path) == name);
        gap.map_or("searchable", |gap| gap.rule.as_str())
    };
    assert_eq!(rule("xobject-exponential.pdf"), "extract-cpu");
    assert_eq!(rule("enc-userpw-secret.pdf"), "encrypted");
    assert_eq!(rule("zip-bomb-200MB.zip"), "unpack-limit");
    assert_eq!(gaps.len(), 6, "{gaps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_documents_wait_and_say_so() {
    let mut world = World::with(|config| config.extract.program = "/bin/false".into()).await;
    world.write("a.md", "walrus\n");
    let accepted = world
        .submit(&world.files(), protocol::submit::SourceRules::default())
        .await;
    let job = world
        .job_when(accepted.job, |job| job.state == JobState::Parked)
        .await;
    let waiting = format!("{:?}", job.waiting);
    assert!(waiting.contains("sandbox"), "{waiting}");
    let world = world.reconfigured(|config| {
        config.extract.program = env!("CARGO_BIN_EXE_ragd").into();
    });
    let mut world = world.await;
    world.finished(accepted.job).await;
    assert_eq!(world.paths("walrus").await, ["a.md"]);
}

/// A message with a picture, or without one.
fn message(picture: bool) -> Vec<u8> {
    let attached = match picture {
        true => {
            "--B\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\
                 Content-Disposition: attachment; filename=\"p.png\"\r\n\r\niVBORw0KGgoAAAA=\r\n"
        }
        false => "",
    };
    let head = "From: a@x.org\r\nSubject: walrus\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n\
                Content-Type: multipart/mixed; boundary=B\r\n\r\n\
                --B\r\nContent-Type: text/plain\r\n\r\nthe body\r\n";
    format!("{head}{attached}--B--\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_document_lacks_is_listed_as_long_as_it_does() {
    let mut world = World::new().await;
    let gaps = async |world: &mut World| -> Vec<(String, String)> {
        let gaps = world.gaps(false).await.into_iter();
        gaps.map(|gap| (gap.path.to_text(), gap.code)).collect()
    };
    let path = world.write("m.eml", message(true));
    // What a folder of this name lacks is its own.
    world.write("m.eml!/noise.bin", b"\x01\x00\x02\x00\x00\x9f".repeat(50));
    world.take_in().await;
    assert_eq!(world.paths("body").await, ["m.eml"]);
    let gap = |path: &str, code: &str| (path.to_owned(), code.to_owned());
    let noise = gap("m.eml!/noise.bin", "binary");
    let lacking = [gap("m.eml!/p.png", "broken"), noise.clone()];
    assert_eq!(gaps(&mut world).await, lacking);
    // Nothing changed, so it still does.
    world.take_in().await;
    assert_eq!(gaps(&mut world).await, lacking);
    world.write("m.eml", message(false));
    world.take_in().await;
    assert_eq!(gaps(&mut world).await, std::slice::from_ref(&noise));
    world.write("m.eml", message(true));
    world.take_in().await;
    assert_eq!(gaps(&mut world).await, lacking);
    // A sync deletes nothing where too much is gone.
    for number in 0..9 {
        world.write(&format!("{number}.md"), "stays\n");
    }
    world.take_in().await;
    std::fs::remove_file(path).unwrap();
    assert_eq!(world.sync().await.totals.deleted, 1);
    assert_eq!(gaps(&mut world).await, [noise]);
    std::fs::remove_file(world.files().join("m.eml!/noise.bin")).unwrap();
    world.sync().await;
    assert_eq!(gaps(&mut world).await, []);
}
