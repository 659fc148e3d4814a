//! What the demo's team means to do beside its experiments: a story that was split and delivered, and
//! what is on the board now.

use axum::http::Method;
use base::{Result, refuse::internal};
use serde_json::Value as Json;

use super::stage::Stage;

/// What one person does with the backlog, so many days ago and so many hours after nine.
pub struct Step {
    pub days_ago: i64,
    pub hour: i64,
    who: &'static str,
    does: Does,
    with: &'static str,
}

#[derive(Clone, Copy)]
enum Does {
    Post(&'static str),
    Put(&'static str),
    /// Of an item, as it is then.
    Change(&'static str),
    /// Of the column of a status.
    Limit(&'static str),
}

use Does::{Change, Limit, Post, Put};

const fn step(days_ago: i64, hour: i64, who: &'static str, does: Does, with: &'static str) -> Step {
    Step { days_ago, hour, who, does, with }
}

const ITEMS: Does = Post("projects/SCREEN/items");
const BOARD: &str = "/api/v1/projects/SCREEN/board";

/// In order of time.
pub const STEPS: &[Step] = &[
    step(
        33,
        0,
        "pia",
        ITEMS,
        r#"{"kind": "story", "title": "A list for the morning round", "labels": ["triage"],
            "story": {"who": "radiologist", "want": "to see the likely malignant samples first",
                      "benefit": "nobody waits a day longer than needed"},
            "acceptance": ["every sample of the night has a score", "at least 95 % of the malignant ones are flagged",
                           "the list opens in less than a second"]}"#,
    ),
    step(33, 1, "sam", Post("items/SCREEN-1/split"), "{}"),
    step(33, 2, "dana", Change("SCREEN-2"), r#"{"assignee": "me", "estimate": 5, "done_profile": "data"}"#),
    step(33, 2, "mei", Change("SCREEN-3"), r#"{"assignee": "me", "estimate": 8, "done_profile": "training"}"#),
    step(
        33,
        3,
        "tom",
        Change("SCREEN-4"),
        r#"{"assignee": "me", "estimate": 3, "done_profile": "serving",
            "contract": "`POST /score` takes the thirty measurements of a sample and answers `{\"risk\": 0…1}` within 100 ms."}"#,
    ),
    step(33, 4, "pia", Post("items/SCREEN-1/move"), r#"{"status": "Ready"}"#),
    step(
        33,
        5,
        "sam",
        Post("projects/SCREEN/sprints"),
        r#"{"goal": "Every sample of last night has a score, from training to the API"}"#,
    ),
    step(33, 5, "dana", Change("SCREEN-2"), r#"{"sprint": 1}"#),
    step(33, 5, "mei", Change("SCREEN-3"), r#"{"sprint": 1}"#),
    step(33, 5, "tom", Change("SCREEN-4"), r#"{"sprint": 1}"#),
    step(
        33,
        6,
        "sam",
        Put("sprints/1/people"),
        r#"{"people": [{"person": "dana@example.org", "points": 6}, {"person": "mei@example.org", "points": 8},
            {"person": "tom@example.org", "points": 4}]}"#,
    ),
    step(33, 6, "sam", Post("sprints/1/start"), "{}"),
    step(32, 0, "dana", Post("items/SCREEN-1/move"), r#"{"status": "In progress"}"#),
    step(32, 0, "dana", Post("items/SCREEN-2/move"), r#"{"status": "In progress"}"#),
    step(
        32,
        1,
        "sam",
        Post("projects/SCREEN/items/batch"),
        r#"{"lines": "Write the model card with the ethics reviewer\nMeasure latency at ten times the volume\nAgree who looks at flagged samples\nDrop measurements that arrive too late\nAlert when the share of flagged samples jumps\nMove the plots of the notebook into the report"}"#,
    ),
    step(31, 0, "sam", Limit("In progress"), r#"{"limit": 3, "policy": "Finish before you begin."}"#),
    step(31, 0, "sam", Limit("In review"), r#"{"limit": 2}"#),
    step(
        30,
        2,
        "dana",
        ITEMS,
        r#"{"kind": "spike", "title": "Look at the samples that were missed", "assignee": "me", "status": "In progress",
            "spike": {"question": "Do the missed samples have something in common?", "days": 3}}"#,
    ),
    step(
        29,
        3,
        "dana",
        Put("items/SCREEN-11/spike/answer"),
        r#"{"answer": "yes", "finding": "Most of them have **smooth contours**; texture tells them apart."}"#,
    ),
    step(29, 3, "dana", Post("items/SCREEN-11/move"), r#"{"status": "Done"}"#),
    step(29, 5, "dana", Post("items/SCREEN-2/move"), r#"{"status": "Done"}"#),
    step(28, 0, "mei", Post("items/SCREEN-3/move"), r#"{"status": "In progress"}"#),
    step(28, 1, "tom", Post("items/SCREEN-4/move"), r#"{"status": "In progress"}"#),
    step(
        26,
        2,
        "mei",
        Post("items/SCREEN-3/comments"),
        r#"{"body": "Boosting with fewer leaves loses nothing and is half as large. @tom@example.org, is that enough for the API?"}"#,
    ),
    step(25, 4, "mei", Post("items/SCREEN-3/move"), r#"{"status": "In review"}"#),
    step(24, 1, "tom", Post("items/SCREEN-3/move"), r#"{"status": "Done"}"#),
    step(20, 3, "tom", Post("items/SCREEN-4/move"), r#"{"status": "In review"}"#),
    step(
        20,
        4,
        "sam",
        Post("projects/SCREEN/sprints"),
        r#"{"goal": "Radiologists see the list in the morning round"}"#,
    ),
    step(
        20,
        5,
        "sam",
        Post("sprints/1/close"),
        r#"{"verdict": "partly", "carry_to": 2,
            "outcome": "The model scores every sample. The API waits for **the review**: nobody had time for it in the last week."}"#,
    ),
    step(20, 6, "sam", Post("projects/SCREEN/estimates"), r#"{"name": "Planning of the second sprint", "timer": 180}"#),
    step(20, 6, "sam", Post("estimates/1/rounds"), r#"{"item": "SCREEN-6"}"#),
    step(20, 6, "dana", Put("estimates/1/rounds/1/vote"), r#"{"card": "2"}"#),
    step(20, 6, "mei", Put("estimates/1/rounds/1/vote"), r#"{"card": "3"}"#),
    step(20, 6, "tom", Put("estimates/1/rounds/1/vote"), r#"{"card": "8"}"#),
    step(20, 6, "sam", Post("estimates/1/rounds/1/reveal"), "{}"),
    step(
        20,
        6,
        "tom",
        Post("estimates/1/rounds/1/notes"),
        r#"{"text": "Ten times the volume needs the second machine; asking for it takes longer than measuring"}"#,
    ),
    step(20, 6, "sam", Post("estimates/1/rounds/1/repeat"), "{}"),
    step(20, 6, "dana", Put("estimates/1/rounds/2/vote"), r#"{"card": "3"}"#),
    step(20, 6, "mei", Put("estimates/1/rounds/2/vote"), r#"{"card": "3"}"#),
    step(20, 6, "tom", Put("estimates/1/rounds/2/vote"), r#"{"card": "3"}"#),
    step(20, 6, "sam", Post("estimates/1/rounds/2/reveal"), "{}"),
    step(20, 6, "sam", Post("estimates/1/rounds/2/accept"), "{}"),
    step(20, 7, "sam", Post("estimates/1/rounds"), r#"{"item": "SCREEN-5"}"#),
    step(20, 7, "dana", Put("estimates/1/rounds/3/vote"), r#"{"card": "2"}"#),
    step(20, 7, "mei", Put("estimates/1/rounds/3/vote"), r#"{"card": "2"}"#),
    step(20, 7, "tom", Put("estimates/1/rounds/3/vote"), r#"{"card": "3"}"#),
    step(20, 7, "sam", Post("estimates/1/rounds/3/reveal"), "{}"),
    step(20, 7, "tom", Put("estimates/1/rounds/3/consent"), "{}"),
    step(20, 7, "sam", Post("estimates/1/rounds/3/accept"), "{}"),
    step(20, 7, "sam", Post("estimates/1/close"), "{}"),
    step(19, 0, "tom", Change("SCREEN-6"), r#"{"sprint": 2, "assignee": "me"}"#),
    step(19, 0, "mei", Change("SCREEN-5"), r#"{"sprint": 2, "assignee": "me"}"#),
    step(19, 1, "sam", Post("sprints/2/start"), "{}"),
    step(15, 3, "mei", Post("items/SCREEN-5/move"), r#"{"status": "Done"}"#),
    step(12, 2, "mei", Post("items/SCREEN-4/move"), r#"{"status": "Done"}"#),
    step(11, 1, "pia", Post("items/SCREEN-1/move"), r#"{"status": "Done"}"#),
    step(
        9,
        0,
        "sam",
        Post("sprints/2/close"),
        r#"{"verdict": "met", "outcome": "The list stands in the morning round. Latency at ten times the volume is still not measured."}"#,
    ),
    step(
        9,
        1,
        "pia",
        ITEMS,
        r#"{"kind": "story", "title": "Say how sure the model is", "domain": "complex", "labels": ["triage"], "estimate": 5,
            "story": {"who": "radiologist", "want": "to see how sure the model is", "benefit": "I know where to look twice"}}"#,
    ),
    step(
        8,
        0,
        "lev",
        ITEMS,
        r#"{"kind": "bug", "title": "Measurements with a comma are read as text", "priority": "high", "assignee": "me",
            "estimate": 2, "status": "In progress"}"#,
    ),
    step(
        7,
        0,
        "pia",
        Post("projects/SCREEN/sprints"),
        r#"{"mode": "experiment", "goal": "Do we know when the model is unsure, and do radiologists understand it?"}"#,
    ),
    step(
        7,
        1,
        "dana",
        ITEMS,
        r#"{"kind": "spike", "title": "Ways to say how sure a score is", "assignee": "me", "sprint": 3,
            "spike": {"question": "Does calibration on last year's samples hold for this year's?", "days": 10}}"#,
    ),
    step(
        7,
        1,
        "pia",
        ITEMS,
        r#"{"kind": "spike", "title": "Show three drawings to radiologists", "assignee": "me", "sprint": 3,
            "spike": {"question": "Do radiologists look twice where the model says that it is unsure?", "days": 10}}"#,
    ),
    step(7, 2, "pia", Post("items/SCREEN-12/relations"), r#"{"kind": "tested_by", "item": "SCREEN-14"}"#),
    step(7, 2, "pia", Change("SCREEN-12"), r#"{"sprint": 3, "assignee": "mei@example.org"}"#),
    step(7, 2, "lev", Change("SCREEN-13"), r#"{"sprint": 3}"#),
    step(7, 3, "sam", Post("sprints/3/start"), "{}"),
    step(5, 2, "dana", Change("SCREEN-8"), r#"{"assignee": "me", "status": "In progress", "trade": "data_scientist"}"#),
    step(
        4,
        0,
        "pia",
        Put("items/SCREEN-15/spike/answer"),
        r#"{"answer": "yes", "finding": "Two of three drawings were understood at once; the **band** was read right by all nine."}"#,
    ),
    step(4, 0, "pia", Post("items/SCREEN-15/move"), r#"{"status": "Done"}"#),
    step(4, 1, "tom", Change("SCREEN-9"), r#"{"assignee": "me", "status": "In progress", "estimate": 3}"#),
    step(
        3,
        0,
        "sam",
        Post("projects/SCREEN/checkpoints"),
        r#"{"sprint": 3, "asked": ["omar@example.org", "pia@example.org"]}"#,
    ),
    step(
        3,
        0,
        "omar",
        Put("checkpoints/1/decisions/SCREEN-14"),
        r#"{"choice": "continue", "reason": "We cannot show a number that nobody has checked on this year's samples."}"#,
    ),
    step(3, 0, "dana", Change("SCREEN-8"), r#"{"blocked": "The laboratory has not said which of them come late."}"#),
    step(
        2,
        3,
        "pia",
        Post("items/SCREEN-8/comments"),
        r#"{"body": "I asked them again. @omar@example.org knows the right person."}"#,
    ),
];

pub async fn act(stage: &Stage, step: &Step) -> Result<()> {
    let with: Json = serde_json::from_str(step.with).map_err(internal)?;
    let who = step.who;
    let answer = match step.does {
        Post(path) => stage.acts(who, Method::POST, &format!("/api/v1/{path}"), with).await,
        Put(path) => stage.acts(who, Method::PUT, &format!("/api/v1/{path}"), with).await,
        Change(key) => stage.changes(who, &format!("/api/v1/items/{key}"), with).await,
        Limit(status) => {
            let board = stage.acts(who, Method::GET, BOARD, Json::Null).await?;
            let columns = board["columns"].as_array().into_iter().flatten();
            let found = columns.into_iter().find(|column| column["status"]["name"] == status);
            let column = found.ok_or_else(|| internal(format!("there is no column {status}")))?;
            stage.acts(who, Method::PUT, &format!("{BOARD}/{}", column["status"]["id"]), with).await
        }
    };
    answer.map(drop)
}
