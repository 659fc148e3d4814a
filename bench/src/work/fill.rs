//! Items by the hundred thousand, written straight into the tables, each like one that was made before but for what
//! lists narrow and order by. They have no history.

use base::Result;
use db::{Tx, params};
use plan::item::Item;

use super::ground::PEOPLE;

const NUMBERS: &str =
    "WITH RECURSIVE i (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM i WHERE i + 1 < $2)";

const SPREAD: &str = "(i.i * 7919 % 1000003)";

/// Items that share a label.
const LABELLED: i64 = 50;

/// Numbers from one up to another; `like` is the item that they are like.
pub fn fill(tx: &mut Tx, like: &Item, from: i64, to: i64) -> Result<()> {
    let of_backlog = |category: &str| {
        format!("(SELECT MAX(s.id) FROM status s WHERE s.backlog = l.backlog AND s.category = '{category}')")
    };
    let (doing, done) = (of_backlog("doing"), of_backlog("done"));
    let items = format!(
        "{NUMBERS} INSERT INTO item (backlog, number, kind, title, folded, status, rank, assignee, priority,
             class, status_at, started_at, done_at, created_at, created_by, updated_at, version)
         SELECT l.backlog, i.i, CASE {SPREAD} / 250 % 3 WHEN 0 THEN 'bug' WHEN 1 THEN 'story' ELSE 'task' END,
             'Item ' || CAST(i.i AS TEXT) || ' of the backlog, as somebody wrote it down',
             'item ' || CAST(i.i AS TEXT) || ' of the backlog, as somebody wrote it down',
             CASE WHEN {SPREAD} / 10 % 5 < 3 THEN {doing} ELSE {done} END,
             'W' || SUBSTR(CAST(10000000 + i.i AS TEXT), 2), u.id, {SPREAD} / 50 % 4 + 1, l.class,
             l.status_at, l.started_at, CASE WHEN {SPREAD} / 10 % 5 < 3 THEN NULL ELSE l.created_at END, l.created_at,
             l.created_by, l.created_at + {SPREAD}, 1
         FROM i JOIN \"user\" u ON u.email = 'person' || CAST({SPREAD} % {PEOPLE} AS TEXT) || '@example.org'
         JOIN item l ON l.id = $3 ORDER BY i.i"
    );
    tx.run(&items, params![from, to, like.id])?;
    let made = "SELECT n.id, n.folded FROM item n JOIN item l ON l.id = $3 AND l.backlog = n.backlog
         WHERE n.number >= $1 AND n.number < $2";
    let titles: Vec<(i64, String)> = tx.all(made, params![from, to, like.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (id, title) in titles {
        tx.keep_text("item_text", id, &title)?;
    }
    let filled = "item n JOIN item l ON l.id = $3 AND l.backlog = n.backlog AND n.id <> l.id";
    let between = "n.number >= $1 AND n.number < $2";
    let details = format!(
        "INSERT INTO item_detail (item, description, acceptance, custom)
         SELECT n.id, d.description, d.acceptance, d.custom FROM {filled} JOIN item_detail d ON d.item = l.id
         WHERE {between}"
    );
    tx.run(&details, params![from, to, like.id])?;
    let labels = format!(
        "{NUMBERS} INSERT INTO label (backlog, name, folded)
         SELECT l.backlog, 'part-' || CAST(i.i / {LABELLED} AS TEXT), 'part-' || CAST(i.i / {LABELLED} AS TEXT)
         FROM i JOIN item l ON l.id = $3 WHERE i.i % {LABELLED} = 0"
    );
    tx.run(&labels, params![from, to, like.id])?;
    let labelled = format!(
        "INSERT INTO item_label (label, item) SELECT a.id, n.id FROM {filled}
         JOIN label a ON a.backlog = n.backlog AND a.folded = 'part-' || CAST(n.number / {LABELLED} AS TEXT)
         WHERE {between}"
    );
    tx.run(&labelled, params![from, to, like.id])?;
    tx.run("UPDATE backlog SET numbered = $1 WHERE id = $2", params![to, like.backlog]).map(drop)
}
