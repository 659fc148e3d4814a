//! Figures over many traces, their spans or their assessments: counts, sums, means and percentiles,
//! by dimension and by time.

mod store;

use std::collections::BTreeMap;

use base::{ExperimentId, Result, Time, refuse::invalid};
use db::Tx;
use people::Actor;

use super::search::Field;
use crate::{experiment, search::Condition};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    Traces,
    /// Different sessions.
    Sessions,
    /// Milliseconds.
    Latency,
    /// A member of what was used: `input_tokens` and so on.
    Tokens(&'static str),
    Spans,
    /// Milliseconds.
    SpanLatency,
    /// A member of what it cost: `input_cost` and so on.
    SpanCost(&'static str),
    Assessments,
    /// Those that are numbers.
    AssessmentValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    TraceName,
    TraceState,
    SpanName,
    SpanKind,
    SpanStatus,
    SpanModel,
    SpanProvider,
    AssessmentName,
    AssessmentValue,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregation {
    Count,
    Sum,
    Mean,
    Least,
    Most,
    /// 0 to 100, between the two nearest values where it falls between them.
    Percentile(f64),
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    pub metric: Metric,
    pub dimensions: Vec<Dimension>,
    pub aggregations: Vec<Aggregation>,
    /// Of the traces.
    pub conditions: Vec<Condition<Field>>,
    /// Of the spans or assessments that are measured themselves.
    pub equal: Vec<(Dimension, String)>,
    pub from: Option<Time>,
    /// Excluded.
    pub until: Option<Time>,
    /// Milliseconds; none: all times together.
    pub interval: Option<i64>,
    pub limit: usize,
}

/// One group of what was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// When its interval begins.
    pub at: Option<Time>,
    /// In the order of the question.
    pub dimensions: Vec<String>,
    /// In the order of the question; none where there is nothing to compute from.
    pub values: Vec<Option<f64>>,
}

/// One row that is measured.
struct Measured {
    at: i64,
    number: Option<f64>,
    text: Option<String>,
    dimensions: Vec<Option<String>>,
}

/// Rows that are looked at for one question.
const MOST: usize = 200_000;

/// By interval, then by dimensions; rows that lack a dimension are in no group.
pub fn measure(tx: &mut Tx, actor: &Actor, experiments: &[ExperimentId], question: &Question) -> Result<Vec<Point>> {
    let seen = experiment::visible(tx, actor, experiments)?;
    if seen.is_empty() {
        return Ok(Vec::new());
    }
    let rows = store::rows(tx, &seen, question, MOST + 1)?;
    if rows.len() > MOST {
        let why = format!("asks for figures over more than {MOST} rows; choose a shorter time");
        return Err(invalid("start_time_ms", why));
    }
    let mut groups: BTreeMap<(Option<i64>, Vec<String>), Vec<Measured>> = BTreeMap::new();
    for mut row in rows {
        let Some(dimensions) = row.dimensions.drain(..).collect::<Option<Vec<String>>>() else { continue };
        let at = question.interval.map(|interval| row.at.div_euclid(interval) * interval);
        groups.entry((at, dimensions)).or_default().push(row);
    }
    let point = |((at, dimensions), rows): ((Option<i64>, Vec<String>), Vec<Measured>)| {
        let mut numbers = numbers(question.metric, &rows);
        numbers.sort_by(f64::total_cmp);
        let values = question.aggregations.iter().map(|aggregation| aggregated(&numbers, *aggregation)).collect();
        Point { at: at.map(Time), dimensions, values }
    };
    Ok(groups.into_iter().take(question.limit).map(point).collect())
}

fn numbers(metric: Metric, rows: &[Measured]) -> Vec<f64> {
    match metric {
        Metric::Sessions => {
            let mut sessions: Vec<&str> = rows.iter().filter_map(|row| row.text.as_deref()).collect();
            sessions.sort_unstable();
            sessions.dedup();
            vec![1.0; sessions.len()]
        }
        Metric::Tokens(member) | Metric::SpanCost(member) => {
            let parsed = rows.iter().filter_map(|row| serde_json::from_str(row.text.as_deref()?).ok());
            parsed.filter_map(|object: serde_json::Value| object.get(member)?.as_f64()).collect()
        }
        _ => rows.iter().filter_map(|row| row.number).collect(),
    }
}

/// Of numbers in order.
fn aggregated(numbers: &[f64], aggregation: Aggregation) -> Option<f64> {
    let (first, last) = (numbers.first(), numbers.last());
    match aggregation {
        Aggregation::Count => Some(numbers.len() as f64),
        Aggregation::Sum => first.map(|_| numbers.iter().sum()),
        Aggregation::Mean => first.map(|_| numbers.iter().sum::<f64>() / numbers.len() as f64),
        Aggregation::Least => first.copied(),
        Aggregation::Most => last.copied(),
        Aggregation::Percentile(percent) => {
            let place = percent / 100.0 * (numbers.len().checked_sub(1)? as f64);
            let (below, above) = (numbers.get(place.floor() as usize)?, numbers.get(place.ceil() as usize)?);
            Some(below + (above - below) * place.fract())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_their_neighbours() {
        let numbers = [1.0, 2.0, 4.0, 8.0];
        let told = |aggregation| aggregated(&numbers, aggregation);
        assert_eq!(told(Aggregation::Percentile(0.0)), Some(1.0));
        assert_eq!(told(Aggregation::Percentile(50.0)), Some(3.0));
        assert_eq!(told(Aggregation::Percentile(100.0)), Some(8.0));
        assert_eq!((told(Aggregation::Mean), told(Aggregation::Sum)), (Some(3.75), Some(15.0)));
        assert_eq!((told(Aggregation::Least), told(Aggregation::Most)), (Some(1.0), Some(8.0)));
        for nothing in [Aggregation::Percentile(50.0), Aggregation::Mean, Aggregation::Sum, Aggregation::Least] {
            assert_eq!(aggregated(&[], nothing), None);
        }
        assert_eq!(aggregated(&[], Aggregation::Count), Some(0.0));
    }
}
