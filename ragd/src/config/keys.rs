//! What each key means: the one text behind the reference file and the errors about unknown keys.

use std::fmt::Write as _;

use super::{Config, GitHost, Model};

/// Key, and what to know about it.
pub(super) const KEYS: &[(&str, &str)] = &[
    (
        "state_dir",
        "Folder of ledger, index and blobs. Empty: $XDG_DATA_HOME/ragd, or $STATE_DIRECTORY under systemd.",
    ),
    (
        "socket",
        "Local socket. Empty: $XDG_RUNTIME_DIR/ragd/ragd.sock, or $RUNTIME_DIRECTORY under systemd.",
    ),
    (
        "log.level",
        "error, warn, info, debug or trace; or directives as in RUST_LOG.",
    ),
    ("log.format", "text or json. Goes to standard error."),
    (
        "workers.local",
        "Parts that are read and cut at the same time in this daemon. 0: none. Default: number of cores.",
    ),
    (
        "queue.max_queued",
        "Jobs that may wait in all; beyond it submits are answered `busy`.",
    ),
    (
        "queue.max_queued_per_user",
        "Jobs that may wait for one user; the user of the daemon and root may fill the whole queue.",
    ),
    (
        "queue.max_attempts",
        "Runs that may end in a transient error before a part is dead.",
    ),
    (
        "queue.max_stalls",
        "Runs whose worker may vanish before a part is dead.",
    ),
    (
        "queue.retry_min_ms",
        "First backoff; it doubles with every attempt and is drawn at random below that.",
    ),
    ("queue.retry_max_ms", "Longest backoff."),
    (
        "queue.lease_ms",
        "Time after which a worker that shows no sign of life loses its part.",
    ),
    (
        "queue.keep_ended_days",
        "Days that finished, failed and cancelled jobs stay listed.",
    ),
    ("queue.keep_dead_days", "Days that dead jobs stay listed."),
    (
        "queue.url",
        "Valkey or Redis that hands tasks to workers on other machines: redis://USER@HOST:PORT/DB, rediss:// (TLS), redis+unix:///PATH, redis+cluster://A:1,B:2 or redis+sentinel://A:1,B:2/NAME. Empty: none. No password in it.",
    ),
    (
        "queue.password_file",
        "File with the password for it. Empty: none.",
    ),
    (
        "queue.password_env",
        "Variable with the password, where there is no file.",
    ),
    (
        "queue.ca_file",
        "PEM file of the certificates to trust with TLS. Empty: those of the system.",
    ),
    (
        "queue.prefix",
        "What the names of all keys there begin with, in braces. Daemon and workers need the same.",
    ),
    (
        "ingest.max_file_bytes",
        "Larger files are skipped by the rule `too-large`, unless a submit names another size; `ingest.memory_bytes` is the most.",
    ),
    ("ingest.part_files", "Files of one part, at most."),
    ("ingest.part_bytes", "Bytes of one part, about."),
    (
        "ingest.memory_bytes",
        "Bytes of documents that are in work at the same time.",
    ),
    (
        "ingest.chunk_tokens",
        "Largest size of a chunk, in estimated tokens.",
    ),
    (
        "ingest.overlap_tokens",
        "Tokens that a chunk of plain text repeats from the one before.",
    ),
    (
        "extract.children",
        "Child processes that read documents at the same time. 0: one for each core, 4 at most.",
    ),
    (
        "extract.allow_unsandboxed",
        "true: documents are read even where the system has no Landlock or no seccomp. A document that breaks its parser can then do what ragd may.",
    ),
    (
        "extract.memory_bytes",
        "Address space of such a child. A document that needs more is a gap (extract-memory).",
    ),
    (
        "extract.cpu_s",
        "Seconds of the processor for one document (extract-cpu).",
    ),
    (
        "extract.wall_s",
        "Seconds for one document, whatever it waits for (extract-slow).",
    ),
    (
        "extract.answer_bytes",
        "Bytes that a child may answer for one document (extract-output).",
    ),
    (
        "extract.text_bytes",
        "Text of one document (too-much-text).",
    ),
    (
        "extract.chunks",
        "Chunks of one document (too-many-chunks).",
    ),
    ("extract.pages", "Pages of one document (too-many-pages)."),
    (
        "extract.pixels",
        "Pixels of an image that is looked at (too-many-pixels).",
    ),
    (
        "extract.pdf_objects",
        "Objects of one PDF (too-many-objects).",
    ),
    (
        "extract.pdf_stream_bytes",
        "What draws one page of a PDF may unpack to so many bytes (too-large-stream).",
    ),
    (
        "extract.xml_depth",
        "Elements within one another in the XML of documents (too-deep-xml).",
    ),
    (
        "extract.office_parts",
        "Parts of an Office or OpenDocument file or an EPUB (too-many-parts).",
    ),
    (
        "extract.office_ratio",
        "What comes out of such a file may be so many times as large as it is, once it is 8 MiB (office-unpack-limit).",
    ),
    (
        "extract.html_nodes",
        "Tags of a page of HTML (too-many-nodes).",
    ),
    (
        "extract.html_depth",
        "Elements within one another in HTML (too-deep-html).",
    ),
    (
        "extract.archive_bytes",
        "What may come out of an archive and all archives within it (too-much-within).",
    ),
    (
        "extract.archive_entry_bytes",
        "Bytes of one file of an archive (too-large-within).",
    ),
    (
        "extract.archive_entries",
        "Files of an archive and all archives within it (too-many-within).",
    ),
    (
        "extract.archive_depth",
        "Archives within one another that are opened, the outermost among them (too-deep).",
    ),
    (
        "extract.archive_ratio",
        "What comes out of an archive may be so many times as large as it is, once it is 1 MiB (unpack-limit).",
    ),
    (
        "extract.archive_entry_ratio",
        "The same for one file of an archive, and what it was packed to (unpack-limit).",
    ),
    (
        "ocr.tesseract",
        "true: the program tesseract reads images and scanned pages, where it is installed. It runs without network and may write nothing. To switch it has all documents read again.",
    ),
    (
        "ocr.languages",
        "Languages it is to expect, as it names them: eng, or deu+eng.",
    ),
    (
        "ocr.pages",
        "Pages of one document that are read so; the others stay gaps (needs-vision).",
    ),
    (
        "ocr.page_s",
        "Seconds for one page; it stays a gap then (needs-vision).",
    ),
    (
        "secrets.redact",
        "true: secrets in texts are replaced by [SECRET:KIND] before anybody but ragd sees them. false: texts stay as they are. Files that hold nothing but secrets by their name, such as .env or id_rsa, are left out either way. To change anything here has all documents read again, but for allow_paths.",
    ),
    (
        "secrets.off",
        "Kinds that are not looked for, as `ragctl secrets` names them, such as \"password-hash\".",
    ),
    (
        "secrets.allow",
        "Marks of what is no secret, as `ragctl secrets` tells them.",
    ),
    (
        "secrets.allow_paths",
        "Globs as in .gitignore: what fits is neither left out by its name nor changed, such as \"/tests/fixtures/\". A change has those documents read again that it is about.",
    ),
    (
        "index.url",
        "gRPC address of a Qdrant server (1.16 or later), such as https://qdrant:6334. Empty: the index is in this daemon.",
    ),
    (
        "index.api_key_file",
        "File with the key of the Qdrant server. Empty: none.",
    ),
    (
        "index.api_key_env",
        "Variable with that key, where there is no file.",
    ),
    (
        "index.ca_file",
        "Certificates (PEM) that the Qdrant server is checked against. Empty: those of the system.",
    ),
    (
        "index.timeout_ms",
        "Time in which Qdrant has to answer what a search asks; to write it gets ten times as long.",
    ),
    (
        "index.on_disk",
        "Qdrant keeps vectors and words on disk and not in memory. Counts for collections made from then on, like the next.",
    ),
    (
        "index.quantization",
        "What Qdrant keeps in memory to search vectors by: none, int8 or binary.",
    ),
    (
        "index.writer_bytes",
        "Memory of an index writer before it writes a segment.",
    ),
    (
        "index.open_writers",
        "Collections that can be written to without reopening.",
    ),
    (
        "index.writer_idle_ms",
        "Time after which an unused index writer is closed and its memory given back.",
    ),
    (
        "blobs.url",
        "Where contents are kept: s3://BUCKET/PREFIX, or file:///FOLDER that workers on other machines share. Empty: a folder in the state directory. Those that are there already are not moved.",
    ),
    (
        "blobs.endpoint",
        "Server of s3://, such as https://minio:9000. Empty: Amazon's own of the region.",
    ),
    (
        "blobs.region",
        "Region of the bucket. Empty: as AWS_REGION or AWS_DEFAULT_REGION say, else us-east-1.",
    ),
    (
        "blobs.path_style",
        "true: the bucket is named in the path; false: in the host name.",
    ),
    (
        "blobs.access_key_file",
        "File with the access key, read anew for each request. Empty: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.",
    ),
    ("blobs.secret_key_file", "File with the secret key."),
    (
        "blobs.ca_file",
        "File with the certificates (PEM) that the server's must come from. Empty: those that the system trusts.",
    ),
    (
        "blobs.timeout_ms",
        "A server that sends nothing for so long is given up, and nothing is tried again after that.",
    ),
    (
        "runtimes.docker.host",
        "The engine of Docker: unix:///PATH, or http://HOST:PORT. Empty: as DOCKER_HOST says, else unix:///var/run/docker.sock.",
    ),
    (
        "runtimes.docker.image",
        "Image of this ragd, in which `ragctl submit --runtime docker` runs the parts of a job. Empty: nothing runs there.",
    ),
    (
        "runtimes.docker.network",
        "Network of the containers, which has to reach queue, index and blobs. Empty: that of Docker itself.",
    ),
    (
        "runtimes.docker.mounts",
        "Folders and files that they get, such as \"/etc/ragd:/etc/ragd:ro\": the configuration, the files with keys, and blobs that are a folder.",
    ),
    (
        "runtimes.docker.env",
        "Names of variables of this daemon that they get, such as \"AWS_SECRET_ACCESS_KEY\".",
    ),
    ("runtimes.docker.memory_bytes", "Memory of a container."),
    ("runtimes.docker.cpus", "Cores of a container."),
    (
        "runtimes.docker.at_once",
        "Containers at the same time; other parts wait.",
    ),
    (
        "runtimes.kubernetes.image",
        "Image of this ragd, which takes the place of {image} in the template for `ragctl submit --runtime kubernetes`. Empty: nothing runs there.",
    ),
    (
        "runtimes.kubernetes.kubeconfig",
        "File that says how the cluster is reached. Empty: KUBECONFIG, ~/.kube/config, or the account of the pod that ragd is in.",
    ),
    (
        "runtimes.kubernetes.context",
        "Which context of that file. Empty: the current one.",
    ),
    (
        "runtimes.kubernetes.namespace",
        "Namespace of the Jobs. Empty: that of the context, or of the pod.",
    ),
    (
        "runtimes.kubernetes.template",
        "File with the Job of a worker, in which {name}, {part} and {image} are replaced. Empty: ragd/deploy/kubernetes/job.yaml, which is built in.",
    ),
    (
        "runtimes.kubernetes.at_once",
        "Jobs at the same time; other parts wait.",
    ),
    (
        "runtimes.aws_batch.queue",
        "Job queue of AWS Batch for `ragctl submit --runtime aws-batch`. Empty: nothing runs there.",
    ),
    (
        "runtimes.aws_batch.job_definition",
        "Job definition, as NAME or NAME:REVISION: the image of this ragd, its configuration, keys and room. Its command is ours.",
    ),
    (
        "runtimes.aws_batch.region",
        "Region. Empty: as AWS_REGION or ~/.aws/config say. Credentials are looked for where AWS always looks.",
    ),
    (
        "runtimes.aws_batch.endpoint",
        "Server that speaks for AWS Batch. Empty: Amazon's own of the region.",
    ),
    (
        "runtimes.aws_batch.at_once",
        "Jobs at the same time; other parts wait.",
    ),
    ("limits.connections", "Clients at the same time."),
    (
        "limits.connections_per_user",
        "Clients of one user at the same time.",
    ),
    (
        "limits.requests_in_flight",
        "Requests of one client at the same time.",
    ),
    ("limits.hello_ms", "Time for a client to say hello."),
    (
        "limits.partial_frame_ms",
        "Time for the rest of a frame that has begun.",
    ),
    (
        "limits.idle_ms",
        "A client that asks nothing and watches nothing for so long is let go.",
    ),
    (
        "limits.stalled_client_ms",
        "A client that takes nothing off the socket for so long is let go.",
    ),
    ("limits.upload_bytes", "Largest upload of one document."),
    (
        "limits.heartbeat_ms",
        "Quiet streams say so at this interval.",
    ),
    (
        "disk.min_free_bytes",
        "Submits are refused when less is free; the smaller of this and the next counts.",
    ),
    (
        "disk.min_free_percent",
        "The same as a share of the file system.",
    ),
    ("disk.check_ms", "How often free space is looked at."),
    (
        "sweep.grace_ms",
        "Time that replaced and deleted versions stay for searches already under way.",
    ),
    ("sweep.interval_ms", "How often they are cleared away."),
    (
        "history.versions",
        "Earlier contents that are kept of each document, for `ragctl doc diff`. 0: none; 100 at most.",
    ),
    (
        "history.days",
        "Days after which a content that was replaced is not kept any more.",
    ),
    (
        "embed.model",
        "Model for the vectors of new collections: builtin, or a name from [[models]].",
    ),
    (
        "answer.model",
        "Who answers: a name from [[models]]; auto: a server found on this machine (ports 11434, 8080, 1234), else quotes; none: quotes.",
    ),
    ("answer.passages", "Passages that an answer is made from."),
    (
        "answer.context_tokens",
        "Estimated tokens of passages and earlier turns that a model is given, at most.",
    ),
    ("answer.answer_tokens", "Tokens that a model may write."),
    (
        "watch.sources",
        "Sources that may be watched (`ragctl submit --watch`).",
    ),
    (
        "watch.folders",
        "Folders of one source of which the system tells changes; a source with more is looked through instead, as one is for which the system has no watches left (fs.inotify.max_user_watches).",
    ),
    (
        "watch.poll_ms",
        "How often such a source is looked through.",
    ),
    (
        "git.repository_bytes",
        "Bytes that a repository may have which is submitted by its address (git-too-large).",
    ),
    (
        "git.wall_s",
        "Seconds after which fetching one is given up (git-slow).",
    ),
    (
        "git.ssh_dir",
        "Folder of the keys and of known_hosts for ssh. Empty: ~/.ssh. The agent comes first.",
    ),
    (
        "web.page_bytes",
        "Bytes that a page or file may have which is submitted by its address (web-too-large).",
    ),
    (
        "web.wall_s",
        "Seconds after which fetching one is given up (web-slow).",
    ),
    (
        "web.private_hosts",
        "Hosts (HOST or HOST:PORT) that are not on the internet, or not at a port of pages, and from which pages, and repositories for others than the user of ragd, are fetched all the same.",
    ),
    (
        "web.http_hosts",
        "Hosts whose pages may be fetched by http://; what is sent can be read and changed on the way.",
    ),
];

