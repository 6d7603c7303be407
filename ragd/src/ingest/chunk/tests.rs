use proptest::prelude::*;

use super::super::extract::{self, Limits, Source};
use super::*;

/// Cuts and shows each chunk as `first-last heading| text`.
fn show(text: &str, kind: Kind, max_tokens: u32, overlap_tokens: u32) -> Vec<String> {
    chunk(
        text,
        of(kind),
        &ChunkParams {
            max_tokens,
            overlap_tokens,
        },
    )
    .into_iter()
    .map(
        |Chunk {
             byte_range,
             line_start,
             line_end,
             heading,
         }| {
            let heading = heading.unwrap_or_default();
            format!("{line_start}-{line_end} {heading}| {}", &text[byte_range])
        },
    )
    .collect()
}

/// A text of which nothing else is known.
fn of(kind: Kind) -> Shape<'static> {
    Shape {
        kind,
        ..Shape::default()
    }
}

#[test]
fn blank_text_has_no_chunks() {
    for text in ["", "\n", " \r\n\t\n"] {
        for kind in [Kind::Markdown, Kind::Prose, Kind::Code] {
            assert!(show(text, kind, 400, 40).is_empty());
        }
    }
}

#[test]
fn blocks_share_a_chunk_while_they_fit() {
    let text = "\r\n  aaaa bbbb\r\nccc\r\n\r\n\r\ndddd eeee ffff\n\ngggg hhhh iiii jjjj kkkk\n";
    assert_eq!(
        show(text, Kind::Code, 9, 0),
        [
            "2-6 |   aaaa bbbb\r\nccc\r\n\r\n\r\ndddd eeee ffff",
            "8-8 | gggg hhhh iiii jjjj kkkk"
        ]
    );
}

#[test]
fn a_long_block_is_cut_at_lines_and_fills_the_chunk_before() {
    let text = "zz\n\naaaa aaaa\nbbbb bbbb\ncccc cccc\ndddd dddd\neeee eeee\n";
    assert_eq!(
        show(text, Kind::Code, 9, 4),
        [
            "1-5 | zz\n\naaaa aaaa\nbbbb bbbb\ncccc cccc",
            "6-7 | dddd dddd\neeee eeee"
        ]
    );
}

#[test]
fn prose_repeats_whole_lines() {
    let text = "aaaa aaaa\nbbbb bbbb\ncccc cccc\ndddd dddd\neeee eeee\nffff ffff\n";
    assert_eq!(
        show(text, Kind::Prose, 8, 3),
        [
            "1-3 | aaaa aaaa\nbbbb bbbb\ncccc cccc",
            "3-5 | cccc cccc\ndddd dddd\neeee eeee",
            "5-6 | eeee eeee\nffff ffff"
        ]
    );
}

#[test]
fn an_endless_line_is_cut_at_spaces_or_characters() {
    let words = "word ".repeat(60);
    for line in show(&words, Kind::Code, 10, 0) {
        assert!(
            line.starts_with("1-1 | word") && line.ends_with("word"),
            "{line}"
        );
    }
    let letters = "é".repeat(100);
    let cut = chunk(
        &letters,
        of(Kind::Code),
        &ChunkParams {
            max_tokens: 10,
            overlap_tokens: 0,
        },
    );
    assert_eq!(cut.iter().map(|c| c.byte_range.len()).max(), Some(40));
    assert_eq!(cut.last().unwrap().byte_range.end, letters.len());
}

#[test]
fn markdown_is_cut_at_headings_with_their_path() {
    let text = "\
intro words here

# Guide

## Install

one two three four five six seven

### Linux

some more words on linux right here

## Use

call it and be happy with it all

Other
=====
end of this little text
";
    assert_eq!(
        show(text, Kind::Markdown, 16, 0),
        [
            "1-1 | intro words here",
            "3-7 Guide > Install| # Guide\n\n## Install\n\none two three four five six seven",
            "9-11 Guide > Install > Linux| ### Linux\n\nsome more words on linux right here",
            "13-15 Guide > Use| ## Use\n\ncall it and be happy with it all",
            "17-19 Other| Other\n=====\nend of this little text",
        ]
    );
}

#[test]
fn small_sections_of_one_parent_share_a_chunk() {
    let text = "# A\n## B\nb\n## C\nc\n### D\nd\n# E\ne\n";
    assert_eq!(
        show(text, Kind::Markdown, 400, 0),
        [format!("1-9 | {}", text.trim_end())]
    );
    let long = format!(
        "# A\n{}\n## B\nb\n## C\nc\n### D\nd\n# E\ne\n",
        "word ".repeat(23)
    );
    assert_eq!(
        show(&long, Kind::Markdown, 28, 0)[1..],
        ["3-8 A| ## B\nb\n## C\nc\n### D\nd", "9-10 E| # E\ne"]
    );
}

