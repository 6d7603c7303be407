//! What documents say of themselves, what people say of them, and searches that ask for it.

use protocol::Private;
use protocol::document::{DocumentListRequest, DocumentRef};
use protocol::error::ErrorCode;
use protocol::job::PageRequest;
use protocol::search::{Compare, Condition, SearchRequest};
use protocol::submit::SourceRules;
use protocol::{PathBytes, Request};

use super::world::{World, file_name, ingest, reply, words};

fn is(name: &str, is: Compare, value: &str) -> Condition {
    Condition {
        name: name.to_owned(),
        is,
        value: Private(value.to_owned()),
    }
}

async fn found(world: &mut World, conditions: Vec<Condition>) -> Vec<String> {
    let request = SearchRequest {
        conditions: conditions.clone(),
        ..words("walrus")
    };
    let reply = world.search_as(request).await.unwrap();
    let mut names: Vec<_> = reply.hits.iter().map(|hit| file_name(&hit.path)).collect();
    names.sort();
    names.dedup();
    // A list asks the same.
    let list = DocumentListRequest {
        collection: None,
        path: None,
        conditions,
        page: PageRequest::default(),
    };
    let page = reply!(
        world.client.call(Request::DocumentList(list)).await,
        Documents
    );
    let mut listed: Vec<_> = page.items.iter().map(|one| file_name(&one.path)).collect();
    listed.sort();
    assert_eq!(names, listed);
    assert_eq!(page.total, names.len() as u64);
    names
}

fn said(facts: &[(&str, &str)]) -> SourceRules {
    let facts = facts.iter();
    SourceRules {
        facts: facts
            .map(|(name, value)| ((*name).to_owned(), Private((*value).to_owned())))
            .collect(),
        ..SourceRules::default()
    }
}

