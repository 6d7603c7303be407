//! Secrets in what is taken in: none of them leaves the daemon, whichever way.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use aho_corasick::AhoCorasick;
use protocol::answer::{AskLaterRequest, AskRequest, Thread};
use protocol::document::{
    ChunkListRequest, DocumentListRequest, DocumentRef, DocumentView, SecretListRequest, SecretView,
};
use protocol::ids::JobId;
use protocol::job::{JobState, JobView, PageRequest};
use protocol::search::{SearchMode, SearchRequest};
use protocol::submit::{Source, SourceRules, UploadedDocument};
use protocol::{PathBytes, Private, Reply, Request};
use ragd::config::Model;

use crate::chat_server::{Act, ChatServer};
use crate::client::{Client, Patient, ingest};
use crate::daemon::Place;
use crate::embed_server::EmbedServer;
use crate::machines::Shared;
use crate::packed::zip;
use crate::planted::{Planted, key, planted};

/// A configuration by which vectors and answers are made by servers, which note what they are sent.
fn config(near: &EmbedServer, talker: &ChatServer, more: &str) -> String {
    let model = |model: Model| {
        let Model {
            name, url, model, ..
        } = model;
        format!("[[models]]\nname = \"{name}\"\nurl = \"{url}\"\nmodel = \"{model}\"\n")
    };
    let (near, talker) = (near.model("near"), talker.model());
    format!(
        "[embed]\nmodel = \"{}\"\n[answer]\nmodel = \"{}\"\n{more}\n{}{}",
        near.name.clone(),
        talker.name.clone(),
        model(near),
        model(talker)
    )
}

fn place(near: &EmbedServer, talker: &ChatServer) -> Place {
    let place = Place::new();
    place.configure(&config(near, talker, ""));
    place
}

/// Writes all lines in many formats.
fn write(folder: &Path, all: &[Planted], key: &str) {
    fs::create_dir_all(folder).unwrap();
    let write = |name: &str, content: &[u8]| fs::write(folder.join(name), content).unwrap();
    let lines: Vec<_> = all.iter().map(|planted| planted.line.as_str()).collect();
    let commented = |mark: &str| {
        let lines = lines.iter().map(|line| format!("{mark} {line}\n"));
        lines.collect::<String>()
    };
    let plain = lines.join("\n") + "\n" + key + "\nThe walrus sleeps.\n";
    let escaped = plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    write("a.rs", (commented("//") + "fn walrus() {}\n").as_bytes());
    write("b.py", (commented("#") + "def walrus(): pass\n").as_bytes());
    write("c.md", format!("# Walrus\n\n```\n{plain}```\n").as_bytes());
    write("d.yaml", plain.as_bytes());
    let quoted: Vec<_> = plain.lines().enumerate().collect();
    let quoted = quoted
        .into_iter()
        .map(|(at, line)| (format!("k{at}"), line.into()));
    let quoted: serde_json::Map<String, serde_json::Value> = quoted.collect();
    write(
        "e.json",
        serde_json::to_string_pretty(&quoted).unwrap().as_bytes(),
    );
    let mail = format!(
        "From: kim@example.org\r\nTo: jo@example.org\r\nSubject: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{}\r\n\
         --b\r\nContent-Type: text/plain; name=more.txt\r\nContent-Disposition: attachment; \
         filename=more.txt\r\n\r\n{0}\r\nwalrus\r\n--b--\r\n",
        lines[9],
        plain.replace('\n', "\r\n"),
    );
    write("f.eml", mail.as_bytes());
    write(
        "g.html",
        format!("<html><title>Walrus</title><pre>{escaped}</pre></html>").as_bytes(),
    );
    write("h.docx", &docx(&escaped));
    write("i.pdf", &pdf(&plain));
    let packed = [
        ("app.ini", plain.as_bytes()),
        (".env", plain.as_bytes()),
        ("deep/id_ed25519", key.as_bytes()),
    ];
    write("j.zip", &zip(&packed));
    write(".env", plain.as_bytes());
    write("server.pem", key.as_bytes());
}

fn docx(escaped: &str) -> Vec<u8> {
    let paragraphs = escaped
        .lines()
        .map(|line| format!("<w:p><w:r><w:t xml:space=\"preserve\">{line}</w:t></w:r></w:p>"));
    let document = format!(
        "<?xml version=\"1.0\"?><w:document \
         xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{}\
         </w:body></w:document>",
        paragraphs.collect::<String>()
    );
    let types = "<?xml version=\"1.0\"?><Types \
        xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default \
        Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
        <Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-\
        officedocument.wordprocessingml.document.main+xml\"/></Types>";
    let relations = "<?xml version=\"1.0\"?><Relationships \
        xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship \
        Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/\
        officeDocument\" Target=\"word/document.xml\"/></Relationships>";
    zip(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", relations.as_bytes()),
        ("word/document.xml", document.as_bytes()),
    ])
}

