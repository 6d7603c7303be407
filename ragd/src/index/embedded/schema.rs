//! How a chunk is laid out in tantivy: one document, its text stored once and indexed once.

use std::sync::Arc;

use tantivy::schema::document::{
    DeserializeError, DocumentDeserialize, DocumentDeserializer, ReferenceValue,
    ReferenceValueLeaf, Value,
};
use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, OwnedValue, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::PreTokenizedString;
use tantivy::{Document, Term};

use super::tokenizer;
use crate::ids::VersionKey;
use crate::index::body::{definitions, path_words};
use crate::index::symbol::{symbols, symbols_text};
use crate::index::{Cells, NewChunk, NewVersion, Place, Spot, Unit};

pub(super) const VERSION: &str = "version";
pub(super) const ORDINAL: &str = "ordinal";
pub(super) const PATH: &str = "path";
pub(super) const LANGUAGE: &str = "language";
/// A place that is encoded in another way has another name.
const PLACE: &str = "place-2";
/// So has a body with other words.
const BODY: &str = "body-2";

// Fields are numbered in the order in which `schema` adds them, and a test holds the two together.
const VERSION_FIELD: Field = Field::from_field_id(0);
const ORDINAL_FIELD: Field = Field::from_field_id(1);
const PATH_FIELD: Field = Field::from_field_id(2);
const LANGUAGE_FIELD: Field = Field::from_field_id(3);
/// All searchable words: the text, then those of path, heading, context and definitions as values of
/// their own.
pub(super) const BODY_FIELD: Field = Field::from_field_id(4);
const TEXT_FIELD: Field = Field::from_field_id(5);
const HEADING_FIELD: Field = Field::from_field_id(6);
const PLACE_FIELD: Field = Field::from_field_id(7);
/// As JSON, where there are any.
const SYMBOLS_FIELD: Field = Field::from_field_id(8);

/// Returns the schema of every collection. Changing it makes old folders unreadable: they are set
/// aside and built anew.
pub(super) fn schema() -> Schema {
    let mut schema = Schema::builder();
    let body = TextFieldIndexing::default()
        .set_tokenizer(tokenizer::NAME)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    schema.add_u64_field(VERSION, NumericOptions::default().set_indexed().set_fast());
    schema.add_u64_field(ORDINAL, NumericOptions::default().set_fast());
    schema.add_text_field(PATH, TextOptions::default().set_fast("raw"));
    schema.add_text_field(LANGUAGE, TextOptions::default().set_fast("raw"));
    schema.add_text_field(BODY, TextOptions::default().set_indexing_options(body));
    schema.add_text_field("text", TextOptions::default().set_stored());
    schema.add_text_field("heading", TextOptions::default().set_stored());
    schema.add_bytes_field(PLACE, tantivy::schema::STORED);
    schema.add_text_field("symbols", TextOptions::default().set_stored());
    schema.build()
}

/// Returns the term that all chunks of a version have.
pub(super) fn version_term(version: VersionKey) -> Term {
    Term::from_field_u64(VERSION_FIELD, version.0)
}

pub(super) fn body_term(token: &str) -> Term {
    Term::from_field_text(BODY_FIELD, token)
}

/// A version on its way into the index, with what its chunks share.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) version: NewVersion,
    path_words: String,
}

impl Prepared {
    pub(super) fn new(version: NewVersion) -> Self {
        let path_words = path_words(&version.path);
        Self {
            version,
            path_words,
        }
    }

    /// Bytes of text, for the budget of what is not yet committed.
    pub(super) fn bytes(&self) -> usize {
        self.version
            .chunks
            .iter()
            .map(|chunk| chunk.text.len() + 128)
            .sum()
    }
}

/// One chunk as tantivy sees it. It borrows from the version, so indexing copies no text.
#[derive(Debug)]
pub(super) struct ChunkDocument {
    prepared: Arc<Prepared>,
    ordinal: u32,
    place: [u8; PLACE_LEN],
    symbols: Option<String>,
    /// Words for the names that it defines, as they are to be found.
    defined: Option<Box<PreTokenizedString>>,
}

impl ChunkDocument {
    /// Returns the documents of all chunks.
    pub(super) fn all(prepared: &Arc<Prepared>) -> impl Iterator<Item = Self> + use<'_> {
        (0u32..)
            .zip(&prepared.version.chunks)
            .map(|(ordinal, chunk)| Self {
                prepared: Arc::clone(prepared),
                ordinal,
                place: encode_place(chunk.place),
                symbols: symbols_text(&chunk.symbols),
                defined: tokenizer::as_they_are(definitions(chunk)),
            })
    }
}

/// A value of a [`ChunkDocument`].
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a>(ReferenceValueLeaf<'a>);

impl<'a> Value<'a> for Leaf<'a> {
    type ArrayIter = std::iter::Empty<Self>;
    type ObjectIter = std::iter::Empty<(&'a str, Self)>;

    fn as_value(&self) -> ReferenceValue<'a, Self> {
        ReferenceValue::Leaf(self.0.clone())
    }
}

