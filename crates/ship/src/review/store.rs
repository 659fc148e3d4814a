use std::collections::BTreeMap;

use base::{ExperimentId, Limit, ProjectId, Result, ReviewId, ReviewRequestId, Time, UserId, refuse::internal};
use db::{Query, Row, Tx, params};

use super::{Check, Decision, Kind, State, checklist::stored};

#[derive(Clone, Debug)]
pub struct RequestRow {
    pub id: ReviewRequestId,
    pub experiment: ExperimentId,
    pub artifacts: BTreeMap<String, String>,
    pub asked_by: UserId,
    pub asked_at: Time,
    pub replaced_at: Option<Time>,
}

#[derive(Clone, Debug)]
pub struct ReviewRow {
    pub id: ReviewId,
    pub request: ReviewRequestId,
    pub kind: Kind,
    pub decision: Option<Decision>,
    pub note: Option<String>,
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Time>,
    pub version: i64,
}

#[derive(Clone, Debug)]
pub struct CheckRow {
    pub check: Check,
    pub state: State,
    pub evidence: Option<String>,
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Time>,
}

const REQUEST: &str =
    "SELECT r.id, r.experiment, r.artifacts, r.asked_by, r.asked_at, r.replaced_at FROM review_request r";

fn read_request(row: &Row) -> Result<RequestRow> {
    let artifacts = serde_json::from_value(row.get(2)?).map_err(internal)?;
    let (id, experiment, asked_by) = (row.get(0)?, row.get(1)?, row.get(3)?);
    Ok(RequestRow { id, experiment, artifacts, asked_by, asked_at: row.get(4)?, replaced_at: row.get(5)? })
}

pub fn current(tx: &mut Tx, experiment: ExperimentId) -> Result<Option<RequestRow>> {
    tx.first(&format!("{REQUEST} WHERE r.experiment = $1 AND r.replaced_at IS NULL"), params![experiment], read_request)
}

pub fn request(tx: &mut Tx, id: &ReviewRequestId) -> Result<RequestRow> {
    tx.one(&format!("{REQUEST} WHERE r.id = $1"), params![id], read_request)
}

/// The request that stands for each experiment that is still there, newest first; `before` is the
/// last one of the page before.
pub fn queue(
    tx: &mut Tx,
    project: &ProjectId,
    before: Option<(Time, String)>,
    limit: Limit,
) -> Result<Vec<RequestRow>> {
    let mut query = Query::new(REQUEST);
    query.push(" JOIN experiment e ON e.id = r.experiment WHERE e.deleted_at IS NULL AND r.replaced_at IS NULL");
    query.push(" AND e.project = ").bind(project.clone());
    if let Some((at, id)) = before {
        query.push(" AND (r.asked_at < ").bind(at).push(" OR (r.asked_at = ").bind(at);
        query.push(" AND r.id < ").bind(id).push("))");
    }
    query.push(" ORDER BY r.asked_at DESC, r.id DESC LIMIT ").bind(limit.plus_one());
    tx.all_q(&query, read_request)
}

const REVIEW: &str = "SELECT id, request, kind, decision, note, decided_by, decided_at, version FROM review";

fn read_review(row: &Row) -> Result<ReviewRow> {
    Ok(ReviewRow {
        id: row.get(0)?,
        request: row.get(1)?,
        kind: stored(row.get(2)?)?,
        decision: row.get::<Option<String>>(3)?.map(stored).transpose()?,
        note: row.get(4)?,
        decided_by: row.get(5)?,
        decided_at: row.get(6)?,
        version: row.get(7)?,
    })
}

pub fn review(tx: &mut Tx, id: &ReviewId) -> Result<Option<ReviewRow>> {
    tx.first(&format!("{REVIEW} WHERE id = $1"), params![id], read_review)
}

/// In the order of [`Kind::ALL`].
pub fn reviews(tx: &mut Tx, request: &ReviewRequestId) -> Result<Vec<ReviewRow>> {
    let mut reviews = tx.all(&format!("{REVIEW} WHERE request = $1"), params![request], read_review)?;
    reviews.sort_by_key(|review| review.kind);
    Ok(reviews)
}

/// In the order of [`Check::ALL`], without the computed one.
pub fn checks(tx: &mut Tx, request: &ReviewRequestId) -> Result<Vec<CheckRow>> {
    let sql = "SELECT key, state, evidence, decided_by, decided_at FROM review_check WHERE request = $1";
    let mut checks = tx.all(sql, params![request], |row| {
        let (check, state) = (stored(row.get(0)?)?, stored(row.get(1)?)?);
        Ok(CheckRow { check, state, evidence: row.get(2)?, decided_by: row.get(3)?, decided_at: row.get(4)? })
    })?;
    checks.sort_by_key(|row| row.check);
    Ok(checks)
}

/// Closes the request that stands, if there is one.
pub fn replace(tx: &mut Tx, experiment: ExperimentId) -> Result<()> {
    let sql = "UPDATE review_request SET replaced_at = $1 WHERE experiment = $2 AND replaced_at IS NULL";
    tx.run(sql, params![tx.now(), experiment]).map(drop)
}

pub fn add(
    tx: &mut Tx,
    experiment: ExperimentId,
    artifacts: &BTreeMap<String, String>,
    asked_by: &UserId,
) -> Result<ReviewRequestId> {
    let id = ReviewRequestId(tx.new_id());
    let artifacts = serde_json::to_value(artifacts).map_err(internal)?;
    let sql = "INSERT INTO review_request (id, experiment, artifacts, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, params![&id, experiment, &artifacts, asked_by, tx.now()])?;
    for kind in Kind::ALL {
        let review = ReviewId(tx.new_id());
        let sql = "INSERT INTO review (id, request, kind, version) VALUES ($1, $2, $3, 1)";
        tx.run(sql, params![&review, &id, kind.as_str()])?;
    }
    for check in Check::typed() {
        let sql = "INSERT INTO review_check (request, key, state) VALUES ($1, $2, $3)";
        tx.run(sql, params![&id, check.as_str(), State::Open.as_str()])?;
    }
    Ok(id)
}

pub fn set_review(tx: &mut Tx, review: &ReviewRow) -> Result<()> {
    let sql =
        "UPDATE review SET decision = $1, note = $2, decided_by = $3, decided_at = $4, version = $5 WHERE id = $6";
    let decision = review.decision.map(Decision::as_str);
    let (by, at) = (review.decided_by.as_ref(), review.decided_at);
    tx.run(sql, params![decision, review.note.as_deref(), by, at, review.version, &review.id]).map(drop)
}

pub fn set_check(tx: &mut Tx, request: &ReviewRequestId, row: &CheckRow) -> Result<()> {
    let sql = "UPDATE review_check SET state = $1, evidence = $2, decided_by = $3, decided_at = $4
               WHERE request = $5 AND key = $6";
    let (by, at) = (row.decided_by.as_ref(), row.decided_at);
    let key = row.check.as_str();
    tx.run(sql, params![row.state.as_str(), row.evidence.as_deref(), by, at, request, key]).map(drop)
}

/// Whether something was deployed on the strength of this request.
pub fn is_deployed(tx: &mut Tx, request: &ReviewRequestId) -> Result<bool> {
    let sql = "SELECT 1 FROM deployment WHERE review_request = $1 LIMIT 1";
    Ok(tx.first(sql, params![request], |_| Ok(()))?.is_some())
}
