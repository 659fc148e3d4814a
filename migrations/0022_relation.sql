-- One item to another: blocks, relates, duplicates, splits_from, tests.
CREATE TABLE relation (
    id       ID,
    kind     TEXT NOT NULL,
    item     INT NOT NULL REFERENCES item (id),
    other    INT NOT NULL REFERENCES item (id),
    contract BOOL NOT NULL,              -- of blocks: `other` waits for the contract of `item` only
    at       INT NOT NULL,
    by       TEXT NOT NULL
);
CREATE UNIQUE INDEX relation_pair ON relation (item, kind, other);
CREATE INDEX relation_other ON relation (other, kind);

-- What came of an item: a run, an experiment, a dataset, a version, a commit.
CREATE TABLE product (
    id     ID,
    item   INT NOT NULL REFERENCES item (id),
    kind   TEXT NOT NULL,                -- run, experiment, dataset, version, commit
    target TEXT NOT NULL,                -- its id, name or hash
    at     INT NOT NULL,
    by     TEXT NOT NULL
);
CREATE UNIQUE INDEX product_target ON product (item, kind, target);
CREATE INDEX product_of ON product (kind, target);
