use people::{Duty, Role};

use super::*;
use crate::story::{APPROVERS, REVIEWERS, Story, each_story};

fn waits(story: &Story, who: &str) -> Vec<(WaitingKind, Duty)> {
    let waiting = story.look(who, list).unwrap();
    waiting.into_iter().map(|waiting| (waiting.kind, waiting.duty)).collect()
}

#[test]
fn reviews_and_approvals_wait_for_those_who_may() {
    each_story(|story| {
        assert!(waits(story, "Tom").is_empty());
        story.ask_reviews();
        story.ask();
        let (review, approval) = (WaitingKind::Review, WaitingKind::Approval);
        assert_eq!(waits(story, "Tom"), [(review, Duty::TechnicalLead), (approval, Duty::TechnicalLead)]);
        assert_eq!(waits(story, "Lev"), [(review, Duty::EthicsReviewer)]);
        assert_eq!(waits(story, "Sol"), [(approval, Duty::Security)]);
        for who in ["Dana", "Mei", "Mara", "Sam", "Rita", "Pavel"] {
            assert!(waits(story, who).is_empty(), "{who}");
        }
        let item = story.look("Lev", list).unwrap().remove(0);
        assert_eq!(item.title, "Ethics review of Uplift model");
        assert_eq!(item.href, format!("/CHURN/reviews/{}", story.experiment));
        assert_eq!((item.project.as_str(), item.experiment.name.as_str()), ("CHURN", "Uplift model"));
    });
}

#[test]
fn what_is_done_waits_no_longer() {
    each_story(|story| {
        story.ask_reviews();
        let id = story.ask().id;
        for (who, kind) in REVIEWERS {
            story.accept(who, kind).unwrap();
        }
        for (who, duty) in APPROVERS {
            assert_eq!(waits(story, who), [(WaitingKind::Approval, duty)]);
            story.approve(who, duty, &id).unwrap();
            assert!(waits(story, who).is_empty());
        }
        story.put(&story.run, "late.txt", 'a');
        assert_eq!(waits(story, "Sol"), [(WaitingKind::Approval, Duty::Security)]);
        story.world.db.days_pass(15);
        assert!(waits(story, "Sol").is_empty());
    });
}

#[test]
fn nothing_waits_for_the_owner_or_in_what_is_deleted() {
    each_story(|story| {
        story.seat("Dana", Role::Member, &[Duty::TechnicalLead, Duty::Security]);
        story.ask_reviews();
        story.ask();
        assert!(waits(story, "Dana").is_empty());
        let id = story.experiment;
        story.act("Dana", move |tx, dana| lab::experiment::delete(tx, dana, id)).unwrap();
        assert!(waits(story, "Tom").is_empty());
    });
}
