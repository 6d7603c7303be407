//! A host of repositories on loopback: git's own `http-backend`, behind a server that asks for a
//! token, sends elsewhere, or says nothing, as a test likes.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use ragd::config;
use tempfile::TempDir;

/// What the host does instead of answering.
#[derive(Clone, Debug, Default)]
pub(super) enum Mood {
    #[default]
    Good,
    /// Sends to another address.
    Elsewhere(String),
    /// Says nothing until the client goes.
    Silent,
    /// Status and words.
    Says(&'static str, String),
}

#[derive(Default)]
struct State {
    mood: Mood,
    token: Option<String>,
    /// What was fetched, by path; looking is not fetching.
    fetches: Vec<String>,
    asked: usize,
    /// Where the token was seen in a process that everybody may look at.
    seen: Vec<String>,
}

#[derive(Default)]
struct Shared {
    root: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

pub(super) struct Host {
    root: TempDir,
    port: u16,
    shared: Arc<Shared>,
}

impl Host {
    pub(super) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            root: root.path().to_owned(),
            ..Shared::default()
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&serving);
                // A client that is killed is what some tests are about.
                std::thread::spawn(move || shared.serve(&stream.unwrap()));
            }
        });
        Self { root, port, shared }
    }

    pub(super) fn name(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn address(&self, repository: &str) -> String {
        format!("http://{}/{repository}", self.name())
    }

    /// Returns how the configuration names it.
    pub(super) fn entry(&self) -> config::GitHost {
        config::GitHost {
            name: self.name(),
            allow_http: true,
            ..config::GitHost::default()
        }
    }

    /// Makes a repository there, with a work tree that pushes to it.
    pub(super) fn repository(&self, name: &str) -> Repo {
        let bare = self.root.path().join(name);
        let tree = tempfile::tempdir().unwrap();
        git(
            self.root.path(),
            &["init", "-q", "--bare", "-b", "main", name],
        );
        git(tree.path(), &["init", "-q", "-b", "main", "."]);
        let bare = bare.to_str().unwrap().to_owned();
        git(tree.path(), &["remote", "add", "origin", &bare]);
        Repo { tree, bare }
    }

    pub(super) fn mood(&self, mood: Mood) {
        self.shared.state().mood = mood;
    }

    pub(super) fn wants(&self, token: &str) {
        self.shared.state().token = Some(token.to_owned());
    }

    /// Returns how often something was fetched so far.
    pub(super) fn fetches(&self) -> usize {
        self.shared.state().fetches.len()
    }

    pub(super) fn asked(&self) -> usize {
        self.shared.state().asked
    }

    /// Waits for a request, in whatever mood.
    pub(super) fn wait_for_request(&self) {
        let state = self.shared.state();
        let asked = |state: &mut State| state.asked == 0;
        drop(self.shared.changed.wait_while(state, asked).unwrap());
    }

    pub(super) fn seen(&self) -> Vec<String> {
        self.shared.state().seen.clone()
    }
}

/// A work tree and the repository at the host.
pub(super) struct Repo {
    tree: TempDir,
    bare: String,
}

impl Repo {
    pub(super) fn path(&self) -> &Path {
        self.tree.path()
    }

    pub(super) fn bare(&self) -> &str {
        &self.bare
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    /// Commits all files, pushes, and returns the commit.
    pub(super) fn push(&self) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "more"]);
        self.git(&["push", "-q", "--force", "origin", "HEAD"]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// Runs git as nobody in particular.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder, arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The same, with something on standard input.
pub(super) fn git_with(folder: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut child = command(folder, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder);
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@example.org")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.org");
    command
}

struct Asked {
    method: String,
    target: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some(asked) = read(&mut reader) {
            let (mood, token) = {
                let mut state = self.state();
                state.asked += 1;
                (state.mood.clone(), state.token.clone())
            };
            self.changed.notify_all();
            let answer = match mood {
                Mood::Good => self.good(&asked, token.as_deref()),
                Mood::Elsewhere(address) => {
                    let rest = asked.target.split_once("/info/").unwrap_or_default().1;
                    let location = format!("Location: {address}/info/{rest}\r\n");
                    ("301 Moved".to_owned(), location, Vec::new())
                }
                Mood::Silent => {
                    let _ = reader.read(&mut [0]);
                    return;
                }
                Mood::Says(status, words) => {
                    let kind = "Content-Type: text/plain\r\n".to_owned();
                    (status.to_owned(), kind, words.into_bytes())
                }
            };
            let (status, headers, body) = answer;
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
            let mut stream = stream;
            if stream.write_all(head.as_bytes()).is_err() || stream.write_all(&body).is_err() {
                return;
            }
        }
    }

    fn good(&self, asked: &Asked, token: Option<&str>) -> (String, String, Vec<u8>) {
        if let Some(token) = token {
            let seen = processes_that_show(token);
            self.state().seen.extend(seen);
            let wanted = format!("Basic {}", base64(&format!("x-access-token:{token}")));
            if asked.headers.get("authorization") != Some(&wanted) {
                let headers = "WWW-Authenticate: Basic realm=\"git\"\r\n".to_owned();
                return ("401 Unauthorized".to_owned(), headers, Vec::new());
            }
        }
        let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
        let is_fetch = asked.body.windows(13).any(|word| word == b"command=fetch");
        if is_fetch {
            self.state().fetches.push(path.to_owned());
        }
        let header = |name: &str| asked.headers.get(name).cloned().unwrap_or_default();
        let mut child = Command::new("git")
            .arg("http-backend")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("GIT_PROJECT_ROOT", &self.root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("REQUEST_METHOD", &asked.method)
            .env("CONTENT_TYPE", header("content-type"))
            .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
            .env("GIT_PROTOCOL", header("git-protocol"))
            .env("CONTENT_LENGTH", asked.body.len().to_string())
            .env("REMOTE_ADDR", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let body = asked.body.clone();
        let writing = std::thread::spawn(move || drop(stdin.write_all(&body)));
        let output = child.wait_with_output().unwrap().stdout;
        writing.join().unwrap();
        let end = output
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let (mut status, mut headers) = ("200 OK".to_owned(), String::new());
        for line in String::from_utf8_lossy(&output[..end]).lines() {
            match line.strip_prefix("Status: ") {
                Some(said) => said.clone_into(&mut status),
                None => headers.push_str(&format!("{line}\r\n")),
            }
        }
        (status, headers, output[end + 4..].to_vec())
    }
}

/// Reads one request; none when the client has gone.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let mut body = Vec::new();
    if headers
        .get("transfer-encoding")
        .is_some_and(|coding| coding == "chunked")
    {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let length = u64::from_str_radix(line.trim(), 16).ok()?;
            reader.take(length).read_to_end(&mut body).ok()?;
            reader.read_line(&mut line).ok()?;
            if length == 0 {
                break;
            }
        }
    } else if let Some(length) = headers.get("content-length") {
        reader
            .take(length.parse().ok()?)
            .read_to_end(&mut body)
            .ok()?;
    }
    Some(Asked {
        method,
        target,
        headers,
        body,
    })
}

/// Lists processes of which the arguments or the variables have a word.
pub(super) fn processes_that_show(word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        for file in ["cmdline", "environ"] {
            let path = process.path().join(file);
            let text = fs::read(&path).unwrap_or_default();
            if text.windows(word.len()).any(|part| part == word.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            out.push(match at <= three.len() {
                true => char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]),
                false => '=',
            });
        }
    }
    out
}
