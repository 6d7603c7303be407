//! The fleet on a server: Valkey, or Redis from 6.2.
//!
//! Each change is one script, so it happens as a whole or not at all. The keys are listed in
//! `scripts/common.lua`. Commands share one connection; the two that wait have one each.

mod address;
mod answers;
mod check;
mod connect;
mod ends;
mod hints;
mod scripts;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::try_join_all;
use redis::Value;

use self::address::{Address, Place};
use self::answers::{name_of, name_of_user};
use self::connect::Line;
use self::ends::Ends;
use self::hints::Hints;
use self::scripts::{Arguments, Text};
use super::worker::{refusal, refused};
use super::{
    Beat, Beats, COST_UNIT, Cancelled, Claimed, Class, Ended, Epoch, Finding, Fleet, FleetError,
    Heard, Hint, MAX_COST, NewTask, OWNED_MS, Offered, SILENT_LEASES, Shared, TICK_LIMIT, TaskEnd,
    TaskId, TaskLease, Terms, Time, WorkerInfo, WorkerState, check_body,
};
use crate::config;
use crate::ids::ContentHash;

/// How long a command may take. It is the server's slowness that counts: no command waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// Tasks of one script: the server does nothing else meanwhile.
const OFFER_TASKS: usize = 64;
/// Payloads of one script.
const OFFER_BYTES: usize = 1 << 20;
/// Leases that are looked at for the list of workers.
const LISTED_LEASES: usize = 10_000;
/// Largest number that a sorted set keeps exactly.
const MAX_RANK: i64 = 1 << 53;

/// Looks at the configuration alone.
pub(super) fn check(queue: &config::Queue) -> Result<(), FleetError> {
    let address = Address::new(queue)?;
    address.client(&address.place).map(drop)
}

pub(super) struct Valkey {
    address: Arc<Address>,
    line: Line,
    ends: Ends,
    hints: Hints,
    /// What all keys begin with.
    base: String,
    time: Time,
}

impl Valkey {
    /// Prepares; the server need not be there.
    pub(super) fn new(queue: &config::Queue, time: Time) -> Result<Self, FleetError> {
        let address = Arc::new(Address::new(queue)?);
        let base = format!("{{{}}}:", queue.prefix);
        Ok(Self {
            line: Line::new(Arc::clone(&address), PATIENCE),
            ends: Ends::new(Arc::clone(&address), &base),
            hints: Hints::new(Arc::clone(&address), &base),
            address,
            base,
            time,
        })
    }

    fn arguments(&self) -> Arguments {
        Arguments::new(format!("{}meta", self.base), self.time.told())
    }

    async fn run(&self, script: &Text, arguments: Arguments) -> Result<Value, FleetError> {
        scripts::run(&self.line, &self.address, script, arguments).await
    }

    /// Runs a script that answers with a word.
    async fn word(&self, script: &Text, arguments: Arguments) -> Result<String, FleetError> {
        let answer = self.run(script, arguments).await?;
        answers::text(answer).ok_or_else(|| self.senseless())
    }

    /// Runs a script that answers with a list.
    async fn list(&self, script: &Text, arguments: Arguments) -> Result<Vec<Value>, FleetError> {
        let answer = self.run(script, arguments).await?;
        answers::list(answer).ok_or_else(|| self.senseless())
    }

    /// A script answered with something that it never says.
    fn senseless(&self) -> FleetError {
        self.address
            .unexpected("the answer of a script is not what was asked for")
    }

    async fn offer_some(&self, owner: &str, tasks: &[NewTask]) -> Result<Vec<Offered>, FleetError> {
        let mut arguments = self.arguments().with(owner);
        for task in tasks {
            arguments.push(name_of(task.id));
            arguments.push(task.class.as_str());
            arguments.push(name_of_user(task.uid));
            arguments.push(task.rank.clamp(-MAX_RANK, MAX_RANK).to_string());
            arguments.push((COST_UNIT + task.cost.min(MAX_COST)).to_string());
            arguments.push(task.order.0);
            arguments.push(&task.payload);
        }
        let answers = match self.run(&scripts::OFFER, arguments).await? {
            Value::Array(answers) => answers,
            taken => {
                let other = answers::text(taken).ok_or_else(|| self.senseless())?;
                return Err(FleetError::Taken { other });
            }
        };
        let offered: Option<Vec<Offered>> = answers.into_iter().map(answers::offered).collect();
        let offered = offered.filter(|offered| offered.len() == tasks.len());
        offered.ok_or_else(|| self.senseless())
    }

