//! The encoding of a text, where only the server says it: what is kept is UTF-8, so that nobody has
//! to know later what was said then.

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};

/// Types of texts, besides those that say so.
const TEXTS: [&str; 6] = ["text/", "xml", "json", "javascript", "yaml", "toml"];

/// Returns a page in UTF-8, if it is a text in the encoding that `content_type` names.
pub(super) fn in_utf8(bytes: Bytes, content_type: Option<&str>) -> Bytes {
    let Some(encoding) = content_type.and_then(named) else {
        return bytes;
    };
    // Much is said to be in some encoding just because nobody thought of it.
    let is_said_wrongly =
        Encoding::for_bom(&bytes).is_some() || std::str::from_utf8(&bytes).is_ok();
    if encoding == UTF_8 || (is_said_wrongly && encoding.is_ascii_compatible()) {
        return bytes;
    }
    match encoding.decode_without_bom_handling_and_without_replacement(&bytes) {
        Some(text) => Bytes::from(text.into_owned()),
        None => bytes,
    }
}

/// Returns the encoding that a `Content-Type` names for a text.
fn named(content_type: &str) -> Option<&'static Encoding> {
    let mut parts = content_type.split(';');
    let kind = parts.next()?.to_ascii_lowercase();
    if !TEXTS.iter().any(|text| kind.contains(text)) {
        return None;
    }
    let label = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"'))
    })?;
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_of_a_text_is_heard() {
        for (content_type, bytes, expected) in [
            (
                "text/html; charset=windows-1251",
                &b"\xcf\xf0\xe8\xe2\xe5\xf2"[..],
                "Привет",
            ),
            (
                "text/plain;charset=\"KOI8-R\"",
                b"\xf0\xd2\xc9\xd7\xc5\xd4",
                "Привет",
            ),
            ("application/xml; Charset=iso-8859-1", b"caf\xe9", "café"),
            ("text/plain; charset=utf-16le", b"h\0i\0", "hi"),
            // It is UTF-8 whatever is said.
            ("text/html; charset=iso-8859-1", "café".as_bytes(), "café"),
            ("text/html; charset=utf-8", "café".as_bytes(), "café"),
            ("text/html", "café".as_bytes(), "café"),
        ] {
            let page = in_utf8(Bytes::copy_from_slice(bytes), Some(content_type));
            assert_eq!(std::str::from_utf8(&page), Ok(expected), "{content_type}");
        }
    }

    #[test]
    fn what_is_no_text_or_makes_no_sense_is_left_as_it_is() {
        for content_type in [
            Some("application/pdf; charset=windows-1251"),
            Some("text/html; charset=shift_jis"),
            Some("text/html; charset=no-such"),
            Some("text/html; charset"),
            None,
        ] {
            let bytes = Bytes::from_static(b"\xcf\xf0\x80\xff");
            assert_eq!(
                in_utf8(bytes.clone(), content_type),
                bytes,
                "{content_type:?}"
            );
        }
    }
}
