//! The calls, as gRPC has them. Those that ragd does not make are answered `unimplemented`.

use std::pin::Pin;

use qdrant_client::qdrant as wire;
use qdrant_client::qdrant::collections_server::Collections;
use qdrant_client::qdrant::points_server::Points;
use qdrant_client::qdrant::qdrant_server::Qdrant;
use tonic::{Request, Response, Status};

use super::store::Change;
use super::{Handler, answers};

type Reply<T> = Result<Response<T>, Status>;

/// In the form that `async_trait` gives to the methods of the traits: it sees no macros.
macro_rules! unimplemented_calls {
    ($($name:ident($request:ident) -> $response:ident;)*) => {
        $(
            fn $name<'a, 'b>(
                &'a self,
                _: Request<wire::$request>,
            ) -> Pin<Box<dyn Future<Output = Reply<wire::$response>> + Send + 'b>>
            where
                'a: 'b,
                Self: 'b,
            {
                let said = "ragd does not make this call, so its test server has none";
                Box::pin(std::future::ready(Err(Status::unimplemented(said))))
            }
        )*
    };
}

#[tonic::async_trait]
impl Qdrant for Handler {
    async fn health_check(
        &self,
        _: Request<wire::HealthCheckRequest>,
    ) -> Reply<wire::HealthCheckReply> {
        // The real one answers this without a key.
        self.delay().await;
        let faults = self.faults();
        Ok(Response::new(wire::HealthCheckReply {
            title: faults.title.clone(),
            version: faults.version.clone(),
            commit: None,
        }))
    }
}

#[tonic::async_trait]
impl Collections for Handler {
    async fn get(
        &self,
        request: Request<wire::GetCollectionInfoRequest>,
    ) -> Reply<wire::GetCollectionInfoResponse> {
        let ask = self.enter(request, "info").await?;
        let store = self.store();
        let stored = store.get(&ask.collection_name)?;
        let create = &stored.create;
        let params = wire::CollectionParams {
            vectors_config: create.vectors_config.clone(),
            sparse_vectors_config: create.sparse_vectors_config.clone(),
            ..wire::CollectionParams::default()
        };
        let config = wire::CollectionConfig {
            params: Some(params),
            metadata: create.metadata.clone(),
            ..wire::CollectionConfig::default()
        };
        let info = wire::CollectionInfo {
            status: wire::CollectionStatus::Green.into(),
            points_count: Some(stored.points.len() as u64),
            config: Some(config),
            ..wire::CollectionInfo::default()
        };
        Ok(Response::new(wire::GetCollectionInfoResponse {
            result: Some(info),
            time: 0.0,
        }))
    }

    async fn list(
        &self,
        request: Request<wire::ListCollectionsRequest>,
    ) -> Reply<wire::ListCollectionsResponse> {
        self.enter(request, "list").await?;
        let describe = |name: &String| wire::CollectionDescription { name: name.clone() };
        Ok(Response::new(wire::ListCollectionsResponse {
            collections: self.store().names().map(describe).collect(),
            time: 0.0,
        }))
    }

    async fn create(
        &self,
        request: Request<wire::CreateCollection>,
    ) -> Reply<wire::CollectionOperationResponse> {
        let create = self.enter(request, "create").await?;
        self.store().apply(Change::Create(Box::new(create)))?;
        done()
    }

    async fn delete(
        &self,
        request: Request<wire::DeleteCollection>,
    ) -> Reply<wire::CollectionOperationResponse> {
        let delete = self.enter(request, "drop").await?;
        self.store().apply(Change::Drop(delete))?;
        done()
    }

    async fn update_aliases(
        &self,
        request: Request<wire::ChangeAliases>,
    ) -> Reply<wire::CollectionOperationResponse> {
        let change = self.enter(request, "update_aliases").await?;
        self.store().apply(Change::Aliases(change))?;
        done()
    }

    async fn list_aliases(
        &self,
        request: Request<wire::ListAliasesRequest>,
    ) -> Reply<wire::ListAliasesResponse> {
        self.enter(request, "list_aliases").await?;
        let describe = |(alias, target): (&String, &String)| wire::AliasDescription {
            alias_name: alias.clone(),
            collection_name: target.clone(),
        };
        Ok(Response::new(wire::ListAliasesResponse {
            aliases: self.store().aliases().iter().map(describe).collect(),
            time: 0.0,
        }))
    }

    unimplemented_calls! {
        update(UpdateCollection) -> CollectionOperationResponse;
        list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse;
        collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse;
        collection_exists(CollectionExistsRequest) -> CollectionExistsResponse;
        update_collection_cluster_setup(UpdateCollectionClusterSetupRequest) -> UpdateCollectionClusterSetupResponse;
        create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse;
        delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse;
        list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse;
    }
}

