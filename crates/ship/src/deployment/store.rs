use base::{DeploymentId, ExperimentId, PromotionId, Result, ReviewRequestId, Time, UserId};
use db::{Row, Tx, params};

use crate::environment::fold;

#[derive(Clone, Debug)]
pub struct DeploymentRow {
    pub id: DeploymentId,
    pub promotion: PromotionId,
    pub experiment: ExperimentId,
    pub environment: String,
    pub digest: String,
    pub review_request: ReviewRequestId,
    pub deployed_by: UserId,
    pub deployed_at: Time,
    pub note: Option<String>,
    pub replaced_at: Option<Time>,
}

const SELECT: &str = "SELECT id, promotion, experiment, environment, digest, review_request, deployed_by, deployed_at,
                             note, replaced_at FROM deployment";

fn read(row: &Row) -> Result<DeploymentRow> {
    Ok(DeploymentRow {
        id: row.get(0)?,
        promotion: row.get(1)?,
        experiment: row.get(2)?,
        environment: row.get(3)?,
        digest: row.get(4)?,
        review_request: row.get(5)?,
        deployed_by: row.get(6)?,
        deployed_at: row.get(7)?,
        note: row.get(8)?,
        replaced_at: row.get(9)?,
    })
}

pub fn of(tx: &mut Tx, promotion: &PromotionId) -> Result<Option<DeploymentRow>> {
    tx.first(&format!("{SELECT} WHERE promotion = $1"), params![promotion], read)
}

/// What is live of the experiment, by environment.
pub fn live(tx: &mut Tx, experiment: ExperimentId) -> Result<Vec<DeploymentRow>> {
    let sql = format!("{SELECT} WHERE experiment = $1 AND replaced_at IS NULL ORDER BY environment");
    tx.all(&sql, params![experiment], read)
}

pub fn replace(tx: &mut Tx, id: &DeploymentId, at: Time) -> Result<()> {
    tx.run("UPDATE deployment SET replaced_at = $1 WHERE id = $2", params![at, id]).map(drop)
}

pub fn add(tx: &mut Tx, row: &DeploymentRow) -> Result<()> {
    let sql =
        "INSERT INTO deployment (id, promotion, experiment, environment, folded, digest, review_request, deployed_by,
                                       deployed_at, note)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = params![
        &row.id,
        &row.promotion,
        row.experiment,
        &row.environment,
        fold(&row.environment),
        &row.digest,
        &row.review_request,
        &row.deployed_by,
        row.deployed_at,
        row.note.as_deref()
    ];
    tx.run(sql, values).map(drop)
}
