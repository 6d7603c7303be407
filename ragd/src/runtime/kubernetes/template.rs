//! The Job of one worker, made from the template that the configuration names.

use k8s_openapi::api::batch::v1::Job;
use kube::core::DynamicObject;
use serde_json::{Map, Value, json};

use super::super::{Launch, RuntimeError};
use crate::config;

/// That of `deploy/`, where the configuration names no other.
const USUAL: &str = include_str!("../../../deploy/kubernetes/job.yaml");
const KEY: &str = "runtimes.kubernetes.template";

/// Labels by which Jobs are found.
pub(super) const OWNER: &str = "ragd/daemon";
const JOB: &str = "ragd/job";
const PART: &str = "ragd/part";

pub(super) struct Template {
    job: Value,
    image: String,
}

impl Template {
    /// Reads the template, and refuses one of which no worker could come.
    pub(super) fn read(settings: &config::Kubernetes) -> Result<Self, RuntimeError> {
        let text = match settings.template.as_os_str().is_empty() {
            true => USUAL.to_owned(),
            false => {
                let path = settings.template.clone();
                let text = std::fs::read_to_string(&path);
                text.map_err(|source| RuntimeError::File { path, source })?
            }
        };
        Self::parse(&text, &settings.image)
    }

    fn parse(text: &str, image: &str) -> Result<Self, RuntimeError> {
        let refuse = |why: String| RuntimeError::Setting { key: KEY, why };
        // As Kubernetes itself reads it: 0440 is a mode.
        let old_octals = serde_saphyr::options! { legacy_octal_numbers: true };
        let job = serde_saphyr::from_str_with_options::<Value>(text, old_octals);
        let job = job.map_err(|error| refuse(format!("names no YAML: {error}")))?;
        if job["kind"] != "Job" || job["apiVersion"] != "batch/v1" {
            return Err(refuse("names no Job of batch/v1".to_owned()));
        }
        let containers = &job["spec"]["template"]["spec"]["containers"];
        if !contains(containers, "{part}") {
            let why = "names a Job of which no container is told its `{part}`".to_owned();
            return Err(refuse(why));
        }
        // What the server would refuse for its type is better refused now.
        if let Err(error) = serde_json::from_value::<Job>(job.clone()) {
            return Err(refuse(format!("names a Job that is none: {error}")));
        }
        Ok(Self {
            job,
            image: image.to_owned(),
        })
    }

    /// Returns the Job of a worker.
    pub(super) fn job(&self, launch: &Launch) -> Result<DynamicObject, RuntimeError> {
        let words = [
            ("{name}", launch.name.clone()),
            ("{part}", launch.task.to_string()),
            ("{image}", self.image.clone()),
        ];
        let mut job = self.job.clone();
        replace(&mut job, &words);
        let labels = [
            (OWNER, launch.owner.clone()),
            (JOB, launch.task.job.to_string()),
            (PART, launch.task.part.to_string()),
        ];
        job["metadata"]["name"] = json!(launch.name);
        // They would have the Job removed by somebody else, or made anew, or be made elsewhere.
        for word in ["ownerReferences", "generateName", "namespace"] {
            remove(&mut job["metadata"], word);
        }
        let spec = &mut job["spec"];
        // Whether a part is tried again is ours to say.
        spec["backoffLimit"] = json!(0);
        spec["template"]["spec"]["restartPolicy"] = json!("Never");
        label(&mut spec["template"], &labels);
        label(&mut job, &labels);
        serde_json::from_value(job).map_err(|error| RuntimeError::Setting {
            key: KEY,
            why: format!("names no Job: {error}"),
        })
    }
}

fn remove(object: &mut Value, word: &str) {
    if let Value::Object(object) = object {
        object.remove(word);
    }
}

fn label(object: &mut Value, labels: &[(&str, String)]) {
    let known = &mut object["metadata"]["labels"];
    if !known.is_object() {
        *known = Value::Object(Map::new());
    }
    for (name, value) in labels {
        known[*name] = json!(value);
    }
}

fn contains(value: &Value, word: &str) -> bool {
    match value {
        Value::String(text) => text.contains(word),
        Value::Array(values) => values.iter().any(|value| contains(value, word)),
        Value::Object(values) => values.values().any(|value| contains(value, word)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Replaces words in texts, after these were read: whatever stands in them stays text.
fn replace(value: &mut Value, words: &[(&str, String)]) {
    match value {
        Value::String(text) => {
            for (word, with) in words {
                *text = text.replace(word, with);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, words)),
        Value::Object(values) => values.values_mut().for_each(|value| replace(value, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::TaskId;
    use crate::ids::JobId;

    fn launch() -> Launch {
        let job = JobId(uuid::Uuid::from_u128(7));
        Launch::new("me", TaskId { job, part: 3 }, 1)
    }

    #[test]
    fn the_usual_template_makes_a_job_that_is_tried_once() {
        let template = Template::parse(USUAL, "far/ragd:1").unwrap();
        let launch = launch();
        let job = serde_json::to_value(template.job(&launch).unwrap()).unwrap();
        let pod = &job["spec"]["template"];
        let container = &pod["spec"]["containers"][0];
        let part = launch.task.to_string();
        assert_eq!(container["image"], "far/ragd:1");
        let arguments = json!(["worker", "--once", "--part", part, "--name", launch.name]);
        assert_eq!(container["args"], arguments);
        assert_eq!(container["args"], json!(launch.arguments()));
        assert_eq!(job["metadata"]["name"], json!(launch.name));
        for labels in [&job["metadata"]["labels"], &pod["metadata"]["labels"]] {
            assert_eq!(labels["app.kubernetes.io/name"], "ragd");
            assert_eq!(labels[OWNER], "me");
            assert_eq!(labels[PART], "3");
        }
        assert_eq!(job["spec"]["backoffLimit"], 0);
        assert_eq!(pod["spec"]["restartPolicy"], "Never");
        let secrets = &pod["spec"]["volumes"][1]["secret"];
        assert_eq!(secrets["defaultMode"], 0o440);
        assert!(!contains(&job, "{"), "{job}");
    }

    #[test]
    fn what_a_template_may_not_say_is_said_by_us() {
        let text = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  namespace: x\n  \
            ownerReferences: []\nspec:\n  backoffLimit: 6\n  template:\n    spec:\n      \
            restartPolicy: OnFailure\n      containers:\n        - args: [\"{part}\"]\n          \
            fromTheFuture: 1\n";
        let job = Template::parse(text, "").unwrap().job(&launch()).unwrap();
        let job = serde_json::to_value(job).unwrap();
        assert_eq!(job["spec"]["backoffLimit"], 0);
        let pod = &job["spec"]["template"]["spec"];
        assert_eq!(pod["restartPolicy"], "Never");
        assert_eq!(pod["containers"][0]["fromTheFuture"], 1);
        assert!(job["metadata"]["namespace"].is_null());
        assert!(job["metadata"]["ownerReferences"].is_null());
    }

    #[test]
    fn a_template_of_which_no_worker_comes_is_refused() {
        let check = |text: &str, expected: &str| {
            let error = Template::parse(text, "").err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("a: [", "names no YAML");
        check("kind: Pod\napiVersion: v1", "names no Job of batch/v1");
        check("kind: Job\napiVersion: batch/v1", "is told its `{part}`");
        let wrong = "apiVersion: batch/v1\nkind: Job\nspec:\n  template:\n    spec:\n      \
            containers:\n        - args: [\"{part}\"]\n          tty: maybe\n";
        check(wrong, "names a Job that is none");
    }
}
