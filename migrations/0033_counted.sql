-- A list of checkpoints counts questions without reading the packs: how many each shows, and how many of them had an
-- answer then. Those that were made before are counted in the text of their packs, whichever way an engine writes it.
ALTER TABLE checkpoint ADD COLUMN questions INT NOT NULL DEFAULT 0;
ALTER TABLE checkpoint ADD COLUMN answered INT NOT NULL DEFAULT 0;
UPDATE checkpoint SET questions =
    (LENGTH(CAST(pack AS VARCHAR)) - LENGTH(REPLACE(CAST(pack AS VARCHAR), '"outcome":', ''))) / 10;
UPDATE checkpoint SET answered = questions -
    (LENGTH(REPLACE(CAST(pack AS VARCHAR), '": "', '":"'))
     - LENGTH(REPLACE(REPLACE(CAST(pack AS VARCHAR), '": "', '":"'), '"outcome":"open"', ''))) / 16;
