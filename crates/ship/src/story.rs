//! Where the stories of this part begin: Dana owns a bet of CHURN and asks for its promotion, Mei
//! logged the run that is its evidence. Tom, Pia and Sol approve; Tom, Lev and Pia review.

use std::collections::BTreeMap;

use base::{ExperimentId, PromotionId, Result, RunId};
use db::Tx;
use lab::{
    artifact, experiment, metric,
    rule::{self, Comparator, Constraint},
    run::{self, Batch, Status, Update},
};
use people::{
    Actor, Duty, Role,
    door::IfMatch,
    member::{self, Seat},
    testing::{World, each_world, email},
};
use serde_json::{Value, json};

use crate::{
    approval::{self, Given, Withdrawn},
    deployment,
    promotion::{self, Promotion},
    review::{self, Answer, Asked, Check, Decision, Judgement, Kind, ReviewPage, ReviewRequest, State},
};

pub struct Story<'w> {
    pub world: &'w World<'w>,
    pub experiment: ExperimentId,
    pub run: RunId,
}

/// Who approves for which duty.
pub const APPROVERS: [(&str, Duty); 3] =
    [("Tom", Duty::TechnicalLead), ("Pia", Duty::ProductOwner), ("Sol", Duty::Security)];

/// Who decides which review.
pub const REVIEWERS: [(&str, Kind); 3] = [("Tom", Kind::Technical), ("Lev", Kind::Ethics), ("Pia", Kind::Business)];

/// Tells the same story on each engine.
pub fn each_story(tell: impl Fn(&Story)) {
    each_world(|world| tell(&Story::begin(world)));
}

impl<'w> Story<'w> {
    pub fn begin(world: &'w World<'w>) -> Self {
        let mut story = Story { world, experiment: ExperimentId(0), run: RunId::from("") };
        story.experiment = story.bet("Uplift model", Some(rule(0.86)));
        story.run = story.finished("Mei", &[("auc", 0.871), ("p95_ms", 84.0)]);
        story
    }

    /// Something that one of the cast does.
    pub fn act<T: Send + 'static>(
        &self,
        name: &str,
        f: impl Fn(&mut Tx, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let actor = self.world.actor(name);
        self.world.db.write_blocking(move |tx| f(tx, &actor))
    }

    /// Something that one of the cast looks at.
    pub fn look<T: Send + 'static>(
        &self,
        name: &str,
        f: impl Fn(&mut Tx, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let actor = self.world.actor(name);
        self.world.db.read_blocking(move |tx| f(tx, &actor))
    }

    pub fn bet(&self, name: &str, rule: Option<rule::New>) -> ExperimentId {
        let new = experiment::New {
            name: Some(name.to_owned()),
            hypothesis: Some("It finds those who would leave.".to_owned()),
            rule,
            ..Default::default()
        };
        let project = self.world.churn.id.clone();
        self.act("Dana", move |tx, dana| experiment::propose(tx, dana, &project, &new)).unwrap().id
    }

    pub fn started(&self, by: &str, metrics: &[(&str, f64)]) -> RunId {
        let (experiment, now) = (self.experiment, self.world.db.clock.now());
        let new = |(key, value): &(&str, f64)| {
            let point = metric::Point { at: now, step: 0, value: *value };
            metric::New { key: (*key).into(), point, model: None }
        };
        let params = vec![("depth".to_owned(), "3".to_owned())];
        let batch = Batch { metrics: metrics.iter().map(new).collect(), params, tags: vec![] };
        self.act(by, move |tx, actor| {
            let run = run::create(tx, actor, experiment, &run::New::default())?;
            run::log_batch(tx, actor, &run.id, &batch)?;
            Ok(run.id)
        })
        .unwrap()
    }

    pub fn finished(&self, by: &str, metrics: &[(&str, f64)]) -> RunId {
        let run = self.started(by, metrics);
        self.set_status(&run, Status::Finished);
        run
    }

    pub fn set_status(&self, run: &RunId, status: Status) {
        let (id, update) = (run.clone(), Update { status: Some(status), ..Default::default() });
        self.act("Mei", move |tx, mei| run::update(tx, mei, &id, &update)).unwrap();
    }

    pub fn log(&self, run: &RunId, key: &str, value: f64) {
        let at = self.world.db.clock.now();
        let new = metric::New { key: key.into(), point: metric::Point { at, step: 1, value }, model: None };
        let id = run.clone();
        self.act("Mei", move |tx, mei| run::log_metric(tx, mei, &id, &new)).unwrap();
    }

    /// A file of the run with these digits repeated as its digest. A run that has ended is taken up for it.
    pub fn put(&self, run: &RunId, path: &str, digit: char) {
        self.taken_up(run, || self.put_now(run, path, digit));
    }

    /// Does something to the run while it runs; then it is again what it was.
    pub fn taken_up(&self, run: &RunId, act: impl FnOnce()) {
        let id = run.clone();
        let before = self.look("Mei", move |tx, mei| Ok(run::get(tx, mei, &id)?.status)).unwrap();
        self.set_status(run, Status::Running);
        act();
        self.set_status(run, before);
    }

    fn put_now(&self, run: &RunId, path: &str, digit: char) {
        let (id, path) = (run.clone(), path.to_owned());
        let written = blob::Written { sha256: String::from(digit).repeat(64), size: 5 };
        self.act("Mei", move |tx, mei| {
            let run = run::get(tx, mei, &id)?;
            artifact::put(tx, mei, &artifact::Path::of_run(&run).join(&path)?, &written)
        })
        .unwrap();
    }

    pub fn set_rule(&self, rule: rule::New) {
        let change = experiment::Change { rule: Some(Some(rule)), ..Default::default() };
        self.change(change);
    }

