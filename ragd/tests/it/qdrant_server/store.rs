//! Collections, aliases and points, and a log that they are read back from.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use prost::Message as _;
use qdrant_client::qdrant::alias_operations::Action;
use qdrant_client::qdrant::points_selector::PointsSelectorOneOf;
use qdrant_client::qdrant::{
    ChangeAliases, CreateCollection, CreateFieldIndexCollection, DeleteCollection, DeletePoints,
    FieldType, Filter, PointId, PointStruct, SparseVector, UpsertPoints, Value, Vector,
    VectorParams, point_id, vector, vectors, vectors_config,
};
use tonic::Status;

use super::filter;

#[derive(Default)]
pub(super) struct Store {
    collections: BTreeMap<String, Stored>,
    aliases: BTreeMap<String, String>,
    log: Option<File>,
}

/// One collection.
pub(super) struct Stored {
    pub(super) create: CreateCollection,
    pub(super) fields: Fields,
    /// By id, the order of pages.
    pub(super) points: BTreeMap<String, Point>,
}

/// Fields with an index.
#[derive(Default)]
pub(super) struct Fields(HashMap<String, FieldType>);

pub(super) struct Point {
    pub(super) payload: HashMap<String, Value>,
    pub(super) vectors: HashMap<String, vector::Vector>,
}

/// What changes the store, as it is logged.
pub(super) enum Change {
    Create(Box<CreateCollection>),
    Drop(DeleteCollection),
    Aliases(ChangeAliases),
    Field(CreateFieldIndexCollection),
    Upsert(UpsertPoints),
    Delete(DeletePoints),
}

