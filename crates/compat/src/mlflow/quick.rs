//! A quick way in for metrics and batches as the client itself writes them, since training loops
//! send thousands a second. It reads no more than that: for anything else it answers nothing, and
//! the request is read field by field, which also finds the words for what is wrong.

use std::{borrow::Cow, fmt, sync::Arc};

use base::{ModelId, Number, RunId, Time};
use lab::{
    metric::{Measured, New, Point},
    run::Batch,
};
use serde::{Deserialize, Deserializer, de};

use super::logging::is_plain;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metric<'b> {
    run_id: Option<String>,
    run_uuid: Option<String>,
    #[serde(borrow)]
    key: Cow<'b, str>,
    value: Number,
    timestamp: i64,
    step: Option<i64>,
    model_id: Option<String>,
    dataset_name: Option<String>,
    dataset_digest: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    run_id: String,
    #[serde(default, deserialize_with = "points")]
    metrics: Vec<New>,
    #[serde(default)]
    params: Vec<Pair>,
    #[serde(default)]
    tags: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    key: String,
    value: String,
}

pub fn metric(body: &[u8]) -> Option<(RunId, New)> {
    let mut metric: Metric = serde_json::from_slice(body).ok()?;
    let filled = |id: &String| !id.is_empty();
    let id = metric.run_id.take().filter(filled).or(metric.run_uuid.take().filter(filled))?;
    Some((RunId(id), metric.into_new(&mut Keys::default())?))
}

pub fn batch(body: &[u8]) -> Option<(RunId, Batch)> {
    let several: Several = serde_json::from_slice(body).ok()?;
    if !is_plain(&several.run_id) {
        return None;
    }
    let batch = Batch { metrics: several.metrics, params: pairs(several.params)?, tags: pairs(several.tags)? };
    Some((RunId(several.run_id), batch))
}

/// The points of a batch, taken over one by one.
fn points<'b, D: Deserializer<'b>>(from: D) -> Result<Vec<New>, D::Error> {
    struct Reader;
    impl<'b> de::Visitor<'b> for Reader {
        type Value = Vec<New>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("metrics")
        }

        fn visit_seq<A: de::SeqAccess<'b>>(self, mut metrics: A) -> Result<Vec<New>, A::Error> {
            let (mut points, mut keys) = (Vec::new(), Keys::default());
            while let Some(metric) = metrics.next_element::<Metric>()? {
                let new = metric.into_new(&mut keys);
                points.push(new.ok_or_else(|| de::Error::custom("a metric without a key"))?);
            }
            Ok(points)
        }
    }
    from.deserialize_seq(Reader)
}

/// The keys of a batch. The same few come again and again, mostly in the same order, so points share
/// them.
#[derive(Default)]
struct Keys {
    known: Vec<Arc<str>>,
    /// After the one that came last.
    next: usize,
}

impl Keys {
    fn shared(&mut self, key: &str) -> Arc<str> {
        let likely = [self.next, self.next.saturating_sub(1), 0];
        let is_key = |place: &usize| self.known.get(*place).is_some_and(|known| **known == *key);
        let place = likely.into_iter().find(is_key).unwrap_or(self.known.len());
        if place == self.known.len() {
            self.known.push(key.into());
        }
        self.next = place + 1;
        Arc::clone(&self.known[place])
    }
}

impl Metric<'_> {
    fn into_new(self, keys: &mut Keys) -> Option<New> {
        if self.key.is_empty() {
            return None;
        }
        let (step, value) = (self.step.unwrap_or_default(), self.value.0);
        Some(point(
            keys.shared(&self.key),
            value,
            self.timestamp,
            step,
            self.model_id,
            self.dataset_name,
            self.dataset_digest,
        ))
    }
}

fn pairs(pairs: Vec<Pair>) -> Option<Vec<(String, String)>> {
    pairs.into_iter().map(|pair| (!pair.key.is_empty()).then_some((pair.key, pair.value))).collect()
}

/// A point is also a metric of the logged model that it names.
pub fn point(
    key: Arc<str>,
    value: f64,
    at: i64,
    step: i64,
    model: Option<String>,
    dataset: Option<String>,
    digest: Option<String>,
) -> New {
    let measured = |model| Measured {
        model: ModelId(model),
        dataset: dataset.unwrap_or_default(),
        digest: digest.unwrap_or_default(),
    };
    let model = model.filter(|model| !model.is_empty()).map(measured);
    New { key, point: Point { at: Time(at), step, value }, model }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_client_writes_is_read() {
        let body = br#"{"run_uuid": "a1", "run_id": "a1", "key": "loss", "value": 0.5, "timestamp": 7, "step": 3}"#;
        let (id, new) = metric(body).unwrap();
        assert_eq!((id.as_str(), &*new.key, new.point.value, new.point.step), ("a1", "loss", 0.5, 3));
        let body = br#"{"run_id": "a1", "metrics": [{"key": "x", "value": "NaN", "timestamp": 7, "step": 0}],
                        "params": [{"key": "p", "value": ""}]}"#;
        let (_, batch) = batch(body).unwrap();
        assert!(batch.metrics[0].point.value.is_nan());
        assert_eq!((batch.params.len(), batch.tags.len()), (1, 0));
    }

    #[test]
    fn all_else_is_left_to_the_careful_way() {
        for body in [
            r#"{"run_id": "a1", "key": "loss", "value": "0.5", "timestamp": 7}"#,
            r#"{"runId": "a1", "key": "loss", "value": 0.5, "timestamp": 7}"#,
            r#"{"run_id": "a1", "key": "loss", "value": 0.5, "timestamp": "7"}"#,
            r#"{"run_id": "a1", "key": "", "value": 0.5, "timestamp": 7}"#,
            r#"{"run_id": "", "key": "a", "value": 0.5, "timestamp": 7}"#,
            r#"{"run_id": "a", "run_id": "b", "key": "a", "value": 0.5, "timestamp": 7}"#,
            r#"{"run_id": "a1", "key": "loss", "value": true, "timestamp": 7}"#,
        ] {
            assert!(metric(body.as_bytes()).is_none(), "{body}");
        }
        for body in
            [r#"{"run_id": "-a"}"#, r#"{"run_id": "a", "metrics": null}"#, r#"{"run_id": "a", "tags": [{"key": ""}]}"#]
        {
            assert!(batch(body.as_bytes()).is_none(), "{body}");
        }
    }
}
