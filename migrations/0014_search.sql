-- What runs are searched and ordered by lies together for each experiment and key, so that the first
-- page costs the same however many runs there are. Long texts are found by their first 64 characters.
DROP INDEX run_age;
CREATE INDEX run_age ON run (experiment, started_at DESC, id, deleted_at);
CREATE INDEX run_status ON run (experiment, status, started_at DESC, id, deleted_at);
CREATE INDEX run_name ON run (experiment, SUBSTR(name, 1, 64));

ALTER TABLE param ADD COLUMN experiment INT NOT NULL DEFAULT 0;     -- its run's
UPDATE param SET experiment = (SELECT run.experiment FROM run WHERE run.num = param.run);
CREATE INDEX param_value ON param (experiment, key, SUBSTR(value, 1, 64), run);

ALTER TABLE run_tag ADD COLUMN experiment INT NOT NULL DEFAULT 0;   -- its run's
UPDATE run_tag SET experiment = (SELECT run.experiment FROM run WHERE run.num = run_tag.run);
CREATE INDEX run_tag_value ON run_tag (experiment, key, SUBSTR(value, 1, 64), run);

-- A value that changes with every point would have to move in an index with every point. So the
-- index holds what stands still: `settled` is the latest value once the run has ended, and none again
-- when another point becomes the latest, or where it is not a number.
ALTER TABLE metric ADD COLUMN experiment INT NOT NULL DEFAULT 0;    -- its run's
ALTER TABLE metric ADD COLUMN settled REAL;
UPDATE metric SET experiment = (SELECT run.experiment FROM run WHERE run.num = metric.run);
UPDATE metric SET settled = value
    WHERE odd <> 1 AND run IN (SELECT num FROM run WHERE status IN ('FINISHED', 'FAILED', 'KILLED'));
CREATE INDEX metric_settled ON metric (experiment, key, settled, run);
