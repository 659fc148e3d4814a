-- Of statuses in which work is done: whether items only wait there.
ALTER TABLE status ADD COLUMN waiting BOOL NOT NULL DEFAULT FALSE;

-- That an item was in a status, from when until when, and what the status meant when it came.
CREATE TABLE item_stay (
    id       ID,
    item     INT NOT NULL REFERENCES item (id),
    at       INT NOT NULL,               -- when it came
    left_at  INT,                        -- none: it is still there
    status   INT NOT NULL,               -- may be removed since
    category TEXT NOT NULL,
    waiting  BOOL NOT NULL
);
CREATE INDEX item_stay_item ON item_stay (item, at, left_at, status, category, waiting);
CREATE UNIQUE INDEX item_stay_now ON item_stay (item) WHERE left_at IS NULL;

-- Of what there was before, the last is known.
INSERT INTO item_stay (item, at, status, category, waiting)
    SELECT i.id, i.status_at, i.status, s.category, s.waiting FROM item i JOIN status s ON s.id = i.status
    WHERE i.emptied_at IS NULL ORDER BY i.id;