    async fn claim_some(
        &self,
        me: &WorkerInfo,
        limit: usize,
        only: Option<TaskId>,
    ) -> Result<Vec<Claimed>, FleetError> {
        let mut arguments = self.introduced(me);
        arguments.push(limit.to_string());
        arguments.push(only.map(name_of).unwrap_or_default());
        let is_asked_for = only.is_some();
        for class in &me.classes {
            if is_asked_for || *class != Class::Launched {
                arguments.push(class.as_str());
            }
        }
        let answer = self.list(&scripts::CLAIM, arguments).await?;
        let mut answer = self.admitted(me, answer)?;
        answers::claimed(&mut answer).ok_or_else(|| self.senseless())
    }

    /// Begins with what decides whether a worker may work.
    fn introduced(&self, me: &WorkerInfo) -> Arguments {
        let [index, blobs] = me.shared.names();
        let arguments = self.arguments().with(&me.name).with(&me.version);
        arguments.with(index).with(blobs)
    }

    /// Returns what follows an `ok`, or why there is none.
    fn admitted(
        &self,
        me: &WorkerInfo,
        answer: Vec<Value>,
    ) -> Result<std::vec::IntoIter<Value>, FleetError> {
        let mut answer = answer.into_iter();
        match answer.next().and_then(answers::text).as_deref() {
            Some("ok") => Ok(answer),
            Some("no-daemon") => Err(FleetError::NoDaemon),
            Some("refused") => {
                let terms = answer.map(answers::text).collect::<Option<Vec<_>>>();
                let terms = terms.and_then(|terms| <[String; 3]>::try_from(terms).ok());
                let [version, index, blobs] = terms.ok_or_else(|| self.senseless())?;
                let refusal = refusal(me, &version, &Shared::of_names(index, blobs));
                Err(refusal.unwrap_or_else(|| self.senseless()))
            }
            _ => Err(self.senseless()),
        }
    }

    async fn end(&self, lease: TaskLease, kind: &str, body: &Bytes) -> Result<Ended, FleetError> {
        let arguments = self.arguments().with(name_of(lease.id));
        let arguments = arguments.with(lease.fence.to_string()).with(kind);
        let word = self.word(&scripts::FINISH, arguments.with(body)).await?;
        answers::ended(&word).ok_or_else(|| self.senseless())
    }
}

/// Cuts tasks into what one script takes.
fn batches(tasks: &[NewTask]) -> Vec<&[NewTask]> {
    let mut batches = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (at, task) in tasks.iter().enumerate() {
        if at > from && (at - from == OFFER_TASKS || bytes + task.payload.len() > OFFER_BYTES) {
            batches.push(&tasks[from..at]);
            (from, bytes) = (at, 0);
        }
        bytes += task.payload.len();
    }
    if from < tasks.len() {
        batches.push(&tasks[from..]);
    }
    batches
}

fn described(me: &WorkerInfo) -> String {
    serde_json::to_string(me).expect("names and numbers can be written")
}

