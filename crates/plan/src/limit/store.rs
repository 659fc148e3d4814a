use base::{BacklogId, ItemId, Result, StatusId, UserId, refuse::internal};
use db::{Query, Tx, params};
use serde_json::json;

use super::{LaneField, Limit, Per};
use crate::item::{Item, Priority};

/// In their order.
pub fn all(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<Limit>> {
    let sql =
        "SELECT id, name, per, field, value, most, statuses FROM board_limit WHERE backlog = $1 ORDER BY place, id";
    tx.all(sql, params![backlog], |row| {
        let field: Option<String> = row.get(3)?;
        Ok(Limit {
            id: row.get(0)?,
            name: row.get(1)?,
            per: Per::stored(row.get(2)?)?,
            field: field.map(LaneField::stored).transpose()?,
            value: row.get(4)?,
            most: row.get(5)?,
            statuses: serde_json::from_value(row.get(6)?).map_err(internal)?,
        })
    })
}

/// Without an id, a new one.
pub fn put(tx: &mut Tx, backlog: BacklogId, limit: &Limit, place: i64) -> Result<()> {
    let (per, field, statuses) = (limit.per.as_str(), limit.field.map(LaneField::as_str), json!(limit.statuses));
    let value = limit.value.as_deref();
    if limit.id != 0 {
        let sql =
            "UPDATE board_limit SET name = $1, per = $2, field = $3, value = $4, most = $5, statuses = $6, place = $7
                   WHERE id = $8";
        let values = params![&limit.name, per, field, value, limit.most, statuses, place, limit.id];
        return tx.run(sql, values).map(drop);
    }
    let sql = "INSERT INTO board_limit (backlog, name, per, field, value, most, statuses, place)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    tx.run(sql, params![backlog, &limit.name, per, field, value, limit.most, statuses, place]).map(drop)
}

pub fn remove(tx: &mut Tx, id: i64) -> Result<()> {
    tx.run("DELETE FROM board_limit WHERE id = $1", params![id]).map(drop)
}

/// Those under the limit beside one, by rank; with a person, those of theirs.
pub fn inside(
    tx: &mut Tx,
    backlog: BacklogId,
    statuses: &[StatusId],
    limit: &Limit,
    person: Option<&UserId>,
    except: Option<ItemId>,
) -> Result<Vec<ItemId>> {
    if statuses.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new("SELECT i.id FROM item i WHERE i.status IN (");
    query.bind_all(statuses.iter().copied()).push(") AND i.deleted_at IS NULL AND i.id <> ");
    query.bind(except.unwrap_or(ItemId(0)));
    narrow(tx, &mut query, backlog, limit, person)?;
    // One more than the largest limit can be.
    query.push(" ORDER BY i.rank LIMIT 1001");
    tx.all_q(&query, |row| row.get(0))
}

/// How many of those that would come under the limit stand before the item in the status where it is.
pub fn waiting(tx: &mut Tx, backlog: BacklogId, limit: &Limit, person: Option<&UserId>, item: &Item) -> Result<i64> {
    let mut query = Query::new("SELECT COUNT(*) FROM item i JOIN item me ON me.status = i.status AND me.id = ");
    query.bind(item.id).push(" WHERE i.deleted_at IS NULL AND i.rank < me.rank");
    narrow(tx, &mut query, backlog, limit, person)?;
    tx.all_q(&query, |row| row.get(0)).map(|counts| counts.into_iter().next().unwrap_or(0))
}

fn narrow(tx: &mut Tx, query: &mut Query, backlog: BacklogId, limit: &Limit, person: Option<&UserId>) -> Result<()> {
    if let Some(person) = person {
        query.push(" AND i.assignee = ").bind(person.as_str().to_owned());
    }
    let (Some(field), Some(value)) = (limit.field, limit.value.clone()) else { return Ok(()) };
    match field {
        LaneField::Assignee => query.push(" AND i.assignee = ").bind(value),
        LaneField::Parent => query.push(" AND i.parent = ").bind(value.parse::<i64>().map_err(internal)?),
        LaneField::Kind => query.push(" AND i.kind = ").bind(value),
        LaneField::Trade => query.push(" AND i.trade = ").bind(value),
        LaneField::Class => query.push(" AND i.class = ").bind(value),
        LaneField::Priority => query.push(" AND i.priority = ").bind(Priority::stored(value)?.number()),
        LaneField::Label => {
            let label = crate::item::label(tx, backlog, &value)?.map_or(0, |label| label.0);
            query
                .push(" AND EXISTS (SELECT 1 FROM item_label l WHERE l.item = i.id AND l.label = ")
                .bind(label)
                .push(")")
        }
    };
    Ok(())
}

/// How many items each person has in the statuses.
pub fn by_person(tx: &mut Tx, statuses: &[StatusId]) -> Result<Vec<(UserId, i64)>> {
    if statuses.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new("SELECT assignee, COUNT(*) FROM item WHERE status IN (");
    query.bind_all(statuses.iter().copied());
    query.push(") AND deleted_at IS NULL AND assignee IS NOT NULL GROUP BY assignee ORDER BY COUNT(*) DESC, assignee");
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?)))
}
