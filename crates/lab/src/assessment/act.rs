//! Saying, changing and taking back.

use base::{
    AssessmentId, Error, Result, Time, TraceId, canonical,
    refuse::{conflict, internal, invalid, not_found},
};
use db::Tx;
use people::Actor;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Assessment, Kind, Said, store};
use crate::{
    experiment, limit,
    trace::{self, Trace},
};

/// An assessment as a client sends it.
#[derive(Clone, Debug)]
pub struct New {
    pub name: String,
    pub said: Said,
    pub source_type: String,
    pub source_id: String,
    pub rationale: Option<String>,
    pub metadata: Vec<(String, String)>,
    pub span: Option<String>,
    pub overrides: Option<AssessmentId>,
    pub created_at: Option<Time>,
    pub updated_at: Option<Time>,
}

/// Characters of a name and of a source's id.
const NAME: usize = 250;
/// Characters of a rationale.
const RATIONALE: usize = 65_536;
/// Bytes of a value as JSON.
const VALUE: usize = 1024 * 1024;
/// Metadata that names the run of the evaluation that made it.
const RUN: &str = "mlflow.assessment.sourceRunId";

pub fn create(tx: &mut Tx, actor: &Actor, trace: &TraceId, new: &New) -> Result<Assessment> {
    check(new)?;
    let trace = trace::writable(tx, actor, trace)?;
    if let Some(old) = &new.overrides {
        let known = store::set_valid(tx, trace.num, old, false)?;
        known.then_some(()).ok_or_else(|| not_found("assessment that it overrides"))?;
    }
    let id = AssessmentId(format!("a-{}", tx.new_hex()));
    keep(tx, actor, &trace, &id, new)
}

/// What a client tells together with its trace. It may tell again, so what is the same is kept once.
pub fn tell(tx: &mut Tx, actor: &Actor, trace: &Trace, all: &[New]) -> Result<()> {
    for new in all {
        check(new)?;
        let said = json!([
            trace.id,
            new.name,
            new.said.kind.as_str(),
            new.said.value,
            new.said.error,
            new.source_type,
            new.source_id,
            new.rationale,
            new.metadata,
            new.span,
            new.created_at.map(Time::ms),
        ]);
        let digest = hex::encode(Sha256::digest(canonical::to_string(&said)));
        let id = AssessmentId(format!("a-{}", &digest[..32]));
        if store::get(tx, trace, &id)?.is_none() {
            keep(tx, actor, trace, &id, new)?;
        }
    }
    Ok(())
}

/// An assessment that comes from another tracking store: it keeps its id.
#[derive(Clone, Debug)]
pub struct Brought {
    pub id: AssessmentId,
    pub new: New,
    /// False where another overrides it.
    pub valid: bool,
}

/// Refuses what could be said of no trace.
pub fn check_brought(brought: &Brought) -> Result<()> {
    limit::check_id("assessment_id", brought.id.as_str())?;
    check(&brought.new)
}

/// Keeps what its trace does not have.
pub fn bring(tx: &mut Tx, actor: &Actor, trace: &Trace, all: &[Brought]) -> Result<()> {
    experiment::must_write(tx, actor, trace.experiment)?;
    for brought in all {
        check_brought(brought)?;
        if store::load(tx, trace, &brought.id)?.is_none() {
            keep(tx, actor, trace, &brought.id, &brought.new)?;
            if !brought.valid {
                store::set_valid(tx, trace.num, &brought.id, false)?;
            }
        }
    }
    Ok(())
}

/// Those that the trace has, of deleted runs too. Checks no right.
pub fn ids(tx: &mut Tx, trace: &Trace) -> Result<Vec<AssessmentId>> {
    store::ids(tx, trace.num)
}

fn keep(tx: &mut Tx, actor: &Actor, trace: &Trace, id: &AssessmentId, new: &New) -> Result<Assessment> {
    let now = tx.now();
    let created_at = new.created_at.unwrap_or(now);
    let assessment = Assessment {
        id: id.clone(),
        trace: trace.id.clone(),
        name: new.name.clone(),
        said: new.said.clone(),
        source_type: new.source_type.clone(),
        source_id: new.source_id.clone(),
        rationale: new.rationale.clone(),
        metadata: new.metadata.clone(),
        span: new.span.clone(),
        overrides: new.overrides.clone(),
        valid: true,
        created_at,
        updated_at: new.updated_at.unwrap_or(created_at),
    };
    store::add(tx, trace.num, &assessment, run_of(&assessment.metadata), actor)?;
    trace::touch(tx, trace);
    Ok(assessment)
}

