//! What comes out of an archive, counted as it comes: what it says of its sizes is not asked.

use std::cell::Cell;
use std::io::{self, Read};

use super::super::ExtractError;
use super::{Stop, Unpack, own};

/// The ratios count only from here on: a small file may well unpack to a large one.
const FREE: u64 = 1 << 20;

/// Counts all that comes out of an archive and of those within it.
pub(super) struct Meter {
    limits: Unpack,
    /// Where the ratio of the whole is exceeded.
    most: u64,
    out: Cell<u64>,
    /// One file exceeded the ratio of its own.
    has_bomb: Cell<bool>,
}

impl Meter {
    pub(super) fn new(limits: &Unpack, packed: usize) -> Self {
        Self {
            limits: *limits,
            most: most(packed as u64, limits.ratio),
            out: Cell::new(0),
            has_bomb: Cell::new(false),
        }
    }

    /// Counts what is read, which was packed to so many bytes.
    pub(super) fn watch<R: Read>(&self, inner: R, packed: u64) -> Watched<'_, R> {
        Watched {
            meter: self,
            inner,
            left: most(packed, self.limits.entry_ratio),
        }
    }

    /// Returns why no more may come out, if so.
    pub(super) fn stop(&self) -> Option<Stop> {
        let Unpack { bytes, .. } = self.limits;
        match self.out.get() {
            out if self.has_bomb.get() || out > self.most => {
                Some(Stop::Refused(ExtractError::Bomb))
            }
            out if out > bytes => Some(Stop::Here(ExtractError::TooMuchWithin(bytes))),
            _ => None,
        }
    }

    pub(super) fn refusal(&self) -> Option<ExtractError> {
        match self.stop()? {
            Stop::Here(error) | Stop::Refused(error) => Some(error),
        }
    }
}

fn most(packed: u64, ratio: u64) -> u64 {
    FREE.max(packed.saturating_mul(ratio))
}

/// A reader that fails once too much came out.
pub(super) struct Watched<'m, R> {
    meter: &'m Meter,
    inner: R,
    /// What may come out before the ratio of this one is exceeded.
    left: u64,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let Self { meter, left, .. } = self;
        meter.out.set(meter.out.get() + read as u64);
        match left.checked_sub(read as u64) {
            Some(rest) => *left = rest,
            None => meter.has_bomb.set(true),
        }
        match meter.stop() {
            None => Ok(read),
            Some(_) => Err(own("too much came out")),
        }
    }
}
