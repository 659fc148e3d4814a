-- A sprint in which very much happened is summed up from its indexes alone, and its latest changes are read in their order.
DROP INDEX sprint_change_at;
DROP INDEX sprint_change_item;
CREATE INDEX sprint_change_at ON sprint_change (sprint, at, id, items, points, items_done, points_done);
CREATE INDEX sprint_change_item ON sprint_change (sprint, item, at, items, points, items_done, points_done);
