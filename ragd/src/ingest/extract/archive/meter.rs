//! What comes out of an archive, counted as it comes: what it says of its sizes is not asked.

use std::cell::Cell;
use std::io::{self, Read};

use super::super::ExtractError;
use super::{Stop, Unpack};

/// The ratio counts only from here on: many small files that are alike pack well, too.
const FREE: u64 = 64 << 20;

/// Counts all that comes out of an archive and of those within it.
pub(super) struct Meter {
    limit: u64,
    /// Where the ratio is exceeded.
    bomb: u64,
    out: Cell<u64>,
}

impl Meter {
    pub(super) fn new(limits: &Unpack, packed: usize) -> Self {
        Self {
            limit: limits.bytes,
            bomb: FREE.max((packed as u64).saturating_mul(limits.ratio)),
            out: Cell::new(0),
        }
    }

    /// Counts what is read.
    pub(super) fn watch<R: Read>(&self, inner: R) -> Watched<'_, R> {
        Watched { meter: self, inner }
    }

    /// Returns why no more may come out, if so.
    pub(super) fn stop(&self) -> Option<Stop> {
        match self.out.get() {
            out if out > self.bomb => Some(Stop::Refused(ExtractError::Bomb)),
            out if out > self.limit => Some(Stop::Here(ExtractError::TooMuchWithin(self.limit))),
            _ => None,
        }
    }

    pub(super) fn refusal(&self) -> Option<ExtractError> {
        match self.stop()? {
            Stop::Here(error) | Stop::Refused(error) => Some(error),
        }
    }
}

/// A reader that fails once too much came out.
pub(super) struct Watched<'m, R> {
    meter: &'m Meter,
    inner: R,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.meter.out.set(self.meter.out.get() + read as u64);
        match self.meter.stop() {
            None => Ok(read),
            Some(_) => Err(io::Error::other("too much came out")),
        }
    }
}
