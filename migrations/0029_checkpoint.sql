-- What those who pay for the work are shown every two weeks, and decide about.
CREATE TABLE checkpoint (
    id         ID,
    backlog    INT NOT NULL REFERENCES backlog (id),
    title      TEXT NOT NULL,
    first_day  TEXT NOT NULL,            -- YYYY-MM-DD
    last_day   TEXT NOT NULL,
    sprint     INT,
    price      REAL,                     -- of an hour of a run
    currency   TEXT,                     -- in what it is, as people write it
    created_at INT NOT NULL,
    created_by TEXT NOT NULL REFERENCES "user" (id),
    pack       JSON NOT NULL,            -- as it was shown; what happens later changes nothing in it
    closed_at  INT,
    closed_by  TEXT REFERENCES "user" (id)
);
CREATE INDEX checkpoint_backlog ON checkpoint (backlog, created_at, id);

-- Who is asked to decide.
CREATE TABLE checkpoint_decider (
    checkpoint INT NOT NULL REFERENCES checkpoint (id),
    user_id    TEXT NOT NULL REFERENCES "user" (id),
    PRIMARY KEY (checkpoint, user_id)
) WITHOUT ROWID;

-- What was decided about a question. One that was replaced by another is kept.
CREATE TABLE checkpoint_decision (
    id          ID,
    checkpoint  INT NOT NULL REFERENCES checkpoint (id),
    item        INT NOT NULL REFERENCES item (id),
    choice      TEXT NOT NULL,           -- continue, stop, change
    reason      TEXT NOT NULL,           -- perhaps empty where it goes on
    by          TEXT NOT NULL REFERENCES "user" (id),
    at          INT NOT NULL,
    from_status INT,                     -- where the item stood that was stopped
    to_status   INT,                     -- where it was brought
    replaced_at INT
);
CREATE UNIQUE INDEX checkpoint_decision_standing ON checkpoint_decision (checkpoint, item) WHERE replaced_at IS NULL;
CREATE INDEX checkpoint_decision_age ON checkpoint_decision (checkpoint, id);
