//! How much may still come out: one budget for an archive and all that lie in it.

use std::cell::Cell;
use std::io::{self, Read};

use super::super::ExtractError;
use super::Unpack;
use super::walk::Halt;

/// The ratio of a file counts from here on: a short text may well be packed to nothing.
const FREE: u64 = 1 << 20;
/// That of a whole archive does so later, since hundreds of files that are nearly the same pack to
/// nothing together, while more than this is dear to whoever reads it.
const WHOLE_FREE: u64 = 64 << 20;

/// Counts what comes out, by the bytes themselves: what an archive says of sizes is not asked.
pub(super) struct Budget {
    pub(super) limits: Unpack,
    /// The outermost archive, which all that comes out is compared with.
    whole: u64,
    out: Cell<u64>,
    over: Cell<Option<Over>>,
}

#[derive(Clone, Copy)]
enum Over {
    Bomb,
    Full,
}

impl Budget {
    pub(super) fn new(limits: &Unpack, whole: usize) -> Self {
        Self {
            limits: *limits,
            whole: (whole as u64).max(1),
            out: Cell::new(0),
            over: Cell::new(None),
        }
    }

    /// Tells whether a limit stopped the last read. Whoever gets an error from a reader asks here
    /// first: a decoder may have made another one of it.
    pub(super) fn check(&self) -> Result<(), Halt> {
        match self.over.get() {
            None => Ok(()),
            Some(Over::Bomb) => Err(Halt::Refused(ExtractError::Bomb)),
            Some(Over::Full) => Err(Halt::Full(ExtractError::TooMuchWithin(self.limits.bytes))),
        }
    }

    fn count(&self, bytes: u64, of_entry: u64, packed: u64) -> io::Result<()> {
        let Unpack {
            bytes: most,
            ratio,
            entry_ratio,
            ..
        } = self.limits;
        let out = self.out.get() + bytes;
        self.out.set(out);
        let is_bomb = out > WHOLE_FREE.max(self.whole.saturating_mul(ratio))
            || of_entry > FREE.max(packed.saturating_mul(entry_ratio));
        let over = if is_bomb {
            Over::Bomb
        } else if out > most {
            Over::Full
        } else {
            return Ok(());
        };
        self.over.set(Some(over));
        Err(io::Error::other("a limit was reached"))
    }
}

/// A reader of unpacked bytes that stops where a limit is reached.
pub(super) struct Counted<'b, R> {
    reader: R,
    budget: &'b Budget,
    /// What is read was packed to so many bytes.
    packed: u64,
    out: u64,
}

impl<'b, R> Counted<'b, R> {
    pub(super) fn new(reader: R, budget: &'b Budget, packed: usize) -> Self {
        Self {
            reader,
            budget,
            packed: packed as u64,
            out: 0,
        }
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(into)?;
        self.out += bytes as u64;
        self.budget.count(bytes as u64, self.out, self.packed)?;
        Ok(bytes)
    }
}

/// How a member came out.
pub(super) enum Filled {
    Whole,
    TooLarge,
}

/// Reads one file. `size` is what the archive says of it, which is good for a guess only.
pub(super) fn fill(
    reader: &mut dyn Read,
    buffer: &mut Vec<u8>,
    size: u64,
    most: u64,
) -> io::Result<Filled> {
    buffer.clear();
    // Where memory is short, a guess that is too high must not end anything.
    let guess = usize::try_from(size.min(most)).unwrap_or_default();
    let _ = buffer.try_reserve_exact(guess.saturating_add(1));
    reader.take(most.saturating_add(1)).read_to_end(buffer)?;
    Ok(match buffer.len() as u64 > most {
        true => Filled::TooLarge,
        false => Filled::Whole,
    })
}
