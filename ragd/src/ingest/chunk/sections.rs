//! Markdown by its headings: sections under the same parent share a chunk while they fit.

use std::ops::Range;
use std::rc::Rc;

use super::super::extract::Heading;
use super::lines::Pieces;
use super::markdown::{Line, Reader, shorten};
use super::pack::Budget;
use super::seams::Depths;
use super::{Chunk, fill};

/// A heading and what stands below it, up to the next heading.
#[derive(Clone)]
struct Section {
    pieces: Range<usize>,
    /// The end of the headings it begins with.
    lead: usize,
    /// How deep the first of these headings stands.
    top: usize,
    path: Path,
}

impl Section {
    /// What stands before all headings.
    fn first() -> Self {
        Self {
            pieces: 0..0,
            lead: 0,
            top: 0,
            path: Vec::new(),
        }
    }

    /// Tells whether another section stands below the first of these headings.
    fn is_above(&self, other: &Self) -> bool {
        let Some((_, own)) = self.top.checked_sub(1).and_then(|top| self.path.get(top)) else {
            return false;
        };
        let there = other.path.get(self.top - 1);
        other.path.len() > self.top && there.is_some_and(|(_, there)| Rc::ptr_eq(own, there))
    }

    /// Ends before the heading whose lines are `from..end`, and becomes the section below it.
    fn begin(
        &mut self,
        path: Path,
        from: usize,
        end: usize,
        pieces: &Pieces,
        sections: &mut Vec<Self>,
    ) {
        self.pieces.end = from;
        let is_empty = (self.lead..from).all(|piece| pieces.is_blank(piece));
        let start = if is_empty { self.pieces.start } else { from };
        let top = match is_empty && self.lead > 0 {
            true => self.top.min(path.len()),
            false => path.len(),
        };
        let next = Self {
            pieces: start..end,
            lead: end,
            top,
            path,
        };
        let full = std::mem::replace(self, next);
        if !is_empty {
            sections.push(full);
        }
    }
}

/// The titles from the outermost to a section's own, each with its level.
type Path = Vec<(usize, Rc<str>)>;

/// Cuts a text at its headings: those that are `given`, or those of Markdown. A program has `depths`.
pub(super) fn cut(
    text: &str,
    depths: Option<&Depths>,
    given: Option<&[Heading]>,
    pieces: &mut Pieces,
    budget: &Budget,
) -> Vec<Chunk> {
    let sections = match given {
        None => sections(text, pieces),
        Some(headings) => given_sections(headings, depths.is_some(), pieces),
    };
    let ends = ends(&sections);
    let mut chunks = Vec::new();
    let mut group: Option<Group> = None;
    for (mut section, end) in sections.into_iter().zip(ends) {
        if let Some(group) = &mut group
            && group.take(&section, end, pieces, budget)
        {
            continue;
        }
        if depths.is_some()
            && let Some(small) = group.take_if(|group| group.is_lead_of(&section, pieces, budget))
        {
            section.pieces.start = small.section.pieces.start;
        }
        if let Some(full) = group.replace(Group::new(section)) {
            full.cut(text, depths, pieces, budget, &mut chunks);
        }
    }
    if let Some(last) = group {
        last.cut(text, depths, pieces, budget, &mut chunks);
    }
    chunks
}

/// Returns, for each section, where all that belongs below its headings ends.
fn ends(sections: &[Section]) -> Vec<usize> {
    let mut ends = vec![0; sections.len()];
    // Where the next section is that does not belong below this one.
    let mut after = vec![0; sections.len()];
    for (at, section) in sections.iter().enumerate().rev() {
        let mut next = at + 1;
        ends[at] = section.pieces.end;
        while let Some(other) = sections.get(next).filter(|other| section.is_above(other)) {
            ends[at] = ends[next].max(other.pieces.end);
            next = after[next];
        }
        after[at] = next;
    }
    ends
}

/// Sections that become one chunk, or one section that becomes several.
struct Group {
    section: Section,
    /// How many titles of the path all of them share.
    scope: usize,
}

impl Group {
    fn new(section: Section) -> Self {
        Self {
            scope: section.path.len(),
            section,
        }
    }

    /// Takes the next section, if it belongs below the same parent and there is room: for all that is
    /// below its headings up to `end`, unless that needs several chunks anyway.
    fn take(&mut self, next: &Section, end: usize, pieces: &Pieces, budget: &Budget) -> bool {
        let shared = self.shared(&next.path);
        let below = shared == self.scope;
        let beside = next.path.len() == shared + 1 && shared + 1 >= self.section.top;
        let all = self.section.pieces.start..next.pieces.end;
        let fits = |range: Range<usize>| pieces.units(range) <= budget.max;
        let is_parted = fits(next.pieces.start..end) && !fits(self.section.pieces.start..end);
        // What is below this one was meant to be taken along.
        let may_join = below || (beside && !is_parted);
        if !may_join || !fits(all.clone()) {
            return false;
        }
        self.section.pieces = all;
        if self.section.lead == 0 && self.section.path.is_empty() {
            // What stands before the first heading goes under that heading's name.
            *self = Self::new(Section {
                pieces: self.section.pieces.clone(),
                ..next.clone()
            });
        } else {
            self.scope = shared;
        }
        true
    }

