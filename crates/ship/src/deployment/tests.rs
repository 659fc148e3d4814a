use base::RunId;
use people::Role;

use super::*;
use crate::{
    promotion::State,
    review::{Decision, Judgement, Kind},
    story::{APPROVERS, Story, asked, each_story, refused, rule},
};

fn deployed(story: &Story) -> PromotionId {
    let id = story.approved().id;
    story.deploy("Tom", &id).unwrap();
    id
}

#[test]
fn an_approved_bundle_goes_live() {
    each_story(|story| {
        let id = story.approved().id;
        let digest = story.see(&id).bundle.digest;
        let live = story.deploy("Tom", &id).unwrap();
        assert_eq!((live.state, live.approved), (State::InProduction, true));
        assert!(live.missing.nothing());
        assert_eq!(live.bundle.digest, digest);
        assert_eq!(live.deployment.unwrap().deployed_by.name, "Tom");
        assert!(live.approvals.iter().all(|approval| approval.valid));
        assert_eq!(story.stage().as_deref(), Some("in_production"));
        assert_eq!(story.told(&id).last().unwrap(), "deployment.started");
    });
}

#[test]
fn only_a_technical_lead_deploys_only_what_is_approved() {
    each_story(|story| {
        let id = story.approved().id;
        for who in ["Dana", "Pia", "Sol", "Mara", "Pavel"] {
            refused(story.deploy(who, &id), 403, "Only a technical lead");
        }
        refused(story.deploy("Rita", &id), 404, "No such promotion");
        story.withdraw("Sol", Duty::Security, &id).unwrap();
        let refusal = story.deploy("Tom", &id).unwrap_err();
        assert_eq!(refusal.detail(), "This is not approved. Missing: approval by security.");
        assert_eq!(refusal.members()["missing"], json!({ "duties": ["security"], "checks": [] }));
        assert!(story.see(&id).deployment.is_none());
    });
}

#[test]
fn the_evidence_is_checked_again_in_the_same_moment() {
    each_story(|story| {
        let id = story.approved().id;
        let seen = story.see(&id).bundle.digest;
        story.log(&story.run, "auc", 0.5);
        let refusal = story.deploy("Tom", &id).unwrap_err();
        assert_eq!(refusal.members()["missing"]["checks"], json!(["performance_meets_threshold"]));
        story.log(&story.run, "auc", 0.5);
        let late = story.finished("Mei", &[("auc", 0.9), ("p95_ms", 10.0)]);
        story.ask_by("Dana", &late).unwrap();
        let wanted = Wanted { note: None, digest: Some(seen) };
        let id = story.see(&story.ask_by("Dana", &late).unwrap().id).id;
        for (who, duty) in APPROVERS {
            story.approve(who, duty, &id).unwrap();
        }
        let stale = story.act("Tom", move |tx, tom| start(tx, tom, &id, &IfMatch::default(), &wanted));
        assert_eq!(stale.unwrap_err().status(), 412);
    });
}

#[test]
fn what_is_live_cannot_be_taken_back() {
    each_story(|story| {
        let id = deployed(story);
        refused(story.withdraw("Sol", Duty::Security, &id), 409, "roll back to churn-scorer 1.4.2");
        refused(story.approve("Sol", Duty::Security, &id), 409, "in production");
        refused(story.deploy("Tom", &id), 409, "in production");
        let said =
            Judgement { decision: Some(Decision::Declined), note: Some("Too late.".to_owned()), ..Default::default() };
        refused(story.judge("Lev", Kind::Ethics, said), 409, "Ask for new reviews");
        let cancel = story.act("Dana", move |tx, dana| promotion::cancel(tx, dana, &id, &IfMatch::default(), None));
        refused(cancel, 409, "in production");
    });
}

/// What was deployed is shown as it was then.
#[test]
fn the_record_stays_as_it_was() {
    each_story(|story| {
        let id = deployed(story);
        let then = story.see(&id);
        story.log(&story.run, "auc", 0.1);
        story.put(&story.run, "model.pkl", 'f');
        story.set_rule(rule(0.99));
        story.seat("Sol", Role::Member, &[]);
        story.ask_reviews();
        let now = story.see(&id);
        assert_eq!((&now.bundle, now.approved, now.state), (&then.bundle, true, State::InProduction));
        assert_eq!(json!(now.review_checklist), json!(then.review_checklist));
        assert!(now.approvals.iter().all(|approval| approval.valid));
        assert_eq!(now.monitoring_setup, then.monitoring_setup);
    });
}

