-- What one person has, the latest change first, however much it is.
CREATE INDEX item_assignee_updated ON item (assignee, backlog, updated_at, id) WHERE deleted_at IS NULL;
