-- A stretch of days with a goal.
CREATE TABLE sprint (
    id         ID,
    backlog    INT NOT NULL REFERENCES backlog (id),
    name       TEXT NOT NULL,
    mode       TEXT NOT NULL,            -- delivery, experiment
    goal       TEXT NOT NULL,            -- empty until there is one
    first_day  TEXT NOT NULL,            -- YYYY-MM-DD
    last_day   TEXT NOT NULL,
    days_off   JSON NOT NULL,            -- list of working days on which nobody works
    started_at INT,
    closed_at  INT,
    verdict    TEXT,                     -- of the goal: met, partly, missed
    outcome    TEXT,                     -- what people said about it
    version    INT NOT NULL
);
CREATE INDEX sprint_backlog ON sprint (backlog, first_day, id);

-- Who works in a sprint.
CREATE TABLE sprint_person (
    sprint   INT NOT NULL REFERENCES sprint (id),
    user_id  TEXT NOT NULL REFERENCES "user" (id),
    points   REAL,                       -- what they take on without days off; none: their part of the velocity
    days_off JSON NOT NULL,              -- list of days
    PRIMARY KEY (sprint, user_id)
) WITHOUT ROWID;

-- What came into a sprint, left it or was done in it, when it happened. What was in it on any day is a sum.
CREATE TABLE sprint_change (
    id          ID,
    sprint      INT NOT NULL REFERENCES sprint (id),
    item        INT NOT NULL REFERENCES item (id),
    at          INT NOT NULL,
    items       INT NOT NULL,            -- 1 came, -1 left
    points      REAL NOT NULL,           -- by so much the estimates in it grew
    items_done  INT NOT NULL,
    points_done REAL NOT NULL
);
CREATE INDEX sprint_change_at ON sprint_change (sprint, at, items, points, items_done, points_done);
CREATE INDEX sprint_change_item ON sprint_change (sprint, item, at);
