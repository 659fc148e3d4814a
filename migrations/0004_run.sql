-- `num` is the small key that the large tables use; `id` is what clients see.
CREATE TABLE run (
    num        ID,
    id         TEXT NOT NULL,
    experiment INT NOT NULL REFERENCES experiment (id),
    name       TEXT NOT NULL,
    creator    TEXT NOT NULL,            -- the user who logged it
    user_name  TEXT NOT NULL,            -- what the client calls its user
    status     TEXT NOT NULL,            -- RUNNING, SCHEDULED, FINISHED, FAILED, KILLED
    started_at INT NOT NULL,
    ended_at   INT,
    created_at INT NOT NULL,
    settled_at INT,                      -- when the server was told of a final status
    deleted_at INT
);
CREATE UNIQUE INDEX run_id ON run (id);
CREATE INDEX run_age ON run (experiment, started_at, id);

-- Who wrote to a run besides its creator.
CREATE TABLE run_author (
    run     INT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (run, user_id)
) WITHOUT ROWID;

CREATE TABLE param (
    run   INT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, key)
) WITHOUT ROWID;

CREATE TABLE run_tag (
    run   INT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, key)
) WITHOUT ROWID;

-- One series: the latest point by (step, at, value). `odd` tells values that are no ordinary
-- numbers: 0 ordinary, 1 not a number (value 0), 2 infinity, 3 minus infinity (value the largest double).
CREATE TABLE metric (
    id    ID,
    run   INT NOT NULL,
    key   TEXT NOT NULL,
    step  INT NOT NULL,
    at    INT NOT NULL,
    value REAL NOT NULL,
    odd   INT NOT NULL
);
CREATE UNIQUE INDEX metric_key ON metric (run, key);

CREATE TABLE point (
    metric INT NOT NULL,
    at     INT NOT NULL,
    step   INT NOT NULL,
    value  REAL NOT NULL,
    odd    INT NOT NULL,
    PRIMARY KEY (metric, at, step, value, odd)
) WITHOUT ROWID;

CREATE TABLE dataset (
    id          ID,
    experiment  INT NOT NULL REFERENCES experiment (id),
    name        TEXT NOT NULL,
    digest      TEXT NOT NULL,
    source_type TEXT NOT NULL,
    source      TEXT NOT NULL,
    shape       TEXT,                    -- what clients call the schema
    profile     TEXT
);
CREATE UNIQUE INDEX dataset_digest ON dataset (experiment, name, digest);

CREATE TABLE input (
    run     INT NOT NULL,
    dataset INT NOT NULL,
    tags    JSON NOT NULL,               -- object; `mlflow.data.context` holds the context
    context TEXT,
    PRIMARY KEY (run, dataset)
);

-- Trained models as clients log them, before any registry.
CREATE TABLE logged_model (
    num        ID,
    id         TEXT NOT NULL,
    experiment INT NOT NULL REFERENCES experiment (id),
    name       TEXT NOT NULL,
    model_type TEXT,
    run        TEXT,                     -- the run's id as the client gave it
    status     INT NOT NULL,             -- 1 pending, 2 ready, 3 upload failed
    created_at INT NOT NULL,
    updated_at INT NOT NULL,
    deleted_at INT
);
CREATE UNIQUE INDEX logged_model_id ON logged_model (id);
CREATE INDEX logged_model_age ON logged_model (experiment, created_at);

-- Who made it, its bytes included.
CREATE TABLE logged_model_author (
    model   INT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (model, user_id)
) WITHOUT ROWID;

CREATE TABLE logged_model_param (
    model INT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, key)
) WITHOUT ROWID;

CREATE TABLE logged_model_tag (
    model INT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, key)
) WITHOUT ROWID;

CREATE TABLE logged_model_metric (
    model   INT NOT NULL,
    key     TEXT NOT NULL,
    at      INT NOT NULL,
    step    INT NOT NULL,
    value   REAL NOT NULL,
    odd     INT NOT NULL,
    run     TEXT NOT NULL,
    dataset TEXT NOT NULL,               -- name, or empty
    digest  TEXT NOT NULL,               -- or empty
    PRIMARY KEY (model, key, at, step, value, odd, run, dataset, digest)
) WITHOUT ROWID;

-- Which logged models a run read (`input`) or made (`output`).
CREATE TABLE run_model (
    run   INT NOT NULL,
    model TEXT NOT NULL,                 -- the model's id as the client gave it
    way   TEXT NOT NULL,
    step  INT NOT NULL,
    PRIMARY KEY (run, model, way)
);
