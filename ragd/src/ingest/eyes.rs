//! Reading pages that are pictures: by tesseract, where it is installed and allowed.

use std::time::Duration;

use super::extract::View;
use crate::config;
use crate::ids;
use crate::sandbox::{self, Tool};

/// Pixels of the longer side of a page: 300 to an inch of the usual paper.
const SIDE: u16 = 4_000;
/// Of the text of one page.
const PAGE_BYTES: u64 = 256 << 10;

/// Tells whether a picture, as PGM, is of one colour: nothing was drawn, as what should be is damaged.
/// Paper that was scanned is never that even.
pub(super) fn is_blank(pgm: &[u8]) -> bool {
    const HEAD_END: &[u8] = b"\n255\n";
    let head = pgm
        .windows(HEAD_END.len())
        .position(|part| part == HEAD_END);
    let pixels = head.and_then(|head| pgm.get(head + HEAD_END.len()..));
    pixels.is_some_and(|pixels| pixels.windows(2).all(|two| two[0] == two[1]))
}

/// What reads pictures.
#[derive(Clone, Debug)]
pub struct Eyes {
    tool: Tool,
    languages: String,
    pages: usize,
}

impl Eyes {
    #[must_use]
    pub(super) fn new(ocr: &config::Ocr, extract: &config::Extract) -> Self {
        Self {
            tool: Tool {
                own: extract.program.clone(),
                name: "tesseract",
                limits: sandbox::Limits {
                    memory_bytes: extract.memory_bytes,
                    cpu_s: ocr.page_s,
                },
                unsandboxed: extract.allow_unsandboxed,
                wall: Duration::from_secs(ocr.page_s),
                answer_bytes: PAGE_BYTES,
            },
            languages: ocr.languages.clone(),
            pages: ocr.pages as usize,
        }
    }

    /// Names who reads, and how: with others, the same pages have other texts.
    #[must_use]
    pub(super) fn fingerprint(&self) -> String {
        format!("tesseract={}", self.languages)
    }

    /// Returns the pages that are looked at: not all of a book that was scanned.
    pub(super) fn choose<'p>(&self, pages: &'p [u32]) -> &'p [u32] {
        &pages[..pages.len().min(self.pages)]
    }

    /// Returns how a page is to be drawn.
    pub(super) fn view(&self, page: u32) -> View {
        View { page, side: SIDE }
    }

    /// Returns the text on a picture, or why there is none.
    pub(super) async fn read(&self, pgm: &[u8]) -> Result<String, String> {
        let arguments = ["stdin", "stdout", "-l", &self.languages];
        let text = self.tool.run(&arguments, pgm).await;
        let text = text.map_err(|error| {
            let (why, languages) = (ids::chain(&error), &self.languages);
            format!("{why} (languages {languages})")
        })?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Tells whether it would read a picture now: what was seen before must not be taken for nothing
    /// because a language is not there any more.
    pub(super) async fn can_see(&self) -> bool {
        self.try_out().await.is_ok()
    }

    /// Returns the most pages of a document that are looked at, if it has more.
    pub(super) fn most(&self, pages: &[u32]) -> Option<usize> {
        (pages.len() > self.pages).then_some(self.pages)
    }

    /// Returns what can be read, or why nothing can.
    pub async fn try_out(&self) -> Result<String, String> {
        let known = self.tool.run(&["--list-langs"], &[]).await;
        let known = known.map_err(|error| ids::chain(&error))?;
        let known = String::from_utf8_lossy(&known);
        let is_known = |language: &&str| known.lines().any(|line| line.trim() == *language);
        match self
            .languages
            .split('+')
            .find(|language| !is_known(language))
        {
            None => Ok(format!("tesseract reads {}", self.languages)),
            Some(lacking) => Err(format!("tesseract does not know the language {lacking}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_one_colour_shows_nothing() {
        assert!(is_blank(b"P5\n2 2\n255\n\xff\xff\xff\xff"));
        assert!(!is_blank(b"P5\n2 2\n255\n\xff\xff\xfe\xff"));
        assert!(!is_blank(b"no picture"));
    }
}
