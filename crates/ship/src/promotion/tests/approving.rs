use lab::run::Status;
use people::{Duty, Role};
use serde_json::json;

use crate::{
    promotion::*,
    review::Kind,
    story::{APPROVERS, REVIEWERS, Story, each_story, refused, rule},
};

fn duties(promotion: &Promotion) -> &[Duty] {
    &promotion.missing.duties
}

/// The promotion contract: two of three are not enough, the order does not matter, what was
/// withdrawn is missing again.
#[test]
fn two_approvals_lack_the_third_and_three_approve() {
    each_story(|story| {
        story.pass_reviews();
        let promotion = story.ask();
        assert_eq!(promotion.state, State::Waiting);
        assert_eq!(duties(&promotion), crate::gate::REQUIRED);
        story.approve("Tom", Duty::TechnicalLead, &promotion.id).unwrap();
        let two = story.approve("Pia", Duty::ProductOwner, &promotion.id).unwrap();
        assert_eq!((two.approved, duties(&two)), (false, &[Duty::Security][..]));
        assert!(two.missing.checks.is_empty());
        assert!(two.deployment_plan.is_none() && two.monitoring_setup.is_none());
        assert_eq!(story.stage().as_deref(), Some("in_review"));

        let three = story.approve("Sol", Duty::Security, &promotion.id).unwrap();
        assert_eq!((three.approved, three.state), (true, State::Approved));
        let plan = three.deployment_plan.unwrap();
        let phases: Vec<&str> = plan.phases.iter().map(|phase| phase.name.as_str()).collect();
        assert_eq!(phases, ["shadow", "canary", "full"]);
        assert_eq!(plan.rollback.to, "churn-scorer 1.4.2");
        let rules = three.monitoring_setup.unwrap().prometheus_rules;
        assert!(rules.contains("model_auc{experiment="), "{rules}");
        assert_eq!(story.stage().as_deref(), Some("approved"));

        let back = story.withdraw("Pia", Duty::ProductOwner, &promotion.id).unwrap();
        assert_eq!((back.approved, back.state, duties(&back)), (false, State::Waiting, &[Duty::ProductOwner][..]));
        assert!(back.deployment_plan.is_none());
        assert_eq!(story.stage().as_deref(), Some("in_review"));
        assert!(story.approve("Pia", Duty::ProductOwner, &promotion.id).unwrap().approved);
        let told = story.told(&promotion.id);
        assert_eq!(
            told,
            [
                "promotion.asked",
                "approval.given",
                "approval.given",
                "approval.given",
                "promotion.approved",
                "approval.withdrawn",
                "promotion.reopened",
                "approval.given",
                "promotion.approved"
            ]
        );
    });
}

#[test]
fn approvals_and_reviews_come_in_any_order() {
    each_story(|story| {
        story.ask_reviews();
        let id = story.ask().id;
        type Act<'s> = Box<dyn Fn(&Story) + 's>;
        let approvals = APPROVERS.map(|(who, duty)| {
            let id = id.clone();
            Box::new(move |story: &Story| drop(story.approve(who, duty, &id).unwrap())) as Act
        });
        let reviews =
            REVIEWERS.map(|(who, kind)| Box::new(move |story: &Story| drop(story.accept(who, kind).unwrap())) as Act);
        let [a, b, c] = approvals;
        let [d, e, f] = reviews;
        for act in [&d, &a, &e, &c, &b] {
            act(story);
            assert!(!story.see(&id).approved);
        }
        f(story);
        assert!(story.see(&id).approved);
        assert_eq!(story.told(&id).last().unwrap(), "promotion.approved");
        assert_eq!(story.stage().as_deref(), Some("approved"));
    });
}

#[test]
fn what_is_missing_without_any_review() {
    each_story(|story| {
        let promotion = story.ask();
        assert_eq!(
            promotion.missing.checks,
            [
                "safety_eval_passed",
                "cost_projection_acceptable",
                "documentation_complete",
                "rollback_plan_defined",
                "review:technical",
                "review:ethics",
                "review:business"
            ]
        );
        assert!(promotion.reviews.is_empty());
        assert_eq!(promotion.review_checklist.len(), 5);
        let performance = promotion.review_checklist[0].evidence.as_deref().unwrap();
        assert!(performance.ends_with("meets auc ≥ 0.86 and p95_ms ≤ 100."), "{performance}");
    });
}

#[test]
fn performance_is_that_of_the_promoted_run() {
    each_story(|story| {
        story.pass_reviews();
        let performance = |metrics: &[(&str, f64)]| {
            let run = story.finished("Mei", metrics);
            let promotion = story.ask_by("Dana", &run).unwrap();
            (promotion.missing.checks, promotion.review_checklist[0].evidence.clone().unwrap())
        };
        let missing = ["performance_meets_threshold"];
        let (checks, why) = performance(&[("auc", 0.9), ("p95_ms", 212.0)]);
        assert_eq!(checks, missing);
        assert!(why.ends_with("has p95_ms 212 where ≤ 100 is asked."), "{why}");
        let (checks, why) = performance(&[("auc", 0.9)]);
        assert_eq!(checks, missing);
        assert!(why.ends_with("did not log p95_ms."), "{why}");
        let (checks, _) = performance(&[("auc", f64::NAN), ("p95_ms", 84.0)]);
        assert_eq!(checks, missing);
        let (checks, _) = performance(&[("auc", 0.86), ("p95_ms", 100.0)]);
        assert!(checks.is_empty());
    });
}

