-- Names for bytes. The bytes lie in the blob store under their SHA-256; the same bytes lie there once.
-- `path` is whole: EXPERIMENT/RUN/artifacts/… or EXPERIMENT/models/MODEL/artifacts/…
CREATE TABLE artifact (
    path       TEXT PRIMARY KEY,
    experiment INT NOT NULL REFERENCES experiment (id),
    size       INT NOT NULL,
    sha256     TEXT NOT NULL,
    creator    TEXT NOT NULL,
    at         INT NOT NULL
);
CREATE INDEX artifact_sha256 ON artifact (sha256);
