//! A story is split into components, one for each trade: the usual ones are data preparation, model
//! training and an API, of which the second waits for the first to be done, and the third for no
//! more than the contract of the second, so that it can begin with a stub. As long as a story that was
//! split is called ready, or is worked on or done, each component has an owner, an estimate and a done
//! profile: it comes there only so, and nothing of that is taken from under it.

pub(crate) mod http;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod ways;

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
    item::{self, DoneProfile, Face, Item, Kind},
    relation::{self, Stands},
    status::{self, Category, Status},
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
    /// A member's e-mail address or id, or `me`.
    pub assignee: Option<String>,
    pub estimate: Option<f64>,
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
        assignee: None,
        estimate: None,
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
    let has = item::children(tx, story.id)?.iter().any(|child| child.face.is_component());
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
            assignee: part.assignee.clone(),
            estimate: part.estimate,
            parent: Some(story.key.clone()),
            after: Some(after),
            ..item::New::default()
        };
        made.push(item::add_component(tx, actor, &backlog, &story, &new)?);
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

/// In such a status a story asks that everything of its components is known.
fn asks(status: &Status) -> bool {
    status.ready || matches!(status.category, Category::Doing | Category::Done)
}

/// Refuses to call a split story ready, or to begin it, while something of a component is unknown. `missing`
/// lists what, component by component. `was` is its kind and status before, none when it comes in: who was such
/// a story already is asked nothing again, and whoever stops being one on the way is asked still.
pub(crate) fn check_ready(tx: &mut Tx, was: Option<(Kind, &Status)>, after: &Item, to: &Status) -> Result<()> {
    let is_story = after.face.kind == Kind::Story || was.is_some_and(|(kind, _)| kind == Kind::Story);
    if !is_story || !asks(to) || was.is_some_and(|(kind, from)| kind == Kind::Story && asks(from)) {
        return Ok(());
    }
    match unknown(tx, after)? {
        Some((told, missing)) => Err(insufficient(format!("{} is not ready: {told}.", after.key), missing)),
        None => Ok(()),
    }
}

/// Refuses to mark a status as ready while a story is in it that is not.
pub(crate) fn check_all_ready(tx: &mut Tx, status: &Status) -> Result<()> {
    for story in item::split_in(tx, status.id)? {
        if let Some((told, missing)) = unknown(tx, &story)? {
            let key = &story.key;
            let why = format!("{key} is in {} and is not ready: {told}. Complete that or move it first.", status.name);
            return Err(insufficient(why, missing));
        }
    }
    Ok(())
}

/// Refuses that a component comes under a story that is ready or begun with something unknown, or that something
/// becomes unknown of it there. What it lacked there before is asked when the story moves.
pub(crate) fn check_component(tx: &mut Tx, before: Option<&Item>, after: &Item) -> Result<()> {
    let Some(parent) = after.face.parent.filter(|_| after.face.is_component()) else { return Ok(()) };
    let before = before.filter(|before| before.face.is_component());
    let fresh = match before.map(|before| lacks(&before.face)) {
        Some(lacked) => lacks(&after.face).into_iter().filter(|what| !lacked.contains(what)).collect(),
        None => lacks_here(tx, after)?,
    };
    if fresh.is_empty() {
        return Ok(());
    }
    let story = item::get(tx, parent)?;
    let status = status::get(tx, story.face.status)?;
    let is_story = story.face.kind == Kind::Story && story.deleted_at.is_none() && story.backlog == after.backlog;
    if !is_story || !asks(&status) {
        return Ok(());
    }
    let back =
        status::all(tx, story.backlog)?.into_iter().find(|other| other.category == Category::Open && !asks(other));
    let back = back.map_or_else(|| "an open status".to_owned(), |back| back.name);
    let key = &story.key;
    let which = if after.key.is_empty() { "a new one" } else { &after.key };
    let why = format!(
        "{key} is in {}, where all of its components have an owner, an estimate and a done profile; {which} would lack \
         {}. Give it that, or bring {key} back to {back} first.",
        status.name,
        fresh.join(", ")
    );
    Err(insufficient(why, json!([{ "item": after.key, "missing": fresh }])))
}

/// What is unknown of the story's components, in words and as a list; none when all is known.
fn unknown(tx: &mut Tx, story: &Item) -> Result<Option<(String, Json)>> {
    let missing = missing(tx, story)?;
    if missing.is_empty() {
        return Ok(None);
    }
    let told: Vec<String> = missing.iter().map(|(key, lacks)| format!("{key} lacks {}", lacks.join(", "))).collect();
    let list: Vec<Json> = missing.iter().map(|(key, lacks)| json!({ "item": key, "missing": lacks })).collect();
    Ok(Some((told.join("; "), list.into())))
}

/// What each component lacks before the story is ready; whoever does no work in the project any more owns nothing.
/// What a story left behind in another project is no component of it while it is away: its people could not
/// complete it. Checks no right.
pub fn missing(tx: &mut Tx, story: &Item) -> Result<Vec<(String, Vec<&'static str>)>> {
    let is_component = |child: &Item| child.face.is_component() && child.backlog == story.backlog;
    let mut missing = Vec::new();
    for component in item::children(tx, story.id)?.into_iter().filter(is_component) {
        let lacks = lacks_here(tx, &component)?;
        if !lacks.is_empty() {
            missing.push((component.key, lacks));
        }
    }
    Ok(missing)
}

fn lacks_here(tx: &mut Tx, component: &Item) -> Result<Vec<&'static str>> {
    let mut lacks = lacks(&component.face);
    if let Some(owner) = &component.face.assignee
        && !item::works(tx, &component.project, owner)?
    {
        lacks.insert(0, "owner");
    }
    Ok(lacks)
}

fn lacks(face: &Face) -> Vec<&'static str> {
    let known = [
        ("owner", face.assignee.is_some()),
        ("estimate", face.estimate.is_some()),
        ("done profile", face.done_profile.is_some()),
    ];
    known.into_iter().filter(|(_, known)| !known).map(|(what, _)| what).collect()
}
