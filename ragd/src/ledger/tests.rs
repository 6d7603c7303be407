use std::path::Path;
use std::sync::Mutex;

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;

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
    let written = ledger.write(Durability::Full, move |tx| {
        tx.after_commit(move || drop(held));
        // Nobody can commit a transaction that is gone.
        tx.execute_batch("ROLLBACK")?;
        Ok(())
    });
    assert!(written.await.is_err());
    assert!(*dropped.lock().unwrap());
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
    let steps = [schema::FIRST, "CREATE TABLE second (a)"];
    super::open::bring_up(folder.path(), &file, &mut connection, &steps).unwrap();
    let version = |connection: &Connection| schema::version(connection).unwrap();
    assert_eq!(version(&connection), 2);
    let copy = folder.path().join("backups/ledger-before-schema-2.db");
    let copy = Connection::open(copy).unwrap();
    assert_eq!(version(&copy), 1);
    // A step that fails leaves the file as it was.
    let steps = [steps[0], steps[1], "CREATE TABLE third (a); nonsense"];
    let failed = super::open::bring_up(folder.path(), &file, &mut connection, &steps);
    assert!(matches!(failed, Err(LedgerError::Store { .. })));
    assert_eq!(version(&connection), 2);
    assert!(connection.prepare("SELECT a FROM third").is_err());
}
