//! The calls that are made, one method each.

use qdrant_client::qdrant::{
    AliasOperations, ChangeAliases, CollectionInfo, CountPoints, CreateCollection,
    CreateFieldIndexCollection, DeleteCollection, DeletePoints, FacetCounts, FacetHit, Filter,
    GetCollectionInfoRequest, GetPoints, HealthCheckRequest, ListAliasesRequest,
    ListCollectionsRequest, PointId, PointStruct, PointsSelector, QueryBatchPoints, QueryPoints,
    RetrievedPoint, ScoredPoint, ScrollPoints, UpsertPoints, WithPayloadSelector,
    WithVectorsSelector, points_selector,
};

use super::QdrantError;
use super::server::{Patience, Server};

/// Points of one page while all are looked at.
const PAGE: u32 = 2_000;

/// Collections of older servers cannot say what they are for.
const OLDEST: (u32, u32) = (1, 16);

/// Reads the first two numbers of a version.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim_start_matches('v').split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

impl Server {
    /// Asks what the server is. Any HTTP/2 server answers something, so it must say its name.
    pub(super) async fn health(&self, patience: Patience) -> Result<(), QdrantError> {
        let reply = self
            .call(
                patience,
                HealthCheckRequest {},
                |mut clients, request| async move { clients.server.health_check(request).await },
            )
            .await?;
        let url = self.url().to_owned();
        if !reply.title.to_lowercase().contains("qdrant") {
            let reason = "it says that it is another server".to_owned();
            return Err(QdrantError::WrongKind { url, reason });
        }
        // A version that cannot be read is one of somebody's own, and they know better.
        match version(&reply.version) {
            Some(version) if version < OLDEST => Err(QdrantError::TooOld {
                url,
                version: reply.version.chars().take(20).collect(),
            }),
            _ => Ok(()),
        }
    }

    /// Lists the names of all collections, ours and others.
    pub(super) async fn list(&self, patience: Patience) -> Result<Vec<String>, QdrantError> {
        let listed = self
            .call(
                patience,
                ListCollectionsRequest {},
                |mut clients, request| async move { clients.collections.list(request).await },
            )
            .await?;
        Ok(listed.collections.into_iter().map(|one| one.name).collect())
    }

    /// Lists aliases with what they stand for.
    pub(super) async fn aliases(&self) -> Result<Vec<(String, String)>, QdrantError> {
        let listed = self
            .call(Patience::Write, ListAliasesRequest {}, |mut clients, request| async move {
                clients.collections.list_aliases(request).await
            })
            .await?;
        let pair = |alias: qdrant_client::qdrant::AliasDescription| {
            (alias.alias_name, alias.collection_name)
        };
        Ok(listed.aliases.into_iter().map(pair).collect())
    }

    /// Changes aliases, all at once.
    pub(super) async fn change_aliases(
        &self,
        actions: Vec<AliasOperations>,
    ) -> Result<(), QdrantError> {
        let change = ChangeAliases {
            actions,
            timeout: None,
        };
        self.call(Patience::Write, change, |mut clients, request| async move {
            clients.collections.update_aliases(request).await
        })
        .await
        .map(drop)
    }

    pub(super) async fn info(&self, name: &str) -> Result<CollectionInfo, QdrantError> {
        let ask = GetCollectionInfoRequest {
            collection_name: name.to_owned(),
        };
        let info = self
            .call(Patience::Write, ask, |mut clients, request| async move {
                clients.collections.get(request).await
            })
            .await?;
        Ok(info.result.unwrap_or_default())
    }

    /// Makes a collection, if it is not there.
    pub(super) async fn create(&self, create: CreateCollection) -> Result<(), QdrantError> {
        let name = create.collection_name.clone();
        // The message is large, and would be so in each future around this.
        let created = Box::pin(self.call(
            Patience::Write,
            create,
            |mut clients, request| async move { clients.collections.create(request).await },
        ));
        match created.await {
            // An earlier try may have made it, unheard.
            Err(QdrantError::Refused { .. }) if self.info(&name).await.is_ok() => Ok(()),
            created => created.map(drop),
        }
    }

    /// Counts the points that fit, exactly.
    pub(super) async fn count(&self, name: &str, filter: Filter) -> Result<u64, QdrantError> {
        let count = CountPoints {
            collection_name: name.to_owned(),
            filter: Some(filter),
            exact: Some(true),
            ..CountPoints::default()
        };
        let counted = self
            .call(Patience::Write, count, |mut clients, request| async move {
                clients.points.count(request).await
            })
            .await?;
        Ok(counted.result.unwrap_or_default().count)
    }

