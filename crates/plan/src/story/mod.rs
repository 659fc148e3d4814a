//! A story is split into components, one for each trade: the usual ones are data preparation, model
//! training and an API, of which the second waits for the first to be done, and the third for no
//! more than the contract of the second, so that it can begin with a stub. A story that was split
//! may be called ready, or be worked on, only when each component has an owner, an estimate and a
//! done profile.

pub(crate) mod http;
#[cfg(test)]
mod tests;

use base::{
    Result,
    refuse::{conflict, insufficient, invalid},
};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::{
    backlog,
    item::{self, DoneProfile, Item, Kind},
    relation::{self, Stands},
    status::{Category, Status},
};

/// One component of a story.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StoryPart")]
pub struct Part {
    /// Absent: the kind's word and the story's title.
    pub title: Option<String>,
    pub kind: Kind,
    /// Whose work it is, a word like `data_scientist`.
    pub trade: Option<String>,
    pub done_profile: Option<DoneProfile>,
    /// Places of parts before this one in the list, from 0, that must be done first.
    #[serde(default)]
    pub waits_for: Vec<usize>,
    /// Places of parts before this one in the list of which the contract is enough.
    #[serde(default)]
    pub waits_for_contract: Vec<usize>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StorySplit")]
pub struct Split {
    /// Absent: data preparation, model training and an API.
    pub parts: Option<Vec<Part>>,
}

const MOST_PARTS: usize = 20;

fn usual(story: &Item) -> Vec<Part> {
    let part = |name: &str, kind, trade: &str| Part {
        title: Some(format!("{name}: {}", story.face.title).chars().take(300).collect()),
        kind,
        trade: Some(trade.to_owned()),
        done_profile: None,
        waits_for: Vec::new(),
        waits_for_contract: Vec::new(),
    };
    vec![
        part("Data preparation", Kind::Data, "data_scientist"),
        Part { waits_for: vec![0], ..part("Model training", Kind::Training, "ml_engineer") },
        Part { waits_for_contract: vec![1], ..part("API", Kind::Serving, "backend_developer") },
    ]
}

/// Makes the components under the story, in their order after it, with the dependencies among them.
pub fn split(tx: &mut Tx, actor: &Actor, key: &str, split: &Split) -> Result<Vec<Item>> {
    let story = item::find_alive(tx, actor, Right::Plan, key)?;
    if story.face.kind != Kind::Story {
        return Err(conflict(format!("Stories are split; {} is {}.", story.key, story.face.kind.phrase())));
    }
    let has = item::children(tx, story.id)?.iter().any(|child| child.face.component);
    let parts = match &split.parts {
        Some(parts) => parts.clone(),
        None if has => {
            return Err(conflict(format!("{} is split already. Say which parts shall be added.", story.key)));
        }
        None => usual(&story),
    };
    check(&parts)?;
    let backlog = backlog::get(tx, story.backlog)?;
    let mut made: Vec<Item> = Vec::with_capacity(parts.len());
    for part in &parts {
        let after = made.last().unwrap_or(&story).key.clone();
        let new = item::New {
            title: part.title.clone().unwrap_or_else(|| format!("{}: {}", part.kind, story.face.title)),
            kind: Some(part.kind),
            trade: part.trade.clone(),
            done_profile: part.done_profile,
            parent: Some(story.key.clone()),
            after: Some(after),
            ..item::New::default()
        };
        made.push(item::add_component(tx, actor, &backlog, &new)?);
    }
    for (place, part) in parts.iter().enumerate() {
        for (contract, others) in [(false, &part.waits_for), (true, &part.waits_for_contract)] {
            for other in others {
                relation::join(tx, actor, &made[place], Stands::BlockedBy, &made[*other], contract)?;
            }
        }
    }
    let components: Vec<&str> = made.iter().map(|item| item.key.as_str()).collect();
    item::emit(tx, actor, &story, "story.split", json!({ "components": components }))?;
    Ok(made)
}

fn check(parts: &[Part]) -> Result<()> {
    if !(1..=MOST_PARTS).contains(&parts.len()) {
        return Err(invalid("parts", format!("must be 1 to {MOST_PARTS}")));
    }
    for (place, part) in parts.iter().enumerate() {
        if part.kind.level() >= Kind::Story.level() || part.kind == Kind::Spike {
            let why = format!("must be the work of one trade; {} is none", part.kind.phrase());
            return Err(invalid(&format!("parts[{place}].kind"), why));
        }
        if part.waits_for.iter().chain(&part.waits_for_contract).any(|other| *other >= place) {
            return Err(invalid(
                &format!("parts[{place}].waits_for"),
                "must name parts before this one, counted from 0",
            ));
        }
    }
    Ok(())
}

/// Refuses to call a split story ready, or to begin it, while something of a component is unknown.
/// `missing` lists what, component by component. `from` is none where a begun item becomes a story.
pub(crate) fn check_ready(tx: &mut Tx, story: &Item, from: Option<&Status>, to: &Status) -> Result<()> {
    let is_begun = |status: &Status| status.ready || matches!(status.category, Category::Doing | Category::Done);
    if !is_begun(to) || from.is_some_and(is_begun) {
        return Ok(());
    }
    let missing = missing(tx, story)?;
    if missing.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = missing.iter().map(|(key, lacks)| format!("{key} lacks {}", lacks.join(", "))).collect();
    let list: Vec<Json> = missing.iter().map(|(key, lacks)| json!({ "item": key, "missing": lacks })).collect();
    Err(insufficient(format!("{} is not ready: {}.", story.key, told.join("; ")), list.into()))
}

/// What each component lacks before the story is ready. Checks no right.
pub fn missing(tx: &mut Tx, story: &Item) -> Result<Vec<(String, Vec<&'static str>)>> {
    let mut missing = Vec::new();
    for component in item::children(tx, story.id)?.into_iter().filter(|child| child.face.component) {
        let face = &component.face;
        let known = [
            ("owner", face.assignee.is_some()),
            ("estimate", face.estimate.is_some()),
            ("done profile", face.done_profile.is_some()),
        ];
        let lacks: Vec<&str> = known.into_iter().filter(|(_, known)| !known).map(|(what, _)| what).collect();
        if !lacks.is_empty() {
            missing.push((component.key, lacks));
        }
    }
    Ok(missing)
}
