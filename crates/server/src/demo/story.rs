//! What the demo's people did, in order of time.

use axum::http::Method;
use base::{Result, Time, refuse::internal};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value as Json, json};

use super::{
    backlog,
    recording::{Artifact, Experiment, Outcome, Project, Recording, Run},
    stage::Stage,
};

const HOUR_MS: i64 = 3_600_000;

/// What one person does at one moment.
#[derive(Clone, Copy, Debug)]
enum Act {
    Propose,
    /// One of the bet's runs.
    Train(usize),
    /// Offers the evidence run's model under its name.
    Register,
    AskForReviews,
    /// One of [`REVIEWS`].
    Decide(usize),
    AskForPromotion,
    /// One of [`APPROVALS`].
    Approve(usize),
    Deploy,
    /// One of [`backlog::STEPS`].
    Plan(usize),
}

struct Scene<'r> {
    at: Time,
    experiment: usize,
    act: Act,
    project: &'r Project,
    bet: &'r Experiment,
}

/// What is known of an experiment once it was proposed.
#[derive(Clone, Default)]
struct Played {
    id: i64,
    evidence: Logged,
    promotion: String,
}

/// A run that was logged, with the model that it made.
#[derive(Clone, Default)]
struct Logged {
    run: String,
    model: Option<String>,
}

/// What one reviewer says, and which points they pass on which evidence.
struct Judgement {
    kind: &'static str,
    who: &'static str,
    note: &'static str,
    passes: &'static [(&'static str, &'static str)],
}

const REVIEWS: [Judgement; 3] = [
    Judgement {
        kind: "technical",
        who: "tom",
        note: "I trained it again from its parameters and got the same figures.",
        passes: &[
            ("documentation_complete", "model_card.md of the evidence run: purpose, data, limits, owner."),
            (
                "rollback_plan_defined",
                "The rule-based list stays deployed beside it; switching back takes one setting.",
            ),
        ],
    },
    Judgement {
        kind: "ethics",
        who: "mara",
        note: "A person looks at every flagged case, and nobody is refused anything by the model.",
        passes: &[(
            "safety_eval_passed",
            "Went through the misuse cases with the team; no case decides without a person.",
        )],
    },
    Judgement {
        kind: "business",
        who: "pia",
        note: "Worth it: less than an hour of computing a month.",
        passes: &[(
            "cost_projection_acceptable",
            "CPU only; projected from the measured latency at ten times today's volume.",
        )],
    },
];

const APPROVALS: [(&str, &str, &str); 3] = [
    ("technical_lead", "tom", "Figures hold, rollback is in place."),
    ("product_owner", "pia", "This is the bet we wanted."),
    ("security", "sol", "No new access, no new dependencies at run time."),
];

/// A day before the first proposal: when the workspace was set up.
pub fn begins(recording: &Recording, now: Time) -> Time {
    let experiments = recording.projects.iter().flat_map(|project| &project.experiments);
    let first = experiments.map(|experiment| experiment.proposed_days_ago).max().unwrap_or(0);
    morning(now, first + 1)
}

/// 09:00 UTC, so many days ago.
fn morning(now: Time, days_ago: i64) -> Time {
    let today = now.ms() - now.ms().rem_euclid(24 * HOUR_MS);
    Time(today + 9 * HOUR_MS).plus_days(-days_ago)
}

pub async fn play(stage: &mut Stage, recording: &Recording, now: Time) -> Result<()> {
    let mut scenes = scenes(recording, now);
    scenes.sort_by_key(|scene| scene.at);
    let mut played = vec![Played::default(); scenes.iter().map(|scene| scene.experiment + 1).max().unwrap_or(0)];
    for scene in scenes.iter().filter(|scene| scene.at <= now) {
        stage.at(scene.at).await?;
        perform(stage, scene, &mut played[scene.experiment]).await?;
    }
    Ok(())
}

