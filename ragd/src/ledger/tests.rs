use std::path::Path;
use std::sync::Mutex;

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::config::IndexKind;
use crate::ids::{
    CollectionId, ContentHash, DocumentId, JobId, Timestamp, VersionKey, document_id,
};

fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

fn open(folder: &TempDir) -> Ledger {
    Ledger::open(folder.path()).unwrap().ledger
}

/// Keeps the writer busy until it is told to go on, so that all that comes meanwhile is one group.
async fn hold(ledger: &Ledger) -> std::sync::mpsc::Sender<()> {
    let (go, wait) = std::sync::mpsc::channel();
    let (begun, beginning) = oneshot::channel();
    ledger
        .post(move |_| {
            let _ = begun.send(());
            let _ = wait.recv();
            Ok(())
        })
        .await;
    beginning.await.unwrap();
    go
}

fn note(tx: &Tx<'_>, name: &str) -> rusqlite::Result<()> {
    tx.execute("INSERT INTO meta (name, value) VALUES (?1, 7)", [name])?;
    Ok(())
}

async fn notes(ledger: &Ledger) -> Vec<String> {
    let notes = ledger.read(|connection| {
        connection
            .prepare("SELECT name FROM meta WHERE value = 7 ORDER BY name")?
            .query_map((), |row| row.get(0))?
            .collect()
    });
    notes.await.unwrap()
}

#[tokio::test]
async fn a_group_answers_all_and_a_failing_change_is_undone_alone() {
    let folder = folder();
    let ledger = open(&folder);
    let go = hold(&ledger).await;
    let hooks: Arc<Mutex<Vec<usize>>> = Arc::default();
    let writes = (0..10).map(|number| {
        let hooks = Arc::clone(&hooks);
        ledger.write(Durability::Full, move |tx| {
            tx.after_commit(move || hooks.lock().unwrap().push(number));
            note(tx, &format!("note {number}"))?;
            if number == 4 {
                note(tx, "note 1")?;
            }
            Ok(number)
        })
    });
    let (answers, ()) = tokio::join!(futures_util::future::join_all(writes), async {
        go.send(()).unwrap();
    });
    let expected = [0, 1, 2, 3, 5, 6, 7, 8, 9];
    let good: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
    assert_eq!(good, expected);
    assert_eq!(*hooks.lock().unwrap(), expected);
    let expected = expected.map(|number| format!("note {number}"));
    assert_eq!(notes(&ledger).await, expected);
}

#[tokio::test]
async fn a_volatile_change_is_answered_before_the_commit() {
    let folder = folder();
    let ledger = open(&folder);
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let first = hold(&ledger).await;
    let volatile = ledger.write(Durability::Volatile, |tx| note(tx, "volatile"));
    let full = ledger.write(Durability::Full, move |tx| {
        let _ = wait.recv();
        note(tx, "full")
    });
    let full = async {
        full.await.unwrap();
        assert_eq!(notes(&ledger).await, ["full", "volatile"]);
    };
    let volatile = async {
        volatile.await.unwrap();
        // The group goes on only now.
        assert_eq!(notes(&ledger).await, [""; 0]);
        go.send(()).unwrap();
    };
    let begin = async { first.send(()).unwrap() };
    tokio::join!(volatile, full, begin);
}

#[tokio::test]
async fn what_hooks_hold_is_let_go_before_a_failed_commit_is_told() {
    struct Dropped(Arc<Mutex<bool>>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = true;
        }
    }
    let folder = folder();
    let ledger = open(&folder);
    let dropped: Arc<Mutex<bool>> = Arc::default();
    let held = Dropped(Arc::clone(&dropped));
    let go = hold(&ledger).await;
    let written = async {
        let written = ledger.write(Durability::Full, move |tx| {
            tx.after_commit(move || drop(held));
            note(tx, "never")
        });
        assert!(written.await.is_err());
        *dropped.lock().unwrap()
    };
    // The transaction of the group is gone, as on a full disk.
    let spoil = ledger.write(Durability::Full, |tx| tx.execute_batch("ROLLBACK"));
    // Whoever waits is woken while the writer still answers the others.
    let (dropped, spoiled, ()) = tokio::join!(written, spoil, async {
        go.send(()).unwrap();
    });
    assert!(dropped && spoiled.is_err());
    assert!(ledger.trouble().is_some());
    ledger
        .write(Durability::Full, |tx| note(tx, "after"))
        .await
        .unwrap();
    assert_eq!(ledger.trouble(), None);
    assert_eq!(notes(&ledger).await, ["after"]);
}