impl Store {
    /// Reads the log and goes on writing it.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let mut store = Self::default();
        let mut bytes = Vec::new();
        if path.exists() {
            File::open(path)?.read_to_end(&mut bytes)?;
        }
        let mut rest = bytes.as_slice();
        // A last entry that was cut short was never acknowledged.
        while let Some(head) = rest.get(..5) {
            let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let Some(body) = rest.get(5..5 + length) else {
                break;
            };
            let change = Change::decode(head[0], body).map_err(std::io::Error::other)?;
            // What was refused then is refused again.
            let _ = store.change(change);
            rest = &rest[5 + length..];
        }
        let whole = bytes.len() - rest.len();
        let mut log = File::options().create(true).append(true).open(path)?;
        log.set_len(whole as u64)?;
        log.flush()?;
        store.log = Some(log);
        Ok(store)
    }

    /// Makes a change; it survives the death of this process.
    pub(super) fn apply(&mut self, change: Change) -> Result<(), Status> {
        if let Some(log) = &mut self.log {
            let (kind, body) = change.encode();
            let mut entry = vec![kind];
            let length =
                u32::try_from(body.len()).map_err(|_| Status::out_of_range("too large"))?;
            entry.extend(length.to_le_bytes());
            entry.extend(body);
            log.write_all(&entry)
                .map_err(|error| Status::internal(error.to_string()))?;
        }
        self.change(change)
    }

    fn change(&mut self, change: Change) -> Result<(), Status> {
        match change {
            Change::Create(create) => self.create(*create),
            Change::Drop(delete) => self.drop_collection(&delete.collection_name),
            Change::Aliases(aliases) => self.change_aliases(aliases),
            Change::Field(field) => {
                let kind = FieldType::try_from(field.field_type.unwrap_or_default())
                    .map_err(|_| Status::invalid_argument("Wrong input: no such field type"))?;
                let collection = self.get_mut(&field.collection_name)?;
                collection.fields.0.insert(field.field_name, kind);
                Ok(())
            }
            Change::Upsert(upsert) => {
                let collection = self.get_mut(&upsert.collection_name)?;
                let points = upsert
                    .points
                    .into_iter()
                    .map(|point| collection.check(point));
                let points = points.collect::<Result<Vec<_>, _>>()?;
                collection.points.extend(points);
                Ok(())
            }
            Change::Delete(delete) => {
                let collection = self.get_mut(&delete.collection_name)?;
                let selector = delete.points.and_then(|one| one.points_selector_one_of);
                let Some(PointsSelectorOneOf::Filter(filter)) = selector else {
                    return Err(Status::unimplemented("this test server deletes by filter"));
                };
                let gone = collection.select(Some(&filter))?;
                let gone: Vec<_> = gone.into_iter().map(|(id, _)| id.clone()).collect();
                gone.iter().for_each(|id| {
                    collection.points.remove(id);
                });
                Ok(())
            }
        }
    }

    fn create(&mut self, create: CreateCollection) -> Result<(), Status> {
        let name = create.collection_name.clone();
        if name.is_empty() || name.len() > 255 || name.contains(['/', '<', '>', ':', '"', '\\']) {
            return Err(Status::invalid_argument(
                "Wrong input: invalid collection name",
            ));
        }
        if self.collections.contains_key(&name) || self.aliases.contains_key(&name) {
            let said = format!("Wrong input: Collection `{name}` already exists!");
            return Err(Status::already_exists(said));
        }
        let stored = Stored {
            create,
            fields: Fields::default(),
            points: BTreeMap::new(),
        };
        self.collections.insert(name, stored);
        Ok(())
    }

    fn drop_collection(&mut self, name: &str) -> Result<(), Status> {
        // As the real one: it is no error, and its aliases go with it.
        self.collections.remove(name);
        self.aliases.retain(|_, target| target != name);
        Ok(())
    }

    fn change_aliases(&mut self, change: ChangeAliases) -> Result<(), Status> {
        let mut aliases = self.aliases.clone();
        for action in change.actions.into_iter().filter_map(|one| one.action) {
            match action {
                Action::CreateAlias(create) => {
                    if !self.collections.contains_key(&create.collection_name) {
                        return Err(missing(&create.collection_name));
                    }
                    aliases.insert(create.alias_name, create.collection_name);
                }
                Action::DeleteAlias(delete) => {
                    aliases.remove(&delete.alias_name);
                }
                Action::RenameAlias(_) => {
                    return Err(Status::unimplemented("this test server renames no alias"));
                }
            }
        }
        self.aliases = aliases;
        Ok(())
    }

    /// Empties collections, and forgets the marks by which daemons know a server.
    pub(super) fn empty_all(&mut self) {
        self.collections
            .retain(|name, _| !name.starts_with("ragd-mark-"));
        for stored in self.collections.values_mut() {
            stored.points.clear();
        }
    }

    /// Gives collections other names, and nothing else changes.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let renamed = std::mem::take(&mut self.collections).into_iter();
        let renamed = renamed.map(|(name, stored)| (name.replace(from, to), stored));
        self.collections = renamed.collect();
        for target in self.aliases.values_mut() {
            *target = target.replace(from, to);
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.collections.keys()
    }

    pub(super) fn aliases(&self) -> &BTreeMap<String, String> {
        &self.aliases
    }

    pub(super) fn get(&self, name: &str) -> Result<&Stored, Status> {
        let name = self.aliases.get(name).map_or(name, String::as_str);
        self.collections.get(name).ok_or_else(|| missing(name))
    }

    fn get_mut(&mut self, name: &str) -> Result<&mut Stored, Status> {
        let name = self
            .aliases
            .get(name)
            .cloned()
            .unwrap_or_else(|| name.to_owned());
        self.collections
            .get_mut(&name)
            .ok_or_else(|| missing(&name))
    }
}

impl Stored {
    /// Returns the points that a filter lets through, in the order of their ids.
    pub(super) fn select(&self, filter: Option<&Filter>) -> Result<Vec<(&String, &Point)>, Status> {
        let mut found = Vec::new();
        for (id, point) in &self.points {
            if match filter {
                Some(filter) => filter::fits(filter, &point.payload, &self.fields)?,
                None => true,
            } {
                found.push((id, point));
            }
        }
        Ok(found)
    }

    /// Checks a point against the configuration, as the real one does.
    fn check(&self, point: PointStruct) -> Result<(String, Point), Status> {
        let id = id_of(point.id.as_ref())?;
        let named = match point.vectors.and_then(|one| one.vectors_options) {
            Some(vectors::VectorsOptions::Vectors(named)) => named.vectors,
            Some(vectors::VectorsOptions::Vector(_)) => {
                return Err(Status::unimplemented("this test server has named vectors"));
            }
            None => HashMap::new(),
        };
        let mut vectors = HashMap::new();
        for (name, Vector { vector, .. }) in named {
            let vector =
                vector.ok_or_else(|| Status::invalid_argument("Wrong input: no vector"))?;
            self.check_vector(&name, &vector)?;
            let vector = sorted(vector);
            vectors.insert(name, vector);
        }
        let payload = point.payload;
        Ok((id, Point { payload, vectors }))
    }

