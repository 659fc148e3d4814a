//! What traces can be searched and ordered by.

use base::Result;
use lab::{
    assessment::Kind,
    search::{Condition, NumberOperator, Order, Test, TextOperator},
    trace::search::{Attribute, Field, Pattern, SpanField, readable},
};

use super::{
    Comparison, Identifier, Operand, Operator,
    test::{Also, number, text, unfit},
    unknown,
};

/// Conditions, and apart from them those with a regular expression.
pub fn conditions(filter: &str) -> Result<(Vec<Condition<Field>>, Vec<Pattern>)> {
    let mut found = (Vec::new(), Vec::new());
    for comparison in &super::parse(filter)? {
        let field = field(&comparison.identifier)?;
        if comparison.operator == Operator::RLike {
            found.1.push(pattern(comparison, field)?);
        } else {
            let test = test(comparison, &field)?;
            found.0.push(Condition { field, test });
        }
    }
    Ok(found)
}

pub fn orders(clauses: &[String]) -> Result<Vec<Order<Field>>> {
    super::orders(clauses, |identifier| {
        let field = match (is_attribute(identifier), identifier.key.as_str()) {
            (true, "experiment_id") => Field::Attribute(Attribute::Experiment),
            _ => field(identifier)?,
        };
        if !field.is_ordered() {
            return Err(unknown(identifier, "traces are ordered by attributes, tags and metadata"));
        }
        Ok(field)
    })
}

fn is_attribute(identifier: &Identifier) -> bool {
    matches!(identifier.entity.as_deref(), None | Some("trace" | "attribute" | "attributes"))
}

fn field(identifier: &Identifier) -> Result<Field> {
    let key = identifier.key.clone();
    match identifier.entity.as_deref() {
        None | Some("trace" | "attribute" | "attributes") => attribute(identifier),
        Some("tag" | "tags") if key == lab::trace::NAME_TAG => Ok(Field::Attribute(Attribute::Name)),
        Some("tag" | "tags") => Ok(Field::Tag(key)),
        Some("metadata" | "request_metadata") if key == lab::trace::SOURCE_RUN => Ok(Field::Run),
        Some("metadata" | "request_metadata") => Ok(Field::Metadata(key)),
        Some("span") => span(identifier).map(Field::Span),
        Some("feedback") => Ok(Field::Assessment(Kind::Feedback, key)),
        Some("expectation") => Ok(Field::Assessment(Kind::Expectation, key)),
        // An issue is asked for by its id, which is the name of the assessment.
        Some("issue") if key == "id" => Ok(Field::Assessment(Kind::Issue, String::new())),
        Some("issue") => Err(unknown(identifier, "of an issue one asks the id")),
        Some(_) => {
            Err(unknown(identifier, "traces have attributes, tags, metadata, spans, feedback, expectations and issues"))
        }
    }
}

fn attribute(identifier: &Identifier) -> Result<Field> {
    Ok(Field::Attribute(match identifier.key.as_str() {
        "request_id" | "trace_id" => Attribute::Id,
        "client_request_id" => Attribute::ClientId,
        "name" => Attribute::Name,
        "status" => Attribute::State,
        "timestamp" | "timestamp_ms" => Attribute::At,
        "execution_time" | "execution_time_ms" => Attribute::Duration,
        "end_time" | "end_time_ms" => Attribute::EndedAt,
        "run_id" => return Ok(Field::Run),
        "text" => return Ok(Field::Text),
        "prompt" => return Ok(Field::Prompt),
        _ => {
            return Err(unknown(
                identifier,
                "traces can be asked for request_id, client_request_id, name, status, timestamp, execution_time, \
                 end_time, run_id, text and prompt, and for tags.KEY, metadata.KEY, span.name, span.type, \
                 span.status, span.content, span.attributes.KEY, feedback.NAME, expectation.NAME and issue.id",
            ));
        }
    }))
}

fn span(identifier: &Identifier) -> Result<SpanField> {
    match (identifier.key.as_str(), identifier.key.strip_prefix("attributes.")) {
        ("name", _) => Ok(SpanField::Name),
        ("type", _) => Ok(SpanField::Kind),
        ("status", _) => Ok(SpanField::Status),
        ("content", _) => Ok(SpanField::Content),
        (_, Some(key)) if !key.is_empty() => Ok(SpanField::Attribute(key.to_owned())),
        _ => Err(unknown(identifier, "a span has a name, a type, a status, its content and attributes.KEY")),
    }
}

fn test(comparison: &Comparison, field: &Field) -> Result<Test> {
    match field {
        Field::Attribute(Attribute::At | Attribute::Duration | Attribute::EndedAt) => number(comparison),
        Field::Run if matches!(comparison.operator, Operator::IsNull | Operator::IsNotNull) => {
            text(comparison, Also::Null)
        }
        Field::Attribute(_) | Field::Run => text(comparison, Also::Lists),
        Field::Tag(_) | Field::Metadata(_) => text(comparison, Also::Null),
        Field::Text | Field::Span(SpanField::Content) => like(comparison),
        Field::Span(_) => text(comparison, Also::Lists),
        Field::Assessment(Kind::Issue, _) => equal(comparison),
        Field::Assessment(..) => said(comparison),
        Field::Prompt => match equal(comparison)? {
            Test::Text(_, prompt) if prompt.matches('/').count() != 1 => {
                Err(unfit(comparison, "a prompt is written 'name/version'"))
            }
            test => Ok(test),
        },
    }
}

fn like(comparison: &Comparison) -> Result<Test> {
    match text(comparison, Also::Nothing)? {
        test @ Test::Text(TextOperator::Like | TextOperator::ILike, _) => Ok(test),
        _ => Err(unfit(comparison, "what spans say is asked with LIKE and ILIKE")),
    }
}

fn equal(comparison: &Comparison) -> Result<Test> {
    match text(comparison, Also::Nothing)? {
        test @ Test::Text(TextOperator::Equal, _) => Ok(test),
        _ => Err(unfit(comparison, "it can be compared with = alone")),
    }
}

/// Values of assessments are numbers or words; a number may stand in quotes where it is ordered.
fn said(comparison: &Comparison) -> Result<Test> {
    let operator = match comparison.operator {
        Operator::Less => NumberOperator::Less,
        Operator::AtMost => NumberOperator::AtMost,
        Operator::Greater => NumberOperator::Above,
        Operator::AtLeast => NumberOperator::AtLeast,
        _ => {
            return match comparison.operand {
                Operand::Number(_) => number(comparison),
                _ => text(comparison, Also::Null),
            };
        }
    };
    let found = match &comparison.operand {
        Operand::Number(number) => Some(*number),
        Operand::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    };
    found
        .map(|number| Test::Number(operator, number))
        .ok_or_else(|| unfit(comparison, "with <, <=, > and >= it is compared with a number"))
}

fn pattern(comparison: &Comparison, field: Field) -> Result<Pattern> {
    let numeric = matches!(field, Field::Attribute(Attribute::At | Attribute::Duration | Attribute::EndedAt));
    let never = matches!(
        field,
        Field::Text | Field::Prompt | Field::Span(SpanField::Content) | Field::Assessment(Kind::Issue, _)
    );
    match &comparison.operand {
        Operand::Text(expression) if readable(expression).is_none() => {
            Err(unfit(comparison, "RLIKE holds a text against a regular expression, and this one cannot be read"))
        }
        Operand::Text(expression) if !numeric && !never => Ok(Pattern { field, expression: expression.clone() }),
        _ => Err(unfit(comparison, "RLIKE holds a text against a regular expression in quotes")),
    }
}
