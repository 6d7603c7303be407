//! Pages that are pictures, where nobody can look: no tesseract, or one that hangs.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use protocol::PathBytes;
use protocol::ids::JobId;
use protocol::job::JobState;
use protocol::submit::{Source, SourceRules};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;

use crate::client::{Patient, ingest};
use crate::daemon::{Daemon, Place, children};
use crate::eventually;
use crate::machines::Shared;

const ALLOWED: &str = "[ocr]\ntesseract = true\n";
const DEADLINE: Duration = Duration::from_secs(60);

/// Hands in a picture and a text.
fn submit_a_picture(place: &Place, client: &mut Patient) -> JobId {
    let files = place.path().join("files");
    fs::create_dir(&files).unwrap();
    // Of one colour alone there would be nothing to see.
    let mut photo = image::RgbImage::new(400, 400);
    photo.put_pixel(9, 9, image::Rgb([255, 255, 255]));
    photo.save(files.join("photo.png")).unwrap();
    fs::write(files.join("a.md"), "The walrus sleeps.\n").unwrap();
    let source = Source::Paths(vec![PathBytes(files.as_os_str().as_bytes().to_vec())]);
    client
        .submit(ingest("c", source, SourceRules::default()))
        .job
}

/// Takes in a picture and a text, of which the text is found and the picture is a gap; returns why.
fn gap_of_a_picture(place: &Place, client: &mut Patient) -> String {
    let job = submit_a_picture(place, client);
    let job = client.wait(job);
    assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    assert_eq!(client.search("c", "walrus").len(), 1);
    let mut gaps = client.gaps("c");
    let gap = gaps.pop().unwrap();
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_eq!(gap.code, "needs-vision");
    gap.reason
}

#[test]
fn a_worker_without_tesseract_says_so_of_a_picture() {
    let shared = Shared::at("127.0.0.1");
    let place = &shared.place;
    place.add_config(ALLOWED);
    let _daemon = place.start();
    let runner = ["env", "PATH=/nowhere"];
    let _worker = place.spawn_worker_by(&runner, &place.config(), "worker");
    let reason = gap_of_a_picture(place, &mut place.patient());
    let why = "tesseract is not installed in a folder of the system";
    assert!(reason.contains(why), "{reason}");
    let log = place.log();
    let warned = log
        .lines()
        .any(|line| line.contains("WARN") && line.contains(why));
    assert!(warned, "{log}");
}

/// tesseract waits for its data as long as nobody writes them into a pipe.
fn hanging(page_s: u64) -> Place {
    let mut place = Place::new();
    place.configure(&format!("{ALLOWED}page_s = {page_s}\n"));
    let data = place.path().join("data");
    fs::create_dir(&data).unwrap();
    let pipe = data.join("eng.traineddata");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).unwrap();
    place.set_environment("TESSDATA_PREFIX", data.to_str().unwrap());
    place
}

/// Tells whether a daemon has somebody look at a page.
fn looks(daemon: &Daemon) -> bool {
    let name = |pid| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let mut names = children(daemon.pid()).into_iter().map(name);
    names.any(|name| name.trim() == "tesseract")
}

#[test]
fn a_tesseract_that_hangs_costs_a_page_its_time_and_is_ended() {
    let place = hanging(1);
    let daemon = place.start();
    let reason = gap_of_a_picture(&place, &mut place.patient());
    let why = "tesseract took longer than 1 s";
    assert!(reason.contains(why), "{reason}");
    eventually("the hanging tesseract is ended", DEADLINE, || {
        (!looks(&daemon)).then_some(())
    });
}

#[test]
fn a_daemon_that_is_stopped_waits_for_no_page_and_looks_again_at_its_next_start() {
    let place = hanging(600);
    let mut daemon = place.start();
    let job = submit_a_picture(&place, &mut place.patient());
    let begun = || looks(&daemon).then_some(());
    eventually("the picture is looked at", DEADLINE, begun);
    daemon.signal(Signal::TERM);
    // Parts that get on have 20 s to end.
    let (status, took) = daemon.ends_within(DEADLINE);
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(15), "{took:?}");

    let daemon = place.start();
    let begun = || looks(&daemon).then_some(());
    eventually("the picture is looked at again", DEADLINE, begun);
    assert_eq!(place.patient().job(job).state, JobState::Running);
}
