use proptest::prelude::*;

use super::*;

fn case() -> Case {
    let yes = |duty, user: &str| Yes { duty, user: user.into(), digest: "now".into(), holds: true };
    Case {
        digest: "now".into(),
        asked_by: "dana".into(),
        logged_by: vec!["lev".into()],
        approvals: vec![yes(Duty::TechnicalLead, "tom"), yes(Duty::ProductOwner, "pia"), yes(Duty::Security, "sol")],
        checks: Check::ALL.map(|check| (check, State::Pass)).to_vec(),
        reviews: Kind::ALL.map(|kind| (kind, Some(Decision::Accepted))).to_vec(),
        unready: vec![],
    }
}

fn duties(case: &Case) -> Vec<Duty> {
    missing(case).duties
}

#[test]
fn three_people_of_three_duties_and_a_clean_list_open_it() {
    assert!(missing(&case()).nothing());
}

#[test]
fn two_of_three_lack_the_third() {
    for absent in 0..3 {
        let mut case = case();
        let gone = case.approvals.remove(absent);
        assert_eq!(duties(&case), [gone.duty]);
    }
}

#[test]
fn one_person_counts_once() {
    let mut case = case();
    case.approvals[2].user = "pia".into();
    assert_eq!(duties(&case), [Duty::Security]);
}

#[test]
fn who_asked_or_logged_does_not_count() {
    for (place, user) in [(0, "dana"), (1, "lev")] {
        let mut case = case();
        case.approvals[place].user = user.into();
        assert_eq!(duties(&case), [REQUIRED[place]]);
        assert!(flaw(&case, &case.approvals[place]).unwrap().contains("this person"));
    }
}

#[test]
fn an_approval_of_another_bundle_or_without_the_duty_does_not_count() {
    let mut case = case();
    case.approvals[0].digest = "before".into();
    case.approvals[1].holds = false;
    assert_eq!(duties(&case), [Duty::TechnicalLead, Duty::ProductOwner]);
    assert!(flaw(&case, &case.approvals[0]).unwrap().contains("changed after"));
    assert_eq!(flaw(&case, &case.approvals[1]).unwrap(), "This person is no longer a product owner of the project.");
    assert_eq!(flaw(&case, &case.approvals[2]), None);
}

#[test]
fn silence_is_no_yes() {
    let mut case = case();
    case.checks.clear();
    case.reviews.clear();
    let said = missing(&case).checks;
    assert_eq!(
        said,
        [
            "performance_meets_threshold",
            "safety_eval_passed",
            "cost_projection_acceptable",
            "documentation_complete",
            "rollback_plan_defined",
            "review:technical",
            "review:ethics",
            "review:business"
        ]
    );
}

#[test]
fn a_failed_point_and_a_declined_review_are_missing() {
    let mut case = case();
    case.checks[1].1 = State::Fail;
    case.checks[2].1 = State::Open;
    case.reviews[1].1 = Some(Decision::Declined);
    case.reviews[2].1 = None;
    let said = missing(&case).checks;
    assert_eq!(said, ["safety_eval_passed", "cost_projection_acceptable", "review:ethics", "review:business"]);
}

#[test]
fn a_model_that_is_not_ready_is_missing() {
    let case = Case { unready: vec!["m-1".into(), "m-2".into()], ..case() };
    assert_eq!(missing(&case).checks, ["model:m-1", "model:m-2"]);
    assert!(!missing(&case).nothing());
}

/// What people may do in any order.
#[derive(Clone, Debug)]
enum Act {
    Approve(Yes),
    Answer(Check, State),
    Decide(Kind, Decision),
}

fn played(acts: &[Act]) -> Case {
    let mut case = Case { approvals: vec![], checks: vec![], reviews: vec![], ..case() };
    for act in acts {
        match act.clone() {
            Act::Approve(yes) => case.approvals.push(yes),
            Act::Answer(check, state) => case.checks.push((check, state)),
            Act::Decide(kind, decision) => case.reviews.push((kind, Some(decision))),
        }
    }
    case
}

fn all_acts() -> Vec<Act> {
    let case = case();
    let approvals = case.approvals.into_iter().map(Act::Approve);
    let checks = case.checks.into_iter().map(|(check, state)| Act::Answer(check, state));
    let reviews = Kind::ALL.into_iter().map(|kind| Act::Decide(kind, Decision::Accepted));
    approvals.chain(checks).chain(reviews).collect()
}

proptest! {
    #[test]
    fn the_order_of_acts_does_not_matter(acts in Just(all_acts()).prop_shuffle(), done in 0..=11usize) {
        let so_far = missing(&played(&acts[..done]));
        prop_assert_eq!(so_far.duties.len() + so_far.checks.len(), 11 - done);
        let mut sorted = acts[..done].to_vec();
        sorted.sort_by_key(|act| format!("{act:?}"));
        prop_assert_eq!(missing(&played(&sorted)), so_far);
        prop_assert!(missing(&played(&acts)).nothing());
    }

    /// Whatever approvals there are: it opens only for three valid ones of three different people.
    #[test]
    fn it_never_opens_for_less(approvals in proptest::collection::vec(any_yes(), 0..8)) {
        let case = Case { approvals, ..case() };
        if !missing(&case).nothing() {
            return Ok(());
        }
        let mut people: Vec<_> = REQUIRED
            .into_iter()
            .flat_map(|duty| case.approvals.iter().find(|yes| yes.duty == duty && flaw(&case, yes).is_none()))
            .map(|yes| yes.duty)
            .collect();
        people.dedup();
        prop_assert_eq!(people.len(), 3);
        let mut valid: Vec<_> =
            case.approvals.iter().filter(|yes| flaw(&case, yes).is_none()).map(|yes| &yes.user).collect();
        valid.sort();
        valid.dedup();
        prop_assert!(valid.len() >= 3);
        prop_assert!(!valid.contains(&&UserId::from("dana")) && !valid.contains(&&UserId::from("lev")));
    }
}

fn any_yes() -> impl Strategy<Value = Yes> {
    let user = prop::sample::select(vec!["dana", "lev", "tom", "pia", "sol"]);
    let duty = prop::sample::select(REQUIRED.to_vec());
    (user, duty, any::<bool>(), any::<bool>()).prop_map(|(user, duty, holds, fresh)| Yes {
        user: user.into(),
        duty,
        digest: if fresh { "now" } else { "before" }.into(),
        holds,
    })
}
