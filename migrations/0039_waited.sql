-- What was said of a status before it became a second half, in which work always waits.
ALTER TABLE board_column ADD COLUMN waited BOOL NOT NULL DEFAULT FALSE;
