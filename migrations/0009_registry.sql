-- Models by the names under which they are offered, and prompts, which clients keep in the same
-- registry. Not the models that runs log: those are `logged_model`.
CREATE TABLE registered_model (
    id          ID,
    project     TEXT NOT NULL REFERENCES project (id),
    name        TEXT NOT NULL,
    prompt      BOOL NOT NULL,           -- its versions are texts, not models
    description TEXT,
    numbered    INT NOT NULL,            -- the highest number that a version got; never goes back
    creator     TEXT NOT NULL,
    created_at  INT NOT NULL,
    updated_at  INT NOT NULL
);
CREATE UNIQUE INDEX registered_model_name ON registered_model (project, name);
CREATE INDEX registered_model_age ON registered_model (project, updated_at, id);

CREATE TABLE registered_model_tag (
    model INT NOT NULL REFERENCES registered_model (id),
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, key)
) WITHOUT ROWID;

CREATE TABLE model_version (
    id           ID,
    model        INT NOT NULL REFERENCES registered_model (id),
    number       INT NOT NULL,
    source       TEXT NOT NULL,          -- as the client gave it
    location     TEXT NOT NULL,          -- where its bytes lie
    run          TEXT,                   -- as the client gave it, or of the logged model
    run_link     TEXT,
    logged_model TEXT,
    description  TEXT,
    stage        TEXT NOT NULL,          -- a label of older clients: None, Staging, Production, Archived
    creator      TEXT NOT NULL,
    created_at   INT NOT NULL,
    updated_at   INT NOT NULL
);
CREATE UNIQUE INDEX model_version_number ON model_version (model, number);
CREATE INDEX model_version_run ON model_version (run);

CREATE TABLE model_version_tag (
    version INT NOT NULL REFERENCES model_version (id),
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (version, key)
) WITHOUT ROWID;

-- Names that people move. Those of governed environments are computed and never stand here.
CREATE TABLE model_alias (
    model   INT NOT NULL REFERENCES registered_model (id),
    alias   TEXT NOT NULL,
    version INT NOT NULL REFERENCES model_version (id),
    set_by  TEXT NOT NULL,
    set_at  INT NOT NULL,
    PRIMARY KEY (model, alias)
);
CREATE INDEX model_alias_version ON model_alias (version);
