//! What is deployed with ragd is what this ragd understands. `.ci/deploy` checks the rest of it, by
//! the schemas of those who read it.

use ragd::config;

use crate::{report, root};

#[test]
fn the_configurations_that_are_deployed_can_be_read() {
    let mut findings = Vec::new();
    for name in ["config.toml", "kubernetes/config.toml"] {
        let path = root().join("ragd/deploy").join(name);
        match config::read(&path, true) {
            Ok(config) => {
                // Containers share nothing but these.
                let shared = [&config.queue.url, &config.index.url, &config.blobs.url];
                if shared.iter().any(|url| url.is_empty()) {
                    findings.push(format!("{name} lacks a url"));
                }
            }
            Err(error) => findings.push(error.to_string()),
        }
    }
    report("a configuration in ragd/deploy is not right", &findings);
}
