-- Registered models, too, come from other tracking stores. When this server was told of a version is its
-- own word: `created_at` may be older, as the other store says.
ALTER TABLE model_version ADD COLUMN told_at INT NOT NULL DEFAULT 0;
UPDATE model_version SET told_at = created_at;

-- Which registered model of another store became which of ours, so that an import that is started
-- again goes on in it.
CREATE TABLE registered_model_origin (
    model  INT PRIMARY KEY REFERENCES registered_model (id),
    source TEXT NOT NULL,                -- the address or the folder of the other store
    name   TEXT NOT NULL                 -- what the other store calls the model
);
CREATE INDEX registered_model_origin_source ON registered_model_origin (source, name);
