//! Tokens that are known by the shape of what stands around a mark within them.

use std::ops::Range;

use super::find::Hit;
use super::tokens::begins_word;
use super::value::{entropy, is_example};

/// A token of three parts, of which the first two are JSON.
pub(super) fn jwt(text: &[u8], at: Range<usize>) -> Option<Hit> {
    if text[at.clone()] != *b"eyJ" || !begins_word(text, at.start) {
        return None;
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_=.".contains(byte);
    let most = text[at.start..].iter().take(8_192);
    let length = most.take_while(|byte| is_part(byte)).count();
    let token = &text[at.start..at.start + length];
    let mut parts = token.split(|byte| *byte == b'.');
    let (head, body, seal) = (parts.next()?, parts.next()?, parts.next()?);
    let is_one =
        head.len() >= 14 && body.starts_with(b"eyJ") && body.len() >= 10 && seal.len() >= 20;
    is_one.then(|| Hit::new(at.start..at.start + length, "jwt"))
}

fn word_before(text: &[u8], end: usize, most: usize, fits: fn(&u8) -> bool) -> usize {
    end - text[..end]
        .iter()
        .rev()
        .take(most)
        .take_while(|byte| fits(byte))
        .count()
}

fn run_after(text: &[u8], from: usize, most: usize, fits: fn(&u8) -> bool) -> usize {
    from + text
        .get(from..)
        .unwrap_or_default()
        .iter()
        .take(most)
        .take_while(|byte| fits(byte))
        .count()
}

/// The number of a bot, and what lets one speak for it.
pub(super) fn telegram(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let start = word_before(text, at.start, 12, u8::is_ascii_digit);
    let end = run_after(text, at.end, 40, is_code);
    let is_one = text[at.clone()] == *b":AA"
        && (8..=11).contains(&(at.start - start))
        && (32..=34).contains(&(end - at.end))
        && (begins_word(text, start) || text[..start].ends_with(b"bot"));
    is_one.then(|| Hit::new(start..end, "telegram-token"))
}

pub(super) fn azure_client(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || b"_~.-".contains(byte);
    let end = run_after(text, at.end, 40, is_code);
    let start = at.start.checked_sub(4)?;
    let is_one = text[at.clone()] == *b"Q~"
        && text[at.start - 1].is_ascii_digit()
        && text[start..at.start].iter().all(is_code)
        && (31..=34).contains(&(end - at.end))
        && entropy(&text[start..end]) > 3.0;
    is_one.then(|| Hit::new(start..end, "azure-client-secret"))
}

pub(super) fn terraform(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || b"_=-".contains(byte);
    let start = word_before(text, at.start, 16, u8::is_ascii_alphanumeric);
    let end = run_after(text, at.end, 100, is_code);
    let is_one = at.start - start >= 14 && end - at.end >= 50 && !is_example(&text[start..end]);
    is_one.then(|| Hit::new(start..end, "terraform-token"))
}

pub(super) fn mailchimp(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let start = word_before(text, at.start, 33, is_hex);
    let end = run_after(text, at.end, 1, u8::is_ascii_digit);
    let is_one = at.start - start == 32
        && !text.get(end).is_some_and(u8::is_ascii_alphanumeric)
        && entropy(&text[start..at.start]) > 2.5;
    is_one.then(|| Hit::new(start..end, "mailchimp-key"))
}

/// What the number of a bot of Discord begins with, which is packed as base64.
pub(super) const DISCORD: &[&str] = &[
    "MTA", "MTE", "MTI", "MTM", "MTQ", "MTU", "MTY", "MTc", "MTg", "MTk", "MjA", "MjE", "MjI",
    "MjM", "MjQ", "MjU", "MjY", "Mjc", "Mjg", "Mjk", "MzA", "MzE", "MzI", "MzM", "MzQ", "MzU",
    "MzY", "Mzc", "Mzg", "Mzk", "NDA", "NDE", "NDI", "NDM", "NDQ", "NDU", "NDY", "NDc", "NDg",
    "NDk", "NTA", "NTE", "NTI", "NTM", "NTQ", "NTU", "NTY", "NTc", "NTg", "NTk", "NjA", "NjE",
    "NjI", "NjM", "NjQ", "NjU", "NjY", "Njc", "Njg", "Njk", "NzA", "NzE", "NzI", "NzM", "NzQ",
    "NzU", "NzY", "Nzc", "Nzg", "Nzk", "ODA", "ODE", "ODI", "ODM", "ODQ", "ODU", "ODY", "ODc",
    "ODg", "ODk", "OTA", "OTE", "OTI", "OTM", "OTQ", "OTU", "OTY", "OTc", "OTg", "OTk",
];

/// The number of a bot, when its token was made, and what seals it.
pub(super) fn discord(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    if !begins_word(text, at.start) {
        return None;
    }
    let number = run_after(text, at.start, 30, is_code);
    let time = run_after(text, number + 1, 8, is_code);
    let end = run_after(text, time + 1, 48, is_code);
    let is_one = (23..=28).contains(&(number - at.start))
        && (text.get(number), text.get(time)) == (Some(&b'.'), Some(&b'.'))
        && (5..=7).contains(&(time - number - 1))
        && (25..=45).contains(&(end - time - 1))
        && entropy(&text[at.start..end]) > 3.5;
    is_one.then(|| Hit::new(at.start..end, "discord-token"))
}

/// The seal of an address that lets whoever has it read or write.
pub(super) fn seal(text: &[u8], at: Range<usize>) -> Option<Hit> {
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || b"%+/=-_".contains(byte);
    let end = run_after(text, at.end, 1_024, is_code);
    let is_one = end - at.end >= 40 && begins_word(text, at.start) && {
        let value = &text[at.end..end];
        entropy(value) > 3.0 && !is_example(value)
    };
    is_one.then(|| Hit::new(at.end..end, "signed-url"))
}
