use std::collections::HashMap;

use base::{BacklogId, Day, ItemId, Result, SprintId, Time, UserId, refuse::internal};
use db::{Query, Row, Tx, Value, params};
use serde_json::json;

use super::{
    Mode, Sprint, Verdict,
    burndown::{Change, Movement, Start, Totals},
    capacity::Said,
    follow::{Noted, Part},
};

/// Items that one statement names.
const AT_ONCE: usize = 1_000;

const COLUMNS: &str = "id, backlog, name, mode, goal, first_day, last_day, days_off, started_at, closed_at, verdict,
    outcome, version, started_after";

fn sprint(row: &Row) -> Result<Sprint> {
    Ok(Sprint {
        id: row.get(0)?,
        backlog: row.get(1)?,
        name: row.get(2)?,
        mode: Mode::stored(row.get(3)?)?,
        goal: row.get(4)?,
        first_day: row.get(5)?,
        last_day: row.get(6)?,
        days_off: days(row.get(7)?)?,
        started_at: row.get(8)?,
        closed_at: row.get(9)?,
        verdict: row.get::<Option<String>>(10)?.map(Verdict::stored).transpose()?,
        outcome: row.get(11)?,
        version: row.get(12)?,
        started_after: row.get(13)?,
    })
}

fn days(json: serde_json::Value) -> Result<Vec<Day>> {
    serde_json::from_value(json).map_err(internal)
}

pub fn get(tx: &mut Tx, id: SprintId) -> Result<Option<Sprint>> {
    tx.first(&format!("SELECT {COLUMNS} FROM sprint WHERE id = $1"), params![id], sprint)
}

pub fn all(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<Sprint>> {
    let sql = format!("SELECT {COLUMNS} FROM sprint WHERE backlog = $1 ORDER BY first_day, id");
    tx.all(&sql, params![backlog], sprint)
}

pub fn running(tx: &mut Tx, backlog: BacklogId) -> Result<Option<Sprint>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sprint WHERE backlog = $1 AND started_at IS NOT NULL AND closed_at IS NULL ORDER BY id"
    );
    tx.first(&sql, params![backlog], sprint)
}

/// Those that were closed before this one was, or so far, at most so many; the latest first.
pub fn closed(tx: &mut Tx, before: &Sprint, most: i64) -> Result<Vec<Sprint>> {
    let until = before.closed_at.unwrap_or(Time(i64::MAX));
    let sql = format!(
        "SELECT {COLUMNS} FROM sprint WHERE backlog = $1 AND closed_at <= $2 AND id <> $3
         ORDER BY closed_at DESC, id DESC LIMIT $4"
    );
    tx.all(&sql, params![before.backlog, until, before.id, most], sprint)
}

pub fn add(tx: &mut Tx, new: &Sprint) -> Result<SprintId> {
    let (days_off, first, last) = (json!(new.days_off), new.first_day.as_str(), new.last_day.as_str());
    let sql = "INSERT INTO sprint (backlog, name, mode, goal, first_day, last_day, days_off, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7, 1) RETURNING id";
    let values = params![new.backlog, &new.name, new.mode.as_str(), &new.goal, first, last, days_off];
    tx.one(sql, values, |row| row.get(0))
}

pub fn update(tx: &mut Tx, sprint: &Sprint) -> Result<()> {
    let (days_off, first, last) = (json!(sprint.days_off), sprint.first_day.as_str(), sprint.last_day.as_str());
    let sql = "UPDATE sprint SET name = $1, mode = $2, goal = $3, first_day = $4, last_day = $5, days_off = $6,
                   started_at = $7, closed_at = $8, verdict = $9, outcome = $10, started_after = $11,
                   version = version + 1
               WHERE id = $12";
    let values = params![
        &sprint.name,
        sprint.mode.as_str(),
        &sprint.goal,
        first,
        last,
        days_off,
        sprint.started_at,
        sprint.closed_at,
        sprint.verdict.map(Verdict::as_str),
        sprint.outcome.clone(),
        sprint.started_after,
        sprint.id,
    ];
    tx.run(sql, values).map(drop)
}

