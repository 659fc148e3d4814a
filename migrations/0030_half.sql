-- A column can be the second half of the one before it: what is done there waits in it for the next step.
ALTER TABLE board_column ADD COLUMN second_half BOOL NOT NULL DEFAULT FALSE;