#[tokio::test]
async fn readers_cannot_write() {
    let folder = folder();
    let ledger = open(&folder);
    let written = ledger.read(|connection| connection.execute("DELETE FROM meta", ()));
    assert!(matches!(written.await, Err(LedgerError::Store { .. })));
    assert_eq!(ledger.read(|_| Ok(1)).await.unwrap(), 1);
}

#[tokio::test]
async fn numbers_of_observations_grow_over_starts() {
    let folder = folder();
    let ledger = open(&folder);
    let (one, two) = (ledger.observe(), ledger.observe());
    ledger.close().await;
    drop(ledger);
    let three = open(&folder).observe();
    assert!(one < two && two < three);
}

#[tokio::test]
async fn only_a_stop_in_order_is_a_clean_one() {
    let folder = folder();
    let opened = Ledger::open(folder.path()).unwrap();
    assert!(opened.clean, "a new one");
    opened.ledger.close().await;
    drop(opened);
    let opened = Ledger::open(folder.path()).unwrap();
    assert!(opened.clean);
    // As when another store cannot be opened: the ledger falls, and nobody stopped anything.
    let path = opened.ledger.path().to_owned();
    let fallen = fall(opened.ledger);
    fallen.await;
    let clean: i64 = Connection::open(path)
        .unwrap()
        .query_row("SELECT value FROM meta WHERE name = 'clean'", (), |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(clean, 0);
    assert!(!Ledger::open(folder.path()).unwrap().clean);
}

/// Drops a ledger and waits until its writer has ended.
async fn fall(ledger: Ledger) {
    let inner = Arc::into_inner(ledger.inner).expect("the only handle");
    let writer = inner.writer.fall();
    tokio::task::spawn_blocking(move || writer.join())
        .await
        .unwrap()
        .unwrap();
}

/// Leaves a ledger with one note in `folder`, and a backup of it if asked for.
async fn with_note(folder: &TempDir, backup: bool) {
    let ledger = open(folder);
    let noted = ledger.write(Durability::Full, |tx| note(tx, "kept"));
    noted.await.unwrap();
    if backup {
        ledger.back_up(std::time::Duration::ZERO).await.unwrap();
    }
    let noted = ledger.write(Durability::Full, |tx| note(tx, "later"));
    noted.await.unwrap();
    ledger.close().await;
}

fn damage(file: &Path) -> Vec<u8> {
    let mut bytes = std::fs::read(file).unwrap();
    for byte in &mut bytes[4_096..] {
        *byte = 0x5a;
    }
    std::fs::write(file, &bytes).unwrap();
    bytes
}

#[tokio::test]
async fn a_backup_takes_the_place_of_a_damaged_file() {
    for how in ["damaged", "no database", "empty"] {
        let folder = folder();
        with_note(&folder, true).await;
        let file = folder.path().join("ledger.db");
        let bytes = match how {
            "damaged" => damage(&file),
            "no database" => {
                std::fs::write(&file, vec![1; 9_000]).unwrap();
                vec![1; 9_000]
            }
            _ => {
                std::fs::write(&file, "").unwrap();
                Vec::new()
            }
        };
        // The newest copy is no ledger: the one before is taken.
        std::fs::write(folder.path().join("backups/ledger-empty.db"), "").unwrap();
        let opened = Ledger::open(folder.path()).unwrap();
        let restored = opened.restored.expect(how);
        assert_eq!(std::fs::read(restored.set_aside).unwrap(), bytes, "{how}");
        assert_eq!(notes(&opened.ledger).await, ["kept"], "{how}");
    }
}

#[tokio::test]
async fn without_a_backup_a_damaged_file_is_refused_and_left_alone() {
    let folder = folder();
    with_note(&folder, false).await;
    let file = folder.path().join("ledger.db");
    let bytes = damage(&file);
    // A log that a crash left is evidence too.
    let log = folder.path().join("ledger.db-wal");
    std::fs::write(&log, "a torn log").unwrap();
    let refused = Ledger::open(folder.path());
    assert!(matches!(refused, Err(LedgerError::Damaged { .. })));
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    assert_eq!(std::fs::read(&log).unwrap(), b"a torn log");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let folder = folder();
    with_note(&folder, false).await;
    let file = folder.path().join("ledger.db");
    let connection = Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let bytes = std::fs::read(&file).unwrap();
    let refused = Ledger::open(folder.path());
    assert!(matches!(refused, Err(LedgerError::Newer { found: 99, .. })));
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

#[tokio::test]
async fn a_migration_makes_a_backup_first() {
    let folder = folder();
    with_note(&folder, false).await;
    let file = folder.path().join("ledger.db");
    let mut connection = Connection::open(&file).unwrap();
    let known = schema::STEPS.as_slice();
    let now = schema::VERSION;
    let steps = [known, &["CREATE TABLE second (a)"]].concat();
    super::open::bring_up(folder.path(), &file, &mut connection, &steps).unwrap();
    let version = |connection: &Connection| schema::version(connection).unwrap();
    assert_eq!(version(&connection), now + 1);
    let copy = format!("backups/ledger-before-schema-{}.db", now + 1);
    let copy = Connection::open(folder.path().join(copy)).unwrap();
    assert_eq!(version(&copy), now);
    // A step that fails leaves the file as it was.
    let steps = [steps.as_slice(), &["CREATE TABLE third (a); nonsense"]].concat();
    let failed = super::open::bring_up(folder.path(), &file, &mut connection, &steps);
    assert!(matches!(failed, Err(LedgerError::Store { .. })));
    assert_eq!(version(&connection), now + 1);
    assert!(connection.prepare("SELECT a FROM third").is_err());
}

/// One collection, and documents in it by name.
struct Shelf {
    ledger: Ledger,
    collection: CollectionId,
    _folder: TempDir,
}

impl Shelf {
    async fn new() -> Self {
        let folder = folder();
        let ledger = open(&folder);
        let collection = ledger
            .create_collection("papers", 1, "builtin", IndexKind::Embedded)
            .await
            .unwrap();
        Self {
            ledger,
            collection: collection.unwrap(),
            _folder: folder,
        }
    }

    fn document(&self, name: &str) -> DocumentId {
        document_id(self.collection, name.as_bytes())
    }

    fn read(&self, name: &str, observed: i64, key: u64) -> Changes {
        let hash = ContentHash([u8::try_from(key).unwrap(); 32]);
        let activation = Activation {
            document: self.document(name),
            source: name.as_bytes().to_vec(),
            path: name.as_bytes().to_vec(),
            observed,
            stat: None,
            key: VersionKey(key),
            bytes: 10 * key,
            chunks: u32::try_from(key).unwrap(),
            title: None,
            language: None,
            facts: Vec::new(),
            told: Vec::new(),
            made: Made::default(),
            outline: None,
            given: None,
            blob: BlobRow {
                hash,
                pack: hash,
                start: 0,
                length: 1,
            },
            sight: None,
            redacted: Vec::new(),
            parts: Vec::new(),
            within: None,
        };
        Changes {
            activate: vec![activation],
            models: vec!["builtin".to_owned()],
            ..Changes::none(self.collection)
        }
    }

    fn delete(&self, name: &str, observed: i64) -> Changes {
        let deletion = Deletion {
            document: self.document(name),
            observed,
        };
        Changes {
            delete: vec![deletion],
            ..Changes::none(self.collection)
        }
    }

    fn loss(&self, name: &str, key: u64) -> Loss {
        let gap = GapRow {
            collection: self.collection,
            source: name.as_bytes().to_vec(),
            path: name.as_bytes().to_vec(),
            stage: 0,
            rule: "lost".to_owned(),
            code: "lost".to_owned(),
            reason: String::new(),
            bytes: None,
            job: None,
            at: Timestamp(0),
            seen: None,
            content: None,
        };
        Loss {
            document: self.document(name),
            key: VersionKey(key),
            content: ContentHash([u8::try_from(key).unwrap(); 32]),
            gap,
        }
    }

    /// Returns the sources of all gaps.
    async fn gaps(&self) -> Vec<Vec<u8>> {
        let roots = vec![b"a".to_vec(), b"b".to_vec()];
        let gaps = self.ledger.known_gaps(self.collection, roots).await;
        gaps.unwrap().into_keys().collect()
    }

    /// Applies and checks that the sums and the versions fit the documents.
    async fn apply(&self, changes: Changes) -> Applied {
        let applied = self.ledger.apply(changes).await.unwrap();
        let (findings, _) = self.ledger.self_check().await.unwrap();
        assert_eq!(findings, Vec::<String>::new());
        applied
    }

    /// Returns documents, chunks and bytes.
    async fn sums(&self) -> (u64, u64, u64) {
        let row = self.ledger.collection("papers").await.unwrap().unwrap();
        (row.documents, row.chunks, row.bytes)
    }

    /// Returns the searchable one of versions 1 to 9.
    fn visible(&self) -> Vec<u64> {
        let snapshot = self.ledger.visibility().snapshot();
        let keys = (1..10).filter(|key| snapshot.document(VersionKey(*key)).is_some());
        keys.collect()
    }
}

#[tokio::test]
async fn a_document_is_found_by_path_source_and_first_digits_of_its_id() {
    let shelf = Shelf::new().await;
    shelf.apply(shelf.read("a", 5, 1)).await;
    let id = shelf.document("a");
    let text = id.to_string();
    for (name, expected) in [
        ("a", 1),
        (&text[..4], 1),
        (&text[..13], 1),
        ("ffff", 0),
        (&text[..3], 0),
    ] {
        let found = shelf.ledger.documents_at(None, name.as_bytes().to_vec());
        assert_eq!(found.await.unwrap().len(), expected, "{name}");
    }
}

#[tokio::test]
async fn a_lost_document_is_a_gap_and_new_to_the_next_submit() {
    let shelf = Shelf::new().await;
    shelf.apply(shelf.read("a", 5, 1)).await;
    let lose = |key| Changes {
        lost: vec![shelf.loss("a", key)],
        ..Changes::none(shelf.collection)
    };
    shelf.apply(lose(9)).await;
    assert_eq!((shelf.visible(), shelf.gaps().await), (vec![1], vec![]));
    shelf.apply(lose(1)).await;
    assert_eq!((shelf.visible(), shelf.sums().await), (vec![], (0, 0, 0)));
    assert_eq!(shelf.gaps().await, [b"a"]);
    let known = shelf.ledger.known(shelf.collection, vec![b"a".to_vec()]);
    assert!(known.await.unwrap().is_empty());
    let applied = shelf.apply(shelf.read("a", 6, 1)).await;
    assert_eq!((applied.added, shelf.visible()), (1, vec![1]));
    assert!(shelf.gaps().await.is_empty());
}

#[tokio::test]
async fn a_change_that_panics_is_undone_alone() {
    let folder = folder();
    let ledger = open(&folder);
    let go = hold(&ledger).await;
    let write = |name: &'static str, panics: bool| {
        ledger.write(Durability::Full, move |tx| {
            note(tx, name)?;
            assert!(!panics, "a bug");
            Ok(())
        })
    };
    let (before, bad, after) = tokio::join!(write("a", false), write("b", true), async {
        go.send(()).unwrap();
        write("c", false).await
    });
    assert!(before.is_ok() && bad.is_err() && after.is_ok());
    assert_eq!(notes(&ledger).await, ["a", "c"]);
}

#[tokio::test]
async fn a_ledger_that_is_gone_comes_back_from_its_backup() {
    let folder = folder();
    let ledger = open(&folder);
    let kept = ledger.write(Durability::Full, |tx| note(tx, "kept"));
    kept.await.unwrap();
    ledger.back_up(std::time::Duration::ZERO).await.unwrap();
    ledger.close().await;
    drop(ledger);
    std::fs::remove_file(folder.path().join("ledger.db")).unwrap();
    let opened = Ledger::open(folder.path()).unwrap();
    assert_eq!(opened.restored.unwrap().finding, "the file is gone");
    assert_eq!(notes(&opened.ledger).await, ["kept"]);
}

#[tokio::test]
async fn what_was_read_earlier_never_replaces_what_was_read_later() {
    let shelf = Shelf::new().await;
    assert_eq!(shelf.apply(shelf.read("a", 5, 1)).await.added, 1);
    let late = shelf.apply(shelf.read("a", 4, 2)).await;
    assert_eq!(late.superseded, [shelf.document("a")]);
    let again = shelf.apply(shelf.read("a", 5, 2)).await;
    assert_eq!(again.superseded, [shelf.document("a")]);
    assert_eq!((shelf.visible(), shelf.sums().await), (vec![1], (1, 1, 10)));
    assert_eq!(shelf.apply(shelf.read("a", 6, 3)).await.updated, 1);
    assert_eq!((shelf.visible(), shelf.sums().await), (vec![3], (1, 3, 30)));
    // The same content again is no update.
    let same = Applied {
        unchanged: 1,
        ..Applied::default()
    };
    assert_eq!(shelf.apply(shelf.read("a", 7, 3)).await, same);
    // And a content of before comes back.
    assert_eq!(shelf.apply(shelf.read("a", 8, 1)).await.updated, 1);
    assert_eq!((shelf.visible(), shelf.sums().await), (vec![1], (1, 1, 10)));
}

#[tokio::test]
async fn a_delete_beats_what_was_read_before_it() {
    let shelf = Shelf::new().await;
    shelf.apply(shelf.read("a", 5, 1)).await;
    assert_eq!(shelf.apply(shelf.delete("a", 4)).await.deleted, 0);
    assert_eq!(shelf.apply(shelf.delete("a", 7)).await.deleted, 1);
    assert_eq!(shelf.visible(), [0; 0]);
    assert_eq!(shelf.sums().await, (0, 0, 0));
    let late = shelf.apply(shelf.read("a", 6, 2)).await;
    assert_eq!(late.superseded, [shelf.document("a")]);
    // Deleted again, while somebody has just read it.
    assert_eq!(shelf.apply(shelf.delete("a", 9)).await.deleted, 0);
    let late = shelf.apply(shelf.read("a", 8, 2)).await;
    assert_eq!(late.superseded, [shelf.document("a")]);
    assert_eq!(shelf.visible(), [0; 0]);
    assert_eq!(shelf.apply(shelf.read("a", 10, 2)).await.added, 1);
    assert_eq!((shelf.visible(), shelf.sums().await), (vec![2], (1, 2, 20)));
}

#[tokio::test]
async fn a_search_that_runs_keeps_seeing_what_stays() {
    let shelf = Shelf::new().await;
    shelf.apply(shelf.read("a", 1, 1)).await;
    shelf.apply(shelf.read("b", 1, 2)).await;
    let before = shelf.ledger.visibility().snapshot();
    shelf.apply(shelf.read("a", 2, 1)).await;
    shelf.apply(shelf.read("b", 2, 3)).await;
    let seen = [1, 2, 3].map(|key| before.document(VersionKey(key)).is_some());
    assert_eq!(seen, [true, true, false]);
    assert_eq!(shelf.visible(), [1, 3]);
}

#[tokio::test]
async fn versions_flip_in_the_order_of_the_commits() {
    let shelf = Shelf::new().await;
    let go = hold(&shelf.ledger).await;
    let seen: Arc<Mutex<Vec<Vec<u64>>>> = Arc::default();
    let writes = (1..=5).map(|key| {
        let changes = shelf.read("a", i64::try_from(key).unwrap(), key);
        let (seen, visibility) = (Arc::clone(&seen), shelf.ledger.visibility());
        shelf.ledger.write(Durability::Full, move |tx| {
            tx.apply(&changes, Timestamp(0))?;
            tx.after_commit(move || {
                let snapshot = visibility.snapshot();
                let keys = (1..10).filter(|key| snapshot.document(VersionKey(*key)).is_some());
                seen.lock().unwrap().push(keys.collect());
            });
            Ok(())
        })
    });
    let (answers, ()) = tokio::join!(futures_util::future::join_all(writes), async {
        assert_eq!(shelf.visible(), [0; 0]);
        go.send(()).unwrap();
    });
    assert!(answers.iter().all(Result::is_ok));
    let expected: Vec<_> = (1..=5).map(|key| vec![key]).collect();
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_collection_that_is_gone_takes_nothing() {
    let shelf = Shelf::new().await;
    shelf.apply(shelf.read("a", 1, 1)).await;
    let changes = shelf.read("b", 2, 2);
    shelf
        .ledger
        .remove_collection(shelf.collection)
        .await
        .unwrap();
    assert_eq!(shelf.visible(), [0; 0]);
    let applied = shelf.apply(changes).await;
    assert!(applied.collection_gone);
    assert_eq!((applied.added, shelf.visible()), (0, Vec::new()));
    // One with the same name is another.
    let again = shelf
        .ledger
        .create_collection("papers", 1, "builtin", IndexKind::Embedded)
        .await
        .unwrap();
    assert_ne!(again, Some(shelf.collection));
    assert!(shelf.apply(shelf.read("b", 3, 2)).await.collection_gone);
    assert_eq!(shelf.sums().await, (0, 0, 0));
}

async fn switch(shelf: &Shelf, model: &str, job: JobId) -> Result<(), JobId> {
    let (id, model) = (shelf.collection, model.to_owned());
    let begin = shelf
        .ledger
        .write(Durability::Full, move |tx| tx.begin_switch(id, &model, job));
    begin.await.unwrap()
}

/// Lets `model` serve, if it had all that was active at `lacks`. Returns whether it does.
async fn serve(shelf: &Shelf, model: &str, lacks: i64) -> bool {
    let model = model.to_owned();
    let changes = Changes {
        serve: Some(Serve { model, lacks }),
        ..Changes::none(shelf.collection)
    };
    !shelf.ledger.apply(changes).await.unwrap().model_lacks
}

#[tokio::test]
async fn a_model_serves_when_it_has_vectors_of_all_and_not_before() {
    let shelf = Shelf::new().await;
    let ledger = &shelf.ledger;
    let models = |models: &[&str]| models.iter().map(ToString::to_string).collect::<Vec<_>>();
    let by = |changes: Changes, by: &[&str]| Changes {
        models: models(by),
        ..changes
    };
    let row = async || ledger.collection("papers").await.unwrap().unwrap();
    let (first, second) = (JobId::new(), JobId::new());
    switch(&shelf, "near", first).await.unwrap();
    assert_eq!(switch(&shelf, "far", second).await, Err(first));
    assert_eq!(switch(&shelf, "builtin", second).await, Ok(()), "it serves");
    assert_eq!(row().await.next, Some(("near".to_owned(), first)));

    // One that has no vectors of the next model makes what was counted before void.
    let lacks = ledger.active(shelf.collection).await.unwrap().lacks;
    let both = by(shelf.read("a", 1, 1), &["builtin", "near"]);
    assert_eq!(ledger.apply(both).await.unwrap().added, 1);
    let one = by(shelf.read("b", 2, 2), &["builtin"]);
    assert_eq!(ledger.apply(one).await.unwrap().added, 1);
    assert!(!serve(&shelf, "near", lacks).await);
    assert!(
        !serve(&shelf, "far", lacks + 1).await,
        "it is not the next one"
    );
    let active = ledger.active(shelf.collection).await.unwrap();
    assert_eq!((active.lacks, active.versions.len()), (lacks + 1, 2));
    assert!(serve(&shelf, "near", active.lacks).await);
    let now = row().await;
    assert_eq!((now.model, now.next), ("near".to_owned(), None));
    assert_eq!(now.previous.as_deref(), Some("builtin"));
    let snapshot = ledger.visibility().snapshot();
    let shown = snapshot.models(shelf.collection).unwrap();
    assert_eq!((shown.serving.as_str(), &shown.next), ("near", &None));

    // What was made for the model of before is made again.
    let late = by(shelf.read("c", 3, 3), &["builtin"]);
    let applied = ledger.apply(late).await.unwrap();
    assert_eq!(
        (applied.added, applied.overtaken),
        (0, vec![shelf.document("c")])
    );
    assert_eq!(row().await.documents, 2);
}

#[tokio::test]
async fn a_switch_is_forgotten_with_its_job_only() {
    let shelf = Shelf::new().await;
    let (job, other) = (JobId::new(), JobId::new());
    switch(&shelf, "near", job).await.unwrap();
    let end = async |job| {
        let ended = shelf
            .ledger
            .write(Durability::Full, move |tx| tx.end_switch(job));
        ended.await.unwrap();
        let snapshot = shelf.ledger.visibility().snapshot();
        snapshot.models(shelf.collection).unwrap().next.clone()
    };
    assert_eq!(end(other).await.as_deref(), Some("near"));
    assert_eq!(end(job).await, None);
    switch(&shelf, "far", other).await.unwrap();
    assert_eq!(end(job).await.as_deref(), Some("far"));
}

/// Breaks when files of an archive that went are searchable for ever.
#[tokio::test]
async fn a_file_counts_only_within_the_archive_that_it_came_with() {
    let shelf = Shelf::new().await;
    let file = |observed, key, version| {
        let mut changes = shelf.read("a.zip\0b.md", observed, key);
        changes.activate[0].within = Some((shelf.document("a.zip"), VersionKey(version)));
        changes
    };
    let early = shelf.apply(file(1, 11, 1)).await;
    assert_eq!(early.superseded, [shelf.document("a.zip\0b.md")]);
    shelf.apply(shelf.read("a.zip", 2, 1)).await;
    let other = shelf.apply(file(2, 11, 9)).await;
    assert_eq!(other.superseded.len(), 1);
    assert_eq!(shelf.apply(file(2, 11, 1)).await.added, 1);
    assert_eq!(shelf.apply(shelf.delete("a.zip", 3)).await.deleted, 2);
    let late = shelf.apply(file(4, 12, 1)).await;
    assert_eq!((late.added, late.superseded.len()), (0, 1));
}

/// Lists revisions of the past, as byte of the hash, and whether it is kept.
async fn past(shelf: &Shelf, name: &str) -> Vec<(u32, u8, bool)> {
    let past = shelf.ledger.past(shelf.document(name)).await.unwrap();
    let past = past.into_iter();
    past.map(|past| (past.revision, past.content.0[0], past.kept))
        .collect()
}

async fn unneeded(shelf: &Shelf) -> Vec<u8> {
    let hashes = shelf.ledger.unneeded_blobs(Timestamp(1), 99).await;
    let mut hashes: Vec<_> = hashes.unwrap().iter().map(|hash| hash.0[0]).collect();
    hashes.sort_unstable();
    hashes
}

async fn thin(shelf: &Shelf, versions: u32, since: i64, looked: i64) {
    let since = Timestamp(since);
    let retention = Retention { versions, since };
    let thin = async || {
        let thinned = shelf.ledger.thin_past(retention, Timestamp(looked), 1);
        thinned.await.unwrap()
    };
    while thin().await {}
    let (findings, _) = shelf.ledger.self_check().await.unwrap();
    assert_eq!(findings, Vec::<String>::new());
}

#[tokio::test]
async fn the_past_is_as_long_as_it_is_to_be() {
    let shelf = Shelf::new().await;
    for (observed, key) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 1)] {
        shelf.apply(shelf.read("a", observed, key)).await;
    }
    for (observed, key) in [(1, 4), (2, 5)] {
        shelf.apply(shelf.read("b", observed, key)).await;
    }
    // Version 4 of it has the content of version 1.
    let all = [(3, 3, true), (2, 2, true), (1, 1, true)];
    thin(&shelf, 3, 0, 0).await;
    assert_eq!(past(&shelf, "a").await, all);
    assert_eq!(unneeded(&shelf).await, [0; 0]);
    // Nothing changed after the last look.
    thin(&shelf, 1, 0, i64::MAX).await;
    assert_eq!(past(&shelf, "a").await, all);
    thin(&shelf, 1, 0, 0).await;
    let expected = [(3, 3, true), (2, 2, false), (1, 1, false)];
    assert_eq!(past(&shelf, "a").await, expected);
    assert_eq!(unneeded(&shelf).await, [2]);
    thin(&shelf, 9, i64::MAX, i64::MAX).await;
    assert_eq!(unneeded(&shelf).await, [2, 3, 4]);
    assert_eq!(past(&shelf, "b").await, [(1, 4, false)]);
}

