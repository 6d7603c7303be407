//! A kill storm: whatever was acknowledged is there afterwards, and ended exactly once.
//!
//! `RAGD_STORM_KILLS` makes it longer, `RAGD_STORM_SEED` repeats its choices (not its timing).

#![expect(
    clippy::print_stdout,
    reason = "a storm says how to repeat it, and how long things took"
)]

mod fleet;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use protocol::document::{DocumentListRequest, DocumentRef};
use protocol::error::ErrorCode;
use protocol::job::{JobEventKind, JobFilter, JobState, PageRequest, WatchRequest};
use protocol::submit::{Source, SourceRules};
use protocol::{DaemonMessage, Item, JobId, PathBytes, Reply, Request};
use rustix::process::Signal;

use crate::client::{Client, Patient, ingest};
use crate::daemon::{Daemon, Place};
use crate::dice::Dice;
use crate::embed_server::EmbedServer;
use crate::switcher::Switcher;
use crate::{eventually, pause};

const UPLOADERS: u64 = 6;
const TREES: u64 = 2;
const COLLECTION: &str = "uploads";
/// Documents of one uploader.
const DOCUMENTS: u64 = 12;
/// Files of one tree, about.
const FILES: u64 = 24;
/// Jobs of one client that may be open: more would only make the end long.
const OPEN: usize = 12;
/// The lease of the configuration of tests.
const LEASE: Duration = Duration::from_secs(1);
/// How soon everything has ended once nothing is killed any more.
const DRAINED: Duration = Duration::from_secs(60);
const RESTART_P95: Duration = Duration::from_secs(2);

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// What all clients share.
struct Storm {
    socket: PathBuf,
    over: AtomicBool,
    acked: AtomicU64,
    lost_answers: AtomicU64,
    jobs: Mutex<HashSet<JobId>>,
}

/// Ends the storm when a client fails, so that the others do not wait for a daemon in vain.
struct EndsWithMe<'a>(&'a Storm);

impl Drop for EndsWithMe<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.over.store(true, Ordering::SeqCst);
        }
    }
}

impl Storm {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Returns in the moment in which somebody was told that his job is safe.
    fn wait_for_ack(&self) {
        let (before, began) = (self.acked.load(Ordering::SeqCst), Instant::now());
        while self.acked.load(Ordering::SeqCst) == before && began.elapsed() < LEASE {
            std::hint::spin_loop();
        }
    }

    fn ack(&self, job: JobId) {
        self.acked.fetch_add(1, Ordering::SeqCst);
        self.jobs.lock().expect("nobody panicked").insert(job);
    }
}

#[test]
fn nothing_acknowledged_is_lost_in_a_kill_storm() {
    let kills = from_environment("RAGD_STORM_KILLS", 100);
    let mut dice = seeded(&format!("RAGD_STORM_KILLS={kills}"));
    let place = Place::new();
    let vectors = EmbedServer::new();
    configure(&place, &vectors, "");
    weather(&place, &vectors, &mut dice, |storm, dice| {
        let (daemon, mut restarts, stops) = rage(&place, storm, dice, kills);
        restarts.sort();
        let p95 = restarts[(restarts.len() * 95).div_ceil(100) - 1];
        println!("storm: {kills} kills, {stops} stops, restart p95 {p95:?}");
        assert!(p95 <= RESTART_P95, "restart to serving: p95 {p95:?}");
        (daemon, ())
    });
}

/// Returns the dice of a storm, and says how to throw them again.
fn seeded(settings: &str) -> Dice {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let clock = clock.expect("it is after 1970").as_secs();
    let seed = from_environment("RAGD_STORM_SEED", clock);
    println!("storm: RAGD_STORM_SEED={seed} {settings}");
    Dice::new(seed)
}

