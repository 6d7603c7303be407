//! A client that switches the model of a collection back and forth, whatever happens to the daemon.

use std::path::Path;

use protocol::collection::CollectionUpdateRequest;
use protocol::error::ErrorCode;
use protocol::job::JobState;
use protocol::{JobId, Reply, Request};

use crate::client::Patient;

const BUILTIN: &str = "builtin";

pub(crate) struct Switcher<'a> {
    client: Patient,
    collection: &'a str,
    model: String,
}

impl<'a> Switcher<'a> {
    /// Switches between the model inside the daemon and `model`.
    pub(crate) fn new(socket: &Path, collection: &'a str, model: &str) -> Self {
        Self {
            client: Patient::new(socket),
            collection,
            model: model.to_owned(),
        }
    }

    /// Begins a switch and returns its job, if one was made for it.
    pub(crate) fn switch(&mut self) -> Option<JobId> {
        let show = Request::CollectionShow(self.collection.to_owned());
        let serving = match self.client.ask(&show) {
            Ok(Reply::Collection(collection)) => collection.model,
            // Nobody has handed in anything yet.
            Err(report) if report.code == ErrorCode::NotFound => return None,
            other => panic!("{other:?}"),
        };
        let model = if serving == BUILTIN {
            &self.model
        } else {
            BUILTIN
        };
        let job = JobId::new();
        let update = CollectionUpdateRequest {
            name: self.collection.to_owned(),
            job,
            model: model.to_owned(),
        };
        match self.client.ask(&Request::CollectionUpdate(update)) {
            Ok(Reply::CollectionUpdated(_)) => {}
            other => panic!("{other:?}"),
        }
        // Where an answer was lost, the second one may say that there is nothing to do any more.
        match self.client.ask(&Request::JobShow(job)) {
            Ok(Reply::Job(_)) => Some(job),
            Err(report) if report.code == ErrorCode::NotFound => None,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until a switch has ended, which it does well.
    pub(crate) fn wait(&mut self, job: JobId) {
        let job = self.client.wait(job);
        assert_eq!(job.state, JobState::Finished, "{:?}", job.error);
    }

    pub(crate) fn lost_answers(&self) -> u64 {
        self.client.lost
    }
}
