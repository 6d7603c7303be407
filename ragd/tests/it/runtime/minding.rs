//! A worker is looked after from its start to its removal, whatever starts it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ragd::config::{Config, RuntimeKind};
use ragd::runtime::{
    Ending, Launch, Launched, NotHere, Runtime, RuntimeError, Runtimes, Site, Standing, Told,
    Trouble,
};

use super::{Notes, task};

const LIMIT: Duration = Duration::from_secs(20);

/// Starts nothing, and says what it is told to say.
#[derive(Default)]
struct Puppet {
    /// By name, what is said next; the last is said again and again.
    workers: Mutex<BTreeMap<String, VecDeque<Standing>>>,
    script: Mutex<VecDeque<Standing>>,
    /// So many removals fail first.
    stuck: Mutex<u32>,
    refuses: bool,
}

fn refused() -> RuntimeError {
    RuntimeError::Refused {
        kind: RuntimeKind::Docker,
        doing: "start",
        said: "no".to_owned(),
        transient: false,
        hint: None,
    }
}

#[async_trait]
impl Runtime for Puppet {
    async fn prepare(&self, told: &Told) -> Result<(), RuntimeError> {
        told(Some("fetching".to_owned()));
        Ok(())
    }

    async fn launch(&self, launch: &Launch) -> Result<Launched, RuntimeError> {
        if self.refuses {
            return Err(refused());
        }
        let script = self.script.lock().unwrap().clone();
        let mut workers = self.workers.lock().unwrap();
        workers.insert(launch.name.clone(), script);
        Ok(Launched(launch.name.clone()))
    }

    async fn standing(&self, Launched(name): &Launched) -> Result<Standing, RuntimeError> {
        let mut workers = self.workers.lock().unwrap();
        let Some(script) = workers.get_mut(name) else {
            return Ok(Standing::Gone);
        };
        Ok(match script.len() {
            0 => Standing::Runs,
            1 => script[0].clone(),
            _ => script.pop_front().unwrap(),
        })
    }

    async fn remove(&self, Launched(name): &Launched) -> Result<(), RuntimeError> {
        let mut stuck = self.stuck.lock().unwrap();
        if *stuck > 0 {
            *stuck -= 1;
            return Err(refused());
        }
        self.workers.lock().unwrap().remove(name);
        Ok(())
    }

    async fn list(&self, _: &str) -> Result<Vec<Launched>, RuntimeError> {
        let workers = self.workers.lock().unwrap();
        Ok(workers.keys().cloned().map(Launched).collect())
    }

    async fn reach(&self) -> Result<(), RuntimeError> {
        Ok(())
    }
}

impl Puppet {
    fn saying(script: impl Into<VecDeque<Standing>>) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(script.into()),
            ..Self::default()
        })
    }

    fn count(&self) -> usize {
        self.workers.lock().unwrap().len()
    }

    fn runtimes(self: &Arc<Self>, at_once: u32) -> Runtimes {
        let site = Site::new(Arc::clone(self) as _, at_once);
        Runtimes::new("me".to_owned(), vec![(RuntimeKind::Docker, Ok(site))])
    }
}

/// Starts one worker and returns what became of it.
async fn trouble(puppet: &Arc<Puppet>, notes: &Notes) -> Trouble {
    let runtimes = puppet.runtimes(1);
    let site = runtimes.site(RuntimeKind::Docker).unwrap();
    let room = site.room(&notes.told()).await;
    let mut minded = runtimes.start(site, room, (task(0), 1), &notes.told());
    let trouble = tokio::time::timeout(LIMIT, minded.trouble()).await;
    let trouble = trouble.expect("there is trouble");
    settled(&runtimes).await;
    trouble
}

async fn settled(runtimes: &Runtimes) {
    let settled = tokio::time::timeout(LIMIT, runtimes.settled()).await;
    settled.expect("all is removed");
}

