//! How much of a page images are drawn on.

use hayro::kurbo::{Affine, Point};

/// A page has so many places each way at which it is looked whether there is an image.
const PLACES: u32 = 16;
/// What an image is drawn on has an area; else there is no way back from the page to its pixels.
const FLAT: f64 = 1e-12;

/// The places of a page that images are drawn on: those of a scan may be tiles, strips, or layers.
pub(super) struct Cover {
    width: f64,
    height: f64,
    places: [[bool; PLACES as usize]; PLACES as usize],
}

impl Cover {
    /// Of a page on which nothing is drawn yet.
    pub(super) fn new(width: f64, height: f64) -> Self {
        let places = [[false; PLACES as usize]; PLACES as usize];
        Self {
            width,
            height,
            places,
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
        let covered = self.places.iter().flatten().filter(|place| **place);
        covered.count() * 2 > self.places.as_flattened().len()
    }
}