fn scenes(recording: &Recording, now: Time) -> Vec<Scene<'_>> {
    let bets = recording.projects.iter().flat_map(|project| project.experiments.iter().map(move |bet| (project, bet)));
    let mut scenes = Vec::new();
    if let Some((project, bet)) = bets.clone().next() {
        let at = |step: &backlog::Step| morning(now, step.days_ago).plus_ms(step.hour * HOUR_MS);
        let steps = backlog::STEPS.iter().enumerate();
        scenes.extend(steps.map(|(place, step)| Scene {
            at: at(step),
            experiment: 0,
            act: Act::Plan(place),
            project,
            bet,
        }));
    }
    for (experiment, (project, bet)) in bets.enumerate() {
        let proposed = morning(now, bet.proposed_days_ago);
        let mut add = |at: Time, act: Act| scenes.push(Scene { at, experiment, act, project, bet });
        add(proposed, Act::Propose);
        let starts = |run: &Run| proposed.plus_ms((run.starts_after * 1000.0) as i64);
        for (place, run) in bet.runs.iter().enumerate() {
            // What still runs started a little while ago, whatever the hour is.
            let at = if run.status == "RUNNING" { starts(run).min(now.plus_ms(-HOUR_MS / 4)) } else { starts(run) };
            add(at, Act::Train(place));
        }
        let trained = bet.runs.iter().map(starts).max().unwrap_or(proposed);
        let after = |hours: i64| trained.plus_ms(hours * HOUR_MS);
        if matches!(bet.outcome, Outcome::InProduction | Outcome::Waiting) {
            add(after(1), Act::Register);
            add(after(2), Act::AskForReviews);
            (0..REVIEWS.len()).for_each(|place| add(after(20 + 3 * place as i64), Act::Decide(place)));
            add(after(28), Act::AskForPromotion);
            add(after(30), Act::Approve(0));
            add(after(44), Act::Approve(1));
        }
        if bet.outcome == Outcome::InProduction {
            add(after(47), Act::Approve(2));
            add(after(68), Act::Deploy);
        }
    }
    scenes
}

async fn perform(stage: &Stage, scene: &Scene<'_>, played: &mut Played) -> Result<()> {
    let (bet, owner) = (scene.bet, scene.bet.owner.as_str());
    let experiment = format!("/api/v1/experiments/{}", played.id);
    match scene.act {
        Act::Propose => {
            let new = json!({ "name": bet.name, "hypothesis": bet.hypothesis, "owner": format!("{owner}@example.org"), "rule": bet.rule });
            let path = format!("/api/v1/projects/{}/experiments", scene.project.key);
            let made = stage.acts(owner, Method::POST, &path, new).await?;
            played.id = made["id"].as_i64().ok_or_else(|| internal("an experiment without an id"))?;
        }
        Act::Train(place) => {
            let run = &bet.runs[place];
            let logged = train(stage, scene, played.id, run).await?;
            if bet.evidence.as_deref() == Some(run.name.as_str()) {
                played.evidence = logged;
            }
        }
        Act::Register => register(stage, scene, &played.evidence).await?,
        Act::AskForReviews => {
            let artifacts = json!({ "evidence run": bet.evidence, "model card": "model_card.md of the evidence run" });
            stage
                .acts(owner, Method::POST, &format!("{experiment}/reviews"), json!({ "artifacts": artifacts }))
                .await?;
        }
        Act::Decide(place) => decide(stage, &experiment, place).await?,
        Act::AskForPromotion => {
            let plan = json!({ "environment": "production", "rollback_to": "the rule-based list" });
            let asked = json!({ "run_id": played.evidence.run, "plan": plan });
            let made = stage.acts(owner, Method::POST, &format!("{experiment}/promotion"), asked).await?;
            played.promotion = text(&made, "id")?;
        }
        Act::Approve(place) => {
            let (duty, who, note) = APPROVALS[place];
            let path = format!("/api/v1/promotions/{}/approval", played.promotion);
            stage.acts(who, Method::PUT, &path, json!({ "duty": duty, "note": note })).await?;
        }
        Act::Deploy => {
            let path = format!("/api/v1/promotions/{}/deployment", played.promotion);
            stage.acts("tom", Method::POST, &path, json!({ "note": "Shadow first, then canary." })).await?;
        }
        Act::Plan(place) => backlog::act(stage, &backlog::STEPS[place]).await?,
    }
    Ok(())
}

async fn decide(stage: &Stage, experiment: &str, place: usize) -> Result<()> {
    let Judgement { kind, who, note, passes } = REVIEWS[place];
    let request = stage.acts(who, Method::GET, &format!("{experiment}/reviews"), Json::Null).await?;
    let reviews = request["reviews"].as_array().into_iter().flatten();
    let review =
        reviews.into_iter().find(|review| review["kind"] == kind).ok_or_else(|| internal("a review is missing"))?;
    let checklist: serde_json::Map<String, Json> = passes
        .iter()
        .map(|(key, evidence)| ((*key).to_owned(), json!({ "state": "pass", "evidence": evidence })))
        .collect();
    let decision = json!({ "decision": "accepted", "note": note, "checklist": checklist });
    stage.acts(who, Method::PATCH, &format!("/api/v1/reviews/{}", text(review, "id")?), decision).await.map(drop)
}