#[test]
fn a_reopened_run_is_no_evidence_any_more() {
    each_story(|story| {
        let promotion = story.approved();
        story.set_status(&story.run, Status::Running);
        let after = story.see(&promotion.id);
        assert_eq!(after.missing.checks, ["performance_meets_threshold"]);
        assert_eq!(duties(&after).len(), 3);
        assert_eq!(after.review_checklist[0].evidence.as_deref(), Some("The run is running, not finished."));
        refused(story.deploy("Tom", &promotion.id), 409, "performance_meets_threshold");
    });
}

/// What the run says that it made must be there to be deployed.
#[test]
fn a_model_that_is_not_ready_keeps_the_gate_shut() {
    each_story(|story| {
        let (experiment, run) = (story.experiment, story.run.clone());
        let model = story
            .act("Mei", move |tx, mei| {
                let model = lab::model::create(tx, mei, experiment, &lab::model::New::default())?.id;
                lab::run::log_outputs(tx, mei, &run, &[lab::run::Output { model: model.clone(), step: 0 }])?;
                Ok(model)
            })
            .unwrap();
        story.pass_reviews();
        let id = story.ask().id;
        let become_ = |status| {
            let model = model.clone();
            story.act("Mei", move |tx, mei| lab::model::set_status(tx, mei, &model, status)).unwrap();
        };
        let key = format!("model:{model}");
        assert_eq!(story.see(&id).missing.checks, [key.as_str()], "it is pending");
        become_(lab::model::Status::Failed);
        assert_eq!(story.see(&id).missing.checks, [key.as_str()]);
        become_(lab::model::Status::Ready);
        for (who, duty) in APPROVERS {
            story.approve(who, duty, &id).unwrap();
        }
        assert!(story.see(&id).approved);

        let (gone, run) = (model.clone(), story.run.clone());
        story.act("Mei", move |tx, mei| lab::model::delete(tx, mei, &gone)).unwrap();
        let elsewhere = lab::run::Output { model: "m-elsewhere".into(), step: 1 };
        story
            .act("Mei", move |tx, mei| lab::run::log_outputs(tx, mei, &run, std::slice::from_ref(&elsewhere)))
            .unwrap();
        for (who, duty) in APPROVERS {
            story.approve(who, duty, &id).unwrap();
        }
        let shut = story.see(&id);
        assert_eq!((shut.missing.duties.len(), shut.approved), (0, false));
        assert_eq!(shut.missing.checks, [key, "model:m-elsewhere".to_owned()]);
        let refusal = story.deploy("Tom", &id).unwrap_err();
        assert_eq!(refusal.members()["missing"], json!(shut.missing));
        assert!(refusal.detail().ends_with("model:m-elsewhere."), "{refusal}");
    });
}

#[test]
fn a_declined_review_reopens_an_approved_promotion() {
    each_story(|story| {
        let id = story.approved().id;
        let said = crate::review::Judgement {
            decision: Some(crate::review::Decision::Declined),
            note: Some("A new risk.".to_owned()),
            ..Default::default()
        };
        story.judge("Lev", Kind::Ethics, said).unwrap();
        let after = story.see(&id);
        assert_eq!((after.state, after.missing.checks), (State::Waiting, vec!["review:ethics".to_owned()]));
        assert_eq!(story.told(&id)[5..], ["review.decided", "promotion.reopened"]);
        story.accept("Lev", Kind::Ethics).unwrap();
        assert!(story.see(&id).approved);
        story.ask_reviews();
        assert_eq!(story.see(&id).missing.checks.len(), 7);
    });
}

#[test]
fn the_background_announces_what_others_changed() {
    each_story(|story| {
        let id = story.approved().id;
        story.set_rule(rule(0.5));
        let settle = |id: &PromotionId| {
            let id = id.clone();
            story.world.db.write_blocking(move |tx| settle_by_itself(tx, &id)).unwrap();
        };
        assert_eq!(story.told(&id).last().unwrap(), "promotion.approved");
        settle(&id);
        let reopened = story.see(&id).history.into_iter().next().unwrap();
        assert_eq!((reopened.kind.as_str(), reopened.actor.id.as_str()), ("promotion.reopened", "system"));
        assert_eq!(story.stage().as_deref(), Some("in_review"));
        settle(&id);
        assert_eq!(story.see(&id).history[0].seq, reopened.seq);
        settle(&"none".into());
    });
}

#[test]
fn refusals_are_said_beforehand() {
    each_story(|story| {
        story.pass_reviews();
        story.seat("Dana", Role::Member, &[Duty::Security]);
        story.seat("Mei", Role::Member, &[Duty::Security]);
        let id = story.ask().id;
        story.approve("Tom", Duty::TechnicalLead, &id).unwrap();
        for who in ["Dana", "Mei", "Tom", "Pia", "Sol", "Mara", "Pavel"] {
            let see = id.clone();
            let can = story.look(who, move |tx, actor| get(tx, actor, &see)).unwrap().can;
            for duty in crate::gate::REQUIRED {
                let said = can.approve.why_not(duty.as_str());
                let Some(said) = said else { continue };
                if said.starts_with("You approved this") {
                    continue;
                }
                let refusal = story.approve(who, duty, &id).unwrap_err();
                assert_eq!(refusal.detail(), said, "{who} as {duty}");
            }
            let said = can.rest.why_not("deploy").unwrap();
            assert_eq!(story.deploy(who, &id).unwrap_err().detail(), said, "{who}");
        }
        let tom = story.look("Tom", move |tx, tom| get(tx, tom, &id)).unwrap().can;
        assert_eq!(tom.approve.why_not("technical_lead"), Some("You approved this as technical lead already."));
        assert_eq!(tom.withdraw.why_not("technical_lead"), None);
        let mara = serde_json::to_value(&tom).unwrap();
        assert_eq!(mara["withdraw"], json!({ "technical_lead": true }));
        assert!(mara["deploy"].is_string() && mara["cancel"].is_string());
    });
}
