//! What goes on while an archive and those within it are gone through, whatever their format.

use std::io::{self, Read};
use std::path::Path;

use super::super::{ExtractError, Source};
use super::budget::{self, Budget, Counted, Filled};
use super::names::{self, Names, Style};
use super::{Format, LeftOut, REST, Take, broken};

/// Why an archive is not read to its end.
pub(super) enum Halt {
    /// This one cannot be read on; the one around it can.
    Archive(ExtractError),
    /// Nothing more is given out, and what was counts.
    Full(ExtractError),
    /// All of it is refused, also what was given out.
    Refused(ExtractError),
}

/// Where an archive lies.
pub(super) struct Place {
    /// What the labels of its files begin with: nothing, or `inner.zip!/`.
    prefix: String,
    /// So many archives are around it.
    depth: u32,
}

impl Place {
    pub(super) fn outermost() -> Self {
        Self {
            prefix: String::new(),
            depth: 0,
        }
    }
}

/// One way through an archive and all that lie in it.
pub(super) struct Walk<'w> {
    pub(super) budget: &'w Budget,
    /// The outermost archive.
    source: &'w Source<'w>,
    take: Take<'w>,
    names: Names,
    /// Files, links and the like so far, given out or not.
    members: u32,
    given: u32,
    left_out: LeftOut,
}

impl<'w> Walk<'w> {
    pub(super) fn new(budget: &'w Budget, source: &'w Source<'w>, take: Take<'w>) -> Self {
        Self {
            budget,
            source,
            take,
            names: Names::default(),
            members: 0,
            given: 0,
            left_out: Vec::new(),
        }
    }

    pub(super) fn found_nothing(&self) -> bool {
        self.found() == (0, 0)
    }

    fn found(&self) -> (u32, usize) {
        (self.given, self.left_out.len())
    }

    pub(super) fn into_left_out(self) -> LeftOut {
        self.left_out
    }

    pub(super) fn leave_out(&mut self, label: String, error: ExtractError) {
        self.left_out.push((label, error));
    }

    /// Counts something that is no folder, and returns its label; none if that cannot be used.
    pub(super) fn begin(
        &mut self,
        place: &Place,
        raw: &str,
        style: Style,
    ) -> Result<Option<String>, Halt> {
        let limit = self.budget.limits.entries;
        if self.members >= limit {
            let most = usize::try_from(limit).unwrap_or(usize::MAX);
            return Err(Halt::Full(ExtractError::TooManyWithin(most)));
        }
        self.members += 1;
        let name = names::clean(raw, style);
        let label = format!("{}{name}", place.prefix);
        match names::check(&label, &name) {
            Ok(()) => Ok(Some(self.names.unique(label))),
            Err(error) => {
                self.leave_out(names::shown(&label, &name), error);
                Ok(None)
            }
        }
    }

    /// Reads a file that was packed to `packed` bytes. The inner error is the file's own.
    pub(super) fn read(
        &mut self,
        reader: impl Read,
        packed: usize,
        size: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<io::Result<Filled>, Halt> {
        let mut counted = Counted::new(reader, self.budget, packed);
        self.read_counted(&mut counted, size, buffer)
    }

    /// The same, where all that the archive is read from is counted already.
    pub(super) fn read_counted(
        &mut self,
        reader: &mut dyn Read,
        size: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<io::Result<Filled>, Halt> {
        let filled = budget::fill(reader, buffer, size, self.budget.limits.entry_bytes);
        self.budget.check()?;
        Ok(filled)
    }

    /// Leaves out a file that could not be read.
    pub(super) fn failed(&mut self, label: String, format: &'static str, error: &io::Error) {
        self.leave_out(label, broken(format, error));
    }

    pub(super) fn too_large(&mut self, label: String) {
        let most = self.budget.limits.entry_bytes;
        self.leave_out(label, ExtractError::TooLargeWithin(most));
    }

    /// Gives out a file, or what is in it if it is an archive.
    pub(super) fn give(&mut self, place: &Place, label: String, bytes: &[u8]) -> Result<(), Halt> {
        let inner = Source {
            bytes,
            name: Path::new(&label),
            ..*self.source
        };
        if let Some(format) = Format::with_entries(&inner) {
            return self.enter(place, label, format, bytes);
        }
        (self.take)(&label, bytes);
        self.given += 1;
        Ok(())
    }

    fn enter(
        &mut self,
        place: &Place,
        label: String,
        format: Format,
        bytes: &[u8],
    ) -> Result<(), Halt> {
        let depth = place.depth + 1;
        if depth >= self.budget.limits.depth {
            self.leave_out(label, ExtractError::TooDeep);
            return Ok(());
        }
        let before = self.found();
        let inner = Place {
            prefix: format!("{label}!/"),
            depth,
        };
        match format.walk(self, &inner, bytes) {
            Err(Halt::Archive(error)) => {
                let name = match before == self.found() {
                    true => label,
                    false => format!("{}{REST}", inner.prefix),
                };
                self.leave_out(name, error);
                Ok(())
            }
            other => other,
        }
    }
}
