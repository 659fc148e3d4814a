use base::ReviewId;
use people::{Duty, Role, Scope, door::IfMatch, testing::email};
use serde_json::json;

use super::*;
use crate::story::{REVIEWERS, Story, accepted, each_story, refused};

fn states(request: &ReviewRequest) -> Vec<State> {
    request.review_checklist.iter().map(|item| item.state).collect()
}

fn id_of(request: &ReviewRequest, kind: Kind) -> ReviewId {
    request.reviews.iter().find(|review| review.kind == kind).unwrap().id.clone()
}

fn declined(note: &str) -> Judgement {
    Judgement { decision: Some(Decision::Declined), note: Some(note.to_owned()), ..Default::default() }
}

fn says(key: &str, state: State, evidence: Option<&str>) -> Judgement {
    let answer = Answer { state, evidence: evidence.map(str::to_owned) };
    Judgement { checklist: BTreeMap::from([(key.to_owned(), answer)]), ..Default::default() }
}

#[test]
fn a_request_has_three_reviews_and_five_points() {
    each_story(|story| {
        let request = story.ask_reviews();
        let keys: Vec<&str> = request.review_checklist.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(keys, Check::ALL.map(Check::as_str));
        assert_eq!(states(&request), [State::Pass, State::Open, State::Open, State::Open, State::Open]);
        let kinds: Vec<Kind> = request.reviews.iter().map(|review| review.kind).collect();
        assert_eq!(kinds, Kind::ALL);
        assert!(request.reviews.iter().all(|review| review.decision.is_none()));
        assert_eq!(request.artifacts["model_card"], "# Card");
        assert_eq!(story.stage().as_deref(), Some("in_review"));
    });
}

#[test]
fn three_people_decide_with_their_points() {
    each_story(|story| {
        story.ask_reviews();
        for (who, kind) in REVIEWERS {
            let page = story.accept(who, kind).unwrap();
            assert_eq!(page.review.decision, Some(Decision::Accepted));
            assert_eq!(page.review.decided_by.unwrap().name, who);
        }
        let id = story.experiment;
        let request = story.look("Mara", move |tx, mara| current(tx, mara, id)).unwrap();
        assert_eq!(states(&request), [State::Pass; 5]);
    });
}

#[test]
fn only_the_duty_decides_and_never_the_owner() {
    each_story(|story| {
        story.ask_reviews();
        refused(story.accept("Pia", Kind::Technical), 403, "a technical lead");
        refused(story.accept("Tom", Kind::Ethics), 403, "an ethics reviewer");
        refused(story.accept("Lev", Kind::Business), 403, "a product owner");
        refused(story.accept("Pavel", Kind::Business), 403, "a product owner");
        story.seat("Dana", Role::Member, &[Duty::TechnicalLead]);
        refused(story.accept("Dana", Kind::Technical), 403, "You own this experiment");
        refused(story.accept("Rita", Kind::Technical), 404, "No such experiment");
        story.seat("Mara", Role::Viewer, &[Duty::EthicsReviewer]);
        story.accept("Mara", Kind::Ethics).unwrap();
    });
}

#[test]
fn what_one_may_not_do_is_said_beforehand() {
    each_story(|story| {
        let request = story.ask_reviews();
        let technical = id_of(&request, Kind::Technical);
        for (who, why) in [("Dana", "You own"), ("Pia", "a technical lead"), ("Mara", "a technical lead")] {
            let id = technical.clone();
            let page = story.look(who, move |tx, actor| get(tx, actor, &id)).unwrap();
            assert!(page.review.can.why_not("decide").unwrap().contains(why), "{who}");
            refused(story.accept(who, Kind::Technical), 403, page.review.can.why_not("decide").unwrap());
        }
        let page = story.look("Tom", move |tx, tom| get(tx, tom, &technical)).unwrap();
        assert_eq!(page.review.can.why_not("decide"), None);
    });
}

