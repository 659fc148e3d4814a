use base::UserId;
use people::{Role, Scope};

use super::*;
use crate::{
    gate::REQUIRED,
    promotion::State,
    story::{APPROVERS, Story, each_story, refused, rule},
};

/// Reviewed and asked for.
fn ready(story: &Story) -> PromotionId {
    story.pass_reviews();
    story.ask().id
}

fn valid(promotion: &Promotion) -> Vec<(Duty, bool)> {
    promotion.approvals.iter().map(|approval| (approval.duty, approval.valid)).collect()
}

#[test]
fn only_the_duty_approves() {
    each_story(|story| {
        let id = ready(story);
        refused(story.approve("Pia", Duty::Security, &id), 403, "you do not have that duty");
        refused(story.approve("Mara", Duty::Security, &id), 403, "you do not have that duty");
        refused(story.approve("Pavel", Duty::Security, &id), 403, "you do not have that duty");
        refused(story.approve("Rita", Duty::Security, &id), 404, "No such promotion");
        refused(story.approve("Lev", Duty::EthicsReviewer, &id), 400, "is not asked for");
        refused(story.approve("Sol", Duty::Security, &"none".into()), 404, "No such promotion");
        story.seat("Mara", Role::Viewer, &[Duty::Security]);
        story.approve("Mara", Duty::Security, &id).unwrap();
    });
}

#[test]
fn who_asked_or_logged_does_not_approve() {
    each_story(|story| {
        story.seat("Dana", Role::Member, &[Duty::TechnicalLead, Duty::Security]);
        story.seat("Mei", Role::Member, &[Duty::Security]);
        let id = ready(story);
        refused(story.approve("Dana", Duty::TechnicalLead, &id), 403, "You asked for this promotion");
        refused(story.approve("Mei", Duty::Security, &id), 403, "You logged the evidence run");
        let other = story.ask_by("Sol", &story.run).unwrap().id;
        refused(story.approve("Sol", Duty::Security, &other), 403, "You asked for this promotion");
        story.approve("Dana", Duty::Security, &other).unwrap();
    });
}

#[test]
fn who_wrote_to_somebody_elses_run_does_not_approve_it() {
    each_story(|story| {
        let id = ready(story);
        let (run, tags) = (story.run.clone(), vec![("note".to_owned(), "checked".to_owned())]);
        let batch = lab::run::Batch { tags, ..Default::default() };
        story.act("Tom", move |tx, actor| lab::run::log_batch(tx, actor, &run, &batch)).unwrap();
        refused(story.approve("Tom", Duty::TechnicalLead, &id), 403, "You logged the evidence run");
        story.seat("Ben", Role::Member, &[Duty::TechnicalLead]);
        story.approve("Ben", Duty::TechnicalLead, &id).unwrap();
    });
}

#[test]
fn who_made_the_model_does_not_approve_it_and_a_changed_model_is_another_bundle() {
    each_story(|story| {
        let (experiment, run) = (story.experiment, story.run.clone());
        let new = lab::model::New::default();
        let model = story.act("Tom", move |tx, tom| lab::model::create(tx, tom, experiment, &new)).unwrap().id;
        let made = lab::run::Output { model: model.clone(), step: 0 };
        story.act("Mei", move |tx, mei| lab::run::log_outputs(tx, mei, &run, std::slice::from_ref(&made))).unwrap();
        let id = ready(story);
        refused(story.approve("Tom", Duty::TechnicalLead, &id), 403, "You logged the evidence run");
        story.approve("Pia", Duty::ProductOwner, &id).unwrap();
        story.act("Mei", move |tx, mei| lab::model::delete(tx, mei, &model)).unwrap();
        let now = story.see(&id);
        assert_eq!(now.bundle.models[0].status, "deleted");
        assert_eq!(valid(&now), [(Duty::ProductOwner, false)]);
    });
}

#[test]
fn one_person_approves_for_one_duty() {
    each_story(|story| {
        story.seat("Pia", Role::Member, &REQUIRED);
        let id = ready(story);
        story.approve("Pia", Duty::ProductOwner, &id).unwrap();
        refused(story.approve("Pia", Duty::Security, &id), 409, "each duty needs a different person");
        story.withdraw("Pia", Duty::ProductOwner, &id).unwrap();
        let now = story.approve("Pia", Duty::Security, &id).unwrap();
        assert_eq!(now.missing.duties, [Duty::TechnicalLead, Duty::ProductOwner]);
    });
}

