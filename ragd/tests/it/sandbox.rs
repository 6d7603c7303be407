//! Children that read documents: their walls, and what a document can cost.

#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use ragd::config::{Extract, Ocr, Secrets};
use ragd::ingest::parse::{Parser, Reading};
use ragd::sandbox::{Limits, Lost, Pool, Settings, Tool, self_test};

use crate::damage::Random;

const RAGD: &str = env!("CARGO_BIN_EXE_ragd");

fn document(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents");
    std::fs::read(folder.join(name)).unwrap()
}

fn parser(change: impl FnOnce(&mut Extract)) -> Parser {
    let mut config = Extract {
        program: RAGD.into(),
        children: 2,
        ..Extract::default()
    };
    change(&mut config);
    Parser::new(&config, &Ocr::default(), &Secrets::default())
}

/// Returns the text of a document, or the word for why there is none.
async fn text(parser: &Parser, name: &str, bytes: &[u8]) -> Result<String, String> {
    let text = parser.text(Reading::new(name, bytes)).await.unwrap();
    text.map_err(|no_text| no_text.code)
}

#[test]
fn every_way_out_is_closed() {
    let tried = self_test(Path::new(RAGD)).unwrap();
    let open: Vec<_> = tried.iter().filter(|tried| tried.held.is_err()).collect();
    assert!(open.is_empty() && tried.len() >= 16, "{open:?}");
}

#[tokio::test]
async fn a_child_reads_one_document_after_the_other() {
    let parser = parser(|_| {});
    for round in 0..50 {
        let plain = format!("round {round}\n");
        assert_eq!(
            text(&parser, "a.txt", plain.as_bytes()).await.unwrap(),
            plain
        );
    }
    let pages = text(&parser, "a.pdf", &document("a.pdf")).await.unwrap();
    assert!(pages.contains("final words"), "{pages}");
    assert_eq!(parser.pool().started(), 1);
}

#[tokio::test]
async fn a_document_that_costs_too_much_costs_only_itself() {
    let parser = parser(|config| {
        config.children = 1;
        config.cpu_s = 1;
        config.memory_bytes = 300 << 20;
    });
    let spins = document("xobject-exponential.pdf");
    assert_eq!(
        text(&parser, "a.pdf", &spins).await.unwrap_err(),
        "extract-cpu"
    );
    let bomb = document("flate-bomb-300MB.pdf");
    let code = text(&parser, "a.pdf", &bomb).await.unwrap_err();
    assert!(
        ["extract-memory", "extract-cpu", "too-large-stream"].contains(&code.as_str()),
        "{code}"
    );
    assert_eq!(text(&parser, "a.txt", b"fine").await.unwrap(), "fine");
}

/// The library has no end with some files, so these are read where that costs nothing else.
/// `RAGD_FUZZ_SECONDS=600` goes on for so long.
#[tokio::test]
async fn a_damaged_pdf_is_read_or_refused() {
    let parser = parser(|config| {
        config.cpu_s = 2;
        config.memory_bytes = 600 << 20;
        config.text_bytes = 4 << 20;
    });
    let seconds = std::env::var("RAGD_FUZZ_SECONDS").ok();
    let length = seconds.map(|seconds| Duration::from_secs(seconds.parse().unwrap()));
    let begin = Instant::now();
    let seeds = ["a.pdf", "broken-startxref.pdf", "enc-empty-aes256.pdf"].map(document);
    let mut fates = BTreeMap::<String, u32>::new();
    for round in 0_u64.. {
        if length.map_or(round == 60, |length| begin.elapsed() > length) {
            break;
        }
        let mut random = Random::new(round);
        let seed = &seeds[random.below(seeds.len())];
        let places = 1 << random.below(7);
        let damaged = random.damaged(seed, &seeds[0], places);
        let read = text(&parser, "a.pdf", &damaged).await;
        let fate = read.map_or_else(|code| code, |_| "read".to_owned());
        if fate.starts_with("extract-") {
            println!("round {round}: {fate}");
        }
        *fates.entry(fate).or_default() += 1;
    }
    println!("{fates:?}");
    let known = [
        "read",
        // Without its first bytes it is no PDF.
        "binary",
        "broken",
        "encrypted",
        "no-text",
        "needs-vision",
        "too-many-pages",
        "too-much-text",
        "extract-cpu",
        "extract-memory",
    ];
    let is_known = |fate: &String| known.contains(&fate.as_str());
    assert!(fates.keys().all(is_known) && fates["read"] > 5, "{fates:?}");
}