#[tokio::test]
async fn a_content_stays_as_long_as_one_document_needs_it() {
    let shelf = Shelf::new().await;
    let shared = |name, observed, key: u64| {
        let mut changes = shelf.read(name, observed, key);
        changes.activate[0].blob.hash = ContentHash([9; 32]);
        changes
    };
    shelf.apply(shared("a", 1, 1)).await;
    shelf.apply(shared("b", 1, 2)).await;
    shelf.apply(shelf.read("a", 2, 3)).await;
    shelf.apply(shelf.read("b", 2, 4)).await;
    shelf.apply(shelf.delete("a", 3)).await;
    assert_eq!(past(&shelf, "a").await, []);
    assert_eq!(unneeded(&shelf).await, [3], "b had the shared one too");
    shelf.apply(shelf.delete("b", 3)).await;
    assert_eq!(unneeded(&shelf).await, [3, 4, 9]);
    // What comes back begins anew, and its numbers go on.
    shelf.apply(shelf.read("b", 4, 5)).await;
    shelf.apply(shelf.read("b", 5, 6)).await;
    assert_eq!(past(&shelf, "b").await, [(3, 5, true)]);
}

#[tokio::test]
async fn another_pipeline_makes_no_other_version_of_a_content() {
    let shelf = Shelf::new().await;
    shelf.apply(shelf.read("a", 1, 1)).await;
    let mut again = shelf.read("a", 2, 2);
    again.activate[0].blob.hash = ContentHash([1; 32]);
    assert_eq!(shelf.apply(again).await.updated, 1);
    assert_eq!(past(&shelf, "a").await, []);
    let row = shelf.ledger.document(shelf.document("a")).await.unwrap();
    assert_eq!(row.unwrap().revision, 1);
}

