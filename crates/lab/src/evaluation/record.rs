//! The records of a dataset.

use std::collections::HashMap;

use base::{EvaluationDatasetId, Result, Time, canonical, refuse::invalid};
use db::Tx;
use people::{Actor, Right};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{act, find, shape, store};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Empty until it is kept.
    pub id: String,
    /// An object.
    pub inputs: Value,
    pub outputs: Option<Value>,
    /// An object, as are the tags.
    pub expectations: Option<Value>,
    pub tags: Option<Value>,
    pub source_type: Option<String>,
    pub source: Option<Value>,
    /// What the client calls its user.
    pub created_by: Option<String>,
    pub updated_by: Option<String>,
    pub times: Option<(Time, Time)>,
}

impl Record {
    /// Of its inputs, in whichever order their members stand: what makes it another record.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(canonical::to_string(&self.inputs)))
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    pub inserted: usize,
    pub updated: usize,
}

/// Records in one request.
const MOST: usize = 10_000;
/// Bytes of one record's values.
const LARGEST: usize = 4 * 1024 * 1024;

/// Keeps records. Where the inputs are known already, in whichever order their members stand, outputs
/// are written over, expectations and tags merged.
pub fn put_records(tx: &mut Tx, actor: &Actor, id: &EvaluationDatasetId, new: &[Record]) -> Result<Merged> {
    if new.len() > MOST {
        return Err(invalid("records", format!("must hold at most {MOST}; send them in parts")));
    }
    new.iter().enumerate().try_for_each(|(place, record)| check(&format!("records[{place}]."), record))?;
    let dataset = find(tx, actor, Right::Track, id)?;
    let mut merged = Merged::default();
    let mut changed: Vec<(String, Record)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for record in new {
        let sha256 = record.digest();
        if let Some(place) = places.get(&sha256) {
            merge(&mut changed[*place].1, record);
            merged.updated += 1;
            continue;
        }
        let kept = match store::record(tx, dataset.num, &sha256)? {
            Some(mut known) => {
                merge(&mut known, record);
                merged.updated += 1;
                known
            }
            None => {
                merged.inserted += 1;
                let by = user(record).map(str::to_owned);
                let id = format!("dr-{}", tx.new_hex());
                Record { id, created_by: by.clone(), updated_by: by, ..record.clone() }
            }
        };
        places.insert(sha256.clone(), changed.len());
        changed.push((sha256, kept));
    }
    let now = tx.now();
    for (sha256, record) in &changed {
        store::put_record(tx, dataset.num, sha256, record, (now, now))?;
    }
    let shape = shape::extended(dataset.shape.as_deref(), new);
    let by = new.iter().rev().find_map(user).or(dataset.updated_by.as_deref());
    store::set_content(tx, &dataset, Some(&shape.to_string()), by, now)?;
    act::touch(tx, &dataset);
    Ok(merged)
}

/// `place` is what stands before a field's name.
pub(super) fn check(place: &str, record: &Record) -> Result<()> {
    let field = |name: &str| format!("{place}{name}");
    if !record.inputs.is_object() {
        return Err(invalid(&field("inputs"), "must be an object"));
    }
    for (name, value) in [("expectations", &record.expectations), ("tags", &record.tags), ("source", &record.source)] {
        if value.as_ref().is_some_and(|value| !value.is_object()) {
            return Err(invalid(&field(name), "must be an object"));
        }
    }
    let values = [&record.outputs, &record.expectations, &record.tags, &record.source].into_iter().flatten();
    let size: usize = values.chain([&record.inputs]).map(|value| value.to_string().len()).sum();
    if size > LARGEST {
        return Err(invalid(&field("inputs"), format!("and the rest must have at most {} MiB", LARGEST / 1024 / 1024)));
    }
    Ok(())
}

fn merge(known: &mut Record, new: &Record) {
    if new.outputs.is_some() {
        known.outputs.clone_from(&new.outputs);
    }
    merge_members(&mut known.expectations, &new.expectations);
    merge_members(&mut known.tags, &new.tags);
    if let Some(by) = user(new) {
        known.updated_by = Some(by.to_owned());
    }
}

fn merge_members(known: &mut Option<Value>, new: &Option<Value>) {
    let Some(Value::Object(new)) = new else { return };
    let known = known.get_or_insert_with(|| Value::Object(Map::new()));
    let Some(known) = known.as_object_mut() else { return };
    known.extend(new.iter().map(|(key, value)| (key.clone(), value.clone())));
}

fn user(record: &Record) -> Option<&str> {
    record.tags.as_ref()?.get(act::USER_TAG)?.as_str()
}

/// Records in the order in which they came, and the position after which the next ones follow.
pub fn records(
    tx: &mut Tx,
    actor: &Actor,
    id: &EvaluationDatasetId,
    limit: usize,
    after: Option<i64>,
) -> Result<(Vec<Record>, Option<i64>)> {
    let dataset = find(tx, actor, Right::Read, id)?;
    let mut found = store::records(tx, dataset.num, limit.saturating_add(1), after.unwrap_or_default())?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(num, _)| *num);
    Ok((found.into_iter().map(|(_, record)| record).collect(), next))
}

/// How many of them were there.
pub fn delete_records(tx: &mut Tx, actor: &Actor, id: &EvaluationDatasetId, records: &[String]) -> Result<usize> {
    if records.len() > MOST {
        return Err(invalid("dataset_record_ids", format!("must hold at most {MOST}")));
    }
    let dataset = find(tx, actor, Right::Track, id)?;
    let gone = store::delete_records(tx, dataset.num, records)?;
    if gone > 0 {
        let now = tx.now();
        store::set_content(tx, &dataset, dataset.shape.as_deref(), dataset.updated_by.as_deref(), now)?;
        let event = actor.event("evaluation_dataset.shortened", format!("evaluation_dataset:{id}"));
        tx.emit(event.project(&dataset.project).body(json!({ "records": gone })))?;
    }
    Ok(gone)
}
