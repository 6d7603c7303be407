//! `ragctl doctor`.
//!
//! The daemon tries what it needs, since it has the addresses and keys. Without it, what can be
//! looked at from here is where it should be and whether it could start.

use std::process::Command;

use protocol::doctor::{Finding, FindingState};
use protocol::{ErrorReport, hello};

use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::look::{Look, Paint};
use crate::cli::schema::{FindingJson, List};
use crate::client::{self, Client, is_away};
use crate::text::{self, pad, width};

/// Columns of the word before each line.
const STATE: usize = 5;

pub(super) async fn run(context: &Context) -> Outcome {
    let version = env!("CARGO_PKG_VERSION");
    let protocol = hello::VERSION;
    let client = format!("ragctl {version}, protocol {protocol}");
    let mut findings = vec![Finding::ok("client", client)];
    match context.connect().await {
        Ok(client) => findings.extend(with_daemon(&client).await),
        Err(failure) => findings.extend(without_daemon(failure)?),
    }
    let list = List::complete(findings.iter().map(FindingJson::from).collect());
    context.out.list(&list, |look| page(&findings, look))?;
    let is_error = |finding: &Finding| finding.state == FindingState::Error;
    Ok(if findings.iter().any(is_error) {
        Exit::OTHER
    } else {
        Exit::DONE
    })
}

async fn with_daemon(client: &Client) -> Vec<Finding> {
    let welcome = client.welcome();
    let what = format!("{}, protocol {}", welcome.build, welcome.version);
    let mut findings = vec![Finding::ok("daemon", what)];
    match client.doctor().await {
        Ok(found) => findings.extend(found),
        Err(report) => findings.push(of_report("daemon", &report)),
    }
    findings
}

fn without_daemon(failure: Failure) -> Result<Vec<Finding>, Failure> {
    let Some(report) = failure.report() else {
        return Err(failure);
    };
    let mut daemon = of_report("daemon", report);
    // One that is there and refuses us has no use for another beside it.
    if !is_away(report) {
        return Ok(vec![daemon]);
    }
    // Servers are tried by the daemon alone, so why it stopped is in its log and nowhere else.
    if let Some(step) = &mut daemon.next_step {
        step.push_str("; if it does not stay up: journalctl --user -u ragd -n 20");
    }
    let mut findings = vec![daemon];
    findings.extend(program());
    Ok(findings)
}

/// Looks whether the daemon beside this program could start with its configuration.
fn program() -> Vec<Finding> {
    let program = match client::daemon_program() {
        Ok(program) => program,
        Err(report) => return vec![of_report("program", &report)],
    };
    let shown = program.display().to_string();
    let checked = Command::new(&program).args(["config", "check"]).output();
    let found = match checked {
        Err(error) => return vec![Finding::error("program", format!("{shown}: {error}"))],
        Ok(checked) if checked.status.success() => {
            let said = String::from_utf8_lossy(&checked.stdout);
            Finding::ok("config", said.trim())
        }
        Ok(checked) => of_words(&String::from_utf8_lossy(&checked.stderr)),
    };
    vec![Finding::ok("program", shown), found]
}

/// Returns what the daemon said of its configuration: an error, why, and what to try.
fn of_words(said: &str) -> Finding {
    let (mut what, mut step) = (Vec::new(), None);
    for line in said.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("try:") {
            Some(action) => step = Some(action.trim().to_owned()),
            None => {
                let line = line.strip_prefix("error:").unwrap_or(line);
                what.push(line.strip_prefix("why:").unwrap_or(line).trim().to_owned());
            }
        }
    }
    Finding {
        next_step: step,
        ..Finding::error("config", what.join(": "))
    }
}

fn of_report(part: &str, report: &ErrorReport) -> Finding {
    let why = report.why.clone().into_iter();
    let reasons = why.chain(report.causes.clone()).collect::<Vec<_>>();
    let what = std::iter::once(report.message.clone()).chain(reasons);
    let finding = Finding::error(part, what.collect::<Vec<_>>().join(": "));
    match report.try_next.as_slice() {
        [] => finding,
        steps => finding.try_next(steps.join("; ")),
    }
}

fn page(findings: &[Finding], look: &Look) -> String {
    let parts = findings.iter().map(|finding| width(&finding.part));
    let widest = parts.max().unwrap_or(0);
    let mut out = String::new();
    for finding in findings {
        let (word, paint) = match finding.state {
            FindingState::Ok => ("ok", Paint::Good),
            FindingState::Warning => ("warn", Paint::Warn),
            FindingState::Error => ("error", Paint::Bad),
        };
        let state = look.paint(paint, &pad(word, STATE));
        let part = pad(&text::clean(&finding.part), widest);
        out.push_str(&format!(
            "{state}  {part}  {}\n",
            text::clean(&finding.what)
        ));
        if let Some(step) = &finding.next_step {
            let indent = " ".repeat(STATE + 2 + widest + 2);
            out.push_str(&format!("{indent}try:  {}\n", text::clean(step)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_daemon_become_a_finding() {
        let said = "error: cannot use /etc/ragd/config.toml\n  why:  line 3: unknown key `workrs`\n  \
                    try:  ragd config reference\n";
        let expected = "cannot use /etc/ragd/config.toml: line 3: unknown key `workrs`";
        assert_eq!(
            of_words(said),
            Finding::error("config", expected).try_next("ragd config reference")
        );
    }
}