#[tokio::test]
async fn what_waits_for_ever_is_ended_by_the_clock() {
    // A program that hears everything and says that its walls stand, and then nothing.
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("silent");
    let script = "#!/bin/sh\nprintf 'walls stand\\n'\nexec /bin/sleep 600\n";
    std::fs::write(&program, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    let pool = Pool::new(Settings {
        program,
        wall: Duration::from_millis(200),
        ..settings()
    });
    let lost = pool.run(b"head", b"body").await.unwrap_err();
    assert_eq!(lost, Lost::Slow(Duration::from_millis(200)));
}

#[tokio::test]
async fn a_child_is_replaced_after_so_many_orders() {
    let pool = Pool::new(Settings {
        orders: 3,
        children: 1,
        ..settings()
    });
    for _ in 0..7 {
        // An order that makes no sense is answered, too.
        pool.run(b"?", b"").await.unwrap();
    }
    assert_eq!(pool.started(), 3);
}

#[tokio::test]
async fn children_that_rest_are_let_go() {
    let pool = Pool::new(Settings {
        idle: Duration::from_millis(1),
        ..settings()
    });
    let deadline = Instant::now() + Duration::from_secs(20);
    while pool.started() < 2 {
        pool.run(b"?", b"").await.unwrap();
        assert!(Instant::now() < deadline, "it rests for ever");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn limits_of_a_document_have_words_of_their_own() {
    let parser = parser(|config| {
        config.text_bytes = 100;
        config.pages = 1;
    });
    let long = "word ".repeat(100);
    assert_eq!(
        text(&parser, "a.txt", long.as_bytes()).await.unwrap_err(),
        "too-much-text"
    );
    let pages = text(&parser, "a.pdf", &document("a.pdf"))
        .await
        .unwrap_err();
    assert!(
        ["too-many-pages", "too-much-text"].contains(&pages.as_str()),
        "{pages}"
    );
    let answers = self::parser(|config| config.answer_bytes = 64);
    assert_eq!(
        text(&answers, "a.txt", long.as_bytes()).await.unwrap_err(),
        "extract-output"
    );
}

fn settings() -> Settings {
    Settings {
        program: RAGD.into(),
        children: 1,
        limits: Limits {
            memory_bytes: 1 << 30,
            cpu_s: 30,
        },
        unsandboxed: false,
        wall: Duration::from_secs(60),
        answer_bytes: 1 << 20,
        orders: 100,
        grown_bytes: 1 << 30,
        idle: Duration::from_secs(60),
    }
}

fn tool(name: &'static str) -> Tool {
    Tool {
        own: RAGD.into(),
        name,
        limits: Limits {
            memory_bytes: 1 << 30,
            cpu_s: 5,
        },
        unsandboxed: false,
        wall: Duration::from_secs(20),
        answer_bytes: 1_000,
    }
}

/// Breaks when a program of somebody else can do more than read, compute and write.
#[tokio::test]
async fn a_program_of_somebody_else_has_walls_too() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let secret = secret.to_str().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!(
        "
import os, socket, sys
def closed(what, act):
    try:
        act()
        print('OPEN', what)
    except OSError as error:
        print(what, type(error).__name__)
print(sys.stdin.read())
closed('read', lambda: open('{secret}').read())
closed('passwords', lambda: open('/etc/passwd').read())
closed('write', lambda: open('{secret}', 'w'))
closed('new', lambda: open('/tmp/ragd-test-new', 'w'))
closed('network', lambda: socket.create_connection(('127.0.0.1', {port})))
closed('kill', lambda: os.kill(os.getppid(), 0))
print(sorted(os.environ))
"
    );
    let python = tool("python3");
    let said = python.run(&["-I", "-c", &script], b"hello").await.unwrap();
    let said = String::from_utf8(said).unwrap();
    let expected = "hello\nread PermissionError\npasswords PermissionError\n\
        write PermissionError\nnew PermissionError\nnetwork PermissionError\n\
        kill PermissionError\n";
    let rest = said
        .strip_prefix(expected)
        .unwrap_or_else(|| panic!("{said}"));
    assert!(!rest.contains("HOME") && !rest.contains("PATH"), "{rest}");
}

#[tokio::test]
async fn a_program_that_does_not_answer_says_why() {
    let says = async |tool: Tool, arguments: &[&str]| -> String {
        let failed = tool.run(arguments, b"x").await.unwrap_err();
        failed.to_string()
    };
    let missing = says(tool("no-such-program"), &[]).await;
    assert_eq!(
        missing,
        "no-such-program is not installed in a folder of the system"
    );
    let failed = says(tool("sh"), &["-c", "echo oh no >&2; exit 3"]).await;
    assert_eq!(failed, "sh failed: oh no");
    let mut chatty = tool("head");
    chatty.answer_bytes = 10;
    let chatty = says(chatty, &["-c", "100", "/dev/urandom"]).await;
    assert_eq!(chatty, "head failed: it has too much to say");
    let mut slow = tool("sleep");
    slow.wall = Duration::from_millis(50);
    assert_eq!(says(slow, &["100"]).await, "sleep took longer than 0 s");
    let mut busy = tool("sh");
    busy.limits.cpu_s = 0;
    let busy = says(busy, &["-c", "while :; do :; done"]).await;
    assert!(busy.contains("signal"), "{busy}");
}
