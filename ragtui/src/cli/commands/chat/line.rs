//! One line of a conversation: a question, or a word to the client.

/// What a line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Nothing,
    Question(&'a str),
    /// Shows passage N, or the list of sources.
    Sources(Option<u32>),
    /// Begins another conversation.
    New,
    Help,
    Quit,
    /// Looks like a word to the client and is none.
    Unknown(&'a str),
}

impl<'a> Line<'a> {
    /// Reads a line. Only single words that begin with a slash are meant for the client: a question
    /// may well begin with the path of a file.
    pub(super) fn read(text: &'a str) -> Self {
        let text = text.trim();
        let mut words = text.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (None, ..) => Self::Nothing,
            (Some("/new"), None, _) => Self::New,
            (Some("/help" | "/?"), None, _) => Self::Help,
            (Some("/quit" | "/exit"), None, _) => Self::Quit,
            (Some("/sources"), None, _) => Self::Sources(None),
            (Some("/sources"), Some(number), None) => {
                let number = number.trim_start_matches('[').trim_end_matches(']');
                number
                    .parse()
                    .map_or(Self::Unknown(text), |number| Self::Sources(Some(number)))
            }
            (Some(word), None, _) if word.starts_with('/') && !word[1..].contains('/') => {
                Self::Unknown(word)
            }
            _ => Self::Question(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_words_after_a_slash_are_meant_for_the_client() {
        let check = |text: &str, expected: Line<'_>| assert_eq!(Line::read(text), expected);
        check("  \t", Line::Nothing);
        check(" how does it work? ", Line::Question("how does it work?"));
        check("/new", Line::New);
        check("/quit", Line::Quit);
        check("/?", Line::Help);
        check("/sources", Line::Sources(None));
        check("/sources 2", Line::Sources(Some(2)));
        check("/sources [2]", Line::Sources(Some(2)));
        check("/sources two", Line::Unknown("/sources two"));
        check("/sorces", Line::Unknown("/sorces"));
        check("/etc/fstab", Line::Question("/etc/fstab"));
        check(
            "/etc/fstab holds what?",
            Line::Question("/etc/fstab holds what?"),
        );
    }
}
