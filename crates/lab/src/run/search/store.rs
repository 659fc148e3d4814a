use base::{ExperimentId, Result, refuse::invalid};
use db::{Query, Tx};

use super::{Among, Attribute, DatasetField, Field, among::FEW};
use crate::{
    run::{
        Run,
        store::{SELECT, read},
    },
    search::{
        Condition, NumberOperator, Order, Search, Test, TextOperator,
        store::{push_keyed, push_measured, push_number, push_part, push_test, push_view},
    },
};

pub fn search(tx: &mut Tx, experiments: &[ExperimentId], search: &Search<Field>, among: Among) -> Result<Vec<Run>> {
    tx.all_q(&query(experiments, search, among)?, read)
}

pub(super) fn query(experiments: &[ExperimentId], search: &Search<Field>, among: Among) -> Result<Query> {
    let mut query = Query::new(SELECT);
    query.push(" FROM ");
    if among != Among::All {
        query.push("(");
        match among {
            // They have been counted; now the engine knows, too, that there are few.
            Among::Rare(place) => {
                query.push("SELECT run FROM (");
                push_holders(&mut query, experiments, &search.conditions[place]);
                query.push(&format!(") holder LIMIT {FEW}"));
            }
            _ => push_first(&mut query, experiments, search, among == Among::FirstOrLacking)?,
        }
        // SQLite takes the tables of a cross join in this order.
        query.push(") among CROSS JOIN ");
    }
    query.push("run JOIN experiment ON experiment.id = run.experiment");
    push_joins(&mut query, search, 0)?;
    match among {
        Among::All => query.push(" WHERE run.experiment IN (").bind_all(experiments.iter().copied()).push(")"),
        // Their experiment has been looked at. Another condition on it would let PostgreSQL find the runs by
        // that, which goes through all of them for each, as long as it has not counted them.
        _ => query.push(" WHERE run.num = among.run"),
    };
    match among {
        Among::All => push_conditions(&mut query, search, None),
        Among::Rare(place) => {
            push_conditions(&mut query, search, Some(place).filter(|place| is_exact(&search.conditions[*place])));
        }
        // Only those that satisfy them are named.
        Among::First | Among::FirstOrLacking => {}
    }
    query.push(" ORDER BY ");
    push_order(&mut query, search, 0);
    push_part(&mut query, search.limit, search.after)?;
    Ok(query)
}

/// How the engine finds the page, in its own words. PostgreSQL reads small tables from end to end and
/// sorts them, and starts helpers for large ones; here it may not do that, and would do this at once.
#[cfg(test)]
pub(super) fn plan(
    tx: &mut Tx,
    engine: &str,
    experiments: &[ExperimentId],
    search: &Search<Field>,
    among: Among,
) -> Result<String> {
    let query = query(experiments, search, among)?;
    if engine == "sqlite" {
        let mut explain = Query::new("EXPLAIN QUERY PLAN ");
        explain.append(&query);
        return Ok(tx.all_q(&explain, |row| row.get::<String>(3))?.join("\n"));
    }
    for way in ["seqscan", "bitmapscan", "hashjoin", "mergejoin"] {
        tx.run(&format!("SET LOCAL enable_{way} = off"), &[])?;
    }
    for bar in
        ["parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size", "min_parallel_index_scan_size"]
    {
        tx.run(&format!("SET LOCAL {bar} = 0"), &[])?;
    }
    let mut explain = Query::new("EXPLAIN ");
    explain.append(&query);
    Ok(tx.all_q(&explain, |row| row.get::<String>(0))?.join("\n"))
}

/// All but the one at this place, which they satisfy already. What costs little and says no to many comes first,
/// since engines ask in this order.
fn push_conditions(query: &mut Query, search: &Search<Field>, but: Option<usize>) {
    push_view(query, "run.deleted_at", search.view);
    let mut places: Vec<usize> = (0..search.conditions.len()).filter(|place| Some(*place) != but).collect();
    places.sort_by_key(|place| cost(&search.conditions[*place]));
    for place in places {
        query.push(" AND ");
        push_condition(query, &search.conditions[place]);
    }
}