#[tokio::test]
async fn a_worker_that_ends_without_a_result_is_trouble_and_is_removed() {
    let ending = Ending {
        code: Some(3),
        log: vec!["oh".to_owned()],
        ..Ending::default()
    };
    let waits = |why: &str| Standing::Waits(why.to_owned());
    let puppet = Puppet::saying([waits("a"), waits("b"), Standing::Ended(ending.clone())]);
    *puppet.stuck.lock().unwrap() = 2;
    let notes = Notes::default();
    match trouble(&puppet, &notes).await {
        Trouble::Ended(found) => assert_eq!(found, ending),
        other => panic!("{other:?}"),
    }
    assert_eq!(notes.all(), ["fetching", "a", "b", "-"]);
    assert_eq!(puppet.count(), 0, "also where it took three attempts");
}

#[tokio::test]
async fn a_worker_that_somebody_removed_is_trouble() {
    let puppet = Puppet::saying([Standing::Runs, Standing::Gone]);
    let trouble = trouble(&puppet, &Notes::default()).await;
    assert!(matches!(trouble, Trouble::Gone), "{trouble:?}");
    assert_eq!(puppet.count(), 0);
}

#[tokio::test]
async fn a_worker_that_cannot_be_started_is_trouble() {
    let puppet = Arc::new(Puppet {
        refuses: true,
        ..Puppet::default()
    });
    match trouble(&puppet, &Notes::default()).await {
        Trouble::NotStarted(error) => {
            assert_eq!(error.to_string(), "Docker refused to start: no");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_worker_nobody_waits_for_is_removed_and_makes_room() {
    let puppet = Puppet::saying([]);
    let (runtimes, notes) = (puppet.runtimes(1), Notes::default());
    let site = runtimes.site(RuntimeKind::Docker).unwrap();
    let room = site.room(&notes.told()).await;
    let minded = runtimes.start(site, room, (task(0), 1), &notes.told());
    let began = async {
        while puppet.count() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, began).await.unwrap();
    let told = notes.told();
    let next = site.room(&told);
    tokio::pin!(next);
    assert!(futures_util::poll!(&mut next).is_pending(), "one at a time");
    drop(minded);
    let next = tokio::time::timeout(LIMIT, next)
        .await
        .expect("there is room");
    drop(next);
    assert_eq!(puppet.count(), 0);
    let full = "as many workers as may be are there already";
    assert_eq!(notes.all(), ["fetching", full]);
}

#[tokio::test]
async fn a_worker_that_is_done_may_leave_by_itself() {
    let ended = Standing::Ended(Ending::default());
    let puppet = Puppet::saying([Standing::Runs, Standing::Runs, ended]);
    let (runtimes, told) = (puppet.runtimes(1), Notes::default().told());
    let site = runtimes.site(RuntimeKind::Docker).unwrap();
    let minded = runtimes.start(site, site.room(&told).await, (task(0), 1), &told);
    while puppet.count() == 0 {
        tokio::task::yield_now().await;
    }
    minded.done();
    settled(&runtimes).await;
    assert_eq!(puppet.count(), 0);
}

#[tokio::test]
async fn a_start_removes_what_an_earlier_one_left() {
    let puppet = Puppet::saying([]);
    for part in 0..3 {
        let launch = Launch::new("me", task(part), 1);
        puppet.launch(&launch).await.unwrap();
    }
    let runtimes = puppet.runtimes(1);
    runtimes.clear_away().await;
    settled(&runtimes).await;
    assert_eq!(puppet.count(), 0);
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let runtimes = Runtimes::open(&Config::default(), folder.path()).await;
    let runtimes = runtimes.unwrap();
    for kind in RuntimeKind::ALL {
        let missing = runtimes.site(kind).unwrap_err();
        let said = (missing.to_string(), missing.hint());
        match missing {
            NotHere::Local => assert_eq!(kind, RuntimeKind::Local),
            NotHere::NotBuilt { .. } => {
                assert!(
                    said.0.starts_with("this ragd was built without "),
                    "{said:?}"
                );
                assert!(said.1.contains("--features "), "{said:?}");
            }
            NotHere::NotNamed { .. } => {
                assert!(said.0.starts_with("nothing says how to use "), "{said:?}");
                assert!(said.1.starts_with("set `runtimes."), "{said:?}");
            }
            NotHere::NotShared { .. } | NotHere::Unusable { .. } => panic!("{said:?}"),
        }
    }
}
