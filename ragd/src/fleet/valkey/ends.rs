//! Reads the stream of ends.
//!
//! The server keeps for the group `daemon` what was read and not yet forgotten. All daemons read as
//! the same consumer, of which there is one at a time, so what an earlier one had read is simply
//! read again at the start.

use std::sync::Arc;
use std::time::Duration;

use redis::{RedisResult, Value};

use super::super::{FleetError, TaskEnd};
use super::address::Address;
use super::answers;
use super::connect::Line;

/// How long the server holds a read that finds nothing.
const WAIT: Duration = Duration::from_secs(5);
/// Longer than that, for a slow server.
const PATIENCE: Duration = Duration::from_secs(20);
/// Ends of one read: at 64 KiB each they are 8 MiB.
const COUNT: usize = 128;

pub(super) struct Ends {
    address: Arc<Address>,
    /// Its own, since a read that waits holds up everything behind it.
    line: Line,
    stream: String,
    place: tokio::sync::Mutex<Place>,
}

/// Where reading is.
struct Place {
    /// The last entry that was handed on.
    last: String,
    /// Whether there may be entries behind `last` that were read but not handed on: by an earlier
    /// daemon, or by a call that was dropped half way.
    missed: bool,
}

impl Ends {
    pub(super) fn new(address: Arc<Address>, base: &str) -> Self {
        Self {
            line: Line::new(Arc::clone(&address), PATIENCE),
            address,
            stream: format!("{base}ends"),
            place: tokio::sync::Mutex::new(Place {
                last: "0".to_owned(),
                missed: true,
            }),
        }
    }

    pub(super) async fn next(&self) -> Result<Vec<TaskEnd>, FleetError> {
        let mut place = self.place.lock().await;
        loop {
            let missed = place.missed;
            let from = if missed {
                place.last.clone()
            } else {
                ">".to_owned()
            };
            // Until the answer is in our hands: the call may be dropped while it waits.
            place.missed = true;
            match self.read(&from).await? {
                Read::Entries(ends, last) => {
                    place.last = last;
                    place.missed = missed;
                    if !ends.is_empty() {
                        return Ok(ends);
                    }
                }
                Read::Nothing if missed => place.missed = false,
                Read::Nothing => {
                    place.missed = false;
                    return Ok(Vec::new());
                }
                Read::NoGroup => self.make_group(&mut place).await?,
            }
        }
    }

    async fn read(&self, from: &str) -> Result<Read, FleetError> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg("daemon").arg("daemon");
        command.arg("COUNT").arg(COUNT);
        if from == ">" {
            command.arg("BLOCK").arg(WAIT.as_millis().to_string());
        }
        command.arg("STREAMS").arg(&self.stream).arg(from);
        match self.line.send(&command).await? {
            Ok(value) => read_entries(value).ok_or_else(|| {
                self.address
                    .unexpected("the stream of ends has other entries")
            }),
            Err(error) if matches!(error.code(), Some("NOGROUP" | "UNBLOCKED")) => {
                Ok(Read::NoGroup)
            }
            Err(error) => Err(self.address.said(&error, false)),
        }
    }

    /// Makes the group, on a new server or one that was emptied.
    async fn make_group(&self, place: &mut Place) -> Result<(), FleetError> {
        let mut command = redis::cmd("XGROUP");
        command
            .arg("CREATE")
            .arg(&self.stream)
            .arg("daemon")
            .arg("0");
        command.arg("MKSTREAM");
        let answer: RedisResult<Value> = self.line.send(&command).await?;
        if let Err(error) = answer
            && error.code() != Some("BUSYGROUP")
        {
            return Err(self.address.said(&error, false));
        }
        place.last = "0".to_owned();
        place.missed = true;
        Ok(())
    }
}

enum Read {
    /// Ends, and the last entry that was looked at.
    Entries(Vec<TaskEnd>, String),
    Nothing,
    NoGroup,
}

fn read_entries(value: Value) -> Option<Read> {
    let Some(stream) = answers::list(value)?.into_iter().next() else {
        return Some(Read::Nothing);
    };
    let [_, entries] = answers::list(stream)?.try_into().ok()?;
    let mut ends = Vec::new();
    let mut last = None;
    for entry in answers::list(entries)? {
        let [at, fields] = answers::list(entry)?.try_into().ok()?;
        last = Some(answers::text(at)?);
        let fields = answers::list(fields)?;
        // An entry that was forgotten after it was read.
        if fields.is_empty() {
            continue;
        }
        let [_, id, _, order, _, kind, _, body, _, worker] = fields.try_into().ok()?;
        ends.push(TaskEnd {
            id: answers::id_of(&answers::text(id)?)?,
            order: answers::order_of(order)?,
            end: answers::end_of(kind, body, worker)?,
        });
    }
    Some(last.map_or(Read::Nothing, |last| Read::Entries(ends, last)))
}