    pub(super) fn check_vector(&self, name: &str, vector: &vector::Vector) -> Result<(), Status> {
        let unknown = || {
            let said = format!("Wrong input: Not existing vector name error: {name}");
            Status::invalid_argument(said)
        };
        match vector {
            vector::Vector::Dense(dense) => {
                let expected = self.dense(name).ok_or_else(unknown)?.size;
                let got = dense.data.len() as u64;
                if expected != got {
                    return Err(Status::invalid_argument(format!(
                        "Wrong input: Vector dimension error: expected dim: {expected}, got {got}"
                    )));
                }
                Ok(())
            }
            vector::Vector::Sparse(SparseVector { values, indices }) => {
                let sparse = self.create.sparse_vectors_config.as_ref();
                if !sparse.is_some_and(|config| config.map.contains_key(name)) {
                    return Err(unknown());
                }
                let unique: BTreeSet<_> = indices.iter().collect();
                if values.len() != indices.len() || unique.len() != indices.len() {
                    return Err(Status::invalid_argument(
                        "Wrong input: indices must be unique, and as many as values",
                    ));
                }
                Ok(())
            }
            _ => Err(Status::unimplemented(
                "this test server has no such vectors",
            )),
        }
    }

    fn dense(&self, name: &str) -> Option<&VectorParams> {
        match self.create.vectors_config.as_ref()?.config.as_ref()? {
            vectors_config::Config::ParamsMap(map) => map.map.get(name),
            vectors_config::Config::Params(_) => None,
        }
    }
}

impl Fields {
    pub(super) fn has_prefixes(&self, field: &str) -> bool {
        self.0.get(field) == Some(&FieldType::Text)
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }
}

impl Change {
    fn encode(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Create(message) => (1, message.encode_to_vec()),
            Self::Drop(message) => (2, message.encode_to_vec()),
            Self::Aliases(message) => (3, message.encode_to_vec()),
            Self::Field(message) => (4, message.encode_to_vec()),
            Self::Upsert(message) => (5, message.encode_to_vec()),
            Self::Delete(message) => (6, message.encode_to_vec()),
        }
    }

    fn decode(kind: u8, bytes: &[u8]) -> Result<Self, prost::DecodeError> {
        Ok(match kind {
            1 => Self::Create(Box::new(CreateCollection::decode(bytes)?)),
            2 => Self::Drop(DeleteCollection::decode(bytes)?),
            3 => Self::Aliases(ChangeAliases::decode(bytes)?),
            4 => Self::Field(CreateFieldIndexCollection::decode(bytes)?),
            5 => Self::Upsert(UpsertPoints::decode(bytes)?),
            _ => Self::Delete(DeletePoints::decode(bytes)?),
        })
    }
}

/// Puts the indices of a sparse vector in order.
fn sorted(vector: vector::Vector) -> vector::Vector {
    let vector::Vector::Sparse(SparseVector { values, indices }) = vector else {
        return vector;
    };
    let mut pairs: Vec<_> = indices.into_iter().zip(values).collect();
    pairs.sort_by_key(|(index, _)| *index);
    let (indices, values) = pairs.into_iter().unzip();
    vector::Vector::Sparse(SparseVector { values, indices })
}

pub(super) fn id_of(id: Option<&PointId>) -> Result<String, Status> {
    match id.and_then(|id| id.point_id_options.as_ref()) {
        Some(point_id::PointIdOptions::Uuid(uuid)) => match uuid::Uuid::parse_str(uuid) {
            Ok(uuid) => Ok(uuid.to_string()),
            Err(_) => Err(Status::invalid_argument(
                "Wrong input: unable to parse UUID",
            )),
        },
        _ => Err(Status::unimplemented(
            "this test server has ids that are uuids",
        )),
    }
}

fn missing(name: &str) -> Status {
    Status::not_found(format!("Not found: Collection `{name}` doesn't exist!"))
}
