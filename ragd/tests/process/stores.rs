//! State directories that are not as they should be.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use protocol::error::ErrorCode;
use protocol::health::{HealthPart, HealthState};
use protocol::job::JobState;
use protocol::{Reply, Request};
use rustix::process::Signal;

use crate::client::{Client, Patient, probe};
use crate::daemon::Place;
use crate::eventually;

const NOBODY: u32 = 65_534;
const STOP: Duration = Duration::from_secs(25);

fn health(client: &mut Patient, name: &str) -> HealthPart {
    let health = client.status().health;
    let part = health.parts.into_iter().find(|part| part.name == name);
    part.expect("the part is listed")
}

/// Returns a word for a number; one with digits in it would be several words.
fn word(number: usize) -> String {
    let letter = |digit: usize| char::from(b"bcdfghkmnp"[digit % 10]);
    format!("q{}{}w", letter(number / 10), letter(number))
}

/// Takes in `count` documents, each found by its own word.
fn fill(client: &mut Patient, count: usize) {
    let documents: Vec<_> = (0..count)
        .map(|number| {
            (
                format!("{number}.txt"),
                format!("the {} is here\n", word(number)),
            )
        })
        .collect();
    let job = client.submit_uploads("c", &documents).job;
    assert_eq!(client.wait(job).state, JobState::Finished);
}

fn check_found(client: &mut Patient, count: usize) {
    for number in 0..count {
        let hits = client.search("c", &word(number));
        assert_eq!(hits.len(), 1, "document {number}");
    }
    let report = client.fsck();
    assert!(report.is_clean(), "{report:?}");
}

/// Writes nonsense over the middle of a file.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let (from, to) = (bytes.len() / 4, bytes.len() * 3 / 4);
    bytes[from..to].fill(0xa5);
    fs::write(path, bytes).unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => found.push(path),
            }
        }
    }
    found
}

