//! What of a thing may be written here, runs and logged models first: the rules are those of `lab`, which every client
//! keeps to.

pub mod evaluation;
pub mod registry;
pub mod trace;

use std::collections::HashSet;

use base::{ModelId, RunId, Time};
use lab::{
    dataset, limit,
    model::{self, Measurement},
    run::{self, Output},
};

use super::{
    Counts, Row, Tally,
    shape::{Model, Pairs, Run},
};

/// The run without what breaks a rule, which is noted.
pub fn run(from: &Run, tally: &mut Tally) -> run::Brought {
    let name = match from.name.as_str() {
        "" => {
            tally.note("a run without a name: called by the beginning of its id");
            from.id.chars().take(8).collect()
        }
        name => cut(name, limit::NAME, "the name of a run", tally),
    };
    run::Brought {
        id: RunId(from.id.clone()),
        name,
        user_name: cut(&from.user, 256, "the user of a run", tally),
        started_at: Time(from.started_at),
        params: params(&from.params, tally),
        tags: tags(&from.tags, tally, |key| {
            let empty = || Err("its key is empty".to_owned());
            let long = limit::check_length("its key", key, limit::KEY).map_err(|e| e.detail().to_owned());
            if key.is_empty() { empty() } else { long }
        }),
        inputs: inputs(from, tally),
        read: ids(&from.read, tally).into_iter().map(ModelId).collect(),
        made: made(from, tally),
    }
}

/// Why the run cannot be here at all.
pub fn refusal(id: &str) -> Option<String> {
    let refused = limit::check_id("its id", id).err().map(|e| e.detail().to_owned());
    refused.or((id == "models").then(|| "its id, models, is taken for the folder of models".to_owned()))
}

pub fn model(from: &Model, tally: &mut Tally) -> model::Brought {
    let key = |key: &str| limit::check_key("its key", key).map_err(|e| e.detail().to_owned());
    let new = model::New {
        name: Some(from.name.clone()),
        model_type: from.model_type.as_deref().map(|word| cut(word, limit::NAME, "the type of a model", tally)),
        run: from.run.as_deref().map(|run| RunId(cut(run, 256, "the run of a model", tally))),
        params: params(&from.params, tally),
        tags: tags(&from.tags, tally, key),
    };
    model::Brought {
        id: ModelId(from.id.clone()),
        new,
        status: from.status,
        created_at: Time(from.created_at),
        updated_at: Time(from.updated_at),
        metrics: measurements(&from.metrics, tally),
    }
}

pub fn model_refusal(from: &Model) -> Option<String> {
    let id = limit::check_id("its id", &from.id);
    let name = model::check_name(&from.name).map(drop);
    id.and(name).err().map(|e| e.detail().to_owned())
}

fn params(pairs: &Pairs, tally: &mut Tally) -> Pairs {
    sifted(pairs, Row::Params, limit::PARAM_VALUE, tally, |key| {
        limit::check_key("its key", key).map_err(|e| e.detail().to_owned())
    })
}

fn tags(pairs: &Pairs, tally: &mut Tally, check: impl Fn(&str) -> Result<(), String>) -> Pairs {
    sifted(pairs, Row::Tags, limit::TAG_VALUE, tally, check)
}

pub(super) fn sifted(
    pairs: &Pairs,
    row: Row,
    most: usize,
    tally: &mut Tally,
    check: impl Fn(&str) -> Result<(), String>,
) -> Pairs {
    let mut kept = Pairs::new();
    let mut seen = HashSet::new();
    for (key, value) in pairs {
        tally.source.add(row, 1);
        let storable = limit::check_storable("its value", value).map_err(|e| e.detail().to_owned());
        let once = if seen.insert(key) { Ok(()) } else { Err("its key is there twice".to_owned()) };
        match check(key).and(storable).and(once) {
            Ok(()) => kept.push((key.clone(), cut(value, most, row.as_str(), tally))),
            Err(why) => tally.leave_out(row, 1, &why),
        }
    }
    kept
}

fn cut(text: &str, most: usize, what: &str, tally: &mut Tally) -> String {
    let cut = limit::cut(text, most);
    if cut.len() < text.len() {
        tally.note(format!("{what}: cut to {most} characters"));
    }
    cut.replace('\0', "")
}

fn inputs(from: &Run, tally: &mut Tally) -> Vec<dataset::Input> {
    let mut kept: Vec<dataset::Input> = Vec::new();
    for input in &from.inputs {
        tally.source.add(Row::Inputs, 1);
        let same = |other: &dataset::Input| {
            (&other.dataset.name, &other.dataset.digest) == (&input.dataset.name, &input.dataset.digest)
        };
        match dataset::check(std::slice::from_ref(input)) {
            Ok(()) if kept.iter().any(same) => tally.leave_out(Row::Inputs, 1, "the same dataset is an input twice"),
            Ok(()) => kept.push(input.clone()),
            Err(refusal) => tally.leave_out(Row::Inputs, 1, refusal.detail()),
        }
    }
    kept
}

