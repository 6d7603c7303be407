//! Ids of jobs as people write them: whole, shortened, or `@last`.

use std::fs;
use std::path::PathBuf;

use protocol::{ErrorCode, ErrorReport, JobId};

use crate::client::{self, Client};

/// The last job that this user submitted.
const LAST: &str = "@last";
/// Fewer digits would fit too many jobs.
const LEAST_DIGITS: usize = 4;

/// Returns the jobs that `texts` mean, without repeats.
pub(super) async fn resolve(client: &Client, texts: &[String]) -> Result<Vec<JobId>, ErrorReport> {
    let mut jobs = Vec::with_capacity(texts.len());
    for text in texts {
        let job = resolve_one(client, text).await?;
        if !jobs.contains(&job) {
            jobs.push(job);
        }
    }
    Ok(jobs)
}

pub(super) async fn resolve_one(client: &Client, text: &str) -> Result<JobId, ErrorReport> {
    if text == LAST {
        return last();
    }
    if let Ok(job) = text.parse() {
        return Ok(job);
    }
    let is_digits = text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if !is_digits || text.len() < LEAST_DIGITS {
        return Err(
            ErrorReport::new(ErrorCode::BadRequest, format!("`{text}` is not a job id"))
                .because("an id is 4 or more hexadecimal digits, or @last")
                .try_next("ragctl jobs"),
        );
    }
    client.job_find(text.to_ascii_lowercase()).await
}

/// Remembers `job` as the last one. That it cannot be written loses a convenience, nothing else.
pub(super) fn remember(job: JobId) {
    let Some(path) = places().into_iter().next() else {
        return;
    };
    if let Some(folder) = path.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let _ = fs::write(path, format!("{job}\n"));
}

fn last() -> Result<JobId, ErrorReport> {
    places()
        .into_iter()
        .find_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok())
        .ok_or_else(|| {
            ErrorReport::new(ErrorCode::NotFound, "there is no last job")
                .because("this user has not submitted anything from here")
                .try_next("ragctl jobs")
        })
}

fn places() -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(|dir| PathBuf::from(dir).join("ragd"));
    let folders = client::state_folder().into_iter().chain(runtime);
    folders.map(|folder| folder.join("last-job")).collect()
}
