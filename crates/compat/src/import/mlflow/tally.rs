//! What was in the source, what was here before, what came now and what was left out: the four must
//! agree.

use std::{collections::BTreeMap, fmt, ops::AddAssign};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    Experiments,
    Runs,
    Params,
    Points,
    /// Metadata of traces too.
    Tags,
    /// Datasets and models that runs read, models that they made, traces that were linked to them.
    Inputs,
    Models,
    /// Values measured on models.
    Values,
    /// Registered models and prompts.
    Registered,
    Versions,
    /// Aliases, and the stages that older clients give to versions.
    Labels,
    Traces,
    Spans,
    Assessments,
    /// Evaluation datasets.
    Datasets,
    Records,
    Files,
    Bytes,
}

impl Row {
    pub const ALL: [Self; 18] = [
        Self::Experiments,
        Self::Runs,
        Self::Params,
        Self::Points,
        Self::Tags,
        Self::Inputs,
        Self::Models,
        Self::Values,
        Self::Registered,
        Self::Versions,
        Self::Labels,
        Self::Traces,
        Self::Spans,
        Self::Assessments,
        Self::Datasets,
        Self::Records,
        Self::Files,
        Self::Bytes,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Experiments => "experiments",
            Self::Runs => "runs",
            Self::Params => "params",
            Self::Points => "metric points",
            Self::Tags => "tags",
            Self::Inputs => "inputs and outputs",
            Self::Models => "logged models",
            Self::Values => "values of models",
            Self::Registered => "registered models",
            Self::Versions => "versions",
            Self::Labels => "aliases and stages",
            Self::Traces => "traces",
            Self::Spans => "spans",
            Self::Assessments => "assessments",
            Self::Datasets => "evaluation datasets",
            Self::Records => "records",
            Self::Files => "artifact files",
            Self::Bytes => "artifact bytes",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Row::ALL.len()]);

impl Counts {
    pub fn of(&self, row: Row) -> u64 {
        self.0[row as usize]
    }

    pub fn add(&mut self, row: Row, count: u64) {
        self.0[row as usize] += count;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine += theirs);
    }
}

/// Parts of a thing that nobody can count where they cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unseen {
    /// Of a run or a model.
    Artifacts,
    /// Of a trace.
    Spans,
}

#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub source: Counts,
    /// Here when the import began.
    pub before: Counts,
    /// Here when it ended, counted anew.
    pub after: Counts,
    pub left_out: Counts,
    reasons: BTreeMap<(Row, String), u64>,
    /// What of how many things could not even be counted.
    unseen: BTreeMap<(Unseen, String), u64>,
    /// Files that came with other sizes than the source says: broken on the way.
    pub torn: u64,
    /// What came changed.
    notes: BTreeMap<String, u64>,
    /// Nothing was written; what would come counts as if it had.
    pub dry: bool,
}

impl Tally {
    pub fn new(dry: bool) -> Self {
        Self { dry, ..Self::default() }
    }

    pub fn leave_out(&mut self, row: Row, count: u64, why: &str) {
        if count == 0 {
            return;
        }
        self.left_out.add(row, count);
        if row != Row::Bytes {
            *self.reasons.entry((row, why.to_owned())).or_default() += count;
        }
    }

    /// A thing with all that belongs to it: the row that counts the thing has the reason, the others say so.
    pub fn leave_whole_out(&mut self, thing: Row, whole: Counts, why: &str) {
        let within = format!("what they belong to was left out: {why}");
        for row in Row::ALL {
            self.leave_out(row, whole.of(row), if row == thing { why } else { &within });
        }
    }

    /// What nobody can count.
    pub fn leave_unseen(&mut self, what: Unseen, why: String) {
        *self.unseen.entry((what, why)).or_default() += 1;
    }

    /// Such a file stays missing, so that the counts do not agree and the next import asks for it again.
    pub fn tear(&mut self) {
        self.torn += 1;
        self.note("a file did not arrive with the size that the source says; import again to ask for it anew");
    }

    pub fn note(&mut self, what: impl Into<String>) {
        *self.notes.entry(what.into()).or_default() += 1;
    }

    pub fn now(&self, row: Row) -> u64 {
        self.after.of(row).saturating_sub(self.before.of(row))
    }

    /// Whether everything in the source is here or was left out for a reason.
    pub fn reconciles(&self) -> bool {
        Row::ALL.into_iter().all(|row| self.missing(row) == 0)
    }

    fn missing(&self, row: Row) -> i128 {
        let there = i128::from(self.source.of(row));
        there - i128::from(self.after.of(row)) - i128::from(self.left_out.of(row))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = if self.dry { "would come" } else { "imported now" };
        writeln!(f, "{:<20}{:>16}{:>18}{now:>16}{:>12}", "", "in the source", "imported before", "left out")?;
        for row in Row::ALL {
            let counts = [self.source.of(row), self.before.of(row), self.now(row), self.left_out.of(row)].map(grouped);
            let [source, before, now, left_out] = counts;
            writeln!(f, "{:<20}{source:>16}{before:>18}{now:>16}{left_out:>12}", row.as_str())?;
        }
        if !self.reasons.is_empty() || !self.unseen.is_empty() {
            writeln!(f, "\nLeft out:")?;
        }
        for ((row, why), count) in &self.reasons {
            writeln!(f, "  {} ({}): {why}", row.as_str(), grouped(*count))?;
        }
        for ((what, why), count) in &self.unseen {
            let count = grouped(*count);
            match what {
                Unseen::Artifacts => writeln!(f, "  artifacts of {count} runs or models: {why}")?,
                Unseen::Spans => writeln!(f, "  spans of {count} traces: {why}")?,
            }
        }
        if !self.notes.is_empty() {
            writeln!(f, "\nNote:")?;
        }
        for (what, count) in &self.notes {
            writeln!(f, "  {} × {what}", grouped(*count))?;
        }
        for row in Row::ALL.into_iter().filter(|row| self.missing(*row) != 0) {
            writeln!(f, "\nThe counts of {} do not agree: {} are missing.", row.as_str(), self.missing(row))?;
        }
        Ok(())
    }
}

/// 1234567 as 1,234,567.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}
