//! The storm with everything on many machines: workers, daemon and queue server are killed, paused and
//! cut off, and the queue server forgets everything.
//!
//! `RAGD_FLEET_WORKER_KILLS`, `RAGD_FLEET_PAUSES`, `RAGD_FLEET_DAEMON_KILLS` and
//! `RAGD_FLEET_SERVER_KILLS` make it longer.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{LEASE, Storm, configure, from_environment, seeded, weather};
use crate::daemon::{Daemon, Place};
use crate::dice::Dice;
use crate::embed_server::EmbedServer;
use crate::pause;
use crate::qdrant_server::QdrantServer;
use crate::servers::{Proxy, QueueServer};

const WORKERS: usize = 4;
/// Everything the server knows is thrown away so often.
const FLUSHES: u64 = 3;

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Blow {
    KillWorker,
    /// Longer than a lease, and not followed by a kill: whoever wakes up late is to do no harm.
    PauseWorker,
    KillDaemon,
    KillServer,
    /// All connections to the server end.
    Cut,
    Flush,
    /// The server is killed and begins with nothing.
    LoseFiles,
}

struct Machines<'a> {
    place: &'a Place,
    server: QueueServer,
    proxy: Proxy,
    workers: Vec<Daemon>,
    daemon: Daemon,
}

#[test]
fn nothing_acknowledged_is_lost_on_many_machines() {
    let blows = blows();
    let mut dice = seeded(&format!("{} blows to the fleet", blows.len()));
    let place = Place::new();
    let (vectors, index) = (EmbedServer::new(), QdrantServer::start());
    let server = QueueServer::start(place.path());
    let proxy = Proxy::start(server.port());
    let url = format!("url = \"redis://127.0.0.1:{}\"\n", proxy.port());
    configure(&place, &vectors, &url);
    let blobs = place.path().join("blobs");
    place.add_config(&format!(
        "[index]\nurl = \"{}\"\n[blobs]\nurl = \"file://{}\"\n",
        index.url(),
        blobs.display()
    ));
    weather(&place, &vectors, &mut dice, |storm, dice| {
        let mut machines = Machines {
            workers: (0..WORKERS).map(|_| place.spawn_worker()).collect(),
            daemon: place.start(),
            place: &place,
            server,
            proxy,
        };
        let began = Instant::now();
        machines.suffer(storm, dice, blows);
        println!("storm: the blows took {:?}", began.elapsed());
        (
            machines.daemon,
            (machines.workers, machines.server, machines.proxy),
        )
    });
}

/// Returns all blows, in no order.
fn blows() -> Vec<Blow> {
    let count = |name: &str, default| from_environment(name, default);
    let times = |blow, count: u64| (0..count).map(move |_| blow);
    times(Blow::KillWorker, count("RAGD_FLEET_WORKER_KILLS", 50))
        .chain(times(Blow::PauseWorker, count("RAGD_FLEET_PAUSES", 20)))
        .chain(times(Blow::KillDaemon, count("RAGD_FLEET_DAEMON_KILLS", 5)))
        .chain(times(Blow::KillServer, count("RAGD_FLEET_SERVER_KILLS", 5)))
        .chain(times(Blow::Cut, 5))
        .chain(times(Blow::Flush, FLUSHES))
        .chain(times(Blow::LoseFiles, 1))
        .collect()
}

impl Machines<'_> {
    fn suffer(&mut self, storm: &Storm, dice: &mut Dice, mut blows: Vec<Blow>) {
        while !blows.is_empty() && !storm.is_over() {
            let blow = blows.swap_remove(dice.index(blows.len()));
            pause(Duration::from_millis(50 + dice.below(400)));
            self.strike(blow, dice);
        }
    }

    fn strike(&mut self, blow: Blow, dice: &mut Dice) {
        let worker = dice.index(self.workers.len());
        match blow {
            Blow::KillWorker => {
                self.workers[worker].kill();
                self.workers[worker] = self.place.spawn_worker();
            }
            Blow::PauseWorker => {
                self.workers[worker].signal(Signal::STOP);
                pause(LEASE + Duration::from_millis(200 + dice.below(800)));
                self.workers[worker].signal(Signal::CONT);
                pause(Duration::from_millis(300));
                assert!(self.workers[worker].is_running(), "a pause ended a worker");
            }
            Blow::KillDaemon => {
                self.daemon.kill();
                self.daemon = self.place.start();
            }
            Blow::KillServer => {
                self.server.kill();
                pause(Duration::from_millis(dice.below(1_500)));
                self.server.start_again();
            }
            Blow::Cut => self.proxy.cut(),
            Blow::Flush => self.server.flush(),
            Blow::LoseFiles => {
                self.server.kill();
                self.server.lose_files();
                self.server.start_again();
            }
        }
    }
}