    /// Tells whether these are a line or two before a section that is cut in any case: they go to its
    /// beginning rather than stand alone.
    fn is_lead_of(&self, next: &Section, pieces: &Pieces, budget: &Budget) -> bool {
        let is_small = 8 * pieces.units(self.section.pieces.clone()) <= budget.max;
        let is_before = self.shared(&next.path) == self.scope;
        is_small && is_before && pieces.units(next.pieces.clone()) > budget.max
    }

    /// Returns how many titles, at most `scope`, are the same. The same title twice is two.
    fn shared(&self, path: &Path) -> usize {
        let own = self.section.path[..self.scope].iter();
        own.zip(path)
            .take_while(|(a, b)| Rc::ptr_eq(&a.1, &b.1))
            .count()
    }

    fn cut(
        self,
        text: &str,
        depths: Option<&Depths>,
        pieces: &Pieces,
        budget: &Budget,
        chunks: &mut Vec<Chunk>,
    ) {
        let Section {
            pieces: range,
            lead,
            path,
            top: _,
        } = self.section;
        let titles: Vec<&str> = path[..self.scope]
            .iter()
            .map(|(_, title)| &**title)
            .collect();
        let heading = (!titles.is_empty()).then(|| titles.join(" > "));
        fill(pieces, depths, range, lead, budget, &mut |range| {
            chunks.extend(pieces.chunk(text, range, heading.clone()));
        });
    }
}

/// Returns the sections of a text, of which the headings are given: the line of each belongs to it, or
/// of a line that is cut, what follows the heading.
fn given_sections(headings: &[Heading], is_code: bool, pieces: &Pieces) -> Vec<Section> {
    let mut open = Section::first();
    let mut sections = Vec::new();
    let mut headings = headings.iter().peekable();
    // As of what was read so far.
    let mut path = Path::new();
    for piece in 0..pieces.len() {
        let bytes = pieces.bytes(piece);
        let mut is_new = false;
        while let Some(heading) = headings.next_if(|next| next.at <= bytes.start) {
            follow(&mut path, heading);
            is_new = true;
        }
        // What stands beside others on a line is told by what they have in common.
        let mut own = path.clone();
        while let Some(heading) = headings.next_if(|next| next.at < bytes.end) {
            follow(&mut path, heading);
            let same = own.iter().zip(&path);
            let same = same.take_while(|(a, b)| Rc::ptr_eq(&a.1, &b.1)).count();
            own.truncate(same);
        }
        let is_other = own.len() != open.path.len()
            || own
                .iter()
                .zip(&open.path)
                .any(|(a, b)| !Rc::ptr_eq(&a.1, &b.1));
        if is_new || is_other {
            // A key of data stands beside its value, and is no line of its own.
            let lead = if is_code { piece } else { piece + 1 };
            open.begin(own, piece, lead, pieces, &mut sections);
        }
    }
    open.pieces.end = pieces.len();
    sections.push(open);
    sections
}

/// Goes on to what a heading begins.
fn follow(path: &mut Path, heading: &Heading) {
    path.retain(|(level, _)| *level < heading.level);
    if !heading.title.is_empty() {
        path.push((heading.level, shorten(&heading.title).into()));
    }
}

/// Returns the sections of a text. A heading with nothing below it belongs to the next section.
fn sections(text: &str, pieces: &mut Pieces) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut reader = Reader::of(text);
    let mut open = Section::first();
    let mut piece = 0;
    let mut first_line = 0;
    while piece < pieces.len() {
        // A blank piece may be several lines, but then what it starts with tells all about it.
        let end = (piece + 1..pieces.len())
            .find(|p| pieces.begins_line(*p))
            .unwrap_or(pieces.len());
        let line = &text[pieces.bytes(piece).start..pieces.bytes(end - 1).end];
        let (heading, from) = match reader.read(line) {
            Line::Heading(heading) => (Some(heading), piece),
            Line::Underline(heading) => (Some(heading), first_line),
            Line::Verbatim => {
                (piece..end).for_each(|piece| pieces.close_gap(piece));
                (None, piece)
            }
            Line::Other => (None, piece),
        };
        if let Some(heading) = heading {
            let mut path = open.path.clone();
            path.retain(|(level, _)| *level < heading.level);
            if !heading.title.is_empty() {
                path.push((heading.level, shorten(heading.title).into()));
            }
            open.begin(path, from, end, pieces, &mut sections);
        }
        first_line = piece;
        piece = end;
    }
    open.pieces.end = pieces.len();
    sections.push(open);
    sections
}