#[tonic::async_trait]
impl Points for Handler {
    async fn upsert(
        &self,
        request: Request<wire::UpsertPoints>,
    ) -> Reply<wire::PointsOperationResponse> {
        let upsert = self.enter(request, "upsert").await?;
        if !self.faults().keeps_nothing {
            self.store().apply(Change::Upsert(upsert))?;
        }
        completed()
    }

    async fn delete(
        &self,
        request: Request<wire::DeletePoints>,
    ) -> Reply<wire::PointsOperationResponse> {
        let delete = self.enter(request, "delete").await?;
        self.store().apply(Change::Delete(delete))?;
        completed()
    }

    async fn create_field_index(
        &self,
        request: Request<wire::CreateFieldIndexCollection>,
    ) -> Reply<wire::PointsOperationResponse> {
        let field = self.enter(request, "create_field_index").await?;
        self.store().apply(Change::Field(field))?;
        completed()
    }

    async fn get(&self, request: Request<wire::GetPoints>) -> Reply<wire::GetResponse> {
        let ask = self.enter(request, "get").await?;
        Ok(Response::new(wire::GetResponse {
            result: answers::get(&self.store(), &ask)?,
            ..wire::GetResponse::default()
        }))
    }

    async fn scroll(&self, request: Request<wire::ScrollPoints>) -> Reply<wire::ScrollResponse> {
        let ask = self.enter(request, "scroll").await?;
        let (result, next_page_offset) = answers::scroll(&self.store(), &ask)?;
        Ok(Response::new(wire::ScrollResponse {
            result,
            next_page_offset,
            ..wire::ScrollResponse::default()
        }))
    }

    async fn count(&self, request: Request<wire::CountPoints>) -> Reply<wire::CountResponse> {
        let ask = self.enter(request, "count").await?;
        Ok(Response::new(wire::CountResponse {
            result: Some(answers::count(&self.store(), &ask)?),
            ..wire::CountResponse::default()
        }))
    }

    async fn query_batch(
        &self,
        request: Request<wire::QueryBatchPoints>,
    ) -> Reply<wire::QueryBatchResponse> {
        let ask = self.enter(request, "query_batch").await?;
        let store = self.store();
        let answer = |query: &wire::QueryPoints| {
            if query.collection_name != ask.collection_name {
                return Err(Status::invalid_argument("one batch is for one collection"));
            }
            let result = answers::query(&store, query)?;
            Ok(wire::BatchResult { result })
        };
        // Even an empty batch asks for a collection.
        store.get(&ask.collection_name)?;
        let result = ask.query_points.iter().map(answer);
        Ok(Response::new(wire::QueryBatchResponse {
            result: result.collect::<Result<_, Status>>()?,
            ..wire::QueryBatchResponse::default()
        }))
    }

    async fn facet(&self, request: Request<wire::FacetCounts>) -> Reply<wire::FacetResponse> {
        let ask = self.enter(request, "facet").await?;
        Ok(Response::new(wire::FacetResponse {
            hits: answers::facet(&self.store(), &ask)?,
            ..wire::FacetResponse::default()
        }))
    }

    unimplemented_calls! {
        update_vectors(UpdatePointVectors) -> PointsOperationResponse;
        delete_vectors(DeletePointVectors) -> PointsOperationResponse;
        set_payload(SetPayloadPoints) -> PointsOperationResponse;
        overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
        delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
        clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
        delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
        create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse;
        delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse;
        search(SearchPoints) -> SearchResponse;
        search_batch(SearchBatchPoints) -> SearchBatchResponse;
        search_groups(SearchPointGroups) -> SearchGroupsResponse;
        recommend(RecommendPoints) -> RecommendResponse;
        recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
        recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
        discover(DiscoverPoints) -> DiscoverResponse;
        discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
        update_batch(UpdateBatchPoints) -> UpdateBatchResponse;
        query(QueryPoints) -> QueryResponse;
        query_groups(QueryPointGroups) -> QueryGroupsResponse;
        search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
        search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
    }
}

fn done() -> Reply<wire::CollectionOperationResponse> {
    Ok(Response::new(wire::CollectionOperationResponse {
        result: true,
        time: 0.0,
    }))
}

fn completed() -> Reply<wire::PointsOperationResponse> {
    Ok(Response::new(wire::PointsOperationResponse {
        result: Some(wire::UpdateResult {
            status: wire::UpdateStatus::Completed.into(),
            ..wire::UpdateResult::default()
        }),
        ..wire::PointsOperationResponse::default()
    }))
}
