//! How collections on the server are made, and how a chunk is laid out in a point.

use std::collections::HashMap;

use qdrant_client::qdrant::quantization_config::Quantization as Quantized;
use qdrant_client::qdrant::{
    BinaryQuantization, CollectionInfo, CreateCollection, CreateFieldIndexCollection, Distance,
    FacetHit, FieldType, HnswConfigDiff, ListValue, Modifier, NamedVectors, PayloadIndexParams,
    PointId, PointStruct, QuantizationConfig, QuantizationType, ScalarQuantization,
    SparseIndexConfig, SparseVector, SparseVectorConfig, SparseVectorParams, TextIndexParams,
    TokenizerType, Value, Vector, VectorParams, VectorParamsMap, Vectors, VectorsConfig,
    facet_value, payload_index_params, point_id, value, vector, vectors, vectors_config,
};

use super::QdrantConfig;
use super::names::{LAYOUT, point_id};
use super::words::Bag;
use crate::config::Quantization;
use crate::ids::{self, VersionKey};
use crate::index::filter::extension_of;
use crate::index::symbol::{symbols, symbols_text};
use crate::index::{Cells, NewChunk, NewVersion, Place, Spot, Unit};

/// The name of the sparse vector.
pub(super) const WORDS: &str = "words";

pub(super) const VERSION: &str = "version";
pub(super) const ORDINAL: &str = "ordinal";
pub(super) const LENGTH: &str = "length";
pub(super) const PATH: &str = "path";
pub(super) const TOKEN: &str = "token";
pub(super) const TOKENS: &str = "tokens";
pub(super) const LANGUAGE: &str = "language";
pub(super) const FOLDERS: &str = "folders";
pub(super) const EXTENSIONS: &str = "extensions";
const DOCUMENT: &str = "document";
const CONTENT: &str = "content";
const SENT_AT_MS: &str = "sent_at_ms";
pub(super) const TEXT: &str = "text";
pub(super) const HEADING: &str = "heading";
/// As JSON.
pub(super) const SYMBOLS: &str = "symbols";
const LINE_START: &str = "line_start";
const LINE_END: &str = "line_end";
const BYTE_START: &str = "byte_start";
const BYTE_END: &str = "byte_end";
const SPOT: &str = "spot";

/// What a chunk is read back from.
pub(super) const CHUNK: [&str; 8] = [
    TEXT, HEADING, SYMBOLS, LINE_START, LINE_END, BYTE_START, BYTE_END, SPOT,
];

/// What collections of vectors say about themselves.
pub(super) const MODEL: &str = "model";

pub(super) type Payload = HashMap<String, Value>;

/// The collection of words and texts.
#[expect(deprecated, reason = "what older servers know; new ones take both")]
pub(super) fn words(name: &str, config: &QdrantConfig) -> CreateCollection {
    let sparse = SparseVectorParams {
        index: Some(SparseIndexConfig {
            on_disk: Some(config.on_disk),
            ..SparseIndexConfig::default()
        }),
        modifier: Some(Modifier::Idf.into()),
    };
    CreateCollection {
        collection_name: name.to_owned(),
        sparse_vectors_config: Some(SparseVectorConfig {
            map: HashMap::from([(WORDS.to_owned(), sparse)]),
        }),
        // Texts are read a few at a time, after the search.
        on_disk_payload: Some(true),
        metadata: metadata([("layout", integer(LAYOUT.into()))]),
        ..CreateCollection::default()
    }
}

/// The collection of tokens. A collection without any vectors is not foreseen by old servers, so it
/// has room for some, which it never gets.
pub(super) fn vocabulary(name: &str, config: &QdrantConfig) -> CreateCollection {
    words(name, config)
}