#[test]
fn the_next_deployment_replaces_the_one_before() {
    each_story(|story| {
        let first = deployed(story);
        story.world.db.days_pass(1);
        let run = story.finished("Mei", &[("auc", 0.9), ("p95_ms", 50.0)]);
        let second = in_environment(story, &run, "production");
        assert_eq!(story.stage().as_deref(), Some("in_production"));
        assert_eq!(story.see(&first).state, State::Replaced);
        assert_eq!(story.see(&second).state, State::InProduction);
        assert_eq!(story.told(&first).last().unwrap(), "deployment.replaced");
        let third = in_environment(story, &run, "staging");
        assert_eq!(story.see(&second).state, State::InProduction);
        assert_eq!(story.see(&third).state, State::InProduction);
        let id = story.experiment;
        let live = story.look("Mara", move |tx, _| store::live(tx, id)).unwrap();
        let places: Vec<&str> = live.iter().map(|row| row.environment.as_str()).collect();
        assert_eq!(places, ["production", "staging"]);
    });
}

/// Reviewed anew, asked for, approved, deployed.
fn in_environment(story: &Story, run: &RunId, environment: &str) -> PromotionId {
    story.pass_reviews();
    let (experiment, wanted) = (story.experiment, asked(run, json!({ "environment": environment })));
    let id = story.act("Dana", move |tx, dana| promotion::ask(tx, dana, experiment, &wanted)).unwrap().id;
    for (who, duty) in APPROVERS {
        story.approve(who, duty, &id).unwrap();
    }
    story.deploy("Tom", &id).unwrap();
    id
}

#[test]
fn of_two_at_once_one_wins() {
    each_story(|story| {
        story.seat("Ben", Role::Member, &[Duty::TechnicalLead]);
        let id = story.approved().id;
        let outcomes: Vec<u16> = std::thread::scope(|scope| {
            let tries = ["Tom", "Ben", "Tom", "Ben"].map(|who| {
                let id = &id;
                scope.spawn(move || story.deploy(who, id).map_or_else(|refusal| refusal.status(), |_| 201))
            });
            tries.into_iter().map(|hand| hand.join().unwrap()).collect()
        });
        let mut outcomes = outcomes;
        outcomes.sort();
        assert_eq!(outcomes, [201, 409, 409, 409]);
        let started = story.told(&id).into_iter().filter(|kind| kind == "deployment.started").count();
        assert_eq!(started, 1);
    });
}

#[test]
fn over_http() {
    each_story(|story| {
        let path = format!("/api/v1/promotions/{}/deployment", story.approved().id);
        let client = |who| story.world.client(crate::routes).bearer(&story.world.token(who, people::Scope::Full, None));
        assert_eq!(client("Dana").post(&path, json!({})).status, 403);
        assert_eq!(client("Tom").post(&path, json!({ "unknown": 1 })).status, 400);
        let made = client("Tom").raw("POST".parse().unwrap(), &path, "");
        assert_eq!((made.status, &made.json()["state"]), (201, &json!("in_production")), "{}", made.text());
        assert_eq!(client("Tom").post(&path, json!({ "note": "Again." })).status, 409);
    });
}

#[test]
fn names_that_differ_only_in_case_are_one_environment() {
    each_story(|story| {
        let ask = |environment: &str| {
            story.pass_reviews();
            let (id, wanted) = (story.experiment, asked(&story.run, json!({ "environment": environment })));
            story.act("Dana", move |tx, dana| promotion::ask(tx, dana, id, &wanted)).unwrap()
        };
        let deploy = |environment: &str| {
            let promotion = ask(environment);
            for (who, duty) in APPROVERS {
                story.approve(who, duty, &promotion.id).unwrap();
            }
            story.deploy("Tom", &promotion.id).unwrap()
        };
        assert_eq!(ask("PRODUCTION").plan.environment, "production", "every project has it, spelled so");
        let first = deploy("EU-West");
        assert_eq!(first.deployment.unwrap().environment, "EU-West");
        story.world.db.days_pass(1);
        let second = deploy("eu-WEST");
        assert_eq!((second.deployment.unwrap().environment.as_str(), second.state), ("EU-West", State::InProduction));
        assert_eq!(story.see(&first.id).state, State::Replaced);

        // Two spellings cannot both be live, whoever writes them.
        let id = story.experiment;
        let twice = story.act("Tom", move |tx, _| {
            let live = store::live(tx, id)?.remove(0);
            let other = DeploymentRow { id: DeploymentId(tx.new_id()), environment: "EU-WEST".to_owned(), ..live };
            let other = DeploymentRow { promotion: PromotionId(tx.new_id()), ..other };
            promotion_like(tx, &other)?;
            store::add(tx, &other).map_err(|e| e.on("deployment_live", || occupied(&other.environment)))
        });
        refused(twice, 409, "is in EU-WEST already");
    });
}

/// The closed promotion that a deployment refers to.
fn promotion_like(tx: &mut Tx, row: &DeploymentRow) -> Result<()> {
    let latest = promotion::store::latest(tx, row.experiment)?.expect("a promotion");
    promotion::store::add(tx, &promotion::store::PromotionRow { id: row.promotion.clone(), ..latest })
}