/// Logs the run as its client would have.
async fn train(stage: &Stage, scene: &Scene<'_>, experiment: i64, run: &Run) -> Result<Logged> {
    let (who, base) = (run.by.as_str(), format!("/p/{}/api/2.0/mlflow", scene.project.key));
    let start = scene.at.ms();
    let tags = run.tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>();
    let new = json!({ "experiment_id": experiment.to_string(), "run_name": run.name, "user_id": who, "start_time": start, "tags": tags });
    let made = stage.acts(who, Method::POST, &format!("{base}/runs/create"), new).await?;
    let id = text(&made["run"]["info"], "run_id")?;
    let params = run.params.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>();
    stage.acts(who, Method::POST, &format!("{base}/runs/log-batch"), json!({ "run_id": id, "params": params })).await?;
    let mut input = scene.bet.dataset.clone();
    let context = input.remove("context");
    let datasets = json!([{ "dataset": input, "tags": [{ "key": "mlflow.data.context", "value": context }] }]);
    stage
        .acts(who, Method::POST, &format!("{base}/runs/log-inputs"), json!({ "run_id": id, "datasets": datasets }))
        .await?;
    let points: Vec<Json> = run
        .series
        .iter()
        .flat_map(|(key, series)| {
            series.iter().map(move |(step, after, value)| {
            json!({ "key": key, "value": value, "step": step, "timestamp": start + (after * 1000.0) as i64 })
        })
        })
        .collect();
    for batch in points.chunks(1000) {
        stage
            .acts(who, Method::POST, &format!("{base}/runs/log-batch"), json!({ "run_id": id, "metrics": batch }))
            .await?;
    }
    upload(stage, scene, who, &format!("{experiment}/{id}"), &run.artifacts).await?;
    let model = log_model(stage, scene, experiment, &id, run).await?;
    if run.status != "RUNNING" {
        let end = start + (run.lasts.unwrap_or(0.0) * 1000.0) as i64;
        let ended = json!({ "run_id": id, "status": run.status, "end_time": end });
        stage.acts(who, Method::POST, &format!("{base}/runs/update"), ended).await?;
    }
    Ok(Logged { run: id, model })
}

async fn upload(stage: &Stage, scene: &Scene<'_>, who: &str, owner: &str, artifacts: &[Artifact]) -> Result<()> {
    let root = format!("/p/{}/api/2.0/mlflow-artifacts/artifacts/{owner}/artifacts", scene.project.key);
    for artifact in artifacts {
        let bytes = STANDARD.decode(&artifact.base64).map_err(internal)?;
        stage.uploads(who, &format!("{root}/{}", artifact.path), bytes).await?;
    }
    Ok(())
}

/// The model that the run trained, where it was recorded.
async fn log_model(
    stage: &Stage,
    scene: &Scene<'_>,
    experiment: i64,
    run_id: &str,
    run: &Run,
) -> Result<Option<String>> {
    if run.model.is_empty() {
        return Ok(None);
    }
    let (who, base) = (run.by.as_str(), format!("/p/{}/api/2.0/mlflow", scene.project.key));
    let new = json!({ "experiment_id": experiment.to_string(), "name": "model", "source_run_id": run_id });
    let made = stage.acts(who, Method::POST, &format!("{base}/logged-models"), new).await?;
    let id = text(&made["model"]["info"], "model_id")?;
    let outputs = json!({ "run_id": run_id, "models": [{ "model_id": id, "step": 0 }] });
    stage.acts(who, Method::POST, &format!("{base}/runs/outputs"), outputs).await?;
    upload(stage, scene, who, &format!("{experiment}/models/{id}"), &run.model).await?;
    let ready = json!({ "model_id": id, "status": "LOGGED_MODEL_READY" });
    stage.acts(who, Method::PATCH, &format!("{base}/logged-models/{id}"), ready).await?;
    Ok(Some(id))
}

async fn register(stage: &Stage, scene: &Scene<'_>, evidence: &Logged) -> Result<()> {
    let (Some(name), Some(model)) = (&scene.bet.registered, &evidence.model) else { return Ok(()) };
    let (who, base) = (scene.bet.owner.as_str(), format!("/p/{}/api/2.0/mlflow", scene.project.key));
    let new = json!({ "name": name, "description": scene.bet.hypothesis });
    stage.acts(who, Method::POST, &format!("{base}/registered-models/create"), new).await?;
    let source = format!("models:/{model}");
    let new = json!({ "name": name, "source": source, "run_id": evidence.run, "model_id": model });
    let made = stage.acts(who, Method::POST, &format!("{base}/model-versions/create"), new).await?;
    let version = text(&made["model_version"], "version")?;
    let alias = json!({ "name": name, "alias": "candidate", "version": version });
    stage.acts(who, Method::POST, &format!("{base}/registered-models/alias"), alias).await.map(drop)
}

fn text(value: &Json, key: &str) -> Result<String> {
    value[key].as_str().map(str::to_owned).ok_or_else(|| internal(format!("an answer without {key}: {value}")))
}
