use base::{ExperimentId, Result};
use db::{Query, Tx};

use super::{Dimension, Measured, Metric, Question};
use crate::{
    assessment::store::ALIVE,
    trace::{TOKENS, search::store::push_conditions},
};

/// At most so many.
pub fn rows(tx: &mut Tx, experiments: &[ExperimentId], question: &Question, most: usize) -> Result<Vec<Measured>> {
    let (table, at) = match question.metric {
        Metric::Spans | Metric::SpanLatency | Metric::SpanCost(_) => {
            ("trace JOIN span ON span.trace = trace.num", "(span.started_at / 1000000)")
        }
        Metric::Assessments | Metric::AssessmentValue => {
            ("trace JOIN assessment ON assessment.trace = trace.num", "trace.at")
        }
        _ => ("trace", "trace.at"),
    };
    let (number, text) = value(question.metric);
    let mut query = Query::new(&format!("SELECT {at}, {number}, "));
    match text {
        Text::None => query.push("NULL"),
        Text::Column(column) => query.push(column),
        Text::Metadata(key) => {
            query.push("(SELECT value FROM trace_metadata WHERE trace_metadata.trace = trace.num AND key = ");
            query.bind(key).push(")")
        }
    };
    for dimension in &question.dimensions {
        query.push(", ").push(column(*dimension));
    }
    query.push(" FROM ").push(table).push(" WHERE trace.experiment IN (");
    query.bind_all(experiments.iter().copied()).push(")");
    if table.ends_with("assessment.trace = trace.num") {
        query.push(" AND assessment.valid AND ").push(ALIVE);
    }
    if let Some(from) = question.from {
        query.push(" AND ").push(at).push(" >= ").bind(from);
    }
    if let Some(until) = question.until {
        query.push(" AND ").push(at).push(" < ").bind(until);
    }
    push_conditions(&mut query, &question.conditions)?;
    for (dimension, wanted) in &question.equal {
        query.push(" AND ").push(column(*dimension)).push(" = ").bind(wanted.clone());
    }
    query.push(" LIMIT ").bind(most as i64);
    let dimensions = question.dimensions.len();
    tx.all_q(&query, |row| {
        let dimensions = (0..dimensions).map(|place| row.get(3 + place)).collect::<Result<_>>()?;
        Ok(Measured { at: row.get(0)?, number: row.get(1)?, text: row.get(2)?, dimensions })
    })
}

enum Text {
    None,
    Column(&'static str),
    Metadata(&'static str),
}

/// The number of a row, and the text that holds it where it is no column.
fn value(metric: Metric) -> (&'static str, Text) {
    match metric {
        Metric::Traces | Metric::Spans | Metric::Assessments => ("1", Text::None),
        Metric::Sessions => ("NULL", Text::Metadata("mlflow.trace.session")),
        Metric::Latency => ("trace.duration", Text::None),
        Metric::Tokens(_) => ("NULL", Text::Metadata(TOKENS)),
        Metric::SpanLatency => ("CAST(span.ended_at - span.started_at AS DOUBLE PRECISION) / 1000000", Text::None),
        Metric::SpanCost(_) => ("NULL", Text::Column("span.cost")),
        Metric::AssessmentValue => ("assessment.number", Text::None),
    }
}

fn column(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::TraceName => "trace.name",
        Dimension::TraceState => "trace.state",
        Dimension::SpanName => "span.name",
        Dimension::SpanKind => "span.type",
        Dimension::SpanStatus => "span.status",
        Dimension::SpanModel => {
            "(SELECT value FROM span_attribute a WHERE a.trace = span.trace AND a.span = span.id AND a.key = 'mlflow.llm.model')"
        }
        Dimension::SpanProvider => {
            "(SELECT value FROM span_attribute a WHERE a.trace = span.trace AND a.span = span.id AND a.key = 'mlflow.llm.provider')"
        }
        Dimension::AssessmentName => "assessment.name",
        Dimension::AssessmentValue => "assessment.word",
    }
}