#[test]
fn what_stands_before_the_title_goes_with_it() {
    let text = "---\nlang: en\n---\n\n# A\na\n## B\nb\n";
    assert_eq!(
        show(text, Kind::Markdown, 400, 0),
        [format!("1-8 A| {}", text.trim_end())]
    );
}

#[test]
fn equal_titles_are_different_sections() {
    let text =
        "# A\naaaa bbbb cccc\n## X\naaaa bbbb cccc\n# A\naaaa bbbb cccc\n## X\naaaa bbbb cccc\n";
    let headings: Vec<_> = chunk(
        text,
        of(Kind::Markdown),
        &ChunkParams {
            max_tokens: 8,
            overlap_tokens: 0,
        },
    )
    .into_iter()
    .map(|chunk| (chunk.line_start, chunk.heading.unwrap()))
    .collect();
    let expected = [(1, "A"), (3, "A > X"), (5, "A"), (7, "A > X")];
    assert_eq!(
        headings,
        expected.map(|(line, heading)| (line, heading.to_owned()))
    );
}

#[test]
fn a_heading_is_not_left_alone() {
    let body = "word ".repeat(30);
    for text in [
        format!("# A\n\n## B\n\n{body}\n"),
        format!("# A\n\n## B\n\nx\n{body}\n{body}\n"),
    ] {
        for line in show(&text, Kind::Markdown, 20, 0) {
            assert!(line.contains("word"), "{line}");
        }
    }
    assert_eq!(show("# A\n", Kind::Markdown, 20, 0), ["1-1 A| # A"]);
    // A line that fills a chunk by itself still takes its headings along, beyond the limit.
    let line = "word ".repeat(17);
    let text = format!("# A\n\n## B\n\n{line}\n\nmore\n");
    let expected = format!("1-5 A > B| # A\n\n## B\n\n{}", line.trim_end());
    assert_eq!(
        show(&text, Kind::Markdown, 20, 0),
        [expected, "7-7 A > B| more".to_owned()]
    );
}

#[test]
fn what_looks_like_a_heading_is_none() {
    let check = |text: &str| {
        let headings = chunk(text, of(Kind::Markdown), &ChunkParams::default());
        assert!(
            headings.iter().all(|chunk| chunk.heading.is_none()),
            "{text}"
        );
        assert_eq!(markdown::first_heading(text), None, "{text}");
    };
    check("```sh\n# no\n```\n");
    check("~~~~\n# no\n~~~\n# no\n");
    check("  - item\n    ```\n    # no\n    ```\n");
    check("#no\n");
    check("####### no\n");
    check("    # no\n");
    check("- item\n---\n");
    check("| a |\n---\n");
    check("text\n\n---\n");
    check("---\ntitle: no\n---\ntext\n");
    check("a\nb\nc\n\n===\n");
}

#[test]
fn titles_are_clean() {
    let check = |text: &str, title: &str| {
        assert_eq!(
            markdown::first_heading(text).as_deref(),
            Some(title),
            "{text}"
        );
    };
    check("# A ##\r\n", "A");
    check("# C#\n", "C#");
    check("   ##\tB\n", "B");
    check("#\n# next\n", "next");
    check("Title\n---\n", "Title");
    check("``` inline ``` code\n# A\n", "A");
    check(&format!("# {}", "é".repeat(500)), &"é".repeat(100));
}

#[test]
fn the_fingerprint_names_everything_that_matters() {
    assert_eq!(
        fingerprint(&ChunkParams::default()),
        "extract-8 chunk-3 max=400 overlap=40"
    );
}

#[test]
fn estimates_add_up_by_kinds_of_characters() {
    let check = |text: &str, expected: u32| assert_eq!(tokens(text), expected, "{text}");
    check("", 0);
    check("a", 1);
    check("word ".repeat(8).as_str(), 9);
    check("12345678", 3);
    check("漢字", 2);
    check("éééé", 2);
    check("🎈", 2);
}

