use base::{Result, Time};
use db::{Row, Tx, params};
use serde_json::{Value, json};

use super::Facts;

/// The events about approvals and deployments, in their order.
pub fn each_told(tx: &mut Tx, mut visit: impl FnMut(&Value)) -> Result<()> {
    let workspace = tx.workspace();
    let sql = "SELECT body FROM event WHERE workspace = $1 AND kind IN ('approval.given', 'approval.withdrawn',
                   'deployment.started', 'deployment.replaced') ORDER BY seq";
    tx.each(sql, params![&*workspace], |row| {
        visit(&serde_json::from_str(&row.get::<String>(0)?).unwrap_or_default());
        Ok(())
    })
}

pub fn facts(tx: &mut Tx) -> Result<Facts> {
    let sql = "SELECT id, promotion, duty, user_id, digest, given_at, withdrawn_at FROM approval";
    let approvals = tx.all(sql, &[], |row| {
        let fact = json!({
            "promotion": text(row, 1)?, "duty": text(row, 2)?, "user": text(row, 3)?, "digest": text(row, 4)?,
            "given_at": ms(row, 5)?, "withdrawn_at": ms(row, 6)?,
        });
        Ok((format!("approval {}", text(row, 0)?), fact))
    })?;
    let sql = "SELECT id, promotion, environment, deployed_by, digest, deployed_at, replaced_at FROM deployment";
    let deployments = tx.all(sql, &[], |row| {
        let fact = json!({
            "promotion": text(row, 1)?, "environment": text(row, 2)?, "deployed_by": text(row, 3)?,
            "digest": text(row, 4)?, "deployed_at": ms(row, 5)?, "replaced_at": ms(row, 6)?,
        });
        Ok((format!("deployment {}", text(row, 0)?), fact))
    })?;
    Ok(approvals.into_iter().chain(deployments).collect())
}

fn text(row: &Row, place: usize) -> Result<String> {
    row.get(place)
}

fn ms(row: &Row, place: usize) -> Result<Option<i64>> {
    Ok(row.get::<Option<Time>>(place)?.map(Time::ms))
}

/// Digest and body.
pub fn bundles(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    tx.all("SELECT digest, body FROM bundle ORDER BY digest", &[], |row| Ok((row.get(0)?, row.get(1)?)))
}
