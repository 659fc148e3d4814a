//! What of an evaluation dataset may be written here.

use base::{EvaluationDatasetId, ExperimentId, Time};
use lab::{
    evaluation::{self, Brought, New, Record},
    limit,
};

use super::super::{Row, Tally, shape::Dataset};

/// The dataset without what breaks a rule, which is noted.
pub fn dataset(from: &Dataset, experiments: Vec<ExperimentId>, tally: &mut Tally) -> Brought {
    let tags = super::sifted(&from.tags, Row::Tags, evaluation::TAG_VALUE, tally, |key| {
        limit::check_key("its key", key).map_err(|refusal| refusal.detail().to_owned())
    });
    Brought {
        id: EvaluationDatasetId(from.id.clone()),
        new: New { name: from.name.clone(), experiments, tags, created_by: from.created_by.clone() },
        updated_by: from.updated_by.clone(),
        created_at: Time(from.created_at),
        updated_at: Time(from.updated_at),
    }
}

/// Why the dataset cannot be here at all.
pub fn refusal(wanted: &Brought) -> Option<String> {
    evaluation::check(wanted).err().map(|refusal| refusal.detail().to_owned())
}

pub fn records(all: Vec<Record>, tally: &mut Tally) -> Vec<Record> {
    let mut kept = Vec::with_capacity(all.len());
    for record in all {
        tally.source.add(Row::Records, 1);
        match evaluation::check_record(&record) {
            Ok(()) => kept.push(record),
            Err(refusal) => tally.leave_out(Row::Records, 1, refusal.detail()),
        }
    }
    kept
}
