//! What a sprint came to, as the event of its close says it for good: nothing that happens to items, people or other
//! sprints later changes it.

use base::{Result, SprintId, refuse::internal};
use db::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Sprint, capacity::Reckoned, question::Asked, store};
use crate::item::Item;

/// As the event says it; what is missing was not written down when the sprint was closed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ending {
    /// Keys.
    #[serde(default)]
    pub carried: Vec<String>,
    pub carry_to: Option<SprintId>,
    pub returned: Option<Vec<Returned>>,
    pub plan: Option<Reckoned>,
    pub questions: Option<Vec<Asked>>,
    #[serde(default)]
    pub done_before: i64,
}

/// What became of what was unfinished when the sprint was closed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SprintUnfinished")]
pub struct Unfinished {
    /// Keys, as they were then, of what moved into another sprint.
    pub carried: Vec<String>,
    /// That sprint; null where nothing moved on, or it was given up since.
    pub carried_to: Option<Other>,
    /// What went back into the backlog.
    pub returned: Vec<Returned>,
}

/// Another sprint.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SprintName")]
pub struct Other {
    pub id: SprintId,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SprintReturned")]
pub struct Returned {
    /// The item's key, as it was then.
    pub key: String,
    /// Why it did not move on with the others; null where nothing did.
    pub why: Option<String>,
}

/// None as long as the sprint is not closed.
pub(super) fn of(tx: &mut Tx, sprint: &Sprint) -> Result<Option<Ending>> {
    if sprint.closed_at.is_none() {
        return Ok(None);
    }
    let told = store::told_at_the_end(tx, &sprint.subject())?;
    told.map(|told| serde_json::from_value(told).map_err(internal)).transpose()
}

pub(super) fn unfinished(tx: &mut Tx, ending: Ending) -> Result<Unfinished> {
    let Ending { carried, carry_to, returned, .. } = ending;
    let found = carry_to.map(|id| store::get(tx, id)).transpose()?.flatten();
    let carried_to = found.map(|Sprint { id, name, .. }| Other { id, name });
    Ok(match (returned, carry_to) {
        (Some(returned), _) => Unfinished { carried, carried_to, returned },
        (None, Some(_)) => Unfinished { carried, carried_to, returned: Vec::new() },
        (None, None) => {
            let returned = carried.into_iter().map(|key| Returned { key, why: None }).collect();
            Unfinished { carried: Vec::new(), carried_to, returned }
        }
    })
}

/// Whether the item, which lies in the trash, was in its sprint when that was closed, and so is in it for good.
pub(crate) fn was_there(tx: &mut Tx, item: &Item) -> Result<bool> {
    let Some(id) = item.face.sprint else { return Ok(false) };
    let Some(sprint) = store::get(tx, id)?.filter(|sprint| sprint.backlog == item.backlog) else { return Ok(false) };
    let counted = store::noted(tx, &sprint, &[item.id])?.get(&item.id).is_some_and(|noted| noted.part.items > 0);
    Ok(sprint.closed_at.is_some_and(|closed| counted || item.deleted_at > Some(closed)))
}
