//! How pages look.

use std::io::Cursor;

use ::image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

const RED: [u8; 3] = [250, 10, 20];
const BLUE: [u8; 3] = [10, 20, 250];

fn show(bytes: &[u8], name: &str, page: u32, side: u16) -> Result<RgbImage, ExtractError> {
    let limits = Limits::default();
    let source = Source::new(bytes, Path::new(name), &limits);
    let jpeg = super::super::show(&source, &View { page, side })?.to_jpeg()?;
    let shown = ::image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg);
    Ok(shown.unwrap().into_rgb8())
}

fn code(bytes: &[u8], name: &str, page: u32) -> &'static str {
    show(bytes, name, page, 400).unwrap_err().code()
}

/// Tells about which colour is at a place that is given in hundredths of the sides.
fn at(image: &RgbImage, across: u32, down: u32) -> &'static str {
    let (x, y) = (image.width() * across / 100, image.height() * down / 100);
    let Rgb([red, green, blue]) = *image.get_pixel(x, y);
    match (red, green, blue) {
        (200.., ..80, ..80) => "red",
        (..80, ..80, 200..) => "blue",
        (240.., 240.., 240..) => "white",
        _ => "other",
    }
}

/// Returns an image that is red on the left and blue on the right.
pub(super) fn flag(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        Rgb(if x < width / 2 { RED } else { BLUE })
    })
}

pub(super) fn packed(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Returns a TIFF file with one grey pixel on each page.
fn grey_pages(pages: &[u8]) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    for (number, grey) in pages.iter().enumerate() {
        let entries: [(u16, u32); 8] = [
            (256, 1),                                   // width
            (257, 1),                                   // height
            (258, 8),                                   // bits
            (259, 1),                                   // as it is
            (262, 1),                                   // 0 is black
            (273, bytes.len() as u32 + 2 + 8 * 12 + 4), // where the pixel is
            (278, 1),                                   // rows
            (279, 1),                                   // bytes
        ];
        bytes.extend((entries.len() as u16).to_le_bytes());
        for (tag, value) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(4_u16.to_le_bytes());
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        let is_last = number + 1 == pages.len();
        let next = if is_last { 0 } else { bytes.len() as u32 + 8 };
        bytes.extend(next.to_le_bytes());
        bytes.extend([*grey, 0, 0, 0]);
    }
    bytes
}

#[test]
fn a_page_of_a_pdf_is_drawn() {
    let pdf = document_file("a.pdf");
    let page = show(&pdf, "a.pdf", 1, 800).unwrap();
    assert_eq!(page.width().max(page.height()), 800);
    let dark = page.pixels().filter(|pixel| pixel.0[0] < 100).count();
    let all = (page.width() * page.height()) as usize;
    assert!((all / 1_000..all / 4).contains(&dark), "{dark} of {all}");
    assert_eq!(at(&page, 1, 1), "white");
}

#[test]
fn a_page_that_is_not_there_is_refused() {
    let pdf = document_file("a.pdf");
    for page in [0, 500, u32::MAX] {
        assert_eq!(code(&pdf, "a.pdf", page), "no-such-page");
    }
    let png = packed(flag(4, 4), ImageFormat::Png);
    assert_eq!(code(&png, "a.png", 2), "no-such-page");
    assert_eq!(code(b"words", "a.txt", 1), "no-pages");
    assert_eq!(code(&document_file("a.docx"), "a.docx", 1), "no-pages");
    assert_eq!(
        code(&document_file("enc-userpw-secret.pdf"), "a.pdf", 1),
        "encrypted"
    );
    assert_eq!(code(&png[..png.len() / 2], "a.png", 1), "broken");
}

#[test]
fn a_page_of_any_size_fits_the_picture() {
    let page = show(&document_file("huge-mediabox.pdf"), "a.pdf", 1, 300).unwrap();
    assert_eq!(page.width().max(page.height()), 300);
}

#[test]
fn images_are_shown_as_they_are_and_smaller() {
    for (format, name) in [
        (ImageFormat::Png, "a.png"),
        (ImageFormat::Jpeg, "a.jpg"),
        (ImageFormat::WebP, "a.webp"),
        (ImageFormat::Tiff, "a.tif"),
    ] {
        let bytes = packed(flag(200, 100), format);
        let whole = show(&bytes, name, 1, 400).unwrap();
        assert_eq!(whole.dimensions(), (200, 100), "{name} never grows");
        let small = show(&bytes, name, 1, 50).unwrap();
        assert_eq!(small.dimensions(), (50, 25), "{name}");
        assert_eq!((at(&small, 10, 50), at(&small, 90, 50)), ("red", "blue"));
        let kind = name.rsplit_once('.').unwrap().1;
        let said = refusal(&bytes, "without-a-name");
        assert!(said.starts_with("needs-vision: "), "{kind}: {said}");
        assert!(said.contains("200x100 pixels"), "{kind}: {said}");
    }
}

#[test]
fn what_shines_through_is_white() {
    let [red, green, blue] = RED;
    let image = RgbaImage::from_fn(40, 40, |x, _| {
        Rgba([red, green, blue, if x < 20 { 0 } else { 255 }])
    });
    let shown = show(&packed(image, ImageFormat::Png), "a.png", 1, 400).unwrap();
    assert_eq!((at(&shown, 10, 50), at(&shown, 90, 50)), ("white", "red"));
}

#[test]
fn a_photograph_stands_upright() {
    let jpeg = packed(flag(200, 100), ImageFormat::Jpeg);
    // Turn it to the right, it says.
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut turned = jpeg[..2].to_vec();
    turned.extend([0xff, 0xe1, 0, exif.len() as u8 + 2]);
    turned.extend(exif);
    turned.extend(&jpeg[2..]);
    let shown = show(&turned, "a.jpg", 1, 400).unwrap();
    assert_eq!(shown.dimensions(), (100, 200));
    assert_eq!((at(&shown, 50, 10), at(&shown, 50, 90)), ("red", "blue"));
}

#[test]
fn every_page_of_a_tiff_is_shown() {
    let fax = grey_pages(&[0, 100, 255]);
    let grey = |page| show(&fax, "a.tiff", page, 400).unwrap().get_pixel(0, 0).0[0];
    assert_eq!([grey(1), grey(2), grey(3)], [0, 100, 255]);
    assert_eq!(code(&fax, "a.tiff", 4), "no-such-page");
    let said = refusal(&fax, "a.tiff");
    assert!(said.contains("1x1 pixels, the first of 3"), "{said}");
    // The last page says that the first comes next.
    let mut ring = grey_pages(&[0, 255]);
    let end = ring.len() - 8;
    ring[end..end + 4].copy_from_slice(&8_u32.to_le_bytes());
    assert!(refusal(&ring, "a.tiff").contains("the first of 2"));
}

#[test]
fn too_many_pixels_are_not_unpacked() {
    // The sides are in the head; nothing of the rest is looked at.
    let mut png = packed(flag(4, 4), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    let sum = crc32fast::hash(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(code(&png, "a.png", 1), "too-many-pixels");
    // Nobody may see it, so it is not one that has to be seen.
    let expected = "too-many-pixels: it has more than 64 million pixels";
    assert_eq!(refusal(&png, "a.png"), expected);
}