fn cost(condition: &Condition<Field>) -> u8 {
    match (&condition.field, &condition.test) {
        (Field::Attribute(_), _) => 0,
        (Field::Param(_) | Field::Tag(_), Test::Text(TextOperator::Equal, _) | Test::In(_)) => 1,
        (Field::Param(_) | Field::Tag(_), _) => 2,
        (Field::Metric(_), _) => 3,
        (Field::Dataset(_), _) => 4,
    }
}

fn push_condition(query: &mut Query, condition: &Condition<Field>) {
    let test = &condition.test;
    match &condition.field {
        Field::Attribute(attribute) => push_test(query, column(*attribute), test),
        Field::Metric(key) => push_measured(query, "metric", "metric.run = run.num", key, test),
        Field::Param(key) => push_keyed(query, "param", "param.run = run.num", key, test),
        Field::Tag(key) => push_keyed(query, "run_tag", "run_tag.run = run.num", key, test),
        Field::Dataset(field) => push_dataset(query, *field, test),
    }
}

fn column(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Id => "run.id",
        Attribute::Name => "run.name",
        Attribute::UserName => "run.user_name",
        Attribute::Status => "run.status",
        Attribute::ArtifactUri => {
            "(COALESCE(experiment.location, 'mlflow-artifacts:/' || CAST(experiment.id AS TEXT)) || '/' || run.id || '/artifacts')"
        }
        Attribute::StartedAt => "run.started_at",
        Attribute::EndedAt => "run.ended_at",
    }
}

fn push_dataset(query: &mut Query, field: DatasetField, test: &Test) {
    if *test == Test::Null {
        query.push("NOT ");
    }
    query.push("EXISTS (SELECT 1 FROM input JOIN dataset ON dataset.id = input.dataset WHERE input.run = run.num AND ");
    let column = match field {
        DatasetField::Name => "dataset.name",
        DatasetField::Digest => "dataset.digest",
        DatasetField::Context => "input.context",
    };
    push_test(query, column, if *test == Test::Null { &Test::NotNull } else { test });
    query.push(")");
}

/// Joins what the orders from this place on look at, each under a name of its own.
fn push_joins(query: &mut Query, search: &Search<Field>, from: usize) -> Result<()> {
    for (place, order) in search.order.iter().enumerate().skip(from) {
        if let Some((table, key)) = keyed(&order.field)? {
            let alias = format!("o{place}");
            query.push(&format!(" LEFT JOIN {table} {alias} ON {alias}.run = run.num AND {alias}.key = "));
            query.bind(key.to_owned());
        }
    }
    Ok(())
}

/// The table that holds what is ordered by, and the key there; none for what the run itself holds.
fn keyed(field: &Field) -> Result<Option<(&'static str, &str)>> {
    Ok(match field {
        Field::Attribute(_) => None,
        Field::Metric(key) => Some(("metric", key)),
        Field::Param(key) => Some(("param", key)),
        Field::Tag(key) => Some(("run_tag", key)),
        Field::Dataset(_) => return Err(invalid("order_by", "cannot name a dataset")),
    })
}

/// The orders from this place on, then the usual one. Those without a value come last in both
/// directions.
fn push_order(query: &mut Query, search: &Search<Field>, from: usize) {
    for (place, order) in search.order.iter().enumerate().skip(from) {
        let way = way(order);
        match &order.field {
            Field::Attribute(Attribute::EndedAt) => query.push("(run.ended_at IS NULL), run.ended_at").push(way),
            Field::Attribute(attribute) => query.push(column(*attribute)).push(way),
            Field::Metric(_) => {
                let rank = format!("CASE WHEN o{place}.id IS NULL THEN 2 WHEN o{place}.odd = 1 THEN 1 ELSE 0 END");
                query.push(&format!("{rank}, o{place}.value")).push(way)
            }
            _ => query.push(&format!("(o{place}.value IS NULL), o{place}.value")).push(way),
        };
    }
    query.push("run.started_at DESC, run.id");
}

fn way(order: &Order<Field>) -> &'static str {
    if order.descending { " DESC, " } else { " ASC, " }
}