    pub fn change(&self, change: experiment::Change) {
        let id = self.experiment;
        self.act("Dana", move |tx, dana| {
            let version = experiment::get(tx, dana, id)?.version;
            experiment::change(tx, dana, id, version, &change)
        })
        .unwrap();
    }

    /// Gives someone of CHURN another seat.
    pub fn seat(&self, name: &str, role: Role, duties: &[Duty]) {
        let seat = Seat { role, trades: vec![], duties: duties.to_vec() };
        let email = email(name);
        self.act("Pavel", move |tx, pavel| member::put(tx, pavel, "CHURN", &email, &seat).map(drop)).unwrap();
    }

    pub fn unseat(&self, name: &str) {
        let email = email(name);
        self.act("Pavel", move |tx, pavel| member::remove(tx, pavel, "CHURN", &email)).unwrap();
    }

    pub fn ask_reviews(&self) -> ReviewRequest {
        let id = self.experiment;
        let asked = Asked { artifacts: BTreeMap::from([("model_card".to_owned(), "# Card".to_owned())]) };
        self.act("Dana", move |tx, dana| review::ask(tx, dana, id, &asked)).unwrap()
    }

    pub fn judge(&self, who: &str, kind: Kind, said: Judgement) -> Result<ReviewPage> {
        let id = self.experiment;
        let request = self.look(who, move |tx, actor| review::current(tx, actor, id))?;
        let review = request.reviews.into_iter().find(|review| review.kind == kind).expect("three reviews").id;
        self.act(who, move |tx, actor| review::decide(tx, actor, &review, &IfMatch::default(), &said))
    }

    /// Accepts the review with all its points.
    pub fn accept(&self, who: &str, kind: Kind) -> Result<ReviewPage> {
        self.judge(who, kind, accepted(kind))
    }

    pub fn pass_reviews(&self) {
        self.ask_reviews();
        for (who, kind) in REVIEWERS {
            self.accept(who, kind).unwrap();
        }
    }

    pub fn ask(&self) -> Promotion {
        self.ask_by("Dana", &self.run).unwrap()
    }

    pub fn ask_by(&self, who: &str, run: &RunId) -> Result<Promotion> {
        let (id, asked) = (self.experiment, asked(run, json!({})));
        self.act(who, move |tx, actor| promotion::ask(tx, actor, id, &asked))
    }

    pub fn see(&self, id: &PromotionId) -> Promotion {
        let id = id.clone();
        self.look("Mara", move |tx, mara| promotion::get(tx, mara, &id)).unwrap()
    }

    pub fn approve(&self, who: &str, duty: Duty, id: &PromotionId) -> Result<Promotion> {
        self.approve_with(who, id, Given { duty, note: None, digest: None })
    }

    pub fn approve_with(&self, who: &str, id: &PromotionId, given: Given) -> Result<Promotion> {
        let id = id.clone();
        self.act(who, move |tx, actor| approval::give(tx, actor, &id, &IfMatch::default(), &given))
    }

    pub fn withdraw(&self, who: &str, duty: Duty, id: &PromotionId) -> Result<Promotion> {
        let (id, withdrawn) = (id.clone(), Withdrawn { duty, note: None });
        self.act(who, move |tx, actor| approval::withdraw(tx, actor, &id, &IfMatch::default(), &withdrawn))
    }

    pub fn deploy(&self, who: &str, id: &PromotionId) -> Result<Promotion> {
        let (id, wanted) = (id.clone(), deployment::Wanted::default());
        self.act(who, move |tx, actor| deployment::start(tx, actor, &id, &IfMatch::default(), &wanted))
    }

    /// Reviewed, asked for, approved by all three.
    pub fn approved(&self) -> Promotion {
        self.pass_reviews();
        let mut promotion = self.ask();
        for (who, duty) in APPROVERS {
            promotion = self.approve(who, duty, &promotion.id).unwrap();
        }
        assert!(promotion.approved, "{:?}", promotion.missing);
        promotion
    }

    pub fn stage(&self) -> Option<String> {
        let id = self.experiment;
        self.look("Mara", move |tx, mara| experiment::get(tx, mara, id)).unwrap().stage
    }

    /// The kinds of the events about a promotion and its reviews, the oldest first.
    pub fn told(&self, id: &PromotionId) -> Vec<String> {
        self.see(id).history.into_iter().rev().map(|entry| entry.kind).collect()
    }
}

/// `auc` at least this, and an answer within 100 ms.
pub fn rule(threshold: f64) -> rule::New {
    rule::New {
        metric: "auc".to_owned(),
        comparator: Comparator::AtLeast,
        threshold,
        constraints: vec![Constraint { metric: "p95_ms".to_owned(), comparator: Comparator::AtMost, threshold: 100.0 }],
        dataset: None,
        time_box_days: None,
    }
}

pub fn asked(run: &RunId, more: Value) -> promotion::Asked {
    let mut plan = json!({ "environment": "production", "rollback_to": "churn-scorer 1.4.2" });
    plan.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(json!({ "run_id": run, "plan": plan })).unwrap()
}

pub fn accepted(kind: Kind) -> Judgement {
    let points = Check::typed().filter(|check| check.kind() == Some(kind));
    let answer = || Answer { state: State::Pass, evidence: Some("Looked at it.".to_owned()) };
    Judgement {
        decision: Some(Decision::Accepted),
        note: None,
        checklist: points.map(|check| (check.as_str().to_owned(), answer())).collect(),
    }
}

/// The sentence of a refusal, with its status.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(outcome: Result<T>, status: u16, because: &str) {
    let refusal = outcome.expect_err("a refusal");
    assert_eq!(refusal.status(), status, "{refusal}");
    assert!(refusal.detail().contains(because), "{refusal}");
}
