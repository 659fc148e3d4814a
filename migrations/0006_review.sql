-- Someone asked that an experiment be judged. A later request replaces the earlier one.
-- Decisions and points hang on their request, so they stay when it is replaced.
CREATE TABLE review_request (
    id          TEXT PRIMARY KEY,
    experiment  INT NOT NULL REFERENCES experiment (id),
    artifacts   JSON NOT NULL,           -- object: name → text or link
    asked_by    TEXT NOT NULL,
    asked_at    INT NOT NULL,
    replaced_at INT
);
CREATE UNIQUE INDEX review_request_open ON review_request (experiment) WHERE replaced_at IS NULL;

CREATE TABLE review (
    id         TEXT PRIMARY KEY,
    request    TEXT NOT NULL REFERENCES review_request (id),
    kind       TEXT NOT NULL,            -- technical, ethics, business
    decision   TEXT,                     -- accepted, declined
    note       TEXT,
    decided_by TEXT,
    decided_at INT,
    version    INT NOT NULL
);
CREATE UNIQUE INDEX review_kind ON review (request, kind);

CREATE TABLE review_check (
    request    TEXT NOT NULL REFERENCES review_request (id),
    key        TEXT NOT NULL,
    state      TEXT NOT NULL,            -- open, pass, fail
    evidence   TEXT,
    decided_by TEXT,
    decided_at INT,
    PRIMARY KEY (request, key)
);
