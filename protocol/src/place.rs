//! Where a passage stands in its document.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a passage stands in its document. Lines count from 1 and the end is included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub line_start: u32,
    pub line_end: u32,
    /// Bytes of the extracted text, end excluded.
    pub byte_start: u64,
    pub byte_end: u64,
    pub spot: Option<Spot>,
}

/// What people open to see a passage. Counted from 1, the end is included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    pub unit: Unit,
    pub first: u32,
    pub last: u32,
    /// On a sheet.
    pub cells: Option<Cells>,
}

/// What a document is divided into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    Page,
    Slide,
    Sheet,
    Chapter,
    /// Of a notebook.
    Cell,
    Message,
}

/// Rows of a sheet, from 1 with the end included, and how many columns they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cells {
    pub top: u32,
    pub bottom: u32,
    pub columns: u32,
}

impl Place {
    /// Returns the page on which a passage begins, if its document has pages.
    #[must_use]
    pub fn page(&self) -> Option<u32> {
        let spot = self.spot.filter(|spot| spot.unit == Unit::Page);
        spot.map(|spot| spot.first)
    }
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

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Slide => "slide",
            Self::Sheet => "sheet",
            Self::Chapter => "chapter",
            Self::Cell => "cell",
            Self::Message => "message",
        }
    }
}

/// As in `page 3`, `slides 3-4` and `sheet 1 A5:D20`.
impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            unit,
            first,
            last,
            cells,
        } = self;
        let unit = unit.as_str();
        match first == last {
            true => write!(f, "{unit} {first}")?,
            false => write!(f, "{unit}s {first}-{last}")?,
        }
        match cells {
            Some(cells) => write!(f, " {cells}"),
            None => Ok(()),
        }
    }
}

/// As sheets name cells: `A5:D20`.
impl fmt::Display for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            top,
            bottom,
            columns,
        } = self;
        write!(f, "A{top}:{}{bottom}", Column(*columns))
    }
}

/// The name of a column, of which the first is 1.
struct Column(u32);

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(before) = self.0.checked_sub(1) else {
            return Ok(());
        };
        let letter = char::from(b'A' + u8::try_from(before % 26).unwrap_or(0));
        write!(f, "{}{letter}", Self(before / 26))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_are_named_as_people_name_them() {
        let spot = |unit, first, last, cells| {
            let cells: Option<(u32, u32, u32)> = cells;
            let cells = cells.map(|(top, bottom, columns)| Cells {
                top,
                bottom,
                columns,
            });
            let spot = Spot {
                unit,
                first,
                last,
                cells,
            };
            spot.to_string()
        };
        assert_eq!(spot(Unit::Page, 3, 3, None), "page 3");
        assert_eq!(spot(Unit::Slide, 3, 4, None), "slides 3-4");
        assert_eq!(spot(Unit::Sheet, 1, 1, Some((5, 20, 4))), "sheet 1 A5:D20");
        assert_eq!(
            spot(Unit::Sheet, 2, 2, Some((1, 1, 16_384))),
            "sheet 2 A1:XFD1"
        );
        assert_eq!(spot(Unit::Sheet, 2, 2, Some((1, 2, 27))), "sheet 2 A1:AA2");
    }
}