#[test]
fn points_belong_to_their_review_and_need_evidence() {
    each_story(|story| {
        story.ask_reviews();
        let tom = |said| story.judge("Tom", Kind::Technical, said);
        refused(tom(says("safety_eval_passed", State::Pass, Some("x"))), 400, "belongs to the ethics review");
        refused(tom(says("performance_meets_threshold", State::Pass, Some("x"))), 400, "computed from the run");
        refused(tom(says("vibes_good", State::Pass, Some("x"))), 400, "is no point");
        refused(tom(says("documentation_complete", State::Pass, None)), 400, "must say what shows");
        refused(tom(says("documentation_complete", State::Pass, Some("  "))), 400, "must say what shows");
        refused(tom(says("documentation_complete", State::Pass, Some("a\0"))), 400, "control character");
        refused(tom(declined(" ")), 400, "must say why");
        let page = tom(says("documentation_complete", State::Fail, None)).unwrap();
        assert_eq!(page.review.decision, None);
        assert_eq!(page.request.review_checklist[3].state, State::Fail);
        let page = tom(says("documentation_complete", State::Pass, Some("docs/card.md"))).unwrap();
        assert_eq!(page.request.review_checklist[3].evidence.as_deref(), Some("docs/card.md"));
        assert_eq!(page.review.version, 3);
    });
}

#[test]
fn one_may_decide_again_and_repeating_changes_nothing() {
    each_story(|story| {
        story.ask_reviews();
        let page = story.judge("Lev", Kind::Ethics, declined("Two groups are missing.")).unwrap();
        assert_eq!(page.review.decision, Some(Decision::Declined));
        let again = story.judge("Lev", Kind::Ethics, declined("Two groups are missing.")).unwrap();
        assert_eq!(again.review.version, page.review.version);
        let page = story.accept("Lev", Kind::Ethics).unwrap();
        assert_eq!(page.review.decision, Some(Decision::Accepted));
        assert_eq!(page.review.version, 3);
        let nothing = story.judge("Lev", Kind::Ethics, Judgement::default()).unwrap();
        assert_eq!(nothing.review.version, 3);
    });
}

#[test]
fn a_version_that_is_sent_must_hold() {
    each_story(|story| {
        let id = id_of(&story.ask_reviews(), Kind::Technical);
        let decide = |seen| {
            let id = id.clone();
            story.act("Tom", move |tx, tom| decide(tx, tom, &id, &IfMatch::of(seen), &accepted(Kind::Technical)))
        };
        decide("\"1\"").unwrap();
        let refusal = decide("\"1\"").unwrap_err();
        assert_eq!(refusal.status(), 412);
        assert_eq!(refusal.members()["current"]["version"], 2);
    });
}

#[test]
fn a_new_request_replaces_the_old_one() {
    each_story(|story| {
        let old = id_of(&story.ask_reviews(), Kind::Technical);
        story.accept("Tom", Kind::Technical).unwrap();
        let new = story.ask_reviews();
        assert!(new.reviews.iter().all(|review| review.decision.is_none()));
        let id = old.clone();
        let page = story.look("Tom", move |tx, tom| get(tx, tom, &id)).unwrap();
        assert_eq!(page.review.decision, Some(Decision::Accepted));
        assert!(page.request.replaced_at.is_some());
        let said = accepted(Kind::Technical);
        refused(
            story.act("Tom", move |tx, tom| decide(tx, tom, &old, &IfMatch::default(), &said)),
            409,
            "newer request",
        );
    });
}

#[test]
fn an_owner_of_today_does_not_count_as_the_judge_of_yesterday() {
    each_story(|story| {
        story.pass_reviews();
        story.change(lab::experiment::Change { owner: Some(email("Tom")), ..Default::default() });
        let promotion = story.ask();
        let missing = promotion.missing.checks;
        assert_eq!(missing, ["documentation_complete", "rollback_plan_defined", "review:technical"]);
        let technical = &promotion.reviews[0];
        assert!(technical.why_not.as_deref().unwrap().contains("of their own"));
        assert!(promotion.review_checklist[3].why_not.is_some());
        story.change(lab::experiment::Change { owner: Some(email("Dana")), ..Default::default() });
        assert_eq!(story.see(&promotion.id).missing.checks, missing);
        refused(story.accept("Tom", Kind::Technical), 403, "You owned this experiment");
    });
}