    /// Removes a collection, if it is there.
    pub(super) async fn delete_collection(&self, name: &str) -> Result<(), QdrantError> {
        let delete = DeleteCollection {
            collection_name: name.to_owned(),
            timeout: None,
        };
        let deleted = self
            .call(Patience::Write, delete, |mut clients, request| async move {
                clients.collections.delete(request).await
            })
            .await;
        match deleted {
            Err(QdrantError::Missing { .. }) => Ok(()),
            deleted => deleted.map(drop),
        }
    }

    pub(super) async fn create_field_index(
        &self,
        create: CreateFieldIndexCollection,
    ) -> Result<(), QdrantError> {
        self.call(Patience::Write, create, |mut clients, request| async move {
            clients.points.create_field_index(request).await
        })
        .await
        .map(drop)
    }

    /// Stores points; they are searched, and logged by the server, once this returned.
    pub(super) async fn upsert(
        &self,
        name: &str,
        points: Vec<PointStruct>,
    ) -> Result<(), QdrantError> {
        let upsert = UpsertPoints {
            collection_name: name.to_owned(),
            wait: Some(true),
            points,
            ..UpsertPoints::default()
        };
        self.call(Patience::Write, upsert, |mut clients, request| async move {
            clients.points.upsert(request).await
        })
        .await
        .map(drop)
    }

    /// Removes points, as [`Server::upsert`] stores them.
    pub(super) async fn delete(&self, name: &str, filter: Filter) -> Result<(), QdrantError> {
        let delete = DeletePoints {
            collection_name: name.to_owned(),
            wait: Some(true),
            points: Some(PointsSelector {
                points_selector_one_of: Some(points_selector::PointsSelectorOneOf::Filter(filter)),
            }),
            ..DeletePoints::default()
        };
        self.call(Patience::Write, delete, |mut clients, request| async move {
            clients.points.delete(request).await
        })
        .await
        .map(drop)
    }

    /// Returns points by their ids, in no order.
    pub(super) async fn get(
        &self,
        name: &str,
        ids: Vec<PointId>,
        with_payload: WithPayloadSelector,
        with_vectors: Option<WithVectorsSelector>,
    ) -> Result<Vec<RetrievedPoint>, QdrantError> {
        let get = GetPoints {
            collection_name: name.to_owned(),
            ids,
            with_payload: Some(with_payload),
            with_vectors,
            ..GetPoints::default()
        };
        let got = self
            .call(Patience::Read, get, |mut clients, request| async move {
                clients.points.get(request).await
            })
            .await?;
        Ok(got.result)
    }

    /// Answers several queries in one call.
    pub(super) async fn query_batch(
        &self,
        name: &str,
        queries: Vec<QueryPoints>,
    ) -> Result<Vec<Vec<ScoredPoint>>, QdrantError> {
        let wanted = queries.len();
        let batch = QueryBatchPoints {
            collection_name: name.to_owned(),
            query_points: queries,
            ..QueryBatchPoints::default()
        };
        let answered = self
            .call(Patience::Read, batch, |mut clients, request| async move {
                clients.points.query_batch(request).await
            })
            .await?;
        let results: Vec<_> = answered.result.into_iter().map(|one| one.result).collect();
        if results.len() != wanted {
            return Err(QdrantError::Failed {
                url: self.url().to_owned(),
                said: format!("{} of {wanted} queries were answered", results.len()),
            });
        }
        Ok(results)
    }

    /// Returns all points that fit a filter, at most `most`, page by page, in no order.
    pub(super) async fn scroll(
        &self,
        patience: Patience,
        name: &str,
        filter: Filter,
        with_payload: WithPayloadSelector,
        most: usize,
    ) -> Result<Vec<RetrievedPoint>, QdrantError> {
        let (mut found, mut offset) = (Vec::new(), None);
        while found.len() < most {
            let left = u32::try_from(most - found.len()).unwrap_or(u32::MAX);
            let scroll = ScrollPoints {
                collection_name: name.to_owned(),
                filter: Some(filter.clone()),
                offset,
                limit: Some(left.min(PAGE)),
                with_payload: Some(with_payload.clone()),
                ..ScrollPoints::default()
            };
            let page = self
                .call(patience, scroll, |mut clients, request| async move {
                    clients.points.scroll(request).await
                })
                .await?;
            found.extend(page.result);
            offset = page.next_page_offset;
            if offset.is_none() {
                break;
            }
        }
        Ok(found)
    }

    /// Counts the points of each value of a field.
    pub(super) async fn facet(
        &self,
        name: &str,
        field: &str,
        most: u64,
    ) -> Result<Vec<FacetHit>, QdrantError> {
        let facet = FacetCounts {
            collection_name: name.to_owned(),
            key: field.to_owned(),
            limit: Some(most),
            exact: Some(true),
            ..FacetCounts::default()
        };
        let counted = self
            .call(Patience::Read, facet, |mut clients, request| async move {
                clients.points.facet(request).await
            })
            .await?;
        Ok(counted.hits)
    }
}
