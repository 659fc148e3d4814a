//! An audit compares what the store says of approvals and deployments with what the log told of
//! them. The chain of events shows that nobody changed the log; this shows that nobody changed what
//! decides behind its back. It looks at these facts alone.

mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use base::Result;
use db::Tx;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// By what they are called in a sentence: what counts of approvals and deployments.
type Facts = BTreeMap<String, Value>;

/// The first thing in which the store differs from the log; nothing when they agree.
pub fn difference(tx: &mut Tx) -> Result<Option<String>> {
    let mut told = Facts::new();
    store::each_told(tx, |event| tell(&mut told, event))?;
    let kept = store::facts(tx)?;
    let unlogged = kept.keys().find(|name| !told.contains_key(*name));
    if let Some(name) = unlogged {
        return Ok(Some(format!("{name} is in the store, but the log does not know it")));
    }
    for (name, fact) in &told {
        let Some(kept) = kept.get(name) else {
            return Ok(Some(format!("{name} is in the log, but not in the store")));
        };
        let differing = fact.as_object().and_then(|fact| fact.iter().find(|(field, value)| kept[field] != **value));
        if let Some((field, _)) = differing {
            return Ok(Some(format!("{name} has another {field} in the store than in the log")));
        }
    }
    let forged = store::bundles(tx)?.into_iter().find(|(digest, body)| hex::encode(Sha256::digest(body)) != *digest);
    Ok(forged.map(|(digest, _)| format!("the bundle {digest} is not what its digest says")))
}

/// Takes in what one event tells.
fn tell(told: &mut Facts, event: &Value) {
    let (data, at) = (&event["data"], &event["at"]);
    let name = |thing: &str| format!("{thing} {}", data[thing].as_str().unwrap_or_default());
    let promotion = event["subject"].as_str().and_then(|subject| subject.strip_prefix("promotion:"));
    match event["kind"].as_str().unwrap_or_default() {
        "approval.given" => {
            let fact = json!({
                "promotion": promotion, "duty": data["duty"], "user": event["actor"], "digest": data["digest"],
                "given_at": at, "withdrawn_at": null,
            });
            told.insert(name("approval"), fact);
        }
        "approval.withdrawn" => note(told, &name("approval"), "withdrawn_at", at),
        "deployment.started" => {
            let fact = json!({
                "promotion": promotion, "environment": data["environment"], "deployed_by": event["actor"],
                "digest": data["digest"], "deployed_at": at, "replaced_at": null,
            });
            told.insert(name("deployment"), fact);
        }
        "deployment.replaced" => note(told, &name("deployment"), "replaced_at", at),
        _ => {}
    }
}

fn note(told: &mut Facts, name: &str, field: &str, at: &Value) {
    if let Some(fact) = told.get_mut(name) {
        fact[field] = at.clone();
    }
}
