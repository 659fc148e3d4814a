//! Words that a pack uses and that not everybody knows, each explained in a sentence. Only those are listed
//! that stand in it.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pack::Pack;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PackTerm")]
pub struct Term {
    pub term: String,
    pub meaning: String,
}

/// How the word is written, in lower case, and what it means.
const TERMS: &[(&[&str], &str, &str)] = &[
    (&["accuracy"], "accuracy", "Of all cases, the share that the model gets right: 0 is none, 1 is all."),
    (
        &["auc", "auroc", "roc_auc"],
        "AUC",
        "How well the model puts the cases that matter before the others: 0.5 is chance, 1 is perfect.",
    ),
    (&["calibration", "ece", "brier"], "calibration", "Whether a stated chance of 70 % comes true in 70 of 100 cases."),
    (&["drift"], "drift", "How much the data of today differ from those with which the model was trained."),
    (&["f1"], "F1", "One number for precision and recall together: high only when both are high."),
    (&["hypothesis"], "hypothesis", "What the team claims and tests with runs."),
    (&["latency", "p50", "p95", "p99"], "latency", "How long an answer takes; p95 means that 95 of 100 are faster."),
    (&["loss", "log_loss"], "loss", "How far the model is off, as a number that training makes small."),
    (
        &["mae", "mse", "rmse"],
        "error",
        "How far the model's numbers are from the true ones on average: less is better.",
    ),
    (&["perplexity"], "perplexity", "How surprised a language model is by real text: less is better."),
    (&["precision"], "precision", "Of what the model raises, the share that is right: at 0.9, nine of ten alarms."),
    (&["r2"], "R²", "How much of the ups and downs the model explains: 1 is all of it."),
    (&["recall"], "recall", "Of what there is to find, the share that the model finds: at 0.75, three of four."),
    (&["run", "runs"], "run", "One trial of the computer, with its settings and what it measured."),
    (&["spike"], "spike", "A question that is looked into for some days and then answered in writing."),
    (&["throughput"], "throughput", "How many answers the model gives in a stretch of time."),
];

pub fn of(pack: &Pack) -> Vec<Term> {
    let mut words = HashSet::new();
    let mut note = |text: &str| {
        let lower = text.to_lowercase();
        for word in lower.split(|c: char| !c.is_alphanumeric() && c != '_') {
            words.insert(word.to_owned());
            words.extend(word.split('_').map(str::to_owned));
        }
    };
    pack.summary.iter().for_each(|said| note(said));
    for question in &pack.questions {
        note(&question.statement);
        note(question.kind.as_str());
        question.asks.iter().chain(&question.found).for_each(|said| note(said));
        question.options.iter().for_each(|next| note(&next.says));
    }
    let used = TERMS.iter().filter(|(written, ..)| written.iter().any(|word| words.contains(*word)));
    used.map(|(_, term, meaning)| Term { term: (*term).to_owned(), meaning: (*meaning).to_owned() }).collect()
}