#[tokio::test]
async fn a_lost_content_is_none_to_go_back_to() {
    let shelf = Shelf::new().await;
    for (observed, key) in [(1, 1), (2, 2), (3, 1)] {
        shelf.apply(shelf.read("a", observed, key)).await;
    }
    let lost = Changes {
        lost: vec![shelf.loss("a", 1)],
        ..Changes::none(shelf.collection)
    };
    shelf.apply(lost).await;
    assert_eq!(past(&shelf, "a").await, [(2, 2, true), (1, 1, false)]);
}

#[tokio::test]
async fn a_name_of_the_past_is_not_remembered_for_ever() {
    let shelf = Shelf::new().await;
    for observed in 1..=120 {
        shelf
            .apply(shelf.read("a", observed, observed as u64))
            .await;
    }
    let past = past(&shelf, "a").await;
    let numbers: Vec<_> = past.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (20..120).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn what_was_seen_stays_as_long_as_the_content() {
    let shelf = Shelf::new().await;
    let content = ContentHash([1; 32]);
    let seen = |by: &str, hash: u8| {
        let mut changes = shelf.read("a", i64::from(hash), 1);
        let blob = BlobRow {
            hash: ContentHash([hash; 32]),
            ..changes.activate[0].blob
        };
        let sight = Sight {
            by: by.to_owned(),
            blob,
        };
        changes.activate[0].sight = Some(sight.clone());
        (changes, sight)
    };
    let (changes, _) = seen("somebody", 21);
    shelf.apply(changes).await;
    let (changes, sight) = seen("somebody else", 22);
    shelf.apply(changes).await;
    let kept = shelf.ledger.sights(vec![content, ContentHash([9; 32])]);
    assert_eq!(kept.await.unwrap(), [(content, sight)]);
    assert_eq!(unneeded(&shelf).await, [21]);

    shelf.apply(shelf.delete("a", 30)).await;
    assert_eq!(unneeded(&shelf).await, [1, 21]);
    let gone = [1, 21].map(|hash| ContentHash([hash; 32])).to_vec();
    let forgotten = shelf.ledger.forget_blobs(gone, Timestamp(1)).await;
    forgotten.unwrap();
    assert_eq!(unneeded(&shelf).await, [22]);
    let (findings, _) = shelf.ledger.self_check().await.unwrap();
    assert_eq!(findings, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_known_of_a_path_is_found_in_the_index_and_not_by_going_through_all() {
    let folder = folder();
    let ledger = open(&folder);
    for sql in [documents::KNOWN, gaps::KNOWN] {
        let steps = ledger.read(move |connection| {
            let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let steps = explain.query_map((1, 2, 3, 4), |row| row.get::<_, String>(3))?;
            steps.collect::<rusqlite::Result<Vec<_>>>()
        });
        let steps = steps.await.unwrap();
        let searches: Vec<_> = steps
            .iter()
            .filter(|step| step.contains("SEARCH"))
            .collect();
        assert_eq!(searches.len(), 2, "{steps:?}");
        assert!(
            searches.iter().all(|step| step.contains("AND source")),
            "{steps:?}"
        );
        assert!(!steps.iter().any(|step| step.contains("SCAN")), "{steps:?}");
    }
}
