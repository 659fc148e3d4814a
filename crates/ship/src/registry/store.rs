use base::{ProjectId, PromotionId, Result, RunId, Time};
use db::{Tx, params};

/// What is in an environment now.
#[derive(Clone, Debug)]
pub struct Live {
    pub environment: String,
    pub run: RunId,
    /// Of the bundle.
    pub digest: String,
    pub promotion: PromotionId,
    pub deployed_at: Time,
}

/// The latest deployment first.
pub fn live(tx: &mut Tx, project: &ProjectId) -> Result<Vec<Live>> {
    let sql = "SELECT d.environment, p.run, d.digest, p.id, d.deployed_at FROM deployment d JOIN promotion p ON p.id = d.promotion
               JOIN experiment e ON e.id = d.experiment
               WHERE e.project = $1 AND d.replaced_at IS NULL ORDER BY d.deployed_at DESC, d.id DESC";
    tx.all(sql, params![project], |row| {
        Ok(Live {
            environment: row.get(0)?,
            run: row.get(1)?,
            digest: row.get(2)?,
            promotion: row.get(3)?,
            deployed_at: row.get(4)?,
        })
    })
}
