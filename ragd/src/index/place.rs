//! Where a passage stands, for machines and for people.

use serde::{Deserialize, Serialize};

/// Where a passage stands: lines count from 1 with the end included, bytes are of the extracted
/// text with the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub line_start: u32,
    pub line_end: u32,
    pub byte_start: u64,
    pub byte_end: u64,
    pub spot: Option<Spot>,
}

/// What people open to see a passage in its document. Counted from 1, the end is included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    pub unit: Unit,
    pub first: u32,
    pub last: u32,
    /// On a sheet.
    pub cells: Option<Cells>,
}

/// What a document is divided into. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Unit {
    Page = 1,
    Slide = 2,
    Sheet = 3,
    Chapter = 4,
    /// Of a notebook.
    Cell = 5,
    Message = 6,
}

/// Rows of a sheet, from 1 with the end included, and how many columns they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cells {
    pub top: u32,
    pub bottom: u32,
    pub columns: u32,
}

impl Unit {
    pub const ALL: [Self; 6] = [
        Self::Page,
        Self::Slide,
        Self::Sheet,
        Self::Chapter,
        Self::Cell,
        Self::Message,
    ];

    /// Returns the unit of a stored number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|unit| *unit as u8 == number)
    }
}
