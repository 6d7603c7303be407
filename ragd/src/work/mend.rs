//! Jobs that nobody asked for: making vectors that are missing.

use std::sync::Arc;

use crate::ids::JobId;
use crate::jobs::{JobQueue, NewJob, QueueError};
use crate::ledger::CollectionRow;

/// Has the vectors made that the serving models of `collections` lack, in the name of their owners.
pub async fn mend_vectors(
    queue: &Arc<dyn JobQueue>,
    collections: Vec<CollectionRow>,
) -> Result<(), QueueError> {
    for collection in collections {
        let model = collection.model;
        tracing::info!(collection = %collection.id, model, "Vectors are missing, will be made.");
        let job = NewJob::of_vectors(JobId::new(), collection.owner, &collection.name, &model);
        match queue.push(job).await {
            // The next start looks again.
            Err(QueueError::Busy { .. }) | Ok(_) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
