//! Exit codes: the one table from what happened to the number a script sees.

use protocol::{ErrorCode, ErrorReport};

/// A number for the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub u8);

impl Exit {
    pub const DONE: Self = Self(0);
    /// Another failure; for `health` degraded, for `doctor` errors, with `--fail-empty` and
    /// `--fail` as asked for.
    pub const OTHER: Self = Self(1);
    pub const USAGE: Self = Self(2);
    pub const ALL_FAILED: Self = Self(3);
    pub const PARTIAL: Self = Self(4);
    pub const CANCELLED: Self = Self(5);
    pub const STILL_RUNNING: Self = Self(6);
    pub const NEEDS_TERMINAL: Self = Self(64);
    pub const BAD_DATA: Self = Self(65);
    pub const NO_INPUT: Self = Self(66);
    pub const UNAVAILABLE: Self = Self(69);
    pub const BUG: Self = Self(70);
    pub const BUSY: Self = Self(75);
    pub const VERSION_SKEW: Self = Self(76);
    pub const FORBIDDEN: Self = Self(77);
    pub const CONFIG: Self = Self(78);
    pub const INTERRUPTED: Self = Self(130);
    pub const BROKEN_PIPE: Self = Self(141);
    pub const TERMINATED: Self = Self(143);

    /// Returns the code for an error.
    #[must_use]
    pub fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::Internal | ErrorCode::Protocol => Self::BUG,
            ErrorCode::BadRequest
            | ErrorCode::KeyReused
            | ErrorCode::TooLarge
            | ErrorCode::BadQuery
            | ErrorCode::GitTooLarge
            | ErrorCode::WebTooLarge => Self::BAD_DATA,
            ErrorCode::SourceMissing | ErrorCode::SourceUnreadable | ErrorCode::GitNoRef => {
                Self::NO_INPUT
            }
            ErrorCode::Unreachable
            | ErrorCode::Starting
            | ErrorCode::Stopping
            | ErrorCode::TimedOut
            | ErrorCode::ModelFailed
            | ErrorCode::RuntimeFailed
            | ErrorCode::GitMissing
            | ErrorCode::GitAway
            | ErrorCode::GitHostRefused
            | ErrorCode::GitSlow
            | ErrorCode::GitFailed
            | ErrorCode::WebAway
            | ErrorCode::WebRefused
            | ErrorCode::WebSlow => Self::UNAVAILABLE,
            ErrorCode::Busy | ErrorCode::DiskFull => Self::BUSY,
            ErrorCode::VersionSkew => Self::VERSION_SKEW,
            ErrorCode::Forbidden
            | ErrorCode::GitNoToken
            | ErrorCode::GitTokenRefused
            | ErrorCode::GitNoKey
            | ErrorCode::GitKeyRefused
            | ErrorCode::GitHostKey
            | ErrorCode::WebPrivate => Self::FORBIDDEN,
            ErrorCode::Config => Self::CONFIG,
            ErrorCode::Cancelled => Self::CANCELLED,
            ErrorCode::NotFound
            | ErrorCode::Ambiguous
            | ErrorCode::Exists
            | ErrorCode::Conflict
            | ErrorCode::StoreFailed
            | ErrorCode::PlanStale
            | ErrorCode::Unsupported
            | ErrorCode::Damaged
            | ErrorCode::DocumentFailed
            | ErrorCode::WorkerLost => Self::OTHER,
        }
    }
}

/// What `ragctl help exit-codes` prints.
pub(super) const TABLE: &str = "\
Exit codes of ragctl

    0  done; also: already indexed, nothing found, --dry-run
    1  another failure; health: degraded; gaps --fail: there are gaps;
       gaps retry: all of them have to be submitted again;
       search, ask and result with --fail-empty: nothing found;
       fsck: there are findings; doctor: something does not work
    2  wrong usage
    3  wait: failed, and nothing succeeded; a file that was named itself and cannot be
       read has failed, one that lies in a folder or an archive is listed by ragctl gaps
    4  wait: partial, some documents or jobs done and some failed;
       gaps retry: some of them have to be submitted again
    5  wait, ask, result: cancelled by someone
    6  --timeout is over, the job still runs in ragd; result: there is no answer yet
   64  standard input is a terminal where data was expected,
       or a question could not be asked because there is no terminal
   65  bad data, or an idempotency key that was used for something else
   66  a source is missing or cannot be read
   69  ragd cannot be reached, hangs, or restarts for too long;
       ask: the model cannot be reached or broke off
   70  a bug in client or daemon
   75  queue full or rate limit; the JSON error has retry_after_s
   76  the versions of client and daemon do not fit
   77  not allowed
   78  the configuration is wrong
  130  Ctrl-C    141  broken pipe    143  SIGTERM

Trying again may help after 6, 69 and 75. It does not after 2, 64, 65, 66, 70, 76, 77 and 78.
";

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(super) enum Failure {
    /// Something to tell, with the code of the table.
    Report(Box<ErrorReport>),
    /// Something to tell, with a code that depends on the command.
    Coded(Box<ErrorReport>, Exit),
    /// The reader of our output is gone; there is nobody to tell.
    BrokenPipe,
    /// All is said.
    Told(Exit),
}

impl Failure {
    /// Returns a failure that is not an error of the daemon but of how we were called.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::coded(
            ErrorReport::new(ErrorCode::BadRequest, message),
            Exit::USAGE,
        )
    }

    pub(super) fn coded(report: ErrorReport, exit: Exit) -> Self {
        Self::Coded(Box::new(report), exit)
    }

    /// Returns what there is to tell.
    pub(super) fn report(&self) -> Option<&ErrorReport> {
        match self {
            Self::Report(report) | Self::Coded(report, _) => Some(report),
            Self::BrokenPipe | Self::Told(_) => None,
        }
    }

    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Report(report) => Exit::of(report.code),
            Self::Coded(_, exit) | Self::Told(exit) => *exit,
            Self::BrokenPipe => Exit::BROKEN_PIPE,
        }
    }
}

impl From<ErrorReport> for Failure {
    fn from(report: ErrorReport) -> Self {
        Self::Report(Box::new(report))
    }
}

/// What every command returns.
pub(super) type Outcome = Result<Exit, Failure>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_printed_table() {
        for code in ErrorCode::ALL {
            let number = format!("{:5}  ", Exit::of(code).0);
            assert!(TABLE.contains(&number), "{code} exits with {number}");
        }
    }
}
