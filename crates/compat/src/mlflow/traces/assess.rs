//! Assessments of a trace: create, read, change, take back.

use base::{AssessmentId, Result, TraceId};
use lab::assessment::{self, Assessment, Change};
use serde::Serialize;

use super::said::{AssessmentShape, new_assessment, said, shape};
use crate::mlflow::{
    answer::{Answer, Done, json},
    ask::Ask,
    refusal::Refusal,
};

#[derive(Serialize)]
pub struct One {
    assessment: AssessmentShape,
}

fn one(assessment: Assessment) -> Answer<One> {
    Ok(json(One { assessment: shape(assessment) }))
}

fn trace_id(ask: &mut Ask) -> TraceId {
    TraceId(ask.path.take("trace_id").unwrap_or_default())
}

fn ids(ask: &mut Ask) -> (TraceId, AssessmentId) {
    (trace_id(ask), AssessmentId(ask.path.take("assessment_id").unwrap_or_default()))
}

pub async fn create(mut ask: Ask) -> Answer<One> {
    let trace = trace_id(&mut ask);
    let new = new_assessment(ask.fields.need_object("assessment")?)?;
    let Ask { db, caller, space, .. } = ask;
    let made = db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        assessment::create(tx, &actor, &trace, &new)
    });
    one(made.await?)
}

pub async fn get(mut ask: Ask) -> Answer<One> {
    let (trace, id) = ids(&mut ask);
    let Ask { db, caller, space, .. } = ask;
    let found = db.read(move |tx| {
        let actor = space.enter(tx, &caller)?;
        assessment::get(tx, &actor, &trace, &id)
    });
    one(found.await?)
}

pub async fn update(mut ask: Ask) -> Answer<One> {
    let (trace, id) = ids(&mut ask);
    let change = change(&mut ask)?;
    let Ask { db, caller, space, .. } = ask;
    let changed = db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        assessment::update(tx, &actor, &trace, &id, &change)
    });
    one(changed.await?)
}

/// Only what the mask names, in either spelling; what it names beyond that is passed over.
fn change(ask: &mut Ask) -> Result<Change> {
    let mask = ask.fields.need_text("update_mask")?;
    let mut fields = ask.fields.need_object("assessment")?;
    let masked = |names: &[&str]| mask.split(',').any(|word| names.contains(&word.trim()));
    let name = fields.text("assessment_name")?;
    let said = said(&mut fields)?;
    let rationale = fields.text("rationale")?;
    let metadata = fields.map("metadata")?;
    Ok(Change {
        name: name.filter(|_| masked(&["assessmentName", "assessment_name"])),
        said: said.filter(|_| masked(&["feedback", "expectation", "issue"])),
        rationale: rationale.filter(|_| masked(&["rationale"])),
        metadata: Some(metadata).filter(|_| masked(&["metadata"])),
    })
}

pub async fn delete(mut ask: Ask) -> Result<Done, Refusal> {
    let (trace, id) = ids(&mut ask);
    let Ask { db, caller, space, .. } = ask;
    db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        assessment::delete(tx, &actor, &trace, &id)
    })
    .await?;
    Ok(Done)
}
