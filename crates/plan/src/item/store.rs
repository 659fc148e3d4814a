use std::collections::{BTreeMap, HashMap};

use base::{
    BacklogId, ExperimentId, ItemId, LabelId, Result, SprintId, StatusId, TeamId, Time, UserId, refuse::internal,
};
use db::{Query, Row, Tx, Value, params};
use serde_json::{Value as Json, json};

use super::{Class, Detail, Domain, DoneProfile, Face, Item, Kind, Priority};

/// Ends in its conditions. Items come first, whatever a planner guesses.
pub const ITEMS: &str = "SELECT i.id, i.backlog, p.id, p.key, i.number, i.kind, i.title, i.status, i.rank, i.estimate,
        i.assignee, i.trade, i.priority, i.parent, i.component_of, i.sprint, i.team, i.due, i.domain, i.class,
        i.done_profile, i.blocked_reason, i.blocked_at, i.experiment, i.status_at, i.started_at, i.done_at,
        i.created_at, i.created_by, i.updated_at, i.deleted_at, i.version
    FROM item i CROSS JOIN backlog b CROSS JOIN project p WHERE b.id = i.backlog AND p.id = b.project";

pub fn read(row: &Row) -> Result<Item> {
    let (project_key, number): (String, i64) = (row.get(3)?, row.get(4)?);
    let word = |place: usize| row.get::<Option<String>>(place);
    let face = Face {
        kind: Kind::stored(row.get(5)?)?,
        title: row.get(6)?,
        status: row.get(7)?,
        rank: row.get(8)?,
        estimate: row.get(9)?,
        assignee: row.get(10)?,
        trade: row.get(11)?,
        priority: Priority::numbered(row.get(12)?)?,
        parent: row.get(13)?,
        component_of: row.get(14)?,
        sprint: row.get(15)?,
        team: row.get(16)?,
        due: row.get(17)?,
        domain: word(18)?.map(Domain::stored).transpose()?,
        class: Class::stored(row.get(19)?)?,
        done_profile: word(20)?.map(DoneProfile::stored).transpose()?,
        blocked: row.get(21)?,
    };
    Ok(Item {
        id: row.get(0)?,
        backlog: row.get(1)?,
        project: row.get(2)?,
        key: format!("{project_key}-{number}"),
        face,
        blocked_at: row.get(22)?,
        experiment: row.get(23)?,
        status_at: row.get(24)?,
        started_at: row.get(25)?,
        done_at: row.get(26)?,
        created_at: row.get(27)?,
        created_by: row.get(28)?,
        updated_at: row.get(29)?,
        deleted_at: row.get(30)?,
        version: row.get(31)?,
    })
}

pub fn get(tx: &mut Tx, id: ItemId) -> Result<Option<Item>> {
    tx.first(&format!("{ITEMS} AND i.id = $1 AND i.emptied_at IS NULL"), params![id], read)
}

/// Those of the items that are not emptied, in no order.
pub fn some(tx: &mut Tx, ids: &[ItemId]) -> Result<Vec<Item>> {
    let mut query = Query::new(ITEMS);
    query.push(" AND i.id IN (").bind_all(ids.iter().copied()).push(") AND i.emptied_at IS NULL");
    tx.all_q(&query, read)
}

/// Hypotheses and spikes that were there before the stretch of time ended and are open, or were closed in
/// it, by rank.
pub fn questions(tx: &mut Tx, backlog: BacklogId, from: Time, until: Time, most: i64) -> Result<Vec<Item>> {
    let sql = format!(
        "{ITEMS} AND i.backlog = $1 AND i.deleted_at IS NULL AND i.kind IN ('hypothesis', 'spike')
             AND i.created_at < $3 AND (i.status_at >= $2 OR i.status IN (
                 SELECT id FROM status WHERE backlog = $1 AND category IN ('open', 'doing')))
         ORDER BY i.rank LIMIT $4"
    );
    tx.all(&sql, params![backlog, from, until, most], read)
}

/// What was done between the moments and still is, in that order.
pub fn done_between(tx: &mut Tx, backlog: BacklogId, from: Time, until: Time, most: i64) -> Result<Vec<Item>> {
    let sql = format!(
        "{ITEMS} AND i.backlog = $1 AND i.deleted_at IS NULL AND i.updated_at >= $2 AND i.done_at >= $2
             AND i.done_at < $3 ORDER BY i.done_at, i.id LIMIT $4"
    );
    tx.all(&sql, params![backlog, from, until, most], read)
}

