use people::Duty;

use crate::{
    promotion::*,
    review::Kind,
    story::{APPROVERS, each_story, refused},
};

#[test]
fn a_newer_request_replaces_the_one_before() {
    each_story(|story| {
        let old = story.approved();
        let new = story.ask();
        assert_eq!(story.see(&old.id).state, State::Replaced);
        assert_eq!((new.state, new.approvals.len()), (State::Waiting, 0));
        refused(story.approve("Tom", Duty::TechnicalLead, &old.id), 409, "took the place");
        refused(story.withdraw("Tom", Duty::TechnicalLead, &old.id), 409, "took the place");
        refused(story.deploy("Tom", &old.id), 409, "took the place");
        assert_eq!(story.told(&old.id).last().unwrap(), "promotion.replaced");
        assert_eq!(story.stage().as_deref(), Some("in_review"));
    });
}

#[test]
fn the_asker_or_an_admin_closes_it() {
    each_story(|story| {
        let id = story.approved().id;
        let close = |who| {
            let id = id.clone();
            story.act(who, move |tx, actor| cancel(tx, actor, &id, &IfMatch::default(), Some("Not this quarter.")))
        };
        refused(close("Tom"), 403, "Only the one who asked");
        refused(close("Mara"), 403, "Only the one who asked");
        refused(close("Rita"), 404, "No such promotion");
        assert_eq!(
            story.see(&id).can.rest.why_not("cancel").unwrap().split(',').next(),
            Some("Only the one who asked")
        );
        let closed = close("Dana").unwrap();
        let closing = closed.closing.unwrap();
        assert_eq!((closed.state, closing.closed_by.unwrap().name.as_str()), (State::Withdrawn, "Dana"));
        assert_eq!(closing.note.as_deref(), Some("Not this quarter."));
        refused(close("Sam"), 409, "was closed");
        refused(story.approve("Tom", Duty::TechnicalLead, &id), 409, "was closed");
        refused(story.deploy("Tom", &id), 409, "was closed");
        assert_eq!(story.stage().as_deref(), Some("in_review"));
        let other = story.ask().id;
        story.act("Sam", move |tx, sam| cancel(tx, sam, &other, &IfMatch::default(), None)).unwrap();
    });
}

#[test]
fn time_expires_and_never_approves() {
    each_story(|story| {
        story.pass_reviews();
        let id = story.ask().id;
        for (who, duty) in &APPROVERS[..2] {
            story.approve(who, *duty, &id).unwrap();
        }
        story.world.db.days_pass(13);
        assert_eq!(story.see(&id).state, State::Waiting);
        story.world.db.days_pass(1);
        let late = story.see(&id);
        assert_eq!((late.state, late.approved), (State::Expired, false));
        refused(story.approve("Sol", Duty::Security, &id), 409, "expired");
        refused(story.deploy("Tom", &id), 409, "expired");
        let job = id.clone();
        story.world.db.write_blocking(move |tx| settle_by_itself(tx, &job)).unwrap();
        assert_eq!(story.told(&id).last().unwrap(), "promotion.expired");
        assert_eq!(story.see(&id).state, State::Expired);
        let again = story.ask();
        assert_eq!((again.state, again.approvals.len()), (State::Waiting, 0));
    });
}

/// The last check passes after the end of the time: nothing is approved by it.
#[test]
fn what_is_completed_too_late_stays_expired() {
    each_story(|story| {
        story.ask_reviews();
        story.accept("Tom", Kind::Technical).unwrap();
        story.accept("Lev", Kind::Ethics).unwrap();
        let id = story.ask().id;
        for (who, duty) in APPROVERS {
            story.approve(who, duty, &id).unwrap();
        }
        story.world.db.days_pass(14);
        story.accept("Pia", Kind::Business).unwrap();
        let late = story.see(&id);
        assert!(late.missing.nothing());
        assert_eq!((late.state, late.approved), (State::Expired, false));
        refused(story.deploy("Tom", &id), 409, "expired");
    });
}

#[test]
fn what_was_approved_in_time_stands_until_it_changes() {
    each_story(|story| {
        let id = story.approved().id;
        story.world.db.days_pass(15);
        assert_eq!(story.see(&id).state, State::Approved);
        let back = story.withdraw("Sol", Duty::Security, &id).unwrap();
        assert_eq!(back.state, State::Expired);
        refused(story.approve("Sol", Duty::Security, &id), 409, "expired");
        let told = story.told(&id);
        assert_eq!(told[told.len() - 2..], ["promotion.reopened", "promotion.expired"]);
    });
}
