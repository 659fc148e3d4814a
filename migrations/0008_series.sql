-- What a series says of itself besides its latest point. Both are written by the statement that
-- raises the latest point, so that logging stays as quick as it was.
ALTER TABLE metric ADD COLUMN points INT NOT NULL DEFAULT 0;   -- how many it has; none is ever taken away
ALTER TABLE metric ADD COLUMN raised_at INT;                   -- when the server took in the latest; unknown for older ones
UPDATE metric SET points = (SELECT COUNT(*) FROM point WHERE point.metric = metric.id);
