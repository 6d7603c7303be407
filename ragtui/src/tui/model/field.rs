//! Text that is being typed. The cursor stands between grapheme clusters, never inside one.

use unicode_segmentation::UnicodeSegmentation;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Field {
    text: String,
    /// In bytes.
    cursor: usize,
}

impl Field {
    pub(in crate::tui) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            cursor: text.len(),
        }
    }

    pub(in crate::tui) fn text(&self) -> &str {
        &self.text
    }

    pub(in crate::tui) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(in crate::tui) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Returns the text and leaves nothing.
    pub(in crate::tui) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    pub(in crate::tui) fn insert(&mut self, text: &str) {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
    }

    pub(in crate::tui) fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Erase => self.remove_to(self.before()),
            Edit::EraseWord => self.remove_to(self.word_start()),
            Edit::EraseLine => self.remove_to(self.line_start()),
            Edit::Delete => {
                let end = self.after();
                self.text.drain(self.cursor..end);
            }
            Edit::Newline => self.insert("\n"),
            Edit::Left => self.cursor = self.before(),
            Edit::Right => self.cursor = self.after(),
            Edit::LineStart => self.cursor = self.line_start(),
            Edit::LineEnd => self.cursor = self.line_end(),
        }
    }

    /// Moves the cursor to the line above or below, as far right as it was.
    pub(in crate::tui) fn step(&mut self, lines: isize) {
        let start = self.line_start();
        let clusters = self.text[start..self.cursor].graphemes(true).count();
        let target = if lines < 0 {
            start
                .checked_sub(1)
                .map(|end| self.text[..end].rfind('\n').map_or(0, |at| at + 1))
        } else {
            Some(self.line_end() + 1).filter(|at| *at <= self.text.len())
        };
        let Some(target) = target else { return };
        let line = self.text[target..].split('\n').next().unwrap_or_default();
        let within: usize = line.graphemes(true).take(clusters).map(str::len).sum();
        self.cursor = target + within;
    }

    fn remove_to(&mut self, start: usize) {
        self.text.drain(start..self.cursor);
        self.cursor = start;
    }

    fn before(&self) -> usize {
        let last = self.text[..self.cursor].graphemes(true).next_back();
        self.cursor - last.map_or(0, str::len)
    }

    fn after(&self) -> usize {
        let next = self.text[self.cursor..].graphemes(true).next();
        self.cursor + next.map_or(0, str::len)
    }

    fn word_start(&self) -> usize {
        let left = self.text[..self.cursor].trim_end();
        left.char_indices()
            .rev()
            .find(|(_, c)| c.is_whitespace())
            .map_or(0, |(at, c)| at + c.len_utf8())
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..]
            .find('\n')
            .map_or(self.text.len(), |at| self.cursor + at)
    }
}

/// What a key does in a text field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Edit {
    Erase,
    EraseWord,
    EraseLine,
    Delete,
    Newline,
    Left,
    Right,
    LineStart,
    LineEnd,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str, edits: &[Edit]) -> (String, usize) {
        let mut field = Field::new(text);
        edits.iter().for_each(|edit| field.edit(*edit));
        (field.text().to_owned(), field.cursor())
    }

    #[test]
    fn clusters_are_erased_and_passed_whole() {
        let family = "a\u{1f469}\u{200d}\u{1f467}";
        assert_eq!(after(family, &[Edit::Erase]), ("a".into(), 1));
        assert_eq!(after("e\u{301}", &[Edit::Erase]), (String::new(), 0));
        assert_eq!(after(family, &[Edit::Left]), (family.into(), 1));
        assert_eq!(after("ab", &[Edit::Left, Edit::Delete]), ("a".into(), 1));
        assert_eq!(after("", &[Edit::Erase, Edit::Left, Edit::Delete]).1, 0);
    }

    #[test]
    fn words_and_lines_are_erased_to_their_start() {
        assert_eq!(after("one two  ", &[Edit::EraseWord]), ("one ".into(), 4));
        assert_eq!(after("one\ntwo", &[Edit::EraseLine]), ("one\n".into(), 4));
    }

    #[test]
    fn the_cursor_keeps_its_column_between_lines() {
        let mut field = Field::new("long line\nab\nlonger line");
        field.step(-1);
        assert_eq!(field.cursor(), "long line\nab".len());
        field.step(-1);
        assert_eq!(field.cursor(), 2);
        field.step(-1);
        assert_eq!(field.cursor(), 2);
        field.step(1);
        assert_eq!(field.cursor(), "long line\nab".len());
    }
}
