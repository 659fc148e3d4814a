-- What happened: one row for each thing that someone did, chained by hashes, never changed.
-- The row's own columns repeat what stands in `body`; verification compares them.
CREATE TABLE event (
    workspace  TEXT NOT NULL,
    seq        INT NOT NULL,
    at         INT NOT NULL,
    actor      TEXT NOT NULL,
    on_behalf  TEXT,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    project    TEXT,
    body       TEXT NOT NULL,
    prev       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    PRIMARY KEY (workspace, seq)
);
CREATE INDEX event_subject ON event (subject, seq);
CREATE INDEX event_project ON event (project, seq);

-- The end of each workspace's chain. Its row is the lock that keeps `seq` free of gaps.
CREATE TABLE event_head (
    workspace  TEXT PRIMARY KEY,
    seq        INT NOT NULL,
    hash       TEXT NOT NULL
);

-- Background work, wanted at a time, done at least once.
CREATE TABLE job (
    id         ID,
    kind       TEXT NOT NULL,
    body       JSON NOT NULL,
    due        INT NOT NULL,
    attempts   INT NOT NULL,
    claimed_to INT NOT NULL
);
CREATE INDEX job_due ON job (due);
