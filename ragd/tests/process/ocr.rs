//! Pages that are pictures, where nobody can look: no tesseract, or one that hangs.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use protocol::PathBytes;
use protocol::job::JobState;
use protocol::submit::{Source, SourceRules};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::client::{Patient, ingest};
use crate::daemon::{Place, children};
use crate::eventually;
use crate::machines::Shared;

const ALLOWED: &str = "[ocr]\ntesseract = true\n";
const DEADLINE: Duration = Duration::from_secs(60);

/// Takes in a picture and a text, of which the text is found and the picture is a gap; returns why.
fn gap_of_a_picture(place: &Place, client: &mut Patient) -> String {
    let files = place.path().join("files");
    fs::create_dir(&files).unwrap();
    image::RgbImage::new(400, 400)
        .save(files.join("photo.png"))
        .unwrap();
    fs::write(files.join("a.md"), "The walrus sleeps.\n").unwrap();
    let source = Source::Paths(vec![PathBytes(files.as_os_str().as_bytes().to_vec())]);
    let job = client.submit(ingest("c", source, SourceRules::default()));
    let job = client.wait(job.job);
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
#[test]
fn a_tesseract_that_hangs_costs_a_page_its_time_and_is_ended() {
    let mut place = Place::new();
    place.configure(&format!("{ALLOWED}page_s = 1\n"));
    let data = place.path().join("data");
    fs::create_dir(&data).unwrap();
    let pipe = data.join("eng.traineddata");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).unwrap();
    place.set_environment("TESSDATA_PREFIX", data.to_str().unwrap());
    let daemon = place.start();
    let reason = gap_of_a_picture(&place, &mut place.patient());
    let why = "tesseract took longer than 1 s";
    assert!(reason.contains(why), "{reason}");
    eventually("the hanging tesseract is ended", DEADLINE, || {
        let name = |pid| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let mut names = children(daemon.pid()).into_iter().map(name);
        names.all(|name| name.trim() != "tesseract").then_some(())
    });
}
