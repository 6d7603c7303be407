//! Programs in C whose braces depend on conditions: `#ifdef A / if (x) { / #else / if (y) { / #endif`.
//! No grammar understands both branches at once, so all but one are made blank.

/// Returns a text of the same length that has the first branch of each condition only, and no
/// condition; none if it has no condition.
pub(super) fn first_ones(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    // For each condition around: whether its branch is left, and whether one was before.
    let mut around: Vec<(bool, bool)> = Vec::new();
    let mut goes_on = false;
    let mut has_some = false;
    for line in text.split_inclusive('\n') {
        let word = match goes_on {
            true => None,
            false => directive(line),
        };
        let is_left = match word {
            Some(Word::If { never }) => {
                around.push((!never, !never));
                false
            }
            Some(Word::Else) => {
                if let Some((now, before)) = around.last_mut() {
                    *now = !*before;
                    *before = true;
                }
                false
            }
            Some(Word::End) => {
                around.pop();
                false
            }
            None => !goes_on && around.iter().all(|(now, _)| *now),
        };
        has_some |= word.is_some();
        // A condition may go on in the next line.
        goes_on = (word.is_some() || goes_on) && line.trim_end().ends_with('\\');
        if is_left {
            out.push_str(line);
        } else {
            let blank = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
            out.extend(line.bytes().map(blank));
        }
    }
    has_some.then_some(out)
}

#[derive(Clone, Copy)]
enum Word {
    If { never: bool },
    Else,
    End,
}

fn directive(line: &str) -> Option<Word> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphabetic());
    let (word, condition) = rest.split_at(end.unwrap_or(rest.len()));
    match word {
        "if" => Some(Word::If {
            never: condition.trim() == "0",
        }),
        "ifdef" | "ifndef" => Some(Word::If { never: false }),
        "else" | "elif" | "elifdef" | "elifndef" => Some(Word::Else),
        "endif" => Some(Word::End),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::first_ones;

    #[test]
    fn one_branch_of_each_condition_is_left() {
        for (text, expected) in [
            ("a\n#if A\nb\n#elif B\nc\n#else\nd\n#endif\ne\n", "a b e"),
            ("#if 0\nb\n#else\nd\n#endif\n", "d"),
            ("#ifdef A\n# if 0\nb\n# endif\nc\n#else\nd\n#endif\n", "c"),
            ("#if A || \\\n  B\nb\n#endif\n", "b"),
            ("#ifdef A\nb", "b"),
            ("#endif\na\n#else\nb\n", "a b"),
            ("#if A\n\u{e4}\r\n#else\n\u{f6}\r\n#endif\n", "\u{e4}"),
        ] {
            let left = first_ones(text).unwrap();
            assert_eq!(left.len(), text.len(), "{text:?}");
            assert_eq!(left.lines().count(), text.lines().count(), "{text:?}");
            let words: Vec<_> = left.split_whitespace().collect();
            assert_eq!(words.join(" "), expected, "{text:?}");
        }
        assert_eq!(first_ones("#include <a.h>\n#define A 1\nint a;\n"), None);
    }
}
