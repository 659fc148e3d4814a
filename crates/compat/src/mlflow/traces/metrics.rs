//! `traces/metrics`: figures for dashboards.

use std::collections::BTreeMap;

use base::{Result, Time};
use lab::{
    search::{Condition, Test, TextOperator},
    trace::{
        measure::{Aggregation, Dimension, Metric, Question, measure},
        search::{Attribute, Field, SpanField},
    },
};
use serde::Serialize;

use crate::mlflow::{
    answer::{Answer, json},
    ask::Ask,
    fields::{Fields, refused},
    filter::{self, Comparison, Operand, Operator},
    page,
    search::experiment_ids,
};

#[derive(Serialize)]
pub struct Points {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    data_points: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    metric_name: String,
    dimensions: BTreeMap<String, String>,
    values: BTreeMap<String, f64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Traces,
    Spans,
    Assessments,
}

const VIEW: &[(&str, i64, View)] =
    &[("TRACES", 1, View::Traces), ("SPANS", 2, View::Spans), ("ASSESSMENTS", 3, View::Assessments)];

/// Metrics by view; those that are counted have no other aggregation.
const METRICS: &[(View, &str, Metric)] = &[
    (View::Traces, "trace_count", Metric::Traces),
    (View::Traces, "session_count", Metric::Sessions),
    (View::Traces, "latency", Metric::Latency),
    (View::Traces, "input_tokens", Metric::Tokens("input_tokens")),
    (View::Traces, "output_tokens", Metric::Tokens("output_tokens")),
    (View::Traces, "total_tokens", Metric::Tokens("total_tokens")),
    (View::Traces, "cache_read_input_tokens", Metric::Tokens("cache_read_input_tokens")),
    (View::Traces, "cache_creation_input_tokens", Metric::Tokens("cache_creation_input_tokens")),
    (View::Spans, "span_count", Metric::Spans),
    (View::Spans, "latency", Metric::SpanLatency),
    (View::Spans, "input_cost", Metric::SpanCost("input_cost")),
    (View::Spans, "output_cost", Metric::SpanCost("output_cost")),
    (View::Spans, "total_cost", Metric::SpanCost("total_cost")),
    (View::Assessments, "assessment_count", Metric::Assessments),
    (View::Assessments, "assessment_value", Metric::AssessmentValue),
];

const DIMENSIONS: &[(View, &str, Dimension)] = &[
    (View::Traces, "trace_name", Dimension::TraceName),
    (View::Traces, "trace_status", Dimension::TraceState),
    (View::Spans, "span_name", Dimension::SpanName),
    (View::Spans, "span_type", Dimension::SpanKind),
    (View::Spans, "span_status", Dimension::SpanStatus),
    (View::Spans, "span_model_name", Dimension::SpanModel),
    (View::Spans, "span_model_provider", Dimension::SpanProvider),
    (View::Assessments, "assessment_name", Dimension::AssessmentName),
    (View::Assessments, "assessment_value", Dimension::AssessmentValue),
];

const AGGREGATIONS: &[(&str, i64, Option<Aggregation>)] = &[
    ("COUNT", 1, Some(Aggregation::Count)),
    ("SUM", 2, Some(Aggregation::Sum)),
    ("AVG", 3, Some(Aggregation::Mean)),
    ("PERCENTILE", 4, None),
    ("MIN", 5, Some(Aggregation::Least)),
    ("MAX", 6, Some(Aggregation::Most)),
];

pub async fn measured(ask: Ask) -> Answer<Points> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let experiments = fields.texts("experiment_ids")?;
    let metric_name = fields.need_text("metric_name")?;
    let (labels, question) = question(&mut fields, &metric_name)?;
    let points = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let experiments = experiment_ids(tx, &actor, &experiments)?;
        measure(tx, &actor, &experiments, &question)
    });
    let point = |point: lab::trace::measure::Point| {
        let mut dimensions: BTreeMap<String, String> =
            labels.dimensions.iter().cloned().zip(point.dimensions).collect();
        if let Some(at) = point.at {
            // Whole seconds, as clients write them.
            dimensions.insert("time_bucket".to_owned(), at.to_string().replace(".000Z", "+00:00"));
        }
        let values = labels.values.iter().cloned().zip(point.values);
        let values = values.filter_map(|(label, value)| Some((label, value?)));
        Point { metric_name: metric_name.clone(), dimensions, values: values.collect() }
    };
    let points = points.await?.into_iter().map(point).filter(|point| !point.values.is_empty());
    Ok(json(Points { data_points: points.collect() }))
}

/// What the answer calls what was asked for.
struct Labels {
    dimensions: Vec<String>,
    values: Vec<String>,
}

