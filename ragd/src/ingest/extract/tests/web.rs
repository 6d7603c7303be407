//! Pages of the web: no text of theirs is lost because of what stands around it.

use super::formats::left_out;
use super::*;

fn page(body: &str) -> String {
    let page = format!("<!DOCTYPE html><html><body>{body}</body></html>");
    let found = extract(page.as_bytes(), Path::new("a.html")).unwrap();
    found.text
}

#[test]
fn a_page_is_all_of_its_text() {
    for (body, kept) in [
        (
            "<h1>Doc</h1><p>hareone</p><article><p>teaser</p></article><p>harethree</p>",
            &["# Doc", "hareone", "teaser", "harethree"][..],
        ),
        (
            "<script>var s=\"<main>x</main>\";</script><p>hareseven</p>",
            &["hareseven"],
        ),
        (
            "<p>four</p><!-- <main> --><p>five</p><!-- </main> --><p>six</p>",
            &["four", "five", "six"],
        ),
        (
            "<form action=x><h1>Doc</h1><p>hareone <input value=no><textarea>haretwo</textarea></form>",
            &["# Doc", "hareone", "haretwo"],
        ),
        (
            "<article>hareone</article><article>haretwo</article>",
            &["hareone", "haretwo"],
        ),
        (
            "<main>hareone</main><main>haretwo</main>",
            &["hareone", "haretwo"],
        ),
        (
            "<main>hareone</main><div>not all of haretwo is around</div>",
            &["hareone", "haretwo"],
        ),
        (
            "<p>hareone<aside>and haretwo</aside>",
            &["hareone", "haretwo"],
        ),
        ("<footer>harefour</footer>", &["harefour"]),
        ("<dialog open>harefive</dialog>", &["harefive"]),
        (
            "<article><p>the words of hareone are many and they go on and on and on</p>\
             <aside>haretwo</aside><blockquote>harethree<footer>harefour</footer></blockquote></article>",
            &["hareone", "haretwo", "harethree", "harefour"],
        ),
    ] {
        let text = page(body);
        for word in kept {
            assert!(text.contains(word), "no {word} of {body}: {text}");
        }
    }
}

#[test]
fn what_stands_around_a_text_is_none_of_it() {
    let text = "the words of hareone are many. ".repeat(20);
    for body in [
        format!("<nav>menu</nav><p>{text}<aside>menu</aside><footer>menu</footer>"),
        format!("<p>menu<main><p>{text}</main><p>menu"),
        format!("<p>menu<article><p>{text}<article>an answer</article></article><p>menu"),
        format!("<p>{text}<dialog>menu</dialog><template>menu</template><button>menu</button>"),
        format!("<p>{text}<select><option>menu</select><svg><title>menu</title></svg>"),
    ] {
        let found = page(&body);
        assert!(found.contains(text.trim()), "{body}: {found}");
        assert!(!found.contains("menu"), "{body}: {found}");
    }
}

#[test]
fn a_page_says_who_wrote_it() {
    let page = "<!DOCTYPE html><!-- <title>no</title> --><html><head>\
        <script>'<title>no</title><meta name=author content=no>'</script>\
        <title>Hares &amp;\n more</title><meta name=author content=X><META NAME='Date' content=2024-05-31>\
        <meta property=\"article:author\" content=\"A &quot;Hare&quot;\">\
        <meta content=\"sea, cold\" name=keywords></head><body>text<svg><title>no</title></svg>";
    let found = extract(page.as_bytes(), Path::new("a.html")).unwrap();
    assert_eq!(found.title.as_deref(), Some("Hares & more"));
    let expected = [
        ("author", "X"),
        ("date", "2024-05-31"),
        ("author", "A \"Hare\""),
        ("tag", "sea"),
        ("tag", "cold"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(found.facts.into_pairs(), expected);
}

/// A message with a text and a page that should say the same.
fn alternatives(text: &str, page: &str) -> String {
    let mail = format!(
        "From: a@x.org\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/alternative; boundary=B\r\n\r\n\
         --B\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\
         --B\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n--B--\r\n"
    );
    let found = extract(mail.as_bytes(), Path::new("a.eml")).unwrap();
    assert_eq!(left_out(&found), []);
    found.text
}

#[test]
fn of_a_text_and_a_page_that_differ_nothing_is_lost() {
    let words = "The walrus meets the seal on Tuesday at the ice, and brings 3 fish.";
    for (text, page, kept, gone) in [
        // They say the same, in lines of another length.
        (
            "The walrus meets the seal on Tuesday\r\nat the ice, and brings 3 fish.",
            &format!("<p><b>{words}</b> <a href=\"https://x.org/123?u=4\">More</a></p>") as &str,
            &["on Tuesday\r\nat the"][..],
            "**",
        ),
        (
            "明天的会议改到\r\n下午三点。",
            "<p>明天的会议改到下午三点。</p>",
            &["明天的会议改到\r\n下午三点"],
            "明天的会议改到下午三点",
        ),
        // The page says all.
        (
            "The walrus meets the seal",
            &format!("<p>{words}</p><footer>the ice club</footer>"),
            &[words, "the ice club"],
            "seal\n",
        ),
        ("", &format!("<p>{words}</p>"), &[words], "**"),
        // Each says something else.
        (
            "Your mail program does not show HTML.",
            "<p>hareone</p>",
            &["does not show HTML", "hareone"],
            "**",
        ),
        (words, "<p></p>", &[words], "**"),
    ] {
        let found = alternatives(text, page);
        for words in kept {
            assert!(found.contains(words), "no {words}: {found}");
        }
        assert!(!found.contains(gone), "{gone}: {found}");
        assert!(found.matches("walrus").count() < 2, "{found}");
    }
}

#[test]
fn pages_of_mail_have_nothing_around() {
    let text = "the words of hareone are many. ".repeat(20);
    let mail = format!(
        "From: a@x.org\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <p>before</p><main>{text}</main><aside>haretwo</aside><footer>harethree</footer>"
    );
    let found = extract(mail.as_bytes(), Path::new("a.eml")).unwrap();
    for words in ["before", text.trim(), "haretwo", "harethree"] {
        assert!(found.text.contains(words), "no {words}: {}", found.text);
    }
}