/// What is in the sprint, those in the trash included, by rank.
pub fn of_sprint(tx: &mut Tx, sprint: SprintId) -> Result<Vec<Item>> {
    let sql = format!("{ITEMS} AND i.sprint = $1 AND i.emptied_at IS NULL ORDER BY i.rank");
    tx.all(&sql, params![sprint], read)
}

/// The team's items, those in the trash included, by their ids.
pub fn of_team(tx: &mut Tx, backlog: BacklogId, team: &TeamId) -> Result<Vec<Item>> {
    let sql = format!("{ITEMS} AND i.backlog = $1 AND i.team = $2 AND i.emptied_at IS NULL ORDER BY i.id");
    tx.all(&sql, params![backlog, team], read)
}

/// By the number that it has in the backlog now.
pub fn numbered(tx: &mut Tx, backlog: BacklogId, number: i64) -> Result<Option<ItemId>> {
    let sql = "SELECT id FROM item WHERE backlog = $1 AND number = $2";
    tx.first(sql, params![backlog, number], |row| row.get(0))
}

/// By a number that it has in the project, or had before it moved.
pub fn by_number(tx: &mut Tx, project: &str, number: i64) -> Result<Option<Item>> {
    let backlog = "(SELECT o.id FROM backlog o JOIN project w ON w.id = o.project WHERE w.key = $1)";
    let sql = format!("{ITEMS} AND i.backlog = {backlog} AND i.number = $2 AND i.emptied_at IS NULL");
    if let Some(item) = tx.first(&sql, params![project, number], read)? {
        return Ok(Some(item));
    }
    let former = "SELECT f.item FROM former_key f JOIN backlog b ON b.id = f.backlog
                  JOIN project p ON p.id = b.project WHERE p.key = $1 AND f.number = $2";
    match tx.first(former, params![project, number], |row| row.get(0))? {
        Some(id) => get(tx, id),
        None => Ok(None),
    }
}

/// The index over all titles in lower case.
const TITLES: &str = "item_text";

/// Those that can hold the text in their title; none when they are more than `most`, or not known.
pub fn titled(tx: &mut Tx, folded: &str, most: usize) -> Result<Option<Vec<ItemId>>> {
    let found = tx.may_hold(TITLES, folded, most)?;
    Ok(found.map(|ids| ids.into_iter().map(ItemId).collect()))
}

pub fn insert(tx: &mut Tx, item: &Item, number: i64) -> Result<ItemId> {
    let face = &item.face;
    let sql =
        "INSERT INTO item (backlog, number, kind, title, folded, status, rank, estimate, assignee, trade, priority,
                   parent, component_of, sprint, team, due, domain, class, done_profile, blocked_reason, blocked_at,
                   experiment, status_at, started_at, done_at, created_at, created_by, updated_at, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                   $22, $23, $24, $25, $26, $27, $26, 1) RETURNING id";
    let row = params![
        item.backlog,
        number,
        face.kind.as_str(),
        &face.title,
        face.title.to_lowercase(),
        face.status,
        &face.rank,
        face.estimate,
        face.assignee.as_ref(),
        face.trade.as_deref(),
        face.priority.number(),
        face.parent,
        face.component_of,
        face.sprint,
        face.team.as_ref(),
        face.due.as_ref(),
        face.domain.map(Domain::as_str),
        face.class.as_str(),
        face.done_profile.map(DoneProfile::as_str),
        face.blocked.as_deref(),
        item.blocked_at,
        item.experiment,
        item.status_at,
        item.started_at,
        item.done_at,
        item.created_at,
        &item.created_by,
    ];
    let id: ItemId = tx.one(sql, row, |row| row.get(0))?;
    tx.keep_text(TITLES, id.0, &face.title.to_lowercase())?;
    Ok(id)
}