/// The laws, for any text.
fn check_laws(text: &str, kind: Kind, params: &ChunkParams) -> Result<(), TestCaseError> {
    let chunks = chunk(text, of(kind), params);
    let mut covered = 0;
    for (
        i,
        Chunk {
            byte_range,
            line_start,
            line_end,
            heading,
        },
    ) in chunks.iter().enumerate()
    {
        let passage = text.get(byte_range.clone());
        prop_assert!(passage.is_some(), "cut within a character");
        let passage = passage.unwrap();
        let newlines = |text: &str| u32::try_from(text.matches('\n').count()).unwrap();
        prop_assert_eq!(*line_start, 1 + newlines(&text[..byte_range.start]));
        prop_assert_eq!(*line_end, line_start + newlines(passage));
        prop_assert!(!passage.trim_ascii().is_empty());
        prop_assert_eq!(passage.trim_ascii_end(), passage);
        prop_assert!(!passage.lines().next().unwrap().trim_ascii().is_empty());
        if i > 0 {
            let before = &chunks[i - 1].byte_range;
            prop_assert!(before.start < byte_range.start && before.end < byte_range.end);
            let overlap = before.end.saturating_sub(byte_range.start);
            prop_assert!(overlap == 0 || kind == Kind::Prose);
            prop_assert!(
                tokens(&text[byte_range.start..byte_range.start + overlap])
                    <= params.overlap_tokens
            );
        }
        if byte_range.start > covered {
            prop_assert!(
                text.as_bytes()[covered..byte_range.start]
                    .trim_ascii()
                    .is_empty()
            );
        }
        covered = byte_range.end;
        let max = params.max_tokens.max(8);
        let headings = if kind == Kind::Markdown { max } else { 0 };
        prop_assert!(tokens(passage) <= max + headings);
        prop_assert!(heading.is_none() || kind == Kind::Markdown);
    }
    prop_assert!(text.as_bytes()[covered..].trim_ascii().is_empty());
    prop_assert_eq!(chunks, chunk(text, of(kind), params));
    Ok(())
}

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z]{1,8} ",
        4 => Just("\n".to_owned()),
        2 => Just("\n\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("# ".to_owned()),
        1 => Just("\n## B\n".to_owned()),
        1 => Just("\n### C\n\n".to_owned()),
        1 => Just("\n```\n".to_owned()),
        1 => Just("---\n".to_owned()),
        1 => Just("===".to_owned()),
        1 => "[ \t]{1,40}",
        1 => "\\PC{0,12}",
        1 => "[0-9é漢🎈]{1,60}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_heading_does_not_reach_over_much_white_space() {
    let text = format!("### C\n\n\n{}aaaaaaaa ", " \t".repeat(40));
    let params = ChunkParams {
        max_tokens: 1,
        overlap_tokens: 0,
    };
    check_laws(&text, Kind::Markdown, &params).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn chunks_obey_the_laws(
        text in texts(),
        kind in prop_oneof![Just(Kind::Markdown), Just(Kind::Prose), Just(Kind::Code)],
        max_tokens in 1u32..60,
        overlap_tokens in 0u32..20,
    ) {
        check_laws(&text, kind, &ChunkParams { max_tokens, overlap_tokens })?;
    }
}

#[test]
fn headings_that_are_given_make_sections() {
    let text = "before\n1 First\none\n1.1 Sub\ntwo\n2 Second\nthree\n";
    let heading = |title: &str, level| Heading {
        at: text.find(title).unwrap(),
        level,
        title: title.to_owned(),
    };
    let headings = [
        heading("1 First", 1),
        heading("1.1 Sub", 2),
        heading("2 Second", 1),
    ];
    let params = ChunkParams {
        max_tokens: 8,
        overlap_tokens: 0,
    };
    let chunks = chunk(
        text,
        Shape {
            headings: &headings,
            ..of(Kind::Prose)
        },
        &params,
    );
    let found: Vec<_> = chunks
        .iter()
        .map(|chunk| (chunk.line_start, chunk.heading.as_deref()))
        .collect();
    let expected = [
        // What stands before the first goes under its name.
        (1, Some("1 First")),
        (4, Some("1 First > 1.1 Sub")),
        (6, Some("2 Second")),
    ];
    assert_eq!(found, expected);
}

#[test]
fn passages_of_data_say_where_they_are() {
    let values = "\"x1\": \"some value\", ".repeat(12);
    let text = format!(
        "{{\"server\": {{\"ports\": {{{values}\"end\": 0}}}}, \"log\": {{{values}\"end\": 0}}}}"
    );
    let params = ChunkParams {
        max_tokens: 60,
        overlap_tokens: 0,
    };
    for text in [
        text.clone(),
        text.replace(", ", ",\n").replace(": {", ": {\n"),
    ] {
        let read = extract::extract(&Source::new(
            text.as_bytes(),
            "a.json".as_ref(),
            &Limits::default(),
        ));
        let read = read.unwrap();
        let chunks = chunk(
            &read.text,
            Shape {
                kind: read.kind,
                headings: &read.headings,
                seams: &read.seams,
            },
            &params,
        );
        let of = |what: &str| {
            let found = chunks.iter().filter(|chunk| {
                let heading = chunk.heading.as_deref().unwrap_or_default();
                heading.starts_with(what)
            });
            found.count()
        };
        assert!(of("server") >= 2 && of("server > ports") >= 1, "{chunks:?}");
        assert!(of("log") >= 2, "{chunks:?}");
        let mut of_log = chunks
            .iter()
            .filter(|chunk| chunk.heading.as_deref() == Some("log"));
        assert!(of_log.all(|chunk| !text[chunk.byte_range.clone()].contains("ports")));
    }
}
