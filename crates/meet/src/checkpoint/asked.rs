//! Who is asked to decide: people of the project who can sign in, be they viewers. Where somebody of them leaves or
//! is shut out, others can be asked as long as the checkpoint is open, and decide in their place.

use std::collections::HashMap;

use base::{
    CheckpointId, ProjectId, Result, UserId,
    refuse::{conflict, forbidden, invalid},
    words,
};
use db::Tx;
use people::{Actor, Duty, Person, Right, member, user};
use plan::backlog::Backlog;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Checkpoint, check_open, emit, find, store, told};

words! {
    /// Why somebody who is asked can decide nothing any more.
    Gone {
        /// Cannot sign in.
        Disabled = "disabled",
        /// Is nobody of the project.
        Left = "left",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "CheckpointDecider")]
pub struct Decider {
    #[serde(flatten)]
    pub person: Person,
    /// Why they can decide nothing any more; null while they can.
    pub gone: Option<Gone>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CheckpointAsked")]
pub struct NewAsked {
    /// All who are asked from now on: e-mail addresses or ids of people of the project, viewers too, or `me`.
    pub asked: Vec<String>,
}

const MOST: usize = 20;

/// Those who are named, or else the product owners who can sign in, or else the actor; each once. `before` are
/// asked already, and stay so while they can come, as who administers the workspace can without being a member.
pub(super) fn chosen(
    tx: &mut Tx,
    actor: &Actor,
    project: &ProjectId,
    before: &[UserId],
    wanted: Option<&[String]>,
) -> Result<Vec<UserId>> {
    let Some(wanted) = wanted else {
        let owners: Vec<UserId> =
            member::holders(tx, project, Duty::ProductOwner)?.into_iter().map(|person| person.id).collect();
        return Ok(if owners.is_empty() { vec![actor.user.clone()] } else { owners });
    };
    if wanted.is_empty() || wanted.len() > MOST {
        return Err(invalid("asked", format!("must be 1 to {MOST} people")));
    }
    let mut asked = Vec::new();
    for (place, word) in wanted.iter().enumerate() {
        let who = match word.as_str() {
            "me" => actor.user.clone(),
            _ => user::by_email(tx, word)?.map_or_else(|| UserId::from(word.as_str()), |user| user.id),
        };
        let stays = before.contains(&who)
            && known(tx, project, std::slice::from_ref(&who))?.values().all(|asked| asked.gone.is_none());
        if who != actor.user && !stays {
            check_can_come(tx, project, &format!("asked[{place}]"), &who)?;
        }
        if !asked.contains(&who) {
            asked.push(who);
        }
    }
    Ok(asked)
}

fn check_can_come(tx: &mut Tx, project: &ProjectId, field: &str, who: &UserId) -> Result<()> {
    if member::role(tx, project, who)?.is_none() {
        let why = "must be the e-mail address of somebody of this project; make them a viewer first";
        return Err(invalid(field, why));
    }
    match user::get(tx, who)?.state {
        user::State::Disabled => Err(invalid(field, "cannot sign in any more; ask somebody else")),
        _ => Ok(()),
    }
}

/// Asks these from now on, and nobody else. Whoever decided something stays asked while they can still decide it
/// otherwise: nobody is overruled by being left out.
pub fn ask(tx: &mut Tx, actor: &Actor, id: CheckpointId, new: &NewAsked) -> Result<Checkpoint> {
    let (checkpoint, backlog) = find(tx, actor, Right::Plan, id)?;
    check_open(&checkpoint)?;
    let before = store::asked(tx, id)?;
    let mut asked = chosen(tx, actor, &backlog.project.id, &before, Some(&new.asked))?;
    asked.sort();
    if asked == before {
        return Ok(checkpoint);
    }
    for decision in store::decisions(tx, id)?.iter().filter(|decision| decision.replaced_at.is_none()) {
        if asked.contains(&decision.by) || !may_decide(tx, &checkpoint, &backlog, &decision.by)? {
            continue;
        }
        let name = user::person(tx, &decision.by)?.name;
        let of = checkpoint.pack.questions.iter().find(|question| question.item == decision.item);
        let key = of.map_or("a question", |question| question.key.as_str());
        return Err(conflict(format!(
            "{name} decided {key} here and may decide it otherwise. Leave them among those who are asked."
        )));
    }
    store::set_asked(tx, id, &asked)?;
    emit(tx, actor, &checkpoint, &backlog, "checkpoint.asked", json!({ "before": before, "asked": asked }))?;
    Ok(checkpoint)
}

/// Whether they are asked, and can still come to decide.
pub(super) fn may_decide(tx: &mut Tx, checkpoint: &Checkpoint, backlog: &Backlog, who: &UserId) -> Result<bool> {
    let asked = deciders(tx, checkpoint, backlog)?;
    Ok(asked.iter().any(|asked| asked.person.id == *who && asked.gone.is_none()))
}

/// Whether the actor is one of those who decide here.
pub(super) fn check_asked(tx: &mut Tx, actor: &Actor, checkpoint: &Checkpoint, backlog: &Backlog) -> Result<()> {
    let asked = deciders(tx, checkpoint, backlog)?;
    if asked.iter().any(|asked| asked.person.id == actor.user) {
        return Ok(());
    }
    let there = asked.iter().filter(|asked| asked.gone.is_none());
    let names: Vec<&str> = there.map(|asked| asked.person.name.as_str()).collect();
    let (is, them) = match names.len() {
        0 => {
            let why =
                "Nobody who is asked here can decide any more. Whoever plans in this project can ask somebody else.";
            return Err(forbidden(why));
        }
        1 => ("is", "them"),
        _ => ("are", "one of them"),
    };
    Err(forbidden(format!("{} {is} asked to decide here. Tell {them} what you think.", told::listed(&names))))
}

/// By name.
pub(super) fn deciders(tx: &mut Tx, checkpoint: &Checkpoint, backlog: &Backlog) -> Result<Vec<Decider>> {
    let asked = store::asked(tx, checkpoint.id)?;
    Ok(by_name(known(tx, &backlog.project.id, &asked)?.into_values()))
}

pub(super) fn by_name(deciders: impl Iterator<Item = Decider>) -> Vec<Decider> {
    let mut deciders: Vec<Decider> = deciders.collect();
    deciders.sort_by(|one, other| (&one.person.name, &one.person.id).cmp(&(&other.person.name, &other.person.id)));
    deciders
}

/// All of these as they are today, in two reads, however many they are.
pub(super) fn known(tx: &mut Tx, project: &ProjectId, users: &[UserId]) -> Result<HashMap<UserId, Decider>> {
    let members = member::among(tx, project, users)?;
    let users = user::some(tx, users)?.into_iter();
    let decider = |user: user::User| {
        // Whoever administers the workspace counts as somebody of every project.
        let gone = match user.state {
            user::State::Disabled => Some(Gone::Disabled),
            _ if user.admin || members.contains(&user.id) => None,
            _ => Some(Gone::Left),
        };
        (user.id.clone(), Decider { person: user.person(), gone })
    };
    Ok(users.map(decider).collect())
}
