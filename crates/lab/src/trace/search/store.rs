use base::{ExperimentId, Result, refuse::invalid};
use db::{Query, Tx};

use super::{Attribute, Field, SpanField};
use crate::{
    assessment::{self, store::ALIVE},
    search::{
        Condition, Order, Search, Test, TextOperator,
        store::{push_keyed, push_part, push_test},
    },
    trace::{
        SOURCE_RUN, Trace,
        store::{TRACES, head, read},
    },
};

pub fn search(tx: &mut Tx, experiments: &[ExperimentId], search: &Search<Field>) -> Result<Vec<Trace>> {
    let mut query = Query::new(TRACES);
    for (place, order) in search.order.iter().enumerate() {
        push_join(&mut query, place, order)?;
    }
    query.push(" WHERE trace.experiment IN (").bind_all(experiments.iter().copied()).push(")");
    push_conditions(&mut query, &search.conditions)?;
    query.push(" ORDER BY ");
    for (place, order) in search.order.iter().enumerate() {
        push_order(&mut query, place, order);
    }
    query.push("trace.at DESC, trace.id");
    push_part(&mut query, search.limit, search.after)?;
    tx.all_q(&query, read)
}

/// `AND` before each.
pub fn push_conditions(query: &mut Query, conditions: &[Condition<Field>]) -> Result<()> {
    let (spans, others): (Vec<_>, Vec<_>) =
        conditions.iter().partition(|condition| matches!(condition.field, Field::Span(_)));
    for condition in others {
        query.push(" AND ");
        push_condition(query, condition)?;
    }
    if spans.is_empty() {
        return Ok(());
    }
    query.push(" AND EXISTS (SELECT 1 FROM span WHERE span.trace = trace.num");
    for condition in spans {
        query.push(" AND ");
        push_span(query, condition)?;
    }
    query.push(")");
    Ok(())
}

fn push_condition(query: &mut Query, condition: &Condition<Field>) -> Result<()> {
    let test = &condition.test;
    match &condition.field {
        Field::Run => push_run(query, test),
        Field::Attribute(attribute) => push_test(query, column(*attribute), test),
        Field::Tag(key) => push_pair(query, Pairs::TAGS, key, test),
        Field::Metadata(key) => push_pair(query, Pairs::METADATA, key, test),
        Field::Text => {
            query.push("EXISTS (SELECT 1 FROM span WHERE span.trace = trace.num AND ");
            push_test(query, "span.content", test);
            query.push(")");
        }
        Field::Assessment(kind, name) => push_assessment(query, *kind, name, test),
        Field::Prompt => {
            query.push("EXISTS (SELECT 1 FROM trace_prompt WHERE trace_prompt.trace = trace.num AND ");
            push_test(query, "(trace_prompt.name || '/' || trace_prompt.version)", test);
            query.push(")");
        }
        Field::Span(_) => return Err(invalid("filter", "names a span where none can stand")),
    }
    Ok(())
}

fn column(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Id => "trace.id",
        Attribute::ClientId => "trace.client_id",
        Attribute::Name => "trace.name",
        Attribute::State => "trace.state",
        Attribute::At => "trace.at",
        Attribute::Duration => "trace.duration",
        Attribute::EndedAt => "(trace.at + COALESCE(trace.duration, 0))",
        Attribute::Experiment => "trace.experiment",
    }
}

/// A table of pairs, and how one finds the rows of a trace in it.
struct Pairs {
    table: &'static str,
    of_trace: &'static str,
}

impl Pairs {
    const TAGS: Self = Self { table: "trace_tag", of_trace: "trace_tag.trace = trace.num" };
    const METADATA: Self = Self { table: "trace_metadata", of_trace: "trace_metadata.trace = trace.num" };
}

/// One value is looked up; all else is looked at.
fn push_pair(query: &mut Query, pairs: Pairs, key: &str, test: &Test) {
    match test {
        Test::Text(TextOperator::Equal, value) => {
            query.push("trace.num IN (SELECT trace FROM ").push(pairs.table).push(" WHERE key = ").bind(key.to_owned());
            query.push(" AND head = ").bind(head(value).to_owned()).push(" AND value = ").bind(value.clone());
            query.push(")");
        }
        _ => push_keyed(query, pairs.table, pairs.of_trace, key, test),
    }
}

fn push_run(query: &mut Query, test: &Test) {
    let Test::Text(TextOperator::Equal, run) = test else {
        return push_pair(query, Pairs::METADATA, SOURCE_RUN, test);
    };
    query.push("(");
    push_pair(query, Pairs::METADATA, SOURCE_RUN, test);
    query.push(" OR trace.num IN (SELECT trace FROM trace_run WHERE run = ").bind(run.clone()).push("))");
}

fn push_span(query: &mut Query, condition: &Condition<Field>) -> Result<()> {
    let Field::Span(field) = &condition.field else { return Err(invalid("filter", "names no span")) };
    let column = match field {
        SpanField::Name => "span.name",
        SpanField::Kind => "span.type",
        SpanField::Status => "span.status",
        SpanField::Content => "span.content",
        SpanField::Attribute(key) => {
            let of_span = "span_attribute.trace = span.trace AND span_attribute.span = span.id";
            push_keyed(query, "span_attribute", of_span, key, &condition.test);
            return Ok(());
        }
    };
    push_test(query, column, &condition.test);
    Ok(())
}