/// One wide page, so that no line is broken.
fn pdf(text: &str) -> Vec<u8> {
    let lines = text.lines().map(|line| {
        let line = line
            .replace('\\', "\\\\")
            .replace('(', "\\(")
            .replace(')', "\\)");
        format!("({line}) Tj T*\n")
    });
    let lines: String = lines.collect();
    let page = format!("BT /F 10 Tf 14 TL 20 1480 Td\n{lines}ET");
    let mut pdf = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n\
        2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n\
        3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 1500 1500]/Contents 4 0 R/Resources \
        <</Font<</F 5 0 R>>>>>> endobj\n"
        .to_vec();
    pdf.extend(
        format!(
            "4 0 obj <</Length {}>> stream\n{page}\nendstream endobj\n",
            page.len()
        )
        .bytes(),
    );
    pdf.extend(b"5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Courier>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n");
    pdf
}

/// What must not be seen anywhere.
struct Needles(AhoCorasick);

impl Needles {
    fn new(all: &[Planted], key: &str) -> Self {
        let secrets = all.iter().map(|planted| planted.secret.as_str());
        let needles = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(secrets.chain([key]));
        Self(needles.unwrap())
    }

    fn are_not_in(&self, what: &str, bytes: impl AsRef<[u8]>) {
        let found = self.0.find_iter(bytes.as_ref()).map(|found| {
            let around = found.start().saturating_sub(60)..found.end();
            String::from_utf8_lossy(&bytes.as_ref()[around]).into_owned()
        });
        let found: Vec<_> = found.collect();
        assert!(found.is_empty(), "{what}: {found:?}");
    }

    /// Looks at all files of a folder but those of one name.
    fn are_not_below(&self, folder: &Path, except: &str) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            match entry.file_type().unwrap() {
                _ if entry.file_name() == except => {}
                kind if kind.is_dir() => self.are_not_below(&path, except),
                kind if kind.is_file() => {
                    self.are_not_in(&path.display().to_string(), fs::read(&path).unwrap());
                }
                _ => {}
            }
        }
    }
}

fn documents(client: &mut Patient) -> Vec<DocumentView> {
    match client.ask(&Request::DocumentList(DocumentListRequest::default())) {
        Ok(Reply::Documents(page)) => page.items,
        other => panic!("documents were answered {other:?}"),
    }
}

/// Returns all that is listed, by pages.
fn secrets(client: &mut Patient) -> Vec<SecretView> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let request = SecretListRequest {
            collection: Some("c".to_owned()),
            page: PageRequest { limit: 100, cursor },
        };
        match client.ask(&Request::Secrets(request)) {
            Ok(Reply::Secrets(page)) => {
                all.extend(page.items);
                cursor = page.next;
                if cursor.is_none() {
                    assert_eq!(all.len() as u64, page.total);
                    return all;
                }
            }
            other => panic!("secrets were answered {other:?}"),
        }
    }
}

fn take_in(client: &mut Patient, folder: &Path) -> JobView {
    let source = Source::Paths(vec![PathBytes(folder.as_os_str().as_bytes().to_vec())]);
    let rules = SourceRules {
        hidden: true,
        ..SourceRules::default()
    };
    let job = client.submit(ingest("c", source, rules)).job;
    let job = client.wait(job);
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    job
}

/// Returns all texts of a collection, as clients may read them.
fn texts(place: &Place, client: &mut Patient) -> Vec<(String, Vec<u8>)> {
    let mut texts = Vec::new();
    for document in documents(client) {
        let (path, name) = (document.path.to_text(), DocumentRef::Id(document.id));
        let text = Client::connect(&place.socket()).unwrap().cat(name.clone());
        texts.push((path.clone(), text.unwrap()));
        let request = ChunkListRequest {
            document: name,
            page: PageRequest::default(),
        };
        match client.ask(&Request::DocumentChunks(request)) {
            Ok(Reply::Chunks(page)) => {
                texts.extend(page.items.into_iter().map(|chunk| {
                    let heading = chunk.heading.map(|heading| heading.0).unwrap_or_default();
                    (
                        path.clone(),
                        format!("{heading}\n{}", chunk.text.0).into_bytes(),
                    )
                }));
            }
            other => panic!("chunks were answered {other:?}"),
        }
    }
    texts
}

