//! What no source of ours contains.

use std::fs;

use crate::rust::{code_only, files};
use crate::{report, root};

const CRATES: [&str; 3] = ["protocol", "ragd", "ragtui"];

/// The one file that may print (it also decides about colour and width).
const OUTPUT: &str = "ragtui/src/cli/output.rs";

#[test]
fn only_the_output_file_prints() {
    let printing = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];
    let mut findings = Vec::new();
    for file in CRATES
        .iter()
        .flat_map(|name| files(&root().join(name).join("src")))
    {
        let shown = file
            .strip_prefix(root())
            .expect("below the root")
            .display()
            .to_string();
        let code = code_only(&fs::read_to_string(&file).expect("a source is text"));
        // Tests may print, and they stand below the code.
        let code = code
            .lines()
            .take_while(|line| line.trim() != "#[cfg(test)]");
        for (number, line) in code.enumerate() {
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '!');
            for word in words.filter(|word| printing.contains(word)) {
                if shown != OUTPUT {
                    findings.push(format!("{shown}:{}: `{word}`", number + 1));
                }
            }
        }
    }
    report(
        &format!("use tracing; results go through {OUTPUT}"),
        &findings,
    );
}

#[test]
fn what_is_left_to_do_has_an_issue_number() {
    // In two halves, so that this file does not find itself.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let mut findings = Vec::new();
    for file in CRATES.iter().flat_map(|name| files(&root().join(name))) {
        let shown = file
            .strip_prefix(root())
            .expect("below the root")
            .display()
            .to_string();
        let source = fs::read_to_string(&file).expect("a source is text");
        for (number, line) in source.lines().enumerate() {
            let comment = line.split_once("//").map_or("", |(_, comment)| comment);
            let marked = comment
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|word| marks.contains(&word));
            let numbered = line
                .split('#')
                .skip(1)
                .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            if marked && !numbered {
                findings.push(format!("{shown}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    report(
        "open ends carry the number of an issue, as in `(#12)`",
        &findings,
    );
}