/// A token is its user.
#[test]
fn a_second_token_is_the_same_person() {
    each_story(|story| {
        story.seat("Pia", Role::Member, &REQUIRED);
        story.seat("Dana", Role::Member, &REQUIRED);
        let path = format!("/api/v1/promotions/{}/approval", ready(story));
        let client =
            |who| story.world.client(crate::routes).bearer(&story.world.token(who, Scope::Full, Some("CHURN")));
        assert_eq!(client("Pia").put(&path, json!({ "duty": "product_owner" })).status, 200);
        assert_eq!(client("Pia").put(&path, json!({ "duty": "security" })).status, 409);
        assert_eq!(client("Dana").put(&path, json!({ "duty": "security" })).status, 403);
    });
}

#[test]
fn a_duty_is_filled_once() {
    each_story(|story| {
        story.seat("Ben", Role::Member, &[Duty::Security]);
        let id = ready(story);
        story.approve("Sol", Duty::Security, &id).unwrap();
        refused(story.approve("Ben", Duty::Security, &id), 409, "There is an approval by security already");
        refused(story.withdraw("Ben", Duty::Security, &id), 409, "You have not approved");
    });
}

#[test]
fn giving_it_again_is_safe() {
    each_story(|story| {
        let id = ready(story);
        let once = story.approve("Sol", Duty::Security, &id).unwrap();
        let twice = story.approve("Sol", Duty::Security, &id).unwrap();
        assert_eq!(json!(once), json!(twice));
        let noted = Given { duty: Duty::Security, note: Some(" Looked at it. ".to_owned()), digest: None };
        let noted = story.approve_with("Sol", &id, noted).unwrap();
        assert_eq!(noted.approvals[0].note.as_deref(), Some("Looked at it."));
        assert_eq!((noted.approvals.len(), story.told(&id).len()), (1, 2));
    });
}

#[test]
fn what_was_seen_is_what_is_approved() {
    each_story(|story| {
        let id = ready(story);
        let seen = story.see(&id).bundle.digest;
        let with = |digest: &str| Given { duty: Duty::Security, note: None, digest: Some(digest.to_owned()) };
        story.approve_with("Sol", &id, with(&seen)).unwrap();
        story.log(&story.run, "auc", 0.872);
        let refusal = story.approve_with("Sol", &id, with(&seen)).unwrap_err();
        assert_eq!(refusal.status(), 412);
        let now = refusal.members()["current"]["digest"].as_str().unwrap().to_owned();
        assert_ne!(now, seen);
        story.approve_with("Sol", &id, with(&now)).unwrap();
    });
}

#[test]
fn approvals_of_an_earlier_bundle_do_not_count() {
    each_story(|story| {
        let id = story.approved().id;
        story.put(&story.run, "model.pkl", 'a');
        let after = story.see(&id);
        assert_eq!((after.approved, after.missing.duties.len()), (false, 3));
        assert!(after.approvals[0].why_not.as_deref().unwrap().contains("changed after this approval"));
        refused(story.deploy("Tom", &id), 409, "approval by technical lead");
        for (who, duty) in APPROVERS {
            story.approve(who, duty, &id).unwrap();
        }
        let again = story.see(&id);
        assert_eq!((again.state, again.approvals.len()), (State::Approved, 6));
        story.set_rule(rule(0.85));
        assert_eq!(story.see(&id).missing.duties.len(), 3);
    });
}

#[test]
fn who_lost_the_duty_does_not_count_any_more() {
    each_story(|story| {
        let id = story.approved().id;
        story.seat("Sol", Role::Member, &[]);
        let after = story.see(&id);
        assert_eq!((after.approved, after.missing.duties), (false, vec![Duty::Security]));
        let why_not = after.approvals[2].why_not.as_deref().unwrap();
        assert_eq!(why_not, "This person is no longer somebody in charge of security of the project.");
        refused(story.deploy("Tom", &id), 409, "approval by security");
        story.seat("Sol", Role::Member, &[Duty::Security]);
        assert!(story.see(&id).approved);
        story.unseat("Sol");
        assert!(!story.see(&id).approved);
    });
}

