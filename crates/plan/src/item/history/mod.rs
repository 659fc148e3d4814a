//! What happened to an item, read from the log.

mod store;

use std::collections::HashMap;

use base::{Cursor, ItemId, Limit, Page, ProjectId, Result, SprintId, StatusId, Time, UserId};
use db::Tx;
use people::{Actor, Person, Right};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::{Item, find, person::Faces, show::briefs};
use crate::{custom_field, sprint, status};

pub(super) use store::last_event;

/// The member of an event that says how the custom fields were called then, by id.
pub(super) const CUSTOM_NAMES: &str = "custom_names";

/// One event of the item, with names where the log has ids.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ItemEvent")]
pub struct Happening {
    pub seq: i64,
    pub at: Time,
    /// Null: it happened by itself.
    pub actor: Option<Person>,
    pub kind: String,
    /// What the event says. Of `item.changed`: `before` and `after`, field by field.
    #[schemars(with = "std::collections::BTreeMap<String, Json>")]
    pub body: Json,
}

/// The latest first. What happened while it was in another project is told to those who may see that project: what
/// it says of sprints, fields and people there belongs to it.
pub fn history(tx: &mut Tx, actor: &Actor, key: &str, cursor: Option<&str>, limit: Limit) -> Result<Page<Happening>> {
    let item = find(tx, actor, Right::Read, key)?;
    let before: Option<i64> = cursor.map(Cursor::read).transpose()?;
    let seen = seen_homes(tx, actor, &item)?;
    let rows = store::events(tx, &item.subject(), &seen, before.unwrap_or(i64::MAX), limit.plus_one())?;
    let Page { items, next } = Page::cut(rows, limit, |row| row.seq);
    let mut names = Names { people: Faces::default(), statuses: statuses(tx, &item)? };
    let items = items.into_iter().map(|row| names.tell(tx, actor, row)).collect::<Result<_>>()?;
    Ok(Page { items, next })
}

/// A row of the log.
pub(super) struct Row {
    pub seq: i64,
    pub at: Time,
    pub actor: String,
    pub kind: String,
    pub body: Json,
}

/// The projects where it is and was, as far as the actor may see them.
fn seen_homes(tx: &mut Tx, actor: &Actor, item: &Item) -> Result<Vec<ProjectId>> {
    let mut seen = vec![item.project.clone()];
    for home in store::former_projects(tx, item.id)? {
        if people::may(tx, actor, Right::Read, &home)?.is_none() {
            seen.push(home);
        }
    }
    Ok(seen)
}

fn statuses(tx: &mut Tx, item: &Item) -> Result<HashMap<StatusId, String>> {
    Ok(status::all(tx, item.backlog)?.into_iter().map(|status| (status.id, status.name)).collect())
}

struct Names {
    people: Faces,
    statuses: HashMap<StatusId, String>,
}

impl Names {
    fn tell(&mut self, tx: &mut Tx, actor: &Actor, row: Row) -> Result<Happening> {
        let Row { seq, at, actor: by, kind, mut body } = row;
        let then = body.as_object_mut().and_then(|body| body.remove(CUSTOM_NAMES)).unwrap_or_default();
        for side in ["before", "after"] {
            if let Some(fields) = body.get_mut(side).and_then(Json::as_object_mut) {
                for (name, value) in fields.iter_mut() {
                    self.name(tx, actor, name, value)?;
                }
                if let Some(Json::Object(values)) = fields.get_mut("custom") {
                    name_custom(tx, &then, values)?;
                }
            }
        }
        let by = if by == "system" { None } else { Some(self.people.of(tx, &UserId(by))?) };
        Ok(Happening { seq, at, actor: by, kind, body })
    }

    /// An id becomes the name of what it stands for, where that is still there to be seen.
    fn name(&mut self, tx: &mut Tx, actor: &Actor, field: &str, value: &mut Json) -> Result<()> {
        let named: Option<Json> = match (field, value.as_i64(), value.as_str()) {
            ("status", Some(id), _) => {
                let known = self.statuses.get(&StatusId(id)).map(String::as_str);
                Some(known.unwrap_or("a status that is gone or of another project").into())
            }
            ("assignee", _, Some(id)) => Some(self.people.of(tx, &UserId(id.to_owned()))?.name.into()),
            ("parent" | "component_of", Some(id), _) => {
                let known = briefs(tx, actor, &[ItemId(id)])?;
                let parent = known.get(&ItemId(id)).map(|parent| parent.key.as_str());
                Some(parent.unwrap_or("an item that is gone or not yours to see").into())
            }
            ("sprint", Some(id), _) => {
                Some(sprint::name(tx, SprintId(id))?.unwrap_or_else(|| "a sprint that was given up".into()).into())
            }
            _ => None,
        };
        if let Some(named) = named {
            *value = named;
        }
        Ok(())
    }
}

/// As each field was called then; where nobody noted that, as it is called now.
fn name_custom(tx: &mut Tx, then: &Json, values: &mut Map<String, Json>) -> Result<()> {
    let now = custom_field::names(tx, values.keys())?;
    for (id, value) in std::mem::take(values) {
        let name = then[&id].as_str().map(str::to_owned).or_else(|| now.get(&id).cloned());
        let name = name.unwrap_or_else(|| id.clone());
        // A field that was removed may have been called as another one is now.
        let name = if values.contains_key(&name) { format!("{name} ({id})") } else { name };
        values.insert(name, value);
    }
    Ok(())
}
