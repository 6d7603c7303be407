//! Whether what is called a password, or a key, looks like one.

use super::words::NO_SECRETS;

/// Returns the bits of each character: how little one tells of another.
#[must_use]
pub(super) fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    value
        .iter()
        .for_each(|byte| counts[usize::from(*byte)] += 1);
    let all = value.len() as f64;
    let share = |count: &&u32| f64::from(**count) / all;
    let parts = counts.iter().filter(|count| **count > 0);
    parts
        .map(|count| share(&count))
        .map(|p| -p * p.log2())
        .sum()
}

/// What is longer is not put together from words.
const WORDY: usize = 64;

/// What people type who think of nothing.
const RUNS: &[&[u8]] = &[
    b"123", b"234", b"345", b"456", b"567", b"678", b"789", b"890", b"987", b"abc", b"def", b"111",
    b"000",
];

/// Tells whether something is one of the examples of which documentation is full.
#[must_use]
pub(super) fn is_example(value: &[u8]) -> bool {
    let value = value.to_ascii_lowercase();
    has(&value, b"example") || has(&value, b"xxxxxx") || has(&value, b"00000000")
}

fn has(value: &[u8], part: &[u8]) -> bool {
    value.windows(part.len()).any(|window| window == part)
}

/// Tells whether a value only says where a secret is to be put, or is made up of words.
fn is_placeholder(value: &str, asked: Asked) -> bool {
    let lower = value.to_ascii_lowercase();
    if is_reference(value, asked)
        || has_mark(&lower, asked)
        || ["xxx", "XXX"].iter().any(|mark| value.contains(mark))
        || is_example(value.as_bytes())
        || is_number(value)
        || is_path(value)
        || lower == "hunter2"
    {
        return true;
    }
    value.len() <= WORDY && is_wordy(lower.as_bytes())
}

/// Tells whether nothing is left of a value without the words of documentation.
#[must_use]
pub(super) fn is_wordy(lower: &[u8]) -> bool {
    let left = without_words(lower);
    let digits = left.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_run = RUNS.iter().any(|run| has(&left, run));
    left.len() < 4 || (digits == left.len() && digits < 12) || (is_run && left.len() < 14)
}

/// Tells whether a value has in it what templates have.
fn has_mark(lower: &str, asked: Asked) -> bool {
    let marks = [
        "${",
        "{{",
        "#{",
        "$(",
        "%(",
        "%s",
        "...",
        "***",
        "://",
        "\\x",
        "\\u",
        "…",
        "%20",
        "::",
        "aws4_request",
    ];
    let is_pair = |(open, close): &(char, char)| {
        let opened = lower.find(*open);
        // People put a bracket into a password, and nobody closes it there.
        match asked {
            Asked::Password => opened.is_some_and(|at| lower[at..].contains(*close)),
            _ => opened.is_some() || lower.contains(*close),
        }
    };
    marks.iter().any(|mark| lower.contains(mark))
        || [('{', '}'), ('<', '>'), ('[', ']')].iter().any(is_pair)
}

/// Tells whether a value begins as variables, comments, flags and the like do, and may be one.
fn is_reference(value: &str, asked: Asked) -> bool {
    let signs = "$%@~.(&*#-:!=|\\";
    let mut chars = value.chars();
    let Some(first) = chars.next().filter(|first| signs.contains(*first)) else {
        return false;
    };
    let rest = chars.as_str();
    if value.starts_with("$2") {
        return false;
    }
    let is_plain = rest
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-.:>=/".contains(&byte));
    let is_one = match first {
        '$' => is_plain && !is_leet(rest),
        '#' => is_colour(rest),
        '-' => is_plain && rest.starts_with('-') || !rest.contains(|c: char| c.is_ascii_digit()),
        '!' => false,
        '%' => rest.ends_with('%') || is_plain && !is_varied(rest),
        _ => is_plain && !is_varied(rest),
    };
    asked == Asked::Bare || is_one || !is_secret(rest, asked)
}

