-- The hypothesis in force was written when there were runs already, so it may have been chosen to fit them.
ALTER TABLE experiment ADD COLUMN hypothesis_late BOOL NOT NULL DEFAULT FALSE;
