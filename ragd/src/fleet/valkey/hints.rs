//! Listens for hints that there is something to do.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use redis::RedisError;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::super::hints::next_hint;
use super::super::{FleetError, Heard, Hint};
use super::address::Address;
use super::connect::{self, pause};

/// Time for connecting and subscribing.
const SUBSCRIBE: Duration = Duration::from_secs(10);

pub(super) struct Hints {
    address: Arc<Address>,
    channel: String,
    hints: watch::Sender<Heard>,
    /// Who listens, since somebody waited for the first time.
    listener: std::sync::OnceLock<AbortHandle>,
}

impl Hints {
    pub(super) fn new(address: Arc<Address>, base: &str) -> Self {
        Self {
            address,
            channel: format!("{base}hints"),
            hints: watch::Sender::default(),
            listener: std::sync::OnceLock::new(),
        }
    }

    pub(super) async fn next(&self, heard: &mut Heard) -> Hint {
        self.listener.get_or_init(|| {
            let (address, channel) = (Arc::clone(&self.address), self.channel.clone());
            let hints = self.hints.clone();
            tokio::spawn(listen(address, channel, hints)).abort_handle()
        });
        next_hint(&self.hints, heard).await
    }
}

impl Drop for Hints {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.get() {
            listener.abort();
        }
    }
}

/// Listens on a connection of its own, for ever. Without it workers look by themselves once in a
/// while, so nothing here is an error to anybody.
async fn listen(address: Arc<Address>, channel: String, hints: watch::Sender<Heard>) {
    let mut failures = 0;
    loop {
        if let Err(error) = listen_once(&address, &channel, &hints, &mut failures).await {
            tracing::debug!(%error, "Hints of the queue server do not come.");
        }
        tokio::time::sleep(pause(failures)).await;
        failures = failures.saturating_add(1);
    }
}

async fn listen_once(
    address: &Address,
    channel: &str,
    hints: &watch::Sender<Heard>,
    failures: &mut u32,
) -> Result<(), FleetError> {
    let client = connect::client(address).await?;
    let subscribing = async {
        let mut connection = client.get_async_pubsub().await?;
        connection.subscribe(channel).await?;
        Ok::<_, RedisError>(connection)
    };
    let subscribed = tokio::time::timeout(SUBSCRIBE, subscribing).await;
    let subscribed = subscribed.map_err(|_| FleetError::Silent {
        server: address.shown.clone(),
    })?;
    let connection = subscribed.map_err(|error| address.said(&error, true))?;
    *failures = 0;
    // Whatever was said before nobody heard.
    hints.send_modify(Heard::tell_all);
    let mut messages = connection.into_on_message();
    while let Some(message) = messages.next().await {
        hints.send_modify(|hints| match message.get_payload_bytes() {
            b"told" => hints.told += 1,
            _ => hints.ready += 1,
        });
    }
    Ok(())
}