/// Keys of each `[[git_hosts]]`, and what to know about them.
pub(super) const GIT_HOST_KEYS: &[(&str, &str)] = &[
    (
        "name",
        "HOST or HOST:PORT, as in the address. Only this host gets the token.",
    ),
    (
        "user",
        "Name to give with the token. Empty: x-access-token, which most hosts take.",
    ),
    ("key_file", "File with the token. Empty: none."),
    (
        "key_env",
        "Variable with the token, where there is no file.",
    ),
    (
        "ca_file",
        "PEM file of the certificates to trust. Empty: those of the system.",
    ),
    (
        "allow_http",
        "true: http:// is allowed for this host; what is sent can be read on the way.",
    ),
];

/// Keys of each `[[models]]`, and what to know about them.
pub(super) const MODEL_KEYS: &[(&str, &str)] = &[
    ("name", "What it is called here. Not builtin, auto or none."),
    (
        "kind",
        "openai: a server that speaks its protocol, such as Ollama, llama.cpp or vLLM.",
    ),
    (
        "url",
        "Up to and with the version, such as http://127.0.0.1:11434/v1.",
    ),
    ("model", "What the server calls it. Empty: as `name`."),
    ("key_file", "File with the key. Empty: none."),
    ("key_env", "Variable with the key, where there is no file."),
    (
        "context_tokens",
        "Tokens that the model takes at once: longer texts are split, and answers get less to read.",
    ),
    (
        "silence_ms",
        "A server that sends nothing for so long is given up.",
    ),
    ("batch", "Texts of one request for vectors."),
    ("requests", "Requests for vectors at the same time."),
    ("query_prefix", "What the model wants before a query."),
    ("passage_prefix", "What the model wants before a passage."),
    (
        "cents_per_million_tokens",
        "What a million tokens cost, for plans; 0: nothing, or nobody knows.",
    ),
];

