//! Pages as pictures, for people and for models that read images.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use serde::{Deserialize, Serialize};

use super::ExtractError;

/// Of JPEG; beyond it files grow and letters look the same.
const QUALITY: u8 = 85;

/// A page that somebody wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// From 1.
    pub page: u32,
    /// Pixels of the longer side, at most.
    pub side: u16,
}

/// A page as it looks.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u16,
    height: u16,
    /// Red, green and blue of each pixel, row by row.
    rgb: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}x{}>", self.width, self.height)
    }
}

impl Picture {
    /// Takes pixels, of which there must be as many as the sides say.
    pub(super) fn new(width: u16, height: u16, rgb: Vec<u8>) -> Self {
        debug_assert_eq!(rgb.len(), usize::from(width) * usize::from(height) * 3);
        Self { width, height, rgb }
    }

    pub fn to_jpeg(&self) -> Result<Vec<u8>, ExtractError> {
        let mut jpeg = Vec::new();
        let (width, height) = (self.width.into(), self.height.into());
        JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
            .encode(&self.rgb, width, height, ExtendedColorType::Rgb8)
            .map_err(|error| ExtractError::Broken {
                format: "picture",
                why: error.to_string(),
            })?;
        Ok(jpeg)
    }
}

/// Returns the page that is wanted.
pub(super) fn at<'a, T>(pages: &'a [T], view: &View) -> Result<&'a T, ExtractError> {
    let number = view.page.checked_sub(1).map(|number| number as usize);
    let page = number.and_then(|number| pages.get(number));
    page.ok_or(ExtractError::NoSuchPage {
        page: view.page,
        of: pages.len(),
    })
}

/// Fits two sides into a square of `side`, neither below one pixel. What is smaller grows `most` times
/// at best.
pub(super) fn fit(width: f64, height: f64, side: u16, most: f64) -> (u16, u16) {
    let side = f64::from(side);
    let times = (side / width.max(height)).min(most);
    // What is no number becomes 0.
    let scaled = |length: f64| ((length * times).round().clamp(1.0, side) as u16).max(1);
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_keep_their_ratio_and_never_vanish() {
        assert_eq!(fit(595.0, 842.0, 1_684, 4.0), (1_190, 1_684));
        assert_eq!(fit(30.0, 10.0, 2_000, 4.0), (120, 40));
        assert_eq!(fit(1e6, 1.0, 2_000, 4.0), (2_000, 1));
        for odd in [f64::NAN, f64::INFINITY, 0.0, -4.0, 1e-300] {
            let (width, height) = fit(odd, odd, 900, 4.0);
            assert!((1..=900).contains(&width) && (1..=900).contains(&height));
        }
    }
}
