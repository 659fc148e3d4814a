-- How many items may be begun at once in a lane of the board, for each person, or on a resource.
CREATE TABLE board_limit (
    id       ID,
    backlog  INT NOT NULL REFERENCES backlog (id),
    name     TEXT NOT NULL,
    per      TEXT NOT NULL,              -- lane, person, pool
    field    TEXT,                       -- of a lane: what its items have in common
    value    TEXT,                       -- of a lane: ids of people and items, otherwise the word
    most     INT NOT NULL,
    statuses JSON NOT NULL,              -- ids of the statuses in which an item counts; none: all in which work is done
    place    INT NOT NULL
);
CREATE INDEX board_limit_backlog ON board_limit (backlog, place, id);

-- What a board says of the pace: when what is done was begun.
CREATE INDEX item_pace ON item (backlog, done_at, started_at) WHERE done_at IS NOT NULL AND deleted_at IS NULL;