/// Returns the reference file: every key with its default and its sentence.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from(
        "# Configuration of ragd: every key with its default.\n\
         # Made by `ragd config reference`; a test holds that it is not stale.\n",
    );
    let defaults = leaves(&Config::default());
    let mut table = "";
    for (key, text) in KEYS {
        let (parent, name) = key.rsplit_once('.').unwrap_or(("", key));
        if parent != table {
            table = parent;
            write!(out, "\n[{table}]\n").expect("writing to a string");
        }
        let value = defaults
            .iter()
            .find(|(leaf, _)| leaf == key)
            .map_or("", |(_, value)| value);
        // The number of cores is not the same on the machine that reads this.
        let value = if *key == "workers.local" { "2" } else { value };
        write!(out, "# {text}\n# {name} = {value}\n").expect("writing to a string");
    }
    out.push_str("\n# One for each model of a server.\n# [[models]]\n");
    let defaults = toml::Table::try_from(Model::default()).expect("a model is a table");
    entry(&mut out, &defaults, MODEL_KEYS);
    out.push_str("\n# One for each host of repositories that wants a token.\n# [[git_hosts]]\n");
    let defaults = toml::Table::try_from(GitHost::default()).expect("a host is a table");
    entry(&mut out, &defaults, GIT_HOST_KEYS);
    out
}

