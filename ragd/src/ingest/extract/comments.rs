//! Comments in Word and PowerPoint, which the library leaves out.

use std::collections::HashMap;

use undoc::FormatType;

use super::xml::{self, Next};
use super::zipped::Zipped;
use super::{ExtractError, Limits, Source};

/// Each is a paragraph, with who wrote it.
#[derive(Default)]
pub(super) struct Comments {
    pub(super) of_text: String,
    /// By the numbers of the slides.
    pub(super) of_slides: HashMap<u32, String>,
}

pub(super) fn read(
    name: &'static str,
    format: FormatType,
    source: &Source<'_>,
) -> Result<Comments, ExtractError> {
    let mut comments = Comments::default();
    let limits = source.limits;
    match format {
        FormatType::Docx => {
            if let Some(part) = Zipped::open(name, source)?.part("word/comments.xml")? {
                comments.of_text = written(name, &part, &HashMap::new(), limits)?;
            }
        }
        FormatType::Pptx => {
            comments.of_slides = of_slides(name, Zipped::open(name, source)?, limits)?;
        }
        // The library puts them into their cells, and old formats are all its own.
        FormatType::Xlsx | FormatType::Xls | FormatType::Doc | FormatType::Ppt => {}
    }
    Ok(comments)
}

fn of_slides(
    format: &'static str,
    mut file: Zipped<'_>,
    limits: &Limits,
) -> Result<HashMap<u32, String>, ExtractError> {
    const MAIN: &str = "ppt/presentation.xml";
    let mut comments = HashMap::new();
    if file.names(&["ppt/comments/"]).is_empty() {
        return Ok(comments);
    }
    let mut names = HashMap::new();
    for part in ["ppt/commentAuthors.xml", "ppt/authors.xml"] {
        let authors = file.part(part)?.unwrap_or_default();
        xml::each(format, &authors, limits, |next| {
            if let Next::Start(element) = next
                && let (Some(id), Some(name)) = (element.get("id"), element.get("name"))
            {
                names.insert(id.to_owned(), name.to_owned());
            }
        })?;
    }
    let relations = file.relations(MAIN)?;
    let mut slides = Vec::new();
    xml::each(format, &file.needed(MAIN)?, limits, |next| {
        if let Next::Start(element) = next
            && element.name == "sldId"
        {
            // It has a number of its own, too.
            let slide = element.all("id").find_map(|id| relations.get(id));
            slides.push(slide.map(|slide| slide.part.clone()));
        }
    })?;
    for (number, slide) in (1..).zip(slides) {
        let Some(slide) = slide else { continue };
        for relation in file.relations(&slide)?.into_values() {
            if relation.kind == "comments"
                && let Some(part) = file.part(&relation.part)?
            {
                let text: &mut String = comments.entry(number).or_default();
                text.push_str(&written(format, &part, &names, limits)?);
            }
        }
    }
    Ok(comments)
}

#[derive(Default)]
struct Comment {
    author: Option<String>,
    text: String,
}

fn written(
    format: &'static str,
    part: &[u8],
    names: &HashMap<String, String>,
    limits: &Limits,
) -> Result<String, ExtractError> {
    let mut all: Vec<Comment> = Vec::new();
    // Answers stand within what they answer.
    let mut open = Vec::new();
    let mut is_text = false;
    xml::each(format, part, limits, |next| match next {
        Next::Start(element) => match element.name.as_str() {
            "comment" | "cm" | "reply" => {
                let named = element.get("authorId").and_then(|id| names.get(id));
                let author = element.get("author").or(named.map(String::as_str));
                open.push(all.len());
                all.push(Comment {
                    author: author.map(str::to_owned),
                    text: String::new(),
                });
            }
            name => is_text = matches!(name, "t" | "text"),
        },
        Next::End(name) => {
            match (name.as_str(), open.last()) {
                ("comment" | "cm" | "reply", _) => {
                    open.pop();
                }
                ("p" | "br" | "tab", Some(at)) => all[*at].text.push(' '),
                _ => {}
            }
            is_text = false;
        }
        Next::Text(text) => {
            if let (true, Some(at)) = (is_text, open.last()) {
                all[*at].text.push_str(&text);
            }
        }
    })?;
    let written = all.iter().filter_map(|comment| {
        let words: Vec<_> = comment.text.split_whitespace().collect();
        let text = words.join(" ");
        let line = match comment.author.as_deref().map(str::trim) {
            None | Some("") => format!("{text}\n\n"),
            Some(author) => format!("{author}: {text}\n\n"),
        };
        (!text.is_empty()).then_some(line)
    });
    Ok(written.collect())
}
