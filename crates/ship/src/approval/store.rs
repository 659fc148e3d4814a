use base::{ApprovalId, PromotionId, Result, Time, UserId, refuse::internal};
use db::{Row, Tx, params};
use people::Duty;

#[derive(Clone, Debug)]
pub struct ApprovalRow {
    pub id: ApprovalId,
    pub duty: Duty,
    pub user: UserId,
    pub digest: String,
    pub note: Option<String>,
    pub given_at: Time,
    pub withdrawn_at: Option<Time>,
    pub withdrawn_note: Option<String>,
}

fn read(row: &Row) -> Result<ApprovalRow> {
    let word: String = row.get(1)?;
    Ok(ApprovalRow {
        id: row.get(0)?,
        duty: Duty::parse(&word).ok_or_else(|| internal(format!("{word} is no duty")))?,
        user: row.get(2)?,
        digest: row.get(3)?,
        note: row.get(4)?,
        given_at: row.get(5)?,
        withdrawn_at: row.get(6)?,
        withdrawn_note: row.get(7)?,
    })
}

/// All that were ever given, in their order.
pub fn all(tx: &mut Tx, promotion: &PromotionId) -> Result<Vec<ApprovalRow>> {
    let sql = "SELECT id, duty, user_id, digest, note, given_at, withdrawn_at, withdrawn_note
               FROM approval WHERE promotion = $1 ORDER BY given_at, id";
    tx.all(sql, params![promotion], read)
}

pub fn add(
    tx: &mut Tx,
    promotion: &PromotionId,
    duty: Duty,
    user: &UserId,
    digest: &str,
    note: Option<&str>,
) -> Result<ApprovalId> {
    let id = ApprovalId(tx.new_id());
    let sql = "INSERT INTO approval (id, promotion, duty, user_id, digest, note, given_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.run(sql, params![&id, promotion, duty.as_str(), user, digest, note, tx.now()])?;
    Ok(id)
}

pub fn set_note(tx: &mut Tx, id: &ApprovalId, note: &str) -> Result<()> {
    tx.run("UPDATE approval SET note = $1 WHERE id = $2", params![note, id]).map(drop)
}

pub fn withdraw(tx: &mut Tx, id: &ApprovalId, note: Option<&str>) -> Result<()> {
    let sql = "UPDATE approval SET withdrawn_at = $1, withdrawn_note = $2 WHERE id = $3";
    tx.run(sql, params![tx.now(), note, id]).map(drop)
}
