//! XML as a stream of what matters: elements by their local names, and text. Entities are not made up,
//! and what a document defines itself is not read.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{ExtractError, Limits, html};

/// What comes next.
pub(super) enum Next {
    Start(Element),
    End(String),
    Text(String),
}

/// An element, and its attributes by their local names.
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Returns those of one local name, which may be of several namespaces.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let all = self
            .attributes
            .iter()
            .filter(move |(known, _)| known == name);
        all.map(|(_, value)| value.as_str())
    }
}

/// Calls `take` for everything in a document, in order. An element without content ends at once.
pub(super) fn each(
    format: &'static str,
    bytes: &[u8],
    limits: &Limits,
    mut take: impl FnMut(Next),
) -> Result<(), ExtractError> {
    let broken = |why: String| ExtractError::Broken { format, why };
    let text = html::decoded(bytes);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    let mut depth = 0_u32;
    loop {
        match reader
            .read_event()
            .map_err(|error| broken(error.to_string()))?
        {
            Event::Start(start) => {
                depth += 1;
                if depth > limits.xml_depth {
                    return Err(ExtractError::TooDeepXml(limits.xml_depth));
                }
                take(Next::Start(element(&start)));
            }
            Event::Empty(start) => {
                let element = element(&start);
                let name = element.name.clone();
                take(Next::Start(element));
                take(Next::End(name));
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                take(Next::End(end.local_name().into_inner().to_owned()));
            }
            Event::Text(text) => take(Next::Text(text.xml10_content().into_owned())),
            Event::CData(data) => take(Next::Text(data.xml10_content().into_owned())),
            Event::GeneralRef(name) => {
                let known = match name.resolve_char_ref() {
                    Ok(Some(c)) => c.to_string(),
                    // One that the document defines itself stands for nothing here.
                    _ => resolve_predefined_entity(&name)
                        .unwrap_or_default()
                        .to_owned(),
                };
                take(Next::Text(known));
            }
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

/// Looks how deep a document is, for libraries that read it themselves. What is damaged is theirs.
pub(super) fn measure(text: &str, limits: &Limits) -> Result<(), ExtractError> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    // No library is to get further than this does.
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut depth = 0_u32;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => depth += 1,
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
        if depth > limits.xml_depth {
            return Err(ExtractError::TooDeepXml(limits.xml_depth));
        }
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false).flatten() {
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let name = attribute.key.local_name().into_inner().to_owned();
        attributes.push((name, value.unwrap_or_default().into_owned()));
    }
    Element {
        name: start.local_name().into_inner().to_owned(),
        attributes,
    }
}