#[test]
fn a_state_directory_that_cannot_be_used_is_named() {
    let place = Place::new();
    let check = |place: &Place, state_dir: &Path| {
        let (status, _) = place
            .spawn_with(state_dir, &place.socket())
            .ends_within(Duration::from_secs(5));
        assert_eq!(status.code(), Some(77), "{}", place.log());
        let expected = format!("cannot use the state directory {}", state_dir.display());
        assert!(place.log().contains(&expected), "{}", place.log());
    };
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    check(&place, &file);
    check(&place, &file.join("below"));
    for mode in [0o000, 0o500] {
        let folder = place.path().join(format!("mode{mode:o}"));
        fs::create_dir(&folder).unwrap();
        let mut place = Place::new();
        if rustix::process::geteuid().is_root() {
            // Root may everything, so somebody else gets a folder of his own.
            place.run_as(NOBODY);
            std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
            fs::set_permissions(folder.parent().unwrap(), PermissionsExt::from_mode(0o755))
                .unwrap();
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        check(&place, &folder);
    }
}

#[test]
fn a_damaged_ledger_without_a_backup_is_left_and_named() {
    let place = Place::new();
    let mut daemon = place.start();
    fill(&mut place.patient(), 30);
    daemon.signal(Signal::TERM);
    daemon.ends_within(STOP);
    fs::remove_dir_all(place.state_dir().join("backups")).unwrap();
    let ledger = place.state_dir().join("ledger.db");
    damage(&ledger);
    let before = fs::read(&ledger).unwrap();
    let (status, _) = place.spawn().ends_within(Duration::from_secs(10));
    assert_eq!(status.code(), Some(65), "{}", place.log());
    let log = place.log();
    let expected = format!("the ledger {} is damaged", ledger.display());
    assert!(log.contains(&expected), "{log}");
    assert!(
        log.contains("there is no backup; to begin empty: mv"),
        "{log}"
    );
    assert!(fs::read(&ledger).unwrap() == before, "the file was changed");
}

#[test]
fn a_damaged_ledger_is_replaced_by_its_backup_and_said_so() {
    let place = Place::new();
    let mut daemon = place.start();
    let mut client = place.patient();
    fill(&mut client, 30);
    daemon.signal(Signal::TERM);
    daemon.ends_within(STOP);
    let ledger = place.state_dir().join("ledger.db");
    let backups = place.state_dir().join("backups");
    // As if the daily copy had just been made.
    let copy = backups.join("ledger-99999999999999999999.db");
    fs::copy(&ledger, &copy).unwrap();
    damage(&ledger);
    let _daemon = place.start();
    let part = health(&mut client, "ledger");
    assert_eq!(part.state, HealthState::Degraded, "{part:?}");
    let cause = part.cause.unwrap();
    assert!(cause.contains(&copy.display().to_string()), "{cause}");
    let set_aside = files(place.state_dir())
        .into_iter()
        .find(|path| path.to_string_lossy().contains("ledger.db.damaged-"));
    assert!(set_aside.is_some(), "the damaged file is kept");
    check_found(&mut client, 30);
}

#[test]
fn what_a_restored_ledger_does_not_know_is_kept_and_said_until_somebody_says_otherwise() {
    let place = Place::new();
    let mut daemon = place.start();
    let mut client = place.patient();
    // The first copy is made at the start, when there is nothing yet.
    let backups = place.state_dir().join("backups");
    eventually("a first copy", Duration::from_secs(10), || {
        (!files(&backups).is_empty()).then_some(())
    });
    fill(&mut client, 30);
    daemon.kill();
    let blobs = files(&place.state_dir().join("blobs"));
    fs::write(place.state_dir().join("ledger.db"), [0xa5; 5_000]).unwrap();
    let _ = fs::remove_file(place.state_dir().join("ledger.db-wal"));
    for _ in 0..2 {
        let mut daemon = place.start();
        let part = health(&mut client, "ledger");
        assert_eq!(part.state, HealthState::Degraded, "{part:?}");
        let note = place.state_dir().join("RESTORED");
        assert!(
            part.next_step
                .unwrap()
                .contains(&note.display().to_string())
        );
        let kept = files(&place.state_dir().join("blobs"));
        assert!(blobs.iter().all(|blob| kept.contains(blob)), "{kept:?}");
        assert!(!client.fsck().is_clean(), "chunks of nobody are told");
        daemon.kill();
    }
    // Once that is settled, the old contents go.
    let _daemon = place.start();
    fill(&mut client, 30);
    drop(_daemon);
    fs::remove_file(place.state_dir().join("RESTORED")).unwrap();
    let _daemon = place.start();
    assert_eq!(health(&mut client, "ledger").state, HealthState::Ok);
    check_found(&mut client, 30);
}

#[test]
fn a_clean_stop_leaves_a_copy_of_all_there_was() {
    let place = Place::new();
    let mut daemon = place.start();
    let mut client = place.patient();
    fill(&mut client, 30);
    daemon.signal(Signal::TERM);
    daemon.ends_within(STOP);
    damage(&place.state_dir().join("ledger.db"));
    let _daemon = place.start();
    check_found(&mut client, 30);
}

#[test]
fn a_damaged_index_is_built_anew_from_the_contents() {
    for what in ["flipped", "gone", "all flipped", "vectors gone"] {
        let place = Place::new();
        let mut daemon = place.start();
        let mut client = place.patient();
        fill(&mut client, 30);
        daemon.kill();
        let index = place.state_dir().join("index");
        let mut damaged = files(&index);
        assert!(!damaged.is_empty());
        damaged.sort_by_key(|path| fs::metadata(path).unwrap().len());
        match what {
            "gone" => fs::remove_dir_all(&index).unwrap(),
            "flipped" => damage(damaged.last().unwrap()),
            "vectors gone" => {
                let is_vector =
                    |path: &PathBuf| path.components().any(|part| part.as_os_str() == "vectors");
                let vectors: Vec<_> = damaged.iter().filter(|path| is_vector(path)).collect();
                assert!(!vectors.is_empty());
                vectors
                    .iter()
                    .for_each(|path| fs::remove_file(path).unwrap());
            }
            _ => damaged.iter().for_each(|path| damage(path)),
        }
        let _daemon = place.start();
        println!("index {what}: {:?}", health(&mut client, "index").state);
        check_found(&mut client, 30);
    }
}

#[test]
fn what_index_and_contents_both_lost_is_listed_until_it_is_submitted_again() {
    let place = Place::new();
    let mut daemon = place.start();
    let mut client = place.patient();
    fill(&mut client, 30);
    let blobs = place.state_dir().join("blobs");
    let before = files(&blobs);
    let lost = [("lost.txt".to_owned(), format!("{}\n", word(77)))];
    let job = client.submit_uploads("c", &lost).job;
    assert_eq!(client.wait(job).state, JobState::Finished);
    daemon.kill();
    fs::remove_dir_all(place.state_dir().join("index")).unwrap();
    for pack in files(&blobs) {
        if !before.contains(&pack) {
            fs::remove_file(pack).unwrap();
        }
    }
    let _daemon = place.start();
    check_found(&mut client, 30);
    assert!(client.search("c", &word(77)).is_empty());
    let gaps = client.gaps("c");
    let listed: Vec<_> = gaps.iter().map(|gap| gap.code.as_str()).collect();
    assert_eq!(listed, ["content-lost"], "{gaps:?}");
    let job = client.submit_uploads("c", &lost).job;
    assert_eq!(client.wait(job).state, JobState::Finished);
    assert_eq!(client.search("c", &word(77)).len(), 1);
    assert!(client.gaps("c").is_empty());
    check_found(&mut client, 30);
}

/// A file system of its own, unmounted when dropped.
struct Tmpfs(PathBuf);

impl Tmpfs {
    fn mount(path: PathBuf, mebibytes: u32) -> Option<Self> {
        fs::create_dir(&path).unwrap();
        let size = format!("size={mebibytes}m,mode=700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(&path)
            .output();
        let mounted = mounted.is_ok_and(|output| output.status.success());
        mounted.then_some(Self(path))
    }

    /// Fills the file system until nothing more goes in.
    fn fill(&self) {
        use std::io::Write;
        let mut file = fs::File::create(self.0.join("ballast")).unwrap();
        let mut piece = vec![0; 1 << 20];
        while !piece.is_empty() {
            if file.write_all(&piece).is_err() {
                piece.truncate(piece.len() / 2);
            }
        }
    }

    fn free(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// With the watermark, and with a disk that is full before anybody noticed.
#[test]
fn a_full_disk_refuses_submits_and_loses_nothing() {
    for (min_free, dies) in [(8 << 20, false), (0_u64, false), (0, true)] {
        let mut place = Place::new();
        let Some(disk) = Tmpfs::mount(place.path().join("disk"), 64) else {
            println!("skipped: a tmpfs can only be mounted by root");
            return;
        };
        place.write_config(&format!(
            "[disk]\nmin_free_bytes = {min_free}\nmin_free_percent = 50\ncheck_ms = 500\n\
             [queue]\nretry_min_ms = 50\nretry_max_ms = 500\n\
             [index]\nwriter_bytes = 30000000\n"
        ));
        place.set_state_dir(&disk.0.join("state"));
        let mut daemon = place.start();
        let mut client = place.patient();
        fill(&mut client, 30);
        // Work that is accepted and not begun when the disk fills up.
        client.ask(&Request::QueuePause).unwrap();
        let late: Vec<_> = (0..5)
            .map(|number| {
                let text = format!("{} came before the flood\n", word(90 + number)).repeat(2_000);
                let documents = [(format!("late{number}.txt"), text)];
                client.submit_uploads("c", &documents).job
            })
            .collect();
        disk.fill();
        // While nothing can be stored, this may fail too; the disk is free later.
        let mut hasty = Client::connect(&place.socket()).unwrap();
        let resumed = hasty.ask(Request::QueueResume).is_ok();
        let refused = eventually("submits are refused", Duration::from_secs(10), || {
            let began = Instant::now();
            let answer = hasty.ask(Request::Submit(probe()));
            answer
                .err()
                .map(|trouble| (trouble.code(), began.elapsed()))
        });
        assert_eq!(refused.0, Some(ErrorCode::DiskFull));
        assert!(refused.1 < Duration::from_secs(2), "{refused:?}");
        for number in 0..30 {
            let hits = client.search("c", &word(number));
            assert_eq!(hits.len(), 1, "searches go on");
        }
        let health = client.status().health;
        assert_ne!(health.state, HealthState::Ok, "{health:?}");
        if dies {
            // It may not be able to open its stores before there is space. It waits, and says why.
            daemon.kill();
            daemon = place.spawn();
            let told = eventually("it serves or says why not", Duration::from_secs(10), || {
                assert!(daemon.is_running(), "{}", place.log());
                let mut client = Client::connect(&place.socket()).ok()?;
                let Ok(Reply::Health(health)) = client.ask(Request::Health) else {
                    return None;
                };
                let serves = health
                    .parts
                    .iter()
                    .all(|part| part.state != HealthState::Starting);
                let cause = health.parts.iter().find_map(|part| part.cause.clone());
                (serves || cause.is_some()).then_some(cause)
            });
            println!("a start on a full disk: {told:?}");
        }
        disk.free();
        let began = Instant::now();
        if !resumed {
            client.ask(&Request::QueueResume).unwrap();
        }
        for job in late {
            assert_eq!(client.wait(job).state, JobState::Finished);
        }
        println!(
            "min_free {min_free}, dies {dies}: work resumed within {:?}",
            began.elapsed()
        );
        assert!(began.elapsed() < Duration::from_secs(10));
        for number in 0..5 {
            assert!(!client.search("c", &word(90 + number)).is_empty());
        }
        check_found(&mut client, 30);
        drop(daemon);
    }
}
