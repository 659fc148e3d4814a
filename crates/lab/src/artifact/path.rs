//! Which paths artifacts may have.

use base::{Error, ExperimentId, Kind, ModelId, Result, RunId, TraceId, refuse::invalid, text::turns_direction};
use percent_encoding::percent_decode_str;

use crate::run::Run;

/// A checked path from the root of all artifacts, at or below the artifacts of a run, a logged model
/// or a trace. There is one spelling for each, so that no file lies where its owner does not see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    text: String,
    experiment: ExperimentId,
    owner: Owner,
}

/// What an artifact belongs to, as its path says; whether there is such a thing is asked elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    Run(RunId),
    Model(ModelId),
    Trace(TraceId),
}

/// Bytes of a whole path: what PostgreSQL takes into an index.
const LONGEST: usize = 2_000;

/// A path that percent signs hide deeper than this hides something.
const MOST_DECODINGS: usize = 16;

impl Path {
    /// Refuses what could lead out of the tree or be read in two ways: after decoding percent signs
    /// until nothing changes, no `..` or `.` segment, no empty one, no `#`, no NUL, not absolute.
    /// Backslashes, colons, spaces and the like are ordinary characters. The text is what it was
    /// before decoding: `%41` stays as it is.
    pub fn parse(text: &str) -> Result<Self> {
        check(text)?;
        let (experiment, owner) = place(text).ok_or_else(nowhere)?;
        Ok(Self { text: text.to_owned(), experiment, owner })
    }

    /// Where a run's artifacts lie.
    pub fn of_run(run: &Run) -> Self {
        Self::run_root(run.experiment, &run.id)
    }

    /// As [`Path::of_run`], for a run that is known by its id only.
    pub fn run_root(experiment: ExperimentId, run: &RunId) -> Self {
        Self::root(experiment, Owner::Run(run.clone()))
    }

    /// Where a logged model's artifacts lie.
    pub fn of_model(experiment: ExperimentId, model: &ModelId) -> Self {
        Self::root(experiment, Owner::Model(model.clone()))
    }

    /// Where a trace's artifacts lie.
    pub fn of_trace(experiment: ExperimentId, trace: &TraceId) -> Self {
        Self::root(experiment, Owner::Trace(trace.clone()))
    }

    fn root(experiment: ExperimentId, owner: Owner) -> Self {
        let text = match &owner {
            Owner::Run(run) => format!("{experiment}/{run}/artifacts"),
            Owner::Model(model) => format!("{experiment}/models/{model}/artifacts"),
            Owner::Trace(trace) => format!("{experiment}/traces/{trace}/artifacts"),
        };
        Self { text, experiment, owner }
    }

    /// Whether this is where all artifacts of its owner lie: a folder, never a file.
    pub fn is_root(&self) -> bool {
        self.text == Self::root(self.experiment, self.owner.clone()).text
    }

    /// A path below this one; empty: this one.
    pub fn join(&self, below: &str) -> Result<Self> {
        if below.is_empty() {
            return Ok(self.clone());
        }
        check(below)?;
        let text = format!("{}/{below}", self.text);
        check(&text)?;
        Ok(Self { text, ..self.clone() })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn experiment(&self) -> ExperimentId {
        self.experiment
    }

    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// The folders above, the nearest first.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        self.text.rmatch_indices('/').map(|(end, _)| &self.text[..end])
    }
}

/// `EXPERIMENT/RUN/artifacts…`, or `models/MODEL` or `traces/TRACE` for the run; the number as we write it.
fn place(text: &str) -> Option<(ExperimentId, Owner)> {
    let mut segments = text.split('/');
    let number = segments.next()?;
    let experiment = number.parse().ok().map(ExperimentId).filter(|id| id.to_string() == number)?;
    let owner = match segments.next()? {
        "models" => Owner::Model(segments.next()?.into()),
        "traces" => Owner::Trace(segments.next()?.into()),
        run => Owner::Run(run.into()),
    };
    (segments.next()? == "artifacts").then_some((experiment, owner))
}

fn nowhere() -> Error {
    let detail = "No artifact can lie there. They lie below EXPERIMENT/RUN/artifacts, EXPERIMENT/models/MODEL/artifacts and \
         EXPERIMENT/traces/TRACE/artifacts.";
    Error::new(Kind::NotFound, detail)
}

fn check(text: &str) -> Result<()> {
    if text.len() > LONGEST {
        return Err(invalid("path", format!("must have at most {LONGEST} bytes")));
    }
    let decoded = decode(text)?;
    for text in [text, &decoded] {
        if let Some(why) = flaw(text) {
            return Err(invalid("path", why));
        }
    }
    Ok(())
}

fn flaw(text: &str) -> Option<&'static str> {
    if text.starts_with('/') {
        return Some("must not be absolute");
    }
    if text.contains(['#', ';', '\\']) {
        return Some("must not contain # ; or a backslash");
    }
    if text.contains(char::is_control) {
        return Some("must not contain control characters");
    }
    if text.contains(turns_direction) {
        return Some("must not contain characters that turn the direction of reading");
    }
    if text.split('/').any(is_drive) {
        return Some("must not name a drive");
    }
    if text.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Some("must not contain the segments . or ..");
    }
    if text.split('/').any(str::is_empty) {
        return Some("must not contain empty segments, so no slash at its end");
    }
    None
}

/// `C:`, which elsewhere begins an absolute path.
fn is_drive(segment: &str) -> bool {
    matches!(segment.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

/// Decodes percent signs until nothing changes.
fn decode(text: &str) -> Result<String> {
    let mut text = text.to_owned();
    for _ in 0..MOST_DECODINGS {
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            return Ok(text);
        }
        text = decoded;
    }
    Err(invalid("path", "is encoded too many times"))
}