pub fn remove(tx: &mut Tx, id: SprintId) -> Result<()> {
    tx.run("DELETE FROM sprint_change WHERE sprint = $1", params![id])?;
    tx.run("DELETE FROM sprint_person WHERE sprint = $1", params![id])?;
    tx.run("DELETE FROM sprint WHERE id = $1", params![id]).map(drop)
}

pub fn questions(tx: &mut Tx, id: SprintId) -> Result<Vec<ItemId>> {
    let sql = "SELECT i.id FROM item i JOIN status s ON s.id = i.status
               WHERE i.sprint = $1 AND i.deleted_at IS NULL AND s.category <> 'cancelled'
                   AND (i.kind || '') IN ('hypothesis', 'spike')
               ORDER BY i.rank LIMIT 200";
    tx.all(sql, params![id], |row| row.get(0))
}

/// As [`questions`], all that count for the sprint: what was done before it began does not.
pub fn asking(tx: &mut Tx, id: SprintId) -> Result<Vec<ItemId>> {
    let sql = format!(
        "SELECT i.id FROM item i JOIN status s ON s.id = i.status
         WHERE i.sprint = $1 AND i.deleted_at IS NULL AND s.category <> 'cancelled'
             AND (i.kind || '') IN ('hypothesis', 'spike') AND {COUNTS}
         ORDER BY i.rank"
    );
    tx.all(&sql, params![id], |row| row.get(0))
}

/// Hypotheses and spikes that were in the sprint at its end and are still there, by rank.
pub fn questions_at_the_end(tx: &mut Tx, id: SprintId) -> Result<Vec<ItemId>> {
    let sql = "SELECT i.id FROM item i JOIN (
                   SELECT item FROM sprint_change WHERE sprint = $1 GROUP BY item HAVING SUM(items) > 0
               ) c ON c.item = i.id
               WHERE i.emptied_at IS NULL AND (i.kind || '') IN ('hypothesis', 'spike')
               ORDER BY i.rank, i.id LIMIT 200";
    tx.all(sql, params![id], |row| row.get(0))
}

/// Of an item `i` that says it is in the sprint $1, in the status `s`: that it counts there. What is done counts only
/// where that was written down, as it may have been done before.
const COUNTS: &str = "(s.category <> 'done'
    OR (SELECT SUM(c.items) FROM sprint_change c WHERE c.sprint = $1 AND c.item = i.id) > 0)";

/// How many items were done before the sprint began, or came into it so, and still are.
pub fn done_before(tx: &mut Tx, id: SprintId) -> Result<i64> {
    let sql = format!(
        "SELECT COUNT(*) FROM item i JOIN status s ON s.id = i.status
         WHERE i.sprint = $1 AND i.deleted_at IS NULL AND s.category = 'done' AND NOT COALESCE({COUNTS}, FALSE)"
    );
    tx.one(&sql, params![id], |row| row.get(0))
}

/// What the event of the sprint's close says.
pub fn told_at_the_end(tx: &mut Tx, subject: &str) -> Result<Option<serde_json::Value>> {
    let sql = "SELECT body FROM event WHERE subject = $1 AND kind = 'sprint.closed' ORDER BY seq DESC LIMIT 1";
    tx.first(sql, params![subject], |row| {
        let mut body: serde_json::Value = serde_json::from_str(&row.get::<String>(0)?).map_err(internal)?;
        Ok(body["data"].take())
    })
}

