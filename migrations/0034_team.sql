-- Items lose a team that is deleted. Those that kept the name of one that was deleted before lose it now.
UPDATE item SET team = NULL WHERE team IS NOT NULL AND team NOT IN (SELECT id FROM team);
CREATE INDEX item_team ON item (team) WHERE team IS NOT NULL;
