-- `num` is the small key that the large tables use; `id` is what clients see and choose, so two projects
-- may have the same.
CREATE TABLE trace (
    num        ID,
    id         TEXT NOT NULL,
    project    TEXT NOT NULL REFERENCES project (id),
    experiment INT NOT NULL REFERENCES experiment (id),
    creator    TEXT NOT NULL,            -- the user whose client sent the first of it
    client_id  TEXT,                     -- what the traced application calls the request
    name       TEXT,
    state      TEXT NOT NULL,            -- STATE_UNSPECIFIED, IN_PROGRESS, OK, ERROR
    at         INT NOT NULL,             -- when the request began, milliseconds
    duration   INT,                      -- milliseconds
    request    TEXT,                     -- previews
    response   TEXT,
    told       BOOL NOT NULL,            -- a client told what it is; spans fill only what is missing
    spanned    BOOL NOT NULL,            -- some of its spans are here
    created_at INT NOT NULL
);
CREATE UNIQUE INDEX trace_id ON trace (id, project);
CREATE INDEX trace_age ON trace (experiment, at, id);

-- `told`: a client said so; what is only derived from spans gives way to it. `head` is the beginning of
-- the value: what an index can hold.
CREATE TABLE trace_tag (
    trace INT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    head  TEXT NOT NULL,
    told  BOOL NOT NULL,
    PRIMARY KEY (trace, key)
) WITHOUT ROWID;
CREATE INDEX trace_tag_value ON trace_tag (key, head, trace);

CREATE TABLE trace_metadata (
    trace INT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    head  TEXT NOT NULL,
    told  BOOL NOT NULL,
    PRIMARY KEY (trace, key)
) WITHOUT ROWID;
CREATE INDEX trace_metadata_value ON trace_metadata (key, head, trace);

-- Runs that a trace was linked to afterwards.
CREATE TABLE trace_run (
    trace INT NOT NULL,
    run   TEXT NOT NULL,
    PRIMARY KEY (trace, run)
) WITHOUT ROWID;
CREATE INDEX trace_run_run ON trace_run (run, trace);

-- Prompts that a trace used, as clients name them.
CREATE TABLE trace_prompt (
    trace   INT NOT NULL,
    name    TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (trace, name, version)
) WITHOUT ROWID;

CREATE TABLE span (
    num        ID,
    trace      INT NOT NULL,
    id         TEXT NOT NULL,            -- 16 hexadecimal digits
    parent     TEXT,
    name       TEXT NOT NULL,
    type       TEXT NOT NULL,
    status     TEXT NOT NULL,            -- UNSET, OK, ERROR
    started_at INT NOT NULL,             -- nanoseconds
    ended_at   INT,                      -- nanoseconds
    usage      TEXT,                     -- tokens, a JSON object of numbers
    cost       TEXT,                     -- a JSON object of numbers
    content    TEXT NOT NULL             -- the whole span as JSON, as clients read it
);
CREATE UNIQUE INDEX span_id ON span (trace, id);

-- What spans are searched by: the beginnings of their attributes.
CREATE TABLE span_attribute (
    trace INT NOT NULL,
    span  TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (trace, span, key)
) WITHOUT ROWID;

-- What people, judges and code say of a trace, or of one of its spans.
CREATE TABLE assessment (
    num         ID,
    id          TEXT NOT NULL,
    trace       INT NOT NULL,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,           -- feedback, expectation, issue
    value       TEXT NOT NULL,           -- JSON
    word        TEXT NOT NULL,           -- the value as a search compares it
    number      REAL,                    -- the value, where it is a number
    structured  BOOL NOT NULL,           -- the client sent the value as text that holds JSON
    error       TEXT,                    -- JSON
    source_type TEXT NOT NULL,
    source_id   TEXT NOT NULL,
    rationale   TEXT,
    metadata    TEXT NOT NULL,           -- a JSON object of texts
    run         TEXT,                    -- of the evaluation that made it; it vanishes with that run
    span        TEXT,
    overrides   TEXT,
    valid       BOOL NOT NULL,
    creator     TEXT NOT NULL,
    created_at  INT NOT NULL,
    updated_at  INT NOT NULL
);
CREATE UNIQUE INDEX assessment_id ON assessment (trace, id);
CREATE INDEX assessment_name ON assessment (kind, name, trace);
