//! What a sprint asks. While it goes on that is read from its items; the event of its close says it for good.

use base::{ItemId, Result, refuse::internal};
use db::Tx;
use people::Actor;
use serde::{Deserialize, Serialize};

use super::{Question, Sprint, State, store};
use crate::{item, spike};

/// A question as the log tells it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    item: ItemId,
    key: String,
    question: String,
    answer: Option<String>,
}

pub(super) fn questions(tx: &mut Tx, actor: &Actor, sprint: &Sprint) -> Result<Vec<Question>> {
    let asked = match sprint.state() {
        State::Closed => at_the_end(tx, sprint)?,
        State::Planned | State::Running => open(tx, sprint)?,
    };
    let ids: Vec<ItemId> = asked.iter().map(|asked| asked.item).collect();
    let mut briefs = item::briefs(tx, actor, &ids)?;
    let mut questions = Vec::with_capacity(asked.len());
    for Asked { item, key, question, answer } in asked {
        let brief = briefs.remove(&item);
        // What goes on elsewhere is not told here to those who may not see it there.
        if brief.is_some() || sprint.state() == State::Closed {
            questions.push(Question { key, item: brief, question, answer });
        }
    }
    Ok(questions)
}

/// What a sprint asks as long as it has not ended; its event says it then.
pub(super) fn open(tx: &mut Tx, sprint: &Sprint) -> Result<Vec<Asked>> {
    let ids = store::questions(tx, sprint.id)?;
    asked(tx, &ids)
}

/// A sprint that was closed before its event told it asks what was in it then, as far as that is there.
fn at_the_end(tx: &mut Tx, sprint: &Sprint) -> Result<Vec<Asked>> {
    match store::told_at_the_end(tx, &sprint.subject())?.map(|mut said| said["questions"].take()) {
        Some(told) if told.is_array() => serde_json::from_value(told).map_err(internal),
        _ => {
            let now = tx.now();
            let ids = store::questions_at(tx, sprint.id, sprint.told_until(now))?;
            asked(tx, &ids)
        }
    }
}

fn asked(tx: &mut Tx, ids: &[ItemId]) -> Result<Vec<Asked>> {
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        let item = item::get(tx, *id)?;
        let (question, answer) = match (item.experiment, spike::of(tx, *id)?) {
            (Some(experiment), _) => {
                let claim = lab::experiment::load(tx, experiment)?.and_then(|found| found.hypothesis);
                let verdict = lab::verdict::of(tx, experiment)?.map(|verdict| verdict.state.as_str().to_owned());
                (claim.unwrap_or(item.face.title), verdict)
            }
            (None, Some(spike)) => (spike.question, spike.answer.map(|(answer, ..)| answer.to_string())),
            (None, None) => continue,
        };
        all.push(Asked { item: *id, key: item.key, question, answer });
    }
    Ok(all)
}
