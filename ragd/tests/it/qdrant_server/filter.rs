//! Which points a filter lets through. What is not foreseen is refused, never ignored.

use std::collections::HashMap;

use qdrant_client::qdrant::condition::ConditionOneOf;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::{Condition, FieldCondition, Filter, Range, Value, value};
use tonic::Status;

use super::store::Fields;

pub(super) fn fits(
    filter: &Filter,
    payload: &HashMap<String, Value>,
    fields: &Fields,
) -> Result<bool, Status> {
    let Filter {
        should,
        must,
        must_not,
        min_should,
    } = filter;
    if min_should.is_some() {
        return Err(Status::unimplemented("this test server has no min_should"));
    }
    let all = |conditions: &[Condition]| -> Result<Vec<bool>, Status> {
        let fits = |condition| condition_fits(condition, payload, fields);
        conditions.iter().map(fits).collect()
    };
    let should = should.is_empty() || all(should)?.contains(&true);
    Ok(should && !all(must)?.contains(&false) && !all(must_not)?.contains(&true))
}

fn condition_fits(
    condition: &Condition,
    payload: &HashMap<String, Value>,
    fields: &Fields,
) -> Result<bool, Status> {
    match &condition.condition_one_of {
        Some(ConditionOneOf::Filter(filter)) => fits(filter, payload, fields),
        Some(ConditionOneOf::Field(field)) => field_fits(field, payload, fields),
        _ => Err(Status::unimplemented(
            "this test server has no such condition",
        )),
    }
}

fn field_fits(
    field: &FieldCondition,
    payload: &HashMap<String, Value>,
    fields: &Fields,
) -> Result<bool, Status> {
    let values = payload.get(&field.key).map(values).unwrap_or_default();
    if let Some(range) = &field.range {
        return Ok(values.iter().any(|value| in_range(value, range)));
    }
    let Some(wanted) = field
        .r#match
        .as_ref()
        .and_then(|one| one.match_value.as_ref())
    else {
        return Err(Status::unimplemented(
            "this test server has no such field condition",
        ));
    };
    let has_text = |fits: &dyn Fn(&str) -> bool| {
        let text = |value: &&Value| matches!(&value.kind, Some(value::Kind::StringValue(text)) if fits(text));
        values.iter().any(text)
    };
    let has_number = |fits: &dyn Fn(i64) -> bool| {
        let number = |value: &&Value| matches!(&value.kind, Some(value::Kind::IntegerValue(number)) if fits(*number));
        values.iter().any(number)
    };
    Ok(match wanted {
        MatchValue::Keyword(word) => has_text(&|text| text == word),
        MatchValue::Keywords(words) => {
            has_text(&|text| words.strings.iter().any(|one| one == text))
        }
        MatchValue::Integer(wanted) => has_number(&|number| number == *wanted),
        MatchValue::Integers(wanted) => has_number(&|number| wanted.integers.contains(&number)),
        MatchValue::Text(wanted) if fields.has_prefixes(&field.key) => {
            has_text(&|text| words(wanted).all(|word| words(text).any(|one| one.starts_with(word))))
        }
        _ => return Err(Status::unimplemented("this test server has no such match")),
    })
}

/// As the tokenizer `prefix` cuts.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// The values of a field, which may be a list.
fn values(value: &Value) -> Vec<&Value> {
    match &value.kind {
        Some(value::Kind::ListValue(list)) => list.values.iter().collect(),
        _ => vec![value],
    }
}

#[expect(clippy::cast_precision_loss, reason = "as the real one compares")]
fn in_range(value: &Value, range: &Range) -> bool {
    let Some(value::Kind::IntegerValue(number)) = value.kind else {
        return false;
    };
    let number = number as f64;
    range.gte.is_none_or(|least| number >= least)
        && range.lt.is_none_or(|end| number < end)
        && range.gt.is_none_or(|below| number > below)
        && range.lte.is_none_or(|most| number <= most)
}
