//! Work apart from whoever asked for it.

use tokio::task::{JoinHandle, spawn_blocking};

use super::BlobError;

/// Runs `work` where waiting for the disk holds up nobody.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    joined(spawn_blocking(work)).await
}

/// Runs `work` to its end, also if the caller is dropped meanwhile.
pub(super) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, BlobError>> + Send + 'static,
) -> Result<T, BlobError> {
    joined(tokio::spawn(work)).await
}

async fn joined<T>(task: JoinHandle<Result<T, BlobError>>) -> Result<T, BlobError> {
    match task.await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(BlobError::Interrupted),
    }
}