/// Small parts, small chunks and a model to switch to; `more` goes into the table of the queue.
fn configure(place: &Place, vectors: &EmbedServer, more: &str) {
    let model = vectors.model("near");
    let config = fs::read_to_string(place.config())
        .unwrap()
        .replace(
            "[sweep]",
            "[ingest]\npart_files = 6\nchunk_tokens = 64\noverlap_tokens = 8\n[sweep]",
        )
        .replace("[queue]", &format!("[queue]\n{more}"));
    place.write_config(&format!(
        "{config}\n[[models]]\nname = \"{}\"\nurl = \"{}\"\nmodel = \"{}\"\n",
        model.name, model.url, model.model
    ));
}

/// Lets clients work while `rage` kills what they work with, and checks what is left. `rage` returns
/// a daemon that is to stay, and what it needs.
fn weather<Others>(
    place: &Place,
    vectors: &EmbedServer,
    dice: &mut Dice,
    rage: impl FnOnce(&Storm, &mut Dice) -> (Daemon, Others),
) {
    // Two at once would have daemons killed again before they come to do anything.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let model = vectors.model("near");
    let storm = Storm {
        socket: place.socket(),
        over: AtomicBool::new(false),
        acked: AtomicU64::new(0),
        lost_answers: AtomicU64::new(0),
        jobs: Mutex::default(),
    };
    let began = Instant::now();
    thread::scope(|scope| {
        let uploaders: Vec<_> = (0..UPLOADERS)
            .map(|number| {
                let (storm, dice) = (&storm, Dice::new(dice.next()));
                scope.spawn(move || {
                    let _ends = EndsWithMe(storm);
                    Uploader::new(storm, number, dice).run()
                })
            })
            .collect();
        let trees: Vec<_> = (0..TREES)
            .map(|number| {
                let folder = place.path().join(format!("tree{number}"));
                let (storm, dice) = (&storm, Dice::new(dice.next()));
                scope.spawn(move || {
                    let _ends = EndsWithMe(storm);
                    Tree::new(storm, number, folder, dice).run()
                })
            })
            .collect();
        let switcher = {
            let (storm, model) = (&storm, &model.name);
            scope.spawn(move || {
                let _ends = EndsWithMe(storm);
                switch_models(storm, model)
            })
        };
        let watcher = {
            let storm = &storm;
            scope.spawn(move || {
                let _ends = EndsWithMe(storm);
                watch(storm)
            })
        };
        let (mut daemon, _others) = {
            let _ends = EndsWithMe(&storm);
            rage(&storm, dice)
        };
        storm.over.store(true, Ordering::SeqCst);
        let calm = Instant::now();
        let uploaders: Vec<_> = uploaders.into_iter().map(|it| it.join().unwrap()).collect();
        let trees: Vec<_> = trees.into_iter().map(|it| it.join().unwrap()).collect();
        let switches = switcher.join().unwrap();
        let mut client = place.patient();
        let jobs = drain(&mut client);
        let calm = calm.elapsed();
        assert!(calm <= DRAINED, "all that was open ended after {calm:?}");
        let told = watcher.join().unwrap();
        println!(
            "storm: {switches} switches, {} acked, {} answers lost, ended {:?}, drained in {calm:?}, \
             {:?} in all",
            storm.acked.load(Ordering::Relaxed),
            storm.lost_answers.load(Ordering::Relaxed),
            count(&jobs),
            began.elapsed(),
        );
        check_ends(&storm, &jobs, &told);
        for uploader in &uploaders {
            uploader.check(&mut client, &jobs);
        }
        for tree in &trees {
            tree.check(&mut client);
        }
        let report = client.fsck();
        assert!(report.is_clean(), "{report:?}");
        daemon.signal(Signal::TERM);
        let (status, _) = daemon.ends_within(Duration::from_secs(25));
        assert!(status.success(), "{status}");
        // What a clean stop left is whole too.
        let _daemon = place.start();
        let report = client.fsck();
        assert!(report.is_clean(), "{report:?}");
    });
}

