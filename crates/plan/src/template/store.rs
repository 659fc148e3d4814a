use base::{BacklogId, Result, refuse::internal};
use db::{Row, Tx, params};
use serde_json::json;

use super::{Shown, Template};
use crate::item::Kind;

const TEMPLATES: &str = "SELECT kind, description, acceptance, checklist FROM item_template WHERE backlog = $1";

fn read(row: &Row) -> Result<Shown> {
    let template = Template {
        description: row.get(1)?,
        acceptance: serde_json::from_value(row.get(2)?).map_err(internal)?,
        checklist: serde_json::from_value(row.get(3)?).map_err(internal)?,
    };
    Ok(Shown { kind: Kind::stored(row.get(0)?)?, template })
}

pub fn all(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<Shown>> {
    tx.all(&format!("{TEMPLATES} ORDER BY kind"), params![backlog], read)
}

pub fn get(tx: &mut Tx, backlog: BacklogId, kind: Kind) -> Result<Option<Template>> {
    let found = tx.first(&format!("{TEMPLATES} AND kind = $2"), params![backlog, kind.as_str()], read)?;
    Ok(found.map(|shown| shown.template))
}

pub fn set(tx: &mut Tx, backlog: BacklogId, kind: Kind, template: &Template) -> Result<()> {
    let sql =
        "INSERT INTO item_template (backlog, kind, description, acceptance, checklist) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (backlog, kind) DO UPDATE SET description = excluded.description,
                   acceptance = excluded.acceptance, checklist = excluded.checklist";
    let Template { description, acceptance, checklist } = template;
    tx.run(sql, params![backlog, kind.as_str(), description, json!(acceptance), json!(checklist)]).map(drop)
}

pub fn remove(tx: &mut Tx, backlog: BacklogId, kind: Kind) -> Result<bool> {
    let sql = "DELETE FROM item_template WHERE backlog = $1 AND kind = $2";
    Ok(tx.run(sql, params![backlog, kind.as_str()])? > 0)
}
