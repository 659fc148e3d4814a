use base::{RegisteredModelId, Result, UserId};
use db::{Query, Tx, params};

use super::Version;

pub fn get(tx: &mut Tx, model: RegisteredModelId, alias: &str) -> Result<Option<i64>> {
    let sql = "SELECT v.number FROM model_alias a JOIN model_version v ON v.id = a.version
               WHERE a.model = $1 AND a.alias = $2";
    tx.first(sql, params![model, alias], |row| row.get(0))
}

pub fn of(tx: &mut Tx, models: &[RegisteredModelId]) -> Result<Vec<(RegisteredModelId, String, i64)>> {
    let mut query = Query::new(
        "SELECT a.model, a.alias, v.number FROM model_alias a JOIN model_version v ON v.id = a.version
         WHERE a.model IN (",
    );
    query.bind_all(models.iter().copied()).push(") ORDER BY a.model, a.alias");
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub fn set(tx: &mut Tx, alias: &str, version: &Version, by: &UserId) -> Result<()> {
    let now = tx.now();
    let sql = "INSERT INTO model_alias (model, alias, version, set_by, set_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (model, alias)
               DO UPDATE SET version = excluded.version, set_by = excluded.set_by, set_at = excluded.set_at";
    tx.run(sql, params![version.model, alias, version.id, by, now]).map(drop)
}

pub fn remove(tx: &mut Tx, model: RegisteredModelId, alias: &str) -> Result<()> {
    tx.run("DELETE FROM model_alias WHERE model = $1 AND alias = $2", params![model, alias]).map(drop)
}
