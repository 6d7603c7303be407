//! The scripts, and how one is run.

use std::sync::LazyLock;

use redis::{Cmd, Script, Value};

use super::super::FleetError;
use super::address::Address;
use super::connect::Line;

/// The text of a script and the hash by which a server that has seen it knows it.
pub(super) struct Text {
    code: &'static str,
    hash: LazyLock<String>,
}

macro_rules! scripts {
    ($($name:ident = $file:literal;)*) => {
        $(pub(super) static $name: Text = Text {
            code: concat!(include_str!("scripts/common.lua"), include_str!(concat!("scripts/", $file))),
            hash: LazyLock::new(|| Script::new($name.code).get_hash().to_owned()),
        };)*
    };
}

scripts! {
    ANNOUNCE = "announce.lua";
    BEAT = "beat.lua";
    CANCEL = "cancel.lua";
    CHECK = "check.lua";
    CLAIM = "claim.lua";
    DISMISS = "dismiss.lua";
    DRAIN = "drain.lua";
    ENLIST = "enlist.lua";
    FINISH = "finish.lua";
    FORGET = "forget.lua";
    HAND_BACK = "hand_back.lua";
    OFFER = "offer.lua";
    TICK = "tick.lua";
    WORKERS = "workers.lua";
}

/// What a script is given.
pub(super) struct Arguments {
    meta: String,
    values: Vec<Vec<u8>>,
}

impl Arguments {
    /// Begins with the key that names the node, and the time if a test gives it.
    pub(super) fn new(meta: String, time: Option<i64>) -> Self {
        let time = time.map_or_else(String::new, |ms| ms.to_string());
        Self {
            meta,
            values: vec![time.into_bytes()],
        }
    }

    pub(super) fn with(mut self, value: impl AsRef<[u8]>) -> Self {
        self.push(value);
        self
    }

    pub(super) fn push(&mut self, value: impl AsRef<[u8]>) {
        self.values.push(value.as_ref().to_vec());
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(1).arg(&self.meta);
        for value in &self.values {
            command.arg(value.as_slice());
        }
        command
    }
}

/// Runs a script: by its hash, and by its text on a server that has not seen it since its start.
pub(super) async fn run(
    line: &Line,
    address: &Address,
    script: &Text,
    arguments: Arguments,
) -> Result<Value, FleetError> {
    let command = arguments.command("EVALSHA", script.hash.as_str());
    let answer = line.send(&command).await?;
    let answer = match answer {
        Err(error) if error.code() == Some("NOSCRIPT") => {
            line.send(&arguments.command("EVAL", script.code)).await?
        }
        answer => answer,
    };
    answer.map_err(|error| address.said(&error, false))
}