impl Document for ChunkDocument {
    type Value<'a> = Leaf<'a>;
    type FieldsValuesIter<'a> =
        std::iter::Flatten<std::array::IntoIter<Option<(Field, Leaf<'a>)>, 13>>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        let Prepared {
            version,
            path_words,
        } = &*self.prepared;
        let chunk = &version.chunks[self.ordinal as usize];
        let text = |field, text| Some((field, Leaf(ReferenceValueLeaf::Str(text))));
        let number = |field, number| Some((field, Leaf(ReferenceValueLeaf::U64(number))));
        let heading = chunk.heading.as_deref();
        [
            number(VERSION_FIELD, version.key.0),
            number(ORDINAL_FIELD, u64::from(self.ordinal)),
            text(PATH_FIELD, &version.path),
            version
                .language
                .as_deref()
                .and_then(|name| text(LANGUAGE_FIELD, name)),
            text(BODY_FIELD, &chunk.text),
            text(BODY_FIELD, path_words),
            heading.and_then(|heading| text(BODY_FIELD, heading)),
            chunk
                .context()
                .and_then(|context| text(BODY_FIELD, context)),
            self.defined.clone().map(|words| {
                let words = ReferenceValueLeaf::PreTokStr(words);
                (BODY_FIELD, Leaf(words))
            }),
            text(TEXT_FIELD, &chunk.text),
            heading.and_then(|heading| text(HEADING_FIELD, heading)),
            Some((PLACE_FIELD, Leaf(ReferenceValueLeaf::Bytes(&self.place)))),
            self.symbols
                .as_deref()
                .and_then(|all| text(SYMBOLS_FIELD, all)),
        ]
        .into_iter()
        .flatten()
    }
}

/// A chunk as it is stored.
#[derive(Debug)]
pub(super) struct Stored(pub(super) NewChunk);

impl DocumentDeserialize for Stored {
    fn deserialize<'de, D>(mut deserializer: D) -> Result<Self, DeserializeError>
    where
        D: DocumentDeserializer<'de>,
    {
        let mut chunk = NewChunk {
            text: String::new(),
            heading: None,
            symbols: Vec::new(),
            place: decode_place(&[0; PLACE_LEN]),
        };
        while let Some((field, value)) = deserializer.next_field::<OwnedValue>()? {
            match value {
                OwnedValue::Str(text) if field == TEXT_FIELD => chunk.text = text,
                OwnedValue::Str(text) if field == HEADING_FIELD => chunk.heading = Some(text),
                OwnedValue::Str(text) if field == SYMBOLS_FIELD => chunk.symbols = symbols(&text),
                OwnedValue::Bytes(bytes) if field == PLACE_FIELD => {
                    let bytes = bytes
                        .as_slice()
                        .try_into()
                        .map_err(|_| DeserializeError::custom("a place of the wrong length"))?;
                    chunk.place = decode_place(&bytes);
                }
                _ => {}
            }
        }
        Ok(Self(chunk))
    }
}

const PLACE_LEN: usize = 45;

fn encode_place(place: Place) -> [u8; PLACE_LEN] {
    let Place {
        line_start,
        line_end,
        byte_start,
        byte_end,
        spot,
    } = place;
    let mut bytes = [0; PLACE_LEN];
    bytes[0..8].copy_from_slice(&byte_start.to_le_bytes());
    bytes[8..16].copy_from_slice(&byte_end.to_le_bytes());
    // What a spot has counts from 1, which leaves 0 for none.
    let mut shorts = [line_start, line_end, 0, 0, 0, 0, 0];
    if let Some(spot) = spot {
        bytes[44] = spot.unit as u8;
        [shorts[2], shorts[3]] = [spot.first, spot.last];
        if let Some(cells) = spot.cells {
            [shorts[4], shorts[5], shorts[6]] = [cells.top, cells.bottom, cells.columns];
        }
    }
    for (short, bytes) in shorts.iter().zip(bytes[16..44].chunks_exact_mut(4)) {
        bytes.copy_from_slice(&short.to_le_bytes());
    }
    bytes
}

fn decode_place(bytes: &[u8; PLACE_LEN]) -> Place {
    let long = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 of 45 bytes"));
    let short =
        |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 of 45 bytes"));
    let cells = Cells {
        top: short(32),
        bottom: short(36),
        columns: short(40),
    };
    Place {
        byte_start: long(0),
        byte_end: long(8),
        line_start: short(16),
        line_end: short(20),
        spot: Unit::from_number(bytes[44]).map(|unit| Spot {
            unit,
            first: short(24),
            last: short(28),
            cells: (cells.top != 0).then_some(cells),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_numbers_that_the_schema_gives_them() {
        let schema = schema();
        let names: Vec<_> = (0..schema.num_fields() as u32)
            .map(|id| schema.get_field_name(Field::from_field_id(id)).to_owned())
            .collect();
        let expected = [
            VERSION, ORDINAL, PATH, LANGUAGE, BODY, "text", "heading", PLACE, "symbols",
        ]
        .to_vec();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_place_comes_back_as_it_was() {
        let cells = Cells {
            top: 5,
            bottom: u32::MAX,
            columns: 6,
        };
        let of = |unit| Spot {
            unit,
            first: 3,
            last: 4,
            cells: (unit == Unit::Sheet).then_some(cells),
        };
        let spots = Unit::ALL.map(|unit| Some(of(unit)));
        for spot in spots.into_iter().chain([None]) {
            let place = Place {
                line_start: 1,
                line_end: u32::MAX,
                byte_start: 2,
                byte_end: u64::MAX,
                spot,
            };
            assert_eq!(decode_place(&encode_place(place)), place);
        }
    }
}