/// The collection of the vectors of a model.
#[expect(deprecated, reason = "what older servers know; new ones take both")]
pub(super) fn space(
    name: &str,
    model: &str,
    dimensions: usize,
    config: &QdrantConfig,
) -> CreateCollection {
    // Searching by the short form costs accuracy, which the true numbers then give back.
    let quantization = match config.quantization {
        Quantization::None => None,
        Quantization::Int8 => Some(Quantized::Scalar(ScalarQuantization {
            r#type: QuantizationType::Int8.into(),
            quantile: None,
            always_ram: Some(true),
            ..ScalarQuantization::default()
        })),
        Quantization::Binary => Some(Quantized::Binary(BinaryQuantization {
            always_ram: Some(true),
            ..BinaryQuantization::default()
        })),
    };
    let params = VectorParams {
        size: dimensions as u64,
        // They have the length 1, so this is the cosine, and zeros stay what they are.
        distance: Distance::Dot.into(),
        on_disk: Some(config.on_disk),
        hnsw_config: Some(HnswConfigDiff {
            on_disk: Some(config.on_disk),
            ..HnswConfigDiff::default()
        }),
        quantization_config: quantization.map(|quantization| QuantizationConfig {
            quantization: Some(quantization),
        }),
        ..VectorParams::default()
    };
    CreateCollection {
        collection_name: name.to_owned(),
        vectors_config: Some(VectorsConfig {
            config: Some(vectors_config::Config::ParamsMap(VectorParamsMap {
                map: HashMap::from([(vector_name(model), params)]),
            })),
        }),
        on_disk_payload: Some(true),
        metadata: metadata([
            (MODEL, text(model)),
            ("dimensions", integer(dimensions as i64)),
        ]),
        ..CreateCollection::default()
    }
}

/// The name of a model as a vector may be named: it becomes a file name on the server.
pub(super) fn vector_name(space: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let sign = |c| if fits(c) { c } else { '_' };
    space.chars().map(sign).take(100).collect()
}

/// Reads which model a collection is for, and the length of its vectors.
pub(super) fn space_of(info: &CollectionInfo) -> Option<(String, usize)> {
    let config = info.config.as_ref()?;
    let model = text_of(&config.metadata, MODEL)?;
    let vectors = config.params.as_ref()?.vectors_config.as_ref()?;
    let size = match vectors.config.as_ref()? {
        vectors_config::Config::ParamsMap(params) => params.map.values().next()?.size,
        vectors_config::Config::Params(params) => params.size,
    };
    Some((model.to_owned(), usize::try_from(size).ok()?))
}

pub(super) fn facet_integer(hit: &FacetHit) -> Option<i64> {
    match hit.value.as_ref()?.variant.as_ref()? {
        facet_value::Variant::IntegerValue(number) => Some(*number),
        _ => None,
    }
}