/// Writes what may change and counts the version up.
pub fn update(tx: &mut Tx, item: &Item) -> Result<()> {
    let face = &item.face;
    let sql =
        "UPDATE item SET kind = $1, title = $2, folded = $3, status = $4, rank = $5, estimate = $6, assignee = $7,
                   trade = $8, priority = $9, parent = $10, component_of = $11, sprint = $12, team = $13, due = $14,
                   domain = $15, class = $16, done_profile = $17, blocked_reason = $18, blocked_at = $19,
                   experiment = $20, status_at = $21, started_at = $22, done_at = $23, updated_at = $24,
                   deleted_at = $25, version = version + 1
               WHERE id = $26";
    let (now, folded) = (tx.now(), face.title.to_lowercase());
    let other = "SELECT 1 FROM item WHERE id = $1 AND folded <> $2";
    if tx.first(other, params![item.id, &folded], |_| Ok(()))?.is_some() {
        tx.keep_text(TITLES, item.id.0, &folded)?;
    }
    let row = params![
        face.kind.as_str(),
        &face.title,
        folded,
        face.status,
        &face.rank,
        face.estimate,
        face.assignee.as_ref(),
        face.trade.as_deref(),
        face.priority.number(),
        face.parent,
        face.component_of,
        face.sprint,
        face.team.as_ref(),
        face.due.as_ref(),
        face.domain.map(Domain::as_str),
        face.class.as_str(),
        face.done_profile.map(DoneProfile::as_str),
        face.blocked.as_deref(),
        item.blocked_at,
        item.experiment,
        item.status_at,
        item.started_at,
        item.done_at,
        now,
        item.deleted_at,
        item.id,
    ];
    tx.run(sql, row).map(drop)
}

/// Items that one statement names.
const AT_ONCE: usize = 1_000;

/// Brings the items into another sprint, or out of theirs, and counts their versions up.
pub fn set_sprint(tx: &mut Tx, ids: &[ItemId], sprint: Option<SprintId>) -> Result<()> {
    let now = tx.now();
    for some in ids.chunks(AT_ONCE) {
        let mut query = Query::new("UPDATE item SET version = version + 1, sprint = ");
        query.bind(sprint).push(", updated_at = ").bind(now);
        push_in(&mut query, " WHERE id", some.iter().copied());
        tx.run_q(&query)?;
    }
    Ok(())
}

/// Takes their team from the items, and counts their versions up.
pub fn leave_team(tx: &mut Tx, ids: &[ItemId]) -> Result<()> {
    let now = tx.now();
    for some in ids.chunks(AT_ONCE) {
        let mut query = Query::new("UPDATE item SET version = version + 1, team = NULL, updated_at = ");
        query.bind(now);
        push_in(&mut query, " WHERE id", some.iter().copied());
        tx.run_q(&query)?;
    }
    Ok(())
}

pub fn detail(tx: &mut Tx, id: ItemId) -> Result<Detail> {
    let sql = "SELECT description, acceptance, story, contract, custom FROM item_detail WHERE item = $1";
    tx.one(sql, params![id], |row| {
        let story: Option<Json> = row.get(2)?;
        Ok(Detail {
            description: row.get(0)?,
            acceptance: serde_json::from_value(row.get(1)?).map_err(internal)?,
            story: story.map(serde_json::from_value).transpose().map_err(internal)?,
            contract: row.get(3)?,
            custom: serde_json::from_value(row.get(4)?).map_err(internal)?,
        })
    })
}

pub fn set_detail(tx: &mut Tx, id: ItemId, detail: &Detail) -> Result<()> {
    let sql = "INSERT INTO item_detail (item, description, acceptance, story, contract, custom)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (item) DO UPDATE SET description = excluded.description, acceptance = excluded.acceptance,
                   story = excluded.story, contract = excluded.contract, custom = excluded.custom";
    let row = params![
        id,
        &detail.description,
        json!(detail.acceptance),
        detail.story.as_ref().map(|story| json!(story)),
        detail.contract.as_deref(),
        json!(detail.custom),
    ];
    tx.run(sql, row).map(drop)
}

/// The custom fields' values of each of the items that has any.
pub fn custom_of(tx: &mut Tx, ids: &[ItemId]) -> Result<HashMap<ItemId, BTreeMap<String, Json>>> {
    let mut query = Query::new("SELECT item, custom FROM item_detail");
    push_in(&mut query, " WHERE item", ids.iter().copied());
    let read = |row: &Row| Ok((row.get(0)?, serde_json::from_value(row.get(1)?).map_err(internal)?));
    Ok(tx.all_q(&query, read)?.into_iter().collect())
}