/// Switches the model of the collection of uploads as long as the storm lasts. Returns how often.
fn switch_models(storm: &Storm, model: &str) -> u64 {
    let mut switcher = Switcher::new(&storm.socket, COLLECTION, model);
    let mut switches = 0;
    while !storm.is_over() {
        let Some(job) = switcher.switch() else {
            pause(Duration::from_millis(20));
            continue;
        };
        storm.ack(job);
        switcher.wait(job);
        switches += 1;
    }
    storm
        .lost_answers
        .fetch_add(switcher.lost_answers(), Ordering::Relaxed);
    switches
}

/// Kills and stops daemons. Returns the last, how long each took to serve, and the stops.
fn rage(place: &Place, storm: &Storm, dice: &mut Dice, kills: u64) -> (Daemon, Vec<Duration>, u64) {
    let (mut restarts, mut stops) = (Vec::new(), 0);
    for _ in 0..kills {
        if storm.is_over() {
            break;
        }
        let mut daemon = place.spawn();
        restarts.push(daemon.serving());
        pause(Duration::from_millis(50 + dice.below(750)));
        if dice.percent(30) {
            storm.wait_for_ack();
        } else if dice.percent(15) {
            stops += 1;
            daemon.signal(Signal::STOP);
            pause(LEASE + Duration::from_millis(200 + dice.below(1_000)));
            daemon.signal(Signal::CONT);
            // Whoever woke up late gets the time to do harm.
            pause(Duration::from_millis(700));
            assert!(daemon.is_running(), "a pause ended the daemon");
        }
        daemon.kill();
    }
    let mut daemon = place.spawn();
    restarts.push(daemon.serving());
    (daemon, restarts, stops)
}

/// Waits until nothing is open and returns how every job ended.
fn drain(client: &mut Patient) -> BTreeMap<JobId, JobState> {
    eventually("all jobs end", Duration::from_secs(90), || {
        let queue = client.status().queue;
        (queue.queued + queue.running + queue.retrying + queue.parked == 0).then_some(())
    });
    let mut jobs = BTreeMap::new();
    let mut cursor = None;
    loop {
        let request = protocol::job::JobListRequest {
            page: PageRequest {
                limit: 1_000,
                cursor,
            },
            ..Default::default()
        };
        let Ok(Reply::Jobs(page)) = client.ask(&Request::JobList(request)) else {
            panic!("jobs cannot be listed");
        };
        for job in page.items {
            if let JobState::Dead | JobState::Failed = job.state {
                println!("storm: {} is {:?}: {:?}", job.id, job.state, job.error);
            }
            jobs.insert(job.id, job.state);
        }
        cursor = page.next;
        if cursor.is_none() {
            return jobs;
        }
    }
}

fn count(jobs: &BTreeMap<JobId, JobState>) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for state in jobs.values() {
        *counts.entry(state.as_str()).or_default() += 1;
    }
    counts
}

fn check_ends(storm: &Storm, jobs: &BTreeMap<JobId, JobState>, told: &HashMap<JobId, JobState>) {
    let acked = storm.jobs.lock().unwrap();
    let lost: Vec<_> = acked.iter().filter(|id| !jobs.contains_key(id)).collect();
    assert!(lost.is_empty(), "accepted and lost: {lost:?}");
    let more: Vec<_> = jobs.keys().filter(|id| !acked.contains(id)).collect();
    assert!(more.is_empty(), "nobody submitted {more:?}");
    for (id, state) in jobs {
        assert!(state.is_end(), "{id} is {state:?}");
        let fine = matches!(state, JobState::Finished | JobState::Cancelled);
        assert!(fine, "{id} is {state:?}, and only restarts happened to it");
    }
    for (id, state) in told {
        assert_eq!(Some(state), jobs.get(id), "another end of {id} was told");
    }
}