fn entry(out: &mut String, defaults: &toml::Table, keys: &[(&str, &str)]) {
    for (name, text) in keys {
        let value = &defaults[*name];
        write!(out, "# {text}\n# {name} = {value}\n").expect("writing to a string");
    }
}

/// Returns all keys of `config` with their values as TOML.
pub(super) fn leaves(config: &Config) -> Vec<(String, String)> {
    fn walk(prefix: &str, table: &toml::Table, out: &mut Vec<(String, String)>) {
        for (name, value) in table {
            let key = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            match value {
                toml::Value::Table(inner) => walk(&key, inner, out),
                // Documented by `MODEL_KEYS` and `GIT_HOST_KEYS`.
                toml::Value::Array(_) if ["models", "git_hosts"].contains(&key.as_str()) => {}
                value => out.push((key, value.to_string())),
            }
        }
    }
    let table = toml::Table::try_from(config).expect("the configuration is a table");
    let mut out = Vec::new();
    walk("", &table, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_documented_and_every_documented_key_exists() {
        let mut documented: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
        let leaves = leaves(&Config::default());
        let mut existing: Vec<&str> = leaves.iter().map(|(key, _)| key.as_str()).collect();
        documented.sort_unstable();
        existing.sort_unstable();
        assert_eq!(documented, existing);

        let mut documented: Vec<&str> = MODEL_KEYS.iter().map(|(key, _)| *key).collect();
        let model = toml::Table::try_from(Model::default()).unwrap();
        let mut existing: Vec<&str> = model.keys().map(String::as_str).collect();
        documented.sort_unstable();
        existing.sort_unstable();
        assert_eq!(documented, existing);

        let mut documented: Vec<&str> = GIT_HOST_KEYS.iter().map(|(key, _)| *key).collect();
        let host = toml::Table::try_from(GitHost::default()).unwrap();
        let mut existing: Vec<&str> = host.keys().map(String::as_str).collect();
        documented.sort_unstable();
        existing.sort_unstable();
        assert_eq!(documented, existing);
    }

    #[test]
    fn the_reference_file_is_not_stale() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config.reference.toml");
        if std::env::var_os("RAGD_REGENERATE").is_some() {
            std::fs::write(path, reference()).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            found,
            reference(),
            "run the tests once with RAGD_REGENERATE=1"
        );
    }
}