/// As with approvals: a yes lasts as long as the duty for which it was said.
#[test]
fn a_judge_who_lost_the_duty_does_not_count() {
    each_story(|story| {
        story.seat("Ben", Role::Member, &[Duty::TechnicalLead]);
        let id = story.approved().id;
        let lost = ["documentation_complete", "rollback_plan_defined", "review:technical"];
        let why = Some("It does not count: this person is no longer a technical lead of the project.");
        let ways: [&dyn Fn(); 2] = [&|| story.seat("Tom", Role::Member, &[]), &|| story.unseat("Tom")];
        for lose in ways {
            lose();
            let now = story.see(&id);
            assert_eq!(
                (now.missing.checks, now.missing.duties),
                (lost.map(str::to_owned).to_vec(), vec![Duty::TechnicalLead])
            );
            assert_eq!((now.reviews[0].why_not.as_deref(), now.reviews[0].decision), (why, Some(Decision::Accepted)));
            assert_eq!(now.review_checklist[3].why_not.as_deref(), why);
            assert_eq!(now.reviews[2].why_not, None);
            story.seat("Tom", Role::Member, &[Duty::TechnicalLead]);
            assert!(story.see(&id).approved, "whoever answers for it again counts again");
        }

        // Somebody else says exactly the same, and now it is theirs.
        story.seat("Tom", Role::Member, &[]);
        let told = story.told(&id).len();
        let ben = story.accept("Ben", Kind::Technical).unwrap();
        assert_eq!((ben.review.decided_by.unwrap().name, ben.review.why_not), ("Ben".to_owned(), None));
        let said = ["check.decided", "check.decided", "review.decided", "promotion.reopened"];
        assert_eq!(story.told(&id)[told..], said, "the approval is still missing");
        assert_eq!(story.accept("Ben", Kind::Technical).unwrap().review.version, ben.review.version);
        assert_eq!(story.see(&id).missing.checks, [""; 0]);
    });
}

#[test]
fn a_note_alone_adopts_nobodys_decision() {
    each_story(|story| {
        story.seat("Ben", Role::Member, &[Duty::TechnicalLead]);
        story.pass_reviews();
        story.seat("Tom", Role::Member, &[]);
        let note = |text: &str| Judgement { note: Some(text.to_owned()), ..Default::default() };
        refused(story.judge("Ben", Kind::Technical, note("Looking at it.")), 400, "must come with the note");
        let promotion = story.ask();
        assert_eq!(promotion.reviews[0].decided_by.as_ref().unwrap().name, "Tom");
        assert!(promotion.missing.checks.contains(&"review:technical".to_owned()));
        story.judge("Ben", Kind::Technical, Judgement { decision: Some(Decision::Declined), ..note("No.") }).unwrap();
        let own = story.judge("Ben", Kind::Technical, note("No, and here is why.")).unwrap();
        assert_eq!(own.review.decision, Some(Decision::Declined));
    });
}

#[test]
fn what_is_deployed_keeps_its_judges() {
    each_story(|story| {
        let id = story.approved().id;
        story.deploy("Tom", &id).unwrap();
        story.seat("Tom", Role::Member, &[]);
        story.change(lab::experiment::Change { owner: Some(email("Pia")), ..Default::default() });
        let now = story.see(&id);
        assert_eq!(now.missing.checks, [""; 0]);
        assert!(now.reviews.iter().all(|review| review.why_not.is_none()));
        let page = story.look("Mara", move |tx, mara| get(tx, mara, &now.reviews[0].id)).unwrap();
        assert_eq!(page.review.why_not, None);
        assert!(page.request.review_checklist.iter().all(|item| item.why_not.is_none()));
    });
}

#[test]
fn performance_follows_the_runs() {
    each_story(|story| {
        let performance =
            |experiment| story.look("Mara", move |tx, _| crate::subject::performance(tx, experiment)).unwrap();
        assert_eq!(performance(story.experiment).0, State::Pass);
        let no_rule = story.bet("No rule", None);
        assert!(performance(no_rule).1.contains("has no rule"));
        let no_run = story.bet("No run", Some(crate::story::rule(0.9)));
        assert_eq!(performance(no_run), (State::Open, "No run has been logged yet.".to_owned()));
        story.set_rule(crate::story::rule(0.99));
        assert_eq!(performance(story.experiment).0, State::Open);
    });
}

#[test]
fn nothing_is_asked_of_a_deleted_experiment() {
    each_story(|story| {
        story.ask_reviews();
        let id = story.experiment;
        story.act("Dana", move |tx, dana| lab::experiment::delete(tx, dana, id)).unwrap();
        let ask = story.act("Dana", move |tx, dana| ask(tx, dana, id, &Asked::default()));
        refused(ask, 409, "Restore it first");
        refused(story.accept("Tom", Kind::Technical), 409, "Restore it first");
        let queue = story.look("Mara", |tx, mara| queue(tx, mara, "CHURN", None, Limit(10))).unwrap();
        assert!(queue.items.is_empty());
    });
}

