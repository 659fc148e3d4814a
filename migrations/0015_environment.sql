-- Environments are one when they differ only in case: `folded` is the name in lower case, which the
-- program writes. What was live beside a later deployment of another spelling has been replaced by it.
ALTER TABLE deployment ADD COLUMN folded TEXT NOT NULL DEFAULT '';
UPDATE deployment SET folded = LOWER(environment);
UPDATE deployment SET replaced_at = (
    SELECT MIN(later.deployed_at) FROM deployment later
    WHERE later.experiment = deployment.experiment AND later.folded = deployment.folded
      AND (later.deployed_at > deployment.deployed_at OR (later.deployed_at = deployment.deployed_at AND later.id > deployment.id)))
WHERE replaced_at IS NULL;
DROP INDEX deployment_live;
CREATE UNIQUE INDEX deployment_live ON deployment (experiment, folded) WHERE replaced_at IS NULL;

-- Digest of the bundle as it was asked for, so that people see what changed since; unknown for older ones.
ALTER TABLE promotion ADD COLUMN asked TEXT;

-- Versions of the models that a run made, and runs that made a model.
CREATE INDEX model_version_logged ON model_version (logged_model);
CREATE INDEX run_model_model ON run_model (model);
