//! Datasets that come from another tracking store: they and their records keep ids and times.

use std::collections::HashSet;

use base::{EvaluationDatasetId, ProjectId, Result, Time, refuse::conflict};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{Dataset, New, Record, act, find, record, shape, store};
use crate::{allow, limit};

#[derive(Clone, Debug)]
pub struct Brought {
    pub id: EvaluationDatasetId,
    pub new: New,
    pub updated_by: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
}

/// The dataset of this id, in whichever project. Checks no right.
pub fn load(tx: &mut Tx, id: &EvaluationDatasetId) -> Result<Option<Dataset>> {
    store::get(tx, id)
}

/// What its records are known by, [`Record::digest`]. Checks no right.
pub fn digests(tx: &mut Tx, dataset: &Dataset) -> Result<HashSet<String>> {
    store::digests(tx, dataset.num)
}

/// Refuses what could be a dataset of no project.
pub fn check(brought: &Brought) -> Result<()> {
    limit::check_id("dataset_id", brought.id.as_str())?;
    act::check(&brought.new)?;
    limit::check_length("last_updated_by", brought.updated_by.as_deref().unwrap_or_default(), act::NAME)
}

/// Makes the dataset where it is new. What it has stays as it is; tags and experiments that it lacks
/// are added.
pub fn bring(tx: &mut Tx, actor: &Actor, project: &ProjectId, brought: &Brought) -> Result<()> {
    allow(tx, actor, Right::Track, project, "project")?;
    check(brought)?;
    let Brought { id, new, .. } = brought;
    act::check_experiments(tx, actor, project, &new.experiments)?;
    let num = match store::get(tx, id)? {
        Some(dataset) if dataset.project != *project => return Err(conflict("The dataset is in another project.")),
        Some(dataset) => dataset.num,
        None => begin(tx, actor, project, brought)?,
    };
    store::add_tags(tx, num, &new.tags)?;
    store::attach(tx, num, &new.experiments)?;
    tx.touch(Some(project), format!("evaluation_dataset:{id}"));
    Ok(())
}

fn begin(tx: &mut Tx, actor: &Actor, project: &ProjectId, brought: &Brought) -> Result<i64> {
    let Brought { id, new, .. } = brought;
    let by = new.created_by.as_deref().unwrap_or(&actor.name);
    let num = store::add(tx, id, project, &new.name, by, actor)?;
    store::set_past(tx, num, brought)?;
    let event = actor.event("evaluation_dataset.imported", format!("evaluation_dataset:{id}"));
    tx.emit(event.project(project).body(json!({ "name": new.name })))?;
    Ok(num)
}

/// Refuses what could be a record of no dataset.
pub fn check_record(record: &Record) -> Result<()> {
    limit::check_id("dataset_record_id", &record.id)?;
    record::check("its ", record)?;
    let people = [&record.created_by, &record.updated_by];
    people.into_iter().flatten().try_for_each(|name| limit::check_length("created_by", name, act::NAME))
}

/// Keeps the records whose inputs it does not have, under their ids; where another dataset has a record
/// of that id, under a new one.
pub fn bring_records(tx: &mut Tx, actor: &Actor, id: &EvaluationDatasetId, records: &[Record]) -> Result<()> {
    records.iter().try_for_each(check_record)?;
    let dataset = find(tx, actor, Right::Track, id)?;
    for record in records {
        let sha256 = record.digest();
        if store::record(tx, dataset.num, &sha256)?.is_some() {
            continue;
        }
        let taken = store::has_record(tx, &record.id)?;
        let id = if taken { format!("dr-{}", tx.new_hex()) } else { record.id.clone() };
        let now = tx.now();
        let times = record.times.unwrap_or((now, now));
        store::put_record(tx, dataset.num, &sha256, &Record { id, ..record.clone() }, times)?;
    }
    let shape = shape::extended(dataset.shape.as_deref(), records);
    let by = dataset.updated_by.as_deref();
    store::set_content(tx, &dataset, Some(&shape.to_string()), by, dataset.updated_at)?;
    act::touch(tx, &dataset);
    Ok(())
}