#[async_trait]
impl Fleet for Valkey {
    async fn announce(&self, terms: &Terms) -> Result<Epoch, FleetError> {
        let random = uuid::Uuid::now_v7();
        let arguments = self.arguments().with(&terms.owner).with(&terms.name);
        let arguments = arguments.with(OWNED_MS.to_string());
        let [index, blobs] = terms.shared.names();
        let arguments = arguments.with(&terms.version).with(index).with(blobs);
        let arguments = arguments.with(terms.lease_ms.to_string());
        let arguments = arguments.with(terms.max_stalls.to_string());
        let arguments = arguments.with(if terms.paused { "1" } else { "0" });
        // Fences begin anywhere, so that no lease of an earlier life looks like one of this.
        let fence = random.as_u128() & ((1 << 52) - 1);
        let mut arguments = arguments.with(random.to_string()).with(fence.to_string());
        for worker in &terms.paused_workers {
            arguments.push(worker);
        }
        let answer = self.list(&scripts::ANNOUNCE, arguments).await?;
        let words = answer.into_iter().map(answers::text);
        let words: Option<Vec<String>> = words.collect();
        match words.unwrap_or_default().as_slice() {
            [word, epoch] if word == "ok" => Ok(Epoch(epoch.clone())),
            [word, other] if word == "taken" => Err(FleetError::Taken {
                other: other.clone(),
            }),
            _ => Err(self.senseless()),
        }
    }

    async fn offer(&self, owner: &str, tasks: Vec<NewTask>) -> Result<Vec<Offered>, FleetError> {
        for task in &tasks {
            check_body("payload", &task.payload)?;
        }
        // Sent one behind the other without waiting.
        let offers = batches(&tasks)
            .into_iter()
            .map(|some| self.offer_some(owner, some));
        let offered = try_join_all(offers).await?;
        Ok(offered.into_iter().flatten().collect())
    }

    async fn cancel(&self, id: TaskId) -> Result<Cancelled, FleetError> {
        let arguments = self.arguments().with(name_of(id));
        match self.word(&scripts::CANCEL, arguments).await?.as_str() {
            "gone" => Ok(Cancelled::Gone),
            "told" => Ok(Cancelled::Told),
            "ended" => Ok(Cancelled::Ended),
            "unknown" => Ok(Cancelled::Unknown),
            _ => Err(self.senseless()),
        }
    }

    async fn forget(&self, ends: &[(TaskId, ContentHash)]) -> Result<(), FleetError> {
        let forgetting = ends.chunks(OFFER_TASKS).map(|some| {
            let mut arguments = self.arguments();
            for (id, order) in some {
                arguments.push(name_of(*id));
                arguments.push(order.0);
            }
            self.run(&scripts::FORGET, arguments)
        });
        try_join_all(forgetting).await?;
        Ok(())
    }

    async fn ends(&self) -> Result<Vec<TaskEnd>, FleetError> {
        self.ends.next().await
    }

    async fn open_tasks(&self) -> Result<Vec<(TaskId, ContentHash)>, FleetError> {
        // A scan may show an entry twice.
        let mut tasks = HashMap::new();
        let mut cursor = "0".to_owned();
        loop {
            let mut command = redis::cmd("HSCAN");
            command.arg(format!("{}tasks", self.base)).arg(&cursor);
            command.arg("COUNT").arg(1_000);
            let answer = self.line.send(&command).await?;
            let answer = answer.map_err(|error| self.address.said(&error, false))?;
            let some = answers::scanned(answer, &mut tasks);
            cursor = some.ok_or_else(|| self.senseless())?;
            if cursor == "0" {
                return Ok(tasks.into_iter().collect());
            }
        }
    }

    async fn workers(&self) -> Result<Vec<WorkerState>, FleetError> {
        let arguments = self.arguments().with(LISTED_LEASES.to_string());
        let answer = self.list(&scripts::WORKERS, arguments).await?;
        answers::workers(answer).ok_or_else(|| self.senseless())
    }

    async fn drain(&self, worker: &str) -> Result<bool, FleetError> {
        let arguments = self.arguments().with(worker);
        Ok(self.word(&scripts::DRAIN, arguments).await? == "1")
    }