#[test]
fn what_is_handed_in_is_checked() {
    each_story(|story| {
        let id = story.experiment;
        let ask = |artifacts: Vec<(String, String)>| {
            let asked = Asked { artifacts: artifacts.into_iter().collect() };
            story.act("Dana", move |tx, dana| ask(tx, dana, id, &asked))
        };
        let one = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
        refused(ask(one("", "x")), 400, "must not be empty");
        refused(ask(one("a\nb", "x")), 400, "one line");
        refused(ask(one(&"x".repeat(251), "x")), 400, "at most 250");
        refused(ask(one("card", &"x".repeat(50_001))), 400, "at most 50000");
        refused(ask((0..51).map(|n| (format!("a{n}"), String::new())).collect()), 400, "at most 50");
        refused(ask([one("card", "1"), one(" card", "2")].concat()), 400, "is there twice");
        ask(vec![]).unwrap();
        refused(story.act("Mara", move |tx, mara| super::ask(tx, mara, id, &Asked::default())), 403, "Viewers");
        refused(story.act("Rita", move |tx, rita| super::ask(tx, rita, id, &Asked::default())), 404, "experiment");
    });
}

#[test]
fn the_queue_goes_page_by_page() {
    each_story(|story| {
        for n in 0..3 {
            let id = story.bet(&format!("Bet {n}"), None);
            story.act("Dana", move |tx, dana| ask(tx, dana, id, &Asked::default())).unwrap();
        }
        let page = |cursor: Option<String>| {
            story.look("Mara", move |tx, mara| queue(tx, mara, "CHURN", cursor.as_deref(), Limit(2))).unwrap()
        };
        let first = page(None);
        let names: Vec<_> = first.items.iter().map(|request| request.experiment.name.as_str()).collect();
        assert_eq!(names, ["Bet 2", "Bet 1"]);
        let second = page(first.next);
        assert_eq!((second.items.len(), second.next), (1, None));
    });
}

/// Over HTTP.
fn client(story: &Story, who: &str) -> people::testing::Client {
    story.world.client(crate::routes).bearer(&story.world.token(who, Scope::Full, None))
}

#[test]
fn over_http() {
    each_story(|story| {
        let dana = client(story, "Dana");
        let path = format!("/api/v1/experiments/{}/reviews", story.experiment);
        assert_eq!(dana.get(&path).status, 404);
        let asked = dana.post(&path, json!({ "artifacts": { "card": "text" } }));
        assert_eq!(asked.status, 201, "{}", asked.text());
        let review = asked.json()["reviews"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(
            asked.json()["reviews"][0]["can"]["decide"],
            "You own this experiment, so someone else must judge it."
        );

        let tom = client(story, "Tom");
        let path = format!("/api/v1/reviews/{review}");
        let shown = tom.get(&path);
        assert_eq!((shown.status, shown.header("etag")), (200, "\"1\""));
        assert_eq!(shown.json()["can"]["decide"], true);
        assert_eq!(shown.json()["request"]["review_checklist"][0]["key"], "performance_meets_threshold");
        let decided = tom.patch(&path, json!({ "decision": "accepted", "note": "Good." }));
        assert_eq!((decided.status, &decided.json()["decision"]), (200, &json!("accepted")));
        assert_eq!(tom.with("if-match", "\"1\"").patch(&path, json!({ "note": "x" })).status, 412);
        for body in [json!({ "decision": "maybe" }), json!({ "unknown": 1 }), json!({ "checklist": [] }), json!([])] {
            assert_eq!(tom.patch(&path, body).status, 400);
        }
        let reader = story.world.client(crate::routes).bearer(&story.world.token("Tom", Scope::Track, None));
        assert_eq!(reader.patch(&path, json!({ "decision": "declined", "note": "x" })).status, 403);
        assert_eq!(client(story, "Rita").get(&path).status, 404);
        assert_eq!(client(story, "Rita").get("/api/v1/reviews/none").json(), client(story, "Rita").get(&path).json());
        let queue = tom.get("/api/v1/projects/CHURN/reviews?limit=1");
        assert_eq!((queue.status, queue.json()["items"].as_array().unwrap().len()), (200, 1));
        assert_eq!(tom.get("/api/v1/projects/CHURN/reviews?limit=0").status, 400);
        assert_eq!(tom.get("/api/v1/projects/CHURN/reviews?cursor=x").status, 400);
    });
}
