//! A tree of made-up files: source code and notes, with sizes as in real trees.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::words::{Dice, Vocabulary, unique};

const FILES_PER_FOLDER: usize = 100;
/// Bytes of a file, by the last digit of a throw: most are small, a few are large.
const SIZES: [usize; 10] = [
    1_500, 2_500, 4_000, 6_000, 8_000, 10_000, 13_000, 17_000, 22_000, 36_000,
];

/// A tree on disk.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) root: PathBuf,
    pub(super) files: Vec<PathBuf>,
}

impl Tree {
    /// Writes `count` files below `root`; another `seed` makes other texts.
    pub(super) async fn write(
        root: PathBuf,
        words: &Vocabulary,
        count: usize,
        seed: u64,
    ) -> io::Result<Self> {
        let mut files = Vec::with_capacity(count);
        for number in 0..count {
            let mut dice = Dice::new(seed << 32 | number as u64);
            let folder = root.join(format!("part{:03}", number / FILES_PER_FOLDER));
            if number % FILES_PER_FOLDER == 0 {
                fs::create_dir_all(&folder)?;
                // Ctrl-C is noticed here.
                tokio::task::yield_now().await;
            }
            let (extension, text) = match number % 3 {
                0 => ("md", notes(words, &mut dice)),
                1 => ("rs", code(words, &mut dice)),
                _ => ("py", script(words, &mut dice)),
            };
            let name = format!("{}_{number}.{extension}", words.phrase(&mut dice, 1));
            let path = folder.join(name);
            fs::write(&path, text)?;
            files.push(path);
        }
        Ok(Self { root, files })
    }

    /// Appends a line with a word that nothing else has, and returns the word.
    pub(super) fn touch(path: &Path, number: u64) -> io::Result<String> {
        let word = unique(number);
        let mut text = fs::read_to_string(path)?;
        text.push_str(&format!("\n// changed: {word}\n"));
        fs::write(path, text)?;
        Ok(word)
    }
}

fn size(dice: &mut Dice) -> usize {
    SIZES[dice.between(0, SIZES.len() - 1)]
}

fn notes(words: &Vocabulary, dice: &mut Dice) -> String {
    let size = size(dice);
    let mut text = format!("# {}\n", words.phrase(dice, 4));
    while text.len() < size {
        text.push_str(&format!("\n## {}\n", words.phrase(dice, 3)));
        for _ in 0..dice.between(2, 6) {
            text.push('\n');
            for _ in 0..dice.between(3, 7) {
                let length = dice.between(7, 18);
                text.push_str(&words.phrase(dice, length));
                text.push_str(".\n");
            }
        }
    }
    text
}

fn code(words: &Vocabulary, dice: &mut Dice) -> String {
    let size = size(dice);
    let mut text = format!("//! {}.\n", words.phrase(dice, 8));
    while text.len() < size {
        text.push_str(&format!("\n/// {}.\n", words.phrase(dice, 9)));
        let (name, argument) = (identifier(words, dice), words.phrase(dice, 1));
        text.push_str(&format!("pub fn {name}({argument}: usize) -> usize {{\n"));
        for _ in 0..dice.between(4, 14) {
            let (left, right) = (identifier(words, dice), identifier(words, dice));
            text.push_str(&format!("    let {left} = self.{right}({argument});\n"));
        }
        text.push_str(&format!("    {}\n}}\n", identifier(words, dice)));
    }
    text
}

fn script(words: &Vocabulary, dice: &mut Dice) -> String {
    let size = size(dice);
    let mut text = format!("# {}.\n", words.phrase(dice, 8));
    while text.len() < size {
        text.push_str(&format!("\n# {}.\n", words.phrase(dice, 9)));
        let (name, argument) = (identifier(words, dice), words.phrase(dice, 1));
        text.push_str(&format!("def {name}({argument}: int) -> int:\n"));
        for _ in 0..dice.between(4, 14) {
            let (left, right) = (identifier(words, dice), identifier(words, dice));
            text.push_str(&format!("    {left} = self.{right}({argument})\n"));
        }
        text.push_str(&format!("    return {}\n", identifier(words, dice)));
    }
    text
}

fn identifier(words: &Vocabulary, dice: &mut Dice) -> String {
    let count = dice.between(1, 3);
    words.phrase(dice, count).replace(' ', "_")
}