/// The item's labels, by name.
pub fn labels(tx: &mut Tx, id: ItemId) -> Result<Vec<String>> {
    Ok(labels_of(tx, &[id])?.remove(&id).unwrap_or_default())
}

pub fn labels_of(tx: &mut Tx, ids: &[ItemId]) -> Result<BTreeMap<ItemId, Vec<String>>> {
    let mut query =
        Query::new("SELECT l.item, n.name FROM item_label l JOIN label n ON n.id = l.label WHERE l.item IN (");
    query.bind_all(ids.iter().copied()).push(") ORDER BY n.folded");
    let mut labels: BTreeMap<ItemId, Vec<String>> = BTreeMap::new();
    for (item, name) in tx.all_q(&query, |row| Ok((row.get::<ItemId>(0)?, row.get::<String>(1)?)))? {
        labels.entry(item).or_default().push(name);
    }
    Ok(labels)
}

/// The label of this name, in any case.
pub fn label(tx: &mut Tx, backlog: BacklogId, name: &str) -> Result<Option<LabelId>> {
    let sql = "SELECT id FROM label WHERE backlog = $1 AND folded = $2";
    tx.first(sql, params![backlog, name.to_lowercase()], |row| row.get(0))
}

/// All labels of the backlog, by name.
pub fn all_labels(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<String>> {
    tx.all("SELECT name FROM label WHERE backlog = $1 ORDER BY folded", params![backlog], |row| row.get(0))
}

pub fn set_labels(tx: &mut Tx, backlog: BacklogId, item: ItemId, names: &[String]) -> Result<()> {
    tx.run("DELETE FROM item_label WHERE item = $1", params![item])?;
    for name in names {
        let label: LabelId = match label(tx, backlog, name)? {
            Some(id) => id,
            None => {
                let sql = "INSERT INTO label (backlog, name, folded) VALUES ($1, $2, $3) RETURNING id";
                tx.one(sql, params![backlog, name, name.to_lowercase()], |row| row.get(0))?
            }
        };
        let sql = "INSERT INTO item_label (label, item) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        tx.run(sql, params![label, item])?;
    }
    Ok(())
}

/// Ids of what lies directly under the item and not in the trash, by rank.
pub fn children(tx: &mut Tx, id: ItemId) -> Result<Vec<Item>> {
    tx.all(&format!("{ITEMS} AND i.parent = $1 AND i.deleted_at IS NULL ORDER BY i.rank"), params![id], read)
}

/// The stories in the status that have components, by rank.
pub fn split_in(tx: &mut Tx, status: StatusId) -> Result<Vec<Item>> {
    let sql = format!(
        "{ITEMS} AND i.status = $1 AND i.kind = 'story' AND i.deleted_at IS NULL AND EXISTS (
             SELECT 1 FROM item c WHERE c.parent = i.id AND c.component_of = i.id AND c.deleted_at IS NULL)
         ORDER BY i.rank"
    );
    tx.all(&sql, params![status], read)
}

pub fn of_experiment(tx: &mut Tx, experiment: ExperimentId) -> Result<Option<Item>> {
    tx.first(&format!("{ITEMS} AND i.experiment = $1 AND i.emptied_at IS NULL"), params![experiment], read)
}

/// The rank that follows this one; without one, the first of all.
pub fn rank_after(tx: &mut Tx, backlog: BacklogId, rank: Option<&str>) -> Result<Option<String>> {
    let sql = "SELECT rank FROM item WHERE backlog = $1 AND rank > $2 ORDER BY rank LIMIT 1";
    tx.first(sql, params![backlog, rank.unwrap_or("")], |row| row.get(0))
}

/// The rank before this one; without one, the last of all.
pub fn rank_before(tx: &mut Tx, backlog: BacklogId, rank: Option<&str>) -> Result<Option<String>> {
    let sql = "SELECT rank FROM item WHERE backlog = $1 AND rank < $2 ORDER BY rank DESC LIMIT 1";
    tx.first(sql, params![backlog, rank.unwrap_or("~")], |row| row.get(0))
}

pub fn has_rank(tx: &mut Tx, backlog: BacklogId, rank: &str, except: ItemId) -> Result<bool> {
    let sql = "SELECT 1 FROM item WHERE backlog = $1 AND rank = $2 AND id <> $3";
    Ok(tx.first(sql, params![backlog, rank, except], |_| Ok(()))?.is_some())
}

