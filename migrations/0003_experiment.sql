CREATE TABLE experiment (
    id          ID,
    project     TEXT NOT NULL REFERENCES project (id),
    name        TEXT NOT NULL,
    hypothesis  TEXT,
    owner       TEXT NOT NULL,
    location    TEXT,                    -- artifact location that a client chose; none: the server's own
    first       BOOL NOT NULL,           -- the project's Default experiment, which clients call "0"
    stage       TEXT,                    -- set from outside: in_review, approved, in_production
    created_at  INT NOT NULL,            -- when it was proposed
    updated_at  INT NOT NULL,
    deleted_at  INT,
    verdict     TEXT,                    -- the last verdict that was announced: supported, refuted
    verdict_at  INT,
    version     INT NOT NULL
);
CREATE UNIQUE INDEX experiment_name ON experiment (project, name);
CREATE INDEX experiment_age ON experiment (project, created_at, id);

-- Everybody who ever owned it: who gave it away does not judge it either.
CREATE TABLE experiment_owner (
    experiment INT NOT NULL REFERENCES experiment (id),
    user_id    TEXT NOT NULL,
    PRIMARY KEY (experiment, user_id)
) WITHOUT ROWID;

CREATE TABLE experiment_tag (
    experiment INT NOT NULL REFERENCES experiment (id),
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (experiment, key)
) WITHOUT ROWID;

-- Every decision rule an experiment ever had; the one in force has the highest id.
CREATE TABLE rule (
    id              ID,
    experiment      INT NOT NULL REFERENCES experiment (id),
    metric          TEXT NOT NULL,
    comparator      TEXT NOT NULL,
    threshold       REAL NOT NULL,
    constraints     JSON NOT NULL,
    dataset         TEXT,
    time_box_days   INT,
    set_at          INT NOT NULL,
    set_by          TEXT NOT NULL,
    after_first_run BOOL NOT NULL
);
CREATE INDEX rule_experiment ON rule (experiment, id);
