-- Points are kept in two tiers. Those that came one by one are rows of `point` ("loose") until there
-- are many of a series; then, or when many come at once, they lie in a block: a sorted run of points
-- by (at, step, value, odd). The blocks of a series do not overlap; loose points lie anywhere, but in
-- no block.
CREATE TABLE point_block (
    metric     INT NOT NULL,
    last_at    INT NOT NULL,             -- the last point of the block
    last_step  INT NOT NULL,
    last_value REAL NOT NULL,
    last_odd   INT NOT NULL,
    points     INT NOT NULL,
    first_at   INT NOT NULL,
    min_step   INT NOT NULL,
    max_step   INT NOT NULL,
    body       BLOB NOT NULL,            -- all its points
    PRIMARY KEY (metric, last_at, last_step, last_value, last_odd)
);

-- Where the series ends by (at, step), so that what comes beyond is known to be new, and how many
-- points are loose: all that were written before.
ALTER TABLE metric ADD COLUMN end_at INT NOT NULL DEFAULT 0;
ALTER TABLE metric ADD COLUMN end_step INT NOT NULL DEFAULT 0;
ALTER TABLE metric ADD COLUMN loose INT NOT NULL DEFAULT 0;
UPDATE metric SET loose = points, (end_at, end_step) =
    (SELECT point.at, point.step FROM point WHERE point.metric = metric.id ORDER BY point.at DESC, point.step DESC LIMIT 1)
    WHERE EXISTS (SELECT 1 FROM point WHERE point.metric = metric.id);
