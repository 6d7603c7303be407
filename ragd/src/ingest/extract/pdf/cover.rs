//! How much of a page images are drawn on.

use hayro::kurbo::{Affine, Point};

/// A page has so many places each way at which it is looked whether there is an image.
const PLACES: u32 = 16;
/// What an image is drawn on has an area; else there is no way back from the page to its pixels.
const FLAT: f64 = 1e-12;

/// Rows of places at the top, and as many at the bottom, that hold headers, footers and stamps.
const MARGIN: usize = 2;

type Places = [[bool; PLACES as usize]; PLACES as usize];

/// The places of a page that images are drawn on: those of a scan may be tiles, strips, or layers; and
/// those that text is written on for all to see.
pub(super) struct Cover {
    width: f64,
    height: f64,
    places: Places,
    /// Rows that have text.
    written: [bool; PLACES as usize],
}

impl Cover {
    /// Of a page on which nothing is drawn yet.
    pub(super) fn new(width: f64, height: f64) -> Self {
        let places = [[false; PLACES as usize]; PLACES as usize];
        Self {
            width,
            height,
            places,
            written: [false; PLACES as usize],
        }
    }

    /// Adds a character that is seen at a height of the page.
    pub(super) fn write(&mut self, y: f64) {
        let row = y / self.height * f64::from(PLACES);
        if (0.0..f64::from(PLACES)).contains(&row) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is one of a few rows"
            )]
            let row = row as usize;
            self.written[row] = true;
        }
    }

    /// Adds an image of so many pixels, which `transform` takes to the page.
    pub(super) fn add(&mut self, width: u32, height: u32, transform: Affine) {
        if transform.determinant().abs() < FLAT {
            return;
        }
        let back = transform.inverse();
        let (right, bottom) = (f64::from(width), f64::from(height));
        // In the middle of each place, whatever the page measures.
        let along = |place: u32| (f64::from(place) + 0.5) / f64::from(PLACES);
        for (down, row) in (0..).zip(&mut self.places) {
            for (across, place) in (0..).zip(row) {
                let pixel =
                    back * Point::new(along(across) * self.width, along(down) * self.height);
                *place |= (0.0..=right).contains(&pixel.x) && (0.0..=bottom).contains(&pixel.y);
            }
        }
    }

    /// Tells whether it is most of the page.
    pub(super) fn is_most(&self) -> bool {
        2 * self.covered() > self.places.as_flattened().len()
    }

    /// Tells whether it is more of the page than the figures that a text has beside it.
    pub(super) fn is_large(&self) -> bool {
        18 * self.covered() > 5 * self.places.as_flattened().len()
    }

    fn covered(&self) -> usize {
        let places = self.places.iter().flatten();
        places.filter(|place| **place).count()
    }

    /// Tells whether text stands at the top or the bottom only, where it says nothing of what is between.
    pub(super) fn is_framed(&self) -> bool {
        let middle = MARGIN..self.written.len() - MARGIN;
        self.written.contains(&true) && !self.written[middle].contains(&true)
    }
}
