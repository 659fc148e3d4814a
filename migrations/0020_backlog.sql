-- A project's ranked list of items, made with the first one. Its small key stands in every index.
CREATE TABLE backlog (
    id       ID,
    project  TEXT NOT NULL REFERENCES project (id),
    numbered INT NOT NULL                -- the last number given to an item; never goes back
);
CREATE UNIQUE INDEX backlog_project ON backlog (project);

CREATE TABLE status (
    id       ID,
    backlog  INT NOT NULL REFERENCES backlog (id),
    name     TEXT NOT NULL,
    folded   TEXT NOT NULL,              -- the name in lower case
    category TEXT NOT NULL,              -- open, doing, done, cancelled
    ready    BOOL NOT NULL,              -- open, and asks for all that must be known before work begins
    place    INT NOT NULL
);
CREATE UNIQUE INDEX status_name ON status (backlog, folded);

-- The steps that items of a kind may take; a kind without any may take every step.
CREATE TABLE transition (
    backlog     INT NOT NULL REFERENCES backlog (id),
    kind        TEXT NOT NULL,
    from_status INT NOT NULL REFERENCES status (id),
    to_status   INT NOT NULL REFERENCES status (id),
    PRIMARY KEY (backlog, kind, from_status, to_status)
) WITHOUT ROWID;

CREATE TABLE label (
    id      ID,
    backlog INT NOT NULL REFERENCES backlog (id),
    name    TEXT NOT NULL,
    folded  TEXT NOT NULL                -- the name in lower case
);
CREATE UNIQUE INDEX label_name ON label (backlog, folded);

-- A field that a project adds to its items.
CREATE TABLE custom_field (
    id      ID,
    backlog INT NOT NULL REFERENCES backlog (id),
    name    TEXT NOT NULL,
    folded  TEXT NOT NULL,               -- the name in lower case
    holds   TEXT NOT NULL,               -- text, number, day, choice, yes_no
    choices JSON NOT NULL,               -- list of words, for choice
    place   INT NOT NULL                 -- -1 once it was removed
);
CREATE UNIQUE INDEX custom_field_name ON custom_field (backlog, folded);

-- What a new item of a kind begins with where its maker says nothing.
CREATE TABLE item_template (
    backlog     INT NOT NULL REFERENCES backlog (id),
    kind        TEXT NOT NULL,
    description TEXT NOT NULL,
    acceptance  JSON NOT NULL,
    checklist   JSON NOT NULL,
    PRIMARY KEY (backlog, kind)
) WITHOUT ROWID;
