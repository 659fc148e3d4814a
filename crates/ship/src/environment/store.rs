use base::{ProjectId, Result};
use db::{Tx, params};

/// Those for which a promotion waits, or into which one went; the first asked for first.
pub fn names(tx: &mut Tx, project: &ProjectId) -> Result<Vec<String>> {
    let sql = "SELECT p.environment FROM promotion p JOIN experiment e ON e.id = p.experiment
               WHERE e.project = $1 AND (p.closed_at IS NULL OR p.closed_as = 'deployed')
               GROUP BY p.environment ORDER BY MIN(p.asked_at), p.environment";
    tx.all(sql, params![project], |row| row.get(0))
}
