//! Where the headings of a Markdown text are, line by line.
//!
//! Lines are enough for that. What only a full parser sees is passed over: headings within quotes
//! and lists, and `#` within HTML comments.

/// A heading and the line it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heading<'a> {
    pub(super) level: usize,
    pub(super) title: &'a str,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Heading(Heading<'a>),
    /// The line before it, of this title, turns out to be a heading.
    Underline(Heading<'a>),
    /// Within a code fence or the front matter, or one of their ends.
    Verbatim,
    Other,
}

/// Reads lines one after the other.
pub(super) struct Reader<'a> {
    state: State<'a>,
    started: bool,
}

#[derive(Clone, Copy)]
enum State<'a> {
    Between,
    /// A first line of a paragraph, which could become a heading.
    Paragraph(&'a str),
    /// Later lines of one.
    Continued,
    Fence {
        mark: u8,
        length: usize,
    },
    /// It ends with one of these lines.
    FrontMatter(&'static [&'static str]),
}

impl<'a> Reader<'a> {
    /// Begins with a text: a line above it that nothing closes is only a line.
    pub(super) fn of(text: &'a str) -> Self {
        let mut lines = text.lines().map(str::trim_ascii);
        let ends: &[&str] = match lines.next() {
            Some("---") => &["---", "..."],
            Some("+++") => &["+++"],
            _ => &[],
        };
        let is_closed = !ends.is_empty() && lines.any(|line| ends.contains(&line));
        Self {
            state: match is_closed {
                true => State::FrontMatter(ends),
                false => State::Between,
            },
            started: false,
        }
    }

    pub(super) fn read(&mut self, line: &'a str) -> Line<'a> {
        let first = !std::mem::replace(&mut self.started, true);
        let text = line.trim_ascii();
        let (found, state) = match self.state {
            State::FrontMatter(ends) => {
                let is_end = !first && ends.contains(&text);
                let state = if is_end { State::Between } else { self.state };
                (Line::Verbatim, state)
            }
            State::Fence { mark, length } => {
                let closes = run(text, mark) >= length && run(text, mark) == text.len();
                (
                    Line::Verbatim,
                    if closes { State::Between } else { self.state },
                )
            }
            before => next(before, line, text),
        };
        self.state = state;
        found
    }
}

fn next<'a>(before: State<'a>, line: &'a str, text: &'a str) -> (Line<'a>, State<'a>) {
    let indent = line.len() - line.trim_ascii_start().len();
    if let Some(fence) = opened_fence(text) {
        return (Line::Verbatim, fence);
    }
    if let Some(heading) = atx(text).filter(|_| indent <= 3) {
        return (Line::Heading(heading), State::Between);
    }
    if let (State::Paragraph(title), Some(level)) = (before, underline(text)) {
        return (Line::Underline(Heading { level, title }), State::Between);
    }
    let state = match before {
        _ if text.is_empty() || underline(text).is_some() => State::Between,
        State::Paragraph(_) | State::Continued => State::Continued,
        _ if indent > 3 || is_marked(text) => State::Continued,
        _ => State::Paragraph(text),
    };
    (Line::Other, state)
}

/// Returns the title of the first heading.
pub(in crate::ingest) fn first_heading(text: &str) -> Option<String> {
    let mut reader = Reader::of(text);
    text.split_inclusive('\n')
        .find_map(|line| match reader.read(line) {
            Line::Heading(heading) | Line::Underline(heading) if !heading.title.is_empty() => {
                Some(shorten(heading.title).to_owned())
            }
            _ => None,
        })
}

/// Cuts a title that is a paragraph in truth: it is repeated with every chunk below it.
pub(super) fn shorten(title: &str) -> &str {
    const MAX_TITLE_BYTES: usize = 200;
    &title[..title.floor_char_boundary(MAX_TITLE_BYTES)]
}

/// How many times `mark` stands at the start.
fn run(text: &str, mark: u8) -> usize {
    text.bytes().take_while(|byte| *byte == mark).count()
}

fn opened_fence(text: &str) -> Option<State<'static>> {
    let mark = text
        .bytes()
        .next()
        .filter(|byte| matches!(byte, b'`' | b'~'))?;
    let length = run(text, mark);
    // Backticks later on make it code within a line.
    let inline = mark == b'`' && text[length..].contains('`');
    (length >= 3 && !inline).then_some(State::Fence { mark, length })
}

fn atx(text: &str) -> Option<Heading<'_>> {
    let level = run(text, b'#');
    let title = &text[level..];
    if !(1..=6).contains(&level) || !(title.is_empty() || title.starts_with([' ', '\t'])) {
        return None;
    }
    let title = title.trim_ascii();
    let open = title.trim_end_matches('#');
    let closed = open.is_empty() || open.ends_with([' ', '\t']);
    Some(Heading {
        level,
        title: if closed { open.trim_ascii_end() } else { title },
    })
}

/// Returns the level a line of `=` or `-` gives to the line above.
fn underline(text: &str) -> Option<usize> {
    let mark = text.bytes().next()?;
    let level = match mark {
        b'=' => 1,
        b'-' => 2,
        _ => return None,
    };
    (run(text, mark) == text.len()).then_some(level)
}

/// Tells whether a line belongs to a list, a quote, a table or HTML: no title.
fn is_marked(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.starts_with(['>', '|', '<'])
        || text.starts_with("- ")
        || text.starts_with("* ")
        || text.starts_with("+ ")
        || (digits > 0 && text[digits..].starts_with([')', '.']))
}