/// Up to `most` items before or after a rank, the nearest first.
pub fn near(tx: &mut Tx, backlog: BacklogId, rank: &str, before: bool, most: i64) -> Result<Vec<(ItemId, String)>> {
    let mut query = Query::new("SELECT id, rank FROM item WHERE backlog = ");
    query.bind(backlog).push(if before { " AND rank < " } else { " AND rank >= " }).bind(rank.to_owned());
    query.push(if before { " ORDER BY rank DESC LIMIT " } else { " ORDER BY rank LIMIT " }).bind(most);
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Gives the items new ranks, which none but they may hold meanwhile. Their versions stay.
pub fn set_ranks(tx: &mut Tx, ranks: &[(ItemId, String)]) -> Result<()> {
    for (id, _) in ranks {
        tx.run("UPDATE item SET rank = '~' || CAST(id AS TEXT) WHERE id = $1", params![id.to_owned()])?;
    }
    for (id, rank) in ranks {
        tx.run("UPDATE item SET rank = $1 WHERE id = $2", params![rank, id.to_owned()])?;
    }
    Ok(())
}

pub fn set_deleted(tx: &mut Tx, id: ItemId, at: Option<Time>) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE item SET deleted_at = $1, updated_at = $2, version = version + 1 WHERE id = $3";
    tx.run(sql, params![at, now, id]).map(drop)
}

/// Moves the item's row to another backlog; its old number still finds it.
pub fn set_backlog(tx: &mut Tx, item: &Item, old_number: i64, to: BacklogId, number: i64, rank: &str) -> Result<()> {
    let former = "INSERT INTO former_key (backlog, number, item) VALUES ($1, $2, $3)";
    tx.run(former, params![item.backlog, old_number, item.id])?;
    tx.run("DELETE FROM former_key WHERE backlog = $1 AND number = $2", params![to, number])?;
    let sql = "UPDATE item SET backlog = $1, number = $2, rank = $3 WHERE id = $4";
    tx.run(sql, params![to, number, rank, item.id]).map(drop)
}

pub fn number(tx: &mut Tx, id: ItemId) -> Result<i64> {
    tx.one("SELECT number FROM item WHERE id = $1", params![id], |row| row.get(0))
}

/// The number that the item had in that backlog, if it was there before.
pub fn former_number(tx: &mut Tx, item: ItemId, backlog: BacklogId) -> Result<Option<i64>> {
    let sql = "SELECT number FROM former_key WHERE item = $1 AND backlog = $2 ORDER BY number DESC LIMIT 1";
    tx.first(sql, params![item, backlog], |row| row.get(0))
}

/// Leaves of the item nothing but its number.
pub fn empty(tx: &mut Tx, id: ItemId) -> Result<()> {
    let now = tx.now();
    tx.forget_text(TITLES, id.0)?;
    for sql in [
        "DELETE FROM item_label WHERE item = $1",
        "DELETE FROM item_detail WHERE item = $1",
        "DELETE FROM watcher WHERE item = $1",
        "UPDATE item SET parent = NULL WHERE parent = $1",
    ] {
        tx.run(sql, params![id])?;
    }
    let sql =
        "UPDATE item SET title = '', folded = '', assignee = NULL, parent = NULL, sprint = NULL, experiment = NULL,
                   blocked_reason = NULL, emptied_at = $1 WHERE id = $2";
    tx.run(sql, params![now, id]).map(drop)
}

pub fn watchers(tx: &mut Tx, id: ItemId) -> Result<Vec<UserId>> {
    tx.all("SELECT user_id FROM watcher WHERE item = $1 ORDER BY user_id", params![id], |row| row.get(0))
}

/// Whether it is new that they watch.
pub fn watch(tx: &mut Tx, id: ItemId, user: &UserId) -> Result<bool> {
    let sql = "INSERT INTO watcher (item, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, params![id, user])? > 0)
}

pub fn unwatch(tx: &mut Tx, id: ItemId, user: &UserId) -> Result<bool> {
    Ok(tx.run("DELETE FROM watcher WHERE item = $1 AND user_id = $2", params![id, user])? > 0)
}

/// A list's values as one placeholder each.
pub fn push_in<T: Into<Value<'static>>>(query: &mut Query, head: &'static str, values: impl IntoIterator<Item = T>) {
    query.push(head).push(" IN (").bind_all(values).push(")");
}
