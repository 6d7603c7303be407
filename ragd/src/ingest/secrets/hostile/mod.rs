//! What a hostile review planted: each secret stands between `⟦` and `⟧`, and all of it has to go and
//! nothing else. `¦` is left out, so that no scanner of those who host this repository finds one here;
//! `{b40}` is made of forty random characters of base64, and so on (see [`Dice::of`]).

mod given;
mod shapes;
mod told;

use super::find::find;

const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ234567";
const ALNUM: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE64: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";

/// Numbers that look like none, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, letters: &str, length: usize) -> String {
        let letters = letters.as_bytes();
        let mut next = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            char::from(letters[(self.0 >> 33) as usize % letters.len()])
        };
        (0..length).map(|_| next()).collect()
    }

    /// Returns the line without its marks, and where its secrets are.
    fn of(&mut self, template: &str) -> (String, Vec<std::ops::Range<usize>>) {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let is_length = |c: char| c.is_ascii_digit();
            let letters = after.chars().next().and_then(|class| match class {
                'b' => Some(BASE64),
                'h' => Some(HEX),
                'u' => Some(UPPER),
                'a' => Some(ALNUM),
                _ => None,
            });
            let known = letters.zip(after.split_once('}'));
            match known.filter(|(_, (name, _))| name.len() > 1 && name[1..].chars().all(is_length))
            {
                Some((letters, (name, after))) => {
                    filled.push_str(&self.roll(letters, name[1..].parse().unwrap()));
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        let (mut text, mut secrets, mut open) = (String::new(), Vec::new(), 0);
        for c in filled.chars() {
            match c {
                '¦' => {}
                '⟦' => open = text.len(),
                '⟧' => secrets.push(open..text.len()),
                _ => text.push(c),
            }
        }
        (text, secrets)
    }
}

/// All secrets of each template are found, and nothing else.
fn check(templates: &[&str]) {
    let mut wrong = Vec::new();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for template in templates {
        assert!(template.contains('⟦'), "{template}");
        let (text, secrets) = dice.of(template);
        let found: Vec<_> = find(&text).into_iter().map(|hit| hit.range).collect();
        if found != secrets {
            let found: Vec<_> = found.into_iter().map(|range| &text[range]).collect();
            wrong.push(format!("{text}\n    gave {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check_plain(texts: &[&str]) {
    for text in texts {
        let found: Vec<_> = find(text).into_iter().map(|hit| &text[hit.range]).collect();
        assert!(found.is_empty(), "{text}\n    gave {found:?}");
    }
}