fn question(fields: &mut Fields, metric_name: &str) -> Result<(Labels, Question)> {
    let view = fields.need_choice("view_type", VIEW)?;
    let metric = known(METRICS, view, metric_name)
        .ok_or_else(|| fields.invalid("metric_name", metric_name, names(METRICS, view)))?;
    let dimension_names = fields.texts("dimensions")?;
    let dimensions = dimension_names.iter().map(|name| {
        known(DIMENSIONS, view, name).ok_or_else(|| fields.invalid("dimensions", name, names(DIMENSIONS, view)))
    });
    let dimensions = dimensions.collect::<Result<Vec<_>>>()?;
    let (values, aggregations) = aggregations(fields, metric)?;
    let (conditions, equal) = filters(fields, view)?;
    let (from, until) = (fields.int("start_time_ms")?.map(Time), fields.int("end_time_ms")?.map(Time));
    let interval = match fields.int("time_interval_seconds")? {
        None => None,
        Some(_) if from.is_none() || until.is_none() => return Err(fields.missing("start_time_ms and end_time_ms")),
        Some(seconds @ 1..=31_622_400) => Some(seconds * 1_000),
        Some(other) => {
            let why = "it must be between 1 and 31622400, a year.";
            return Err(fields.invalid("time_interval_seconds", &other.to_string(), why));
        }
    };
    let limit = page::size(fields, Some(1_000), 10_000)?;
    let question = Question { metric, dimensions, aggregations, conditions, equal, from, until, interval, limit };
    Ok((Labels { dimensions: dimension_names, values }, question))
}

fn known<T: Copy>(all: &[(View, &str, T)], view: View, name: &str) -> Option<T> {
    all.iter().find(|(of, known, _)| *of == view && *known == name).map(|(_, _, value)| *value)
}

fn names<T>(all: &[(View, &str, T)], view: View) -> String {
    let names: Vec<&str> = all.iter().filter(|(of, ..)| *of == view).map(|(_, name, _)| *name).collect();
    format!("it must be one of {}.", names.join(", "))
}

fn aggregations(fields: &mut Fields, metric: Metric) -> Result<(Vec<String>, Vec<Aggregation>)> {
    let counted = matches!(metric, Metric::Traces | Metric::Sessions | Metric::Spans | Metric::Assessments);
    let mut found = (Vec::new(), Vec::new());
    for mut aggregation in fields.objects("aggregations")? {
        let kind = aggregation.need_choice("aggregation_type", AGGREGATIONS)?;
        let (label, kind) = match kind {
            Some(kind) => (label(kind).to_owned(), kind),
            None => match aggregation.double("percentile_value")? {
                Some(percent) if (0.0..=100.0).contains(&percent) => {
                    (format!("P{percent:?}"), Aggregation::Percentile(percent))
                }
                _ => return Err(refused("A PERCENTILE needs a 'percentile_value' between 0 and 100.".to_owned())),
            },
        };
        if counted != (kind == Aggregation::Count) {
            return Err(refused(format!("The aggregation {label} is not offered for this metric.")));
        }
        found.0.push(label);
        found.1.push(kind);
    }
    if found.0.is_empty() { Err(fields.missing("aggregations")) } else { Ok(found) }
}

fn label(aggregation: Aggregation) -> &'static str {
    let same = |(_, _, known): &&(&str, i64, Option<Aggregation>)| *known == Some(aggregation);
    AGGREGATIONS.iter().find(same).map_or("", |(name, ..)| name)
}

type Filters = (Vec<Condition<Field>>, Vec<(Dimension, String)>);

fn filters(fields: &mut Fields, view: View) -> Result<Filters> {
    let mut found = (Vec::new(), Vec::new());
    for text in fields.texts("filters")? {
        for comparison in filter::parse(&text)? {
            add(&comparison, view, &mut found)?;
        }
    }
    Ok(found)
}

/// `trace.status`, `trace.tag.KEY`, `trace.metadata.KEY`, and the names of what is measured itself.
fn add(comparison: &Comparison, view: View, found: &mut Filters) -> Result<()> {
    let (Operator::Equal, Operand::Text(text)) = (comparison.operator, &comparison.operand) else {
        return Err(refused(format!(
            "Invalid filter: {} can be compared with = and a text alone.",
            comparison.identifier
        )));
    };
    let entity = comparison.identifier.entity.as_deref().unwrap_or_default();
    let key = comparison.identifier.key.as_str();
    let field = match (entity, key.split_once('.').unwrap_or((key, ""))) {
        ("trace", ("status", "")) => Field::Attribute(Attribute::State),
        ("trace", ("tag", key)) if !key.is_empty() => Field::Tag(key.to_owned()),
        ("trace", ("metadata", key)) if !key.is_empty() => Field::Metadata(key.to_owned()),
        ("span", (name, "")) => match (view, known(DIMENSIONS, View::Spans, &format!("span_{name}")), name) {
            (View::Spans, Some(dimension), _) => {
                found.1.push((dimension, text.clone()));
                return Ok(());
            }
            (_, _, "name") => Field::Span(SpanField::Name),
            (_, _, "type") => Field::Span(SpanField::Kind),
            (_, _, "status") => Field::Span(SpanField::Status),
            _ => return Err(unknown(comparison)),
        },
        ("assessment", ("name", "")) if view == View::Assessments => {
            found.1.push((Dimension::AssessmentName, text.clone()));
            return Ok(());
        }
        _ => return Err(unknown(comparison)),
    };
    found.0.push(Condition { field, test: Test::Text(TextOperator::Equal, text.clone()) });
    Ok(())
}

fn unknown(comparison: &Comparison) -> base::Error {
    refused(format!(
        "Invalid name {}: figures are filtered by trace.status, trace.tag.KEY, trace.metadata.KEY, span.name, \
         span.type, span.status and, where assessments are measured, assessment.name.",
        comparison.identifier
    ))
}