/// Watches all jobs over all restarts, and returns the ends it was told.
fn watch(storm: &Storm) -> HashMap<JobId, JobState> {
    let mut ends = HashMap::new();
    while !storm.is_over() {
        let Ok(mut client) = Client::connect(&storm.socket) else {
            pause(Duration::from_millis(20));
            continue;
        };
        let filter = JobFilter {
            states: JobState::ALL
                .into_iter()
                .filter(|state| !state.is_end())
                .collect(),
            ..JobFilter::default()
        };
        let request = Request::Watch(WatchRequest {
            filter,
            ..WatchRequest::default()
        });
        if client.send(request).is_err() {
            continue;
        }
        let mut seen = 0;
        while let Ok(message) = client.receive() {
            let DaemonMessage::Item {
                body: Item::Job(event),
                ..
            } = message
            else {
                break;
            };
            let is_change = !matches!(event.what, JobEventKind::Snapshot(_));
            assert!(!is_change || event.seq >= seen, "events go backwards");
            seen = seen.max(event.seq);
            if matches!(event.what, JobEventKind::Heartbeat) && storm.is_over() {
                break;
            }
            if let JobEventKind::Snapshot(job)
            | JobEventKind::Created(job)
            | JobEventKind::State(job)
            | JobEventKind::Progress(job) = event.what
            {
                let before = ends.get(&job.id);
                assert_eq!(before, None, "{} had ended and is {:?}", job.id, job.state);
                if job.state.is_end() {
                    ends.insert(job.id, job.state);
                }
            }
        }
    }
    ends
}

/// What a client did to one of its documents, in the order of the answers.
enum Deed {
    Upload {
        job: JobId,
        token: String,
    },
    Delete,
    /// Deleted, or not there: an answer was lost.
    PerhapsDelete,
}

struct Uploader<'a> {
    storm: &'a Storm,
    number: u64,
    client: Patient,
    dice: Dice,
    deeds: BTreeMap<String, Vec<Deed>>,
    open: Vec<JobId>,
}

impl<'a> Uploader<'a> {
    fn new(storm: &'a Storm, number: u64, dice: Dice) -> Self {
        Self {
            storm,
            number,
            client: Patient::new(&storm.socket),
            dice,
            deeds: BTreeMap::new(),
            open: Vec::new(),
        }
    }

    fn run(mut self) -> Self {
        while !self.storm.is_over() {
            match self.dice.below(100) {
                0..75 => self.upload(),
                75..88 => self.delete(),
                _ => self.cancel(),
            }
            while self.open.len() > OPEN {
                let job = self.open.remove(self.dice.index(OPEN));
                self.wait(job);
            }
        }
        self.storm
            .lost_answers
            .fetch_add(self.client.lost, Ordering::Relaxed);
        self
    }

    /// Waits for the end of a job. What it finished, and nobody touched since, is found at once.
    fn wait(&mut self, wanted: JobId) {
        if self.client.wait(wanted).state != JobState::Finished {
            return;
        }
        for (name, deeds) in &self.deeds {
            if let Some(Deed::Upload { job, token }) = deeds.last()
                && *job == wanted
            {
                check_found(&mut self.client, COLLECTION, token, name);
            }
        }
    }

    fn name(&mut self) -> String {
        let document = self.dice.below(DOCUMENTS);
        format!("client{}/document{document}.txt", self.number)
    }

    fn upload(&mut self) {
        let mut documents = BTreeMap::new();
        for _ in 0..=self.dice.below(3) {
            let name = self.name();
            // Sometimes what it was before, under the same name.
            let old = self.deeds.get(&name).into_iter().flatten();
            let old: Vec<_> = old.filter_map(Deed::token).collect();
            let token = match self.dice.percent(20) && !old.is_empty() {
                true => old[self.dice.index(old.len())].to_owned(),
                false => self.dice.word(),
            };
            documents.insert(name, token);
        }
        let texts: Vec<_> = documents
            .iter()
            .map(|(name, token)| (name.clone(), text(token)))
            .collect();
        let accepted = self.client.submit_uploads(COLLECTION, &texts);
        self.storm.ack(accepted.job);
        self.open.push(accepted.job);
        for (name, token) in documents {
            let job = accepted.job;
            let deeds = self.deeds.entry(name).or_default();
            deeds.push(Deed::Upload { job, token });
        }
    }