fn metadata<const N: usize>(more: [(&str, Value); N]) -> HashMap<String, Value> {
    let made = [
        ("made_by", text(concat!("ragd ", env!("CARGO_PKG_VERSION")))),
        ("created_at_ms", integer(ids::now().0)),
    ];
    let all = made.into_iter().chain(more);
    all.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Fields of chunks that are filtered by or counted.
pub(super) fn words_indexes(name: &str) -> Vec<CreateFieldIndexCollection> {
    let mut indexes = filter_indexes(name);
    indexes.push(field_index(name, LENGTH, FieldType::Integer));
    indexes.push(field_index(name, TOKENS, FieldType::Integer));
    indexes
}

/// Fields that words and vectors are filtered by.
pub(super) fn filter_indexes(name: &str) -> Vec<CreateFieldIndexCollection> {
    let mut indexes = vec![
        field_index(name, VERSION, FieldType::Integer),
        field_index(name, ORDINAL, FieldType::Integer),
    ];
    for field in [LANGUAGE, FOLDERS, EXTENSIONS] {
        indexes.push(field_index(name, field, FieldType::Keyword));
    }
    indexes
}

/// Tokens are looked up by what they begin with.
pub(super) fn vocabulary_index(name: &str) -> CreateFieldIndexCollection {
    let params = payload_index_params::IndexParams::TextIndexParams(TextIndexParams {
        tokenizer: TokenizerType::Prefix.into(),
        lowercase: Some(false),
        min_token_len: Some(1),
        max_token_len: Some(96),
        ..TextIndexParams::default()
    });
    CreateFieldIndexCollection {
        field_index_params: Some(PayloadIndexParams {
            index_params: Some(params),
        }),
        ..field_index(name, TOKEN, FieldType::Text)
    }
}

fn field_index(name: &str, field: &str, kind: FieldType) -> CreateFieldIndexCollection {
    CreateFieldIndexCollection {
        collection_name: name.to_owned(),
        wait: Some(true),
        field_name: field.to_owned(),
        field_type: Some(kind.into()),
        ..CreateFieldIndexCollection::default()
    }
}

/// What words and vectors of one version share: what they are filtered by.
pub(super) fn shared(version: VersionKey, path: &str, language: Option<&str>) -> Payload {
    let mut folders = Vec::new();
    let mut end = 0;
    for part in path.split('/') {
        end += part.len();
        folders.push(text(&path[..end]));
        end += 1;
    }
    let extensions = path.split('/').filter_map(extension_of).map(text).collect();
    let mut payload = Payload::from([
        (VERSION.to_owned(), integer(version.0.cast_signed())),
        (PATH.to_owned(), text(path)),
        (FOLDERS.to_owned(), list(folders)),
        (EXTENSIONS.to_owned(), list(extensions)),
    ]);
    if let Some(language) = language {
        payload.insert(LANGUAGE.to_owned(), text(&language.to_lowercase()));
    }
    payload
}

/// What the chunks of one version share: the filters, and what others who read the collection want
/// to know.
pub(super) fn document(version: &NewVersion) -> Payload {
    let language = version.language.as_deref();
    let mut payload = shared(version.key, &version.path, language);
    payload.extend([
        (DOCUMENT.to_owned(), text(&version.document.to_string())),
        (CONTENT.to_owned(), text(&version.content.to_string())),
        (SENT_AT_MS.to_owned(), integer(ids::now().0)),
    ]);
    payload
}

/// The point of a chunk with its words.
pub(super) fn chunk_point(
    version: VersionKey,
    ordinal: u32,
    chunk: &NewChunk,
    bag: Bag,
    shared: &Payload,
) -> PointStruct {
    let tokens = bag.indices.iter().map(|index| integer((*index).into()));
    let mut payload = shared.clone();
    payload.extend([
        (ORDINAL.to_owned(), integer(ordinal.into())),
        (LENGTH.to_owned(), integer(bag.length.into())),
        (TOKENS.to_owned(), list(tokens.collect())),
        (TEXT.to_owned(), text(&chunk.text)),
    ]);
    if let Some(heading) = &chunk.heading {
        payload.insert(HEADING.to_owned(), text(heading));
    }
    if let Some(symbols) = symbols_text(&chunk.symbols) {
        payload.insert(SYMBOLS.to_owned(), text(&symbols));
    }
    let Place {
        line_start,
        line_end,
        byte_start,
        byte_end,
        spot,
    } = chunk.place;
    payload.extend([
        (LINE_START.to_owned(), integer(line_start.into())),
        (LINE_END.to_owned(), integer(line_end.into())),
        (BYTE_START.to_owned(), integer(byte_start.cast_signed())),
        (BYTE_END.to_owned(), integer(byte_end.cast_signed())),
    ]);
    if let Some(spot) = spot {
        payload.insert(SPOT.to_owned(), list(numbers(&spot)));
    }
    let words = vector::Vector::Sparse(SparseVector {
        indices: bag.indices,
        values: bag.values,
    });
    point(point_id(version, ordinal), WORDS, words, payload)
}

/// The point of a vector.
pub(super) fn vector_point(
    version: VersionKey,
    ordinal: u32,
    model: &str,
    numbers: &[f32],
    shared: &Payload,
) -> PointStruct {
    let mut payload = shared.clone();
    payload.insert(ORDINAL.to_owned(), integer(ordinal.into()));
    let dense = vector::Vector::Dense(qdrant_client::qdrant::DenseVector {
        data: numbers.to_vec(),
    });
    point(point_id(version, ordinal), model, dense, payload)
}

/// The point of a token: it has a name, and no vector.
pub(super) fn token_point(token: &str) -> PointStruct {
    PointStruct {
        id: Some(id(super::names::token_id(token))),
        payload: Payload::from([(TOKEN.to_owned(), text(token))]),
        vectors: Some(Vectors {
            vectors_options: Some(vectors::VectorsOptions::Vectors(NamedVectors::default())),
        }),
    }
}

fn point(name: String, space: &str, numbers: vector::Vector, payload: Payload) -> PointStruct {
    let named = Vector {
        vector: Some(numbers),
        ..Vector::default()
    };
    PointStruct {
        id: Some(id(name)),
        payload,
        vectors: Some(Vectors {
            vectors_options: Some(vectors::VectorsOptions::Vectors(NamedVectors {
                vectors: HashMap::from([(space.to_owned(), named)]),
            })),
        }),
    }
}

pub(super) fn id(uuid: String) -> PointId {
    PointId {
        point_id_options: Some(point_id::PointIdOptions::Uuid(uuid)),
    }
}

/// Reads a chunk back; none if it is not one.
pub(super) fn chunk(payload: &Payload) -> Option<NewChunk> {
    let number = |field| integer_of(payload, field);
    let short = |field| u32::try_from(number(field)?).ok();
    Some(NewChunk {
        text: text_of(payload, TEXT)?.to_owned(),
        heading: text_of(payload, HEADING).map(str::to_owned),
        symbols: text_of(payload, SYMBOLS).map_or_else(Vec::new, symbols),
        place: Place {
            line_start: short(LINE_START)?,
            line_end: short(LINE_END)?,
            byte_start: number(BYTE_START)?.cast_unsigned(),
            byte_end: number(BYTE_END)?.cast_unsigned(),
            spot: payload.get(SPOT).and_then(spot),
        },
    })
}

/// Lists what a spot has: unit, first and last, and of cells top, bottom and columns.
fn numbers(spot: &Spot) -> Vec<Value> {
    let Spot {
        unit,
        first,
        last,
        cells,
    } = spot;
    let mut numbers = vec![u32::from(*unit as u8), *first, *last];
    if let Some(Cells {
        top,
        bottom,
        columns,
    }) = cells
    {
        numbers.extend([*top, *bottom, *columns]);
    }
    numbers.into_iter().map(|n| integer(n.into())).collect()
}

fn spot(value: &Value) -> Option<Spot> {
    let value::Kind::ListValue(list) = value.kind.as_ref()? else {
        return None;
    };
    let number = |value: &Value| match value.kind.as_ref()? {
        value::Kind::IntegerValue(number) => u32::try_from(*number).ok(),
        _ => None,
    };
    let numbers: Option<Vec<u32>> = list.values.iter().map(number).collect();
    let (unit, first, last, cells) = match *numbers? {
        [unit, first, last] => (unit, first, last, None),
        [unit, first, last, top, bottom, columns] => {
            let cells = Cells {
                top,
                bottom,
                columns,
            };
            (unit, first, last, Some(cells))
        }
        _ => return None,
    };
    Some(Spot {
        unit: Unit::from_number(u8::try_from(unit).ok()?)?,
        first,
        last,
        cells,
    })
}

/// Reads which chunk a point is of.
pub(super) fn key(payload: &Payload) -> Option<(VersionKey, u32)> {
    let version = integer_of(payload, VERSION)?.cast_unsigned();
    let ordinal = u32::try_from(integer_of(payload, ORDINAL)?).ok()?;
    Some((VersionKey(version), ordinal))
}

pub(super) fn text_of<'a>(payload: &'a Payload, field: &str) -> Option<&'a str> {
    match payload.get(field)?.kind.as_ref()? {
        value::Kind::StringValue(text) => Some(text),
        _ => None,
    }
}

pub(super) fn integer_of(payload: &Payload, field: &str) -> Option<i64> {
    match payload.get(field)?.kind.as_ref()? {
        value::Kind::IntegerValue(number) => Some(*number),
        _ => None,
    }
}

fn text(text: &str) -> Value {
    Value {
        kind: Some(value::Kind::StringValue(text.to_owned())),
    }
}

fn integer(number: i64) -> Value {
    Value {
        kind: Some(value::Kind::IntegerValue(number)),
    }
}

fn list(values: Vec<Value>) -> Value {
    Value {
        kind: Some(value::Kind::ListValue(ListValue { values })),
    }
}
