//! What is wrong with the server, each with the command that mends it.

use redis::Value;

use super::super::Finding;

/// Returns the texts in an answer to INFO: one, or one for each node of a cluster.
pub(super) fn reports(answer: Value) -> Vec<String> {
    match answer {
        Value::Map(nodes) => nodes
            .into_iter()
            .flat_map(|(_, one)| reports(one))
            .collect(),
        Value::Array(nodes) => nodes.into_iter().flat_map(reports).collect(),
        Value::BulkString(bytes) => vec![String::from_utf8_lossy(&bytes).into_owned()],
        Value::VerbatimString { text, .. } | Value::SimpleString(text) => vec![text],
        _ => Vec::new(),
    }
}

/// Returns what a report of a server shows to be wrong. `shell` is the command that reaches it.
pub(super) fn findings(report: &str, of_cluster: bool, shell: &str) -> Vec<Finding> {
    let field = |name: &str| {
        let mut lines = report.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    let number = |name: &str| field(name).and_then(|value| value.parse::<u64>().ok());
    let mut findings = Vec::new();
    let mut find = |what: String, next_step: &str| {
        findings.push(Finding {
            what,
            next_step: next_step.to_owned(),
        });
    };
    let set = |setting: &str| format!("{shell} CONFIG SET {setting} && {shell} CONFIG REWRITE");
    let version = field("redis_version").unwrap_or("unknown");
    if !is_new_enough(version) {
        find(
            format!("the queue server is Redis {version}; scripts and streams need 6.2"),
            "install Valkey 7.2 or newer, or Redis 6.2 or newer",
        );
    }
    if field("role") == Some("slave") && !of_cluster {
        find(
            "the queue server is a replica and cannot be written to".to_owned(),
            "name the primary in `queue.url`, or sentinels that know it",
        );
    }
    if field("cluster_enabled") == Some("1") && !of_cluster {
        find(
            "the queue server is part of a cluster, and `queue.url` names a single server"
                .to_owned(),
            "write redis+cluster:// in `queue.url`",
        );
    }
    if field("loading") == Some("1") {
        find(
            "the queue server is reading its data".to_owned(),
            "wait until it has",
        );
    }
    if field("aof_enabled") == Some("0") {
        find(
            "the queue server keeps nothing over a restart; what is open is offered again then"
                .to_owned(),
            &set("appendonly yes"),
        );
    }
    if field("aof_last_write_status").is_some_and(|status| status != "ok") {
        find(
            "the queue server cannot write to its disk".to_owned(),
            "look at its log, and at the space that is left there",
        );
    }
    let policy = field("maxmemory_policy").unwrap_or("noeviction");
    if policy != "noeviction" {
        find(
            format!("the queue server may throw tasks away when it is full (`{policy}`)"),
            &set("maxmemory-policy noeviction"),
        );
    }
    if let (Some(used), Some(limit @ 1..)) = (number("used_memory"), number("maxmemory"))
        && used >= limit
    {
        find(
            format!("the queue server uses {used} bytes, and {limit} is its limit"),
            &set(&format!("maxmemory {}", limit.saturating_mul(2))),
        );
    }
    findings
}

/// Valkey says of itself that it is Redis 7.2, as do other servers that took over from Redis.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= (6, 2),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(report: &str, expected: &[&str]) {
        let found = findings(report, false, "redis-cli -p 7");
        let found: Vec<&str> = found.iter().map(|one| one.next_step.as_str()).collect();
        assert_eq!(found, expected, "{report}");
    }

    #[test]
    fn what_is_wrong_comes_with_what_mends_it() {
        check(
            "redis_version:7.2.4\r\nserver_name:valkey\r\nrole:master\r\naof_enabled:1\r\n\
             maxmemory:0\r\nused_memory:900\r\nmaxmemory_policy:noeviction\r\n",
            &[],
        );
        check(
            "redis_version:5.0.14\r\nrole:slave\r\n",
            &[
                "install Valkey 7.2 or newer, or Redis 6.2 or newer",
                "name the primary in `queue.url`, or sentinels that know it",
            ],
        );
        check(
            "redis_version:6.2.0\r\ncluster_enabled:1\r\naof_enabled:0\r\n\
             maxmemory_policy:allkeys-lru\r\nused_memory:900\r\nmaxmemory:800\r\n",
            &[
                "write redis+cluster:// in `queue.url`",
                "redis-cli -p 7 CONFIG SET appendonly yes && redis-cli -p 7 CONFIG REWRITE",
                "redis-cli -p 7 CONFIG SET maxmemory-policy noeviction && redis-cli -p 7 CONFIG REWRITE",
                "redis-cli -p 7 CONFIG SET maxmemory 1600 && redis-cli -p 7 CONFIG REWRITE",
            ],
        );
    }
}