/// What was written down in the sprint of each of the items that were noted there.
pub fn noted(tx: &mut Tx, sprint: &Sprint, items: &[ItemId]) -> Result<HashMap<ItemId, Noted>> {
    let mut noted = HashMap::new();
    for some in items.chunks(AT_ONCE) {
        let mut query = Query::new(
            "SELECT CAST(SUM(items) AS BIGINT), SUM(points), CAST(SUM(items_done) AS BIGINT), SUM(points_done),
                 item, MAX(CASE WHEN id > ",
        );
        query.bind(sprint.started_after.unwrap_or(i64::MAX));
        query.push(" THEN items_done ELSE 0 END) > 0 FROM sprint_change WHERE sprint = ");
        query.bind(sprint.id).push(" AND item IN (").bind_all(some.iter().copied()).push(") GROUP BY item");
        noted.extend(tx.all_q(&query, |row| {
            let items_done = row.get(2)?;
            let part = Part { items: row.get(0)?, points: row.get(1)?, items_done, points_done: row.get(3)? };
            Ok((row.get(4)?, Noted { part, was_done: row.get(5)? }))
        })?);
    }
    Ok(noted)
}

/// The last change of the sprint that was written down, and the latest moment of any.
pub fn last_change(tx: &mut Tx, sprint: SprintId) -> Result<(Option<i64>, Option<Time>)> {
    let sql = "SELECT MAX(id), MAX(at) FROM sprint_change WHERE sprint = $1";
    tx.one(sql, params![sprint], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// What comes after the start is never told as before it, even if a clock says so.
pub fn add_changes(tx: &mut Tx, sprint: &Sprint, changes: &[(ItemId, Part)]) -> Result<()> {
    let now = sprint.started_at.map_or(tx.now(), |start| start.max(tx.now()));
    let mut rows: Vec<Value<'_>> = Vec::with_capacity(changes.len() * 7);
    for (item, by) in changes {
        rows.extend(params![sprint.id, *item, now, by.items, by.points, by.items_done, by.points_done].iter().cloned());
    }
    let head = "INSERT INTO sprint_change (sprint, item, at, items, points, items_done, points_done) VALUES";
    tx.insert_many(head, 7, &rows, "").map(drop)
}

/// What is in the sprint; when it is closed, what was in it at its end, as nothing is written down any more.
pub fn totals(tx: &mut Tx, sprint: SprintId) -> Result<Totals> {
    tx.one(&format!("{TOTALS} WHERE sprint = $1"), params![sprint], read_totals)
}

/// What was in the sprint when it started.
pub fn committed(tx: &mut Tx, sprint: SprintId, start: Start) -> Result<Totals> {
    let sql = format!("{TOTALS} WHERE sprint = $1 AND at <= $2 AND id <= $3");
    tx.one(&sql, params![sprint, start.at, start.after], read_totals)
}

const TOTALS: &str = "SELECT CAST(COALESCE(SUM(items), 0) AS BIGINT), COALESCE(SUM(points), 0.0),
    CAST(COALESCE(SUM(items_done), 0) AS BIGINT), COALESCE(SUM(points_done), 0.0) FROM sprint_change";

fn read_totals(row: &Row) -> Result<Totals> {
    Ok(Totals { items: row.get(0)?, points: row.get(1)?, items_done: row.get(2)?, points_done: row.get(3)? })
}

/// What is in each sprint of the backlog; of one that is closed, what was in it at its end.
pub fn all_totals(tx: &mut Tx, backlog: BacklogId) -> Result<HashMap<SprintId, Totals>> {
    let sql = "SELECT CAST(SUM(c.items) AS BIGINT), SUM(c.points), CAST(SUM(c.items_done) AS BIGINT),
                   SUM(c.points_done), c.sprint
               FROM sprint_change c JOIN sprint s ON s.id = c.sprint WHERE s.backlog = $1 GROUP BY c.sprint";
    let totals = tx.all(sql, params![backlog], |row| {
        let items_done = row.get(2)?;
        let totals = Totals { items: row.get(0)?, points: row.get(1)?, items_done, points_done: row.get(3)? };
        Ok((row.get(4)?, totals))
    })?;
    Ok(totals.into_iter().collect())
}

/// How many of those that were in it at `start` are done in it, or were at its end.
pub fn kept(tx: &mut Tx, sprint: SprintId, start: Start) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM (
                   SELECT item FROM sprint_change WHERE sprint = $1 GROUP BY item
                   HAVING SUM(CASE WHEN id <= $2 THEN items ELSE 0 END) > 0 AND SUM(items_done) > 0) kept";
    tx.one(sql, params![sprint, start.after], |row| row.get(0))
}

/// What moved on each day in UTC after `start`, until `end`: the day of the start first, `most` days at most. Each is a
/// sum over a stretch of an index, so that nothing is sorted, however much happened.
pub fn by_day(tx: &mut Tx, sprint: SprintId, start: Start, end: Time, most: usize) -> Result<Vec<Movement>> {
    let sql = "SELECT CAST(COALESCE(SUM(items), 0) AS BIGINT), COALESCE(SUM(CASE WHEN points > 0 THEN points ELSE 0.0 END), 0.0),
                   COALESCE(SUM(CASE WHEN points < 0 THEN -points ELSE 0.0 END), 0.0),
                   CAST(COALESCE(SUM(items_done), 0) AS BIGINT), COALESCE(SUM(points_done), 0.0)
               FROM sprint_change WHERE sprint = $1 AND at >= $2 AND at < $3 AND id > $4";
    let mut days = Vec::new();
    let (mut from, mut day) = (start.at, Day::of(start.at));
    while from <= end && days.len() < most {
        day = day.next();
        let next = day.begins();
        days.push(tx.one(sql, params![sprint, from, next, start.after], |row| {
            Ok(Movement {
                items: row.get(0)?,
                added: row.get(1)?,
                removed: row.get(2)?,
                items_done: row.get(3)?,
                points_done: row.get(4)?,
            })
        })?);
        from = next;
    }
    Ok(days)
}

/// What came and left after `start`, the latest first: the first hundred.
pub fn scope_changes(tx: &mut Tx, sprint: SprintId, start: Start) -> Result<Vec<(ItemId, Change)>> {
    let sql = "SELECT item, at, items, points FROM sprint_change
               WHERE sprint = $1 AND at >= $2 AND id > $3 AND (items <> 0 OR points <> 0)
               ORDER BY at DESC, id DESC LIMIT 100";
    tx.all(sql, params![sprint, start.at, start.after], |row| {
        Ok((row.get(0)?, Change { item: None, at: row.get(1)?, items: row.get(2)?, points: row.get(3)? }))
    })
}

pub fn people(tx: &mut Tx, sprint: SprintId) -> Result<Vec<Said>> {
    let sql = "SELECT user_id, points, days_off FROM sprint_person WHERE sprint = $1 ORDER BY user_id";
    tx.all(sql, params![sprint], |row| Ok(Said { who: row.get(0)?, points: row.get(1)?, days_off: days(row.get(2)?)? }))
}

pub fn forget_people(tx: &mut Tx, sprint: SprintId) -> Result<()> {
    tx.run("DELETE FROM sprint_person WHERE sprint = $1", params![sprint]).map(drop)
}

pub fn forget_person(tx: &mut Tx, sprint: SprintId, who: &UserId) -> Result<()> {
    tx.run("DELETE FROM sprint_person WHERE sprint = $1 AND user_id = $2", params![sprint, who]).map(drop)
}

pub fn add_person(tx: &mut Tx, sprint: SprintId, who: &UserId, points: Option<f64>, days_off: &[Day]) -> Result<()> {
    let sql = "INSERT INTO sprint_person (sprint, user_id, points, days_off) VALUES ($1, $2, $3, $4)";
    tx.run(sql, params![sprint, who, points, json!(days_off)]).map(drop)
}

/// What each person has in the sprint now, what is done in it and what nobody has included, and how many of it are not
/// estimated. A story that was split is estimated by its components.
pub fn loads(tx: &mut Tx, sprint: SprintId) -> Result<Vec<(Option<UserId>, f64, i64)>> {
    let sql = format!(
        "SELECT i.assignee, COALESCE(SUM(i.estimate), 0.0),
             CAST(SUM(CASE WHEN i.estimate IS NULL AND NOT EXISTS (
                 SELECT 1 FROM item c WHERE c.parent = i.id AND c.component_of = i.id AND c.deleted_at IS NULL
             ) THEN 1 ELSE 0 END) AS BIGINT)
         FROM item i JOIN status s ON s.id = i.status
         WHERE i.sprint = $1 AND i.deleted_at IS NULL AND s.category <> 'cancelled' AND {COUNTS}
         GROUP BY i.assignee ORDER BY i.assignee"
    );
    tx.all(&sql, params![sprint], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}
