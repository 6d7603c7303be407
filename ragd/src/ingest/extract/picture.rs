//! Pages as pictures, for people and for models that read images.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use serde::{Deserialize, Serialize};

use super::ExtractError;

/// Of JPEG; beyond it files grow and letters look the same.
const QUALITY: u8 = 85;

/// Of the first lines of a PGM file.
const MAX_HEAD: usize = 32;

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

    /// Returns the brightness of each pixel, as a file of the format PGM: nothing in it is packed or
    /// can be wrong.
    pub fn to_pgm(&self) -> Vec<u8> {
        let mut pgm = pgm_head(self.width, self.height).into_bytes();
        let pixels = self.rgb.chunks_exact(3);
        pgm.extend(pixels.map(|pixel| {
            let [red, green, blue] = [0, 1, 2].map(|colour| u32::from(pixel[colour]));
            // Eyes see green best. The sum of the weights is 256.
            ((red * 77 + green * 150 + blue * 29) >> 8) as u8
        }));
        pgm
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

fn pgm_head(width: u16, height: u16) -> String {
    format!("P5\n{width} {height}\n255\n")
}

/// Tells whether bytes are a file as [`Picture::to_pgm`] makes it.
#[must_use]
pub fn is_pgm(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(MAX_HEAD)];
    let mut words = head.split(|byte| byte.is_ascii_whitespace()).skip(1);
    let mut side = || -> Option<u16> { std::str::from_utf8(words.next()?).ok()?.parse().ok() };
    let (Some(width), Some(height)) = (side(), side()) else {
        return false;
    };
    let head = pgm_head(width, height);
    let length = head.len() + usize::from(width) * usize::from(height);
    bytes.starts_with(head.as_bytes()) && bytes.len() == length
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
    fn a_picture_becomes_grey() {
        let picture = Picture::new(3, 1, vec![0, 0, 0, 255, 255, 255, 0, 255, 0]);
        let pgm = picture.to_pgm();
        assert_eq!(pgm, b"P5\n3 1\n255\n\x00\xff\x95");
        assert!(is_pgm(&pgm));
        for wrong in [
            &pgm[..pgm.len() - 1],
            b"",
            b"P5\n1 1\n255\n",
            b"P6\n1 1\n255\nx",
        ] {
            assert!(!is_pgm(wrong), "{wrong:?}");
        }
    }

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
