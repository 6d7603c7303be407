//! Jobs whose parts run elsewhere: from the submit to the last worker that is gone. Who starts the
//! workers is a stand-in that runs the real one as a process.

#[cfg(feature = "aws")]
mod aws_batch;
#[cfg(feature = "docker")]
mod docker;
#[cfg(feature = "kubernetes")]
mod kubernetes;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::job::{JobState, JobView, Waiting};
use protocol::submit::{Runtime, Source, SourceRules, SubmitRequest};
use protocol::{JobId, PathBytes};

use crate::client::{Patient, ingest};
use crate::daemon::{Daemon, Place};
use crate::eventually;
use crate::qdrant_server::QdrantServer;
use crate::servers::QueueServer;

const SOON: Duration = Duration::from_secs(30);

/// Everything that machines share, and a daemon that does nothing itself.
struct World {
    place: Place,
    daemon: Daemon,
    client: Patient,
    _queue: QueueServer,
    _index: QdrantServer,
}

impl World {
    /// Starts it all with the tables of a runtime, which may need the place.
    fn new(tables: impl FnOnce(&mut Place) -> String) -> Self {
        let mut place = Place::new();
        let (queue, index) = (QueueServer::start(place.path()), QdrantServer::start());
        let tables = tables(&mut place);
        let config = fs::read_to_string(place.config()).unwrap();
        let url = format!("[queue]\nurl = \"redis://127.0.0.1:{}\"", queue.port());
        let config = config
            .replace("[queue]", &url)
            .replace("workers.local = 2", "workers.local = 0");
        place.write_config(&format!(
            "{config}\n[index]\nurl = \"{}\"\n[blobs]\nurl = \"file://{}\"\n{tables}",
            index.url(),
            place.path().join("blobs").display(),
        ));
        Self {
            daemon: place.start(),
            client: place.patient(),
            place,
            _queue: queue,
            _index: index,
        }
    }

    /// Kills the daemon, and starts another with a changed configuration.
    fn restart_with(&mut self, from: &str, to: &str) {
        let config = fs::read_to_string(self.place.config()).unwrap();
        self.place.write_config(&config.replace(from, to));
        self.daemon.kill();
        self.daemon = self.place.start();
    }

    /// Submits a folder of small files, and returns the job.
    fn submit(&mut self, files: usize, runtime: Runtime) -> JobId {
        let folder = self.place.path().join("files");
        fs::create_dir_all(&folder).unwrap();
        for number in 0..files {
            let text = format!("This is file number {number} of the harbour.\n");
            fs::write(folder.join(format!("{number}.txt")), text).unwrap();
        }
        self.client.submit(request(&folder, runtime)).job
    }

    fn job_when(&mut self, id: JobId, what: &str, fits: impl Fn(&JobView) -> bool) -> JobView {
        eventually(what, SOON, || Some(self.client.job(id)).filter(&fits))
    }

    fn finished(&mut self, id: JobId) -> JobView {
        let job = self.client.wait(id);
        assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
        job
    }
}

/// Returns what a stand-in runs in the place of a container: the real worker, with the configuration
/// of the daemon.
fn worker(place: &Place) -> (PathBuf, Vec<String>) {
    let config = place.config().display().to_string();
    let state = place.path().join("container").display().to_string();
    let arguments = ["--config", &config, "--state-dir", &state];
    (
        env!("CARGO_BIN_EXE_ragd").into(),
        arguments.map(str::to_owned).into(),
    )
}

fn request(folder: &Path, runtime: Runtime) -> SubmitRequest {
    let path = PathBytes::from(folder.to_str().unwrap());
    let source = Source::Paths(vec![path]);
    SubmitRequest {
        runtime,
        ..ingest("c", source, SourceRules::default())
    }
}

/// Tells whether a job says that it waits for a runtime, and why.
fn waits_for(job: &JobView, runtime: Runtime, why: &str) -> bool {
    match &job.waiting {
        Some(Waiting::Dependency { name, reason }) => {
            name == runtime.as_str() && reason.contains(why)
        }
        _ => false,
    }
}