fn ask(client: &mut Patient, question: &str) {
    let job = JobId::new();
    let request = AskLaterRequest {
        job,
        ask: AskRequest {
            question: Private::from(question),
            collection: Some("c".to_owned()),
            paths: Vec::new(),
            languages: Vec::new(),
            conditions: Vec::new(),
            passages: 40,
            model: None,
            thread: Thread::Alone,
        },
        idempotency_key: None,
    };
    client.ask(&Request::AskLater(request)).unwrap();
    assert_eq!(client.wait(job).state, JobState::Finished);
}

#[test]
fn no_secret_leaves_the_daemon() {
    let (all, (key, of_key)) = (planted(), key("PRIVATE"));
    let kinds: BTreeSet<_> = all.iter().map(|planted| planted.kind).collect();
    assert!(all.len() >= 60 && kinds.len() >= 20);
    let near = EmbedServer::new();
    let talker = ChatServer::new([Act::Say(&["It sleeps [1]."]), Act::Say(&["It does [1]."])]);
    let place = place(&near, &talker);
    let _daemon = place.start();
    let mut client = place.patient();
    let folder = place.path().join("files");
    write(&folder, &all, &key);
    let job = take_in(&mut client, &folder);
    let needles = Needles::new(&all, &of_key);

    // What clients see.
    let texts = texts(&place, &mut client);
    assert!(texts.len() > 20, "{}", texts.len());
    for (path, text) in &texts {
        needles.are_not_in(path, text);
    }
    for planted in &all {
        for mode in [SearchMode::Words, SearchMode::Hybrid] {
            let request = SearchRequest {
                query: Private(planted.line.clone()),
                collection: Some("c".to_owned()),
                paths: Vec::new(),
                languages: Vec::new(),
                conditions: Vec::new(),
                limit: 50,
                mode,
                explain: true,
            };
            match client.ask(&Request::Search(request)) {
                Ok(Reply::Search(reply)) => reply.hits.iter().for_each(|hit| {
                    needles.are_not_in("a hit", &*hit.text);
                }),
                other => panic!("a search was answered {other:?}"),
            }
        }
    }
    // What servers are sent, but for the questions themselves.
    ask(&mut client, "Where does the walrus sleep?");
    ask(&mut client, "Which password, token or api key is there?");
    for _ in 0..2 {
        needles.are_not_in("the model", talker.asked().to_string());
    }
    let sent = near.texts();
    let is_question = |text: &String| all.iter().any(|planted| *text == planted.line);
    let passages: Vec<_> = sent.iter().filter(|text| !is_question(text)).collect();
    assert!(passages.len() > 20, "{}", passages.len());
    for text in passages {
        needles.are_not_in("the vectors", text);
    }

    // What is told of it.
    let listed = secrets(&mut client);
    needles.are_not_in("the list", format!("{listed:?}"));
    assert_eq!(job.totals.secrets, listed.len() as u64);
    for format in ["a.rs", "b.py", "d.yaml"] {
        for (at, planted) in (1..).zip(&all) {
            let is_it =
                |secret: &&SecretView| secret.path == PathBytes::from(format) && secret.line == at;
            let here: Vec<_> = listed.iter().filter(is_it).collect();
            let is_kind = |secret: &&SecretView| secret.kind == planted.kind;
            assert!(
                here.iter().any(is_kind),
                "{format}:{at} {}: {here:?}",
                planted.line
            );
        }
    }
    for document in documents(&mut client) {
        let title = document.title.as_ref().map_or("", |title| &*title.0);
        needles.are_not_in("a title", title);
        for (name, value) in &document.facts {
            needles.are_not_in(name, &value.0);
        }
        let is_of = |secret: &&SecretView| secret.document == document.id;
        let of_it = listed.iter().filter(is_of).count();
        assert_eq!(document.secrets as usize, of_it, "{}", document.path);
        // All of them, whatever the format; an archive has but names, and an attachment one line.
        let few = [b"j.zip".as_slice(), b"more.txt"];
        if !few.iter().any(|name| document.path.0.ends_with(name)) {
            assert!(of_it >= all.len(), "{}: {of_it}", document.path);
        }
    }
    let gaps = client.gaps("c");
    let mut left_out: Vec<_> = gaps
        .iter()
        .map(|gap| (gap.path.to_text(), gap.code.as_str()))
        .collect();
    left_out.sort();
    let expected = [
        ".env",
        "j.zip!/.env",
        "j.zip!/deep/id_ed25519",
        "server.pem",
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|path| ((*path).into(), "secret"))
        .collect();
    assert_eq!(left_out, expected);

    // What stays on the disk, but for the contents themselves.
    needles.are_not_in("the log", place.log());
    needles.are_not_below(place.state_dir(), "blobs");
}

