//! Programs in C whose braces depend on conditions: `#ifdef A / if (x) { / #else / if (y) { / #endif`.
//! No grammar understands both branches at once, so all but one are made blank.

/// A branch of a condition.
struct Branch {
    is_left: bool,
    /// This one or one before it is left.
    has_left: bool,
    /// Braces that it opens and does not close.
    open: i32,
    /// Its last line begins something that goes on below.
    goes_on: bool,
}

impl Branch {
    fn new(is_left: bool, has_left: bool) -> Self {
        Self {
            is_left,
            has_left,
            open: 0,
            goes_on: false,
        }
    }

    fn read(&mut self, line: &str) {
        self.open += opened(line);
        let line = line.trim_end();
        if let Some(last) = line.bytes().last() {
            // Behind a comment may be anything, before it is something whole most of the time.
            let is_whole = matches!(last, b';' | b'}' | b',' | b'{' | b':') || line.ends_with("*/");
            self.goes_on = !is_whole && !line.trim_start().starts_with(['#', '*', '/']);
        }
    }

    fn is_half(&self) -> bool {
        self.open != 0 || self.goes_on
    }
}

/// Returns a text of the same length that has the first branch of each condition only, and no
/// condition; none if each branch is something whole: the grammar understands those as they are.
pub(super) fn first_ones(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut around: Vec<Branch> = Vec::new();
    let mut goes_on = false;
    let mut has_halves = false;
    for line in text.split_inclusive('\n') {
        let word = match goes_on {
            true => None,
            false => directive(line),
        };
        if let (Some(_), Some(branch)) = (word, around.last_mut()) {
            let is_condition_within = matches!(word, Some(Word::If { .. }));
            has_halves |= branch.is_half() && !is_condition_within;
        }
        let is_left = match word {
            Some(Word::If { never }) => {
                around.push(Branch::new(!never, !never));
                false
            }
            Some(Word::Else) => {
                if let Some(branch) = around.last_mut() {
                    *branch = Branch::new(!branch.has_left, true);
                }
                false
            }
            Some(Word::End) => {
                around.pop();
                false
            }
            None => !goes_on && around.iter().all(|branch| branch.is_left),
        };
        if let (None, Some(branch)) = (word, around.last_mut()) {
            branch.read(line);
        }
        // A condition may go on in the next line.
        goes_on = (word.is_some() || goes_on) && line.trim_end().ends_with('\\');
        if is_left {
            out.push_str(line);
        } else {
            let blank = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
            out.extend(line.bytes().map(blank));
        }
    }
    has_halves.then_some(out)
}

/// Returns how many braces a line opens and does not close. One in a string is one too many, and costs
/// no more than a second look.
fn opened(line: &str) -> i32 {
    let sum = |sum, byte| match byte {
        b'{' => sum + 1,
        b'}' => sum - 1,
        _ => sum,
    };
    line.bytes().fold(0, sum)
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
            (
                "a\n#if A\n{\n#elif B\n{c\n#else\n{d\n#endif\ne }\n",
                "a { e }",
            ),
            ("#if 0\nb\n#else\nd }\n#endif\n", "d }"),
            ("#ifdef A\n# if 0\nb\n# endif\nc{\n#else\nd\n#endif\n", "c{"),
            ("#if A || \\\n  B\nb{\n#endif\n", "b{"),
            ("#ifdef A\n#if B\n}\n#endif\n#endif", "}"),
            (
                "#if A\nint a(b)\n#else\nint a(c)\n#endif\n{}\n",
                "int a(b) {}",
            ),
            ("#endif\na\n#else\nb\n#if A\n{\n#endif", "a b {"),
            ("#if A\n\u{e4}}\r\n#else\n\u{f6}\r\n#endif\n", "\u{e4}}"),
        ] {
            let left = first_ones(text).unwrap();
            assert_eq!(left.len(), text.len(), "{text:?}");
            assert_eq!(left.lines().count(), text.lines().count(), "{text:?}");
            let words: Vec<_> = left.split_whitespace().collect();
            assert_eq!(words.join(" "), expected, "{text:?}");
        }
        for whole in [
            "#include <a.h>\n#define A {\nint a;\n",
            "void a() {\n#if A\nif (b) {\n#if B\nc;\n#endif\n}\n#else\nd;\n\n/* f */\n#endif\n}\n",
        ] {
            assert_eq!(first_ones(whole), None);
        }
    }
}
