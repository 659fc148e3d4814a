-- People who estimate items together, round by round.
CREATE TABLE estimate_sitting (
    id         ID,
    backlog    INT NOT NULL REFERENCES backlog (id),
    name       TEXT NOT NULL,
    deck       TEXT NOT NULL,            -- modified_fibonacci, fibonacci, powers_of_two, t_shirt, own
    cards      JSON NOT NULL,            -- list of the cards that are sizes, from the smallest
    moderator  TEXT NOT NULL REFERENCES "user" (id),
    timer      INT,                      -- seconds that a round is meant to take
    created_at INT NOT NULL,
    closed_at  INT,
    version    INT NOT NULL
);
CREATE INDEX estimate_sitting_backlog ON estimate_sitting (backlog, created_at, id);

-- Who is there and votes.
CREATE TABLE estimate_seat (
    sitting INT NOT NULL REFERENCES estimate_sitting (id),
    user_id TEXT NOT NULL REFERENCES "user" (id),
    at      INT NOT NULL,
    PRIMARY KEY (sitting, user_id)
) WITHOUT ROWID;

-- One item being sized together.
CREATE TABLE estimate_round (
    id          ID,
    sitting     INT NOT NULL REFERENCES estimate_sitting (id),
    item        INT NOT NULL REFERENCES item (id),
    item_key    TEXT NOT NULL,           -- the item's key at that time
    number      INT NOT NULL,            -- the first of the item in this sitting is 1
    opened_at   INT NOT NULL,
    ends_at     INT,                     -- when the timer runs out
    revealed_at INT,
    ended_at    INT,
    outcome     TEXT,                    -- settled, repeated, set_aside
    card        TEXT,                    -- what was agreed on
    estimate    REAL
);
CREATE UNIQUE INDEX estimate_round_open ON estimate_round (sitting) WHERE ended_at IS NULL;
CREATE INDEX estimate_round_item ON estimate_round (sitting, item, number);

-- One person's number. It leaves the server when its round is revealed, not before.
CREATE TABLE estimate_vote (
    round        INT NOT NULL REFERENCES estimate_round (id),
    user_id      TEXT NOT NULL REFERENCES "user" (id),
    card         TEXT NOT NULL,
    at           INT NOT NULL,
    consent_card TEXT,                   -- the other card that they agreed to
    consent_at   INT,
    consent_by   TEXT REFERENCES "user" (id), -- who wrote their consent down
    PRIMARY KEY (round, user_id)
) WITHOUT ROWID;

-- What came up when votes stood apart.
CREATE TABLE estimate_note (
    id    ID,
    round INT NOT NULL REFERENCES estimate_round (id),
    text  TEXT NOT NULL,
    by    TEXT NOT NULL REFERENCES "user" (id),
    at    INT NOT NULL,
    item  INT REFERENCES item (id)       -- the item that it became
);
CREATE INDEX estimate_note_round ON estimate_note (round, id);
