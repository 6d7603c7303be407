//! What of a chunk is searched by words, the same in every backend: its text, and beside it the
//! words of path and heading.

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
