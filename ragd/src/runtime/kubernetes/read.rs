//! How a worker is, by its Job and its pod.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

use super::super::{Ending, Standing};

pub(super) fn standing(job: &Job, pod: Option<&Pod>) -> Standing {
    let conditions = job
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    let conditions = conditions.into_iter().flatten();
    let mut met = conditions.filter(|condition| condition.status == "True");
    let end = met.find(|condition| ["Complete", "Failed"].contains(&condition.type_.as_str()));
    match end {
        Some(end) if end.type_ == "Complete" => Standing::Ended(Ending {
            code: Some(0),
            ..Ending::default()
        }),
        Some(end) => {
            let of_pod = pod.and_then(terminated);
            let said = [&end.reason, &end.message].map(|word| word.clone().unwrap_or_default());
            let ending = of_pod.unwrap_or_default();
            Standing::Ended(Ending {
                reason: ending.reason.or_else(|| joined(&said)),
                ..ending
            })
        }
        None => pod.map_or_else(no_pod, of_pod),
    }
}

/// Returns the container that is the worker: the one that failed, else the first.
pub(super) fn container(pod: &Pod) -> Option<String> {
    let failed = statuses(pod).find(|status| {
        let state = status
            .state
            .as_ref()
            .and_then(|state| state.terminated.as_ref());
        state.is_some_and(|terminated| terminated.exit_code != 0)
    });
    let first = || {
        pod.spec
            .as_ref()?
            .containers
            .first()
            .map(|one| one.name.clone())
    };
    failed.map(|status| status.name.clone()).or_else(first)
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    let statuses = status.and_then(|status| status.container_statuses.as_ref());
    statuses.into_iter().flatten()
}

fn no_pod() -> Standing {
    Standing::Waits("it has no pod yet".to_owned())
}

fn of_pod(pod: &Pod) -> Standing {
    let status = pod.status.as_ref();
    let phase = status.and_then(|status| status.phase.as_deref());
    if phase != Some("Pending") {
        // A pod that has ended ends its Job, soon.
        return Standing::Runs;
    }
    let waits = statuses(pod).find_map(|status| status.state.as_ref()?.waiting.as_ref());
    let waits = waits.and_then(|waits| {
        joined(&[&waits.reason, &waits.message].map(|word| word.clone().unwrap_or_default()))
    });
    let conditions = status.and_then(|status| status.conditions.as_ref());
    let mut conditions = conditions.into_iter().flatten();
    let unscheduled = conditions.find(|one| one.type_ == "PodScheduled" && one.status == "False");
    let unscheduled = unscheduled.and_then(|one| {
        joined(&[&one.reason, &one.message].map(|word| word.clone().unwrap_or_default()))
    });
    let why = unscheduled.or(waits);
    Standing::Waits(why.unwrap_or_else(|| "its pod is pending".to_owned()))
}

fn terminated(pod: &Pod) -> Option<Ending> {
    let states = statuses(pod).filter_map(|status| status.state.as_ref()?.terminated.as_ref());
    let ended = states.max_by_key(|ended| ended.exit_code)?;
    let is_memory = ended.reason.as_deref() == Some("OOMKilled");
    // `Error` says no more than the code.
    let reason = ended.reason.clone().filter(|reason| reason != "Error");
    Some(Ending {
        code: Some(ended.exit_code.into()),
        reason: match is_memory {
            true => Some("it needed more memory than it may have".to_owned()),
            false => reason,
        },
        hint: is_memory.then(|| {
            "give it more memory, in the template: `runtimes.kubernetes.template`".to_owned()
        }),
        log: Vec::new(),
    })
}

fn joined(words: &[String]) -> Option<String> {
    let said = words.iter().filter(|word| !word.is_empty());
    let said: Vec<_> = said.map(String::as_str).collect();
    (!said.is_empty()).then(|| said.join(": "))
}
