-- Named lists of inputs and expectations. Names are not unique.
CREATE TABLE evaluation_dataset (
    num        ID,
    id         TEXT NOT NULL,
    project    TEXT NOT NULL REFERENCES project (id),
    name       TEXT NOT NULL,
    digest     TEXT NOT NULL,            -- changes with the content
    shape      TEXT,                     -- JSON: the types of its fields, what clients call the schema
    created_at INT NOT NULL,
    updated_at INT NOT NULL,
    created_by TEXT,                     -- what clients call their user
    updated_by TEXT,
    creator    TEXT NOT NULL
);
CREATE UNIQUE INDEX evaluation_dataset_id ON evaluation_dataset (id);
CREATE INDEX evaluation_dataset_age ON evaluation_dataset (project, created_at);

CREATE TABLE evaluation_dataset_tag (
    dataset INT NOT NULL,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (dataset, key)
) WITHOUT ROWID;

CREATE TABLE evaluation_dataset_experiment (
    dataset    INT NOT NULL,
    experiment INT NOT NULL REFERENCES experiment (id),
    PRIMARY KEY (dataset, experiment)
) WITHOUT ROWID;
CREATE INDEX evaluation_dataset_of ON evaluation_dataset_experiment (experiment, dataset);

-- One for each input: `inputs_sha256` is the digest of its canonical JSON.
CREATE TABLE evaluation_record (
    num           ID,
    id            TEXT NOT NULL,
    dataset       INT NOT NULL,
    inputs_sha256 TEXT NOT NULL,
    inputs        TEXT NOT NULL,         -- JSON, as are the next three
    outputs       TEXT,
    expectations  TEXT,
    tags          TEXT,
    source_type   TEXT,
    source        TEXT,                  -- JSON
    created_at    INT NOT NULL,
    updated_at    INT NOT NULL,
    created_by    TEXT,
    updated_by    TEXT
);
CREATE UNIQUE INDEX evaluation_record_inputs ON evaluation_record (dataset, inputs_sha256);
CREATE UNIQUE INDEX evaluation_record_id ON evaluation_record (id);