/// The small keys of the first runs of each experiment that satisfy the conditions, up to the end of the page.
/// Indexes give them in order, except metrics that still move: all such runs that have one are named.
fn push_first(
    query: &mut Query,
    experiments: &[ExperimentId],
    search: &Search<Field>,
    with_lacking: bool,
) -> Result<()> {
    let first = match search.order.first() {
        Some(order) => keyed(&order.field)?.map(|(table, key)| (table, key, way(order))),
        None => None,
    };
    for (place, experiment) in experiments.iter().enumerate() {
        query.push(if place == 0 { "" } else { " UNION ALL " });
        let Some((table, key, way)) = first else {
            push_first_of(query, search, "run", |query| _ = query.push("run.experiment = ").bind(*experiment), "")?;
            continue;
        };
        let (standing, order) = match table {
            "metric" => (" AND o0.settled IS NOT NULL", format!("o0.settled{way}")),
            _ => ("", format!("SUBSTR(o0.value, 1, 64){way}o0.value{way}")),
        };
        let having = |query: &mut Query| {
            query.push("run.num = o0.run AND o0.experiment = ").bind(*experiment);
            query.push(" AND o0.key = ").bind(key.to_owned()).push(standing);
        };
        push_first_of(query, search, &format!("{table} o0 CROSS JOIN run"), having, &order)?;
        if table == "metric" {
            query.push(" UNION ALL SELECT run.num FROM metric o0 CROSS JOIN run");
            query
                .push(" JOIN experiment ON experiment.id = run.experiment WHERE run.num = o0.run AND o0.experiment = ");
            query.bind(*experiment).push(" AND o0.key = ").bind(key.to_owned()).push(" AND o0.settled IS NULL");
            push_conditions(query, search, None);
        }
        if with_lacking {
            let lacking = |query: &mut Query| {
                query.push("run.experiment = ").bind(*experiment);
                query.push(&format!(" AND NOT EXISTS (SELECT 1 FROM {table} o0 WHERE o0.run = run.num AND o0.key = "));
                query.bind(key.to_owned()).push(")");
            };
            query.push(" UNION ALL ");
            push_first_of(query, search, "run", lacking, "")?;
        }
    }
    Ok(())
}

fn push_first_of(
    query: &mut Query,
    search: &Search<Field>,
    from: &str,
    belonging: impl Fn(&mut Query),
    order: &str,
) -> Result<()> {
    // What the first order looks at is there already, except where it is the run itself.
    let rest = usize::from(from != "run" || search.order.first().is_some_and(|order| order.field != super::STARTED_AT));
    query.push("SELECT * FROM (SELECT run.num AS run FROM ").push(from);
    query.push(" JOIN experiment ON experiment.id = run.experiment");
    push_joins(query, search, rest)?;
    query.push(" WHERE ");
    belonging(query);
    push_conditions(query, search, None);
    query.push(" ORDER BY ").push(order);
    push_order(query, search, rest);
    push_part(query, search.after.saturating_add(search.limit), 0)?;
    query.push(") first");
    Ok(())
}

/// How many runs there are, and how many satisfy each condition, all counted up to `most`; none where
/// no index can tell. It may count some that do not.
pub fn count(
    tx: &mut Tx,
    experiments: &[ExperimentId],
    conditions: &[Condition<Field>],
    most: i64,
) -> Result<(i64, Vec<Option<i64>>)> {
    if experiments.len() * (1 + 2 * conditions.len()) <= MOST_IDS {
        return count_together(tx, experiments, conditions, most);
    }
    let all = count_all(tx, experiments, most)?;
    let one = |condition| Ok(count_together(tx, experiments, std::slice::from_ref(condition), most)?.1.pop().flatten());
    Ok((all, conditions.iter().map(one).collect::<Result<_>>()?))
}

/// Ids of experiments in one statement; an engine takes some 32,000 values.
const MOST_IDS: usize = 30_000;

fn count_together(
    tx: &mut Tx,
    experiments: &[ExperimentId],
    conditions: &[Condition<Field>],
    most: i64,
) -> Result<(i64, Vec<Option<i64>>)> {
    let mut query = Query::new("SELECT (");
    push_count_all(&mut query, experiments, most);
    query.push(")");
    let mut known = Vec::with_capacity(conditions.len());
    for condition in conditions {
        let mut holders = query.clone();
        holders.push(", (SELECT COUNT(*) FROM (SELECT 1 FROM (");
        let is_known = push_holders(&mut holders, experiments, condition);
        known.push(is_known);
        if is_known {
            holders.push(") holder LIMIT ").bind(most).push(") few)");
            query = holders;
        }
    }
    let counted = tx.first_q(&query, |row| {
        let mut places = 1..;
        let mut of = |is_known: &bool| is_known.then(|| row.get(places.next().unwrap_or_default())).transpose();
        Ok((row.get(0)?, known.iter().map(&mut of).collect::<Result<_>>()?))
    })?;
    Ok(counted.unwrap_or_default())
}

