-- Up to which change a sprint was planned: what was written down later came after its start, within the same millisecond too.
ALTER TABLE sprint ADD COLUMN started_after INT;
UPDATE sprint SET started_after = COALESCE(
    (SELECT MAX(c.id) FROM sprint_change c WHERE c.sprint = sprint.id AND c.at <= sprint.started_at), 0)
WHERE started_at IS NOT NULL;
DROP INDEX sprint_change_item;
CREATE INDEX sprint_change_item ON sprint_change (sprint, item, id, items, points, items_done, points_done);
