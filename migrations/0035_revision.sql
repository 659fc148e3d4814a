-- Counts up with what a run holds besides its metrics, so that whoever read it before can tell whether it still does.
ALTER TABLE run ADD COLUMN revision INT NOT NULL DEFAULT 0;