async fn known(world: &mut World, name: &str) -> Vec<String> {
    let document = DocumentRef::Path {
        collection: None,
        path: PathBytes::from(name),
    };
    let document = reply!(
        world.client.call(Request::DocumentShow(document)).await,
        Document
    );
    let facts = document.facts.iter();
    facts
        .map(|(name, value)| format!("{name}={}", value.0))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_chosen_by_what_they_say_of_themselves() {
    let mut world = World::new().await;
    let front =
        "---\ntitle: On walruses\nauthor: Ada Seal\ndate: 2024-05-31\ntags: [Sea, cold]\n---\n";
    world.write("a.md", format!("{front}the walrus sleeps\n"));
    world.write(
        "b.md",
        "---\nauthor: Bo Otter\ndate: 2023-02\ntags: sea\n---\na walrus wakes\n",
    );
    world.write(
        "c.eml",
        "From: Ada Seal <ada@sea.org>\nSubject: a walrus\nDate: Mon, 01 Jan 2024 10:00:00 +0000\n\
         Message-ID: <1@x>\n\nthe walrus sings\n",
    );
    world.write("d.txt", "a walrus without facts\n");
    world.take_in().await;
    assert_eq!(found(&mut world, vec![]).await.len(), 4);
    let author = is("author", Compare::Contains, "ada");
    assert_eq!(
        found(&mut world, vec![author.clone()]).await,
        ["a.md", "c.eml"]
    );
    let tag = is("tag", Compare::Is, "SEA");
    assert_eq!(found(&mut world, vec![tag.clone()]).await, ["a.md", "b.md"]);
    assert_eq!(found(&mut world, vec![author, tag.clone()]).await, ["a.md"]);
    // One of several tags is enough, and both ends of a time count.
    let either = vec![is("tag", Compare::Is, "cold"), tag];
    assert_eq!(found(&mut world, either).await, ["a.md", "b.md"]);
    let since = is("date", Compare::AtLeast, "2024-01-01");
    assert_eq!(
        found(&mut world, vec![since.clone()]).await,
        ["a.md", "c.eml"]
    );
    let until = is("date", Compare::AtMost, "2024-01-31");
    assert_eq!(found(&mut world, vec![since, until]).await, ["c.eml"]);
    let title = is("title", Compare::Contains, "ON WALRUS");
    assert_eq!(found(&mut world, vec![title]).await, ["a.md"]);
    let expected = ["author=Ada Seal", "date=2024-05-31", "tag=Sea", "tag=cold"];
    let mut all = known(&mut world, "a.md").await;
    all.sort();
    assert_eq!(all, expected);
    // What it does not say any more is not known any more.
    world.write("a.md", "the walrus sleeps\n");
    world.take_in().await;
    assert_eq!(known(&mut world, "a.md").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_say_of_documents_stays_until_they_say_something_else() {
    let mut world = World::new().await;
    world.write("a.md", "---\ntags: own\n---\nthe walrus sleeps\n");
    world.write("b/b.md", "a walrus wakes\n");
    let files = world.files();
    world
        .take(&files, said(&[("team", "search"), ("tag", "new")]))
        .await;
    let team = vec![is("TEAM", Compare::Is, "Search")];
    assert_eq!(found(&mut world, team.clone()).await, ["a.md", "b.md"]);
    assert_eq!(
        known(&mut world, "a.md").await,
        ["tag=new", "tag=own", "team=search"]
    );
    // A submit that says nothing changes nothing, also where the content changes.
    world.write("b/b.md", "a walrus wakes up\n");
    let job = world.take_in().await;
    assert_eq!((job.totals.updated, job.totals.unchanged), (1, 1));
    assert_eq!(found(&mut world, team.clone()).await, ["a.md", "b.md"]);
    // The same again is nothing to do; something else is, and no content is read for it anew.
    let same = said(&[("tag", "new"), ("team", "search")]);
    let job = world.take(&files, same).await;
    assert_eq!((job.totals.updated, job.totals.unchanged), (0, 2));
    let only_b = SourceRules {
        include: vec!["b/**".to_owned()],
        ..said(&[("team", "index")])
    };
    let job = world.take(&files, only_b).await;
    assert_eq!((job.totals.updated, job.totals.unchanged), (0, 1));
    assert_eq!(found(&mut world, team.clone()).await, ["a.md"]);
    let mut world = world.restart().await;
    assert_eq!(known(&mut world, "b/b.md").await, ["team=index"]);
    assert_eq!(found(&mut world, team).await, ["a.md"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_not_said() {
    let mut world = World::new().await;
    world.write("a.md", "walrus\n");
    let long = "x".repeat(201);
    for facts in [
        [("a b", "x")],
        [("", "x")],
        [("Title", "x")],
        [("a", "\u{1b}[2J")],
        [("a", long.as_str())],
    ] {
        let work = ingest("c", &world.files(), said(&facts));
        let error = world.submit_as(work).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::BadRequest, "{facts:?}");
    }
}

/// What there is to say of how a document was read is known like what it says of itself.
#[tokio::test(flavor = "multi_thread")]
async fn pages_and_guessed_encodings_are_known() {
    let mut world = World::new().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for (name, fixture) in [
        ("a.pdf", "documents/a.pdf"),
        ("a.pptx", "documents/a.pptx"),
        ("latin1.txt", "encodings/latin1.txt"),
    ] {
        world.write(name, std::fs::read(folder.join(fixture)).unwrap());
    }
    world.write(
        "damaged.txt",
        [
            "größer und schöner für alle\n".repeat(5).as_bytes(),
            b"\xff\n",
        ]
        .concat(),
    );
    world.take_in().await;
    let documents = world.documents().await;
    let pages = documents
        .iter()
        .map(|one| (file_name(&one.path), one.pages));
    let mut pages: Vec<_> = pages.collect();
    pages.sort();
    let of = |name: &str, pages| (name.to_owned(), pages);
    let expected = [
        of("a.pdf", Some(1)),
        of("a.pptx", Some(5)),
        of("damaged.txt", None),
        of("latin1.txt", None),
    ];
    assert_eq!(pages, expected);
    let latin = known(&mut world, "latin1.txt").await;
    assert_eq!(latin, ["encoding=windows-1252"]);
    let damaged = known(&mut world, "damaged.txt").await;
    assert_eq!(
        damaged,
        [
            "damaged=some bytes have no meaning in the encoding",
            "spoken=de"
        ]
    );
    let guessed = vec![is("encoding", Compare::Is, "windows-1252")];
    let list = DocumentListRequest {
        conditions: guessed,
        ..DocumentListRequest::default()
    };
    let page = reply!(
        world.client.call(Request::DocumentList(list)).await,
        Documents
    );
    assert_eq!(page.total, 1);
}
