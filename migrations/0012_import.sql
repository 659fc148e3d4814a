-- Which experiment of another tracking store became which of ours, so that an import that is
-- started again goes on in it.
CREATE TABLE import_origin (
    experiment INT PRIMARY KEY REFERENCES experiment (id),
    source     TEXT NOT NULL,            -- the address or the folder of the other store
    id         TEXT NOT NULL,            -- what the other store calls the experiment
    whole_at   INT                       -- when all that it held had come
);
CREATE INDEX import_origin_source ON import_origin (source, id);