#[test]
fn a_void_approval_gives_way() {
    each_story(|story| {
        story.seat("Ben", Role::Member, &[Duty::Security]);
        let id = story.approved().id;
        story.seat("Sol", Role::Member, &[]);
        let now = story.approve("Ben", Duty::Security, &id).unwrap();
        assert_eq!((now.approved, now.approvals.len()), (true, 4));
        assert_eq!(now.approvals[2].why_not.as_deref(), Some("It was withdrawn."));
        story.seat("Sol", Role::Member, &[Duty::Security]);
        assert_eq!(story.see(&id).approvals.iter().filter(|approval| approval.valid).count(), 3);
        let told = story.told(&id);
        assert_eq!(told[told.len() - 2..], ["approval.withdrawn", "approval.given"]);
    });
}

#[test]
fn withdrawing_twice_changes_nothing_and_others_cannot() {
    each_story(|story| {
        let id = ready(story);
        refused(story.withdraw("Sol", Duty::Security, &id), 409, "You have not approved");
        story.approve("Sol", Duty::Security, &id).unwrap();
        refused(story.withdraw("Tom", Duty::Security, &id), 409, "Only who approved");
        refused(story.withdraw("Sam", Duty::Security, &id), 409, "Only who approved");
        let once = story.withdraw("Sol", Duty::Security, &id).unwrap();
        let twice = story.withdraw("Sol", Duty::Security, &id).unwrap();
        assert_eq!(json!(once), json!(twice));
        assert_eq!(valid(&twice), [(Duty::Security, false)]);
    });
}

/// A withdrawal takes back older approvals too, or a bundle changed back would revive them.
#[test]
fn a_withdrawal_takes_back_older_approvals_too() {
    each_story(|story| {
        let id = ready(story);
        story.put(&story.run, "model.pkl", 'a');
        story.approve("Sol", Duty::Security, &id).unwrap();
        story.put(&story.run, "model.pkl", 'b');
        story.withdraw("Sol", Duty::Security, &id).unwrap();
        story.put(&story.run, "model.pkl", 'a');
        assert_eq!(valid(&story.see(&id)), [(Duty::Security, false)]);
    });
}

/// Many hands at once, each giving and taking back: at each moment at most one approval counts for
/// a duty, and what is announced agrees with what is true.
#[test]
fn many_at_once_keep_it_consistent() {
    each_story(|story| {
        for name in ["Ben", "Omar"] {
            story.seat(name, Role::Viewer, &[Duty::Security]);
        }
        let id = ready(story);
        let hands: Vec<(&str, Duty)> =
            APPROVERS.into_iter().chain([("Ben", Duty::Security), ("Omar", Duty::Security)]).cycle().take(32).collect();
        std::thread::scope(|scope| {
            for (turn, (who, duty)) in hands.into_iter().enumerate() {
                let id = &id;
                scope.spawn(move || {
                    let given = story.approve(who, duty, id);
                    let said = given.as_ref().err().map_or(200, base::Error::status);
                    assert!(matches!(said, 200 | 409), "{said}");
                    if turn % 3 == 0 {
                        let _ = story.withdraw(who, duty, id);
                    }
                });
            }
        });
        let now = story.see(&id);
        for duty in REQUIRED {
            let valid: Vec<&UserId> =
                now.approvals.iter().filter(|a| a.duty == duty && a.valid).map(|a| &a.user.id).collect();
            assert!(valid.len() <= 1);
            assert_eq!(valid.is_empty(), now.missing.duties.contains(&duty));
        }
        let told = story.told(&id);
        let announced =
            told.iter().rev().find(|kind| matches!(kind.as_str(), "promotion.approved" | "promotion.reopened"));
        assert_eq!(announced.map(String::as_str) == Some("promotion.approved"), now.approved);
        let given = told.iter().filter(|kind| *kind == "approval.given").count();
        let withdrawn = told.iter().filter(|kind| *kind == "approval.withdrawn").count();
        assert_eq!((given, given - withdrawn), (now.approvals.len(), 3 - now.missing.duties.len()));
    });
}
