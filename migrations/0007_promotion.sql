CREATE TABLE promotion (
    id          TEXT PRIMARY KEY,
    experiment  INT NOT NULL REFERENCES experiment (id),
    run         TEXT NOT NULL,           -- the evidence run's id
    environment TEXT NOT NULL,
    plan        JSON NOT NULL,
    asked_by    TEXT NOT NULL,
    asked_at    INT NOT NULL,
    expires_at  INT NOT NULL,
    approved    TEXT,                    -- digest of the bundle whose approval was announced
    approved_at INT,
    closed_at   INT,
    closed_as   TEXT,                    -- withdrawn, replaced, deployed, expired
    closed_by   TEXT,
    closed_note TEXT
);
CREATE UNIQUE INDEX promotion_open ON promotion (experiment) WHERE closed_at IS NULL;
CREATE INDEX promotion_age ON promotion (experiment, asked_at);

-- What was approved, under its digest: canonical JSON, kept as it was hashed.
CREATE TABLE bundle (
    digest TEXT PRIMARY KEY,
    body   TEXT NOT NULL,
    at     INT NOT NULL
);

-- A recorded yes, to exactly the bundle with this digest.
CREATE TABLE approval (
    id             TEXT PRIMARY KEY,
    promotion      TEXT NOT NULL REFERENCES promotion (id),
    duty           TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    digest         TEXT NOT NULL REFERENCES bundle (digest),
    note           TEXT,
    given_at       INT NOT NULL,
    withdrawn_at   INT,
    withdrawn_note TEXT
);
CREATE UNIQUE INDEX approval_duty ON approval (promotion, duty, digest) WHERE withdrawn_at IS NULL;
CREATE UNIQUE INDEX approval_person ON approval (promotion, user_id, digest) WHERE withdrawn_at IS NULL;

-- What is placed where. The open row of an experiment and an environment is what is live.
CREATE TABLE deployment (
    id             TEXT PRIMARY KEY,
    promotion      TEXT NOT NULL REFERENCES promotion (id),
    experiment     INT NOT NULL REFERENCES experiment (id),
    environment    TEXT NOT NULL,
    digest         TEXT NOT NULL REFERENCES bundle (digest),
    review_request TEXT NOT NULL REFERENCES review_request (id),
    deployed_by    TEXT NOT NULL,
    deployed_at    INT NOT NULL,
    note           TEXT,
    replaced_at    INT
);
CREATE INDEX deployment_review ON deployment (review_request);
CREATE UNIQUE INDEX deployment_promotion ON deployment (promotion);
CREATE UNIQUE INDEX deployment_live ON deployment (experiment, environment) WHERE replaced_at IS NULL;
