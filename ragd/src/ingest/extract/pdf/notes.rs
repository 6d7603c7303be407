//! What people noted on a page: comments, and text that they laid over it.

use hayro::hayro_syntax::object::{Array, Dict, Name, String as PdfString};
use hayro::hayro_syntax::page::Page as PdfPage;

use super::words;

/// Notes of a page.
const MOST: usize = 1_000;

/// Returns the notes of a page, each on a line of its own.
pub(super) fn read(page: &PdfPage<'_>) -> String {
    let Some(notes) = page.raw().get::<Array<'_>>(b"Annots") else {
        return String::new();
    };
    let mut text = String::new();
    for note in notes.iter::<Dict<'_>>().take(MOST) {
        let kind = note.get::<Name<'_>>(b"Subtype");
        // The others are links, fields of forms, and windows of these notes.
        let is_note = kind.is_some_and(|kind| {
            matches!(
                &*kind,
                b"Text"
                    | b"FreeText"
                    | b"Highlight"
                    | b"Underline"
                    | b"Squiggly"
                    | b"StrikeOut"
                    | b"Square"
                    | b"Circle"
                    | b"Line"
                    | b"Ink"
                    | b"Caret"
                    | b"Stamp"
                    | b"FileAttachment"
            )
        });
        let said = note.get::<PdfString<'_>>(b"Contents").filter(|_| is_note);
        let said = said.map(|said| words::of_string(said.as_bytes()));
        if let Some(said) = said.filter(|said| !said.trim().is_empty()) {
            text.push_str(said.trim());
            text.push('\n');
        }
    }
    text
}
