//! Which paths artifacts may have.

use base::{
    ExperimentId, ModelId, Result, RunId,
    refuse::{invalid, not_found},
};
use percent_encoding::percent_decode_str;

use crate::run::Run;

/// A checked path from the root of all artifacts. Its first segment is an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    text: String,
    experiment: ExperimentId,
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
        let experiment = text.split('/').next().filter(|first| first.bytes().all(|b| b.is_ascii_digit()));
        let experiment = experiment.and_then(|first| first.parse().ok()).map(ExperimentId);
        // What lies below no experiment cannot exist.
        let experiment = experiment.ok_or_else(|| not_found("artifact"))?;
        Ok(Self { text: text.to_owned(), experiment })
    }

    /// Where a run's artifacts lie.
    pub fn of_run(run: &Run) -> Self {
        Self { text: format!("{}/{}/artifacts", run.experiment, run.id), experiment: run.experiment }
    }

    /// Where a logged model's artifacts lie.
    pub fn of_model(experiment: ExperimentId, model: &ModelId) -> Self {
        Self { text: format!("{experiment}/models/{model}/artifacts"), experiment }
    }

    /// A path below this one; empty: this one.
    pub fn join(&self, below: &str) -> Result<Self> {
        if below.is_empty() {
            return Ok(self.clone());
        }
        check(below)?;
        let text = format!("{}/{below}", self.text);
        check(&text)?;
        Ok(Self { text, experiment: self.experiment })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn experiment(&self) -> ExperimentId {
        self.experiment
    }

    /// The run whose artifacts lie here, as far as the path says so.
    pub fn run(&self) -> Option<RunId> {
        let mut segments = self.text.split('/').skip(1);
        let run = segments.next()?;
        (segments.next()? == "artifacts" && run != "models").then(|| RunId::from(run))
    }

    /// The logged model whose files lie here, as far as the path says so.
    pub fn model(&self) -> Option<ModelId> {
        let mut segments = self.text.split('/').skip(1);
        (segments.next()? == "models").then(|| segments.next().map(ModelId::from)).flatten()
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
    if text.contains('#') {
        return Some("must not contain #");
    }
    if text.contains('\0') {
        return Some("must not contain U+0000");
    }
    if text.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Some("must not contain the segments . or ..");
    }
    if text.split('/').any(str::is_empty) {
        return Some("must not contain empty segments, so no slash at its end");
    }
    None
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
