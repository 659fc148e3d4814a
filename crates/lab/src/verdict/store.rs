use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use base::{ExperimentId, ProjectId, Result, Time, refuse::internal};
use db::{Query, Row, Tx, params};

use super::{
    Candidate, RunName, State,
    figures::{Decided, Undecided, stored},
};
use crate::{
    metric,
    rule::{self, Rule},
    run::Status,
};

/// Finished runs that are not deleted and logged the rule's dataset, with their latest values of
/// the metrics that the rule names.
pub fn candidates(tx: &mut Tx, experiment: ExperimentId, asks: &rule::New) -> Result<Vec<Candidate>> {
    let mut query = Query::new(
        "SELECT run.num, run.id, run.name, run.settled_at, metric.key, metric.value, metric.odd,
                metric.raised_at
         FROM run LEFT JOIN metric ON metric.run = run.num AND metric.key IN (",
    );
    query.bind_all(keys(asks)).push(") WHERE run.experiment = ").bind(experiment);
    query.push(" AND run.status = 'FINISHED' AND run.deleted_at IS NULL");
    if asks.dataset.is_some() {
        let counting = datasets(tx, experiment)?.into_iter().filter(|(_, name, digest)| asks.counts_on(name, digest));
        query.push(" AND EXISTS (SELECT 1 FROM input WHERE input.run = run.num AND input.dataset IN (");
        query.bind_all(counting.map(|(id, ..)| id)).push("))");
    }
    query.push(" ORDER BY run.num");
    let rows = tx.all_q(&query, |row| {
        let run = RunName { id: row.get(1)?, name: row.get(2)? };
        let candidate = Candidate { run, settled_at: row.get(3)?, values: HashMap::new(), raised_at: BTreeMap::new() };
        Ok((row.get::<i64>(0)?, candidate, read_value(row, 4)?, row.get::<Option<Time>>(7)?))
    })?;
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut last = None;
    for (num, candidate, value, raised_at) in rows {
        if last != Some(num) {
            candidates.push(candidate);
            last = Some(num);
        }
        if let (Some(candidate), Some((key, value))) = (candidates.last_mut(), value) {
            candidate.raised_at.extend(raised_at.map(|at| (key.clone(), at)));
            candidate.values.insert(key, value);
        }
    }
    Ok(candidates)
}

/// A run that may be evidence or not.
pub struct Entrant {
    pub experiment: ExperimentId,
    pub candidate: Candidate,
    pub status: Status,
    /// It logged a dataset on which the experiment's rule counts runs.
    pub on_dataset: bool,
}

/// All runs of the experiments that are not deleted, with their latest values of the metrics that the
/// rules name: three statements, however many experiments there are.
pub fn entrants(tx: &mut Tx, rules: &HashMap<ExperimentId, Rule>) -> Result<Vec<Entrant>> {
    let mut query = Query::new("SELECT experiment, id, name, digest FROM dataset WHERE experiment IN (");
    query.bind_all(rules.keys().copied()).push(")");
    let known = tx.all_q(&query, |row| {
        Ok((row.get::<ExperimentId>(0)?, row.get::<i64>(1)?, row.get::<String>(2)?, row.get::<String>(3)?))
    })?;
    // A rule that names no dataset counts on all of them: there may be one a run.
    let counts = |of: &ExperimentId, name: &str, digest: &str| {
        rules.get(of).is_some_and(|rule| rule.asks.dataset.is_some() && rule.asks.counts_on(name, digest))
    };
    let counting = known.into_iter().filter(|(of, _, name, digest)| counts(of, name, digest)).map(|(_, id, ..)| id);
    let mut query = Query::new("SELECT DISTINCT run FROM input WHERE dataset IN (");
    query.bind_all(counting).push(")");
    let on_dataset: HashSet<i64> = tx.all_q(&query, |row| row.get(0))?.into_iter().collect();
    let named: BTreeSet<String> = rules.values().flat_map(|rule| keys(&rule.asks)).collect();
    let mut query = Query::new(
        "SELECT run.num, run.id, run.name, run.settled_at, metric.key, metric.value, metric.odd,
                metric.raised_at, run.experiment, run.status
         FROM run LEFT JOIN metric ON metric.run = run.num AND metric.key IN (",
    );
    query.bind_all(named).push(") WHERE run.deleted_at IS NULL AND run.experiment IN (");
    query.bind_all(rules.keys().copied()).push(") ORDER BY run.num");
    let rows = tx.all_q(&query, |row| {
        let run = RunName { id: row.get(1)?, name: row.get(2)? };
        let candidate = Candidate { run, settled_at: row.get(3)?, values: HashMap::new(), raised_at: BTreeMap::new() };
        let status: String = row.get(9)?;
        let status = Status::parse(&status).ok_or_else(|| internal(format!("{status} is no status of a run")))?;
        let num: i64 = row.get(0)?;
        let entrant = Entrant { experiment: row.get(8)?, candidate, status, on_dataset: on_dataset.contains(&num) };
        Ok((num, entrant, read_value(row, 4)?, row.get::<Option<Time>>(7)?))
    })?;
    let mut entrants: Vec<Entrant> = Vec::new();
    let mut last = None;
    for (num, entrant, value, raised_at) in rows {
        if last != Some(num) {
            entrants.push(entrant);
            last = Some(num);
        }
        if let (Some(Entrant { candidate, experiment, .. }), Some((key, value))) = (entrants.last_mut(), value)
            && rules.get(&*experiment).is_some_and(|rule| keys(&rule.asks).contains(&key))
        {
            candidate.raised_at.extend(raised_at.map(|at| (key.clone(), at)));
            candidate.values.insert(key, value);
        }
    }
    Ok(entrants)
}

fn keys(asks: &rule::New) -> Vec<String> {
    asks.conditions().into_iter().map(|condition| condition.metric).collect()
}

fn read_value(row: &Row, from: usize) -> Result<Option<(String, f64)>> {
    let Some(key) = row.get::<Option<String>>(from)? else { return Ok(None) };
    Ok(Some((key, metric::value(row.get(from + 1)?, row.get(from + 2)?))))
}

/// The experiment's datasets: id, name and digest.
pub fn datasets(tx: &mut Tx, experiment: ExperimentId) -> Result<Vec<(i64, String, String)>> {
    let sql = "SELECT id, name, digest FROM dataset WHERE experiment = $1";
    tx.all(sql, params![experiment], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub fn any_run(tx: &mut Tx, experiment: ExperimentId) -> Result<bool> {
    let sql = "SELECT 1 FROM run WHERE experiment = $1 AND deleted_at IS NULL LIMIT 1";
    Ok(tx.first(sql, params![experiment], |_| Ok(()))?.is_some())
}

/// The verdict that was announced last, and the experiment's project.
pub fn announced(tx: &mut Tx, experiment: ExperimentId) -> Result<(Option<String>, ProjectId)> {
    let sql = "SELECT verdict, project FROM experiment WHERE id = $1";
    tx.one(sql, params![experiment], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn note(tx: &mut Tx, experiment: ExperimentId, verdict: Option<&str>, at: Option<Time>) -> Result<()> {
    let sql = "UPDATE experiment SET verdict = $1, verdict_at = $2 WHERE id = $3";
    tx.run(sql, params![verdict, at, experiment]).map(drop)
}

pub fn days_to_verdict(tx: &mut Tx, project: &ProjectId, except: ExperimentId) -> Result<Vec<f64>> {
    let sql = "SELECT created_at, verdict_at FROM experiment
               WHERE project = $1 AND id <> $2 AND verdict_at IS NOT NULL AND deleted_at IS NULL";
    tx.all(sql, params![project, except], |row| Ok(row.get::<Time>(1)?.days_since(row.get(0)?)))
}

pub fn decided(tx: &mut Tx, project: &ProjectId, from: Time, until: Time, most: i64) -> Result<Vec<Decided>> {
    let sql = "SELECT id, name, verdict, created_at, verdict_at FROM experiment
               WHERE project = $1 AND verdict IS NOT NULL AND verdict_at >= $2 AND verdict_at < $3 AND deleted_at IS NULL
               ORDER BY verdict_at DESC, id DESC LIMIT $4";
    tx.all(sql, params![project, from, until, most], |row| {
        Ok(Decided {
            experiment: row.get(0)?,
            name: row.get(1)?,
            state: stored(&row.get::<String>(2)?)?,
            proposed_at: row.get(3)?,
            decided_at: row.get(4)?,
        })
    })
}

pub fn days_taken(tx: &mut Tx, project: &ProjectId, from: Time, until: Time) -> Result<Vec<(State, i64, i64)>> {
    let sql = "SELECT verdict, verdict_at / 86400000 - created_at / 86400000, COUNT(*) FROM experiment
               WHERE project = $1 AND verdict IS NOT NULL AND verdict_at >= $2 AND verdict_at < $3 AND deleted_at IS NULL
               GROUP BY 1, 2 ORDER BY 2, 1";
    tx.all(sql, params![project, from, until], |row| Ok((stored(&row.get::<String>(0)?)?, row.get(1)?, row.get(2)?)))
}

/// It has a rule and no verdict.
const UNDECIDED: &str = "FROM experiment e WHERE e.project = $1 AND e.verdict IS NULL AND e.deleted_at IS NULL
    AND EXISTS (SELECT 1 FROM rule r WHERE r.experiment = e.id)";

pub fn count_undecided(tx: &mut Tx, project: &ProjectId) -> Result<i64> {
    tx.one(&format!("SELECT COUNT(*) {UNDECIDED}"), params![project], |row| row.get(0))
}

pub fn undecided(tx: &mut Tx, project: &ProjectId, most: i64) -> Result<Vec<Undecided>> {
    let sql = format!("SELECT e.id, e.name, e.created_at {UNDECIDED} ORDER BY e.created_at, e.id LIMIT $2");
    tx.all(&sql, params![project, most], |row| {
        Ok(Undecided { experiment: row.get(0)?, name: row.get(1)?, proposed_at: row.get(2)? })
    })
}
