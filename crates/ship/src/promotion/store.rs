use base::{ExperimentId, Limit, ProjectId, PromotionId, Result, RunId, Time, UserId, refuse::internal};
use db::{Query, Row, Tx, params};

use crate::rollout::Plan;

#[derive(Clone, Debug)]
pub struct PromotionRow {
    pub id: PromotionId,
    pub experiment: ExperimentId,
    pub run: RunId,
    pub plan: Plan,
    /// Digest of the bundle as it was then; unknown for older ones.
    pub asked: Option<String>,
    pub asked_by: UserId,
    pub asked_at: Time,
    pub expires_at: Time,
    /// Digest of the bundle whose approval was announced.
    pub approved: Option<String>,
    pub closed_at: Option<Time>,
    pub closed_as: Option<Closed>,
    pub closed_by: Option<UserId>,
    pub closed_note: Option<String>,
}

/// How a promotion ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    Withdrawn,
    Replaced,
    Deployed,
    Expired,
}

impl Closed {
    fn as_str(self) -> &'static str {
        match self {
            Closed::Withdrawn => "withdrawn",
            Closed::Replaced => "replaced",
            Closed::Deployed => "deployed",
            Closed::Expired => "expired",
        }
    }

    fn stored(word: &str) -> Result<Closed> {
        match word {
            "withdrawn" => Ok(Closed::Withdrawn),
            "replaced" => Ok(Closed::Replaced),
            "deployed" => Ok(Closed::Deployed),
            "expired" => Ok(Closed::Expired),
            other => Err(internal(format!("a promotion cannot be {other}"))),
        }
    }
}

const SELECT: &str = "SELECT p.id, p.experiment, p.run, p.plan, p.asked_by, p.asked_at, p.expires_at, p.approved,
                             p.closed_at, p.closed_as, p.closed_by, p.closed_note, p.asked FROM promotion p";

fn read(row: &Row) -> Result<PromotionRow> {
    let closed_as: Option<String> = row.get(9)?;
    Ok(PromotionRow {
        id: row.get(0)?,
        experiment: row.get(1)?,
        run: row.get(2)?,
        plan: serde_json::from_value(row.get(3)?).map_err(internal)?,
        asked_by: row.get(4)?,
        asked_at: row.get(5)?,
        expires_at: row.get(6)?,
        approved: row.get(7)?,
        closed_at: row.get(8)?,
        closed_as: closed_as.as_deref().map(Closed::stored).transpose()?,
        closed_by: row.get(10)?,
        closed_note: row.get(11)?,
        asked: row.get(12)?,
    })
}

pub fn get(tx: &mut Tx, id: &PromotionId) -> Result<Option<PromotionRow>> {
    tx.first(&format!("{SELECT} WHERE p.id = $1"), params![id], read)
}

pub fn latest(tx: &mut Tx, experiment: ExperimentId) -> Result<Option<PromotionRow>> {
    let sql = format!("{SELECT} WHERE p.experiment = $1 ORDER BY p.asked_at DESC, p.id DESC LIMIT 1");
    tx.first(&sql, params![experiment], read)
}

/// The one that is neither deployed nor closed otherwise.
pub fn open(tx: &mut Tx, experiment: ExperimentId) -> Result<Option<PromotionRow>> {
    tx.first(&format!("{SELECT} WHERE p.experiment = $1 AND p.closed_at IS NULL"), params![experiment], read)
}

/// All open ones of a project whose experiment is still there.
pub fn open_in(tx: &mut Tx, project: &ProjectId) -> Result<Vec<PromotionRow>> {
    let sql = format!(
        "{SELECT} JOIN experiment e ON e.id = p.experiment
         WHERE e.project = $1 AND e.deleted_at IS NULL AND p.closed_at IS NULL ORDER BY p.asked_at, p.id"
    );
    tx.all(&sql, params![project], read)
}

/// Those that have open ones.
pub fn projects(tx: &mut Tx) -> Result<Vec<ProjectId>> {
    let sql = "SELECT DISTINCT e.project FROM promotion p JOIN experiment e ON e.id = p.experiment
               WHERE p.closed_at IS NULL AND e.deleted_at IS NULL";
    tx.all(sql, params![], |row| row.get(0))
}

/// Newest first; `before` is the last one of the page before.
pub fn queue(
    tx: &mut Tx,
    project: &ProjectId,
    before: Option<(Time, String)>,
    limit: Limit,
) -> Result<Vec<PromotionRow>> {
    let mut query = Query::new(SELECT);
    query.push(" JOIN experiment e ON e.id = p.experiment WHERE e.deleted_at IS NULL AND e.project = ");
    query.bind(project.clone());
    if let Some((at, id)) = before {
        query.push(" AND (p.asked_at < ").bind(at).push(" OR (p.asked_at = ").bind(at);
        query.push(" AND p.id < ").bind(id).push("))");
    }
    query.push(" ORDER BY p.asked_at DESC, p.id DESC LIMIT ").bind(limit.plus_one());
    tx.all_q(&query, read)
}

pub fn add(tx: &mut Tx, row: &PromotionRow) -> Result<()> {
    let plan = serde_json::to_value(&row.plan).map_err(internal)?;
    let sql = "INSERT INTO promotion (id, experiment, run, environment, plan, asked, asked_by, asked_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = params![
        &row.id,
        row.experiment,
        &row.run,
        &row.plan.environment,
        &plan,
        row.asked.as_deref(),
        &row.asked_by,
        row.asked_at,
        row.expires_at
    ];
    tx.run(sql, values).map(drop)
}

/// Notes which bundle was announced as approved, or that none is any more.
pub fn announce(tx: &mut Tx, id: &PromotionId, digest: Option<&str>) -> Result<()> {
    let at = digest.map(|_| tx.now());
    tx.run("UPDATE promotion SET approved = $1, approved_at = $2 WHERE id = $3", params![digest, at, id]).map(drop)
}

pub fn close(tx: &mut Tx, id: &PromotionId, closed: Closed, by: Option<&UserId>, note: Option<&str>) -> Result<()> {
    let sql = "UPDATE promotion SET closed_at = $1, closed_as = $2, closed_by = $3, closed_note = $4 WHERE id = $5";
    tx.run(sql, params![tx.now(), closed.as_str(), by, note, id]).map(drop)
}
