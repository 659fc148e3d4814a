-- Artifacts that arrive in parts. What has arrived lies in the blob store until all of it is there.
CREATE TABLE upload (
    id          TEXT PRIMARY KEY,        -- 128 random bits
    path        TEXT NOT NULL,
    parts       INT NOT NULL,            -- how many there will be
    creator     TEXT NOT NULL,           -- nobody else goes on with it
    started_at  INT NOT NULL,
    expires_at  INT NOT NULL,
    done_at     INT                      -- it became an artifact
);

-- The key that signs addresses which open without signing in. One row, made when it is first needed.
CREATE TABLE signing_key (
    id          INT PRIMARY KEY,
    secret      TEXT NOT NULL
);