    fn delete(&mut self) {
        let name = self.name();
        let request = Request::DocumentRemove(document(COLLECTION, &name));
        let lost = self.client.lost;
        let deed = match self.client.ask(&request) {
            Ok(_) => Deed::Delete,
            Err(report) if report.code == ErrorCode::NotFound && lost == self.client.lost => return,
            Err(report) if report.code == ErrorCode::NotFound => Deed::PerhapsDelete,
            Err(report) => panic!("{name} cannot be deleted: {report:?}"),
        };
        self.deeds.entry(name).or_default().push(deed);
    }

    fn cancel(&mut self) {
        let Some(job) = self.open.last() else { return };
        let answer = self.client.ask(&Request::JobCancel(*job));
        assert!(matches!(answer, Ok(Reply::Cancelled(_))), "{answer:?}");
    }

    /// Everything has its last content, and no other.
    fn check(&self, client: &mut Patient, jobs: &BTreeMap<JobId, JobState>) {
        for (name, deeds) in &self.deeds {
            let (mut possible, mut old) = (vec![None], HashSet::new());
            for deed in deeds {
                match deed {
                    Deed::Upload { job, token } => {
                        old.insert(token.as_str());
                        if jobs[job] == JobState::Finished {
                            possible = vec![Some(token.as_str())];
                        }
                    }
                    Deed::Delete => possible = vec![None],
                    Deed::PerhapsDelete => possible.push(None),
                }
            }
            let found = client.insist(|client| client.cat(document(COLLECTION, name)));
            let found = match found {
                Ok(bytes) => Some(String::from_utf8(bytes).unwrap()),
                Err(report) if report.code == ErrorCode::NotFound => None,
                Err(report) => panic!("{name}: {report:?}"),
            };
            let fits = possible.iter().position(|token| token.map(text) == found);
            let Some(at) = fits else {
                panic!("{name} is {found:?}, expected one of {possible:?}");
            };
            if let Some(token) = possible[at] {
                old.remove(token);
                check_found(client, COLLECTION, token, name);
            }
            check_gone(client, COLLECTION, &old.into_iter().collect::<Vec<_>>());
        }
    }
}

impl Deed {
    fn token(&self) -> Option<&str> {
        match self {
            Self::Upload { token, .. } => Some(token),
            Self::Delete | Self::PerhapsDelete => None,
        }
    }
}

/// Returns a text of several chunks, each with `token` in it.
fn text(token: &str) -> String {
    let mut text = format!("# About {token}\n\n");
    for number in 0..8 {
        text += &format!("Paragraph {number} of {token}: ");
        text += &"the quick brown fox jumps over the lazy dog, ".repeat(4);
        text += "\n\n";
    }
    text
}

fn check_found(client: &mut Patient, collection: &str, token: &str, name: &str) {
    let hits = client.search(collection, token);
    if hits.is_empty() {
        let text = client.insist(|client| client.cat(document(collection, name)));
        let text = text.map(|text| {
            String::from_utf8_lossy(&text)
                .lines()
                .next()
                .map(str::to_owned)
        });
        let later = client.search(collection, token).len();
        panic!("{name} is not found by {token}, later {later} times, and is {text:?}");
    }
    for hit in hits {
        assert_eq!(hit.path.to_text(), name, "{token} is found elsewhere");
    }
}

fn document(collection: &str, path: &str) -> DocumentRef {
    DocumentRef::Path {
        collection: Some(collection.to_owned()),
        path: PathBytes::from(path),
    }
}

fn check_gone(client: &mut Patient, collection: &str, tokens: &[&str]) {
    for some in tokens.chunks(16) {
        let hits = client.search(collection, &some.join(" "));
        let hits: Vec<_> = hits.iter().map(|hit| hit.path.to_text()).collect();
        assert!(hits.is_empty(), "replaced or deleted, and found: {hits:?}");
    }
}

/// A folder that changes while it is taken in.
struct Tree<'a> {
    storm: &'a Storm,
    number: u64,
    folder: PathBuf,
    client: Patient,
    dice: Dice,
    /// Path below the folder, and what it holds.
    files: BTreeMap<String, String>,
    old: Vec<String>,
    open: Vec<JobId>,
}

