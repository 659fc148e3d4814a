CREATE TABLE workspace (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    created_at INT NOT NULL
);

CREATE TABLE "user" (
    id          TEXT PRIMARY KEY,
    email       TEXT NOT NULL,
    folded      TEXT NOT NULL,           -- the e-mail address in lower case
    name        TEXT NOT NULL,
    password    TEXT,                    -- argon2id in PHC form; none until the invitation is taken
    admin       BOOL NOT NULL,           -- of the workspace
    created_at  INT NOT NULL,
    disabled_at INT
);
CREATE UNIQUE INDEX user_email ON "user" (folded);

-- A secret that a link carries once: the first set-up, or an invitation.
CREATE TABLE link (
    hash       TEXT PRIMARY KEY,
    purpose    TEXT NOT NULL,            -- setup, invitation
    user_id    TEXT,
    created_at INT NOT NULL,
    expires_at INT NOT NULL
);

CREATE TABLE project (
    id         TEXT PRIMARY KEY,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    workstream TEXT NOT NULL,            -- experimentation, production, optimization, governance
    created_at INT NOT NULL,
    created_by TEXT NOT NULL,
    version    INT NOT NULL
);
CREATE UNIQUE INDEX project_key ON project (key);

CREATE TABLE milestone (
    project TEXT NOT NULL REFERENCES project (id),
    place   INT NOT NULL,
    name    TEXT NOT NULL,
    day     TEXT NOT NULL,               -- YYYY-MM-DD
    PRIMARY KEY (project, place)
);

CREATE TABLE member (
    project  TEXT NOT NULL REFERENCES project (id),
    user_id  TEXT NOT NULL REFERENCES "user" (id),
    role     TEXT NOT NULL,              -- viewer, member, admin
    trades   JSON NOT NULL,              -- list of words
    added_at INT NOT NULL,
    PRIMARY KEY (project, user_id)
);
CREATE INDEX member_who ON member (user_id);

CREATE TABLE duty (
    project TEXT NOT NULL,
    user_id TEXT NOT NULL,
    duty    TEXT NOT NULL,               -- technical_lead, product_owner, security, ethics_reviewer, scrum_master
    PRIMARY KEY (project, user_id, duty)
);

CREATE TABLE team (
    id         TEXT PRIMARY KEY,
    project    TEXT NOT NULL REFERENCES project (id),
    name       TEXT NOT NULL,
    created_at INT NOT NULL
);
CREATE UNIQUE INDEX team_name ON team (project, name);

CREATE TABLE team_member (
    team    TEXT NOT NULL REFERENCES team (id),
    user_id TEXT NOT NULL REFERENCES "user" (id),
    PRIMARY KEY (team, user_id)
);

CREATE TABLE session (
    hash       TEXT PRIMARY KEY,         -- SHA-256 of the cookie's value
    user_id    TEXT NOT NULL REFERENCES "user" (id),
    created_at INT NOT NULL,
    seen_at    INT NOT NULL,
    expires_at INT NOT NULL,
    agent      TEXT NOT NULL
);
CREATE INDEX session_owner ON session (user_id);

-- A browser in which its user signed in before. Strangers who guess passwords do not slow it down.
CREATE TABLE device (
    hash       TEXT PRIMARY KEY,         -- SHA-256 of the cookie's value
    user_id    TEXT NOT NULL REFERENCES "user" (id),
    created_at INT NOT NULL
);

CREATE TABLE token (
    id         TEXT PRIMARY KEY,
    hash       TEXT NOT NULL,            -- SHA-256 of the secret
    user_id    TEXT NOT NULL REFERENCES "user" (id),
    name       TEXT NOT NULL,
    scope      TEXT NOT NULL,            -- read, track, full
    project    TEXT REFERENCES project (id),
    created_at INT NOT NULL,
    expires_at INT,
    used_at    INT,
    revoked_at INT
);
CREATE UNIQUE INDEX token_hash ON token (hash);
CREATE INDEX token_owner ON token (user_id);

-- Answers to creations that carried an Idempotency-Key, so that repeating one is safe.
CREATE TABLE answer (
    user_id    TEXT NOT NULL,
    key        TEXT NOT NULL,
    request    TEXT NOT NULL,            -- digest of method, path and body
    body       TEXT NOT NULL,
    at         INT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX answer_at ON answer (at);