#[test]
fn no_secret_leaves_a_worker() {
    let (all, (key, of_key)) = (planted(), key("PRIVATE"));
    let needles = Needles::new(&all, &of_key);
    let shared = Shared::at("127.0.0.1");
    let place = &shared.place;
    let (_daemon, _worker) = (place.start(), place.spawn_worker());
    let mut client = place.patient();
    let files = tempfile::tempdir().unwrap();
    write(files.path(), &all, &key);
    let job = take_in(&mut client, files.path());
    let listed = secrets(&mut client);
    assert_eq!(job.totals.secrets, listed.len() as u64);
    assert!(listed.len() > 5 * all.len(), "{}", listed.len());
    let texts = texts(place, &mut client);
    assert!(texts.len() > 20, "{}", texts.len());
    for (path, text) in &texts {
        needles.are_not_in(path, text);
    }
    // The ledger, what is kept of the index and of the queue, and what both machines logged.
    let of_index = fs::read(place.path().join("points")).unwrap();
    assert!(String::from_utf8_lossy(&of_index).contains("[SECRET:password]"));
    needles.are_not_below(place.path(), "blobs");
}

#[test]
fn an_upload_that_holds_secrets_is_refused_and_one_with_secrets_is_cleaned() {
    let (near, talker) = (EmbedServer::new(), ChatServer::new([]));
    let place = place(&near, &talker);
    let _daemon = place.start();
    let mut client = place.patient();
    let Planted { secret, line, .. } = planted().swap_remove(7);
    let mut upload = |name: &str| {
        let sent = Client::connect(&place.socket())
            .unwrap()
            .upload(line.as_bytes());
        let sent = UploadedDocument {
            name: PathBytes::from(name),
            ..sent.unwrap()
        };
        let source = Source::Uploads(vec![sent]);
        let job = client
            .submit(ingest("c", source, SourceRules::default()))
            .job;
        client.wait(job).totals
    };
    let refused = upload(".env");
    assert_eq!((refused.added, refused.failed, refused.secrets), (0, 1, 0));
    let cleaned = upload("notes.txt");
    assert_eq!((cleaned.added, cleaned.failed, cleaned.secrets), (1, 0, 1));
    let gap = client.gaps("c").remove(0);
    assert_eq!(gap.code, "secret");
    assert!(gap.reason.contains("secrets.allow_paths"), "{}", gap.reason);
    let texts = texts(&place, &mut client);
    assert!(!texts.is_empty());
    for (path, text) in texts {
        assert!(
            !String::from_utf8(text).unwrap().contains(&secret),
            "{path}"
        );
    }
}

#[test]
fn what_the_configuration_allows_is_taken_as_it_is() {
    let (near, talker) = (EmbedServer::new(), ChatServer::new([]));
    let place = place(&near, &talker);
    let folder = place.path().join("files");
    fs::create_dir_all(folder.join("fixtures")).unwrap();
    let Planted { secret, line, .. } = planted().swap_remove(7);
    fs::write(folder.join("a.txt"), &line).unwrap();
    fs::write(folder.join("fixtures/.env"), &line).unwrap();
    let seen = |more: &str| {
        place.configure(&config(&near, &talker, more));
        let _daemon = place.start();
        let mut client = place.patient();
        let job = take_in(&mut client, &folder);
        let texts = texts(&place, &mut client).into_iter();
        let open = texts.filter(|(_, text)| String::from_utf8_lossy(text).contains(&secret));
        let open: BTreeSet<_> = open.map(|(path, _)| path).collect();
        let mark = secrets(&mut client).pop().map(|secret| secret.mark);
        (open, mark, job.totals.secrets)
    };
    let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    let (open, mark, secrets) = seen("");
    assert_eq!((open, secrets), (paths(&[]), 1));
    let mark = mark.unwrap();
    // The same folder: only what this is about is read again.
    let (open, left, secrets) = seen("[secrets]\nallow_paths = [\"/fixtures/\"]\n");
    assert_eq!(
        (open, left.as_ref(), secrets),
        (paths(&["fixtures/.env"]), Some(&mark), 0)
    );
    let (open, left, secrets) = seen("[secrets]\nallow_paths = [\"a.txt\"]\n");
    assert_eq!((open, left, secrets), (paths(&["a.txt"]), None, 0));
    let (open, left, secrets) = seen("");
    assert_eq!((open, left.as_ref(), secrets), (paths(&[]), Some(&mark), 1));
    let (open, left, secrets) = seen(&format!("[secrets]\nallow = [\"{mark}\"]\n"));
    // It was taken in while it was allowed, and is not any more.
    assert_eq!((open, left, secrets), (paths(&["a.txt"]), None, 0));
}