impl<'a> Tree<'a> {
    fn new(storm: &'a Storm, number: u64, folder: PathBuf, dice: Dice) -> Self {
        fs::create_dir(&folder).unwrap();
        Self {
            storm,
            number,
            folder,
            client: Patient::new(&storm.socket),
            dice,
            files: BTreeMap::new(),
            old: Vec::new(),
            open: Vec::new(),
        }
    }

    fn collection(&self) -> String {
        format!("tree{}", self.number)
    }

    fn run(mut self) -> Self {
        while !self.storm.is_over() {
            for _ in 0..=self.dice.below(5) {
                self.change();
            }
            self.submit();
            while self.open.len() > OPEN / 4 {
                let job = self.open.remove(0);
                self.client.wait(job);
            }
        }
        self.storm
            .lost_answers
            .fetch_add(self.client.lost, Ordering::Relaxed);
        self
    }

    fn change(&mut self) {
        let name = format!(
            "part{}/file{}.md",
            self.dice.below(3),
            self.dice.below(FILES / 3)
        );
        let path = self.folder.join(&name);
        if self.files.contains_key(&name) && self.dice.percent(35) {
            fs::remove_file(path).unwrap();
            self.old.extend(self.files.remove(&name));
            return;
        }
        let token = self.dice.word();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if self.dice.percent(50) {
            // As editors do it: no reader ever sees a half of it.
            let new = self.folder.with_extension("new");
            fs::write(&new, text(&token)).unwrap();
            fs::rename(&new, &path).unwrap();
        } else {
            fs::write(&path, text(&token)).unwrap();
        }
        self.old.extend(self.files.insert(name, token));
    }

    fn submit(&mut self) {
        let source = Source::Paths(vec![path_bytes(&self.folder)]);
        let rules = SourceRules {
            delete_missing: true,
            force_delete: true,
            ..SourceRules::default()
        };
        let accepted = self
            .client
            .submit(ingest(&self.collection(), source, rules));
        self.storm.ack(accepted.job);
        if !accepted.deduplicated {
            self.open.push(accepted.job);
        }
        if self.dice.percent(10) {
            // A cancelled one promises nothing, so another follows.
            let answer = self.client.ask(&Request::JobCancel(accepted.job));
            assert!(matches!(answer, Ok(Reply::Cancelled(_))), "{answer:?}");
            self.submit();
        }
    }

    /// The last job began after the last change, so index and folder agree.
    fn check(&self, client: &mut Patient) {
        let collection = self.collection();
        let request = DocumentListRequest {
            collection: Some(collection.clone()),
            path: None,
            conditions: Vec::new(),
            page: PageRequest {
                limit: 1_000,
                cursor: None,
            },
        };
        let Ok(Reply::Documents(page)) = client.ask(&Request::DocumentList(request)) else {
            panic!("documents cannot be listed");
        };
        let mut found: Vec<_> = page.items.iter().map(|item| item.path.to_text()).collect();
        found.sort();
        let expected: Vec<_> = self.files.keys().cloned().collect();
        assert_eq!(found, expected, "documents and files of {collection}");
        for (name, token) in &self.files {
            check_found(client, &collection, token, name);
        }
        let old: Vec<_> = self.old.iter().map(String::as_str).collect();
        check_gone(client, &collection, &old);
        // The same bytes are the same version: there is nothing to do.
        let source = Source::Paths(vec![path_bytes(&self.folder)]);
        let job = client.submit(ingest(&collection, source, SourceRules::default()));
        let totals = client.wait(job.job).totals;
        let changed = (totals.added, totals.updated, totals.deleted, totals.failed);
        assert_eq!(changed, (0, 0, 0, 0), "{collection} once more");
        assert_eq!(totals.unchanged, self.files.len() as u64);
    }
}

pub(crate) fn path_bytes(path: &Path) -> PathBytes {
    use std::os::unix::ffi::OsStrExt;
    PathBytes(path.as_os_str().as_bytes().to_vec())
}