/// An issue is asked for by its id, which is the name of the assessment.
fn push_assessment(query: &mut Query, kind: assessment::Kind, name: &str, test: &Test) {
    if *test == Test::Null {
        query.push("NOT ");
    }
    query.push("EXISTS (SELECT 1 FROM assessment WHERE assessment.trace = trace.num AND assessment.valid AND ");
    query.push(ALIVE).push(" AND assessment.kind = ").bind(kind.as_str());
    if kind != assessment::Kind::Issue {
        query.push(" AND assessment.name = ").bind(name.to_owned());
    }
    let column = match (kind, test) {
        (assessment::Kind::Issue, _) => "assessment.name",
        (_, Test::Number(..)) => "assessment.number",
        _ => "assessment.word",
    };
    if !matches!(test, Test::Null | Test::NotNull) {
        query.push(" AND ");
        push_test(query, column, test);
    }
    query.push(")");
}

/// Joins what an order looks at, under a name of its own.
fn push_join(query: &mut Query, place: usize, order: &Order<Field>) -> Result<()> {
    let (table, key) = match &order.field {
        Field::Run => ("trace_metadata", SOURCE_RUN),
        Field::Attribute(_) => return Ok(()),
        Field::Tag(key) => ("trace_tag", key.as_str()),
        Field::Metadata(key) => ("trace_metadata", key.as_str()),
        _ => return Err(invalid("order_by", "must name an attribute, a tag or metadata")),
    };
    let alias = format!("o{place}");
    query.push(&format!(" LEFT JOIN {table} {alias} ON {alias}.trace = trace.num AND {alias}.key = "));
    query.bind(key.to_owned());
    Ok(())
}

/// Those without a value come last in both directions.
fn push_order(query: &mut Query, place: usize, order: &Order<Field>) {
    let way = if order.descending { " DESC, " } else { " ASC, " };
    match &order.field {
        Field::Run | Field::Tag(_) | Field::Metadata(_) => {
            query.push(&format!("(o{place}.value IS NULL), o{place}.value")).push(way)
        }
        Field::Attribute(attribute @ (Attribute::Name | Attribute::Duration | Attribute::ClientId)) => {
            let column = column(*attribute);
            query.push(&format!("({column} IS NULL), {column}")).push(way)
        }
        Field::Attribute(attribute) => query.push(column(*attribute)).push(way),
        _ => query,
    };
}

/// The different values that a text field has, at most so many.
pub fn values(tx: &mut Tx, experiments: &[ExperimentId], field: &Field, most: usize) -> Result<Vec<String>> {
    let (of_trace, value) = match field {
        Field::Run => return values_of(tx, experiments, Pairs::METADATA, SOURCE_RUN, most),
        Field::Tag(key) => return values_of(tx, experiments, Pairs::TAGS, key, most),
        Field::Metadata(key) => return values_of(tx, experiments, Pairs::METADATA, key, most),
        Field::Attribute(attribute) => ("", column(*attribute)),
        Field::Span(SpanField::Name) => (" JOIN span ON span.trace = trace.num", "span.name"),
        Field::Span(SpanField::Kind) => (" JOIN span ON span.trace = trace.num", "span.type"),
        Field::Span(SpanField::Status) => (" JOIN span ON span.trace = trace.num", "span.status"),
        Field::Span(SpanField::Attribute(key)) => {
            let pairs = Pairs { table: "span_attribute", of_trace: "span_attribute.trace = trace.num" };
            return values_of(tx, experiments, pairs, key, most);
        }
        Field::Assessment(kind, name) => {
            let mut query =
                Query::new("SELECT DISTINCT word FROM assessment JOIN trace ON trace.num = assessment.trace");
            query.push(" WHERE assessment.kind = ").bind(kind.as_str()).push(" AND assessment.name = ");
            query.bind(name.clone());
            return distinct(tx, query, experiments, most);
        }
        _ => return Err(invalid("filter", "asks RLIKE of what has LIKE and ILIKE only")),
    };
    let query = Query::new(&format!("SELECT DISTINCT {value} FROM trace{of_trace} WHERE {value} IS NOT NULL"));
    distinct(tx, query, experiments, most)
}

fn values_of(tx: &mut Tx, experiments: &[ExperimentId], pairs: Pairs, key: &str, most: usize) -> Result<Vec<String>> {
    let Pairs { table, of_trace } = pairs;
    let mut query = Query::new(&format!("SELECT DISTINCT {table}.value FROM trace JOIN {table} ON {of_trace}"));
    query.push(&format!(" WHERE {table}.key = ")).bind(key.to_owned());
    distinct(tx, query, experiments, most)
}

fn distinct(tx: &mut Tx, mut query: Query, experiments: &[ExperimentId], most: usize) -> Result<Vec<String>> {
    query.push(" AND trace.experiment IN (").bind_all(experiments.iter().copied()).push(") LIMIT ").bind(most as i64);
    tx.all_q(&query, |row| row.get(0))
}
