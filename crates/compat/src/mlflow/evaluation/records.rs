use base::Result;
use lab::evaluation::{self, Record};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{dataset_id, json_text, shape};
use crate::mlflow::{
    answer::{Answer, json},
    ask::{Ask, LARGE},
    fields::Fields,
    page,
};

#[derive(Serialize)]
pub struct Put {
    inserted_count: usize,
    updated_count: usize,
}

pub async fn put(mut ask: Ask<LARGE>) -> Answer<Put> {
    let id = dataset_id(&mut ask);
    let Ask { db, caller, space, mut fields, .. } = ask;
    let records = sent(&mut fields)?;
    let merged = db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        evaluation::put_records(tx, &actor, &id, &records)
    });
    let merged = merged.await?;
    Ok(json(Put { inserted_count: merged.inserted, updated_count: merged.updated }))
}

/// A list of objects in a text.
fn sent(fields: &mut Fields) -> Result<Vec<Record>> {
    let Some(value) = json_text(fields, "records")? else { return Err(fields.missing("records")) };
    let wrong = |place: &str| fields.invalid("records", place, "it must hold a list of objects with inputs.");
    let Value::Array(items) = value else { return Err(wrong("text")) };
    let read = |(place, item)| match item {
        Value::Object(members) => Ok(record(members)),
        _ => Err(wrong(&format!("item {place}"))),
    };
    items.into_iter().enumerate().map(read).collect()
}

fn record(mut members: Map<String, Value>) -> Record {
    let mut take = |name: &str| members.remove(name).filter(|value| !value.is_null());
    let source = take("source");
    let named = source.as_ref().and_then(|source| source.get("source_type")).and_then(Value::as_str);
    Record {
        source_type: named.map(str::to_owned),
        inputs: take("inputs").unwrap_or_default(),
        outputs: take("outputs"),
        expectations: take("expectations"),
        tags: take("tags"),
        source,
        ..Record::default()
    }
}

#[derive(Serialize)]
pub struct Page {
    records: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub async fn list(mut ask: Ask) -> Answer<Page> {
    let id = dataset_id(&mut ask);
    let Ask { db, caller, space, mut fields, .. } = ask;
    let question = page::question(&id.as_str());
    let limit = page::size(&mut fields, Some(1_000), 10_000)?;
    let after: Option<i64> = page::position(&mut fields, question)?;
    let dataset = id.0.clone();
    let found = db.read(move |tx| {
        let actor = space.enter(tx, &caller)?;
        evaluation::records(tx, &actor, &id, limit, after)
    });
    let (records, next) = found.await?;
    let records: Value = records.into_iter().map(|record| shape::record(&dataset, record)).collect();
    Ok(json(Page { records: records.to_string(), next_page_token: next.map(|next| page::token(&next, question)) }))
}

#[derive(Serialize)]
pub struct Deleted {
    deleted_count: usize,
}

pub async fn delete(mut ask: Ask) -> Answer<Deleted> {
    let id = dataset_id(&mut ask);
    let records = ask.fields.texts("dataset_record_ids")?;
    let Ask { db, caller, space, .. } = ask;
    let deleted = db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        evaluation::delete_records(tx, &actor, &id, &records)
    });
    Ok(json(Deleted { deleted_count: deleted.await? }))
}