    async fn check(&self) -> Result<Vec<Finding>, FleetError> {
        let answer = self.line.send(&redis::cmd("INFO")).await?;
        let answer = answer.map_err(|error| self.address.said(&error, false))?;
        let of_cluster = matches!(self.address.place, Place::Cluster(_));
        let shell = self.address.shell();
        let reports = check::reports(answer);
        let findings = reports
            .iter()
            .flat_map(|report| check::findings(report, of_cluster, &shell));
        let mut findings: Vec<Finding> = findings.collect();
        let answer = self.list(&scripts::CHECK, self.arguments()).await?;
        let [version, index, blobs, now, workers] =
            answer.try_into().map_err(|_| self.senseless())?;
        let text = |value| answers::text(value).ok_or_else(|| self.senseless());
        let (version, shared) = (text(version)?, Shared::of_names(text(index)?, text(blobs)?));
        let now = answers::number(now).ok_or_else(|| self.senseless())?;
        let workers = answers::list(workers).ok_or_else(|| self.senseless())?;
        let workers = workers.into_iter().filter_map(answers::refused);
        findings
            .extend(workers.filter_map(|(info, at)| refused(&info, at, &version, &shared, now)));
        Ok(findings)
    }

    async fn enlist(&self, me: &WorkerInfo) -> Result<(), FleetError> {
        let arguments = self.introduced(me).with(described(me));
        let answer = self.list(&scripts::ENLIST, arguments).await?;
        self.admitted(me, answer)?;
        Ok(())
    }

    async fn claim(&self, me: &WorkerInfo, limit: usize) -> Result<Vec<Claimed>, FleetError> {
        self.claim_some(me, limit, None).await
    }

    async fn claim_this(&self, me: &WorkerInfo, id: TaskId) -> Result<Option<Claimed>, FleetError> {
        Ok(self.claim_some(me, 1, Some(id)).await?.pop())
    }

    async fn beat(&self, me: &WorkerInfo, leases: &[TaskLease]) -> Result<Beats, FleetError> {
        let mut arguments = self.arguments().with(&me.name).with(described(me));
        for lease in leases {
            arguments.push(name_of(lease.id));
            arguments.push(lease.fence.to_string());
        }
        let mut answer = self.list(&scripts::BEAT, arguments).await?.into_iter();
        let wanted = answer.next().and_then(answers::wanted_of);
        let beats = answer.map(|beat| match answers::text(beat)?.as_str() {
            "go" => Some(Beat::Go),
            "cancel" => Some(Beat::Cancel),
            "lost" => Some(Beat::Lost),
            _ => None,
        });
        let beats: Option<Vec<Beat>> = beats.collect();
        match (wanted, beats) {
            (Some(wanted), Some(beats)) if beats.len() == leases.len() => Ok(Beats {
                leases: beats,
                wanted,
            }),
            _ => Err(self.senseless()),
        }
    }

    async fn finish(&self, lease: TaskLease, result: Bytes) -> Result<Ended, FleetError> {
        check_body("result", &result)?;
        self.end(lease, "finished", &result).await
    }

    async fn fail(&self, lease: TaskLease, failure: Bytes) -> Result<Ended, FleetError> {
        check_body("failure", &failure)?;
        self.end(lease, "failed", &failure).await
    }

    async fn hand_back(&self, lease: TaskLease) -> Result<Ended, FleetError> {
        let arguments = self.arguments().with(name_of(lease.id));
        let arguments = arguments.with(lease.fence.to_string());
        let word = self.word(&scripts::HAND_BACK, arguments).await?;
        answers::ended(&word).ok_or_else(|| self.senseless())
    }

    async fn tick(&self) -> Result<usize, FleetError> {
        let arguments = self.arguments().with(TICK_LIMIT.to_string());
        let arguments = arguments.with(SILENT_LEASES.to_string());
        let answer = self.run(&scripts::TICK, arguments).await?;
        answers::number(answer).ok_or_else(|| self.senseless())
    }

    async fn woken(&self, heard: &mut Heard) -> Hint {
        self.hints.next(heard).await
    }

    async fn dismiss(&self, me: &WorkerInfo) -> Result<(), FleetError> {
        let arguments = self.arguments().with(&me.name);
        self.word(&scripts::DISMISS, arguments).await?;
        Ok(())
    }
}
