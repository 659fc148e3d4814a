-- What a list shows of an item, and all that lists are narrowed and ordered by.
CREATE TABLE item (
    id             ID,
    backlog        INT NOT NULL REFERENCES backlog (id),
    number         INT NOT NULL,         -- with the project's key: CHURN-12
    kind           TEXT NOT NULL,
    title          TEXT NOT NULL,
    folded         TEXT NOT NULL,        -- the title in lower case
    status         INT NOT NULL REFERENCES status (id),
    rank           TEXT NOT NULL,        -- the place in the backlog; sorts by bytes
    estimate       REAL,
    assignee       TEXT,
    trade          TEXT,
    priority       INT NOT NULL,         -- 1 urgent … 4 low, 5 none
    parent         INT REFERENCES item (id),
    component      BOOL NOT NULL,        -- the part of its parent that one trade does
    sprint         INT,
    team           TEXT,
    due            TEXT,                 -- YYYY-MM-DD
    domain         TEXT,                 -- Cynefin: clear, complicated, complex, chaotic
    class          TEXT NOT NULL,        -- of service: expedite, fixed_date, standard, intangible
    done_profile   TEXT,
    blocked_reason TEXT,
    blocked_at     INT,
    experiment     INT REFERENCES experiment (id),
    status_at      INT NOT NULL,         -- when it came into its status
    started_at     INT,                  -- when work first began
    done_at        INT,                  -- when it was last done; none while it is not
    created_at     INT NOT NULL,
    created_by     TEXT NOT NULL,
    updated_at     INT NOT NULL,
    deleted_at     INT,                  -- lies in the trash since
    emptied_at     INT,                  -- left the trash for good; only the number stays
    version        INT NOT NULL
);
CREATE UNIQUE INDEX item_number ON item (backlog, number);
CREATE UNIQUE INDEX item_rank ON item (backlog, rank);
CREATE UNIQUE INDEX item_experiment ON item (experiment);
CREATE INDEX item_status ON item (status, rank) WHERE deleted_at IS NULL;
CREATE INDEX item_kind ON item (backlog, kind, rank) WHERE deleted_at IS NULL;
CREATE INDEX item_assignee ON item (assignee, backlog, rank) WHERE deleted_at IS NULL;
CREATE INDEX item_trade ON item (trade, backlog, rank) WHERE deleted_at IS NULL AND trade IS NOT NULL;
CREATE INDEX item_parent ON item (parent, rank) WHERE parent IS NOT NULL;
CREATE INDEX item_sprint ON item (sprint, rank) WHERE sprint IS NOT NULL;
CREATE INDEX item_updated ON item (backlog, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX item_priority ON item (backlog, priority, rank) WHERE deleted_at IS NULL;
CREATE INDEX item_due ON item (backlog, COALESCE(due, '~'), rank) WHERE deleted_at IS NULL;
CREATE INDEX item_trash ON item (backlog, deleted_at, id) WHERE deleted_at IS NOT NULL;

-- What only the item's own page shows.
CREATE TABLE item_detail (
    item        INT PRIMARY KEY REFERENCES item (id),
    description TEXT NOT NULL,           -- Markdown as written
    acceptance  JSON NOT NULL,           -- list of criteria
    story       JSON,                    -- who, want, benefit
    contract    TEXT,                    -- the agreed shape at the item's boundary
    custom      JSON NOT NULL            -- custom field's id → value
);

-- A key that an item had before it moved to another project. It is never given to another.
CREATE TABLE former_key (
    backlog INT NOT NULL REFERENCES backlog (id),
    number  INT NOT NULL,
    item    INT NOT NULL REFERENCES item (id),
    PRIMARY KEY (backlog, number)
) WITHOUT ROWID;
CREATE INDEX former_key_item ON former_key (item);

CREATE TABLE item_label (
    label INT NOT NULL REFERENCES label (id),
    item  INT NOT NULL REFERENCES item (id),
    PRIMARY KEY (label, item)
) WITHOUT ROWID;
CREATE INDEX item_label_item ON item_label (item);

-- One line of an item's checklist.
CREATE TABLE checklist_line (
    id      ID,
    item    INT NOT NULL REFERENCES item (id),
    text    TEXT NOT NULL,
    place   INT NOT NULL,
    done_at INT,
    done_by TEXT
);
CREATE INDEX checklist_line_item ON checklist_line (item, place, id);

CREATE TABLE watcher (
    item    INT NOT NULL REFERENCES item (id),
    user_id TEXT NOT NULL REFERENCES "user" (id),
    PRIMARY KEY (item, user_id)
) WITHOUT ROWID;
CREATE INDEX watcher_user ON watcher (user_id);

-- A question with a time box. At its end the item is locked until the answer is written.
CREATE TABLE spike (
    item        INT PRIMARY KEY REFERENCES item (id),
    question    TEXT NOT NULL,
    days        INT NOT NULL,
    boxed_at    INT NOT NULL,            -- when the time box began
    answer      TEXT,                    -- yes, no, unknown
    finding     TEXT,
    answered_at INT,
    answered_by TEXT
);

CREATE TABLE attachment (
    id     ID,
    item   INT NOT NULL REFERENCES item (id),
    name   TEXT NOT NULL,
    size   INT NOT NULL,
    sha256 TEXT NOT NULL,
    by     TEXT NOT NULL,
    at     INT NOT NULL
);
CREATE INDEX attachment_item ON attachment (item, id);

-- Bytes of the blob store that something other than an artifact refers to.
CREATE TABLE blob_hold (
    sha256 TEXT NOT NULL,
    holder TEXT NOT NULL,                -- like attachment:12
    PRIMARY KEY (sha256, holder)
) WITHOUT ROWID;