fn is_colour(value: &str) -> bool {
    [3, 4, 6, 8].contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Tells whether digits stand for letters, as they do in no name of a variable: more than once.
fn is_leet(value: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let groups = value
        .as_bytes()
        .windows(2)
        .filter(|pair| !is_digit(pair[0]) && is_digit(pair[1]));
    groups.count() >= 2 && !value.contains(['_', '-', '.', '>'])
}

/// Tells whether a value has letters of both cases, and digits.
#[must_use]
pub(super) fn is_varied(value: &str) -> bool {
    let has = |fits: fn(&u8) -> bool| value.as_bytes().iter().any(fits);
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// Returns the letters and digits of a value that are part of none of [`NO_SECRETS`].
fn without_words(value: &[u8]) -> Vec<u8> {
    let (mut left, mut at) = (Vec::new(), 0);
    while at < value.len() {
        let rest = &value[at..];
        let begins = |word: &&&str| rest.starts_with(word.as_bytes());
        match NO_SECRETS.iter().find(begins) {
            Some(word) => at += word.len(),
            None => {
                left.extend(rest[..1].iter().filter(|byte| byte.is_ascii_alphanumeric()));
                at += 1;
            }
        }
    }
    left
}

/// Tells whether a value is a number, a date or a time.
fn is_number(value: &str) -> bool {
    let is_hex = value.strip_prefix("0x").is_some_and(|hex| hex.len() <= 24);
    let is_of_time = |byte: u8| byte.is_ascii_digit() || b"-:.TZ+/_ ".contains(&byte);
    is_hex || value.bytes().all(is_of_time)
}

/// Tells whether a value says where a file is.
fn is_path(value: &str) -> bool {
    let is_code = value.contains(['+', '=', '!', '^']);
    let ending = value.rsplit_once('.').map(|(_, ending)| ending.len());
    let has_ending = ending.is_some_and(|length| (1..=6).contains(&length));
    value.contains('/') && !is_code && has_ending
        || value.strip_prefix('/').is_some_and(|rest| {
            let is_typed = !rest.contains('/') && rest.contains(['!', '@', '$', '^', '*']);
            !is_typed && !is_base64(value)
        })
}

/// Tells whether what begins with a slash is random: one of 64 characters is a slash there, and in
/// paths one of eight.
fn is_base64(value: &str) -> bool {
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let slashes = value.bytes().filter(|byte| *byte == b'/').count();
    value.len() >= 20
        && slashes * 9 <= value.len()
        && value.bytes().all(is_code)
        && is_varied(value)
        && turns(value, 35)
}

/// How much is asked of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It is called a password: people choose these.
    Password,
    /// It is called a key, a secret or a token: machines make them.
    Key,
    /// The same without quotes, where nothing but a value may be: in a shell, or a configuration.
    Word,
    /// The same, but nothing shows where the value ends: it may be an expression of a program.
    Bare,
}

/// Tells whether a value is a secret, and not the name of one.
#[must_use]
pub(super) fn is_secret(value: &str, asked: Asked) -> bool {
    let least = match asked {
        Asked::Password => 6,
        Asked::Key | Asked::Word => 10,
        Asked::Bare => 16,
    };
    let is_printable = |byte: u8| byte.is_ascii_graphic();
    if !(least..=512).contains(&value.len()) || !value.bytes().all(is_printable) {
        return false;
    }
    let count = |fits: fn(&u8) -> bool| value.as_bytes().iter().filter(|byte| fits(byte)).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let (lower, upper) = (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
    let strong = count(|byte| b"!@#$%^&*+=?~".contains(byte));
    let is_long = value.len() >= 20;
    let is_random = digits >= 2
        || is_long && (is_mixed(value) || is_odd(value) || digits == 1 && turns(value, 38));
    let has_kinds = match asked {
        Asked::Password => {
            digits >= 1 || strong >= 1 || value.len() >= 10 && (is_mixed(value) || is_odd(value))
        }
        Asked::Key | Asked::Word => is_random,
        Asked::Bare => {
            let many = value.len() >= 32;
            let is_code = is_long && digits >= 3 && turns(value, 30);
            (digits >= 2 || many && is_random)
                && (strong > 0 || lower > 0 && upper > 0 || many || is_code)
        }
    };
    let least_bits = match asked {
        Asked::Password => 2.2,
        Asked::Key | Asked::Word | Asked::Bare => 3.0,
    };
    letters >= 2
        && has_kinds
        && entropy(value.as_bytes()) >= least_bits
        && !is_expression(value, asked, digits)
        && !is_placeholder(value, asked)
        && !is_name(value, asked)
}

/// Tells whether a value without quotes may be an expression of a program.
fn is_expression(value: &str, asked: Asked, digits: usize) -> bool {
    let is_code = || {
        value.contains(['(', ')', ';', ','])
            || value.contains('.') && value.split('.').all(|part| part.len() < 20)
    };
    match asked {
        Asked::Password | Asked::Key => false,
        Asked::Word => is_identifier(value) && digits < 4 || is_code(),
        Asked::Bare => is_identifier(value) || is_code(),
    }
}

/// Tells whether a value is a name: words and small numbers, joined as programs and addresses join them.
fn is_name(value: &str, asked: Asked) -> bool {
    let joints = |c: char| !c.is_ascii_alphanumeric();
    let is_word = |part: &str| {
        let letters = part.bytes().filter(u8::is_ascii_alphabetic).count();
        let digits = part.len() - letters;
        let vowels = part
            .bytes()
            .filter(|byte| b"aeiouyAEIOUY".contains(byte))
            .count();
        let is_plain = letters == part.len() && (part.len() <= 3 || vowels * 5 >= part.len());
        let is_numbered =
            digits <= 2 && letters >= 3 && vowels * 4 >= letters && !is_chosen(part, asked);
        // A number, or `k8s`.
        let is_short = digits == part.len() && digits <= 4
            || asked != Asked::Password && part.len() <= 3 && part == part.to_ascii_lowercase();
        part.len() <= 20 && !is_mixed(part) && (is_short || is_plain || is_numbered)
    };
    let strong = value.bytes().any(|byte| b"!@#$%^&*+=?~".contains(&byte));
    !strong
        && value
            .split(joints)
            .all(|part| part.is_empty() || is_word(part))
        && value.contains(joints)
        || !strong && is_word(value) && !value.bytes().any(|byte| byte.is_ascii_digit())
        || !strong && is_camel(value) && !is_chosen(value, asked)
}

/// Tells whether digits stand for letters, as they do in what people choose.
fn is_chosen(part: &str, asked: Asked) -> bool {
    let mut triples = part.as_bytes().windows(3);
    asked == Asked::Password
        && triples.any(|triple| {
            let [before, digit, after] = [triple[0], triple[1], triple[2]];
            before.is_ascii_alphabetic() && digit.is_ascii_digit() && after.is_ascii_lowercase()
        })
}

/// Tells whether a value is the name of a constant or of a function: words in one case, with `_`
/// between.
fn is_identifier(value: &str) -> bool {
    let is_plain = |part: &str| {
        let is_word = part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_word && (part == part.to_ascii_lowercase() || part == part.to_ascii_uppercase())
    };
    value.contains('_') && value.split('_').all(is_plain)
}

/// Tells whether letters of both cases and digits take turns as they do in no words.
fn is_mixed(part: &str) -> bool {
    // By chance it is 62 of 100, and at the joints of words 35.
    turns(part, 45)
}

/// Tells whether letters of both cases are no words: these have more vowels.
fn is_odd(value: &str) -> bool {
    let is_vowel = |byte: &u8| b"aeiouyAEIOUY".contains(byte);
    let vowels = value.bytes().filter(|byte| is_vowel(byte)).count();
    let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_plain && vowels * 5 < value.len() && turns(value, 28)
}

/// Tells whether more than `least` of a hundred characters are of another class than the one before.
fn turns(part: &str, least: usize) -> bool {
    let class = |byte: u8| (byte.is_ascii_lowercase(), byte.is_ascii_uppercase());
    let pairs = part.as_bytes().windows(2);
    let all = pairs.len();
    let turns = pairs.filter(|pair| class(pair[0]) != class(pair[1]));
    turns.count() * 100 > all * least
}

/// Tells whether a value is made of words that each begin with a capital, with a number at most.
fn is_camel(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let vowels = value
        .bytes()
        .filter(|byte| b"aeiouAEIOU".contains(byte))
        .count();
    let capitals = value.bytes().filter(u8::is_ascii_uppercase).count();
    is_plain
        && digits <= 2
        && value.len() > 8
        && vowels * 4 >= value.len()
        && capitals * 5 <= value.len() * 2
        && !is_mixed(value)
}