/// How many runs there are, counted up to `most`.
pub fn count_all(tx: &mut Tx, experiments: &[ExperimentId], most: i64) -> Result<i64> {
    let mut query = Query::default();
    push_count_all(&mut query, experiments, most);
    Ok(tx.first_q(&query, |row| row.get(0))?.unwrap_or_default())
}

fn push_count_all(query: &mut Query, experiments: &[ExperimentId], most: i64) {
    query.push("SELECT COUNT(*) FROM (SELECT 1 FROM run WHERE experiment IN (");
    query.bind_all(experiments.iter().copied()).push(") LIMIT ").bind(most).push(") few");
}

/// Whether [`push_holders`] finds no run that does not satisfy the condition.
fn is_exact(condition: &Condition<Field>) -> bool {
    match (&condition.field, &condition.test) {
        (Field::Attribute(Attribute::Status), Test::Text(TextOperator::Equal, _)) => true,
        (Field::Param(_) | Field::Tag(_), Test::Text(TextOperator::Equal, text)) => text.chars().count() < HEAD,
        _ => false,
    }
}

/// The small keys of all runs that satisfy the condition, and perhaps of some that do not; nothing
/// where no index finds them.
fn push_holders(query: &mut Query, experiments: &[ExperimentId], condition: &Condition<Field>) -> bool {
    let from = |query: &mut Query, head: &str| {
        query.push(head).push(" WHERE experiment IN (").bind_all(experiments.iter().copied()).push(")");
    };
    match (&condition.field, &condition.test) {
        (Field::Attribute(Attribute::Status), Test::Text(TextOperator::Equal, status)) => {
            from(query, "SELECT num AS run FROM run");
            query.push(" AND status = ").bind(status.clone());
        }
        (Field::Attribute(Attribute::Name), Test::Text(operator, text)) => {
            let Some(begin) = Begin::of(*operator, text) else { return false };
            from(query, "SELECT num AS run FROM run");
            begin.push(query, "SUBSTR(name, 1, 64)");
        }
        (Field::Param(key) | Field::Tag(key), Test::Text(operator, text)) => {
            let Some(begin) = Begin::of(*operator, text) else { return false };
            let is_param = matches!(condition.field, Field::Param(_));
            from(query, if is_param { "SELECT run FROM param" } else { "SELECT run FROM run_tag" });
            query.push(" AND key = ").bind(key.clone());
            begin.push(query, "SUBSTR(value, 1, 64)");
        }
        (Field::Metric(key), Test::Number(operator, number)) if *operator != NumberOperator::NotEqual => {
            from(query, "SELECT run FROM metric");
            query.push(" AND key = ").bind(key.clone()).push(" AND ");
            push_number(query, "settled", *operator, *number);
            from(query, " UNION ALL SELECT run FROM metric");
            query.push(" AND key = ").bind(key.clone()).push(" AND settled IS NULL");
        }
        _ => return false,
    }
    true
}

/// Indexes hold so many characters of a text.
const HEAD: usize = 64;

/// How the first 64 characters of a text begin.
enum Begin {
    Is(String),
    With(String),
}

impl Begin {
    fn of(operator: TextOperator, text: &str) -> Option<Self> {
        let head = |text: &str| text.chars().take(HEAD).collect::<String>();
        match operator {
            TextOperator::Equal => Some(Self::Is(head(text))),
            TextOperator::Like => {
                let fixed = text.split(['%', '_']).next().unwrap_or_default();
                (!fixed.is_empty()).then(|| Self::With(head(fixed)))
            }
            _ => None,
        }
    }

    fn push(self, query: &mut Query, column: &str) {
        match self {
            Self::Is(text) => query.push(" AND ").push(column).push(" = ").bind(text),
            Self::With(text) => {
                let beyond = text.clone() + &"\u{10ffff}".repeat(64);
                query.push(" AND ").push(column).push(" >= ").bind(text);
                query.push(" AND ").push(column).push(" < ").bind(beyond)
            }
        };
    }
}
