//! Filters in the words of the server.

use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::{
    Condition, FieldCondition, Filter as Conditions, Match, Range, RepeatedIntegers,
    RepeatedStrings,
};

use super::schema::{EXTENSIONS, FOLDERS, LANGUAGE, ORDINAL, TOKEN, VERSION};
use crate::ids::VersionKey;
use crate::index::filter::Filter;

/// Returns what the server can test of a filter, and the globs need not be looked at for anything
/// that it lets not through.
pub(super) fn of(filter: &Filter) -> Vec<Condition> {
    let mut must = Vec::new();
    if filter.on_languages() {
        must.push(any_keyword(LANGUAGE, filter.languages().to_vec()));
    }
    if let Some(hints) = filter.hints() {
        let fits = hints.iter().map(|hint| {
            let below = hint.below.clone().map(|folder| (FOLDERS, folder));
            let extension = hint.extension.clone().map(|ending| (EXTENSIONS, ending));
            let both = below.into_iter().chain(extension);
            all(both
                .map(|(field, word)| any_keyword(field, vec![word]))
                .collect())
        });
        must.push(nested(any(fits.map(nested).collect())));
    }
    must
}

/// Fits where every one of `conditions` does.
pub(super) fn all(conditions: Vec<Condition>) -> Conditions {
    Conditions {
        must: conditions,
        ..Conditions::default()
    }
}

/// Fits where one of `conditions` does.
fn any(conditions: Vec<Condition>) -> Conditions {
    Conditions {
        should: conditions,
        ..Conditions::default()
    }
}

/// Chunks of these versions.
pub(super) fn versions(keys: &[VersionKey]) -> Condition {
    let integers = keys.iter().map(|key| key.0.cast_signed()).collect();
    matching(VERSION, MatchValue::Integers(RepeatedIntegers { integers }))
}

/// Fits where one of `filters` does.
pub(super) fn any_of(filters: Vec<Conditions>) -> Conditions {
    any(filters.into_iter().map(nested).collect())
}

/// Chunks of these versions with ordinals from `from` and below `end`.
pub(super) fn ordinals(keys: &[VersionKey], from: u32, end: Option<u32>) -> Conditions {
    let range = Range {
        gte: Some(from.into()),
        lt: end.map(f64::from),
        ..Range::default()
    };
    let ordinal = FieldCondition {
        key: ORDINAL.to_owned(),
        range: Some(range),
        ..FieldCondition::default()
    };
    all(vec![
        versions(keys),
        condition(ConditionOneOf::Field(ordinal)),
    ])
}

/// Tokens of the vocabulary that begin with `prefix`, and some others.
pub(super) fn token_prefix(prefix: &str) -> Conditions {
    all(vec![matching(TOKEN, MatchValue::Text(prefix.to_owned()))])
}

pub(super) fn number(field: &str, number: i64) -> Condition {
    matching(field, MatchValue::Integer(number))
}

fn nested(filter: Conditions) -> Condition {
    condition(ConditionOneOf::Filter(filter))
}

fn any_keyword(field: &str, strings: Vec<String>) -> Condition {
    matching(field, MatchValue::Keywords(RepeatedStrings { strings }))
}

fn matching(field: &str, value: MatchValue) -> Condition {
    condition(ConditionOneOf::Field(FieldCondition {
        key: field.to_owned(),
        r#match: Some(Match {
            match_value: Some(value),
        }),
        ..FieldCondition::default()
    }))
}

fn condition(one_of: ConditionOneOf) -> Condition {
    Condition {
        condition_one_of: Some(one_of),
    }
}