fn run_of(metadata: &[(String, String)]) -> Option<&str> {
    metadata.iter().find(|(key, _)| key == RUN).map(|(_, run)| run.as_str())
}

fn check(new: &New) -> Result<()> {
    check_name(&new.name)?;
    check_said(&new.said)?;
    check_metadata(&new.metadata)?;
    check_rationale(new.rationale.as_deref())?;
    limit::check_length("source_type", &new.source_type, NAME)?;
    limit::check_length("source_id", &new.source_id, NAME)?;
    limit::check_length("span_id", new.span.as_deref().unwrap_or_default(), NAME)
}

fn check_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(invalid("assessment_name", "must not be empty"));
    }
    limit::check_length("assessment_name", name, NAME)
}

fn check_rationale(rationale: Option<&str>) -> Result<()> {
    limit::check_length("rationale", rationale.unwrap_or_default(), RATIONALE)
}

fn check_said(said: &Said) -> Result<()> {
    let size = |value: &Value| value.to_string().len();
    if size(&said.value) + said.error.as_ref().map(size).unwrap_or_default() > VALUE {
        return Err(invalid("value", "must have at most 1 MiB as JSON"));
    }
    Ok(())
}

fn check_metadata(metadata: &[(String, String)]) -> Result<()> {
    metadata.iter().try_for_each(|(key, value)| {
        limit::check_length("metadata key", key, limit::KEY)?;
        limit::check_length("metadata", value, limit::TAG_VALUE)
    })
}

/// What changes; what is none stays. Metadata is merged.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    pub said: Option<Said>,
    pub rationale: Option<String>,
    pub metadata: Option<Vec<(String, String)>>,
}

/// Its kind, its source and its span never change.
pub fn update(tx: &mut Tx, actor: &Actor, trace: &TraceId, id: &AssessmentId, change: &Change) -> Result<Assessment> {
    let trace = trace::writable(tx, actor, trace)?;
    let mut assessment = store::get(tx, &trace, id)?.ok_or_else(|| not_found("assessment"))?;
    if let Some(name) = &change.name {
        check_name(name)?;
        assessment.name.clone_from(name);
    }
    if let Some(said) = &change.said {
        if said.kind != assessment.said.kind || said.kind == Kind::Issue {
            return Err(another_kind(assessment.said.kind));
        }
        check_said(said)?;
        assessment.said.clone_from(said);
    }
    if let Some(rationale) = &change.rationale {
        check_rationale(Some(rationale))?;
        assessment.rationale = Some(rationale.clone());
    }
    for (key, value) in change.metadata.iter().flatten() {
        match assessment.metadata.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => old.clone_from(value),
            None => assessment.metadata.push((key.clone(), value.clone())),
        }
    }
    check_metadata(&assessment.metadata)?;
    assessment.updated_at = tx.now();
    store::change(tx, trace.num, &assessment, run_of(&assessment.metadata))?;
    trace::touch(tx, &trace);
    store::get(tx, &trace, id)?.ok_or_else(|| internal("the assessment is gone"))
}

fn another_kind(kind: Kind) -> Error {
    conflict(format!("This assessment is of the kind {}, which never changes. Create another.", kind.as_str()))
}

/// Takes it back; what it overrode is valid again. A second time it changes nothing.
pub fn delete(tx: &mut Tx, actor: &Actor, trace: &TraceId, id: &AssessmentId) -> Result<()> {
    let trace = trace::writable(tx, actor, trace)?;
    let Some(assessment) = store::load(tx, &trace, id)? else { return Ok(()) };
    if let Some(old) = &assessment.overrides {
        store::set_valid(tx, trace.num, old, true)?;
    }
    store::delete(tx, trace.num, id)?;
    let body = json!({ "trace": trace.id, "name": assessment.name });
    let subject = format!("experiment:{}", trace.experiment);
    tx.emit(actor.event("assessment.deleted", subject).project(&trace.project).body(body)).map(drop)
}
