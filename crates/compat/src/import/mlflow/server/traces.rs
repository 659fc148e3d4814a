//! Traces, their spans, and the runs that they were linked to.

use std::collections::HashMap;

use base::Result;
use serde_json::{Value as Json, json};

use super::{
    super::{
        Row,
        shape::{Experiment, FoundSpans, Page, Run, SPANS_FILE, Seen, Spans, Trace},
        told,
    },
    API, Server, list, next, paged, segments, served,
};

const API_3: &str = "/api/3.0/mlflow";
const TRACES: usize = 100;
/// Whose spans are asked for at once.
const TOGETHER: usize = 10;

impl Server {
    /// Servers before 3 know traces by other words, those before 2.14 know none.
    pub fn traces(&self, experiment: &Experiment, from: Option<&str>) -> Result<Page<Trace>> {
        let asked = paged(searched(experiment, ""), from);
        let answer = match self.wire.post(&format!("{API_3}/traces/search"), &asked)? {
            Some(answer) => answer,
            None => self.old_traces(experiment, from)?,
        };
        let mut page = Page { next: next(&answer), ..Page::default() };
        for one in list(&answer, "traces") {
            match told::trace(one) {
                Ok(trace) => page.items.push(trace),
                Err(why) => page.broken.push((Row::Traces, why)),
            }
        }
        // A full last page has a token, too; after it comes an empty one.
        page.next = page.next.filter(|_| !list(&answer, "traces").is_empty());
        Ok(page)
    }

    fn old_traces(&self, experiment: &Experiment, from: Option<&str>) -> Result<Json> {
        let most = TRACES.to_string();
        let mut query = vec![("experiment_ids", experiment.id.as_str()), ("max_results", &most)];
        query.push(("order_by", "timestamp_ms ASC"));
        query.extend(from.map(|from| ("page_token", from)));
        Ok(self.wire.get(&format!("{API}/traces"), &query)?.unwrap_or_default())
    }

    pub fn spans(&self, traces: &[Trace]) -> Result<Vec<Spans>> {
        let mut kept: HashMap<String, Vec<Json>> = HashMap::new();
        for part in traces.chunks(TOGETHER) {
            let ids: Vec<(&str, &str)> = part.iter().map(|trace| ("trace_ids", trace.told.id.as_str())).collect();
            let answer = self.wire.get(&format!("{API_3}/traces/batchGet"), &ids)?.unwrap_or_default();
            for whole in list(&answer, "traces") {
                let id = whole["trace_info"]["trace_id"].as_str().unwrap_or_default();
                kept.insert(id.to_owned(), list(whole, "spans").to_vec());
            }
        }
        let mut spans = |trace: &Trace| match kept.remove(trace.told.id.as_str()) {
            Some(spans) if !spans.is_empty() => Ok(Ok(FoundSpans { spans, in_file: false })),
            _ if tag(trace, told::SPANS).is_empty() => self.filed(trace),
            _ => Ok(Ok(FoundSpans::default())),
        };
        traces.iter().map(&mut spans).collect()
    }

    /// The spans that lie among the trace's artifacts.
    fn filed(&self, trace: &Trace) -> Result<Spans> {
        let location = tag(trace, told::LOCATION);
        let answer = match served(location) {
            Some(root) => {
                let route = format!("/api/2.0/mlflow-artifacts/artifacts/{}", segments(&[root, SPANS_FILE]));
                self.wire.look(&route, &[])?
            }
            None => {
                let route = "/ajax-api/2.0/mlflow/get-trace-artifact";
                self.wire.look(route, &[("request_id", trace.told.id.as_str())])?
            }
        };
        Ok(match answer {
            Ok(file) => Ok(FoundSpans { spans: list(&file, "spans").to_vec(), in_file: true }),
            Err(status) => Err(format!("the source answers {status} when asked for them")),
        })
    }

    /// Without those that ran in the run, which their metadata says.
    pub fn linked(&self, experiment: &Experiment, run: &Run) -> Result<Vec<String>> {
        let (mut linked, mut token, mut seen) = (Vec::new(), None::<String>, Seen::default());
        let filter = format!("attributes.run_id = '{}'", run.id);
        loop {
            let asked = paged(searched(experiment, &filter), token.as_deref());
            let Some(page) = self.wire.post(&format!("{API_3}/traces/search"), &asked)? else { return Ok(linked) };
            let found = list(&page, "traces");
            let within = |trace: &&Json| trace["trace_metadata"][lab::trace::SOURCE_RUN] == run.id.as_str();
            let others = found.iter().filter(|trace| !within(trace));
            linked.extend(others.filter_map(|trace| trace["trace_id"].as_str()).map(str::to_owned));
            token = seen.next(next(&page).filter(|_| !found.is_empty()))?;
            if token.is_none() {
                return Ok(linked);
            }
        }
    }
}

fn searched(experiment: &Experiment, filter: &str) -> Json {
    let place = json!({ "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": experiment.id } });
    json!({ "locations": [place], "filter": filter, "max_results": TRACES, "order_by": ["timestamp ASC"] })
}

fn tag<'t>(trace: &'t Trace, key: &str) -> &'t str {
    trace.tags.iter().find(|(known, _)| known == key).map_or("", |(_, value)| value)
}
