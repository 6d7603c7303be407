//! Good documents, each with a word of its own.

use std::fs;
use std::path::Path;

use super::corpus::{TOGETHER, fixture};
use crate::packed::with_parts;

/// As many as there are, and at least so many of the others.
pub(super) const GOOD: usize = 300;

/// Writes them below `folder`.
pub(super) fn fill(folder: &Path) {
    for number in 0..GOOD {
        let path = folder.join(path(number));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content(number)).unwrap();
    }
}

/// The word that only one good document has: letters, as numbers are words of their own.
pub(super) fn word(number: usize) -> String {
    let letter = |digit: u8| char::from(b"bcdfghjkmp"[usize::from(digit - b'0')]);
    let letters: String = number.to_string().bytes().map(letter).collect();
    format!("walrus{letters}")
}

const ENDINGS: [&str; 6] = ["md", "txt", "html", "rtf", "eml", "odt"];

pub(super) fn path(number: usize) -> String {
    let ending = ENDINGS[number % ENDINGS.len()];
    format!("{:02}/m{number}-good.{ending}", number / TOGETHER)
}

fn content(number: usize) -> Vec<u8> {
    let sentence = format!("The {} sleeps.", word(number));
    let text = match ENDINGS[number % ENDINGS.len()] {
        "md" => format!("# Good\n\n{sentence}\n"),
        "html" => format!("<!doctype html><title>Good</title><p>{sentence}"),
        "rtf" => format!("{{\\rtf1 {sentence}}}"),
        "eml" => format!("From: a@x.org\r\nMessage-ID: <1@x>\r\n\r\n{sentence}\r\n"),
        "odt" => {
            let page = format!("<office:text><text:p>{sentence}</text:p></office:text>");
            let parts = [("content.xml", page.as_bytes())];
            return with_parts(&fixture("a.odt"), &parts);
        }
        _ => format!("{sentence}\n"),
    };
    text.into_bytes()
}
