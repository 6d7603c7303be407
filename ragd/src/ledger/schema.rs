//! The tables, and how an older file becomes a newer one.

use rusqlite::Connection;

/// What `meta.schema` says in a file of this build.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// One step forward for each version; step `n` makes version `n + 1`.
pub(super) const STEPS: [&str; 17] = [
    FIRST, ANSWERS, MODELS, HOMES, WORKERS, INBOX, FACTS, HISTORY, SIGHTS, SENDERS, OUTLINES,
    REDACTED, ORIGINS, WATCHED, PROJECTS, STANDINGS, SHARED,
];

const FIRST: &str = "
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE collection (
    id         BLOB PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    owner      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    documents  INTEGER NOT NULL DEFAULT 0,
    chunks     INTEGER NOT NULL DEFAULT 0,
    bytes      INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- `key` is the active version; NULL when nothing of the document is searchable. A removed document
-- keeps its row, since `observed` is what keeps late work from bringing it back.
CREATE TABLE document (
    id          BLOB PRIMARY KEY,
    collection  BLOB NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    source      BLOB NOT NULL,
    path        BLOB NOT NULL,
    observed    INTEGER NOT NULL,
    removed     INTEGER NOT NULL DEFAULT 0,
    key         INTEGER,
    content     BLOB,
    bytes       INTEGER NOT NULL DEFAULT 0,
    chunks      INTEGER NOT NULL DEFAULT 0,
    revision    INTEGER NOT NULL DEFAULT 0,
    title       TEXT,
    language    TEXT,
    modified_ns INTEGER,
    inode       INTEGER,
    updated_at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX document_source ON document (collection, source) WHERE removed = 0;
CREATE INDEX document_content ON document (content) WHERE content IS NOT NULL;

-- Active versions, and retired ones until their chunks have left the index.
CREATE TABLE version (
    key        INTEGER PRIMARY KEY,
    document   BLOB NOT NULL,
    collection BLOB NOT NULL,
    chunks     INTEGER NOT NULL,
    retired_at INTEGER
);
CREATE INDEX version_retired ON version (retired_at) WHERE retired_at IS NOT NULL;
CREATE INDEX version_collection ON version (collection);

CREATE TABLE blob (
    hash       BLOB PRIMARY KEY,
    pack       BLOB NOT NULL,
    start      INTEGER NOT NULL,
    length     INTEGER NOT NULL,
    keep_until INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX blob_pack ON blob (pack);

-- Uploads that an open job still needs.
CREATE TABLE job_blob (
    job  BLOB NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,
    PRIMARY KEY (job, hash)
) WITHOUT ROWID;
CREATE INDEX job_blob_hash ON job_blob (hash);

CREATE TABLE gap (
    collection BLOB NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    source     BLOB NOT NULL,
    path       BLOB NOT NULL,
    stage      INTEGER NOT NULL,
    rule       TEXT NOT NULL,
    code       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    bytes      INTEGER,
    job        BLOB,
    at         INTEGER NOT NULL,
    -- How the file looked, and to which pipeline: one that looks the same is not read again.
    modified_ns INTEGER,
    inode       INTEGER,
    pipeline    TEXT,
    PRIMARY KEY (collection, source)
) WITHOUT ROWID;
CREATE INDEX gap_job ON gap (job);

CREATE TABLE job (
    id         BLOB PRIMARY KEY,
    seq        INTEGER NOT NULL UNIQUE,
    uid        INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    ends       INTEGER NOT NULL DEFAULT 0,
    cancel     INTEGER NOT NULL DEFAULT 0,
    collection BLOB,
    source     TEXT NOT NULL,
    dedup      BLOB,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    record     TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX job_dedup ON job (dedup) WHERE dedup IS NOT NULL;
CREATE INDEX job_state ON job (state, seq);
CREATE INDEX job_ended ON job (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE part (
    job      BLOB NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    state    INTEGER NOT NULL,
    run_at   INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    stalls   INTEGER NOT NULL DEFAULT 0,
    deaths   INTEGER NOT NULL DEFAULT 0,
    cost     INTEGER NOT NULL,
    work     TEXT NOT NULL,
    PRIMARY KEY (job, number)
) WITHOUT ROWID;
CREATE INDEX part_open ON part (state) WHERE state < 10;

CREATE TABLE job_key (
    uid         INTEGER NOT NULL,
    name        TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    job         BLOB NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (uid, name)
) WITHOUT ROWID;
";

const ANSWERS: &str = "
CREATE TABLE conversation (
    id         BLOB PRIMARY KEY,
    uid        INTEGER NOT NULL,
    title      TEXT NOT NULL,
    collection TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX conversation_uid ON conversation (uid, updated_at);

CREATE TABLE turn (
    conversation BLOB NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    record       TEXT NOT NULL,
    PRIMARY KEY (conversation, number)
) WITHOUT ROWID;

CREATE TABLE job_answer (
    job    BLOB PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
    record TEXT NOT NULL
) WITHOUT ROWID;
";

/// Which model serves a collection, which one is on its way there, which one served before.
const MODELS: &str = "
ALTER TABLE collection ADD COLUMN model TEXT NOT NULL DEFAULT 'builtin';
ALTER TABLE collection ADD COLUMN next_model TEXT;
ALTER TABLE collection ADD COLUMN next_job BLOB;
ALTER TABLE collection ADD COLUMN previous_model TEXT;
-- Grows with every activation that came without vectors of the next model.
ALTER TABLE collection ADD COLUMN lacks INTEGER NOT NULL DEFAULT 0;
";

/// Where the chunks of a collection are: in the daemon or on an index server.
const HOMES: &str = "
ALTER TABLE collection ADD COLUMN home TEXT NOT NULL DEFAULT 'embedded';
";

const WORKERS: &str = "
CREATE TABLE paused_worker (
    name TEXT PRIMARY KEY
) WITHOUT ROWID;
";

/// What is looked at again when somebody asks, and what is not until then.
const INBOX: &str = "
-- The content in which the gap was found, and the number under which that was observed.
ALTER TABLE gap ADD COLUMN content BLOB;
ALTER TABLE gap ADD COLUMN observed INTEGER;
CREATE INDEX gap_listed ON gap (code, path) WHERE code != 'skipped';

-- Contents that killed whoever read them, or would not come to an end.
CREATE TABLE poison (
    content  BLOB NOT NULL,
    pipeline TEXT NOT NULL,
    code     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (content, pipeline)
) WITHOUT ROWID;
";

/// What documents say of themselves, and what people say of them.
const FACTS: &str = "
CREATE TABLE fact (
    document BLOB NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    given    INTEGER NOT NULL,
    name     TEXT NOT NULL COLLATE NOCASE,
    value    TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (document, name, value, given)
) WITHOUT ROWID;
CREATE INDEX fact_value ON fact (name, value);
";

/// What documents were before.
const HISTORY: &str = "
CREATE TABLE past (
    document BLOB NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    content  BLOB NOT NULL,
    bytes    INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    kept     INTEGER NOT NULL,
    PRIMARY KEY (document, revision)
) WITHOUT ROWID;
CREATE INDEX past_content ON past (content) WHERE kept = 1;
CREATE INDEX past_kept ON past (until) WHERE kept = 1;
CREATE INDEX past_until ON past (until);
";

/// What was seen on pages that are pictures, for as long as the content is kept.
const SIGHTS: &str = "
CREATE TABLE sight (
    content BLOB PRIMARY KEY,
    by      TEXT NOT NULL,
    hash    BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX sight_hash ON sight (hash);
";

/// Who sent a content, and until when a submit of his may name it.
const SENDERS: &str = "
CREATE TABLE sent (
    uid   INTEGER NOT NULL,
    hash  BLOB NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (uid, hash)
) WITHOUT ROWID;
CREATE INDEX sent_until ON sent (until);
";

/// What programs say of themselves and of others.
const OUTLINES: &str = "
CREATE TABLE outline (
    document BLOB PRIMARY KEY REFERENCES document (id) ON DELETE CASCADE,
    packed   BLOB NOT NULL
) WITHOUT ROWID;
";

/// Where secrets were replaced in texts. These themselves are not here.
const REDACTED: &str = "
CREATE TABLE redacted (
    document BLOB NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    line     INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    mark     TEXT NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
";

/// What is known of all documents below a root at once.
const ORIGINS: &str = "
CREATE TABLE origin (
    collection BLOB NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    root       BLOB NOT NULL,
    -- Between these are the sources below `root`.
    low        BLOB NOT NULL,
    high       BLOB NOT NULL,
    name       TEXT NOT NULL COLLATE NOCASE,
    value      TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (collection, root, name)
) WITHOUT ROWID;
";

/// Sources that are watched. What is in the two records is known to `watched` only.
const WATCHED: &str = "
CREATE TABLE watched (
    id         BLOB PRIMARY KEY,
    collection BLOB NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    uid        INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    job        BLOB,
    work       TEXT NOT NULL,
    marks      TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;
";

/// How often what is known of the programs of a collection changed, and which of these states its
/// overview tells of.
const PROJECTS: &str = "
CREATE TABLE project (
    collection BLOB PRIMARY KEY REFERENCES collection (id) ON DELETE CASCADE,
    revision   INTEGER NOT NULL,
    told       INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO project (collection, revision)
    SELECT DISTINCT collection, 1 FROM document JOIN outline ON outline.document = document.id;
";

/// Which files of a collection others need: what `standings` writes. All are told anew.
const STANDINGS: &str = "
ALTER TABLE project ADD COLUMN standings BLOB;
UPDATE project SET told = 0;
";

/// Several documents may have one version.
const SHARED: &str = "
ALTER TABLE version DROP COLUMN document;
CREATE INDEX document_key ON document (key) WHERE key IS NOT NULL;
";

/// Returns the version of the file; 0 for an empty one.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Takes those of `steps` that a file of version `from` has not seen, all or none.
pub(super) fn migrate(
    connection: &mut Connection,
    from: i64,
    steps: &[&str],
) -> rusqlite::Result<()> {
    let tx = connection.transaction()?;
    let done = usize::try_from(from).unwrap_or(0);
    for step in &steps[done..] {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "user_version", steps.len() as i64)?;
    tx.commit()
}
