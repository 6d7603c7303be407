//! Small parts of requests and answers about points.

use std::collections::BTreeMap;

use qdrant_client::qdrant::with_payload_selector::SelectorOptions as PayloadOptions;
use qdrant_client::qdrant::with_vectors_selector::SelectorOptions as VectorOptions;
use qdrant_client::qdrant::{
    DenseVector, PayloadIncludeSelector, Query, SparseVector, VectorInput, VectorOutput,
    VectorsOutput, VectorsSelector, WithPayloadSelector, WithVectorsSelector, query, vector_input,
    vector_output, vectors_output,
};

/// These fields of the payload.
pub(super) fn fields(names: &[&str]) -> WithPayloadSelector {
    let fields = names.iter().map(|name| (*name).to_owned()).collect();
    WithPayloadSelector {
        selector_options: Some(PayloadOptions::Include(PayloadIncludeSelector { fields })),
    }
}

/// This vector.
pub(super) fn vectors(name: &str) -> WithVectorsSelector {
    let names = vec![name.to_owned()];
    WithVectorsSelector {
        selector_options: Some(VectorOptions::Include(VectorsSelector { names })),
    }
}

/// Points that have some of these words, by weight.
pub(super) fn near_words(weights: BTreeMap<u32, f32>) -> Query {
    let (indices, values) = weights.into_iter().unzip();
    nearest(vector_input::Variant::Sparse(SparseVector {
        indices,
        values,
    }))
}

pub(super) fn near_vector(numbers: Vec<f32>) -> Query {
    nearest(vector_input::Variant::Dense(DenseVector { data: numbers }))
}

fn nearest(variant: vector_input::Variant) -> Query {
    Query {
        variant: Some(query::Variant::Nearest(VectorInput {
            variant: Some(variant),
        })),
    }
}

/// Returns the one sparse vector that was asked for.
pub(super) fn sparse(output: &VectorsOutput) -> Option<SparseVector> {
    let vector = only(output)?;
    match &vector.vector {
        Some(vector_output::Vector::Sparse(words)) => Some(words.clone()),
        Some(_) => None,
        None => Some(SparseVector {
            indices: old_form(vector).1?.to_vec(),
            values: old_form(vector).0.to_vec(),
        }),
    }
}

/// Returns the one dense vector that was asked for.
pub(super) fn dense(output: &VectorsOutput) -> Option<&[f32]> {
    let vector = only(output)?;
    match &vector.vector {
        Some(vector_output::Vector::Dense(dense)) => Some(&dense.data),
        Some(_) => None,
        None => Some(old_form(vector).0),
    }
}

fn only(output: &VectorsOutput) -> Option<&VectorOutput> {
    match output.vectors_options.as_ref()? {
        vectors_output::VectorsOptions::Vector(vector) => Some(vector),
        vectors_output::VectorsOptions::Vectors(named) => named.vectors.values().next(),
    }
}

/// Returns numbers and places of a vector, as servers wrote them before there was a form for each
/// kind.
#[expect(deprecated, reason = "older servers know nothing else")]
fn old_form(vector: &VectorOutput) -> (&[f32], Option<&[u32]>) {
    let indices = vector.indices.as_ref();
    (&vector.data, indices.map(|indices| indices.data.as_slice()))
}
