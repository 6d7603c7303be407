//! Images: what they show is for whoever can see. Here are their kind, their size and their pixels, and
//! the text that somebody saw on them.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits as Most};

use super::picture::{self, Picture, View};
use super::{ExtractError, Extracted, Source, seen};
use crate::index::Unit;

/// By their first bytes.
const FORMATS: &[(&[u8], ImageFormat, &str)] = &[
    (b"\x89PNG\r\n\x1a\n", ImageFormat::Png, "PNG image"),
    (b"\xff\xd8\xff", ImageFormat::Jpeg, "JPEG image"),
    (b"II*\0", ImageFormat::Tiff, "TIFF image"),
    (b"MM\0*", ImageFormat::Tiff, "TIFF image"),
    (b"RIFF", ImageFormat::WebP, "WebP image"),
];

/// Bytes of a pixel of the largest kind that a decoder makes, and as many that it works with.
const PIXEL: u64 = 16;

/// Where a TIFF file says where its first page is.
const FIRST_PAGE: std::ops::Range<usize> = 4..8;

pub(super) fn fits(source: &Source<'_>) -> bool {
    format(source.bytes).is_some()
}

fn format(bytes: &[u8]) -> Option<(ImageFormat, &'static str)> {
    let fits = |(magic, _, _): &&(&[u8], ImageFormat, &str)| bytes.starts_with(magic);
    let (_, format, name) = FORMATS.iter().find(fits)?;
    let is_image = *format != ImageFormat::WebP || bytes.get(8..12) == Some(b"WEBP");
    is_image.then_some((*format, name))
}

/// Returns what was seen on its pages, or tells what kind of image it is, and how large.
pub(super) fn read(source: &Source<'_>) -> Result<Extracted, ExtractError> {
    let Some((format, name)) = format(source.bytes) else {
        return Err(ExtractError::Binary);
    };
    let reader = ImageReader::with_format(Cursor::new(source.bytes), format);
    let (width, height) = reader
        .into_dimensions()
        .map_err(|error| broken(name, &error))?;
    let pixels = source.limits.pixels;
    if u64::from(width) * u64::from(height) > pixels {
        // Nobody may see it.
        return Err(ExtractError::TooManyPixels(pixels));
    }
    let count = match format {
        ImageFormat::Tiff => tiff_pages(source.bytes, source.limits.pages).len(),
        _ => 1,
    };
    let count = u32::try_from(count.max(1)).unwrap_or(u32::MAX);
    let (mut written, mut unseen) = (Extracted::default(), Vec::new());
    for page in 1..=count {
        match source.seen_on(page) {
            Some(text) => {
                written.begin(Unit::Page, page);
                seen::write(&mut written, text);
            }
            None => unseen.push(page),
        }
        written.check(source.limits)?;
    }
    if count == 1 {
        // That there is a page says nothing.
        written.spots.clear();
    }
    let several = match count {
        1 => String::new(),
        count => format!(", the first of {count}"),
    };
    let what = format!("this {name} of {width}x{height} pixels{several}");
    seen::lacking(written, unseen, Some(what))
}

pub(super) fn show(source: &Source<'_>, view: &View) -> Result<Picture, ExtractError> {
    let Some((format, name)) = format(source.bytes) else {
        return Err(ExtractError::Binary);
    };
    let image = match format {
        ImageFormat::Tiff => {
            let pages = tiff_pages(source.bytes, source.limits.pages);
            let page = picture::at(&pages, view)?;
            let mut bytes = source.bytes.to_vec();
            bytes[FIRST_PAGE].copy_from_slice(page);
            decode(&bytes, format, name, source.limits.pixels)?
        }
        _ => {
            picture::at(&[()], view)?;
            decode(source.bytes, format, name, source.limits.pixels)?
        }
    };
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let (width, height) = picture::fit(width, height, view.side, 1.0);
    let image = match (u32::from(width), u32::from(height)) {
        same if same == (image.width(), image.height()) => image,
        (width, height) => image.thumbnail_exact(width, height),
    };
    Ok(Picture::new(width, height, on_white(image)))
}

fn decode(
    bytes: &[u8],
    format: ImageFormat,
    name: &'static str,
    pixels: u64,
) -> Result<DynamicImage, ExtractError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut most = Most::default();
    most.max_alloc = Some(pixels.saturating_mul(PIXEL));
    reader.limits(most);
    let mut decoder = reader
        .into_decoder()
        .map_err(|error| broken(name, &error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > pixels {
        return Err(ExtractError::TooManyPixels(pixels));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder);
    let mut image = decoded.map_err(|error| broken(name, &error))?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Returns the colours of an image as they look on paper.
fn on_white(image: DynamicImage) -> Vec<u8> {
    if !image.color().has_alpha() {
        return image.into_rgb8().into_raw();
    }
    let image = image.into_rgba8();
    let pixels = image.pixels().flat_map(|pixel| {
        let [red, green, blue, alpha] = pixel.0.map(u32::from);
        [red, green, blue].map(|colour| {
            let mixed = (colour * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        })
    });
    pixels.collect()
}

/// Lists where the pages of a TIFF file are, as its head says it of the first: the decoder reads only
/// that one, and each page names the next.
fn tiff_pages(bytes: &[u8], most: u32) -> Vec<[u8; 4]> {
    let is_big = bytes.starts_with(b"MM");
    let number = |raw: &[u8]| {
        let digits = raw.iter();
        let add = |sum: usize, digit: &u8| sum << 8 | usize::from(*digit);
        match is_big {
            true => digits.fold(0, add),
            false => digits.rev().fold(0, add),
        }
    };
    let raw = |at: usize| -> Option<[u8; 4]> { bytes.get(at..at.checked_add(4)?)?.try_into().ok() };
    let mut pages = Vec::new();
    let mut next = raw(FIRST_PAGE.start);
    while let Some(page) = next.filter(|page| number(page) != 0 && !pages.contains(page)) {
        if pages.len() >= most as usize {
            break;
        }
        let at = number(&page);
        let Some(entries) = bytes.get(at..at.saturating_add(2)) else {
            break;
        };
        pages.push(page);
        next = raw(at + 2 + number(entries) * 12);
    }
    pages
}

fn broken(format: &'static str, error: &image::ImageError) -> ExtractError {
    let why = error.to_string();
    ExtractError::Broken { format, why }
}
