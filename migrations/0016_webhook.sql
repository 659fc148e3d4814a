-- Addresses that a project wants to be told at when something happens.
CREATE TABLE webhook (
    id          TEXT PRIMARY KEY,
    project     TEXT NOT NULL REFERENCES project (id),
    name        TEXT NOT NULL,
    description TEXT,
    url         TEXT NOT NULL,
    events      JSON NOT NULL,           -- the words that it is told of, a list
    secret      TEXT,                    -- signs what is sent, so it must be readable
    active      BOOL NOT NULL,
    seen        INT NOT NULL,            -- the last event of the log that was looked at
    creator     TEXT NOT NULL,
    created_at  INT NOT NULL,
    updated_at  INT NOT NULL
);
CREATE INDEX webhook_project ON webhook (project, created_at, id);

-- What is told, word for word, and what became of it.
CREATE TABLE delivery (
    id          TEXT PRIMARY KEY,        -- the same however often it is sent
    webhook     TEXT NOT NULL REFERENCES webhook (id),
    word        TEXT NOT NULL,
    seq         INT,                     -- the event; none for a test
    part        INT NOT NULL,            -- one event can be several things to receivers
    body        TEXT NOT NULL,
    state       TEXT NOT NULL,           -- waiting, delivered, failed
    tries       INT NOT NULL,
    status      INT,                     -- of the last answer
    why         TEXT,                    -- the last try failed
    made_at     INT NOT NULL,
    tried_at    INT
);
CREATE INDEX delivery_webhook ON delivery (webhook, made_at, id);
CREATE UNIQUE INDEX delivery_once ON delivery (webhook, seq, part);