fn made(from: &Run, tally: &mut Tally) -> Vec<Output> {
    let steps = |id: &str| from.made.iter().find(|(other, _)| other == id).map_or(0, |(_, step)| *step);
    let all: Vec<String> = from.made.iter().map(|(id, _)| id.clone()).collect();
    ids(&all, tally).into_iter().map(|id| Output { step: steps(&id), model: ModelId(id) }).collect()
}

fn ids(models: &[String], tally: &mut Tally) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for id in models {
        tally.source.add(Row::Inputs, 1);
        match limit::check_id("the model's id", id) {
            Ok(()) if kept.contains(id) => tally.leave_out(Row::Inputs, 1, "the same model is named twice"),
            Ok(()) => kept.push(id.clone()),
            Err(refusal) => tally.leave_out(Row::Inputs, 1, refusal.detail()),
        }
    }
    kept
}

fn measurements(all: &[Measurement], tally: &mut Tally) -> Vec<Measurement> {
    let mut kept = Vec::new();
    let mut seen = HashSet::new();
    for measured in all {
        tally.source.add(Row::Values, 1);
        let early = (measured.point.at.ms() < 0).then(|| "its moment is before 1970".to_owned());
        let why = model::check_measurement(measured).err().map(|e| e.detail().to_owned()).or(early);
        match why {
            Some(why) => tally.leave_out(Row::Values, 1, &why),
            None if !seen.insert(identity(measured)) => {
                tally.leave_out(Row::Values, 1, "the same value of the same model is there twice; kept once");
            }
            None => kept.push(measured.clone()),
        }
    }
    kept
}

/// What makes a measured value another one.
type Identity = (String, i64, i64, u64, RunId, Option<(String, String)>);

fn identity(of: &Measurement) -> Identity {
    let value = if of.point.value.is_nan() { f64::NAN } else { of.point.value + 0.0 };
    (of.key.clone(), of.point.at.ms(), of.point.step, value.to_bits(), of.run.clone(), of.dataset.clone())
}

/// How much of what may be written is here already. Points are counted elsewhere.
pub fn run_here(wanted: &run::Brought, here: &run::Content) -> Counts {
    let has = |pairs: &Pairs, key: &str| pairs.iter().any(|(other, _)| other == key);
    let mut counts = Counts::default();
    counts.add(Row::Runs, 1);
    counts.add(Row::Params, count(&wanted.params, |(key, _)| has(&here.params, key)));
    counts.add(Row::Tags, count(&wanted.tags, |(key, _)| has(&here.tags, key)));
    let same = |a: &dataset::Input, b: &dataset::Input| {
        (&a.dataset.name, &a.dataset.digest) == (&b.dataset.name, &b.dataset.digest)
    };
    counts.add(Row::Inputs, count(&wanted.inputs, |input| here.inputs.iter().any(|other| same(other, input))));
    counts.add(Row::Inputs, count(&wanted.read, |model| here.read.contains(model)));
    counts.add(Row::Inputs, count(&wanted.made, |made| here.made.iter().any(|other| other.model == made.model)));
    counts
}

/// All of it.
pub fn run_whole(wanted: &run::Brought) -> Counts {
    let mut counts = Counts::default();
    counts.add(Row::Runs, 1);
    counts.add(Row::Params, wanted.params.len() as u64);
    counts.add(Row::Tags, wanted.tags.len() as u64);
    counts.add(Row::Inputs, (wanted.inputs.len() + wanted.read.len() + wanted.made.len()) as u64);
    counts
}

pub fn model_here(wanted: &model::Brought, here: &model::Content) -> Counts {
    let has = |pairs: &Pairs, key: &str| pairs.iter().any(|(other, _)| other == key);
    let values: HashSet<Identity> = here.metrics.iter().map(identity).collect();
    let mut counts = Counts::default();
    counts.add(Row::Models, 1);
    counts.add(Row::Params, count(&wanted.new.params, |(key, _)| has(&here.params, key)));
    counts.add(Row::Tags, count(&wanted.new.tags, |(key, _)| has(&here.tags, key)));
    counts.add(Row::Values, count(&wanted.metrics, |measured| values.contains(&identity(measured))));
    counts
}

pub fn model_whole(wanted: &model::Brought) -> Counts {
    let mut counts = Counts::default();
    counts.add(Row::Models, 1);
    counts.add(Row::Params, wanted.new.params.len() as u64);
    counts.add(Row::Tags, wanted.new.tags.len() as u64);
    counts.add(Row::Values, wanted.metrics.len() as u64);
    counts
}

fn count<T>(all: &[T], is_here: impl Fn(&T) -> bool) -> u64 {
    all.iter().filter(|one| is_here(one)).count() as u64
}
