//! The child: puts up its walls, then answers orders until there are no more.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::walls::{self, Limits};
use super::wire;

/// What a child is started with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Args)]
pub struct Rules {
    /// Address space in all.
    #[arg(long, default_value_t = 1 << 30, hide = true)]
    memory_bytes: u64,
    /// Time of the processor for one order.
    #[arg(long, default_value_t = 30, hide = true)]
    cpu_s: u64,
    /// Work without walls that the system does not have.
    #[arg(long, hide = true)]
    unsandboxed: bool,
}

impl Rules {
    #[must_use]
    pub fn new(limits: Limits, unsandboxed: bool) -> Self {
        let Limits {
            memory_bytes,
            cpu_s,
        } = limits;
        Self {
            memory_bytes,
            cpu_s,
            unsandboxed,
        }
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            memory_bytes: self.memory_bytes,
            cpu_s: self.cpu_s,
        }
    }

    pub(super) fn is_unsandboxed(&self) -> bool {
        self.unsandboxed
    }

    /// Returns the arguments that say the same.
    pub(super) fn arguments(&self) -> Vec<String> {
        let Self {
            memory_bytes,
            cpu_s,
            unsandboxed,
        } = self;
        let mut arguments = vec![
            format!("--memory-bytes={memory_bytes}"),
            format!("--cpu-s={cpu_s}"),
        ];
        if *unsandboxed {
            arguments.push("--unsandboxed".to_owned());
        }
        arguments
    }
}

/// Returns how this program is started as a child: with pipes, and with nothing of ours.
pub(super) fn command(program: &Path, rules: Rules) -> Command {
    let mut command = Command::new(program);
    command
        .arg("extract")
        .args(rules.arguments())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Writes a piece of an answer that is followed by more.
pub type Emit<'a> = dyn FnMut(&[u8]) + 'a;

/// Answers orders from standard input on standard output: `work` gets the head and the body of each,
/// and may write pieces before what it returns.
pub fn serve(
    rules: &Rules,
    mut work: impl FnMut(&[u8], &[u8], &mut Emit<'_>) -> Vec<u8>,
) -> io::Result<()> {
    // What the libraries look up on their first use, they look up while they may.
    let (mut orders, mut answers) = (io::stdin().lock(), io::stdout().lock());
    let limits = rules.limits();
    let raised = walls::allow_time(&limits).and_then(|()| walls::raise(&limits));
    match raised {
        Err(error) if !rules.unsandboxed => {
            answers.write_all(wire::NO_WALLS)?;
            answers.write_all(crate::ids::chain(&error).as_bytes())?;
            answers.write_all(b"\n")?;
            return answers.flush();
        }
        Ok(()) | Err(_) => answers.write_all(wire::READY)?,
    }
    answers.flush()?;
    while let Some(frame) = wire::read(&mut orders)? {
        walls::allow_time(&limits).map_err(io::Error::other)?;
        let mut failed = Ok(());
        let last = work(&frame.head, &frame.body, &mut |piece| {
            if failed.is_ok() {
                // Each piece is work of its own, as it is for whoever waits.
                failed = walls::allow_time(&limits)
                    .map_err(io::Error::other)
                    .and_then(|()| wire::answer(&mut answers, piece, true));
            }
        });
        failed?;
        wire::answer(&mut answers, &last, false)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        rules: Rules,
    }

    #[test]
    fn a_child_hears_the_rules_that_it_was_given() {
        for unsandboxed in [false, true] {
            let limits = Limits {
                memory_bytes: 5,
                cpu_s: 7,
            };
            let rules = Rules::new(limits, unsandboxed);
            let said = ["ragd".to_owned()].into_iter().chain(rules.arguments());
            assert_eq!(Command::parse_from(said).rules, rules);
        }
    }
}
