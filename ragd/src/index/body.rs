//! What of a chunk is searched by words, the same in every backend: its text, and beside it the
//! words of path and heading, and the names that it defines.

use super::{NewChunk, SymbolKind};

/// The words of the file's stem twice and of its three nearest folders: what a file is called says
/// more about it than any one line in it.
pub(super) fn path_words(path: &str) -> String {
    let mut parts = path.rsplit('/').filter(|part| !part.is_empty());
    let name = parts.next().unwrap_or_default();
    let stem = match name.rfind('.') {
        Some(at) if at > 0 => &name[..at],
        _ => name,
    };
    let mut words = format!("{stem} {stem}");
    for folder in parts.take(3) {
        words.push(' ');
        words.push_str(folder);
    }
    words
}

/// Returns the word that stands for the definition of a name. No word of a text is like it.
pub(super) fn definition(name: &str) -> String {
    format!("={}", name.to_lowercase())
}

/// Returns a word for each name that a chunk defines: whoever asks for a name wants the place where
/// it is from, and not one of the many that mention it.
pub(super) fn definitions(chunk: &NewChunk) -> impl Iterator<Item = String> {
    // An item may have begun before, or have only its comments here.
    let lines = chunk.place.line_start..=chunk.place.line_end;
    let symbols = chunk.symbols.iter();
    symbols
        .filter(move |symbol| lines.contains(&symbol.line_start) && symbol.kind != SymbolKind::Impl)
        .map(|symbol| definition(symbol.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_words_are_the_stem_twice_and_three_folders() {
        for (path, words) in [
            (
                "src/http/parse_request.rs",
                "parse_request parse_request http src",
            ),
            ("a/b/c/d/e.tar.gz", "e.tar e.tar d c b"),
            (".bashrc", ".bashrc .bashrc"),
            ("", " "),
        ] {
            assert_eq!(path_words(path), words, "{path}");
        }
    }
}
