//! Reading metrics: a series page by page, or sampled for several runs at once.

use base::{Kind, Result, RunId};
use db::Tx;
use lab::{
    metric::{self, After, Bucket, Point, Window},
    run,
};
use people::Actor;
use serde::{Serialize, Serializer};

use super::{
    answer::{Answer, json},
    ask::Ask,
    page,
    runs::run_id,
    shape::MetricShape,
};

#[derive(Serialize)]
pub struct History {
    #[serde(skip_serializing_if = "Named::is_empty")]
    metrics: Named,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// Points of one series; as clients read them, each says its key.
struct Named {
    key: String,
    points: Vec<Point>,
}

impl Named {
    fn is_empty(&self) -> bool {
        self.points.is_empty()
    }
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.points.iter().map(|point| MetricShape::new(self.key.as_str(), *point)))
    }
}

/// The client asks for so many at a time, and nobody gets more.
const PAGE: usize = 25_000;

/// An unknown run or key has an empty history.
pub async fn history(ask: Ask) -> Answer<History> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = run_id(&mut fields)?;
    let key = fields.need_text("metric_key")?;
    let question = page::question(&(id.as_str(), &key));
    let limit = page::size(&mut fields, Some(PAGE), PAGE)?;
    let after: Option<After> = page::position(&mut fields, question)?;
    let named = key.clone();
    let (points, next) = db
        .read(move |tx| {
            let actor = space.enter(tx, &caller)?;
            match known_run(tx, &actor, &id)? {
                Some(run) => metric::history(tx, run.num, &named, limit, after),
                None => Ok((Vec::new(), None)),
            }
        })
        .await?;
    Ok(json(History { metrics: Named { key, points }, next_page_token: next.map(|next| page::token(&next, question)) }))
}

fn known_run(tx: &mut Tx, actor: &Actor, id: &RunId) -> Result<Option<run::Run>> {
    match run::get(tx, actor, id) {
        Ok(run) => Ok(Some(run)),
        Err(error) if error.is(Kind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Serialize)]
pub struct Sampled {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<OfRun>,
}

#[derive(Serialize)]
struct OfRun {
    run_id: String,
    #[serde(flatten)]
    metric: MetricShape,
}

const MOST_RUNS: usize = 100;
const MOST_SAMPLES: usize = 2_500;

/// At most `max_results` points of each run between two steps, evenly chosen, with the first and
/// the last.
pub async fn sampled(ask: Ask) -> Answer<Sampled> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let ids = fields.texts("run_ids")?;
    let key = fields.need_text("metric_key")?;
    let most = page::size(&mut fields, Some(MOST_SAMPLES), MOST_SAMPLES)?;
    let steps = match (fields.int("start_step")?, fields.int("end_step")?) {
        (None, None) => (i64::MIN, i64::MAX),
        (Some(start), Some(end)) if start <= end => (start, end),
        (Some(start), Some(_)) => {
            return Err(fields.invalid("start_step", &start.to_string(), "it must not be above end_step.").into());
        }
        (None, Some(_)) => return Err(fields.missing("start_step").into()),
        (Some(_), None) => return Err(fields.missing("end_step").into()),
    };
    match ids.len() {
        0 => return Err(fields.missing("run_ids").into()),
        count if count > MOST_RUNS => {
            let why = format!("at most {MOST_RUNS} runs can be asked for at once.");
            return Err(fields.invalid("run_ids", &format!("{count} runs"), why).into());
        }
        _ => {}
    }
    let metrics = db
        .read(move |tx| {
            let actor = space.enter(tx, &caller)?;
            let mut found = Vec::new();
            for id in &ids {
                let Some(run) = known_run(tx, &actor, &RunId(id.clone()))? else { continue };
                let points = evenly(tx, run.num, &key, steps, most)?;
                let of_run = |point| OfRun { run_id: id.clone(), metric: MetricShape::new(key.clone(), point) };
                found.extend(points.into_iter().map(of_run));
            }
            Ok(found)
        })
        .await?;
    Ok(json(Sampled { metrics }))
}

/// At most so many points, one for each of as many equal parts of the way; the first and the last
/// are among them.
fn evenly(tx: &mut Tx, run: i64, key: &str, steps: (i64, i64), most: usize) -> Result<Vec<Point>> {
    let series = metric::series(tx, run, key, Window { steps, points: most })?;
    let point = |bucket: &Bucket| Point { at: bucket.at, step: bucket.step, value: bucket.value.0 };
    let mut points: Vec<Point> = series.points.iter().map(point).collect();
    if series.total > most as i64 {
        // Of its part a point is the latest, so the first is still missing.
        points[0] = first(tx, run, key, steps)?.unwrap_or(points[0]);
    }
    Ok(points)
}

/// The first point between the steps. Where it is not the first of all, the steps up to the first part are looked
/// at closer, until each part is a point.
fn first(tx: &mut Tx, run: i64, key: &str, steps: (i64, i64)) -> Result<Option<Point>> {
    let (first, _) = metric::history(tx, run, key, 1, None)?;
    if let Some(first) = first.into_iter().find(|first| (steps.0..=steps.1).contains(&first.step)) {
        return Ok(Some(first));
    }
    let mut until = steps.1;
    loop {
        let window = Window { steps: (steps.0, until), points: MOST_SAMPLES };
        let series = metric::series(tx, run, key, window)?;
        let Some(Bucket { at, step, value, .. }) = series.points.first().cloned() else { return Ok(None) };
        if series.total <= MOST_SAMPLES as i64 || step == until {
            return Ok(Some(Point { at, step, value: value.0 }));
        }
        until = step;
    }
}
