//! Traces in the folder; their spans lie among their artifacts.

use std::path::Path;

use base::Result;
use serde_json::Value as Json;

use super::{
    super::{
        Row,
        shape::{Experiment, FoundSpans, Page, SPANS_FILE, Spans, Trace},
        told,
    },
    Folder, PAGE,
    read::pairs,
    walk, yaml,
};

impl Folder {
    pub fn traces(&self, experiment: &Experiment, from: Option<&str>) -> Result<Page<Trace>> {
        let homes = walk::folders(&experiment.home.join("traces"))?.into_iter();
        let mut rest = homes.filter(|(name, _)| from.is_none_or(|from| name.as_str() > from)).peekable();
        let mut page = Page::default();
        let mut last = None;
        for (name, home) in rest.by_ref().take(PAGE) {
            match trace(&home) {
                Ok(trace) => page.items.push(trace),
                Err(why) => page.broken.push((Row::Traces, self.named(&home, &why))),
            }
            last = Some(name);
        }
        page.next = last.filter(|_| rest.peek().is_some());
        Ok(page)
    }

    pub fn spans(&self, trace: &Trace) -> Spans {
        let path = trace.home.join("artifacts").join(SPANS_FILE);
        let file: Json = serde_json::from_str(&walk::text(&path)?).map_err(|error| error.to_string())?;
        Ok(FoundSpans { spans: file["spans"].as_array().cloned().unwrap_or_default(), in_file: true })
    }
}

fn trace(home: &Path) -> Result<Trace, String> {
    let mut trace = told::trace(&document(&home.join("trace_info.yaml"))?)?;
    trace.tags.extend(pairs(&home.join("tags"), Row::Tags, &mut trace.broken));
    trace.metadata.extend(pairs(&home.join("request_metadata"), Row::Tags, &mut trace.broken));
    trace.assessments.clear();
    let (found, odd) = walk::files(&home.join("assessments")).map_err(|error| error.detail().to_owned())?;
    trace.broken.extend(odd.into_iter().map(|why| (Row::Assessments, why)));
    for file in found {
        match document(&file.path) {
            Ok(assessment) => trace.assessments.push(assessment),
            Err(why) => trace.broken.push((Row::Assessments, why)),
        }
    }
    trace.home = home.to_owned();
    Ok(trace)
}

fn document(path: &Path) -> Result<Json, String> {
    yaml::parse(&walk::text(path)?).map(|node| node.json()).map_err(|why| format!("it cannot be understood: {why}"))
}
